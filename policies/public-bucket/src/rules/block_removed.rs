//! `block-removed`

use tollgate_policy::{Action, Attr, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Side, Truth};

use super::block_missing::turned_off;
use crate::Subject;
use crate::buckets::{block, prevents};
use crate::table::{PREVENTIONS, Scope};

/// The plan takes away what forbids public access.
///
/// Reports a public access block that the plan deletes while it does not delete the bucket, one
/// of a whole account that it deletes, and the switch of a Google bucket or an Azure account
/// that it turns off. Forgetting a block leaves it in place, unmanaged, and is none.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "block-removed",
    title: "Block of public access that this plan removes",
    description: "The plan deletes or turns off what forbids public access to a bucket that stays. \
        An ACL or a policy that had no effect so far may open it at once.",
    severity: Severity::Critical,
    remediation: "Keep the block; if the bucket is meant to be public, name it in `allow-public` of the \
        settings of this policy.",
    example: "The resource `aws_s3_bucket_public_access_block` is taken out of the configuration.",
    links: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if let Some(row) = PREVENTIONS.iter().find(|row| row.kind == change.kind) {
        if !change.remains() || subject.may_be_public(None) || !turned_off(subject) {
            return Vec::new();
        }
        let finding = if prevents(change, Side::After) == Truth::Unknown {
            RULE.undetermined(
                change,
                format!(
                    "whether public access is still forbidden cannot be told: `{}` is known only after apply",
                    row.path
                ),
            )
        } else {
            RULE.violation(
                change,
                format!(
                    "the plan lifts what forbids public access today: `{}` {} -> {}",
                    row.path,
                    shown(change.before(row.path).text()),
                    shown(change.after(row.path).text())
                ),
            )
        };
        let finding = finding
            .attribute(row.path)
            .remediation(format!("Keep it as it is. {}", row.advice));
        return subject.cited(vec![finding], row.path);
    }
    let Some(block) = block(&change.kind) else {
        return Vec::new();
    };
    if change.action != Action::Delete || change.deposed.is_some() {
        return Vec::new();
    }
    let message = match block.scope {
        Scope::Account => "the plan deletes the public access block of the whole account",
        Scope::Bucket if replaced(subject) => return Vec::new(),
        Scope::Bucket => {
            "the plan deletes the public access block of a bucket that it does not delete"
        }
        Scope::AccessPoint => return Vec::new(),
    };
    vec![
        RULE.violation(change, message)
            .attribute("block_public_acls"),
    ]
}

/// Whether the bucket goes as well, or has another block after apply.
fn replaced(subject: &Subject<'_>) -> bool {
    let names = subject
        .buckets
        .names(subject.change, Some("bucket"), Side::Before);
    subject
        .deleted_buckets
        .iter()
        .any(|deleted| names.contains(deleted))
        || subject.buckets.block_of(&names).is_some()
}

/// A value as a message has it.
fn shown(value: Attr<String>) -> String {
    match value {
        Attr::Known(text) if text.is_empty() => "not set".to_owned(),
        Attr::Known(text) => format!("`{text}`"),
        Attr::Unset => "not set".to_owned(),
        Attr::Undetermined(_) => "known only after apply".to_owned(),
    }
}
