//! `port-open`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Part, Subject};

/// A port that is not meant for everybody is open to the Internet.
///
/// Adds up the rules of a firewall and reports the ports that the whole Internet can reach,
/// but for those of the setting `open-ports`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "port-open",
    title: "Port that is open to the Internet and not meant to be",
    description: "A firewall lets everybody on the Internet reach a port that the setting \
        `open-ports` does not name.",
    severity: Severity::High,
    remediation: "Let in only the networks that need the port; if it is meant for everybody, add it to `open-ports` of this environment.",
    example: "`source_ranges = [\"0.0.0.0/0\"]` with `allow { protocol = \"tcp\", ports = [\"8080\"] \
        }`.",
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>, part: &Part) -> Option<Finding> {
    (part.everything.is_none() && part.reach.and(&subject.limits.admin).is_empty()).then(|| {
        subject.told(
            RULE.violation(
                subject.change,
                format!(
                    "everybody on the Internet can reach {} through {}, and `open-ports` does not name it",
                    part.reach,
                    subject.rules(part)
                ),
            ),
            part,
        )
    })
}
