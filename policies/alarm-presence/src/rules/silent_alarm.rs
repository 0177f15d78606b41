//! A required alarm that tells nobody.

use std::collections::BTreeSet;

use tollgate_policy::pattern::matches;
use tollgate_policy::{Attr, Change, Finding, Mode, RuleDef, Severity};

use crate::alarm::COMPOSITE_ALARM;
use crate::alarm_rule;
use crate::plan::Plan;
use crate::reference::{Proof, Reference};
use crate::settings::Settings;

/// A required alarm without an action that runs when it fires.
///
/// **What it does**: flags an alarm that meets a requirement but has no
/// `alarm_actions`, none that the settings accept, or `actions_enabled = false`,
/// unless a composite alarm that it makes fire has an action. `ok_actions` and
/// `insufficient_data_actions` do not count.
///
/// **Why**: an alarm that only changes colour on a page is found when somebody
/// already knows that something is wrong.
///
/// **Example**
/// ```hcl
/// resource "aws_cloudwatch_metric_alarm" "errors" {
///   alarm_actions   = [aws_sns_topic.on_call.arn]
///   actions_enabled = true # the default
///   # …
/// }
/// ```
pub const SILENT_ALARM: RuleDef = RuleDef {
    id: "silent-alarm",
    title: "Required alarm that tells nobody",
    description: "An alarm without an enabled action only changes colour on a page, where it is found when \
                  somebody already knows that something is wrong.",
    severity: Severity::High,
    remediation: "Set `alarm_actions` to a topic that reaches somebody, and leave `actions_enabled` at `true`.",
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

/// Whether `alarm`, or a composite alarm that it makes fire, tells somebody.
pub fn voice(plan: &Plan<'_>, alarm: &Change, settings: &Settings) -> Voice {
    through(plan, alarm, settings, &mut BTreeSet::new())
}

fn through<'a>(
    plan: &Plan<'a>,
    alarm: &Change,
    settings: &Settings,
    seen: &mut BTreeSet<&'a str>,
) -> Voice {
    let mut best = own(alarm, settings);
    if best == Voice::Heard {
        return best;
    }
    for composite in plan.changes.iter().filter(|change| {
        change.kind == COMPOSITE_ALARM
            && change.mode == Mode::Managed
            && change.remains()
            && change.address != alarm.address
    }) {
        let included = includes(plan, composite, alarm);
        if included == Proof::No || !seen.insert(&composite.address) {
            continue;
        }
        match (through(plan, composite, settings, seen), included) {
            (Voice::Heard, Proof::Proven) => return Voice::Heard,
            (Voice::Heard, Proof::Possible(why)) => {
                best = Voice::Unclear(
                    "alarm_actions",
                    format!(
                        "whether `{}` includes it cannot be told: {why}",
                        composite.address
                    ),
                );
            }
            (Voice::Unclear(attribute, why), _) => {
                best = Voice::Unclear(
                    attribute,
                    format!("of `{}`, which includes it, {why}", composite.address),
                );
            }
            _ => {}
        }
    }
    best
}

fn own(alarm: &Change, settings: &Settings) -> Voice {
    match alarm.after("actions_enabled").bool() {
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
        alarm.references("alarm_actions").iter().any(|reference| {
            match Reference::parse(reference) {
                Reference::Resource { block, .. } => accepted(&block) || accepted(reference),
                Reference::Selector | Reference::Opaque => false,
            }
        })
    };
    let unclear = |why: String| Voice::Unclear("alarm_actions", why);
    match alarm.after("alarm_actions").items() {
        Attr::Unset => Voice::Silent("alarm_actions", "it has no `alarm_actions`".to_owned()),
        Attr::Undetermined(_) if referred() => Voice::Heard,
        Attr::Undetermined(why) => unclear(format!("`alarm_actions` is {why}")),
        Attr::Known(items) if items.is_empty() => {
            Voice::Silent("alarm_actions", "it has no `alarm_actions`".to_owned())
        }
        Attr::Known(items) => {
            let mut unknown = None;
            for item in &items {
                match item.text() {
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
                    "none of its `alarm_actions` is one that the settings accept".to_owned(),
                ),
            }
        }
    }
}

/// Whether a composite alarm fires because of `alarm`.
fn includes(plan: &Plan<'_>, composite: &Change, alarm: &Change) -> Proof {
    if let (Some(here), Some(there)) = (&composite.region, &alarm.region)
        && here != there
    {
        return Proof::No;
    }
    match composite.after("alarm_rule").text() {
        Attr::Unset => Proof::No,
        Attr::Known(rule) => match (
            alarm.after("alarm_name").text(),
            alarm_rule::triggers(&rule),
        ) {
            (Attr::Known(name), Some(names)) if names.contains(&name) => Proof::Proven,
            (Attr::Known(name), None) if rule.contains(&name) => {
                Proof::Possible("its `alarm_rule` is not understood".to_owned())
            }
            // A rule that is known cannot hold a name that is not.
            _ => Proof::No,
        },
        Attr::Undetermined(why) => {
            let mut proof = Proof::No;
            let mut named = false;
            for reference in composite.references("alarm_rule") {
                if let Reference::Resource { block, kind, key } = Reference::parse(reference) {
                    named |= kind == alarm.kind;
                    if block == alarm.block {
                        proof = proof.or(plan.instances.means(composite, alarm, key.as_ref()));
                    }
                }
            }
            match proof {
                Proof::No if !named => Proof::Possible(format!("its `alarm_rule` is {why}")),
                proof => proof,
            }
        }
    }
}

/// The finding for an alarm that is required of `resources` and not heard.
pub fn finding(alarm: &Change, voice: Voice, resources: &[&str]) -> Option<Finding> {
    let of = match resources {
        [] => "a required alarm".to_owned(),
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
