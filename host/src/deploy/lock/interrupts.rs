//! Locks are given back when the process is told to end.
//!
//! While a child runs nothing is done here: the child has to end first, and whoever waits for it then
//! drops the lock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Own;

static LOCKS: Mutex<Vec<Arc<Own>>> = Mutex::new(Vec::new());
static CHILDREN: AtomicUsize = AtomicUsize::new(0);
static LISTENS: Once = Once::new();

/// A child runs.
pub struct ChildRuns(());

impl ChildRuns {
    pub(super) fn begin() -> Self {
        CHILDREN.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for ChildRuns {
    fn drop(&mut self) {
        CHILDREN.fetch_sub(1, Ordering::SeqCst);
    }
}

/// From now on a signal gives this lock back.
pub(super) fn give_back(own: Own) -> Arc<Own> {
    let own = Arc::new(own);
    LOCKS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Arc::clone(&own));
    LISTENS.call_once(listen);
    own
}

/// The lock is given back.
pub(super) fn forget(own: &Arc<Own>) {
    LOCKS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .retain(|each| !Arc::ptr_eq(each, own));
}

fn listen() {
    // What is ignored on purpose, as by nohup, stays so.
    let heard = crate::inject::signals::heeded(&[SIGINT, SIGTERM, SIGHUP]);
    let Ok(mut signals) = Signals::new(heard) else {
        // Without it a lock stays, which a person can break.
        return;
    };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if CHILDREN.load(Ordering::SeqCst) > 0 {
                continue;
            }
            let locks = LOCKS.lock().unwrap_or_else(PoisonError::into_inner);
            for own in locks.iter() {
                let _ = own.give_back();
            }
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
}
