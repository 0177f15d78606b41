//! What the output of a command must not show, and when all of it may be seen.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use tollgate_secrets::inject::Injection;
use tollgate_secrets::inject::mask::Patterns;

use super::invocation::Invocation;
use super::root_module::{OfTool, declared};
use crate::cli::ExecArgs;
use crate::commands::CommandError;
use crate::commands::secrets::{silent_keyring, warn};
use crate::config::Config;
use crate::diagnostic::quoted;
use crate::environment::SecretsSettings;
use crate::inject;
use crate::routing::{Failure, RouteError, Routed, directories, route};

/// Whether secrets that were opened for a command are masked in its output. What machines read of the
/// tool stays whole.
pub(super) fn is_masked(args: &ExecArgs, invocation: &Invocation<'_>) -> bool {
    let is_whole = invocation
        .line
        .as_ref()
        .is_some_and(|line| line.var_file_at.is_none() && !line.shows_values && !logs_are_shown());
    !args.no_mask && !is_whole
}

/// What must not be seen of opened secrets: also those that a saved plan holds, which are printed like
/// those that are handed over. Of a program that gets no declared variables, every secret is one of the
/// run.
pub(super) fn of_secrets(
    injection: &Injection<'_>,
    routed: &Routed,
    of_tool: Option<&OfTool<'_>>,
) -> Patterns {
    let (shown, open) = (routed.shown(), routed.unencrypted());
    let declares = |name: &str| of_tool.is_some_and(|of_tool| of_tool.declares(name));
    injection.patterns_of(|name| !open.contains(name) && (!shown.contains(name) || declares(name)))
}

/// What must not be seen of a subcommand of the tool that takes no variables, and for which no key is
/// needed; with one, a log of what it shows is masked.
pub(super) fn without_variables(
    args: &ExecArgs,
    invocation: &Invocation<'_>,
    config: &Config,
    settings: SecretsSettings,
) -> Patterns {
    let shows_values = invocation
        .line
        .as_ref()
        .is_some_and(|line| line.shows_values);
    if (shows_values || logs_are_shown()) && !args.no_mask && writes_a_log() {
        shown(config, settings, &invocation.module, invocation.program)
    } else {
        Patterns::default()
    }
}

/// What must not be seen in the output of a subcommand that takes no variables. Where it cannot be
/// had without asking anybody for anything, that is said, and the command runs all the same.
pub(in crate::commands) fn shown(
    config: &Config,
    settings: SecretsSettings,
    module: &Path,
    program: &OsStr,
) -> Patterns {
    let environment = settings.environment.clone();
    let unmasked = |why: &str| {
        warn(&format!(
            "the output is not masked, because the secrets of {} are not known here: {why}",
            quoted(&environment)
        ));
        Patterns::default()
    };
    if let Some(source) = &settings.source {
        return unmasked(&format!(
            "{source} is not asked for a subcommand that takes no variables"
        ));
    }
    if let Err(error) = inject::forbid_core_dumps() {
        return unmasked(&error.to_string());
    }
    let directories = directories(config, std::slice::from_ref(&module.to_path_buf()));
    let map = settings.map.clone();
    let opened = route(config, settings, &directories)
        .and_then(|routed| routed.open(config, &directories, &silent_keyring()));
    let files = match opened {
        Ok(files) => files,
        // Without secrets there is nothing to mask.
        Err(Failure::Route(RouteError::NotFound { .. })) => return Patterns::default(),
        Err(failure) => return unmasked(&first_line(&CommandError::from(failure).to_string())),
    };
    let mut injection = match Injection::new(&files, &map) {
        Ok(injection) => injection,
        Err(error) => return unmasked(&error.to_string()),
    };
    // Other keys of the files are words such as the environment's name.
    if let Ok(declared) = declared(module, program) {
        injection.retain(|name| declared.contains_key(name));
    }
    injection.patterns()
}

/// Whether the tool is told to log what it does.
fn logs_are_shown() -> bool {
    std::env::vars_os()
        .any(|(name, value)| !value.is_empty() && name.as_bytes().starts_with(b"TF_LOG"))
}

/// Whether standard output or standard error goes elsewhere than to a terminal.
fn writes_a_log() -> bool {
    !(crate::view::is_terminal() && io::stderr().is_terminal())
}

/// The first line of a message, for a note.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
