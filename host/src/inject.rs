//! Runs one command with the secrets of an environment.
//!
//! Where nothing stands between the command and its terminal, Tollgate becomes the command:
//! `exec`, so that signals, job control, the exit code and the process id are the command's own.
//! Where output goes to a log, another process masks it ([`masker`]); it belongs to no terminal and
//! no process group of ours, so that whatever ends Tollgate never ends the command through a closed
//! pipe. Values reach OpenTofu and Terraform through a pipe that is read once. Nothing touches a disk.

mod child;
mod held;
pub mod logs;
pub mod masker;
pub mod shield;
pub mod signals;
pub mod tofu;
pub mod wrapper;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::io::FdFlags;
use rustix::process::{Resource, Rlimit};
use tollgate_model::error::UserError;
use tollgate_model::exit;
use tollgate_secrets::inject::mask::Patterns;
use zeroize::Zeroizing;

pub use self::signals::Conduct;

/// What one command gets.
pub struct Launch {
    /// The program, as it was named.
    pub program: OsString,
    /// Its arguments. The path of the variables file is added where [`Handover::VarFile`] says.
    pub arguments: Vec<OsString>,
    /// How the values get there.
    pub handover: Handover,
    /// What it gets besides as files, by the variables of its environment that name them.
    pub files: BTreeMap<String, Zeroizing<Vec<u8>>>,
    /// What its output must not show; empty where it may show everything.
    pub patterns: Patterns,
    /// Where its standard error goes instead, unmasked: what has no secret in it.
    pub errors: Option<File>,
    /// What it is to make of signals for this process.
    pub conduct: Conduct,
    /// Variables of this process's environment that it does not get.
    pub withheld: Vec<OsString>,
    /// How long it may run before it is ended; none for as long as it likes.
    pub limit: Option<Duration>,
}

/// How a command has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; 128 and the signal's number if one ended it.
    pub code: u8,
    /// The signal that ended it.
    pub killed_by: Option<i32>,
    /// How often it said that it was told to end; 0 too where its output was not looked at.
    pub warned: usize,
    /// What became of its output, where not all of it was shown, as a fragment.
    pub lost: Option<String>,
}

/// How values get into a process.
pub enum Handover {
    /// Not at all.
    Nothing,
    /// As a variables file that can be read once.
    VarFile {
        /// Before which argument `-var-file` goes.
        at: usize,
        /// The file's text.
        text: Zeroizing<Vec<u8>>,
    },
    /// As variables of its environment.
    Environment(BTreeMap<String, Zeroizing<Vec<u8>>>),
    /// On a descriptor, which can be read once.
    Descriptor {
        /// Its number, 3 or more.
        number: i32,
        /// What is read there.
        text: Zeroizing<Vec<u8>>,
    },
}

/// Why a command did not run.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// There is no such program.
    #[error("there is no command {}", crate::diagnostic::quoted(.0))]
    NotFound(String),
    /// It is there and does not run.
    #[error("cannot run {}: {cause}", crate::diagnostic::quoted(.program))]
    NotExecutable {
        /// The program.
        program: String,
        /// What the system says.
        cause: io::Error,
    },
    /// Somebody else has the descriptor.
    #[error("descriptor {0} is already open; take another number")]
    Taken(i32),
    /// A file in memory needs a system that has such.
    #[error("`--file` needs Linux: elsewhere no file is on no disk")]
    NoFiles,
    /// The command has run, and not all of its output was seen.
    #[error("the command ended with exit code {code}, but its output {why}")]
    OutputLost {
        /// The command's own exit code.
        code: u8,
        /// As a fragment.
        why: String,
    },
    /// What is handed over would not reach the tool.
    #[error("{}", .0.what())]
    Wrapper(wrapper::Wrapper),
    /// A signal came before it was started.
    #[error("interrupted before anything was started")]
    Interrupted {
        /// The signal's number.
        signal: i32,
    },
    /// The system refuses a pipe or a process.
    #[error("cannot {what}: {cause}")]
    System {
        /// As a fragment.
        what: &'static str,
        /// What the system says.
        cause: io::Error,
    },
}

