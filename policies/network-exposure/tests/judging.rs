//! What the policy finds in plans, case by case.
use network_exposure::NetworkExposure;
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};

/// `rule outcome [attributes]: message` of every finding.
fn judged(resources: impl IntoIterator<Item = Resource>) -> Vec<String> {
    with(resources, json!({}))
}

fn with(resources: impl IntoIterator<Item = Resource>, settings: Json) -> Vec<String> {
    let plan = Plan::new(resources).settings(settings);
    assert_eq!(plan.brought_about_by_nothing::<NetworkExposure>(), [""; 0]);
    plan.findings::<NetworkExposure>()
        .iter()
        .map(|line| {
            let (head, message) = line.split_once(": ").unwrap_or((line, ""));
            let mut words: Vec<_> = head.split(' ').collect();
            words.remove(2);
            format!("{}: {message}", words.join(" "))
        })
        .collect()
}

/// The findings, without their messages.
fn short(resources: impl IntoIterator<Item = Resource>) -> Vec<String> {
    heads(&judged(resources))
}

fn heads(lines: &[String]) -> Vec<String> {
    lines
        .iter()
        .map(|line| {
            line.split_once(": ")
                .map_or(line.as_str(), |(head, _)| head)
                .to_owned()
        })
        .collect()
}

/// A rule in a block of a group, as the provider writes it.
fn block(protocol: &str, from: i64, to: i64, v4: &[&str], v6: &[&str]) -> Json {
    json!({
        "description": "for 0.0.0.0/0 and ::/0", "protocol": protocol, "from_port": from, "to_port": to,
        "cidr_blocks": v4, "ipv6_cidr_blocks": v6, "prefix_list_ids": [], "security_groups": [], "self": false,
    })
}

fn group(ingress: &Json, egress: &Json) -> Json {
    json!({
        "name": "web", "description": "0.0.0.0/0", "vpc_id": "vpc-1", "revoke_rules_on_delete": false,
        "ingress": ingress, "egress": egress, "tags": {"range": "0.0.0.0/0"}, "tags_all": {"range": "0.0.0.0/0"},
    })
}

fn made(ingress: &Json) -> Resource {
    Resource::create("aws_security_group.x", group(ingress, &json!([])))
}

