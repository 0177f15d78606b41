//! The root module that a command is about: what it declares, and what else sets its variables.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use tollgate_secrets::inject::Injection;

use super::invocation::Invocation;
use crate::cli::ExecArgs;
use crate::commands::CommandError;
use crate::commands::secrets::warn;
use crate::diagnostic::quoted;
use crate::environment::SecretsSettings;
use crate::hcl::{Configuration, Dialect, Variable, tfvars};
use crate::inject::tofu;
use crate::routing::{RouteError, taken};

/// How variables of the environment begin that either tool takes for variables of its own.
pub(super) const VARIABLE_PREFIX: &str = "TF_VAR_";

/// A command line of the tool, with the variables that its root module declares.
pub(super) struct OfTool<'a> {
    pub(super) line: &'a tofu::CommandLine,
    pub(super) declared: BTreeMap<String, Variable>,
}

impl<'a> OfTool<'a> {
    /// Reads the root module; none where the command takes secrets in another way than as its variables.
    pub(super) fn read(invocation: &'a Invocation<'_>) -> Result<Option<Self>, CommandError> {
        let Some(line) = &invocation.line else {
            return Ok(None);
        };
        let declared = declared(&invocation.module, invocation.program)?;
        Ok(Some(Self { line, declared }))
    }

    /// Whether the root module declares a variable.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.declared.contains_key(name)
    }
}

/// Refuses or names secrets that no variable takes, and secret variables that no secret is for. `whole`
/// are keys that are handed over as files, which need no variable.
pub(super) fn check_taken(
    args: &ExecArgs,
    of_tool: Option<&OfTool<'_>>,
    module: &Path,
    injection: &Injection<'_>,
    whole: &BTreeSet<String>,
    settings: &SecretsSettings,
) -> Result<(), RouteError> {
    let names = injection.names().filter(|name| !whole.contains(*name));
    let keys: BTreeSet<String> = names.map(ToOwned::to_owned).collect();
    let untaken = |declared: &BTreeMap<String, Variable>, given: &BTreeSet<String>| {
        let outlines = injection.outlines();
        let named = taken::Named {
            keys: &keys,
            outlines: &outlines,
        };
        taken::check(settings, &named, declared, &|name| given.contains(name))
    };
    let said = match of_tool {
        Some(OfTool { line, declared }) if line.takes_files() => {
            untaken(declared, &given_elsewhere(Some(line), module))?
        }
        // A wrapper around the tool, which says nothing of a variable that is not declared. One that
        // fetches the root module has none here.
        None if args.env && args.prefix == VARIABLE_PREFIX => {
            let here = declared_here(module);
            if here.is_empty() {
                Vec::new()
            } else {
                untaken(&here, &given_elsewhere(None, module))?
            }
        }
        _ => Vec::new(),
    };
    for said in &said {
        warn(&said.text);
    }
    Ok(())
}

/// Refuses a variable that the command line sets and that is a secret: the secret would win without
/// a word. What the environment sets is weaker in either tool, and there often by habit.
pub(super) fn given_twice(
    line: &tofu::CommandLine,
    module: &Path,
    injection: &Injection<'_>,
    environment: &str,
) -> Result<(), CommandError> {
    let mut files = BTreeMap::new();
    for file in &line.var_files {
        for name in tfvars::read(&module.join(file))
            .unwrap_or_default()
            .into_keys()
        {
            files.insert(name, file);
        }
    }
    for name in injection.names() {
        if let Some(file) = files.get(name) {
            return Err(CommandError::usage(
                format!(
                    "`-var-file={}` sets `{name}`, and `{name}` is a secret of {}, which would win",
                    file.display(),
                    quoted(environment)
                ),
                "take it out of the file",
            ));
        }
        if line.assigned.iter().any(|assigned| assigned == name) {
            return Err(CommandError::usage(
                format!(
                    "`-var {name}=…` is given, and `{name}` is a secret of {}",
                    quoted(environment)
                ),
                "leave one of them out; a value on the command line is seen by every process",
            ));
        }
        if std::env::var_os(format!("TF_VAR_{name}")).is_some() {
            warn(&format!(
                "TF_VAR_{name} is set and does not count: `{name}` comes from the secrets of {}",
                quoted(environment)
            ));
        }
    }
    Ok(())
}

/// What else gives variables a value: the command line, files, and the environment.
fn given_elsewhere(line: Option<&tofu::CommandLine>, module: &Path) -> BTreeSet<String> {
    let automatic = tfvars::automatic(module).unwrap_or_default();
    let named = line.into_iter().flat_map(|line| &line.var_files);
    let named = named.map(|file| module.join(file));
    let of_files = automatic
        .into_iter()
        .chain(named)
        .flat_map(|file| tfvars::read(&file).unwrap_or_default().into_keys());
    let of_environment = std::env::vars_os().filter_map(|(name, _)| {
        let name = name.into_string().ok()?;
        name.strip_prefix(VARIABLE_PREFIX).map(ToOwned::to_owned)
    });
    of_files
        .chain(of_environment)
        .chain(line.into_iter().flat_map(|line| line.assigned.clone()))
        .collect()
}

/// The variables of a root module, by the rules of the tool that the program is.
pub(super) fn declared(
    module: &Path,
    program: &OsStr,
) -> Result<BTreeMap<String, Variable>, CommandError> {
    let configuration = Configuration::read_as(module, dialect(program))?;
    Ok(configuration.variables().clone())
}

/// The variables of a root module that a wrapper of the tool is started in, if there is one.
fn declared_here(module: &Path) -> BTreeMap<String, Variable> {
    Configuration::read_as(module, Dialect::OpenTofu)
        .map(|configuration| configuration.variables().clone())
        .unwrap_or_default()
}

/// The tool that a program is, by its name.
pub(super) fn dialect(program: &OsStr) -> Dialect {
    if program.to_string_lossy().contains("terraform") {
        Dialect::Terraform
    } else {
        Dialect::OpenTofu
    }
}