impl UserError for LaunchError {
    fn exit_code(&self) -> u8 {
        match self {
            Self::NotFound(_) => exit::NOT_FOUND,
            Self::NotExecutable { .. } => exit::NOT_EXECUTABLE,
            Self::Interrupted { signal } => u8::try_from(128 + signal).unwrap_or(u8::MAX),
            Self::Taken(_)
            | Self::NoFiles
            | Self::OutputLost { .. }
            | Self::Wrapper(_)
            | Self::System { .. } => exit::EXEC,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Wrapper(wrapper) => Some(wrapper.fix()),
            Self::NoFiles => Some("hand it over with `--fd 3`, or with `--env`".to_owned()),
            _ => None,
        }
    }
}

impl LaunchError {
    /// Makes an error of the system's, for what was tried as a fragment.
    fn system(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |cause| Self::System { what, cause }
    }

    /// Sorts what the system says of a program that did not start.
    fn start(program: &OsStr, cause: io::Error) -> Self {
        let program = program.to_string_lossy().into_owned();
        if cause.kind() == io::ErrorKind::NotFound {
            Self::NotFound(program)
        } else {
            Self::NotExecutable { program, cause }
        }
    }
}

/// Keeps plaintext out of core dumps, of this process and of those that it starts.
///
/// One byte, not none: where cores are piped to a program, the kernel overlooks a limit of 0, and
/// takes 1 as "never".
///
/// # Errors
/// When the system refuses.
pub fn forbid_core_dumps() -> Result<(), LaunchError> {
    let most = rustix::process::getrlimit(Resource::Core).maximum;
    let limit = Some(most.map_or(1, |most| most.min(1)));
    rustix::process::setrlimit(
        Resource::Core,
        Rlimit {
            current: limit,
            maximum: limit,
        },
    )
    .map_err(|error| LaunchError::system("limit core dumps")(error.into()))
}

/// Runs the command and returns its exit code; where nothing has to be masked, this process becomes
/// the command and there is no return. `prepare` may add what is not secret.
///
/// # Errors
/// When the command does not start, or not all of its output was seen.
pub fn run(launch: Launch, prepare: impl FnOnce(&mut Command)) -> Result<u8, LaunchError> {
    let ended = begin(launch, Output::Ours, prepare)?;
    match ended.lost {
        Some(why) => Err(LaunchError::OutputLost {
            code: ended.code,
            why,
        }),
        None => Ok(ended.code),
    }
}

/// Runs the command, whose standard output and error go to our standard error, and says how it
/// ended. This process never becomes the command. `prepare` may add what is not secret.
///
/// # Errors
/// When the command does not start.
pub fn wait(launch: Launch, prepare: impl FnOnce(&mut Command)) -> Result<Ended, LaunchError> {
    begin(launch, Output::StandardError, prepare)
}

/// The command that runs a program: the program, or what becomes it and has it ignore hanging up.
fn command(
    program: &OsStr,
    arguments: &[OsString],
    conduct: &Conduct,
    becomes: bool,
) -> Result<Command, LaunchError> {
    let Conduct::Orderly(_) = conduct else {
        let mut command = Command::new(program);
        command.args(arguments);
        return Ok(command);
    };
    if becomes {
        let mut command = Command::new(program);
        command.args(arguments);
        return Ok(command);
    }
    if found(program).is_none() {
        let program = program.to_string_lossy().into_owned();
        return Err(LaunchError::NotFound(program));
    }
    let mut command = Command::new(own_program()?);
    command.arg0(shield::NAME).arg(program).args(arguments);
    Ok(command)
}

/// The program, by its path or on `PATH`; none where there is none.
fn found(program: &OsStr) -> Option<PathBuf> {
    let path = Path::new(program);
    if path.components().count() > 1 {
        return path.exists().then(|| path.to_owned());
    }
    let all = std::env::var_os("PATH")?;
    std::env::split_paths(&all)
        .map(|folder| folder.join(path))
        .find(|path| path.is_file())
}

