//! `traffic-deleted`

use tollgate_policy::{RuleDef, Severity};

/// What carries traffic is deleted.
///
/// Reports listeners, rules, target groups, load balancers, distributions, integrations,
/// aliases, proxies and origins that the plan deletes.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "traffic-deleted",
    title: "Carrier of traffic that this plan deletes",
    description: "The plan deletes a listener, rule, target group, load balancer, distribution, \
        integration, alias, proxy or origin. What came this way is lost, or goes the default way.",
    severity: Severity::High,
    remediation: "Move the traffic away first; then waive this rule for the address.",
    example: "An `aws_lb_listener` that is taken out of the configuration.",
    links: &[],
};
