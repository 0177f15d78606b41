//! What the configuration can set.

use std::collections::BTreeMap;

use tollgate_policy::Change;
use tollgate_policy::pattern::{self, any_matches};
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;

use crate::table::{Row, rows};

/// The settings of `instance-and-quota`. Without any the policy finds nothing.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// Which sizes of machines, nodes and services are allowed, by resource type
    /// (`aws_db_instance`) or attribute (`aws_opensearch_domain.cluster_config.warm_type`); `*`
    /// stands for any run of characters.
    pub sizes: BTreeMap<String, Sizes>,
    /// Least and most of a number, by attribute: `aws_autoscaling_group.max_size`,
    /// `aws_lambda_function.reserved_concurrent_executions`, `*.throttling_rate_limit`.
    pub limits: BTreeMap<String, Limit>,
    /// How many resources of a type there may be after apply.
    pub totals: BTreeMap<String, u32>,
    /// Resource types that this policy leaves alone; `*` stands for any run of
    /// characters.
    pub ignore_types: Vec<String>,
}

/// Sizes such as `t3.micro`, `db.r6g.*`, `e2-*`, `Standard_D2s_v5`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Sizes {
    /// The sizes that are allowed. Empty: all that are not forbidden.
    pub allow: Vec<String>,
    /// The sizes that are forbidden, even where `allow` has them.
    pub forbid: Vec<String>,
}

/// Bounds of a number, in the unit of the attribute.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Limit {
    /// The least.
    pub min: Option<f64>,
    /// The most.
    pub max: Option<f64>,
    /// Whether the number must be set: without it there is no limit at all, as with a throttle or
    /// a reserved concurrency. `-1` is none either.
    pub required: bool,
}

impl Settings {
    pub(crate) fn is_empty(&self) -> bool {
        self.sizes.is_empty() && self.limits.is_empty() && self.totals.is_empty()
    }

    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
    }

    /// The sizes that are set for an attribute: the longest key that matches counts.
    pub(crate) fn sizes_of(&self, row: &Row) -> Option<&Sizes> {
        longest(&self.sizes, row, true)
    }

    /// The bounds that are set for an attribute.
    pub(crate) fn limit_of(&self, row: &Row) -> Option<&Limit> {
        longest(&self.limits, row, false)
    }

    /// What is wrong with settings that nothing can meet, or that limit nothing.
    pub(crate) fn mistake(&self) -> Option<String> {
        let of_limits = self.limits.iter().find_map(|(key, limit)| {
            let wrong = match (limit.min, limit.max) {
                (Some(min), Some(max)) if min > max => format!(
                    "has the `min` {min} above its `max` {max}, so that no number is allowed; exchange them"
                ),
                (None, None) if !limit.required => {
                    "limits nothing; give it a `min` or a `max`, or set `required = true`".to_owned()
                }
                _ => return None,
            };
            Some(format!("`limits` of `{key}` {wrong}"))
        });
        let of_sizes = || {
            self.sizes.iter().find_map(|(key, sizes)| {
                let never = |size: &String| any_matches(&sizes.forbid, size);
                let wrong = if sizes.allow.is_empty() && sizes.forbid.is_empty() {
                    "limits nothing; name sizes in `allow` or in `forbid`"
                } else if !sizes.allow.is_empty() && sizes.allow.iter().all(never) {
                    "forbids every size that it allows; remove them from `forbid`"
                } else {
                    return None;
                };
                Some(format!("`sizes` of `{key}` {wrong}"))
            })
        };
        self.unknown_key().or(of_limits).or_else(of_sizes)
    }

    /// What is wrong with keys that no attribute has: a limit that limits nothing.
    fn unknown_key(&self) -> Option<String> {
        let of_sizes = self.sizes.keys().map(|key| (key, true, "sizes"));
        let of_limits = self.limits.keys().map(|key| (key, false, "limits"));
        of_sizes
            .chain(of_limits)
            .find(|(key, is_size, _)| !rows().any(|row| row.is_size == *is_size && meets(key, &row, *is_size)))
            .map(|(key, is_size, setting)| {
                let (what, next) = match (nearest(key, is_size), is_size) {
                    (Some(near), true) => ("resource type or attribute", format!("did you mean `{near}`?")),
                    (Some(near), false) => ("attribute", format!("did you mean `{near}`?")),
                    (None, true) => (
                        "resource type or attribute",
                        "write it as `aws_db_instance`, or with `*`".to_owned(),
                    ),
                    (None, false) => (
                        "attribute",
                        "write it as `aws_autoscaling_group.max_size`, or with `*`".to_owned(),
                    ),
                };
                format!("`{setting}` has the key `{key}`, which is no {what} that this policy knows; {next}")
            })
    }
}

/// The key that somebody meant who mistyped it, where there is one that is near enough.
fn nearest(key: &str, is_size: bool) -> Option<String> {
    let most = (key.len() / 5).clamp(1, 4);
    rows()
        .filter(|row| row.is_size == is_size)
        .flat_map(|row| {
            let whole = is_size.then(|| row.kind.to_owned());
            whole
                .into_iter()
                .chain([format!("{}.{}", row.kind, row.path)])
        })
        .map(|candidate| (distance(key, &candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be added, removed or changed to make one text of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, a) in one.chars().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(&other) {
            let change = diagonal + usize::from(a != *b);
            diagonal = *cell;
            left = change.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

fn longest<'a, T>(of: &'a BTreeMap<String, T>, row: &Row, whole_types: bool) -> Option<&'a T> {
    of.iter()
        .filter(|(key, _)| meets(key, row, whole_types))
        .max_by_key(|(key, _)| (!key.contains('*'), key.len()))
        .map(|(_, value)| value)
}

fn meets(key: &str, row: &Row, whole_types: bool) -> bool {
    pattern::matches(key, &format!("{}.{}", row.kind, row.path))
        || (whole_types && pattern::matches(key, row.kind))
}
