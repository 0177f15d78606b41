//! `retention-unlimited`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::span::Span;
use crate::subject::Subject;

/// Logs are kept for ever, because nobody said for how long.
///
/// Reports log groups without retention, or with 0. Logs of an audit are left out.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "retention-unlimited",
    title: "Logs that are kept for ever",
    description: "Logs are kept for ever, which is what the service does where nothing is set. The \
        bill grows every month, and so does what a leak gives away. Logs of an audit are left \
        out; the setting `unlimited` turns the rule off.",
    severity: Severity::Low,
    remediation: "Say for how many days the logs are kept.",
    example: "An `aws_cloudwatch_log_group` without `retention_in_days`.",
    links: &[
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Option<Finding> {
    if subject.after != Span::Forever || subject.audit || subject.accepts_unlimited() {
        return None;
    }
    let finding = subject.told(
        &RULE,
        format!(
            "logs are kept for ever{}: `{}` is not set, or 0",
            subject.whose(),
            subject.row.path
        ),
    );
    Some(if subject.before == Some(Span::Forever) {
        finding.existing()
    } else {
        finding
    })
}
