//! Where `plan`, `apply`, `destroy` and `deploy` stand: one environment, its root module, and the
//! tool, with everything refused that is not the environment's.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::secrets::keyring;
use super::{CommandError, Refused, configuration};
use crate::cli::{ConfigArgs, HowArgs, WhatArgs};
use crate::config::Config;
use crate::configuration::{Configuration, Dialect};
use crate::deploy::directory::{Occupied, occupy};
use crate::deploy::guard::{self, Guarded, Selected, Stage};
use crate::deploy::interrupt::Interrupts;
use crate::deploy::memory::PlanFile;
use crate::deploy::placeholder::Placeholders;
use crate::deploy::tool::{self, Ended, Runner};
use crate::deploy::values::{self, Opened};
use crate::deploy::{DeployError, arguments, backend};
use crate::doctor::{self, Check, Health, Machine, Patient};
use crate::env_diff::Variables;
use crate::inject::{self, Handover};
use crate::layout::{self, Layout};
use crate::routing::Routed;

/// One environment, ready for the tool.
pub(super) struct Ground {
    pub(super) config: Config,
    pub(super) layout: Layout,
    pub(super) root: Configuration,
    pub(super) dialect: Dialect,
    pub(super) runner: Runner,
    variables: Variables,
    _occupied: Occupied,
}

/// What stands for the secret variables.
pub(super) enum Values {
    /// The environment has none.
    Nothing,
    /// The secrets.
    Secrets(Opened),
    /// Placeholders, and what says for which variables.
    Placeholders(Placeholders, Option<Routed>),
}

impl Values {
    /// The files that the values, or the names of the placeholders, come from.
    pub(super) fn routed(&self) -> Option<&Routed> {
        match self {
            Self::Nothing => None,
            Self::Secrets(opened) => Some(&opened.routed),
            Self::Placeholders(_, routed) => routed.as_ref(),
        }
    }
}

/// A plan, and what the tool says that it is.
pub(super) struct Planned {
    pub(super) file: PlanFile,
    pub(super) json: Arc<Zeroizing<Vec<u8>>>,
}

/// What is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// What the configuration says.
    Change,
    /// That nothing is left.
    Destroy,
    /// What changed outside.
    Drift,
}

impl Ground {
    /// Finds out everything that can be without running the tool on a state.
    pub(super) fn open(
        args: &ConfigArgs,
        environment: Option<&str>,
        how: &HowArgs,
        what: &WhatArgs,
    ) -> Result<Self, CommandError> {
        inject::forbid_core_dumps().map_err(DeployError::from)?;
        let interrupts = Interrupts::watch()?;
        arguments::check(&what.options)?;
        let config = configuration(args)?;
        if environment.is_none() && config.environments().count() != 1 {
            return Err(DeployError::NoEnvironment.into());
        }
        let layout = layout::resolve(&config, environment)?;
        refuse_shell()?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let tool = tool::choose(how.tool.as_deref(), &path)?;
        let dialect = tool::dialect(&tool);
        let root = Configuration::read_as(&layout.directory.value, dialect)?;
        backend::supported(&root)?;
        let variables = Variables::read(&layout)?;
        say_what_else_sets(&root, &variables, what);
        healthy(&layout, &root, &variables, &tool)?;
        let directory = layout.directory.value.clone();
        let selected = guard::workspace::read(&directory);
        if selected.by == guard::workspace::By::Variable {
            let name = tool.name.to_lowercase();
            let refusal =
                guard::workspace::compare(&layout.workspace, &selected, &name, &directory);
            refuse(refusal.into_iter().collect())?;
        }
        let occupied = occupy(&directory)?;
        let runner = Runner {
            tool,
            directory,
            workspace: layout.workspace.value.clone(),
            environment: layout.environment.clone(),
            encryption: std::collections::BTreeMap::new(),
            interrupts,
        };
        Ok(Self {
            config,
            layout,
            root,
            dialect,
            runner,
            variables,
            _occupied: occupied,
        })
    }

    /// Opens the secrets of the environment.
    pub(super) fn open_secrets(&mut self, what: &WhatArgs) -> Result<Values, CommandError> {
        let Some(routed) = values::route(&self.config, &self.layout)? else {
            return Ok(Values::Nothing);
        };
        let declared = self.root.variables();
        let opened = Opened::open(routed, &self.config, &self.layout, declared, &keyring())?;
        let injection = opened.injection()?;
        for name in injection.names() {
            let twice = |by: String| DeployError::SetTwice {
                name: name.to_owned(),
                by,
            };
            if arguments::variables(&what.options).any(|other| other == name) {
                return Err(twice("`-var`".to_owned()).into());
            }
            let variable = format!("TF_VAR_{name}");
            if std::env::var_os(&variable).is_some() {
                return Err(twice(variable).into());
            }
        }
        self.runner.encryption = opened.encryption()?;
        drop(injection);
        Ok(Values::Secrets(opened))
    }

