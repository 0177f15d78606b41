//! Amazon ElastiCache and MemoryDB.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Expected, Metric, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.html"];

const DIMENSIONS: &[Dimension] = &[named_by("CacheClusterId", "cluster_id")];
const DIMENSIONS_2: &[Dimension] = &[Dimension {
    name: "CacheClusterId",
    value: Expected::Member("member_clusters"),
}];
const DIMENSIONS_3: &[Dimension] = &[named_by("CacheName", "name")];
const DIMENSIONS_4: &[Dimension] = &[named_by("ClusterName", "name")];

/// Cache cluster without an alarm on its load.
///
/// Wants an alarm on `AWS/ElastiCache` `CPUUtilization` or `EngineCPUUtilization` of every `aws_elasticache_cluster`. Not in
/// the default set.
pub const CPU: Requirement = Requirement {
    id: "elasticache-cpu",
    group: "elasticache",
    default: false,
    rule: rule(
        "elasticache-cpu-unwatched",
        "Cache cluster without an alarm on its load",
        "A saturated cache sends every request on to what is behind it.",
        Severity::Medium,
        "Add an alarm on `AWS/ElastiCache` `CPUUtilization` with the dimension `CacheClusterId`.",
        SOURCES,
    ),
    types: &["aws_elasticache_cluster"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ElastiCache",
    metrics: &[
        Metric {
            name: "CPUUtilization",
            dimensions: DIMENSIONS,
            narrower: &["CacheNodeId"],
            region_wide: false,
        },
        Metric {
            name: "EngineCPUUtilization",
            dimensions: DIMENSIONS,
            narrower: &["CacheNodeId"],
            region_wide: false,
        },
    ],
};

/// Cache cluster without an alarm on evictions.
///
/// Wants an alarm on `AWS/ElastiCache` `Evictions` of every `aws_elasticache_cluster`. Not in
/// the default set.
pub const EVICTIONS: Requirement = Requirement {
    id: "elasticache-evictions",
    group: "elasticache",
    default: false,
    rule: rule(
        "elasticache-evictions-unwatched",
        "Cache cluster without an alarm on evictions",
        "A cache that evicts what is used is too small for what it holds.",
        Severity::Medium,
        "Add an alarm on `AWS/ElastiCache` `Evictions` with the dimension `CacheClusterId`.",
        SOURCES,
    ),
    types: &["aws_elasticache_cluster"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ElastiCache",
    metrics: &[Metric {
        name: "Evictions",
        dimensions: DIMENSIONS,
        narrower: &["CacheNodeId"],
        region_wide: false,
    }],
};

/// Replication group without an alarm on its load.
///
/// Wants an alarm on `AWS/ElastiCache` `EngineCPUUtilization` or `CPUUtilization` of every `aws_elasticache_replication_group`. Not in
/// the default set.
pub const GROUP_CPU: Requirement = Requirement {
    id: "elasticache-group-cpu",
    group: "elasticache",
    default: false,
    rule: rule(
        "elasticache-group-cpu-unwatched",
        "Replication group without an alarm on its load",
        "A saturated cache sends every request on to what is behind it.",
        Severity::Medium,
        "Add an alarm on `AWS/ElastiCache` `EngineCPUUtilization` with the dimension `CacheClusterId`.",
        SOURCES,
    ),
    types: &["aws_elasticache_replication_group"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ElastiCache",
    metrics: &[
        Metric {
            name: "EngineCPUUtilization",
            dimensions: DIMENSIONS_2,
            narrower: &["CacheNodeId"],
            region_wide: false,
        },
        Metric {
            name: "CPUUtilization",
            dimensions: DIMENSIONS_2,
            narrower: &["CacheNodeId"],
            region_wide: false,
        },
    ],
};

/// Replication group without an alarm on its memory.
///
/// Wants an alarm on `AWS/ElastiCache` `DatabaseMemoryUsagePercentage` or `Evictions` of every `aws_elasticache_replication_group`. Not in
/// the default set.
pub const GROUP_MEMORY: Requirement = Requirement {
    id: "elasticache-group-memory",
    group: "elasticache",
    default: false,
    rule: rule(
        "elasticache-group-memory-unwatched",
        "Replication group without an alarm on its memory",
        "A cache without memory evicts what is used, or refuses writes.",
        Severity::High,
        "Add an alarm on `AWS/ElastiCache` `DatabaseMemoryUsagePercentage` with the dimension `CacheClusterId`.",
        SOURCES,
    ),
    types: &["aws_elasticache_replication_group"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ElastiCache",
    metrics: &[
        Metric {
            name: "DatabaseMemoryUsagePercentage",
            dimensions: DIMENSIONS_2,
            narrower: &["CacheNodeId"],
            region_wide: false,
        },
        Metric {
            name: "Evictions",
            dimensions: DIMENSIONS_2,
            narrower: &["CacheNodeId"],
            region_wide: false,
        },
    ],
};

/// Serverless cache without an alarm on throttles.
///
/// Wants an alarm on `AWS/ElastiCache` `ThrottledCmds` of every `aws_elasticache_serverless_cache`. Not in
/// the default set.
pub const SERVERLESS: Requirement = Requirement {
    id: "elasticache-serverless-throttles",
    group: "elasticache",
    default: false,
    rule: rule(
        "elasticache-serverless-throttles-unwatched",
        "Serverless cache without an alarm on throttles",
        "A command that is throttled is a request that failed.",
        Severity::Medium,
        "Add an alarm on `AWS/ElastiCache` `ThrottledCmds` with the dimension `CacheName`.",
        SOURCES,
    ),
    types: &["aws_elasticache_serverless_cache"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ElastiCache",
    metrics: &[metric("ThrottledCmds", DIMENSIONS_3)],
};

/// MemoryDB cluster without an alarm on its load.
///
/// Wants an alarm on `AWS/MemoryDB` `EngineCPUUtilization` or `DatabaseMemoryUsagePercentage` of every `aws_memorydb_cluster`. Not in
/// the default set.
pub const MEMORYDB_CPU: Requirement = Requirement {
    id: "memorydb-cpu",
    group: "elasticache",
    default: false,
    rule: rule(
        "memorydb-cpu-unwatched",
        "MemoryDB cluster without an alarm on its load",
        "A saturated database slows down everything that depends on it.",
        Severity::Medium,
        "Add an alarm on `AWS/MemoryDB` `EngineCPUUtilization` with the dimension `ClusterName`.",
        SOURCES,
    ),
    types: &["aws_memorydb_cluster"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/MemoryDB",
    metrics: &[
        Metric {
            name: "EngineCPUUtilization",
            dimensions: DIMENSIONS_4,
            narrower: &["NodeName"],
            region_wide: false,
        },
        Metric {
            name: "DatabaseMemoryUsagePercentage",
            dimensions: DIMENSIONS_4,
            narrower: &["NodeName"],
            region_wide: false,
        },
    ],
};
