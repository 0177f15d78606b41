//! `alarm-presence`: resources have the CloudWatch alarms that they must have, and
//! the alarms tell somebody.
//!
//! - [`requirements`]: the table of what must be watched, one file per service; each
//!   row is a rule.
//! - [`rules`]: what is not a row: a required alarm that tells nobody, the last alarm
//!   of a resource that stays, a requirement of the settings.
//! - [`link`]: whether an alarm watches a resource; [`reference`] for what is known
//!   only after apply.
//! - [`alarm`], [`math`], [`insights`], [`alarm_rule`]: what an alarm watches.
//! - [`dead_letter`]: which queues are dead-letter queues.
//!
//! The policy judges alarms that are in the plan. One that is made elsewhere (by
//! another configuration, CloudFormation or hand) is not seen: exclude the resource,
//! or waive the finding. Thresholds, periods and statistics are not judged.

pub mod alarm;
pub mod alarm_rule;
pub mod dead_letter;
pub mod insights;
pub mod interests;
pub mod link;
pub mod math;
pub mod plan;
pub mod reference;
pub mod required;
pub mod requirement;
pub mod requirements;
pub mod rules;
pub mod settings;

use std::collections::BTreeMap;

use tollgate_policy::{Change, Evaluation, Finding, Input, Interest, Policy, RuleDef};

use crate::link::Scope;
use crate::plan::Plan;
use crate::reference::Proof;
use crate::required::Parts;
use crate::requirement::Requirement;
use crate::requirements::ALL;
use crate::rules::custom_metric_unwatched::CUSTOM_METRIC_UNWATCHED;
use crate::rules::last_alarm_removed::{self, LAST_ALARM_REMOVED, Loss};
use crate::rules::silent_alarm::{self, SILENT_ALARM, Voice};
use crate::rules::unwatched;
use crate::settings::Settings;

/// The policy.
#[derive(Debug)]
pub struct AlarmPresence;

const RULE_COUNT: usize = ALL.len() + 3;

const RULES: [&RuleDef; RULE_COUNT] = {
    let mut rules = [&SILENT_ALARM; RULE_COUNT];
    let mut at = 0;
    while at < ALL.len() {
        rules[at] = &ALL[at].rule;
        at += 1;
    }
    rules[at] = &CUSTOM_METRIC_UNWATCHED;
    rules[at + 1] = &LAST_ALARM_REMOVED;
    rules
};

impl Policy for AlarmPresence {
    type Settings = Settings;
    const NAME: &'static str = "alarm-presence";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "Resources have the CloudWatch alarms that they must have, and the alarms tell somebody.";
    const RULES: &'static [&'static RuleDef] = &RULES;

    fn interests() -> Vec<Interest> {
        interests::interests()
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let settings = &input.settings;
        let parts = Parts::of(settings)?;
        let metrics = parts.metrics();
        let required =
            required::required(settings, &input.environment, &parts.requirements(&metrics))?;
        let plan = Plan::of(&input.changes);
        let judge = Judge {
            plan: &plan,
            settings,
            required: &required,
            keep_last: settings
                .keep_last_alarm
                .unwrap_or(input.environment.protected),
            // Only what the plan says of itself: OpenTofu says nothing.
            whole: input.plan.complete != Some(false),
        };
        Ok(Evaluation {
            findings: judge.findings(),
            documents: Vec::new(),
        })
    }
}

struct Judge<'a> {
    plan: &'a Plan<'a>,
    settings: &'a Settings,
    required: &'a [Requirement<'a>],
    keep_last: bool,
    whole: bool,
}

/// Alarms to report on, by address. One alarm can matter to several resources and is
/// reported once.
type ByAlarm<'a, T> = BTreeMap<(&'a str, &'a str), (&'a Change, Vec<T>)>;

