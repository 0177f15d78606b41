//! `api-key-access`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// A key that every client has is all that it takes to use an API.
///
/// Looks at GraphQL and event APIs that accept API keys, and at API keys that nothing restricts.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "api-key-access",
    title: "Use with an API key alone",
    description: "Whoever has a key that every client has can use the API, or a key can be used from anywhere and for everything.",
    severity: Severity::Low,
    remediation: "Let users sign in, or restrict the key.",
    example: r#"```hcl
resource "aws_appsync_graphql_api" "orders" {
  name                = "orders"
  authentication_type = "API_KEY"
}
```"#,
    links: &["https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html"],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "a key that every client has is all that it takes",
        "a key that every client has is all that it takes",
    )
}
