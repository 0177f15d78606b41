//! Whether `init` leads to a state of another environment, or takes one along.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::at;
use super::{Guard, Guarded, Refusal, Site, backend, is_its_own};
use crate::deploy::target::whole;
use crate::diagnostic::quoted;
use crate::hcl::backend::{Relation, Settings};

impl Guarded<'_> {
    /// What is wrong with what the directory is to be initialised for.
    pub(super) fn init(&self, migrates: bool, settings: &[String]) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        let owner = self.others_here().find(|other| is_its_own(other));
        let Some(own) = self.own_here() else {
            refusals.extend(owner.map(|other| self.in_the_directory_of(other)));
            return refusals;
        };
        let wanted = if settings.is_empty() {
            own.backend.clone()
        } else {
            given(own, settings, &self.line.directory)
        };
        let place = |settings: &Settings, workspace: &str| {
            let directory = &self.line.directory;
            settings.location(workspace, |path| whole(&directory.join(path)))
        };
        let refusal = |expected: String, other: &Site, help: String| Refusal {
            guard: Guard::Backend,
            expected,
            found: format!(
                "{}, which is that of {}",
                other.state,
                quoted(&other.layout.environment)
            ),
            help,
        };
        let others = || {
            self.others
                .iter()
                .filter(|other| other.backend.kind() == wanted.kind())
        };
        // Where it leads, in every workspace of the other one.
        if let Some(other) = others().find(|other| {
            let workspace = &other.layout.workspace.value;
            place(&wanted, workspace).relation(&other.state) == Relation::Same
                && place(&own.backend, workspace).relation(&other.state) != Relation::Same
        }) {
            refusals.push(refusal(
                format!("the backend settings of {}", quoted(self.environment)),
                other,
                format!("leave `-backend-config` out: `tollgate exec -e {}` adds that of the environment", self.environment),
            ));
        }
        // It moves the states of all workspaces, and so those of other environments.
        if let (true, backend::Initialised::For(found)) =
            (migrates, backend::initialised(&self.line.directory))
            && !wanted.differences(&found).is_empty()
            && let Some(other) = self.others_here().find(|other| {
                let workspace = &other.layout.workspace.value;
                place(&wanted, workspace).relation(&other.state) != Relation::Different
                    && other.layout.workspace.value != own.layout.workspace.value
            })
        {
            refusals.push(refusal(
                format!("only the state of {} to move", quoted(self.environment)),
                other,
                format!(
                    "it moves the states of all workspaces: if all of them are to move, and nobody deploys, run `{} init -migrate-state` yourself",
                    at(self.tool, &self.line.directory)
                ),
            ));
        }
        // What it is initialised for is what would be copied.
        if let (true, backend::Initialised::For(found)) =
            (migrates, backend::initialised(&self.line.directory))
            && let Some(other) = self.others.iter().find(|other| {
                let there = |workspace: &str| place(&found, workspace).relation(&other.state);
                there(&other.layout.workspace.value) == Relation::Same
                    && !own.backend.differences(&found).is_empty()
            })
        {
            refusals.push(refusal(
                format!("a state of {}'s to move", quoted(self.environment)),
                other,
                format!(
                    "`{} init -reconfigure` leaves it where it is",
                    at(self.tool, &self.line.directory)
                ),
            ));
        }
        refusals
    }
}

/// What a backend is told by options of `init`.
fn given(own: &Site, settings: &[String], directory: &Path) -> Settings {
    let owns = own.backend.iter();
    let mut told: BTreeMap<String, Option<String>> = owns
        .map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned)))
        .collect();
    for setting in settings {
        match setting.split_once('=') {
            Some((name, value)) => {
                told.insert(name.trim().to_owned(), Some(value.trim().to_owned()));
            }
            None => {
                let read = crate::hcl::tfvars::read(&directory.join(setting));
                for (name, assignment) in read.unwrap_or_default() {
                    match &assignment.value {
                        Some(value) => backend::flatten(&name, value, &mut told),
                        None => {
                            told.insert(name, None);
                        }
                    }
                }
            }
        }
    }
    Settings::new(own.backend.kind(), told, true)
}
