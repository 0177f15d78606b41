//! Whether a person has to agree to an apply, and does.

use std::io::{self, IsTerminal as _};

use super::Order;
use crate::commands::CommandError;
use crate::commands::session::{Planned, Purpose, Session, refuse};
use crate::deploy::confirm::{self, Action};
use crate::deploy::drift;

/// Refuses what could not be confirmed later, before anything is planned.
pub(super) fn expect(session: &Session, order: &Order<'_>) -> Result<(), CommandError> {
    let action = action(order);
    let asks = session.layout().protected || action == Action::Destroy || order.confirmed.is_some();
    if !asks {
        return Ok(());
    }
    match confirm::expect(action, &session.layout().names(), order.confirmed) {
        Ok(()) => Ok(()),
        Err(refusal) => refuse(vec![refusal]),
    }
}

/// Asks where it matters: protected environments and destruction always, and on a terminal also
/// before a plan is applied that nobody has seen yet.
pub(super) fn ask(
    session: &Session,
    order: &Order<'_>,
    planned: &Planned,
) -> Result<(), CommandError> {
    let action = action(order);
    // What changes nothing needs nobody's word.
    if order.confirmed.is_none() && drift::changes_nothing(&planned.json) {
        return Ok(());
    }
    let unseen = order.bundle.is_none() && io::stdin().is_terminal() && io::stderr().is_terminal();
    let asks = session.layout().protected || action == Action::Destroy || unseen;
    if !asks && order.confirmed.is_none() {
        return Ok(());
    }
    match confirm::ask(action, &session.layout().names(), order.confirmed) {
        Ok(()) => Ok(()),
        Err(refusal) => refuse(vec![refusal]),
    }
}

/// What a person is asked to agree to.
fn action(order: &Order<'_>) -> Action {
    match order.purpose {
        Purpose::Destroy => Action::Destroy,
        Purpose::Change | Purpose::Drift | Purpose::Refresh => Action::Apply,
    }
}
