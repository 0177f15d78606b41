//! Whether an alarm watches a resource.
//!
//! In this order:
//!
//! 1. The value of the identifying dimension and the resource's attribute are both
//!    known: they are equal, or the alarm watches something else.
//! 2. The dimension is known and the attribute is not: a value that the plan knows
//!    is not the name that apply will invent, so the alarm watches something else.
//! 3. The dimension is not known: what the configuration refers to decides (see
//!    `reference.rs`), if it reads the attribute that the dimension wants (see
//!    `identity.rs`). Another attribute of the right resource proves nothing: a function
//!    of the language can make the right value of it. The provider makes the whole map
//!    unknown when one value is.
//! 4. If the configuration refers to nothing that tells, or to several resources of which
//!    a condition may pick one, it is undetermined.
//!
//! Regions must not differ, as far as they are known: an alarm sees its own region
//! only. A metric of another account is not this resource's.

use std::collections::BTreeSet;

use tollgate_policy::{Attr, Change, Field, Why};

use crate::alarm::{Alarm, PROMQL, Watched, What};
use crate::identity;
use crate::insights::Query;
use crate::plan::Plan;
use crate::reference::{Key, Proof, Reference};
use crate::requirement::{Dimension, Expected, Metric, Requirement};
use crate::requirements;
use crate::side::Side;

/// Which metrics of a requirement count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those that satisfy it.
    Required,
    /// Any metric with the same namespace and identifying dimensions: whether the
    /// alarm is about the resource at all.
    AnyMetric,
}

/// Whether `alarm` watches `target` on one side as `requirement` wants.
pub fn watches<'a>(
    plan: &Plan<'a>,
    side: Side,
    alarm: &Alarm<'a>,
    target: &Change,
    requirement: &Requirement<'_>,
    scope: Scope,
) -> Proof {
    watches_with(plan, side, alarm, target, requirement, scope, |_| true)
}

/// The same by what of an alarm is about every resource of a namespace. Of the target only the region
/// and the account matter to that.
pub fn watches_all<'a>(
    plan: &Plan<'a>,
    side: Side,
    alarm: &Alarm<'a>,
    target: &Change,
    requirement: &Requirement<'_>,
    scope: Scope,
) -> Proof {
    watches_with(
        plan,
        side,
        alarm,
        target,
        requirement,
        scope,
        Watched::is_of_all,
    )
}

#[cfg(test)]
thread_local! {
    /// How many alarms were compared with a resource.
    pub static COMPARED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn watches_with<'a>(
    plan: &Plan<'a>,
    side: Side,
    alarm: &Alarm<'a>,
    target: &Change,
    requirement: &Requirement<'_>,
    scope: Scope,
    counts: impl Fn(&Watched) -> bool,
) -> Proof {
    #[cfg(test)]
    COMPARED.set(COMPARED.get() + 1);
    let elsewhere = match requirements::home(requirement.namespace) {
        Some(home) => identity::region(alarm.change, side).is_some_and(|here| here != home),
        None => identity::apart(alarm.change, target, side),
    };
    if elsewhere {
        return Proof::No;
    }
    let link = Link {
        plan,
        side,
        alarm,
        target,
        requirement,
        scope,
    };
    alarm
        .watched(side)
        .iter()
        .filter(|watched| counts(watched))
        .map(|watched| link.watched(watched))
        .fold(Proof::No, Proof::or)
}

