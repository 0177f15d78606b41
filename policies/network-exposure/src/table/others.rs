//! Lists of addresses and firewalls of other providers, whose schemas the tests do not have.
//!
//! Sources: the documentation of mongodb/mongodbatlas, snowflakedb/snowflake, confluentinc/confluent,
//! digitalocean/digitalocean, hetznercloud/hcloud, elastic/ec and terraform-provider-openstack.

use tollgate_policy::{Attr, Field};
use tollgate_policy_common::network::{Ports, Protocol, Reach};

use super::{Class, Row};
use crate::opening::{Direction, Opening, Side, Word, no_words};

const fn row(
    kind: &'static str,
    attributes: &'static [&'static str],
    class: Class,
    read: fn(&Side<'_>) -> Vec<Opening>,
) -> Row {
    Row {
        kind,
        attributes,
        inside: &[],
        class,
        read,
    }
}

/// The types of this table.
pub const OTHERS: &[&str] = &[
    "mongodbatlas_project_ip_access_list",
    "snowflake_network_policy",
    "snowflake_network_rule",
    "confluent_ip_group",
    "ec_deployment_traffic_filter",
    "digitalocean_database_firewall",
    "digitalocean_firewall",
    "hcloud_firewall",
    "openstack_networking_secgroup_rule_v2",
];

pub(super) static ROWS: &[Row] = &[
    row(
        "mongodbatlas_project_ip_access_list",
        &["cidr_block", "ip_address"],
        Class::Firewall,
        |side| {
            let mut opening = Opening::new(Direction::In);
            opening.reach = Reach::of(Protocol::TCP, &Ports::range(27017, 27017));
            for path in ["cidr_block", "ip_address"] {
                // Whichever is left out is computed from the other one.
                if !side.left_out(path) {
                    opening.peers(path, &side.get(path), no_words);
                }
            }
            vec![opening]
        },
    ),
    row(
        "snowflake_network_policy",
        &["allowed_ip_list"],
        Class::AddressList,
        |side| list(side, "allowed_ip_list"),
    ),
    row(
        "snowflake_network_rule",
        &["type", "mode", "value_list"],
        Class::AddressList,
        |side| {
            let is = |path: &str, value: &str| {
                side.get(path)
                    .text()
                    .is_known_and(|text| text.eq_ignore_ascii_case(value))
            };
            if is("type", "IPV4") && is("mode", "INGRESS") {
                list(side, "value_list")
            } else {
                Vec::new()
            }
        },
    ),
    row(
        "confluent_ip_group",
        &["cidr_blocks"],
        Class::AddressList,
        |side| list(side, "cidr_blocks"),
    ),
    row(
        "ec_deployment_traffic_filter",
        &["type", "rule"],
        Class::AddressList,
        |side| {
            let by_address = side.get("type").text().is_known_and(|kind| kind == "ip");
            if by_address {
                in_blocks(side, "rule", "source")
            } else {
                Vec::new()
            }
        },
    ),
    row(
        "digitalocean_database_firewall",
        &["rule"],
        Class::AddressList,
        |side| in_blocks(side, "rule", "value"),
    ),
    row(
        "digitalocean_firewall",
        &["inbound_rule"],
        Class::Firewall,
        |side| {
            rules(side, "inbound_rule", |rule| {
                (true, rule.get("port_range"), rule.get("source_addresses"))
            })
        },
    ),
    row("hcloud_firewall", &["rule"], Class::Firewall, |side| {
        rules(side, "rule", |rule| {
            let inwards = rule
                .get("direction")
                .text()
                .is_known_and(|direction| direction == "in");
            (inwards, rule.get("port"), rule.get("source_ips"))
        })
    }),
    row(
        "openstack_networking_secgroup_rule_v2",
        &[
            "direction",
            "protocol",
            "port_range_min",
            "port_range_max",
            "remote_ip_prefix",
        ],
        Class::Firewall,
        |side| {
            let outwards = side
                .get("direction")
                .text()
                .is_known_and(|direction| direction == "egress");
            let mut opening = Opening::new(if outwards {
                Direction::Out
            } else {
                Direction::In
            });
            let left_out = |path: &str| side.left_out(path) || side.get(path).is_unset();
            if left_out("port_range_min") {
                opening.port_texts(("protocol", &side.get("protocol")), &[]);
            } else {
                opening.ports(
                    ("protocol", &side.get("protocol")),
                    ("port_range_min", &side.get("port_range_min")),
                    &side.get("port_range_max"),
                );
            }
            if !left_out("remote_ip_prefix") {
                opening.peers("remote_ip_prefix", &side.get("remote_ip_prefix"), no_words);
            }
            vec![opening]
        },
    ),
];

fn list(side: &Side<'_>, path: &str) -> Vec<Opening> {
    let mut opening = Opening::new(Direction::In);
    opening.peers(path, &side.get(path), no_words);
    vec![opening]
}

/// The addresses in blocks, which may be names of something else.
fn in_blocks(side: &Side<'_>, path: &str, key: &str) -> Vec<Opening> {
    let mut opening = Opening::new(Direction::In);
    if let Attr::Known(blocks) = side.get(path).items() {
        for block in &blocks {
            opening.peers(path, &block.get(key), |_| Word::Nobody);
        }
    }
    vec![opening]
}

/// Rules in blocks: whether one is about what comes in, its ports, and from where.
fn rules(side: &Side<'_>, path: &str, read: fn(&Field) -> (bool, Field, Field)) -> Vec<Opening> {
    let blocks = match side.get(path).items() {
        Attr::Known(blocks) => blocks,
        Attr::Unset => return Vec::new(),
        Attr::Undetermined(_) => {
            let field = side.get(path);
            let mut opening = Opening::new(Direction::In);
            opening.port_texts((path, &field), &[]);
            opening.peers(path, &field, no_words);
            return vec![opening];
        }
    };
    blocks
        .iter()
        .filter_map(|block| {
            let (inwards, ports, peers) = read(block);
            if !inwards {
                return None;
            }
            let mut opening = Opening::new(Direction::In);
            let every = ports
                .text()
                .is_known_and(|text| ["", "0", "any", "all"].contains(&text.as_str()));
            if every {
                opening.port_texts((path, &block.get("protocol")), &[]);
            } else {
                opening.port_texts((path, &block.get("protocol")), &[(path, ports)]);
            }
            opening.peers(path, &peers, no_words);
            Some(opening)
        })
        .collect()
}
