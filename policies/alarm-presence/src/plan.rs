//! The plan as the rules see it.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tollgate_policy::{Attr, Change, Mode};
use tollgate_policy_common::unaltered::all_unaltered;

use crate::alarm::{Alarm, METRIC_ALARM};
use crate::composite::Composites;
use crate::dead_letter::Queues;
use crate::index::{Index, Near};
use crate::link::Scope;
use crate::listeners::Listeners;
use crate::reference::{Instances, Proof};
use crate::requirement::{Condition, Expected, Requirement, Role, SET};
use crate::side::Side;
use crate::{dead_letter, identity, link, requirements};

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
    before: Arranged<'a>,
    after: Arranged<'a>,
    rows: BTreeMap<&'static str, Vec<&'static Requirement<'static>>>,
    quiescent: OnceCell<bool>,
    // Every instance of a block asks the same.
    siblings: RefCell<BTreeMap<Siblings<'a>, bool>>,
    // Every resource of a region and an account asks the same.
    general: RefCell<BTreeMap<General, Rc<[usize]>>>,
}

/// What is made of one side of the changes, when it is first asked for: of many plans
/// nobody asks what was so before.
#[derive(Debug, Default)]
struct Arranged<'a> {
    composites: OnceCell<Composites<'a>>,
    listeners: OnceCell<Listeners<'a>>,
    queues: OnceCell<Queues<'a>>,
    index: OnceCell<Index>,
    /// Alarms, by block and module instance.
    blocks: OnceCell<Blocks<'a>>,
}

type Blocks<'a> = BTreeMap<(&'a str, Option<&'a str>), Vec<usize>>;

/// A question about the instances of a block: the side, the block and its module, what is
/// asked, and how many must be so.
type Siblings<'a> = (Side, &'a str, Option<&'a str>, String, usize);

/// A question about alarms that are about every resource: the side, the requirement, whether only its
/// metrics count, and the region and the account of the resource.
type General = (Side, String, bool, Option<String>, Option<String>);

