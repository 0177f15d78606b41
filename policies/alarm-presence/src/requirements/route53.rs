//! Amazon Route 53.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html"];

const DIMENSIONS: &[Dimension] = &[named_by("HealthCheckId", "id")];

/// Health check without an alarm.
///
/// Wants an alarm on `AWS/Route53` `HealthCheckStatus` or `HealthCheckPercentageHealthy` of every `aws_route53_health_check`. Not in
/// the default set. The metrics of all health checks are in us-east-1, so the alarm must be there too.
pub const HEALTH: Requirement = Requirement {
    id: "route53-health",
    group: "route53",
    default: false,
    rule: rule(
        "route53-health-unwatched",
        "Health check without an alarm",
        "A health check moves traffic, and tells nobody.",
        Severity::Medium,
        "Add an alarm on `AWS/Route53` `HealthCheckStatus` with the dimension `HealthCheckId`.",
        SOURCES,
    ),
    types: &["aws_route53_health_check"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Route53",
    metrics: &[
        metric("HealthCheckStatus", DIMENSIONS),
        metric("HealthCheckPercentageHealthy", DIMENSIONS),
    ],
};
