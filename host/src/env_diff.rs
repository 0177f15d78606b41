//! What differs between two environments, and which of it nothing explains.
//!
//! Two environments are meant to differ in what somebody has written down for both. What one
//! says and the other leaves to a default is drift: it is as likely forgotten as meant.
//! Values of sensitive variables are not compared, so that not even their equality is told.

mod gate;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use self::variables::Variables;
use crate::config::BackendSetting;
use crate::deploy::target::Site;
use crate::environment::Environment;
use crate::hcl::backend::Relation;
use crate::layout::{Layout, Setting};

/// What differs between two environments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Comparison {
    /// The name of one.
    pub left: String,
    /// The name of the other.
    pub right: String,
    /// In the order of the areas, then by name.
    pub differences: Vec<Difference>,
    /// What could not be compared, and why.
    pub notes: Vec<String>,
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// What it is part of.
    pub area: Area,
    /// Such as `log_level`, or `tags.team` for a part of a value.
    pub name: String,
    /// As it would be written; none where it is not there.
    pub left: Option<String>,
    /// As `left`.
    pub right: Option<String>,
    /// Why nothing explains it; none for what somebody has written down for both.
    pub drift: Option<String>,
}

/// What a difference is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// What a deploy uses.
    Deploy,
    /// A variable.
    Variable,
    /// A key in the secrets files.
    Secret,
    /// How the environment treats findings.
    Environment,
    /// A policy, its enforcement, settings and documents.
    Policy,
    /// A waiver.
    Waiver,
}

impl Area {
    /// What a table of it is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Deploy => "Deploy",
            Self::Variable => "Variables",
            Self::Secret => "Secrets (keys and types)",
            Self::Environment => "Gate",
            Self::Policy => "Policies",
            Self::Waiver => "Waivers",
        }
    }
}

/// One of two environments.
pub struct Side<'a> {
    /// What its gate asks for.
    pub gate: &'a Environment,
    /// What a deploy uses, and what it sets; none where nothing says so.
    pub deploy: Option<(&'a Site, &'a Variables)>,
    /// The keys in its secrets files, and their types; none where it has no such file.
    pub secrets: Option<&'a BTreeMap<String, String>>,
}

/// Compares two environments.
#[must_use]
pub fn compare(left: &Side<'_>, right: &Side<'_>) -> Comparison {
    let mut found = Found {
        left: left.gate.name.clone(),
        right: right.gate.name.clone(),
        differences: Vec::new(),
    };
    let mut notes = Vec::new();
    match (&left.deploy, &right.deploy) {
        (Some((left, left_set)), Some((right, right_set))) => {
            layouts(&mut found, &left.layout, &right.layout);
            if left.state.relation(&right.state) == Relation::Same {
                let state = Some(left.state.to_string());
                let drift = "both environments have one state, so no deploy of either is possible";
                found.add(
                    Area::Deploy,
                    "state",
                    state.clone(),
                    state,
                    Some(drift.to_owned()),
                );
            }
            variables::compare(&mut found, left_set, right_set);
        }
        (left, right) => {
            for (side, name) in [(left, &found.left), (right, &found.right)] {
                if side.is_none() {
                    notes.push(format!(
                        "variables are not compared: nothing says what a deploy of {name} uses"
                    ));
                }
            }
        }
    }
    match (left.secrets, right.secrets) {
        (Some(left), Some(right)) => secrets(&mut found, left, right),
        (None, None) => {}
        (left, _) => {
            let lacks = if left.is_none() {
                &found.left
            } else {
                &found.right
            };
            notes.push(format!(
                "secrets are not compared: {lacks} has no secrets file"
            ));
        }
    }
    gate::compare(&mut found, left.gate, right.gate);
    found
        .differences
        .sort_by(|a, b| (a.area, &a.name).cmp(&(b.area, &b.name)));
    Comparison {
        left: found.left,
        right: found.right,
        differences: found.differences,
        notes,
    }
}

/// What was found so far.
struct Found {
    left: String,
    right: String,
    differences: Vec<Difference>,
}

impl Found {
    /// Adds what differs and is written down for both.
    fn meant(&mut self, area: Area, name: &str, left: Option<String>, right: Option<String>) {
        self.add(area, name, left, right, None);
    }

    fn add(
        &mut self,
        area: Area,
        name: &str,
        left: Option<String>,
        right: Option<String>,
        drift: Option<String>,
    ) {
        if left != right || drift.is_some() {
            self.differences.push(Difference {
                area,
                name: name.to_owned(),
                left,
                right,
                drift,
            });
        }
    }
}

fn secrets(found: &mut Found, left: &BTreeMap<String, String>, right: &BTreeMap<String, String>) {
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    for name in names {
        let (a, b) = (left.get(name), right.get(name));
        let drift = match (a, b) {
            (Some(_), None) => format!("only {} has it", found.left),
            (None, Some(_)) => format!("only {} has it", found.right),
            (a, b) if a != b => "the values are of different types".to_owned(),
            _ => continue,
        };
        found.add(Area::Secret, name, a.cloned(), b.cloned(), Some(drift));
    }
}

fn layouts(found: &mut Found, left: &Layout, right: &Layout) {
    let mut row = |name: &str, one: &dyn Fn(&Layout) -> Option<String>| {
        found.meant(Area::Deploy, name, one(left), one(right));
    };
    row("directory", &|layout| {
        Some(layout.directory.value.display().to_string())
    });
    row("workspace", &|layout| Some(layout.workspace.value.clone()));
    row("backend-config", &|layout| {
        listed(&layout.backend_config, BackendSetting::to_string)
    });
    row("var-files", &|layout| {
        listed(&layout.var_files, |path| path.display().to_string())
    });
    let drift = |name: &str, left_has: bool, right_has: bool, found: &Found| {
        let (has, lacks) = match (left_has, right_has) {
            (true, false) => (&found.left, &found.right),
            (false, true) => (&found.right, &found.left),
            _ => return None,
        };
        Some(format!("{has} is guarded by `{name}`, {lacks} is not"))
    };
    let branches = |layout: &Layout| listed(&layout.branches, Clone::clone);
    let tags = |layout: &Layout| listed(&layout.tags, Clone::clone);
    let account = |layout: &Layout| {
        let account = layout.aws_account.as_ref();
        account.map(|account| account.value.clone())
    };
    let clean = |layout: &Layout| {
        let clean = layout.clean_tree.as_ref();
        clean
            .filter(|clean| clean.value)
            .map(|clean| clean.value.to_string())
    };
    for (name, left, right) in [
        ("branches", branches(left), branches(right)),
        ("tags", tags(left), tags(right)),
        ("clean-tree", clean(left), clean(right)),
        ("aws-account", account(left), account(right)),
    ] {
        let drift = drift(name, left.is_some(), right.is_some(), found);
        found.add(Area::Deploy, name, left, right, drift);
    }
}

fn listed<T>(settings: &[Setting<T>], one: impl Fn(&T) -> String) -> Option<String> {
    let texts: Vec<String> = settings.iter().map(|setting| one(&setting.value)).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}
