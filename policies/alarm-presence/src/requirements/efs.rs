//! Amazon EFS.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] = &["https://docs.aws.amazon.com/efs/latest/ug/efs-metrics.html"];

const DIMENSIONS: &[Dimension] = &[named_by("FileSystemId", "id")];

/// File system without an alarm on its limits.
///
/// Wants an alarm on `AWS/EFS` `PercentIOLimit` or `BurstCreditBalance` of every `aws_efs_file_system`. Not in
/// the default set.
pub const LIMIT: Requirement = Requirement {
    id: "efs-io",
    group: "efs",
    default: false,
    rule: rule(
        "efs-io-unwatched",
        "File system without an alarm on its limits",
        "A file system at its limit slows down everything that is mounted on it.",
        Severity::Medium,
        "Add an alarm on `AWS/EFS` `PercentIOLimit` with the dimension `FileSystemId`.",
        SOURCES,
    ),
    types: &["aws_efs_file_system"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/EFS",
    metrics: &[
        metric("PercentIOLimit", DIMENSIONS),
        metric("BurstCreditBalance", DIMENSIONS),
    ],
};