/// Whether there is such a program, by its path or on `PATH`, that may be run.
#[must_use]
pub fn can_run(program: &OsStr) -> bool {
    found(program).is_some_and(|path| {
        path.is_file() && rustix::fs::access(&path, rustix::fs::Access::EXEC_OK).is_ok()
    })
}

/// This program, to be started under another name.
fn own_program() -> Result<PathBuf, LaunchError> {
    if cfg!(target_os = "linux") {
        // The very file that runs, whatever has become of its path.
        Ok("/proc/self/exe".into())
    } else {
        std::env::current_exe().map_err(LaunchError::system("find the running program"))
    }
}

/// Where a command's output goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    /// Where ours goes, stream by stream.
    Ours,
    /// All of it to our standard error: standard output is for our own results.
    StandardError,
}

/// Starts the command, or becomes it, and waits for its end.
fn begin(
    launch: Launch,
    output: Output,
    prepare: impl FnOnce(&mut Command),
) -> Result<Ended, LaunchError> {
    let Launch {
        program,
        mut arguments,
        handover,
        files,
        patterns,
        errors,
        conduct,
        withheld,
        limit,
    } = launch;
    let reader_gone = match handover {
        Handover::Nothing | Handover::VarFile { .. } => masker::ReaderGone::GoesOn,
        Handover::Environment(_) | Handover::Descriptor { .. } => masker::ReaderGone::Ends,
    };
    expect_descriptors_reach(&program, &handover)?;
    let HandedOver {
        environment,
        inherited,
        rest,
    } = hand_over(handover, &mut arguments)?;
    // Only now: it must not have the number that the command reads on.
    let files = held::Held::new(files)?;
    let mut streams = match output {
        Output::Ours => child::Streams::masked(&patterns, reader_gone)?,
        Output::StandardError => Some(child::Streams::on_stderr(&patterns, reader_gone)?),
    };
    if let (Some(streams), Some(_)) = (&mut streams, &errors) {
        streams.leave_errors();
    }
    let becomes = streams.is_none() && rest.is_none();
    let mut command = command(&program, &arguments, &conduct, becomes)?;
    for name in &withheld {
        command.env_remove(name);
    }
    for (name, value) in environment {
        command.env(name, OsStr::from_bytes(&value));
    }
    for (name, path) in files.paths() {
        command.env(name, path);
    }
    prepare(&mut command);
    if let Some(errors) = errors {
        command.stderr(errors);
    }
    if let Some(fd) = &inherited {
        // Only now: the masking process must not have it.
        pass_on(fd)?;
    }
    if becomes {
        files.keep()?;
        return Err(LaunchError::start(&program, command.exec()));
    }
    let running = child::Running::start(command, streams, &conduct, limit.is_some())?;
    // The command has its own by now, and the writer has to learn when that is closed.
    drop(inherited);
    if let Some(rest) = rest {
        write_rest(rest);
    }
    running.wait(limit)
}

/// Refuses a program that stands in front of the tool and closes the descriptor on which the tool would
/// read its variables.
fn expect_descriptors_reach(program: &OsStr, handover: &Handover) -> Result<(), LaunchError> {
    if let (Handover::VarFile { .. }, Some(path)) = (handover, found(program))
        && let Some(wrapper) = wrapper::Wrapper::without_descriptors(&path)
    {
        return Err(LaunchError::Wrapper(wrapper));
    }
    Ok(())
}

/// Values that wait for a command to start.
#[derive(Default)]
struct HandedOver {
    /// Variables of its environment.
    environment: BTreeMap<String, Zeroizing<Vec<u8>>>,
    /// A descriptor that it inherits, and that this process closes once it has.
    inherited: Option<OwnedFd>,
    /// What did not fit into the pipe behind that.
    rest: Option<Feed>,
}

