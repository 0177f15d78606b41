//! `network-acl-open`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::ports::named;
use crate::subject::{Part, Subject};

/// A network access list lets the Internet reach a port of administration.
///
/// Adds up the rules of an access list by their numbers, those that deny among them, and
/// reports the ports of `admin-ports` that the Internet can reach. Rules about the ports that
/// answers come back on (from 1024 up to the end) are left out. A list that is made to allow
/// everything is what AWS makes by itself: that is told and never refuses. Widening one to
/// everything is reported.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "network-acl-open",
    title: "Network access list that lets the Internet reach a port of administration",
    description: "A network access list of a VPC allows the Internet a port such as 22 or 3389. \
        It is the second line of defence behind security groups. A new list that allows \
        everything, as the one that AWS makes, is only told.",
    severity: Severity::Medium,
    remediation: "Allow the port for the networks that need it, or deny it with a lower rule number.",
    example: "An `ingress` block with `action = \"allow\"`, `cidr_block = \"0.0.0.0/0\"` and port 22.",
    links: &["https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html"],
};

pub(crate) fn check(subject: &Subject<'_>, part: &Part, made_so: bool) -> Option<Finding> {
    let admin = part.reach.and(&subject.limits.admin);
    if admin.is_empty() {
        return None;
    }
    let finding = subject.told(
        RULE.violation(
            subject.change,
            format!(
                "the access list lets everybody on the Internet reach {}{}",
                part.reach,
                named(&admin)
            ),
        ),
        part,
    );
    Some(if made_so { finding.advice() } else { finding })
}
