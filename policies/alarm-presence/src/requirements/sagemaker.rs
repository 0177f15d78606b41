//! Amazon SageMaker AI.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Expected, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html"];

const DIMENSIONS: &[Dimension] = &[
    named_by("EndpointName", "name"),
    Dimension {
        name: "VariantName",
        value: Expected::Any,
    },
];

/// Endpoint without an alarm on server errors.
///
/// Wants an alarm on `AWS/SageMaker` `Invocation5XXErrors` or `ModelLatency` of every `aws_sagemaker_endpoint`. Not in
/// the default set.
pub const SERVER_ERRORS: Requirement = Requirement {
    id: "sagemaker-5xx",
    group: "sagemaker",
    default: false,
    rule: rule(
        "sagemaker-5xx-unwatched",
        "Endpoint without an alarm on server errors",
        "A 5xx answer is the failure that callers see.",
        Severity::High,
        "Add an alarm on `AWS/SageMaker` `Invocation5XXErrors` with the dimensions `EndpointName` and `VariantName`.",
        SOURCES,
    ),
    types: &["aws_sagemaker_endpoint"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/SageMaker",
    metrics: &[
        metric("Invocation5XXErrors", DIMENSIONS),
        metric("ModelLatency", DIMENSIONS),
    ],
};
