//! A plan that was kept in a bundle, and is applied: whose it is, and whether it still holds.

use jiff::civil::Date;
use tollgate_secrets::inject::Injection;

use super::Order;
use crate::commands::secrets::keyring;
use crate::commands::session::{Planned, Purpose, Session, Values};
use crate::commands::{CommandError, Mismatched};
use crate::deploy::DeployError;
use crate::deploy::bundle::{self, Bundle, Mode, Now, Opened};
use crate::deploy::facts::Facts;
use crate::deploy::memory::PlanFile;

/// Opens the bundle of an order. Another environment's is refused before a key is used; then one that
/// is for another command, and options that an apply does not take.
pub(super) fn open(
    sealed: Bundle,
    session: &Session,
    order: &Order<'_>,
) -> Result<Opened, CommandError> {
    sealed.check_environment(&session.layout().names())?;
    let kept = sealed.open(&keyring())?;
    expect_mode(kept.content.manifest.mode, order.purpose)?;
    session.for_apply(order.what, true)?;
    Ok(kept)
}

/// Calls the environment in the facts of today by whichever of its names it was planned.
pub(super) fn use_its_name(kept: &Opened, session: &Session, facts: &mut Facts) {
    let planned = &kept.content.manifest.facts.environment;
    if session.layout().is_called(planned) {
        facts.environment.clone_from(planned);
    }
}

/// Returns the plan that was kept, as the tool shows it. One whose facts, secrets or variables have
/// changed since it was made is refused before that.
pub(super) fn planned(
    kept: &Opened,
    session: &Session,
    values: &Values,
    facts: &Facts,
    today: Date,
) -> Result<Planned, CommandError> {
    verify(kept, session, values, facts, today)?;
    let file = PlanFile::holding(&kept.content.plan)
        .map_err(DeployError::system("make room for the plan"))?;
    let json = session.runner.show(&file)?.into();
    Ok(Planned { file, json })
}

/// Refuses a bundle that is not of what is here, or not any more.
fn verify(
    kept: &Opened,
    session: &Session,
    values: &Values,
    facts: &Facts,
    today: Date,
) -> Result<(), CommandError> {
    let injection = match values {
        Values::Secrets(opened) => opened.injection()?,
        Values::Nothing | Values::Placeholders(..) => {
            Injection::new(&[], &std::collections::BTreeMap::new())?
        }
    };
    let mismatches = bundle::verify(
        kept,
        &Now {
            facts,
            secrets: &injection,
            of_shell: &session.of_shell(values)?,
            declared: session.root().variables(),
            today,
        },
    );
    if mismatches.is_empty() {
        Ok(())
    } else {
        Err(Mismatched(mismatches).into())
    }
}

/// Refuses a plan that destroys for a command that changes, and the other way round.
fn expect_mode(mode: Mode, purpose: Purpose) -> Result<(), DeployError> {
    match (mode, purpose) {
        (Mode::Destroy, Purpose::Destroy)
        | (Mode::Apply, Purpose::Change | Purpose::Drift | Purpose::Refresh) => Ok(()),
        (Mode::Destroy, _) => Err(DeployError::Mode {
            expected: "that changes",
            found: "that destroys everything",
            command: "tollgate destroy",
        }),
        (Mode::Apply, _) => Err(DeployError::Mode {
            expected: "that destroys everything",
            found: "that changes",
            command: "tollgate apply",
        }),
    }
}
