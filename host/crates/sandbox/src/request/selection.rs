//! What of a plan one call is shown: the changes that the policy is interested in, and what of each.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Budget;
use crate::error::PolicyError;
use crate::interest::{Interests, Wanted};
use tollgate_plan::{Action, Path, Plan, ResourceChange, Value};

/// A change that the policy wants to see, and what of it.
#[derive(Clone)]
pub(super) struct Wanting<'p, 'a> {
    pub(super) change: &'p ResourceChange<'a>,
    wanted: Arc<Wanted<'p>>,
}

/// Which changes a policy wants to see.
pub(super) struct Interested<'p, 'b> {
    interests: &'p Interests,
    budget: &'b Budget,
    /// By their groups, as far as they have been met: most plans hold few types many times over, and
    /// most policies want few of them.
    wanted: Vec<Option<Option<Arc<Wanted<'p>>>>>,
}

impl<'p, 'b> Interested<'p, 'b> {
    pub(super) fn new(interests: &'p Interests, budget: &'b Budget) -> Self {
        Self {
            interests,
            budget,
            wanted: Vec::new(),
        }
    }

    pub(super) fn of<'a>(
        &mut self,
        changes: &'p [ResourceChange<'a>],
    ) -> Result<Vec<Wanting<'p, 'a>>, PolicyError> {
        changes
            .iter()
            .filter_map(|change| self.in_one(change).transpose())
            .collect()
    }

    pub(super) fn in_one<'a>(
        &mut self,
        change: &'p ResourceChange<'a>,
    ) -> Result<Option<Wanting<'p, 'a>>, PolicyError> {
        if self.wanted.len() <= change.group {
            self.wanted.resize_with(change.group + 1, || None);
        }
        let wanted = match self.wanted.get(change.group) {
            Some(Some(wanted)) => wanted.clone(),
            _ => {
                let budget = self.budget;
                let wanted = self
                    .interests
                    .of_changes(&change.kind, change.action, &budget.meter)
                    .map_err(|spent| budget.hit(spent))?
                    .map(Arc::new);
                if let Some(known) = self.wanted.get_mut(change.group) {
                    *known = Some(wanted.clone());
                }
                wanted
            }
        };
        Ok(wanted.map(|wanted| Wanting { change, wanted }))
    }
}

/// The changes that a call is shown. What there is of each is in lists of all of them: plans are large, and
/// a list of its own for each change and attribute takes more than what is in it.
pub(super) struct Shown<'p, 'a> {
    pub(super) changes: Vec<Selected<'p, 'a>>,
    /// Before and after, of each change as many as it has attributes.
    pub(super) values: Vec<[Value<'a>; 2]>,
    /// What each of these refers to, as the number of a list.
    pub(super) references: Vec<u32>,
    /// The first is empty.
    pub(super) lists: Vec<Vec<String>>,
}

/// A change that the policy sees.
pub(super) struct Selected<'p, 'a> {
    pub(super) change: &'p ResourceChange<'a>,
    pub(super) region: Option<Cow<'a, str>>,
    pub(super) wanted: Arc<Wanted<'p>>,
    /// Where its attributes start, of which there are as many as are wanted.
    start: usize,
    /// The number of the list of paths that force a replacement.
    pub(super) replace_paths: u32,
}

/// For how many attributes there is room from the beginning.
const MAX_RESERVED: usize = 1 << 22;

/// The number of the list in which nothing is.
const NOTHING: u32 = 0;

/// What one call is shown of a plan.
pub(super) struct Selection<'p, 'a, 'b> {
    plan: &'p Plan<'a>,
    budget: &'b Budget,
    shown: Shown<'p, 'a>,
    /// All instances of a block refer to the same: the number of the first list for the attributes of a
    /// block and what is wanted of it, in `known`.
    references: BTreeMap<(&'p str, *const Wanted<'p>), usize>,
    known: Vec<u32>,
}

impl<'p, 'a, 'b> Selection<'p, 'a, 'b> {
    pub(super) fn new(plan: &'p Plan<'a>, budget: &'b Budget) -> Self {
        Self {
            plan,
            budget,
            shown: Shown {
                changes: Vec::new(),
                values: Vec::new(),
                references: Vec::new(),
                lists: vec![Vec::new()],
            },
            references: BTreeMap::new(),
            known: Vec::new(),
        }
    }

