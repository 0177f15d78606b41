//! `open-network`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// A list of networks has most of the internet in it.
///
/// Looks at every network of every list that a database, cluster or service has of its own. IPv4
/// blocks larger than /8 count, and IPv6 blocks larger than /16 but for private ones: wider than
/// any private network. Firewall rules that are resources are those of `network-exposure`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "open-network",
    title: "Lists of networks that let in most of the internet",
    description: "A list of the networks that may connect has a block of addresses in it that is most of the internet, such as 0.0.0.0/0, ::/0 or a half of either. The list then limits nobody.",
    severity: Severity::High,
    remediation: "Name only the networks that need access.",
    example: r#"```hcl
resource "google_sql_database_instance" "orders" {
  settings {
    ip_configuration {
      authorized_networks {
        value = "0.0.0.0/0"
      }
    }
  }
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "the resource lets in most of the internet",
        "the resource lets in most of the internet",
    )
}
