//! `default-route-changed`

use std::collections::BTreeMap;

use tollgate_policy::{Action, Attr, Change, Field, Finding, RuleDef, Severity};
use tollgate_policy_common::text::clipped;

use crate::table::{HOPS, Hop, Routes};

/// The way to everywhere else is another one, or gone.
///
/// Compares where default routes (`0.0.0.0/0`, `::/0`) lead today and after apply, as resources of
/// their own and as blocks of a table: one that is deleted, and one that leads to another kind of hop,
/// such as an Internet gateway in place of a NAT gateway or a firewall. Another hop of the same kind
/// is advice: the addresses that others see change.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "default-route-changed",
    title: "Default route that this plan changes",
    description: "The plan deletes a default route, or leads it to another kind of hop. To an Internet \
        gateway it goes past what filtered on the way, and without a route nothing gets out.",
    severity: Severity::High,
    remediation: "Keep the route; if it has to change, check what used it, and waive this rule for the address.",
    example: r#"```hcl
resource "aws_route" "default" {
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id # was nat_gateway_id
}
```"#,
    links: &["https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html"],
};

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    /// To this hop of this kind.
    To {
        kind: String,
        hop: Option<String>,
        internet: bool,
    },
    /// It is known only after apply.
    Open,
}

pub(crate) fn check(change: &Change) -> Vec<Finding> {
    let Some(row) = HOPS.iter().find(|row| row.kind == change.kind) else {
        return Vec::new();
    };
    let before = ways(row, change, false);
    let after = if change.action == Action::Delete {
        Ok(BTreeMap::new())
    } else {
        ways(row, change, true)
    };
    let Ok(before) = before else {
        return Vec::new();
    };
    if before.is_empty() {
        return Vec::new();
    }
    let attribute = row.routes.block().unwrap_or(row.destinations[0]);
    let Ok(after) = after else {
        let message = "where the default route leads after apply cannot be told";
        return vec![RULE.undetermined(change, message).attribute(attribute)];
    };
    before
        .into_iter()
        .filter_map(|(destination, way)| {
            let Way::To {
                kind,
                hop,
                internet,
            } = way
            else {
                return None;
            };
            let from = named(&kind, hop.as_deref());
            let finding = match after.get(&destination) {
                None => RULE.violation(
                    change,
                    format!("the plan deletes the default route `{destination}` to {from}"),
                ),
                Some(Way::Open) => RULE.undetermined(
                    change,
                    format!(
                        "the default route `{destination}` leads to {from}, and where it leads after apply cannot be told"
                    ),
                ),
                Some(Way::To {
                    kind: now,
                    hop: to_hop,
                    internet: to_internet,
                }) => {
                    let to = named(now, to_hop.as_deref());
                    if *to_internet && !internet {
                        RULE.violation(
                            change,
                            format!(
                                "the default route `{destination}` leads to the Internet by {to}, and no longer to {from}"
                            ),
                        )
                    } else if *now != kind {
                        RULE.violation(
                            change,
                            format!(
                                "the default route `{destination}` leads to {to}, and no longer to {from}"
                            ),
                        )
                    } else if to_hop.is_some() && *to_hop != hop {
                        RULE.violation(
                            change,
                            format!(
                                "the default route `{destination}` leads to {to}, and no longer to {from}"
                            ),
                        )
                        .advice()
                    } else {
                        return None;
                    }
                }
            };
            Some(finding.attribute(attribute))
        })
        .collect()
}

fn named(kind: &str, hop: Option<&str>) -> String {
    match hop {
        Some("igw-") | None => format!("`{}`", clipped(kind)),
        Some(hop) => format!("`{}` (`{}`)", clipped(hop), clipped(kind)),
    }
}

/// The default routes by destination; an error where they are known only after apply.
fn ways(row: &Routes, change: &Change, after: bool) -> Result<BTreeMap<String, Way>, ()> {
    let read = |path: &str| {
        if after {
            change.after(path)
        } else {
            change.before(path)
        }
    };
    let mut found = BTreeMap::new();
    match row.routes {
        Hop::Own => {
            let internet_gateway = after
                && row.hops.contains(&"gateway_id")
                && change
                    .references("gateway_id")
                    .iter()
                    .any(|reference| reference.contains("aws_internet_gateway"));
            add(row, &read, internet_gateway, &mut found);
        }
        Hop::Blocks(block) => {
            let blocks = read(block);
            if blocks.undetermined().is_some() {
                return Err(());
            }
            if let Attr::Known(blocks) = blocks.items() {
                for block in &blocks {
                    add(row, &|path: &str| block.get(path), false, &mut found);
                }
            }
        }
    }
    Ok(found)
}

fn add(
    row: &Routes,
    read: &dyn Fn(&str) -> Field,
    internet_gateway: bool,
    found: &mut BTreeMap<String, Way>,
) {
    let destination = row
        .destinations
        .iter()
        .find_map(|path| match read(path).text() {
            Attr::Known(text) if is_default(&text) => Some(text),
            _ => None,
        });
    let Some(destination) = destination else {
        return;
    };
    let mut open = Vec::new();
    for path in row.hops {
        let field = read(path);
        match field.text() {
            Attr::Known(hop) if !hop.is_empty() => {
                found.insert(destination, way(path, Some(hop)));
                return;
            }
            Attr::Undetermined(_) => open.push(*path),
            Attr::Known(_) | Attr::Unset => {}
        }
    }
    let way = match open.as_slice() {
        ["gateway_id"] if internet_gateway => way("gateway_id", Some("igw-".to_owned())),
        // An Internet gateway or one for a VPN.
        ["gateway_id"] => Way::Open,
        [path] => way(path, None),
        _ => Way::Open,
    };
    found.insert(destination, way);
}

fn is_default(destination: &str) -> bool {
    matches!(
        destination,
        "0.0.0.0/0" | "::/0" | "0.0.0.0/1" | "128.0.0.0/1"
    )
}

/// Where a hop leads, by the attribute that names it and by what it is called.
fn way(path: &str, hop: Option<String>) -> Way {
    let name = hop.as_deref().unwrap_or_default();
    let (kind, internet) = match path {
        "gateway_id" if name.starts_with("igw-") => ("internet gateway", true),
        "gateway_id" if name.starts_with("vgw-") => ("VPN gateway", false),
        // The word itself is the kind: `Internet`, `VirtualAppliance`.
        "next_hop_type" => {
            return Way::To {
                kind: name.to_owned(),
                internet: name.eq_ignore_ascii_case("Internet"),
                hop: None,
            };
        }
        "next_hop_gateway" => (path, name.ends_with("default-internet-gateway")),
        _ => (path, false),
    };
    Way::To {
        kind: kind.to_owned(),
        internet,
        hop,
    }
}
