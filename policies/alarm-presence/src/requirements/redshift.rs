//! Amazon Redshift.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, named_by, rule};

const SOURCES: &[&str] = &["https://docs.aws.amazon.com/redshift/latest/mgmt/metrics-listing.html"];

const DIMENSIONS: &[Dimension] = &[named_by("ClusterIdentifier", "cluster_identifier")];

/// Warehouse without an alarm on its health.
///
/// Wants an alarm on `AWS/Redshift` `HealthStatus` of every `aws_redshift_cluster`. Not in
/// the default set.
pub const HEALTH: Requirement = Requirement {
    id: "redshift-health",
    group: "redshift",
    default: false,
    rule: rule(
        "redshift-health-unwatched",
        "Warehouse without an alarm on its health",
        "A cluster that is not healthy answers no query.",
        Severity::High,
        "Add an alarm on `AWS/Redshift` `HealthStatus` with the dimension `ClusterIdentifier`.",
        SOURCES,
    ),
    types: &["aws_redshift_cluster"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Redshift",
    metrics: &[Metric {
        name: "HealthStatus",
        dimensions: DIMENSIONS,
        narrower: &["NodeID"],
        region_wide: false,
    }],
};

/// Warehouse without an alarm on disk space.
///
/// Wants an alarm on `AWS/Redshift` `PercentageDiskSpaceUsed` of every `aws_redshift_cluster`. Not in
/// the default set.
pub const DISK: Requirement = Requirement {
    id: "redshift-disk",
    group: "redshift",
    default: false,
    rule: rule(
        "redshift-disk-unwatched",
        "Warehouse without an alarm on disk space",
        "A cluster without disk space fails queries and loads.",
        Severity::Medium,
        "Add an alarm on `AWS/Redshift` `PercentageDiskSpaceUsed` with the dimension `ClusterIdentifier`.",
        SOURCES,
    ),
    types: &["aws_redshift_cluster"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Redshift",
    metrics: &[Metric {
        name: "PercentageDiskSpaceUsed",
        dimensions: DIMENSIONS,
        narrower: &["NodeID"],
        region_wide: false,
    }],
};
