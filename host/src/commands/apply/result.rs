//! How an apply ends for whoever started it: what is said, and the exit code.

use tollgate_model::error::UserError as _;

use super::approved::Approved;
use crate::commands::promotion::Ready;
use crate::commands::session::{Purpose, note};
use crate::commands::{Afterwards, CommandError, print};
use crate::deploy::history::{Appended, Deploy, HistoryError};
use crate::deploy::lock::LockError;
use crate::deploy::place::Place;
use crate::deploy::{DeployError, arguments, ending};
use crate::inject::Ended;

/// What came of an apply, and of everything that was done after it.
pub(super) struct ApplyResult {
    /// How the tool ended.
    pub(super) ended: Ended,
    /// Whether a signal came meanwhile.
    pub(super) interrupted: Result<(), DeployError>,
    /// Whether it is in the history.
    pub(super) recorded: Result<Appended, HistoryError>,
    /// Whether it was verified; none where that was not tried, and why not as a clause.
    pub(super) verified: Option<Result<(), String>>,
    /// Whether the lock was ours until it was released.
    pub(super) released: Result<(), LockError>,
}

impl ApplyResult {
    /// Says what came of it, and returns the exit code. That the apply failed counts for more than
    /// anything that failed after it.
    pub(super) fn conclude(
        self,
        approved: &Approved<'_>,
        deploy: &Deploy,
        place: &Place,
    ) -> Result<u8, CommandError> {
        let session = approved.session;
        let code = self.ended.code;
        if let (Err(error), true) = (&self.recorded, self.interrupted.is_err() || code != 0) {
            note(&format!("this is not in the history: {error}"));
        }
        self.interrupted?;
        if code != 0 {
            return Err(session.failed(
                "apply",
                code,
                &ending::of_failed(
                    &self.ended,
                    session.runner.name(),
                    &approved.looking_again(),
                ),
            ));
        }
        // On standard output, which may be gone: that it was applied is so all the same.
        let printed = print(&summary(deploy, place, self.recorded.as_ref().ok()));
        let afterwards = |why: String, help: Option<String>| afterwards(approved, why, help);
        if let Err(error) = self.recorded {
            return Err(afterwards(
                format!("that is not in the history: {error}"),
                error.help(),
            ));
        }
        if let Err(error) = self.released {
            return Err(afterwards(format!("{error}"), error.help()));
        }
        if let (Some(Err(why)), Some(ready)) = (self.verified, approved.verification) {
            return Err(unverified(approved, ready, &why));
        }
        printed.map_err(|error| {
            afterwards(
                format!(
                    "it is in the history, and could not be printed: {}",
                    &*error
                ),
                None,
            )
        })
    }
}

/// Why what was applied is not verified. A signal that came meanwhile goes before what the program says.
fn unverified(approved: &Approved<'_>, ready: &Ready, why: &str) -> CommandError {
    let environment = &approved.session.layout().environment;
    let done = done(approved);
    let interrupted = approved.session.runner.interrupts.check(|| {
        format!(
            "{environment} was {done}, and {} did not verify it",
            ready.name()
        )
    });
    if let Err(error) = interrupted {
        return error.into();
    }
    afterwards(
        approved,
        format!("it is not verified: {} {why}", ready.name()),
        Some(format!(
            "correct what it says, and deploy again: `tollgate apply -e {environment}`{}; until it passes, no environment after this one takes this",
            arguments::in_words(&approved.order.what.options)
        )),
    )
}

/// The error of something that failed once it was applied; why as a clause.
fn afterwards(approved: &Approved<'_>, why: String, help: Option<String>) -> CommandError {
    Afterwards {
        environment: approved.session.layout().environment.clone(),
        done: done(approved),
        why,
        help,
    }
    .into()
}

/// What was done to the environment, as a participle.
fn done(approved: &Approved<'_>) -> &'static str {
    match approved.order.purpose {
        Purpose::Destroy => "destroyed",
        Purpose::Change | Purpose::Drift | Purpose::Refresh => "applied",
    }
}

/// What standard output says of an apply that succeeded; `recorded` is its line in the history.
fn summary(deploy: &Deploy, place: &Place, recorded: Option<&Appended>) -> String {
    let done = match deploy.command.as_str() {
        "destroy" => "Destroyed",
        _ => "Applied",
    };
    let mut text = format!("{done} {} in {} s", deploy.environment, deploy.seconds);
    if let Some(changes) = &deploy.changes {
        text.push_str(&format!(": {changes}"));
    }
    text.push('\n');
    if let Some(cost) = &deploy.cost {
        text.push_str(&format!("  {cost}\n"));
    }
    if let Some(recorded) = recorded {
        text.push_str(&format!(
            "  recorded in {place} as {}; `tollgate history` shows it\n",
            recorded.digest
        ));
    }
    text
}
