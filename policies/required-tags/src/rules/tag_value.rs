//! `tag-value`

use tollgate_policy::{RuleDef, Severity};

/// A required tag has a value that is not allowed.
///
/// Compares the value with those that the settings allow for the key. Labels of Google are
/// compared without regard to case, because they can only be in lower case.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "tag-value",
    title: "Required tags with a value that is not allowed",
    description: "A required tag or label has a value that the settings do not allow.",
    severity: Severity::Medium,
    remediation: "Set the tag to one of the allowed values.",
    example: r#"```hcl
resource "aws_sqs_queue" "orders" {
  tags = { Environment = "prd" } # where `production` and `staging` are allowed
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_tag-policies.html",
    ],
};
