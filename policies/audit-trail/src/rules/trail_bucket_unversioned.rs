//! `trail-bucket-unversioned`

use tollgate_policy::{Action, Change, Finding, RuleDef, Severity};

use crate::plan::Plan;

/// The bucket of a trail keeps no versions.
///
/// Looks in the plan for the bucket of a trail, and for its versioning or object lock. A bucket
/// that another configuration manages is no finding; whether the bucket can become public is a
/// question of `public-bucket`, and whether a changed log is noticed one of `audit-incomplete`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "trail-bucket-unversioned",
    title: "Bucket of a trail without versions",
    description: "The bucket that a trail writes to keeps no versions, so a log that is deleted or \
        overwritten is gone. A bucket that another configuration manages is no finding.",
    severity: Severity::Low,
    remediation: "Add an `aws_s3_bucket_versioning` with `status = \"Enabled\"` for the bucket.",
    example: "An `aws_cloudtrail` whose bucket has no `aws_s3_bucket_versioning`.",
    links: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
    ],
};

pub(crate) fn check(trail: &Change, plan: &Plan<'_>) -> Option<Finding> {
    let bucket = plan.bucket_of(trail)?;
    let finding = match plan.keeps_versions(bucket) {
        Ok(true) => return None,
        Ok(false) => RULE.violation(
            bucket,
            format!(
                "the bucket of the trail {} keeps no versions",
                trail.address
            ),
        ),
        Err(why) => RULE.undetermined(
            bucket,
            format!(
                "whether the bucket of the trail {} keeps versions cannot be told: {why}",
                trail.address
            ),
        ),
    };
    let both = [bucket, trail]
        .iter()
        .all(|change| change.action != Action::Create && !change.importing);
    let was_so = both && !plan.was_versioned(bucket);
    Some(if was_so { finding.existing() } else { finding })
}
