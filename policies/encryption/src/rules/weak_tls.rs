//! `weak-tls`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// An endpoint accepts versions of TLS that are broken.
///
/// Looks at minimum versions, security policies and cipher switches of listeners, distributions,
/// domains of APIs, databases and applications.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "weak-tls",
    title: "Versions of TLS that are broken",
    description: "An endpoint accepts TLS 1.0, TLS 1.1, SSL 3.0 or ciphers that are broken. RFC 8996 has retired them, and standards for payments and health data forbid them.",
    severity: Severity::Medium,
    remediation: "Accept TLS 1.2 and later only.",
    example: r#"```hcl
resource "aws_lb_listener" "web" {
  protocol   = "HTTPS"
  ssl_policy = "ELBSecurityPolicy-2016-08"
}
```"#,
    links: &["https://www.rfc-editor.org/rfc/rfc8996"],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "broken versions of TLS are accepted",
        "broken versions of TLS are refused",
    )
}