/// The last part of a path or an ARN: a cluster is named either way.
fn tail(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// The items of a list of texts; undetermined if one of them is.
fn members(field: &Field) -> Attr<BTreeSet<String>> {
    let items = match field.items() {
        Attr::Known(items) => items,
        Attr::Unset => return Attr::Unset,
        Attr::Undetermined(why) => return Attr::Undetermined(why),
    };
    let mut found = BTreeSet::new();
    for item in items {
        match item.text() {
            Attr::Known(text) => {
                found.insert(text);
            }
            Attr::Unset => {}
            Attr::Undetermined(why) => return Attr::Undetermined(why),
        }
    }
    Attr::Known(found)
}

struct Link<'l, 'a> {
    plan: &'l Plan<'a>,
    side: Side,
    alarm: &'l Alarm<'a>,
    target: &'l Change,
    requirement: &'l Requirement<'l>,
    scope: Scope,
}

impl Link<'_, '_> {
    fn watched(&self, watched: &Watched) -> Proof {
        match &watched.what {
            What::Metric {
                account,
                namespace,
                name,
                dimensions,
            } => {
                let account = self.account(account);
                if account == Proof::No {
                    return Proof::No;
                }
                let namespace = same(namespace, self.requirement.namespace, "namespace");
                if namespace == Proof::No {
                    return Proof::No;
                }
                self.requirement
                    .metrics
                    .iter()
                    .map(|metric| {
                        let name = match self.scope {
                            Scope::Required => same(name, metric.name, "metric name"),
                            Scope::AnyMetric => Proof::Proven,
                        };
                        if name == Proof::No {
                            return Proof::No;
                        }
                        account
                            .clone()
                            .and(namespace.clone())
                            .and(name)
                            .and(self.dimensions(metric, dimensions, watched.attribute))
                    })
                    .fold(Proof::No, Proof::or)
            }
            What::Insights(query) => self.insights(query),
            What::Opaque { text, why } => self.opaque(text.as_deref(), why, watched.attribute),
        }
    }

    fn dimensions(
        &self,
        metric: &Metric<'_>,
        dimensions: &Field,
        attribute: &'static str,
    ) -> Proof {
        let entries = match dimensions.entries() {
            Attr::Known(entries) => entries,
            Attr::Unset => Vec::new(),
            Attr::Undetermined(why) => return self.referred(metric, attribute, why),
        };
        if entries.is_empty() {
            let all = metric.region_wide && self.scope == Scope::Required;
            return if all { Proof::Proven } else { Proof::No };
        }
        let mut proof = Proof::Proven;
        for dimension in metric.dimensions {
            let found = entries.iter().find(|(name, _)| name == dimension.name);
            let one = match (found, dimension.value) {
                (Some((_, value)), Expected::Attribute(path)) => match value.text() {
                    Attr::Known(value) => self.is(&value, path),
                    Attr::Unset => Proof::No,
                    Attr::Undetermined(why) => self.referred(metric, attribute, why),
                },
                (Some((_, value)), Expected::Tail(path)) => match value.text() {
                    Attr::Unset => Proof::No,
                    value => self.is_of(&value, path, dimension.name, attribute),
                },
                (Some((_, value)), Expected::Member(path)) => match value.text() {
                    Attr::Known(value) => self.is_in(&value, path, members),
                    Attr::Unset => Proof::No,
                    Attr::Undetermined(why) => self.referred(metric, attribute, why),
                },
                (_, Expected::OneOf(_) | Expected::Any) if self.scope == Scope::AnyMetric => {
                    Proof::Proven
                }
                (Some((_, value)), Expected::OneOf(values)) => match value.text() {
                    Attr::Known(value) if values.contains(&value.as_str()) => Proof::Proven,
                    Attr::Known(_) | Attr::Unset => Proof::No,
                    Attr::Undetermined(why) => {
                        Proof::Possible(format!("its dimension `{}` is {why}", dimension.name))
                    }
                },
                (Some(_), Expected::Any) => Proof::Proven,
                (None, _) => Proof::No,
            };
            proof = proof.and(one);
        }
        let allowed = |name: &str| {
            metric
                .dimensions
                .iter()
                .any(|dimension| dimension.name == name)
                || metric.narrower.contains(&name)
        };
        if self.scope == Scope::Required && !entries.iter().all(|(name, _)| allowed(name)) {
            return Proof::No;
        }
        proof
    }

    /// Whether a known value is the one of the target's attribute.
    fn is(&self, value: &str, path: &str) -> Proof {
        match self.side.read(self.target, path).text() {
            Attr::Known(wanted) if wanted == value => Proof::Proven,
            Attr::Known(_) | Attr::Unset | Attr::Undetermined(Why::Unknown) => Proof::No,
            Attr::Undetermined(why) => {
                Proof::Possible(format!("the attribute `{path}` of the resource is {why}"))
            }
        }
    }

    /// Whether a known value is among those that `read` makes of the target's attribute.
    fn is_in(
        &self,
        value: &str,
        path: &str,
        read: impl Fn(&Field) -> Attr<BTreeSet<String>>,
    ) -> Proof {
        match read(&self.side.read(self.target, path)) {
            Attr::Known(wanted) if wanted.contains(value) => Proof::Proven,
            Attr::Known(_) | Attr::Unset => Proof::No,
            Attr::Undetermined(why) => {
                Proof::Possible(format!("the attribute `{path}` of the resource is {why}"))
            }
        }
    }

    /// Whether a value is the name of what the target's attribute names by its name, its ARN
    /// or, where that is known only after apply, by reference.
    fn is_of(&self, value: &Attr<String>, path: &str, dimension: &str, attribute: &str) -> Proof {
        let owner = self.owner(path);
        let wanted = match self.side.read(self.target, path).text() {
            Attr::Known(wanted) => Some(tail(&wanted).to_owned()),
            Attr::Unset => return Proof::No,
            Attr::Undetermined(_) => {
                owner.and_then(|owner| match self.side.read(owner, "name").text() {
                    Attr::Known(name) => Some(name),
                    Attr::Unset | Attr::Undetermined(_) => None,
                })
            }
        };
        match (value, wanted) {
            (Attr::Known(value), Some(wanted)) if *value == wanted => Proof::Proven,
            (Attr::Known(_), Some(_)) => Proof::No,
            // One of them is known only after apply: both have to come from the same resource.
            _ => {
                let unclear = Proof::Possible(format!(
                    "whether its dimension `{dimension}` is of `{path}` of the resource is known only after apply"
                ));
                let Some(owner) = owner else { return unclear };
                let mut named = self
                    .alarm
                    .references(self.side, attribute)
                    .filter_map(|reference| match reference {
                        Reference::Resource {
                            block, kind, key, ..
                        } if *kind == owner.kind => Some((block, key.as_ref())),
                        _ => None,
                    })
                    .collect::<BTreeSet<_>>()
                    .into_iter();
                match (named.next(), named.next()) {
                    (Some((block, key)), None) if *block == owner.block => {
                        self.plan.instances.means(self.alarm.change, owner, key)
                    }
                    (Some(_), None) => Proof::No,
                    _ => unclear,
                }
            }
        }
    }

    /// The resource of the plan that the configuration of an attribute of the target refers
    /// to, if it is only one.
    fn owner(&self, path: &str) -> Option<&Change> {
        let mut found = None;
        for reference in self.side.references(self.target, path) {
            let Reference::Resource { block, key, .. } = Reference::parse(reference) else {
                return None;
            };
            let owner = self.plan.instances.one(self.target, &block, key.as_ref())?;
            if found.is_some_and(|known: &Change| known.address != owner.address) {
                return None;
            }
            found = Some(owner);
        }
        found
    }

    /// Whether the metric is of the account that has the target.
    fn account(&self, account: &Attr<String>) -> Proof {
        let account = match account {
            Attr::Unset => return Proof::Proven,
            Attr::Undetermined(why) => {
                return Proof::Possible(format!("the account of its metric is {why}"));
            }
            Attr::Known(account) => account,
        };
        match identity::account(self.target).or_else(|| identity::account(self.alarm.change)) {
            Some(own) if own == *account => Proof::Proven,
            Some(_) => Proof::No,
            None => Proof::Possible(format!(
                "its metric is of the account {account}, and the plan does not say which account the resource is in"
            )),
        }
    }

    /// What the configuration of an attribute that is not known proves.
    fn referred(&self, metric: &Metric<'_>, attribute: &'static str, why: Why) -> Proof {
        let sources = self.sources(metric, attribute);
        match sources.named.len() {
            0 if sources.elsewhere => Proof::No,
            0 => Proof::Possible(format!(
                "its `{attribute}` is {why}, and the configuration does not tell which resource it names"
            )),
            1 => sources.target,
            several if self.one_for_each(&sources, attribute, several) => sources.target,
            several => sources.target.and(Proof::Possible(format!(
                "its `{attribute}` is {why} and refers to {several} resources of this type, of which it may name any"
            ))),
        }
    }

    /// Whether there is one query, or one instance of the alarm, for each of `count`
    /// references, all on metrics that the requirement accepts: then none of the
    /// resources is left out, although it cannot be told which watches which.
    ///
    /// An expression that refers to several resources and does not say which instance of
    /// the alarm it is for picks the same one of them for all instances: `blue ? a : b`.
    fn one_for_each(&self, sources: &Sources<'_>, attribute: &str, count: usize) -> bool {
        if attribute == "metric_query" {
            let mut queries = self
                .alarm
                .watched(self.side)
                .iter()
                .filter(|watched| watched.attribute == attribute);
            return queries.clone().count() >= count
                && queries.all(|watched| self.accepts(watched));
        }
        // `for_each` over a map from names to values: every instance has the references
        // of all entries.
        sources.each
            && self.plan.siblings(
                self.side,
                self.alarm.change,
                count,
                format!("{} {:?}", self.requirement.id, self.scope),
                &mut |alarm| {
                    let mut watched = alarm.watched(self.side).iter();
                    watched.any(|watched| self.accepts(watched))
                },
            )
    }

    /// Whether something that an alarm watches is a metric of the requirement.
    fn accepts(&self, watched: &Watched) -> bool {
        matches!(&watched.what, What::Metric { namespace, name, .. }
            if namespace.is_known_and(|namespace| namespace == self.requirement.namespace)
                && (self.scope == Scope::AnyMetric
                    || name.is_known_and(|name| self.requirement.metrics.iter().any(|metric| metric.name == name))))
    }

    fn sources(&self, metric: &Metric<'_>, attribute: &str) -> Sources<'_> {
        let mut sources = Sources {
            named: BTreeSet::new(),
            target: Proof::No,
            elsewhere: false,
            each: false,
        };
        let (mut other, mut opaque) = (false, false);
        // The right attribute of a resource counts, whatever else of it is read.
        let mut wrong: Option<(Proof, &str)> = None;
        // `each.value.id`, where `for_each` goes over the resources themselves.
        let behind_each = self
            .alarm
            .references(self.side, attribute)
            .find_map(|reference| match reference {
                Reference::Each {
                    attribute: Some(read),
                } => Some(read.as_str()),
                _ => None,
            })
            .filter(|read| identity::names_its_owner(read));
        for reference in self.alarm.references(self.side, attribute) {
            match reference {
                Reference::Resource {
                    block,
                    kind,
                    key,
                    attribute,
                } if self.requirement.types.contains(&kind.as_str()) => {
                    if *block == self.target.block {
                        let means =
                            self.plan
                                .instances
                                .means(self.alarm.change, self.target, key.as_ref());
                        match attribute.as_deref().or(behind_each) {
                            Some(read) if !feeds(metric, kind, read) => {
                                wrong = Some((means, read));
                            }
                            _ => sources.target = sources.target.or(means),
                        }
                    }
                    sources.named.insert((block, key.as_ref()));
                }
                Reference::Resource {
                    kind, attribute, ..
                } => {
                    // A resource of a type that the table does not know can pass anything
                    // on: `terraform_data`, an alias, a random name. So can one that it
                    // knows, of what it belongs to: `cluster_identifier` of an instance.
                    let known = requirements::knows(kind)
                        && attribute.as_deref().is_none_or(identity::names_its_owner);
                    other |= known;
                    opaque |= !known;
                }
                Reference::Each { .. } => sources.each = true,
                Reference::Selector => {}
                Reference::Opaque => opaque = true,
            }
        }
        if sources.target == Proof::No
            && let Some((means, read)) = wrong
        {
            sources.target = means.and(Proof::Possible(format!(
                "the dimension wants {}, and its configuration reads `{read}`",
                wanted(metric)
            )));
        }
        sources.elsewhere = other && !opaque;
        sources
    }

    fn insights(&self, query: &Query) -> Proof {
        if query.namespace != self.requirement.namespace {
            return Proof::No;
        }
        self.requirement
            .metrics
            .iter()
            .filter(|metric| self.scope == Scope::AnyMetric || metric.name == query.metric)
            .map(|metric| self.selects(query, metric))
            .fold(Proof::No, Proof::or)
    }

    fn selects(&self, query: &Query, metric: &Metric<'_>) -> Proof {
        let unclear =
            || Proof::Possible("its Metrics Insights query may leave the resource out".to_owned());
        let identifies =
            |dimension: &&Dimension<'_>| matches!(dimension.value, Expected::Attribute(_));
        if let Some(schema) = &query.schema
            && !metric
                .dimensions
                .iter()
                .filter(identifies)
                .all(|dimension| schema.iter().any(|name| name == dimension.name))
        {
            return Proof::No;
        }
        let mut proof = if query.filters.is_empty() && !query.telling {
            unclear()
        } else {
            Proof::Proven
        };
        for (name, value) in &query.filters {
            let dimension = metric
                .dimensions
                .iter()
                .find(|dimension| dimension.name == name);
            proof = proof.and(match dimension.map(|dimension| dimension.value) {
                Some(Expected::Attribute(path)) => self.is(value, path),
                Some(Expected::OneOf(values)) if values.contains(&value.as_str()) => Proof::Proven,
                _ if metric.narrower.contains(&name.as_str()) => Proof::Proven,
                _ => unclear(),
            });
        }
        proof
    }

    fn opaque(&self, text: Option<&str>, why: &str, attribute: &'static str) -> Proof {
        if text
            .is_some_and(|text| text.contains("AWS/") && !text.contains(self.requirement.namespace))
        {
            return Proof::No;
        }
        if attribute == PROMQL && text.is_some_and(|text| !self.mentioned(text)) {
            return Proof::No;
        }
        let sources = self
            .requirement
            .metrics
            .iter()
            .map(|metric| self.sources(metric, attribute))
            .reduce(|one, other| Sources {
                target: one.target.or(other.target),
                ..one
            });
        let Some(sources) = sources else {
            return Proof::No;
        };
        let about_others = !sources.named.is_empty() && sources.target == Proof::No;
        if about_others || (sources.named.is_empty() && sources.elsewhere) {
            return Proof::No;
        }
        Proof::Possible(why.to_owned())
    }
}

impl Link<'_, '_> {
    /// Whether a query that is known mentions what is required: the namespace, or the
    /// resource by a value that is known.
    fn mentioned(&self, text: &str) -> bool {
        text.contains(self.requirement.namespace)
            || self
                .requirement
                .metrics
                .iter()
                .flat_map(|metric| metric.dimensions)
                .any(|dimension| match dimension.value {
                    Expected::Attribute(path) => self
                        .side
                        .read(self.target, path)
                        .text()
                        .is_known_and(|value| !value.is_empty() && text.contains(value.as_str())),
                    Expected::Tail(_)
                    | Expected::Member(_)
                    | Expected::OneOf(_)
                    | Expected::Any => false,
                })
    }
}

/// Whether an attribute of the resource is one that a dimension of the metric wants.
fn feeds(metric: &Metric<'_>, kind: &str, attribute: &str) -> bool {
    metric
        .dimensions
        .iter()
        .any(|dimension| match dimension.value {
            Expected::Attribute(path) | Expected::Member(path) => {
                // `a[0].b`: the reference says `a`.
                let path = path.split(['.', '[']).next().unwrap_or(path);
                identity::same(kind, attribute, path)
            }
            Expected::Tail(_) | Expected::OneOf(_) | Expected::Any => false,
        })
}

/// The attributes that the dimensions of a metric want, for a message.
fn wanted(metric: &Metric<'_>) -> String {
    let paths: BTreeSet<&str> = metric
        .dimensions
        .iter()
        .filter_map(|dimension| match dimension.value {
            Expected::Attribute(path) | Expected::Member(path) => Some(path),
            Expected::Tail(_) | Expected::OneOf(_) | Expected::Any => None,
        })
        .collect();
    format!("`{}`", paths.into_iter().collect::<Vec<_>>().join("` or `"))
}

struct Sources<'a> {
    /// References to resources of the types that the requirement is about.
    named: BTreeSet<(&'a str, Option<&'a Key>)>,
    /// Whether one of them means the target.
    target: Proof,
    /// Whether everything that is referred to is of another service.
    elsewhere: bool,
    /// Whether the instance of the alarm picks what is referred to.
    each: bool,
}

fn same(value: &Attr<String>, wanted: &str, label: &str) -> Proof {
    match value {
        Attr::Known(value) if value == wanted => Proof::Proven,
        Attr::Known(_) | Attr::Unset => Proof::No,
        Attr::Undetermined(why) => Proof::Possible(format!("its {label} is {why}")),
    }
}
