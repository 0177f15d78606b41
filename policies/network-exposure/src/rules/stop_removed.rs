//! `stop-removed`

use tollgate_policy::{Action, Finding, RuleDef, Severity};

use crate::exposure::Exposure;
use crate::subject::Subject;

/// A rule that stops the Internet is deleted, or stops less.
///
/// # What it does
/// Reports a rule that denies the Internet ports today and that the plan deletes, or changes
/// so that it denies fewer.
///
/// # Why
/// What it held back gets through to the next rule, which may be one that allows.
///
/// # Example
/// An `azurerm_network_security_rule` with `access = "Deny"` that is deleted.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "stop-removed",
    title: "Rule that stops the Internet and that this plan removes",
    description: "The plan deletes a firewall rule that denies the Internet some ports, or makes it \
        deny fewer. What it held back gets through to the next rule, which may allow it.",
    severity: Severity::Medium,
    remediation: "Keep the rule; if what is behind it goes away in the same plan, waive this rule for the address.",
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

pub(crate) fn check(subject: &Subject<'_>, before: &Exposure, after: &Exposure) -> Option<Finding> {
    let goes_on = match subject.change.action {
        Action::Update | Action::Replace => true,
        // With a whole list goes what it is about.
        Action::Delete => ALONE.contains(&subject.change.kind.as_str()),
        _ => false,
    };
    if !goes_on {
        return None;
    }
    let lost = before.stopped.without(&after.stopped);
    if lost.is_empty() {
        return None;
    }
    Some(RULE.violation(
        subject.change,
        format!("the plan no longer denies the Internet {lost}"),
    ))
}
