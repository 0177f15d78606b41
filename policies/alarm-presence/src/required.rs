//! Which requirements the settings ask for in this environment.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::Environment;
use tollgate_policy::pattern::matches;

use crate::requirement::{Dimension, Expected, Metric, Requirement, Role};
use crate::rules::custom_metric_unwatched::CUSTOM_METRIC_UNWATCHED;
use crate::settings::{Exclusion, Settings};
use crate::{interests, requirements};

/// The group of the requirements under `custom`.
const CUSTOM: &str = "custom";

/// The parts of the requirements under `custom` that the settings do not hold in the
/// form that [`Requirement`] borrows.
#[derive(Debug)]
pub struct Parts<'a>(Vec<Part<'a>>);

#[derive(Debug)]
struct Part<'a> {
    id: &'a str,
    types: [&'a str; 1],
    namespace: &'a str,
    metrics: &'a [String],
    dimensions: Vec<Dimension<'a>>,
    narrower: Vec<&'a str>,
}

impl<'a> Parts<'a> {
    /// Reads and checks the requirements under `custom`.
    ///
    /// # Errors
    /// If one takes the name of another, or is about something that the policy does
    /// not see.
    pub fn of(settings: &'a Settings) -> Result<Self, String> {
        let visible = interests::attributes();
        settings
            .custom
            .iter()
            .map(|(id, custom)| {
                if reserved(id) {
                    return Err(format!(
                        "custom.{id}: the name is taken by a built-in requirement or group; choose another"
                    ));
                }
                let kind = custom.resource_type.as_str();
                let common: BTreeSet<&str> = interests::COMMON.iter().copied().collect();
                let seen = match visible.get(kind) {
                    Some(seen) => seen,
                    None if kind.starts_with("aws_") => &common,
                    None => {
                        return Err(format!(
                            "custom.{id}: this policy does not see resources of type {kind:?}; it sees those of the provider for AWS (aws_…)"
                        ));
                    }
                };
                let dimensions = custom
                    .dimensions
                    .iter()
                    .map(|(name, path)| match path.as_str() {
                        "*" => Ok(Dimension { name, value: Expected::Any }),
                        path if seen.contains(path) => Ok(Dimension { name, value: Expected::Attribute(path) }),
                        path => {
                            let paths: Vec<&str> = seen.iter().copied().collect();
                            Err(format!(
                                "custom.{id}.dimensions.{name}: this policy does not see the attribute {path:?} of {kind}; it sees {}",
                                paths.join(", ")
                            ))
                        }
                    })
                    .collect::<Result<Vec<_>, _>>()?;
                if !dimensions.iter().any(|dimension| matches!(dimension.value, Expected::Attribute(_))) {
                    return Err(format!("custom.{id}.dimensions: none names the resource by an attribute; give one"));
                }
                if custom.metrics.is_empty() {
                    return Err(format!("custom.{id}.metrics: is empty; name at least one metric"));
                }
                Ok(Part {
                    id,
                    types: [kind],
                    namespace: &custom.namespace,
                    metrics: &custom.metrics,
                    dimensions,
                    narrower: custom.optional_dimensions.iter().map(String::as_str).collect(),
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The metrics of each requirement, by its name.
    pub fn metrics(&self) -> BTreeMap<&str, Vec<Metric<'_>>> {
        self.0
            .iter()
            .map(|part| {
                let metric = |name: &'a String| Metric {
                    name,
                    dimensions: &part.dimensions,
                    narrower: &part.narrower,
                    region_wide: false,
                };
                (part.id, part.metrics.iter().map(metric).collect())
            })
            .collect()
    }

    /// The requirements.
    pub fn requirements<'b>(
        &'b self,
        metrics: &'b BTreeMap<&str, Vec<Metric<'b>>>,
    ) -> Vec<Requirement<'b>> {
        self.0
            .iter()
            .filter_map(|part| {
                Some(Requirement {
                    id: part.id,
                    group: CUSTOM,
                    default: false,
                    rule: CUSTOM_METRIC_UNWATCHED,
                    types: &part.types,
                    when: &[],
                    role: Role::Any,
                    namespace: part.namespace,
                    metrics: metrics.get(part.id)?,
                })
            })
            .collect()
    }
}

fn reserved(id: &str) -> bool {
    matches!(id, "default" | "all" | "none" | CUSTOM)
        || requirements::ALL
            .iter()
            .any(|row| row.id == id || row.group == id)
}

/// The requirements that hold in this environment, in the order of the table.
///
/// # Errors
/// If the settings name one that there is not.
pub fn required<'a>(
    settings: &Settings,
    environment: &Environment,
    custom: &[Requirement<'a>],
) -> Result<Vec<Requirement<'a>>, String> {
    let everything: Vec<Requirement<'a>> = requirements::ALL
        .iter()
        .map(|row| **row)
        .chain(custom.iter().copied())
        .collect();
    let default = [if environment.protected {
        "default"
    } else {
        "none"
    }
    .to_owned()];
    let names = settings.require.as_deref().unwrap_or(&default);
    if names.len() > 1 && names.iter().any(|name| name == "none") {
        return Err("require: `none` stands alone; remove it or everything else".to_owned());
    }
    for (at, name) in names.iter().enumerate() {
        if !matches!(name.as_str(), "default" | "all" | "none") {
            known(name, &everything).map_err(|known| {
                format!("require[{at}]: there is no requirement {name:?}; {known}")
            })?;
        }
    }
    for (at, Exclusion { alarms, .. }) in settings.exclude.iter().enumerate() {
        for name in alarms {
            known(name, &everything).map_err(|known| {
                format!("exclude[{at}].alarms: there is no requirement {name:?}; {known}")
            })?;
        }
    }
    Ok(everything
        .into_iter()
        .filter(|requirement| {
            names.iter().any(|name| match name.as_str() {
                "all" => true,
                "none" => false,
                "default" => requirement.default,
                name => named(requirement, name),
            })
        })
        .collect())
}

/// Whether the settings excuse a resource from a requirement.
pub fn excluded(settings: &Settings, address: &str, requirement: &Requirement<'_>) -> bool {
    settings.exclude.iter().any(|exclusion| {
        matches(&exclusion.address, address)
            && (exclusion.alarms.is_empty()
                || exclusion.alarms.iter().any(|name| named(requirement, name)))
    })
}

/// Whether the settings excuse a resource from every requirement.
pub fn excluded_entirely(settings: &Settings, address: &str) -> bool {
    settings
        .exclude
        .iter()
        .any(|exclusion| exclusion.alarms.is_empty() && matches(&exclusion.address, address))
}

fn named(requirement: &Requirement<'_>, name: &str) -> bool {
    requirement.id == name || requirement.group == name
}

fn known(name: &str, everything: &[Requirement<'_>]) -> Result<(), String> {
    if everything
        .iter()
        .any(|requirement| named(requirement, name))
    {
        return Ok(());
    }
    let groups: BTreeSet<&str> = everything
        .iter()
        .map(|requirement| requirement.group)
        .collect();
    let ids: Vec<&str> = everything
        .iter()
        .map(|requirement| requirement.id)
        .collect();
    Err(format!(
        "choose from default, all, none, {}, or {}",
        groups.into_iter().collect::<Vec<_>>().join(", "),
        ids.join(", ")
    ))
}