    /// Stands placeholders in for the secrets, of which none is opened.
    pub(super) fn placeholders(&self) -> Result<Values, CommandError> {
        let routed = values::route(&self.config, &self.layout)?;
        let settings = self.config.secrets(Some(&self.layout.environment))?;
        let declared = self.root.variables();
        let placeholders = Placeholders::new(declared, &settings, routed.as_ref());
        Ok(Values::Placeholders(placeholders, routed))
    }

    /// Runs `init`, and refuses whatever is not the environment's.
    pub(super) fn initialise(&self, stage: Stage) -> Result<(), CommandError> {
        let ready = backend::initialise(&self.runner, &self.layout, &self.root, self.dialect)?;
        for change in &ready.moved {
            note(&format!(
                "{} was initialised for another state: `{}` was {} and is now {}; nothing was moved",
                self.layout.directory.value.display(),
                change.name,
                change.found,
                change.wanted
            ));
        }
        if !ready.workspace_exists {
            note(&format!(
                "the workspace `{}` is new: nothing is in its state",
                self.layout.workspace.value
            ));
        }
        self.refuse(stage)
    }

    /// Refuses whatever is not the environment's.
    pub(super) fn refuse(&self, stage: Stage) -> Result<(), CommandError> {
        let guarded = Guarded {
            layout: &self.layout,
            root: &self.root,
            selected: Selected::ByUs,
            tool: self.runner.name(),
        };
        refuse(guard::check(&guarded, stage))
    }

    /// Plans into memory, seals the plan, and has it shown.
    pub(super) fn plan(
        &self,
        values: &Values,
        what: &WhatArgs,
        purpose: Purpose,
    ) -> Result<Planned, CommandError> {
        let runner = &self.runner;
        let mut file = PlanFile::new().map_err(DeployError::system("make room for a plan"))?;
        let mut arguments: Vec<OsString> = vec!["plan".into(), "-input=false".into()];
        arguments.extend(tool::color());
        let mut out = OsString::from("-out=");
        out.push(file.path());
        arguments.push(out);
        match purpose {
            Purpose::Change => {}
            Purpose::Destroy => arguments.push("-destroy".into()),
            Purpose::Drift => arguments.push("-refresh-only".into()),
        }
        let named = |option: &str, list: &[String]| -> Vec<OsString> {
            let each = list.iter().map(|each| format!("-{option}={each}").into());
            each.collect()
        };
        arguments.extend(named("target", &what.target));
        arguments.extend(named("replace", &what.replace));
        // Later ones win: the options of whoever runs this, and then only the secrets.
        arguments.extend(backend::var_files(&self.layout)?);
        arguments.extend(what.options.iter().cloned());
        let at = arguments.len();
        let (code, errors) = match values {
            Values::Nothing => (
                told(runner.live(arguments, Handover::Nothing, Default::default(), None)?),
                None,
            ),
            Values::Secrets(opened) => {
                let handover = opened.for_plan(at)?;
                (
                    told(runner.live(arguments, handover, opened.patterns()?, None)?),
                    None,
                )
            }
            Values::Placeholders(placeholders, _) => {
                // No secret can be in it, so that it may be kept to look at.
                let errors =
                    PlanFile::new().map_err(DeployError::system("make room for output"))?;
                let handover = Handover::VarFile {
                    at,
                    text: Zeroizing::new(placeholders.hcl()),
                };
                let ended = runner.live(arguments, handover, Default::default(), Some(&errors))?;
                let code = told(ended);
                let text = errors
                    .bytes()
                    .map_err(DeployError::system("read the tool's errors"))?;
                let text = tool::text(&text);
                if !text.is_empty() {
                    let _ = writeln!(io::stderr(), "{text}");
                }
                (code, Some((text, placeholders)))
            }
        };
        runner
            .interrupts
            .check("nothing was planned, and nothing changed")?;
        if code != 0 {
            let broken = errors.and_then(|(text, placeholders)| placeholders.explain(&text));
            return Err(match broken {
                Some(broken) => {
                    let help = broken.help();
                    self.failed("plan", code, &format!("{broken}; {help}"))
                }
                None => self.failed(
                    "plan",
                    code,
                    "its own message above says why; nothing changed",
                ),
            });
        }
        file.seal().map_err(DeployError::system("seal the plan"))?;
        // Somebody may have run `init` meanwhile.
        self.refuse(Stage::Read)?;
        let json = Arc::new(runner.show(&file)?);
        Ok(Planned { file, json })
    }

