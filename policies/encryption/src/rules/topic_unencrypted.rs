//! `topic-unencrypted`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// A topic stores messages without encryption until they are delivered.
///
/// Looks at the topics of SNS, and wants a key.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "topic-unencrypted",
    title: "Topics that do not encrypt messages",
    description: "A topic stores messages unencrypted until they are delivered. With a key, everything \
        that publishes to it has to be allowed to use the key: alarms cannot use `alias/aws/sns`.",
    severity: Severity::Low,
    remediation: "Encrypt the topic with a key that its publishers are allowed to use.",
    example: r#"```hcl
resource "aws_sns_topic" "orders" {
  name = "orders" # and no `kms_master_key_id`
}
```"#,
    links: &["https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html"],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "the topic does not encrypt messages",
        "the topic encrypts messages",
    )
}
