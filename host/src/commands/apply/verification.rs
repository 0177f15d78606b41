//! What is run after an apply to verify it, and what the history says of that.

use jiff::Timestamp;

use super::approved::Approved;
use crate::commands::promotion::Ready;
use crate::commands::session::note;
use crate::deploy::history::{self, Appended, Deploy, Outcome};
use crate::deploy::place::Place;
use crate::deploy::promotion::VERIFIES;

/// Verifies what was deployed, and writes down what came of it. Why it is not verified is a clause.
pub(super) fn run(
    approved: &Approved<'_>,
    ready: &Ready,
    place: &Place,
    deploy: &Deploy,
    appended: &Appended,
) -> Result<(), String> {
    let started = Timestamp::now();
    let result = ready.run(approved.session, approved.values);
    let seconds = match &result {
        Ok(took) => took.as_secs(),
        Err(_) => u64::try_from(started.duration_until(Timestamp::now()).as_secs()).unwrap_or(0),
    };
    let line = Deploy {
        command: VERIFIES.to_owned(),
        started,
        seconds,
        result: match &result {
            Ok(_) => Outcome::Verified,
            Err(_) => Outcome::NotVerified,
        },
        changes: None,
        cost: None,
        waivers: Vec::new(),
        policies: Default::default(),
        promoted: Default::default(),
        verifies: Some(appended.digest.clone()),
        ..deploy.clone()
    };
    let recorded = history::append(place, &line);
    match (result, recorded) {
        (Ok(took), Ok(_)) => {
            note(&format!(
                "{} is verified: {} passed after {} s",
                deploy.environment,
                ready.name(),
                took.as_secs()
            ));
            Ok(())
        }
        (Ok(_), Err(error)) => Err(format!("passed, and that is not in the history: {error}")),
        (Err(why), recorded) => {
            if let Err(error) = recorded {
                note(&format!("this is not in the history: {error}"));
            }
            Err(why)
        }
    }
}
