//! Amazon SQS.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] = &[
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
];

const QUEUE: &[Dimension] = &[named_by("QueueName", "name")];

/// Messages that wait for too long.
///
/// Wants an alarm on `AWS/SQS` `ApproximateAgeOfOldestMessage` of
/// every queue that is no dead-letter queue.
pub const AGE: Requirement = Requirement {
    id: "sqs-age",
    group: "sqs",
    default: true,
    rule: rule(
        "sqs-age-unwatched",
        "Queue without an alarm on the age of its messages",
        "When consumers stop, nothing fails: messages only grow older, until the retention \
         period deletes them.",
        Severity::Medium,
        "Add an alarm on `AWS/SQS` `ApproximateAgeOfOldestMessage` with the dimension `QueueName`.",
        SOURCES,
    ),
    types: &["aws_sqs_queue"],
    when: &[],
    role: Role::Source,
    namespace: "AWS/SQS",
    metrics: &[metric("ApproximateAgeOfOldestMessage", QUEUE)],
};

/// Messages that pile up.
///
/// Wants an alarm on `AWS/SQS` `ApproximateNumberOfMessagesVisible`
/// of every queue that is no dead-letter queue. Not in the default set: the age of
/// the oldest message says the same with less tuning.
pub const DEPTH: Requirement = Requirement {
    id: "sqs-depth",
    default: false,
    rule: rule(
        "sqs-depth-unwatched",
        "Queue without an alarm on its depth",
        "A backlog that grows faster than it is worked off delays everything behind it.",
        Severity::Low,
        "Add an alarm on `AWS/SQS` `ApproximateNumberOfMessagesVisible` with the dimension `QueueName`.",
        SOURCES,
    ),
    metrics: &[metric("ApproximateNumberOfMessagesVisible", QUEUE)],
    ..AGE
};

/// Messages that nobody could process.
///
/// Wants an alarm on `AWS/SQS` `ApproximateNumberOfMessagesVisible`
/// of every queue that another resource of the plan uses as its dead-letter queue
/// (see `dead_letter.rs` for how that is found out).
pub const DEAD_LETTERS: Requirement = Requirement {
    id: "sqs-dead-letters",
    default: true,
    rule: rule(
        "sqs-dead-letters-unwatched",
        "Dead-letter queue without an alarm on its depth",
        "A message in a dead-letter queue is work that was given up. Unless somebody is told, \
         the retention period deletes it.",
        Severity::High,
        "Add an alarm on `AWS/SQS` `ApproximateNumberOfMessagesVisible` with the dimension `QueueName` of the dead-letter queue.",
        SOURCES,
    ),
    role: Role::DeadLetter,
    metrics: &[metric("ApproximateNumberOfMessagesVisible", QUEUE)],
    ..AGE
};
