//! `init`: the directory made ready for the environment's backend, and nothing ever moved.

use std::ffi::OsString;
use std::path::Path;

use tollgate_model::error::UserError;

use super::DeployError;
use super::guard::backend::{Backend, Difference, Initialised, differences, initialised, wanted};
use super::tool::Runner;
use crate::config::BackendSetting;
use crate::configuration::{Configuration, Dialect};
use crate::layout::{DEFAULT_WORKSPACE, Layout};

/// What `init` has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Where the state is, other than where the directory was initialised for before.
    pub moved: Vec<Difference>,
    /// Whether the environment's workspace is there.
    pub workspace_exists: bool,
}

/// Refuses backends that are more than a place for the state.
///
/// # Errors
/// When it is one of them.
pub fn supported(root: &Configuration) -> Result<(), DeployError> {
    match root.backend() {
        Some(backend) if matches!(backend.kind.as_str(), "cloud" | "remote") => {
            Err(DeployError::Elsewhere {
                kind: backend.kind.clone(),
                place: backend.place.to_string(),
            })
        }
        _ => Ok(()),
    }
}

/// Runs `init` for the environment.
///
/// It never migrates: where the directory is initialised for another backend, `-reconfigure`
/// leaves that one's state where it is; and where there is a state in the directory that the backend
/// does not have, the tool would have to ask, and fails instead.
///
/// # Errors
/// When `init` fails, or the backend does not say which workspaces it has.
pub fn initialise(
    runner: &Runner,
    layout: &Layout,
    root: &Configuration,
    dialect: Dialect,
) -> Result<Ready, DeployError> {
    let wanted = wanted(layout, root).map_err(|error| DeployError::Unhealthy {
        what: error.to_string(),
        fix: error
            .help()
            .unwrap_or_else(|| "correct the settings of the backend".to_owned()),
    })?;
    let found = initialised(&runner.directory);
    let mut arguments = ["init", "-input=false", "-no-color"]
        .map(OsString::from)
        .to_vec();
    let mut moved = Vec::new();
    if let Initialised::For(found) = &found {
        moved = differences(&wanted, found);
        if !moved.is_empty() || others_differ(&wanted, found) {
            arguments.push("-reconfigure".into());
        }
    }
    for setting in &layout.backend_config {
        let mut argument = OsString::from("-backend-config=");
        match &setting.value {
            BackendSetting::File(path) => argument.push(absolute(path)?),
            BackendSetting::Value { name, value } => argument.push(format!("{name}={value}")),
        }
        arguments.push(argument);
    }
    // OpenTofu takes the settings of a backend from variables too.
    if dialect == Dialect::OpenTofu
        && root
            .backend()
            .is_some_and(|backend| backend.settings.values().any(Option::is_none))
    {
        arguments.extend(var_files(layout)?);
    }
    // In the workspace that is always there: `init` would make any other.
    let printed = runner.quietly(&arguments, DEFAULT_WORKSPACE)?;
    if printed.code != 0 {
        let help = if printed.errors.contains("state migration") {
            "there is a state in the directory that the backend does not have: move it yourself with `init -migrate-state`, or take it away; Tollgate never moves a state".to_owned()
        } else {
            format!(
                "`tollgate env doctor -e {}` looks at what a deploy needs",
                layout.environment
            )
        };
        return Err(runner.failed("init", &printed, help));
    }
    let name = &layout.workspace.value;
    let workspace_exists =
        name == DEFAULT_WORKSPACE || runner.workspaces()?.iter().any(|each| each == name);
    Ok(Ready {
        moved,
        workspace_exists,
    })
}

/// Whether the tool would say that the configuration of the backend has changed, although the state
/// is where it was.
fn others_differ(wanted: &Backend, found: &Backend) -> bool {
    let told = |backend: &Backend, name: &str| {
        let value = backend.settings.get(name).cloned().flatten();
        value.filter(|value| !value.is_empty())
    };
    // `init` has local states moved rather than left, whatever it is told.
    wanted.kind != super::guard::backend::LOCAL
        && wanted
            .settings
            .keys()
            .chain(found.settings.keys())
            .filter(|name| wanted.settings.get(*name) != Some(&None))
            .any(|name| told(wanted, name) != told(found, name))
}

/// The environment's files of variables as options, by paths that hold in any directory.
///
/// # Errors
/// When the working directory is gone.
pub fn var_files(layout: &Layout) -> Result<Vec<OsString>, DeployError> {
    let options = layout.var_files.iter().map(|file| {
        let mut option = OsString::from("-var-file=");
        option.push(absolute(&file.value)?);
        Ok(option)
    });
    options.collect()
}

fn absolute(path: &Path) -> Result<std::path::PathBuf, DeployError> {
    std::path::absolute(path).map_err(DeployError::system("find the working directory"))
}
