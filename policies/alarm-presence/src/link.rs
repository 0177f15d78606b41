//! Whether an alarm watches a resource.
//!
//! In this order:
//!
//! 1. The value of the identifying dimension and the resource's attribute are both
//!    known: they are equal, or the alarm watches something else.
//! 2. The dimension is known and the attribute is not: a value that the plan knows
//!    is not the name that apply will invent, so the alarm watches something else.
//! 3. The dimension is not known: what the configuration refers to decides (see
//!    `reference.rs`). The provider makes the whole map unknown when one value is.
//! 4. If the configuration refers to nothing that tells, it is undetermined.
//!
//! Regions must not differ, as far as they are known: an alarm sees its own region
//! only.

use std::collections::BTreeSet;

use tollgate_policy::{Attr, Change, Field, Why};

use crate::alarm::{Alarm, Watched, What};
use crate::insights::Query;
use crate::plan::Plan;
use crate::reference::{Key, Proof, Reference};
use crate::requirement::{Dimension, Expected, Metric, Requirement};
use crate::requirements;

/// Which metrics of a requirement count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those that satisfy it.
    Required,
    /// Any metric with the same namespace and identifying dimensions: whether the
    /// alarm is about the resource at all.
    AnyMetric,
}

/// Whether `alarm` will watch `target` as `requirement` wants.
pub fn watches(
    plan: &Plan<'_>,
    alarm: &Alarm<'_>,
    target: &Change,
    requirement: &Requirement<'_>,
    scope: Scope,
) -> Proof {
    if let (Some(here), Some(there)) = (&alarm.change.region, &target.region)
        && here != there
    {
        return Proof::No;
    }
    let link = Link {
        plan,
        alarm,
        target,
        requirement,
        scope,
    };
    alarm
        .after
        .iter()
        .map(|watched| link.watched(watched))
        .fold(Proof::No, Proof::or)
}

/// Whether `alarm` watches `target` today. Both exist, so everything but a sensitive
/// value is known; what is not known proves nothing.
pub fn watched_before(
    alarm: &Alarm<'_>,
    target: &Change,
    requirement: &Requirement<'_>,
    scope: Scope,
) -> bool {
    alarm.before.iter().any(|watched| match &watched.what {
        What::Metric {
            namespace,
            name,
            dimensions,
        } => {
            namespace.is_known_and(|namespace| namespace == requirement.namespace)
                && requirement.metrics.iter().any(|metric| {
                    (scope == Scope::AnyMetric || name.is_known_and(|name| name == metric.name))
                        && metric.dimensions.iter().all(|dimension| {
                            let value = dimensions.get(dimension.name).text();
                            match dimension.value {
                                Expected::Attribute(path) => {
                                    let wanted = target.before(path).text();
                                    wanted.is_known_and(|wanted| {
                                        value.is_known_and(|value| value == wanted)
                                    })
                                }
                                Expected::OneOf(values) => {
                                    scope == Scope::AnyMetric
                                        || value
                                            .is_known_and(|value| values.contains(&value.as_str()))
                                }
                                Expected::Any => {
                                    scope == Scope::AnyMetric || !matches!(value, Attr::Unset)
                                }
                            }
                        })
                        && (scope == Scope::AnyMetric || no_other(dimensions, metric))
                })
        }
        What::Insights(_) | What::Opaque { .. } => false,
    })
}

fn no_other(dimensions: &Field, metric: &Metric<'_>) -> bool {
    dimensions.entries().is_known_and(|entries| {
        entries.iter().all(|(name, _)| {
            metric
                .dimensions
                .iter()
                .any(|dimension| dimension.name == name)
                || metric.narrower.contains(&name.as_str())
        })
    })
}

struct Link<'a> {
    plan: &'a Plan<'a>,
    alarm: &'a Alarm<'a>,
    target: &'a Change,
    requirement: &'a Requirement<'a>,
    scope: Scope,
}

