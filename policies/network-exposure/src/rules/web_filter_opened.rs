//! `web-filter-opened`

use tollgate_policy::{Change, Finding, RuleDef, Severity};
use tollgate_policy_common::text::clipped;

use crate::filter::Lost;

/// A web application firewall stops nothing any more.
///
/// Reports a filter of web requests whose default action becomes to let through, that the plan
/// turns off or sets to detect only, and one whose last rule that stops anything goes. One that
/// lets through by default today is no finding: that is how most are made. The same of firewalls of a
/// network that look into what passes: default actions that become to pass, and what they know of
/// threats and intrusions that is switched off, or only told and no longer stopped; and of what enforces
/// network policies in a cluster.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "web-filter-opened",
    title: "Web application firewall that this plan opens",
    description: "A filter of web requests that stops what no rule is about, or stops anything at all, \
        does not after apply: its default action lets through, it is off, or it detects only.",
    severity: Severity::High,
    remediation: "Keep what stops requests; to try a rule out, let that one rule count.",
    example: "An `aws_wafv2_web_acl` whose `default_action` changes from `block {}` to `allow {}`.",
    links: &["https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-default-action.html"],
};

pub(crate) fn check(change: &Change, lost: &Lost) -> Option<Finding> {
    if let Some((path, how)) = &lost.opened {
        return Some(
            RULE.violation(
                change,
                format!(
                    "the plan opens the {}: `{}` {}",
                    what(&change.kind),
                    path.replace("[0]", ""),
                    clipped(how)
                ),
            )
            .attribute(path)
            .remediation(keep(&change.kind)),
        );
    }
    let (path, why) = lost.doubt.as_ref()?;
    Some(
        RULE.undetermined(
            change,
            if is_cluster(&change.kind) {
                format!(
                    "whether network policies still count in the cluster cannot be told: `{}` is {why}",
                    path.replace("[0]", "")
                )
            } else {
                format!(
                    "whether the {} still stops what it stops today cannot be told: `{}` is {why}",
                    what(&change.kind),
                    path.replace("[0]", "")
                )
            },
        )
        .attribute(path)
        .remediation(keep(&change.kind)),
    )
}

/// What the filter is called.
fn what(kind: &str) -> &'static str {
    if kind.starts_with("aws_networkfirewall_") || kind.starts_with("azurerm_firewall") {
        "firewall of the network"
    } else if is_cluster(kind) {
        "network of the cluster, in which no network policy counts after apply"
    } else {
        "web application firewall"
    }
}

fn is_cluster(kind: &str) -> bool {
    matches!(
        kind,
        "google_container_cluster" | "azurerm_kubernetes_cluster"
    )
}

/// The next step: what a rule that is tried out does is called differently by each cloud.
fn keep(kind: &str) -> &'static str {
    if is_cluster(kind) {
        "Keep what enforces network policies in the cluster."
    } else if what(kind) != "web application firewall" {
        "Keep what stops traffic; let what needs an exception have a rule of its own."
    } else if kind.starts_with("azurerm_") {
        "Keep what stops requests; to try a rule out, give that one rule the action `Log`."
    } else if kind.starts_with("google_") {
        "Keep what stops requests; to try a rule out, set `preview = true` in that one rule."
    } else {
        RULE.remediation
    }
}
