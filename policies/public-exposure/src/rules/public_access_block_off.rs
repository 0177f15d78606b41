//! `public-access-block-off`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// The block of public access of an account is off, or goes away.
///
/// Looks at the settings of an account or region that refuse public sharing, and at their deletion,
/// after which the default of the service applies.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "public-access-block-off",
    title: "Account settings that let resources become public",
    description: "A setting of the account that keeps images, snapshots, clusters or networks from becoming public is off, or the plan deletes it.",
    severity: Severity::High,
    remediation: "Leave the block of public access on.",
    example: r#"```hcl
resource "aws_ebs_snapshot_block_public_access" "main" {
  state = "unblocked"
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "the account lets resources become public",
        "the account lets resources become public",
    )
}

/// The deletion of a setting that is on the good side today.
pub(crate) fn deleted(change: &Change) -> Finding {
    RULE.violation(
        change,
        "the plan deletes what keeps resources of the account from becoming public",
    )
    .remediation("Keep the resource, or forget it with a `removed` block that does not destroy it.")
}
