//! What `exec` guards, where somebody else runs the tool: that everything is this environment's, and
//! nothing another one's. What is right is what `plan` would use.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{
    FromGit, Guard, Refusal, Stage, account, backend, of_git, read_by_the_tool, workspace,
};
use crate::config::{Config, ConfigError};
use crate::deploy::DeployError;
use crate::deploy::backend::{backend_config, var_files};
use crate::deploy::choice::{self, Weight};
use crate::deploy::plan_file;
use crate::deploy::signs;
use crate::deploy::target::{Project, Site, TargetError, whole};
use crate::diagnostic::quoted;
use crate::hcl::backend::{Relation, Settings};
use crate::hcl::{Configuration, ConfigurationError, Dialect};
use crate::layout::{self, Kind, LayoutError, Provenance};
use crate::origin::Origin;
use tollgate_model::library::LIBRARY;
use tollgate_secrets::shell_name;

/// Subcommands that look at the state.
const READ: [&str; 2] = ["output", "show"];
/// Those that plan, and what else runs providers.
const PLAN: [&str; 2] = ["plan", "console"];
/// Those that change resources or the state.
const CHANGE: [&str; 7] = [
    "apply",
    "destroy",
    "refresh",
    "import",
    "taint",
    "untaint",
    "force-unlock",
];
/// The subcommands of `state` that change it.
const CHANGE_STATE: [&str; 6] = ["mv", "move", "rm", "remove", "push", "replace-provider"];

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

/// What a command line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    /// It does no harm.
    Nothing,
    /// The state of the selected workspace.
    State(Stage),
    /// It makes, selects or deletes a workspace.
    Workspace {
        /// `new`, `select` or `delete`.
        verb: String,
        /// Of this name.
        name: String,
    },
    /// `init`
    Init {
        /// Whether a state is moved to where it is initialised for.
        migrates: bool,
        /// What it is told by options.
        settings: Vec<String>,
        /// Whether it has a backend at all.
        backend: bool,
    },
}

