//! A command that Tollgate waits for, because its output is masked.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use signal_hook::consts::{
    SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGWINCH,
};
use signal_hook::iterator::Signals;
use tollgate_secrets::inject::mask::Patterns;

use super::{LaunchError, masker};

/// How long the masking process may take to write what is left once the command has ended. It goes
/// on after that; a daemon that the command left behind keeps its output open.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What stands in for the standard streams.
pub(super) struct Streams {
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
    maskers: Vec<Child>,
}

impl Streams {
    /// Starts a masking process for each stream that is no terminal; none where nothing has to be
    /// masked.
    pub(super) fn masked(
        patterns: &Patterns,
        reader_gone: masker::ReaderGone,
    ) -> Result<Option<Self>, LaunchError> {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let masks = |terminal: bool| !terminal && !patterns.is_empty();
        let (out, err) = (masks(stdout.is_terminal()), masks(stderr.is_terminal()));
        if !out && !err {
            return Ok(None);
        }
        let mut streams = Self {
            stdout: None,
            stderr: None,
            maskers: Vec::new(),
        };
        if out {
            streams.stdout = Some(streams.start(stdout.as_fd(), patterns, reader_gone)?);
        }
        if err {
            streams.stderr = Some(match &streams.stdout {
                // One file gets both, in the order in which they are written.
                Some(both) if same(stdout.as_fd(), stderr.as_fd()) => both
                    .try_clone()
                    .map_err(LaunchError::system("share a pipe"))?,
                _ => streams.start(stderr.as_fd(), patterns, reader_gone)?,
            });
        }
        Ok(Some(streams))
    }

    fn start(
        &mut self,
        target: impl AsFd,
        patterns: &Patterns,
        reader_gone: masker::ReaderGone,
    ) -> Result<OwnedFd, LaunchError> {
        let target = target
            .as_fd()
            .try_clone_to_owned()
            .map_err(LaunchError::system("reach the output"))?;
        let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
            .map_err(|error| LaunchError::system("make a pipe")(error.into()))?;
        let program = if cfg!(target_os = "linux") {
            // The very file that runs, whatever has become of its path.
            "/proc/self/exe".into()
        } else {
            std::env::current_exe().map_err(LaunchError::system("find the running program"))?
        };
        let masker = Command::new(program)
            .arg0(masker::NAME)
            .args(reader_gone.argument())
            .env_clear()
            .current_dir("/")
            .stdin(read)
            .stdout(target)
            .stderr(Stdio::null())
            .spawn()
            .map_err(LaunchError::system("start the process that masks"))?;
        self.maskers.push(masker);
        let mut pipe = File::from(write);
        patterns
            .send(&mut pipe)
            .map_err(LaunchError::system("reach the process that masks"))?;
        Ok(pipe.into())
    }
}

fn same(one: impl AsFd, other: impl AsFd) -> bool {
    match (rustix::fs::fstat(one), rustix::fs::fstat(other)) {
        (Ok(one), Ok(other)) => (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino),
        _ => false,
    }
}

/// A command that runs.
pub(super) struct Running {
    child: Child,
    maskers: Vec<Child>,
    ended: Arc<AtomicBool>,
}

impl Running {
    pub(super) fn start(mut command: Command, streams: Option<Streams>) -> io::Result<Self> {
        let mut maskers = Vec::new();
        if let Some(streams) = streams {
            maskers = streams.maskers;
            if let Some(stdout) = streams.stdout {
                command.stdout(stdout);
            }
            if let Some(stderr) = streams.stderr {
                command.stderr(stderr);
            }
        }
        // With a terminal to read from the command stays in the foreground with Tollgate. Without
        // one it gets a group of its own: a signal for Tollgate's group is passed on once, and does
        // not count as the second one, on which tofu drops everything.
        let apart = !io::stdin().is_terminal();
        if apart {
            command.process_group(0);
        }
        let child = command.spawn()?;
        let ended = Arc::new(AtomicBool::new(false));
        if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
            // Only now, so that what was ignored on purpose stays so for the command.
            pass_signals(pid, apart, Arc::clone(&ended))?;
        }
        Ok(Self {
            child,
            maskers,
            ended,
        })
    }

    /// Waits for the command, and for its last output.
    pub(super) fn wait(mut self) -> Result<u8, LaunchError> {
        let status = self.child.wait();
        self.ended.store(true, Ordering::SeqCst);
        let status = status.map_err(LaunchError::system("wait for the command"))?;
        let step = Duration::from_millis(2);
        let mut left = LAST_WORDS;
        for masker in &mut self.maskers {
            while !left.is_zero() && matches!(masker.try_wait(), Ok(None)) {
                std::thread::sleep(step);
                left = left.saturating_sub(step);
            }
        }
        let code = status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
        Ok(u8::try_from(code & 0xff).unwrap_or(u8::MAX))
    }
}

/// Passes signals on to the command until it has ended.
fn pass_signals(pid: Pid, apart: bool, ended: Arc<AtomicBool>) -> io::Result<()> {
    let mut signals = if apart {
        Signals::new([
            SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH,
        ])?
    } else {
        Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2])?
    };
    std::thread::spawn(move || {
        for number in signals.forever() {
            if ended.load(Ordering::SeqCst) {
                continue;
            }
            let signal = match number {
                // The terminal has told the command already.
                SIGINT | SIGQUIT if !apart => continue,
                SIGINT => Signal::INT,
                SIGQUIT => Signal::QUIT,
                SIGHUP => Signal::HUP,
                SIGUSR1 => Signal::USR1,
                SIGUSR2 => Signal::USR2,
                SIGWINCH => Signal::WINCH,
                SIGTSTP | SIGCONT => {
                    let signal = if number == SIGTSTP {
                        Signal::TSTP
                    } else {
                        Signal::CONT
                    };
                    let _ = rustix::process::kill_process_group(pid, signal);
                    if number == SIGTSTP {
                        let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
                    }
                    continue;
                }
                _ => Signal::TERM,
            };
            let _ = rustix::process::kill_process(pid, signal);
        }
    });
    Ok(())
}
