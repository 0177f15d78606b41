//! The plan as the rules see it.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{Attr, Change, Mode};

use crate::alarm::{Alarm, METRIC_ALARM, Watched, What};
use crate::link::Scope;
use crate::reference::{Instances, Proof};
use crate::requirement::{Condition, Expected, Requirement, Role};
use crate::{dead_letter, link, requirements};

/// The changes of one request, arranged for the questions of the rules.
#[derive(Debug)]
pub struct Plan<'a> {
    /// In the plan's order.
    pub changes: &'a [Change],
    /// What a reference can mean.
    pub instances: Instances<'a>,
    /// Every alarm on metrics, whether it stays or goes.
    pub alarms: Vec<Alarm<'a>>,
    dead_letter_queues: BTreeMap<&'a str, Proof>,
    after: ByValue,
    before: ByValue,
}

/// Alarms by the values of their dimensions, because most alarms have nothing to do
/// with most resources.
#[derive(Debug, Default)]
struct ByValue {
    /// Those whose dimensions are all known.
    known: BTreeMap<String, Vec<usize>>,
    /// All others.
    rest: Vec<usize>,
}

impl ByValue {
    fn add(&mut self, at: usize, watched: &[Watched]) {
        let mut values = BTreeSet::new();
        for watched in watched {
            let What::Metric { dimensions, .. } = &watched.what else {
                return self.rest.push(at);
            };
            let Attr::Known(entries) = dimensions.entries() else {
                return self.rest.push(at);
            };
            if entries.is_empty() {
                return self.rest.push(at);
            }
            for (_, value) in entries {
                match value.text() {
                    Attr::Known(value) => {
                        values.insert(value);
                    }
                    Attr::Unset => {}
                    Attr::Undetermined(_) => return self.rest.push(at),
                }
            }
        }
        for value in values {
            self.known.entry(value).or_default().push(at);
        }
    }

    /// Every alarm that can watch a resource with these values, in the plan's order.
    fn with(&self, values: &[Attr<String>]) -> BTreeSet<usize> {
        let mut found: BTreeSet<usize> = self.rest.iter().copied().collect();
        for value in values {
            match value {
                Attr::Known(value) => found.extend(self.known.get(value).into_iter().flatten()),
                Attr::Unset => {}
                Attr::Undetermined(_) => found.extend(self.known.values().flatten()),
            }
        }
        found
    }
}

impl<'a> Plan<'a> {
    /// Arranges the changes of a request.
    pub fn of(changes: &'a [Change]) -> Self {
        let instances = Instances::of(changes);
        let alarms: Vec<Alarm<'a>> = changes
            .iter()
            .filter(|change| change.kind == METRIC_ALARM && change.mode == Mode::Managed)
            .map(Alarm::of)
            .collect();
        let (mut after, mut before) = (ByValue::default(), ByValue::default());
        for (at, alarm) in alarms.iter().enumerate() {
            after.add(at, &alarm.after);
            before.add(at, &alarm.before);
        }
        let dead_letter_queues = dead_letter::queues(changes, &instances);
        Self {
            changes,
            instances,
            alarms,
            dead_letter_queues,
            after,
            before,
        }
    }

    /// Every resource that stays.
    pub fn resources(&self) -> impl Iterator<Item = &'a Change> {
        self.changes
            .iter()
            .filter(|change| change.mode == Mode::Managed && change.remains())
    }

    /// Whether a requirement is about a resource.
    pub fn applies(&self, requirement: &Requirement<'_>, resource: &Change) -> Proof {
        if !requirement.types.contains(&resource.kind.as_str()) {
            return Proof::No;
        }
        let dead_letters = self
            .dead_letter_queues
            .get(resource.address.as_str())
            .unwrap_or(&Proof::No);
        let role = match (requirement.role, dead_letters) {
            (Role::Any, _) | (Role::Source, Proof::No) => Proof::Proven,
            (Role::Source, Proof::Proven) => Proof::No,
            (Role::DeadLetter | Role::Source, proof) => proof.clone(),
        };
        requirement
            .when
            .iter()
            .map(|condition| holds(condition, resource))
            .fold(role, Proof::and)
    }

    /// The alarms that will watch a resource as the requirement wants, proven or not.
    pub fn watching(
        &self,
        resource: &Change,
        requirement: &Requirement<'_>,
        scope: Scope,
    ) -> Vec<(&Alarm<'a>, Proof)> {
        self.after
            .with(&values(requirement, |path| resource.after(path).text()))
            .into_iter()
            .map(|at| &self.alarms[at])
            .map(|alarm| {
                (
                    alarm,
                    link::watches(self, alarm, resource, requirement, scope),
                )
            })
            .filter(|(_, proof)| *proof != Proof::No)
            .collect()
    }

    /// The alarms that watch a resource today as the requirement wants.
    pub fn watched(
        &self,
        resource: &Change,
        requirement: &Requirement<'_>,
        scope: Scope,
    ) -> Vec<&Alarm<'a>> {
        self.before
            .with(&values(requirement, |path| resource.before(path).text()))
            .into_iter()
            .map(|at| &self.alarms[at])
            .filter(|alarm| link::watched_before(alarm, resource, requirement, scope))
            .collect()
    }

    /// The rows of the table for a resource's type.
    pub fn table_for(resource: &Change) -> impl Iterator<Item = &'static Requirement<'static>> {
        let kind = resource.kind.clone();
        requirements::ALL
            .iter()
            .copied()
            .filter(move |row| row.types.contains(&kind.as_str()))
    }
}

fn values(requirement: &Requirement<'_>, read: impl Fn(&str) -> Attr<String>) -> Vec<Attr<String>> {
    let paths: BTreeSet<&str> = requirement
        .metrics
        .iter()
        .flat_map(|metric| metric.dimensions)
        .filter_map(|dimension| match dimension.value {
            Expected::Attribute(path) => Some(path),
            Expected::OneOf(_) | Expected::Any => None,
        })
        .collect();
    paths.into_iter().map(read).collect()
}

fn holds(condition: &Condition, resource: &Change) -> Proof {
    let is = |value: &str| {
        if condition.is.contains(&value) {
            Proof::Proven
        } else {
            Proof::No
        }
    };
    match resource.after(condition.attribute).text() {
        Attr::Known(value) => is(&value),
        Attr::Unset => is(condition.unset_is),
        Attr::Undetermined(why) => {
            Proof::Possible(format!("its `{}` is {why}", condition.attribute))
        }
    }
}
