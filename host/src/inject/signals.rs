//! What signals for Tollgate do to a command that it waits for.
//!
//! A tool that changes a cloud ends in order on the first signal, and drops what it has not written
//! down on the second. Machines are not that careful: some send one signal to Tollgate, some the same
//! to every process that there is, some repeat themselves, and a lost connection is a signal that the
//! tools do not know at all. So the tool is told once, whatever came and however often. Whether it
//! has been told already is seen in what it says ([`masker`](super::masker)). A second Ctrl-C is a
//! person's, and is passed on.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use signal_hook::consts::{
    SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGWINCH,
};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};

/// How long a tool has to show that whoever told Tollgate to end told the tool as well.
const GRACE: Duration = Duration::from_secs(2);

/// What a command is to make of signals.
#[derive(Clone, Debug)]
pub enum Conduct {
    /// Each is passed on as it came.
    PassedOn,
    /// One orderly end, whatever comes. The number of the last signal that this process got, 0 for
    /// none: after one the command is not started any more.
    Orderly(Arc<AtomicUsize>),
}

impl Conduct {
    /// The signal after which nothing begins.
    pub(super) fn seen(&self) -> Option<i32> {
        match self {
            Self::PassedOn => None,
            Self::Orderly(seen) => i32::try_from(seen.load(Ordering::SeqCst))
                .ok()
                .filter(|signal| *signal != 0),
        }
    }
}

/// How often a command has said that it was told to end.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<AtomicUsize>);

