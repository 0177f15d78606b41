//! `retention-shortened`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::span::Span;
use crate::subject::Subject;

/// Logs are kept for fewer days than today.
///
/// # What it does
/// Compares for how many days logs are kept today and after apply. From keeping them for ever
/// to a limit that the settings allow is no finding, and neither is a step down to the setting
/// `maximum-days`.
///
/// # Why
/// What is older is deleted, most of it at once, and cannot be had back.
///
/// # Example
/// `retention_in_days = 30`, which was 365.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "retention-shortened",
    title: "Logs that this plan keeps for a shorter time",
    description: "The plan keeps logs for fewer days than today. What is older is deleted, and \
        an investigation that begins later does not find it.",
    severity: Severity::High,
    remediation: "Keep the number of days; if what is older may go, waive this rule for the address.",
    links: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let (Some(Span::Days(before)), Span::Days(after)) = (subject.before, subject.after) else {
        return None;
    };
    let asked = subject
        .maximum()
        .is_some_and(|most| before > most && after >= subject.minimum());
    (after < before && !asked).then(|| {
        subject.told(
            &RULE,
            format!(
                "the plan keeps logs for {}{} and no longer for {}, and what is older is deleted",
                subject.after,
                subject.whose(),
                Span::Days(before)
            ),
        )
    })
}
