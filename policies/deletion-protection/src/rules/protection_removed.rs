//! `protection-removed`

use tollgate_policy::{Attr, Field, Finding, RuleDef, Severity};

use crate::subject::{Fault, Subject};
use crate::switch::{Layer, Standing};

/// This plan turns protection off.
///
/// Compares every switch (protection, forced destruction, final snapshot) of today
/// with what it is after apply. It speaks in place of the rule that would report the
/// switch as such, so that each is waived on its own.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "protection-removed",
    title: "Protection that this plan turns off",
    description: "Something that guards a resource against deletion, or its data against being \
        lost with it, is on today and off after apply. Turning it off is how a deletion begins.",
    severity: Severity::Critical,
    remediation: "Leave the protection on.",
    example: r#"```hcl
resource "aws_rds_cluster" "main" {
  deletion_protection = false # was true
}
```"#,
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>, fault: &Fault) -> Option<Finding> {
    if !fault.was_safe() || fault.switch.layer == Layer::Window {
        return None;
    }
    let path = fault.path();
    let finding = match &fault.standing {
        Standing::Safe => return None,
        Standing::Undetermined(why) => RULE.undetermined(
            subject.change,
            format!("{path} protects the resource today, and whether it still will cannot be told: {why}"),
        ),
        Standing::Unsafe(_) => {
            let what = match fault.switch.layer {
                Layer::Refuses => "the plan turns off what refuses the deletion of the resource",
                Layer::Recovers => "the plan turns off what keeps the resource recoverable once deleted",
                Layer::Empties => "the plan lets the resource be destroyed with everything in it",
                Layer::Obeys => "the plan lets the resource be destroyed even while it is protected",
                Layer::Snapshot | Layer::Window => "the plan gives up the final snapshot of the resource",
                Layer::Keeps => "a deletion of the resource, which leaves it behind today, will take it away",
                Layer::Holds => "the plan takes away a hold on the resource",
            };
            let values = match fault.switch.each {
                // Which block it is in says more than the value of all of them.
                Some(_) => format!("{path} changes"),
                None => format!("{path} {}", values(subject, fault.switch.path)),
            };
            RULE.violation(subject.change, format!("{what}: {values}"))
        }
    };
    Some(subject.told(finding, fault))
}

/// The values today and after apply: `true -> false`.
fn values(subject: &Subject<'_>, path: &str) -> String {
    let shown = |field: Field| match field.text() {
        Attr::Known(text) if text.is_empty() => "empty".to_owned(),
        Attr::Known(text) => format!("`{text}`"),
        Attr::Unset => "not set".to_owned(),
        Attr::Undetermined(_) => match field.items() {
            Attr::Known(items) if items.is_empty() => "none".to_owned(),
            _ => "another value".to_owned(),
        },
    };
    let change = subject.change;
    format!(
        "{} -> {}",
        shown(change.before(path)),
        shown(change.after(path))
    )
}
