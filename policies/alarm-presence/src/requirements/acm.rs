//! AWS Certificate Manager.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html"];

const DIMENSIONS: &[Dimension] = &[named_by("CertificateArn", "arn")];

/// Certificate without an alarm on its expiry.
///
/// Wants an alarm on `AWS/CertificateManager` `DaysToExpiry` of every `aws_acm_certificate`. Not in
/// the default set.
pub const EXPIRY: Requirement = Requirement {
    id: "acm-expiry",
    group: "acm",
    default: false,
    rule: rule(
        "acm-expiry-unwatched",
        "Certificate without an alarm on its expiry",
        "A certificate that is not renewed in time takes down everything that it is on, at once.",
        Severity::High,
        "Add an alarm on `AWS/CertificateManager` `DaysToExpiry` with the dimension `CertificateArn`.",
        SOURCES,
    ),
    types: &["aws_acm_certificate"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/CertificateManager",
    metrics: &[metric("DaysToExpiry", DIMENSIONS)],
};
