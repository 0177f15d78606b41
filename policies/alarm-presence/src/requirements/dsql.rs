//! Amazon Aurora DSQL.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/aurora-dsql/latest/userguide/cloudwatch-monitoring.html"];

// Observability metrics carry ClusterId; the usage metrics (`…DPU`) carry ResourceId.
const CLUSTER: &[Dimension] = &[named_by("ClusterId", "identifier")];

/// Queries that exceed the time a transaction may take.
///
/// Wants an alarm on `AWS/AuroraDSQL` `QueryTimeouts` of every
/// cluster.
pub const QUERY_TIMEOUTS: Requirement = Requirement {
    id: "dsql-query-timeouts",
    group: "dsql",
    default: true,
    rule: rule(
        "dsql-query-timeouts-unwatched",
        "DSQL cluster without an alarm on query timeouts",
        "A query that times out is a request that failed, and the cluster has no load or storage \
         limit that would warn earlier.",
        Severity::High,
        "Add an alarm on `AWS/AuroraDSQL` `QueryTimeouts` with the dimension `ClusterId`.",
        SOURCES,
    ),
    types: &["aws_dsql_cluster"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/AuroraDSQL",
    metrics: &[metric("QueryTimeouts", CLUSTER)],
};

/// Transactions that are aborted because they conflict.
///
/// Wants an alarm on `AWS/AuroraDSQL` `OccConflicts` of every
/// cluster.
pub const CONFLICTS: Requirement = Requirement {
    id: "dsql-conflicts",
    default: true,
    rule: rule(
        "dsql-conflicts-unwatched",
        "DSQL cluster without an alarm on conflicts",
        "Concurrency control is optimistic: some conflicts are normal, but many mean that clients \
         retry instead of getting work done.",
        Severity::Medium,
        "Add an alarm on `AWS/AuroraDSQL` `OccConflicts` with the dimension `ClusterId`.",
        SOURCES,
    ),
    metrics: &[metric("OccConflicts", CLUSTER)],
    ..QUERY_TIMEOUTS
};
