//! `sign-in-weakened`

use tollgate_policy::{Cause, Change, Finding, RuleDef, Severity};
use tollgate_policy_common::switch::Standing;

use crate::Fault;

/// The plan takes away a token, a second factor or a signature that is asked for today.
///
/// Compares what `metadata-without-token`, `password-alone` and `api-key-access` look at today and
/// after apply. What is weak today is told by those.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "sign-in-weakened",
    title: "Sign-in that this plan makes weaker",
    description: "A token, a second factor or a signature that is asked for today is not asked for after apply.",
    severity: Severity::High,
    remediation: "Keep what is asked for today.",
    example: r#"```hcl
resource "aws_cognito_user_pool" "customers" {
  mfa_configuration = "OFF" # was "ON"
}
```"#,
    links: &[],
};

/// The finding, where it is this plan that makes it weaker.
pub(crate) fn check(change: &Change, fault: &Fault) -> Option<Finding> {
    let bad = matches!(fault.standing, Standing::Bad(_));
    let planned = fault.was_good && fault.cause == Cause::Planned && !change.importing;
    (bad && planned).then(|| {
        fault.finding(
            &RULE,
            change,
            "the plan makes it easier to sign in",
            "the plan makes it easier to sign in",
        )
    })
}
