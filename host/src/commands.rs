//! One file per subcommand, and what they share: how a command fails.

mod check;
mod explain;
mod policy;
mod schema;

use std::io::Write;

use crate::cli::{Cli, Command, ConfigArgs, PolicyCommand};
use crate::config::{Config, ConfigError};
use crate::exit;
use crate::report::inert;
use crate::report::output::OutputError;

/// Why a command did not do what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration is wrong; the text shows where.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The command line asks for something that cannot be.
    #[error("{message}")]
    Usage {
        /// What.
        message: String,
        /// The next step.
        help: Option<String>,
    },
    /// A report or another result cannot be written.
    #[error("{0}")]
    Output(#[from] OutputError),
    /// A module cannot be used.
    #[error("{}", .0.message)]
    Policy(crate::report::Problem),
}

impl CommandError {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Policy(_) => exit::POLICY,
            Self::Config(_) | Self::Usage { .. } | Self::Output(_) => exit::USAGE,
        }
    }

    fn help(&self) -> Option<&str> {
        match self {
            Self::Usage { help, .. } => help.as_deref(),
            Self::Policy(problem) => problem.help.as_deref(),
            Self::Config(_) | Self::Output(_) => None,
        }
    }
}

/// Runs a command and returns the exit code. Errors go to standard error.
#[must_use]
pub fn run(cli: Cli) -> u8 {
    let result = match cli.command {
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Policy(PolicyCommand::Inspect(args)) => policy::inspect(&args),
        Command::Policy(PolicyCommand::Pack(args)) => policy::pack(&args),
        Command::Schema(args) => schema::run(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            let mut stderr = anstream::stderr();
            // There is nowhere left to say that standard error is gone.
            let _ = match &error {
                CommandError::Config(error) => write!(stderr, "{}", error.render(crate::report::color(&std::io::stderr()))),
                error => writeln!(stderr, "error: {}", inert(&error.to_string())),
            };
            if let Some(help) = error.help() {
                let _ = writeln!(stderr, "help: {}", inert(help));
            }
            error.exit_code()
        }
    }
}

/// Shows what clap makes of a wrong command line, or the help that was asked for.
#[must_use]
pub fn usage(error: &clap::Error) -> u8 {
    let _ = error.print();
    if error.use_stderr() { exit::USAGE } else { exit::PASSED }
}

/// Loads the configuration that the arguments name, the one that is found, or the
/// conventions that stand in for it.
fn configuration(args: &ConfigArgs) -> Result<Config, ConfigError> {
    match &args.config {
        Some(path) => Config::load(path),
        None => match std::env::current_dir().ok().and_then(|here| Config::find(&here)) {
            Some(path) => Config::load(&path),
            None => Ok(Config::conventional()),
        },
    }
}

/// Prints a command's result on standard output.
fn print(text: &str) -> Result<u8, CommandError> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // Whoever reads has read enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(exit::PASSED),
        Err(error) => Err(CommandError::Usage { message: format!("cannot write to standard output: {error}"), help: None }),
        Ok(()) => Ok(exit::PASSED),
    }
}
