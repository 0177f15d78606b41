//! `tollgate secrets`: files that SOPS encrypted, one file per subcommand.

mod decrypt;
#[cfg(unix)]
mod edit;
mod files;
mod grant;
mod import;
mod init;
mod keygen;
mod place;
mod readers;
mod rotate;
mod set;
mod show;
mod unset;

pub(super) use decrypt::run as decrypt;
#[cfg(unix)]
pub(super) use edit::run as edit;
pub(super) use grant::{grant, revoke};
pub(super) use import::run as import;
pub(super) use init::{LeftUnencrypted, run as init};
pub(super) use keygen::run as keygen;
pub(super) use readers::run as readers;
pub(super) use rotate::{rotate, sync};
pub(super) use set::run as set;
pub(super) use show::{kind, run as show};
pub(super) use unset::run as unset;

use std::io::Write as _;
use std::sync::{Arc, OnceLock};

use tollgate_model::error::UserError;
use tollgate_secrets::{Keyring, Prompt};

use super::{CommandError, print, print_bytes};
use crate::exit;

/// What was asked for is right, and cannot be done, or must not.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Unusable {
    /// How the command ends.
    code: u8,
    /// What is wrong, as a fragment in lower case.
    message: String,
    /// The next step.
    help: String,
}

impl UserError for Unusable {
    fn exit_code(&self) -> u8 {
        self.code
    }

    fn help(&self) -> Option<String> {
        Some(self.help.clone())
    }
}

impl CommandError {
    /// An error that is not about the command line: exit code 6.
    fn unusable(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self(Box::new(Unusable {
            code: exit::SECRETS,
            message: message.into(),
            help: help.into(),
        }))
    }

    /// A guard refuses: exit code 7.
    fn refused(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self(Box::new(Unusable {
            code: exit::GUARD,
            message: message.into(),
            help: help.into(),
        }))
    }
}

/// The addresses of key services that the command line gives.
static KEYSERVICES: OnceLock<Vec<String>> = OnceLock::new();

/// Takes the addresses of key services that the command line gives.
pub(super) fn use_keyservices(addresses: Vec<String>) {
    // It is given once.
    let _ = KEYSERVICES.set(addresses);
}

fn keyservices() -> &'static [String] {
    KEYSERVICES.get().map(Vec::as_slice).unwrap_or_default()
}

/// The keyring of whoever runs the command. Passphrases are asked for on the terminal itself,
/// wherever the standard streams go. From here on plaintext may be in memory, so nothing of this
/// process is dumped any more.
pub(super) fn keyring() -> Keyring {
    let prompt: Prompt = Arc::new(|what| {
        rpassword::prompt_password(format!("Passphrase for {}: ", what.escape_debug()))
            .ok()
            .map(Into::into)
    });
    let has_terminal = std::fs::File::open("/dev/tty").is_ok();
    without_core_dumps();
    Keyring::of_process(has_terminal.then_some(prompt), keyservices())
}

/// The same keyring, where nobody is to be asked for a passphrase.
pub(super) fn silent_keyring() -> Keyring {
    without_core_dumps();
    Keyring::silent_of_process(None)
}

/// A keyring that tells which keys it would ask somebody for; used for nothing else.
pub(super) fn idle_keyring() -> Keyring {
    Keyring::of_process(None, keyservices())
}

fn without_core_dumps() {
    // Where the system refuses, `exec` refuses too; a command that writes or shows what its user has
    // asked for goes on.
    let _ = crate::inject::forbid_core_dumps();
}

/// Says on standard error what the user should know about what was done.
pub(super) fn warn(message: &str) {
    // If standard error is gone there is nowhere left to say so.
    let _ = writeln!(
        std::io::stderr(),
        "warning: {}",
        crate::report::inert(message)
    );
}
