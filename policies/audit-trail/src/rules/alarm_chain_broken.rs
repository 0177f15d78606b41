//! `alarm-chain-broken`

use tollgate_policy::{Action, Change, Finding, RuleDef, Severity};

use crate::cis::{CONTROLS, Control};
use crate::plan::{Chain, Plan};

/// Nobody is told of something that the CIS benchmark wants to be watched.
///
/// For each control of the setting `cis-alarms`: looks in the plan for a metric filter that
/// watches it, an alarm on the filter's metric, and an action of the alarm. Judged only where
/// the plan has a trail.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "alarm-chain-broken",
    title: "Event of the CIS benchmark that alarms nobody",
    description: "For a control that the setting `cis-alarms` names, the metric filter, the alarm on \
        its metric or the action of the alarm is missing in the plan.",
    severity: Severity::Medium,
    remediation: "Add what is missing of the metric filter, the alarm on its metric, and the action of the alarm.",
    example: "A metric filter for `StopLogging` on whose metric there is no alarm.",
    links: &["https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html"],
};

pub(crate) fn check(trail: &Change, plan: &Plan<'_>, wanted: &[Control]) -> Vec<Finding> {
    CONTROLS
        .iter()
        .filter(|(control, _, _)| wanted.contains(control) || wanted.contains(&Control::All))
        .filter_map(|(_, name, words)| {
            let missing = match plan.chain(words, true) {
                Chain::Complete => return None,
                Chain::NoFilter => "no metric filter watches it",
                Chain::NoAlarm => "there is no alarm on the metric of its filter",
                Chain::NoAction => "the alarm on its metric has no action",
            };
            let finding = RULE
                .violation(trail, format!("`{name}` alarms nobody: {missing}"))
                .attribute("cloud_watch_logs_group_arn");
            let was = trail.action != Action::Create
                && !trail.importing
                && plan.chain(words, false) != Chain::Complete;
            Some(if was { finding.existing() } else { finding })
        })
        .collect()
}
