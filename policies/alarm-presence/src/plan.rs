//! The plan as the rules see it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{Attr, Change, Mode};

use crate::alarm::{Alarm, METRIC_ALARM};
use crate::composite::Composites;
use crate::index::{Index, Near};
use crate::link::Scope;
use crate::listeners::Listeners;
use crate::reference::{Instances, Proof};
use crate::requirement::{Condition, Expected, Requirement, Role, SET};
use crate::{dead_letter, link, requirements};

/// How many alarms that may be the one a finding names, and how many alarms that tell
/// nobody are looked at before the search for one that does ends.
pub const ENOUGH: usize = 10;

/// The changes of one request, arranged for the questions of the rules.
#[derive(Debug)]
pub struct Plan<'a> {
    /// In the plan's order.
    pub changes: &'a [Change],
    /// What a reference can mean.
    pub instances: Instances<'a>,
    /// Every alarm on metrics, whether it stays or goes.
    pub alarms: Vec<Alarm<'a>>,
    /// Every composite alarm that stays.
    pub composites: Composites<'a>,
    /// Who else hears an alarm, and what keeps it from being heard.
    pub listeners: Listeners<'a>,
    dead_letter_queues: BTreeMap<&'a str, Proof>,
    after: Index,
    before: Index,
    /// Alarms that stay, by block and module instance.
    blocks: BTreeMap<(&'a str, Option<&'a str>), Vec<usize>>,
    rows: BTreeMap<&'static str, Vec<&'static Requirement<'static>>>,
    // Every instance of a block asks the same.
    siblings: RefCell<BTreeMap<Siblings<'a>, bool>>,
}

/// A question about the instances of a block: the block and its module, what is asked,
/// and how many must be so.
type Siblings<'a> = (&'a str, Option<&'a str>, String, usize);

