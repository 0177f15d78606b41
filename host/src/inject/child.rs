//! A command that Tollgate waits for, because its output is masked, or because of what comes after it.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use tollgate_secrets::inject::mask::Patterns;

use super::signals::{self, Conduct, Signals};
use super::{Ended, LaunchError, masker};

/// How long the masking process may take to write what is left once the command has ended. It goes
/// on after that; a daemon that the command left behind keeps its output open.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What stands in for the standard streams.
pub(super) struct Streams {
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
    maskers: Vec<Mask>,
    reader_gone: masker::ReaderGone,
}

/// A masking process, and the end of the pipe that it reads.
struct Mask {
    process: Child,
    /// Kept open, so that the command does not meet a closed pipe if that process is killed.
    pipe: OwnedFd,
}

impl Streams {
    /// Starts a masking process for each stream that is no terminal; none where nothing has to be
    /// masked.
    pub(super) fn masked(
        patterns: &Patterns,
        reader_gone: masker::ReaderGone,
    ) -> Result<Option<Self>, LaunchError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "asked what it is, for the child that writes there"
        )]
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
            reader_gone,
        };
        if out {
            streams.stdout = Some(streams.start(stdout.as_fd(), patterns)?);
        }
        if err {
            streams.stderr = Some(match &streams.stdout {
                // One file gets both, in the order in which they are written.
                Some(both) if same(stdout.as_fd(), stderr.as_fd()) => both
                    .try_clone()
                    .map_err(LaunchError::system("share a pipe"))?,
                _ => streams.start(stderr.as_fd(), patterns)?,
            });
        }
        Ok(Some(streams))
    }

    /// Sends everything to standard error, through one masking process if that is no terminal: it
    /// also sees what the command says of signals.
    pub(super) fn on_stderr(
        patterns: &Patterns,
        reader_gone: masker::ReaderGone,
    ) -> Result<Self, LaunchError> {
        let stderr = io::stderr();
        let mut streams = Self {
            stdout: None,
            stderr: None,
            maskers: Vec::new(),
            reader_gone,
        };
        if stderr.is_terminal() {
            let same = stderr.as_fd().try_clone_to_owned();
            streams.stdout = Some(same.map_err(LaunchError::system("reach the output"))?);
            return Ok(streams);
        }
        let masked = streams.start(stderr.as_fd(), patterns)?;
        let both = masked.try_clone();
        streams.stderr = Some(both.map_err(LaunchError::system("share a pipe"))?);
        streams.stdout = Some(masked);
        Ok(streams)
    }

    /// Has standard error go where the command is told.
    pub(super) fn leave_errors(&mut self) {
        self.stderr = None;
    }

    fn start(&mut self, target: impl AsFd, patterns: &Patterns) -> Result<OwnedFd, LaunchError> {
        let target = target
            .as_fd()
            .try_clone_to_owned()
            .map_err(LaunchError::system("reach the output"))?;
        let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
            .map_err(|error| LaunchError::system("make a pipe")(error.into()))?;
        let pipe = read
            .try_clone()
            .map_err(LaunchError::system("make a pipe"))?;
        let mut process = Command::new(super::own_program()?)
            .arg0(masker::NAME)
            .args(self.reader_gone.argument())
            .env_clear()
            .current_dir("/")
            .stdin(read)
            .stdout(target)
            // What it says here is for us.
            .stderr(Stdio::piped())
            .spawn()
            .map_err(LaunchError::system("start the process that masks"))?;
        let mut to = File::from(write);
        let sent = send(patterns, &mut to, &mut process);
        self.maskers.push(Mask { process, pipe });
        sent.map_err(LaunchError::system("reach the process that masks"))?;
        Ok(to.into())
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
    /// How many masking processes there are, and how each ended.
    maskers: usize,
    ends: Receiver<Output>,
    ended: Arc<AtomicBool>,
    heard: signals::Heard,
    /// Whether it has a process group of its own.
    apart: bool,
}

