//! Why a deploy did not happen.

use std::io;

use tollgate_model::error::UserError;

use super::values::EncryptionError;
use crate::diagnostic::quoted;
use crate::exit;
use crate::inject::LaunchError;

/// Why a deploy did not happen.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// Nothing says which environment.
    #[error("no environment is named, and `tollgate.toml` does not have exactly one")]
    NoEnvironment,
    /// There is no tool.
    #[error("neither tofu nor terraform is on the PATH")]
    NoTool,
    /// The tool cannot be used.
    #[error("{0}")]
    Tool(String),
    /// It is not the project's.
    #[error("tool: expected {expected}, found {found}")]
    OtherTool {
        /// As a fragment.
        expected: String,
        /// As a fragment.
        found: String,
        /// The next step.
        help: String,
    },
    /// `env doctor` finds that it cannot work.
    #[error("{what}")]
    Unhealthy {
        /// What is wrong.
        what: String,
        /// The next step.
        fix: String,
    },
    /// The plan would be made elsewhere.
    #[error(
        "`{kind}` ({place}) keeps the state where plans are made and applied too, and what is planned there cannot be held"
    )]
    Elsewhere {
        /// `cloud` or `remote`.
        kind: String,
        /// The block.
        place: String,
    },
    /// A variable of the shell that changes what the tool does.
    #[error("{name} is set: expected nothing, found something that changes what the tool does")]
    Variable {
        /// Its name.
        name: String,
    },
    /// An option that is ours.
    #[error("{} cannot be passed on: {why}", quoted(.option))]
    Option {
        /// As it was given.
        option: String,
        /// As a clause.
        why: &'static str,
    },
    /// A variable that the secrets set too.
    #[error("`{name}` is set by {by} and by the secrets of the environment: expected one of them")]
    SetTwice {
        /// The variable.
        name: String,
        /// What else sets it.
        by: String,
    },
    /// A secret that the tool needs before there is a plan.
    #[error(
        "`{name}` is a secret, and the tool needs it for the state itself: a plan without the key cannot be made"
    )]
    NeededEarly {
        /// The variable.
        name: String,
    },
    /// What the secrets would encrypt states with.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// Another run works in the same directory.
    #[error("another tollgate works in {directory}: expected nobody, found process {holder}")]
    Busy {
        /// The root module.
        directory: String,
        /// As it wrote itself down.
        holder: String,
    },
    /// The directory was initialised for something else while it was used.
    #[error("{what} in {directory} changed while it was used: expected {expected}, found {found}")]
    Moved {
        /// What changed.
        what: &'static str,
        /// The root module.
        directory: String,
        /// What it was.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A saved plan that destroys.
    #[error("expected a plan {expected}, found one {found}")]
    Mode {
        /// As a fragment.
        expected: &'static str,
        /// As a fragment.
        found: &'static str,
        /// What would take it.
        command: &'static str,
    },
    /// The tool failed, and has said why.
    #[error("`{command}` failed for {} (its exit code: {code})", quoted(.environment))]
    Failed {
        /// Such as `tofu plan`.
        command: String,
        /// The environment.
        environment: String,
        /// Its own.
        code: u8,
        /// What it said, where that was not shown yet.
        said: Option<String>,
        /// The next step.
        help: String,
    },
    /// A signal ended it.
    #[error("interrupted: {what}")]
    Interrupted {
        /// The signal's number.
        signal: i32,
        /// What is so now.
        what: String,
    },
    /// A process did not start.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// The system refuses something.
    #[error("cannot {what}: {cause}")]
    System {
        /// As a fragment.
        what: &'static str,
        /// What the system says.
        cause: io::Error,
    },
}

impl DeployError {
    /// For `map_err`.
    pub fn system(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |cause| Self::System { what, cause }
    }
}

impl UserError for DeployError {
    fn said(&self) -> Option<&str> {
        match self {
            Self::Failed { said, .. } => said.as_deref(),
            _ => None,
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::NoEnvironment
            | Self::NoTool
            | Self::Tool(_)
            | Self::Unhealthy { .. }
            | Self::Elsewhere { .. }
            | Self::NeededEarly { .. }
            | Self::Option { .. }
            | Self::Launch(
                LaunchError::NotFound(_)
                | LaunchError::NotExecutable { .. }
                | LaunchError::Wrapper(_),
            ) => exit::USAGE,
            Self::Encryption(EncryptionError::Inject(_)) => exit::SECRETS,
            Self::Encryption(_)
            | Self::OtherTool { .. }
            | Self::Variable { .. }
            | Self::SetTwice { .. }
            | Self::Busy { .. }
            | Self::Moved { .. }
            | Self::Mode { .. } => exit::GUARD,
            Self::Failed { .. } | Self::Launch(_) | Self::System { .. } => exit::TOOL,
            Self::Interrupted { signal, .. } => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoEnvironment => {
                "name it with `-e NAME`; `tollgate env list` shows those that are there".to_owned()
            }
            Self::NoTool => {
                "install OpenTofu (https://opentofu.org/docs/intro/install/), or name a program with `--tool`".to_owned()
            }
            Self::Tool(_) => "name OpenTofu or Terraform with `--tool`".to_owned(),
            Self::Unhealthy { fix, .. } => fix.clone(),
            Self::Elsewhere { .. } => "keep the state in a backend that only keeps state, such as `s3`; or plan there, download the plan as JSON, and judge it with `tollgate check`".to_owned(),
            Self::Variable { name } => format!(
                "unset {name}; options for `tofu plan` go behind `--`"
            ),
            Self::SetTwice { name, .. } => {
                format!("take `{name}` out of one of the two; which one wins would be a guess")
            }
            Self::Encryption(error) => return error.help(),
            Self::NeededEarly { .. } => {
                "plan with the key, without `--keyless`".to_owned()
            }
            Self::Busy { .. } => "wait until it has ended, or work in another checkout".to_owned(),
            Self::Moved { .. } => "run it again while nothing else uses this directory".to_owned(),
            Self::Mode { command, .. } => format!("use `{command}`"),
            Self::OtherTool { help, .. } | Self::Failed { help, .. } => help.clone(),
            Self::Launch(error) => return error.help(),
            Self::Option { .. } | Self::Interrupted { .. } | Self::System { .. } => return None,
        })
    }
}
