//! Where secrets come from that are in no file of the repository.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tollgate_secrets::source::{
    AwsSecretsManager, Command, CommandOutput, EnvironmentVariables, Source,
};
use tollgate_secrets::{Aws, Selector};

use crate::diagnostic::{listed, quoted};

/// A source of secrets, as the configuration names it. Its text names it to people, without what
/// could be secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtherSource {
    /// A command that prints them.
    Command {
        /// A name that is looked up in PATH, or a path relative to the configuration.
        program: String,
        /// As written.
        arguments: Vec<String>,
        /// What it prints.
        output: CommandOutput,
        /// Where in that the map of secrets is.
        at: Option<Selector>,
    },
    /// A secret of AWS Secrets Manager.
    AwsSecretsManager {
        /// Its name or ARN.
        id: String,
        /// Instead of that of the ARN or of the AWS configuration.
        region: Option<String>,
        /// Instead of `AWS_PROFILE`.
        profile: Option<String>,
        /// The ARN of a role to assume first.
        role: Option<String>,
        /// The staging label, instead of `AWSCURRENT`.
        stage: Option<String>,
        /// Where in its JSON the map of secrets is.
        at: Option<Selector>,
        /// The name that its whole value gets, JSON or not.
        as_value: Option<String>,
    },
    /// Variables of the environment: the name in the secrets, and the variable's own.
    Variables(Vec<(String, String)>),
    /// Every variable of the environment that begins so, under the rest of its name.
    Prefix(String),
}

impl fmt::Display for OtherSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command { program, .. } => {
                let name = Path::new(program).file_name().unwrap_or(program.as_ref());
                write!(f, "the command {}", quoted(&name.to_string_lossy()))
            }
            Self::AwsSecretsManager { id, .. } => {
                write!(f, "the secret {} of AWS Secrets Manager", quoted(id))
            }
            Self::Variables(pairs) => {
                let names = listed(pairs.iter().map(|(_, variable)| variable));
                write!(f, "{names} of the environment")
            }
            Self::Prefix(prefix) => write!(
                f,
                "the variables of the environment that begin with {}",
                quoted(prefix)
            ),
        }
    }
}

impl OtherSource {
    /// Prepares the source; nothing is run, sent or read yet. Commands run in the directory of the
    /// configuration.
    #[must_use]
    pub fn connect(&self, directory: &Path) -> Box<dyn Source> {
        match self {
            Self::Command {
                program,
                arguments,
                output,
                at,
            } => {
                let directory = if directory.as_os_str().is_empty() {
                    Path::new(".")
                } else {
                    directory
                };
                // A path means the same wherever the command runs.
                let program = if program.contains('/') {
                    let path = directory.join(program);
                    std::path::absolute(&path).unwrap_or(path)
                } else {
                    PathBuf::from(program)
                };
                let mut command =
                    Command::new(program, arguments, *output).in_directory(directory.to_path_buf());
                if let Some(at) = at {
                    command = command.at(at.into());
                }
                Box::new(command)
            }
            Self::AwsSecretsManager {
                id,
                region,
                profile,
                role,
                stage,
                at,
                as_value,
            } => {
                let mut secret = AwsSecretsManager::new(Aws::new(), id);
                if let Some(region) = region {
                    secret = secret.region(region);
                }
                if let Some(profile) = profile {
                    secret = secret.profile(profile);
                }
                if let Some(role) = role {
                    secret = secret.role(role);
                }
                if let Some(stage) = stage {
                    secret = secret.stage(stage);
                }
                if let Some(at) = at {
                    secret = secret.at(at.into());
                }
                if let Some(name) = as_value {
                    secret = secret.as_value(name);
                }
                Box::new(secret)
            }
            Self::Variables(pairs) => Box::new(EnvironmentVariables::renamed(
                Arc::new(|name| std::env::var_os(name)),
                pairs.iter().cloned(),
            )),
            Self::Prefix(prefix) => Box::new(EnvironmentVariables::prefixed(
                Arc::new(|| std::env::vars_os().collect()),
                prefix,
            )),
        }
    }
}
