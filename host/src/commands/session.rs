//! A session with the tool: one environment, its root module held for this process, and the tool, with
//! everything refused that is not the environment's. `plan`, `apply`, `destroy` and `deploy` are
//! sentences about it.

mod known_state;

use std::cell::{Cell, OnceCell};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use tollgate_model::error::UserError as _;
use tollgate_secrets::inject::mask::{Masker, Patterns};
use zeroize::Zeroizing;

use self::known_state::{Before, MadeWorkspace, Prior};
use super::env::set_by;
use super::secrets::{keyring, silent_keyring};
use super::{CommandError, Refused, configuration};
use crate::cli::{ConfigArgs, HowArgs, JudgeArgs, WhatArgs};
use crate::config::Config;
use crate::deploy::backend::Ready;
use crate::deploy::choice::{self, Choice};
use crate::deploy::directory::{Occupied, occupy};
use crate::deploy::guard::{self, Guarded, Selected, Stage};
use crate::deploy::interrupt::Interrupts;
use crate::deploy::memory::PlanFile;
use crate::deploy::place::Place;
use crate::deploy::placeholder::Placeholders;
use crate::deploy::target::Target;
use crate::deploy::tool::{self, Early, Runner};
use crate::deploy::values::{self, Opened};
use crate::deploy::{DeployError, arguments, backend, former, lock, restated, signs, state_lock};
use crate::doctor::{self, Check, Examined, Health, Machine};

use crate::hcl::{Configuration, Dialect, tfvars};
use crate::inject::logs::{self, Logs};
use crate::inject::{self, Ended, Handover};
use crate::layout::Layout;
use crate::routing::{RouteError, Routed};

/// One environment, ready for the tool.
pub(super) struct Session {
    pub(super) config: Config,
    pub(super) target: Target,
    pub(super) runner: Runner,
    /// What the directory was initialised for; put back before the directory is left to others.
    before: Cell<Option<Before>>,
    occupied: Cell<Option<Occupied>>,
    /// What was secret before; looked for once.
    former: OnceCell<Patterns>,
    /// What the state says before anything is done; asked for once.
    prior: OnceCell<Prior>,
    /// The folder of a workspace that the tool makes by being told of it.
    made: Cell<Option<MadeWorkspace>>,
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
    /// What changed outside, to be looked at.
    Drift,
    /// What changed outside, to be taken over into the state.
    Refresh,
}

