//! `metadata-without-token`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// A machine hands out its credentials to requests without a token.
///
/// Looks at instances, launch templates and launch configurations, notebooks and node pools: at
/// whether version 1 of the metadata service is allowed (`http_tokens = "optional"`), and whether
/// containers reach the metadata service of their node. Where nothing is set, the image and a
/// setting of the account decide, which is told as an advice.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "metadata-without-token",
    title: "Machines that hand out credentials without a token",
    description: "The metadata service of a machine answers requests without a token, so whoever can make the machine send a request can read its credentials.",
    severity: Severity::Medium,
    remediation: "Ask for a token.",
    example: r#"```hcl
resource "aws_instance" "web" {
  metadata_options {
    http_tokens = "optional"
  }
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
    ],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "the metadata service hands out credentials without a token",
        "the metadata service hands out credentials without a token",
    )
}
