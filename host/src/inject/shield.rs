//! The process that becomes a tool which a lost connection must not end.
//!
//! It is this program under another name. It ignores SIGHUP, of which OpenTofu and Terraform know
//! nothing, and becomes the tool, which then ignores it too, as do the tool's providers and
//! provisioners. Whoever waits for the tool hears the signal, and has the tool end in order.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use crate::exit;

/// The name under which this program becomes a tool.
pub(super) const NAME: &str = "tollgate-tool";

/// Becomes a tool, if this process was started for that.
#[must_use]
pub fn serve() -> Option<ExitCode> {
    let mut arguments = std::env::args_os();
    (arguments.next()? == NAME).then(|| become_tool(arguments))
}

#[expect(
    unsafe_code,
    reason = "there is no other way to have a command ignore a signal"
)]
fn ignore_hangup() -> bool {
    // SAFETY: no handler is installed, and this process has one thread.
    unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) != libc::SIG_ERR }
}

fn become_tool(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let Some(program) = arguments.next() else {
        return ExitCode::from(exit::NOT_FOUND);
    };
    let error = if ignore_hangup() {
        Command::new(&program).args(arguments).exec()
    } else {
        io::Error::last_os_error()
    };
    let shown = program.to_string_lossy();
    let shown = crate::diagnostic::quoted(&shown);
    // If standard error is gone there is nowhere left to say so.
    let _ = writeln!(io::stderr(), "error: cannot run {shown}: {error}");
    ExitCode::from(if error.kind() == io::ErrorKind::NotFound {
        exit::NOT_FOUND
    } else {
        exit::NOT_EXECUTABLE
    })
}
