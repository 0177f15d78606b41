//! `address-list-open`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::opening::Opening;
use crate::subject::Subject;

/// A list of addresses that firewalls name has the whole Internet in it.
///
/// Adds up the ranges of a prefix list, address group or IP group.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "address-list-open",
    title: "List of addresses that is the whole Internet",
    description: "A prefix list, address group or IP group has ranges that together are the \
        Internet. Every firewall rule that names the list looks narrow and lets everybody in.",
    severity: Severity::High,
    remediation: "List only the networks that the firewalls are to let in.",
    example: "An `entry` with `cidr = \"0.0.0.0/0\"` in an `aws_ec2_managed_prefix_list`.",
    links: &["https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html"],
};

pub(crate) fn check(
    subject: &Subject<'_>,
    after: &[Opening],
    before: &[Opening],
) -> Option<Finding> {
    let open = |openings: &[Opening]| {
        openings
            .iter()
            .any(|opening| crate::exposure::is_internet(subject.limits, &opening.peers))
    };
    if !open(after) {
        return None;
    }
    let finding = RULE.violation(
        subject.change,
        "the list has ranges that together are the Internet",
    );
    let finding = after
        .iter()
        .flat_map(|opening| &opening.paths)
        .fold(finding, |finding, path| finding.attribute(path));
    Some(if open(before) && subject.existed() {
        finding.existing()
    } else {
        finding
    })
}
