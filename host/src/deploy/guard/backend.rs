//! Where the state is: what the environment says, and what the directory is initialised for.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;
use tollgate_model::error::UserError;

use super::{Guard, Refusal, at};
use crate::config::BackendSetting;
use crate::configuration::{Configuration, ConfigurationError, data_directory, tfvars};
use crate::diagnostic::quoted;
use crate::layout::Layout;

/// The backend that there is without any.
pub const LOCAL: &str = "local";

/// The settings that say where a state is. Two backends that agree in all of them are one.
const IDENTITY: [&str; 22] = [
    "address",
    "bucket",
    "container_name",
    "endpoint",
    "endpoints.s3",
    "hostname",
    "key",
    "namespace",
    "organization",
    "path",
    "prefix",
    "region",
    "resource_group_name",
    "schema_name",
    "secret_suffix",
    "storage_account_name",
    "tablestore_table",
    "workspace_dir",
    "workspace_key_prefix",
    "workspaces.name",
    "workspaces.prefix",
    "workspaces.project",
];

/// Of them those that lead to the same state when they are left to the machine's settings.
const NOT_THE_STATE: [&str; 3] = ["endpoint", "endpoints.s3", "region"];

/// Parts of names of settings that are credentials, or may hold one.
const CREDENTIALS: [&str; 9] = [
    "access_key",
    "secret",
    "token",
    "password",
    "credentials",
    "conn_str",
    "encryption_key",
    "certificate",
    "private_key",
];

/// The file in the tools' own directory that says what it is initialised for.
const FILE: &str = "terraform.tfstate";

/// A backend, and what it is told; no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// Such as `s3`; `cloud` for a `cloud` block.
    pub kind: String,
    /// By name, those of nested blocks with dots; none for what is more than a plain value.
    pub settings: BTreeMap<String, Option<String>>,
    /// Whether that is all that it is told: another setting is one too many.
    pub complete: bool,
}

/// What a directory is initialised for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Initialised {
    /// Nothing but what is there without `init`.
    Not,
    /// A backend.
    For(Backend),
    /// The file says nothing that could be read, for this reason.
    Unreadable(String),
}

/// A setting that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name; `type` for the kind of backend.
    pub name: String,
    /// What the environment says.
    pub wanted: String,
    /// What the directory is initialised for.
    pub found: String,
}

impl Backend {
    /// Returns a setting that is a plain value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.settings.get(name)?.as_deref()
    }
}

/// Returns what the environment says: the root module, and then what `init` is to be told.
///
/// # Errors
/// When a file of settings cannot be read.
pub fn wanted(layout: &Layout, root: &Configuration) -> Result<Backend, ConfigurationError> {
    let mut settings = BTreeMap::new();
    let declared = root.backend();
    if let Some(declared) = declared {
        settings.extend(declared.settings.clone());
    }
    for setting in &layout.backend_config {
        match &setting.value {
            BackendSetting::Value { name, value } => {
                settings.insert(name.clone(), Some(value.clone()));
            }
            BackendSetting::File(path) => {
                for (name, assignment) in tfvars::read(path)? {
                    match &assignment.value {
                        Some(value @ Json::Object(_)) => flatten(&name, value, &mut settings),
                        Some(value) => {
                            settings.insert(name, plain(value));
                        }
                        None => {
                            settings.insert(name, None);
                        }
                    }
                }
            }
        }
    }
    settings.retain(|name, _| !is_credential(name));
    Ok(Backend {
        kind: declared.map_or(LOCAL, |declared| &declared.kind).to_owned(),
        settings,
        // Where the environment says nothing, somebody's script may.
        complete: !layout.backend_config.is_empty(),
    })
}

