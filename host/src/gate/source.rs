//! Where plans come from.

#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::plan;
use crate::report::Problem;
use crate::stack::{self, Stack};

/// The largest plan, in bytes: some seven times one of a hundred thousand changes.
const MAX_PLAN_BYTES: u64 = 2 << 30;

/// Where a plan comes from.
#[derive(Clone, Debug)]
pub enum PlanSource {
    /// Standard input.
    Stdin,
    /// A file, and the program that turns a binary plan into JSON, if one may be run.
    File {
        /// As it was named.
        path: PathBuf,
        /// `tofu` or `terraform`.
        show_with: Option<PathBuf>,
        /// The stack that it is of.
        stack: Stack,
    },
    /// JSON that was never in a file.
    Memory {
        /// What reports call it.
        name: String,
        /// The stack that it is of.
        stack: Stack,
        /// It may hold secrets.
        bytes: Arc<Zeroizing<Vec<u8>>>,
    },
}

impl PlanSource {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File { path, .. } => path.display().to_string(),
            Self::Memory { name, .. } => name.clone(),
        }
    }

    pub(super) fn stack(&self) -> Stack {
        match self {
            Self::Stdin => stack::here(),
            Self::File { stack, .. } | Self::Memory { stack, .. } => stack.clone(),
        }
    }

    /// The file that the plan was saved in, if it is known.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdin | Self::Memory { .. } => None,
            Self::File { path, .. } => Some(path),
        }
    }

    /// Reads the plan once; from here on the file can change without effect.
    pub(super) fn read(&self) -> Result<Vec<u8>, Problem> {
        let unreadable = |message: String, help: &str| Problem {
            code: "plan-unreadable".to_owned(),
            message,
            help: Some(help.to_owned()),
        };
        match self {
            Self::Memory { bytes, .. } => Ok(bytes.to_vec()),
            Self::Stdin => bounded(io::stdin().lock()).map_err(|error| {
                unreadable(
                    format!("cannot read the plan from standard input: {error}"),
                    "pipe `tofu show -json PLAN` into it",
                )
            }),
            Self::File {
                path, show_with, ..
            } => {
                let read = |path: &Path| {
                    let metadata = fs::metadata(path)?;
                    match metadata.is_file() && metadata.len() <= MAX_PLAN_BYTES {
                        true => fs::read(path),
                        // Pipes of a shell and devices have no length, and need have no end.
                        false => bounded(fs::File::open(path)?),
                    }
                };
                let bytes = read(path).map_err(|error| {
                    let help = match error.kind() {
                        io::ErrorKind::NotFound => "make it: tofu plan -out=plan.bin && tofu show -json plan.bin > plan.json",
                        io::ErrorKind::IsADirectory => "no file below it ends in `.json`; name the plan, or put plans there: tofu show -json plan.bin > DIR/NAME.json",
                        _ => "check the path and its permissions",
                    };
                    unreadable(format!("cannot read the plan {}: {error}", path.display()), help)
                })?;
                match show_with {
                    Some(program) if plan::is_saved(&bytes) => show(program, path),
                    _ => Ok(bytes),
                }
            }
        }
    }
}

/// Reads what may have no end.
fn bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_PLAN_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_PLAN_BYTES {
        return Err(io::Error::other(format!(
            "it is larger than {} GiB",
            MAX_PLAN_BYTES >> 30
        )));
    }
    Ok(bytes)
}

/// Runs `PROGRAM show -json PLAN`. Its standard error goes where ours goes.
fn show(program: &Path, plan: &Path) -> Result<Vec<u8>, Problem> {
    let command = format!("{} show -json {}", program.display(), plan.display());
    let failed = |message: String, help: &str| Problem {
        code: "plan-show-failed".to_owned(),
        message,
        help: Some(help.to_owned()),
    };
    let output = Command::new(program)
        .arg("show")
        .arg("-json")
        .arg("-no-color")
        .arg(plan)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| {
            failed(
                format!("cannot run `{command}`: {error}"),
                "name an installed tofu or terraform with --show-with",
            )
        })?;
    if !output.status.success() {
        return Err(failed(
            format!("`{command}` failed: {}", output.status),
            "run it in the directory where the plan was made, after `init`",
        ));
    }
    Ok(output.stdout)
}
