//! `anonymous-access`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// A resource can be used without signing in.
///
/// Looks at function URLs, brokers, registries, identity pools and the like that have a switch for
/// use without credentials.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "anonymous-access",
    title: "Use without signing in",
    description: "Whoever can reach the resource can use it: it asks for no credentials.",
    severity: Severity::High,
    remediation: "Ask for credentials.",
    example: r#"```hcl
resource "aws_lambda_function_url" "hook" {
  authorization_type = "NONE"
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "anyone can use the resource without signing in",
        "anyone can use the resource without signing in",
    )
}
