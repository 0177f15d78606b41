//! `destroy-forced`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Fault, Subject};
use crate::switch::{Layer, Standing};

/// A destruction would take the contents along, or step over protection.
///
/// Reports `force_destroy`, `force_delete` and their kin where they are on. They are
/// off by default, so one that is not set is fine.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "destroy-forced",
    title: "Destruction that takes the contents along",
    description: "An option like `force_destroy` is on: destroying the resource would not stop at \
        what it still holds, or at its own protection, and that stop is what saves the contents.",
    severity: Severity::High,
    remediation: "Turn the option off, and empty the resource on purpose when it has to go.",
    example: r#"```hcl
resource "aws_s3_bucket" "media" {
  force_destroy = true
}
```"#,
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>, fault: &Fault) -> Option<Finding> {
    if fault.was_safe() || !matches!(fault.switch.layer, Layer::Empties | Layer::Obeys) {
        return None;
    }
    let path = fault.path();
    let finding = match &fault.standing {
        Standing::Safe => return None,
        Standing::Undetermined(why) => RULE.undetermined(
            subject.change,
            format!("whether a deletion of the resource would be forced cannot be told: {why}"),
        ),
        Standing::Unsafe(_) => RULE.violation(
            subject.change,
            match fault.switch.layer {
                Layer::Obeys => {
                    format!("{path} lets the resource be destroyed even while it is protected")
                }
                _ => format!(
                    "{path} lets the resource be destroyed without stopping at what is in it"
                ),
            },
        ),
    };
    Some(subject.told(finding, fault))
}
