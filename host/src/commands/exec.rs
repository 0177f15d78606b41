//! `tollgate exec`: one command with the secrets of an environment.

use std::path::Path;

use tollgate_secrets::inject::Injection;
use tollgate_secrets::inject::mask::Patterns;

use super::secrets::keyring;
use super::{CommandError, configuration};
use crate::cli::{DescriptorFormat, ExecArgs};
use crate::configuration::{Configuration, Dialect, Type, Variable};
use crate::inject::{self, Handover, Launch, tofu};
use crate::routing::{directories, route};

pub(super) fn run(args: &ExecArgs) -> Result<u8, CommandError> {
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(CommandError::usage(
            "no command",
            "write it behind `--`: `tollgate exec -e staging -- tofu plan`",
        ));
    };
    let launch = |handover, patterns| {
        inject::run(Launch {
            program: program.clone(),
            arguments: arguments.to_vec(),
            handover,
            patterns,
        })
        .map_err(CommandError::from)
    };
    let named = args.env || args.fd.is_some();
    let line = if args.tofu || (!named && tofu::is_tofu(program)) {
        Some(tofu::read(arguments))
    } else if named {
        None
    } else {
        return Err(CommandError::usage(
            format!(
                "how does {} take secrets?",
                crate::diagnostic::quoted(&program.to_string_lossy())
            ),
            "say so: `--env` for variables of its environment, `--fd 3` for a descriptor, `--tofu` if it is OpenTofu or Terraform by another name",
        ));
    };
    let config = configuration(&args.config)?;
    let settings = config.secrets(args.environment.as_deref())?;
    let module = match &line {
        Some(line) => line.directory.clone().unwrap_or_else(|| ".".into()),
        None => ".".into(),
    };
    if let Some(line) = &line
        && line.var_file_at.is_none()
    {
        // It takes no variables, so no key is needed.
        return launch(Handover::Nothing, Patterns::default());
    }
    inject::forbid_core_dumps()?;
    let directories = directories(&config, std::slice::from_ref(&module));
    let map = settings.map.clone();
    let routed = route(&config, settings, &directories)?;
    let declared = match &line {
        Some(_) => Some(declared(&module, program)?),
        None => None,
    };
    let files = routed.open(&config, &directories, &keyring())?;
    let mut injection = Injection::new(&files, &map)?;
    if let Some(declared) = &declared {
        injection.retain(|name| declared.contains_key(name));
    }
    // Those that a saved plan holds are printed like those that are handed over.
    let patterns = if args.no_mask {
        Patterns::default()
    } else {
        injection.patterns()
    };
    let handover = match (&line, &declared) {
        (Some(line), Some(declared)) => {
            if line.saved_plan {
                // The plan has the others, and Terraform prints one that differs, old and new.
                injection.retain(|name| {
                    declared
                        .get(name)
                        .is_some_and(|variable| variable.ephemeral)
                });
            }
            for (name, variable) in declared {
                if variable.ty == Type::String {
                    injection.as_text(name);
                }
            }
            match line.var_file_at {
                Some(at) if !injection.is_empty() => Handover::VarFile {
                    at,
                    text: injection.hcl()?,
                },
                _ => Handover::Nothing,
            }
        }
        _ => match args.fd {
            Some(number) => Handover::Descriptor {
                number,
                text: match args.format {
                    DescriptorFormat::Json => injection.json()?,
                    DescriptorFormat::Dotenv => injection.dotenv(&args.prefix)?,
                },
            },
            None => Handover::Environment(injection.environment(&args.prefix)?),
        },
    };
    // Plaintext goes before the command comes: what it needs is in the pipe.
    drop(injection);
    drop(files);
    launch(handover, patterns)
}

fn declared(
    module: &Path,
    program: &std::ffi::OsStr,
) -> Result<std::collections::BTreeMap<String, Variable>, CommandError> {
    let dialect = if program.to_string_lossy().contains("terraform") {
        Dialect::Terraform
    } else {
        Dialect::OpenTofu
    };
    let configuration = Configuration::read_as(module, dialect)?;
    Ok(configuration.variables().clone())
}
