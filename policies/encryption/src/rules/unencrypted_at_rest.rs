//! `unencrypted-at-rest`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// Data is stored without encryption.
///
/// Looks at the switches for encryption at rest of every resource that exists after apply, changed
/// or not. What a service encrypts in any case is no concern of it. Where a setting of the account
/// decides, as for EBS volumes, the finding never refuses, unless the settings say what it is.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "unencrypted-at-rest",
    title: "Stored data that is not encrypted",
    description: "A volume, database, queue or cache stores its data unencrypted. A snapshot, backup or disk of it can then be read by whoever gets hold of it.",
    severity: Severity::High,
    remediation: "Encrypt the resource.",
    example: r#"```hcl
resource "aws_db_instance" "orders" {
  storage_encrypted = false # or left out
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "stored data is not encrypted",
        "stored data is encrypted",
    )
}

/// The deletion of a setting of the account that encrypts.
pub(crate) fn deleted(change: &Change) -> Finding {
    RULE.violation(
        change,
        "the plan deletes the setting that encrypts what the account stores from now on",
    )
    .remediation("Keep the resource, or forget it with a `removed` block that does not destroy it.")
}
