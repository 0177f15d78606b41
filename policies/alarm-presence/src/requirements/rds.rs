//! Amazon RDS and Aurora.

use tollgate_policy::Severity;

use crate::requirement::{
    Condition, Dimension, Metric, Requirement, Role, SET, metric, named_by, rule,
};

const SOURCES: &[&str] = &[
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html",
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/dimensions.html",
];

const INSTANCE: &[Dimension] = &[named_by("DBInstanceIdentifier", "identifier")];

/// A database instance that runs out of disk.
///
/// Wants an alarm on `AWS/RDS` `FreeStorageSpace` of every
/// database instance.
pub const STORAGE: Requirement = Requirement {
    id: "rds-storage",
    group: "rds",
    default: true,
    rule: rule(
        "rds-storage-unwatched",
        "Database instance without an alarm on free storage",
        "An instance without free storage stops accepting writes, and it takes long to come back.",
        Severity::High,
        "Add an alarm on `AWS/RDS` `FreeStorageSpace` with the dimension `DBInstanceIdentifier`.",
        SOURCES,
    ),
    types: &["aws_db_instance"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/RDS",
    metrics: &[metric("FreeStorageSpace", INSTANCE)],
};

/// A database instance that is overloaded.
///
/// Wants an alarm on `AWS/RDS` `CPUUtilization` of every database
/// instance.
pub const CPU: Requirement = Requirement {
    id: "rds-cpu",
    default: true,
    rule: rule(
        "rds-cpu-unwatched",
        "Database instance without an alarm on its load",
        "A saturated instance slows down everything that depends on it long before it fails.",
        Severity::Medium,
        "Add an alarm on `AWS/RDS` `CPUUtilization` with the dimension `DBInstanceIdentifier`.",
        SOURCES,
    ),
    metrics: &[metric("CPUUtilization", INSTANCE)],
    ..STORAGE
};

/// A database instance that runs out of memory.
///
/// Wants an alarm on `AWS/RDS` `FreeableMemory` of every database
/// instance. Not in the default set.
pub const MEMORY: Requirement = Requirement {
    id: "rds-memory",
    default: false,
    rule: rule(
        "rds-memory-unwatched",
        "Database instance without an alarm on free memory",
        "An instance that swaps is slow, and one that cannot swap restarts.",
        Severity::Low,
        "Add an alarm on `AWS/RDS` `FreeableMemory` with the dimension `DBInstanceIdentifier`.",
        SOURCES,
    ),
    metrics: &[metric("FreeableMemory", INSTANCE)],
    ..STORAGE
};

/// An Aurora cluster that is overloaded.
///
/// Wants an alarm on `AWS/RDS` `CPUUtilization` of every Aurora
/// cluster, for all of its instances or for one role (`WRITER`, `READER`).
pub const AURORA_CPU: Requirement = Requirement {
    id: "aurora-cpu",
    default: true,
    rule: rule(
        "aurora-cpu-unwatched",
        "Aurora cluster without an alarm on its load",
        "Instances come and go with scaling and failover; only the cluster's metric follows them.",
        Severity::Medium,
        "Add an alarm on `AWS/RDS` `CPUUtilization` with the dimension `DBClusterIdentifier`.",
        &[
            "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html",
            "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/dimensions.html",
        ],
    ),
    types: &["aws_rds_cluster"],
    when: &[Condition {
        attribute: "engine",
        is: &["aurora", "aurora-mysql", "aurora-postgresql"],
        unset_is: "aurora",
    }],
    metrics: &[Metric {
        name: "CPUUtilization",
        dimensions: CLUSTER,
        narrower: &["Role"],
        region_wide: false,
    }],
    ..STORAGE
};

/// A Multi-AZ database cluster that runs out of disk.
///
/// Wants an alarm on `AWS/RDS` `FreeStorageSpace` of every cluster whose
/// engine is MySQL or PostgreSQL. Not in the default set. (Aurora grows its storage by
/// itself.)
pub const CLUSTER_STORAGE: Requirement = Requirement {
    id: "rds-cluster-storage",
    group: "rds-cluster",
    default: false,
    rule: rule(
        "rds-cluster-storage-unwatched",
        "Database cluster without an alarm on free storage",
        "A cluster without free storage stops accepting writes, and it takes long to come back.",
        Severity::High,
        "Add an alarm on `AWS/RDS` `FreeStorageSpace` with the dimension `DBClusterIdentifier`.",
        SOURCES,
    ),
    types: &["aws_rds_cluster"],
    when: &[Condition {
        attribute: "engine",
        is: &["mysql", "postgres"],
        unset_is: "aurora",
    }],
    metrics: &[metric("FreeStorageSpace", CLUSTER)],
    ..STORAGE
};

/// A Multi-AZ database cluster that is overloaded.
///
/// Wants an alarm on `AWS/RDS` `CPUUtilization` of every cluster whose
/// engine is MySQL or PostgreSQL. Not in the default set.
pub const CLUSTER_CPU: Requirement = Requirement {
    id: "rds-cluster-cpu",
    rule: rule(
        "rds-cluster-cpu-unwatched",
        "Database cluster without an alarm on its load",
        "A saturated cluster slows down everything that depends on it long before it fails.",
        Severity::Medium,
        "Add an alarm on `AWS/RDS` `CPUUtilization` with the dimension `DBClusterIdentifier`.",
        SOURCES,
    ),
    metrics: &[metric("CPUUtilization", CLUSTER)],
    ..CLUSTER_STORAGE
};

/// A serverless Aurora cluster at its largest capacity.
///
/// Wants an alarm on `AWS/RDS` `ACUUtilization` of every cluster that
/// has a serverless scaling configuration. Not in the default set.
pub const SERVERLESS_CAPACITY: Requirement = Requirement {
    id: "aurora-serverless-capacity",
    group: "rds-cluster",
    default: false,
    rule: rule(
        "aurora-serverless-capacity-unwatched",
        "Serverless cluster without an alarm on its capacity",
        "A cluster at its largest capacity grows no more, and its load alone does not show that.",
        Severity::Medium,
        "Add an alarm on `AWS/RDS` `ACUUtilization` with the dimension `DBClusterIdentifier`.",
        SOURCES,
    ),
    types: &["aws_rds_cluster"],
    when: &[Condition {
        attribute: "serverlessv2_scaling_configuration[0].max_capacity",
        is: SET,
        unset_is: "",
    }],
    metrics: &[Metric {
        name: "ACUUtilization",
        dimensions: CLUSTER,
        narrower: &["Role"],
        region_wide: false,
    }],
    ..STORAGE
};

const CLUSTER: &[Dimension] = &[named_by("DBClusterIdentifier", "cluster_identifier")];
