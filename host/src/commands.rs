//! One file per subcommand, and what they share: how a command fails.

#[cfg(unix)]
mod apply;
mod bundle;
mod check;
mod completions;
mod config;
mod contract;
#[cfg(unix)]
mod deploy;
mod doctor;
mod env;
#[cfg(unix)]
mod exec;
mod explain;
#[cfg(unix)]
mod ground;
#[cfg(unix)]
mod history;
mod init;
mod judging;
#[cfg(unix)]
mod plan;
mod policy;
mod replay;
mod report;
mod schema;
mod secrets;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use crate::baseline::BaselineError;
use crate::cli::{
    BundleCommand, Cli, Command, ConfigArgs, ConfigCommand, EnvCommand, PolicyCommand,
    SecretsCommand,
};
use crate::config::{Config, ConfigError};
use crate::configuration::ConfigurationError;
use crate::deploy::bundle::BundleError;
use crate::diagnostic::Diagnostic;
use crate::exit;
use crate::layout::LayoutError;
use crate::loosening::{BaseError, BaselineOrBaseError};
use crate::policy::PolicyError;
use crate::policy::builtin;
use crate::record::RecordError;
use crate::report::Options;
use crate::report::output::OutputError;
use crate::report::saved::SavedError;

pub use schema::text as schema_text;

