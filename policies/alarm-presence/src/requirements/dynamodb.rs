//! Amazon DynamoDB.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Expected, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"];

// With the dimension GlobalSecondaryIndexName the metric leaves the table itself out.
const TABLE: &[Dimension] = &[named_by("TableName", "name")];
const READS: &[Dimension] = &[
    named_by("TableName", "name"),
    Dimension {
        name: "Operation",
        value: Expected::OneOf(&[
            "GetItem",
            "BatchGetItem",
            "Query",
            "Scan",
            "TransactGetItems",
        ]),
    },
];
const WRITES: &[Dimension] = &[
    named_by("TableName", "name"),
    Dimension {
        name: "Operation",
        value: Expected::OneOf(&[
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "BatchWriteItem",
            "TransactWriteItems",
        ]),
    },
];
const OPERATIONS: &[Dimension] = &[
    named_by("TableName", "name"),
    Dimension {
        name: "Operation",
        value: Expected::Any,
    },
];

/// Reads that are refused for lack of capacity.
///
/// Wants an alarm on `AWS/DynamoDB` `ReadThrottleEvents` of every
/// table, or on `ThrottledRequests` of a reading operation.
pub const READ_THROTTLES: Requirement = Requirement {
    id: "dynamodb-read-throttles",
    group: "dynamodb",
    default: true,
    rule: rule(
        "dynamodb-read-throttles-unwatched",
        "Table without an alarm on throttled reads",
        "Clients retry throttled requests in silence, so they show as latency first and as \
         failures late.",
        Severity::Medium,
        "Add an alarm on `AWS/DynamoDB` `ReadThrottleEvents` with the dimension `TableName`.",
        SOURCES,
    ),
    types: &["aws_dynamodb_table"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/DynamoDB",
    metrics: &[
        metric("ReadThrottleEvents", TABLE),
        metric("ThrottledRequests", READS),
    ],
};

/// Writes that are refused for lack of capacity.
///
/// Wants an alarm on `AWS/DynamoDB` `WriteThrottleEvents` of every
/// table, or on `ThrottledRequests` of a writing operation.
pub const WRITE_THROTTLES: Requirement = Requirement {
    id: "dynamodb-write-throttles",
    rule: rule(
        "dynamodb-write-throttles-unwatched",
        "Table without an alarm on throttled writes",
        "Clients retry throttled requests in silence, and a write that is given up is lost.",
        Severity::High,
        "Add an alarm on `AWS/DynamoDB` `WriteThrottleEvents` with the dimension `TableName`.",
        SOURCES,
    ),
    metrics: &[
        metric("WriteThrottleEvents", TABLE),
        metric("ThrottledRequests", WRITES),
    ],
    ..READ_THROTTLES
};

/// Requests that fail inside of DynamoDB.
///
/// Wants an alarm on `AWS/DynamoDB` `SystemErrors` of an operation
/// on every table. Not in the default set.
pub const SYSTEM_ERRORS: Requirement = Requirement {
    id: "dynamodb-system-errors",
    default: false,
    rule: rule(
        "dynamodb-system-errors-unwatched",
        "Table without an alarm on server errors",
        "The metric tells a fault of the service from one of the application.",
        Severity::Low,
        "Add an alarm on `AWS/DynamoDB` `SystemErrors` with the dimensions `TableName` and `Operation`.",
        SOURCES,
    ),
    metrics: &[metric("SystemErrors", OPERATIONS)],
    ..READ_THROTTLES
};