/// The alarms that will watch a resource as a requirement wants.
#[derive(Debug)]
pub struct Watching<'p, 'a> {
    /// Those that do for certain; not all, if many do and none of them is heard.
    pub proven: Vec<&'p Alarm<'a>>,
    /// If none does for certain: some that may, each with why it cannot be told.
    pub possible: Vec<(&'p Alarm<'a>, String)>,
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
        let after = Index::of(&alarms, |alarm| &alarm.after, Some(&instances));
        let before = Index::of(&alarms, |alarm| &alarm.before, None);
        let mut blocks: BTreeMap<(&str, Option<&str>), Vec<usize>> = BTreeMap::new();
        for (at, alarm) in alarms.iter().enumerate() {
            let change = alarm.change;
            if change.remains() {
                blocks
                    .entry((&change.block, change.module_address.as_deref()))
                    .or_default()
                    .push(at);
            }
        }
        let mut rows: BTreeMap<&str, Vec<&Requirement<'static>>> = BTreeMap::new();
        for row in requirements::ALL {
            for kind in row.types {
                rows.entry(kind).or_default().push(row);
            }
        }
        Self {
            changes,
            composites: Composites::of(changes, &instances),
            listeners: Listeners::of(changes, &instances),
            dead_letter_queues: dead_letter::queues(changes, &instances),
            instances,
            alarms,
            after,
            before,
            blocks,
            rows,
            siblings: RefCell::default(),
        }
    }

    /// Every resource that stays.
    pub fn resources(&self) -> impl Iterator<Item = &'a Change> {
        self.changes
            .iter()
            .filter(|change| change.mode == Mode::Managed && change.remains())
    }

    /// Whether a requirement is about a resource of one of its types.
    pub fn applies(&self, requirement: &Requirement<'_>, resource: &Change) -> Proof {
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

    /// The alarms that will watch a resource as the requirement wants. The search ends
    /// at one for which `enough` holds.
    pub fn watching(
        &self,
        resource: &'a Change,
        requirement: &Requirement<'_>,
        scope: Scope,
        enough: impl Fn(&'a Change) -> bool,
    ) -> Watching<'_, 'a> {
        let mut found = Watching {
            proven: Vec::new(),
            possible: Vec::new(),
        };
        let values = values(requirement, |path| resource.after(path));
        let near = Near {
            resource,
            values: &values,
            requirement,
            scope,
        };
        let likely = self.after.likely(&near);
        for at in &likely {
            let alarm = &self.alarms[*at];
            match link::watches(self, alarm, resource, requirement, scope) {
                Proof::No => {}
                Proof::Possible(why) => {
                    if found.possible.len() < ENOUGH {
                        found.possible.push((alarm, why));
                    }
                }
                Proof::Proven => {
                    found.proven.push(alarm);
                    if enough(alarm.change) || found.proven.len() >= ENOUGH {
                        break;
                    }
                }
            }
        }
        if found.proven.is_empty() && found.possible.len() < ENOUGH {
            // None of these can do for certain, so a few of them tell all that can be told.
            for at in self.after.unlikely(&near) {
                let alarm = &self.alarms[at];
                if likely.contains(&at) {
                    continue;
                }
                if let Proof::Possible(why) =
                    link::watches(self, alarm, resource, requirement, scope)
                {
                    found.possible.push((alarm, why));
                    if found.possible.len() >= ENOUGH {
                        break;
                    }
                }
            }
        }
        found
    }

    /// The alarms that watch a resource today as the requirement wants, in the plan's
    /// order.
    pub fn watched(
        &self,
        resource: &'a Change,
        requirement: &Requirement<'_>,
        scope: Scope,
    ) -> Vec<&Alarm<'a>> {
        let values = values(requirement, |path| resource.before(path));
        let near = Near {
            resource,
            values: &values,
            requirement,
            scope,
        };
        self.before
            .likely(&near)
            .into_iter()
            .map(|at| &self.alarms[at])
            .filter(|alarm| link::watched_before(alarm, resource, requirement, scope))
            .collect()
    }

    /// The rows of the table for a resource's type.
    pub fn table_for(&self, resource: &Change) -> &[&'static Requirement<'static>] {
        self.rows
            .get(resource.kind.as_str())
            .map_or(&[], Vec::as_slice)
    }

    /// Whether `count` instances of an alarm's block, in its instance of the module, are
    /// as `accepts` wants them. `of` tells questions apart that want something else.
    pub fn siblings(
        &self,
        change: &'a Change,
        count: usize,
        of: String,
        accepts: &mut dyn FnMut(&Alarm<'a>) -> bool,
    ) -> bool {
        let Some(all) = self
            .blocks
            .get(&(change.block.as_str(), change.module_address.as_deref()))
        else {
            return false;
        };
        if all.len() < count {
            return false;
        }
        let key = (
            change.block.as_str(),
            change.module_address.as_deref(),
            of,
            count,
        );
        if let Some(known) = self.siblings.borrow().get(&key) {
            return *known;
        }
        let answer = all.iter().filter(|at| accepts(&self.alarms[**at])).count() == count;
        self.siblings.borrow_mut().insert(key, answer);
        answer
    }
}

fn values(
    requirement: &Requirement<'_>,
    read: impl Fn(&str) -> tollgate_policy::Field,
) -> Vec<Attr<String>> {
    let mut found = Vec::new();
    let paths: BTreeSet<Expected<'_>> = requirement
        .metrics
        .iter()
        .flat_map(|metric| metric.dimensions)
        .map(|dimension| dimension.value)
        .collect();
    for expected in paths {
        match expected {
            Expected::Attribute(path) => found.push(read(path).text()),
            Expected::Member(path) => match read(path).items() {
                Attr::Known(items) => found.extend(items.iter().map(tollgate_policy::Field::text)),
                Attr::Unset => {}
                Attr::Undetermined(why) => found.push(Attr::Undetermined(why)),
            },
            Expected::Tail(_) | Expected::OneOf(_) | Expected::Any => {}
        }
    }
    found
}

fn holds(condition: &Condition, resource: &Change) -> Proof {
    let is = |value: &str| {
        if condition.is.contains(&value) || (condition.is == SET && !value.is_empty()) {
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
