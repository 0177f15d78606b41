//! Amazon EventBridge.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html"];

const DIMENSIONS: &[Dimension] = &[named_by("RuleName", "name")];
const DIMENSIONS_2: &[Dimension] = &[named_by("PipeName", "name")];
const DIMENSIONS_3: &[Dimension] = &[named_by("ScheduleGroup", "group_name")];

/// Event rule without an alarm on failed invocations.
///
/// **What it does**: wants an alarm on `AWS/Events` `FailedInvocations` or `InvocationsFailedToBeSentToDlq` of every `aws_cloudwatch_event_rule`. Not in
/// the default set.
///
/// **Why**: an event that cannot be delivered is lost without a caller who would notice.
///
/// **Example**: an `aws_cloudwatch_metric_alarm` with `namespace = "AWS/Events"`,
/// `metric_name = "FailedInvocations"` and the dimension `RuleName`.
pub const FAILED: Requirement = Requirement {
    id: "eventbridge-failed",
    group: "eventbridge",
    default: false,
    rule: rule(
        "eventbridge-failed-unwatched",
        "Event rule without an alarm on failed invocations",
        "An event that cannot be delivered is lost without a caller who would notice.",
        Severity::High,
        "Add an alarm on `AWS/Events` `FailedInvocations` with the dimension `RuleName`.",
        SOURCES,
    ),
    types: &["aws_cloudwatch_event_rule"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Events",
    metrics: &[
        Metric {
            name: "FailedInvocations",
            dimensions: DIMENSIONS,
            narrower: &["EventBusName"],
            region_wide: false,
        },
        Metric {
            name: "InvocationsFailedToBeSentToDlq",
            dimensions: DIMENSIONS,
            narrower: &["EventBusName"],
            region_wide: false,
        },
    ],
};

/// Pipe without an alarm on failed executions.
///
/// **What it does**: wants an alarm on `AWS/EventBridge/Pipes` `ExecutionFailed` of every `aws_pipes_pipe`. Not in
/// the default set.
///
/// **Why**: a pipe that fails stops reading its source, and what is in it grows old.
///
/// **Example**: an `aws_cloudwatch_metric_alarm` with `namespace = "AWS/EventBridge/Pipes"`,
/// `metric_name = "ExecutionFailed"` and the dimension `PipeName`.
pub const PIPES: Requirement = Requirement {
    id: "pipes-failed",
    group: "eventbridge",
    default: false,
    rule: rule(
        "pipes-failed-unwatched",
        "Pipe without an alarm on failed executions",
        "A pipe that fails stops reading its source, and what is in it grows old.",
        Severity::High,
        "Add an alarm on `AWS/EventBridge/Pipes` `ExecutionFailed` with the dimension `PipeName`.",
        SOURCES,
    ),
    types: &["aws_pipes_pipe"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/EventBridge/Pipes",
    metrics: &[metric("ExecutionFailed", DIMENSIONS_2)],
};

/// Schedule group without an alarm on failed targets.
///
/// **What it does**: wants an alarm on `AWS/Scheduler` `TargetErrorCount` or `InvocationDroppedCount` of every `aws_scheduler_schedule`. Not in
/// the default set.
///
/// **Why**: what a schedule starts at night fails at night.
///
/// **Example**: an `aws_cloudwatch_metric_alarm` with `namespace = "AWS/Scheduler"`,
/// `metric_name = "TargetErrorCount"` and the dimension `ScheduleGroup`.
pub const SCHEDULES: Requirement = Requirement {
    id: "scheduler-errors",
    group: "eventbridge",
    default: false,
    rule: rule(
        "scheduler-errors-unwatched",
        "Schedule group without an alarm on failed targets",
        "What a schedule starts at night fails at night.",
        Severity::Medium,
        "Add an alarm on `AWS/Scheduler` `TargetErrorCount` with the dimension `ScheduleGroup`.",
        SOURCES,
    ),
    types: &["aws_scheduler_schedule"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Scheduler",
    metrics: &[
        metric("TargetErrorCount", DIMENSIONS_3),
        metric("InvocationDroppedCount", DIMENSIONS_3),
    ],
};
