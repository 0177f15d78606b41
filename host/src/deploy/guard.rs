//! What has to be the environment's before anything of it is read, planned or changed.
//!
//! Each guard reads what there is in one function and compares in another, which reads nothing.
//! What cannot be found out is not taken for what was expected.

pub mod account;
pub mod backend;
pub mod branch;
mod ci;
pub mod exec;
pub mod git;
pub mod tag;
#[cfg(test)]
mod tests;
pub mod tree;
pub mod workspace;

use std::fmt;
use std::path::{Path, PathBuf};

use super::target::Site;
use crate::config::BackendSetting;
use crate::diagnostic::quoted;
use crate::hcl::{Configuration, ConfigurationError, tfvars};
use crate::layout::{Layout, Setting};

/// What a guard looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// The directory of the root module.
    Directory,
    /// The workspace.
    Workspace,
    /// Where the state is.
    Backend,
    /// That the state is no other environment's.
    State,
    /// OpenTofu or Terraform.
    Tool,
    /// What a saved plan was made for.
    Plan,
    /// The files of variables.
    Variables,
    /// The AWS account.
    Account,
    /// The git branch.
    Branch,
    /// Whether everything is committed.
    Tree,
    /// That it was deployed to the environment before this one.
    Promotion,
    /// That a person meant it.
    Confirmation,
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "root module",
            Self::Workspace => "workspace",
            Self::Backend => "backend",
            Self::State => "state",
            Self::Tool => "tool",
            Self::Plan => "plan",
            Self::Variables => "variables",
            Self::Account => "AWS account",
            Self::Branch => "branch",
            Self::Tree => "working tree",
            Self::Promotion => "promotion",
            Self::Confirmation => "confirmation",
        })
    }
}

/// Why a guard refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which one.
    pub guard: Guard,
    /// What would have been right, as a fragment.
    pub expected: String,
    /// What there is, as a fragment.
    pub found: String,
    /// The one next step.
    pub help: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            guard,
            expected,
            found,
            ..
        } = self;
        write!(f, "{guard}: expected {expected}, found {found}")
    }
}

/// How much harm a mistake does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// State is read: the workspace and the backend have to be right.
    Read,
    /// A plan is made: so does the AWS account. From which branch does not matter yet.
    Plan,
    /// Something is changed: so do the branch and the working tree.
    Change,
}

/// What selects the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selected {
    /// Tollgate does, for the process that it starts; only a variable that says otherwise is wrong.
    ByUs,
    /// Whatever is selected in the directory.
    InDirectory,
}

/// What is guarded.
pub struct Guarded<'a> {
    /// The environment.
    pub site: &'a Site,
    /// What selects the workspace.
    pub selected: Selected,
    /// What the tool is called, for the next step.
    pub tool: &'a str,
}

/// Runs every guard of the stage, so that all that is wrong is said at once; empty where nothing is.
#[must_use]
pub fn check(guarded: &Guarded<'_>, stage: Stage) -> Vec<Refusal> {
    let layout = &guarded.site.layout;
    let directory = &layout.directory.value;
    let mut refusals = Vec::new();
    let selected = workspace::read(directory);
    if guarded.selected == Selected::InDirectory || selected.by == workspace::By::Variable {
        refusals.extend(workspace::compare(
            &layout.workspace,
            &selected,
            guarded.tool,
            directory,
        ));
    }
    refusals.extend(backend::compare(
        &guarded.site.backend,
        &backend::initialised(directory),
        guarded.tool,
        directory,
    ));
    if stage >= Stage::Plan
        && let Some(account) = &layout.aws_account
    {
        refusals.extend(account::compare(account, &account::read()));
    }
    if stage >= Stage::Change {
        let asked = FromGit {
            directory,
            branches: &layout.branches,
            tags: &layout.tags,
            clean_tree: layout.clean_tree.as_ref(),
        };
        refusals.extend(of_git(&asked, || {
            read_by_the_tool(&guarded.site.root, directory, Some(layout))
        }));
    }
    refusals
}

/// What is not committed of an environment that asks for a clean working tree.
#[must_use]
pub fn tree_of(site: &Site) -> Option<Refusal> {
    let layout = &site.layout;
    let asked = FromGit {
        directory: &layout.directory.value,
        branches: &[],
        tags: &[],
        clean_tree: layout.clean_tree.as_ref(),
    };
    let reads = || read_by_the_tool(&site.root, asked.directory, Some(layout));
    of_git(&asked, reads).into_iter().next()
}

/// What git is asked about.
struct FromGit<'a> {
    directory: &'a Path,
    branches: &'a [Setting<String>],
    tags: &'a [Setting<String>],
    clean_tree: Option<&'a Setting<bool>>,
}

/// What git has to say, where it is asked. `reads` are the files that the tool reads: whatever git
/// ignores, they are deployed.
fn of_git(
    asked: &FromGit<'_>,
    reads: impl FnOnce() -> Result<Vec<PathBuf>, ConfigurationError>,
) -> Vec<Refusal> {
    let directory = asked.directory;
    let mut refusals = Vec::new();
    if !(asked.branches.is_empty() && asked.tags.is_empty()) {
        refusals.extend(branch::compare(
            asked.branches,
            asked.tags,
            &branch::read(directory),
            &tag::read(directory, asked.tags, asked.branches),
        ));
    }
    if let Some(clean) = asked.clean_tree.filter(|clean| clean.value) {
        let found = reads()
            .map_err(|error| error.to_string())
            .and_then(|reads| tree::read(directory, &reads));
        refusals.extend(tree::compare(clean, &found));
    }
    refusals
}

/// The files that the tool reads of a root module in a directory, with those that it is given.
fn read_by_the_tool(
    root: &Configuration,
    directory: &Path,
    layout: Option<&Layout>,
) -> Result<Vec<PathBuf>, ConfigurationError> {
    let mut reads = root.local_files()?;
    reads.extend(tfvars::automatic(directory)?);
    let Some(layout) = layout else {
        return Ok(reads);
    };
    reads.extend(layout.var_files.iter().map(|file| file.value.clone()));
    reads.extend(layout.backend_config.iter().filter_map(|setting| {
        if let BackendSetting::File(path) = &setting.value {
            Some(path.clone())
        } else {
            None
        }
    }));
    Ok(reads)
}

/// Returns all that is wrong, as one text.
#[must_use]
pub fn listed(refusals: &[Refusal]) -> String {
    let each: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    each.join("; ")
}

/// A value between backticks, and where it is written.
fn written<T: AsRef<str>>(setting: &Setting<T>) -> String {
    format!("{} ({})", quoted(setting.value.as_ref()), setting.from)
}

/// The tool as it is to be run from here for a directory.
pub(crate) fn at(tool: &str, directory: &Path) -> String {
    if directory == Path::new(".") || directory.as_os_str().is_empty() {
        tool.to_owned()
    } else {
        let directory = directory.display().to_string();
        format!("{tool} -chdir={}", tollgate_secrets::shell_name(&directory))
    }
}
