//! A plan that is applied: under the lock of the project, written down, and verified.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;

use super::result::ApplyResult;
use super::{Order, record, verification};
use crate::commands::CommandError;
use crate::commands::promotion::Ready;
use crate::commands::session::{Planned, Purpose, Session, Values, note};
use crate::deploy::bundle::Opened;
use crate::deploy::facts::Facts;
use crate::deploy::guard::Stage;
use crate::deploy::history::{self, Appended, Deploy, Outcome, Promoted};
use crate::deploy::lock::{self, Claim, Held};
use crate::deploy::place::Place;
use crate::deploy::state::{self, Contents};
use crate::deploy::{DeployError, ending};
use crate::inject::Ended;
use crate::report::{Input, Report};

/// A plan that may be applied: the gate has let it through, and whoever had to be asked has agreed.
pub(super) struct Approved<'a> {
    pub(super) session: &'a Session,
    pub(super) order: &'a Order<'a>,
    pub(super) values: &'a Values,
    pub(super) planned: &'a Planned,
    pub(super) evidence: Evidence<'a>,
    /// What is run once it is applied; none where nothing is.
    pub(super) verification: Option<&'a Ready>,
}

/// What a plan was made from and judged by, for the history.
pub(super) struct Evidence<'a> {
    pub(super) facts: &'a Facts,
    pub(super) report: &'a Report,
    /// The configuration of the gate; none where there was no file.
    pub(super) configuration: Option<&'a Input>,
    /// The bundle that the plan was kept in; none where it was made by this run.
    pub(super) bundle: Option<&'a Opened>,
    /// Whether the plan left parts out.
    pub(super) is_partial: bool,
    /// The values that another environment may have from this one.
    pub(super) promoted: &'a BTreeMap<String, Promoted>,
}

impl Approved<'_> {
    /// Applies it under the lock of the project, writes down what came of it, has it verified, and
    /// returns the exit code.
    pub(super) fn apply(&self) -> Result<u8, CommandError> {
        let session = self.session;
        let started = Timestamp::now();
        let clock = Instant::now();
        let place = Place::of(&session.config, &session.target)?;
        for text in place.notes() {
            note(text);
        }
        history::expect_room(&place)?;
        // From here on whoever ends this process has the lock released first.
        let _waiting = session.runner.interrupts.wait();
        let held = self.lock(&place)?;
        let mut deploy = record::unfinished(self, started)?;
        if let Some(broken) = held.broke() {
            for line in Deploy::of_broken_lock(broken, &deploy) {
                history::append(&place, &line)?;
            }
        }
        // What was so a question ago may be otherwise now.
        session.refuse(Stage::Change)?;
        held.check()?;
        let runs = held.child_runs();
        let ended = session.apply(self.planned, self.values, self.order.what)?;
        let interrupted = self.expect_uninterrupted(&ended);
        deploy.seconds = clock.elapsed().as_secs();
        deploy.result = match (&interrupted, ended.code) {
            // Whoever wanted it to end came too late.
            (_, 0) => Outcome::Applied,
            (Err(_), _) => Outcome::Interrupted,
            (Ok(()), _) => Outcome::Failed,
        };
        deploy.ancestry = state::pull(&session.runner)
            .and_then(|state| Contents::of(&state))
            .and_then(|contents| contents.ancestry());
        let recorded = history::append(&place, &deploy);
        let verified = match &recorded {
            Ok(appended) if interrupted.is_ok() => self.verify(&place, &deploy, appended),
            _ => None,
        };
        drop(runs);
        let released = held.release();
        ApplyResult {
            ended,
            interrupted,
            recorded,
            verified,
            released,
        }
        .conclude(self, &deploy, &place)
    }

    /// Takes the lock of the project. Where that is not possible, a lock of the state that was left
    /// behind is named as well.
    fn lock(&self, place: &Place) -> Result<Held, CommandError> {
        let session = self.session;
        let claim =
            Claim::now(&session.layout().environment, self.command()).of(session.config.project());
        lock::acquire(place, &claim, self.order.break_lock).map_err(|error| {
            // Both are in the way of the next run.
            session.say_what_was_left(false);
            error.into()
        })
    }

    /// Fails where a signal came while the tool was at work, with what is so now and what to look at.
    fn expect_uninterrupted(&self, ended: &Ended) -> Result<(), DeployError> {
        let runner = &self.session.runner;
        runner
            .interrupts
            .check(|| ending::of_interrupted(ended, runner.name(), &self.looking_again()))
    }

    /// Has what was applied verified. None where nothing verifies it, or it was not applied as a whole;
    /// why it is not verified is a clause.
    fn verify(
        &self,
        place: &Place,
        deploy: &Deploy,
        appended: &Appended,
    ) -> Option<Result<(), String>> {
        let ready = self.verification?;
        if deploy.result != Outcome::Applied || deploy.partial {
            return None;
        }
        Some(verification::run(self, ready, place, deploy, appended))
    }

    /// The command, as the lock and the history name it.
    pub(super) fn command(&self) -> &'static str {
        match self.order.purpose {
            Purpose::Destroy => "destroy",
            Purpose::Refresh => "apply --refresh-only",
            Purpose::Change | Purpose::Drift => "apply",
        }
    }

    /// The command that shows what is left to do.
    pub(super) fn looking_again(&self) -> String {
        let plan = match self.order.purpose {
            Purpose::Destroy => "plan --destroy",
            Purpose::Refresh => "plan --drift-only",
            Purpose::Change | Purpose::Drift => "plan",
        };
        format!("tollgate {plan} -e {}", self.session.layout().environment)
    }
}
