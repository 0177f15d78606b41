//! Why a configuration cannot be used.

use std::fmt;

use tollgate_model::error::UserError;

use crate::diagnostic::{Diagnostic, listed, nearest, quoted};

/// Why a configuration cannot be used. Every one of these ends the run before a plan is judged.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {cause}")]
    Read {
        /// As it was named.
        path: String,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file was found, not named, and somebody else can write it.
    #[error(
        "{path} belongs to another user (uid {owner}), who would decide what passes and which commands run; if you know that it is right, name it: `--config {path}`"
    )]
    Stranger {
        /// As it was found.
        path: String,
        /// To whom it belongs.
        owner: u32,
    },
    /// The file is larger than any configuration.
    #[error("{path} is larger than {limit} bytes, which no configuration is; check the path")]
    TooLarge {
        /// As it was named.
        path: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file is not text.
    #[error("{path} is not UTF-8 from byte {offset} (line {line}) on; save it as UTF-8")]
    NotText {
        /// As it was named.
        path: String,
        /// The first byte that is not UTF-8, from 0.
        offset: usize,
        /// Its line, from 1.
        line: usize,
    },
    /// The file has mistakes, in the order of their positions.
    #[error("{}", Rendered(.0, false))]
    Invalid(Vec<Diagnostic>),
    /// No environment was named, and several are configured.
    #[error("{path} has several environments; say which with `--environment`: {}", .environments)]
    EnvironmentNeeded {
        /// The configuration.
        path: String,
        /// What is configured.
        environments: Environments,
    },
    /// The environment is not configured.
    #[error("unknown environment {}{}; {path} has {environments}", quoted(.name), did_you_mean(.name, .environments))]
    UnknownEnvironment {
        /// As it was given.
        name: String,
        /// The configuration.
        path: String,
        /// What is configured.
        environments: Environments,
    },
    /// The name cannot be that of an environment.
    #[error("{} cannot be the name of an environment; {}", quoted(.name), super::read::NAME_HELP)]
    EnvironmentName {
        /// As it was given.
        name: String,
    },
    /// Nothing would be judged.
    #[error("no policy is enabled for the environment {}; enable at least one of {}", quoted(.environment), listed(.policies))]
    NoPolicy {
        /// The environment.
        environment: String,
        /// Every policy that is known.
        policies: Vec<String>,
    },
}

/// Names of environments, each with its aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environments(pub Vec<(String, Vec<String>)>);

impl fmt::Display for Environments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, (name, aliases)) in self.0.iter().enumerate() {
            let comma = if nth == 0 { "" } else { ", " };
            write!(f, "{comma}{}", quoted(name))?;
            match aliases.as_slice() {
                [] => {}
                [alias] => write!(f, " (alias {})", quoted(alias))?,
                aliases => write!(f, " (aliases {})", listed(aliases))?,
            }
        }
        Ok(())
    }
}

/// The name that was most likely meant; an alias stands for its environment.
fn did_you_mean(given: &str, environments: &Environments) -> String {
    let names = environments.0.iter().flat_map(|(name, aliases)| {
        std::iter::once(name.as_str()).chain(aliases.iter().map(String::as_str))
    });
    nearest(given, names)
        .map(|name| format!("; did you mean {}?", quoted(name)))
        .unwrap_or_default()
}

impl ConfigError {
    /// Makes one error of several, none of none.
    #[must_use]
    pub fn all(errors: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut diagnostics = Vec::new();
        for error in errors {
            match error {
                Self::Invalid(more) => diagnostics.extend(more),
                other => return Some(other),
            }
        }
        let start = |diagnostic: &Diagnostic| {
            let place = diagnostic.place.as_ref();
            place.map(|place| (place.location.span.start, place.location.span.end))
        };
        diagnostics.sort_by_key(start);
        (!diagnostics.is_empty()).then_some(Self::Invalid(diagnostics))
    }
}

impl UserError for ConfigError {
    fn render(&self, color: bool) -> String {
        match self {
            Self::Invalid(diagnostics) => Rendered(diagnostics, color).to_string(),
            _ => Diagnostic::of(self).render(color),
        }
    }
}

/// The mistakes of a file, one after the other.
struct Rendered<'a>(&'a [Diagnostic], bool);

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One slip can make every line after it wrong; the first ones are what helps.
        const MAX: usize = 20;
        for (nth, diagnostic) in self.0.iter().take(MAX).enumerate() {
            if nth > 0 {
                f.write_str("\n\n")?;
            }
            f.write_str(&diagnostic.render(self.1))?;
        }
        if self.0.len() > MAX {
            write!(f, "\n\n… and {} more mistakes", self.0.len() - MAX)?;
        }
        Ok(())
    }
}
