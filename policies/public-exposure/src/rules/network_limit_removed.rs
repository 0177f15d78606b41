//! `network-limit-removed`

use tollgate_policy::{Attr, Cause, Change, Field, Finding, RuleDef, Severity};
use tollgate_policy_common::switch::Standing;

use crate::Fault;

/// The plan takes away what limits who may connect.
///
/// # What it does
/// Compares the endpoints of `any-network-allowed` today and after apply: a list of networks that
/// is dropped, a default action that becomes `Allow`, public access that is turned on. One that was
/// open before is told by `any-network-allowed`.
///
/// # Why
/// No list lets in as many as a list with `0.0.0.0/0` in it, and a review sees less of it. What
/// uses the resource today was made for the networks in the list.
///
/// # Example
/// ```hcl
/// resource "aws_eks_cluster" "main" {
///   vpc_config {
///     endpoint_public_access = true
///     # public_access_cidrs = ["203.0.113.0/24"] was here
///   }
/// }
/// ```
pub(crate) const RULE: RuleDef = RuleDef {
    id: "network-limit-removed",
    title: "Limits of networks that this plan removes",
    description: "Today only some networks may connect to the resource, and after apply every network may: the plan drops the list, or opens what was closed.",
    severity: Severity::High,
    remediation: "Keep the limit of the networks that may connect.",
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
    let finding = match (changed, fault.switch.companion) {
        (Some((path, before, after)), _) => RULE
            .violation(
                change,
                format!(
                    "the plan lets {who} connect to the resource: `{}` {before} -> {after}",
                    path.replace("[0]", "")
                ),
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
