//! `stop-removed`

use std::collections::BTreeSet;

use tollgate_policy::{Action, Attr, Change, Field, Finding, RuleDef, Severity};
use tollgate_policy_common::text::{clipped, listed};

use crate::Lists;
use crate::exposure::Exposure;
use crate::opening::{Direction, Opening};
use crate::subject::Subject;

/// A rule that stops the Internet is deleted, or stops less.
///
/// Reports a rule that denies the Internet ports today and that the plan deletes, or changes
/// so that it denies fewer, is about fewer machines, or comes after a rule of the same list that
/// allows what it denies. A network policy of a cluster that is deleted without its namespace is
/// reported as well, and so is one that comes to let every source in.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "stop-removed",
    title: "Rule that stops the Internet and that this plan removes",
    description: "The plan deletes a firewall rule that denies the Internet some ports, makes it \
        deny fewer, or puts it behind one that allows them. What it held back gets through to the next rule, which may allow it.",
    severity: Severity::Medium,
    remediation: "Keep the rule; if what is behind it goes away in the same plan, waive this rule for the address.",
    example: "An `azurerm_network_security_rule` with `access = \"Deny\"` that is deleted.",
    links: &[],
};

/// The types that are one rule each.
const ALONE: &[&str] = &[
    "aws_network_acl_rule",
    "azurerm_network_security_rule",
    "google_compute_firewall",
    "google_compute_firewall_policy_rule",
    "google_compute_network_firewall_policy_rule",
    "google_compute_region_network_firewall_policy_rule",
];

/// Policies of the network inside of a cluster, and what they are in.
pub(crate) const ISOLATION: &[(&str, &str)] = &[
    ("kubernetes_network_policy", "metadata"),
    ("kubernetes_network_policy_v1", "metadata"),
    ("kubernetes_manifest", "manifest"),
    ("kubernetes_namespace", "metadata"),
    ("kubernetes_namespace_v1", "metadata"),
];

/// The same policies, and what they say.
pub(crate) const POLICIES: &[(&str, &str)] = &[
    ("kubernetes_network_policy", "spec"),
    ("kubernetes_network_policy_v1", "spec"),
    ("kubernetes_manifest", "manifest"),
];

/// The namespaces that a plan deletes.
pub(crate) fn namespaces(changes: &[Change]) -> BTreeSet<String> {
    changes
        .iter()
        .filter(|change| {
            change.action == Action::Delete && change.kind.starts_with("kubernetes_namespace")
        })
        .filter_map(|change| match metadata(change).get("name").text() {
            Attr::Known(name) => Some(name),
            Attr::Unset | Attr::Undetermined(_) => None,
        })
        .collect()
}

fn metadata(change: &Change) -> Field {
    if change.kind == "kubernetes_manifest" {
        change.before("manifest").get("metadata")
    } else {
        change.before("metadata").first()
    }
}

/// A policy of the network in a cluster that is deleted.
pub(crate) fn isolation(change: &Change, gone: &BTreeSet<String>) -> Option<Finding> {
    let is_policy = change.kind.starts_with("kubernetes_network_policy")
        || (change.kind == "kubernetes_manifest"
            && change
                .before("manifest")
                .get("kind")
                .text()
                .is_known_and(|kind| kind == "NetworkPolicy"));
    if is_policy && matches!(change.action, Action::Update | Action::Replace) {
        return opened(change);
    }
    if change.action != Action::Delete || !is_policy {
        return None;
    }
    let metadata = metadata(change);
    if metadata
        .get("namespace")
        .text()
        .is_known_and(|name| gone.contains(name))
    {
        return None;
    }
    let name = match metadata.get("name").text() {
        Attr::Known(name) => format!(" `{}`", clipped(&name)),
        Attr::Unset | Attr::Undetermined(_) => String::new(),
    };
    Some(RULE.violation(
        change,
        format!("the plan deletes the network policy{name}: pods that no other policy is about can be reached by every pod"),
    ))
}

