//! An alarm that tells nobody.

use std::collections::BTreeSet;

use tollgate_policy::pattern::matches;
use tollgate_policy::{Attr, Change, Finding, RuleDef, Severity};

use crate::composite::Known;
use crate::mute::Quiet;
use crate::plan::Plan;
use crate::reference::{Proof, Reference};
use crate::settings::Settings;
use crate::side::Side;

/// An alarm without an action that runs when it fires.
///
/// Flags an alarm that has no `alarm_actions`, none that the settings
/// accept, none but topics that go, or `actions_enabled = false`, and one that a mute
/// rule keeps quiet for ever. A composite alarm that fires when this one does speaks for
/// it: `FALSE AND ALARM(a)` and `ALARM(a) AND ALARM(b)` do not. `ok_actions` and
/// `insufficient_data_actions` do not count.
///
/// An alarm that no requirement wants is judged too (`every-alarm-acts`), unless a
/// composite alarm is made of it or something of the plan waits for its state: a
/// deployment, a health check, an event rule.
pub const SILENT_ALARM: RuleDef = RuleDef {
    id: "silent-alarm",
    title: "Alarm that tells nobody",
    description: "An alarm without an enabled action only changes colour on a page, where it is found when \
                  somebody already knows that something is wrong.",
    severity: Severity::High,
    remediation: "Set `alarm_actions` to a topic that reaches somebody, and leave `actions_enabled` at `true`.",
    example: "An `aws_cloudwatch_metric_alarm` without `alarm_actions`, or with `actions_enabled = false`.",
    links: &["https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html"],
};

