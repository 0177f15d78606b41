//! Amazon Neptune.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, named_by, rule};

const SOURCES: &[&str] = &["https://docs.aws.amazon.com/neptune/latest/userguide/cw-metrics.html"];

const DIMENSIONS: &[Dimension] = &[named_by("DBClusterIdentifier", "cluster_identifier")];

/// Neptune cluster without an alarm on its load.
///
/// Wants an alarm on `AWS/Neptune` `CPUUtilization` or `MainRequestQueuePendingRequests` of every `aws_neptune_cluster`. Not in
/// the default set.
pub const CPU: Requirement = Requirement {
    id: "neptune-cpu",
    group: "neptune",
    default: false,
    rule: rule(
        "neptune-cpu-unwatched",
        "Neptune cluster without an alarm on its load",
        "A saturated cluster slows down everything that depends on it long before it fails.",
        Severity::Medium,
        "Add an alarm on `AWS/Neptune` `CPUUtilization` with the dimension `DBClusterIdentifier`.",
        SOURCES,
    ),
    types: &["aws_neptune_cluster"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Neptune",
    metrics: &[
        Metric {
            name: "CPUUtilization",
            dimensions: DIMENSIONS,
            narrower: &["Role", "EngineName"],
            region_wide: false,
        },
        Metric {
            name: "MainRequestQueuePendingRequests",
            dimensions: DIMENSIONS,
            narrower: &["Role", "EngineName"],
            region_wide: false,
        },
    ],
};