/// Reads what a directory is initialised for.
#[must_use]
pub fn initialised(directory: &Path) -> Initialised {
    let path = data_directory(directory).join(FILE);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Initialised::Not,
        Err(error) => return Initialised::Unreadable(format!("{}: {error}", path.display())),
    };
    let Ok(document) = serde_json::from_slice::<Json>(&bytes) else {
        return Initialised::Unreadable(format!("{} is no JSON", path.display()));
    };
    let backend = document.get("backend");
    let Some(kind) = backend.and_then(|backend| backend.get("type")?.as_str()) else {
        return Initialised::Not;
    };
    let mut settings = BTreeMap::new();
    if let Some(Json::Object(config)) = backend.and_then(|backend| backend.get("config")) {
        for (name, value) in config {
            flatten(name, value, &mut settings);
        }
    }
    settings.retain(|name, _| !is_credential(name));
    Initialised::For(Backend {
        kind: kind.to_owned(),
        settings,
        complete: true,
    })
}

/// Adds a value under its name, and what is nested with dots. What is null is not set.
fn flatten(name: &str, value: &Json, settings: &mut BTreeMap<String, Option<String>>) {
    match value {
        Json::Null => {}
        Json::Object(entries) => {
            for (inner, value) in entries {
                flatten(&format!("{name}.{inner}"), value, settings);
            }
        }
        // What was a block is a list of one.
        Json::Array(items) if items.len() == 1 && items.iter().all(Json::is_object) => {
            for item in items {
                flatten(name, item, settings);
            }
        }
        value => {
            settings.insert(name.to_owned(), plain(value));
        }
    }
}

fn plain(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn is_credential(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    last != "secret_suffix" && CREDENTIALS.iter().any(|part| last.contains(part))
}

/// Returns in which settings that say where the state is two backends differ. What is an expression
/// in the root module cannot be told, and is taken for equal.
#[must_use]
pub fn differences(wanted: &Backend, found: &Backend) -> Vec<Difference> {
    if wanted.kind != found.kind {
        return vec![Difference {
            name: "type".to_owned(),
            wanted: wanted.kind.clone(),
            found: found.kind.clone(),
        }];
    }
    let differing = IDENTITY.iter().filter_map(|name| {
        let told = wanted.settings.get(*name);
        // A block that is an expression as a whole.
        let around = name
            .split_once('.')
            .and_then(|(outer, _)| wanted.settings.get(outer));
        if told.or(around) == Some(&None) {
            return None;
        }
        let told = told.cloned().flatten().filter(|value| !value.is_empty());
        let there = found.get(name).filter(|value| !value.is_empty());
        let show = |value: Option<&str>| value.map_or_else(|| "not set".to_owned(), quoted);
        let unsaid = told.is_none() && (!wanted.complete || NOT_THE_STATE.contains(name));
        (told.as_deref() != there && !unsaid).then(|| Difference {
            name: (*name).to_owned(),
            wanted: show(told.as_deref()),
            found: show(there),
        })
    });
    differing.collect()
}

/// Says what is wrong with what a directory is initialised for. Nothing is where it is not
/// initialised: the tools say that themselves, and touch nothing.
#[must_use]
pub fn compare(
    wanted: &Backend,
    found: &Initialised,
    tool: &str,
    directory: &Path,
) -> Option<Refusal> {
    let help = format!(
        "`{} init -reconfigure` with the backend settings of this environment",
        at(tool, directory)
    );
    let found = match found {
        Initialised::Not => return None,
        Initialised::For(found) => found,
        Initialised::Unreadable(why) => {
            return Some(Refusal {
                guard: Guard::Backend,
                expected: quoted(&wanted.kind),
                found: format!("nothing that can be read ({why})"),
                help,
            });
        }
    };
    let differences = differences(wanted, found);
    if differences.is_empty() {
        return None;
    }
    let list = |of: fn(&Difference) -> &String| {
        let list = differences
            .iter()
            .map(|each| format!("{} {}", each.name, of(each)));
        list.collect::<Vec<_>>().join(", ")
    };
    Some(Refusal {
        guard: Guard::Backend,
        expected: list(|each| &each.wanted),
        found: list(|each| &each.found),
        help,
    })
}

/// Says that what is wanted cannot be told.
#[must_use]
pub fn unreadable(error: &ConfigurationError) -> Refusal {
    Refusal {
        guard: Guard::Backend,
        expected: "settings that can be read".to_owned(),
        found: error.to_string(),
        help: error
            .help()
            .unwrap_or_else(|| "write `NAME = \"VALUE\"` lines".to_owned()),
    }
}
