//! Where secrets come from: a SOPS file, or what a team has already.
//!
//! Every source yields [`Secrets`], an ordered tree with a map at its top. More sources are more
//! implementations of [`Source`].

#[cfg(feature = "aws")]
mod aws_secrets_manager;
mod command;
pub(crate) mod dotenv;
mod environment;

#[cfg(not(feature = "aws"))]
pub use crate::without_aws::AwsSecretsManager;
#[cfg(feature = "aws")]
pub use aws_secrets_manager::AwsSecretsManager;
pub use command::{Command, CommandOutput};
pub use dotenv::DotenvReading;
pub use environment::{EnvironmentVariables, Variables};

use crate::error::{Error, Problem};
use crate::file::marks::Marks;
use crate::file::{self, Format, SecretsFile};
use crate::keys::Keyring;
use crate::secrets::{ExtractPath, Secrets};
use crate::tree::{Node, Text};
use std::path::PathBuf;

/// Yields the secrets of one environment.
pub trait Source: Send + Sync {
    /// Returns what messages call it: a path, or words. Never an argument or a value.
    fn name(&self) -> String;

    /// Fetches and, where they are encrypted, opens the secrets.
    ///
    /// # Errors
    /// When the source cannot be reached, refuses, or says something that is no map of secrets.
    fn fetch(&self, keyring: &Keyring) -> Result<Secrets, Error>;
}

/// A file that SOPS encrypted.
pub struct SopsFile {
    path: PathBuf,
    format: Option<Format>,
}

impl SopsFile {
    /// Names the file; its name decides the format, unless `format` does.
    #[must_use]
    pub fn new(path: PathBuf, format: Option<Format>) -> Self {
        Self { path, format }
    }
}

impl Source for SopsFile {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn fetch(&self, keyring: &Keyring) -> Result<Secrets, Error> {
        SecretsFile::read(&self.path, self.format)?.open(keyring)
    }
}

/// Reads a plaintext document that a source yielded.
fn parse(text: &Text, format: CommandOutput) -> Result<Node, Problem> {
    let text = text.as_str().ok_or_else(|| Problem::Source {
        what: "yields bytes that are not UTF-8".to_owned(),
        next: None,
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let parsed = match format {
        CommandOutput::Json => file::json::parse(text, &mut Marks::off()),
        CommandOutput::Dotenv => dotenv::parse(text),
    };
    // Nothing here is a file, and SOPS has no part in it.
    parsed.map_err(|problem| match problem {
        Problem::NotAMap => not_a_map(),
        other => other,
    })
}

fn not_a_map() -> Problem {
    Problem::Source {
        what: "has no map at its top level".to_owned(),
        next: Some(
            "have it print one object with the secrets, or name where that is with `at`".to_owned(),
        ),
    }
}

/// Makes secrets of the part at a path, which must be a map.
fn secrets(
    name: String,
    format: Format,
    node: Node,
    at: Option<&ExtractPath>,
) -> Result<Secrets, Problem> {
    // Held by `Secrets` from here on, so that every way out zeroes it.
    let mut secrets = Secrets::new(name, format);
    secrets.push(node);
    secrets.narrow(at).map_err(|problem| match problem {
        Problem::NotAMap => not_a_map(),
        other => other,
    })?;
    Ok(secrets)
}
