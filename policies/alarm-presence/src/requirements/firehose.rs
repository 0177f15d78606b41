//! Amazon Data Firehose.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html"];

const DIMENSIONS: &[Dimension] = &[named_by("DeliveryStreamName", "name")];

/// Delivery stream without an alarm on delivery.
///
/// Wants an alarm on `AWS/Firehose` `DeliveryToS3.DataFreshness` or another metric of its delivery of every `aws_kinesis_firehose_delivery_stream`. Not in
/// the default set.
pub const FRESHNESS: Requirement = Requirement {
    id: "firehose-freshness",
    group: "firehose",
    default: false,
    rule: rule(
        "firehose-freshness-unwatched",
        "Delivery stream without an alarm on delivery",
        "Data that is not delivered is lost after the retention of the stream.",
        Severity::High,
        "Add an alarm on `AWS/Firehose` `DeliveryToS3.DataFreshness` with the dimension `DeliveryStreamName`.",
        SOURCES,
    ),
    types: &["aws_kinesis_firehose_delivery_stream"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Firehose",
    metrics: &[
        metric("DeliveryToS3.DataFreshness", DIMENSIONS),
        metric("DeliveryToS3.Success", DIMENSIONS),
        metric("DeliveryToRedshift.Success", DIMENSIONS),
        metric(
            "DeliveryToAmazonOpenSearchService.DataFreshness",
            DIMENSIONS,
        ),
        metric("DeliveryToAmazonOpenSearchService.Success", DIMENSIONS),
        metric("DeliveryToSplunk.DataFreshness", DIMENSIONS),
        metric("DeliveryToSplunk.Success", DIMENSIONS),
        metric("DeliveryToHttpEndpoint.DataFreshness", DIMENSIONS),
        metric("DeliveryToHttpEndpoint.Success", DIMENSIONS),
        metric("DeliveryToSnowflake.DataFreshness", DIMENSIONS),
        metric("DeliveryToSnowflake.Success", DIMENSIONS),
        metric("DeliveryToIceberg.Success", DIMENSIONS),
    ],
};
