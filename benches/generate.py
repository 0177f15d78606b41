#!/usr/bin/env python3
"""Writes a realistic plan of any size, the same bytes for the same arguments.

A tenth of the resource changes is the example media service (examples/plans/production-first.json, a plan
by the real tofu), copied into one module per service with everything that belongs to it: values,
prior state, configuration and the references between them; each has names of its own, as two of one
name cannot exist. The rest is what large estates have most of, unchanged: DNS records, policy
attachments, parameters, rules.

usage: generate.py CHANGES [--shape mixed|dense|bare] > plan.json

  mixed  as described (default)
  dense  the media service only: every change is one that policies look at
  bare   as mixed, without planned_values, prior_state and configuration
"""
import argparse
import copy
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "examples/plans/production-first.json"
PROVIDER = "registry.opentofu.org/hashicorp/aws"


def filler(number):
    """A change of about 1.5 KB that changes nothing."""
    kind = number % 4
    zone, record = number // 1000, number % 1000
    if kind == 0:
        type_, name = "aws_route53_record", f"service_{number}"
        values = {
            "alias": [], "allow_overwrite": None, "cidr_routing_policy": [], "failover_routing_policy": [],
            "fqdn": f"s{record}.zone{zone}.example.com", "geolocation_routing_policy": [],
            "geoproximity_routing_policy": [], "health_check_id": "", "id": f"Z{zone:020d}_s{record}_A",
            "latency_routing_policy": [], "multivalue_answer_routing_policy": False,
            "name": f"s{record}.zone{zone}.example.com", "records": [f"10.{zone % 250}.{record // 250}.{record % 250}"],
            "set_identifier": "", "ttl": 300, "type": "A", "weighted_routing_policy": [], "zone_id": f"Z{zone:020d}",
        }
    elif kind == 1:
        type_, name = "aws_iam_role_policy_attachment", f"role_{number}"
        values = {
            "id": f"role-{number}-20260101000000000000000001",
            "policy_arn": f"arn:aws:iam::123456789012:policy/team/{zone}/policy-{record}",
            "role": f"role-{number}-with-the-long-name-that-naming-conventions-lead-to",
        }
    elif kind == 2:
        type_, name = "aws_ssm_parameter", f"parameter_{number}"
        values = {
            "allowed_pattern": "", "arn": f"arn:aws:ssm:us-east-1:123456789012:parameter/team/{zone}/{record}",
            "data_type": "text", "description": "Where the other service of this team answers, for the deploy.",
            "has_value_wo": None, "id": f"/team/{zone}/{record}", "insecure_value": None, "key_id": "",
            "name": f"/team/{zone}/{record}", "overwrite": None, "region": "us-east-1", "tags": {"team": f"team-{zone}"},
            "tags_all": {"environment": "production", "team": f"team-{zone}"}, "tier": "Standard", "type": "String",
            "value": f"https://s{record}.zone{zone}.example.com/", "value_wo": None, "value_wo_version": None, "version": 1,
        }
    else:
        type_, name = "aws_vpc_security_group_ingress_rule", f"rule_{number}"
        values = {
            "arn": f"arn:aws:ec2:us-east-1:123456789012:security-group-rule/sgr-{number:017x}",
            "cidr_ipv4": f"10.{zone % 250}.{record % 250}.0/24", "cidr_ipv6": None,
            "description": "Traffic between the services of this team, \u201cas agreed\u201d in the review.",
            "from_port": 443, "id": f"sgr-{number:017x}", "ip_protocol": "tcp", "prefix_list_id": None,
            "referenced_security_group_id": None, "region": "us-east-1", "security_group_id": f"sg-{zone:017x}",
            "security_group_rule_id": f"sgr-{number:017x}", "tags": None, "tags_all": {"environment": "production"}, "to_port": 443,
        }
    resource = {"mode": "managed", "type": type_, "name": name, "provider_name": PROVIDER}
    change = {
        "address": f"{type_}.{name}", **resource,
        "change": {"actions": ["no-op"], "before": values, "after": values, "after_unknown": {},
                   "before_sensitive": {}, "after_sensitive": {}},
    }
    planned = {"address": f"{type_}.{name}", **resource, "schema_version": 0, "values": values, "sensitive_values": {}}
    configured = {"address": f"{type_}.{name}", "mode": "managed", "type": type_, "name": name,
                  "provider_config_key": "aws", "expressions": {}, "schema_version": 0}
    return change, planned, configured


