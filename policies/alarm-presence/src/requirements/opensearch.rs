//! Amazon OpenSearch Service.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Expected, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] = &[
    "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-cloudwatchmetrics.html",
];

const DIMENSIONS: &[Dimension] = &[
    named_by("DomainName", "domain_name"),
    Dimension {
        name: "ClientId",
        value: Expected::Any,
    },
];

/// Search domain without an alarm on its status.
///
/// Wants an alarm on `AWS/ES` `ClusterStatus.red` of every `aws_opensearch_domain`. Not in
/// the default set.
pub const RED: Requirement = Requirement {
    id: "opensearch-red",
    group: "opensearch",
    default: false,
    rule: rule(
        "opensearch-red-unwatched",
        "Search domain without an alarm on its status",
        "A red status means that an index has lost a primary shard: data cannot be read.",
        Severity::High,
        "Add an alarm on `AWS/ES` `ClusterStatus.red` with the dimensions `DomainName` and `ClientId`.",
        SOURCES,
    ),
    types: &["aws_opensearch_domain", "aws_elasticsearch_domain"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ES",
    metrics: &[metric("ClusterStatus.red", DIMENSIONS)],
};

/// Search domain without an alarm on free storage.
///
/// Wants an alarm on `AWS/ES` `FreeStorageSpace` of every `aws_opensearch_domain`. Not in
/// the default set.
pub const STORAGE: Requirement = Requirement {
    id: "opensearch-storage",
    group: "opensearch",
    default: false,
    rule: rule(
        "opensearch-storage-unwatched",
        "Search domain without an alarm on free storage",
        "A domain without free storage blocks writes.",
        Severity::High,
        "Add an alarm on `AWS/ES` `FreeStorageSpace` with the dimensions `DomainName` and `ClientId`.",
        SOURCES,
    ),
    types: &["aws_opensearch_domain", "aws_elasticsearch_domain"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ES",
    metrics: &[metric("FreeStorageSpace", DIMENSIONS)],
};

/// Search domain without an alarm on memory pressure.
///
/// Wants an alarm on `AWS/ES` `JVMMemoryPressure` of every `aws_opensearch_domain`. Not in
/// the default set.
pub const MEMORY: Requirement = Requirement {
    id: "opensearch-memory",
    group: "opensearch",
    default: false,
    rule: rule(
        "opensearch-memory-unwatched",
        "Search domain without an alarm on memory pressure",
        "A node under memory pressure leaves the cluster.",
        Severity::Medium,
        "Add an alarm on `AWS/ES` `JVMMemoryPressure` with the dimensions `DomainName` and `ClientId`.",
        SOURCES,
    ),
    types: &["aws_opensearch_domain", "aws_elasticsearch_domain"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ES",
    metrics: &[metric("JVMMemoryPressure", DIMENSIONS)],
};
