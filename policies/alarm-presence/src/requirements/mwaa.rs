//! Amazon Managed Workflows for Apache Airflow.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Expected, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] = &["https://docs.aws.amazon.com/mwaa/latest/userguide/cw-metrics.html"];

const DIMENSIONS: &[Dimension] = &[
    named_by("Environment", "name"),
    Dimension {
        name: "Function",
        value: Expected::OneOf(&["Scheduler"]),
    },
];

/// Airflow environment without an alarm on its scheduler.
///
/// Wants an alarm on `AmazonMWAA` `SchedulerHeartbeat` of every `aws_mwaa_environment`. Not in
/// the default set.
pub const HEARTBEAT: Requirement = Requirement {
    id: "mwaa-heartbeat",
    group: "mwaa",
    default: false,
    rule: rule(
        "mwaa-heartbeat-unwatched",
        "Airflow environment without an alarm on its scheduler",
        "A scheduler without a heartbeat starts nothing, and nothing fails.",
        Severity::High,
        "Add an alarm on `AmazonMWAA` `SchedulerHeartbeat` with the dimensions `Environment` and `Function`.",
        SOURCES,
    ),
    types: &["aws_mwaa_environment"],
    when: &[],
    role: Role::Any,
    namespace: "AmazonMWAA",
    metrics: &[metric("SchedulerHeartbeat", DIMENSIONS)],
};
