//! Amazon CloudWatch Synthetics.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] = &[
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_metrics.html",
];

const DIMENSIONS: &[Dimension] = &[named_by("CanaryName", "name")];

/// Canary without an alarm on its success.
///
/// Wants an alarm on `CloudWatchSynthetics` `SuccessPercent` or `Failed` of every `aws_synthetics_canary`. Not in
/// the default set.
pub const CANARY: Requirement = Requirement {
    id: "synthetics-failed",
    group: "synthetics",
    default: false,
    rule: rule(
        "synthetics-failed-unwatched",
        "Canary without an alarm on its success",
        "A check from outside is there to be listened to.",
        Severity::High,
        "Add an alarm on `CloudWatchSynthetics` `SuccessPercent` with the dimension `CanaryName`.",
        SOURCES,
    ),
    types: &["aws_synthetics_canary"],
    when: &[],
    role: Role::Any,
    namespace: "CloudWatchSynthetics",
    metrics: &[
        metric("SuccessPercent", DIMENSIONS),
        metric("Failed", DIMENSIONS),
    ],
};