/// Whether an alarm tells somebody when it fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Voice {
    /// It does.
    Heard,
    /// It cannot be told; the attribute and why.
    Unclear(&'static str, String),
    /// It does not; the attribute and what is wrong with it.
    Silent(&'static str, String),
}

/// Whether `alarm`, or a composite alarm that it makes fire, tells somebody on one side.
pub fn voice(plan: &Plan<'_>, alarm: &Change, settings: &Settings, side: Side) -> Voice {
    let mut best = own(plan, alarm, settings, side);
    let mut seen = BTreeSet::from([alarm.address.as_str()]);
    let mut firing: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<(&Change, Proof)> = vec![(alarm, Proof::Proven)];
    let mut at = 0;
    while best != Voice::Heard
        && let Some((member, proof)) = open.get(at).cloned()
    {
        at += 1;
        if let Attr::Known(name) = side.read(member, "alarm_name").text() {
            firing.insert(name);
        }
        for (composite, included) in plan.composites(side).over(member) {
            let change = composite.change;
            let included = match &composite.rule {
                Known::Rule(rule) if rule.holds(&BTreeSet::new()) || !rule.holds(&firing) => {
                    continue;
                }
                Known::Rule(_) => proof.clone(),
                Known::References | Known::Unclear(_) => proof.clone().and(included),
            };
            if !seen.insert(&change.address) {
                continue;
            }
            match (own(plan, change, settings, side), &included) {
                (Voice::Heard, Proof::Proven) => return Voice::Heard,
                (Voice::Heard, Proof::Possible(why)) => {
                    best = Voice::Unclear(
                        "alarm_actions",
                        format!(
                            "whether `{}` includes it cannot be told: {why}",
                            change.address
                        ),
                    );
                }
                (Voice::Unclear(attribute, why), _) => {
                    best = Voice::Unclear(
                        attribute,
                        format!("of `{}`, which includes it, {why}", change.address),
                    );
                }
                _ => {}
            }
            open.push((change, included));
        }
    }
    best
}

fn own(plan: &Plan<'_>, alarm: &Change, settings: &Settings, side: Side) -> Voice {
    match (
        acts(plan, alarm, settings, side),
        plan.listeners(side).muted(alarm),
    ) {
        (Voice::Heard, Some(Quiet::Always(rule))) => Voice::Silent(
            "alarm_name",
            format!("`{rule}` mutes it, and begins again before it ends"),
        ),
        (Voice::Heard, Some(Quiet::Unclear(why))) => Voice::Unclear("alarm_name", why),
        (voice, _) => voice,
    }
}

fn acts(plan: &Plan<'_>, alarm: &Change, settings: &Settings, side: Side) -> Voice {
    match side.read(alarm, "actions_enabled").bool() {
        Attr::Known(true) | Attr::Unset => {}
        Attr::Known(false) => {
            return Voice::Silent("actions_enabled", "`actions_enabled` is false".to_owned());
        }
        Attr::Undetermined(why) => {
            return Voice::Unclear("actions_enabled", format!("`actions_enabled` is {why}"));
        }
    }
    let accepted = |text: &str| {
        settings.accepted_actions.is_empty()
            || settings
                .accepted_actions
                .iter()
                .any(|pattern| matches(pattern, text))
    };
    // An ARN that is not known yet is still known to be the ARN of something.
    let referred = || {
        side.references(alarm, "alarm_actions")
            .iter()
            .any(|reference| match Reference::parse(reference) {
                Reference::Resource { block, .. } => accepted(&block) || accepted(reference),
                Reference::Each { .. } | Reference::Selector | Reference::Opaque => false,
            })
    };
    let unclear = |why: String| Voice::Unclear("alarm_actions", why);
    match side.read(alarm, "alarm_actions").items() {
        Attr::Unset => Voice::Silent("alarm_actions", "it has no `alarm_actions`".to_owned()),
        Attr::Undetermined(_) if referred() => Voice::Heard,
        Attr::Undetermined(why) => unclear(format!("`alarm_actions` is {why}")),
        Attr::Known(items) if items.is_empty() => {
            Voice::Silent("alarm_actions", "it has no `alarm_actions`".to_owned())
        }
        Attr::Known(items) => {
            let mut unknown = None;
            let mut gone = None;
            for item in &items {
                match item.text() {
                    Attr::Known(arn) if plan.listeners(side).gone(&arn).is_some() => {
                        gone = plan.listeners(side).gone(&arn);
                    }
                    Attr::Known(arn) if accepted(&arn) => return Voice::Heard,
                    Attr::Known(_) | Attr::Unset => {}
                    Attr::Undetermined(why) => unknown = Some(why),
                }
            }
            match unknown {
                // An element of the set is an action, whatever its ARN will be.
                Some(_) if settings.accepted_actions.is_empty() || referred() => Voice::Heard,
                Some(why) => unclear(format!(
                    "an ARN in `alarm_actions` is {why}, and its address is not accepted"
                )),
                None => Voice::Silent(
                    "alarm_actions",
                    match gone {
                        Some(topic) => {
                            format!("the topic of its action, `{}`, is deleted", topic.address)
                        }
                        None => {
                            "none of its `alarm_actions` is one that the settings accept".to_owned()
                        }
                    },
                ),
            }
        }
    }
}

/// The finding for an alarm that is not heard; `resources` are those that must have it.
pub fn finding(alarm: &Change, voice: Voice, resources: &[&str]) -> Option<Finding> {
    let of = match resources {
        [] => "the alarm".to_owned(),
        [one] => format!("the alarm that `{one}` must have"),
        [one, more @ ..] => format!("the alarm that `{one}` and {} more must have", more.len()),
    };
    match voice {
        Voice::Heard => None,
        Voice::Silent(attribute, what) => {
            let remediation = match attribute {
                "actions_enabled" => "Set `actions_enabled = true`.",
                _ if what.starts_with("none") => {
                    "Add an action to `alarm_actions` that the settings accept."
                }
                _ => SILENT_ALARM.remediation,
            };
            Some(
                SILENT_ALARM
                    .violation(alarm, format!("{of} tells nobody: {what}"))
                    .attribute(attribute)
                    .remediation(remediation),
            )
        }
        Voice::Unclear(attribute, why) => Some(
            SILENT_ALARM
                .undetermined(
                    alarm,
                    format!("whether {of} tells anybody cannot be told: {why}"),
                )
                .attribute(attribute),
        ),
    }
}
