//! What is printed: the only part of the host that writes to standard output, which a lint holds.

pub mod benched;
pub mod checked;
pub mod env;
pub mod mutated;
pub mod secrets;
pub mod tested;

use std::io::{self, IsTerminal as _, Write as _};

use crate::report::output::{OutputError, Outputs};
use crate::report::{Options, Report};

#[expect(clippy::disallowed_methods, reason = "everybody else asks this module")]
fn stdout() -> io::Stdout {
    io::stdout()
}

/// Whether standard output is a terminal.
#[must_use]
pub fn is_terminal() -> bool {
    stdout().is_terminal()
}

/// Returns how to lay out text for standard output.
#[must_use]
pub fn options() -> Options {
    let stdout = stdout();
    let default = Options::default();
    Options {
        width: if stdout.is_terminal() {
            terminal_size::terminal_size().map_or(default.width, |(width, _)| usize::from(width.0))
        } else {
            default.width
        },
        color: anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
    }
}

/// Prints a command's result.
///
/// # Errors
/// When it cannot be written, unless whoever reads has read enough.
pub fn print(bytes: &[u8]) -> Result<(), OutputError> {
    let mut stdout = stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(OutputError::Stdout),
    }
}

/// Writes a report to where it is asked for.
///
/// # Errors
/// As [`Outputs::write`].
pub fn report(outputs: &Outputs, report: &Report) -> Result<(), OutputError> {
    outputs.write(report, &mut stdout().lock(), options())
}
