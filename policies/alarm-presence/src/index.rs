//! Which alarms can be about a resource, without looking at all of them.
//!
//! Most alarms have nothing to do with most resources, and a plan has thousands of both.
//! An alarm is found by what can link it: the values of its dimensions, the instances
//! that its configuration refers to, or nothing but the namespace, if it is about
//! everything in it or does not tell what it is about.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tollgate_policy::{Attr, Change, Why};

use crate::alarm::{Alarm, PROMQL, Watched, What};
use crate::identity;
use crate::link::Scope;
use crate::reference::{Instances, Keys, Meant, Reference, keys};
use crate::requirement::{Expected, Metric, Requirement};
use crate::requirements;
use crate::side::Side;

/// One side of all alarms, by what links them to a resource.
#[derive(Debug)]
pub struct Index {
    side: Side,
    /// By the namespace and the value of a dimension.
    values: BTreeMap<(Option<String>, String), Vec<usize>>,
    /// By the instance that the configuration refers to.
    instances: BTreeMap<(String, Keys), Vec<usize>>,
    /// By the block that the configuration refers to, where it does not say which of its
    /// instances is meant.
    blocks: BTreeMap<String, Vec<usize>>,
    /// Those that are about every resource of a namespace.
    whole: BTreeMap<Source, Vec<usize>>,
    /// Those that do not tell which resource they are about.
    unclear: BTreeMap<Source, Vec<usize>>,
    /// Queries that are filtered, by the dimensions of their filters: one that is filtered
    /// by what names a resource is about that resource alone.
    filtered: BTreeMap<(Source, BTreeSet<String>), Vec<usize>>,
    /// Known queries of PromQL, which are about what they mention.
    mentioning: Vec<(usize, String)>,
    /// Of [`Index::untied`], by requirement, region and whether only its metrics count.
    untied: RefCell<BTreeMap<Kind, Rc<[usize]>>>,
    /// All, by namespace.
    all: BTreeMap<Option<String>, Vec<usize>>,
}

/// The namespace, the region and the name of a metric, each if it is known.
type Source = (Option<String>, Option<String>, Option<String>);

/// What resources have in common that the same alarms may be about, where nothing tells which.
type Kind = (String, Option<String>, bool);

/// What is looked for.
#[derive(Debug)]
pub struct Near<'n, 'a> {
    /// The resource.
    pub resource: &'a Change,
    /// What its dimensions must be.
    pub values: &'n [Attr<String>],
    /// What wants an alarm.
    pub requirement: &'n Requirement<'n>,
    /// Which metrics count.
    pub scope: Scope,
}