impl Session {
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
        refuse_shell()?;
        let mut chosen = None;
        let target = Target::look(&config, environment, |layout| {
            let tool = chosen_tool(&config, layout, how)?;
            Ok::<_, CommandError>(tool::dialect(chosen.insert(tool)))
        })?;
        let tool = chosen.ok_or(DeployError::NoTool)?;
        backend::supported(&target)?;
        target.expect_own_state()?;
        for other in target.sharing() {
            let (own, other) = (&target.site.layout.environment, &other.layout.environment);
            note(&format!(
                "{other} has the state of {own} too, which is called after {own}: no deploy of {other} is possible until it has its own"
            ));
        }
        say_what_else_sets(&target, what);
        healthy(&target, &tool)?;
        let layout = &target.site.layout;
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
            early: early(&target, what)?,
            interrupts,
            logs: Logs::Masked,
        };
        Ok(Self {
            config,
            target,
            runner,
            before: Cell::new(None),
            occupied: Cell::new(Some(occupied)),
            former: OnceCell::new(),
            prior: OnceCell::new(),
            made: Cell::new(None),
        })
    }

    /// What a deploy of the environment uses.
    pub(super) fn layout(&self) -> &Layout {
        &self.target.site.layout
    }

    /// Leaves the directory of the root module to others: the tool is not run there any more.
    pub(super) fn leave_directory(&self) {
        drop(self.before.take());
        drop(self.occupied.take());
    }

    /// Its root module.
    pub(super) fn root(&self) -> &Configuration {
        &self.target.site.root
    }

    /// Opens the secrets of the environment.
    pub(super) fn open_secrets(&mut self, what: &WhatArgs) -> Result<Values, CommandError> {
        self.log(Logs::Masked);
        let given = |name: &str| {
            self.target.site.variables.set.contains_key(name)
                || arguments::variables(&what.options).any(|other| other == name)
                || std::env::var_os(format!("TF_VAR_{name}")).is_some()
        };
        let Some(routed) = values::route(&self.config, self.layout())? else {
            let said = values::without_a_file(&self.config, &self.target, &given);
            if self.layout().protected && !said.is_empty() {
                return Err(RouteError::Untaken {
                    environment: self.layout().environment.clone(),
                    what: said,
                }
                .into());
            }
            said.iter().for_each(|said| note(&said.text));
            return Ok(Values::Nothing);
        };
        let declared = self.root().variables();
        let opened = Opened::open(routed, &self.config, self.layout(), declared, &keyring())?;
        for said in opened.untaken(&given)? {
            note(&said.text);
        }
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
        self.runner.encryption = opened.encryption().map_err(DeployError::from)?;
        drop(injection);
        self.runner.early.secrets = opened.early(&self.early_variables())?;
        Ok(Values::Secrets(opened))
    }

    /// Stands placeholders in for the secrets, of which none is opened.
    pub(super) fn placeholders(&mut self) -> Result<Values, CommandError> {
        self.log(Logs::Off);
        let routed = values::route(&self.config, self.layout())?;
        let settings = self.config.secrets(Some(&self.layout().environment))?;
        let declared = self.root().variables();
        let placeholders = Placeholders::new(declared, &settings, routed.as_ref());
        let needed = self.early_variables();
        if let Some(name) = placeholders.names().find(|name| needed.contains(*name)) {
            return Err(DeployError::NeededEarly {
                name: name.to_owned(),
            }
            .into());
        }
        Ok(Values::Placeholders(placeholders, routed))
    }

    /// The variables that the tool needs before it has a state.
    fn early_variables(&self) -> BTreeSet<String> {
        match self.root().dialect() {
            Dialect::OpenTofu => self.root().early_variables(),
            Dialect::Terraform => BTreeSet::new(),
        }
    }

    /// Whether the secrets are needed to read the state, or to find it.
    pub(super) fn state_needs_secrets(&self) -> Result<bool, CommandError> {
        let set = &self.target.site.variables.set;
        let open = |name: &String| {
            !set.contains_key(name) && std::env::var_os(format!("TF_VAR_{name}")).is_none()
        };
        if self.early_variables().iter().any(open) {
            return Ok(true);
        }
        let routed = values::route(&self.config, self.layout())?;
        // Names are not encrypted; those of another source are not known before it is asked.
        Ok(routed.is_some_and(|routed| {
            routed.files.is_empty() || set_by(&routed).contains(values::ENCRYPTION)
        }))
    }

    /// Says what the tool may log.
    fn log(&mut self, logs: Logs) {
        self.runner.logs = logs;
        if let Some(text) = logs::note(logs) {
            note(&text);
        }
    }

    /// Runs `init`, and refuses whatever is not the environment's.
    pub(super) fn initialise(&self, stage: Stage) -> Result<Ready, CommandError> {
        let before = Before::of(&self.target);
        let ready = backend::initialise(&self.runner, &self.target)?;
        match before {
            Some(before) if ready.moved.is_empty() => before.forget(),
            before => self.before.set(before),
        }
        for change in &ready.moved {
            note(&format!(
                "{} was initialised for another state: `{}` was {} and is now {}; nothing was moved",
                self.layout().directory.value.display(),
                change.name,
                change.found,
                change.wanted
            ));
        }
        if !ready.workspace_exists {
            self.made.set(MadeWorkspace::of(&self.target.site));
            note(&format!(
                "the workspace `{}` is new: nothing is in its state",
                self.layout().workspace.value
            ));
        }
        self.refuse(stage)?;
        Ok(ready)
    }

    /// Refuses whatever is not the environment's.
    pub(super) fn refuse(&self, stage: Stage) -> Result<(), CommandError> {
        let guarded = Guarded {
            site: &self.target.site,
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
            Purpose::Drift | Purpose::Refresh => arguments.push("-refresh-only".into()),
        }
        let named = |option: &str, list: &[String]| -> Vec<OsString> {
            let each = list.iter().map(|each| format!("-{option}={each}").into());
            each.collect()
        };
        arguments.extend(named("target", &what.target));
        arguments.extend(named("replace", &what.replace));
        arguments.extend(self.of_the_environment());
        // Later ones win: the options of whoever runs this, and then only the secrets.
        arguments.extend(backend::var_files(self.layout())?);
        arguments.extend(what.options.iter().cloned());
        let at = arguments.len();
        let (code, errors) = match values {
            Values::Nothing => (
                told(runner.live(
                    arguments,
                    Handover::Nothing,
                    Default::default(),
                    None,
                    Vec::new(),
                )?),
                None,
            ),
            Values::Secrets(opened) => {
                let handover = opened.for_plan(at)?;
                (
                    told(runner.live(
                        arguments,
                        handover,
                        self.patterns(values)?,
                        None,
                        Vec::new(),
                    )?),
                    None,
                )
            }
            Values::Placeholders(placeholders, _) => {
                // No secret of today can be in it, so that it may be kept to look at.
                let errors =
                    PlanFile::new().map_err(DeployError::system("make room for output"))?;
                let handover = Handover::VarFile {
                    at,
                    text: Zeroizing::new(placeholders.hcl()),
                };
                let patterns = self.patterns(values)?;
                let masker = Masker::new(patterns.clone());
                let ended =
                    runner.live(arguments, handover, patterns, Some(&errors), Vec::new())?;
                let code = told(ended);
                let text = errors
                    .bytes()
                    .map_err(DeployError::system("read the tool's errors"))?;
                let text = tool::text(&masked(masker, &text));
                if !text.is_empty() {
                    let _ = writeln!(io::stderr(), "{text}");
                }
                (code, Some((text, placeholders)))
            }
        };
        runner
            .interrupts
            .check(|| "nothing was planned, and nothing changed".to_owned())?;
        if code != 0 {
            self.say_what_was_left(true);
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

    /// What no output of the tool may show: the secrets, and what was secret before.
    fn patterns(&self, values: &Values) -> Result<Patterns, CommandError> {
        let mut patterns = Patterns::default();
        let routed = match values {
            // Nothing here is said to be secret.
            Values::Nothing => return Ok(patterns),
            // Nothing is masked there.
            _ if io::stderr().is_terminal() => return Ok(patterns),
            Values::Secrets(opened) => {
                patterns = opened.patterns()?;
                Some(&opened.routed)
            }
            // They need no key, and look for none.
            Values::Placeholders(..) => None,
        };
        let former = self.former.get_or_init(|| {
            let mut former = self.prior().sensitive.clone().unwrap_or_else(|| {
                note(
                    "the state cannot be read, so nobody can tell what it marks as sensitive: a value from before the last rotation could be shown; see what `state pull` says in the root module",
                );
                Patterns::default()
            });
            if let Some(routed) = routed {
                let declared = self.root().variables();
                let found = former::of_files(routed, declared, &silent_keyring());
                former.extend(found.patterns);
                if found.cut_off {
                    note(
                        "this clone has only a part of the history, so a value from before the last rotation could be shown: fetch more of it (`git fetch --deepen=100`; in GitHub Actions `fetch-depth: 0`)",
                    );
                }
            }
            former
        });
        patterns.extend(former.clone());
        Ok(patterns)
    }

    /// Applies a sealed plan, and says how the tool ended.
    pub(super) fn apply(
        &self,
        planned: &Planned,
        values: &Values,
        what: &WhatArgs,
    ) -> Result<Ended, CommandError> {
        let mut arguments: Vec<OsString> = vec!["apply".into(), "-input=false".into()];
        arguments.extend(tool::color());
        arguments.extend(self.of_the_environment());
        // Of what is in the files only ephemeral variables are not in the plan.
        let ephemeral = self.root().variables().iter().any(|(name, variable)| {
            variable.ephemeral && self.target.site.variables.set.contains_key(name)
        });
        if !self.runner.early.options.is_empty() {
            arguments.extend(self.runner.early.options.iter().cloned());
        } else if ephemeral {
            arguments.extend(backend::var_files(self.layout())?);
        }
        arguments.extend(self.for_apply(what, false)?);
        let at = arguments.len();
        arguments.push(planned.file.path().into());
        let (handover, patterns) = match values {
            Values::Secrets(opened) => {
                let needed = self.early_variables();
                (opened.for_apply(at, &needed)?, self.patterns(values)?)
            }
            Values::Nothing | Values::Placeholders(..) => (Handover::Nothing, Default::default()),
        };
        let handover = self.restated(planned, handover, at)?;
        // Of the others the plan has the value, and the tool would stumble over another one.
        let lasting = self.root().variables().iter();
        // What OpenTofu needs before it has a state it needs here too.
        let needed = self.early_variables();
        let lasting =
            lasting.filter(|(name, variable)| !variable.ephemeral && !needed.contains(*name));
        let withheld = lasting.map(|(name, _)| format!("TF_VAR_{name}").into());
        let withheld = withheld.collect();
        let ended = self
            .runner
            .live(arguments, handover, patterns, None, withheld)?;
        tell_what_was_lost(&ended);
        Ok(ended)
    }

    /// Adds what OpenTofu wants to be told again: the plan's values of the variables that files in the
    /// root module set by themselves.
    fn restated(
        &self,
        planned: &Planned,
        handover: Handover,
        at: usize,
    ) -> Result<Handover, CommandError> {
        let root = self.root();
        if root.dialect() == Dialect::Terraform || !self.runner.tool.is_at_least(1, 8) {
            return Ok(handover);
        }
        let mut names = BTreeSet::new();
        for file in &self.target.site.variables.automatic {
            names.extend(tfvars::read(file)?.into_keys());
        }
        names.retain(|name| {
            let variable = root.variables().get(name);
            variable.is_some_and(|variable| !variable.ephemeral)
        });
        if names.is_empty() {
            return Ok(handover);
        }
        let mut text = restated::of(&planned.json, &names)
            .map_err(|error| DeployError::system("read the plan's variables")(error.into()))?;
        Ok(match handover {
            Handover::VarFile { at, text: own } => {
                text.extend_from_slice(&own);
                Handover::VarFile { at, text }
            }
            _ if text.is_empty() => handover,
            _ => Handover::VarFile { at, text },
        })
    }

    /// Names the locks that a killed deploy may have left behind, all in one round: that of the state,
    /// and that of the project.
    pub(super) fn say_what_was_left(&self, of_the_project: bool) {
        if let Some(lock) = state_lock::find(&self.target.site) {
            note(&format!(
                "{lock}; only if you know that nothing runs any more: `{}`",
                lock.breaking(&self.layout().environment, self.runner.name())
            ));
        }
        if !of_the_project {
            return;
        }
        let place = Place::of(&self.config, &self.target);
        if let Some(error) = place.ok().and_then(|place| lock::look(&place)) {
            note(&format!("{error}; {}", error.help().unwrap_or_default()));
        }
    }

    /// The variables of which `TF_VAR_…` counts and lasts: not ephemeral, and set by no file and no
    /// secret.
    pub(super) fn of_shell(&self, values: &Values) -> Result<Vec<String>, CommandError> {
        let secret: Vec<String> = match values {
            Values::Secrets(opened) => {
                let injection = opened.injection()?;
                injection.names().map(ToOwned::to_owned).collect()
            }
            Values::Nothing | Values::Placeholders(..) => Vec::new(),
        };
        let declared = self.root().variables().iter();
        Ok(declared
            .filter(|(name, variable)| {
                !variable.ephemeral
                    && !self.target.site.variables.set.contains_key(*name)
                    && !secret.contains(name)
            })
            .map(|(name, _)| name.clone())
            .collect())
    }

    /// Options of the tool that the environment sets, for a plan and for an apply.
    fn of_the_environment(&self) -> Vec<OsString> {
        let parallelism = self.layout().parallelism.as_ref();
        let timeout = self.layout().lock_timeout.as_ref();
        parallelism
            .map(|number| format!("-parallelism={}", number.value))
            .into_iter()
            .chain(timeout.map(|timeout| format!("-lock-timeout={}", timeout.value)))
            .map(OsString::from)
            .collect()
    }

    /// Those of the options that an apply takes too; `strict` refuses others.
    pub(super) fn for_apply(
        &self,
        what: &WhatArgs,
        strict: bool,
    ) -> Result<Vec<OsString>, DeployError> {
        let variables = self.root().variables();
        let is_ephemeral = |name: &str| variables.get(name).is_some_and(|each| each.ephemeral);
        arguments::of_apply(&what.options, strict, is_ephemeral)
    }

    /// An error of the tool, which has said why.
    pub(super) fn failed(&self, subcommand: &str, code: u8, help: &str) -> CommandError {
        let error = DeployError::Failed {
            command: format!("{} {subcommand}", self.runner.name()),
            environment: self.layout().environment.clone(),
            code,
            said: None,
            help: help.to_owned(),
        };
        error.into()
    }

    /// By what it is judged, under the name that the environment has, whichever was given.
    pub(super) fn judged_as(&self, args: &JudgeArgs) -> JudgeArgs {
        JudgeArgs {
            environment: Some(self.layout().environment.clone()),
            ..args.clone()
        }
    }

    /// Where the plan of the environment is kept; one without secrets takes no other's place.
    pub(super) fn bundle_path(&self, keyless: bool) -> PathBuf {
        let kind = if keyless { ".keyless" } else { "" };
        let name = format!("{}{kind}.tollgate", self.layout().environment);
        let directory = self.config.directory().join(".tollgate");
        let path = directory.join(name);
        path.strip_prefix(".").map(PathBuf::from).unwrap_or(path)
    }
}

/// The variables of files and options that OpenTofu needs before it has a state.
fn early(target: &Target, what: &WhatArgs) -> Result<Early, DeployError> {
    let root = &target.site.root;
    if root.dialect() == Dialect::Terraform || root.early_variables().is_empty() {
        return Ok(Early::default());
    }
    let mut options = backend::var_files(&target.site.layout)?;
    options.extend(arguments::assignments(&what.options));
    Ok(Early {
        options,
        secrets: None,
    })
}

/// The tool of an environment.
fn chosen_tool(
    config: &Config,
    layout: &Layout,
    how: &HowArgs,
) -> Result<doctor::Tool, DeployError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let configured = layout.tool.as_ref().and_then(choice::configured);
    let chosen = choice::choose(&Choice {
        named: how.tool.as_deref(),
        configured: configured.as_ref(),
        path: &path,
        directory: &layout.directory.value,
        signs: &|tools| signs::of(config, layout, tools, true),
    })?;
    for text in &chosen.notes {
        note(text);
    }
    Ok(chosen.tool)
}

