//! `retention-too-short`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::span::Span;
use crate::subject::Subject;

/// Logs are kept for fewer days than the settings ask for.
///
/// Compares the days with `minimum-days`, and for logs of an audit with `minimum-audit-days`.
/// What is not set counts as the default of the service.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "retention-too-short",
    title: "Logs that are kept for too short a time",
    description: "Logs are kept for fewer days than the settings `minimum-days` and \
        `minimum-audit-days` ask for. What is not set counts as the default of the service.",
    severity: Severity::Medium,
    remediation: "Keep the logs for at least as many days as the settings of this environment ask for.",
    example: r#"```hcl
resource "aws_cloudwatch_log_group" "trail" {
  name              = "cloudtrail"
  retention_in_days = 7
}
```"#,
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let minimum = subject.minimum();
    let finding = match subject.after {
        Span::Days(days) if days < minimum => subject
            .told(
                &RULE,
                format!(
                    "logs are kept for {}{}, and the environment asks for at least {}",
                    subject.after,
                    subject.whose(),
                    Span::Days(minimum)
                ),
            )
            .remediation(format!("Set `{}` to at least {minimum}.", subject.row.path)),
        Span::Undetermined(why) => {
            let finding = RULE
                .undetermined(
                    subject.change,
                    format!(
                        "for how long logs are kept cannot be told: `{}` is {why}",
                        subject.row.path
                    ),
                )
                .attribute(subject.row.each.unwrap_or(subject.row.path));
            if subject.before == Some(subject.after) {
                finding.existing()
            } else {
                finding
            }
        }
        Span::Days(_) | Span::Forever | Span::Nothing => return None,
    };
    let was = matches!(subject.before, Some(Span::Days(days)) if days < minimum);
    Some(if was { finding.existing() } else { finding })
}
