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
/// Wants an alarm on `AWS/Lambda` `Errors` of every function. An
/// alarm without dimensions counts: it covers all functions of the region. So does
/// one on an alias (`Resource`).
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
/// Wants an alarm on `AWS/Lambda` `Throttles` of every function.
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

/// Invocations that take long.
///
/// Wants an alarm on `AWS/Lambda` `Duration` of every function. Not in the
/// default set.
pub const DURATION: Requirement = Requirement {
    id: "lambda-duration",
    group: "lambda-events",
    default: false,
    rule: rule(
        "lambda-duration-unwatched",
        "Lambda function without an alarm on its duration",
        "An invocation that runs into its timeout fails, and one that is close to it soon will.",
        Severity::Low,
        "Add an alarm on `AWS/Lambda` `Duration` with the dimension `FunctionName`.",
        SOURCES,
    ),
    metrics: &[Metric {
        name: "Duration",
        dimensions: FUNCTION,
        narrower: &["Resource"],
        region_wide: true,
    }],
    ..ERRORS
};

/// Records of a stream that wait for too long.
///
/// Wants an alarm on `AWS/Lambda` `IteratorAge` of every function. Not in the
/// default set.
pub const ITERATOR_AGE: Requirement = Requirement {
    id: "lambda-iterator-age",
    group: "lambda-events",
    default: false,
    rule: rule(
        "lambda-iterator-age-unwatched",
        "Lambda function without an alarm on the age of what it reads",
        "A function that cannot keep up with its stream loses what the stream no longer keeps.",
        Severity::Medium,
        "Add an alarm on `AWS/Lambda` `IteratorAge` with the dimension `FunctionName`.",
        SOURCES,
    ),
    metrics: &[Metric {
        name: "IteratorAge",
        dimensions: FUNCTION,
        narrower: &["Resource"],
        region_wide: true,
    }],
    ..ERRORS
};

/// Events that reach nobody.
///
/// Wants an alarm on `AWS/Lambda` `DeadLetterErrors` or `DestinationDeliveryFailures` or `AsyncEventsDropped` of every function. Not in the
/// default set.
pub const LOST_EVENTS: Requirement = Requirement {
    id: "lambda-lost-events",
    group: "lambda-events",
    default: false,
    rule: rule(
        "lambda-lost-events-unwatched",
        "Lambda function without an alarm on events that are lost",
        "An event that reaches neither the function nor its dead-letter queue is gone.",
        Severity::High,
        "Add an alarm on `AWS/Lambda` `DeadLetterErrors` with the dimension `FunctionName`.",
        SOURCES,
    ),
    metrics: &[
        Metric {
            name: "DeadLetterErrors",
            dimensions: FUNCTION,
            narrower: &["Resource"],
            region_wide: true,
        },
        Metric {
            name: "DestinationDeliveryFailures",
            dimensions: FUNCTION,
            narrower: &["Resource"],
            region_wide: true,
        },
        Metric {
            name: "AsyncEventsDropped",
            dimensions: FUNCTION,
            narrower: &["Resource"],
            region_wide: true,
        },
    ],
    ..ERRORS
};
