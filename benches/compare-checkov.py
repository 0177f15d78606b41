#!/usr/bin/env python3
"""Who finds what: rules of Tollgate and checks of checkov that mean the same, on the same plans.

    benches/peers.sh                          # installs checkov into .tools/
    benches/compare-checkov.py PLAN...        # plans as JSON, or folders of them
    benches/compare-checkov.py --list CONCERN PLAN...

Compared is, for each resource of each plan, whether either of them finds something of a concern,
such as a port that is open to everyone. Tollgate runs with the preset `strict` and with settings
that ask for what checkov asks for. A folder that has a `manifest.json`, a list of files of which
`kind` says what they are, stands for those that are plans. A plan that either of them cannot read
is left out and named.

Every difference is in `REASONS`, or is printed as unexplained, and then the exit code is 1.
"""

import argparse
import collections
import json
import logging
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHECKOV = ROOT / ".tools" / "checkov" / "bin" / "python"

SETTINGS = """
[policies]
preset = "strict"

# checkov asks for keys of the customer's own, a year of logs, and no port open to everyone.
[policies.encryption.settings]
customer-keys = ["*"]

[policies.log-retention.settings]
minimum-days = 365
minimum-audit-days = 365

[policies.network-exposure.settings]
open-ports = []
egress = "judge"
open-egress-ports = []

[policies.audit-trail.settings]
access-logs = "always"

[environments.production]
protected = true
"""

# What is compared: the checks without `CKV_`, and patterns of rules.
CONCERNS = {
    "encrypted at rest": (
        "AWS_3 AWS_8 AWS_16 AWS_19 AWS_26 AWS_27 AWS_96 AWS_308 AWS_311 2_AWS_2",
        r"encryption/(unencrypted-at-rest|topic-unencrypted)",
    ),
    "own key": (
        "AWS_22 AWS_58 AWS_119 AWS_136 AWS_145 AWS_149 AWS_158 AWS_173 AWS_187 AWS_189 AWS_327 AWS_337 "
        "AWS_354 2_AWS_73 GCP_37 GCP_38 GCP_81 GCP_83 GCP_93 2_AZURE_1",
        r"encryption/customer-key-missing",
    ),
    "encrypted in transit": (
        "AWS_2 AWS_34 AWS_127 AWS_376 2_AWS_20 2_AWS_69 2_AWS_72 AZURE_3 GCP_6 2_GCP_38",
        r"encryption/unencrypted-in-transit",
    ),
    "versions of TLS": (
        "AWS_103 AWS_174 AWS_206 2_AWS_54 2_AWS_74 AZURE_44 GCP_4",
        r"encryption/weak-tls",
    ),
    "rotation of keys": ("AWS_7 GCP_43", r"encryption/key-rotation-off"),
    "public endpoints": (
        "AWS_17 AWS_38 AWS_39 AWS_59 AWS_88 AWS_122 AWS_130 AWS_389 2_AWS_70 AZURE_59 AZURE_119 AZURE_190 "
        "2_AZURE_39 2_AZURE_47 GCP_11 GCP_18 GCP_20 GCP_25 GCP_35 GCP_40 GCP_60 GCP_64",
        r"public-exposure/(?!metadata-without-token|password-alone|api-key-access|sign-in-weakened).*",
    ),
    "metadata of machines": ("AWS_79 GCP_69", r"public-exposure/metadata-without-token"),
    "passwords": ("AZURE_1 AZURE_137 AZURE_149 AZURE_178", r"public-exposure/password-alone"),
    "open networks": (
        "AWS_24 AWS_25 AWS_100 AWS_260 AWS_277 AWS_382 AZURE_9 AZURE_10 AZURE_77 AZURE_160 GCP_2 GCP_3 "
        "GCP_75 GCP_77 GCP_88 GCP_106 2_GCP_12",
        r"network-exposure/.*",
    ),
    "public buckets": (
        "AWS_20 AWS_53 AWS_54 AWS_55 AWS_56 AWS_57 AWS_70 AWS_375 2_AWS_6 2_AWS_43 GCP_28 GCP_114",
        r"public-bucket/.*",
    ),
    "public principals": (
        "AWS_33 AWS_168 AWS_169 AWS_283 AWS_301 AWS_364 AWS_385 GCP_15 GCP_102 GCP_112 2_GCP_6 2_GCP_8",
        r"public-principal/.*",
    ),
    "permissions": (
        "AWS_1 AWS_40 AWS_49 AWS_60 AWS_61 AWS_62 AWS_63 AWS_107 AWS_108 AWS_109 AWS_110 AWS_111 AWS_273 "
        "AWS_274 AWS_286 AWS_287 AWS_288 AWS_289 AWS_290 AWS_355 AWS_356 AWS_358 AWS_393 2_AWS_40 2_AWS_56 "
        "2_AWS_68 GCP_7 GCP_41 GCP_42 GCP_44 GCP_45 GCP_46 GCP_47 GCP_48 GCP_49 GCP_113 GCP_115 GCP_116 GCP_117",
        r"iam-wildcard/.*",
    ),
    "retention of logs": ("AWS_66 AWS_338", r"log-retention/.*"),
    "audit and access logs": (
        "AWS_18 AWS_37 AWS_76 AWS_86 AWS_91 AWS_92 AWS_129 AWS_314 AWS_324 AWS_325 2_AWS_4 2_AWS_11 "
        "2_AWS_39 AZURE_33 GCP_1 GCP_26 GCP_61 GCP_62 2_GCP_5",
        r"audit-trail/.*",
    ),
    "deletion protection": (
        "AWS_139 AWS_150 AWS_293 GCP_119 GCP_120",
        r"deletion-protection/unprotected",
    ),
    "backups and versions": (
        "AWS_21 AWS_28 AWS_133 GCP_14 GCP_78 2_GCP_20 2_AZURE_38",
        r"deletion-protection/(history-ended|retention-shortened|copy-removed)",
    ),
}

