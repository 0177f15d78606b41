//! `weight-shifted`

use tollgate_policy::{RuleDef, Severity};

/// More or less traffic goes to a target.
///
/// Compares the weights of records, target groups, endpoints, revisions and versions today and
/// after apply. The setting `weights` turns the rule off.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "weight-shifted",
    title: "Weights of targets that this plan shifts",
    description: "The plan shifts traffic between targets by their weights. The setting `weights` \
        turns the rule off.",
    severity: Severity::Medium,
    remediation: "Check that the targets can carry their new share; then waive this rule for the address.",
    example: "`weight = 0` in a `weighted_routing_policy`, which was 100.",
    links: &[],
};
