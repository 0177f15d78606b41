//! Where the states of environments are, before and after: a change that leads an environment to
//! another state leads what is applied there, too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::config::{BackendSetting, Config};
use crate::deploy::place;
use crate::deploy::target::{Project, Site, TargetError};
use crate::gate_review::{Change, Effect};
use crate::hcl::Dialect;
use crate::layout::LayoutError;

/// Where an environment is deployed to.
#[derive(Clone, PartialEq, Eq)]
enum Place {
    /// Root module, workspace and backend, as text.
    Known(String),
    /// Nothing of a deploy is there.
    None,
    /// It cannot be told, for this reason.
    Unclear(String),
}

impl Place {
    fn text(&self) -> String {
        match self {
            Self::Known(text) => text.clone(),
            Self::None => "none".to_owned(),
            Self::Unclear(why) => format!("unclear ({why})"),
        }
    }
}

/// Returns the environments of the base whose states are elsewhere after a merge.
pub(super) fn changes(base: &Config, merged: &Config) -> Vec<Change> {
    let mut changes = Vec::new();
    for dialect in [Dialect::OpenTofu, Dialect::Terraform] {
        let (before, after) = (
            Project::resolve(base, dialect),
            Project::resolve(merged, dialect),
        );
        let places_after = places(merged, &after);
        let records_after = records(merged, &after);
        let records_before = records(base, &before);
        for (environment, was) in places(base, &before) {
            let is = places_after.get(&environment).unwrap_or(&Place::None);
            let records = [&records_before, &records_after].map(|all| all.get(&environment));
            if was == *is
                && let [Some(was), Some(is)] = records
                && was != is
            {
                changes.push(Change {
                    effect: Effect::Unclear,
                    what: "the lock and the history are in another place, where nothing says what was deployed before".to_owned(),
                    values: Some((was.clone(), is.clone())),
                    location: None,
                    environments: vec![environment],
                });
                continue;
            }
            changes.extend(change(environment, &was, is));
        }
    }
    changes.sort();
    changes.dedup();
    changes
}

/// Returns the environments that the working tree leads to other states than the last commit.
pub(super) fn strayed(merged: &Config, here: &Config) -> Vec<Change> {
    let mut changes = Vec::new();
    for dialect in [Dialect::OpenTofu, Dialect::Terraform] {
        let here = places(here, &Project::resolve(here, dialect));
        for (environment, committed) in places(merged, &Project::resolve(merged, dialect)) {
            let place = here.get(&environment).unwrap_or(&Place::None);
            // Where neither says a place, the reasons differ in how they name files.
            let unclear = matches!((place, &committed), (Place::Unclear(_), Place::Unclear(_)));
            if *place != committed && !unclear {
                changes.push(Change {
                    effect: Effect::Unclear,
                    what: "the files here lead to another state than those of the last commit, and a merge brings what is committed".to_owned(),
                    values: Some((committed.text(), place.text())),
                    location: None,
                    environments: vec![environment],
                });
            }
        }
    }
    changes.sort();
    changes.dedup();
    changes
}

/// The files that say where the states of environments are.
pub(super) fn files(config: &Config) -> Vec<PathBuf> {
    let mut files = BTreeSet::new();
    for dialect in [Dialect::OpenTofu, Dialect::Terraform] {
        let project = Project::resolve(config, dialect);
        for site in project.sites() {
            let blocks = site.root.backend().map(|backend| &*backend.place.file);
            files.extend(blocks.map(PathBuf::from));
            files.extend(site.layout.backend_config.iter().filter_map(
                |setting| match &setting.value {
                    BackendSetting::File(path) => Some(path.clone()),
                    BackendSetting::Value { .. } => None,
                },
            ));
            // A backend can be made of variables.
            let var_files = site.layout.var_files.iter();
            files.extend(var_files.map(|setting| setting.value.clone()));
        }
    }
    files.into_iter().collect()
}

fn change(environment: String, was: &Place, is: &Place) -> Option<Change> {
    if was == is {
        return None;
    }
    let (effect, what) = match (was, is) {
        (Place::None, _) => (Effect::Neutral, "there is something to deploy"),
        (_, Place::None) => (Effect::Unclear, "nothing says any more where the state is"),
        (_, Place::Unclear(_)) | (Place::Unclear(_), _) => {
            (Effect::Unclear, "where the state is can be another place")
        }
        _ => (Effect::Loosens, "the state is in another place"),
    };
    Some(Change {
        effect,
        what: what.to_owned(),
        values: Some((was.text(), is.text())),
        location: None,
        environments: vec![environment],
    })
}

/// Where the lock and the history of each environment are.
fn records(config: &Config, project: &Project) -> BTreeMap<String, String> {
    let sites = project.sites().iter();
    sites
        .filter_map(|site| {
            let written = place::Place::written(config, &project.target(site))?;
            Some((site.layout.environment.clone(), written))
        })
        .collect()
}

fn places(config: &Config, project: &Project) -> BTreeMap<String, Place> {
    let known = project.sites().iter().map(|site| {
        let place = Place::Known(described(config, site));
        (site.layout.environment.clone(), place)
    });
    let unclear = project.unclear().iter().map(|unclear| {
        let place = match &unclear.why {
            TargetError::Layout(LayoutError::NotFound { .. } | LayoutError::NoModule { .. }) => {
                Place::None
            }
            why => Place::Unclear(why.to_string()),
        };
        (unclear.environment.clone(), place)
    });
    known.chain(unclear).collect()
}

fn described(config: &Config, site: &Site) -> String {
    let directory = &site.layout.directory.value;
    let own = config.directory();
    let directory = directory.strip_prefix(&own).unwrap_or(directory);
    let directory = match directory.to_string_lossy() {
        empty if empty.is_empty() => ".".to_owned(),
        directory => directory.into_owned(),
    };
    let mut settings: Vec<String> = site
        .backend
        .identity()
        .into_iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let expressions = site.backend.iter().filter(|(_, value)| value.is_none());
    settings.extend(expressions.map(|(name, _)| format!("{name} = …")));
    settings.sort();
    format!(
        "{directory}, workspace {}, {} ({})",
        site.layout.workspace.value,
        site.backend.kind(),
        settings.join(", ")
    )
}
