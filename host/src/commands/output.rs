//! `tollgate output`: the outputs of one environment, wherever the directory is initialised for.

use std::ffi::OsString;

use tollgate_secrets::inject::mask::Masker;

use super::session::{Session, Values, masked};
use super::{CommandError, print_bytes};
use crate::cli::{HowArgs, OutputArgs, WhatArgs};
use crate::deploy::guard::Stage;
use crate::diagnostic::quoted;

pub(super) fn run(args: &OutputArgs) -> Result<u8, CommandError> {
    let how = HowArgs {
        tool: args.how.tool.clone(),
        ..HowArgs::default()
    };
    let what = WhatArgs::default();
    // The tool would take it for an option: for another state, say.
    if let Some(name) = args.name.as_ref().filter(|name| name.starts_with('-')) {
        return Err(CommandError::usage(
            format!("{} is no name of an output", quoted(name)),
            "`tollgate output` without a name shows what there is",
        ));
    }
    let mut session = Session::open(&args.config, args.environment.as_deref(), &how, &what)?;
    let values = if session.state_needs_secrets()? {
        session.open_secrets(&what)?
    } else {
        Values::Nothing
    };
    let ready = session.initialise(Stage::Read)?;
    let environment = &session.layout().environment;
    if !ready.workspace_exists {
        return Err(CommandError::usage(
            format!(
                "there is no workspace {} yet, in which `{environment}` would have its state",
                quoted(&session.layout().workspace.value)
            ),
            session.where_to_look(),
        ));
    }
    let runner = &session.runner;
    // Of a state without any the tools tell in words, on standard output, and end with 0.
    let all = ["output", "-no-color", "-json"].map(OsString::from);
    let printed = runner.quietly(&all, &runner.workspace)?;
    if printed.code == 0 && printed.output.trim_ascii() == b"{}" {
        return Err(CommandError::usage(
            format!("the state of `{environment}` has no outputs"),
            session.where_to_look(),
        ));
    }
    let mut arguments = vec![OsString::from("output"), "-no-color".into()];
    if args.json {
        arguments.push("-json".into());
    }
    if args.raw {
        arguments.push("-raw".into());
    }
    arguments.extend(args.name.iter().map(OsString::from));
    let printed = runner.quietly(&arguments, &runner.workspace)?;
    if printed.code != 0 {
        let help = "`tollgate output` without a name shows what there is";
        return Err(runner.failed("output", &printed, help).into());
    }
    // Whoever asks for no name is told of other things as well.
    if !printed.errors.trim().is_empty() {
        super::session::note(printed.errors.trim());
    }
    // What machines read stays whole, and on a terminal nothing is masked.
    if args.json || args.raw || crate::view::is_terminal() {
        return print_bytes(&printed.output);
    }
    let patterns = match &values {
        Values::Secrets(opened) => opened.patterns()?,
        Values::Nothing | Values::Placeholders(..) => super::exec::shown(
            &session.config,
            session.config.secrets(Some(environment))?,
            &session.layout().directory.value,
            runner.tool.program.as_os_str(),
        ),
    };
    print_bytes(&masked(Masker::new(patterns), &printed.output))
}
