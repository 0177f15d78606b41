//! `any-network-allowed`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// A service accepts connections from every network, because nothing limits them.
///
/// Looks at services that have an endpoint on the internet unless it is turned off, and wants
/// either that, or rules that name the networks. Where the plan takes such a limit away,
/// `network-limit-removed` tells of it.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "any-network-allowed",
    title: "Endpoints that accept connections from every network",
    description: "A service has an endpoint on the internet by default, and no network rule limits who may connect. Only its credentials protect it.",
    severity: Severity::Medium,
    remediation: "Limit the networks that may connect, or turn public network access off.",
    example: r#"```hcl
resource "azurerm_key_vault" "main" {
  public_network_access_enabled = true # the default, and no `network_acls`
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    // The one rule of a database's firewall that is in the table.
    let who = if change.kind.ends_with("_firewall_rule") {
        "everything that any customer runs in Azure may connect, though not the whole internet"
    } else if fault.switch.path.contains("serial-port") || fault.switch.path == "value" {
        "the serial console of the machine answers every address, whatever its firewall says"
    } else {
        "every network may connect to the resource"
    };
    fault.finding(&RULE, change, who, who)
}
