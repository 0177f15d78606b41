//! One file per subcommand, and what they share: how a command fails.

mod apply;
mod bundle;
mod check;
mod completions;
mod config;
mod deploy;
mod doctor;
mod env;
mod exec;
mod explain;
mod history;
mod init;
mod judging;
mod output;
mod plan;
mod policy;
mod promote;
mod promotion;
mod replay;
mod report;
mod schema;
mod secrets;
mod secrets_check;
mod session;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tollgate_model::error::UserError;

use crate::authoring::build::BuildError;
use crate::authoring::cases::CasesError;
use crate::authoring::fixture::FixtureError;
use crate::authoring::module::ModuleError;
use crate::authoring::mutate::MutateError;
use crate::authoring::scaffold::ScaffoldError;
use crate::baseline::BaselineError;
use crate::cli::{
    BundleCommand, Cli, Command, ConfigArgs, ConfigCommand, EnvCommand, PolicyCommand,
    SecretsCommand,
};
use crate::config::{Config, ConfigError};
use crate::deploy::DeployError;
use crate::deploy::bundle::BundleError;
use crate::deploy::facts::FactsError;
use crate::deploy::history::HistoryError;
use crate::deploy::lock::LockError;
use crate::deploy::place::PlaceError;
use crate::diagnostic::Diagnostic;
use crate::exit;
use crate::gate_review::{BaseError, BaselineOrBaseError};
use crate::hcl::ConfigurationError;
use crate::inject::LaunchError;
use crate::layout::LayoutError;
use crate::record::RecordError;
use crate::report::human::Passed;
use crate::report::output::OutputError;
use crate::report::saved::SavedError;
use crate::routing::RouteError;
use crate::sandbox::PolicyError;
use crate::view::{self, options};
use tollgate_model::library::LIBRARY;

use self::judging::OneOfTwo;
use self::policy::OwnModule;
use self::secrets::LeftUnencrypted;

pub use schema::text as schema_text;

/// Why a command did not do what was asked for.
#[derive(Debug)]
pub struct CommandError(Box<dyn UserError>);

impl std::ops::Deref for CommandError {
    type Target = dyn UserError;

    fn deref(&self) -> &Self::Target {
        self.0.as_ref()
    }
}

impl CommandError {
    fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Usage {
            message: message.into(),
            help: help.into(),
        }
        .into()
    }
}

/// Says of which errors a command can end.
macro_rules! ends_a_command {
    ($($error:ty,)*) => {
        $(impl From<$error> for CommandError {
            fn from(error: $error) -> Self {
                Self(Box::new(error))
            }
        })*
    };
}

ends_a_command! {
    Afterwards,
    BaseError,
    BaselineError,
    BuildError,
    BundleError,
    CasesError,
    ConfigError,
    ConfigurationError,
    DeployError,
    FactsError,
    FixtureError,
    HistoryError,
    LaunchError,
    LayoutError,
    LeftUnencrypted,
    LockError,
    Mismatched,
    ModuleError,
    MutateError,
    OneOfTwo,
    OutputError,
    OwnModule,
    PlaceError,
    PolicyError,
    RecordError,
    Refused,
    RouteError,
    SavedError,
    ScaffoldError,
    SecretsError,
    Usage,
}

/// The command line asks for something that cannot be.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Usage {
    /// What is wrong, as a fragment in lower case.
    message: String,
    /// The next step.
    help: String,
}

impl UserError for Usage {
    fn help(&self) -> Option<String> {
        Some(self.help.clone())
    }
}

/// What the crate of secrets, which knows no exit codes, says.
#[derive(Debug, thiserror::Error)]
enum SecretsError {
    /// A secrets file cannot be used.
    #[error("{}", .0.title())]
    File(tollgate_secrets::Error),
    /// Nothing says for whom a new secrets file is.
    #[error("{0}")]
    Creation(tollgate_secrets::CreationError),
    /// Secrets cannot be handed over.
    #[error("{0}")]
    Inject(tollgate_secrets::inject::InjectError),
}

impl UserError for SecretsError {
    fn exit_code(&self) -> u8 {
        exit::SECRETS
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::File(error) => error.help(),
            Self::Creation(error) => error.help(),
            Self::Inject(_) => None,
        }
    }
}

impl From<tollgate_secrets::Error> for CommandError {
    fn from(error: tollgate_secrets::Error) -> Self {
        SecretsError::File(error).into()
    }
}

impl From<tollgate_secrets::CreationError> for CommandError {
    fn from(error: tollgate_secrets::CreationError) -> Self {
        SecretsError::Creation(error).into()
    }
}

impl From<tollgate_secrets::inject::InjectError> for CommandError {
    fn from(error: tollgate_secrets::inject::InjectError) -> Self {
        SecretsError::Inject(error).into()
    }
}

/// Guards of the environment refuse.
#[derive(Debug, thiserror::Error)]
#[error("{}", crate::deploy::guard::listed(.0))]
struct Refused(Vec<crate::deploy::guard::Refusal>);

