//! Why secrets are not an environment's, in words.

use tollgate_model::error::UserError;
use tollgate_secrets::{ExtractPath, Selector, shell_name, shell_word};

use super::copies;
use super::taken::{self, Said};
use crate::diagnostic::{listed, quoted};
use crate::exit;

fn joined(what: &[Said]) -> String {
    let texts: Vec<&str> = what.iter().map(|said| said.text.as_str()).collect();
    texts.join("; ")
}

/// Why an environment has no secrets file, or must not have this one.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// Nothing is configured, and nothing is there by convention.
    #[error("no secrets file for {}: looked for {}", quoted(.environment), listed(.looked_for))]
    NotFound {
        /// The environment.
        environment: String,
        /// One pattern per convention.
        looked_for: Vec<String>,
        /// Files that are called otherwise, and may be meant.
        similar: Vec<String>,
    },
    /// Which one is meant would be a guess.
    #[error("{} has several secrets files: {}", quoted(.environment), listed(.candidates))]
    Ambiguous {
        /// The environment.
        environment: String,
        /// What is there.
        candidates: Vec<String>,
    },
    /// A file that others can read.
    #[error("{file} is encrypted to {recipient}, {}", match .other {
        Some(Owner { environment: other, file: None }) => {
            format!("which belongs to {}, not to {}", quoted(other), quoted(.environment))
        }
        Some(Owner { environment: other, file: Some(theirs) }) => format!(
            "which also opens {theirs} of {}, and {} is isolated", quoted(other), quoted(.environment)
        ),
        None => format!("which is not a recipient of {}", quoted(.environment)),
    })]
    ForeignRecipient {
        /// The file.
        file: String,
        /// The recipient.
        recipient: String,
        /// The environment that the file is used for.
        environment: String,
        /// Whose recipient it is besides, where that is known.
        other: Option<Owner>,
    },
    /// A file to be made that others could read.
    #[error("the rule at {rules} would encrypt {file} to {recipient}, {}", match .other {
        Some(other) => {
            format!("which belongs to {}, not to {}", quoted(other), quoted(.environment))
        }
        None => format!("which is not a recipient of {}", quoted(.environment)),
    })]
    ForeignRule {
        /// The file.
        file: String,
        /// The recipient.
        recipient: String,
        /// The environment that the file is for.
        environment: String,
        /// The environment whose recipient it is besides, where that is known.
        other: Option<Box<str>>,
        /// `.sops.yaml`, and the line of the rule.
        rules: String,
    },
    /// A file with a reader whom `.sops.yaml` does not name.
    #[error(
        "{file} is encrypted to {recipient}, which the rule at {rules} does not name: who has that key would read what is written"
    )]
    Drifted {
        /// The file.
        file: String,
        /// The recipient.
        recipient: String,
        /// `.sops.yaml`, and the line of the rule.
        rules: String,
    },
    /// A copy of a data key that is for somebody else than it says.
    #[error(
        "{file} has a copy of its data key that says it is for {recipient}, and is for somebody else, or for somebody besides"
    )]
    Mislabelled {
        /// The file.
        file: String,
        /// The recipient that it names.
        recipient: String,
    },
    /// Secrets without a variable, or the other way round, in a protected environment.
    #[error("not every secret of {} is where it belongs: {}", quoted(.environment), joined(.what))]
    Untaken {
        /// The environment.
        environment: String,
        /// One sentence each.
        what: Vec<Said>,
    },
    /// One file for two environments, of which one is isolated.
    #[error(
        "{file} is the file of {} and of {}, and {} is isolated",
        quoted(.environment), quoted(.other), quoted(.environment)
    )]
    SharedFile {
        /// The file.
        file: String,
        /// The environment that was asked for.
        environment: String,
        /// The other one that has it.
        other: String,
    },
    /// A file that is called as another environment's.
    #[error(
        "{file} is called as the file of {}, and {} is given it",
        quoted(.other),
        if *.protected {
            format!("{}, which is protected,", quoted(.environment))
        } else {
            quoted(.environment)
        }
    )]
    ForeignName {
        /// The file.
        file: String,
        /// The environment that was asked for.
        environment: String,
        /// The one that it is named after.
        other: String,
        /// Whether the environment that was asked for is protected.
        protected: bool,
    },
    /// A file with nothing in it but another environment's values.
    #[error(
        "{file} of {} and {theirs} of {} have the same encrypted values: one is a copy of the other",
        quoted(.environment), quoted(.other)
    )]
    CopiedFile {
        /// The file.
        file: String,
        /// The environment that was asked for.
        environment: String,
        /// The other environment's file.
        theirs: String,
        /// The other environment.
        other: String,
    },
    /// A guard that could hold nothing against anything.
    #[error("`{guard}` holds for {}, and {}", quoted(.environment), match .other {
        Some(other) => format!("nothing says who can read the secrets of {}: it has no file", quoted(other)),
        None if *.guard == ISOLATED => "no other environment is configured to hold its file against".to_owned(),
        None => "no protected environment is configured to hold identities against".to_owned(),
    })]
    NothingToCompare {
        /// The key of the configuration.
        guard: &'static str,
        /// The environment that was asked for.
        environment: String,
        /// The other one of which nothing is known; none where there is no other one.
        other: Option<String>,
    },
    /// A key that opens more than it should.
    #[error(
        "your identity for {recipient} opens {}, which is protected, and must not be used for {}",
        quoted(.other), quoted(.environment)
    )]
    ForeignIdentity {
        /// The recipient of the protected environment that it opens.
        recipient: String,
        /// The environment that was asked for.
        environment: String,
        /// The protected one.
        other: String,
    },
    /// The plaintext says that it is for something else.
    #[error("{file} {} at `{at}`, so it is not taken for {}", if *.missing {
        "does not name its environment"
    } else {
        "names another environment"
    }, quoted(.environment))]
    Marker {
        /// The file.
        file: String,
        /// Where it says so.
        at: String,
        /// The environment that was asked for.
        environment: String,
        /// Whether it says nothing at all.
        missing: bool,
        /// Whether it is a file at all, and no other source.
        is_file: bool,
    },
}

