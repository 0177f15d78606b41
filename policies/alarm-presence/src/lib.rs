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

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{Change, Evaluation, Finding, Input, Interest, Policy, RuleDef};

use crate::link::Scope;
use crate::plan::Plan;
use crate::reference::Proof;
use crate::required::Parts;
use crate::requirement::Requirement;
use crate::requirements::ALL;
use crate::rules::custom_metric_unwatched::CUSTOM_METRIC_UNWATCHED;
use crate::rules::last_alarm_removed::{self, LAST_ALARM_REMOVED, Lost};
use crate::rules::silent_alarm::{self, SILENT_ALARM};
use crate::rules::unwatched::{self, Gap};
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

impl<'a> Judge<'a> {
    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        // One alarm can be required by several resources and is reported once.
        let mut relied_on: BTreeMap<&'a str, (&'a Change, BTreeSet<&'a str>)> = BTreeMap::new();
        for resource in self.plan.resources() {
            let mut lost = false;
            for requirement in self.required {
                let applies = self.plan.applies(requirement, resource);
                if applies == Proof::No
                    || required::excluded(self.settings, &resource.address, requirement)
                {
                    continue;
                }
                let watching = self.plan.watching(resource, requirement, Scope::Required);
                let proven: Vec<&'a Change> = watching
                    .iter()
                    .filter(|(_, proof)| *proof == Proof::Proven)
                    .map(|(alarm, _)| alarm.change)
                    .collect();
                if !proven.is_empty() {
                    for alarm in self.unheard(&proven) {
                        relied_on
                            .entry(&alarm.address)
                            .or_insert((alarm, BTreeSet::new()))
                            .1
                            .insert(&resource.address);
                    }
                    continue;
                }
                let possible: Vec<(String, String)> = watching
                    .into_iter()
                    .filter_map(|(alarm, proof)| match proof {
                        Proof::Possible(why) => Some((alarm.change.address.clone(), why)),
                        Proof::Proven | Proof::No => None,
                    })
                    .collect();
                let removed = last_alarm_removed::finding(
                    resource,
                    &self.plan.watched(resource, requirement, Scope::Required),
                    &Lost::Metric(unwatched::metrics(requirement)),
                    possible.first().map(|(_, why)| why.as_str()),
                    self.whole,
                );
                lost |= removed.is_some();
                findings.push(removed.unwrap_or_else(|| {
                    let gap = if possible.is_empty() {
                        Gap::None
                    } else {
                        Gap::Possible(possible)
                    };
                    unwatched::finding(resource, requirement, gap, &applies, self.whole)
                }));
            }
            if self.keep_last && !lost {
                findings.extend(self.last_alarm(resource));
            }
        }
        for (alarm, resources) in relied_on.into_values() {
            let resources: Vec<&str> = resources.into_iter().collect();
            findings.extend(silent_alarm::finding(
                alarm,
                silent_alarm::voice(self.plan, alarm, self.settings),
                &resources,
            ));
        }
        findings
    }

    /// The alarms to report if none of them tells anybody: one that does suffices.
    fn unheard(&self, alarms: &[&'a Change]) -> Vec<&'a Change> {
        let heard = |alarm: &&Change| {
            silent_alarm::voice(self.plan, alarm, self.settings) == silent_alarm::Voice::Heard
        };
        if !self.settings.require_action || alarms.iter().any(heard) {
            Vec::new()
        } else {
            alarms.to_vec()
        }
    }

    /// Whether a resource loses the last alarm of any kind.
    fn last_alarm(&self, resource: &Change) -> Option<Finding> {
        if required::excluded_entirely(self.settings, &resource.address) {
            return None;
        }
        let mut was = Vec::new();
        let mut possible = None;
        for row in Plan::table_for(resource) {
            for (_, proof) in self.plan.watching(resource, row, Scope::AnyMetric) {
                match proof {
                    Proof::Proven => return None,
                    Proof::Possible(why) => possible = Some(why),
                    Proof::No => {}
                }
            }
            for alarm in self.plan.watched(resource, row, Scope::AnyMetric) {
                if was
                    .iter()
                    .all(|known: &&alarm::Alarm<'_>| known.change.address != alarm.change.address)
                {
                    was.push(alarm);
                }
            }
        }
        last_alarm_removed::finding(resource, &was, &Lost::Any, possible.as_deref(), self.whole)
    }
}

tollgate_policy::export!(AlarmPresence);

// Its tables are read by column.
#[cfg(test)]
#[rustfmt::skip]
mod tests;
