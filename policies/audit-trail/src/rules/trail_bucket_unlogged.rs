//! `trail-bucket-unlogged`

use tollgate_policy::{Action, Change, Finding, RuleDef, Severity};

use crate::plan::Plan;

/// The bucket of a trail has no access log.
///
/// Looks in the plan for the bucket of a trail, and for its access log. A bucket that
/// another configuration manages is no finding.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "trail-bucket-unlogged",
    title: "Bucket of a trail without access log",
    description: "The bucket that a trail writes to has no access log, so nobody can tell who read or \
        deleted the trail. A bucket that another configuration manages is no finding.",
    severity: Severity::Low,
    remediation: "Add an `aws_s3_bucket_logging` for the bucket.",
    example: "An `aws_cloudtrail` whose bucket has no `aws_s3_bucket_logging`.",
    links: &["https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html"],
};

pub(crate) fn check(trail: &Change, plan: &Plan<'_>) -> Option<Finding> {
    let bucket = plan.bucket_of(trail)?;
    if plan.is_logged(bucket) {
        return None;
    }
    let finding = RULE.violation(
        bucket,
        format!(
            "the bucket of the trail {} has no access log",
            trail.address
        ),
    );
    let both = [bucket, trail]
        .iter()
        .all(|change| change.action != Action::Create && !change.importing);
    let was_so = both && !plan.was_logged(bucket);
    Some(if was_so { finding.existing() } else { finding })
}
