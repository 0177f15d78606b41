//! What `exec` guards, where somebody else runs the tool: that everything is this environment's, and
//! nothing another one's. What is right is what `plan` would use.

mod files;
mod init;
mod line;

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use self::line::{Action, Line, of_the_shell, read};
use super::{
    FromGit, Guard, Refusal, Stage, account, backend, of_git, read_by_the_tool, workspace,
};
use crate::config::{Config, ConfigError};
use crate::deploy::DeployError;
use crate::deploy::backend::{backend_config, var_files};
use crate::deploy::choice::{self, Weight};
use crate::deploy::signs;
use crate::deploy::target::{Project, Site, TargetError};
use crate::diagnostic::quoted;
use crate::hcl::{Configuration, ConfigurationError, Dialect};
use crate::layout::{self, Kind, LayoutError, Provenance};
use crate::origin::Origin;
use tollgate_model::library::LIBRARY;
use tollgate_secrets::shell_name;

/// Why a command must not run.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The root module cannot be read.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The system refuses something.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// Guards refuse.
    #[error("this is not the environment's")]
    Refused(Vec<Refusal>),
}

/// What the environment adds to a command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Additions {
    /// Options, and before which argument they go: what somebody writes comes later, and wins.
    pub options: Vec<OsString>,
    /// Before which argument.
    pub at: usize,
    /// The workspace, where the tool has to be told.
    pub workspace: Option<String>,
}

/// Checks that a command line of OpenTofu or Terraform is about the environment, and says what the
/// environment adds to it.
///
/// # Errors
/// When something else is selected, initialised or checked out, or the configuration is wrong.
pub fn check(
    config: &Config,
    environment: &str,
    dialect: Dialect,
    arguments: &[OsString],
) -> Result<Additions, ExecError> {
    let mut line = read(arguments);
    line.add(&of_the_shell(std::env::vars_os()));
    if line.action == Action::Nothing && line.states.is_empty() {
        return Ok(Additions::default());
    }
    let tool = match dialect {
        Dialect::OpenTofu => "tofu",
        Dialect::Terraform => "terraform",
    };
    let mut project = Project::resolve(config, dialect);
    if config.is_conventional()
        && project.site(environment).is_none()
        && let Some(wider) = of_the_repository(dialect, &line.directory)
    {
        project = wider;
    }
    match project.take_unclear(environment) {
        Some(TargetError::Layout(LayoutError::Config(error))) => return Err(error.into()),
        Some(TargetError::Configuration(error)) => return Err(error.into()),
        // `exec` needs none of it.
        Some(TargetError::Layout(_) | TargetError::Refused(_)) | None => {}
    }
    let guarded = Guarded::of(&project, environment, &line, tool);
    let settings = layout::guards(config, environment)?;
    let stage = guarded.stage();
    let mut refusals = guarded.refusals();
    let initialises = matches!(guarded.line.action, Action::Init { .. });
    if stage >= Some(Stage::Plan) || initialises {
        refusals.extend(guarded.other_tool(config, dialect));
    }
    if stage >= Some(Stage::Plan)
        && let Some(account) = &settings.aws_account
    {
        refusals.extend(account::compare(account, &account::read()));
    }
    if stage >= Some(Stage::Change) {
        let asked = FromGit {
            directory: &line.directory,
            branches: &settings.branches,
            tags: &settings.tags,
            clean_tree: settings.clean_tree.as_ref(),
        };
        refusals.extend(of_git(&asked, || {
            let root = Configuration::read_as(&line.directory, dialect)?;
            let layout = project.site(environment).map(|site| &site.layout);
            read_by_the_tool(&root, &line.directory, layout)
        }));
    }
    if refusals.is_empty() {
        guarded.additions()
    } else {
        Err(ExecError::Refused(refusals))
    }
}

/// Checks that a program which runs the tool by itself is not started in the root module of another
/// environment. Everything else is between it and the tool.
///
/// # Errors
/// When it is, or the configuration is wrong.
pub fn check_directory(config: &Config, environment: &str) -> Result<(), ExecError> {
    let line = read(&[]);
    let dialect = Dialect::OpenTofu;
    let mut project = Project::resolve(config, dialect);
    if config.is_conventional()
        && project.site(environment).is_none()
        && let Some(wider) = of_the_repository(dialect, &line.directory)
    {
        project = wider;
    }
    let guarded = Guarded::of(&project, environment, &line, "tofu");
    let owner = guarded.others_here().find(|other| is_its_own(other));
    match (guarded.own_here(), owner) {
        (None, Some(other)) => Err(ExecError::Refused(vec![guarded.in_the_directory_of(other)])),
        _ => Ok(()),
    }
}

