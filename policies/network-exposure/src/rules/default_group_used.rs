//! `default-group-used`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::opening::Opening;
use crate::subject::Subject;

/// The default security group of a VPC has rules.
///
/// Only with the setting `default-group-empty`: reports a managed default group that lets
/// anything in or out.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "default-group-used",
    title: "Default security group with rules",
    description: "The default security group of a VPC lets something in or out. What is made \
        without a group gets this one. Only with the setting `default-group-empty`.",
    severity: Severity::Low,
    remediation: "Take the `ingress` and `egress` blocks out of the default group, and use groups of your own.",
    example: "An `aws_default_security_group` with an `ingress` block.",
    links: &[],
};

pub(crate) fn check(
    subject: &Subject<'_>,
    after: &[Opening],
    before: &[Opening],
) -> Option<Finding> {
    if subject.change.kind != "aws_default_security_group" || after.is_empty() {
        return None;
    }
    let finding = RULE
        .violation(
            subject.change,
            "the default security group of the VPC has rules",
        )
        .attribute("ingress")
        .attribute("egress");
    Some(if !before.is_empty() && subject.existed() {
        finding.existing()
    } else {
        finding
    })
}
