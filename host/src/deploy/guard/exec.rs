//! What `exec` guards, where somebody else runs the tool: what is configured, and that nothing is
//! another environment's. What convention would use a person may do otherwise.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Guard, Refusal, Stage, account, backend, of_git, workspace};
use crate::config::{Config, ConfigError};
use crate::configuration::{Configuration, ConfigurationError, Dialect};
use crate::diagnostic::quoted;
use crate::layout::{self, From, Kind, Layout, LayoutError};

/// Subcommands that look at the state.
const READ: [&str; 2] = ["output", "show"];
/// Those that plan, and what else runs providers.
const PLAN: [&str; 2] = ["plan", "console"];
/// Those that change resources or the state.
const CHANGE: [&str; 7] = [
    "apply",
    "destroy",
    "refresh",
    "import",
    "taint",
    "untaint",
    "force-unlock",
];
/// The subcommands of `state` that change it.
const CHANGE_STATE: [&str; 6] = ["mv", "move", "rm", "remove", "push", "replace-provider"];

/// Why a command must not run.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The root module cannot be read.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// Guards refuse.
    #[error("this is not the environment's")]
    Refused(Vec<Refusal>),
}

/// Checks that a command line of OpenTofu or Terraform is about the environment.
///
/// # Errors
/// When something else is selected, initialised or checked out, or the configuration is wrong.
pub fn check(
    config: &Config,
    environment: &str,
    dialect: Dialect,
    arguments: &[OsString],
) -> Result<(), ExecError> {
    let (directory, Some(stage)) = read(arguments) else {
        return Ok(());
    };
    let tool = match dialect {
        Dialect::OpenTofu => "tofu",
        Dialect::Terraform => "terraform",
    };
    let own = resolved(config, environment)?;
    let mut others = Vec::new();
    for name in layout::names(config)
        .iter()
        .filter(|name| *name != environment)
    {
        others.extend(resolved(config, name).ok().flatten());
    }
    let here = |layout: &Layout| layout::same(&layout.directory.value, &directory);
    let own_here = own.as_ref().filter(|layout| here(layout));
    let mut refusals = Vec::new();
    let owner = others.iter().find(|other| here(other) && is_its_own(other));
    if let (None, Some(other)) = (own_here, owner) {
        refusals.push(Refusal {
            guard: Guard::Directory,
            expected: own.as_ref().map_or_else(
                || format!("that of {}", quoted(environment)),
                |own| quoted(&own.directory.value.display().to_string()),
            ),
            found: format!(
                "{}, which is that of {}",
                quoted(&directory.display().to_string()),
                quoted(&other.environment)
            ),
            help: format!(
                "run it where {environment} is, or with `-e {}`",
                other.environment
            ),
        });
    } else {
        let wanted = wanted_workspace(own.as_ref(), own_here, &others);
        refusals.extend(selected(environment, wanted, &others, tool, &directory));
        if let Some(own) = own_here {
            let root = Configuration::read_as(&directory, dialect)?;
            let wanted = backend::wanted(own, &root)?;
            let found = backend::initialised(&directory);
            refusals.extend(backend::compare(&wanted, &found, tool, &directory));
        }
    }
    let settings = layout::guards(config, environment)?;
    if stage >= Stage::Plan
        && let Some(account) = &settings.aws_account
    {
        refusals.extend(account::compare(account, &account::read()));
    }
    if stage >= Stage::Change {
        let clean = settings.clean_tree.as_ref();
        refusals.extend(of_git(&directory, &settings.branches, clean));
    }
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(ExecError::Refused(refusals))
    }
}

/// Whether something says that the root module is this environment's, and not just that of all.
fn is_its_own(layout: &Layout) -> bool {
    match layout.directory.from {
        From::Configured(_) | From::Convention(Kind::Directories, _) => true,
        From::Convention(..) | From::Default => false,
    }
}

/// What a deploy uses, where anything says so.
fn resolved(config: &Config, environment: &str) -> Result<Option<Layout>, ConfigError> {
    match layout::resolve(config, Some(environment)) {
        Ok(layout) => Ok(Some(layout)),
        Err(LayoutError::Config(error)) => Err(error),
        // `exec` needs none of it.
        Err(_) => Ok(None),
    }
}