/// Puts values where a command finds them, and adds the argument that says where, if it needs one.
fn hand_over(handover: Handover, arguments: &mut Vec<OsString>) -> Result<HandedOver, LaunchError> {
    match handover {
        Handover::Nothing => Ok(HandedOver::default()),
        Handover::Environment(environment) => Ok(HandedOver {
            environment,
            ..HandedOver::default()
        }),
        Handover::VarFile { at, text } => {
            let (read, rest) = filled_pipe(text)?;
            let path = format!("-var-file=/dev/fd/{}", read.as_raw_fd());
            arguments.insert(at.min(arguments.len()), path.into());
            Ok(HandedOver {
                inherited: Some(read),
                rest,
                ..HandedOver::default()
            })
        }
        Handover::Descriptor { number, text } => {
            // Whichever descriptor is free at or after the number: it has to be the number.
            let mut reserved = rustix::io::fcntl_dupfd_cloexec(io::stderr().as_fd(), number)
                .map_err(|error| LaunchError::system("reserve a descriptor")(error.into()))?;
            if reserved.as_raw_fd() != number {
                return Err(LaunchError::Taken(number));
            }
            let (read, rest) = filled_pipe(text)?;
            rustix::io::dup3(&read, &mut reserved, rustix::io::DupFlags::CLOEXEC)
                .map_err(|error| LaunchError::system("place a descriptor")(error.into()))?;
            Ok(HandedOver {
                inherited: Some(reserved),
                rest,
                ..HandedOver::default()
            })
        }
    }
}

/// Has the next command that is started inherit a descriptor.
fn pass_on(fd: &OwnedFd) -> Result<(), LaunchError> {
    rustix::io::fcntl_setfd(fd, FdFlags::empty())
        .map_err(|error| LaunchError::system("hand over a descriptor")(error.into()))
}

/// Writes what did not fit into a pipe while the other end is read.
fn write_rest((pipe, text): Feed) {
    std::thread::spawn(move || {
        // A command that never reads ends the pipe, and that is its business.
        let _ = File::from(pipe).write_all(&text);
    });
}

/// A file of variables that a command is about to read. Keep it until the command has started.
pub struct Fed(#[expect(dead_code, reason = "the command inherits it")] OwnedFd);

/// Makes a file of variables that can be read once, for the next command that is started, and returns
/// the option that names it.
///
/// # Errors
/// When the system refuses a pipe.
pub fn feed(text: &Zeroizing<Vec<u8>>) -> Result<(OsString, Fed), LaunchError> {
    let (read, rest) = filled_pipe(text.clone())?;
    pass_on(&read)?;
    if let Some(rest) = rest {
        write_rest(rest);
    }
    let option = format!("-var-file=/dev/fd/{}", read.as_raw_fd());
    Ok((option.into(), Fed(read)))
}

/// The end to write to and what is still to be written.
type Feed = (OwnedFd, Zeroizing<Vec<u8>>);

/// Makes a pipe with the text in it, as far as pipes can hold it; what does not fit is to be written
/// while the other end is read.
fn filled_pipe(text: Zeroizing<Vec<u8>>) -> Result<(OwnedFd, Option<Feed>), LaunchError> {
    let system = LaunchError::system("make a pipe");
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
        .map_err(|error| system(error.into()))?;
    let capacity = capacity(&write, text.len());
    if text.len() > capacity {
        return Ok((read, Some((write, text))));
    }
    File::from(write)
        .write_all(&text)
        .map_err(LaunchError::system("fill a pipe"))?;
    Ok((read, None))
}

/// How many bytes a pipe holds, made larger if need be and possible.
#[cfg(target_os = "linux")]
fn capacity(pipe: &OwnedFd, wanted: usize) -> usize {
    let has = rustix::pipe::fcntl_getpipe_size(pipe).unwrap_or(0);
    if has >= wanted {
        return has;
    }
    rustix::pipe::fcntl_setpipe_size(pipe, wanted).unwrap_or(has)
}

/// What POSIX promises.
#[cfg(not(target_os = "linux"))]
fn capacity(_: &OwnedFd, _: usize) -> usize {
    512
}
