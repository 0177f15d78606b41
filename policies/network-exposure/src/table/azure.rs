//! Firewalls of hashicorp/azurerm. A type that version 5 does not have says so.

use tollgate_policy::{Attr, Field};
use tollgate_policy_common::network::{Addresses, Ports, Protocol, Range, Reach};

use super::{Class, Row};
use crate::opening::{Direction, Opening, Side, Word, no_words};

const RULE: &[&str] = &[
    "resource_group_name",
    "network_security_group_name",
    "access",
    "direction",
    "priority",
    "protocol",
    "destination_port_range",
    "destination_port_ranges",
    "source_address_prefix",
    "source_address_prefixes",
    "destination_address_prefix",
    "destination_address_prefixes",
];

const fn database(kind: &'static str, read: fn(&Side<'_>) -> Vec<Opening>) -> Row {
    Row {
        kind,
        attributes: &["start_ip_address", "end_ip_address"],
        inside: &[],
        class: Class::Firewall,
        read,
    }
}

const fn list(
    kind: &'static str,
    attributes: &'static [&'static str],
    read: fn(&Side<'_>) -> Vec<Opening>,
) -> Row {
    Row {
        kind,
        attributes,
        inside: &[],
        class: Class::AddressList,
        read,
    }
}

fn listed(side: &Side<'_>, path: &str) -> Vec<Opening> {
    let mut opening = Opening::new(Direction::In);
    opening.peers(path, &side.get(path), no_words);
    vec![opening]
}

pub(super) static ROWS: &[Row] = &[
    Row {
        kind: "azurerm_network_security_group",
        attributes: &["security_rule"],
        inside: &[
            "security_rule.name",
            "security_rule.access",
            "security_rule.direction",
            "security_rule.priority",
            "security_rule.protocol",
            "security_rule.destination_port_range",
            "security_rule.destination_port_ranges",
            "security_rule.source_address_prefix",
            "security_rule.source_address_prefixes",
            "security_rule.destination_address_prefix",
            "security_rule.destination_address_prefixes",
        ],
        class: Class::Firewall,
        read: group,
    },
    Row {
        kind: "azurerm_network_security_rule",
        attributes: RULE,
        inside: &[],
        class: Class::Firewall,
        read: |side| vec![rule(|key| side.get(key), None)],
    },
    Row {
        kind: "azurerm_firewall_nat_rule_collection",
        attributes: &["rule"],
        inside: &[
            "rule.name",
            "rule.protocols",
            "rule.destination_ports",
            "rule.source_addresses",
            "rule.translated_port",
        ],
        class: Class::Firewall,
        read: |side| nat(&side.get("rule"), "rule"),
    },
    Row {
        kind: "azurerm_firewall_policy_rule_collection_group",
        attributes: &["nat_rule_collection"],
        inside: &[
            "nat_rule_collection.rule.name",
            "nat_rule_collection.rule.protocols",
            "nat_rule_collection.rule.destination_ports",
            "nat_rule_collection.rule.source_addresses",
            "nat_rule_collection.rule.translated_port",
        ],
        class: Class::Firewall,
        read: |side| match side.get("nat_rule_collection").items() {
            Attr::Known(collections) => collections
                .iter()
                .flat_map(|collection| nat(&collection.get("rule"), "nat_rule_collection"))
                .collect(),
            Attr::Unset => Vec::new(),
            Attr::Undetermined(_) => {
                vec![untold(
                    "nat_rule_collection",
                    &side.get("nat_rule_collection"),
                )]
            }
        },
    },
    list("azurerm_ip_group", &["cidrs"], |side| listed(side, "cidrs")),
    list("azurerm_ip_group_cidr", &["cidr"], |side| {
        listed(side, "cidr")
    }),
    database("azurerm_mssql_firewall_rule", |side| between(side, 1433)),
    database("azurerm_mysql_flexible_server_firewall_rule", |side| {
        between(side, 3306)
    }),
    database("azurerm_postgresql_flexible_server_firewall_rule", |side| {
        between(side, 5432)
    }),
    database("azurerm_cosmosdb_postgresql_firewall_rule", |side| {
        between(side, 5432)
    }),
    database("azurerm_mongo_cluster_firewall_rule", |side| {
        between(side, 27017)
    }),
    database("azurerm_synapse_firewall_rule", |side| between(side, 1433)),
    Row {
        kind: "azurerm_redis_firewall_rule",
        attributes: &["start_ip", "end_ip"],
        inside: &[],
        class: Class::Firewall,
        read: |side| range(side, "start_ip", "end_ip", 6379),
    },
    // Before version 4 of the provider.
    database("azurerm_sql_firewall_rule", |side| between(side, 1433)),
    database("azurerm_mysql_firewall_rule", |side| between(side, 3306)),
    database("azurerm_mariadb_firewall_rule", |side| between(side, 3306)),
    database("azurerm_postgresql_firewall_rule", |side| {
        between(side, 5432)
    }),
];

/// The types that version 5 of the provider does not have any more.
pub const FORMER: &[&str] = &[
    "azurerm_sql_firewall_rule",
    "azurerm_mysql_firewall_rule",
    "azurerm_mariadb_firewall_rule",
    "azurerm_postgresql_firewall_rule",
];