/// A policy of the network in a cluster that lets everybody in after apply.
fn opened(change: &Change) -> Option<Finding> {
    let manifest = change.kind == "kubernetes_manifest";
    let path = if manifest { "manifest" } else { "spec" };
    let spec = |field: Field| {
        if manifest {
            field.get("spec")
        } else {
            field.first()
        }
    };
    let was = lets_all(&spec(change.before(path)), manifest);
    let now = lets_all(&spec(change.after(path)), manifest);
    match (was, now) {
        (Some(None), Some(Some(whom))) => Some(
            RULE.violation(
                change,
                format!("the network policy lets in {whom}, and today only those that it names"),
            )
            .attribute(path),
        ),
        _ => None,
    }
}

/// Whether a policy lets everybody in, and whom; none where that cannot be told.
fn lets_all(spec: &Field, manifest: bool) -> Option<Option<&'static str>> {
    let block = if manifest { "ipBlock" } else { "ip_block" };
    let rules = match spec.get("ingress").items() {
        Attr::Known(rules) => rules,
        Attr::Unset => return Some(None),
        Attr::Undetermined(_) => return None,
    };
    for rule in &rules {
        let sources = match rule.get("from").items() {
            Attr::Known(sources) => sources,
            Attr::Unset => Vec::new(),
            Attr::Undetermined(_) => return None,
        };
        if sources.is_empty() {
            return Some(Some("every source"));
        }
        for source in &sources {
            let networks = source.get(block);
            let networks = if manifest { networks } else { networks.first() };
            let is_open = networks
                .get("cidr")
                .text()
                .is_known_and(|cidr| matches!(cidr.as_str(), "0.0.0.0/0" | "::/0"));
            if is_open {
                return Some(Some("every address"));
            }
        }
    }
    Some(None)
}

pub(crate) fn check(
    subject: &Subject<'_>,
    (before, was): (&Exposure, &[Opening]),
    (after, now): (&Exposure, &[Opening]),
    lists: &Lists,
) -> Option<Finding> {
    let change = subject.change;
    let goes_on = match change.action {
        Action::Update | Action::Replace => true,
        // With a whole list goes what it is about.
        Action::Delete => ALONE.contains(&change.kind.as_str()),
        _ => false,
    };
    if !goes_on {
        return None;
    }
    let lost = before.stopped.without(&after.stopped);
    if !lost.is_empty() {
        return Some(RULE.violation(
            change,
            format!("the plan no longer denies the Internet {lost}"),
        ));
    }
    let (was, now) = (stop(was)?, stop(now)?);
    if !ALONE.contains(&change.kind.as_str()) || before.stopped.is_empty() {
        return None;
    }
    let fewer = !now.targets.is_empty()
        && (was.targets.is_empty() || !was.targets.iter().all(|one| now.targets.contains(one)));
    if fewer {
        return Some(
            RULE.violation(
                change,
                format!(
                    "the plan denies the Internet {} for fewer targets: {} -> {}",
                    before.stopped,
                    if was.targets.is_empty() {
                        "all".to_owned()
                    } else {
                        listed(&was.targets)
                    },
                    listed(&now.targets)
                ),
            )
            .attribute("target_tags"),
        );
    }
    let path = if change.kind == crate::LIST_RULE {
        "rule_number"
    } else {
        "priority"
    };
    let behind = lists.allowed_between(change, was, now).and(&before.stopped);
    (!behind.is_empty()).then(|| {
        RULE.violation(
            change,
            format!(
                "the plan denies the Internet {behind} only after a rule that allows it: `{path}` {} -> {}",
                was.priority, now.priority
            ),
        )
        .attribute(path)
    })
}

/// The rule that denies, of a type that is one rule.
fn stop(openings: &[Opening]) -> Option<&Opening> {
    openings
        .iter()
        .find(|opening| !opening.allow && opening.direction == Direction::In)
}
