//! Amazon DocumentDB.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/documentdb/latest/developerguide/cloud_watch.html"];

const DIMENSIONS: &[Dimension] = &[named_by("DBClusterIdentifier", "cluster_identifier")];

/// DocumentDB cluster without an alarm on its load.
///
/// Wants an alarm on `AWS/DocDB` `CPUUtilization` of every `aws_docdb_cluster`. Not in
/// the default set.
pub const CPU: Requirement = Requirement {
    id: "docdb-cpu",
    group: "docdb",
    default: false,
    rule: rule(
        "docdb-cpu-unwatched",
        "DocumentDB cluster without an alarm on its load",
        "A saturated cluster slows down everything that depends on it long before it fails.",
        Severity::Medium,
        "Add an alarm on `AWS/DocDB` `CPUUtilization` with the dimension `DBClusterIdentifier`.",
        SOURCES,
    ),
    types: &["aws_docdb_cluster"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/DocDB",
    metrics: &[Metric {
        name: "CPUUtilization",
        dimensions: DIMENSIONS,
        narrower: &["Role"],
        region_wide: false,
    }],
};

/// DocumentDB cluster without an alarm on free memory.
///
/// Wants an alarm on `AWS/DocDB` `FreeableMemory` of every `aws_docdb_cluster`. Not in
/// the default set.
pub const MEMORY: Requirement = Requirement {
    id: "docdb-memory",
    group: "docdb",
    default: false,
    rule: rule(
        "docdb-memory-unwatched",
        "DocumentDB cluster without an alarm on free memory",
        "A cluster that runs out of memory restarts.",
        Severity::Medium,
        "Add an alarm on `AWS/DocDB` `FreeableMemory` with the dimension `DBClusterIdentifier`.",
        SOURCES,
    ),
    types: &["aws_docdb_cluster"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/DocDB",
    metrics: &[Metric {
        name: "FreeableMemory",
        dimensions: DIMENSIONS,
        narrower: &["Role"],
        region_wide: false,
    }],
};
