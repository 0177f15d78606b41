//! `password-alone`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// A password is all that it takes to sign in.
///
/// Wants a second factor in pools of users, and keys instead of passwords on machines and
/// registries. A pool in which users may choose a second factor is in order.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "password-alone",
    title: "Sign-in with a password alone",
    description: "Whoever knows a password can sign in: there is no second factor, or a machine takes passwords instead of keys.",
    severity: Severity::Low,
    remediation: "Ask for a second factor, or for a key.",
    example: r#"```hcl
resource "aws_cognito_user_pool" "customers" {
  name = "customers"
  # no `mfa_configuration`, which is `OFF` then
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html",
    ],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "a password is all that it takes to sign in",
        "a password is all that it takes to sign in",
    )
}
