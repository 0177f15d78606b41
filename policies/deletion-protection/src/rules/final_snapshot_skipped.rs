//! `final-snapshot-skipped`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Fault, Subject};
use crate::switch::{Because, Layer, Standing};

/// A deletion would leave no snapshot behind.
///
/// Reports databases, file systems and volumes that are set to go without a last
/// snapshot or backup. The setting counts long before the deletion, because the
/// provider takes it from the state: in the plan that deletes it is too late to
/// change it. Read replicas of RDS and scratch file systems, of which there are no
/// final snapshots, are left out.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "final-snapshot-skipped",
    title: "Deletion without a final snapshot",
    description: "Deleting the resource would take no last snapshot or backup. The provider reads \
        the setting from the state, so it has to be right before a plan deletes the resource.",
    severity: Severity::Medium,
    remediation: "Have a final snapshot taken.",
    example: r#"```hcl
resource "aws_db_instance" "main" {
  skip_final_snapshot = true
}
```"#,
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>, fault: &Fault) -> Option<Finding> {
    if fault.was_safe() || fault.switch.layer != Layer::Snapshot {
        return None;
    }
    let path = fault.path();
    let finding = match &fault.standing {
        Standing::Safe => return None,
        Standing::Undetermined(why) => RULE.undetermined(
            subject.change,
            format!("whether a final snapshot would be taken cannot be told: {why}"),
        ),
        Standing::Unsafe(Because::Default) => RULE.violation(
            subject.change,
            format!("a deletion would take no final snapshot: {path} is not set, and the default is none"),
        ),
        Standing::Unsafe(_) => {
            RULE.violation(subject.change, format!("a deletion would take no final snapshot, because of {path}"))
        }
    };
    Some(subject.told(finding, fault))
}