# Why one of them finds something and the other does not: the concern, who finds it, a pattern of the
# line `TYPE CHECK_OR_RULE OUTCOME CAUSE`, and the reason.
REASONS = [
    # What checkov finds.
    ("encrypted at rest", "checkov", r"aws_sns_topic .*AWS_26", "the key is named, and known after apply"),
    ("encrypted in transit", "checkov", r"aws_a?lb .*2_AWS_20", "it is a network load balancer, which cannot redirect"),
    ("encrypted in transit", "checkov", r"aws_elb .*AWS_376", "a TCP listener passes on what may be encrypted"),
    ("public endpoints", "checkov", r"azurerm_network_interface .*AZURE_119", "the address is an empty text: there is none"),
    ("metadata of machines", "checkov", r"google_container_\w+ .*GCP_69", "the mode is not set, and the cluster decides; the rule is about one that is"),
    ("public buckets", "checkov", r"aws_s3_bucket ", "found at the resource that sets the ACL"),
    ("permissions", "checkov", r"google_\w+_iam_member .*GCP_11[567]", "the role is the basic one that only reads"),
    ("permissions", "checkov", r"AWS_(290|355|289|288)\b", "actions without a wildcard on every resource are no finding"),
    ("permissions", "checkov", r"aws_iam_user .*AWS_273", "a user without a key or a policy is no finding"),
    ("audit and access logs", "checkov", r"AWS_18\b|GCP_62\b", "of buckets only that of the trail has to log"),
    ("audit and access logs", "checkov", r"AWS_(129|324|325)\b", "logs of a database are told when a plan switches them off"),
    ("audit and access logs", "checkov", r"aws_eks_cluster .*AWS_37", "the audit log is on; checkov wants all five"),
    ("audit and access logs", "checkov", r"aws_codebuild_project .*AWS_314", "the default is to log"),
    ("audit and access logs", "checkov", r"AZURE_33\b", "classic logging of queues, which diagnostic settings replace"),
    ("audit and access logs", "checkov", r"2_GCP_5\b", "the audit configuration of a project can be in its organisation"),
    ("audit and access logs", "checkov", r"GCP_61\b", "asks for the visibility of traffic inside of a node"),
    ("backups and versions", "checkov", r"", "asks that they are on; the rules report what a plan ends"),
    # What Tollgate finds.
    ("encrypted at rest", "tollgate", r"advice", "the account decides: only told"),
    ("", "tollgate", r"undetermined", "cannot be told before apply"),
    ("own key", "tollgate", r"", "checkov asks it of fewer types, or passes a type whose key is not set"),
    ("public endpoints", "tollgate", r"aws_default_subnet ", "checkov does not look at default subnets"),
    ("public endpoints", "tollgate", r"google_sql_database_instance ", "without a block for its addresses an instance has a public one"),
    ("open networks", "tollgate", r"everything-open|admin-port-open|port-open|egress-open", "checkov knows a few ports, and not their ranges, rules of their own or defaults"),
    ("public buckets", "tollgate", r"azurerm_storage_account |aws_s3_bucket_acl ", "checkov looks at another attribute or resource"),
    ("public principals", "tollgate", r"google_\w+_iam_(binding|member|policy) ", "checkov does not read the bindings of this type"),
    ("permissions", "tollgate", r"google_\w+_iam_policy ", "checkov does not read the policy that is a document"),
    ("permissions", "tollgate", r"access-key|user-policy|service-wildcard", "checkov looks for `*` alone, or not at this type"),
    ("retention of logs", "tollgate", r"retention-unlimited", "0 days are for ever, which checkov takes for long enough"),
    ("audit and access logs", "tollgate", r"aws_elb |google_compute_subnetwork ", "an empty block is no log"),
    ("audit and access logs", "tollgate", r"aws_default_vpc ", "checkov does not look at default networks"),
    ("audit and access logs", "tollgate", r"audit-(deleted|switched-off)|access-log-removed", "checkov does not see what a plan takes away"),
    ("deletion protection", "tollgate", r"", "checkov asks it of few types"),
    ("backups and versions", "tollgate", r"", "checkov does not see what a plan takes away"),
]


