//! Firewalls of hashicorp/aws.

use tollgate_policy::{Attr, Field};

use super::{Class, Row};
use crate::opening::{Direction, Opening, Side, no_words};
use tollgate_policy_common::network::{Ports, Protocol, Reach};

/// The attributes of a rule in a block of a group.
const IN_GROUP: &[&str] = &[
    "ingress.from_port",
    "ingress.to_port",
    "ingress.protocol",
    "ingress.cidr_blocks",
    "ingress.ipv6_cidr_blocks",
    "egress.from_port",
    "egress.to_port",
    "egress.protocol",
    "egress.cidr_blocks",
    "egress.ipv6_cidr_blocks",
];

/// The attributes of a rule in a block of an access list.
const IN_LIST: &[&str] = &[
    "ingress.from_port",
    "ingress.to_port",
    "ingress.protocol",
    "ingress.cidr_block",
    "ingress.ipv6_cidr_block",
    "ingress.action",
    "ingress.rule_no",
    "egress.from_port",
    "egress.to_port",
    "egress.protocol",
    "egress.cidr_block",
    "egress.ipv6_cidr_block",
    "egress.action",
    "egress.rule_no",
];

const fn group(kind: &'static str) -> Row {
    Row {
        kind,
        attributes: &["ingress", "egress"],
        inside: IN_GROUP,
        class: Class::Firewall,
        read: |side| blocks(side, in_group),
    }
}

const fn list(kind: &'static str) -> Row {
    Row {
        kind,
        attributes: &["ingress", "egress"],
        inside: IN_LIST,
        class: Class::AccessList,
        read: |side| blocks(side, in_list),
    }
}

const fn rule(kind: &'static str, read: fn(&Side<'_>) -> Vec<Opening>) -> Row {
    Row {
        kind,
        attributes: &[
            "ip_protocol",
            "from_port",
            "to_port",
            "cidr_ipv4",
            "cidr_ipv6",
        ],
        inside: &[],
        class: Class::Firewall,
        read,
    }
}

pub(super) static ROWS: &[Row] = &[
    group("aws_security_group"),
    group("aws_default_security_group"),
    Row {
        kind: "aws_security_group_rule",
        attributes: &[
            "type",
            "protocol",
            "from_port",
            "to_port",
            "cidr_blocks",
            "ipv6_cidr_blocks",
        ],
        inside: &[],
        class: Class::Firewall,
        read: group_rule,
    },
    rule("aws_vpc_security_group_ingress_rule", |side| {
        vpc_rule(side, Direction::In)
    }),
    rule("aws_vpc_security_group_egress_rule", |side| {
        vpc_rule(side, Direction::Out)
    }),
    list("aws_network_acl"),
    list("aws_default_network_acl"),
    Row {
        kind: "aws_network_acl_rule",
        attributes: &[
            "network_acl_id",
            "egress",
            "rule_action",
            "rule_number",
            "protocol",
            "from_port",
            "to_port",
            "cidr_block",
            "ipv6_cidr_block",
        ],
        inside: &[],
        class: Class::AccessList,
        read: list_rule,
    },
    Row {
        kind: "aws_eks_node_group",
        attributes: &["remote_access"],
        inside: &[
            "remote_access.ec2_ssh_key",
            "remote_access.source_security_group_ids",
        ],
        class: Class::Firewall,
        read: node_group,
    },
    Row {
        kind: "aws_lightsail_instance_public_ports",
        attributes: &["port_info"],
        inside: &[
            "port_info.protocol",
            "port_info.from_port",
            "port_info.to_port",
            "port_info.cidrs",
            "port_info.ipv6_cidrs",
            "port_info.cidr_list_aliases",
        ],
        class: Class::Firewall,
        read: lightsail,
    },
    Row {
        kind: "aws_ec2_managed_prefix_list",
        attributes: &["entry"],
        inside: &["entry.cidr"],
        class: Class::AddressList,
        read: prefix_list,
    },
    Row {
        kind: "aws_ec2_managed_prefix_list_entry",
        attributes: &["cidr"],
        inside: &[],
        class: Class::AddressList,
        read: |side| {
            let mut opening = Opening::new(Direction::In);
            opening.peers("cidr", &side.get("cidr"), no_words);
            vec![opening]
        },
    },
];

/// The blocks of both directions.
fn blocks(side: &Side<'_>, read: fn(&Field, &str, &mut Opening)) -> Vec<Opening> {
    let mut openings = Vec::new();
    for (path, direction) in [("ingress", Direction::In), ("egress", Direction::Out)] {
        // Left out, so no rules of this resource: a new group lets nothing in.
        if side.left_out(path) {
            continue;
        }
        match side.get(path).items() {
            Attr::Known(items) => {
                for item in items {
                    let mut opening = Opening::new(direction);
                    read(&item, path, &mut opening);
                    openings.push(opening);
                }
            }
            Attr::Unset => {}
            Attr::Undetermined(_) => {
                let mut opening = Opening::new(direction);
                let field = side.get(path);
                opening.ports((path, &field), (path, &field), &field);
                opening.peers(path, &field, no_words);
                openings.push(opening);
            }
        }
    }
    openings
}

fn in_group(rule: &Field, path: &str, opening: &mut Opening) {
    opening.ports(
        (path, &rule.get("protocol")),
        (path, &rule.get("from_port")),
        &rule.get("to_port"),
    );
    for key in ["cidr_blocks", "ipv6_cidr_blocks"] {
        opening.peers(path, &rule.get(key), no_words);
    }
}

