//! A requirement of the settings that a resource does not meet.

use tollgate_policy::{RuleDef, Severity};

/// A resource without an alarm that the settings require of it.
///
/// Judges the requirements under `custom` in the settings, as the
/// table's rules judge theirs.
pub const CUSTOM_METRIC_UNWATCHED: RuleDef = RuleDef {
    id: "custom-metric-unwatched",
    title: "Resource without an alarm that the settings require",
    description: "The configuration of this policy requires an alarm of its own for this type of resource.",
    severity: Severity::Medium,
    remediation: "Add an alarm on the metric that the requirement names.",
    example: "An `aws_lambda_function` without an alarm on `Duration`, where `custom.lambda-duration` of the settings requires one.",
    links: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
    ],
};