    /// Applies a sealed plan, and returns the tool's exit code.
    pub(super) fn apply(&self, plan: &PlanFile, values: &Values) -> Result<u8, CommandError> {
        let mut arguments: Vec<OsString> = vec!["apply".into(), "-input=false".into()];
        arguments.extend(tool::color());
        // Of what is in the files only ephemeral variables are not in the plan.
        let ephemeral =
            self.root.variables().iter().any(|(name, variable)| {
                variable.ephemeral && self.variables.set.contains_key(name)
            });
        if ephemeral {
            arguments.extend(backend::var_files(&self.layout)?);
        }
        let at = arguments.len();
        arguments.push(plan.path().into());
        let (handover, patterns) = match values {
            Values::Secrets(opened) => (opened.for_apply(at)?, opened.patterns()?),
            Values::Nothing | Values::Placeholders(..) => (Handover::Nothing, Default::default()),
        };
        Ok(told(self.runner.live(arguments, handover, patterns, None)?))
    }

    /// An error of the tool, which has said why.
    pub(super) fn failed(&self, subcommand: &str, code: u8, help: &str) -> CommandError {
        let error = DeployError::Failed {
            command: format!("{} {subcommand}", self.runner.name()),
            environment: self.layout.environment.clone(),
            code,
            said: None,
            help: help.to_owned(),
        };
        error.into()
    }

    /// Where the plan of the environment is kept; one without secrets takes no other's place.
    pub(super) fn bundle_path(&self, keyless: bool) -> PathBuf {
        let kind = if keyless { ".keyless" } else { "" };
        let name = format!("{}{kind}.tollgate", self.layout.environment);
        let directory = self.config.directory().join(".tollgate");
        let path = directory.join(name);
        path.strip_prefix(".").map(PathBuf::from).unwrap_or(path)
    }
}

/// Says what became of the output, and returns the exit code.
fn told(ended: Ended) -> u8 {
    if let Some(why) = ended.lost {
        note(&format!("the tool's output {why}"));
    }
    ended.code
}

/// Says on standard error what somebody should know.
pub(super) fn note(message: &str) {
    // If standard error is gone there is nowhere left to say so.
    let _ = writeln!(io::stderr(), "note: {}", crate::report::inert(message));
}

/// Refuses what guards found.
pub(super) fn refuse(refusals: Vec<guard::Refusal>) -> Result<(), CommandError> {
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(Refused(refusals).into())
    }
}

/// Refuses variables of the shell that change what the tool does, behind everybody's back.
fn refuse_shell() -> Result<(), DeployError> {
    let mut names: Vec<String> = std::env::vars_os()
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("TF_CLI_ARGS"))
        .collect();
    names.sort();
    match names.into_iter().next() {
        Some(name) => Err(DeployError::Variable { name }),
        None => Ok(()),
    }
}

/// Says which variables come from beside the environment. A number of a build belongs there; a value
/// that was forgotten in a shell does not.
fn say_what_else_sets(root: &Configuration, variables: &Variables, what: &WhatArgs) {
    for name in arguments::variables(&what.options) {
        note(&format!(
            "`{name}` is set by `-var`, and by no file of the environment"
        ));
    }
    for name in root.variables().keys() {
        let variable = format!("TF_VAR_{name}");
        // A file of the environment counts for more.
        if std::env::var_os(&variable).is_some() && !variables.set.contains_key(name) {
            note(&format!(
                "`{name}` is set by {variable}, and by no file of the environment"
            ));
        }
    }
}

/// Refuses what `env doctor` says cannot work.
fn healthy(
    layout: &Layout,
    root: &Configuration,
    variables: &Variables,
    tool: &doctor::Tool,
) -> Result<(), DeployError> {
    let patient = Patient {
        layout,
        root,
        variables,
    };
    let tools = std::slice::from_ref(tool);
    let findings = doctor::examine(&patient, tools, &Machine::of_process(), false);
    let problem = findings.into_iter().find(|finding| {
        finding.health == Health::Problem
            && matches!(
                finding.check,
                Check::Binary | Check::Backend | Check::Variables
            )
    });
    match problem {
        Some(problem) => Err(DeployError::Unhealthy {
            what: problem.what,
            fix: problem.fix.unwrap_or_default(),
        }),
        None => Ok(()),
    }
}
