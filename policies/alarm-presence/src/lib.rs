//! `alarm-presence`: resources have the CloudWatch alarms that they must have, and
//! the alarms tell somebody.
//!
//! - [`requirements`]: the table of what must be watched, one file per service; each
//!   row is a rule.
//! - [`rules`]: what is not a row: an alarm that tells nobody or cannot fire, the last alarm
//!   of a resource that stays, the last subscription of a topic, what is switched off while it
//!   stays, a requirement of the settings.
//! - [`link`]: whether an alarm watches a resource; [`index`] for which alarms are asked,
//!   [`mod@reference`] for what is known only after apply, [`identity`] for what names a
//!   resource.
//! - [`alarm`], [`math`], [`insights`]: what an alarm watches.
//! - [`condition`], [`metric_values`]: whether a value can make an alarm fire.
//! - [`composite`], [`alarm_rule`], [`listeners`], [`mute`]: who hears it.
//! - [`dead_letter`]: which queues are dead-letter queues.
//! - [`side`]: all of that is asked of both sides of the plan, so that a finding says whether
//!   the plan brings it about (`cause.rs`).
//!
//! The policy judges alarms that are in the plan. One that is made elsewhere (by
//! another configuration, CloudFormation or hand) is not seen: exclude the resource,
//! or waive the finding. Whether a threshold is a good one is not judged, only whether it
//! can be met.

pub mod alarm;
pub mod alarm_rule;
mod cause;
pub mod composite;
pub mod condition;
pub mod dead_letter;
pub mod identity;
pub mod index;
pub mod insights;
pub mod interests;
pub mod link;
pub mod listeners;
pub mod math;
pub mod metric_values;
pub mod mute;
pub mod plan;
pub mod reference;
pub mod required;
pub mod requirement;
pub mod requirements;
pub mod rules;
pub mod settings;
pub mod side;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{
    Action, Attr, Cause, Change, Evaluation, Finding, Input, Interest, Policy, RuleDef,
};
use tollgate_policy_common::bound::bounded;

use crate::alarm::What;
use crate::link::Scope;
use crate::plan::{Plan, Watching};
use crate::reference::Proof;
use crate::required::Parts;
use crate::requirement::{Expected, Requirement};
use crate::requirements::ALL;
use crate::rules::alarm_weakened::{self, ALARM_WEAKENED};
use crate::rules::custom_metric_unwatched::CUSTOM_METRIC_UNWATCHED;
use crate::rules::deaf_alarm::{self, DEAF_ALARM};
use crate::rules::last_alarm_removed::{self, LAST_ALARM_REMOVED, Loss};
use crate::rules::last_subscription_removed::{self, LAST_SUBSCRIPTION_REMOVED};
use crate::rules::silent_alarm::{self, SILENT_ALARM, Voice};
use crate::rules::unwatched;
use crate::settings::Settings;
use crate::side::Side;

/// The policy.
#[derive(Debug)]
pub struct AlarmPresence;

const RULE_COUNT: usize = ALL.len() + 6;

const RULES: [&RuleDef; RULE_COUNT] = {
    let mut rules = [&SILENT_ALARM; RULE_COUNT];
    let mut at = 0;
    while at < ALL.len() {
        rules[at] = &ALL[at].rule;
        at += 1;
    }
    rules[at] = &CUSTOM_METRIC_UNWATCHED;
    rules[at + 1] = &LAST_ALARM_REMOVED;
    rules[at + 2] = &LAST_SUBSCRIPTION_REMOVED;
    rules[at + 3] = &DEAF_ALARM;
    rules[at + 4] = &ALARM_WEAKENED;
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
        let protected = input.environment.protected;
        let judge = Judge {
            plan: &plan,
            settings,
            required: Required::of(&required),
            keep_last: settings.keep_last_alarm.unwrap_or(protected),
            every_acts: settings.every_alarm_acts.unwrap_or(protected),
            every_fires: settings.every_alarm_can_fire.unwrap_or(protected),
            // Only what the plan says of itself: OpenTofu says nothing.
            whole: input.plan.complete != Some(false),
            voices: RefCell::default(),
        };
        let mut findings = judge.findings();
        let apart = settings.existing_apart.unwrap_or_else(|| {
            let idle = |change: &Change| matches!(change.action, Action::NoOp | Action::Read);
            input.changes.iter().any(|change| !idle(change))
        });
        for finding in &mut findings {
            if finding.cause == Cause::Existing && !apart {
                finding.cause = Cause::Planned;
            }
        }
        Ok(Evaluation {
            findings: bounded(findings),
            ..Evaluation::default()
        })
    }
}

