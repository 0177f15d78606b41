//! Firewalls of hashicorp/google.

use tollgate_policy::{Attr, Field};
use tollgate_policy_common::network::Range;

use super::{Class, Row};
use crate::opening::{Direction, Opening, Side, Word, no_words};

const fn policy_rule(kind: &'static str) -> Row {
    Row {
        kind,
        attributes: &[
            "action",
            "direction",
            "disabled",
            "firewall_policy",
            "priority",
            "match",
            "target_service_accounts",
        ],
        inside: &[
            "match.src_ip_ranges",
            "match.dest_ip_ranges",
            "match.src_network_context",
            "match.src_region_codes",
            "match.layer4_configs.ip_protocol",
            "match.layer4_configs.ports",
        ],
        class: Class::Firewall,
        read: |side| {
            let mut rule = in_policy(|key| side.get(key), "layer4_configs", "match");
            if let Some(rule) = &mut rule {
                rule.targets = targets(side, &["target_service_accounts"]);
            }
            rule.into_iter().collect()
        },
    }
}

const fn with_rules(kind: &'static str) -> Row {
    Row {
        kind,
        attributes: &["rule"],
        inside: &[
            "rule.action",
            "rule.direction",
            "rule.disabled",
            "rule.priority",
            "rule.match.src_ip_ranges",
            "rule.match.dest_ip_ranges",
            "rule.match.src_region_codes",
            "rule.match.layer4_config.ip_protocol",
            "rule.match.layer4_config.ports",
        ],
        class: Class::Firewall,
        read: |side| match side.get("rule").items() {
            Attr::Known(rules) => rules
                .iter()
                .filter_map(|rule| in_policy(|key| rule.get(key), "layer4_config", "rule"))
                .collect(),
            Attr::Unset => Vec::new(),
            Attr::Undetermined(_) => {
                let field = side.get("rule");
                let mut opening = Opening::new(Direction::In);
                opening.port_texts(("rule", &field), &[]);
                opening.peers("rule", &field, no_words);
                vec![opening]
            }
        },
    }
}

pub(super) static ROWS: &[Row] = &[
    Row {
        kind: "google_compute_firewall",
        attributes: &[
            "allow",
            "deny",
            "direction",
            "disabled",
            "priority",
            "source_ranges",
            "source_tags",
            "source_service_accounts",
            "destination_ranges",
            "network",
            "target_tags",
            "target_service_accounts",
        ],
        inside: &[
            "allow.protocol",
            "allow.ports",
            "deny.protocol",
            "deny.ports",
        ],
        class: Class::Firewall,
        read: firewall,
    },
    policy_rule("google_compute_firewall_policy_rule"),
    policy_rule("google_compute_network_firewall_policy_rule"),
    policy_rule("google_compute_region_network_firewall_policy_rule"),
    with_rules("google_compute_firewall_policy_with_rules"),
    with_rules("google_compute_network_firewall_policy_with_rules"),
    with_rules("google_compute_region_network_firewall_policy_with_rules"),
    Row {
        kind: "google_network_security_address_group",
        attributes: &["items"],
        inside: &[],
        class: Class::AddressList,
        read: |side| {
            let mut opening = Opening::new(Direction::In);
            opening.peers("items", &side.get("items"), no_words);
            vec![opening]
        },
    },
];

fn firewall(side: &Side<'_>) -> Vec<Opening> {
    if side
        .get("disabled")
        .bool()
        .is_known_and(|disabled| *disabled)
    {
        return Vec::new();
    }
    let out = side
        .get("direction")
        .text()
        .is_known_and(|direction| direction == "EGRESS");
    let direction = if out { Direction::Out } else { Direction::In };
    let mut openings = Vec::new();
    for (block, allow) in [("allow", true), ("deny", false)] {
        let field = side.get(block);
        let mut opening = Opening::new(direction);
        opening.allow = allow;
        // Left out, the provider writes 1000.
        opening.priority = match side.get("priority").integer() {
            Attr::Known(priority) => priority,
            Attr::Unset | Attr::Undetermined(_) => 1000,
        };
        opening.targets = targets(side, &["target_tags", "target_service_accounts"]);
        match field.items() {
            Attr::Known(items) if items.is_empty() => continue,
            Attr::Unset => continue,
            Attr::Known(items) => {
                for item in items {
                    opening.port_texts(
                        (block, &item.get("protocol")),
                        &[(block, item.get("ports"))],
                    );
                }
            }
            Attr::Undetermined(_) => opening.port_texts((block, &field), &[]),
        }
        others(side, out, &mut opening);
        openings.push(opening);
    }
    openings
}