/// Why a command did not do what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// One of the two configurations of a run with `--config-from` is wrong.
    #[error("{error}")]
    OneOfTwo {
        /// What is wrong with it.
        error: ConfigError,
        /// Which one it is, and what to do.
        which: String,
    },
    /// The directory of `.tf` files cannot be used.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// It cannot be said what a deploy uses.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The baseline cannot be used.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// The base branch cannot be read.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// A saved report cannot be used.
    #[error(transparent)]
    Saved(#[from] SavedError),
    /// A report or another result cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A bundle cannot be written or used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A recording cannot be made, or does not lead to its verdict.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A module cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A secrets file cannot be used.
    #[error("{}", .0.title())]
    Secrets(#[from] tollgate_secrets::Error),
    /// Nothing says for whom a new secrets file is.
    #[error(transparent)]
    Creation(#[from] tollgate_secrets::CreationError),
    /// A new secrets file would leave a secret readable.
    #[error(
        "{}: the rule at {rules} leaves {names} in clear, which the configuration declares as secret; nothing was written",
        file.escape_debug()
    )]
    InClear {
        /// The file.
        file: String,
        /// File and line.
        rules: String,
        /// The variables.
        names: String,
    },
    /// The secrets are not the environment's.
    #[error(transparent)]
    Route(#[from] crate::routing::RouteError),
    /// Secrets cannot be handed over.
    #[error(transparent)]
    Inject(#[from] tollgate_secrets::inject::InjectError),
    /// A command did not start.
    #[cfg(unix)]
    #[error(transparent)]
    Launch(#[from] crate::inject::LaunchError),
    /// Guards of the environment refuse.
    #[cfg(unix)]
    #[error("{}", crate::deploy::guard::listed(.0))]
    Refused(Vec<crate::deploy::guard::Refusal>),
    /// The project cannot be locked.
    #[cfg(unix)]
    #[error(transparent)]
    Lock(#[from] crate::deploy::lock::LockError),
    /// It cannot be said where the lock and the history are.
    #[cfg(unix)]
    #[error(transparent)]
    Place(#[from] crate::deploy::place::PlaceError),
    /// The history cannot be read or added to.
    #[cfg(unix)]
    #[error(transparent)]
    History(#[from] crate::deploy::history::HistoryError),
    /// A deploy did not happen.
    #[cfg(unix)]
    #[error(transparent)]
    Deploy(#[from] crate::deploy::DeployError),
    /// What a plan is made from cannot be read.
    #[cfg(unix)]
    #[error(transparent)]
    Facts(#[from] crate::deploy::facts::FactsError),
    /// A kept plan is not of what is here.
    #[cfg(unix)]
    #[error("the plan is not of what is here:{}", lines(.0))]
    Mismatched(Vec<crate::deploy::bundle::Mismatch>),
    /// The command line asks for something that cannot be.
    #[error("{message}")]
    Usage {
        /// What is wrong, as a fragment in lower case.
        message: String,
        /// The next step.
        help: Option<String>,
    },
}

impl CommandError {
    fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            help: Some(help.into()),
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Policy(_) => exit::POLICY,
            Self::Record(error) if error.concerns_policies() => exit::POLICY,
            Self::Secrets(_) | Self::Creation(_) | Self::Inject(_) | Self::InClear { .. } => {
                exit::SECRETS
            }
            Self::Route(error) => error.exit_code(),
            Self::Bundle(error) => error.exit_code(),
            #[cfg(unix)]
            Self::Launch(crate::inject::LaunchError::NotFound(_)) => exit::NOT_FOUND,
            #[cfg(unix)]
            Self::Launch(crate::inject::LaunchError::NotExecutable { .. }) => exit::NOT_EXECUTABLE,
            #[cfg(unix)]
            Self::Launch(_) => exit::EXEC,
            #[cfg(unix)]
            Self::Refused(_) | Self::Mismatched(_) => exit::GUARD,
            #[cfg(unix)]
            Self::Lock(error) => error.exit_code(),
            #[cfg(unix)]
            Self::Place(_) | Self::History(_) => exit::USAGE,
            #[cfg(unix)]
            Self::Deploy(error) => error.exit_code(),
            #[cfg(unix)]
            Self::Facts(_) => exit::USAGE,
            Self::Config(_)
            | Self::OneOfTwo { .. }
            | Self::Configuration(_)
            | Self::Layout(_)
            | Self::Baseline(_)
            | Self::Base(_)
            | Self::Saved(_)
            | Self::Output(_)
            | Self::Record(_)
            | Self::Usage { .. } => exit::USAGE,
        }
    }

    fn render(&self, color: bool) -> String {
        #[cfg(unix)]
        if let Self::Refused(refusals) = self {
            // Each has a next step of its own.
            let each = refusals.iter().map(|refusal| {
                Diagnostic {
                    title: refusal.to_string(),
                    place: None,
                    help: Some(refusal.help.clone()),
                }
                .render(color)
            });
            return each.collect::<Vec<_>>().join("\n");
        }
        let help = match self {
            Self::Config(error) | Self::Layout(LayoutError::Config(error)) => {
                return error.render(color);
            }
            Self::OneOfTwo { error, which } => {
                return format!("{}\nnote: {which}", error.render(color));
            }
            Self::Layout(error) => error.help(),
            Self::Usage { help, .. } => help.clone(),
            Self::Policy(error) => error.help(),
            Self::Record(error) => error.help(),
            Self::Configuration(error) => error.help(),
            Self::Secrets(error) => error.help(),
            Self::Creation(error) => error.help(),
            Self::Saved(error) => Some(error.help().to_owned()),
            Self::Route(error) => Some(error.help()),
            Self::InClear { .. } => Some(
                "have the rule encrypt them, or add `--allow-unencrypted` if everybody may read them"
                    .to_owned(),
            ),
            Self::Bundle(error) => error.help(),
            Self::Inject(_) => None,
            #[cfg(unix)]
            Self::Refused(_) => None,
            #[cfg(unix)]
            Self::Lock(error) => error.help(),
            #[cfg(unix)]
            Self::Place(error) => error.help(),
            #[cfg(unix)]
            Self::History(error) => error.help(),
            #[cfg(unix)]
            Self::Launch(_) => None,
            #[cfg(unix)]
            Self::Deploy(error) => error.help(),
            #[cfg(unix)]
            Self::Facts(_) => None,
            #[cfg(unix)]
            Self::Mismatched(mismatches) => {
                mismatches.first().map(|each| each.fix.to_owned())
            }
            Self::Baseline(_) | Self::Base(_) | Self::Output(_) => None,
        };
        Diagnostic {
            title: self.to_string(),
            place: None,
            help,
        }
        .render(color)
    }
}

/// One below the other.
#[cfg(unix)]
fn lines(list: &[impl std::fmt::Display]) -> String {
    let lines = list.iter().map(|each| format!("\n  {each}"));
    lines.collect()
}

impl From<BaselineOrBaseError> for CommandError {
    fn from(error: BaselineOrBaseError) -> Self {
        match error {
            BaselineOrBaseError::Base(error) => Self::Base(error),
            BaselineOrBaseError::Baseline(error) => Self::Baseline(error),
        }
    }
}

/// Runs a command and returns the exit code. Errors go to standard error.
#[must_use]
pub fn run(cli: Cli) -> u8 {
    // The codes below 125 are the command's own.
    #[cfg(unix)]
    let exec = matches!(cli.command, Command::Exec(_));
    #[cfg(not(unix))]
    let exec = false;
    let result = match cli.command {
        Command::Check(args) => check::run(&args),
        Command::Report(args) => report::run(&args),
        #[cfg(unix)]
        Command::Plan(args) => plan::run(&args),
        #[cfg(unix)]
        Command::Apply(args) => apply::run(&args),
        #[cfg(unix)]
        Command::Destroy(args) => apply::destroy(&args),
        #[cfg(unix)]
        Command::Deploy(args) => deploy::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Policy(PolicyCommand::Inspect(args)) => policy::inspect(&args),
        Command::Policy(PolicyCommand::Docs(args)) => policy::docs(&args),
        Command::Policy(PolicyCommand::Pack(args)) => policy::pack(&args),
        Command::Policy(PolicyCommand::Replay(args)) => replay::run(&args),
        #[cfg(unix)]
        Command::Exec(args) => exec::run(&args),
        Command::Secrets(SecretsCommand::Check(args)) => contract::check(&args),
        Command::Secrets(SecretsCommand::Diff(args)) => contract::diff(&args),
        Command::Secrets(SecretsCommand::Decrypt(args)) => secrets::decrypt(&args),
        Command::Secrets(SecretsCommand::Show(args)) => secrets::show(&args),
        Command::Secrets(SecretsCommand::Init(args)) => secrets::init(&args),
        Command::Secrets(SecretsCommand::Set(args)) => secrets::set(&args),
        Command::Secrets(SecretsCommand::Unset(args)) => secrets::unset(&args),
        Command::Secrets(SecretsCommand::Import(args)) => secrets::import(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Config(ConfigCommand::Check(args)) => config::check(&args),
        Command::Env(EnvCommand::List(args)) => env::list(&args),
        Command::Env(EnvCommand::Show(args)) => env::show(&args),
        Command::Env(EnvCommand::Diff(args)) => env::diff(&args),
        Command::Env(EnvCommand::Doctor(args)) => doctor::run(&args),
        Command::Bundle(BundleCommand::Show(args)) => bundle::show(&args),
        #[cfg(unix)]
        Command::History(args) => history::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => completions::man(&args),
    };
    result.unwrap_or_else(|error| {
        let color = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
        #[cfg(unix)]
        if let CommandError::Deploy(crate::deploy::DeployError::Failed {
            said: Some(said), ..
        }) = &error
        {
            // The tool's own words first.
            let _ = writeln!(io::stderr(), "{said}");
        }
        // If standard error is gone there is nowhere left to say so.
        let _ = writeln!(io::stderr(), "{}", error.render(color));
        match error.exit_code() {
            code if exec => code.max(exit::EXEC),
            code => code,
        }
    })
}

#[cfg(unix)]
impl From<crate::deploy::guard::exec::ExecError> for CommandError {
    fn from(error: crate::deploy::guard::exec::ExecError) -> Self {
        use crate::deploy::guard::exec::ExecError;
        match error {
            ExecError::Config(error) => Self::Config(error),
            ExecError::Configuration(error) => Self::Configuration(error),
            ExecError::Refused(refusals) => Self::Refused(refusals),
        }
    }
}

impl From<crate::routing::Failure> for CommandError {
    fn from(failure: crate::routing::Failure) -> Self {
        match failure {
            crate::routing::Failure::Route(error) => Self::Route(error),
            crate::routing::Failure::Secrets(error) => Self::Secrets(error),
        }
    }
}

/// Shows what clap makes of a wrong command line, or the help that was asked for.
#[must_use]
pub fn usage(error: &clap::Error) -> u8 {
    let _ = error.print();
    if error.use_stderr() {
        if std::env::args_os()
            .nth(1)
            .is_some_and(|first| first == "exec")
        {
            exit::EXEC
        } else {
            exit::USAGE
        }
    } else {
        exit::PASSED
    }
}

/// Finds the configuration that the arguments name, or the one that is there.
fn configuration_file(args: &ConfigArgs) -> Option<PathBuf> {
    match &args.config {
        Some(path) => Some(path.clone()),
        None => Config::find(Path::new(".")),
    }
}

/// Loads the configuration that the arguments name, the one that is found, or the
/// conventions that stand in for it.
fn configuration(args: &ConfigArgs) -> Result<Config, ConfigError> {
    let builtins = builtin::infos();
    let config = match configuration_file(args) {
        Some(path) => Config::load(&path, &builtins)?,
        None => Config::conventional(&builtins),
    };
    Ok(if args.no_cache {
        config.without_cache()
    } else {
        config
    })
}

/// The day that waivers are held against: the one that is asked for, or today's in UTC.
fn today(asked: Option<jiff::civil::Date>) -> jiff::civil::Date {
    asked.unwrap_or_else(|| {
        jiff::Timestamp::now()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date()
    })
}

/// Where GitHub takes the job summary from, when this is one of its jobs.
fn job_summary() -> Option<PathBuf> {
    std::env::var_os("GITHUB_STEP_SUMMARY")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}

/// How to lay out text for standard output.
fn options() -> Options {
    let stdout = io::stdout();
    let default = Options::default();
    Options {
        width: if stdout.is_terminal() {
            terminal_size::terminal_size().map_or(default.width, |(width, _)| usize::from(width.0))
        } else {
            default.width
        },
        color: anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
    }
}

/// Prints a command's result on standard output.
fn print(text: &str) -> Result<u8, CommandError> {
    print_bytes(text.as_bytes())
}

/// Prints bytes that need not be text.
fn print_bytes(bytes: &[u8]) -> Result<u8, CommandError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        // Whoever reads has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(exit::PASSED),
        Err(error) => Err(CommandError::Output(OutputError::Stdout(error))),
        Ok(()) => Ok(exit::PASSED),
    }
}
