//! `public-address`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// A machine gets a public address.
///
/// Looks at instances, templates, network interfaces, node pools, tasks and managed notebooks. The
/// setting `public-addresses` accepts them for an environment.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "public-address",
    title: "Machines with public addresses",
    description: "A machine, container or node gets an address on the internet. Whether something answers there depends on every firewall rule that anybody adds later.",
    severity: Severity::Medium,
    remediation: "Leave the machine without a public address.",
    example: r#"```hcl
resource "aws_instance" "worker" {
  associate_public_ip_address = true
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "the resource has a public address",
        "the resource has a public address",
    )
}