/// The alarms that watch a resource on one side as a requirement wants.
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
        let mut rows: BTreeMap<&str, Vec<&Requirement<'static>>> = BTreeMap::new();
        for row in requirements::ALL {
            for kind in row.types {
                rows.entry(kind).or_default().push(row);
            }
        }
        Self {
            changes,
            instances,
            alarms,
            before: Arranged::default(),
            after: Arranged::default(),
            rows,
            quiescent: OnceCell::new(),
            siblings: RefCell::default(),
            general: RefCell::default(),
        }
    }

    fn arranged(&self, side: Side) -> &Arranged<'a> {
        match side {
            Side::Before => &self.before,
            Side::After => &self.after,
        }
    }

    /// Every composite alarm of one side.
    pub fn composites(&self, side: Side) -> &Composites<'a> {
        self.arranged(side)
            .composites
            .get_or_init(|| Composites::of(self.changes, &self.instances, side))
    }

    /// Who else hears an alarm on one side, and what keeps it from being heard.
    pub fn listeners(&self, side: Side) -> &Listeners<'a> {
        self.arranged(side)
            .listeners
            .get_or_init(|| Listeners::of(self.changes, &self.instances, side))
    }

    fn queues(&self, side: Side) -> &Queues<'a> {
        self.arranged(side)
            .queues
            .get_or_init(|| dead_letter::queues(self.changes, &self.instances, side))
    }

    fn index(&self, side: Side) -> &Index {
        self.arranged(side)
            .index
            .get_or_init(|| Index::of(&self.alarms, side, &self.instances))
    }

    fn blocks(&self, side: Side) -> &Blocks<'a> {
        self.arranged(side).blocks.get_or_init(|| {
            let mut blocks = Blocks::new();
            for (at, alarm) in self.alarms.iter().enumerate() {
                let change = alarm.change;
                if side.has(change) {
                    blocks
                        .entry((&change.block, change.module_address.as_deref()))
                        .or_default()
                        .push(at);
                }
            }
            blocks
        })
    }

    /// Every resource that stays.
    pub fn resources(&self) -> impl Iterator<Item = &'a Change> {
        self.changes
            .iter()
            .filter(|change| change.mode == Mode::Managed && change.remains())
    }

    /// Whether the plan changes nothing about alarms and those who hear them.
    pub fn leaves_monitoring_alone(&self) -> bool {
        *self.quiescent.get_or_init(|| {
            self.changes
                .iter()
                .all(|change| all_unaltered(change) || !is_of_monitoring(change))
        })
    }

    /// Whether a requirement is about a resource of one of its types, on one side. What it
    /// is about today is not taken for granted where the plan does not tell.
    pub fn applies(&self, requirement: &Requirement<'_>, resource: &Change, side: Side) -> Proof {
        let role = match requirement.role {
            Role::Any => Proof::Proven,
            Role::Source | Role::DeadLetter => match self.queues(side).has(resource) {
                None if side == Side::Before => Proof::No,
                None => Proof::Possible("who sends failures to it is not known".to_owned()),
                Some(Proof::Possible(why)) => Proof::Possible(why.clone()),
                Some(dead_letters) => {
                    if (*dead_letters == Proof::Proven) == (requirement.role == Role::DeadLetter) {
                        Proof::Proven
                    } else {
                        Proof::No
                    }
                }
            },
        };
        requirement
            .when
            .iter()
            .map(|condition| holds(condition, resource, side))
            .fold(role, Proof::and)
    }

    /// The alarms that watch a resource on one side as the requirement wants. The search
    /// ends at one for which `enough` holds.
    pub fn watching(
        &self,
        side: Side,
        resource: &'a Change,
        requirement: &Requirement<'_>,
        scope: Scope,
        enough: impl Fn(&'a Change) -> bool,
    ) -> Watching<'_, 'a> {
        let values = values(requirement, |path| side.read(resource, path));
        let near = Near {
            resource,
            values: &values,
            requirement,
            scope,
        };
        let likely = self.likely(side, &near);
        let mut found = self.among(side, &likely, &near, enough);
        if found.proven.is_empty() && found.possible.len() < ENOUGH {
            // None of these can do for certain, so a few of them tell all that can be told.
            for at in self.index(side).unlikely(&near) {
                let alarm = &self.alarms[at];
                if likely.contains(&at) {
                    continue;
                }
                if let Proof::Possible(why) =
                    link::watches(self, side, alarm, resource, requirement, scope)
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

    /// The alarms that watch a resource for certain on one side as the requirement wants.
    pub fn proven(
        &self,
        side: Side,
        resource: &'a Change,
        requirement: &Requirement<'_>,
        scope: Scope,
    ) -> Vec<&Alarm<'a>> {
        let values = values(requirement, |path| side.read(resource, path));
        let near = Near {
            resource,
            values: &values,
            requirement,
            scope,
        };
        let likely = self.likely(side, &near);
        self.among(side, &likely, &near, |_| false).proven
    }

    /// The alarms that can watch a resource for certain, in the plan's order.
    fn likely(&self, side: Side, near: &Near<'_, 'a>) -> BTreeSet<usize> {
        let mut likely = self.index(side).likely(near);
        likely.extend(self.general(side, near).iter());
        likely
    }

    /// Those of them that are about every resource: as many as are looked at.
    fn general(&self, side: Side, near: &Near<'_, 'a>) -> Rc<[usize]> {
        let key = (
            side,
            near.requirement.id.to_owned(),
            near.scope == Scope::Required,
            identity::region(near.resource, side).map(std::borrow::Cow::into_owned),
            identity::account(near.resource),
        );
        if let Some(known) = self.general.borrow().get(&key) {
            return Rc::clone(known);
        }
        let (mut proven, mut possible) = (0, 0);
        let mut found = Vec::new();
        for at in self.index(side).general(near) {
            let alarm = &self.alarms[at];
            let of = match link::watches_all(
                self,
                side,
                alarm,
                near.resource,
                near.requirement,
                near.scope,
            ) {
                Proof::No => continue,
                Proof::Possible(_) => &mut possible,
                Proof::Proven => &mut proven,
            };
            *of += 1;
            if *of <= ENOUGH {
                found.push(at);
            }
        }
        let found: Rc<[usize]> = found.into();
        self.general.borrow_mut().insert(key, Rc::clone(&found));
        found
    }

    /// What some of the alarms watch, in the plan's order.
    fn among(
        &self,
        side: Side,
        alarms: &BTreeSet<usize>,
        near: &Near<'_, 'a>,
        enough: impl Fn(&'a Change) -> bool,
    ) -> Watching<'_, 'a> {
        let mut found = Watching {
            proven: Vec::new(),
            possible: Vec::new(),
        };
        for at in alarms {
            let alarm = &self.alarms[*at];
            match link::watches(
                self,
                side,
                alarm,
                near.resource,
                near.requirement,
                near.scope,
            ) {
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
        found
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
        side: Side,
        change: &'a Change,
        count: usize,
        of: String,
        accepts: &mut dyn FnMut(&Alarm<'a>) -> bool,
    ) -> bool {
        let Some(all) = self
            .blocks(side)
            .get(&(change.block.as_str(), change.module_address.as_deref()))
        else {
            return false;
        };
        if all.len() < count {
            return false;
        }
        let key = (
            side,
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

/// Whether a change is of what watches and tells.
pub fn is_of_monitoring(change: &Change) -> bool {
    change.kind.starts_with("aws_cloudwatch_") || change.kind.starts_with("aws_sns_")
}

fn holds(condition: &Condition, resource: &Change, side: Side) -> Proof {
    let is = |value: &str| {
        if condition.is.contains(&value) || (condition.is == SET && !value.is_empty()) {
            Proof::Proven
        } else {
            Proof::No
        }
    };
    match side.read(resource, condition.attribute).text() {
        Attr::Known(value) => is(&value),
        Attr::Unset => is(condition.unset_is),
        Attr::Undetermined(why) => {
            Proof::Possible(format!("its `{}` is {why}", condition.attribute))
        }
    }
}
