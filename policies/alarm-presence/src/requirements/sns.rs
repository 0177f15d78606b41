//! Amazon SNS.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html"];

const DIMENSIONS: &[Dimension] = &[named_by("TopicName", "name")];

/// Topic without an alarm on failed notifications.
///
/// Wants an alarm on `AWS/SNS` `NumberOfNotificationsFailed` of every `aws_sns_topic`. Not in
/// the default set.
pub const FAILED: Requirement = Requirement {
    id: "sns-failed",
    group: "sns",
    default: false,
    rule: rule(
        "sns-failed-unwatched",
        "Topic without an alarm on failed notifications",
        "A notification that cannot be delivered is lost without a caller who would notice.",
        Severity::Medium,
        "Add an alarm on `AWS/SNS` `NumberOfNotificationsFailed` with the dimension `TopicName`.",
        SOURCES,
    ),
    types: &["aws_sns_topic"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/SNS",
    metrics: &[metric("NumberOfNotificationsFailed", DIMENSIONS)],
};
