//! `audit-switched-off`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Fault, Subject};
use crate::table::Layer;

/// An audit trail that is on today is switched off, or loses a part.
///
/// Compares the switches of trails, detectors, recorders and diagnostic settings today and
/// after apply, and the lists of what they record; also in a policy of Google that takes the place of
/// all others. A group of categories takes in those that are in it.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "audit-switched-off",
    title: "Audit trail that this plan switches off",
    description: "The plan switches a trail, detector, recorder or diagnostic setting off that is on \
        today, or takes something out of what it records. The resource stays and looks as if it \
        still worked.",
    severity: Severity::Critical,
    remediation: "Leave the audit on.",
    example: r#"```hcl
resource "aws_cloudtrail" "main" {
  enable_logging = false # was true
}
```"#,
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>, fault: &Fault) -> Option<Finding> {
    (fault.was_on && fault.why.is_none() && fault.switch.layer != Layer::Access).then(|| {
        subject.told(
            RULE.violation(
                subject.change,
                match fault.lost() {
                    Some(lost) => format!("the {} records no longer {lost}", subject.row.what),
                    None if fault.switch.layer == Layer::Audit => format!(
                        "the plan switches off the {}: {}",
                        subject.row.what,
                        subject.values(fault)
                    ),
                    None => format!(
                        "the {} records less: {}",
                        subject.row.what,
                        subject.values(fault)
                    ),
                },
            ),
            fault,
        )
    })
}
