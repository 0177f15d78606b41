//! `traffic-deleted`

use tollgate_policy::{RuleDef, Severity};

/// What carries traffic is deleted.
///
/// # What it does
/// Reports listeners, rules, target groups, load balancers, distributions, integrations,
/// aliases, proxies and origins that the plan deletes.
///
/// # Why
/// Whatever came this way is lost or goes the default way.
///
/// # Example
/// An `aws_lb_listener` that is taken out of the configuration.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "traffic-deleted",
    title: "Carrier of traffic that this plan deletes",
    description: "The plan deletes a listener, rule, target group, load balancer, distribution, \
        integration, alias, proxy or origin. What came this way is lost, or goes the default way.",
    severity: Severity::High,
    remediation: "Move the traffic away first; then waive this rule for the address.",
    links: &[],
};