def service(template, number):
    """The media service inside a module of its own."""
    module = f"module.service_{number}"
    changes = []
    text = json.dumps({key: template[key] for key in ("resource_changes", "planned_values")})
    template = json.loads(text.replace("prod-media", f"prod-m{number:05d}"))
    for change in template["resource_changes"]:
        change = copy.copy(change)
        change["address"] = f"{module}.{change['address']}"
        inner = change.get("module_address")
        change["module_address"] = f"{module}.{inner}" if inner else module
        changes.append(change)
    return changes, {**beneath(module, template["planned_values"]["root_module"]), "address": module}


def beneath(module, values):
    """The values of a module, with all that is in it moved into another."""
    moved = {key: value for key, value in values.items() if key not in ("address", "resources", "child_modules")}
    if "address" in values:
        moved["address"] = f"{module}.{values['address']}"
    moved["resources"] = [{**resource, "address": f"{module}.{resource['address']}"} for resource in values.get("resources", [])]
    if "child_modules" in values:
        moved["child_modules"] = [beneath(module, child) for child in values["child_modules"]]
    return moved


def only(kept, values):
    """The values of a module without the resources that are not kept."""
    left = {key: value for key, value in values.items() if key not in ("resources", "child_modules")}
    left["resources"] = [resource for resource in values.get("resources", []) if resource["address"] in kept]
    if "child_modules" in values:
        left["child_modules"] = [only(kept, child) for child in values["child_modules"]]
    return left


class Writer:
    """Writes JSON piece by piece, because a large plan does not fit into memory as objects."""

    def __init__(self, out):
        self.out = out

    def text(self, text):
        self.out.write(text.encode())

    def value(self, value):
        self.text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def items(self, values):
        for number, value in enumerate(values):
            if number:
                self.text(",")
            self.value(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("changes", type=int)
    parser.add_argument("--shape", choices=["mixed", "dense", "bare"], default="mixed")
    arguments = parser.parse_args()

    template = json.loads(TEMPLATE.read_bytes())
    size = len(template["resource_changes"])
    share = 1 if arguments.shape == "dense" else 10
    services = max(1, arguments.changes // (size * share))
    if arguments.changes < size:
        template["resource_changes"] = template["resource_changes"][: arguments.changes]
        # A plan that plans what it does not change is refused.
        kept = {change["address"] for change in template["resource_changes"]}
        template["planned_values"]["root_module"] = only(kept, template["planned_values"]["root_module"])
        size = arguments.changes
    fillers = max(0, arguments.changes - services * size)

    writer = Writer(sys.stdout.buffer)
    writer.text('{"format_version":"1.2","terraform_version":"1.12.6","variables":{"environment":{"value":"production"}}')
    if arguments.shape != "bare":
        writer.text(',"planned_values":{"root_module":{"resources":[')
        writer.items(filler(n)[1] for n in range(fillers))
        writer.text('],"child_modules":[')
        writer.items(service(template, n)[1] for n in range(services))
        writer.text("]}}")
    writer.text(',"resource_changes":[')
    writer.items(change for n in range(services) for change in service(template, n)[0])
    if fillers:
        writer.text(",")
    writer.items(filler(n)[0] for n in range(fillers))
    writer.text("]")
    if arguments.shape != "bare":
        writer.text(',"prior_state":{"format_version":"1.0","terraform_version":"1.12.6","values":{"root_module":{"resources":[')
        writer.items(filler(n)[1] for n in range(fillers))
        writer.text("]}}}")
        root = template["configuration"]["root_module"]
        module = {key: value for key, value in root.items() if key in ("resources", "variables", "module_calls")}
        writer.text(',"configuration":{"provider_config":')
        writer.value(template["configuration"].get("provider_config", {}))
        writer.text(',"root_module":{"resources":[')
        writer.items(filler(n)[2] for n in range(fillers))
        writer.text('],"module_calls":{')
        for n in range(services):
            if n:
                writer.text(",")
            writer.text(f'"service_{n}":')
            writer.value({"source": "./service", "expressions": {}, "module": module})
        writer.text("}}}")
    writer.text(',"timestamp":"2026-11-21T00:00:00Z","errored":false}\n')


main()
