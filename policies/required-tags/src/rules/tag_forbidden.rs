//! `tag-forbidden`

use tollgate_policy::{RuleDef, Severity};

/// A resource has a tag that no resource may have.
///
/// Compares every key with the patterns in `forbidden`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "tag-forbidden",
    title: "Tags that are forbidden",
    description: "A resource has a tag or label whose key the settings forbid.",
    severity: Severity::Medium,
    remediation: "Remove the tag from the resource, or from the default tags of its provider.",
    example: r#"```hcl
resource "aws_instance" "api" {
  tags = { AutoStop = "true" } # where `AutoStop` is forbidden
}
```"#,
    links: &["https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html"],
};
