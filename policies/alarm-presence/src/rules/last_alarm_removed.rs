//! An alarm that goes while the resource that it watches stays unwatched.

use tollgate_policy::{Action, Change, Finding, RuleDef, Severity};

use crate::alarm::Alarm;

/// The last alarm of a resource, removed while the resource stays.
///
/// Flags an alarm that is deleted, dropped from the state or
/// changed to watch something else, if the resource that it watches today stays and
/// either a required alarm is lost, or no alarm of any kind remains on the resource
/// (`keep-last-alarm`). If a plan deletes all of its alarms and does not have what they
/// watch, whether that stays cannot be told.
pub const LAST_ALARM_REMOVED: RuleDef = RuleDef {
    id: "last-alarm-removed",
    title: "Last alarm of a resource that stays",
    description: "Monitoring rarely goes missing at the start; it is switched off while something else is \
                  worked on, and nobody notices the silence.",
    severity: Severity::High,
    remediation: "Keep the alarm, add one that replaces it in the same plan, or remove the resource with it.",
    example: "The only `aws_cloudwatch_metric_alarm` of a function is deleted, and the function stays.",
    links: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
    ],
};

/// A resource that loses its last alarm.
#[derive(Debug)]
pub struct Loss<'a> {
    /// The resource.
    pub resource: &'a Change,
    /// The metrics that nothing watches any more; none for all of them.
    pub metrics: Option<String>,
    /// Why it cannot be told whether another alarm takes over.
    pub unclear: Option<String>,
}

/// The alarm to blame for a loss: of those that watch the resource today, the one
/// that changes.
pub fn culprit<'a>(was: &[&Alarm<'a>]) -> Option<&'a Change> {
    let changes = was.iter().find(|alarm| alarm.change.action != Action::NoOp);
    changes.or_else(|| was.first()).map(|alarm| alarm.change)
}

/// Where the finding for a loss belongs: an alarm that stays as it is loses the
/// resource because the resource changes.
pub fn place<'a>(alarm: &'a Change, resource: &'a Change) -> &'a Change {
    if alarm.action == Action::NoOp {
        resource
    } else {
        alarm
    }
}

/// The finding for an alarm that watches resources today and will not any more.
///
/// `whole` says whether the plan covers the whole configuration. None without a loss.
pub fn finding(alarm: &Change, losses: &[Loss<'_>], whole: bool) -> Option<Finding> {
    // A loss that is certain speaks for all.
    let loss = losses
        .iter()
        .find(|loss| loss.unclear.is_none())
        .or_else(|| losses.first())?;
    let what = match &loss.metrics {
        Some(metrics) => format!("the last alarm on {metrics} of `{}`", loss.resource.address),
        None => format!("the last alarm of `{}`", loss.resource.address),
    };
    let message = match alarm.action {
        Action::Delete => format!("`{}` is deleted and is {what}, which stays", alarm.address),
        Action::Forget => {
            format!(
                "`{}` is dropped from the state and is {what}, which stays",
                alarm.address
            )
        }
        Action::NoOp => {
            format!(
                "`{}` is {what}, and will not watch it under its new name",
                alarm.address
            )
        }
        _ => format!(
            "`{}` is changed and will no longer be {what}",
            alarm.address
        ),
    };
    let place = place(alarm, loss.resource);
    let mut finding = match &loss.unclear {
        Some(why) => LAST_ALARM_REMOVED.undetermined(
            place,
            format!("{message}; whether another alarm takes over cannot be told: {why}"),
        ),
        None if !whole => LAST_ALARM_REMOVED.undetermined(
            place,
            format!("{message}; the plan does not cover the whole configuration"),
        ),
        None => LAST_ALARM_REMOVED.violation(place, message),
    };
    if place.remains() && place.address == alarm.address {
        finding = finding.attribute("dimensions").attribute("metric_name");
    }
    for loss in losses.iter().take(50) {
        let metrics = loss.metrics.as_deref().unwrap_or("every metric");
        finding = finding.detail(loss.resource.address.as_str(), format!("loses {metrics}"));
    }
    Some(finding)
}

/// The finding for an alarm that is deleted with all others of the plan, while the plan
/// does not have what it watches.
pub fn emptied(alarm: &Change) -> Finding {
    LAST_ALARM_REMOVED
        .undetermined(
            alarm,
            format!(
                "`{}` is deleted with every other alarm of this plan, and whether what it watches stays cannot be told: it is not in the plan",
                alarm.address
            ),
        )
        .remediation("Keep the alarm as long as what it watches, or waive this finding if that is gone.")
}
