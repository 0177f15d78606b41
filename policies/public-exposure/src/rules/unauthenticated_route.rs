//! `unauthenticated-route`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// A route of an API gateway needs no authorization.
///
/// Looks at every method and route but `OPTIONS`, which browsers ask before they sign in. One that asks
/// today and does not after apply is told by `authentication-removed`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "unauthenticated-route",
    title: "Routes of APIs that need no authorization",
    description: "A route of an API gateway asks for no authorization and no API key. That is right where the service behind it asks itself.",
    severity: Severity::Low,
    remediation: "Give the route an authorizer.",
    example: r#"```hcl
resource "aws_apigatewayv2_route" "orders" {
  route_key          = "POST /orders"
  authorization_type = "NONE"
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "anyone can call the route without signing in",
        "anyone can call the route without signing in",
    )
}
