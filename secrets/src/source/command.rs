//! A command that prints secrets: Doppler, 1Password, Vault, or a script of the team's.

use super::{Source, parse, secrets};
use crate::error::{Error, Problem};
use crate::file::Format;
use crate::keys::Keyring;
use crate::secrets::{ExtractPath, Secrets};
use crate::tree::Text;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// What a command may print, in MiB.
const OUTPUT_LIMIT_MIB: usize = 8;
/// How long a command may take: it may ask a person for a second factor.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How often a command that has closed its output is looked at.
const POLL: Duration = Duration::from_millis(5);

/// What a command prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandOutput {
    /// One JSON object.
    Json,
    /// `KEY=value` lines: quotes and `export` as shells read them, nothing expanded.
    Dotenv,
}

/// A command, run without a shell.
///
/// Its standard error goes where ours goes and never into the secrets; its standard input is empty.
pub struct Command {
    program: OsString,
    arguments: Vec<OsString>,
    output: CommandOutput,
    at: Option<ExtractPath>,
    directory: Option<PathBuf>,
    timeout: Duration,
}

impl Command {
    /// Names the program, its arguments and what it prints.
    #[must_use]
    pub fn new(
        program: impl Into<OsString>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
        output: CommandOutput,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            output,
            at: None,
            directory: None,
            timeout: TIMEOUT,
        }
    }

    /// Takes the map at a path of the output, such as `["data"]["data"]` of Vault's.
    #[must_use]
    pub fn at(mut self, path: ExtractPath) -> Self {
        self.at = Some(path);
        self
    }

    /// Runs the command in a directory.
    #[must_use]
    pub fn in_directory(mut self, directory: PathBuf) -> Self {
        self.directory = Some(directory);
        self
    }

    /// Ends the command after a time, instead of after two minutes.
    #[must_use]
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn run(&self) -> Result<Text, Problem> {
        let mut command = std::process::Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        let mut child = command.spawn().map_err(|error| Problem::Source {
            what: match error.kind() {
                std::io::ErrorKind::NotFound => "does not start: no such command".to_owned(),
                kind => format!("does not start: {kind}"),
            },
            next: Some("install it, or name it by its path".to_owned()),
        })?;
        let finished = self.finish(&mut child);
        if finished.is_err() {
            // Nobody waits for what it says any more.
            let _ = child.kill();
            let _ = child.wait();
        }
        let (output, status) = finished?;
        if status.success() {
            Ok(output)
        } else {
            Err(Problem::Source {
                what: format!("failed ({status}); what it printed is not used"),
                next: Some("run it by itself; its own message is on standard error".to_owned()),
            })
        }
    }

    fn finish(&self, child: &mut Child) -> Result<(Text, ExitStatus), Problem> {
        let deadline = Instant::now() + self.timeout;
        let slow = || Problem::Source {
            what: format!(
                "was ended after {} s without an answer",
                self.timeout.as_secs()
            ),
            next: Some("run it by itself; it may wait for you to sign in".to_owned()),
        };
        let lost = |error: std::io::Error| Problem::Source {
            what: format!("cannot be read: {}", crate::error::in_words(error.kind())),
            next: None,
        };
        let (sender, receiver) = mpsc::sync_channel(1);
        if let Some(mut stdout) = child.stdout.take() {
            std::thread::Builder::new()
                .name("command".to_owned())
                .spawn(move || {
                    let _ = sender.send(read(&mut stdout));
                })
                .map_err(lost)?;
        }
        let output = receiver
            .recv_timeout(self.timeout)
            .map_err(|_| slow())?
            .map_err(lost)?
            .ok_or(Problem::Source {
                what: format!("prints more than {OUTPUT_LIMIT_MIB} MiB"),
                next: None,
            })?;
        loop {
            match child.try_wait().map_err(lost)? {
                Some(status) => return Ok((output, status)),
                None if Instant::now() > deadline => return Err(slow()),
                None => std::thread::sleep(POLL),
            }
        }
    }
}

/// Reads to the end; `None` when there is too much.
fn read(stdout: &mut impl Read) -> std::io::Result<Option<Text>> {
    let mut output = Text::with_capacity(16 << 10);
    let mut chunk = Zeroizing::new([0; 8192]);
    loop {
        match stdout.read(chunk.as_mut_slice()) {
            Ok(0) => return Ok(Some(output)),
            Ok(count) => output.push(&chunk[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if output.as_bytes().len() > OUTPUT_LIMIT_MIB << 20 {
            return Ok(None);
        }
    }
}

impl Source for Command {
    fn name(&self) -> String {
        // Arguments may hold what nobody should read.
        let program = Path::new(&self.program)
            .file_name()
            .unwrap_or(&self.program);
        format!("the command `{}`", program.display())
    }

    fn fetch(&self, _: &Keyring) -> Result<Secrets, Error> {
        let format = match self.output {
            CommandOutput::Json => Format::Json,
            CommandOutput::Dotenv => Format::Dotenv,
        };
        self.run()
            .and_then(|output| parse(&output, self.output))
            .and_then(|node| secrets(self.name(), format, node, self.at.as_ref()))
            .map_err(|problem| Error::new(&self.name(), problem))
    }
}
