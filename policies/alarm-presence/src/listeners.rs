//! Who hears an alarm: what its actions lead to, and what else waits for its state.
//!
//! An action is heard if somebody is behind it. The plan tells when a topic goes, when
//! its last subscription goes, and when a mute rule keeps an alarm quiet.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{Action, Attr, Change, Field, Mode};

use crate::alarm_rule;
use crate::mute::{self, Mute};
use crate::reference::{Instances, Reference};
use crate::side::Side;

/// The resource type of a topic.
pub const TOPIC: &str = "aws_sns_topic";
/// The resource type of a subscription to a topic.
pub const SUBSCRIPTION: &str = "aws_sns_topic_subscription";
/// The resource type of a rule that keeps alarms quiet.
pub const MUTE_RULE: &str = "aws_cloudwatch_alarm_mute_rule";

const EVENT_PATTERN: &str = "event_pattern";

/// Types that wait for the state of an alarm, each with the attribute that names it. An
/// alarm that one of them waits for has no need of an action.
pub const WAITING: &[(&str, &str)] = &[
    ("aws_appconfig_environment", "monitor"),
    ("aws_cloudwatch_event_rule", EVENT_PATTERN),
    ("aws_codedeploy_deployment_group", "alarm_configuration"),
    ("aws_ecs_service", "alarms"),
    ("aws_route53_health_check", "cloudwatch_alarm_name"),
];

/// What one side of the plan says of those who hear alarms.
#[derive(Debug)]
pub struct Listeners<'a> {
    side: Side,
    /// Topics that go, by ARN; none of today.
    gone: BTreeMap<String, &'a Change>,
    /// Topics that lose their last subscription, by ARN: the subscription. None of today.
    deserted: BTreeMap<String, &'a Change>,
    mutes: Vec<Mute<'a>>,
    /// Blocks of alarms that something waits for.
    awaited: BTreeSet<String>,
    /// Names and ARNs of alarms that something waits for.
    names: BTreeSet<String>,
    /// What event rules are about, which is any text.
    patterns: String,
    /// Whether an event rule of the plan is about every change of an alarm's state.
    everything: bool,
}

impl<'a> Listeners<'a> {
    /// Collects them.
    pub fn of(changes: &'a [Change], instances: &Instances<'a>, side: Side) -> Self {
        let mut found = Self {
            side,
            gone: BTreeMap::new(),
            deserted: BTreeMap::new(),
            mutes: Vec::new(),
            awaited: BTreeSet::new(),
            names: BTreeSet::new(),
            patterns: String::new(),
            everything: false,
        };
        let mut before: BTreeMap<String, Vec<&'a Change>> = BTreeMap::new();
        let mut after: BTreeSet<String> = BTreeSet::new();
        let mut unclear = false;
        for change in changes.iter().filter(|change| change.mode == Mode::Managed) {
            match change.kind.as_str() {
                TOPIC | SUBSCRIPTION if side == Side::Before => {}
                TOPIC if change.deposed.is_none() && change.destroys() => {
                    // One that is replaced under its own name keeps its ARN.
                    let renamed = change.before("name").text() != change.after("name").text();
                    if let Attr::Known(arn) = change.before("arn").text()
                        && (change.action == Action::Delete || renamed)
                    {
                        found.gone.insert(arn, change);
                    }
                }
                SUBSCRIPTION if change.deposed.is_none() => {
                    if let Attr::Known(arn) = change.before("topic_arn").text() {
                        before.entry(arn).or_default().push(change);
                    }
                    if change.remains() {
                        match change.after("topic_arn").text() {
                            Attr::Known(arn) => {
                                after.insert(arn);
                            }
                            Attr::Unset => {}
                            // A subscription to a topic that is new, or to any.
                            Attr::Undetermined(_) => unclear = true,
                        }
                    }
                }
                MUTE_RULE if side.has(change) => {
                    found.mutes.push(Mute::of(change, instances, side));
                }
                _ => found.wait(change),
            }
        }
        if !unclear {
            for (arn, subscriptions) in before {
                let Some(lost) = subscriptions
                    .iter()
                    .find(|change| change.action != Action::NoOp)
                else {
                    continue;
                };
                if !after.contains(&arn) && !found.gone.contains_key(&arn) {
                    found.deserted.insert(arn, lost);
                }
            }
        }
        found
    }

    fn wait(&mut self, change: &Change) {
        if !self.side.has(change) {
            return;
        }
        for (_, path) in WAITING.iter().filter(|(kind, _)| *kind == change.kind) {
            for reference in self.side.references(change, path) {
                if let Reference::Resource { block, .. } = Reference::parse(reference) {
                    self.awaited.insert(block);
                }
            }
            let found = self.side.read(change, path);
            if *path != EVENT_PATTERN {
                texts(&found, 0, &mut self.names);
            } else if let Attr::Known(text) = found.text()
                && text.contains("CloudWatch Alarm State Change")
            {
                // A pattern without names is about all of them.
                self.everything |= !text.contains("alarmName") && !text.contains("resources");
                self.patterns.push_str(&text);
            }
        }
    }

    /// Whether something waits for the state of an alarm.
    pub fn await_it(&self, alarm: &Change) -> bool {
        self.everything
            || self.awaited.contains(&alarm.block)
            || self
                .side
                .read(alarm, "alarm_name")
                .text()
                .is_known_and(|name| {
                    !name.is_empty()
                        && (self.names.contains(name) || self.patterns.contains(name.as_str()))
                })
    }

    /// The topic that goes with this ARN.
    pub fn gone(&self, arn: &str) -> Option<&'a Change> {
        self.gone.get(arn).copied()
    }

    /// The topics that lose their last subscription, and the subscription.
    pub fn deserted(&self) -> impl Iterator<Item = (&str, &'a Change)> {
        self.deserted
            .iter()
            .map(|(arn, change)| (arn.as_str(), *change))
    }

    /// Whether a rule mutes an alarm.
    pub fn muted(&self, alarm: &Change) -> Option<mute::Quiet> {
        self.mutes.iter().filter_map(|mute| mute.keeps(alarm)).max()
    }
}

/// The names of alarms among all texts in a value.
fn texts(field: &Field, depth: usize, found: &mut BTreeSet<String>) {
    if let Attr::Known(text) = field.text() {
        found.insert(alarm_rule::name(&text).to_owned());
    } else if depth < 8 {
        if let Attr::Known(items) = field.items() {
            items.iter().for_each(|item| texts(item, depth + 1, found));
        } else if let Attr::Known(entries) = field.entries() {
            for (_, value) in &entries {
                texts(value, depth + 1, found);
            }
        }
    }
}
