//! Compiles a module in a child process, because compiling cannot be interrupted.
//!
//! A module of 2 MB can take 13 s and 1.3 GB to compile. The child is this executable
//! again, under another name: it limits its own memory and processor time before it
//! reads anything, gets the module on standard input and answers with the artifact on
//! standard output; its parent ends it when it takes too long. The child has no
//! environment, and the module that it compiles is not run in it.
//!
//! In the same way it holds a policy's settings against the schema that the policy brings,
//! which can take any time and memory as well.
//!
//! The child bounds what compiling costs. It is no trust boundary: what it answers is
//! loaded as native code, as it would be if the same compiler had run in this process.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use tollgate_model::names::truncate;

use super::engine;
use super::error::PolicyError;
use super::limits::{Limit, Limits};
use super::module::first_line;

/// What the child is called: the first of its arguments.
const NAME: &str = "tollgate-compile";

/// The largest artifact that is taken. Code grows about threefold when it is compiled.
const MAX_ARTIFACT_BYTES: u64 = 512 << 20;

/// How much of the child's messages is kept.
const MAX_MESSAGE_BYTES: u64 = 4 << 10;

/// More threads compile no faster than this many, and each needs memory.
const MAX_THREADS: usize = 8;

/// What the child is told that is to hold settings against a schema.
const SETTINGS: &str = "settings";

/// Settings are looked at before any plan is: they get so small a part of a call's time.
const SETTINGS_PART: u64 = 10;

/// Address space that this program takes before it does anything, in bytes.
const OWN_MEMORY: u64 = 256 << 20;

/// The most of a schema and settings that the child reads.
const MAX_QUESTION_BYTES: u64 = 64 << 20;

/// The child's exit code for a module that the compiler refuses.
const REFUSED: u8 = 1;

static EXECUTABLE: OnceLock<PathBuf> = OnceLock::new();

/// Says which executable compiles: one whose `main` begins with [`serve`]. The first call
/// counts.
///
/// Without it no module can be compiled: there is no fallback that is not limited.
pub fn executable(path: impl Into<PathBuf>) {
    let _ = EXECUTABLE.set(path.into());
}

/// Compiles and returns an exit code, if this process was started to do that. To be called
/// before anything else.
///
/// Otherwise this executable is the one that compiles, from now on.
#[must_use]
pub fn serve() -> Option<ExitCode> {
    let mut arguments = std::env::args_os();
    if arguments.next().is_some_and(|name| name == NAME) {
        return Some(child(arguments));
    }
    // Not the path of the executable, which may be another one by now.
    let itself = PathBuf::from("/proc/self/exe");
    if itself.exists() {
        executable(itself);
    } else if let Ok(path) = std::env::current_exe() {
        executable(path);
    }
    None
}

/// Compiles a module that has passed the scan, and returns the artifact for this engine.
///
/// # Errors
/// When the compiler refuses the module, or it takes more than it may.
pub(super) fn compile(module: &[u8], limits: &Limits) -> Result<Vec<u8>, PolicyError> {
    // One at a time: each uses every core, and the limit on memory is one for all.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (memory, seconds) = (
        limits.bytes(Limit::CompileMemoryMib),
        limits.get(Limit::CompileSeconds),
    );
    match ask(&[], memory, seconds, module)? {
        Some((answer, status)) => judge(answer, status, limits),
        None => Err(PolicyError::limit(Limit::CompileSeconds, limits, None)),
    }
}

/// Has the settings of a policy validated by a child: see [`super::settings`].
///
/// # Errors
/// When that takes more than the policy may, or a child cannot be had.
pub(super) fn check_settings(question: &[u8], limits: &Limits) -> Result<Vec<u8>, PolicyError> {
    let seconds = limits.get(Limit::DeadlineSeconds).div_ceil(SETTINGS_PART);
    let memory = limits.bytes(Limit::MemoryMib).saturating_add(OWN_MEMORY);
    let too_much = |what: &str| {
        Err(PolicyError::Metadata(format!(
            "the schema of its settings cannot be used: to hold the settings against it takes more {what} than the policy may use"
        )))
    };
    let Some((answer, status)) = ask(&[SETTINGS], memory, seconds, question)? else {
        return too_much("time");
    };
    match (status.success(), status.signal(), answer.output) {
        (true, _, Ok(output)) => Ok(output),
        (_, Some(signal), _) if signal == rustix::process::Signal::XCPU.as_raw() => {
            too_much("time")
        }
        // It ends in no other way of its own accord: no memory, or no more stack.
        _ => too_much("memory"),
    }
}