/// The workspace that has to be selected: one that is configured for this root module.
fn wanted_workspace<'a>(
    own: Option<&'a Layout>,
    own_here: Option<&Layout>,
    others: &[Layout],
) -> Option<&'a layout::Setting<String>> {
    let workspace = &own?.workspace;
    let configured = matches!(workspace.from, From::Configured(_));
    // Nothing is written down, and yet the default one is the wrong one where that is another's.
    let shared = others
        .iter()
        .any(|other| other.workspace.value == workspace.value);
    (own_here.is_some() && (configured || shared)).then_some(workspace)
}

/// What is wrong with the workspace that is selected.
fn selected(
    environment: &str,
    wanted: Option<&layout::Setting<String>>,
    others: &[Layout],
    tool: &str,
    directory: &Path,
) -> Option<Refusal> {
    let found = workspace::read(directory);
    if let Some(wanted) = wanted {
        return workspace::compare(wanted, &found, tool, directory);
    }
    if found.name == layout::DEFAULT_WORKSPACE || found.name == environment {
        return None;
    }
    let other = others.iter().find(|other| {
        found.name == other.workspace.value
            || found.name == other.environment
            || other.aliases.contains(&found.name)
    })?;
    let mut refusal = workspace::compare(
        &layout::Setting {
            value: environment.to_owned(),
            from: From::Default,
        },
        &found,
        tool,
        directory,
    )?;
    refusal.expected = format!("none of {}'s", other.environment);
    Some(refusal)
}

/// The directory of a command line, and what it does; nothing where it does no harm.
fn read(arguments: &[OsString]) -> (PathBuf, Option<Stage>) {
    let mut directory = PathBuf::from(".");
    let texts: Vec<_> = arguments
        .iter()
        .map(|each| each.to_string_lossy())
        .collect();
    let mut rest = texts.iter().map(AsRef::<str>::as_ref);
    let subcommand = loop {
        match rest.next() {
            None => return (directory, None),
            Some(option) if option.starts_with('-') => {
                let option = option.trim_start_matches('-');
                match option.strip_prefix("chdir=") {
                    Some(path) => directory = PathBuf::from(path),
                    // `-help` and `-version`.
                    None => return (directory, None),
                }
            }
            Some(subcommand) => break subcommand,
        }
    };
    let mut words = rest.clone().filter(|word| !word.starts_with('-'));
    let help =
        |word: &str| matches!(word.trim_start_matches('-'), "help" | "h") && word.starts_with('-');
    let stage = if rest.clone().any(help) {
        None
    } else if CHANGE.contains(&subcommand) {
        Some(Stage::Change)
    } else if PLAN.contains(&subcommand) {
        Some(Stage::Plan)
    } else if subcommand == "show" && words.next().is_some() {
        // A file, whatever is selected.
        None
    } else if READ.contains(&subcommand) {
        Some(Stage::Read)
    } else if subcommand == "state" {
        let changes = words
            .next()
            .is_some_and(|word| CHANGE_STATE.contains(&word));
        Some(if changes { Stage::Change } else { Stage::Read })
    } else {
        None
    };
    (directory, stage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_line_does() {
        for (line, directory, expected) in [
            ("plan", ".", Some(Stage::Plan)),
            ("-chdir=stack plan -destroy", "stack", Some(Stage::Plan)),
            ("--chdir=stack apply p.bin", "stack", Some(Stage::Change)),
            ("destroy -auto-approve", ".", Some(Stage::Change)),
            ("refresh", ".", Some(Stage::Change)),
            ("import a.b id", ".", Some(Stage::Change)),
            ("console", ".", Some(Stage::Plan)),
            ("output -json", ".", Some(Stage::Read)),
            ("show", ".", Some(Stage::Read)),
            ("show -json", ".", Some(Stage::Read)),
            ("show -json p.bin", ".", None),
            ("state list", ".", Some(Stage::Read)),
            ("state pull", ".", Some(Stage::Read)),
            ("state rm a.b", ".", Some(Stage::Change)),
            ("state push -force s.tfstate", ".", Some(Stage::Change)),
            ("taint a.b", ".", Some(Stage::Change)),
            ("force-unlock 1", ".", Some(Stage::Change)),
            ("plan -help", ".", None),
            ("apply --help", ".", None),
            ("-help plan", ".", None),
            ("-version", ".", None),
            ("", ".", None),
            ("init -reconfigure", ".", None),
            ("validate", ".", None),
            ("fmt", ".", None),
            ("test", ".", None),
            ("workspace select production", ".", None),
        ] {
            let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let expected = (PathBuf::from(directory), expected);
            assert_eq!(read(&arguments), expected, "{line}");
        }
    }
}