impl Index {
    /// Arranges one side of the alarms.
    pub fn of(alarms: &[Alarm<'_>], side: Side, instances: &Instances<'_>) -> Self {
        let mut index = Self {
            side,
            values: BTreeMap::new(),
            instances: BTreeMap::new(),
            blocks: BTreeMap::new(),
            whole: BTreeMap::new(),
            unclear: BTreeMap::new(),
            filtered: BTreeMap::new(),
            mentioning: Vec::new(),
            untied: RefCell::default(),
            all: BTreeMap::new(),
        };
        for (at, alarm) in alarms.iter().enumerate() {
            for watched in alarm.watched(side) {
                index.add(at, alarm, watched, instances);
            }
        }
        index
    }

    fn add(&mut self, at: usize, alarm: &Alarm<'_>, watched: &Watched, instances: &Instances<'_>) {
        let region = identity::region(alarm.change, self.side).map(std::borrow::Cow::into_owned);
        match &watched.what {
            What::Metric {
                namespace,
                name,
                dimensions,
                ..
            } => {
                let namespace = known(namespace);
                let source = (namespace.clone(), region, known(name));
                push(&mut self.all, namespace.clone(), at);
                match dimensions.entries() {
                    Attr::Known(entries) if !entries.is_empty() => {
                        let mut refers = false;
                        for (_, value) in &entries {
                            match value.text() {
                                Attr::Known(value) => {
                                    push(&mut self.values, (namespace.clone(), value), at);
                                }
                                Attr::Unset => {}
                                Attr::Undetermined(_) => refers = true,
                            }
                        }
                        if refers {
                            self.refer(at, alarm, watched.attribute, source, instances);
                        }
                    }
                    Attr::Known(_) | Attr::Unset => push(&mut self.whole, source, at),
                    Attr::Undetermined(_) => {
                        self.refer(at, alarm, watched.attribute, source, instances);
                    }
                }
            }
            What::Insights(query) => {
                let namespace = Some(query.namespace.clone());
                let source = (namespace.clone(), region, Some(query.metric.clone()));
                push(&mut self.all, namespace.clone(), at);
                if query.filters.is_empty() {
                    push(&mut self.whole, source, at);
                } else {
                    for (_, value) in &query.filters {
                        push(&mut self.values, (namespace.clone(), value.clone()), at);
                    }
                    let names = query.filters.iter().map(|(name, _)| name.clone()).collect();
                    push(&mut self.filtered, (source, names), at);
                }
            }
            What::Opaque {
                text: Some(text), ..
            } if watched.attribute == PROMQL => {
                push(&mut self.all, None, at);
                self.mentioning.push((at, text.clone()));
            }
            What::Opaque { .. } => {
                push(&mut self.all, None, at);
                self.refer(
                    at,
                    alarm,
                    watched.attribute,
                    (None, region, None),
                    instances,
                );
            }
        }
    }

    fn refer(
        &mut self,
        at: usize,
        alarm: &Alarm<'_>,
        attribute: &str,
        source: Source,
        instances: &Instances<'_>,
    ) {
        let mut told = false;
        let mut opaque = false;
        for reference in alarm.references(self.side, attribute) {
            match reference {
                Reference::Resource {
                    block,
                    kind,
                    key,
                    attribute,
                } => {
                    told = true;
                    match instances.meant(alarm.change, block, key.as_ref()) {
                        Some(Meant::One(keys)) => {
                            push(&mut self.instances, (block.clone(), keys), at);
                        }
                        Some(Meant::Several) => push(&mut self.blocks, block.clone(), at),
                        None => {}
                    }
                    opaque |= !requirements::knows(kind)
                        || !attribute.as_deref().is_none_or(identity::names_its_owner);
                }
                Reference::Opaque => opaque = true,
                Reference::Each { .. } | Reference::Selector => {}
            }
        }
        if opaque || !told {
            push(&mut self.unclear, source, at);
        }
    }

    /// The alarms that can watch a resource for certain, in the plan's order, but for those that are
    /// about every resource.
    pub fn likely(&self, near: &Near<'_, '_>) -> BTreeSet<usize> {
        let namespaces = [Some(near.requirement.namespace.to_owned()), None];
        let mut found = BTreeSet::new();
        for value in near.values {
            if let Attr::Known(value) = value {
                for namespace in &namespaces {
                    let key = (namespace.clone(), value.clone());
                    found.extend(self.values.get(&key).into_iter().flatten());
                }
            }
        }
        let instance = (near.resource.block.clone(), keys(near.resource));
        found.extend(self.instances.get(&instance).into_iter().flatten());
        found
    }

    /// The alarms that are about every resource of the namespace, in the plan's order. They are the same
    /// for all resources of one region.
    pub fn general(&self, near: &Near<'_, '_>) -> BTreeSet<usize> {
        of_source(&self.whole, near, self.side).collect()
    }

    /// The alarms that nothing ties to one resource, and that may be about any.
    fn untied(&self, near: &Near<'_, '_>) -> Rc<[usize]> {
        let wanted = Wanted::of(near, self.side);
        let key = (
            near.requirement.id.to_owned(),
            wanted.region,
            near.scope == Scope::Required,
        );
        let mut known = self.untied.borrow_mut();
        let untied = known.entry(key).or_insert_with(|| {
            of_source(&self.unclear, near, self.side)
                .chain(self.filtered_by_others(near))
                .collect()
        });
        Rc::clone(untied)
    }

    /// The alarms that may watch a resource, of which none does for certain.
    pub fn unlikely(&self, near: &Near<'_, '_>) -> impl Iterator<Item = usize> {
        // A value that apply will invent is not one that an alarm knows today, except for
        // what is derived from a name: the members of a group.
        let derived = near
            .requirement
            .metrics
            .iter()
            .flat_map(|metric| metric.dimensions)
            .any(|dimension| matches!(dimension.value, Expected::Member(_)));
        let sensitive = near.values.iter().any(
            |value| matches!(value, Attr::Undetermined(why) if derived || *why != Why::Unknown),
        );
        let everything = [Some(near.requirement.namespace.to_owned()), None]
            .into_iter()
            .filter(move |_| sensitive)
            .filter_map(|namespace| self.all.get(&namespace))
            .flatten();
        let untied = self.untied(near);
        self.blocks
            .get(&near.resource.block)
            .into_iter()
            .flatten()
            .copied()
            .chain((0..untied.len()).filter_map(move |nth| untied.get(nth).copied()))
            .chain(self.mentioning(near))
            .chain(everything.copied())
    }
}

impl Index {
    /// The queries that no filter ties to one resource.
    fn filtered_by_others<'i>(
        &'i self,
        near: &Near<'_, '_>,
    ) -> impl Iterator<Item = usize> + use<'i> {
        let names: BTreeSet<String> = near
            .requirement
            .metrics
            .iter()
            .map(|metric| identifying(metric).map(str::to_owned).collect())
            .reduce(|one: BTreeSet<String>, other| one.intersection(&other).cloned().collect())
            .unwrap_or_default();
        let wanted = Wanted::of(near, self.side);
        self.filtered
            .iter()
            .filter(move |((source, filters), _)| wanted.has(source) && filters.is_disjoint(&names))
            .flat_map(|(_, found)| found.iter().copied())
    }

    /// The queries that mention the namespace or the resource.
    fn mentioning<'i>(&'i self, near: &Near<'_, '_>) -> impl Iterator<Item = usize> + use<'i> {
        let mut words: Vec<String> = vec![near.requirement.namespace.to_owned()];
        for value in near.values {
            if let Attr::Known(value) = value
                && !value.is_empty()
            {
                words.push(value.clone());
            }
        }
        self.mentioning
            .iter()
            .filter(move |(_, text)| words.iter().any(|word| text.contains(word.as_str())))
            .map(|(at, _)| *at)
    }
}

