//! The project lock: nobody else deploys any environment of the project meanwhile.
//!
//! It is one file or one object beside the state, which whoever makes it first holds. Making,
//! replacing and removing it each compare first, so that of several who try at once one succeeds, and
//! nobody removes a lock that they have not seen. It says who holds it, because what a killed process
//! leaves behind is for a person to judge.
//!
//! The state has a lock of its own, which the tools take. This one is about what that cannot see: the
//! minutes between a plan and its apply, and other environments.

mod holder;
mod interrupts;
pub(super) mod store;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tollgate_model::error::UserError;

pub use self::holder::{Claim, Holder, host, run, user};
pub use self::interrupts::ChildRuns;
use self::store::{Found, Store, StoreError};
use super::place::Place;
use crate::diagnostic::quoted;
use crate::exit;
use crate::report::inert;

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody has it.
    #[error("{holder}; the lock is {place}")]
    Held {
        /// Who, and since when.
        holder: Box<HeldBy>,
        /// Where.
        place: String,
    },
    /// What is there is no lock that can be read.
    #[error("{place} is there, and is no lock that this version can read")]
    Unreadable {
        /// Where.
        place: String,
        /// What breaks it.
        id: String,
    },
    /// It was to be broken, and is another one.
    #[error("the lock {} is gone, and there is another: {holder}", quoted(.asked))]
    Another {
        /// What was to be broken.
        asked: String,
        /// Who has it now.
        holder: Box<HeldBy>,
    },
    /// It was to be broken, and is not there.
    #[error("there is no lock {} any more at {place}", quoted(.asked))]
    Gone {
        /// What was to be broken.
        asked: String,
        /// Where.
        place: String,
    },
    /// It was ours, and is not any more.
    #[error("this deploy does not hold the lock any more ({place}): {now}")]
    Lost {
        /// Where.
        place: String,
        /// What is there instead.
        now: String,
    },
    /// It cannot be reached.
    #[error("the project cannot be locked at {place}: {}", .error)]
    Store {
        /// Where.
        place: String,
        /// Why.
        error: StoreError,
    },
}

/// A lock that somebody else holds, as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBy {
    holder: Holder,
    now: jiff::Timestamp,
}

impl fmt::Display for HeldBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.holder.told(self.now, f)
    }
}

impl UserError for LockError {
    fn exit_code(&self) -> u8 {
        exit::GUARD
    }

    fn help(&self) -> Option<String> {
        let breaking = |id: &str| format!("`--break-lock {id}`");
        Some(match self {
            Self::Held { holder, .. } if holder.holder.is_gone() => format!(
                "the tool that it started may still run: once that has ended, look at what it left (`tollgate plan -e {}`), then go on with {}",
                inert(&holder.holder.environment),
                breaking(&holder.holder.id)
            ),
            Self::Held { holder, .. } | Self::Another { holder, .. } => format!(
                "wait until it is done; only if you know that it runs no more: {}",
                breaking(&holder.holder.id)
            ),
            Self::Unreadable { id, .. } => format!(
                "use the version that made it; only if you know that nobody deploys: {}",
                breaking(id)
            ),
            Self::Gone { .. } => "run it again without `--break-lock`".to_owned(),
            Self::Lost { .. } => "find out who broke it before anything else is applied".to_owned(),
            Self::Store { error, .. } => return error.help(),
        })
    }
}

/// A lock that is ours, until it is dropped.
pub struct Held {
    own: Arc<Own>,
    broke: Option<BrokenLock>,
}

/// A lock that was broken to take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenLock {
    /// Its ID.
    pub id: String,
    /// Who had it, where that could be read.
    pub holder: Option<Holder>,
}

/// What is needed to give it back, from whichever thread.
struct Own {
    store: Store,
    id: String,
    given_back: Mutex<bool>,
}

