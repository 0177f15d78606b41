//! A state in which nothing is, and what says that the environment's is rather somewhere else.

use std::collections::BTreeSet;

use super::Known;
use crate::cli::HowArgs;
use crate::commands::CommandError;
use crate::commands::session::{Session, note, refuse};
use crate::deploy::elsewhere::{self, Kept};
use crate::deploy::guard::{Guard, Refusal};
use crate::deploy::place::Place;
use crate::deploy::whereabouts;
use crate::diagnostic::quoted;

/// What says that the state of an environment is somewhere else.
struct Traces {
    /// As clauses, each once.
    found: Vec<String>,
    /// The first name that the history knows for what is no environment any more: this one may have been
    /// called so.
    former_name: Option<String>,
    /// The setting of the backend that was another one when the directory was initialised.
    setting: Option<String>,
}

impl Session {
    /// Refuses a state in which nothing is where that of a protected environment is rather somewhere
    /// else, unless a new one is meant. For others it is said and goes on.
    pub(super) fn expect_empty(
        &self,
        known: &Known<'_>,
        kept: bool,
        how: &HowArgs,
    ) -> Result<(), CommandError> {
        let Traces {
            found,
            former_name,
            setting,
        } = self.traces(known, kept);
        if found.is_empty() {
            return Ok(());
        }
        let environment = &self.layout().environment;
        let state = &known.state;
        let found = found.join("; ");
        if how.new_state || !self.layout().protected {
            note(&format!(
                "nothing is in the state of {environment} ({state}), and yet {found}"
            ));
            return Ok(());
        }
        let settings = setting.map_or_else(
            || "`workspace` or `backend-config`".to_owned(),
            |setting| format!("{} of the backend", quoted(&setting)),
        );
        let renamed = former_name.map_or_else(String::new, |name| {
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

    /// Looks for the state in histories, in what the directory was initialised for, in other workspaces,
    /// and beside the state. A plan that was `kept` may be older than the last deploy.
    fn traces(&self, known: &Known<'_>, kept: bool) -> Traces {
        let target = &self.target;
        let state = &known.state;
        let (mut found, former_name) = self.in_histories(known, kept);
        let told = self.initialised_before(known);
        let setting = told.as_ref().and_then(|(_, setting)| setting.clone());
        found.extend(told.map(|(said, _)| said));
        found.extend(whereabouts::in_workspaces(target, &self.runner));
        let bucket = known.place.and_then(Place::in_bucket);
        found.extend(whereabouts::nearby(target, state, bucket));
        if let Some(rest) = &known.rest {
            found.extend(rest.alike(&self.config, target, state));
        }
        let mut seen = BTreeSet::new();
        found.retain(|said| seen.insert(said.clone()));
        Traces {
            found,
            former_name,
            setting,
        }
    }

    /// What the histories of the project say against it, as clauses; and the first name in them that is
    /// no environment's any more.
    fn in_histories(&self, known: &Known<'_>, kept: bool) -> (Vec<String>, Option<String>) {
        let target = &self.target;
        let name = known.name.as_deref();
        let own = known.remembered.history.as_ref();
        let ours = known.elsewhere().filter(|kept| kept.is_ours);
        let mut found: Vec<String> = own
            .and_then(|history| whereabouts::by_history(target, history, name, kept))
            .into_iter()
            .collect();
        let doubt = known.remembered.doubt.as_ref();
        found.extend(doubt.map(|doubt| format!("the history cannot be believed ({doubt})")));
        for Kept {
            location, history, ..
        } in ours.clone()
        {
            let said = whereabouts::by_history(target, history, name, kept);
            found.extend(said.map(|said| format!("{said}, at {location}")));
        }
        let mut unanswered = None;
        for history in own.into_iter().chain(ours.map(|kept| &kept.history)) {
            if let Some((name, said)) = elsewhere::unanswered(&self.config, target, history) {
                unanswered.get_or_insert_with(|| name.to_owned());
                found.push(said);
            }
        }
        (found, unanswered)
    }

    /// What the directory was initialised for before, as a clause, with the setting that was another one.
    fn initialised_before(&self, known: &Known<'_>) -> Option<(String, Option<String>)> {
        let before = self.before.take();
        let told = before
            .as_ref()
            .and_then(|before| before.told(&known.state, &self.target.site.backend));
        self.before.set(before);
        told
    }
}
