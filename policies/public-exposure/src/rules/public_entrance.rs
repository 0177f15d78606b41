//! `public-entrance`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// An entrance is public where the environment forbids it.
///
/// # What it does
/// Looks at load balancers, API gateways, web applications and functions. Finds nothing until the
/// setting `public-entrances` is `forbidden` for the environment.
///
/// # Why
/// Internal environments are tested with real data and weaker accounts, and nobody expects visitors.
///
/// # Example
/// ```hcl
/// resource "aws_lb" "internal_tools" {
///   internal = false
/// }
/// ```
pub(crate) const RULE: RuleDef = RuleDef {
    id: "public-entrance",
    title: "Public entrances where the environment forbids them",
    description: "A load balancer, API or application can be reached from the internet, and the setting `public-entrances` forbids that in this environment.",
    severity: Severity::Medium,
    remediation: "Make the entrance internal.",
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
