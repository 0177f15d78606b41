//! `record-deleted`

use tollgate_policy::{RuleDef, Severity};

/// A name is gone.
///
/// Reports records and zones that the plan deletes, and those that it replaces by one of
/// another name.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "record-deleted",
    title: "Record that this plan deletes",
    description: "The plan deletes a DNS record or a zone, or replaces it by one of another name. \
        What uses the name fails.",
    severity: Severity::High,
    remediation: "Keep the record until nobody asks for the name any more; then waive this rule for the address.",
    example: "An `aws_route53_record` that is taken out of the configuration.",
    links: &[],
};
