//! `init`: the directory made ready for the environment's backend, and nothing ever moved.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::DeployError;
use super::guard::backend::{Initialised, initialised};
use super::target::{Target, relative};
use super::tool::Runner;
use crate::config::BackendSetting;
use crate::hcl::backend::{Difference, LOCAL};
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
pub fn supported(target: &Target) -> Result<(), DeployError> {
    match target.site.root.backend() {
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
pub fn initialise(runner: &Runner, target: &Target) -> Result<Ready, DeployError> {
    let layout = &target.site.layout;
    let wanted = &target.site.backend;
    let found = initialised(&runner.directory);
    let mut arguments = ["init", "-input=false", "-no-color"]
        .map(OsString::from)
        .to_vec();
    let mut moved = Vec::new();
    if let Initialised::For(found) = &found {
        moved = wanted.differences(found);
        // `init` has local states moved rather than left, whatever it is told.
        let others_differ = wanted.kind() != LOCAL && wanted.differs_elsewhere(found);
        if !moved.is_empty() || others_differ {
            arguments.push("-reconfigure".into());
        }
    }
    arguments.extend(backend_config(layout, &runner.directory)?);
    // In the workspace that is always there: `init` would make any other.
    let mut printed = runner.quietly(&arguments, DEFAULT_WORKSPACE)?;
    // Only the tool knows what it makes of expressions, and of what is no part of where the state is.
    let may_differ = wanted.kind() != LOCAL || wanted.has_expressions();
    let reconfigure = OsString::from("-reconfigure");
    if printed.code != 0
        && may_differ
        && printed.errors.contains("-reconfigure")
        && !arguments.contains(&reconfigure)
    {
        arguments.push(reconfigure);
        printed = runner.quietly(&arguments, DEFAULT_WORKSPACE)?;
    }
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
    if wanted.has_expressions()
        && let (Initialised::For(before), Initialised::For(after)) =
            (&found, initialised(&runner.directory))
    {
        moved = after.differences(before);
    }
    let name = &layout.workspace.value;
    let workspace_exists =
        name == DEFAULT_WORKSPACE || runner.workspaces()?.iter().any(|each| each == name);
    Ok(Ready {
        moved,
        workspace_exists,
    })
}

/// What `init` gets of the environment as options, for a tool that runs in this directory.
///
/// # Errors
/// When the path of a file cannot be told from a setting.
pub fn backend_config(layout: &Layout, directory: &Path) -> Result<Vec<OsString>, DeployError> {
    let options = layout.backend_config.iter().map(|setting| {
        let mut option = OsString::from("-backend-config=");
        match &setting.value {
            BackendSetting::File(path) => option.push(without_equals_sign(path, directory)?),
            BackendSetting::Value { name, value } => option.push(format!("{name}={value}")),
        }
        Ok(option)
    });
    options.collect()
}

/// The path of a file of settings. The tools take whatever has a `=` for a setting, so that one in the
/// path of the project must not be written.
fn without_equals_sign(path: &Path, directory: &Path) -> Result<PathBuf, DeployError> {
    let has = |path: &Path| path.to_string_lossy().contains('=');
    let whole = absolute(path)?;
    if !has(&whole) {
        return Ok(whole);
    }
    // Where links lead, because `..` does.
    let real = |path: &Path| {
        path.canonicalize()
            .map_err(DeployError::system("find a file of settings"))
    };
    let relative = relative(&real(directory)?, &real(path)?);
    if has(&relative) {
        return Err(DeployError::Unhealthy {
            what: format!(
                "the path {} has a `=`, and the tool takes what has one for a setting",
                relative.display()
            ),
            fix: "call the file or its folder without `=`".to_owned(),
        });
    }
    Ok(relative)
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

fn absolute(path: &Path) -> Result<PathBuf, DeployError> {
    std::path::absolute(path).map_err(DeployError::system("find the working directory"))
}
