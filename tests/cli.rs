//! Runs the binary as its users do.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use libtest_mimic::Failed;
use serde_json::Value;

/// What a run of `tollgate` came to.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    pub(crate) fn json(&self) -> Result<Value, Failed> {
        serde_json::from_str(&self.stdout)
            .map_err(|error| format!("{error} in the output:\n{self}").into())
    }

    /// Both outputs.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// It ended with this exit code, and in no panic.
    pub(crate) fn expect(&self, code: i32) -> Result<(), Failed> {
        if self.code == code && !self.stderr.contains("panicked at") {
            return Ok(());
        }
        Err(format!("expected exit code {code}:\n{self}").into())
    }

    /// It says this, however its lines are wrapped.
    pub(crate) fn says(&self, wanted: &str) -> Result<(), Failed> {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        if words(&self.all()).contains(&words(wanted)) {
            return Ok(());
        }
        Err(format!("does not say {wanted:?}:\n{self}").into())
    }

    pub(crate) fn says_all(&self, wanted: &[&str]) -> Result<(), Failed> {
        wanted.iter().try_for_each(|wanted| self.says(wanted))
    }

    /// It ended with this exit code, and says each of these.
    pub(crate) fn ends(&self, code: i32, wanted: &[&str]) -> Result<(), Failed> {
        self.expect(code)?;
        self.says_all(wanted)
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "exit code {}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    // The manifest is that of the package, whose folder is in the root.
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A run of `tollgate` in `directory`.
pub(crate) fn tollgate(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command
        .current_dir(directory)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("RUST_BACKTRACE")
        // Not the cache of whoever runs the tests.
        .env(
            "XDG_CACHE_HOME",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"),
        )
        .env(
            "XDG_STATE_HOME",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/state"),
        )
        .stdin(Stdio::null());
    command
}

/// Runs it to its end, with whatever exit code.
pub(crate) fn finish(command: &mut Command) -> Result<Run, Failed> {
    Ok(Run::of(command.output()?))
}

/// Runs it to its end. No run may panic, and no code is one that is not documented.
pub(crate) fn run(command: &mut Command) -> Result<Run, Failed> {
    let run = finish(command)?;
    if run.stderr.contains("panicked at") || !(0..=6).contains(&run.code) {
        return Err(format!("a crash:\n{run}").into());
    }
    Ok(run)
}

/// Runs it to its end with this on its standard input.
pub(crate) fn given(command: &mut Command, input: impl AsRef<[u8]>) -> Result<Run, Failed> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        // A command that reads nothing may be gone.
        let _ = pipe.write_all(input.as_ref());
    }
    Ok(Run::of(child.wait_with_output()?))
}

/// Git, as nobody in particular and with nobody's settings; returns what it prints.
pub(crate) fn git(directory: &Path, arguments: &[&str]) -> Result<String, Failed> {
    let mut command = Command::new("git");
    command
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::null());
    for setting in [
        "user.name=Somebody",
        "user.email=somebody@example.org",
        "init.defaultBranch=main",
        "core.autocrlf=false",
        "protocol.file.allow=always",
    ] {
        command.args(["-c", setting]);
    }
    let run = finish(command.args(arguments))?;
    run.expect(0).map_err(|failed| {
        format!(
            "git {arguments:?}: {}",
            failed.message().unwrap_or_default()
        )
    })?;
    Ok(run.stdout.trim_end().to_owned())
}

/// Every file below `directory` with this extension, sorted.
pub(crate) fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
