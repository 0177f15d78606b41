//! Whether the state of a session is the environment's: what the state itself says, and what the history
//! says of it.

mod empty;

use tollgate_secrets::inject::mask::Patterns;

use super::{Planned, Session, note, refuse};
use crate::cli::HowArgs;
use crate::commands::CommandError;
use crate::deploy::elsewhere::{self, Kept, Rest, Stranger};
use crate::deploy::guard::backend::Initialised;
use crate::deploy::guard::{self, Guard, Refusal};
use crate::deploy::history::{self, History};
use crate::deploy::place::{self, Place};
use crate::deploy::state::{self, Ancestry, Contents};
use crate::deploy::{former, whereabouts};
use crate::diagnostic::quoted;
use crate::hcl::backend::Location;

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
    /// Reads the history that is in a place; nothing is known where there is none.
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

/// Where the state of an environment is, and what is known of it.
struct Known<'p> {
    state: Location,
    /// What the history calls it.
    name: Option<String>,
    /// Where the history is; none where that cannot be told.
    place: Option<&'p Place>,
    remembered: Remembered,
    /// The rest of the bucket, where it was looked at.
    rest: Option<Rest<'p>>,
    /// Histories of other environments, where they were looked for.
    others: Vec<Kept>,
}

impl Known<'_> {
    /// The histories in other places.
    fn elsewhere(&self) -> impl Iterator<Item = &Kept> + Clone {
        let rest = self.rest.iter().flat_map(|rest| &rest.histories);
        self.others.iter().chain(rest)
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
        self.expect_known(planned, kept, how)?;
        // From here on the directory may stay with it.
        if let Some(before) = self.before.take() {
            before.forget();
        }
        Ok(())
    }

    /// As [`Self::expect_known_state`], with everything still to be put back that `init` changed.
    fn expect_known(
        &self,
        planned: &Planned,
        kept: bool,
        how: &HowArgs,
    ) -> Result<(), CommandError> {
        let place = Place::of(&self.config, &self.target).ok();
        let mut known = Known {
            state: self.state(),
            name: self.state_in_history(),
            remembered: Remembered::at(place.as_ref()),
            place: place.as_ref(),
            rest: None,
            others: Vec::new(),
        };
        self.expect_own_here(&known)?;
        let is_empty = whereabouts::starts_from_nothing(&planned.json);
        let is_sought = match is_empty {
            true => self.layout().protected && !how.new_state,
            // Whoever copies a state brings its lineage along.
            false => known
                .remembered
                .history
                .as_ref()
                .is_some_and(|history| !self.knows(history)),
        };
        if let (Some(place), true) = (&place, is_sought) {
            (known.rest, known.others) = self.elsewhere(place);
        }
        if is_empty {
            self.expect_empty(&known, kept, how)
        } else {
            self.expect_own_elsewhere(&known)
        }
    }

    /// Refuses a state that the history of the project knows to be another one's; says where that history
    /// cannot be believed.
    fn expect_own_here(&self, known: &Known<'_>) -> Result<(), CommandError> {
        let Remembered { history, doubt } = &known.remembered;
        if let Some(doubt) = doubt {
            let environment = &self.layout().environment;
            note(&format!(
                "the history cannot be believed, so nobody can tell where {environment} was deployed: {doubt}; compare it with a copy"
            ));
        }
        match (history, known.place) {
            (Some(history), Some(place)) => {
                self.expect_own(history, &history::location(place), known)
            }
            _ => Ok(()),
        }
    }

    /// Refuses a state that a history in another place knows to be another one's.
    fn expect_own_elsewhere(&self, known: &Known<'_>) -> Result<(), CommandError> {
        for kept in known.elsewhere() {
            // A copy is told by where the state is from, also that of another project.
            self.prior();
            self.expect_own(&kept.history, &kept.location, known)?;
            self.say_older(kept);
        }
        Ok(())
    }

    /// Whether the history knows the lineage of the state for this environment.
    fn knows(&self, history: &History) -> bool {
        let environment = self.layout();
        let mut records = history.records.iter().map(|record| &record.deploy);
        // The state is asked for only where there is something to compare it with.
        records
            .any(|deploy| environment.is_called(&deploy.environment) && deploy.ancestry.is_some())
            && self
                .prior()
                .ancestry
                .as_ref()
                .is_none_or(|now| whereabouts::knows_lineage(&self.target, history, now))
    }

    /// What there is in other places: the rest of the bucket, and the histories of other environments.
    fn elsewhere<'p>(&self, place: &'p Place) -> (Option<Rest<'p>>, Vec<Kept>) {
        let (others, unread) = elsewhere::of_others(&self.config, &self.target, place);
        unread.iter().for_each(|unread| note(unread));
        (Rest::of(&self.config, &self.target, place), others)
    }

    /// Says that there is another history of this project in the bucket.
    fn say_older(&self, kept: &Kept) {
        let environment = &self.layout().environment;
        let mut records = kept.history.records.iter();
        if kept.is_ours && records.any(|record| self.layout().is_called(&record.deploy.environment))
        {
            note(&format!(
                "{} says of deploys to {environment} too, and is not where the history is now: that follows from the keys of all states",
                kept.location
            ));
        }
    }

    /// Refuses a state that is another project's, another root module's or another environment's, as far
    /// as a history knows.
    fn expect_own(
        &self,
        history: &History,
        location: &str,
        known: &Known<'_>,
    ) -> Result<(), CommandError> {
        let name = known.name.as_deref();
        let refusal = self
            .of_stranger(history, location, name)
            .or_else(|| self.of_another(history, name, &known.state));
        refuse(refusal.into_iter().collect())
    }

    /// Why the state is another project's, or another root module's.
    fn of_stranger(
        &self,
        history: &History,
        location: &str,
        name: Option<&str>,
    ) -> Option<Refusal> {
        let environment = &self.layout().environment;
        let directory = &self.layout().directory.value;
        // Only what was asked for already: a copy elsewhere is looked for with it.
        let ancestry = self.prior.get().and_then(|prior| prior.ancestry.as_ref());
        let key_of_its_own = format!(
            "give this stack a key of its own in its backend: `tollgate env show {environment}` says where it is from"
        );
        match elsewhere::stranger(&self.config, directory, history, name, ancestry)? {
            Stranger::Project(record, project) => Some(Refusal {
                guard: Guard::State,
                expected: format!(
                    "a state that is only {}'s of this project",
                    quoted(environment)
                ),
                found: format!(
                    "that to which the project {} deployed {} last ({location}, line {})",
                    quoted(project),
                    quoted(&record.deploy.environment),
                    record.number
                ),
                help: format!(
                    "{key_of_its_own}; if the project was called {project} before, write `former-names = [\"{project}\"]` into [project] of tollgate.toml"
                ),
            }),
            Stranger::Module(record, module) => {
                let found = format!(
                    "that to which {} was deployed last from the root module {}, which is still there ({location}, line {})",
                    quoted(&record.deploy.environment),
                    quoted(module),
                    record.number
                );
                if !self.layout().protected {
                    note(&format!("the state of {environment} is {found}"));
                    return None;
                }
                Some(Refusal {
                    guard: Guard::State,
                    expected: format!("a state of {} from this root module", quoted(environment)),
                    found,
                    help: format!(
                        "{key_of_its_own}; if the root module was moved here, write `former-names = [\"{module}\"]` into [project] of tollgate.toml"
                    ),
                })
            }
            Stranger::Moved(module) => {
                note(&format!(
                    "{environment} was deployed from the root module {} before, which is not there any more: it was moved",
                    quoted(module)
                ));
                None
            }
        }
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
