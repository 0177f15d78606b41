//! `block-missing`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, Side, Truth, judge};

use crate::Subject;
use crate::buckets::prevents;
use crate::table::PREVENTIONS;

/// Nothing forbids that a bucket becomes public.
///
/// Looks for each S3 bucket at whether the plan has an `aws_s3_bucket_public_access_block` that
/// names it or refers to it, or an account-wide block that is on. Of Google's buckets it wants
/// `public_access_prevention = "enforced"`, of Azure's accounts
/// `allow_nested_items_to_be_public = false`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "block-missing",
    title: "Bucket without a block of public access",
    description: "No resource of the plan forbids public access to the bucket, so that one ACL or \
        policy is enough to open it, and turning the service's default off by hand shows nowhere.",
    severity: Severity::Medium,
    remediation: "Add an `aws_s3_bucket_public_access_block` with all four settings on; if the account \
        blocks public access, set `account-blocks = true` in the settings of this policy.",
    example: "An `aws_s3_bucket` and nothing else.",
    links: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if !subject.settings.require_block || subject.may_be_public(None) {
        return Vec::new();
    }
    if let Some(row) = PREVENTIONS.iter().find(|row| row.kind == change.kind) {
        let findings = judge(&RULE, change, |side| {
            if prevents(change, side) == Truth::Yes {
                return Vec::new();
            }
            vec![
                Fault::certain(
                    "open",
                    row.path,
                    format!("`{}` does not forbid public access", row.path),
                )
                .remedy(row.advice),
            ]
        });
        // Turning it off is what `block-removed` tells.
        let findings = if turned_off(subject) {
            Vec::new()
        } else {
            findings
        };
        return subject.cited(findings, row.path);
    }
    if change.kind != "aws_s3_bucket"
        || subject.settings.account_blocks
        || subject.buckets.account_blocks()
        || subject.buckets.block_of(&subject.names(None)).is_some()
        // What has just been removed is told once.
        || subject.buckets.loses_block(&subject.names(None))
    {
        return Vec::new();
    }
    judge(&RULE, change, |_| {
        vec![Fault::certain(
            "no block",
            "bucket",
            "this plan has no public access block for the bucket, and none for the account",
        )]
    })
}

/// Whether the plan turns off what forbids public access today.
pub(crate) fn turned_off(subject: &Subject<'_>) -> bool {
    subject.existed()
        && prevents(subject.change, Side::Before) == Truth::Yes
        && prevents(subject.change, Side::After) != Truth::Yes
}
