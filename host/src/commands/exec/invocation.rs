//! The command line behind `--`: what it starts, how that takes secrets, and what guards it.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Prepared;
use super::root_module::{VARIABLE_PREFIX, dialect};
use crate::cli::ExecArgs;
use crate::commands::CommandError;
use crate::commands::secrets::warn;
use crate::config::Config;
use crate::deploy::guard::{self, exec::Additions};
use crate::diagnostic::quoted;
use crate::inject::logs::{self, Logs};
use crate::inject::{self, Conduct, Handover, Launch, LaunchError, tofu};

/// Programs that start another one, which is among their arguments.
const LAUNCHERS: [&str; 12] = [
    "env", "nice", "ionice", "nohup", "setsid", "stdbuf", "sudo", "doas", "time", "timeout",
    "xargs", "exec",
];

/// Programs that run the tool in the directory that they are started in, with variables of it.
const WRAPPERS: [&str; 2] = ["terragrunt", "terramate"];

/// Subcommands of either tool.
const SUBCOMMANDS: [&str; 27] = [
    "apply",
    "console",
    "destroy",
    "env",
    "fmt",
    "force-unlock",
    "get",
    "graph",
    "import",
    "init",
    "login",
    "logout",
    "metadata",
    "modules",
    "output",
    "plan",
    "providers",
    "query",
    "refresh",
    "show",
    "stacks",
    "state",
    "taint",
    "test",
    "untaint",
    "validate",
    "workspace",
];

/// A command that is to get secrets.
pub(super) struct Invocation<'a> {
    pub(super) program: &'a OsString,
    arguments: &'a [OsString],
    /// The command line of OpenTofu or Terraform, where it takes secrets as variables of a root module;
    /// none of a program that takes them in another way.
    pub(super) line: Option<tofu::CommandLine>,
    /// The tool that it starts, and before which argument the tool's own ones begin. However it takes
    /// the secrets: it is the tool that would go to another environment.
    tool: Option<(&'a OsString, usize)>,
    /// The root module.
    pub(super) module: PathBuf,
}

impl<'a> Invocation<'a> {
    /// Reads the command line. One that does not say how its program takes secrets is refused.
    pub(super) fn read(args: &'a ExecArgs) -> Result<Self, CommandError> {
        let Some((program, arguments)) = args.command.split_first() else {
            return Err(CommandError::usage(
                "no command",
                "write it behind `--`: `tollgate exec -e staging -- tofu plan`",
            ));
        };
        let named =
            args.env || args.fd.is_some() || !args.files.is_empty() && !tofu::is_tofu(program);
        if args.tofu && !tofu::is_tofu(program) {
            known_subcommand(program, arguments)?;
        }
        let line = if args.tofu || (!named && tofu::is_tofu(program)) {
            Some(tofu::read(arguments))
        } else if named {
            None
        } else {
            return Err(CommandError::usage(
                format!(
                    "how does {} take secrets?",
                    quoted(&program.to_string_lossy())
                ),
                "say so: `--env` for variables of its environment, `--fd 3` for a descriptor, `--file NAME` for a file in memory, `--tofu` if it is OpenTofu or Terraform by another name",
            ));
        };
        let tool = match &line {
            Some(_) => Some((program, 0)),
            None => inner_tool(program, arguments),
        };
        let directory = line.as_ref().and_then(|line| line.directory.clone());
        Ok(Self {
            program,
            arguments,
            line,
            tool,
            module: directory.unwrap_or_else(|| ".".into()),
        })
    }

    /// Whether it is a subcommand of the tool that takes no variables.
    pub(super) fn takes_no_variables(&self) -> bool {
        self.line
            .as_ref()
            .is_some_and(|line| line.var_file_at.is_none())
    }

    /// Says which variables the tool does not get, because it would log into files by them.
    pub(super) fn say_what_is_withheld(&self) {
        if self.tool.is_some()
            && let Some(note) = logs::note(Logs::Masked)
        {
            warn(&note);
        }
    }

