//! `retention-shortened`

use tollgate_policy::{Action, Attr, Finding, RuleDef, Severity};

use crate::settings::Shortened;
use crate::span::Span;
use crate::subject::Subject;

/// Logs are kept for fewer days than today.
///
/// Compares for how many days logs are kept today and after apply. From keeping them for ever
/// to a limit that the settings allow is no finding, and neither is a step down to the setting
/// `maximum-days`. What `deletion-protection` finds by its rule of the same name, such as the
/// retention of a log group, is left to it, so that one fault is one finding; where that policy
/// does not run, the setting `shortened = "all"` reports it here.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "retention-shortened",
    title: "Logs that this plan keeps for a shorter time",
    description: "The plan keeps logs for fewer days than today. What is older is deleted, and \
        an investigation that begins later does not find it. What `deletion-protection` finds \
        already, such as the retention of a log group, is not repeated; the setting `shortened` \
        changes that.",
    severity: Severity::High,
    remediation: "Keep the number of days; if what is older may go, waive this rule for the address.",
    example: "`retention_in_days = 30`, which was 365.",
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
    (after < before && !asked && !is_told_elsewhere(subject)).then(|| {
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

/// Whether `deletion-protection` certainly finds it: that compares numbers that are there, of what
/// is changed in place, and not defaults.
fn is_told_elsewhere(subject: &Subject<'_>) -> bool {
    let change = subject.change;
    subject.settings.shortened == Shortened::Others
        && subject.row.is_compared_elsewhere()
        && change.action == Action::Update
        && (change.before(subject.row.path).integer()).is_known_and(|days| *days > 0)
        && matches!(change.after(subject.row.path).integer(), Attr::Known(_))
}
