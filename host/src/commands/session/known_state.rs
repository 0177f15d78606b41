//! Whether the state of a session is the environment's: what the state itself says, and what the history
//! says of it.

use std::fs;
use std::path::{Path, PathBuf};

use tollgate_secrets::inject::mask::Patterns;

use super::{Planned, Session, note, refuse};
use crate::cli::HowArgs;
use crate::commands::CommandError;
use crate::deploy::guard::backend::Initialised;
use crate::deploy::guard::{self, Guard, Refusal};
use crate::deploy::history::{self, History};
use crate::deploy::place::{self, Place};
use crate::deploy::state::{self, Ancestry, Contents};
use crate::deploy::target::Site;
use crate::deploy::{former, whereabouts};
use crate::diagnostic::quoted;
use crate::hcl::backend::{LOCAL, Location};
use crate::layout::DEFAULT_WORKSPACE;

/// A folder for the states of a workspace that was not there. Where nothing is deployed it goes again:
/// it would be taken for a workspace that somebody made.
pub(super) struct MadeWorkspace(PathBuf);

impl MadeWorkspace {
    /// Where the tool makes it, in a local backend.
    pub(super) fn of(site: &Site) -> Option<Self> {
        let is_made =
            site.state.kind() == LOCAL && site.layout.workspace.value != DEFAULT_WORKSPACE;
        let state = site.state.object().filter(|_| is_made)?;
        Some(Self(Path::new(state).parent()?.to_owned()))
    }
}

impl Drop for MadeWorkspace {
    fn drop(&mut self) {
        // Only where nothing is in it.
        if fs::remove_dir(&self.0).is_ok()
            && let Some(states) = self.0.parent()
        {
            let _ = fs::remove_dir(states);
        }
    }
}

/// What the state of an environment says before anything is done to it.
pub(super) struct Prior {
    /// What it marks as sensitive; none where the state cannot be read.
    pub(super) sensitive: Option<Patterns>,
    /// Where it is from.
    ancestry: Option<Ancestry>,
}

/// What the history says, as far as it can be read and believed.
struct Remembered {
    history: Option<History>,
    /// Why it cannot be believed, as a clause.
    doubt: Option<String>,
}

impl Remembered {
    fn at(place: Option<&Place>) -> Self {
        let Some(place) = place else {
            return Self {
                history: None,
                doubt: None,
            };
        };
        match history::read(place) {
            Ok(history) => Self {
                doubt: history.doubt(&history::location(place)),
                history: Some(history),
            },
            // Whoever may only plan need not be able to read a bucket.
            Err(error) => Self {
                history: None,
                doubt: place.in_bucket().is_none().then(|| error.to_string()),
            },
        }
    }
}

impl Session {
    /// The state as it is, with what the tool made of expressions.
    fn state(&self) -> Location {
        let site = &self.target.site;
        if site.state.is_known() {
            return site.state.clone();
        }
        let backend = match guard::backend::initialised(&self.runner.directory) {
            Initialised::For(found) => site.backend.clone().filled_from(&found),
            Initialised::Not | Initialised::Unreadable(_) => site.backend.clone(),
        };
        site.located(&backend)
    }

    /// What the history calls the state.
    pub(in crate::commands) fn state_in_history(&self) -> Option<String> {
        let others = self.target.others.iter().map(|other| &**other);
        let home = place::home(&self.config, &self.target.site, others);
        whereabouts::named(&self.state(), &home)
    }

    /// What the state says.
    pub(super) fn prior(&self) -> &Prior {
        self.prior.get_or_init(|| {
            let pulled = state::pull(&self.runner);
            let pulled = pulled.as_deref();
            Prior {
                sensitive: pulled.and_then(|pulled| former::of_state(pulled)),
                ancestry: pulled
                    .and_then(|pulled| Contents::of(pulled))
                    .and_then(|contents| contents.ancestry()),
            }
        })
    }