/// A command line, as far as guards go.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    directory: PathBuf,
    action: Action,
    /// The argument behind the subcommand.
    behind: usize,
    /// Whether it takes files of variables.
    takes_variables: bool,
    /// Files of states that it names, or that it would write over.
    states: Vec<PathBuf>,
    /// The file that a plan is written to.
    out: Option<PathBuf>,
    /// The saved plan that it applies.
    saved_plan: Option<PathBuf>,
    /// Files of variables that it names.
    var_files: Vec<PathBuf>,
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

    /// What is wrong with what the directory is to be initialised for.
    fn init(&self, migrates: bool, settings: &[String]) -> Vec<Refusal> {
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
                    super::at(self.tool, &self.line.directory)
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
                    super::at(self.tool, &self.line.directory)
                ),
            ));
        }
        refusals
    }

    /// What is wrong with a saved plan: the tools apply one to whatever workspace is selected.
    fn of_the_plan(&self) -> Option<Refusal> {
        let path = self.line.saved_plan.as_ref()?;
        let own = self.own_here()?;
        let made = plan_file::made_for(&self.line.directory.join(path))?;
        let wanted = &own.layout.workspace.value;
        let told = Settings::new(&made.kind, made.settings, true);
        let elsewhere = told.kind() == own.backend.kind()
            && own.located(&told).relation(&own.state) == Relation::Different;
        let found = match (made.workspace == *wanted, elsewhere) {
            (true, false) => return None,
            (false, _) => format!("workspace {}", quoted(&made.workspace)),
            (true, true) => "another backend".to_owned(),
        };
        let found = format!(
            "{}, which was made for {found}",
            quoted(&path.to_string_lossy())
        );
        let owner = self.others_here().find(|other| {
            let workspace = &other.layout.workspace.value;
            *workspace == made.workspace
                && other.located(&told).relation(&other.state) != Relation::Different
        });
        Some(Refusal {
            guard: Guard::Plan,
            expected: format!("a plan of {}", quoted(self.environment)),
            found: match owner {
                Some(other) => format!("{found}, that of {}", quoted(&other.layout.environment)),
                None => found,
            },
            help: format!(
                "plan it again: `tollgate exec -e {} -- {} plan -out={}`",
                shell_name(self.environment),
                self.tool,
                shell_name(&path.to_string_lossy())
            ),
        })
    }

    /// What is wrong with a file of a state that is named.
    fn named_state(&self) -> Option<Refusal> {
        self.line.states.iter().find_map(|path| {
            let path = whole(&self.line.directory.join(path));
            let text = path.to_string_lossy();
            let other = self.others.iter().find(|other| {
                other.backend.kind() == crate::hcl::backend::LOCAL
                    && other.state.object() == Some(&*text)
            })?;
            Some(Refusal {
                guard: Guard::State,
                expected: format!("none but {}'s", quoted(self.environment)),
                found: format!(
                    "{}, which is that of {}",
                    quoted(&text),
                    quoted(&other.layout.environment)
                ),
                help: format!(
                    "run it with `-e {}`, if that is meant",
                    other.layout.environment
                ),
            })
        })
    }

    /// What is wrong with where a plan is written to: the environment's own state would be gone.
    fn over_own_state(&self) -> Option<Refusal> {
        let out = self.line.out.as_ref()?;
        let own = self.own_here()?;
        let path = whole(&self.line.directory.join(out));
        let text = path.to_string_lossy();
        let is_state =
            own.backend.kind() == crate::hcl::backend::LOCAL && own.state.object() == Some(&*text);
        is_state.then(|| Refusal {
            guard: Guard::State,
            expected: "a file of its own for the plan".to_owned(),
            found: format!(
                "{}, which is the state of {}",
                quoted(&text),
                quoted(self.environment)
            ),
            help: "give it another name: `-out=plan.bin`".to_owned(),
        })
    }

    /// What is wrong with a file of variables that is named: one that is another environment's alone.
    fn named_variables(&self) -> Option<Refusal> {
        let has = |site: &Site, path: &Path| {
            let mut files = site.layout.var_files.iter();
            files.any(|file| whole(&file.value) == path)
        };
        self.line.var_files.iter().find_map(|path| {
            let path = whole(&self.line.directory.join(path));
            if self.own.is_none_or(|own| has(own, &path)) {
                return None;
            }
            let other = self.others.iter().find(|other| has(other, &path))?;
            Some(Refusal {
                guard: Guard::Variables,
                expected: format!("files of variables of {}", quoted(self.environment)),
                found: format!(
                    "{}, which is that of {}",
                    quoted(&path.display().to_string()),
                    quoted(&other.layout.environment)
                ),
                help: format!(
                    "leave it out: `tollgate exec -e {}` adds those of the environment",
                    self.environment
                ),
            })
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

/// The environments that convention finds from the root of the repository: somebody may stand in the root
/// module of one of them.
fn of_the_repository(dialect: Dialect, directory: &Path) -> Option<Project> {
    let directory = directory.canonicalize().ok()?;
    let mut above = directory.ancestors().skip(1);
    let root = above.find(|above| above.join(".git").exists())?;
    let config = Config::conventional(LIBRARY).of_commit(Origin::Files, root);
    Some(Project::resolve(&config, dialect))
}

impl Line {
    /// Takes options along that stand somewhere else.
    fn add(&mut self, words: &[String]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let more = options(&words);
        self.states.extend(states(&more));
        self.out = written_to(&more).or_else(|| self.out.take());
        self.var_files.extend(var_files_of(&more));
        if let Action::Init {
            migrates,
            settings,
            backend,
        } = &mut self.action
        {
            *migrates |= is_on(&more, "migrate-state") || is_on(&more, "force-copy");
            settings.extend(backend_settings(&more));
            *backend &= !is_off(&more, "backend");
        }
    }
}

/// The options that both tools take from the environment, as if somebody had written them.
fn of_the_shell(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<String> {
    let quotes: &[char] = &['"', '\''];
    let options = variables.filter(|(name, _)| name.to_string_lossy().starts_with("TF_CLI_ARGS"));
    options
        .flat_map(|(_, value)| {
            let value = value.to_string_lossy();
            let words = value.split_whitespace();
            words
                .map(|word| word.replace(quotes, ""))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn is_on(options: &[(String, String)], name: &str) -> bool {
    let given = options.iter().find(|(option, _)| option == name);
    given.is_some_and(|(_, value)| !matches!(value.as_str(), "false" | "0" | "f" | "F"))
}

fn is_off(options: &[(String, String)], name: &str) -> bool {
    let mut given = options.iter();
    given.any(|(option, value)| option == name && value == "false")
}

fn backend_settings(options: &[(String, String)]) -> impl Iterator<Item = String> {
    let settings = options.iter().filter(|(name, _)| name == "backend-config");
    settings.map(|(_, value)| value.clone())
}

/// The files of variables that options name.
fn var_files_of(options: &[(String, String)]) -> impl Iterator<Item = PathBuf> {
    let named = options.iter().filter(|(name, _)| name == "var-file");
    named.map(|(_, value)| PathBuf::from(value))
}

/// The files of states that options name.
fn states(options: &[(String, String)]) -> impl Iterator<Item = PathBuf> {
    let named = options.iter().filter(|(name, _)| {
        matches!(
            name.as_str(),
            "state" | "state-out" | "backup" | "backup-out" | "out"
        )
    });
    named.map(|(_, value)| PathBuf::from(value))
}

/// Where options have a plan written to.
fn written_to(options: &[(String, String)]) -> Option<PathBuf> {
    let named = options.iter().rev().find(|(name, _)| name == "out");
    named.map(|(_, value)| PathBuf::from(value))
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

/// Reads a command line.
fn read(arguments: &[OsString]) -> Line {
    let mut line = Line {
        directory: PathBuf::from("."),
        action: Action::Nothing,
        behind: 0,
        takes_variables: false,
        states: Vec::new(),
        out: None,
        saved_plan: None,
        var_files: Vec::new(),
    };
    let texts: Vec<_> = arguments
        .iter()
        .map(|each| each.to_string_lossy())
        .collect();
    let mut rest = texts.iter().map(AsRef::<str>::as_ref);
    let subcommand = loop {
        line.behind += 1;
        match rest.next() {
            None => return line,
            Some(option) if option.starts_with('-') => {
                let option = option.trim_start_matches('-');
                match option.strip_prefix("chdir=") {
                    Some(path) => line.directory = PathBuf::from(path),
                    // `-help` and `-version`.
                    None => return line,
                }
            }
            Some(subcommand) => break subcommand,
        }
    };
    let rest: Vec<&str> = rest.collect();
    let help =
        |word: &&str| matches!(word.trim_start_matches('-'), "help" | "h") && word.starts_with('-');
    if rest.iter().any(help) {
        return line;
    }
    let options = options(&rest);
    let mut words = rest.iter().filter(|word| !word.starts_with('-'));
    let is = |name: &str| is_on(&options, name);
    line.action = if CHANGE.contains(&subcommand) {
        Action::State(Stage::Change)
    } else if PLAN.contains(&subcommand) {
        Action::State(Stage::Plan)
    } else if subcommand == "show" && words.next().is_some() {
        // A file, whatever is selected.
        Action::Nothing
    } else if READ.contains(&subcommand) {
        Action::State(Stage::Read)
    } else {
        match subcommand {
            "state" => {
                let changes = words.next().is_some_and(|word| CHANGE_STATE.contains(word));
                Action::State(if changes { Stage::Change } else { Stage::Read })
            }
            // `env` is what it was once called.
            "workspace" | "env" => match (words.next(), words.next()) {
                (Some(verb @ &("new" | "select" | "delete")), Some(name)) => Action::Workspace {
                    verb: (*verb).to_owned(),
                    name: (*name).to_owned(),
                },
                _ => Action::Nothing,
            },
            "init" => Action::Init {
                migrates: is("migrate-state") || is("force-copy"),
                settings: backend_settings(&options).collect(),
                backend: !is_off(&options, "backend"),
            },
            _ => Action::Nothing,
        }
    };
    let variables = crate::inject::tofu::read(arguments);
    line.takes_variables = variables.takes_files();
    line.saved_plan = variables.plan;
    line.states = states(&options).collect();
    line.out = written_to(&options);
    line.states
        .extend(file_of(subcommand, &rest).map(PathBuf::from));
    line.var_files = var_files_of(&options).collect();
    line
}

/// The file that a subcommand names without an option, where it can be a state.
fn file_of<'a>(subcommand: &str, rest: &[&'a str]) -> Option<&'a str> {
    let words = || {
        rest.iter()
            .filter(|word| !word.starts_with('-') || **word == "-")
    };
    let file = match subcommand {
        "show" => words().next(),
        "state" if words().next() == Some(&"push") => words().nth(1),
        _ => None,
    };
    file.copied().filter(|file| *file != "-")
}

/// The options of a subcommand by their names, with what is joined to them or comes next.
fn options(rest: &[&str]) -> Vec<(String, String)> {
    let mut options = Vec::new();
    let mut words = rest.iter().peekable();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix('-') else {
            continue;
        };
        let option = option.strip_prefix('-').unwrap_or(option);
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, value),
            None => {
                let next = words.peek().filter(|next| !next.starts_with('-'));
                (option, next.map_or("", |next| next))
            }
        };
        options.push((name.to_owned(), value.to_owned()));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_line_does() {
        let state = |stage| Action::State(stage);
        let workspace = |verb: &str, name: &str| Action::Workspace {
            verb: verb.to_owned(),
            name: name.to_owned(),
        };
        let init = |migrates, settings: &[&str], backend| Action::Init {
            migrates,
            settings: settings.iter().map(ToString::to_string).collect(),
            backend,
        };
        for (line, directory, expected) in [
            ("plan", ".", state(Stage::Plan)),
            ("-chdir=stack plan -destroy", "stack", state(Stage::Plan)),
            ("--chdir=stack apply p.bin", "stack", state(Stage::Change)),
            ("destroy -auto-approve", ".", state(Stage::Change)),
            ("refresh", ".", state(Stage::Change)),
            ("import a.b id", ".", state(Stage::Change)),
            ("console", ".", state(Stage::Plan)),
            ("output -json", ".", state(Stage::Read)),
            ("show", ".", state(Stage::Read)),
            ("show -json", ".", state(Stage::Read)),
            ("show -json p.bin", ".", Action::Nothing),
            ("state list", ".", state(Stage::Read)),
            ("state pull", ".", state(Stage::Read)),
            ("state rm a.b", ".", state(Stage::Change)),
            ("state push -force s.tfstate", ".", state(Stage::Change)),
            ("taint a.b", ".", state(Stage::Change)),
            ("force-unlock 1", ".", state(Stage::Change)),
            ("plan -help", ".", Action::Nothing),
            ("apply --help", ".", Action::Nothing),
            ("-help plan", ".", Action::Nothing),
            ("-version", ".", Action::Nothing),
            ("", ".", Action::Nothing),
            ("init -reconfigure", ".", init(false, &[], true)),
            ("init -migrate-state", ".", init(true, &[], true)),
            ("init -migrate-state=false", ".", init(false, &[], true)),
            ("init -backend=false", ".", init(false, &[], false)),
            (
                "-chdir=a init -force-copy -backend-config=key=k -backend-config b.hcl",
                "a",
                init(true, &["key=k", "b.hcl"], true),
            ),
            ("validate", ".", Action::Nothing),
            ("fmt", ".", Action::Nothing),
            ("test", ".", Action::Nothing),
            ("workspace list", ".", Action::Nothing),
            ("workspace show", ".", Action::Nothing),
            (
                "workspace select production",
                ".",
                workspace("select", "production"),
            ),
            ("workspace new -lock=false x", ".", workspace("new", "x")),
            (
                "env delete -force production",
                ".",
                workspace("delete", "production"),
            ),
        ] {
            let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let found = read(&arguments);
            assert_eq!(found.directory, PathBuf::from(directory), "{line}");
            assert_eq!(found.action, expected, "{line}");
        }
    }

    #[test]
    fn files_of_states_that_are_named() {
        for (line, expected) in [
            ("destroy -state=a.tfstate -auto-approve", &["a.tfstate"][..]),
            ("state mv --state-out b -state a x.y x.z", &["b", "a"]),
            ("plan -out=p.bin", &["p.bin"]),
            ("show -json a.tfstate", &["a.tfstate"]),
            ("show", &[]),
            ("state push -force a.tfstate", &["a.tfstate"]),
            ("state push -", &[]),
            ("state rm a.b", &[]),
        ] {
            let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(read(&arguments).states, expected, "{line}");
        }
    }
}