    pub(super) fn of<'w>(
        mut self,
        changes: impl Iterator<Item = &'w Wanting<'p, 'a>> + Clone,
    ) -> Result<Shown<'p, 'a>, PolicyError>
    where
        'p: 'w,
        'a: 'w,
    {
        let attributes = changes.clone().map(|wanting| wanting.wanted.paths.len());
        // A policy that asks for more pays for it first.
        let attributes = attributes.sum::<usize>().min(MAX_RESERVED);
        self.shown.changes.reserve_exact(changes.clone().count());
        self.shown.values.reserve_exact(attributes);
        self.shown.references.reserve_exact(attributes);
        for wanting in changes {
            let change = wanting.change;
            let start = self.shown.values.len();
            self.attributes(change, &wanting.wanted)?;
            let replace_paths = change.replace_paths.iter().map(ToString::to_string);
            let selected = Selected {
                change,
                region: self.plan.region(change),
                wanted: Arc::clone(&wanting.wanted),
                start,
                replace_paths: self.list(replace_paths.collect()),
            };
            self.shown.changes.push(selected);
        }
        Ok(self.shown)
    }

    fn attributes(
        &mut self,
        change: &'p ResourceChange<'a>,
        wanted: &Wanted<'p>,
    ) -> Result<(), PolicyError> {
        let budget = self.budget;
        let failed = |error| budget.failed(error);
        let mut reader = change.attributes(&budget.meter).map_err(failed)?;
        let start = self.shown.values.len();
        let end = start + wanted.paths.len();
        budget.keep(wanted.paths.len() * size_of::<[Value<'_>; 2]>())?;
        self.shown
            .values
            .resize_with(end, || [Value::Absent, Value::Absent]);
        for nth in &wanted.order {
            let slot = self.shown.values.get_mut(start + nth);
            if let (Some(slot), Some(wanted)) = (slot, wanted.paths.get(*nth)) {
                *slot = [
                    reader.before(wanted.path).map_err(failed)?,
                    reader.after(wanted.path).map_err(failed)?,
                ];
            }
        }
        self.references(change, wanted)
    }

    /// Adds what the attributes of a change refer to.
    fn references(
        &mut self,
        change: &'p ResourceChange<'a>,
        wanted: &Wanted<'p>,
    ) -> Result<(), PolicyError> {
        let number = wanted.paths.len();
        let no_attribute = !wanted.paths.iter().any(|path| path.references);
        if no_attribute || !self.plan.has_configuration() {
            let end = self.shown.references.len() + number;
            self.shown.references.resize(end, NOTHING);
            return Ok(());
        }
        let key = (change.block.as_ref(), std::ptr::from_ref(wanted));
        let start = match self.references.get(&key) {
            Some(start) => *start,
            None => {
                let start = self.known.len();
                for path in &wanted.paths {
                    let list = match path.references {
                        true => self.read_references(change, path.path)?,
                        false => NOTHING,
                    };
                    self.known.push(list);
                }
                self.references.insert(key, start);
                start
            }
        };
        let known = self.known.get(start..start + number).unwrap_or_default();
        self.shown.references.extend_from_slice(known);
        Ok(())
    }

    fn read_references(
        &mut self,
        change: &'p ResourceChange<'a>,
        path: &Path,
    ) -> Result<u32, PolicyError> {
        let found = self
            .plan
            .references_within(change, path, &self.budget.meter)
            .map_err(|spent| self.budget.hit(spent))?;
        Ok(self.list(found))
    }

    /// Keeps a list, and returns its number.
    fn list(&mut self, list: Vec<String>) -> u32 {
        let number = u32::try_from(self.shown.lists.len());
        match number {
            Ok(number) if !list.is_empty() => {
                self.shown.lists.push(list);
                number
            }
            // Four thousand million lists are in no plan of the size that is read.
            Ok(_) | Err(_) => NOTHING,
        }
    }
}

impl<'p, 'a> Shown<'p, 'a> {
    /// The attributes of one of the changes: the path as declared, before and after.
    pub(super) fn attributes_of(
        &self,
        selected: &Selected<'p, 'a>,
    ) -> impl Iterator<Item = (&'p str, &[Value<'a>; 2])> {
        let values = self.values.iter().skip(selected.start);
        let paths = selected.wanted.paths.iter().map(|wanted| wanted.text);
        paths.zip(values)
    }
}

/// A change to an output: its name, what happens to it, before and after.
pub(super) type Output<'p> = (&'p str, Action, Value<'p>, Value<'p>);

/// Reads the changes to outputs.
pub(super) fn outputs<'p>(
    plan: &'p Plan<'_>,
    budget: &Budget,
) -> Result<Vec<Output<'p>>, PolicyError> {
    plan.outputs
        .iter()
        .map(|output| {
            let [before, after] = output
                .values(&budget.meter)
                .map_err(|error| budget.failed(error))?;
            Ok((output.name.as_ref(), output.action, before, after))
        })
        .collect()
}