/// Whom of a network a rule is about; empty for all.
fn targets(side: &Side<'_>, paths: &[&str]) -> Vec<String> {
    let mut targets = Vec::new();
    for path in paths {
        match side.get(path).items() {
            Attr::Known(items) => targets.extend(items.iter().map(|item| match item.text() {
                Attr::Known(target) => target,
                Attr::Unset | Attr::Undetermined(_) => "?".to_owned(),
            })),
            Attr::Unset => {}
            Attr::Undetermined(_) => targets.push("?".to_owned()),
        }
    }
    targets
}

/// Who is at the other end of a firewall rule.
fn others(side: &Side<'_>, out: bool, opening: &mut Opening) {
    let empty = |path: &str| {
        side.left_out(path)
            || side.get(path).is_unset()
            || matches!(side.get(path).items(), Attr::Known(items) if items.is_empty())
    };
    let path = if out {
        "destination_ranges"
    } else {
        "source_ranges"
    };
    if !empty(path) {
        opening.peers(path, &side.get(path), no_words);
        return;
    }
    if out || (empty("source_tags") && empty("source_service_accounts")) {
        // No range is every IPv4 range: https://cloud.google.com/firewall/docs/firewalls
        opening.note(path);
        if let Some(range) = Range::parse("0.0.0.0/0") {
            opening.peers.add(range);
        }
    }
}

/// A rule of a firewall policy.
fn in_policy(get: impl Fn(&str) -> Field, ports: &str, path: &str) -> Option<Opening> {
    if get("disabled").bool().is_known_and(|disabled| *disabled) {
        return None;
    }
    let allow = match get("action").text() {
        Attr::Known(action) => match action.as_str() {
            "deny" => false,
            // To the next policy, which has rules of its own.
            "goto_next" => return None,
            _ => true,
        },
        Attr::Unset | Attr::Undetermined(_) => true,
    };
    let out = get("direction")
        .text()
        .is_known_and(|direction| direction == "EGRESS");
    let mut opening = Opening::new(if out { Direction::Out } else { Direction::In });
    opening.allow = allow;
    if let Attr::Known(priority) = get("priority").integer() {
        opening.priority = priority;
    }
    let matched = get("match").first();
    match matched.get(ports).items() {
        Attr::Known(items) => {
            for item in items {
                opening.port_texts(
                    (path, &item.get("ip_protocol")),
                    &[(path, item.get("ports"))],
                );
            }
        }
        Attr::Unset | Attr::Undetermined(_) => opening.port_texts((path, &matched.get(ports)), &[]),
    }
    let ranges = matched.get(if out {
        "dest_ip_ranges"
    } else {
        "src_ip_ranges"
    });
    let context = match matched.get("src_network_context").text() {
        Attr::Known(context) if !out => context,
        _ => String::new(),
    };
    // Then no address is one on the Internet.
    if ["NON_INTERNET", "INTRA_VPC", "VPC_NETWORKS"].contains(&context.as_str()) {
        return Some(opening);
    }
    opening.peers(path, &ranges, |_| Word::Unheard);
    if out {
        return Some(opening);
    }
    let named = |key: &str| match matched.get(key).items() {
        Attr::Known(items) => !items.is_empty(),
        Attr::Unset | Attr::Undetermined(_) => false,
    };
    // The context narrows what else is named, and alone it is the whole Internet:
    // https://cloud.google.com/firewall/docs/network-contexts
    let by_context = context == "INTERNET"
        && ![
            "src_ip_ranges",
            "src_address_groups",
            "src_fqdns",
            "src_region_codes",
            "src_threat_intelligences",
            "src_secure_tags",
            "src_networks",
        ]
        .into_iter()
        .any(named);
    // Everybody in a country is let in whatever else is named; who is stopped are only those.
    if by_context || (allow && named("src_region_codes")) {
        opening.note(path);
        opening.everybody();
    }
    Some(opening)
}
