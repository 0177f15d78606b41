//! Programs in front of the tool.
//!
//! Some hand on nothing but the three standard streams, so that secrets do not reach the tool, which
//! then complains of a descriptor that nobody has heard of. The one that setup-terraform and
//! setup-opentofu put on the `PATH` of a job is the best known: it also ends at once on a signal, and
//! leaves the tool behind.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::io::FdFlags;

use crate::diagnostic::quoted;

/// A program in front of the tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrapper {
    /// Of setup-terraform or setup-opentofu.
    OfSetup {
        /// As it was found.
        program: PathBuf,
        /// `terraform` or `tofu`.
        tool: String,
    },
    /// Another one, which does not hand on descriptors.
    Other(PathBuf),
}

impl Wrapper {
    /// Recognises one; none where the program is no script.
    #[must_use]
    pub fn of_setup(program: &Path) -> Option<Self> {
        if !is_script(program) {
            return None;
        }
        let tool = program.file_name()?.to_string_lossy().into_owned();
        // They keep the tool itself beside it.
        let real = program.with_file_name(format!("{tool}-bin"));
        real.is_file().then(|| Self::OfSetup {
            program: program.to_owned(),
            tool,
        })
    }

    /// Recognises one that does not hand on descriptors, by asking the tool behind it for the format
    /// of a file that only a descriptor leads to. Nothing is formatted or read.
    #[must_use]
    pub fn without_descriptors(program: &Path) -> Option<Self> {
        if let Some(wrapper) = Self::of_setup(program) {
            return Some(wrapper);
        }
        let drops = is_script(program) && drops_descriptors(program).unwrap_or(false);
        drops.then(|| Self::Other(program.to_owned()))
    }

    /// Returns what it is, as a fragment.
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Self::OfSetup { program, tool } => format!(
                "{} is the wrapper that the action setup-{} installs, which keeps secrets from the tool and leaves it behind when a job is ended",
                quoted(&program.display().to_string()),
                if tool == "tofu" { "opentofu" } else { tool }
            ),
            Self::Other(program) => format!(
                "{} is a script that does not hand on descriptors, so no secret reaches the tool behind it",
                quoted(&program.display().to_string())
            ),
        }
    }

    /// Returns the one next step.
    #[must_use]
    pub fn fix(&self) -> String {
        match self {
            Self::OfSetup { tool, .. } => {
                format!("set `{tool}_wrapper: false` in the action's `with`")
            }
            Self::Other(_) => {
                "name the tool itself with `--tool PATH`, or have the script become it (`exec`)"
                    .to_owned()
            }
        }
    }
}

fn is_script(program: &Path) -> bool {
    let mut first = [0; 2];
    let read = File::open(program).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && &first == b"#!"
}

/// A descriptor that few programs have open.
const UNLIKELY: i32 = 200;

/// Whether the tool behind a program does not have a descriptor that the program has; none where that
/// cannot be told.
fn drops_descriptors(program: &Path) -> Option<bool> {
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).ok()?;
    File::from(write).write_all(b"\n").ok()?;
    // A number that nothing behind a wrapper has by chance.
    let read = rustix::io::fcntl_dupfd_cloexec(&read, UNLIKELY).ok()?;
    rustix::io::fcntl_setfd(&read, FdFlags::empty()).ok()?;
    let output = Command::new(program)
        .args(["fmt", "-no-color", "-check"])
        .arg(format!("/dev/fd/{}", read.as_raw_fd()))
        .env("CHECKPOINT_DISABLE", "1")
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    // It is there, and has not the name of a file to be formatted.
    if text.contains("can be processed with") {
        return Some(false);
    }
    text.contains("No file or directory").then_some(true)
}
