//! Amazon Kinesis Data Streams.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html"];

const DIMENSIONS: &[Dimension] = &[named_by("StreamName", "name")];

/// Stream without an alarm on the age of its records.
///
/// Wants an alarm on `AWS/Kinesis` `GetRecords.IteratorAgeMilliseconds` of every `aws_kinesis_stream`. Not in
/// the default set.
pub const AGE: Requirement = Requirement {
    id: "kinesis-age",
    group: "kinesis",
    default: false,
    rule: rule(
        "kinesis-age-unwatched",
        "Stream without an alarm on the age of its records",
        "When consumers stop, nothing fails: records only grow older, until the retention period deletes them.",
        Severity::High,
        "Add an alarm on `AWS/Kinesis` `GetRecords.IteratorAgeMilliseconds` with the dimension `StreamName`.",
        SOURCES,
    ),
    types: &["aws_kinesis_stream"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Kinesis",
    metrics: &[metric("GetRecords.IteratorAgeMilliseconds", DIMENSIONS)],
};

/// Stream without an alarm on throttled writes.
///
/// Wants an alarm on `AWS/Kinesis` `WriteProvisionedThroughputExceeded` of every `aws_kinesis_stream`. Not in
/// the default set.
pub const WRITES: Requirement = Requirement {
    id: "kinesis-write-throttles",
    group: "kinesis",
    default: false,
    rule: rule(
        "kinesis-write-throttles-unwatched",
        "Stream without an alarm on throttled writes",
        "A record that is refused is lost unless the producer keeps it.",
        Severity::Medium,
        "Add an alarm on `AWS/Kinesis` `WriteProvisionedThroughputExceeded` with the dimension `StreamName`.",
        SOURCES,
    ),
    types: &["aws_kinesis_stream"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Kinesis",
    metrics: &[metric("WriteProvisionedThroughputExceeded", DIMENSIONS)],
};
