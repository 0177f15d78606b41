//! `range-too-wide`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Part, Subject};

/// A port is open to a wide part of the Internet.
///
/// Reports ports, but for those of `open-ports`, that a public range wider than the settings
/// `widest-ipv4` and `widest-ipv6` can reach. Ranges of one rule are counted together.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "range-too-wide",
    title: "Port that is open to a wide range of public addresses",
    description: "A firewall lets a public range of addresses that is wider than the settings \
        `widest-ipv4` and `widest-ipv6` reach a port that `open-ports` does not name. Many \
        customers of a provider share such a range.",
    severity: Severity::Medium,
    remediation: "Name the addresses that need the port; if the range is yours, add it to `trusted-networks`.",
    example: "`cidr_ipv4 = \"52.0.0.0/10\"` for port 5432.",
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>, part: &Part) -> Finding {
    subject.told(
        RULE.violation(
            subject.change,
            format!(
                "a wide range of public addresses can reach {} through {}",
                part.reach,
                subject.rules(part)
            ),
        ),
        part,
    )
}
