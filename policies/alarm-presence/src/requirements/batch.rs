//! AWS Batch.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] = &["https://docs.aws.amazon.com/batch/latest/userguide/what-is-batch.html"];

const DIMENSIONS: &[Dimension] = &[named_by("JobQueue", "name")];

/// Job queue without an alarm on failed jobs.
///
/// Wants an alarm on `AWS/Batch` `FailedJobs` of every `aws_batch_job_queue`. Not in
/// the default set.
pub const FAILED: Requirement = Requirement {
    id: "batch-failed",
    group: "batch",
    default: false,
    rule: rule(
        "batch-failed-unwatched",
        "Job queue without an alarm on failed jobs",
        "A job that fails has no caller who would notice.",
        Severity::Medium,
        "Add an alarm on `AWS/Batch` `FailedJobs` with the dimension `JobQueue`.",
        SOURCES,
    ),
    types: &["aws_batch_job_queue"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Batch",
    metrics: &[metric("FailedJobs", DIMENSIONS)],
};
