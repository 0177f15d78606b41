//! `key-rotation-off`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// A key is not replaced by itself.
///
/// Looks at keys that the service can replace. Asymmetric keys, keys for signing and imported keys
/// are none of them. With a key that is replaced, what was encrypted before stays readable.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "key-rotation-off",
    title: "Keys that are never replaced",
    description: "A key is not replaced from time to time, or less than once a year. Everything that it ever encrypted is readable with one leaked version.",
    severity: Severity::Medium,
    remediation: "Turn the rotation of the key on.",
    example: r#"```hcl
resource "aws_kms_key" "orders" {
  enable_key_rotation = false # or left out
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "the key is not rotated at least once a year",
        "the key is rotated at least once a year",
    )
}
