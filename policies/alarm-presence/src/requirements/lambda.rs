//! AWS Lambda.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, named_by, rule};

const SOURCES: &[&str] = &[
    "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html",
];

const FUNCTION: &[Dimension] = &[named_by("FunctionName", "function_name")];

/// Invocations that end in an error.
///
/// **What it does**: wants an alarm on `AWS/Lambda` `Errors` of every function. An
/// alarm without dimensions counts: it covers all functions of the region. So does
/// one on an alias (`Resource`).
///
/// **Why**: a function that is invoked asynchronously fails without a caller who
/// would notice.
///
/// **Example**
/// ```hcl
/// resource "aws_cloudwatch_metric_alarm" "errors" {
///   namespace     = "AWS/Lambda"
///   metric_name   = "Errors"
///   dimensions    = { FunctionName = aws_lambda_function.api.function_name }
///   alarm_actions = [aws_sns_topic.on_call.arn]
///   # …
/// }
/// ```
pub const ERRORS: Requirement = Requirement {
    id: "lambda-errors",
    group: "lambda",
    default: true,
    rule: rule(
        "lambda-errors-unwatched",
        "Lambda function without an alarm on its errors",
        "A function that is invoked asynchronously fails without a caller who would notice; \
         the `Errors` metric is the only sign.",
        Severity::High,
        "Add an alarm on `AWS/Lambda` `Errors` with the dimension `FunctionName`.",
        SOURCES,
    ),
    types: &["aws_lambda_function"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Lambda",
    metrics: &[Metric {
        name: "Errors",
        dimensions: FUNCTION,
        narrower: &["Resource"],
        region_wide: true,
    }],
};

/// Invocations that are refused because no concurrency is left.
///
/// **What it does**: wants an alarm on `AWS/Lambda` `Throttles` of every function.
///
/// **Why**: a throttled invocation runs no code, so it shows in no log and in no
/// `Errors` metric.
///
/// **Example**: as for `lambda-errors`, with `metric_name = "Throttles"`.
pub const THROTTLES: Requirement = Requirement {
    id: "lambda-throttles",
    default: true,
    rule: rule(
        "lambda-throttles-unwatched",
        "Lambda function without an alarm on throttles",
        "A throttled invocation runs no code, so it shows in no log and does not count as an \
         error; the `Throttles` metric is the only sign.",
        Severity::Medium,
        "Add an alarm on `AWS/Lambda` `Throttles` with the dimension `FunctionName`.",
        SOURCES,
    ),
    metrics: &[Metric {
        name: "Throttles",
        dimensions: FUNCTION,
        narrower: &["Resource"],
        region_wide: true,
    }],
    ..ERRORS
};
