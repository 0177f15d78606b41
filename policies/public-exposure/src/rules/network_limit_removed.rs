//! `network-limit-removed`

use tollgate_policy::{Action, Attr, Cause, Change, Field, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::Side;
use tollgate_policy_common::switch::Standing;

use super::authentication_removed::{On, stands};
use crate::Fault;
use crate::cluster::{Entrance, Reach};

/// The plan takes away what limits who may connect.
///
/// Compares the endpoints of `any-network-allowed` today and after apply: a list of networks that
/// is dropped, a default action that becomes `Allow`, public access that is turned on, rules of networks
/// that are deleted and leave their account, disks that every network may download, connections that
/// nobody has to accept any more. One that was open before is told by `any-network-allowed`. Services and
/// ingresses of a Kubernetes cluster that come to be reached by the internet count as well.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "network-limit-removed",
    title: "Limits of networks that this plan removes",
    description: "Today only some networks may connect to the resource, and after apply every network may: the plan drops the list, or opens what was closed.",
    severity: Severity::High,
    remediation: "Keep the limit of the networks that may connect.",
    example: r#"```hcl
resource "aws_eks_cluster" "main" {
  vpc_config {
    endpoint_public_access = true
    # public_access_cidrs = ["203.0.113.0/24"] was here
  }
}
```"#,
    links: &[],
};

/// The finding, where it is this plan that takes the limit away.
pub(crate) fn check(change: &Change, fault: &Fault) -> Option<Finding> {
    let bad = matches!(fault.standing, Standing::Bad(_));
    if !bad || !fault.was_good || fault.cause != Cause::Planned || change.importing {
        return None;
    }
    let paths: Vec<&str> = fault
        .switch
        .when
        .iter()
        .map(|when| when.path)
        .filter(|path| !path.starts_with("./"))
        .chain([fault.switch.path])
        .filter(|path| !path.contains("[]"))
        .collect();
    let changed = paths.into_iter().find_map(|path| {
        let (before, after) = (shown(&change.before(path)), shown(&change.after(path)));
        (before != after).then_some((path, before, after))
    });
    // From 0.0.0.0 to 0.0.0.0 stands for Azure.
    let who = if change.kind.ends_with("_firewall_rule") {
        "everything that any customer runs in Azure"
    } else {
        "every network"
    };
    let serial = fault.switch.path.contains("serial-port") || fault.switch.path == "value";
    let deed = if serial {
        "the plan turns on the serial console, which answers every address whatever the firewall says"
            .to_owned()
    } else {
        format!("the plan lets {who} connect to the resource")
    };
    let finding = match (changed, fault.switch.companion) {
        (Some((path, before, after)), _) => RULE
            .violation(
                change,
                format!("{deed}: `{}` {before} -> {after}", path.replace("[0]", "")),
            )
            .attribute(path),
        (None, Some(companion)) => RULE
            .violation(
                change,
                format!(
                    "the plan lets {who} connect to the resource: the `{}` of it goes",
                    companion.kind
                ),
            )
            .attribute(fault.switch.declared()),
        (None, None) => return None,
    };
    Some(
        finding.remediation(
            fault
                .switch
                .fix
                .map_or_else(|| RULE.remediation.to_owned(), str::to_owned),
        ),
    )
}

/// A value as a message has it; a list with its first items.
fn shown(field: &Field) -> String {
    let text = |field: &Field| match field.text() {
        Attr::Known(text) if text.chars().count() > 60 => Some("another text".to_owned()),
        Attr::Known(text) if !text.is_empty() => Some(format!("`{text}`")),
        Attr::Known(_) | Attr::Unset | Attr::Undetermined(_) => None,
    };
    if let Some(text) = text(field) {
        return text;
    }
    match field.items() {
        Attr::Known(items) if items.is_empty() => "not set".to_owned(),
        Attr::Known(items) => {
            let mut texts: Vec<_> = items.iter().filter_map(text).take(3).collect();
            if texts.is_empty() {
                return "set".to_owned();
            }
            if items.len() > texts.len() {
                texts.push(format!("{} more", items.len() - texts.len()));
            }
            texts.join(", ")
        }
        Attr::Unset => "not set".to_owned(),
        Attr::Undetermined(_) if field.undetermined() == Some(tollgate_policy::Why::Unknown) => {
            // What the provider computes is what the configuration leaves out.
            "not set".to_owned()
        }
        Attr::Undetermined(_) => match field.text() {
            Attr::Known(_) | Attr::Unset => "not set".to_owned(),
            Attr::Undetermined(_) => "set".to_owned(),
        },
    }
}

/// Limits that only count where a plan lifts them: most resources are made without one.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The types.
    pub kinds: &'static [&'static str],
    /// The attribute.
    pub path: &'static str,
    /// What it is like while it limits.
    on: On,
    /// What is said.
    message: &'static str,
}

const DISK: &str = "whoever has a link for a download gets the disk from every network";

/// Every such limit.
pub const LIMITS: &[Limit] = &[
    Limit {
        kinds: &["azurerm_managed_disk", "azurerm_snapshot"],
        path: "network_access_policy",
        on: On::Is(&["DenyAll", "AllowPrivate"]),
        message: DISK,
    },
    Limit {
        kinds: &["azurerm_managed_disk", "azurerm_snapshot"],
        path: "public_network_access_enabled",
        on: On::False,
        message: DISK,
    },
    Limit {
        kinds: &["aws_vpc_endpoint_service"],
        path: "acceptance_required",
        on: On::True,
        message: "connections to the service need not be accepted by anybody any more",
    },
];

/// The finding for a limit that is lifted.
pub(crate) fn lifted(change: &Change) -> Option<Finding> {
    let existed = matches!(
        change.action,
        Action::Update | Action::Replace | Action::NoOp
    );
    if change.deposed.is_some() || change.importing || !existed {
        return None;
    }
    LIMITS
        .iter()
        .filter(|limit| limit.kinds.contains(&change.kind.as_str()))
        .find_map(|limit| {
            let path = limit.path;
            if stands(&change.before(path), limit.on) != Some(true) {
                return None;
            }
            match stands(&change.after(path), limit.on) {
                Some(true) => None,
                Some(false) => Some(
                    RULE.violation(
                        change,
                        format!(
                            "{}: `{path}` {} -> {}",
                            limit.message,
                            shown(&change.before(path)),
                            shown(&change.after(path))
                        ),
                    )
                    .attribute(path),
                ),
                None => Some(
                    RULE.undetermined(
                        change,
                        format!("whether the limit stays cannot be told: `{path}` is known only after apply"),
                    )
                    .attribute(path),
                ),
            }
        })
}

/// Rules of networks that are resources of their own: the type, the attribute that names what they are
/// for, and the type of that.
pub const RULES_OF: &[(&str, &str, &str)] = &[
    (
        "azurerm_storage_account_network_rules",
        "storage_account_id",
        "azurerm_storage_account",
    ),
    (
        "azurerm_signalr_service_network_acl",
        "signalr_service_id",
        "azurerm_signalr_service",
    ),
    (
        "azurerm_web_pubsub_network_acl",
        "web_pubsub_id",
        "azurerm_web_pubsub",
    ),
];

/// The finding for rules that are deleted and leave what they are for. Where that is in the plan as
/// well, it is judged there.
pub(crate) fn rules_deleted(change: &Change, changes: &[Change]) -> Option<Finding> {
    let (_, path, of) = RULES_OF.iter().find(|(kind, _, _)| *kind == change.kind)?;
    let denies = change
        .before("default_action")
        .text()
        .is_known_and(|action| action.eq_ignore_ascii_case("Deny"));
    if change.action != Action::Delete || change.deposed.is_some() || !denies {
        return None;
    }
    let Attr::Known(id) = change.before(path).text() else {
        return None;
    };
    let names = |other: &&Change| {
        (other.kind == *of
            && [other.before("id"), other.after("id")]
                .iter()
                .any(|field| field.text().is_known_and(|own| *own == id)))
            || (other.kind == change.kind
                && other.remains()
                && other.after(path).text().is_known_and(|own| *own == id))
    };
    if changes.iter().any(|other| names(&other)) {
        return None;
    }
    Some(
        RULE.violation(
            change,
            "the plan deletes the rules that name the networks that may connect, and every network may after apply",
        )
        .attribute("default_action"),
    )
}

/// The finding for an entrance of a cluster that comes to be reached by the internet.
pub(crate) fn of_cluster(change: &Change) -> Option<Finding> {
    if !matches!(change.action, Action::Update | Action::Replace) || change.importing {
        return None;
    }
    let before = Entrance::of(change, Side::Before)?;
    let after = Entrance::of(change, Side::After)?;
    match (before.reach(), after.reach()) {
        (Reach::Inside(was) | Reach::Limited(was), Reach::Everyone(now)) => Some(
            RULE.violation(
                change,
                format!("the plan lets every network come in: {now}, and today {was}"),
            )
            .attribute(before.attribute()),
        ),
        _ => None,
    }
}
