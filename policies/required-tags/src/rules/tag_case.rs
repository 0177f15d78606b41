//! `tag-case`

use tollgate_policy::{RuleDef, Severity};

/// A required tag is there, in another case.
///
/// Reports a tag of AWS whose key is the required one but for its case, such as `owner` where
/// `Owner` is required. Azure and Google do not tell such keys apart. `case = "ignore"` accepts
/// it.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "tag-case",
    title: "Required tags in another case",
    description: "A required tag is there under a key that differs in case. To AWS that is another \
        tag. With `case = \"ignore\"` it is the same.",
    severity: Severity::Low,
    remediation: "Write the key as the settings do.",
    example: r#"```hcl
resource "aws_sqs_queue" "orders" {
  tags = { owner = "payments" } # where `Owner` is required
}
```"#,
    links: &["https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html"],
};
