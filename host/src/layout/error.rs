//! Why it cannot be said what a deploy uses.

use std::path::PathBuf;

use tollgate_model::error::UserError;

use super::Candidate;
use crate::config::ConfigError;
use crate::diagnostic::{Diagnostic, quoted};

/// Why it cannot be said what a deploy uses.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// The configuration is wrong, or names what is not there.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nothing is configured, and nothing is there by convention.
    #[error(
        "nothing says what a deploy of {} uses, and convention finds neither `environments/{environment}.tfvars` nor `envs/{environment}/`, `terraform.tfvars.{environment}` or `environments/{environment}/*.tf`",
        quoted(.environment)
    )]
    NotFound {
        /// The environment.
        environment: String,
        /// The configuration, if there is one.
        configuration: Option<PathBuf>,
    },
    /// Which one is meant would be a guess.
    #[error(
        "{} could be {} or {}", quoted(.environment), described(.candidates, 0), described(.candidates, 1)
    )]
    Ambiguous {
        /// The environment.
        environment: String,
        /// Two that do not agree.
        candidates: Box<[Candidate; 2]>,
    },
    /// Which root module is meant would be a guess.
    #[error(
        "{} could be planned in {} or in {}", quoted(.environment), quoted(&.modules[0].display().to_string()), quoted(&.modules[1].display().to_string())
    )]
    SeveralModules {
        /// The environment.
        environment: String,
        /// Two of them.
        modules: Box<[PathBuf; 2]>,
    },
    /// There is no root module.
    #[error("no `.tf` files for {}, neither here nor in {}", quoted(.environment), .looked_in.join(", "))]
    NoModule {
        /// The environment.
        environment: String,
        /// Where convention looks.
        looked_in: Vec<String>,
    },
}

fn described(candidates: &[Candidate; 2], nth: usize) -> String {
    let [first, second] = candidates;
    let candidate = if nth == 0 { first } else { second };
    let mut text = quoted(&candidate.evidence.display().to_string());
    if first.directory != second.directory && candidate.evidence != candidate.directory {
        text.push_str(" for ");
        text.push_str(&quoted(&candidate.directory.display().to_string()));
    }
    if candidate.workspace != super::DEFAULT_WORKSPACE {
        text.push_str(" in the workspace ");
        text.push_str(&quoted(&candidate.workspace));
    }
    text
}

impl UserError for LayoutError {
    fn render(&self, color: bool) -> String {
        match self {
            Self::Config(error) => error.render(color),
            _ => Diagnostic::of(self).render(color),
        }
    }

    fn help(&self) -> Option<String> {
        let say = |environment: &str, keys: &str| {
            Some(format!(
                "say which: `[environments.{environment}]` with {keys} in tollgate.toml; where there is none yet, `tollgate init` writes one with all environments"
            ))
        };
        match self {
            Self::Config(_) => None,
            Self::NotFound {
                environment,
                configuration,
            } => Some(match configuration {
                Some(_) => format!(
                    "add `var-files`, `workspace` or `directory` to [environments.{environment}]; `tollgate init --dry-run` shows what is there"
                ),
                None => {
                    "run `tollgate init` to see what is there, or in the directory of the project"
                        .to_owned()
                }
            }),
            Self::Ambiguous {
                environment,
                candidates,
            } => {
                let [a, b] = &**candidates;
                let mut keys = Vec::new();
                if a.directory != b.directory {
                    keys.push("`directory`");
                }
                if a.var_files != b.var_files {
                    keys.push("`var-files`");
                }
                if a.backend_config != b.backend_config {
                    keys.push("`backend-config`");
                }
                if a.workspace != b.workspace {
                    keys.push("`workspace`");
                }
                say(environment, &keys.join(", "))
            }
            Self::SeveralModules { environment, .. } | Self::NoModule { environment, .. } => {
                say(environment, "`directory`")
            }
        }
    }
}
