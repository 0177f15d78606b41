//! What a backend is told where the configuration says it by variables, as OpenTofu allows.
//!
//! Plain text, variables, locals, and strings that are made of them. Anything else is not known
//! here, and is not guessed.

use std::collections::{BTreeMap, BTreeSet};

use super::syntax::{Body, Value};
use super::{Backend, Configuration};

/// The expressions that are looked at for one backend: locals can lead to many others.
const MAX_STEPS: usize = 1_000;

/// What the tool evaluates before it has a state.
#[derive(Default)]
pub(super) struct Early {
    /// The settings of the backend, those of nested blocks with dots.
    pub(super) backend: BTreeMap<String, Value>,
    /// What backend, encryption and the sources of modules name.
    pub(super) named: Vec<String>,
    locals: BTreeMap<String, Value>,
}

impl Early {
    pub(super) fn add_locals(&mut self, body: &Body) {
        for attribute in &body.attributes {
            let name = attribute.name.clone();
            self.locals.insert(name, attribute.value.clone());
        }
    }
}

/// Gathers settings by their dotted names.
pub(super) fn settings(body: &Body) -> BTreeMap<String, Value> {
    let mut settings = BTreeMap::new();
    collect(body, "", &mut settings);
    settings
}

fn collect(body: &Body, prefix: &str, settings: &mut BTreeMap<String, Value>) {
    for attribute in &body.attributes {
        one(&attribute.name, &attribute.value, prefix, settings);
    }
    for block in &body.blocks {
        collect(&block.body, &format!("{prefix}{}.", block.kind), settings);
    }
}

fn one(name: &str, value: &Value, prefix: &str, settings: &mut BTreeMap<String, Value>) {
    match value {
        // The same as a block.
        Value::Object(attributes) => {
            let prefix = format!("{prefix}{name}.");
            for attribute in attributes {
                one(&attribute.name, &attribute.value, &prefix, settings);
            }
        }
        // What is null is not set.
        Value::Null => {}
        value => {
            settings.insert(format!("{prefix}{name}"), value.clone());
        }
    }
}

impl Configuration {
    /// Returns what the root module tells its backend, where variables have these values; none for
    /// what cannot be told.
    #[must_use]
    pub fn backend_told(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> BTreeMap<String, Option<String>> {
        let early = &self.root.early;
        let told = early.backend.iter();
        let mut steps = 0;
        told.map(|(name, value)| (name.clone(), text(value, early, &variable, &mut steps)))
            .collect()
    }

    /// Returns the variables that the tool needs before it has a state: those of the backend, of the
    /// encryption of states and plans, and of the sources of modules.
    #[must_use]
    pub fn early_variables(&self) -> BTreeSet<String> {
        let early = &self.root.early;
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = early.named.clone();
        while let Some(name) = open.pop() {
            let mut parts = name.split('.');
            match (parts.next(), parts.next()) {
                (Some("var"), Some(variable)) => {
                    found.insert(variable.to_owned());
                }
                (Some("local"), Some(local)) if seen.insert(local.to_owned()) => {
                    if let Some(value) = early.locals.get(local) {
                        value.names(&mut open);
                    }
                }
                _ => {}
            }
        }
        found.retain(|name| self.root.variables.contains_key(name));
        found
    }

    /// Whether the backend is told anything by an expression.
    #[must_use]
    pub fn has_expressions_in_backend(&self) -> bool {
        let settings = self.backend().map(|Backend { settings, .. }| settings);
        settings.is_some_and(|settings| settings.values().any(Option::is_none))
    }
}

fn text(
    value: &Value,
    early: &Early,
    variable: &impl Fn(&str) -> Option<String>,
    steps: &mut usize,
) -> Option<String> {
    *steps += 1;
    if *steps > MAX_STEPS {
        return None;
    }
    match value {
        Value::Name(name) => match name.split_once('.')? {
            ("var", name) => variable(name),
            ("local", name) => text(early.locals.get(name)?, early, variable, steps),
            _ => None,
        },
        Value::Template(pieces) => {
            let pieces = pieces.iter();
            pieces
                .map(|piece| text(piece, early, variable, steps))
                .collect()
        }
        value => value.plain(),
    }
}