impl UserError for Refused {
    fn exit_code(&self) -> u8 {
        exit::GUARD
    }

    /// That of the first, for whoever shows one.
    fn help(&self) -> Option<String> {
        self.0.first().map(|refusal| refusal.help.clone())
    }

    /// Each has a next step of its own.
    fn render(&self, color: bool) -> String {
        let each = self.0.iter().map(|refusal| {
            Diagnostic {
                title: refusal.to_string(),
                place: None,
                help: Some(refusal.help.clone()),
            }
            .render(color)
        });
        each.collect::<Vec<_>>().join("\n")
    }
}

/// It was deployed, and something after that failed.
#[derive(Debug, thiserror::Error)]
#[error("{environment} was {done}; {why}")]
struct Afterwards {
    /// The environment.
    environment: String,
    /// What was done, as a word.
    done: &'static str,
    /// What failed, as a clause.
    why: String,
    /// The next step.
    help: Option<String>,
}

impl UserError for Afterwards {
    fn exit_code(&self) -> u8 {
        exit::AFTERWARDS
    }

    fn help(&self) -> Option<String> {
        self.help.clone()
    }
}

/// A kept plan is not of what is here.
#[derive(Debug, thiserror::Error)]
#[error("the plan is not of what is here:{}", lines(.0))]
struct Mismatched(Vec<crate::deploy::bundle::Mismatch>);

impl UserError for Mismatched {
    fn exit_code(&self) -> u8 {
        exit::GUARD
    }

    fn help(&self) -> Option<String> {
        self.0.first().map(|each| each.fix.to_owned())
    }
}

/// One below the other.
fn lines(list: &[impl std::fmt::Display]) -> String {
    let lines = list.iter().map(|each| format!("\n  {each}"));
    lines.collect()
}

impl From<BaselineOrBaseError> for CommandError {
    fn from(error: BaselineOrBaseError) -> Self {
        match error {
            BaselineOrBaseError::Base(error) => error.into(),
            BaselineOrBaseError::Baseline(error) => error.into(),
        }
    }
}

impl From<crate::deploy::guard::exec::ExecError> for CommandError {
    fn from(error: crate::deploy::guard::exec::ExecError) -> Self {
        use crate::deploy::guard::exec::ExecError;
        match error {
            ExecError::Config(error) => error.into(),
            ExecError::Configuration(error) => error.into(),
            ExecError::Deploy(error) => error.into(),
            ExecError::Refused(refusals) => Refused(refusals).into(),
        }
    }
}

impl From<crate::deploy::target::TargetError> for CommandError {
    fn from(error: crate::deploy::target::TargetError) -> Self {
        use crate::deploy::target::TargetError;
        match error {
            TargetError::Layout(error) => error.into(),
            TargetError::Configuration(error) => error.into(),
            TargetError::Refused(refusals) => Refused(refusals).into(),
        }
    }
}

impl From<crate::routing::Failure> for CommandError {
    fn from(failure: crate::routing::Failure) -> Self {
        match failure {
            crate::routing::Failure::Route(error) => error.into(),
            crate::routing::Failure::Secrets(error) => error.into(),
        }
    }
}