/// Says what became of the output, and returns the exit code.
#[expect(clippy::needless_pass_by_value, reason = "it has ended")]
fn told(ended: Ended) -> u8 {
    tell_what_was_lost(&ended);
    ended.code
}

/// Says what became of the output, where not all of it was shown.
fn tell_what_was_lost(ended: &Ended) {
    if let Some(why) = &ended.lost {
        note(&format!("the tool's output {why}"));
    }
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
fn say_what_else_sets(target: &Target, what: &WhatArgs) {
    let in_shell = |name: &str| std::env::var_os(format!("TF_VAR_{name}")).is_some();
    let given: BTreeSet<String> = arguments::variables(&what.options).collect();
    for name in &given {
        let weaker = if in_shell(name) {
            format!("; TF_VAR_{name} does not count")
        } else {
            String::new()
        };
        note(&match target.site.variables.set.get(name) {
            Some(set) => format!(
                "`{name}` is set by `-var`, and not as {} sets it{weaker}",
                set.place
            ),
            None => {
                format!("`{name}` is set by `-var`, and by no file of the environment{weaker}")
            }
        });
    }
    for name in target.site.root.variables().keys() {
        // A file of the environment counts for more, and so does `-var`.
        let counts = !given.contains(name) && !target.site.variables.set.contains_key(name);
        if counts && in_shell(name) {
            note(&format!(
                "`{name}` is set by TF_VAR_{name}, and by no file of the environment"
            ));
        }
    }
}

/// Text with what must not be seen masked; nothing of it where that is not possible.
pub(super) fn masked<E>(masker: Result<Masker, E>, text: &[u8]) -> Vec<u8> {
    let mut shown = Vec::new();
    if let Ok(mut masker) = masker {
        masker.push(text, &mut shown);
        masker.finish(&mut shown);
    }
    shown
}

/// Refuses what `env doctor` says cannot work.
fn healthy(target: &Target, tool: &doctor::Tool) -> Result<(), DeployError> {
    let examined = Examined {
        site: &target.site,
        others: &target.others,
        secret: &BTreeSet::new(),
    };
    let tools = std::slice::from_ref(tool);
    let findings = doctor::examine(&examined, tools, &Machine::of_process(), false);
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
