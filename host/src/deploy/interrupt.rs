//! Signals during a deploy.
//!
//! While the tool runs, a signal is the tool's: it ends its work in order, and then so does
//! Tollgate. Between two runs of it there is nothing to end in order, and Tollgate ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use rustix::process::{Pid, Signal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::DeployError;
use crate::inject::Conduct;
use crate::inject::signals::heeded;

/// What signals do to this process.
#[derive(Clone)]
pub struct Interrupts {
    /// The last one.
    seen: Arc<AtomicUsize>,
    /// How many want to end in order; where there is none, a signal ends this process at once.
    waiting: Arc<AtomicUsize>,
    /// A process that ends with this one; 0 for none.
    child: Arc<AtomicI32>,
}

/// While it lives, signals wait for the tool to end.
pub struct Waiting<'a>(&'a Interrupts);

impl Interrupts {
    /// Begins to watch.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn watch() -> Result<Self, DeployError> {
        let system = DeployError::system("watch for signals");
        let interrupts = Self {
            seen: Arc::default(),
            waiting: Arc::default(),
            child: Arc::default(),
        };
        // What is ignored on purpose, as by nohup, stays so.
        let heard = heeded(&[SIGINT, SIGTERM, SIGHUP, SIGQUIT]);
        for signal in heard.iter().copied() {
            let number = usize::try_from(signal).unwrap_or_default();
            signal_hook::flag::register_usize(signal, Arc::clone(&interrupts.seen), number)
                .map_err(&system)?;
        }
        let mut signals = Signals::new(heard).map_err(&system)?;
        let waiting = Arc::clone(&interrupts.waiting);
        let child = Arc::clone(&interrupts.child);
        std::thread::spawn(move || {
            for signal in signals.forever() {
                if waiting.load(Ordering::SeqCst) == 0 {
                    if let Some(child) = Pid::from_raw(child.load(Ordering::SeqCst)) {
                        let _ = rustix::process::kill_process(child, Signal::TERM);
                    }
                    // By the signal itself, so that a shell ends its loop too.
                    let _ = signal_hook::low_level::emulate_default_handler(signal);
                }
            }
        });
        Ok(interrupts)
    }

    /// Leaves signals to the tool, or to somebody else who ends this process.
    #[must_use]
    pub fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        Waiting(self)
    }

    /// Ends a process with this one; 0 for none.
    pub(super) fn child(&self, id: u32) {
        let id = i32::try_from(id).unwrap_or_default();
        self.child.store(id, Ordering::SeqCst);
    }

    /// What the tool is to make of signals.
    pub(super) fn conduct(&self) -> Conduct {
        Conduct::Orderly(Arc::clone(&self.seen))
    }

    /// Ends a run that a signal has ended.
    ///
    /// # Errors
    /// When there was one; `what` says what is so now.
    pub fn check(&self, what: impl FnOnce() -> String) -> Result<(), DeployError> {
        match i32::try_from(self.seen.load(Ordering::SeqCst)) {
            Ok(0) => Ok(()),
            Ok(signal) => Err(DeployError::Interrupted {
                signal,
                what: what(),
            }),
            Err(_) => Err(DeployError::System {
                what: "tell a signal",
                cause: std::io::ErrorKind::InvalidData.into(),
            }),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}
