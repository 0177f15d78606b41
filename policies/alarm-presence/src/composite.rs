//! Composite alarms, by the alarms that they are made of.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{Attr, Change, Mode};

use crate::alarm::{COMPOSITE_ALARM, METRIC_ALARM};
use crate::alarm_rule::{self, Rule};
use crate::identity;
use crate::reference::{Instances, Keys, Meant, Proof, Reference, keys};
use crate::side::Side;

/// A composite alarm that exists on one side.
#[derive(Debug)]
pub struct Composite<'a> {
    /// What is planned for it.
    pub change: &'a Change,
    /// Its rule, as far as it is known.
    pub rule: Known,
}

/// What is known of a rule.
#[derive(Debug)]
pub enum Known {
    /// All of it.
    Rule(Rule),
    /// What the configuration refers to; the rule itself is known only after apply.
    References,
    /// Nothing; why.
    Unclear(String),
}

/// The composite alarms of one side of a plan.
#[derive(Debug)]
pub struct Composites<'a> {
    side: Side,
    all: Vec<Composite<'a>>,
    names: BTreeMap<String, Vec<usize>>,
    instances: BTreeMap<(String, Keys), Vec<usize>>,
    blocks: BTreeMap<String, Vec<usize>>,
    /// Those whose rules do not tell what they are about.
    unclear: Vec<usize>,
    /// Names and ARNs of the alarms that hold the actions of others back.
    suppressors: BTreeSet<String>,
    suppressing: BTreeSet<String>,
}

impl<'a> Composites<'a> {
    /// Collects the composite alarms that exist on one side.
    pub fn of(changes: &'a [Change], instances: &Instances<'a>, side: Side) -> Self {
        let mut found = Self {
            side,
            all: Vec::new(),
            names: BTreeMap::new(),
            instances: BTreeMap::new(),
            blocks: BTreeMap::new(),
            unclear: Vec::new(),
            suppressors: BTreeSet::new(),
            suppressing: BTreeSet::new(),
        };
        for change in changes.iter().filter(|change| {
            change.kind == COMPOSITE_ALARM && change.mode == Mode::Managed && side.has(change)
        }) {
            let at = found.all.len();
            let rule = match side.read(change, "alarm_rule").text() {
                Attr::Unset => continue,
                Attr::Known(text) => match Rule::read(&text) {
                    Some(rule) => {
                        for name in rule.names() {
                            found.names.entry(name.to_owned()).or_default().push(at);
                        }
                        Known::Rule(rule)
                    }
                    None => {
                        found.unclear.push(at);
                        Known::Unclear("its `alarm_rule` is not understood".to_owned())
                    }
                },
                Attr::Undetermined(why) => {
                    if found.refer(at, change, instances) {
                        Known::References
                    } else {
                        found.unclear.push(at);
                        Known::Unclear(format!("its `alarm_rule` is {why}"))
                    }
                }
            };
            found.all.push(Composite { change, rule });
            let suppressor = side.read(change, "actions_suppressor").first().get("alarm");
            if let Attr::Known(text) = suppressor.text() {
                found.suppressors.insert(alarm_rule::name(&text).to_owned());
            }
            for reference in side.references(change, "actions_suppressor") {
                if let Reference::Resource { block, .. } = Reference::parse(reference) {
                    found.suppressing.insert(block);
                }
            }
        }
        found
    }

    /// Whether the configuration of a rule refers to any alarm.
    fn refer(&mut self, at: usize, change: &Change, instances: &Instances<'a>) -> bool {
        let mut any = false;
        for reference in self.side.references(change, "alarm_rule") {
            if let Reference::Resource {
                block, kind, key, ..
            } = Reference::parse(reference)
                && matches!(kind.as_str(), METRIC_ALARM | COMPOSITE_ALARM)
            {
                any = true;
                match instances.meant(change, &block, key.as_ref()) {
                    Some(Meant::One(keys)) => {
                        self.instances.entry((block, keys)).or_default().push(at);
                    }
                    Some(Meant::Several) => self.blocks.entry(block).or_default().push(at),
                    None => {}
                }
            }
        }
        any
    }

    /// The composite alarms of the same region that may be about an alarm, each with
    /// whether it is.
    pub fn over(&self, alarm: &Change) -> Vec<(&Composite<'a>, Proof)> {
        let mut found: Vec<(&Composite<'a>, Proof)> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut add = |at: usize, proof: Proof| {
            let composite = &self.all[at];
            if composite.change.address != alarm.address
                && !identity::apart(composite.change, alarm, self.side)
                && seen.insert(at)
            {
                found.push((composite, proof));
            }
        };
        if let Attr::Known(name) = self.side.read(alarm, "alarm_name").text() {
            for at in self.names.get(&name).into_iter().flatten() {
                add(*at, Proof::Proven);
            }
        }
        let instance = (alarm.block.clone(), keys(alarm));
        for at in self.instances.get(&instance).into_iter().flatten() {
            add(*at, Proof::Proven);
        }
        for at in self.blocks.get(&alarm.block).into_iter().flatten() {
            add(
                *at,
                Proof::Possible("its `alarm_rule` does not say which instance it names".to_owned()),
            );
        }
        // One of them says as much as all.
        for at in self.unclear.iter().take(10) {
            if let Known::Unclear(why) = &self.all[*at].rule {
                add(*at, Proof::Possible(why.clone()));
            }
        }
        found
    }

    /// Whether an alarm exists for the sake of other alarms: a composite alarm is made of
    /// it, or is held back by it.
    pub fn uses(&self, alarm: &Change) -> bool {
        let name = self.side.read(alarm, "alarm_name").text();
        name.is_known_and(|name| self.names.contains_key(name) || self.suppressors.contains(name))
            || self.suppressing.contains(&alarm.block)
            || self
                .instances
                .contains_key(&(alarm.block.clone(), keys(alarm)))
            || self.blocks.contains_key(&alarm.block)
            || !self.unclear.is_empty()
    }
}
