//! Amazon Cognito.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Expected, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] = &[
    "https://docs.aws.amazon.com/cognito/latest/developerguide/metrics-for-cognito-user-pools.html",
];

const DIMENSIONS: &[Dimension] = &[
    named_by("UserPool", "id"),
    Dimension {
        name: "UserPoolClient",
        value: Expected::Any,
    },
];

/// User pool without an alarm on throttled sign-ins.
///
/// Wants an alarm on `AWS/Cognito` `SignInThrottles` or `SignInSuccesses` of every `aws_cognito_user_pool`. Not in
/// the default set.
pub const THROTTLES: Requirement = Requirement {
    id: "cognito-throttles",
    group: "cognito",
    default: false,
    rule: rule(
        "cognito-throttles-unwatched",
        "User pool without an alarm on throttled sign-ins",
        "A sign-in that is throttled is a user who stays outside.",
        Severity::Medium,
        "Add an alarm on `AWS/Cognito` `SignInThrottles` with the dimensions `UserPool` and `UserPoolClient`.",
        SOURCES,
    ),
    types: &["aws_cognito_user_pool"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Cognito",
    metrics: &[
        metric("SignInThrottles", DIMENSIONS),
        metric("SignInSuccesses", DIMENSIONS),
    ],
};
