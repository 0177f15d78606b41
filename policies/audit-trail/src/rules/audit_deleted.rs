//! `audit-deleted`

use tollgate_policy::{Action, Finding, RuleDef, Severity};

use crate::plan::Plan;
use crate::subject::Subject;

/// What writes the audit trail is deleted.
///
/// Reports the deletion of trails, flow logs, threat detectors, configuration recorders,
/// diagnostic settings and the like, unless the plan also deletes what they watch. A
/// replacement makes a new one, and is no finding.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "audit-deleted",
    title: "Audit trail that this plan deletes",
    description: "The plan deletes a trail, flow log, threat detector, configuration recorder, \
        diagnostic setting or another resource that is nothing but audit. What the plan also \
        deletes needs no audit any more, and is no finding.",
    severity: Severity::Critical,
    remediation: "Keep the resource; if another one has taken its place, waive this rule for the address.",
    example: "An `aws_cloudtrail` that is taken out of the configuration.",
    links: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>, plan: &Plan<'_>) -> Option<Finding> {
    let change = subject.change;
    if change.action != Action::Delete || !subject.row.audit_only {
        return None;
    }
    // What is off already ends nothing.
    if subject.was_off() || plan.deletes_what_it_watches(subject) {
        return None;
    }
    Some(RULE.violation(change, format!("the plan deletes the {}", subject.row.what)))
}
