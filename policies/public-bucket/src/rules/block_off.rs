//! `block-off`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Side, Truth};

use crate::Subject;
use crate::buckets::{block, stands};
use crate::table::{Block, SETTINGS, Scope};

/// A block of public access is partly or wholly off.
///
/// Wants all four settings of a public access block on, for a bucket, an account and the access
/// points to a bucket. One that is left out is off, but for access points. A block of which a
/// setting is turned off is what the plan brings about; one that was off is not.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "block-off",
    title: "Block of public access with a setting off",
    description: "A public access block is there, and not all four of its settings are on. Each of \
        them closes another way to make a bucket public.",
    severity: Severity::High,
    remediation: "Set `block_public_acls`, `block_public_policy`, `ignore_public_acls` and \
        `restrict_public_buckets` to `true`.",
    example: r#"```hcl
resource "aws_s3_bucket_public_access_block" "b" {
  bucket              = aws_s3_bucket.b.id
  block_public_acls   = true
  block_public_policy = false
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    let Some(block) = block(&change.kind) else {
        return Vec::new();
    };
    if !change.remains() || subject.may_be_public(bucket_of(block)) {
        return Vec::new();
    }
    let of = |truth: Truth| -> Vec<&str> {
        SETTINGS
            .into_iter()
            .filter(|setting| stands(change, setting, Side::After) == truth)
            .collect()
    };
    let was_off = |settings: &[&str]| {
        subject.existed()
            && !change.importing
            && settings
                .iter()
                .all(|setting| stands(change, setting, Side::Before) != Truth::Yes)
    };
    let (off, unknown) = (of(Truth::No), of(Truth::Unknown));
    let whose = match block.scope {
        Scope::Bucket => "the bucket",
        Scope::Account => "all buckets of the account",
        Scope::AccessPoint => "the access point",
    };
    let mut findings = Vec::new();
    for (settings, finding) in [
        (
            &off,
            RULE.violation(
                change,
                format!(
                    "the public access block of {whose} is off for {}",
                    listed(&off)
                ),
            ),
        ),
        (
            &unknown,
            RULE.undetermined(
                change,
                format!(
                    "whether the public access block of {whose} is on cannot be told for {}",
                    listed(&unknown)
                ),
            ),
        ),
    ] {
        if settings.is_empty() {
            continue;
        }
        let mut finding = if was_off(settings) {
            finding.existing()
        } else {
            finding
        };
        for setting in settings {
            finding = finding.attribute(format!("{}{setting}", block.prefix));
        }
        findings.push(finding);
    }
    subject.cited(findings, &format!("{}{}", block.prefix, SETTINGS[0]))
}

/// The attribute that names the bucket of a block.
fn bucket_of(block: &Block) -> Option<&'static str> {
    match block.scope {
        Scope::Bucket => Some("bucket"),
        Scope::AccessPoint if block.kind == "aws_s3_access_point" => Some("bucket"),
        Scope::AccessPoint | Scope::Account => None,
    }
}

fn listed(settings: &[&str]) -> String {
    settings
        .iter()
        .map(|setting| format!("`{setting}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
