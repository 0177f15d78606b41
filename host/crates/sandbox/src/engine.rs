//! The sandbox: how a module is compiled and what it may use while it runs.
//!
//! A policy is assumed hostile. It reaches nothing outside, so all it can do is compute
//! and answer; every resource that computing and answering take is bounded here.
//!
//! Fuel is the budget that decides: it counts instructions, so the same plan and module
//! meet the same limit on every machine. The deadline only catches what fuel does not
//! count well, such as filling memory over and over.

mod settings;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use rustix::mm::{MprotectFlags, mprotect};
use wasmtime::{CustomCodeMemory, Engine, ResourceLimiter, Store};

use super::limits::{Limit, Limits};

/// One tick of the wall-clock backstop.
pub const TICK: Duration = Duration::from_millis(10);
const TICKS_PER_SECOND: u64 = 100;

/// The engine that every module of a process shares.
///
/// # Panics
/// If this build of wasmtime does not support the settings below, which no input
/// can change.
#[expect(
    clippy::expect_used,
    reason = "a constant configuration either works in this build or in none"
)]
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = settings::config();
        if IN_PLACE {
            config.with_custom_code_memory(Some(Arc::new(InPlace)));
        }
        Engine::new(&config).expect("wasmtime supports the sandbox's settings")
    })
}

/// Whether code is run from the executable's own pages. Other processors than these want to be told
/// of code that was written, which only wasmtime's own way of publishing it does.
const IN_PLACE: bool = cfg!(target_arch = "x86_64");

/// Makes code executable where it lies, also in pages of this executable: a built-in policy is run
/// from there, so that loading it reads what it uses and copies nothing.
struct InPlace;

impl CustomCodeMemory for InPlace {
    fn required_alignment(&self) -> usize {
        rustix::param::page_size()
    }

    #[expect(unsafe_code, reason = "the pages hold code that nobody writes")]
    fn publish_executable(&self, start: *const u8, len: usize) -> wasmtime::Result<()> {
        let flags = MprotectFlags::READ | MprotectFlags::EXEC;
        // SAFETY: wasmtime starts that section on a page of its own, in memory that it has made
        // read-only or that is part of this executable and never written. Reading, which is all
        // that happens to whatever follows it on its last page, stays possible.
        unsafe { mprotect(start.cast_mut().cast(), len, flags) }?;
        Ok(())
    }

    /// Leaves everything as it is: memory of wasmtime's own is unmapped next, and what is part of
    /// this executable is never given back.
    fn unpublish_executable(&self, _: *const u8, _: usize) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// Whether compiled code can be run from where it lies.
pub(super) fn runs_in_place(artifact: &'static [u8]) -> bool {
    IN_PLACE
        && artifact
            .as_ptr()
            .addr()
            .is_multiple_of(rustix::param::page_size())
}

/// Keeps the epoch moving while it lives, so that deadlines pass.
#[derive(Debug)]
pub struct Ticker(Arc<AtomicBool>);

impl Ticker {
    /// Starts to tick.
    #[must_use]
    pub fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        // Not joined: at most one tick later it sees the flag and ends.
        thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                thread::sleep(TICK);
                engine().increment_epoch();
            }
        });
        Self(stop)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How often a guest may ask for more memory or table elements: twice as often as one that gets four
/// gigabytes page by page.
const MAX_ASKED: u32 = 1 << 17;

/// What a guest asked for and did not get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// More linear memory.
    Memory,
    /// More table elements.
    Table,
}

/// The state of a store: what the guest has, and what it was denied.
///
/// A failed `memory.grow` is no error in WebAssembly. Most guests then trap for a
/// reason that says nothing, so the denial is recorded here.
#[derive(Debug)]
pub struct Sandbox<S = ()> {
    limits: Limits,
    memory: usize,
    denied: Option<Denied>,
    /// How often it asked for more.
    asked: u32,
    /// What the functions that the guest may call work on.
    pub(super) state: S,
}

impl<S> Sandbox<S> {
    /// What the call may use.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How large all memories are together, in bytes. None ever shrinks.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// What the guest was denied last, if anything.
    #[must_use]
    pub fn denied(&self) -> Option<Denied> {
        self.denied
    }

    fn deny(&mut self, what: Denied) -> wasmtime::Result<bool> {
        self.denied = Some(what);
        self.ask(what)?;
        Ok(false)
    }

    /// Ends a guest that only asks for more: to fuel that is one instruction each time.
    fn ask(&mut self, what: Denied) -> wasmtime::Result<()> {
        self.asked += 1;
        if self.asked > MAX_ASKED {
            self.denied = Some(what);
            wasmtime::bail!("it asked for more {MAX_ASKED} times");
        }
        Ok(())
    }
}

impl<S: Send + Sync> ResourceLimiter for Sandbox<S> {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_sub(current).saturating_add(desired);
        if total > self.limits.size(Limit::MemoryMib) {
            return self.deny(Denied::Memory);
        }
        self.ask(Denied::Memory)?;
        self.memory = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > self.limits.size(Limit::TableElements) {
            return self.deny(Denied::Table);
        }
        self.ask(Denied::Table)?;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.limits.size(Limit::Instances)
    }

    fn tables(&self) -> usize {
        self.limits.size(Limit::Instances)
    }

    fn memories(&self) -> usize {
        self.limits.size(Limit::Instances)
    }
}

/// Makes a store for one call, with every limit armed before anything of the guest
/// runs (a start function runs during instantiation).
///
/// # Errors
/// Never with the engine of this module; wasmtime's own error otherwise.
pub fn store<S: Send + Sync + 'static>(
    limits: Limits,
    state: S,
) -> wasmtime::Result<Store<Sandbox<S>>> {
    let sandbox = Sandbox {
        limits,
        memory: 0,
        denied: None,
        asked: 0,
        state,
    };
    let mut store = Store::new(engine(), sandbox);
    store.limiter(|sandbox| sandbox);
    store.set_fuel(limits.get(Limit::Fuel))?;
    store.set_epoch_deadline(
        limits
            .get(Limit::DeadlineSeconds)
            .saturating_mul(TICKS_PER_SECOND),
    );
    store.epoch_deadline_trap();
    store.set_hostcall_fuel(limits.size(Limit::AnswerKib));
    Ok(store)
}