#[test]
fn groups_with_blocks() {
    let none: &[&str] = &[];
    for (case, ingress, expected) in [
        ("none", json!([]), none),
        (
            "https",
            json!([block("tcp", 443, 443, &["0.0.0.0/0"], &["::/0"])]),
            none,
        ),
        (
            "ping",
            json!([block("icmp", 8, 0, &["0.0.0.0/0"], &[])]),
            none,
        ),
        (
            "quic",
            json!([block("udp", 443, 443, &["0.0.0.0/0"], &[])]),
            none,
        ),
        (
            "private",
            json!([block(
                "-1",
                0,
                0,
                &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
                &["fd00::/8"]
            )]),
            none,
        ),
        (
            "office",
            json!([block("tcp", 22, 22, &["198.51.100.0/24"], &[])]),
            none,
        ),
        (
            "office",
            json!([block("tcp", 22, 22, &["8.8.8.0/24"], &["2a00:1450::/32"])]),
            none,
        ),
        (
            "itself",
            json!([{"protocol": "-1", "from_port": 0, "to_port": 0, "self": true,
            "cidr_blocks": [], "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "description": ""}]),
            none,
        ),
        (
            "another group",
            json!([{"protocol": "tcp", "from_port": 22, "to_port": 22, "self": false,
            "cidr_blocks": null, "ipv6_cidr_blocks": null, "prefix_list_ids": ["pl-1"], "security_groups": ["sg-1"], "description": ""}]),
            none,
        ),
        (
            "ssh",
            json!([block("tcp", 22, 22, &["0.0.0.0/0"], &[])]),
            &["admin-port-open violation [ingress]"],
        ),
        (
            "ssh by number",
            json!([block("6", 22, 22, &["0.0.0.0/0"], &[])]),
            &["admin-port-open violation [ingress]"],
        ),
        (
            "ssh by IPv6",
            json!([block("tcp", 22, 22, &[], &["::/0"])]),
            &["admin-port-open violation [ingress]"],
        ),
        (
            "in a range",
            json!([block("tcp", 20, 8000, &["0.0.0.0/0"], &[])]),
            &["admin-port-open violation [ingress]"],
        ),
        (
            "halves",
            json!([block("tcp", 22, 22, &["0.0.0.0/1", "128.0.0.0/1"], &[])]),
            &["admin-port-open violation [ingress]"],
        ),
        (
            "halves in two rules",
            json!([
                block("tcp", 22, 22, &["0.0.0.0/1"], &[]),
                block("tcp", 22, 22, &["128.0.0.0/1"], &[])
            ]),
            &["admin-port-open violation [ingress]"],
        ),
        (
            "sixteen parts, each a bit of two rules",
            json!([
                block("tcp", 3306, 3306, &["20.0.0.0/9"], &[]),
                block("tcp", 3306, 3306, &["20.128.0.0/9"], &[])
            ]),
            &["admin-port-open violation [ingress]"],
        ),
        (
            "halves of IPv6",
            json!([block("tcp", 22, 22, &[], &["::/1", "8000::/1"])]),
            &["admin-port-open violation [ingress]"],
        ),
        (
            "everything",
            json!([block("-1", 0, 0, &["0.0.0.0/0"], &[])]),
            &["everything-open violation [ingress]"],
        ),
        (
            "all of tcp",
            json!([block("tcp", 0, 65535, &["0.0.0.0/0"], &[])]),
            &["everything-open violation [ingress]"],
        ),
        (
            "another port",
            json!([block("tcp", 8080, 8080, &["0.0.0.0/0"], &[])]),
            &["port-open violation [ingress]"],
        ),
        (
            "another protocol",
            json!([block("50", 0, 0, &["0.0.0.0/0"], &[])]),
            &["port-open violation [ingress]"],
        ),
        (
            "wide",
            json!([block("tcp", 5432, 5432, &["52.0.0.0/10"], &[])]),
            &["range-too-wide violation [ingress]"],
        ),
        (
            "wide together",
            json!([block(
                "tcp",
                5432,
                5432,
                &["52.0.0.0/16", "52.1.0.0/16"],
                &[]
            )]),
            &["range-too-wide violation [ingress]"],
        ),
        (
            "wide, to what is open",
            json!([block("tcp", 443, 443, &["104.16.0.0/12"], &[])]),
            none,
        ),
        (
            "two",
            json!([
                block("tcp", 443, 443, &["0.0.0.0/0"], &[]),
                block("tcp", 22, 22, &["0.0.0.0/0"], &[])
            ]),
            &["admin-port-open violation [ingress]"],
        ),
        // Not known.
        ("left out", unknown(), none),
        (
            "unknown range",
            json!([{"protocol": "tcp", "from_port": 5432, "to_port": 5432, "cidr_blocks": [unknown()],
            "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": false, "description": ""}]),
            &["admin-port-open undetermined [ingress]"],
        ),
        (
            "unknown range, open port",
            json!([{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": unknown(),
            "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": false, "description": ""}]),
            none,
        ),
        (
            "unknown beside the Internet",
            json!([{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": [unknown(), "0.0.0.0/0"],
            "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": false, "description": ""}]),
            &["admin-port-open violation [ingress]"],
        ),
        (
            "sensitive range",
            json!([{"protocol": "tcp", "from_port": 8080, "to_port": 8080, "cidr_blocks": sensitive(),
            "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": false, "description": ""}]),
            &["port-open undetermined [ingress]"],
        ),
        (
            "unknown port",
            json!([{"protocol": "tcp", "from_port": unknown(), "to_port": unknown(), "cidr_blocks": ["0.0.0.0/0"],
            "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": false, "description": ""}]),
            &["admin-port-open undetermined [ingress]"],
        ),
        (
            "unknown port, private",
            json!([{"protocol": "tcp", "from_port": unknown(), "to_port": unknown(), "cidr_blocks": ["10.0.0.0/8"],
            "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": false, "description": ""}]),
            none,
        ),
    ] {
        assert_eq!(short([made(&ingress)]), expected, "{case}");
    }
    // By an expression: not left out.
    let by_expression = made(&unknown()).refers("ingress", "local.rules");
    assert_eq!(
        short([by_expression]),
        ["admin-port-open undetermined [ingress]"]
    );
}

#[test]
fn what_was_so_before_and_what_is_narrowed() {
    let group = |rules: Json| group(&rules, &json!([]));
    let https = || json!([block("tcp", 443, 443, &["0.0.0.0/0"], &[])]);
    let ssh = || json!([block("tcp", 22, 22, &["0.0.0.0/0"], &[])]);
    let both = || {
        json!([
            block("tcp", 22, 22, &["0.0.0.0/0"], &[]),
            block("tcp", 3389, 3389, &["0.0.0.0/0"], &[])
        ])
    };
    let all = || json!([block("-1", 0, 0, &["0.0.0.0/0"], &[])]);
    let inside = || json!([block("-1", 0, 0, &["10.0.0.0/8"], &[])]);
    let none: &[&str] = &[];
    for (case, before, after, expected) in [
        (
            "opened",
            https(),
            ssh(),
            &["admin-port-open violation [ingress]"][..],
        ),
        (
            "opened to all",
            inside(),
            all(),
            &["everything-open violation [ingress]"],
        ),
        ("closed", ssh(), https(), none),
        (
            "narrowed to one port",
            all(),
            ssh(),
            &["admin-port-open violation(existing) [ingress]"],
        ),
        ("narrowed to the inside", all(), inside(), none),
        (
            "one more",
            ssh(),
            both(),
            &[
                "admin-port-open violation [ingress]",
                "admin-port-open violation(existing) [ingress]",
            ],
        ),
        (
            "one fewer",
            both(),
            ssh(),
            &["admin-port-open violation(existing) [ingress]"],
        ),
        (
            "from IPv4 to IPv4 and IPv6",
            ssh(),
            json!([block("tcp", 22, 22, &["0.0.0.0/0"], &["::/0"])]),
            &["admin-port-open violation [ingress]"],
        ),
        (
            "from IPv4 and IPv6 to IPv4",
            json!([block("tcp", 22, 22, &["0.0.0.0/0"], &["::/0"])]),
            ssh(),
            &["admin-port-open violation(existing) [ingress]"],
        ),
        (
            "widened from an office",
            json!([block("tcp", 22, 22, &["8.8.8.0/24"], &[])]),
            ssh(),
            &["admin-port-open violation [ingress]"],
        ),
        (
            "halves instead of the whole",
            ssh(),
            json!([block("tcp", 22, 22, &["0.0.0.0/1", "128.0.0.0/1"], &[])]),
            &["admin-port-open violation(existing) [ingress]"],
        ),
        (
            "from the Internet to a wide range",
            ssh(),
            json!([block("tcp", 22, 22, &["52.0.0.0/10"], &[])]),
            &["range-too-wide violation(existing) [ingress]"],
        ),
        (
            "becomes unknown",
            https(),
            unknown(),
            &["admin-port-open undetermined [ingress]"],
        ),
    ] {
        let change = Resource::update("aws_security_group.x", group(before), group(after));
        assert_eq!(short([change]), expected, "{case}");
    }
    let object = group(ssh());
    let existing = ["admin-port-open violation(existing) [ingress]"];
    assert_eq!(
        short([Resource::unchanged("aws_security_group.x", object.clone())]),
        existing
    );
    // Tags only.
    let mut tagged = object.clone();
    tagged["tags"] = json!({"a": "b"});
    assert_eq!(
        short([Resource::update(
            "aws_security_group.x",
            object.clone(),
            tagged
        )]),
        existing
    );
    assert_eq!(
        short([Resource::replace(
            "aws_security_group.x",
            object.clone(),
            object.clone()
        )]),
        existing
    );
    assert!(short([Resource::delete("aws_security_group.x", object.clone())]).is_empty());
    assert!(short([Resource::forget("aws_security_group.x", object.clone())]).is_empty());
    let imported =
        Resource::unchanged("aws_security_group.x", object).with(|change| change.importing = true);
    assert_eq!(short([imported]), ["admin-port-open violation [ingress]"]);
}

#[test]
fn what_it_says() {
    assert_eq!(
        judged([made(&json!([block("tcp", 22, 22, &["0.0.0.0/0"], &[])]))]),
        [
            "admin-port-open violation [ingress]: everybody on the Internet can reach tcp 22 (SSH) through `ingress` (from `0.0.0.0/0`)"
        ]
    );
    assert_eq!(
        judged([made(&json!([
            block("-1", 0, 0, &["0.0.0.0/0"], &[]),
            block("tcp", 443, 443, &["0.0.0.0/0"], &[])
        ]))]),
        [
            "everything-open violation [ingress]: everybody on the Internet can reach every port and protocol through `ingress` (from `0.0.0.0/0`)"
        ]
    );
    let rule = json!({"name": "rdp", "access": "Allow", "direction": "Inbound", "priority": 100, "protocol": "Tcp",
        "source_port_range": "*", "source_address_prefix": "Internet", "source_address_prefixes": [],
        "destination_port_range": "3389", "destination_port_ranges": [], "destination_address_prefix": "*",
        "destination_address_prefixes": [], "description": ""});
    assert_eq!(
        judged([Resource::create(
            "azurerm_network_security_group.x",
            json!({"name": "n", "security_rule": [rule]})
        )]),
        [
            "admin-port-open violation [security_rule]: everybody on the Internet can reach tcp 3389 (RDP) through the rule `rdp`"
        ]
    );
}

#[test]
fn rules_of_their_own() {
    let none: &[&str] = &[];
    let old = |kind: &str, protocol: &str, port: i64, v4: Json, v6: Json| {
        json!({"type": kind, "protocol": protocol, "from_port": port, "to_port": port, "cidr_blocks": v4, "ipv6_cidr_blocks": v6,
            "prefix_list_ids": null, "security_group_id": "sg-1", "self": false, "source_security_group_id": null, "description": "0.0.0.0/0"})
    };
    let new = |protocol: &str, from: Json, to: Json, v4: Json, v6: Json| {
        json!({"cidr_ipv4": v4, "cidr_ipv6": v6, "description": "::/0", "from_port": from, "to_port": to, "ip_protocol": protocol,
            "prefix_list_id": null, "referenced_security_group_id": null, "security_group_id": "sg-1", "tags": {"a": "0.0.0.0/0"}})
    };
    for (case, address, after, expected) in [
        (
            "ssh",
            "aws_security_group_rule.x[\"a\"]",
            old("ingress", "tcp", 22, json!(["0.0.0.0/0"]), json!(null)),
            &["admin-port-open violation [cidr_blocks]"][..],
        ),
        (
            "both",
            "aws_security_group_rule.x",
            old("ingress", "tcp", 22, json!(["0.0.0.0/0"]), json!(["::/0"])),
            &["admin-port-open violation [cidr_blocks, ipv6_cidr_blocks]"],
        ),
        (
            "https",
            "aws_security_group_rule.x",
            old("ingress", "tcp", 443, json!(["0.0.0.0/0"]), json!(null)),
            none,
        ),
        (
            "out",
            "aws_security_group_rule.x",
            old("egress", "-1", 0, json!(["0.0.0.0/0"]), json!(["::/0"])),
            none,
        ),
        (
            "unknown type",
            "aws_security_group_rule.x",
            {
                let mut rule = old("ingress", "-1", 0, json!(["0.0.0.0/0"]), json!(null));
                rule["type"] = unknown();
                rule
            },
            &["everything-open violation [cidr_blocks]"],
        ),
        (
            "unknown range",
            "aws_security_group_rule.x",
            old("ingress", "tcp", 6379, unknown(), json!(null)),
            &["admin-port-open undetermined [cidr_blocks]"],
        ),
        (
            "new ssh",
            "aws_vpc_security_group_ingress_rule.x",
            new("tcp", json!(22), json!(22), json!("0.0.0.0/0"), json!(null)),
            &["admin-port-open violation [cidr_ipv4]"],
        ),
        (
            "new ssh, IPv6",
            "aws_vpc_security_group_ingress_rule.x",
            new("tcp", json!(22), json!(22), json!(null), json!("::/0")),
            &["admin-port-open violation [cidr_ipv6]"],
        ),
        (
            "new all",
            "aws_vpc_security_group_ingress_rule.x",
            new(
                "-1",
                json!(null),
                json!(null),
                json!("0.0.0.0/0"),
                json!(null),
            ),
            &["everything-open violation [cidr_ipv4]"],
        ),
        (
            "new, half",
            "aws_vpc_security_group_ingress_rule.x",
            new(
                "tcp",
                json!(5432),
                json!(5432),
                json!("128.0.0.0/1"),
                json!(null),
            ),
            &["admin-port-open violation [cidr_ipv4]"],
        ),
        (
            "new, a group",
            "aws_vpc_security_group_ingress_rule.x",
            {
                let mut rule = new("tcp", json!(5432), json!(5432), json!(null), json!(null));
                rule["referenced_security_group_id"] = unknown();
                rule
            },
            none,
        ),
        (
            "new, unknown range",
            "aws_vpc_security_group_ingress_rule.x",
            new("tcp", json!(5432), json!(5432), unknown(), json!(null)),
            &["admin-port-open undetermined [cidr_ipv4]"],
        ),
        (
            "new, private",
            "aws_vpc_security_group_ingress_rule.x",
            new(
                "-1",
                json!(null),
                json!(null),
                json!("10.0.0.0/8"),
                json!(null),
            ),
            none,
        ),
        (
            "new out",
            "aws_vpc_security_group_egress_rule.x",
            new(
                "-1",
                json!(null),
                json!(null),
                json!("0.0.0.0/0"),
                json!(null),
            ),
            none,
        ),
        (
            "lightsail",
            "aws_lightsail_instance_public_ports.x",
            json!({"instance_name": "a", "port_info": [
            {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidrs": unknown(), "ipv6_cidrs": unknown(), "cidr_list_aliases": unknown()}]}),
            &["admin-port-open violation [port_info]"],
        ),
        (
            "lightsail, narrowed",
            "aws_lightsail_instance_public_ports.x",
            json!({"instance_name": "a", "port_info": [
            {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidrs": ["8.8.8.8/32"], "ipv6_cidrs": unknown(), "cidr_list_aliases": unknown()}]}),
            none,
        ),
        (
            "list",
            "aws_ec2_managed_prefix_list.x",
            json!({"name": "l", "entry": [
            {"cidr": "0.0.0.0/1", "description": ""}, {"cidr": "128.0.0.0/1", "description": ""}]}),
            &["address-list-open violation [entry]"],
        ),
        (
            "list",
            "aws_ec2_managed_prefix_list.x",
            json!({"name": "l", "entry": [{"cidr": "8.8.8.0/24", "description": "0.0.0.0/0"}]}),
            none,
        ),
        (
            "entry",
            "aws_ec2_managed_prefix_list_entry.x",
            json!({"cidr": "::/0", "prefix_list_id": "pl-1"}),
            &["address-list-open violation [cidr]"],
        ),
    ] {
        assert_eq!(
            short([Resource::create(address, after)]),
            expected,
            "{case}"
        );
    }
}

#[test]
fn access_lists() {
    let rule = |number: i64, action: &str, protocol: &str, from: i64, to: i64, range: &str| {
        json!({"rule_no": number, "action": action, "protocol": protocol, "from_port": from, "to_port": to, "cidr_block": range,
            "ipv6_cidr_block": "", "icmp_code": 0, "icmp_type": 0})
    };
    let list =
        |rules: Json| json!({"vpc_id": "vpc-1", "ingress": rules, "egress": [], "subnet_ids": []});
    let none: &[&str] = &[];
    let ssh = || json!([rule(100, "allow", "tcp", 22, 22, "0.0.0.0/0")]);
    let everything = || json!([rule(100, "allow", "-1", 0, 0, "0.0.0.0/0")]);
    for (case, rules, expected) in [
        ("ssh", ssh(), &["network-acl-open violation [ingress]"][..]),
        (
            "web",
            json!([rule(100, "allow", "tcp", 443, 443, "0.0.0.0/0")]),
            none,
        ),
        (
            "answers",
            json!([rule(100, "allow", "tcp", 1024, 65535, "0.0.0.0/0")]),
            none,
        ),
        (
            "denied before",
            json!([
                rule(100, "allow", "tcp", 0, 1023, "0.0.0.0/0"),
                rule(50, "deny", "tcp", 0, 1023, "0.0.0.0/0")
            ]),
            none,
        ),
        (
            "denied after",
            json!([
                rule(100, "allow", "tcp", 22, 22, "0.0.0.0/0"),
                rule(150, "deny", "tcp", 22, 22, "0.0.0.0/0")
            ]),
            &["network-acl-open violation [ingress]"],
        ),
        (
            "the default",
            everything(),
            &["network-acl-open violation(advice) [ingress]"],
        ),
    ] {
        assert_eq!(
            short([Resource::create("aws_network_acl.x", list(rules))]),
            expected,
            "{case}"
        );
    }
    let widened = Resource::update(
        "aws_network_acl.x",
        list(json!([rule(1, "allow", "-1", 0, 0, "10.0.0.0/8")])),
        list(everything()),
    );
    assert_eq!(short([widened]), ["network-acl-open violation [ingress]"]);
    let single = |number: i64, action: &str, port: i64| {
        json!({"network_acl_id": unknown(), "egress": false, "rule_number": number, "rule_action": action, "protocol": "tcp",
            "from_port": port, "to_port": port, "cidr_block": "0.0.0.0/0", "ipv6_cidr_block": null, "icmp_code": null, "icmp_type": null})
    };
    let of = |name: &str, list: &str, object: Json| {
        Resource::create(&format!("aws_network_acl_rule.{name}"), object)
            .refers("network_acl_id", &format!("aws_network_acl.{list}.id"))
    };
    assert_eq!(
        short([of("a", "x", single(100, "allow", 22))]),
        ["network-acl-open violation [cidr_block]"]
    );
    assert!(
        short([
            of("a", "x", single(100, "allow", 22)),
            of("b", "x", single(50, "deny", 22))
        ])
        .is_empty()
    );
    assert_eq!(
        short([
            of("a", "x", single(100, "allow", 22)),
            of("b", "y", single(50, "deny", 22))
        ]),
        ["network-acl-open violation [cidr_block]"]
    );
    assert_eq!(
        short([Resource::delete(
            "aws_network_acl_rule.b",
            single(50, "deny", 22)
        )]),
        ["stop-removed violation []"]
    );
    let ignoring = with(
        [Resource::create("aws_network_acl.x", list(ssh()))],
        json!({"network-acls": "ignore"}),
    );
    assert!(ignoring.is_empty());
}

#[test]
fn azure() {
    let rule = |access: &str,
                priority: i64,
                source: Json,
                sources: Json,
                port: &str,
                ports: Json| {
        json!({"name": "r", "access": access, "direction": "Inbound", "priority": priority, "protocol": "Tcp",
            "source_port_range": "*", "source_port_ranges": null, "source_address_prefix": source, "source_address_prefixes": sources,
            "source_application_security_group_ids": null, "destination_port_range": port, "destination_port_ranges": ports,
            "destination_address_prefix": "*", "destination_address_prefixes": null, "description": "* 0.0.0.0/0",
            "destination_application_security_group_ids": null})
    };
    let none: &[&str] = &[];
    for (case, after, expected) in [
        (
            "star",
            rule("Allow", 100, json!("*"), json!(null), "22", json!(null)),
            &["admin-port-open violation [source_address_prefix]"][..],
        ),
        (
            "Internet",
            rule(
                "Allow",
                100,
                json!("internet"),
                json!(null),
                "3389",
                json!(null),
            ),
            &["admin-port-open violation [source_address_prefix]"],
        ),
        (
            "Any",
            rule("Allow", 100, json!("Any"), json!(null), "1433", json!(null)),
            &["admin-port-open violation [source_address_prefix]"],
        ),
        (
            "a prefix",
            rule(
                "Allow",
                100,
                json!("0.0.0.0/0"),
                json!(null),
                "*",
                json!(null),
            ),
            &["everything-open violation [source_address_prefix]"],
        ),
        (
            "prefixes",
            rule(
                "Allow",
                100,
                json!(null),
                json!(["0.0.0.0/1", "128.0.0.0/1"]),
                "",
                json!(["22-25", "8080"]),
            ),
            &["admin-port-open violation [source_address_prefixes]"],
        ),
        (
            "open",
            rule(
                "Allow",
                100,
                json!("*"),
                json!(null),
                "",
                json!(["80", "443"]),
            ),
            none,
        ),
        (
            "another",
            rule("Allow", 100, json!("*"), json!(null), "8443", json!(null)),
            &["port-open violation [source_address_prefix]"],
        ),
        (
            "a tag",
            rule(
                "Allow",
                100,
                json!("VirtualNetwork"),
                json!(null),
                "22",
                json!(null),
            ),
            none,
        ),
        (
            "all of Azure",
            rule(
                "Allow",
                100,
                json!("AzureCloud.westeurope"),
                json!(null),
                "22",
                json!(null),
            ),
            &["range-too-wide violation [source_address_prefix]"],
        ),
        (
            "a load balancer",
            rule(
                "Allow",
                100,
                json!("AzureLoadBalancer"),
                json!(null),
                "*",
                json!(null),
            ),
            none,
        ),
        (
            "denied",
            rule("Deny", 100, json!("*"), json!(null), "*", json!(null)),
            none,
        ),
        (
            "unknown",
            rule("Allow", 100, unknown(), json!(null), "22", json!(null)),
            &["admin-port-open undetermined [source_address_prefix]"],
        ),
    ] {
        assert_eq!(
            short([Resource::create("azurerm_network_security_rule.x", after)]),
            expected,
            "{case}"
        );
    }
    let deny = rule("Deny", 100, json!("*"), json!(null), "22", json!(null));
    let allow = rule("Allow", 200, json!("*"), json!(null), "22", json!(null));
    let group = |rules: Json| json!({"name": "n", "location": "westeurope", "resource_group_name": "g", "security_rule": rules, "tags": null});
    let kind = "azurerm_network_security_group.x";
    assert!(short([Resource::create(kind, group(json!([allow, deny])))]).is_empty());
    assert_eq!(
        short([Resource::create(kind, group(json!([allow])))]),
        ["admin-port-open violation [security_rule]"]
    );
    assert!(short([Resource::create(kind, group(unknown()))]).is_empty());
    assert_eq!(
        short([Resource::update(
            kind,
            group(json!([allow, deny])),
            group(json!([allow]))
        )]),
        [
            "stop-removed violation []",
            "admin-port-open violation [security_rule]"
        ]
    );
    assert_eq!(
        short([Resource::delete("azurerm_network_security_rule.x", deny)]),
        ["stop-removed violation []"]
    );
    for (start, end, expected) in [
        (
            "0.0.0.0",
            "255.255.255.255",
            &["admin-port-open violation [start_ip_address, end_ip_address]"][..],
        ),
        ("8.8.8.8", "8.8.8.9", &[]),
        ("0.0.0.0", "0.0.0.0", &[]),
    ] {
        let rule = json!({"name": "r", "server_id": "s", "start_ip_address": start, "end_ip_address": end});
        for kind in [
            "azurerm_mssql_firewall_rule",
            "azurerm_postgresql_flexible_server_firewall_rule",
        ] {
            assert_eq!(
                short([Resource::create(&format!("{kind}.x"), rule.clone())]),
                expected,
                "{kind} {start} {end}"
            );
        }
    }
    let nat = json!({"name": "c", "action": "Dnat", "priority": 100, "rule": [{"name": "jump", "protocols": ["TCP"],
        "source_addresses": ["*"], "source_ip_groups": null, "destination_addresses": ["20.1.1.1"], "destination_ports": ["50022"],
        "translated_address": "10.0.0.4", "translated_port": "22"}]});
    assert_eq!(
        judged([Resource::create(
            "azurerm_firewall_nat_rule_collection.x",
            nat
        )]),
        [
            "admin-port-open violation [rule]: everybody on the Internet can reach tcp 22, 50022 (SSH) through the rule `jump`"
        ]
    );
}

#[test]
fn google() {
    let rule = |ranges: Json, allow: Json| {
        json!({"name": "f", "network": "default", "allow": allow, "deny": [], "direction": "INGRESS", "disabled": null, "priority": 1000,
            "source_ranges": ranges, "source_tags": null, "source_service_accounts": null, "destination_ranges": unknown(),
            "description": "0.0.0.0/0", "target_tags": null})
    };
    let tcp = |ports: &[&str]| json!([{"protocol": "tcp", "ports": ports}]);
    let none: &[&str] = &[];
    let with = |mut object: Json, key: &str, value: Json| {
        object[key] = value;
        object
    };
    for (case, after, expected) in [
        (
            "ssh",
            rule(json!(["0.0.0.0/0"]), tcp(&["22"])),
            &["admin-port-open violation [source_ranges]"][..],
        ),
        (
            "a range of ports",
            rule(json!(["::/0"]), tcp(&["80", "3000-4000"])),
            &["admin-port-open violation [source_ranges]"],
        ),
        (
            "all",
            rule(
                json!(["0.0.0.0/0"]),
                json!([{"protocol": "all", "ports": []}]),
            ),
            &["everything-open violation [source_ranges]"],
        ),
        (
            "all of tcp",
            rule(
                json!(["0.0.0.0/0"]),
                json!([{"protocol": "tcp", "ports": null}]),
            ),
            &["everything-open violation [source_ranges]"],
        ),
        ("web", rule(json!(["0.0.0.0/0"]), tcp(&["80", "443"])), none),
        (
            "proxy of Google",
            rule(json!(["35.235.240.0/20"]), tcp(&["22"])),
            none,
        ),
        (
            "checks of Google",
            rule(json!(["130.211.0.0/22", "35.191.0.0/16"]), tcp(&["8080"])),
            none,
        ),
        (
            "nobody named",
            rule(json!(null), tcp(&["22"])),
            &["admin-port-open violation [source_ranges]"],
        ),
        (
            "by tag",
            with(
                rule(json!(null), tcp(&["22"])),
                "source_tags",
                json!(["bastion"]),
            ),
            none,
        ),
        (
            "by tag, computed",
            with(
                rule(unknown(), tcp(&["22"])),
                "source_tags",
                json!(["bastion"]),
            ),
            none,
        ),
        (
            "disabled",
            with(
                rule(json!(["0.0.0.0/0"]), tcp(&["22"])),
                "disabled",
                json!(true),
            ),
            none,
        ),
        (
            "out",
            with(
                rule(json!(["0.0.0.0/0"]), tcp(&["22"])),
                "direction",
                json!("EGRESS"),
            ),
            none,
        ),
        (
            "denied",
            with(
                with(rule(json!(["0.0.0.0/0"]), json!([])), "deny", tcp(&["22"])),
                "allow",
                json!([]),
            ),
            none,
        ),
    ] {
        assert_eq!(
            short([Resource::create("google_compute_firewall.x", after)]),
            expected,
            "{case}"
        );
    }
    let by_variable = Resource::create("google_compute_firewall.x", rule(unknown(), tcp(&["22"])))
        .refers("source_ranges", "var.ranges");
    assert_eq!(
        short([by_variable]),
        ["admin-port-open undetermined [source_ranges]"]
    );
    let before = rule(json!(["0.0.0.0/0"]), tcp(&["22"]));
    let enabled = Resource::update(
        "google_compute_firewall.x",
        with(before.clone(), "disabled", json!(true)),
        before,
    );
    assert_eq!(
        short([enabled]),
        ["admin-port-open violation [source_ranges]"]
    );
    let policy = |action: &str, ranges: Json| {
        json!({"action": action, "direction": "INGRESS", "disabled": false, "priority": 10, "firewall_policy": "p",
            "match": [{"src_ip_ranges": ranges, "dest_ip_ranges": null, "layer4_configs": [{"ip_protocol": "tcp", "ports": ["22"]}]}]})
    };
    for kind in [
        "google_compute_firewall_policy_rule",
        "google_compute_network_firewall_policy_rule",
        "google_compute_region_network_firewall_policy_rule",
    ] {
        let made = |object| short([Resource::create(&format!("{kind}.x"), object)]);
        assert_eq!(
            made(policy("allow", json!(["0.0.0.0/0"]))),
            ["admin-port-open violation [match]"]
        );
        assert!(made(policy("deny", json!(["0.0.0.0/0"]))).is_empty());
        assert!(made(policy("goto_next", json!(["0.0.0.0/0"]))).is_empty());
        assert!(made(policy("allow", json!(["10.0.0.0/8"]))).is_empty());
    }
    let rules = json!({"rule": [
        {"action": "allow", "direction": "INGRESS", "disabled": false, "priority": 10, "rule_name": "a",
            "match": [{"src_ip_ranges": ["0.0.0.0/0"], "layer4_config": [{"ip_protocol": "tcp", "ports": ["22"]}]}]},
        {"action": "deny", "direction": "INGRESS", "disabled": false, "priority": 5, "rule_name": "b",
            "match": [{"src_ip_ranges": ["0.0.0.0/0"], "layer4_config": [{"ip_protocol": "tcp", "ports": ["22"]}]}]},
    ]});
    let kind = "google_compute_network_firewall_policy_with_rules.x";
    assert!(short([Resource::create(kind, rules.clone())]).is_empty());
    let mut later = rules;
    later["rule"][1]["priority"] = json!(50);
    assert_eq!(
        short([Resource::create(kind, later)]),
        ["admin-port-open violation [rule]"]
    );
}

#[test]
fn settings() {
    let ssh = |range: &str| made(&json!([block("tcp", 22, 22, &[range], &[])]));
    let odd = || made(&json!([block("tcp", 8080, 8080, &["0.0.0.0/0"], &[])]));
    for (case, resource, settings, expected) in [
        (
            "open",
            odd(),
            json!({"open-ports": ["80", "tcp/8000-8100"]}),
            &[][..],
        ),
        (
            "by udp only",
            odd(),
            json!({"open-ports": ["udp/8080"]}),
            &["port-open violation [ingress]"],
        ),
        (
            "graver",
            odd(),
            json!({"admin-ports": ["8080"]}),
            &["admin-port-open violation [ingress]"],
        ),
        (
            "closed",
            made(&json!([block("tcp", 443, 443, &["0.0.0.0/0"], &[])])),
            json!({"open-ports": []}),
            &["port-open violation [ingress]"],
        ),
        (
            "trusted",
            ssh("52.0.0.0/10"),
            json!({"trusted-networks": ["52.0.0.0/10"]}),
            &[],
        ),
        (
            "allowed",
            ssh("52.0.0.0/10"),
            json!({"allow": [{"ports": ["22"], "from": ["52.0.0.0/8"]}]}),
            &[],
        ),
        (
            "allowed for another port",
            ssh("52.0.0.0/10"),
            json!({"allow": [{"ports": ["23"], "from": ["52.0.0.0/8"]}]}),
            &["range-too-wide violation [ingress]"],
        ),
        (
            "allowed to all",
            ssh("0.0.0.0/0"),
            json!({"allow": [{"ports": ["22"], "from": ["0.0.0.0/0"]}]}),
            &[],
        ),
        (
            "narrower",
            ssh("52.0.0.0/16"),
            json!({"widest-ipv4": 24}),
            &["range-too-wide violation [ingress]"],
        ),
        (
            "the widest there is",
            ssh("52.0.0.0/8"),
            json!({"widest-ipv4": 8}),
            &["admin-port-open violation [ingress]"],
        ),
        (
            "not the widest",
            ssh("52.0.0.0/9"),
            json!({"widest-ipv4": 8}),
            &[],
        ),
        ("never", ssh("0.0.0.0/0"), json!({"require": "never"}), &[]),
        (
            "ignored",
            ssh("0.0.0.0/0"),
            json!({"ignore-types": ["aws_security_*"]}),
            &[],
        ),
    ] {
        assert_eq!(heads(&with([resource], settings)), expected, "{case}");
    }
    let unprotected = Plan::new([ssh("0.0.0.0/0")])
        .environment("staging", false)
        .settings(json!({"require": "protected-environments"}));
    assert!(unprotected.findings::<NetworkExposure>().is_empty());
    let egress = || {
        Resource::create(
            "aws_security_group.x",
            group(&json!([]), &json!([block("-1", 0, 0, &["0.0.0.0/0"], &[])])),
        )
    };
    assert!(short([egress()]).is_empty());
    assert_eq!(
        heads(&with([egress()], json!({"egress": "judge"}))),
        ["egress-open violation [egress]"]
    );
    let default = || {
        Resource::create(
            "aws_default_security_group.x",
            group(
                &json!([block("-1", 0, 0, &["10.0.0.0/8"], &[])]),
                &json!([]),
            ),
        )
    };
    assert!(short([default()]).is_empty());
    assert_eq!(
        heads(&with([default()], json!({"default-group-empty": true}))),
        ["default-group-used violation [ingress, egress]"]
    );
    let wrong = Plan::new([egress()])
        .settings(json!({"open-ports": ["99999"]}))
        .evaluate::<NetworkExposure>();
    assert!(wrong.is_err_and(|error| error.contains("`99999` in `open-ports`")));
    let typo = Plan::new([egress()])
        .settings(json!({"open-port": []}))
        .evaluate::<NetworkExposure>();
    assert!(typo.is_err());
}

#[test]
fn firewalls_that_are_taken_off() {
    let subnet = "/subscriptions/s/subnets/a";
    let network = "projects/p/global/networks/n";
    for (kind, path, target, protected) in [
        (
            "azurerm_subnet_network_security_group_association",
            "subnet_id",
            subnet.to_owned(),
            "azurerm_subnet",
        ),
        (
            "azurerm_network_interface_security_group_association",
            "network_interface_id",
            subnet.to_owned(),
            "azurerm_network_interface",
        ),
        (
            "google_compute_network_firewall_policy_association",
            "attachment_target",
            format!("https://www.googleapis.com/compute/v1/{network}"),
            "google_compute_network",
        ),
    ] {
        let address = format!("{kind}.x");
        let association = json!({"id": "a", path: target});
        let gone = || Resource::delete(&address, association.clone());
        let found = [format!("firewall-detached violation [{path}]")];
        assert_eq!(short([gone()]), found, "{kind}");
        let owner = |id: &str| Resource::delete(&format!("{protected}.x"), json!({"id": id}));
        let id = if protected == "google_compute_network" {
            network
        } else {
            subnet
        };
        assert!(short([gone(), owner(id)]).is_empty(), "{kind}");
        assert_eq!(short([gone(), owner("other")]), found, "{kind}");
        assert!(
            short([Resource::replace(
                &address,
                association.clone(),
                association.clone()
            )])
            .is_empty()
        );
        assert!(short([Resource::unchanged(&address, association.clone())]).is_empty());
        assert!(short([Resource::create(&address, association.clone())]).is_empty());
    }
}

/// The types that share their way of reading with another one.
#[test]
fn relatives() {
    let found = |address: &str, object: Json| short([Resource::create(address, object)]);
    for (kind, start, end) in [
        (
            "azurerm_mssql_firewall_rule",
            "start_ip_address",
            "end_ip_address",
        ),
        (
            "azurerm_mysql_flexible_server_firewall_rule",
            "start_ip_address",
            "end_ip_address",
        ),
        (
            "azurerm_postgresql_flexible_server_firewall_rule",
            "start_ip_address",
            "end_ip_address",
        ),
        (
            "azurerm_cosmosdb_postgresql_firewall_rule",
            "start_ip_address",
            "end_ip_address",
        ),
        (
            "azurerm_mongo_cluster_firewall_rule",
            "start_ip_address",
            "end_ip_address",
        ),
        (
            "azurerm_synapse_firewall_rule",
            "start_ip_address",
            "end_ip_address",
        ),
        (
            "azurerm_sql_firewall_rule",
            "start_ip_address",
            "end_ip_address",
        ),
        (
            "azurerm_mysql_firewall_rule",
            "start_ip_address",
            "end_ip_address",
        ),
        (
            "azurerm_mariadb_firewall_rule",
            "start_ip_address",
            "end_ip_address",
        ),
        (
            "azurerm_postgresql_firewall_rule",
            "start_ip_address",
            "end_ip_address",
        ),
        ("azurerm_redis_firewall_rule", "start_ip", "end_ip"),
    ] {
        let address = format!("{kind}.x");
        let range = |first: Json, last: Json| json!({start: first, end: last, "name": "r"});
        assert_eq!(
            found(&address, range(json!("0.0.0.0"), json!("255.255.255.255"))),
            [format!("admin-port-open violation [{start}, {end}]")],
            "{kind}"
        );
        assert!(
            found(&address, range(json!("20.1.1.1"), json!("20.1.1.9"))).is_empty(),
            "{kind}"
        );
        assert_eq!(
            found(&address, range(unknown(), json!("20.1.1.9"))),
            [format!("admin-port-open undetermined [{start}]")],
            "{kind}"
        );
        assert_eq!(
            found(&address, range(json!("20.1.1.1"), unknown())),
            [format!("admin-port-open undetermined [{end}]")],
            "{kind}"
        );
    }
    for (kind, path, wide, narrow) in [
        (
            "azurerm_ip_group",
            "cidrs",
            json!(["0.0.0.0/1", "128.0.0.0/1"]),
            json!(["20.1.1.0/24"]),
        ),
        (
            "azurerm_ip_group_cidr",
            "cidr",
            json!("0.0.0.0/0"),
            json!("20.1.1.0/24"),
        ),
        (
            "google_network_security_address_group",
            "items",
            json!(["::/0"]),
            json!(["20.1.1.0/24"]),
        ),
    ] {
        let address = format!("{kind}.x");
        let object = |value: &Json| json!({path: value, "name": "0.0.0.0/0"});
        let expected = [format!("address-list-open violation [{path}]")];
        assert_eq!(found(&address, object(&wide)), expected, "{kind}");
        assert!(found(&address, object(&narrow)).is_empty(), "{kind}");
        let existing = [format!("address-list-open violation(existing) [{path}]")];
        assert_eq!(
            short([Resource::unchanged(&address, object(&wide))]),
            existing,
            "{kind}"
        );
        assert_eq!(
            short([Resource::update(&address, object(&narrow), object(&wide))]),
            expected,
            "{kind}"
        );
    }
    let collection = json!({"name": "g", "nat_rule_collection": [{"name": "c", "action": "Dnat", "priority": 1, "rule": [
        {"name": "rdp", "protocols": ["TCP"], "source_addresses": ["*"], "destination_ports": ["3389"], "translated_port": 3389,
         "translated_address": "10.0.0.4"}]}], "network_rule_collection": [], "application_rule_collection": []});
    assert_eq!(
        found(
            "azurerm_firewall_policy_rule_collection_group.x",
            collection
        ),
        ["admin-port-open violation [nat_rule_collection]"]
    );
    for kind in [
        "google_compute_firewall_policy_with_rules",
        "google_compute_region_network_firewall_policy_with_rules",
    ] {
        let rules = json!({"rule": [{"action": "allow", "direction": "INGRESS", "disabled": false, "priority": 1,
            "match": [{"src_ip_ranges": ["0.0.0.0/0"], "layer4_config": [{"ip_protocol": "tcp", "ports": ["3389"]}]}]}]});
        assert_eq!(
            found(&format!("{kind}.x"), rules),
            ["admin-port-open violation [rule]"],
            "{kind}"
        );
    }
    let default = json!({"default_network_acl_id": "acl-1", "egress": [], "ingress": [{"rule_no": 1, "action": "allow", "protocol": "6",
        "from_port": 22, "to_port": 22, "cidr_block": "", "ipv6_cidr_block": "::/0", "icmp_code": 0, "icmp_type": 0}]});
    assert_eq!(
        found("aws_default_network_acl.x", default),
        ["network-acl-open violation [ingress]"]
    );
    // Who may reach it by tag or account is not the Internet; nobody at all is.
    let by_account = json!({"name": "f", "allow": [{"protocol": "tcp", "ports": ["22"]}], "deny": [], "direction": "INGRESS", "disabled": false,
        "priority": 1000, "source_ranges": null, "source_tags": [], "source_service_accounts": ["a@b"], "destination_ranges": []});
    assert!(found("google_compute_firewall.x", by_account).is_empty());
    // Out, by each cloud.
    let judge = || json!({"egress": "judge"});
    let out = json!({"name": "f", "allow": [{"protocol": "tcp", "ports": ["25"]}], "deny": [], "direction": "EGRESS", "disabled": false,
        "priority": 1000, "source_ranges": [], "source_tags": [], "source_service_accounts": [], "destination_ranges": ["0.0.0.0/0"]});
    let made =
        |address: &str, object: Json| heads(&with([Resource::create(address, object)], judge()));
    assert_eq!(
        made("google_compute_firewall.x", out),
        ["egress-open violation [destination_ranges]"]
    );
    let out = json!({"ip_protocol": "-1", "from_port": null, "to_port": null, "cidr_ipv4": "0.0.0.0/0", "cidr_ipv6": null});
    assert_eq!(
        made("aws_vpc_security_group_egress_rule.x", out),
        ["egress-open violation [cidr_ipv4]"]
    );
    let out = json!({"name": "r", "access": "Allow", "direction": "Outbound", "priority": 1, "protocol": "*", "source_address_prefix": "*",
        "source_address_prefixes": [], "destination_port_range": "*", "destination_port_ranges": [], "destination_address_prefix": "Internet",
        "destination_address_prefixes": []});
    assert_eq!(
        made("azurerm_network_security_rule.x", out),
        ["egress-open violation [destination_address_prefix]"]
    );
}

#[test]
fn the_order_of_rules_that_are_resources() {
    let none: &[&str] = &[];
    let nsg = |access: &str, priority: i64| {
        json!({"name": "r", "resource_group_name": "g", "network_security_group_name": "n", "access": access, "direction": "Inbound",
            "priority": priority, "protocol": "Tcp", "source_port_range": "*", "source_address_prefix": "*", "source_address_prefixes": [],
            "destination_port_range": "22", "destination_port_ranges": [], "destination_address_prefix": "*", "destination_address_prefixes": []})
    };
    let gfw = |allow: bool, priority: i64, tags: Json| {
        let rule = json!([{"protocol": "tcp", "ports": ["22"]}]);
        let (allow, deny) = if allow {
            (rule, json!([]))
        } else {
            (json!([]), rule)
        };
        json!({"name": "r", "network": "n", "direction": "INGRESS", "disabled": false, "priority": priority, "allow": allow, "deny": deny,
            "source_ranges": ["0.0.0.0/0"], "target_tags": tags, "target_service_accounts": null})
    };
    let behind = "stop-removed violation [priority]";
    let existing = |path: &str| format!("admin-port-open violation(existing) [{path}]");
    let planned = |path: &str| format!("admin-port-open violation [{path}]");
    type Make<'a> = &'a dyn Fn(bool, i64) -> Json;
    let clouds: [(&str, &str, Make<'_>); 2] = [
        (
            "azurerm_network_security_rule",
            "source_address_prefix",
            &|allow, priority| nsg(if allow { "Allow" } else { "Deny" }, priority),
        ),
        (
            "google_compute_firewall",
            "source_ranges",
            &|allow, priority| gfw(allow, priority, json!(null)),
        ),
    ];
    for (kind, path, rule) in clouds {
        let address = |name: &str| format!("{kind}.{name}");
        let moved = |allow: bool, before: i64, after: i64| {
            Resource::update(&address("moved"), rule(allow, before), rule(allow, after))
        };
        let stays = |allow: bool, at: i64| Resource::unchanged(&address("stays"), rule(allow, at));
        // The rule that denies moves behind, or another one before it.
        assert_eq!(
            short([moved(false, 100, 300), stays(true, 200)]),
            [behind.to_owned(), existing(path)],
            "{kind}"
        );
        assert_eq!(
            short([moved(true, 300, 100), stays(false, 200)]),
            [planned(path)],
            "{kind}"
        );
        // Both ways that change nothing.
        for (before, after) in [(100, 150), (250, 300), (300, 100)] {
            assert_eq!(
                short([moved(false, before, after), stays(true, 200)]),
                [existing(path)],
                "{kind} {before} {after}"
            );
        }
        assert_eq!(
            short([moved(true, 100, 300), stays(false, 200)]),
            [existing(path)],
            "{kind}"
        );
        assert_eq!(short([moved(false, 100, 300)]), none, "{kind}");
    }
    // Of another group.
    let mut other = nsg("Allow", 200);
    other["network_security_group_name"] = json!("other");
    assert_eq!(
        short([
            Resource::update(
                "azurerm_network_security_rule.d",
                nsg("Deny", 100),
                nsg("Deny", 300)
            ),
            Resource::unchanged("azurerm_network_security_rule.a", other),
        ]),
        [existing("source_address_prefix")]
    );
    // For fewer machines, and for more.
    let tagged = |before: Json, after: Json| {
        short([Resource::update(
            "google_compute_firewall.d",
            gfw(false, 100, before),
            gfw(false, 100, after),
        )])
    };
    let fewer = ["stop-removed violation [target_tags]"];
    assert_eq!(tagged(json!(null), json!(["only-this"])), fewer);
    assert_eq!(tagged(json!(["a", "b"]), json!(["a"])), fewer);
    assert_eq!(tagged(json!(["a"]), json!(["a", "b"])), none);
    assert_eq!(tagged(json!(["a"]), json!(null)), none);
}

#[test]
fn access_lists_whose_rules_are_resources() {
    let rule = |number: i64, action: &str, from: i64, to: i64| {
        json!({"network_acl_id": "n", "egress": false, "rule_number": number, "rule_action": action, "protocol": "tcp",
            "from_port": from, "to_port": to, "cidr_block": "0.0.0.0/0", "ipv6_cidr_block": null})
    };
    let moved = |from: i64, to: i64, port: i64| {
        Resource::replace(
            "aws_network_acl_rule.d",
            rule(from, "deny", port, port),
            rule(to, "deny", port, port),
        )
    };
    let stays = |from: i64, to: i64| {
        Resource::unchanged("aws_network_acl_rule.a", rule(100, "allow", from, to))
    };
    let late = judged([stays(20, 25), moved(50, 500, 22)]);
    assert_eq!(
        heads(&late),
        [
            "network-acl-open violation [cidr_block]",
            "network-acl-open violation(existing) [cidr_block]",
            "stop-removed violation [rule_number]"
        ]
    );
    // What is news is the one port.
    assert!(late[0].contains("reach tcp 22 (SSH)"), "{late:?}");
    // Ports that answers come back on.
    assert_eq!(
        short([stays(1024, 65535), moved(50, 900, 3389)]),
        ["stop-removed violation [rule_number]"]
    );
    assert_eq!(short([stays(22, 22), moved(50, 60, 22)]), [""; 0]);
}

#[test]
fn words_that_azure_takes_as_everybody() {
    for (source, open) in [("/0", true), ("0.0.0.0", true), ("10.0.0.1", false)] {
        let rule = json!({"name": "r", "resource_group_name": "g", "network_security_group_name": "n", "access": "Allow", "direction": "Inbound",
            "priority": 100, "protocol": "Tcp", "source_port_range": "*", "source_address_prefix": source, "source_address_prefixes": [],
            "destination_port_range": "22", "destination_port_ranges": [], "destination_address_prefix": "*", "destination_address_prefixes": []});
        let found = short([Resource::create("azurerm_network_security_rule.x", rule)]);
        assert_eq!(found.len(), usize::from(open), "{source}");
    }
}

#[test]
fn web_access_lists_that_are_taken_off() {
    let detached = |attribute: &str| [format!("firewall-detached violation [{attribute}]")];
    let association = || {
        Resource::delete(
            "aws_wafv2_web_acl_association.x",
            json!({"resource_arn": "arn:lb", "web_acl_arn": "arn:w"}),
        )
    };
    assert_eq!(short([association()]), detached("resource_arn"));
    assert!(
        short([
            association(),
            Resource::delete("aws_lb.l", json!({"arn": "arn:lb"}))
        ])
        .is_empty()
    );
    // What goes with its firewall is seen for another attribute than the one that names it.
    for (kind, path) in network_exposure::NAMED {
        let block = path.split("[0].").next().unwrap_or(path);
        let object = json!({"id": "i", "arn": "arn:x", block: "arn:w"});
        assert!(
            short([Resource::delete(&format!("{kind}.x"), object)]).is_empty(),
            "{kind}"
        );
    }
    for (kind, path) in network_exposure::NAMED {
        let named = |name: Json| match path.split_once("[0].") {
            Some((block, key)) => json!({block: [{key: name}]}),
            None => json!({*path: name}),
        };
        let update = |before: Json, after: Json| {
            short([Resource::update(
                &format!("{kind}.x"),
                named(before),
                named(after),
            )])
        };
        assert_eq!(update(json!("w"), json!(null)), detached(path), "{kind}");
        assert_eq!(update(json!("w"), json!("")), detached(path), "{kind}");
        assert!(update(json!("w"), json!("v")).is_empty(), "{kind}");
        assert!(update(json!("w"), unknown()).is_empty(), "{kind}");
        assert!(update(json!(null), json!("w")).is_empty(), "{kind}");
    }
}

/// How many findings there are, of which each is what the host takes.
fn fits(resources: Vec<Resource>) -> usize {
    Plan::new(resources).findings::<NetworkExposure>().len()
}

#[test]
fn what_a_plan_says_at_length_is_told_in_short() {
    // One rule for each of many ports, none next to another.
    let blocks: Vec<_> = (0..2_000)
        .map(|nth| block("tcp", 1_025 + nth * 3, 1_025 + nth * 3, &["0.0.0.0/0"], &[]))
        .collect();
    assert!(fits(vec![made(&json!(blocks))]) > 0);
    let tags = |names: Vec<String>| {
        json!({"name": "f", "network": "n", "direction": "INGRESS", "priority": 1, "disabled": false, "allow": [],
        "deny": [{"protocol": "all", "ports": []}], "source_ranges": ["0.0.0.0/0"], "target_tags": names, "target_service_accounts": null})
    };
    let many = |count: usize| {
        (0..count)
            .map(|nth| format!("{}{nth}", "tag".repeat(15)))
            .collect()
    };
    let found = vec![Resource::update(
        "google_compute_firewall.f",
        tags(many(200)),
        tags(many(100)),
    )];
    assert_eq!(fits(found), 1);
}

#[test]
fn filters_that_let_everything_through() {
    let block = || json!([{"allow": [], "block": [{"custom_response": []}]}]);
    let allow = || json!([{"allow": [{"custom_request_handling": []}], "block": []}]);
    let acl = |default: Json| json!({"name": "edge", "arn": "arn:acl", "scope": "REGIONAL", "default_action": default, "rule": []});
    let at = "aws_wafv2_web_acl.edge";
    let opened = |attribute: &str| [format!("web-filter-opened violation [{attribute}]")];
    let none = [""; 0];
    let update = |before: Json, after: Json| short([Resource::update(at, before, after)]);
    assert_eq!(update(acl(block()), acl(allow())), opened("default_action"));
    assert_eq!(
        short([Resource::replace(at, acl(block()), acl(allow()))]),
        opened("default_action")
    );
    assert_eq!(
        update(acl(block()), acl(unknown())),
        ["web-filter-opened undetermined [default_action]"]
    );
    // As it is, as it is made, and the other way round.
    assert_eq!(update(acl(allow()), acl(block())), none);
    assert_eq!(update(acl(allow()), acl(allow())), none);
    assert_eq!(short([Resource::create(at, acl(allow()))]), none);
    assert_eq!(short([Resource::unchanged(at, acl(allow()))]), none);
    assert_eq!(short([Resource::delete(at, acl(block()))]), none);
    // The older ones.
    for kind in ["aws_waf_web_acl", "aws_wafregional_web_acl"] {
        let list = if kind == "aws_waf_web_acl" {
            "rules"
        } else {
            "rule"
        };
        let acl = |action: &str| json!({"default_action": [{"type": action}], list: []});
        let at = format!("{kind}.x");
        let update =
            |before: &str, after: &str| short([Resource::update(&at, acl(before), acl(after))]);
        assert_eq!(update("BLOCK", "ALLOW"), opened("default_action"));
        assert_eq!(update("ALLOW", "BLOCK"), none);
    }
    // Azure's.
    let policy = |enabled: Json, mode: Json| {
        json!({"policy_settings": [{"enabled": enabled, "mode": mode}], "custom_rules": [],
        "managed_rules": [{"managed_rule_set": [{"type": "OWASP", "version": "3.2"}]}]})
    };
    let at = "azurerm_web_application_firewall_policy.x";
    let update = |before: Json, after: Json| short([Resource::update(at, before, after)]);
    let on = || policy(json!(true), json!("Prevention"));
    assert_eq!(
        update(on(), policy(json!(false), json!("Prevention"))),
        opened("policy_settings[0].enabled")
    );
    assert_eq!(
        update(on(), policy(json!(true), json!("Detection"))),
        opened("policy_settings[0].mode")
    );
    assert_eq!(update(policy(json!(true), json!("Detection")), on()), none);
    let gateway = |mode: &str| json!({"firewall_policy_id": null, "waf_configuration": [{"enabled": true, "firewall_mode": mode}]});
    assert_eq!(
        short([Resource::update(
            "azurerm_application_gateway.x",
            gateway("Prevention"),
            gateway("Detection")
        )]),
        opened("waf_configuration[0].firewall_mode")
    );
    let front =
        |mode: Json| json!({"enabled": null, "mode": mode, "custom_rule": [], "managed_rule": []});
    for kind in [
        "azurerm_cdn_frontdoor_firewall_policy.x",
        "azurerm_frontdoor_firewall_policy.x",
    ] {
        assert_eq!(
            short([Resource::update(
                kind,
                front(json!("Prevention")),
                front(json!("Detection"))
            )]),
            opened("mode")
        );
        assert_eq!(
            short([Resource::update(
                kind,
                front(json!("Detection")),
                front(json!("Detection"))
            )]),
            none
        );
    }
}

#[test]
fn rules_of_filters_that_go() {
    let rule = |name: &str, action: &str, countries: &[&str]| {
        let mut actions =
            json!({"allow": [], "block": [], "captcha": [], "challenge": [], "count": []});
        actions[action] = json!([{}]);
        json!({"name": name, "priority": 1, "action": [actions], "override_action": [],
            "statement": [{"geo_match_statement": [{"country_codes": countries}]}]})
    };
    let group = |to: &str, counted: &[&str]| {
        let overrides: Vec<_> = counted
            .iter()
            .map(|name| json!({"name": name, "action_to_use": [{"count": [{}], "block": [], "allow": []}]}))
            .collect();
        let mut actions = json!({"count": [], "none": []});
        actions[to] = json!([{}]);
        json!({"name": "common", "priority": 2, "action": [], "override_action": [actions],
            "statement": [{"managed_rule_group_statement": [{"name": "AWSManagedRulesCommonRuleSet", "vendor_name": "AWS",
                "rule_action_override": overrides}]}]})
    };
    let acl = |rules: Vec<Json>| json!({"name": "edge", "arn": "arn:acl", "default_action": [{"allow": [{}], "block": []}], "rule": rules});
    let at = "aws_wafv2_web_acl.edge";
    let update = |before: Vec<Json>, after: Vec<Json>| {
        short([Resource::update(at, acl(before), acl(after))])
    };
    let geo = || rule("geo", "block", &["KP"]);
    let removed = ["web-rule-removed violation [rule]"];
    let opened = ["web-filter-opened violation [rule]"];
    let none = [""; 0];
    let both = || vec![geo(), group("none", &[])];
    assert_eq!(update(both(), vec![group("none", &[])]), removed);
    assert_eq!(
        update(
            both(),
            vec![rule("geo", "count", &["KP"]), group("none", &[])]
        ),
        removed
    );
    assert_eq!(
        update(
            both(),
            vec![rule("geo", "allow", &["KP"]), group("none", &[])]
        ),
        removed
    );
    assert_eq!(update(both(), vec![geo(), group("count", &[])]), removed);
    assert_eq!(
        update(
            both(),
            vec![geo(), group("none", &["SizeRestrictions_BODY"])]
        ),
        removed
    );
    // Nothing stops anything any more.
    assert_eq!(update(both(), vec![]), opened);
    assert_eq!(
        update(vec![geo()], vec![rule("geo", "count", &["KP"])]),
        opened
    );
    // Nothing goes.
    assert_eq!(update(both(), both()), none);
    assert_eq!(update(vec![geo()], both()), none);
    assert_eq!(
        update(
            vec![rule("geo", "count", &["KP"]), group("none", &[])],
            vec![group("none", &[])]
        ),
        none
    );
    assert_eq!(
        update(
            both(),
            vec![rule("countries", "block", &["KP"]), group("none", &[])]
        ),
        none
    );
    assert_eq!(
        update(
            both(),
            vec![rule("geo", "captcha", &["KP"]), group("none", &[])]
        ),
        none
    );
    assert_eq!(
        update(
            both(),
            vec![rule("geo", "block", &["KP", "IR"]), group("none", &[])]
        ),
        none
    );
    assert_eq!(
        update(vec![group("none", &["A"])], vec![group("none", &["A"])]),
        none
    );
    // What cannot be told.
    let mut hidden = acl(vec![]);
    hidden["rule"] = unknown();
    assert_eq!(
        short([Resource::update(at, acl(both()), hidden)]),
        ["web-filter-opened undetermined [rule]"]
    );
    // A rule that becomes a resource of its own, and one that goes.
    let own = || {
        let mut own = geo();
        own["web_acl_arn"] = json!("arn:acl");
        own
    };
    let kind = "aws_wafv2_web_acl_rule.geo";
    assert_eq!(
        short([
            Resource::update(at, acl(both()), acl(vec![group("none", &[])])),
            Resource::create(kind, own())
        ]),
        none
    );
    let gone = ["web-rule-removed violation [web_acl_arn]"];
    assert_eq!(short([Resource::delete(kind, own())]), gone);
    assert_eq!(
        short([
            Resource::delete(kind, own()),
            Resource::delete(at, acl(vec![]))
        ]),
        none
    );
    assert_eq!(
        short([
            Resource::delete(kind, own()),
            Resource::update(at, acl(vec![]), acl(vec![geo()]))
        ]),
        none
    );
    // Google's.
    let armor = |action: &str, preview: Json| {
        json!({"action": action, "priority": 1000, "preview": preview,
        "match": [{"config": [{"src_ip_ranges": ["203.0.113.0/24"]}]}]})
    };
    let policy = |rules: Vec<Json>| json!({"name": "p", "rule": rules});
    let at = "google_compute_security_policy.p";
    let deny = || armor("deny(403)", json!(false));
    let rest = || json!({"action": "deny(403)", "priority": 2_147_483_647, "preview": false, "match": [{"versioned_expr": "SRC_IPS_V1"}]});
    let update = |before: Vec<Json>, after: Vec<Json>| {
        short([Resource::update(at, policy(before), policy(after))])
    };
    assert_eq!(update(vec![deny(), rest()], vec![rest()]), removed);
    assert_eq!(
        update(
            vec![deny(), rest()],
            vec![armor("deny(403)", json!(true)), rest()]
        ),
        removed
    );
    assert_eq!(
        update(vec![deny()], vec![armor("allow", json!(false))]),
        opened
    );
    assert_eq!(
        update(vec![deny()], vec![armor("throttle", json!(false))]),
        none
    );
    let mut lower = deny();
    lower["priority"] = json!(900);
    assert_eq!(update(vec![deny()], vec![lower]), none);
    let own = |action: &str| {
        let mut own = armor(action, json!(null));
        own["security_policy"] = json!("p");
        own
    };
    let at = "google_compute_security_policy_rule.r";
    assert_eq!(
        short([Resource::delete(at, own("deny(403)"))]),
        ["web-rule-removed violation [security_policy]"]
    );
    assert_eq!(short([Resource::delete(at, own("allow"))]), none);
    assert_eq!(
        short([Resource::update(at, own("deny(403)"), own("allow"))]),
        ["web-rule-removed violation [security_policy]"]
    );
    // Azure's.
    let custom = |action: &str, enabled: bool| {
        json!({"name": "r", "priority": 1, "action": action, "enabled": enabled,
        "match_conditions": [{"match_values": ["203.0.113.0/24"]}]})
    };
    let policy = |custom: Vec<Json>, sets: Json| {
        json!({"policy_settings": [{"enabled": true, "mode": "Prevention"}], "custom_rules": custom,
        "managed_rules": [{"managed_rule_set": sets}]})
    };
    let at = "azurerm_web_application_firewall_policy.x";
    let update = |before: Json, after: Json| short([Resource::update(at, before, after)]);
    let sets = || json!([{"type": "OWASP", "version": "3.2"}, {"type": "Microsoft_BotManagerRuleSet", "version": "1.0"}]);
    let newer = || json!([{"type": "OWASP", "version": "3.3"}, {"type": "Microsoft_BotManagerRuleSet", "version": "1.1"}]);
    let fewer = || json!([{"type": "OWASP", "version": "3.2"}]);
    assert_eq!(
        update(policy(vec![], sets()), policy(vec![], fewer())),
        ["web-rule-removed violation [managed_rules[0].managed_rule_set]"]
    );
    assert_eq!(
        update(policy(vec![], sets()), policy(vec![], newer())),
        none
    );
    let with = |action: &str, enabled: bool| policy(vec![custom(action, enabled)], fewer());
    let removed = ["web-rule-removed violation [custom_rules]"];
    assert_eq!(update(with("Block", true), with("Log", true)), removed);
    assert_eq!(update(with("Block", true), with("Block", false)), removed);
    assert_eq!(update(with("Log", true), with("Allow", true)), none);
}

#[test]
fn a_web_access_list_that_is_put_before_the_same_again() {
    let association = |acl: &str| json!({"resource_arn": "arn:lb", "web_acl_arn": acl});
    let kind = "aws_wafv2_web_acl_association";
    assert!(
        short([
            Resource::delete(&format!("{kind}.old"), association("arn:a")),
            Resource::create(&format!("{kind}.new"), association("arn:b")),
        ])
        .is_empty()
    );
    let elsewhere = json!({"resource_arn": "arn:other", "web_acl_arn": "arn:b"});
    assert_eq!(
        short([
            Resource::delete(&format!("{kind}.old"), association("arn:a")),
            Resource::create(&format!("{kind}.new"), elsewhere),
        ]),
        ["firewall-detached violation [resource_arn]"]
    );
}

#[test]
fn who_is_let_in_without_a_range() {
    let none: &[&str] = &[];
    let open: &[&str] = &["admin-port-open violation [match]"];
    let rule = |action: &str, matched: &[(&str, Json)]| {
        let mut block = json!({"layer4_configs": [{"ip_protocol": "tcp", "ports": ["22"]}], "src_ip_ranges": null, "src_network_context": null, "src_region_codes": null});
        for (key, value) in matched {
            block[*key] = value.clone();
        }
        json!({"action": action, "direction": "INGRESS", "disabled": false, "firewall_policy": "p", "priority": 1000, "match": [block], "target_service_accounts": []})
    };
    for kind in [
        "google_compute_firewall_policy_rule",
        "google_compute_network_firewall_policy_rule",
        "google_compute_region_network_firewall_policy_rule",
    ] {
        for (matched, expected) in [
            (vec![("src_network_context", json!("INTERNET"))], open),
            (vec![("src_region_codes", json!(["US"]))], open),
            (
                vec![
                    ("src_region_codes", json!(["US"])),
                    ("src_ip_ranges", json!(["203.0.113.7/32"])),
                ],
                open,
            ),
            (
                vec![
                    ("src_network_context", json!("INTERNET")),
                    ("src_ip_ranges", json!(["203.0.113.7/32"])),
                ],
                none,
            ),
            (
                vec![
                    ("src_network_context", json!("INTERNET")),
                    ("src_fqdns", json!(["ci.example.com"])),
                ],
                none,
            ),
            (
                vec![
                    ("src_network_context", json!("NON_INTERNET")),
                    ("src_ip_ranges", json!(["0.0.0.0/0"])),
                ],
                none,
            ),
            (
                vec![
                    ("src_network_context", unknown()),
                    ("src_ip_ranges", json!(["203.0.113.7/32"])),
                ],
                none,
            ),
            (
                vec![("src_secure_tags", json!([{"name": "tagValues/1"}]))],
                none,
            ),
        ] {
            let address = format!("{kind}.r");
            assert_eq!(
                short([Resource::create(&address, rule("allow", &matched))]),
                expected,
                "{matched:?}"
            );
            assert_eq!(
                short([Resource::create(&address, rule("deny", &matched))]),
                none,
                "{matched:?}"
            );
            let existing: Vec<_> = expected
                .iter()
                .map(|line| line.replacen("violation", "violation(existing)", 1))
                .collect();
            assert_eq!(
                short([Resource::unchanged(&address, rule("allow", &matched))]),
                existing,
                "{matched:?}"
            );
        }
    }
    let in_rules = json!({"rule": [{"action": "allow", "direction": "INGRESS", "priority": 1, "match": [{"layer4_config": [{"ip_protocol": "tcp", "ports": ["3389"]}], "src_region_codes": ["CN"]}]}]});
    assert_eq!(
        short([Resource::create(
            "google_compute_network_firewall_policy_with_rules.p",
            in_rules
        )]),
        ["admin-port-open violation [rule]"]
    );
    // The key to the nodes of a cluster.
    let nodes = |key: Json, groups: Json| json!({"cluster_name": "c", "remote_access": [{"ec2_ssh_key": key, "source_security_group_ids": groups}]});
    let address = "aws_eks_node_group.n";
    let opened: &[&str] = &["admin-port-open violation [remote_access]"];
    for (after, expected) in [
        (nodes(json!("ops"), json!([])), opened),
        (nodes(unknown(), json!(null)), opened),
        (nodes(json!("ops"), json!(["sg-1"])), none),
        (nodes(json!("ops"), unknown()), none),
        (nodes(json!(null), json!(null)), none),
        (json!({"cluster_name": "c", "remote_access": []}), none),
    ] {
        assert_eq!(
            short([Resource::create(address, after.clone())]),
            expected,
            "{after}"
        );
    }
    assert_eq!(
        short([Resource::unchanged(address, nodes(json!("ops"), json!([])))]),
        ["admin-port-open violation(existing) [remote_access]"]
    );
}

#[test]
fn lists_and_firewalls_of_other_providers() {
    let none: &[&str] = &[];
    for (address, after, expected) in [
        (
            "mongodbatlas_project_ip_access_list.a",
            json!({"cidr_block": "0.0.0.0/0", "ip_address": null}),
            &["admin-port-open violation [cidr_block]"][..],
        ),
        (
            "mongodbatlas_project_ip_access_list.a",
            json!({"cidr_block": unknown(), "ip_address": "203.0.113.7"}),
            none,
        ),
        (
            "mongodbatlas_project_ip_access_list.a",
            json!({"cidr_block": "203.0.113.0/24"}),
            none,
        ),
        (
            "snowflake_network_policy.p",
            json!({"allowed_ip_list": ["0.0.0.0/0"]}),
            &["address-list-open violation [allowed_ip_list]"],
        ),
        (
            "snowflake_network_policy.p",
            json!({"allowed_ip_list": ["203.0.113.0/24"]}),
            none,
        ),
        (
            "snowflake_network_rule.r",
            json!({"type": "IPV4", "mode": "INGRESS", "value_list": ["0.0.0.0/0"]}),
            &["address-list-open violation [value_list]"],
        ),
        (
            "snowflake_network_rule.r",
            json!({"type": "HOST_PORT", "mode": "EGRESS", "value_list": ["0.0.0.0"]}),
            none,
        ),
        (
            "confluent_ip_group.g",
            json!({"cidr_blocks": ["0.0.0.0/1", "128.0.0.0/1"]}),
            &["address-list-open violation [cidr_blocks]"],
        ),
        (
            "ec_deployment_traffic_filter.f",
            json!({"type": "ip", "rule": [{"source": "0.0.0.0/0"}]}),
            &["address-list-open violation [rule]"],
        ),
        (
            "digitalocean_database_firewall.d",
            json!({"rule": [{"type": "app", "value": "a1"}, {"type": "ip_addr", "value": "10.0.0.1"}]}),
            none,
        ),
        (
            "digitalocean_firewall.f",
            json!({"inbound_rule": [{"protocol": "tcp", "port_range": "22", "source_addresses": ["0.0.0.0/0", "::/0"]}]}),
            &["admin-port-open violation [inbound_rule]"],
        ),
        (
            "digitalocean_firewall.f",
            json!({"inbound_rule": [{"protocol": "tcp", "port_range": "443", "source_addresses": ["0.0.0.0/0"]}]}),
            none,
        ),
        (
            "hcloud_firewall.f",
            json!({"rule": [{"direction": "in", "protocol": "tcp", "port": "5432", "source_ips": ["0.0.0.0/0"]}, {"direction": "out", "protocol": "tcp", "port": "22", "destination_ips": ["0.0.0.0/0"]}]}),
            &["admin-port-open violation [rule]"],
        ),
        (
            "openstack_networking_secgroup_rule_v2.r",
            json!({"direction": "ingress", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22, "remote_ip_prefix": "0.0.0.0/0"}),
            &["admin-port-open violation [remote_ip_prefix]"],
        ),
    ] {
        assert_eq!(
            short([Resource::create(address, after.clone())]),
            expected,
            "{address} {after}"
        );
    }
}

#[test]
fn the_network_of_a_cluster() {
    let policy = || {
        Resource::delete(
            "kubernetes_network_policy_v1.p",
            json!({"metadata": [{"name": "deny", "namespace": "shop"}]}),
        )
    };
    let stopped = ["stop-removed violation []"];
    assert_eq!(short([policy()]), stopped);
    let namespace = |name: &str| {
        Resource::delete(
            "kubernetes_namespace_v1.n",
            json!({"metadata": [{"name": name}]}),
        )
    };
    assert!(short([policy(), namespace("shop")]).is_empty());
    assert_eq!(short([policy(), namespace("other")]), stopped);
    let manifest = |kind: &str| {
        Resource::delete(
            "kubernetes_manifest.m",
            json!({"manifest": {"kind": kind, "metadata": {"name": "deny", "namespace": "shop"}}}),
        )
    };
    assert_eq!(short([manifest("NetworkPolicy")]), stopped);
    assert!(short([manifest("ConfigMap")]).is_empty());
}

#[test]
fn what_no_rule_is_about_and_floods() {
    let rule = |priority: i64, action: &str| json!({"priority": priority, "action": action, "preview": false, "match": [{"versioned_expr": "SRC_IPS_V1", "config": [{"src_ip_ranges": [priority.to_string()]}]}]});
    let policy = |last: &str| json!({"name": "p", "rule": [rule(1000, "deny(403)"), rule(2_147_483_647, last)]});
    let address = "google_compute_security_policy.p";
    let found = short([Resource::update(
        address,
        policy("deny(403)"),
        policy("allow"),
    )]);
    assert!(
        found.contains(&"web-filter-opened violation [rule]".to_owned()),
        "{found:?}"
    );
    assert!(
        short([Resource::update(
            address,
            policy("allow"),
            policy("deny(403)")
        )])
        .is_empty()
    );
    let shield = || Resource::delete("aws_shield_protection.s", json!({"resource_arn": "arn:lb"}));
    assert_eq!(
        short([shield()]),
        ["firewall-detached violation [resource_arn]"]
    );
    assert!(
        short([
            shield(),
            Resource::delete("aws_lb.l", json!({"arn": "arn:lb"}))
        ])
        .is_empty()
    );
    let network = |plan: Json| json!({"ddos_protection_plan": plan});
    assert_eq!(
        short([Resource::update(
            "azurerm_virtual_network.n",
            network(json!([{"id": "/p", "enable": true}])),
            network(json!([]))
        )]),
        ["firewall-detached violation [ddos_protection_plan[0].id]"]
    );
}

#[test]
fn rules_of_filters_under_other_names() {
    let none: &[&str] = &[];
    let group = |name: &str, version: Json, action: &str| json!({"name": name, "priority": 1, "action": [], "override_action": [{"none": if action == "none" { json!([{}]) } else { json!([]) }, "count": if action == "count" { json!([{}]) } else { json!([]) }}], "statement": [{"managed_rule_group_statement": [{"name": "AWSManagedRulesCommonRuleSet", "vendor_name": "AWS", "version": version}]}]});
    let acl =
        |rules: Json| json!({"default_action": [{"allow": [{}], "block": []}], "rule": rules});
    let update = |before: Json, after: Json| {
        short([Resource::update(
            "aws_wafv2_web_acl.x",
            acl(before),
            acl(after),
        )])
    };
    let other = || json!({"name": "o", "priority": 9, "action": [{"block": [{}]}], "statement": [{"geo_match_statement": [{"country_codes": ["XX"]}]}]});
    let before = || json!([group("r", json!(null), "none"), other()]);
    assert_eq!(
        update(
            before(),
            json!([group("common", json!("Version_1.10"), "none"), other()])
        ),
        none
    );
    let removed: &[&str] = &["web-rule-removed violation [rule]"];
    assert_eq!(
        update(
            before(),
            json!([group("common", json!(null), "count"), other()])
        ),
        removed
    );
    assert_eq!(update(before(), json!([other()])), removed);
    // What the name was of is another rule now.
    let mut elsewhere = other();
    elsewhere["name"] = json!("r");
    assert_eq!(
        update(
            json!([group("r", json!(null), "none")]),
            json!([elsewhere, group("s", json!("1"), "none")])
        ),
        none
    );
    let rate = |limit: i64| json!([{"name": "r", "priority": 1, "action": [{"block": [{}]}], "statement": [{"rate_based_statement": [{"limit": limit, "aggregate_key_type": "IP"}]}]}]);
    assert_eq!(update(rate(1000), rate(100_000)), removed);
    assert_eq!(update(rate(1000), rate(5000)), none);
    assert_eq!(update(rate(100_000), rate(1000)), none);
    // What each cloud calls a rule that stops nothing.
    let policy = |mode: &str| json!({"policy_settings": [{"enabled": true, "mode": mode}], "custom_rules": [], "managed_rules": []});
    let plan = Plan::new([Resource::update(
        "azurerm_web_application_firewall_policy.x",
        policy("Prevention"),
        policy("Detection"),
    )]);
    let evaluation = plan.evaluate::<NetworkExposure>();
    let told = evaluation.is_ok_and(|all| {
        all.findings
            .iter()
            .any(|finding| format!("{finding:?}").contains("the action `Log`"))
    });
    assert!(told);
}

#[test]
fn firewalls_of_networks_that_go() {
    let none: &[&str] = &[];
    for (kind, path, target, named) in [
        ("aws_networkfirewall_firewall", "vpc_id", "aws_vpc", "id"),
        (
            "aws_route53_resolver_firewall_rule_group_association",
            "vpc_id",
            "aws_vpc",
            "id",
        ),
        (
            "aws_wafv2_web_acl_rule_group_association",
            "web_acl_arn",
            "aws_wafv2_web_acl",
            "arn",
        ),
        (
            "aws_shield_application_layer_automatic_response",
            "resource_arn",
            "aws_lb",
            "arn",
        ),
        (
            "azurerm_network_security_perimeter_association",
            "resource_id",
            "azurerm_key_vault",
            "id",
        ),
        (
            "azurerm_cdn_frontdoor_security_policy",
            "cdn_frontdoor_profile_id",
            "azurerm_cdn_frontdoor_profile",
            "id",
        ),
        (
            "azurerm_application_load_balancer_security_policy",
            "application_load_balancer_id",
            "azurerm_application_load_balancer",
            "id",
        ),
        (
            "google_network_security_firewall_endpoint_association",
            "network",
            "google_compute_network",
            "id",
        ),
    ] {
        let gone = || Resource::delete(&format!("{kind}.x"), json!({path: "n"}));
        assert_eq!(
            short([gone()]),
            [format!("firewall-detached violation [{path}]")],
            "{kind}"
        );
        let target = Resource::delete(&format!("{target}.x"), json!({named: "n"}));
        assert_eq!(short([gone(), target]), none, "{kind}");
    }
    let azure = || {
        Resource::delete(
            "azurerm_firewall.x",
            json!({"ip_configuration": [{"subnet_id": "n"}], "threat_intel_mode": "Alert"}),
        )
    };
    assert_eq!(
        short([azure()]),
        ["firewall-detached violation [ip_configuration[0].subnet_id]"]
    );
    let in_hub = Resource::delete("azurerm_firewall.x", json!({"ip_configuration": []}));
    assert_eq!(
        short([in_hub]),
        ["firewall-detached violation [ip_configuration[0].subnet_id]"]
    );
    let subnet = Resource::delete("azurerm_subnet.x", json!({"id": "n"}));
    assert_eq!(short([azure(), subnet]), none);
    let rules = |action: &str| {
        short([Resource::delete(
            "azurerm_firewall_policy_rule_collection_group.x",
            json!({"firewall_policy_id": "p", "network_rule_collection": [{"action": action}], "application_rule_collection": []}),
        )])
    };
    assert_eq!(
        rules("Deny"),
        ["firewall-detached violation [firewall_policy_id]"]
    );
    assert_eq!(rules("Allow"), none);
    let opened = |kind: &str, before: Json, after: Json| {
        short([Resource::update(&format!("{kind}.x"), before, after)])
    };
    let policy = |threats: &str, mode: &str| json!({"threat_intelligence_mode": threats, "intrusion_detection": [{"mode": mode}]});
    let drops = |stateless: &str, stateful: &str| json!({"firewall_policy": [{"stateless_default_actions": [stateless], "stateless_fragment_default_actions": ["aws:drop"], "stateful_default_actions": [stateful]}]});
    for (kind, before, after, path) in [
        (
            "azurerm_firewall_policy",
            policy("Deny", "Deny"),
            policy("Off", "Deny"),
            "threat_intelligence_mode",
        ),
        (
            "azurerm_firewall_policy",
            policy("Deny", "Deny"),
            policy("Deny", "Off"),
            "intrusion_detection[0].mode",
        ),
        // What it knows is then only written down.
        (
            "azurerm_firewall_policy",
            policy("Deny", "Deny"),
            policy("Alert", "Deny"),
            "threat_intelligence_mode",
        ),
        (
            "azurerm_firewall_policy",
            policy("Alert", "Alert"),
            policy("Off", "Alert"),
            "threat_intelligence_mode",
        ),
        (
            "azurerm_firewall_policy",
            policy("Alert", "Deny"),
            policy("Alert", "Alert"),
            "intrusion_detection[0].mode",
        ),
        // The whole block goes.
        (
            "azurerm_firewall_policy",
            policy("Alert", "Alert"),
            json!({"threat_intelligence_mode": "Alert", "intrusion_detection": []}),
            "intrusion_detection[0].mode",
        ),
        (
            "azurerm_firewall_policy",
            policy("Deny", "Off"),
            json!({"threat_intelligence_mode": null, "intrusion_detection": []}),
            "threat_intelligence_mode",
        ),
        (
            "azurerm_application_gateway",
            json!({"firewall_policy_id": null, "waf_configuration": [{"enabled": true, "firewall_mode": "Prevention"}]}),
            json!({"firewall_policy_id": null, "waf_configuration": []}),
            "waf_configuration[0].enabled",
        ),
        (
            "azurerm_firewall",
            json!({"threat_intel_mode": "Deny"}),
            json!({"threat_intel_mode": "Alert"}),
            "threat_intel_mode",
        ),
        (
            "google_container_cluster",
            json!({"network_policy": [{"enabled": true}], "addons_config": []}),
            json!({"network_policy": [], "addons_config": []}),
            "network_policy[0].enabled",
        ),
        (
            "google_container_cluster",
            json!({"network_policy": [], "addons_config": [{"network_policy_config": [{"disabled": false}]}]}),
            json!({"network_policy": [], "addons_config": [{"network_policy_config": [{"disabled": true}]}]}),
            "addons_config[0].network_policy_config[0].disabled",
        ),
        (
            "azurerm_kubernetes_cluster",
            json!({"network_profile": [{"network_policy": "calico"}]}),
            json!({"network_profile": [{"network_policy": null}]}),
            "network_profile[0].network_policy",
        ),
        (
            "aws_networkfirewall_firewall_policy",
            drops("aws:drop", "aws:drop_strict"),
            drops("aws:pass", "aws:drop_strict"),
            "firewall_policy[0].stateless_default_actions",
        ),
        (
            "aws_networkfirewall_firewall_policy",
            drops("aws:drop", "aws:drop_strict"),
            drops("aws:drop", "aws:alert_strict"),
            "firewall_policy[0].stateful_default_actions",
        ),
    ] {
        assert_eq!(
            opened(kind, before.clone(), after.clone()),
            [format!("web-filter-opened violation [{path}]")]
        );
        assert_eq!(opened(kind, after.clone(), before.clone()), none);
        assert_eq!(opened(kind, after.clone(), after), none);
    }
    // A policy takes the place of the block, or nothing is taken away.
    let gateway = |policy: Json, block: Json| json!({"firewall_policy_id": policy, "waf_configuration": block});
    let block = || json!([{"enabled": true, "firewall_mode": "Prevention"}]);
    for (kind, before, after) in [
        (
            "azurerm_application_gateway",
            gateway(json!(null), block()),
            gateway(json!("/p"), json!([])),
        ),
        (
            "azurerm_application_gateway",
            gateway(json!(null), block()),
            gateway(unknown(), json!([])),
        ),
        (
            "azurerm_application_gateway",
            gateway(json!("/p"), json!([])),
            gateway(json!("/p"), json!([])),
        ),
        (
            "azurerm_firewall_policy",
            policy("Alert", "Off"),
            json!({"threat_intelligence_mode": null, "intrusion_detection": []}),
        ),
        (
            "azurerm_firewall",
            json!({"threat_intel_mode": "Alert"}),
            json!({"threat_intel_mode": ""}),
        ),
        (
            "azurerm_web_application_firewall_policy",
            json!({"policy_settings": [{"enabled": true, "mode": "Prevention"}]}),
            json!({"policy_settings": []}),
        ),
    ] {
        assert_eq!(opened(kind, before, after), none, "{kind}");
    }
    assert_eq!(
        Plan::new([Resource::update(
            "azurerm_firewall_policy.x",
            policy("Alert", "Deny"),
            json!({"threat_intelligence_mode": "Alert", "intrusion_detection": []})
        )])
        .findings::<NetworkExposure>(),
        [
            "web-filter-opened violation azurerm_firewall_policy.x [intrusion_detection[0].mode]: \
          the plan opens the firewall of the network: `intrusion_detection.mode` `Deny` -> not set"
        ]
    );
}

#[test]
fn network_policies_of_clusters_that_let_everybody_in() {
    let none: &[&str] = &[];
    let blocks =
        |ingress: Json| json!({"metadata": [{"name": "a"}], "spec": [{"ingress": ingress}]});
    let pods = || json!([{"from": [{"pod_selector": [{}], "ip_block": []}]}]);
    let cidr = |cidr: &str| json!([{"from": [{"ip_block": [{"cidr": cidr}], "pod_selector": []}]}]);
    for kind in ["kubernetes_network_policy", "kubernetes_network_policy_v1"] {
        let update = |before: Json, after: Json| {
            short([Resource::update(
                &format!("{kind}.x"),
                blocks(before),
                blocks(after),
            )])
        };
        let open = || json!([{"from": []}]);
        let found: &[&str] = &["stop-removed violation [spec]"];
        assert_eq!(update(pods(), open()), found);
        assert_eq!(update(cidr("10.0.0.0/8"), cidr("0.0.0.0/0")), found);
        assert_eq!(update(json!([]), open()), found);
        assert_eq!(update(open(), pods()), none);
        assert_eq!(update(open(), open()), none);
        assert_eq!(update(pods(), cidr("10.0.0.0/8")), none);
    }
    let manifest = |ingress: Json| json!({"manifest": {"kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "n"}, "spec": {"ingress": ingress}}});
    let named = || manifest(json!([{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]));
    let open = || manifest(json!([{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]));
    let update = |before: Json, after: Json| {
        short([Resource::update("kubernetes_manifest.x", before, after)])
    };
    assert_eq!(
        update(named(), open()),
        ["stop-removed violation [manifest]"]
    );
    assert_eq!(update(open(), named()), none);
}
