//! `sops keyservice`, started for as long as it is needed.
//!
//! It listens on a socket in a directory of mode 0700, so that only processes of the same user reach it. A
//! shell stands between it and this process: it waits until this process has closed its end of a pipe, by
//! intent or because it was killed, and then ends the service and removes the directory.

use super::protocol::Address;
use crate::keys::Env;
use std::ffi::OsStr;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the service may take until it listens.
const START_TIMEOUT: Duration = Duration::from_secs(10);
/// How often somebody looks whether it does.
const POLL: Duration = Duration::from_millis(10);
/// The longest directory whose sockets have names that every system takes, in bytes.
const DIRECTORY_LIMIT: usize = 70;
/// What is kept of what the service prints, in bytes.
const OUTPUT_LIMIT: usize = 4096;

/// Starts the service, and ends it once nobody holds the other end of standard input. Signals of the
/// terminal are for Tollgate, whose end is this one's.
const SCRIPT: &str = r#"
trap '' HUP INT QUIT TERM
"$1" keyservice --network unix --address "$2/socket" 2>&1 </dev/null &
service=$!
exec >/dev/null 2>&1
cat
kill -9 "$service"
rm -rf -- "$2"
"#;

/// A service that runs.
pub(super) struct Local {
    program: PathBuf,
    shell: Child,
    /// Closed when the service is to end.
    hold: Option<ChildStdin>,
    directory: tempfile::TempDir,
}

impl Local {
    /// Starts one. The error is a fragment.
    pub(super) fn start(env: &Env) -> Result<Self, String> {
        let program = program(env).ok_or("sops is not installed (it is not on PATH)")?;
        let shown = program.display().to_string().escape_debug().to_string();
        let failed = |why: &str| format!("`{shown} keyservice` cannot be started: {why}");
        let mode = std::fs::Permissions::from_mode(0o700);
        let directory = tempfile::Builder::new()
            .prefix("tollgate-")
            .permissions(mode)
            .tempdir_in(place(env))
            .map_err(|error| failed(&crate::error::in_words(error.kind())))?;
        let mut shell = Command::new("/bin/sh")
            .args([OsStr::new("-c"), OsStr::new(SCRIPT), OsStr::new("sh")])
            .arg(&program)
            .arg(directory.path())
            // It is the service, and asks no other.
            .env_remove(super::ADDRESSES)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(&crate::error::in_words(error.kind())))?;
        let hold = shell.stdin.take();
        let output = shell.stdout.take().map(Output::watch).unwrap_or_default();
        let local = Self {
            program,
            shell,
            hold,
            directory,
        };
        let start = Instant::now();
        loop {
            if is_listening(&local.socket()) {
                return Ok(local);
            }
            if output.ended.load(Ordering::SeqCst) {
                return Err(failed(&output.said()));
            }
            if start.elapsed() > START_TIMEOUT {
                let seconds = START_TIMEOUT.as_secs();
                return Err(failed(&format!("it does not listen after {seconds} s")));
            }
            std::thread::sleep(POLL);
        }
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    pub(super) fn address(&self) -> Address {
        Address::Unix(self.socket())
    }

    /// The program, for messages.
    pub(super) fn program(&self) -> String {
        self.program
            .display()
            .to_string()
            .escape_debug()
            .to_string()
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        drop(self.hold.take());
        let _ = self.shell.wait();
    }
}

fn is_listening(socket: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(socket).is_ok()
}

/// Finds sops on the `PATH`.
pub(super) fn program(env: &Env) -> Option<PathBuf> {
    let path = env("PATH")?;
    std::env::split_paths(&path)
        // What lies in the directory that somebody works in is no program of the machine.
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("sops"))
        .find(|program| {
            std::fs::metadata(program).is_ok_and(|metadata| {
                metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
            })
        })
}

/// Where the directory of the socket is made: the user's own place for such, or that of temporary files. It
/// holds nothing but the socket.
fn place(env: &Env) -> PathBuf {
    let fits = |path: &PathBuf| {
        path.is_absolute() && path.as_os_str().len() <= DIRECTORY_LIMIT && path.is_dir()
    };
    ["XDG_RUNTIME_DIR", "TMPDIR"]
        .into_iter()
        .filter_map(|name| env(name).map(PathBuf::from))
        .find(fits)
        .unwrap_or_else(|| PathBuf::from("/tmp"))
}

/// What the service prints, the beginning of it.
#[derive(Default)]
struct Output {
    text: Arc<Mutex<Vec<u8>>>,
    ended: Arc<AtomicBool>,
}

impl Output {
    /// Reads all of it, so that the service is never held up.
    fn watch(mut from: ChildStdout) -> Self {
        let output = Self::default();
        let (text, ended) = (Arc::clone(&output.text), Arc::clone(&output.ended));
        std::thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
                let room = OUTPUT_LIMIT.saturating_sub(text.len()).min(count);
                text.extend_from_slice(buffer.get(..room).unwrap_or_default());
            }
            ended.store(true, Ordering::SeqCst);
        });
        output
    }

    /// Its last line.
    fn said(&self) -> String {
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&text);
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        match last {
            Some(line) => {
                let line: String = line.trim().chars().take(300).collect();
                format!("it says `{}`", line.escape_debug())
            }
            None => "it ended at once".to_owned(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// A program named sops, and the environment that finds it.
    fn pretend(script: &str) -> (tempfile::TempDir, Env) {
        let folder = tempfile::tempdir().unwrap();
        let sops = folder.path().join("sops");
        std::fs::write(&sops, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&sops, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = folder.path().as_os_str().to_owned();
        let env: Env = Arc::new(move |name| (name == "PATH").then(|| path.clone()));
        (folder, env)
    }

    #[test]
    fn what_does_not_start_says_why() {
        let (_folder, env) = pretend("echo no such command >&2; exit 1");
        let why = Local::start(&env).err().unwrap();
        assert!(why.contains("it says `no such command`"), "{why}");
        let (_folder, env) = pretend("exit 0");
        let why = Local::start(&env).err().unwrap();
        assert!(why.contains("it ended at once"), "{why}");
        let nothing: Env = Arc::new(|_| None);
        let why = Local::start(&nothing).err().unwrap();
        assert!(why.contains("sops is not installed"), "{why}");
    }

    #[test]
    fn a_program_beside_the_files_is_not_taken() {
        let env: Env = Arc::new(|name| (name == "PATH").then(|| ".:bin:".into()));
        assert!(program(&env).is_none());
    }
}
