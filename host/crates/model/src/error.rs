//! What an error owes to whoever meets it.

use std::error::Error;

use crate::diagnostic::Diagnostic;
use crate::exit;

/// An error that ends a command.
///
/// Its text says what is wrong and where, and has the text of what caused it: whoever shows it
/// shows that and nothing of [`Error::source`], so a cause that is in the text is not a source.
pub trait UserError: Error {
    /// The exit code of the run, one of [`exit`].
    fn exit_code(&self) -> u8 {
        exit::USAGE
    }

    /// The one next step, where there is one to take.
    fn help(&self) -> Option<String> {
        None
    }

    /// What another program has said of it already, to be shown first and as it is.
    fn said(&self) -> Option<&str> {
        None
    }

    /// The error as a person sees it, with the next step. It has no newline at its end.
    fn render(&self, color: bool) -> String {
        Diagnostic::of(self).render(color)
    }
}

impl Diagnostic {
    /// Makes one of an error that is in no file of the user.
    #[must_use]
    pub fn of<E: UserError + ?Sized>(error: &E) -> Self {
        Self {
            title: error.to_string(),
            place: None,
            help: error.help(),
        }
    }
}
