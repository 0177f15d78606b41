//! `public-subnet`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// A subnet gives a public address to whatever starts in it.
///
/// Looks at the subnets themselves. A subnet for load balancers does not need it.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "public-subnet",
    title: "Subnets that give out public addresses",
    description: "Everything that starts in the subnet gets a public address without asking for it.",
    severity: Severity::Low,
    remediation: "Set `map_public_ip_on_launch = false`, and give public addresses to those that need one.",
    example: r#"```hcl
resource "aws_subnet" "public" {
  map_public_ip_on_launch = true
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "what starts in the subnet gets a public address",
        "what starts in the subnet gets a public address",
    )
}
