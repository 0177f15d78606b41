//! Amazon CloudFront.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Expected, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] = &[
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html",
];

const DIMENSIONS: &[Dimension] = &[
    named_by("DistributionId", "id"),
    Dimension {
        name: "Region",
        value: Expected::OneOf(&["Global"]),
    },
];

/// Distribution without an alarm on server errors.
///
/// Wants an alarm on `AWS/CloudFront` `5xxErrorRate` of every `aws_cloudfront_distribution`. Not in
/// the default set. The metrics of all distributions are in us-east-1, so the alarm must be there too.
pub const SERVER_ERRORS: Requirement = Requirement {
    id: "cloudfront-5xx",
    group: "cloudfront",
    default: false,
    rule: rule(
        "cloudfront-5xx-unwatched",
        "Distribution without an alarm on server errors",
        "A 5xx answer at the edge is the failure that viewers see, whatever its cause behind it.",
        Severity::High,
        "Add an alarm on `AWS/CloudFront` `5xxErrorRate` with the dimensions `DistributionId` and `Region`.",
        SOURCES,
    ),
    types: &["aws_cloudfront_distribution"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/CloudFront",
    metrics: &[metric("5xxErrorRate", DIMENSIONS)],
};
