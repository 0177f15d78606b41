//! `open-to-everyone`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{judge, open_faults, open_hidden};

use crate::Subject;

/// The policy of a resource lets everyone in.
///
/// Reads the resource policies of AWS as documents: a statement that allows something to `*`, to
/// every account, or to all but some, and that no condition and no `Deny` narrows to callers
/// that somebody has chosen. A permission of a function, a layer or an event bus is read as a
/// statement. One that is marked sensitive, or whose decisive part is, cannot be told to keep the rule:
/// whoever may review the plan may see who has access. What a VPC, fine-grained access control or a block makes harmless is advice.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "open-to-everyone",
    title: "Resource policy that lets everyone in",
    description: "A statement of the resource's policy is for everyone, and neither a condition nor a \
        `Deny` narrows it to those that the resource is for.",
    severity: Severity::Critical,
    remediation: "Name the principals, or add a condition that only they meet, such as \
        `aws:PrincipalOrgID`, `aws:SourceArn` or `aws:SourceAccount`.",
    example: r#"```hcl
resource "aws_sqs_queue_policy" "q" {
  queue_url = aws_sqs_queue.q.id
  policy    = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "sqs:*", Resource = "*" }] })
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(row) = subject.row() else {
        return Vec::new();
    };
    let shield = subject.shield(row.shield);
    judge(&RULE, subject.change, |side| {
        let reading = subject.read(row, side);
        let mut faults = open_faults(&reading, row.path, row.what);
        faults.extend(open_hidden(&reading, row.path, row.what));
        if let Some(shield) = &shield {
            for fault in &mut faults {
                fault.harmless = true;
                fault.message.push_str(&format!("; {shield}"));
            }
        }
        faults
    })
}