/// The dimensions of a metric that name a resource.
fn identifying<'r>(metric: &Metric<'r>) -> impl Iterator<Item = &'r str> {
    metric
        .dimensions
        .iter()
        .filter(|dimension| matches!(dimension.value, Expected::Attribute(_)))
        .map(|dimension| dimension.name)
}

/// The metrics that the requirement is about, in a region that is not another.
struct Wanted {
    namespace: String,
    region: Option<String>,
    /// None: any.
    names: Option<BTreeSet<String>>,
}

impl Wanted {
    fn of(near: &Near<'_, '_>, side: Side) -> Self {
        let names = || {
            near.requirement
                .metrics
                .iter()
                .map(|metric| metric.name.to_owned())
                .collect()
        };
        Self {
            namespace: near.requirement.namespace.to_owned(),
            region: match requirements::home(near.requirement.namespace) {
                Some(home) => Some(home.to_owned()),
                None => identity::region(near.resource, side).map(std::borrow::Cow::into_owned),
            },
            names: (near.scope == Scope::Required).then(names),
        }
    }

    fn has(&self, (namespace, region, name): &Source) -> bool {
        namespace.as_ref().is_none_or(|of| *of == self.namespace)
            && match (region, &self.region) {
                (Some(there), Some(here)) => there == here,
                _ => true,
            }
            && match (name, &self.names) {
                (Some(name), Some(names)) => names.contains(name),
                _ => true,
            }
    }
}

/// The alarms on metrics that the requirement is about, in a region that is not another.
fn of_source<'i>(
    sources: &'i BTreeMap<Source, Vec<usize>>,
    near: &Near<'_, '_>,
    side: Side,
) -> impl Iterator<Item = usize> + use<'i> {
    let wanted = Rc::new(Wanted::of(near, side));
    [Some(wanted.namespace.clone()), None]
        .into_iter()
        .flat_map(move |namespace| {
            let wanted = Rc::clone(&wanted);
            sources
                .range((namespace.clone(), None, None)..)
                .take_while(move |((of, _, _), _)| *of == namespace)
                .filter(move |(source, _)| wanted.has(source))
                .flat_map(|(_, found)| found.iter().copied())
        })
}

fn known(value: &Attr<String>) -> Option<String> {
    match value {
        Attr::Known(value) => Some(value.clone()),
        Attr::Unset | Attr::Undetermined(_) => None,
    }
}

fn push<K: Ord>(map: &mut BTreeMap<K, Vec<usize>>, key: K, at: usize) {
    let found = map.entry(key).or_default();
    if found.last() != Some(&at) {
        found.push(at);
    }
}
