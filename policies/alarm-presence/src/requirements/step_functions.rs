//! AWS Step Functions.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html"];

const DIMENSIONS: &[Dimension] = &[named_by("StateMachineArn", "arn")];

/// State machine without an alarm on failed executions.
///
/// Wants an alarm on `AWS/States` `ExecutionsFailed` of every `aws_sfn_state_machine`. Not in
/// the default set.
pub const FAILED: Requirement = Requirement {
    id: "sfn-failed",
    group: "step-functions",
    default: false,
    rule: rule(
        "sfn-failed-unwatched",
        "State machine without an alarm on failed executions",
        "An execution that fails has no caller who would notice.",
        Severity::High,
        "Add an alarm on `AWS/States` `ExecutionsFailed` with the dimension `StateMachineArn`.",
        SOURCES,
    ),
    types: &["aws_sfn_state_machine"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/States",
    metrics: &[metric("ExecutionsFailed", DIMENSIONS)],
};

/// State machine without an alarm on executions that time out.
///
/// Wants an alarm on `AWS/States` `ExecutionsTimedOut` of every `aws_sfn_state_machine`. Not in
/// the default set.
pub const TIMED_OUT: Requirement = Requirement {
    id: "sfn-timed-out",
    group: "step-functions",
    default: false,
    rule: rule(
        "sfn-timed-out-unwatched",
        "State machine without an alarm on executions that time out",
        "An execution that times out does not count as failed.",
        Severity::Medium,
        "Add an alarm on `AWS/States` `ExecutionsTimedOut` with the dimension `StateMachineArn`.",
        SOURCES,
    ),
    types: &["aws_sfn_state_machine"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/States",
    metrics: &[metric("ExecutionsTimedOut", DIMENSIONS)],
};

/// State machine without an alarm on throttled executions.
///
/// Wants an alarm on `AWS/States` `ExecutionThrottled` of every `aws_sfn_state_machine`. Not in
/// the default set.
pub const THROTTLED: Requirement = Requirement {
    id: "sfn-throttled",
    group: "step-functions",
    default: false,
    rule: rule(
        "sfn-throttled-unwatched",
        "State machine without an alarm on throttled executions",
        "An execution that is throttled starts late, and counts as no failure.",
        Severity::Low,
        "Add an alarm on `AWS/States` `ExecutionThrottled` with the dimension `StateMachineArn`.",
        SOURCES,
    ),
    types: &["aws_sfn_state_machine"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/States",
    metrics: &[metric("ExecutionThrottled", DIMENSIONS)],
};