/// A command line, and the environments that it could be about.
struct Guarded<'a> {
    environment: &'a str,
    line: &'a Line,
    tool: &'a str,
    /// The environment, where anything says what a deploy of it uses.
    own: Option<&'a Arc<Site>>,
    others: Vec<&'a Arc<Site>>,
}

impl<'a> Guarded<'a> {
    fn of(project: &'a Project, environment: &'a str, line: &'a Line, tool: &'a str) -> Self {
        let own = project.site(environment);
        let others = project.sites().iter();
        Self {
            environment,
            line,
            tool,
            others: others
                .filter(|other| own.is_none_or(|own| !Arc::ptr_eq(own, other)))
                .filter(|other| !other.layout.is_called(environment))
                .collect(),
            own,
        }
    }

    fn is_here(&self, site: &Site) -> bool {
        layout::same(&site.layout.directory.value, &self.line.directory)
    }

    /// The environment, where the command runs in its root module.
    fn own_here(&self) -> Option<&'a Arc<Site>> {
        self.own.filter(|own| self.is_here(own))
    }

    fn others_here(&self) -> impl Iterator<Item = &'a Arc<Site>> {
        let here = self.others.iter().copied();
        here.filter(|other| self.is_here(other))
    }

    fn stage(&self) -> Option<Stage> {
        match &self.line.action {
            Action::Nothing => None,
            Action::State(stage) => Some(*stage),
            Action::Workspace { verb, .. } if verb == "delete" => Some(Stage::Change),
            Action::Init { migrates: true, .. } => Some(Stage::Change),
            Action::Workspace { .. } | Action::Init { .. } => Some(Stage::Read),
        }
    }

    /// What is wrong with the tool: it would write states and lock files that are the other one's.
    fn other_tool(&self, config: &Config, dialect: Dialect) -> Option<Refusal> {
        let own = self.own_here()?;
        let configured = own.layout.tool.as_ref().and_then(choice::configured);
        let (wanted, why) = match configured {
            Some(tool) => (tool.value, tool.from.to_string()),
            None => {
                let mut signs = signs::of_site(config, own, &[]);
                signs.retain(|sign| sign.weight == Weight::Own);
                // Signs of both are for whoever chooses one of them.
                if signs.iter().any(|sign| sign.of == dialect) {
                    return None;
                }
                let sign = signs.into_iter().next()?;
                (sign.of, sign.what)
            }
        };
        (wanted != dialect).then(|| {
            let wanted = choice::program(wanted);
            Refusal {
                guard: Guard::Tool,
                expected: format!("{} ({why})", quoted(wanted)),
                found: quoted(self.tool),
                help: format!(
                    "run it with `{wanted}`; or, if the environment is to move to `{found}`, say so with `tool = \"{found}\"` in [environments.{}]",
                    self.environment,
                    found = self.tool,
                ),
            }
        })
    }

    fn refusals(&self) -> Vec<Refusal> {
        let mut refusals: Vec<Refusal> = self.named_state().into_iter().collect();
        refusals.extend(self.over_own_state());
        refusals.extend(self.named_variables());
        if self.line.action == Action::Nothing {
            return refusals;
        }
        if let Some(own) = self.own_here() {
            let shared = self.others.iter();
            refusals.extend(shared.filter_map(|other| own.refuse_shared(other)));
        }
        match &self.line.action {
            Action::Nothing => {}
            Action::State(_) => {
                refusals.extend(self.state());
                refusals.extend(self.of_the_plan());
            }
            Action::Workspace { verb, name } => refusals.extend(self.workspace(verb, name)),
            Action::Init {
                migrates, settings, ..
            } => refusals.extend(self.init(*migrates, settings)),
        }
        refusals
    }

    /// What is wrong with the state that the directory has selected.
    fn state(&self) -> Vec<Refusal> {
        let directory = &self.line.directory;
        let owner = self.others_here().find(|other| is_its_own(other));
        if let (None, Some(other)) = (self.own_here(), owner) {
            return vec![self.in_the_directory_of(other)];
        }
        let mut refusals: Vec<Refusal> = self.selected().into_iter().collect();
        if let Some(own) = self.own_here() {
            let found = backend::initialised(directory);
            refusals.extend(backend::compare(&own.backend, &found, self.tool, directory));
        }
        refusals
    }

    fn in_the_directory_of(&self, other: &Site) -> Refusal {
        let environment = self.environment;
        Refusal {
            guard: Guard::Directory,
            expected: self.own.map_or_else(
                || format!("that of {}", quoted(environment)),
                |own| quoted(&own.layout.directory.value.display().to_string()),
            ),
            found: format!(
                "{}, which is that of {}",
                quoted(&self.line.directory.display().to_string()),
                quoted(&other.layout.environment)
            ),
            help: format!(
                "run it where {environment} is, or with `-e {}`",
                other.layout.environment
            ),
        }
    }

    /// What is wrong with the workspace that is selected.
    fn selected(&self) -> Option<Refusal> {
        let directory = &self.line.directory;
        let found = workspace::read(directory);
        if let Some(own) = self.own_here() {
            return workspace::compare(&own.layout.workspace, &found, self.tool, directory);
        }
        if found.name == layout::DEFAULT_WORKSPACE || found.name == self.environment {
            return None;
        }
        let other = self.others.iter().find(|other| {
            found.name == other.layout.workspace.value || other.layout.is_called(&found.name)
        })?;
        let mut refusal = workspace::compare(
            &layout::Setting {
                value: self.environment.to_owned(),
                from: Provenance::Default,
            },
            &found,
            self.tool,
            directory,
        )?;
        refusal.expected = format!("none of {}'s", other.layout.environment);
        Some(refusal)
    }

    /// What is wrong with making, selecting or deleting a workspace.
    fn workspace(&self, verb: &str, name: &str) -> Option<Refusal> {
        let own = self.own_here().map(|own| &own.layout.workspace.value);
        if own.is_some_and(|own| own == name) {
            return None;
        }
        let mut here = self.others_here();
        let owner =
            match own {
                Some(_) => here.find(|other| other.layout.workspace.value == name),
                None => self.others.iter().copied().find(|other| {
                    other.layout.workspace.value == name || other.layout.is_called(name)
                }),
            };
        let environment = self.environment;
        let (found, help) = match owner {
            Some(other) => (
                format!(
                    "{}, which is that of {}",
                    quoted(name),
                    quoted(&other.layout.environment)
                ),
                format!(
                    "run it with `-e {}`, if that is meant",
                    other.layout.environment
                ),
            ),
            // Whatever is in it is gone afterwards.
            None if verb == "delete" && own.is_some() => (
                quoted(name),
                format!(
                    "if nobody needs it, run `{} workspace delete {}` yourself",
                    super::at(self.tool, &self.line.directory),
                    shell_name(name)
                ),
            ),
            None => return None,
        };
        Some(Refusal {
            guard: Guard::Workspace,
            expected: own.map_or_else(
                || format!("one of {environment}'s"),
                |own| format!("{}, which is that of {}", quoted(own), quoted(environment)),
            ),
            found,
            help,
        })
    }

    /// What `plan` would add.
    fn additions(&self) -> Result<Additions, ExecError> {
        let mut additions = Additions {
            at: self.line.behind,
            ..Additions::default()
        };
        let Some(own) = self.own_here() else {
            return Ok(additions);
        };
        match &self.line.action {
            Action::State(_) => {
                additions.workspace = Some(own.layout.workspace.value.clone());
                if self.line.takes_variables {
                    additions.options = var_files(&own.layout)?;
                }
            }
            Action::Init { backend: true, .. } => {
                // What somebody writes comes later, and wins.
                additions.options = backend_config(&own.layout, &own.layout.directory.value)?;
            }
            Action::Init { .. } | Action::Workspace { .. } | Action::Nothing => {}
        }
        Ok(additions)
    }
}

/// The environments that convention finds from the root of the repository: somebody may stand in the root
/// module of one of them.
fn of_the_repository(dialect: Dialect, directory: &Path) -> Option<Project> {
    let directory = directory.canonicalize().ok()?;
    let mut above = directory.ancestors().skip(1);
    let root = above.find(|above| above.join(".git").exists())?;
    let config = Config::conventional(LIBRARY).of_commit(Origin::Files, root);
    Some(Project::resolve(&config, dialect))
}

/// Whether something says that the root module is this environment's, and not just that of all.
fn is_its_own(site: &Site) -> bool {
    match site.layout.directory.from {
        Provenance::Configured(_) | Provenance::Convention(Kind::Directories | Kind::Stacks, _) => {
            true
        }
        Provenance::Convention(..) | Provenance::Default => false,
    }
}