/// Runs a command and returns the exit code. Errors go to standard error.
#[must_use]
pub fn run(cli: Cli) -> u8 {
    // The codes below 125 are the command's own.
    let exec = matches!(cli.command, Command::Exec(_));
    secrets::use_keyservices(cli.keyservice);
    let with_key = matches!(cli.command, Command::Secrets(_))
        && holds_private_key(std::env::args_os().skip(1));
    let result = match cli.command {
        // No command about secrets takes one, and what each says of its arguments repeats them.
        Command::Secrets(_) if with_key => Err(private_key()),
        Command::Check(args) => check::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Apply(args) => apply::run(&args),
        Command::Destroy(args) => apply::destroy(&args),
        Command::Deploy(args) => deploy::run(&args),
        Command::Promote(args) => promote::run(&args),
        Command::Output(args) => output::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Policy(PolicyCommand::List(args)) => policy::list(&args),
        Command::Policy(PolicyCommand::Inspect(args)) => policy::inspect(&args),
        Command::Policy(PolicyCommand::Docs(args)) => policy::docs(&args),
        Command::Policy(PolicyCommand::Pack(args)) => policy::pack(&args),
        Command::Policy(PolicyCommand::Test(args)) => policy::test(&args),
        Command::Policy(PolicyCommand::Fixture(args)) => policy::fixture(&args),
        Command::Policy(PolicyCommand::Mutate(args)) => policy::mutate(&args),
        Command::Policy(PolicyCommand::Bench(args)) => policy::bench(&args),
        Command::Policy(PolicyCommand::New(args)) => policy::new(&args),
        Command::Policy(PolicyCommand::Build(args)) => policy::build(&args),
        Command::Policy(PolicyCommand::Replay(args)) => replay::run(&args),
        Command::Exec(args) => exec::run(&args),
        Command::Secrets(SecretsCommand::Check(args)) => secrets_check::check(&args),
        Command::Secrets(SecretsCommand::Diff(args)) => secrets_check::diff(&args),
        Command::Secrets(SecretsCommand::Decrypt(args)) => secrets::decrypt(&args),
        Command::Secrets(SecretsCommand::Show(args)) => secrets::show(&args),
        Command::Secrets(SecretsCommand::Init(args)) => secrets::init(&args),
        Command::Secrets(SecretsCommand::Set(args)) => secrets::set(&args),
        Command::Secrets(SecretsCommand::Unset(args)) => secrets::unset(&args),
        #[cfg(unix)]
        Command::Secrets(SecretsCommand::Edit(args)) => secrets::edit(&args),
        Command::Secrets(SecretsCommand::Readers(args)) => secrets::readers(&args),
        Command::Secrets(SecretsCommand::Grant(args)) => secrets::grant(&args),
        Command::Secrets(SecretsCommand::Revoke(args)) => secrets::revoke(&args),
        Command::Secrets(SecretsCommand::Rotate(args)) => secrets::rotate(&args),
        Command::Secrets(SecretsCommand::Sync(args)) => secrets::sync(&args),
        Command::Secrets(SecretsCommand::Keygen(args)) => secrets::keygen(&args),
        Command::Secrets(SecretsCommand::Import(args)) => secrets::import(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Config(ConfigCommand::Check(args)) => config::check(&args),
        Command::Env(EnvCommand::List(args)) => env::list(&args),
        Command::Env(EnvCommand::Show(args)) => env::show(&args),
        Command::Env(EnvCommand::Diff(args)) => env::diff(&args),
        Command::Env(EnvCommand::Doctor(args)) => doctor::run(&args),
        Command::Bundle(BundleCommand::Show(args)) => bundle::show(&args),
        Command::History(args) => history::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => completions::man(&args),
    };
    result.unwrap_or_else(|error| {
        let color = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
        if let Some(said) = error.said() {
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

/// Tells whether a private key is among the arguments, in one of them or (unquoted) in several.
fn holds_private_key(arguments: impl Iterator<Item = std::ffi::OsString>) -> bool {
    let all: Vec<String> = arguments
        .map(|argument| argument.to_string_lossy().to_ascii_uppercase())
        .collect();
    let all = all.join(" ");
    all.contains("PRIVATE KEY-----")
        || all.contains("AGE-SECRET-KEY-1")
        // The programs of plugins are called alike, in small letters.
        || std::env::args_os()
            .skip(1)
            .any(|argument| argument.to_string_lossy().contains("AGE-PLUGIN-"))
}

fn private_key() -> CommandError {
    CommandError::usage(
        "that is a private key, which everybody has seen by now who sees the command line",
        "a recipient is given by its public key (`age-keygen -y KEYFILE`, or the file that ends in .pub), and a value on standard input; replace the key: `tollgate secrets keygen`",
    )
}

/// Shows what clap makes of a wrong command line, or the help that was asked for.
#[must_use]
pub fn usage(error: &clap::Error) -> u8 {
    if error.use_stderr() && holds_private_key(std::env::args_os().skip(1)) {
        // What clap says repeats the argument.
        let said = private_key();
        let color = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
        let _ = writeln!(io::stderr(), "{}", said.render(color));
    } else {
        let _ = error.print();
    }
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
    configuration_file_of(Path::new("."), args)
}

fn configuration_file_of(folder: &Path, args: &ConfigArgs) -> Option<PathBuf> {
    match &args.config {
        Some(path) => Some(path.clone()),
        None => Config::find(folder).or_else(|| Config::find(Path::new("."))),
    }
}

/// Loads the configuration that the arguments name, the one that is found, or the
/// conventions that stand in for it.
fn configuration(args: &ConfigArgs) -> Result<Config, ConfigError> {
    configuration_of(Path::new("."), args)
}

/// As [`configuration`], but looked for in another folder first.
fn configuration_of(folder: &Path, args: &ConfigArgs) -> Result<Config, ConfigError> {
    let config = match (&args.config, configuration_file_of(folder, args)) {
        (Some(named), _) => Config::load(named, LIBRARY)?,
        (None, Some(found)) => Config::load_found(&found, LIBRARY)?,
        (None, None) => Config::conventional(LIBRARY),
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

/// How much is said of plans that pass.
fn passed(on_one_line: bool) -> Passed {
    match on_one_line {
        true => Passed::OnOneLine,
        false => Passed::InFull,
    }
}

/// Prints a command's result on standard output.
fn print(text: &str) -> Result<u8, CommandError> {
    print_bytes(text.as_bytes())
}

/// Prints bytes that need not be text.
fn print_bytes(bytes: &[u8]) -> Result<u8, CommandError> {
    view::print(bytes)?;
    Ok(exit::PASSED)
}
