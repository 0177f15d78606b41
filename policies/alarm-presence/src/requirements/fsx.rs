//! Amazon FSx.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/fsx/latest/WindowsGuide/monitoring-cloudwatch.html"];

const DIMENSIONS: &[Dimension] = &[named_by("FileSystemId", "id")];

/// Windows file system without an alarm on free storage.
///
/// Wants an alarm on `AWS/FSx` `FreeStorageCapacity` of every `aws_fsx_windows_file_system`. Not in
/// the default set.
pub const STORAGE: Requirement = Requirement {
    id: "fsx-storage",
    group: "fsx",
    default: false,
    rule: rule(
        "fsx-storage-unwatched",
        "Windows file system without an alarm on free storage",
        "A file system without free storage stops accepting writes.",
        Severity::High,
        "Add an alarm on `AWS/FSx` `FreeStorageCapacity` with the dimension `FileSystemId`.",
        SOURCES,
    ),
    types: &["aws_fsx_windows_file_system"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/FSx",
    metrics: &[metric("FreeStorageCapacity", DIMENSIONS)],
};
