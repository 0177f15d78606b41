//! A session with the tool: one environment, its root module held for this process, and the tool, with
//! everything refused that is not the environment's. `plan`, `apply`, `destroy` and `deploy` are
//! sentences about it.

mod initialised;
mod known_state;
mod opening;
mod runs;

use std::cell::{Cell, OnceCell};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use tollgate_model::error::UserError as _;
use tollgate_secrets::inject::mask::Patterns;
use zeroize::Zeroizing;

use self::initialised::{Before, MadeWorkspace};
use self::known_state::Prior;
pub(super) use self::runs::masked;
use super::env::set_by;
use super::secrets::keyring;
use super::{CommandError, Refused};
use crate::cli::{JudgeArgs, WhatArgs};
use crate::config::Config;
use crate::deploy::backend::Ready;
use crate::deploy::directory::Occupied;
use crate::deploy::guard::{self, Guarded, Selected, Stage};
use crate::deploy::memory::PlanFile;
use crate::deploy::place::Place;
use crate::deploy::placeholder::Placeholders;
use crate::deploy::target::Target;
use crate::deploy::tool::Runner;
use crate::deploy::values::{self, Opened};
use crate::deploy::{DeployError, arguments, backend, lock, state_lock};
use crate::hcl::{Configuration, Dialect};
use crate::inject::logs::{self, Logs};
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
