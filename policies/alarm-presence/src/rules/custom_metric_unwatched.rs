//! A requirement of the settings that a resource does not meet.

use tollgate_policy::{RuleDef, Severity};

/// A resource without an alarm that the settings require of it.
///
/// **What it does**: judges the requirements under `custom` in the settings, as the
/// table's rules judge theirs.
///
/// **Why**: a team knows metrics of its own that tell of a failure.
///
/// **Example**
/// ```toml
/// [policies.alarm-presence.settings.custom.lambda-duration]
/// resource-type = "aws_lambda_function"
/// namespace = "AWS/Lambda"
/// metrics = ["Duration"]
/// dimensions = { FunctionName = "function_name" }
/// ```
pub const CUSTOM_METRIC_UNWATCHED: RuleDef = RuleDef {
    id: "custom-metric-unwatched",
    title: "Resource without an alarm that the settings require",
    description: "The configuration of this policy requires an alarm of its own for this type of resource.",
    severity: Severity::Medium,
    remediation: "Add an alarm on the metric that the requirement names.",
    links: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
    ],
};
