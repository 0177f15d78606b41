//! What files set, against what the root module declares.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value as Json;

use super::{Area, Found};
use crate::hcl::reader::Reader;
use crate::hcl::tfvars::{self, Assignment};
use crate::hcl::{Configuration, ConfigurationError, Variable};
use crate::layout::Layout;

/// The variables of an environment.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// What the root module declares.
    pub declared: BTreeMap<String, Variable>,
    /// What files set; the last one wins.
    pub set: BTreeMap<String, Assignment>,
    /// The files that the tools read without being told to.
    pub automatic: Vec<PathBuf>,
    /// What the secrets of the environment set.
    pub secret: BTreeSet<String>,
}

impl Variables {
    /// Reads every file of variables of a root module.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn of(
        layout: &Layout,
        root: &Configuration,
        files: &dyn Reader,
    ) -> Result<Self, ConfigurationError> {
        let automatic = tfvars::automatic_from(files, &layout.directory.value)?;
        let mut set = BTreeMap::new();
        let named = layout.var_files.iter().map(|file| &file.value);
        for file in automatic.iter().chain(named) {
            set.extend(tfvars::read_from(files, file)?);
        }
        Ok(Self {
            declared: root.variables().clone(),
            set,
            automatic,
            secret: BTreeSet::new(),
        })
    }

    /// Returns what a variable comes to as text, where files, the shell or its default say so.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        if let Some(assignment) = self.set.get(name) {
            return tfvars::plain(assignment.value.as_ref()?);
        }
        let declared = self.declared.get(name)?;
        match std::env::var_os(format!("TF_VAR_{name}")) {
            Some(value) => value.into_string().ok(),
            None => declared.default_text.clone(),
        }
    }

    /// Whether a value must not be shown: it is said to be sensitive, or nothing says that it
    /// is not.
    #[must_use]
    pub fn is_hidden(&self, name: &str) -> bool {
        self.secret.contains(name)
            || self
                .declared
                .get(name)
                .is_none_or(|variable| variable.sensitive || variable.ephemeral)
    }

    /// What is there instead of a value.
    fn without(&self, name: &str) -> Option<String> {
        if self.secret.contains(name) {
            return Some("from the secrets".to_owned());
        }
        self.declared.get(name).map(|variable| {
            if variable.default {
                "default".to_owned()
            } else {
                "not set in files".to_owned()
            }
        })
    }
}

pub(super) fn compare(found: &mut Found, left: &Variables, right: &Variables) {
    let names: BTreeSet<&String> = left
        .set
        .keys()
        .chain(right.set.keys())
        .chain(left.declared.keys())
        .chain(right.declared.keys())
        .collect();
    for name in names {
        declarations(found, name, left, right);
        let hidden = left.is_hidden(name) || right.is_hidden(name);
        match (left.set.get(name), right.set.get(name)) {
            (None, None) => {}
            (Some(left), Some(right)) if hidden => {
                let kinds = (kind(left), kind(right));
                if kinds.0 != kinds.1 {
                    let drift = Some("the values are of different types".to_owned());
                    found.add(Area::Variable, name, Some(kinds.0), Some(kinds.1), drift);
                }
            }
            (Some(a), Some(b)) => match (&a.value, &b.value) {
                (Some(a), Some(b)) => values(found, name, a, b),
                _ => found.meant(Area::Variable, name, Some(place(a)), Some(place(b))),
            },
            (Some(set), None) => {
                let drift = one_sided(&found.left, &found.right, name, right);
                let shown = shown(set, hidden);
                found.add(
                    Area::Variable,
                    name,
                    Some(shown),
                    right.without(name),
                    Some(drift),
                );
            }
            (None, Some(set)) => {
                let drift = one_sided(&found.right, &found.left, name, left);
                let shown = shown(set, hidden);
                found.add(
                    Area::Variable,
                    name,
                    left.without(name),
                    Some(shown),
                    Some(drift),
                );
            }
        }
    }
}

/// Environments with a root module each can declare the same variable differently.
fn declarations(found: &mut Found, name: &str, left: &Variables, right: &Variables) {
    let (a, b) = (left.declared.get(name), right.declared.get(name));
    let written = |variable: Option<&Variable>| {
        variable.map(|variable| {
            let mut text = variable.ty.to_string();
            for (is, word) in [
                (variable.sensitive, "sensitive"),
                (variable.ephemeral, "ephemeral"),
                (variable.default, "with a default"),
            ] {
                if is {
                    text.push_str(", ");
                    text.push_str(word);
                }
            }
            text
        })
    };
    let (a, b) = (written(a), written(b));
    let drift = match (&a, &b) {
        (Some(_), None) => Some(format!("{} does not declare it", found.right)),
        (None, Some(_)) => Some(format!("{} does not declare it", found.left)),
        _ if a != b => Some("it is declared differently".to_owned()),
        _ => return,
    };
    found.add(
        Area::Variable,
        &format!("{name} (declaration)"),
        a,
        b,
        drift,
    );
}

fn one_sided(has: &str, lacks: &str, name: &str, other: &Variables) -> String {
    match other.declared.get(name) {
        _ if other.secret.contains(name) => {
            format!("in a file for {has}, in the secrets for {lacks}")
        }
        Some(variable) if variable.default => {
            format!("set for {has}, while {lacks} takes the default")
        }
        Some(_) => format!("set for {has}; {lacks} needs it from elsewhere"),
        None => format!("set for {has} only, and {lacks} does not declare it"),
    }
}

/// Goes into objects, so that one key that differs is one row.
fn values(found: &mut Found, name: &str, left: &Json, right: &Json) {
    match (left, right) {
        (Json::Object(a), Json::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let name = format!("{name}.{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => values(found, &name, a, b),
                    (a, b) => {
                        let has = if a.is_some() {
                            &found.left
                        } else {
                            &found.right
                        };
                        let drift = Some(format!("only {has} has it"));
                        let (a, b) = (a.map(Json::to_string), b.map(Json::to_string));
                        found.add(Area::Variable, &name, a, b, drift);
                    }
                }
            }
        }
        (a, b) if a != b => {
            let types = (json_kind(a), json_kind(b));
            let both = !a.is_null() && !b.is_null();
            let drift = (both && types.0 != types.1).then(|| {
                format!(
                    "{} is {}, {} is {}",
                    found.left, types.0, found.right, types.1
                )
            });
            let (a, b) = (Some(a.to_string()), Some(b.to_string()));
            found.add(Area::Variable, name, a, b, drift);
        }
        _ => {}
    }
}

fn shown(assignment: &Assignment, hidden: bool) -> String {
    match &assignment.value {
        _ if hidden => kind(assignment),
        Some(value) => value.to_string(),
        None => place(assignment),
    }
}

/// What stands for an expression that is not followed.
fn place(assignment: &Assignment) -> String {
    format!("expression at {}", assignment.place)
}

/// What is told of a value that is not shown.
fn kind(assignment: &Assignment) -> String {
    let kind = assignment.value.as_ref().map_or("expression", json_kind);
    format!("({kind}, not shown)")
}

fn json_kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "list",
        Json::Object(_) => "object",
    }
}
