//! `web-rule-removed`

use tollgate_policy::{Change, Finding, RuleDef, Severity};
use tollgate_policy_common::text::listed;

use crate::filter::Lost;

/// A web application firewall loses a rule that stops requests.
///
/// Compares the rules of filters of web requests before and after apply: those that block, and are
/// gone, only count, or let through. A rule under another name or priority that is about the same
/// is the same rule, whatever version of a managed group it names, and so is one that moves into a
/// resource of its own. A limit of requests that becomes a hundred times what it is counts as gone.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "web-rule-removed",
    title: "Rule of a web application firewall that this plan removes",
    description: "A rule that stops web requests is gone after apply, or only counts them. What it held \
        back gets through to the application.",
    severity: Severity::Medium,
    remediation: "Keep the rule; if another one stops the same, waive this rule for the address.",
    example: "A `rule` with `action { block {} }` of an `aws_wafv2_web_acl` that becomes `count {}`.",
    links: &[],
};

pub(crate) fn check(change: &Change, lost: &Lost) -> Option<Finding> {
    if lost.rules.is_empty() || lost.opened.is_some() {
        return None;
    }
    Some(
        RULE.violation(
            change,
            format!(
                "the web application firewall stops less: {}",
                listed(&lost.rules)
            ),
        )
        .attribute(lost.list),
    )
}
