//! An alarm that goes while the resource that it watches stays unwatched.

use tollgate_policy::{Action, Change, Finding, RuleDef, Severity};

use crate::alarm::Alarm;

/// The last alarm of a resource, removed while the resource stays.
///
/// **What it does**: flags an alarm that is deleted, dropped from the state or
/// changed to watch something else, if the resource that it watches today stays and
/// either a required alarm is lost, or no alarm of any kind remains on the resource
/// (`keep-last-alarm`).
///
/// **Why**: monitoring rarely goes missing at the start; it is switched off while
/// something else is worked on, and nobody notices the silence.
///
/// **Example**: deleting the only `aws_cloudwatch_metric_alarm` of a function that
/// is kept.
pub const LAST_ALARM_REMOVED: RuleDef = RuleDef {
    id: "last-alarm-removed",
    title: "Last alarm of a resource that stays",
    description: "Monitoring rarely goes missing at the start; it is switched off while something else is \
                  worked on, and nobody notices the silence.",
    severity: Severity::High,
    remediation: "Keep the alarm, add one that replaces it in the same plan, or remove the resource with it.",
    links: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
    ],
};

/// What is lost.
#[derive(Debug)]
pub enum Lost {
    /// The last alarm on required metrics; which.
    Metric(String),
    /// The last alarm of any kind.
    Any,
}

/// The finding for alarms that watch a resource today and will not any more.
///
/// `unclear` says why it cannot be told whether another alarm takes over, and
/// `whole` whether the plan covers the whole configuration. None if there was none.
pub fn finding(
    resource: &Change,
    was: &[&Alarm<'_>],
    lost: &Lost,
    unclear: Option<&str>,
    whole: bool,
) -> Option<Finding> {
    let alarm = was
        .iter()
        .find(|alarm| alarm.change.action != Action::NoOp)
        .or_else(|| was.first())?;
    let what = match lost {
        Lost::Metric(metrics) => format!("the last alarm on {metrics} of `{}`", resource.address),
        Lost::Any => format!("the last alarm of `{}`", resource.address),
    };
    // An alarm that stays as it is loses the resource because the resource changes.
    let place = if alarm.change.action == Action::NoOp {
        resource
    } else {
        alarm.change
    };
    let alarm = alarm.change;
    let message = match alarm.action {
        Action::Delete => format!("`{}` is deleted and is {what}, which stays", alarm.address),
        Action::Forget => format!(
            "`{}` is dropped from the state and is {what}, which stays",
            alarm.address
        ),
        Action::NoOp => format!(
            "`{}` is {what}, and will no longer watch it once its name changes",
            alarm.address
        ),
        _ => format!(
            "`{}` is changed and will no longer be {what}",
            alarm.address
        ),
    };
    let finding = match unclear {
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
    let finding = if alarm.remains() && place.address == alarm.address {
        finding.attribute("dimensions").attribute("metric_name")
    } else {
        finding
    };
    Some(was.iter().skip(1).fold(
        finding.detail("resource", resource.address.as_str()),
        |finding, other| finding.detail("also lost", other.change.address.as_str()),
    ))
}
