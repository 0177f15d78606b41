//! `traffic-repointed`

use tollgate_policy::{RuleDef, Severity};

/// What carries traffic sends it elsewhere.
///
/// Compares the targets of listeners, rules, distributions, integrations, aliases, URL maps,
/// front doors and the like today and after apply. An alias of a function that moves to a
/// later version is a deployment, and no finding; one that moves back is.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "traffic-repointed",
    title: "Traffic that this plan sends elsewhere",
    description: "The plan changes where a listener, rule, distribution, integration, alias, URL map \
        or front door sends what comes. The name stays, and another system answers.",
    severity: Severity::High,
    remediation: "Check that the new target is ready and yours; then waive this rule for the address.",
    example: "The `domain_name` of an `origin` of an `aws_cloudfront_distribution` that changes.",
    links: &[],
};
