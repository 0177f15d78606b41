//! `tollgate exec`: one command with the secrets of an environment.

mod handover;
mod invocation;
mod masking;
mod root_module;
mod variables;

use std::collections::BTreeMap;

use tollgate_secrets::inject::Injection;
use tollgate_secrets::inject::mask::Patterns;
use zeroize::Zeroizing;

use self::invocation::Invocation;
pub(super) use self::masking::shown;
use self::root_module::OfTool;
use super::secrets::keyring;
use super::{CommandError, configuration};
use crate::cli::ExecArgs;
use crate::config::Config;
use crate::environment::SecretsSettings;
use crate::inject::{self, Handover};
use crate::routing::{directories, route};

/// Runs one command with the secrets of an environment, and returns its exit code; or becomes it.
pub(super) fn run(args: &ExecArgs) -> Result<u8, CommandError> {
    let invocation = Invocation::read(args)?;
    invocation.say_what_is_withheld();
    let config = configuration(&args.config)?;
    let settings = config.secrets(args.environment.as_deref())?;
    let additions = invocation.guard(args, &config, &settings.environment)?;
    let prepared = if invocation.takes_no_variables() && args.files.is_empty() {
        Prepared {
            handover: Handover::Nothing,
            files: BTreeMap::new(),
            patterns: masking::without_variables(args, &invocation, &config, settings),
        }
    } else {
        prepare(args, &invocation, &config, settings)?
    };
    invocation.start(&additions, prepared)
}

/// What a command gets of the secrets, and what its output must not show.
struct Prepared {
    handover: Handover,
    /// Files in memory, by the variables that name them.
    files: BTreeMap<String, Zeroizing<Vec<u8>>>,
    patterns: Patterns,
}

/// Opens the secrets of the environment, and makes of them what the command gets. Other plaintext is gone
/// when it returns, before the command comes.
fn prepare(
    args: &ExecArgs,
    invocation: &Invocation<'_>,
    config: &Config,
    settings: SecretsSettings,
) -> Result<Prepared, CommandError> {
    inject::forbid_core_dumps()?;
    let module = &invocation.module;
    let directories = directories(config, std::slice::from_ref(module));
    let map = settings.map.clone();
    let environment = settings.environment.clone();
    let routed = route(config, settings, &directories)?;
    let of_tool = OfTool::read(invocation)?;
    let files = routed.open(config, &directories, &keyring())?;
    let mut injection = Injection::new(&files, &map)?;
    let (as_files, whole) = injection.files(&files, &args.files)?;
    root_module::check_taken(
        args,
        of_tool.as_ref(),
        module,
        &injection,
        &whole,
        &routed.settings,
    )?;
    if let Some(of_tool) = &of_tool {
        injection.retain(|name| of_tool.declares(name));
    }
    let mut patterns = Patterns::default();
    if masking::is_masked(args, invocation) {
        patterns = masking::of_secrets(&injection, &routed, of_tool.as_ref());
        patterns.extend(as_files.patterns());
    }
    let texts = as_files.texts()?;
    let handover = match &of_tool {
        Some(of_tool) => handover::to_tool(of_tool, module, &mut injection, &environment)?,
        None => {
            injection.retain(|name| !whole.contains(name));
            handover::to_program(args, &mut injection, &routed.settings, &texts)?
        }
    };
    Ok(Prepared {
        handover,
        files: texts,
        patterns,
    })
}