fn in_list(rule: &Field, path: &str, opening: &mut Opening) {
    opening.ports(
        (path, &rule.get("protocol")),
        (path, &rule.get("from_port")),
        &rule.get("to_port"),
    );
    for key in ["cidr_block", "ipv6_cidr_block"] {
        opening.peers(path, &rule.get(key), no_words);
    }
    opening.allow = allows(&rule.get("action"));
    opening.priority = order(&rule.get("rule_no"));
}

/// Whether a rule lets through; what is not known might.
fn allows(field: &Field) -> bool {
    !field
        .text()
        .is_known_and(|action| action.eq_ignore_ascii_case("deny"))
}

fn order(field: &Field) -> i64 {
    match field.integer() {
        Attr::Known(order) => order,
        Attr::Unset | Attr::Undetermined(_) => 0,
    }
}

fn group_rule(side: &Side<'_>) -> Vec<Opening> {
    let directions: &[Direction] = match side.get("type").text() {
        Attr::Known(kind) if kind == "egress" => &[Direction::Out],
        Attr::Known(_) | Attr::Unset => &[Direction::In],
        Attr::Undetermined(_) => &[Direction::In, Direction::Out],
    };
    directions
        .iter()
        .map(|direction| {
            let mut opening = Opening::new(*direction);
            opening.ports(
                ("protocol", &side.get("protocol")),
                ("from_port", &side.get("from_port")),
                &side.get("to_port"),
            );
            for path in ["cidr_blocks", "ipv6_cidr_blocks"] {
                opening.peers(path, &side.get(path), no_words);
            }
            opening
        })
        .collect()
}

fn vpc_rule(side: &Side<'_>, direction: Direction) -> Vec<Opening> {
    let mut opening = Opening::new(direction);
    opening.ports(
        ("ip_protocol", &side.get("ip_protocol")),
        ("from_port", &side.get("from_port")),
        &side.get("to_port"),
    );
    for path in ["cidr_ipv4", "cidr_ipv6"] {
        opening.peers(path, &side.get(path), no_words);
    }
    vec![opening]
}

fn list_rule(side: &Side<'_>) -> Vec<Opening> {
    let direction = match side.get("egress").bool() {
        Attr::Known(true) => Direction::Out,
        Attr::Known(false) | Attr::Unset | Attr::Undetermined(_) => Direction::In,
    };
    let mut opening = Opening::new(direction);
    opening.ports(
        ("protocol", &side.get("protocol")),
        ("from_port", &side.get("from_port")),
        &side.get("to_port"),
    );
    for path in ["cidr_block", "ipv6_cidr_block"] {
        opening.peers(path, &side.get(path), no_words);
    }
    opening.allow = allows(&side.get("rule_action"));
    opening.priority = order(&side.get("rule_number"));
    vec![opening]
}

/// Ports of an instance; open to everybody where nobody is named:
/// <https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/API_PortInfo.html>.
fn lightsail(side: &Side<'_>) -> Vec<Opening> {
    let path = "port_info";
    match side.get(path).items() {
        Attr::Known(items) => items
            .iter()
            .map(|item| {
                let mut opening = Opening::new(Direction::In);
                opening.ports(
                    (path, &item.get("protocol")),
                    (path, &item.get("from_port")),
                    &item.get("to_port"),
                );
                let left_out = |key| {
                    let field = item.get(key);
                    field.is_unset()
                        || field.undetermined().is_some()
                        || matches!(field.items(), Attr::Known(items) if items.is_empty())
                };
                let keys = ["cidrs", "ipv6_cidrs", "cidr_list_aliases"];
                if keys.into_iter().all(left_out) {
                    opening.note(path);
                    opening.everybody();
                } else {
                    for key in ["cidrs", "ipv6_cidrs"] {
                        let field = item.get(key);
                        if field.undetermined().is_none() {
                            opening.peers(path, &field, no_words);
                        }
                    }
                }
                opening
            })
            .collect(),
        Attr::Unset => Vec::new(),
        Attr::Undetermined(_) => {
            let field = side.get(path);
            let mut opening = Opening::new(Direction::In);
            opening.ports((path, &field), (path, &field), &field);
            opening.peers(path, &field, no_words);
            vec![opening]
        }
    }
}

fn prefix_list(side: &Side<'_>) -> Vec<Opening> {
    let mut opening = Opening::new(Direction::In);
    // The entries may be resources of their own.
    if !side.left_out("entry")
        && let Attr::Known(entries) = side.get("entry").items()
    {
        for entry in entries {
            opening.peers("entry", &entry.get("cidr"), no_words);
        }
    }
    vec![opening]
}

/// A key to sign in to nodes with: where no group is named from which that may be, EKS opens the
/// port to everybody:
/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_RemoteAccessConfig.html>.
fn node_group(side: &Side<'_>) -> Vec<Opening> {
    let path = "remote_access";
    if side.left_out(path) {
        return Vec::new();
    }
    let access = side.get(path).first();
    let empty = |key: &str| {
        let field = access.get(key);
        field.is_unset()
            || field.text().is_known_and(String::is_empty)
            || matches!(field.items(), Attr::Known(items) if items.is_empty())
    };
    if access.is_unset() || empty("ec2_ssh_key") {
        return Vec::new();
    }
    let mut opening = Opening::new(Direction::In);
    opening.reach = Reach::of(Protocol::TCP, &Ports::range(22, 22));
    opening.note(path);
    if let Some(why) = access.undetermined() {
        opening.doubt_peers(path, why);
    } else if empty("source_security_group_ids") {
        opening.everybody();
    }
    vec![opening]
}