/// The requirements that hold, by resource type.
struct Required<'a>(BTreeMap<&'a str, Vec<&'a Requirement<'a>>>);

impl<'a> Required<'a> {
    fn of(required: &'a [Requirement<'a>]) -> Self {
        let mut found: BTreeMap<&str, Vec<&Requirement<'a>>> = BTreeMap::new();
        for requirement in required {
            for kind in requirement.types {
                found.entry(kind).or_default().push(requirement);
            }
        }
        Self(found)
    }

    fn of_type(&self, kind: &str) -> &[&'a Requirement<'a>] {
        self.0.get(kind).map_or(&[], Vec::as_slice)
    }
}

struct Judge<'a> {
    plan: &'a Plan<'a>,
    settings: &'a Settings,
    required: Required<'a>,
    keep_last: bool,
    every_acts: bool,
    every_fires: bool,
    whole: bool,
    // Many resources can have one alarm.
    voices: RefCell<BTreeMap<(Side, &'a str), Voice>>,
}

/// An alarm that tells nobody.
#[derive(Debug, Default)]
struct Silence<'a> {
    /// The resources that must have it.
    resources: BTreeSet<&'a str>,
    /// Whether it matters only by what the plan does.
    caused: bool,
}

/// Alarms to report on, by address. One alarm can matter to several resources and is
/// reported once.
type ByAlarm<'a, T> = BTreeMap<(&'a str, &'a str), (&'a Change, T)>;