def checks(names):
    return {f"CKV{name}" if name[0] == "2" else f"CKV_{name}" for name in names.split()}


def plans_of(arguments):
    """The plans that the arguments stand for, in a fixed order."""
    found = []
    for argument in map(pathlib.Path, arguments):
        manifest = argument / "manifest.json"
        if manifest.is_file():
            entries = json.loads(manifest.read_text())
            found += sorted(argument / entry["file"] for entry in entries if entry["kind"] == "plan")
        elif argument.is_dir():
            found += sorted(argument.rglob("*.json"))
        else:
            found.append(argument)
    return found


def by_tollgate(program, config, plan):
    """The findings of a plan: address → (rule, outcome, cause). None if it could not be read."""
    command = [program, "check", str(plan), "--config", config, "-e", "production", "-o", "json"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode not in (0, 1, 5):
        return None
    found = collections.defaultdict(set)
    for policy in json.loads(run.stdout)["plans"][0]["policies"]:
        for finding in policy["findings"]:
            if finding["address"]:
                said = (finding["rule"], finding["outcome"], finding["cause"])
                found[finding["address"]].add(said)
    return found


def planned(plan):
    """The addresses in `planned_values`, which is what checkov reads of a plan."""
    values = json.loads(plan.read_bytes()).get("planned_values", {})
    modules, found = [values.get("root_module", {})], set()
    while modules:
        module = modules.pop()
        modules += module.get("child_modules", [])
        found.update(resource["address"] for resource in module.get("resources", []))
    return found


def by_checkov(plan):
    """The failed checks of a plan by address, and what they are called. None if it was not read."""
    from checkov.runner_filter import RunnerFilter
    from checkov.terraform.plan_runner import Runner

    only = RunnerFilter(framework=["terraform_plan"])
    report = Runner().run(root_folder=None, files=[str(plan)], runner_filter=only)
    if report.parsing_errors:
        return None
    found = collections.defaultdict(set)
    for record in report.failed_checks:
        found[record.resource_address or record.resource].add(record.check_id)
    return found


def reason(concern, who, line):
    for of, finder, pattern, why in REASONS:
        if of in ("", concern) and finder == who and re.search(pattern, line):
            return why
    return None


def kind(address):
    return re.sub(r"\[.*?\]", "", address).split(".")[-2] + " "


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tollgate", default=str(ROOT / "target" / "release" / "tollgate"), help="the program")
    parser.add_argument("--list", metavar="CONCERN", help="also list each difference of a concern")
    parser.add_argument("plan", nargs="+")
    arguments = parser.parse_args()
    try:
        from checkov.version import version
    except ImportError:
        if not CHECKOV.exists() or os.environ.get("COMPARE_CHECKOV"):
            sys.exit("error: checkov is not installed; run: benches/peers.sh")
        os.environ["COMPARE_CHECKOV"] = "1"
        os.execv(CHECKOV, [str(CHECKOV), *sys.argv])
    logging.disable(logging.CRITICAL)

    count = {concern: collections.Counter() for concern in CONCERNS}
    reasons = {concern: collections.Counter() for concern in CONCERNS}
    unexplained, left_out, read = [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "tollgate.toml")
        pathlib.Path(config).write_text(SETTINGS)
        for plan in plans_of(arguments.plan):
            ours = by_tollgate(arguments.tollgate, config, plan)
            theirs = by_checkov(plan) if ours is not None else None
            if ours is None or theirs is None:
                left_out.append((plan, "Tollgate" if ours is None else "checkov"))
                continue
            read += 1
            seen = planned(plan)
            for concern, (names, rules) in CONCERNS.items():
                wanted = checks(names)
                of_theirs = {at: ids & wanted for at, ids in theirs.items() if ids & wanted}
                of_ours = {at: {one for one in said if re.fullmatch(rules, one[0])} for at, said in ours.items()}
                of_ours = {at: said for at, said in of_ours.items() if said}
                for at in sorted(of_ours.keys() | of_theirs.keys()):
                    if at in of_ours and at in of_theirs:
                        count[concern]["both"] += 1
                        continue
                    who = "tollgate" if at in of_ours else "checkov"
                    what = [" ".join(one) for one in sorted(of_ours.get(at, ()))] or sorted(of_theirs[at])
                    line = kind(at) + " ".join(what)
                    if who == "tollgate" and at not in seen:
                        why = "`planned_values`, which checkov reads, does not have the resource"
                    else:
                        why = reason(concern, who, line)
                    count[concern][who] += 1
                    reasons[concern][(who, why or "unexplained")] += 1
                    if why is None:
                        unexplained.append(f"{concern}: {plan}: {at}: only {who}: {line}")
                    if arguments.list == concern:
                        print(f"{plan}: {at}: only {who}: {line}: {why}")

    print(f"\n{read} plans, checkov {version}, {subprocess.getoutput(arguments.tollgate + ' --version')}\n")
    print("| concern | both | only Tollgate | only checkov |\n|---|---|---|---|")
    for concern, found in count.items():
        print(f"| {concern} | {found['both']} | {found['tollgate']} | {found['checkov']} |")
    print()
    for concern, found in reasons.items():
        for (who, why), times in sorted(found.items()):
            print(f"- {concern}, only {who}, {times}: {why}")
    for plan, who in left_out:
        print(f"left out, {who} does not read it: {plan}")
    for line in unexplained:
        print(f"unexplained: {line}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
