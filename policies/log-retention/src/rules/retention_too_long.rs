//! `retention-too-long`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::span::Span;
use crate::subject::Subject;

/// Logs are kept for more days than the settings allow.
///
/// Only with the setting `maximum-days`; logs of an audit are left out.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "retention-too-long",
    title: "Logs that are kept for too long",
    description: "Logs are kept for more days than the setting `maximum-days` allows. Logs of an \
        audit are left out.",
    severity: Severity::Low,
    remediation: "Keep the logs for at most as many days as the settings of this environment allow.",
    example: "`retention_in_days = 3653` where `maximum-days` is 400.",
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let most = subject.maximum()?;
    let finding = match subject.after {
        Span::Days(days) if days > most => subject.told(
            &RULE,
            format!(
                "logs are kept for {}{}, and the environment allows {most}",
                subject.after,
                subject.whose()
            ),
        ),
        _ => return None,
    };
    let was = matches!(subject.before, Some(Span::Days(days)) if days > most);
    Some(if was { finding.existing() } else { finding })
}
