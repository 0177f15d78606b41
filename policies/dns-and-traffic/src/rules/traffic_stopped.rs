//! `traffic-stopped`

use tollgate_policy::{RuleDef, Severity};

/// What carries traffic is switched off.
///
/// Reports distributions, endpoints, routes, origins and event sources that are on today and
/// off after apply.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "traffic-stopped",
    title: "Carrier of traffic that this plan switches off",
    description: "The plan switches off a distribution, endpoint, route, origin or event source that \
        is on today.",
    severity: Severity::High,
    remediation: "Leave it on, or move the traffic away first.",
    example: "`enabled = false` in an `aws_cloudfront_distribution`.",
    links: &[],
};