/// Whether a child ends within so long. It is not waited for: its number stays its own.
fn is_over_within(pid: Pid, limit: Duration) -> bool {
    let until = Instant::now() + limit;
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    loop {
        // What cannot be asked is waited for afterwards, and says so then.
        if !matches!(rustix::process::waitid(WaitId::Pid(pid), options), Ok(None)) {
            return true;
        }
        if Instant::now() >= until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What became of a stream of output.
enum Output {
    /// All of it was written, or nobody wanted to read it.
    Written,
    /// It could not be written.
    Refused(io::Error),
    /// What masks it ended before the command did; what came then is withheld.
    Withheld,
}

impl Running {
    pub(super) fn start(
        mut command: Command,
        streams: Option<Streams>,
        conduct: &Conduct,
        limited: bool,
    ) -> Result<Self, LaunchError> {
        let program = command.get_program().to_owned();
        let mut maskers = Vec::new();
        let mut reader_gone = masker::ReaderGone::GoesOn;
        if let Some(streams) = streams {
            maskers = streams.maskers;
            reader_gone = streams.reader_gone;
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
        // So does one that has to end in time, with all that it has started.
        let apart = limited || !io::stdin().is_terminal();
        if apart {
            command.process_group(0);
        }
        // From here on a signal is kept until there is somebody to pass it on to.
        let signals =
            Signals::listen(conduct, apart).map_err(LaunchError::system("listen to signals"))?;
        if let Some(signal) = conduct.seen() {
            // It came while nobody was there to pass it on to, and nothing has begun.
            return Err(LaunchError::Interrupted { signal });
        }
        let child = command
            .spawn()
            .map_err(|error| LaunchError::start(&program, error))?;
        // The command has them; this process's copies would keep the pipes from ending.
        drop(command);
        let ended = Arc::new(AtomicBool::new(false));
        let heard = signals::Heard::default();
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let reports =
            pid.map(|pid| signals.pass_to(pid, conduct, heard.clone(), Arc::clone(&ended)));
        let (sender, ends) = channel();
        let number = maskers.len();
        for mut mask in maskers {
            let said = mask.process.stderr.take();
            if let (Some(mut said), Some(reports)) = (said, reports.clone()) {
                std::thread::spawn(move || {
                    let mut byte = [0];
                    while said.read_exact(&mut byte).is_ok() {
                        reports.told(byte[0]);
                    }
                });
            }
            let sender = sender.clone();
            std::thread::spawn(move || watch(mask, reader_gone, &sender));
        }
        Ok(Self {
            child,
            maskers: number,
            ends,
            ended,
            heard,
            apart,
        })
    }

    /// Waits for the command for so long. Then it is told to end, with whatever it has started, and
    /// what has not ended soon after is killed.
    fn end_after(&self, limit: Duration) {
        let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) else {
            return;
        };
        // It has not been waited for, so that nobody else has its number.
        let send = |signal| {
            let _ = if self.apart {
                rustix::process::kill_process_group(pid, signal)
            } else {
                rustix::process::kill_process(pid, signal)
            };
        };
        if !is_over_within(pid, limit) {
            send(Signal::TERM);
            is_over_within(pid, LAST_WORDS);
            // What it has started may not have heard.
            send(Signal::KILL);
        }
        self.ended.store(true, Ordering::SeqCst);
    }

    /// Waits for the command, which is ended after `limit`, and for its last output.
    pub(super) fn wait(mut self, limit: Option<Duration>) -> Result<Ended, LaunchError> {
        if let Some(limit) = limit {
            self.end_after(limit);
        }
        let status = self.child.wait();
        self.ended.store(true, Ordering::SeqCst);
        let status = status.map_err(LaunchError::system("wait for the command"))?;
        let code = status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
        let code = u8::try_from(code & 0xff).unwrap_or(u8::MAX);
        let until = Instant::now() + LAST_WORDS;
        let mut lost = None;
        for _ in 0..self.maskers {
            let left = until.saturating_duration_since(Instant::now());
            match self.ends.recv_timeout(left) {
                Ok(Output::Written) => {}
                Ok(Output::Refused(source)) => {
                    lost.get_or_insert_with(|| format!("could not be written: {source}"));
                }
                Ok(Output::Withheld) => {
                    lost.get_or_insert_with(|| {
                        "was withheld, because the process that masks it ended early".to_owned()
                    });
                }
                // It goes on by itself.
                Err(_) => break,
            }
        }
        Ok(Ended {
            code,
            killed_by: status.signal(),
            warned: self.heard.times(),
            lost,
        })
    }
}

/// Waits for a masking process. If it ends before the command has, reads on in its place, because
/// the command must not lose its output; unmasked, nothing of that is shown.
fn watch(mask: Mask, reader_gone: masker::ReaderGone, sender: &Sender<Output>) {
    let Mask { mut process, pipe } = mask;
    let output = match process.wait() {
        Ok(status) if status.success() => Output::Written,
        Ok(status) => masker::refused(status).map_or(Output::Withheld, Output::Refused),
        Err(_) => Output::Withheld,
    };
    let reads_on = reader_gone == masker::ReaderGone::GoesOn;
    // If nobody waits any more, nobody has to know.
    let _ = sender.send(output);
    if reads_on {
        let _ = io::copy(&mut File::from(pipe), &mut io::sink());
    }
}

/// Writes to a process that may end meanwhile, into a pipe that does not end with it.
struct ChildPipe<'a> {
    to: &'a mut File,
    process: &'a mut Child,
}

impl io::Write for ChildPipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.to.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.process.try_wait()?.is_some() {
                        return Err(io::ErrorKind::BrokenPipe.into());
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
                done => return done,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sends the patterns; ends with the process that takes them.
fn send(patterns: &Patterns, to: &mut File, process: &mut Child) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(&*to)?;
    rustix::fs::fcntl_setfl(&*to, flags | OFlags::NONBLOCK)?;
    patterns.send(&mut ChildPipe { to, process })?;
    // The command gets this end, and does not expect it to be full.
    rustix::fs::fcntl_setfl(&*to, flags)?;
    Ok(())
}