    /// Refuses a state that is new or empty where that of the environment is rather somewhere else, and
    /// one that only the history knows to be another environment's. For an environment that is not
    /// protected the first is said and goes on. A plan that was `kept` may be older than the last deploy.
    pub(in crate::commands) fn expect_known_state(
        &self,
        planned: &Planned,
        kept: bool,
        how: &HowArgs,
    ) -> Result<(), CommandError> {
        let target = &self.target;
        let state = self.state();
        let name = self.state_in_history();
        let place = Place::of(&self.config, target).ok();
        let Remembered { history, doubt } = Remembered::at(place.as_ref());
        let environment = &self.layout().environment;
        if let Some(doubt) = &doubt {
            note(&format!(
                "the history cannot be believed, so nobody can tell where {environment} was deployed: {doubt}; compare it with a copy"
            ));
        }
        if let Some(history) = &history
            && let Some(refusal) = self.of_another(history, name.as_deref(), &state)
        {
            return refuse(vec![refusal]);
        }
        if !whereabouts::starts_from_nothing(&planned.json) {
            return Ok(());
        }
        let bucket = place.as_ref().and_then(Place::in_bucket);
        let mut found: Vec<String> = history
            .iter()
            .filter_map(|history| whereabouts::by_history(target, history, name.as_deref(), kept))
            .collect();
        found.extend(doubt.map(|doubt| format!("the history cannot be believed ({doubt})")));
        found.extend(whereabouts::in_workspaces(target, &self.runner));
        found.extend(whereabouts::nearby(target, &state, bucket));
        if found.is_empty() {
            return Ok(());
        }
        let found = found.join("; ");
        if how.new_state || !self.layout().protected {
            note(&format!(
                "nothing is in the state of {environment} ({state}), and yet {found}"
            ));
            return Ok(());
        }
        refuse(vec![Refusal {
            guard: Guard::State,
            expected: format!("the state of {}", quoted(environment)),
            found: format!("one in which nothing is ({state}), and yet {found}"),
            help: format!(
                "correct `workspace` or `backend-config`: `tollgate env show {environment}` says where they are from; if a new state is meant, add `--new-state`"
            ),
        }])
    }

    /// Why the state is another environment's, or a copy of it, as far as the history knows.
    fn of_another(
        &self,
        history: &History,
        name: Option<&str>,
        state: &Location,
    ) -> Option<Refusal> {
        let target = &self.target;
        let environment = &self.layout().environment;
        if let Some(name) = name
            && let Some(other) = whereabouts::of_another(target, history, name)
        {
            let mut others = target.others.iter();
            let help = if others.any(|site| site.layout.is_called(other)) {
                format!(
                    "give one of them a backend or a workspace of its own: `tollgate env show {environment}` says where this one has its settings from; if it is {other} that went astray, correct that and deploy it first: `tollgate apply -e {other}`"
                )
            } else {
                format!(
                    "write [environments.{other}] into tollgate.toml, and give one of them a backend or a workspace of its own; if {other} is what {environment} was called before, say so: `aliases = [\"{other}\"]` in [environments.{environment}]"
                )
            };
            return Some(Refusal {
                guard: Guard::State,
                expected: format!("a state that is only {}'s", quoted(environment)),
                found: format!("that to which {} was deployed last ({name})", quoted(other)),
                help,
            });
        }
        // The state is asked for only where there is something to compare it with.
        let other = whereabouts::knows_ancestry(target, history)
            .then(|| self.prior().ancestry.as_ref())
            .flatten()
            .and_then(|ancestry| whereabouts::copied_from(target, history, ancestry))?;
        Some(Refusal {
            guard: Guard::State,
            expected: format!("a state that is only {}'s", quoted(environment)),
            found: format!(
                "a copy of that of {}, with the same lineage and resources ({state})",
                quoted(other)
            ),
            help: format!(
                "give {environment} a state that begins empty: another key or another workspace (`tollgate env show {environment}` says where they are from); if {other} is what {environment} was called before, say so: `aliases = [\"{other}\"]` in [environments.{environment}]"
            ),
        })
    }

    /// The next step where nothing is in the state: to deploy, or to look where it was deployed to.
    pub(in crate::commands) fn where_to_look(&self) -> String {
        let environment = &self.layout().environment;
        let place = Place::of(&self.config, &self.target).ok();
        let history = place.and_then(|place| history::read(&place).ok());
        let name = self.state_in_history();
        let elsewhere = history.and_then(|history| {
            whereabouts::by_history(&self.target, &history, name.as_deref(), true)
        });
        match elsewhere {
            Some(found) => format!(
                "{found}: `tollgate env show {environment}` says where it is looked for now"
            ),
            None => format!("deploy it first: `tollgate apply -e {environment}`"),
        }
    }
}
