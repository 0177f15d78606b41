//! What of a plan its policies know: so that a plan without findings is not mistaken for one that
//! somebody looked at.

use std::collections::{BTreeMap, BTreeSet};

use crate::gate::LoadedPolicy;
use crate::plan::{Action, Mode, Path, Plan, ResourceChange, Step, Value};
use crate::report::TypeCoverage;
use crate::sandbox::PolicyModule;
use tollgate_model::library::built_in;

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The types that no policy knows.
    #[default]
    Unjudged,
    /// Every type, with the policies that know it and the changed attributes that none reads.
    All,
}

/// Returns what the policies know of the types that the plan changes, by type.
#[must_use]
pub fn of(plan: &Plan<'_>, policies: &[LoadedPolicy<'_>], detail: Detail) -> Vec<TypeCoverage> {
    let mut changes: BTreeMap<&str, Vec<&ResourceChange<'_>>> = BTreeMap::new();
    for change in &plan.changes {
        let counts = change.mode == Mode::Managed
            && (change.importing || !matches!(change.action, Action::NoOp | Action::Read));
        if counts {
            changes.entry(&change.kind).or_default().push(change);
        }
    }
    let modules: Vec<(&str, &PolicyModule)> = policies
        .iter()
        .filter_map(|policy| {
            Some((
                policy.configured.name.as_str(),
                &policy.module.as_ref().ok()?.module,
            ))
        })
        .collect();
    changes
        .into_iter()
        .map(|(kind, changes)| {
            let judging: Vec<_> = modules
                .iter()
                .filter(|(_, module)| module.names(kind))
                // A name of the right length says nothing about what bears it.
                .filter(|(name, _)| !built_in(name).is_some_and(|policy| policy.formal))
                .collect();
            let judged_by: Vec<String> =
                judging.iter().map(|(name, _)| (*name).to_owned()).collect();
            let known_to: BTreeSet<String> = modules
                .iter()
                .filter(|(name, module)| {
                    !judged_by.iter().any(|other| other == name) && module.knows(kind)
                })
                .map(|(name, _)| (*name).to_owned())
                .collect();
            let unread = match detail {
                Detail::Unjudged => Vec::new(),
                Detail::All => unread(&changes, &modules),
            };
            TypeCoverage {
                kind: kind.to_owned(),
                changes: changes.len(),
                judged_by,
                known_to: known_to.into_iter().collect(),
                unread,
            }
        })
        .filter(|coverage| detail == Detail::All || coverage.is_unjudged())
        .collect()
}

/// The attributes that change and that no policy reads.
fn unread(changes: &[&ResourceChange<'_>], modules: &[(&str, &PolicyModule)]) -> Vec<String> {
    let mut unread = BTreeSet::new();
    for change in changes {
        let (before, after) = (
            object(change.before(&whole())),
            object(change.after(&whole())),
        );
        let read: BTreeSet<&str> = modules
            .iter()
            .flat_map(|(_, module)| module.reads(&change.kind, change.action))
            .filter_map(|path| match path.steps().first() {
                Some(Step::Key(key)) => Some(key.as_str()),
                Some(Step::Index(_)) | None => None,
            })
            .collect();
        for name in before.keys().chain(after.keys()) {
            if before.get(name) != after.get(name) && !read.contains(name.as_str()) {
                unread.insert(name.clone());
            }
        }
    }
    unread.into_iter().collect()
}

fn whole() -> Path {
    Path::from_iter([])
}

/// The attributes of a side; what cannot be read is refused elsewhere.
fn object(
    side: Result<Value<'_>, crate::plan::PlanError>,
) -> serde_json::Map<String, serde_json::Value> {
    match side {
        Ok(Value::Json(text)) => serde_json::from_str(&text).unwrap_or_default(),
        _ => serde_json::Map::new(),
    }
}