impl<'a> Judge<'a> {
    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut removed: ByAlarm<'a, Vec<Loss<'a>>> = BTreeMap::new();
        let mut silent: ByAlarm<'a, Silence<'a>> = BTreeMap::new();
        for resource in self.plan.resources() {
            let mut lost = false;
            for requirement in self.required.of_type(&resource.kind) {
                let applies = self.plan.applies(requirement, resource, Side::After);
                if applies == Proof::No
                    || required::excluded(self.settings, &resource.address, requirement)
                {
                    continue;
                }
                let found = self.watching(Side::After, resource, requirement);
                if !found.proven.is_empty() {
                    let proven = found.proven.iter().map(|alarm| alarm.change).collect();
                    let unheard = self.unheard(proven);
                    if unheard.is_empty() {
                        continue;
                    }
                    let caused = !self.was_unheard(resource, requirement);
                    for alarm in unheard {
                        let silence = &mut silent
                            .entry((&alarm.address, &alarm.address))
                            .or_insert_with(|| (alarm, Silence::default()))
                            .1;
                        silence.resources.insert(&resource.address);
                        silence.caused |= caused;
                    }
                    continue;
                }
                let was = self.was_watched(resource, requirement);
                let existing = self.was_unwatched(
                    resource,
                    requirement,
                    was.as_ref(),
                    !found.possible.is_empty(),
                );
                let possible: Vec<(String, String)> = found
                    .possible
                    .into_iter()
                    .map(|(alarm, why)| (alarm.change.address.clone(), why))
                    .collect();
                let proven = was.map(|was| was.proven).unwrap_or_default();
                if let Some(alarm) = last_alarm_removed::culprit(&proven) {
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
                    let finding =
                        unwatched::finding(resource, requirement, possible, &applies, self.whole);
                    findings.push(if existing {
                        finding.existing()
                    } else {
                        finding
                    });
                }
            }
            if self.keep_last
                && !lost
                && let Some((alarm, loss)) = self.last_alarm(resource)
            {
                lose(&mut removed, alarm, loss);
            }
        }
        let lost: BTreeSet<&str> = removed
            .values()
            .map(|(alarm, _)| alarm.address.as_str())
            .collect();
        if self.keep_last {
            for alarm in self.emptied() {
                if !lost.contains(alarm.address.as_str()) {
                    findings.push(last_alarm_removed::emptied(alarm));
                }
            }
            findings.extend(self.deserted());
            findings.extend(self.weakened());
        }
        for (alarm, losses) in removed.into_values() {
            findings.extend(last_alarm_removed::finding(alarm, &losses, self.whole));
        }
        if self.every_acts {
            self.others_that_are_silent(&mut silent);
        }
        if self.every_fires {
            findings.extend(
                self.plan
                    .resources()
                    .filter(|change| {
                        change.kind == alarm::METRIC_ALARM
                            && !required::excluded_entirely(self.settings, &change.address)
                    })
                    .filter_map(deaf_alarm::finding),
            );
        }
        for (alarm, silence) in silent.into_values() {
            let resources: Vec<&str> = silence.resources.into_iter().collect();
            let voice = self.voice(alarm, Side::After);
            let existing = !silence.caused && self.was_quiet(alarm);
            findings.extend(
                silent_alarm::finding(alarm, voice, &resources).map(|finding| match existing {
                    true => finding.existing(),
                    false => finding,
                }),
            );
        }
        findings
    }

    /// The alarms that watch a resource on one side, up to one that somebody hears.
    fn watching(
        &self,
        side: Side,
        resource: &'a Change,
        requirement: &Requirement<'_>,
    ) -> Watching<'_, 'a> {
        self.plan
            .watching(side, resource, requirement, Scope::Required, |alarm| {
                !self.settings.require_action || self.voice(alarm, side) == Voice::Heard
            })
    }

    fn voice(&self, alarm: &'a Change, side: Side) -> Voice {
        let key = (side, alarm.address.as_str());
        if let Some(known) = self.voices.borrow().get(&key) {
            return known.clone();
        }
        let voice = silent_alarm::voice(self.plan, alarm, self.settings, side);
        self.voices.borrow_mut().insert(key, voice.clone());
        voice
    }

    fn heard(&self, alarm: &'a Change) -> bool {
        self.voice(alarm, Side::After) == Voice::Heard
    }

    /// The alarms to report if none of them tells anybody: one that does suffices.
    fn unheard(&self, alarms: Vec<&'a Change>) -> Vec<&'a Change> {
        if !self.settings.require_action || alarms.iter().any(|alarm| self.heard(alarm)) {
            Vec::new()
        } else {
            alarms
        }
    }

    /// Adds the alarms that no requirement wants and that tell nobody, unless they are
    /// there for something else than to tell.
    fn others_that_are_silent(&self, silent: &mut ByAlarm<'a, Silence<'a>>) {
        let serves = |alarm: &Change, side: Side| {
            self.plan.composites(side).uses(alarm) || self.plan.listeners(side).await_it(alarm)
        };
        for alarm in self
            .plan
            .resources()
            .filter(|change| alarm::is_alarm(change))
        {
            if required::excluded_entirely(self.settings, &alarm.address)
                || self.heard(alarm)
                || serves(alarm, Side::After)
            {
                continue;
            }
            silent
                .entry((&alarm.address, &alarm.address))
                .or_insert_with(|| {
                    let silence = Silence {
                        caused: serves(alarm, Side::Before),
                        ..Silence::default()
                    };
                    (alarm, silence)
                });
        }
    }

    /// The alarms of a plan that deletes all of its alarms, whose resources it does not
    /// have.
    fn emptied(&self) -> Vec<&'a Change> {
        let is_alarm = |change: &Change| change.kind == alarm::METRIC_ALARM;
        let remains = |change: &&Change| is_alarm(change) && change.remains();
        // What is deleted beside what watches and tells may be what they watch.
        if self.plan.changes.iter().any(|change| {
            remains(&change) || (change.action == Action::Delete && !plan::is_of_monitoring(change))
        }) {
            return Vec::new();
        }
        // What else is in the plan, by every value that can be in a dimension.
        let mut values: BTreeSet<String> = BTreeSet::new();
        for change in self.plan.changes.iter().filter(|change| !is_alarm(change)) {
            for row in self.plan.table_for(change) {
                for dimension in row.metrics.iter().flat_map(|metric| metric.dimensions) {
                    if let Expected::Attribute(path) = dimension.value {
                        for side in [change.before(path), change.after(path)] {
                            if let Attr::Known(value) = side.text() {
                                values.insert(value);
                            }
                        }
                    }
                }
            }
        }
        self.plan
            .alarms
            .iter()
            .filter(|alarm| {
                alarm.change.action == Action::Delete
                    && alarm.change.deposed.is_none()
                    && alarm
                        .watched(Side::Before)
                        .iter()
                        .any(|watched| match &watched.what {
                            What::Metric { dimensions, .. } => {
                                dimensions.entries().is_known_and(|entries| {
                                    !entries.is_empty()
                                        && !entries.iter().any(|(_, value)| {
                                            value
                                                .text()
                                                .is_known_and(|value| values.contains(value))
                                        })
                                })
                            }
                            What::Insights(_) | What::Opaque { .. } => false,
                        })
            })
            .map(|alarm| alarm.change)
            .collect()
    }

    /// The findings on what is switched off while it stays.
    fn weakened(&self) -> Vec<Finding> {
        self.plan
            .changes
            .iter()
            .filter(|change| !required::excluded_entirely(self.settings, &change.address))
            .flat_map(|change| alarm_weakened::findings(self.plan, change, self.whole))
            .collect()
    }

    /// The findings on topics that lose their last subscription.
    fn deserted(&self) -> Vec<Finding> {
        let listeners = self.plan.listeners(Side::After);
        let mut notify: BTreeMap<&str, Vec<&str>> = listeners
            .deserted()
            .map(|(arn, _)| (arn, Vec::new()))
            .collect();
        if notify.is_empty() {
            return Vec::new();
        }
        for alarm in self
            .plan
            .resources()
            .filter(|change| alarm::is_alarm(change))
        {
            let Attr::Known(actions) = alarm.after("alarm_actions").items() else {
                continue;
            };
            for action in actions {
                if let Attr::Known(arn) = action.text()
                    && let Some(alarms) = notify.get_mut(arn.as_str())
                {
                    alarms.push(&alarm.address);
                }
            }
        }
        listeners
            .deserted()
            .filter_map(|(arn, subscription)| {
                last_subscription_removed::finding(subscription, notify.get(arn)?, self.whole)
            })
            .collect()
    }

    /// Whether a resource loses the last alarm of any kind.
    fn last_alarm(&self, resource: &'a Change) -> Option<(&'a Change, Loss<'a>)> {
        if !Side::Before.has(resource)
            || required::excluded_entirely(self.settings, &resource.address)
        {
            return None;
        }
        let rows = self.plan.table_for(resource);
        let mut was = Vec::new();
        for row in rows {
            was.extend(
                self.plan
                    .proven(Side::Before, resource, row, Scope::AnyMetric),
            );
        }
        let alarm = last_alarm_removed::culprit(&was)?;
        let mut unclear = None;
        for row in rows {
            let found = self
                .plan
                .watching(Side::After, resource, row, Scope::AnyMetric, |_| true);
            if !found.proven.is_empty() {
                return None;
            }
            unclear = unclear.or(found.possible.into_iter().next().map(|(_, why)| why));
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

fn lose<'a>(removed: &mut ByAlarm<'a, Vec<Loss<'a>>>, alarm: &'a Change, loss: Loss<'a>) {
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
