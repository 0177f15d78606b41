//! `address-released`

use tollgate_policy::{Action, Attr, Change, Finding, RuleDef, Severity};
use tollgate_policy_common::text::clipped;

use crate::table::ADDRESSES;

/// A fixed address is given back.
///
/// Tells, as advice, of fixed public addresses that the plan deletes or replaces: Elastic IPs, public
/// IPs and prefixes, reserved addresses, and accelerators. Addresses inside of a network, and those
/// that change with every start, are none of them.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "address-released",
    title: "Fixed address that this plan gives back",
    description: "The plan deletes or replaces a fixed public address. It cannot be had back, and who \
        gets it next receives what is still sent there.",
    severity: Severity::Medium,
    remediation: "Make sure that no record and no allow list names the address any more.",
    example: "An `aws_eip` that is taken out of the configuration.",
    links: &["https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html"],
};

pub(crate) fn check(change: &Change) -> Option<Finding> {
    let row = ADDRESSES.iter().find(|row| row.kind == change.kind)?;
    let deed = match change.action {
        Action::Delete => "deletes",
        Action::Replace => "replaces",
        _ => return None,
    };
    if let Some((path, value)) = row.unless
        && change
            .before(path)
            .text()
            .is_known_and(|text| text.eq_ignore_ascii_case(value))
    {
        return None;
    }
    let address = match change.before(row.address).text() {
        Attr::Known(address) if !address.is_empty() => format!(" `{}`", clipped(&address)),
        _ => String::new(),
    };
    Some(
        RULE.violation(
            change,
            format!("the plan {deed} the fixed address{address}, and it cannot be had back"),
        )
        .attribute(row.address)
        .advice(),
    )
}
