//! AWS WAF.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Expected, Metric, Requirement, Role, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/waf/latest/developerguide/monitoring-cloudwatch.html"];

const DIMENSIONS: &[Dimension] = &[
    named_by("WebACL", "name"),
    Dimension {
        name: "Rule",
        value: Expected::Any,
    },
];

/// Web ACL without an alarm on blocked requests.
///
/// Wants an alarm on `AWS/WAFV2` `BlockedRequests` of every `aws_wafv2_web_acl`. Not in
/// the default set.
pub const BLOCKED: Requirement = Requirement {
    id: "waf-blocked",
    group: "waf",
    default: false,
    rule: rule(
        "waf-blocked-unwatched",
        "Web ACL without an alarm on blocked requests",
        "A rule that blocks what it should not is an outage of its own.",
        Severity::Low,
        "Add an alarm on `AWS/WAFV2` `BlockedRequests` with the dimensions `WebACL` and `Rule`.",
        SOURCES,
    ),
    types: &["aws_wafv2_web_acl"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/WAFV2",
    metrics: &[Metric {
        name: "BlockedRequests",
        dimensions: DIMENSIONS,
        narrower: &["Region", "Country"],
        region_wide: false,
    }],
};
