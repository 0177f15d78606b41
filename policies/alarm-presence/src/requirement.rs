//! What a requirement is: one kind of alarm that one kind of resource must have.
//!
//! The table is the folder `requirements`: one file per service, one constant per
//! requirement. Each is its own rule, so that enforcement and waivers can tell a
//! missing throttle alarm from a missing error alarm.

use tollgate_policy::{RuleDef, Severity};

/// One kind of alarm that resources of some types must have.
#[derive(Clone, Copy, Debug)]
pub struct Requirement<'a> {
    /// Kebab-case; what `require` in the settings names.
    pub id: &'a str,
    /// The service; `require` can name it for all of its requirements.
    pub group: &'a str,
    /// Whether `require = ["default"]` includes it: without this alarm a failure
    /// that users feel goes unnoticed.
    pub default: bool,
    /// The rule that a resource without the alarm breaks. Its first link is the
    /// source of the metric names and dimensions.
    pub rule: RuleDef,
    /// Resource types; several only where the provider has two names for one thing.
    pub types: &'a [&'a str],
    /// What else must hold of the resource.
    pub when: &'static [Condition],
    /// Which queues it is about; [`Role::Any`] for every other type.
    pub role: Role,
    /// Of the metrics.
    pub namespace: &'a str,
    /// An alarm on any one of them satisfies the requirement.
    pub metrics: &'a [Metric<'a>],
}

/// One metric, and how its dimensions name the resource.
#[derive(Clone, Copy, Debug)]
pub struct Metric<'a> {
    /// As CloudWatch spells it.
    pub name: &'a str,
    /// Every one of them must be there. None: the metric covers all resources.
    pub dimensions: &'a [Dimension<'a>],
    /// Dimensions that may be there as well, although they narrow what is watched.
    pub narrower: &'a [&'a str],
    /// Whether the metric without any dimension covers every resource of a region.
    pub region_wide: bool,
}

/// One dimension of a metric.
#[derive(Clone, Copy, Debug)]
pub struct Dimension<'a> {
    /// As CloudWatch spells it.
    pub name: &'a str,
    /// What its value must be.
    pub value: Expected<'a>,
}

/// What the value of a dimension must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expected<'a> {
    /// The resource's value of this attribute.
    Attribute(&'a str),
    /// The last part, after a slash, of the resource's value of this attribute: a cluster
    /// is named by its name or its ARN.
    Tail(&'a str),
    /// One of the items of the resource's value of this attribute.
    Member(&'a str),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Anything.
    Any,
}

/// A value that an attribute must have for a requirement to apply.
#[derive(Clone, Copy, Debug)]
pub struct Condition {
    /// Path of the attribute.
    pub attribute: &'static str,
    /// Any of these, or [`SET`].
    pub is: &'static [&'static str],
    /// The provider's default.
    pub unset_is: &'static str,
}

/// In [`Condition::is`]: any value, as long as there is one.
pub const SET: &[&str] = &["*"];

/// Which queues a requirement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// All; and every resource that is no queue.
    Any,
    /// Queues that no other resource uses as its dead-letter queue.
    Source,
    /// Queues that another resource uses as its dead-letter queue.
    DeadLetter,
}

/// A dimension that names the resource by one of its attributes.
pub const fn named_by(name: &'static str, attribute: &'static str) -> Dimension<'static> {
    Dimension {
        name,
        value: Expected::Attribute(attribute),
    }
}

/// A metric whose only dimension names the resource.
pub const fn metric(
    name: &'static str,
    dimensions: &'static [Dimension<'static>],
) -> Metric<'static> {
    Metric {
        name,
        dimensions,
        narrower: &[],
        region_wide: false,
    }
}

/// The rule of a requirement.
pub const fn rule(
    id: &'static str,
    title: &'static str,
    description: &'static str,
    severity: Severity,
    remediation: &'static str,
    links: &'static [&'static str],
) -> RuleDef {
    RuleDef {
        id,
        title,
        description,
        severity,
        remediation,
        example: "The resource in a plan, and no alarm whose dimensions name it.",
        links,
    }
}