impl Link<'_> {
    fn watched(&self, watched: &Watched) -> Proof {
        match &watched.what {
            What::Metric {
                namespace,
                name,
                dimensions,
            } => {
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
                        namespace.clone().and(name).and(self.dimensions(
                            metric,
                            dimensions,
                            watched.attribute,
                        ))
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
            Attr::Undetermined(why) => return self.referred(attribute, why),
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
                    Attr::Undetermined(why) => self.referred(attribute, why),
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
        match self.target.after(path).text() {
            Attr::Known(wanted) if wanted == value => Proof::Proven,
            Attr::Known(_) | Attr::Unset | Attr::Undetermined(Why::Unknown) => Proof::No,
            Attr::Undetermined(why) => {
                Proof::Possible(format!("the attribute `{path}` of the resource is {why}"))
            }
        }
    }

    /// What the configuration of an attribute that is not known proves.
    fn referred(&self, attribute: &'static str, why: Why) -> Proof {
        let sources = self.sources(attribute);
        match sources.named.len() {
            0 if sources.elsewhere => Proof::No,
            0 => Proof::Possible(format!(
                "its `{attribute}` is {why}, and the configuration does not tell which resource it names"
            )),
            1 => sources.target,
            several if self.one_for_each(attribute, several) => sources.target,
            several => sources.target.and(Proof::Possible(format!(
                "its `{attribute}` is {why} and refers to {several} resources of this type"
            ))),
        }
    }

    /// Whether there is one query, or one instance of the alarm, for each of `count`
    /// references, all on metrics that the requirement accepts: then none of the
    /// resources is left out, although it cannot be told which watches which.
    fn one_for_each(&self, attribute: &str, count: usize) -> bool {
        let accepted = |watched: &Watched| {
            matches!(&watched.what, What::Metric { namespace, name, .. }
                if namespace.is_known_and(|namespace| namespace == self.requirement.namespace)
                    && (self.scope == Scope::AnyMetric
                        || name.is_known_and(|name| self.requirement.metrics.iter().any(|metric| metric.name == name))))
        };
        let here = |alarm: &Alarm<'_>| {
            alarm.change.block == self.alarm.change.block
                && alarm.change.module_address == self.alarm.change.module_address
        };
        if attribute == "metric_query" {
            let mut queries = self
                .alarm
                .after
                .iter()
                .filter(|watched| watched.attribute == attribute);
            queries.clone().count() >= count && queries.all(accepted)
        } else {
            // `for_each` over a map from names to values: every instance has the
            // references of all entries.
            let siblings = self.plan.alarms.iter().filter(|alarm| here(alarm));
            siblings
                .filter(|alarm| alarm.after.iter().any(accepted))
                .count()
                == count
        }
    }

    fn sources(&self, attribute: &str) -> Sources<'_> {
        let mut named: BTreeSet<(&str, Option<&Key>)> = BTreeSet::new();
        let mut target = Proof::No;
        let (mut other, mut opaque) = (false, false);
        for reference in self.alarm.references(attribute) {
            match reference {
                Reference::Resource { block, kind, key }
                    if self.requirement.types.contains(&kind.as_str()) =>
                {
                    if *block == self.target.block {
                        target = target.or(self.plan.instances.means(
                            self.alarm.change,
                            self.target,
                            key.as_ref(),
                        ));
                    }
                    named.insert((block, key.as_ref()));
                }
                Reference::Resource { kind, .. } => {
                    let known = requirements::ALL
                        .iter()
                        .any(|other| other.types.contains(&kind.as_str()));
                    other |= known;
                    // A resource of a type that the table does not know can pass
                    // anything on: `terraform_data`, an alias, a random name.
                    opaque |= !known;
                }
                Reference::Selector => {}
                Reference::Opaque => opaque = true,
            }
        }
        Sources {
            named,
            target,
            elsewhere: other && !opaque,
        }
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
        let sources = self.sources(attribute);
        let about_others = !sources.named.is_empty() && sources.target == Proof::No;
        if about_others || (sources.named.is_empty() && sources.elsewhere) {
            return Proof::No;
        }
        Proof::Possible(why.to_owned())
    }
}

struct Sources<'a> {
    /// References to resources of the types that the requirement is about.
    named: BTreeSet<(&'a str, Option<&'a Key>)>,
    /// Whether one of them means the target.
    target: Proof,
    /// Whether everything that is referred to is of another service.
    elsewhere: bool,
}

fn same(value: &Attr<String>, wanted: &str, label: &str) -> Proof {
    match value {
        Attr::Known(value) if value == wanted => Proof::Proven,
        Attr::Known(_) | Attr::Unset => Proof::No,
        Attr::Undetermined(why) => Proof::Possible(format!("its {label} is {why}")),
    }
}
