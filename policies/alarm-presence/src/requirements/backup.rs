//! AWS Backup.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html"];

const DIMENSIONS: &[Dimension] = &[named_by("BackupVaultName", "name")];

/// Backup vault without an alarm on failed jobs.
///
/// Wants an alarm on `AWS/Backup` `NumberOfBackupJobsFailed` of every `aws_backup_vault`. Not in
/// the default set.
pub const FAILED: Requirement = Requirement {
    id: "backup-failed",
    group: "backup",
    default: false,
    rule: rule(
        "backup-failed-unwatched",
        "Backup vault without an alarm on failed jobs",
        "A backup that has failed for weeks is found on the day that it is needed.",
        Severity::High,
        "Add an alarm on `AWS/Backup` `NumberOfBackupJobsFailed` with the dimension `BackupVaultName`.",
        SOURCES,
    ),
    types: &["aws_backup_vault"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Backup",
    metrics: &[Metric {
        name: "NumberOfBackupJobsFailed",
        dimensions: DIMENSIONS,
        narrower: &["ResourceType"],
        region_wide: false,
    }],
};
