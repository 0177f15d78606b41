//! `customer-key-missing`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// A resource is encrypted with a key of the provider, where the settings ask for an own one.
///
/// Looks at the types that the setting `customer-keys` names. A key that is made in the same plan
/// counts, one that the service makes for the account (`alias/aws/…`) does not.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "customer-key-missing",
    title: "Resources without a key of the customer",
    description: "The settings ask for a key of your own for this type, and the resource is encrypted with one that the provider holds. Access to such a key can be neither limited nor revoked, and its use is not in your logs.",
    severity: Severity::Medium,
    remediation: "Name a key of your own.",
    example: r#"```hcl
resource "aws_db_instance" "orders" {
  storage_encrypted = true # and no `kms_key_id`
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "no key of your own encrypts the resource",
        "a key of your own encrypts the resource",
    )
}
