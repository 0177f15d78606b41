//! AWS Database Migration Service.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, named_by, rule};

const SOURCES: &[&str] = &["https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Monitoring.html"];

const DIMENSIONS: &[Dimension] = &[named_by("ReplicationTaskIdentifier", "replication_task_id")];

/// Replication task without an alarm on its latency.
///
/// Wants an alarm on `AWS/DMS` `CDCLatencyTarget` or `CDCLatencySource` of every `aws_dms_replication_task`. Not in
/// the default set.
pub const LATENCY: Requirement = Requirement {
    id: "dms-latency",
    group: "dms",
    default: false,
    rule: rule(
        "dms-latency-unwatched",
        "Replication task without an alarm on its latency",
        "A task that falls behind loses what the source no longer keeps.",
        Severity::Medium,
        "Add an alarm on `AWS/DMS` `CDCLatencyTarget` with the dimension `ReplicationTaskIdentifier`.",
        SOURCES,
    ),
    types: &["aws_dms_replication_task"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/DMS",
    metrics: &[
        Metric {
            name: "CDCLatencyTarget",
            dimensions: DIMENSIONS,
            narrower: &["ReplicationInstanceIdentifier"],
            region_wide: false,
        },
        Metric {
            name: "CDCLatencySource",
            dimensions: DIMENSIONS,
            narrower: &["ReplicationInstanceIdentifier"],
            region_wide: false,
        },
    ],
};
