//! `source-missing`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Effect, Fault, Reading, Truth, judge, shown};
use tollgate_policy_common::text::clipped;

use crate::Subject;

/// A service is let in, whoever it acts for.
///
/// Reports permissions of functions, queues and topics for a service of AWS that have no
/// condition on the resource, the account or the organisation for which the service may act.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "source-missing",
    title: "Permission for a service that does not say for whom it acts",
    description: "A service of AWS is let in without a condition on the resource or the account that it \
        acts for. Another account can make the service act on its behalf.",
    severity: Severity::Medium,
    remediation: "Add `source_arn` or `source_account` to the permission; in a document, a condition on \
        `aws:SourceArn` or `aws:SourceAccount`.",
    example: r#"```hcl
resource "aws_lambda_permission" "p" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.f.function_name
  principal     = "s3.amazonaws.com" # and no source_arn, no source_account
}
```"#,
    links: &["https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(row) = subject.row().filter(|row| row.acts_for_others) else {
        return Vec::new();
    };
    if !subject.settings.require_source {
        return Vec::new();
    }
    judge(&RULE, subject.change, |side| {
        let Reading::Read(document) = subject.read(row, side) else {
            return Vec::new();
        };
        document
            .statements
            .iter()
            .filter(|statement| {
                statement.effect == Effect::Allow && statement.narrowed(&document) == Truth::No
            })
            .filter_map(|statement| {
                let principal = statement
                    .principal
                    .as_ref()
                    .filter(|principal| !principal.not)?;
                let services: Vec<_> = principal
                    .of_kind("Service")
                    .filter(|name| *name != "*")
                    .collect();
                let first = services.first()?;
                Some(Fault {
                    statement: Some(statement.clone()),
                    ..Fault::certain(
                        format!("{} {first}", statement.label),
                        row.path,
                        format!(
                            "{} of {} lets the service `{}` {} for whomever it acts",
                            statement.label,
                            row.what,
                            clipped(first),
                            shown(&statement.actions)
                        ),
                    )
                })
            })
            .collect()
    })
}
