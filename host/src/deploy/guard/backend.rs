//! Where the state is: what the environment says, and what the directory is initialised for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::{Guard, Refusal, at};
use crate::diagnostic::quoted;
use crate::hcl::backend::{Difference, Settings};
use crate::hcl::{data_directory, tfvars};

/// The file in the tools' own directory that says what it is initialised for.
const FILE: &str = "terraform.tfstate";

/// What a directory is initialised for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Initialised {
    /// Nothing but what is there without `init`.
    Not,
    /// A backend.
    For(Settings),
    /// The file says nothing that could be read, for this reason.
    Unreadable(String),
}

/// The file that says what a directory is initialised for.
#[must_use]
pub fn file(directory: &Path) -> PathBuf {
    data_directory(directory).join(FILE)
}

/// Reads what a directory is initialised for.
#[must_use]
pub fn initialised(directory: &Path) -> Initialised {
    let path = file(directory);
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
    Initialised::For(Settings::new(kind, settings, true))
}

/// Adds a value under its name, and what is nested with dots. What is null is not set.
pub(crate) fn flatten(name: &str, value: &Json, settings: &mut BTreeMap<String, Option<String>>) {
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
            settings.insert(name.to_owned(), tfvars::plain(value));
        }
    }
}

/// Says what is wrong with what a directory is initialised for. Nothing is where it is not
/// initialised: the tools say that themselves, and touch nothing.
#[must_use]
pub fn compare(
    wanted: &Settings,
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
                expected: quoted(wanted.kind()),
                found: format!("nothing that can be read ({why})"),
                help,
            });
        }
    };
    let differences = wanted.differences(found);
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