impl<'a> Judge<'a> {
    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut removed: ByAlarm<'a, Loss<'a>> = BTreeMap::new();
        let mut silent: ByAlarm<'a, &'a str> = BTreeMap::new();
        for resource in self.plan.resources() {
            let mut lost = false;
            for requirement in self.required {
                let applies = self.plan.applies(requirement, resource);
                if applies == Proof::No
                    || required::excluded(self.settings, &resource.address, requirement)
                {
                    continue;
                }
                let mut proven: Vec<&'a Change> = Vec::new();
                let mut possible: Vec<(String, String)> = Vec::new();
                for (alarm, proof) in self.plan.watching(resource, requirement, Scope::Required) {
                    match proof {
                        Proof::Proven => proven.push(alarm.change),
                        Proof::Possible(why) => possible.push((alarm.change.address.clone(), why)),
                        Proof::No => {}
                    }
                }
                if !proven.is_empty() {
                    for alarm in self.unheard(proven) {
                        let (_, resources) = silent
                            .entry((&alarm.address, &alarm.address))
                            .or_insert_with(|| (alarm, Vec::new()));
                        if !resources.contains(&resource.address.as_str()) {
                            resources.push(&resource.address);
                        }
                    }
                    continue;
                }
                let was = self.plan.watched(resource, requirement, Scope::Required);
                if let Some(alarm) = last_alarm_removed::culprit(&was) {
                    lost = true;
                    lose(
                        &mut removed,
                        alarm,
                        Loss {
                            resource,
                            metrics: Some(unwatched::metrics(requirement)),
                            unclear: possible.into_iter().next().map(|(_, why)| why),
                        },
                    );
                } else {
                    findings.push(unwatched::finding(
                        resource,
                        requirement,
                        possible,
                        &applies,
                        self.whole,
                    ));
                }
            }
            if self.keep_last
                && !lost
                && let Some((alarm, loss)) = self.last_alarm(resource)
            {
                lose(&mut removed, alarm, loss);
            }
        }
        for (alarm, losses) in removed.into_values() {
            findings.extend(last_alarm_removed::finding(alarm, &losses, self.whole));
        }
        for (alarm, resources) in silent.into_values() {
            let voice = silent_alarm::voice(self.plan, alarm, self.settings);
            findings.extend(silent_alarm::finding(alarm, voice, &resources));
        }
        findings
    }

    /// The alarms to report if none of them tells anybody: one that does suffices.
    fn unheard(&self, alarms: Vec<&'a Change>) -> Vec<&'a Change> {
        let heard =
            |alarm: &&Change| silent_alarm::voice(self.plan, alarm, self.settings) == Voice::Heard;
        if !self.settings.require_action || alarms.iter().any(heard) {
            Vec::new()
        } else {
            alarms
        }
    }

    /// Whether a resource loses the last alarm of any kind.
    fn last_alarm(&self, resource: &'a Change) -> Option<(&'a Change, Loss<'a>)> {
        if required::excluded_entirely(self.settings, &resource.address) {
            return None;
        }
        let mut was = Vec::new();
        for row in Plan::table_for(resource) {
            was.extend(self.plan.watched(resource, row, Scope::AnyMetric));
        }
        let alarm = last_alarm_removed::culprit(&was)?;
        let mut unclear = None;
        for row in Plan::table_for(resource) {
            for (_, proof) in self.plan.watching(resource, row, Scope::AnyMetric) {
                match proof {
                    Proof::Proven => return None,
                    Proof::Possible(why) => unclear = Some(why),
                    Proof::No => {}
                }
            }
        }
        Some((
            alarm,
            Loss {
                resource,
                metrics: None,
                unclear,
            },
        ))
    }
}

fn lose<'a>(removed: &mut ByAlarm<'a, Loss<'a>>, alarm: &'a Change, loss: Loss<'a>) {
    let place = last_alarm_removed::place(alarm, loss.resource);
    removed
        .entry((&place.address, &alarm.address))
        .or_insert_with(|| (alarm, Vec::new()))
        .1
        .push(loss);
}

tollgate_policy::export!(AlarmPresence);

// Its tables are read by column.
#[cfg(test)]
#[rustfmt::skip]
mod tests;
