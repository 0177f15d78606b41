//! Amazon MQ.

use tollgate_policy::Severity;

use crate::requirement::{Condition, Dimension, Metric, Requirement, Role, named_by, rule};

const SOURCES: &[&str] = &[
    "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-logging-monitoring.html",
];

const DIMENSIONS: &[Dimension] = &[named_by("Broker", "broker_name")];

/// RabbitMQ broker without an alarm on its load.
///
/// Wants an alarm on `AWS/AmazonMQ` `SystemCpuUtilization` or `RabbitMQMemUsed` or `RabbitMQDiskFree` of every `aws_mq_broker`. Not in
/// the default set.
pub const STORAGE: Requirement = Requirement {
    id: "mq-broker",
    group: "mq",
    default: false,
    rule: rule(
        "mq-broker-unwatched",
        "RabbitMQ broker without an alarm on its load",
        "A broker at its limit blocks whoever publishes.",
        Severity::Medium,
        "Add an alarm on `AWS/AmazonMQ` `SystemCpuUtilization` with the dimension `Broker`.",
        SOURCES,
    ),
    types: &["aws_mq_broker"],
    when: &[Condition {
        attribute: "engine_type",
        is: &["RabbitMQ", "RABBITMQ"],
        unset_is: "",
    }],
    role: Role::Any,
    namespace: "AWS/AmazonMQ",
    metrics: &[
        Metric {
            name: "SystemCpuUtilization",
            dimensions: DIMENSIONS,
            narrower: &["Node"],
            region_wide: false,
        },
        Metric {
            name: "RabbitMQMemUsed",
            dimensions: DIMENSIONS,
            narrower: &["Node"],
            region_wide: false,
        },
        Metric {
            name: "RabbitMQDiskFree",
            dimensions: DIMENSIONS,
            narrower: &["Node"],
            region_wide: false,
        },
    ],
};
