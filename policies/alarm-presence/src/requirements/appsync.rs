//! AWS AppSync.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] = &["https://docs.aws.amazon.com/appsync/latest/devguide/monitoring.html"];

const DIMENSIONS: &[Dimension] = &[named_by("GraphQLAPIId", "id")];

/// GraphQL API without an alarm on server errors.
///
/// Wants an alarm on `AWS/AppSync` `5XXError` of every `aws_appsync_graphql_api`. Not in
/// the default set.
pub const SERVER_ERRORS: Requirement = Requirement {
    id: "appsync-5xx",
    group: "appsync",
    default: false,
    rule: rule(
        "appsync-5xx-unwatched",
        "GraphQL API without an alarm on server errors",
        "A 5xx answer is the failure that callers see, whatever its cause behind the API.",
        Severity::High,
        "Add an alarm on `AWS/AppSync` `5XXError` with the dimension `GraphQLAPIId`.",
        SOURCES,
    ),
    types: &["aws_appsync_graphql_api"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/AppSync",
    metrics: &[metric("5XXError", DIMENSIONS)],
};