impl Heard {
    pub(super) fn times(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Where it is told what a command said of signals.
#[derive(Clone)]
pub(super) struct Reports {
    heard: Heard,
    events: Sender<Event>,
}

impl Reports {
    /// Takes what the masking process reports: a digit, how often the command was told.
    pub(super) fn told(&self, byte: u8) {
        let times = usize::from(byte.saturating_sub(b'0'));
        self.heard.0.fetch_max(times, Ordering::SeqCst);
        let _ = self.events.send(Event::Told);
    }
}

enum Event {
    /// A signal came for this process.
    Signal {
        number: i32,
        /// From the terminal, or else from a process.
        typed: bool,
    },
    /// The command says that it was told to end.
    Told,
}

/// Signals that are kept until there is somebody to pass them on to.
pub(super) struct Signals {
    /// None where it is listened to later.
    info: Option<SignalsInfo<WithOrigin>>,
    apart: bool,
}

impl Signals {
    /// Begins to listen. What is ignored on purpose stays so, for this process and for the command;
    /// where that cannot be told, signals are listened to once the command has started. A command that
    /// ends in order does so on every signal but one: see [`heeded`].
    pub(super) fn listen(conduct: &Conduct, apart: bool) -> io::Result<Self> {
        let info = match (ignored(), conduct) {
            (_, Conduct::Orderly(_)) => {
                let all: Vec<i32> = passed(apart).collect();
                Some(SignalsInfo::new(heeded(&all))?)
            }
            (Some(ignored), Conduct::PassedOn) => Some(SignalsInfo::new(
                passed(apart).filter(|number| !ignored.contains(number)),
            )?),
            (None, Conduct::PassedOn) => None,
        };
        Ok(Self { info, apart })
    }

    /// Passes them on to a command until it has ended.
    pub(super) fn pass_to(
        self,
        pid: Pid,
        conduct: &Conduct,
        heard: Heard,
        ended: Arc<AtomicBool>,
    ) -> Reports {
        let (events, received) = channel();
        let reports = Reports {
            heard,
            events: events.clone(),
        };
        let apart = self.apart;
        let info = match self.info {
            Some(info) => Some(info),
            None => SignalsInfo::new(passed(apart)).ok(),
        };
        let command = Command { pid, apart, ended };
        if let Some(mut info) = info {
            std::thread::spawn(move || {
                for Origin { signal, cause, .. } in info.forever() {
                    let event = Event::Signal {
                        number: signal,
                        typed: cause == Cause::Kernel,
                    };
                    if events.send(event).is_err() {
                        break;
                    }
                }
            });
        }
        let orderly = matches!(conduct, Conduct::Orderly(_));
        std::thread::spawn(move || {
            if orderly {
                command.end_in_order(&received);
            } else {
                command.pass_on(&received);
            }
        });
        reports
    }
}

/// A command that gets signals.
struct Command {
    pid: Pid,
    apart: bool,
    ended: Arc<AtomicBool>,
}

impl Command {
    fn send(&self, signal: Signal) {
        if !self.ended.load(Ordering::SeqCst) {
            let _ = rustix::process::kill_process(self.pid, signal);
        }
    }

    fn pass_on(&self, events: &Receiver<Event>) {
        for event in events {
            let Event::Signal { number, typed: _ } = event else {
                continue;
            };
            match number {
                // The terminal has told the command already.
                SIGINT | SIGQUIT if !self.apart => {}
                SIGINT => self.send(Signal::INT),
                SIGQUIT => self.send(Signal::QUIT),
                SIGHUP => self.send(Signal::HUP),
                SIGTERM => self.send(Signal::TERM),
                other => self.harmless(other),
            }
        }
    }

    fn end_in_order(&self, events: &Receiver<Event>) {
        let mut told = false;
        let mut due: Option<(Instant, Signal)> = None;
        loop {
            let event = match due {
                Some((at, signal)) => {
                    match events.recv_timeout(at.saturating_duration_since(Instant::now())) {
                        Ok(event) => event,
                        Err(RecvTimeoutError::Timeout) => {
                            self.send(signal);
                            told = true;
                            due = None;
                            continue;
                        }
                        Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
                None => match events.recv() {
                    Ok(event) => event,
                    Err(_) => return,
                },
            };
            let Event::Signal { number, typed } = event else {
                told = true;
                due = None;
                continue;
            };
            match decide(number, typed, self.apart, told) {
                Step::Nothing => {}
                Step::Told => {
                    told = true;
                    due = None;
                }
                Step::Now(signal) => {
                    self.send(signal);
                    told = true;
                    due = None;
                }
                Step::Later(signal) => {
                    due.get_or_insert_with(|| (Instant::now() + GRACE, signal));
                }
                Step::Harmless => self.harmless(number),
            }
        }
    }

    /// Passes on what ends nothing.
    fn harmless(&self, number: i32) {
        match number {
            SIGUSR1 => self.send(Signal::USR1),
            SIGUSR2 => self.send(Signal::USR2),
            SIGWINCH => self.send(Signal::WINCH),
            SIGTSTP | SIGCONT if !self.ended.load(Ordering::SeqCst) => {
                let signal = if number == SIGTSTP {
                    Signal::TSTP
                } else {
                    Signal::CONT
                };
                let _ = rustix::process::kill_process_group(self.pid, signal);
                if number == SIGTSTP {
                    let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
                }
            }
            _ => {}
        }
    }
}

/// What a signal leads to where the command is to end in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It has been told.
    Nothing,
    /// The terminal told it.
    Told,
    /// It is told.
    Now(Signal),
    /// It is told, unless it says meanwhile that it was.
    Later(Signal),
    /// It is no signal to end.
    Harmless,
}

/// Decides what a signal leads to. `typed`: it comes from the terminal. `apart`: the terminal does
/// not reach the command.
fn decide(number: i32, typed: bool, apart: bool, told: bool) -> Step {
    match number {
        SIGINT | SIGQUIT if typed && !apart => Step::Told,
        // A person's, and the second one is meant as such.
        SIGINT | SIGQUIT if typed => Step::Now(Signal::INT),
        SIGINT | SIGQUIT | SIGTERM | SIGHUP if told => Step::Nothing,
        SIGINT | SIGQUIT => Step::Later(Signal::INT),
        // The tools know nothing of hanging up.
        SIGTERM | SIGHUP => Step::Later(Signal::TERM),
        _ => Step::Harmless,
    }
}

/// The signals that are passed on.
fn passed(apart: bool) -> impl Iterator<Item = i32> {
    let to_both = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2];
    // A group of its own hears nothing of the terminal's.
    let to_group = [SIGTSTP, SIGCONT, SIGWINCH];
    to_both
        .into_iter()
        .chain(to_group.into_iter().filter(move |_| apart))
}

/// The signals that this process ignores, as whoever started it wanted (`nohup`, a job in the
/// background of a script); none where the system does not say.
#[must_use]
pub fn ignored() -> Option<Vec<i32>> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    Some(
        (1..=64)
            .filter(|number| mask & (1 << (number - 1)) != 0)
            .collect(),
    )
}

/// Those of some signals that a deploy heeds: all but SIGHUP where that is ignored, as by `nohup`.
/// Shells have a job in the background ignore SIGINT whether anybody wants that or not, and whoever
/// sends it to such a deploy means it.
#[must_use]
pub fn heeded(signals: &[i32]) -> Vec<i32> {
    let ignores_hangup = ignored().is_some_and(|ignored| ignored.contains(&SIGHUP));
    signals
        .iter()
        .copied()
        .filter(|signal| *signal != SIGHUP || !ignores_hangup)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tool_is_told_once_but_by_a_person() {
        for (number, typed, apart, told, expected) in [
            // A machine, first and again.
            (SIGTERM, false, true, false, Step::Later(Signal::TERM)),
            (SIGTERM, false, true, true, Step::Nothing),
            (SIGINT, false, true, false, Step::Later(Signal::INT)),
            (SIGINT, false, false, false, Step::Later(Signal::INT)),
            (SIGINT, false, true, true, Step::Nothing),
            (SIGQUIT, false, true, false, Step::Later(Signal::INT)),
            (SIGHUP, false, true, false, Step::Later(Signal::TERM)),
            (SIGHUP, true, false, false, Step::Later(Signal::TERM)),
            (SIGHUP, true, false, true, Step::Nothing),
            // A person, where the terminal reaches the tool and where it does not.
            (SIGINT, true, false, false, Step::Told),
            (SIGINT, true, false, true, Step::Told),
            (SIGINT, true, true, false, Step::Now(Signal::INT)),
            (SIGINT, true, true, true, Step::Now(Signal::INT)),
            (SIGUSR1, false, true, true, Step::Harmless),
        ] {
            let step = decide(number, typed, apart, told);
            assert_eq!(step, expected, "{number} {typed} {apart} {told}");
        }
    }
}