/// Starts a child with these limits, hands it a question and returns what it said and how it
/// ended; none when the time is up.
fn ask(
    arguments: &[&str],
    memory: u64,
    seconds: u64,
    question: &[u8],
) -> Result<Option<(Answer, ExitStatus)>, PolicyError> {
    let unavailable = |reason: String| PolicyError::Compiler { reason };
    let executable = EXECUTABLE
        .get()
        .ok_or_else(|| unavailable("this program does not say which executable compiles".into()))?;
    let mut child = Command::new(executable)
        .arg0(NAME)
        .arg(memory.to_string())
        .arg(seconds.to_string())
        .args(arguments)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
            unavailable(format!(
                "{} cannot be started: {error}",
                executable.display()
            ))
        })?;
    let answer = converse(&mut child, question, Duration::from_secs(seconds));
    // Ends it in every case that is not the expected one, in which it has ended already.
    let _ = child.kill();
    let status = child
        .wait()
        .map_err(|error| unavailable(format!("its end cannot be seen: {error}")))?;
    Ok(answer?.map(|answer| (answer, status)))
}

/// What the child said until it closed its standard output.
struct Answer {
    output: io::Result<Vec<u8>>,
    messages: String,
}

/// Hands over the module and takes the answer; none when the time is up.
fn converse(
    child: &mut Child,
    module: &[u8],
    time: Duration,
) -> Result<Option<Answer>, PolicyError> {
    let (Some(mut stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(PolicyError::Compiler {
            reason: "it has no pipes".to_owned(),
        });
    };
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            // A child that has ended before it read everything says why in its status.
            let _ = stdin.write_all(module);
            drop(stdin);
            let mut output = Vec::new();
            let output = stdout
                .take(MAX_ARTIFACT_BYTES + 1)
                .read_to_end(&mut output)
                .map(|_| output);
            let mut messages = Vec::new();
            let _ = stderr.take(MAX_MESSAGE_BYTES).read_to_end(&mut messages);
            let _ = sender.send(Answer {
                output,
                messages: String::from_utf8_lossy(&messages).into_owned(),
            });
        });
        let answer = receiver.recv_timeout(time).ok();
        if answer.is_none() {
            // Closes the pipes, which ends the thread.
            let _ = child.kill();
        }
        Ok(answer)
    })
}

/// Makes a result of what the child said and how it ended.
fn judge(answer: Answer, status: ExitStatus, limits: &Limits) -> Result<Vec<u8>, PolicyError> {
    let output = answer.output.map_err(|error| PolicyError::Compiler {
        reason: format!("its answer cannot be read: {error}"),
    })?;
    if output.len() as u64 > MAX_ARTIFACT_BYTES {
        return Err(PolicyError::limit(Limit::CodeMib, limits, None));
    }
    if status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output);
    let starved = || {
        STARVED
            .iter()
            .any(|sign| said.contains(sign) || answer.messages.contains(sign))
    };
    match (status.code(), status.signal()) {
        (_, Some(signal)) if signal == rustix::process::Signal::XCPU.as_raw() => {
            Err(PolicyError::limit(Limit::CompileSeconds, limits, None))
        }
        _ if starved() => Err(PolicyError::limit(Limit::CompileMemoryMib, limits, None)),
        (Some(code), _) if code == i32::from(REFUSED) => Err(refused(&said)),
        (_, Some(signal)) => Err(PolicyError::CompilerCrashed {
            how: format!("signal {signal}"),
        }),
        (code, None) => Err(PolicyError::CompilerCrashed {
            how: format!(
                "exit code {}: {}",
                code.unwrap_or_default(),
                truncate(told(&answer.messages), 200)
            ),
        }),
    }
}

/// The first line of what a program said as it ended that says why: one that panics begins with an
/// empty line, and with where.
fn told(messages: &str) -> &str {
    let mut lines = messages.lines().map(str::trim);
    lines
        .find(|line| !line.is_empty() && !line.starts_with("thread "))
        .unwrap_or_default()
}

/// What the standard library and the system say when there is no more memory.
const STARVED: [&str; 5] = [
    "out of memory",
    "memory allocation of",
    "Cannot allocate memory",
    "Resource temporarily unavailable",
    "os error 12",
];

