//! `public-endpoint`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// A switch gives a resource an endpoint on the internet.
///
/// Looks at the switches that put a database, broker, cluster or service on the internet, in
/// every resource that exists after apply, changed or not. One that is not set counts as the
/// provider's default.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "public-endpoint",
    title: "Endpoints that a switch puts on the internet",
    description: "A database, broker, cluster or service has a switch that gives it an endpoint on the internet, and it is on. What remains between it and everyone is a password.",
    severity: Severity::High,
    remediation: "Turn public access of the resource off, and reach it from the network it is in.",
    example: r#"```hcl
resource "aws_db_instance" "orders" {
  publicly_accessible = true
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "the resource has an endpoint on the internet",
        "the resource has an endpoint on the internet",
    )
}