    /// Refuses a tool that is about another environment, and returns what the environment adds to its
    /// command line.
    pub(super) fn guard(
        &self,
        args: &ExecArgs,
        config: &Config,
        environment: &str,
    ) -> Result<Additions, CommandError> {
        if let Some((tool, from)) = self.tool {
            let behind = self.arguments.get(from..).unwrap_or_default();
            let mut additions = guard::exec::check(config, environment, dialect(tool), behind)?;
            additions.at += from;
            return Ok(additions);
        }
        if args.env && (args.prefix == VARIABLE_PREFIX || is_wrapper(self.program)) {
            guard::exec::check_directory(config, environment)?;
        }
        Ok(Additions::default())
    }

    /// Starts the command with what is prepared for it, and returns its exit code. Where its output is
    /// not masked, this process becomes the command.
    pub(super) fn start(
        &self,
        additions: &Additions,
        prepared: Prepared,
    ) -> Result<u8, CommandError> {
        let mut arguments = self.arguments.to_vec();
        let at = additions.at.min(arguments.len());
        arguments.splice(at..at, additions.options.iter().cloned());
        let (conduct, withheld) = match self.tool {
            // Told twice, it would drop what it has not written.
            Some(_) => (
                Conduct::Orderly(Default::default()),
                logs::withheld(Logs::Masked),
            ),
            None => (Conduct::PassedOn, Vec::new()),
        };
        let launch = Launch {
            program: self.program.clone(),
            arguments,
            handover: behind(prepared.handover, additions.options.len()),
            files: prepared.files,
            patterns: prepared.patterns,
            errors: None,
            conduct,
            withheld,
            limit: None,
        };
        launched(inject::run(launch, |command| {
            if let Some(workspace) = &additions.workspace {
                command.env(guard::workspace::VARIABLE, workspace);
            }
        }))
    }
}

/// The tool that a command line starts, and before which argument its own ones begin.
fn inner_tool<'a>(
    program: &'a OsString,
    arguments: &'a [OsString],
) -> Option<(&'a OsString, usize)> {
    if tofu::is_tofu(program) {
        return Some((program, 0));
    }
    if !is_one_of(program, &LAUNCHERS) {
        return None;
    }
    let mut arguments = arguments.iter().enumerate();
    let (nth, tool) = arguments.find(|(_, argument)| tofu::is_tofu(argument))?;
    Some((tool, nth + 1))
}

/// Whether a program runs the tool in the directory that it is started in.
fn is_wrapper(program: &OsStr) -> bool {
    is_one_of(program, &WRAPPERS)
}

/// Whether a program has one of these names, wherever it is.
fn is_one_of(program: &OsStr, names: &[&str]) -> bool {
    let name = Path::new(program).file_stem().unwrap_or_default();
    names.iter().any(|one| name == *one)
}

/// Refuses a program that is said to be the tool, and whose first word is none of the tool's: what it
/// starts would be guarded by nothing.
fn known_subcommand(program: &OsStr, arguments: &[OsString]) -> Result<(), CommandError> {
    let mut words = arguments.iter().map(|argument| argument.to_string_lossy());
    let Some(word) = words.find(|word| !word.starts_with('-')) else {
        return Ok(());
    };
    if word == "version" || SUBCOMMANDS.contains(&&*word) {
        return Ok(());
    }
    Err(CommandError::usage(
        format!(
            "`--tofu` says that {} is OpenTofu or Terraform, and {} is no subcommand of theirs",
            quoted(&program.to_string_lossy()),
            quoted(&word)
        ),
        "name the tool itself behind `--`, as in `tollgate exec -e staging -- tofu plan`",
    ))
}

/// The same values, behind options that were added before them.
fn behind(handover: Handover, added: usize) -> Handover {
    match handover {
        Handover::VarFile { at, text } => Handover::VarFile {
            at: at + added,
            text,
        },
        other => other,
    }
}

/// What the command ended with. One that failed says so by its own code, whatever became of its
/// output.
fn launched(result: Result<u8, LaunchError>) -> Result<u8, CommandError> {
    let error = match result {
        Ok(code) => return Ok(code),
        Err(error) => error,
    };
    match &error {
        LaunchError::OutputLost { code, .. } if *code != 0 => {
            // If standard error is gone there is nowhere left to say so.
            let _ = writeln!(
                io::stderr(),
                "error: {}",
                crate::report::inert(&error.to_string())
            );
            Ok(*code)
        }
        _ => Err(error.into()),
    }
}
