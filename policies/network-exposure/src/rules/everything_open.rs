//! `everything-open`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Part, Subject};

/// A firewall lets the whole Internet reach every port.
///
/// Adds up the rules of a firewall, over IPv4 and IPv6, and reports one that lets in every
/// protocol, or every port of TCP, from everywhere: in one rule, or in several that together
/// are everything. References to groups and to itself are not the Internet.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "everything-open",
    title: "Firewall that is open to the Internet on every port",
    description: "A security group, network security group or firewall lets everybody on the \
        Internet reach every port, by IPv4 or IPv6. Whatever starts to listen behind it is open \
        in the same moment.",
    severity: Severity::Critical,
    remediation: "Let in only the ports that have to be open, from the networks that need them.",
    example: r#"```hcl
ingress {
  from_port   = 0
  to_port     = 0
  protocol    = "-1"
  cidr_blocks = ["0.0.0.0/1", "128.0.0.0/1"]
}
```"#,
    links: &["https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html"],
};

pub(crate) fn check(subject: &Subject<'_>, part: &Part) -> Option<Finding> {
    part.everything.as_ref().map(|reach| {
        subject.told(
            RULE.violation(
                subject.change,
                format!(
                    "everybody on the Internet can reach {reach} through {}",
                    subject.rules(part)
                ),
            ),
            part,
        )
    })
}
