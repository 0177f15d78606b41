//! Whether the state of a session is the environment's: what the state itself says, and what the history
//! says of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

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
use crate::deploy::target::{Site, Target};
use crate::deploy::{former, whereabouts};
use crate::diagnostic::quoted;
use crate::hcl::backend::{LOCAL, Location, Relation, Settings};
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

/// What a directory was initialised for, where that is no other environment's state: then it is rather
/// this one's. The tool forgets it with `init`, and a second try would look as if nothing had been there;
/// so it is put back unless the environment is deployed.
pub(super) struct Before {
    path: PathBuf,
    bytes: Vec<u8>,
    settings: Settings,
    state: Location,
    is_kept: bool,
}

impl Before {
    /// Call it before `init`. What may break is not asked for.
    pub(super) fn of(target: &Target) -> Option<Self> {
        let site = &target.site;
        let directory = &site.layout.directory.value;
        if !site.layout.protected {
            return None;
        }
        let path = guard::backend::file(directory);
        let bytes = fs::read(&path).ok()?;
        let Initialised::For(settings) = guard::backend::initialised(directory) else {
            return None;
        };
        let state = site.located(&settings);
        let is_own = state.relation(&site.state) == Relation::Same;
        let is_of = |other: &Site| {
            other.backend.kind() == settings.kind()
                && (other.backend.differences(&settings).is_empty()
                    || other.located(&settings).relation(&other.state) != Relation::Different)
        };
        let mut others = target.others.iter().chain(&target.unnamed);
        if is_own || others.any(|other| is_of(other)) {
            return None;
        }
        Some(Self {
            path,
            bytes,
            settings,
            state,
            is_kept: true,
        })
    }

    /// Says what it was, where something is in that; as a clause, with the setting that is another one.
    fn told(&self, now: &Location, wanted: &Settings) -> Option<(String, Option<String>)> {
        let is_other = self.state.relation(now) == Relation::Different;
        if !is_other || !whereabouts::has_something(&self.state, &self.settings) {
            return None;
        }
        let mut changes = wanted.differences(&self.settings).into_iter();
        let change = changes.next();
        let setting = change.as_ref().map_or_else(String::new, |change| {
            format!(
                ": `{}` was {} and is {} now",
                change.name, change.found, change.wanted
            )
        });
        let said = format!(
            "the directory was initialised for another state of it, and no other environment's ({}){setting}",
            self.state
        );
        Some((said, change.map(|change| change.name)))
    }

    /// Leaves the directory as it is now.
    pub(super) fn forget(mut self) {
        self.is_kept = false;
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        if self.is_kept && fs::read(&self.path).is_ok_and(|now| now != self.bytes) {
            let _ = fs::write(&self.path, &self.bytes);
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
        self.expect_known(planned, kept, how)?;
        // From here on the directory may stay with it.
        if let Some(before) = self.before.take() {
            before.forget();
        }
        Ok(())
    }

    fn expect_known(
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
        if let (Some(history), Some(place)) = (&history, &place) {
            self.expect_own(history, &history::location(place), name.as_deref(), &state)?;
        }
        let is_empty = whereabouts::starts_from_nothing(&planned.json);
        let is_sought = match is_empty {
            true => self.layout().protected && !how.new_state,
            // Whoever copies a state brings its lineage along.
            false => history.as_ref().is_some_and(|history| !self.knows(history)),
        };
        let (rest, others) = match &place {
            Some(place) if is_sought => self.elsewhere(place),
            _ => (None, Vec::new()),
        };
        let all = others
            .iter()
            .chain(rest.iter().flat_map(|rest| &rest.histories));
        if !is_empty {
            for kept in all {
                // A copy is told by where the state is from, also that of another project.
                self.prior();
                self.expect_own(&kept.history, &kept.location, name.as_deref(), &state)?;
                self.say_older(kept);
            }
            return Ok(());
        }
        let bucket = place.as_ref().and_then(Place::in_bucket);
        let mut found: Vec<String> = history
            .iter()
            .filter_map(|history| whereabouts::by_history(target, history, name.as_deref(), kept))
            .collect();
        found.extend(doubt.map(|doubt| format!("the history cannot be believed ({doubt})")));
        let ours = all.filter(|kept| kept.is_ours);
        for Kept {
            location, history, ..
        } in ours.clone()
        {
            let said = whereabouts::by_history(target, history, name.as_deref(), kept);
            found.extend(said.map(|said| format!("{said}, at {location}")));
        }
        let histories = history.iter().chain(ours.map(|kept| &kept.history));
        let mut unanswered = None;
        for history in histories {
            if let Some((name, said)) = elsewhere::unanswered(&self.config, target, history) {
                unanswered.get_or_insert_with(|| name.to_owned());
                found.push(said);
            }
        }
        let before = self.before.take();
        let told = before
            .as_ref()
            .and_then(|before| before.told(&state, &target.site.backend));
        self.before.set(before);
        let setting = told.as_ref().and_then(|(_, setting)| setting.clone());
        let settings = setting.map_or_else(
            || "`workspace` or `backend-config`".to_owned(),
            |setting| format!("{} of the backend", quoted(&setting)),
        );
        found.extend(told.map(|(said, _)| said));
        found.extend(whereabouts::in_workspaces(target, &self.runner));
        found.extend(whereabouts::nearby(target, &state, bucket));
        if let Some(rest) = &rest {
            found.extend(rest.alike(&self.config, target, &state));
        }
        let mut seen = BTreeSet::new();
        found.retain(|said| seen.insert(said.clone()));
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
        let renamed = unanswered.map_or_else(String::new, |name| {
            format!(
                "if {environment} is what {name} was called before, write `aliases = [\"{name}\"]` into [environments.{environment}]; if not, "
            )
        });
        refuse(vec![Refusal {
            guard: Guard::State,
            expected: format!("the state of {}", quoted(environment)),
            found: format!("one in which nothing is ({state}), and yet {found}"),
            help: format!(
                "{renamed}correct {settings}: `tollgate env show {environment}` says where they are from; if a new state is meant, add `--new-state`"
            ),
        }])
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
        name: Option<&str>,
        state: &Location,
    ) -> Result<(), CommandError> {
        let refusal = self
            .of_stranger(history, location, name)
            .or_else(|| self.of_another(history, name, state));
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
