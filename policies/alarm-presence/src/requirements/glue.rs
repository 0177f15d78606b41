//! AWS Glue.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html"];

const DIMENSIONS: &[Dimension] = &[named_by("JobName", "name")];

/// Glue job without an alarm on failed tasks.
///
/// Wants an alarm on `Glue` `glue.driver.aggregate.numFailedTasks` of every `aws_glue_job`. Not in
/// the default set.
pub const FAILED: Requirement = Requirement {
    id: "glue-failed",
    group: "glue",
    default: false,
    rule: rule(
        "glue-failed-unwatched",
        "Glue job without an alarm on failed tasks",
        "A job that fails has no caller who would notice.",
        Severity::Medium,
        "Add an alarm on `Glue` `glue.driver.aggregate.numFailedTasks` with the dimension `JobName`.",
        SOURCES,
    ),
    types: &["aws_glue_job"],
    when: &[],
    role: Role::Any,
    namespace: "Glue",
    metrics: &[Metric {
        name: "glue.driver.aggregate.numFailedTasks",
        dimensions: DIMENSIONS,
        narrower: &["JobRunId", "Type"],
        region_wide: false,
    }],
};
