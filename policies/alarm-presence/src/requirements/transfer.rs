//! AWS Transfer Family.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] = &["https://docs.aws.amazon.com/transfer/latest/userguide/monitoring.html"];

const DIMENSIONS: &[Dimension] = &[named_by("ServerId", "id")];

/// Transfer server without an alarm on incoming files.
///
/// Wants an alarm on `AWS/Transfer` `FilesIn` of every `aws_transfer_server`. Not in
/// the default set.
pub const FILES: Requirement = Requirement {
    id: "transfer-files",
    group: "transfer",
    default: false,
    rule: rule(
        "transfer-files-unwatched",
        "Transfer server without an alarm on incoming files",
        "A partner whose files stop coming is noticed late.",
        Severity::Low,
        "Add an alarm on `AWS/Transfer` `FilesIn` with the dimension `ServerId`.",
        SOURCES,
    ),
    types: &["aws_transfer_server"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Transfer",
    metrics: &[metric("FilesIn", DIMENSIONS)],
};
