//! `tag-forbidden`

use tollgate_policy::{RuleDef, Severity};

/// A resource has a tag that no resource may have.
///
/// # What it does
/// Compares every key with the patterns in `forbidden`.
///
/// # Why
/// Some keys switch something on: a scheduler that stops what is tagged so, a backup plan, a
/// permission. Others are former spellings that must not come back.
///
/// # Example
/// ```hcl
/// resource "aws_instance" "api" {
///   tags = { AutoStop = "true" } # where `AutoStop` is forbidden
/// }
/// ```
pub(crate) const RULE: RuleDef = RuleDef {
    id: "tag-forbidden",
    title: "Tags that are forbidden",
    description: "A resource has a tag or label whose key the settings forbid.",
    severity: Severity::Medium,
    remediation: "Remove the tag from the resource, or from the default tags of its provider.",
    links: &["https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html"],
};
