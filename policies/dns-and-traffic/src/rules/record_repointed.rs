//! `record-repointed`

use tollgate_policy::{RuleDef, Severity};

/// A name leads elsewhere.
///
/// Compares where a record points today and after apply. Its TTL, comments and tags are
/// nothing, and neither is a further text in a TXT record, or what proves a certificate. A further
/// value beside all that the record has today is advice.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "record-repointed",
    title: "Record that this plan points elsewhere",
    description: "The plan changes where a DNS record points. Whoever holds the new target gets the \
        traffic of the name, its cookies and its mail.",
    severity: Severity::High,
    remediation: "Check that the new target is yours and serves the name; then waive this rule for the address.",
    example: "`records = [\"198.51.100.7\"]` where it was `[\"203.0.113.9\"]`.",
    links: &["https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/rrsets-working-with.html"],
};