/// Whose a recipient is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The environment.
    pub environment: String,
    /// Its file that the recipient opens; none where the configuration lists the recipient.
    pub file: Option<String>,
}

/// The key of the configuration.
pub(super) const ISOLATED: &str = "isolated";
/// The key of the configuration.
pub(super) const SEPARATE_IDENTITIES: &str = "separate-identities";

impl RouteError {
    /// Returns the same error once more, of those that come from looking for files.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Ambiguous {
                environment,
                candidates,
            } => Self::Ambiguous {
                environment: environment.clone(),
                candidates: candidates.clone(),
            },
            other => Self::NotFound {
                environment: other.to_string(),
                looked_for: Vec::new(),
                similar: Vec::new(),
            },
        }
    }
}

impl UserError for RouteError {
    fn exit_code(&self) -> u8 {
        match self {
            Self::NotFound { .. }
            | Self::Ambiguous { .. }
            | Self::Untaken { .. }
            | Self::NothingToCompare { .. } => exit::SECRETS,
            Self::ForeignRecipient { .. }
            | Self::ForeignRule { .. }
            | Self::Drifted { .. }
            | Self::Mislabelled { .. }
            | Self::ForeignIdentity { .. }
            | Self::SharedFile { .. }
            | Self::ForeignName { .. }
            | Self::CopiedFile { .. }
            | Self::Marker { .. } => exit::GUARD,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NotFound {
                environment,
                similar,
                ..
            } if !similar.is_empty() => format!(
                "{} is there: if that is meant, name it: `[environments.{environment}]` with `secrets = \"{}\"` in tollgate.toml",
                listed(similar),
                similar.first().map_or("", String::as_str)
            ),
            Self::NotFound { environment, .. } => format!(
                "create one of them, or name it: `[environments.{environment}]` with `secrets = \"PATH\"` in tollgate.toml"
            ),
            Self::Ambiguous { environment, .. } => format!(
                "keep one, or name it: `[environments.{environment}]` with `secrets = \"PATH\"` in tollgate.toml"
            ),
            Self::ForeignRecipient {
                file,
                recipient,
                environment,
                other: Some(Owner {
                    file: Some(theirs), ..
                }),
            } => format!(
                "see whose it is; take it out of the file that it does not belong to: `tollgate secrets revoke {} FILE`; or, if it may read both {file} and {theirs}, name it in `recipients` of [environments.{environment}.secrets]",
                shell_word(recipient)
            ),
            Self::ForeignRecipient {
                file,
                recipient,
                environment,
                ..
            } => format!(
                "use the file of {environment}; or take it out: `tollgate secrets revoke {} {}`; or, if it may read both, name it in `recipients` of [environments.{environment}.secrets]",
                shell_word(recipient),
                shell_word(file)
            ),
            Self::ForeignRule {
                environment, rules, ..
            } => format!(
                "give {environment} a rule of its own in .sops.yaml, above the one at {rules}: the first that matches counts"
            ),
            Self::Untaken { environment, what } => taken::help(environment, what),
            Self::Drifted { file, .. } => format!(
                "have the file follow its rule, with a new data key: `tollgate secrets sync {}`; or correct the rule",
                shell_word(file)
            ),
            Self::Mislabelled { file, .. } => format!(
                "find out who wrote it: `git log -p -- {}`; go back to the version before, and change the values that have been set since",
                shell_word(file)
            ),
            Self::SharedFile { environment, .. } => format!(
                "give {environment} a file of its own: `tollgate secrets init FILE`, then `secrets = \"FILE\"` in [environments.{environment}]"
            ),
            Self::ForeignName {
                environment, other, ..
            } => format!(
                "name the file of {environment} in tollgate.toml: `secrets = \"PATH\"` in [environments.{environment}]; or, if the file is for both, give it a name that says so, such as secrets.common.enc.yaml, and have {environment} and {other} name that"
            ),
            Self::CopiedFile { file, theirs, .. } => format!(
                "if {file} is the copy, {}; if {theirs} is, do so there",
                copies::anew(file)
            ),
            Self::NothingToCompare {
                guard: ISOLATED,
                environment,
                ..
            } => format!(
                "list who may read its file, which then holds by itself: `recipients = [\"age1…\"]` in [environments.{environment}.secrets]"
            ),
            Self::NothingToCompare {
                other: Some(other), ..
            } => format!(
                "create its file: `tollgate secrets init -e {other}`; or name it: `[environments.{other}]` with `secrets = \"PATH\"`"
            ),
            Self::NothingToCompare { guard, .. } => format!(
                "add the protected one to tollgate.toml: `[environments.production]`; or take `{guard}` out"
            ),
            Self::ForeignIdentity { environment, .. } => format!(
                "use an identity that is for {environment} only: `export SOPS_AGE_KEY_FILE=/path/to/its/keys.txt`"
            ),
            Self::Marker {
                file,
                at,
                environment,
                is_file: true,
                ..
            } => format!(
                "check that {file} is the right file; if it is, have it say `{environment}` at `{at}`: {}",
                match at.parse::<Selector>() {
                    // A path can also be read as one name, so it is written as it can be read in one way.
                    Ok(path) if !path.is_whole() && !at.contains(char::is_control) => format!(
                        "`printf {} | tollgate secrets set {} {}`",
                        shell_name(environment),
                        shell_word(file),
                        if path.as_key().is_some() {
                            shell_name(at)
                        } else {
                            shell_word(&ExtractPath::from(&path).in_brackets())
                        }
                    ),
                    _ => format!("`tollgate secrets edit {}`", shell_word(file)),
                }
            ),
            Self::Marker {
                file,
                at,
                environment,
                ..
            } => format!(
                "check that it is {file} of {environment} that is asked; if it is, have it say `{environment}` at `{at}`"
            ),
        })
    }
}
