//! `egress-open`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Part, Subject};

/// A firewall lets what is behind it reach the whole Internet.
///
/// Only where the setting `egress` is `judge`: reports ports, but for those of
/// `open-egress-ports`, that may be reached anywhere on the Internet.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "egress-open",
    title: "Firewall that lets everything out to the Internet",
    description: "A firewall lets what is behind it reach ports anywhere on the Internet that the \
        setting `open-egress-ports` does not name. Only where `egress` is `judge`.",
    severity: Severity::Low,
    remediation: "Let out only to the networks and ports that are needed.",
    example: "An `egress` block with `protocol = \"-1\"` and `cidr_blocks = [\"0.0.0.0/0\"]`.",
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>, part: &Part) -> Finding {
    subject.told(
        RULE.violation(
            subject.change,
            format!(
                "what is behind it can reach {} anywhere on the Internet through {}",
                part.reach,
                subject.rules(part)
            ),
        ),
        part,
    )
}
