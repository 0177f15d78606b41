//! AWS App Runner.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, named_by, rule};

const SOURCES: &[&str] = &["https://docs.aws.amazon.com/apprunner/latest/dg/monitor-cw.html"];

const DIMENSIONS: &[Dimension] = &[named_by("ServiceName", "service_name")];

/// App Runner service without an alarm on server errors.
///
/// Wants an alarm on `AWS/AppRunner` `5xxStatusResponses` of every `aws_apprunner_service`. Not in
/// the default set.
pub const SERVER_ERRORS: Requirement = Requirement {
    id: "app-runner-5xx",
    group: "app-runner",
    default: false,
    rule: rule(
        "app-runner-5xx-unwatched",
        "App Runner service without an alarm on server errors",
        "A 5xx answer is the failure that callers see.",
        Severity::High,
        "Add an alarm on `AWS/AppRunner` `5xxStatusResponses` with the dimension `ServiceName`.",
        SOURCES,
    ),
    types: &["aws_apprunner_service"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/AppRunner",
    metrics: &[Metric {
        name: "5xxStatusResponses",
        dimensions: DIMENSIONS,
        narrower: &["ServiceID"],
        region_wide: false,
    }],
};
