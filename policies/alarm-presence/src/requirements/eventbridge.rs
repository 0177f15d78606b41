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
/// Wants an alarm on `AWS/Events` `FailedInvocations` or `InvocationsFailedToBeSentToDlq` of every `aws_cloudwatch_event_rule`. Not in
/// the default set.
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
/// Wants an alarm on `AWS/EventBridge/Pipes` `ExecutionFailed` of every `aws_pipes_pipe`. Not in
/// the default set.
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
/// Wants an alarm on `AWS/Scheduler` `TargetErrorCount` or `InvocationDroppedCount` of every `aws_scheduler_schedule`. Not in
/// the default set.
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
