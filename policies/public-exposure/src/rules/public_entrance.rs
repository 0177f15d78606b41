//! `public-entrance`

use tollgate_policy::{Action, Change, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::Side;

use crate::Fault;
use crate::cluster::Entrance;

/// An entrance is public where the environment forbids it.
///
/// Looks at load balancers, API gateways, web applications, functions and services of a Kubernetes
/// cluster that have a load balancer. Finds nothing until the setting `public-entrances` is `forbidden`
/// for the environment.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "public-entrance",
    title: "Public entrances where the environment forbids them",
    description: "A load balancer, API or application can be reached from the internet, and the setting `public-entrances` forbids that in this environment.",
    severity: Severity::Medium,
    remediation: "Make the entrance internal.",
    example: r#"```hcl
resource "aws_lb" "internal_tools" {
  internal = false
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "the internet can reach the resource, which this environment does not allow",
        "the internet can reach the resource",
    )
}

/// The finding for a service of a cluster. One that the plan opens is told by `network-limit-removed`.
pub(crate) fn of_cluster(change: &Change) -> Option<Finding> {
    if change.deposed.is_some() || !change.remains() {
        return None;
    }
    let open = |side| Entrance::of(change, side).filter(Entrance::is_open_service);
    let after = open(Side::After)?;
    let made = matches!(change.action, Action::Create | Action::Read) || change.importing;
    let finding = RULE
        .violation(
            change,
            "the internet can reach the service, which this environment does not allow: its `type` is `LoadBalancer`",
        )
        .attribute(after.spec_attribute())
        .remediation("Give the service the annotation of the cloud that makes its load balancer internal, or another `type`.");
    if made {
        Some(finding)
    } else {
        open(Side::Before).map(|_| finding.existing())
    }
}
