//! `unencrypted-in-transit`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// Connections are not encrypted, or need not be.
///
/// Looks at listeners, distributions, databases, caches, clusters and links between services. A
/// listener that only redirects to HTTPS is as it should be.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "unencrypted-in-transit",
    title: "Connections that are not encrypted",
    description: "A listener, database, cache or cluster accepts connections that are not encrypted, or does not insist on it. Whoever is on the way reads passwords and data.",
    severity: Severity::High,
    remediation: "Require TLS for the connections.",
    example: r#"```hcl
resource "aws_lb_listener" "web" {
  port     = 80
  protocol = "HTTP"

  default_action {
    type = "forward"
  }
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "connections need not be encrypted",
        "connections have to be encrypted",
    )
}
