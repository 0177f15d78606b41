//! How secrets are handed to a command.

use std::collections::BTreeMap;
use std::path::Path;

use tollgate_secrets::inject::Injection;
use zeroize::Zeroizing;

use super::root_module::{OfTool, given_twice};
use super::variables::{only_named, variables};
use crate::cli::{DescriptorFormat, ExecArgs};
use crate::commands::CommandError;
use crate::environment::SecretsSettings;
use crate::hcl::Type;
use crate::inject::Handover;

/// Hands secrets to the tool, as a file of the variables that its root module declares. One that the
/// command line sets as well is refused.
pub(super) fn to_tool(
    of_tool: &OfTool<'_>,
    module: &Path,
    injection: &mut Injection<'_>,
    environment: &str,
) -> Result<Handover, CommandError> {
    let OfTool { line, declared } = of_tool;
    if line.saved_plan {
        // The plan has the others, and Terraform prints one that differs, old and new.
        injection.retain(|name| {
            declared
                .get(name)
                .is_some_and(|variable| variable.ephemeral)
        });
    }
    if line.var_file_at.is_some() {
        given_twice(line, module, injection, environment)?;
    }
    for (name, variable) in declared {
        if variable.ty == Type::String {
            injection.as_text(name);
        }
    }
    Ok(match line.var_file_at {
        Some(at) if !injection.is_empty() => Handover::VarFile {
            at,
            text: injection.hcl()?,
        },
        _ => Handover::Nothing,
    })
}

/// Hands secrets to another program, as its arguments ask for: on a descriptor or in its environment.
/// `files` are those that it gets besides, by the variables that name them.
pub(super) fn to_program(
    args: &ExecArgs,
    injection: &mut Injection<'_>,
    settings: &SecretsSettings,
    files: &BTreeMap<String, Zeroizing<Vec<u8>>>,
) -> Result<Handover, CommandError> {
    if let Some(number) = args.fd {
        let text = match args.format {
            DescriptorFormat::Json => injection.json()?,
            DescriptorFormat::Dotenv => injection.dotenv(&args.prefix)?,
        };
        return Ok(Handover::Descriptor { number, text });
    }
    if !args.env {
        return Ok(Handover::Nothing);
    }
    if args.prefix.is_empty() && settings.named_only {
        only_named(injection, settings)?;
    }
    let variables = variables(injection, &args.prefix, files)?;
    Ok(Handover::Environment(variables))
}
