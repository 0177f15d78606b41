//! `tag-missing`

use tollgate_policy::{RuleDef, Severity};

/// A resource does not have a tag that the configuration requires.
///
/// Looks at every resource that exists after apply and whose type can have tags: on AWS at its
/// tags together with the provider's `default_tags`, on Google at its labels with
/// `default_labels`, on Azure at its tags. A tag with an empty value is missing too.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "tag-missing",
    title: "Required tags that are missing",
    description: "A resource does not have a tag or label that the settings require, or only an \
        empty one. Default tags of the provider count. Types that can have no tags are left alone.",
    severity: Severity::Medium,
    remediation: "Add the tag to the resource, or to the default tags of its provider.",
    example: r#"```hcl
resource "aws_sqs_queue" "orders" {
  tags = { Environment = "production" } # where `Owner` is required
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html",
    ],
};
