//! An alarm that cannot fire.

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::condition::{self, Fault, Kind};
use crate::side::Side;

/// An alarm whose condition is never met, or always.
///
/// Compares the threshold of an alarm on one metric with the values that
/// the metric can have. A count is never below zero, and the average of the errors of a
/// function never above one. Whether a threshold is met that the plan moves off a thousand
/// times, or that leaves less than a mebibyte, cannot be told. An alarm that fires only after
/// more than a day, or that does not return to `OK` because its metric has no value while all
/// is well, is told as advice.
///
/// Thresholds are not judged otherwise, and neither are metrics that no requirement of the
/// table watches. An alarm that missing data makes fire can fire. `every-alarm-can-fire`
/// switches the rule.
pub const DEAF_ALARM: RuleDef = RuleDef {
    id: "deaf-alarm",
    title: "Alarm that cannot fire",
    description: "An alarm whose condition no value of its metric meets, or every value, looks like a system \
                  that is well.",
    severity: Severity::Medium,
    remediation: "Compare `comparison_operator`, `threshold` and `statistic` with the values that the metric has.",
    example: r#"```hcl
resource "aws_cloudwatch_metric_alarm" "errors" {
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold" # upside down
  threshold           = 0
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html",
    ],
};

/// The finding for an alarm that cannot fire.
#[must_use]
pub fn finding(alarm: &Change) -> Option<Finding> {
    match condition::fault(alarm, Side::After) {
        Some(fault) if fault.kind <= Kind::OutOfReach => {
            // What was as bad before is not brought about.
            let existing = !alarm.importing
                && condition::fault(alarm, Side::Before)
                    .is_some_and(|before| before.kind <= fault.kind);
            let finding = told(alarm, &fault);
            Some(match existing {
                true => finding.existing(),
                false => finding,
            })
        }
        advice => {
            let fault = condition::loosened(alarm).or(advice)?;
            Some(told(alarm, &fault))
        }
    }
}

fn told(alarm: &Change, fault: &Fault) -> Finding {
    let what = &fault.what;
    let finding = match fault.kind {
        Kind::Never => DEAF_ALARM.violation(alarm, format!("the alarm can never fire: {what}")),
        Kind::Always => {
            DEAF_ALARM.undetermined(alarm, format!("the alarm may tell nothing: {what}"))
        }
        Kind::OutOfReach => DEAF_ALARM.undetermined(
            alarm,
            format!("whether the alarm ever fires cannot be told: {what}"),
        ),
        Kind::Late => DEAF_ALARM
            .violation(alarm, format!("the alarm is late: {what}"))
            .remediation("Lower `period`, `evaluation_periods` or `datapoints_to_alarm`.")
            .advice(),
        Kind::Unsettled => DEAF_ALARM
            .violation(alarm, format!("the alarm does not settle: {what}"))
            .remediation("Set `treat_missing_data = \"notBreaching\"`.")
            .advice(),
    }
    .attribute(fault.attribute);
    match fault.source {
        Some(source) => finding.detail("source", source),
        None => finding,
    }
}
