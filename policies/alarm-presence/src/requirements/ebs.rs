//! Amazon EBS.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/ebs/latest/userguide/using_cloudwatch_ebs.html"];

const DIMENSIONS: &[Dimension] = &[named_by("VolumeId", "id")];

/// Volume without an alarm on its health.
///
/// Wants an alarm on `AWS/EBS` `BurstBalance` or `VolumeStalledIOCheck` of every `aws_ebs_volume`. Not in
/// the default set.
pub const BURST: Requirement = Requirement {
    id: "ebs-volume",
    group: "ebs",
    default: false,
    rule: rule(
        "ebs-volume-unwatched",
        "Volume without an alarm on its health",
        "A volume that has stalled or used up its burst credits slows down or stops what runs on it.",
        Severity::Low,
        "Add an alarm on `AWS/EBS` `BurstBalance` with the dimension `VolumeId`.",
        SOURCES,
    ),
    types: &["aws_ebs_volume"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/EBS",
    metrics: &[
        Metric {
            name: "BurstBalance",
            dimensions: DIMENSIONS,
            narrower: &["InstanceId"],
            region_wide: false,
        },
        Metric {
            name: "VolumeStalledIOCheck",
            dimensions: DIMENSIONS,
            narrower: &["InstanceId"],
            region_wide: false,
        },
    ],
};