/// The compiler's own words. Those on features are the parser's, which is pinned.
fn refused(message: &str) -> PolicyError {
    let message = truncate(message.lines().next().unwrap_or_default(), 500);
    for (sign, feature) in FEATURES {
        if message.contains(sign) {
            return PolicyError::Feature((*feature).to_owned());
        }
    }
    PolicyError::Invalid(message)
}

/// What the compiler says of a feature that is off, and what the feature is.
const FEATURES: &[(&str, &str)] = &[
    ("exceptions support is not enabled", "exceptions"),
    ("legacy exceptions support is not enabled", "exceptions"),
    ("threads support is not enabled", "threads"),
    ("threads must be enabled", "threads"),
    ("shared-everything-threads", "threads"),
    ("memory64 must be enabled", "64-bit memories"),
    ("relaxed SIMD support is not enabled", "relaxed SIMD"),
    ("tail calls support is not enabled", "tail calls"),
    ("gc support is not enabled", "garbage collection"),
    ("gc types are disabled", "garbage collection"),
    ("the gc feature", "garbage collection"),
    ("gc proposal", "garbage collection"),
    ("function references", "garbage collection"),
    ("multiple memories", "several memories in one module"),
    ("multi-memory", "several memories in one module"),
    ("stack switching", "stack switching"),
    ("component model async", "asynchronous components"),
];

/// The child: limit, read, compile, answer.
fn child(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let mut number = || arguments.next()?.to_str()?.parse::<u64>().ok();
    let (Some(memory), Some(seconds)) = (number(), number()) else {
        return ExitCode::from(2);
    };
    if let Err(error) = confine(memory, seconds) {
        let _ = writeln!(io::stderr(), "the limits cannot be set: {error}");
        return ExitCode::from(2);
    }
    if arguments.next().is_some_and(|word| word == SETTINGS) {
        return settings_child();
    }
    let threads =
        thread::available_parallelism().map_or(1, |threads| threads.get().min(MAX_THREADS));
    // Fails only where threads exist already, and then they do.
    let _ = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global();
    let mut module = Vec::new();
    let most = Limit::ModuleMib.spec().max << 20;
    if let Err(error) = io::stdin().lock().take(most).read_to_end(&mut module) {
        let _ = writeln!(io::stderr(), "the module cannot be read: {error}");
        return ExitCode::from(2);
    }
    let engine = engine::engine();
    let compiled = if wasmparser::Parser::is_component(&module) {
        engine.precompile_component(&module)
    } else {
        engine.precompile_module(&module)
    };
    let (answer, code) = match compiled {
        Ok(artifact) => (artifact, ExitCode::SUCCESS),
        Err(error) => (first_line(&error).into_bytes(), ExitCode::from(REFUSED)),
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the compiler answers the process that started it"
    )]
    let mut stdout = io::stdout().lock();
    match stdout.write_all(&answer).and_then(|()| stdout.flush()) {
        Ok(()) => code,
        Err(_) => ExitCode::from(2),
    }
}

/// The child that holds settings against a schema.
fn settings_child() -> ExitCode {
    let mut question = Vec::new();
    let read = io::stdin()
        .lock()
        .take(MAX_QUESTION_BYTES)
        .read_to_end(&mut question);
    let answer = read
        .ok()
        .and_then(|_| super::settings::answer(&question).ok());
    #[expect(
        clippy::disallowed_methods,
        reason = "the child answers the process that started it"
    )]
    let mut stdout = io::stdout().lock();
    match answer.map(|answer| stdout.write_all(&answer).and_then(|()| stdout.flush())) {
        Some(Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::from(2),
    }
}

/// Limits this process, for good.
fn confine(memory: u64, seconds: u64) -> io::Result<()> {
    // A second signal, which cannot be caught, if the first does not end it.
    let grace = seconds.saturating_add(2);
    for (resource, soft, hard) in [
        (Resource::Core, 0, 0),
        (Resource::Fsize, 0, 0),
        (Resource::As, memory, memory),
        (Resource::Cpu, seconds, grace),
    ] {
        // A limit that is lower already stays.
        let hard = getrlimit(resource)
            .maximum
            .map_or(hard, |now| now.min(hard));
        setrlimit(
            resource,
            Rlimit {
                current: Some(soft.min(hard)),
                maximum: Some(hard),
            },
        )?;
    }
    Ok(())
}