/// Takes the lock of the project, or replaces the one with the ID that is to be broken.
///
/// From then on SIGINT, SIGTERM and SIGHUP give it back and end the process, unless a child runs
/// ([`Held::child_runs`]).
///
/// # Errors
/// When somebody else holds it, there is another one than is to be broken, or it cannot be told.
pub fn acquire(place: &Place, claim: &Claim, breaking: Option<&str>) -> Result<Held, LockError> {
    let store = Store::of(place, "lock", "json");
    let failed = |error: StoreError| LockError::Store {
        place: store.to_string(),
        error,
    };
    let first = store.read().map_err(failed)?;
    match (&first, breaking) {
        // Looked at first, for services that overwrite whatever the condition says.
        (Some(found), None) => return Err(held(&store, found)),
        (Some(found), Some(asked)) if id(found) != asked => {
            return Err(another(&store, found, asked));
        }
        (None, Some(asked)) => return Err(gone(&store, asked)),
        (Some(_), Some(_)) | (None, None) => {}
    }
    let holder = claim.holder();
    let bytes = holder.to_bytes();
    // Before there is anything to give back: no signal may come in between, and what was made although
    // the answer got lost is given back by dropping it.
    let taken = Held {
        own: interrupts::give_back(Own {
            id: holder.id.clone(),
            given_back: Mutex::new(false),
            store: store.clone(),
        }),
        broke: first.as_ref().map(|found| BrokenLock {
            id: id(found),
            holder: Holder::read(&found.bytes),
        }),
    };
    let made = match &first {
        None => store.create(&bytes),
        Some(found) => store.replace(found, &bytes),
    };
    if made.map_err(failed)? {
        return Ok(taken);
    }
    match (store.read().map_err(failed)?, breaking) {
        (Some(found), _) if id(&found) == holder.id => Ok(taken),
        (Some(found), Some(asked)) => Err(another(&store, &found, asked)),
        (Some(found), None) => Err(held(&store, &found)),
        (None, Some(asked)) => Err(gone(&store, asked)),
        // Somebody had it for a moment.
        (None, None) if store.create(&bytes).map_err(failed)? => Ok(taken),
        (None, None) => Err(LockError::Lost {
            place: store.to_string(),
            now: "others take it and give it back all the time".to_owned(),
        }),
    }
}

/// Says who has the lock of a project; none where nobody does, or it cannot be told.
#[must_use]
pub fn look(place: &Place) -> Option<LockError> {
    let store = Store::of(place, "lock", "json");
    let found = store.read().ok()??;
    Some(held(&store, &found))
}

fn gone(store: &Store, asked: &str) -> LockError {
    LockError::Gone {
        asked: asked.to_owned(),
        place: store.to_string(),
    }
}

/// Says that what was to be broken is not what is there.
fn another(store: &Store, found: &Found, asked: &str) -> LockError {
    match held(store, found) {
        LockError::Held { holder, .. } => LockError::Another {
            asked: asked.to_owned(),
            holder,
        },
        other => other,
    }
}

/// The ID of whatever is there: the lock's own, or for what is none a digest.
fn id(found: &Found) -> String {
    use sha2::{Digest as _, Sha256};
    Holder::read(&found.bytes).map_or_else(
        || {
            let digest = format!("{:x}", Sha256::digest(&found.bytes));
            format!("unreadable-{}", digest.get(..16).unwrap_or_default())
        },
        |holder| holder.id,
    )
}

fn held(store: &Store, found: &Found) -> LockError {
    match Holder::read(&found.bytes) {
        Some(holder) => LockError::Held {
            holder: Box::new(HeldBy {
                holder,
                now: jiff::Timestamp::now(),
            }),
            place: store.to_string(),
        },
        None => LockError::Unreadable {
            place: store.to_string(),
            id: id(found),
        },
    }
}

impl Held {
    /// Says that a child runs, for as long as the result lives: signals are the caller's to pass on,
    /// and the lock stays until the child has ended.
    #[must_use]
    pub fn child_runs(&self) -> ChildRuns {
        ChildRuns::begin()
    }

    /// Returns the lock that was broken for this one.
    #[must_use]
    pub fn broke(&self) -> Option<&BrokenLock> {
        self.broke.as_ref()
    }

    /// Checks that the lock is there and still ours. Call it right before something is changed.
    ///
    /// # Errors
    /// When somebody broke it, or it cannot be told.
    pub fn check(&self) -> Result<(), LockError> {
        self.own.check().map(|_| ())
    }

    /// Gives the lock back, as dropping it does, and says when it was not there any more.
    ///
    /// # Errors
    /// When somebody broke it, or it cannot be removed.
    pub fn release(&self) -> Result<(), LockError> {
        self.own.give_back()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = self.own.give_back();
        interrupts::forget(&self.own);
    }
}

impl Own {
    /// What is there, if it is ours.
    fn check(&self) -> Result<Found, LockError> {
        let lost = |now: String| LockError::Lost {
            place: self.store.to_string(),
            now,
        };
        let found = self.store.read().map_err(|error| self.failed(error))?;
        match found {
            Some(found) if id(&found) == self.id => Ok(found),
            Some(found) => Err(lost(match held(&self.store, &found) {
                LockError::Held { holder, .. } => holder.to_string(),
                other => other.to_string(),
            })),
            None => Err(lost("somebody removed it".to_owned())),
        }
    }

    fn failed(&self, error: StoreError) -> LockError {
        LockError::Store {
            place: self.store.to_string(),
            error,
        }
    }

    /// Removes it, once, if it is ours.
    fn give_back(&self) -> Result<(), LockError> {
        let mut given_back = self
            .given_back
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if std::mem::replace(&mut *given_back, true) {
            return Ok(());
        }
        let found = self.check()?;
        if self
            .store
            .remove(&found)
            .map_err(|error| self.failed(error))?
        {
            return Ok(());
        }
        // Somebody was quicker: it is not ours any more, or it is gone.
        self.check().map(|_| ())
    }
}
