//! `admin-port-open`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::ports::named;
use crate::subject::{Part, Subject};

/// A port of administration or of a database is open to the Internet.
///
/// Adds up the rules of a firewall and reports the ports of the setting `admin-ports` that
/// the whole Internet can reach, be it in a range of ports or in several ranges of addresses.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "admin-port-open",
    title: "Port of administration or of a database that is open to the Internet",
    description: "A firewall lets everybody on the Internet reach a port such as 22, 3389 or that \
        of a database. Such ports are found and tried within minutes. Which ports these are is \
        the setting `admin-ports`.",
    severity: Severity::Critical,
    remediation: "Let in only the networks that need the port, or go through a bastion, a VPN or a session manager.",
    example: r#"```hcl
resource "aws_vpc_security_group_ingress_rule" "ssh" {
  cidr_ipv4   = "0.0.0.0/0"
  from_port   = 22
  to_port     = 22
  ip_protocol = "tcp"
}
```"#,
    links: &["https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html"],
};

pub(crate) fn check(subject: &Subject<'_>, part: &Part) -> Option<Finding> {
    let admin = part.reach.and(&subject.limits.admin);
    (part.everything.is_none() && !admin.is_empty()).then(|| {
        subject.told(
            RULE.violation(
                subject.change,
                format!(
                    "everybody on the Internet can reach {}{} through {}",
                    part.reach,
                    named(&admin),
                    subject.rules(part)
                ),
            ),
            part,
        )
    })
}
