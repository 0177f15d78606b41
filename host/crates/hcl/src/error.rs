//! What can be wrong with a configuration directory.

use std::io;
use std::path::PathBuf;

use tollgate_model::error::UserError;

use super::files::shown;
use super::syntax::Place;

/// A configuration that cannot be read, or not to the end.
///
/// Defaults of variables can be secrets: no message quotes what a file says.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// A directory or a file cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable {
        /// The directory or file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Nothing in the directory is configuration.
    #[error("{} holds no .tf files", directory.display())]
    Empty {
        /// The directory.
        directory: PathBuf,
    },
    /// More than is read.
    #[error("{} is too large: {what}", path.display())]
    TooLarge {
        /// The directory or file.
        path: PathBuf,
        /// What of it, and the limit.
        what: String,
    },
    /// Not text.
    #[error("{} is not UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// Not the configuration language.
    #[error("{place}: syntax error: {message}")]
    Syntax {
        /// Where reading stopped.
        place: Place,
        /// What was expected.
        message: String,
    },
    /// The same thing twice.
    #[error("{place}: {what} is already declared at {first}")]
    Duplicate {
        /// The second one.
        place: Place,
        /// What it is.
        what: String,
        /// The first one.
        first: Place,
    },
    /// A setting that is not what it has to be.
    #[error("{place}: {what}")]
    Setting {
        /// The setting.
        place: Place,
        /// What it is and what it has to be.
        what: String,
    },
}

impl ConfigurationError {
    /// Whether a part of the configuration is missing for it.
    pub(super) fn leaves_out(&self) -> bool {
        !matches!(self, Self::Duplicate { .. } | Self::Setting { .. })
    }

    /// Names files in another way.
    pub(super) fn renamed(mut self, name: impl Fn(&str) -> String) -> Self {
        match &mut self {
            Self::Unreadable { path, .. }
            | Self::Empty { directory: path }
            | Self::TooLarge { path, .. }
            | Self::NotText { path } => *path = name(&shown(path)).into(),
            Self::Syntax { place, .. } | Self::Setting { place, .. } => {
                place.file = name(&place.file).into();
            }
            Self::Duplicate { place, first, .. } => {
                place.file = name(&place.file).into();
                first.file = name(&first.file).into();
            }
        }
        self
    }
}

impl UserError for ConfigurationError {
    fn help(&self) -> Option<String> {
        let text = match self {
            Self::Unreadable { .. } => "check the path and its permissions",
            Self::Empty { .. } => "name the directory in which `tofu plan` is run",
            Self::TooLarge { .. } => "move what is no configuration elsewhere",
            Self::NotText { .. } => "save it as UTF-8",
            Self::Syntax { .. } | Self::Duplicate { .. } | Self::Setting { .. } => {
                "run `tofu validate` there"
            }
        };
        Some(text.to_owned())
    }
}