fn group(side: &Side<'_>) -> Vec<Opening> {
    let path = "security_rule";
    // Left out: the rules are resources of their own, or there are none.
    if side.left_out(path) {
        return Vec::new();
    }
    match side.get(path).items() {
        Attr::Known(rules) => rules
            .iter()
            .map(|item| rule(|key| item.get(key), Some(path)))
            .collect(),
        Attr::Unset => Vec::new(),
        Attr::Undetermined(_) => vec![untold(path, &side.get(path))],
    }
}

/// Rules of which nothing is known.
fn untold(path: &str, field: &Field) -> Opening {
    let mut opening = Opening::new(Direction::In);
    opening.port_texts((path, field), &[]);
    opening.peers(path, field, no_words);
    opening
}

/// Service tags that stand for addresses of other people:
/// <https://learn.microsoft.com/azure/virtual-network/service-tags-overview>.
fn word(text: &str) -> Word {
    // Azure takes the last two as everybody as well.
    let everybody = ["*", "any", "internet", "/0", "0.0.0.0"];
    if everybody.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Word::Everybody;
    }
    // Every machine in Azure or in one of its regions, whoever rents it.
    if text.to_ascii_lowercase().starts_with("azurecloud") {
        return Word::Crowd;
    }
    Word::Nobody
}

fn rule(get: impl Fn(&str) -> Field, block: Option<&'static str>) -> Opening {
    let is = |key: &str, value: &str| {
        get(key)
            .text()
            .is_known_and(|text| text.eq_ignore_ascii_case(value))
    };
    let direction = if is("direction", "Outbound") {
        Direction::Out
    } else {
        Direction::In
    };
    let mut opening = Opening::new(direction);
    opening.allow = !is("access", "Deny");
    if let Attr::Known(priority) = get("priority").integer() {
        opening.priority = priority;
    }
    if block.is_some()
        && let Attr::Known(name) = get("name").text()
    {
        opening.name = Some(name);
    }
    let at = |key: &'static str| block.unwrap_or(key);
    opening.port_texts(
        (at("protocol"), &get("protocol")),
        &[
            (at("destination_port_range"), get("destination_port_range")),
            (
                at("destination_port_ranges"),
                get("destination_port_ranges"),
            ),
        ],
    );
    let ends = match direction {
        Direction::In => ["source_address_prefix", "source_address_prefixes"],
        Direction::Out => ["destination_address_prefix", "destination_address_prefixes"],
    };
    for key in ends {
        opening.peers(at(key), &get(key), word);
    }
    // A rule that stops one destination only stops nothing for the others.
    if !opening.allow && direction == Direction::In {
        let whole = get("destination_address_prefix")
            .text()
            .is_known_and(|text| text == "*" || text.eq_ignore_ascii_case("virtualnetwork"));
        if !whole {
            opening.peers = Addresses::default();
        }
    }
    opening
}

/// Rules that send what reaches the firewall on to something behind it.
fn nat(rules: &Field, path: &str) -> Vec<Opening> {
    let Attr::Known(items) = rules.items() else {
        return match rules.undetermined() {
            Some(_) => vec![untold(path, rules)],
            None => Vec::new(),
        };
    };
    items
        .iter()
        .map(|rule| {
            let mut opening = Opening::new(Direction::In);
            if let Attr::Known(name) = rule.get("name").text() {
                opening.name = Some(name);
            }
            match rule.get("protocols").items() {
                Attr::Known(protocols) => {
                    for protocol in protocols {
                        opening.port_texts(
                            (path, &protocol),
                            &[(path, rule.get("destination_ports"))],
                        );
                        // SSH on another port is SSH.
                        opening
                            .port_texts((path, &protocol), &[(path, rule.get("translated_port"))]);
                    }
                }
                Attr::Unset => {}
                Attr::Undetermined(_) => {
                    opening.port_texts((path, &rule.get("protocols")), &[]);
                }
            }
            opening.peers(path, &rule.get("source_addresses"), word);
            opening
        })
        .collect()
}

fn between(side: &Side<'_>, port: u16) -> Vec<Opening> {
    range(side, "start_ip_address", "end_ip_address", port)
}

/// A range of addresses that may reach a database.
fn range(side: &Side<'_>, start: &str, end: &str, port: u16) -> Vec<Opening> {
    let mut opening = Opening::new(Direction::In);
    opening.reach = Reach::of(Protocol::TCP, &Ports::range(port, port));
    match (side.get(start).text(), side.get(end).text()) {
        (Attr::Known(first), Attr::Known(last)) => {
            opening.note(start);
            opening.note(end);
            // 0.0.0.0 to 0.0.0.0 stands for services in Azure, and is no address.
            if first == "0.0.0.0" && last == "0.0.0.0" {
                return Vec::new();
            }
            match Range::between(&first, &last) {
                Some(range) => opening.peers.add(range),
                None => opening.peers(start, &side.get(start), no_words),
            }
        }
        (Attr::Unset, _) | (_, Attr::Unset) => return Vec::new(),
        (Attr::Undetermined(_), _) => opening.peers(start, &side.get(start), no_words),
        (_, Attr::Undetermined(_)) => opening.peers(end, &side.get(end), no_words),
    }
    vec![opening]
}
