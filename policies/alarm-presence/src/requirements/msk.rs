//! Amazon MSK.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html"];

const DIMENSIONS: &[Dimension] = &[named_by("Cluster Name", "cluster_name")];

/// Kafka cluster without an alarm on its controller.
///
/// Wants an alarm on `AWS/Kafka` `ActiveControllerCount` or `OfflinePartitionsCount` of every `aws_msk_cluster`. Not in
/// the default set.
pub const CONTROLLER: Requirement = Requirement {
    id: "msk-controller",
    group: "msk",
    default: false,
    rule: rule(
        "msk-controller-unwatched",
        "Kafka cluster without an alarm on its controller",
        "A cluster without an active controller elects no leaders, and partitions stay offline.",
        Severity::High,
        "Add an alarm on `AWS/Kafka` `ActiveControllerCount` with the dimension `Cluster Name`.",
        SOURCES,
    ),
    types: &["aws_msk_cluster"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Kafka",
    metrics: &[
        metric("ActiveControllerCount", DIMENSIONS),
        metric("OfflinePartitionsCount", DIMENSIONS),
    ],
};

/// Kafka cluster without an alarm on its disks.
///
/// Wants an alarm on `AWS/Kafka` `KafkaDataLogsDiskUsed` of every `aws_msk_cluster`. Not in
/// the default set.
pub const DISK: Requirement = Requirement {
    id: "msk-disk",
    group: "msk",
    default: false,
    rule: rule(
        "msk-disk-unwatched",
        "Kafka cluster without an alarm on its disks",
        "A broker without disk stops.",
        Severity::High,
        "Add an alarm on `AWS/Kafka` `KafkaDataLogsDiskUsed` with the dimension `Cluster Name`.",
        SOURCES,
    ),
    types: &["aws_msk_cluster"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Kafka",
    metrics: &[Metric {
        name: "KafkaDataLogsDiskUsed",
        dimensions: DIMENSIONS,
        narrower: &["Broker ID"],
        region_wide: false,
    }],
};
