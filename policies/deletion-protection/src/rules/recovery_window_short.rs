//! `recovery-window-short`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Fault, Subject};
use crate::switch::{Because, Layer, Standing};

/// What is deleted is gone for good too soon.
///
/// Compares the days for which a deleted key, secret or vault can be had back with
/// `minimum-recovery-days`, or with the most that its type offers if that is less.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "recovery-window-short",
    title: "Too short a time to recover what was deleted",
    description: "The resource would be gone for good before `minimum-recovery-days` have passed, \
        or before the longest window of its type has, if that is shorter. A wrong deletion is often \
        noticed only after a weekend, and what a lost key encrypted is lost with it.",
    severity: Severity::Medium,
    remediation: "Lengthen the recovery window.",
    example: r#"```hcl
resource "aws_secretsmanager_secret" "token" {
  recovery_window_in_days = 0
}
```"#,
    links: &["https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"],
};

pub(crate) fn check(subject: &Subject<'_>, fault: &Fault) -> Option<Finding> {
    if fault.switch.layer != Layer::Window {
        return None;
    }
    let path = fault.path();
    let fewest = fault.switch.fewest_days(subject.minimum_days());
    let finding = match &fault.standing {
        Standing::Undetermined(why) => RULE.undetermined(
            subject.change,
            format!("for how long the resource can be recovered cannot be told: {why}"),
        ),
        Standing::Unsafe(Because::Days(0)) => RULE.violation(
            subject.change,
            format!("once deleted, the resource is gone at once ({path}), and at least {fewest} days are required"),
        ),
        Standing::Unsafe(Because::Days(days)) => RULE.violation(
            subject.change,
            format!("once deleted, the resource can be recovered for {days} days ({path}), and at least {fewest} are required"),
        ),
        Standing::Safe | Standing::Unsafe(_) => return None,
    };
    Some(subject.told(finding, fault))
}
