//! The command line. The doc comments are the help text.

mod bundle;
mod policy;
mod secrets;

pub use bundle::{BundleCommand, BundleShowArgs};
pub use policy::{
    BenchArgs, BuildArgs, FixtureArgs, MutateArgs, MutateFormat, NewArgs, TestArgs, TestFormat,
};
pub use secrets::{
    EditArgs, FilesArgs, ImportArgs, InitArgs, KeygenArgs, ReadersArgs, RecipientArgs, RotateArgs,
    SetArgs, SetType, SyncArgs, UnsetArgs, ValuePath,
};

mod deploy;
mod env;

mod history;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use tollgate_model::shard::Shard;

pub use self::history::HistoryArgs;

pub use self::deploy::{
    ApplyArgs, DeployArgs, DestroyArgs, HowArgs, OutputArgs, PlanArgs, PromoteArgs, WhatArgs,
};
pub use self::env::{
    EnvArgs, EnvCommand, EnvDiffArgs, EnvDoctorArgs, EnvListArgs, EnvShowArgs, ProjectInitArgs,
};

/// Stand between plan and apply: judge OpenTofu and Terraform plans with sandboxed
/// policies.
#[derive(Debug, Parser)]
#[command(
    name = "tollgate",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Ask the key service at this address (`unix:///path`, `tcp://host:port`) for keys that do
    /// not open from here; repeatable [default: those in SOPS_KEYSERVICE]
    #[arg(long, global = true, value_name = "ADDRESS", hide_short_help = true)]
    pub keyservice: Vec<String>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge plans, and say so with the exit code
    Check(Box<CheckArgs>),
    /// Show saved reports in another format, and merge several into one
    Report(ReportArgs),
    /// Plan an environment, judge the plan, and keep it for `apply`
    Plan(Box<PlanArgs>),
    /// Apply what was judged, or plan and judge first
    Apply(Box<ApplyArgs>),
    /// Destroy an environment, judged like any other plan
    Destroy(Box<DestroyArgs>),
    /// Plan, judge and apply environments, one after the other
    Deploy(DeployArgs),
    /// Deploy to an environment what was deployed to the one before, with the same values
    Promote(PromoteArgs),
    /// Show the outputs of an environment, whatever was deployed last
    Output(OutputArgs),
    /// Explain a rule: what it finds, why, and how to comply
    Explain(ExplainArgs),
    /// Inspect policies, write new ones, test them, and build modules for them
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Run a command with the secrets of an environment
    Exec(ExecArgs),
    /// Read and change files that SOPS encrypted
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Print a JSON Schema
    Schema(SchemaArgs),
    /// Check configurations without a plan
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Write a `tollgate.toml` for what is here
    Init(ProjectInitArgs),
    /// See environments, compare them, and check what a deploy of them needs
    #[command(subcommand)]
    Env(EnvCommand),
    /// Look at a plan that was judged and sealed
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Show what was deployed, and check that nothing of it is missing
    History(HistoryArgs),
    /// Print the completions of a shell
    Completions(CompletionsArgs),
    /// Print the manual page, or write all of them
    Man(ManArgs),
}

/// `tollgate check`
#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub struct CheckArgs {
    /// Plans as JSON: the output of `tofu show -json PLAN` or `terraform show -json
    /// PLAN`; a directory stands for every `*.json` below it; `-` reads standard input
    #[arg(required = true, value_name = "PLAN")]
    pub plans: Vec<PathBuf>,

    /// By what, and what is written of it
    #[command(flatten)]
    pub judging: JudgeArgs,

    /// The directory of `.tf` files that the plans were made from, to show findings at
    /// their lines [default: beside the plan, or here, if the same is declared there]
    #[arg(long, value_name = "DIR")]
    pub source: Option<PathBuf>,

    /// Turn a binary plan file into JSON by running this program (`tofu` or
    /// `terraform`), which starts the plan's providers. Without it a binary plan is
    /// refused
    #[arg(long, value_name = "PROGRAM")]
    pub show_with: Option<PathBuf>,

    /// Say of every resource type that the plan changes which policies know it, and which
    /// of its changed attributes none reads
    #[arg(long)]
    pub explain_coverage: bool,

    /// Judge one part of the plans: `3/10` is the third of ten, of every ten plans one.
    /// `tollgate report` makes one report of all parts, and misses none
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,

    /// Show each plan that passes on one line, in the formats `human` and `github`
    #[arg(long)]
    pub summary: bool,

    /// Leave out what policies add for information, such as the cost breakdown, which is most
    /// of a report on many plans
    #[arg(long, conflicts_with = "record")]
    pub without_documents: bool,
}

/// By what plans are judged, and what is written of it.
#[derive(Clone, Debug, Args)]
pub struct JudgeArgs {
    /// The environment [default: the only one that is configured; for `check`,
    /// `production` without a configuration]
    #[arg(short, long, value_name = "NAME")]
    pub environment: Option<String>,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,

    /// Read configuration, waivers, baseline, policy modules and their documents from a
    /// commit (`origin/main`) or from a checkout (`../base`), never from the working tree,
    /// and report what the last commit changes in them
    #[arg(long, value_name = "REF|PATH", conflicts_with = "write_baseline")]
    pub config_from: Option<String>,

    /// Somebody of whom CI knows that they approved the change; counts if
    /// `gate-approvers` allows them. Repeatable [default: the authors of the commits]
    #[arg(long, value_name = "WHO", requires = "config_from", value_parser = approver)]
    pub approved_by: Vec<String>,

    /// CI knows that nobody approved the change: no approver counts, whatever
    /// `gate-approvers` allows, and neither do the authors of the commits
    #[arg(long, requires = "config_from", conflicts_with = "approved_by")]
    pub approved_by_nobody: bool,

    /// Write the report: `human`, `json`, `sarif`, `junit`, `github`, `markdown` or
    /// `tap`, or one of them to a file (`json=report.json`). Repeatable [default: human]
    #[arg(short, long = "output", value_name = "FORMAT[=FILE]")]
    pub outputs: Vec<crate::report::output::OutputSpec>,

    /// Report findings that are in this file without refusing the plan for them
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Write the findings of this run as a baseline, and judge by it at once: what it
    /// cannot cover still refuses
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub write_baseline: Option<PathBuf>,

    /// Keep what every policy was asked and what it answered in this directory, which is
    /// made; `tollgate policy replay` reproduces the verdict from it, without the plan
    #[arg(long, value_name = "DIR")]
    pub record: Option<PathBuf>,

    /// Hold waivers against this date instead of today's, to reproduce a verdict
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<jiff::civil::Date>,
}

impl JudgeArgs {
    /// Returns those of whom CI knows that they approved the change; none where it does not say.
    #[must_use]
    pub fn approvers(&self) -> Option<&[String]> {
        if self.approved_by_nobody {
            return Some(&[]);
        }
        (!self.approved_by.is_empty()).then_some(self.approved_by.as_slice())
    }
}

/// A text that names nobody would be somebody for `gate-approvers = ["*"]`.
fn approver(text: &str) -> Result<String, String> {
    let name = text.trim();
    let word = name
        .split(|character: char| !character.is_alphanumeric())
        .next()
        .unwrap_or_default();
    if name.is_empty() || word.eq_ignore_ascii_case("nobody") {
        return Err("this names nobody; if nobody approved, give --approved-by-nobody".to_owned());
    }
    // It is shown in reports, and compared with patterns.
    if name.chars().any(char::is_control) {
        return Err("a name has no control characters".to_owned());
    }
    Ok(name.to_owned())
}

/// Where the configuration is.
#[derive(Clone, Debug, Args)]
pub struct ConfigArgs {
    /// The configuration [default: tollgate.toml here or in a parent directory, up
    /// to the root of the repository]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Compile modules anew, and keep none of what is compiled (as TOLLGATE_CACHE=off)
    #[arg(long)]
    pub no_cache: bool,
}

/// `tollgate config`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check `tollgate.toml`: keys, modules and their digests, settings, rules, documents,
    /// and waivers that end soon
    Check(ConfigCheckArgs),
}

/// `tollgate config check`
#[derive(Debug, Args)]
#[command(after_long_help = CONFIG_EXIT_CODES)]
pub struct ConfigCheckArgs {
    /// The configurations [default: tollgate.toml here or in a parent directory, up to the
    /// root of the repository]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Hold waivers against this date instead of today's
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<jiff::civil::Date>,
}

/// `tollgate completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `tollgate man`
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write one page per command into this directory
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
}

/// `tollgate report`
#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub struct ReportArgs {
    /// Reports that `check -o json=FILE` wrote, all of one environment; `-` reads standard
    /// input
    #[arg(required = true, value_name = "REPORT")]
    pub reports: Vec<PathBuf>,

    /// Write the report: `human`, `json`, `sarif`, `junit`, `github`, `markdown` or
    /// `tap`, or one of them to a file (`sarif=report.sarif`). Repeatable [default: human]
    #[arg(short, long = "output", value_name = "FORMAT[=FILE]")]
    pub outputs: Vec<crate::report::output::OutputSpec>,

    /// Show each plan that passes on one line, in the formats `human` and `github`
    #[arg(long)]
    pub summary: bool,
}

/// `tollgate explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The rule, as reports name it: `policy/rule`, or `rule` alone where that is
    /// unambiguous
    pub rule: String,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `tollgate policy`
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// List the policies: what each is about, and whether it runs
    List(PolicyListArgs),
    /// Show what a policy is: digest, imports, rules, settings, and what it may see
    Inspect(InspectArgs),
    /// Print a page of a manual about a policy, in Markdown: rules, settings, what it sees
    Docs(DocsArgs),
    /// Turn the core module that a compiler wrote into a component that `check` loads
    Pack(PackArgs),
    /// Reproduce a verdict from a recording that `check --record` made: the modules run
    /// again and have to answer as they did
    Replay(ReplayArgs),
    /// Begin a policy: a folder that builds, tests and runs at once
    New(NewArgs),
    /// Build a policy with the compiler of its language, which is found and never downloaded
    Build(BuildArgs),
    /// Run the cases of a policy: what it finds in a plan, compared with what is expected
    Test(TestArgs),
    /// Cut some changes out of a plan, without secrets: a plan for a case
    Fixture(FixtureArgs),
    /// Turn what policies read of a plan bad, one value at a time, and show what no finding
    /// notices
    Mutate(MutateArgs),
    /// Measure what a policy takes for a plan: time, fuel and memory, and how they grow
    Bench(BenchArgs),
}

/// `tollgate policy list`
#[derive(Debug, Args)]
pub struct PolicyListArgs {
    /// The environment: a name or an alias. Default: every one that is configured
    #[arg(short, long, value_name = "NAME")]
    pub environment: Option<String>,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `tollgate policy inspect`
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// A module, or the name of a built-in or configured policy
    #[arg(value_name = "FILE|NAME")]
    pub policy: String,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,

    /// Print it as this
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub output: MutateFormat,

    /// Print JSON, as `-o json` does
    #[arg(long)]
    pub json: bool,

    /// Print what the module answers to `describe`, as a WASI command writes it
    #[arg(long, conflicts_with_all = ["json", "output"])]
    pub raw: bool,
}

/// `tollgate policy docs`
#[derive(Debug, Args)]
pub struct DocsArgs {
    /// A module, or the name of a built-in or configured policy
    #[arg(value_name = "FILE|NAME")]
    pub policy: String,

    /// Where
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `tollgate policy replay`
#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub struct ReplayArgs {
    /// The directory that `check --record` made
    pub recording: PathBuf,

    /// The module of a policy that is not built in, if it is not where it was when it was
    /// recorded. Found by its digest. Repeatable
    #[arg(long = "module", value_name = "FILE")]
    pub modules: Vec<PathBuf>,

    /// Write the report: `human`, `json`, or one of them to a file
    /// (`json=report.json`). Repeatable [default: human]
    #[arg(short, long = "output", value_name = "FORMAT[=FILE]")]
    pub outputs: Vec<crate::report::output::OutputSpec>,
}

/// `tollgate policy pack`
#[derive(Debug, Args)]
pub struct PackArgs {
    /// The core module, built for wasm32-unknown-unknown against the policy contract
    pub module: PathBuf,

    /// Where to write the component
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// `tollgate secrets`
#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// Decrypt a file and print it as `sops decrypt` does
    Decrypt(DecryptArgs),
    /// Show the names and types in a file, and who can read it, without a key
    Show(ShowArgs),
    /// Create an encrypted file from the variables that a configuration declares
    Init(InitArgs),
    /// Set one value, which comes from standard input
    ///
    /// On a terminal the value is asked for and not shown. Of a single line the line break
    /// at its end is not part of the value; several lines stay as they are. A value that is
    /// there keeps its type unless another one is asked for.
    Set(SetArgs),
    /// Remove one value
    Unset(UnsetArgs),
    /// Change an encrypted file in an editor; its plaintext is on no disk
    ///
    /// The editor is that of VISUAL or EDITOR. What did not change stays as it is, to the byte.
    #[cfg(unix)]
    Edit(EditArgs),
    /// Merge plaintext into an encrypted file
    Import(ImportArgs),
    /// Show who can read which files, without a key
    Readers(ReadersArgs),
    /// Let somebody read files, and have .sops.yaml say so
    Grant(RecipientArgs),
    /// Lock somebody out of files with new data keys, and have .sops.yaml say so
    ///
    /// What the one who is locked out has read stays known to them: the values to change are
    /// listed. All files are written, or none.
    Revoke(RecipientArgs),
    /// Give files new data keys, for the same readers
    Rotate(RotateArgs),
    /// Have files follow .sops.yaml: who reads them, and what of them is encrypted
    ///
    /// A file that somebody can read whom .sops.yaml does not name gets a new data key.
    Sync(SyncArgs),
    /// Make a new age identity
    Keygen(KeygenArgs),
    /// Hold the files of all environments against the declared variables, each other and
    /// .sops.yaml, without a key
    Check(SecretsCheckArgs),
    /// Show in which names and types two environments or files differ, without a key
    Diff(SecretsDiffArgs),
}

/// `tollgate secrets decrypt`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_EXIT_CODES)]
pub struct DecryptArgs {
    /// The encrypted file
    pub file: PathBuf,

    /// Read it as this, whatever it is called
    #[arg(long, value_name = "FORMAT")]
    pub input_type: Option<SecretsFormat>,

    /// Print it as this [default: as it is]
    #[arg(long, value_name = "FORMAT")]
    pub output_type: Option<SecretsFormat>,

    /// Print one part only, such as `["database"]["hosts"][0]`
    #[arg(long, value_name = "PATH")]
    pub extract: Option<tollgate_secrets::ExtractPath>,

    /// Print plaintext even to a terminal, where others may see it and scrollback keeps it
    #[arg(long)]
    pub reveal: bool,
}

/// `tollgate secrets show`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_EXIT_CODES)]
pub struct ShowArgs {
    /// The encrypted file
    pub file: PathBuf,

    /// Read it as this, whatever it is called
    #[arg(long, value_name = "FORMAT")]
    pub input_type: Option<SecretsFormat>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `tollgate secrets check`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_CHECK_EXIT_CODES)]
pub struct SecretsCheckArgs {
    /// Report on this environment only; it is compared with the others all the same
    #[arg(short, long, value_name = "NAME")]
    pub environment: Option<String>,

    /// Report on every environment; the default
    #[arg(long, conflicts_with = "environment")]
    pub all: bool,

    /// A directory whose declared variables the names are compared with. Repeatable
    /// [default: the root module of each environment, or else the working directory]
    #[arg(long, value_name = "DIRECTORY")]
    pub configuration: Vec<PathBuf>,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,

    /// How to print the result
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub output: SecretsOutput,
}

/// How the result of `tollgate secrets check` is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SecretsOutput {
    /// For people
    Human,
    /// JSON; `tollgate schema secrets-check` has its schema
    Json,
}

/// `tollgate secrets diff`
#[derive(Debug, Args)]
#[command(after_long_help = SECRETS_EXIT_CODES)]
pub struct SecretsDiffArgs {
    /// A file or an environment
    #[arg(value_name = "FILE|ENVIRONMENT")]
    pub one: String,

    /// Another one
    #[arg(value_name = "FILE|ENVIRONMENT")]
    pub other: String,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A format of secrets files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SecretsFormat {
    /// YAML
    Yaml,
    /// JSON
    Json,
    /// KEY=value lines
    Dotenv,
    /// Sections of key = value
    Ini,
    /// Any bytes
    Binary,
}

impl From<SecretsFormat> for tollgate_secrets::Format {
    fn from(format: SecretsFormat) -> Self {
        match format {
            SecretsFormat::Yaml => Self::Yaml,
            SecretsFormat::Json => Self::Json,
            SecretsFormat::Dotenv => Self::Dotenv,
            SecretsFormat::Ini => Self::Ini,
            SecretsFormat::Binary => Self::Binary,
        }
    }
}

/// `tollgate exec`
#[derive(Debug, Args)]
#[command(after_long_help = EXEC_EXIT_CODES)]
pub struct ExecArgs {
    /// The environment whose secrets the command gets [default: the only one that is
    /// configured; `production` without a configuration]
    #[arg(short, long, value_name = "NAME")]
    pub environment: Option<String>,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,

    /// Hand the declared variables over as OpenTofu and Terraform take them, whatever the
    /// command is called [default for `tofu` and `terraform`]
    #[arg(long, conflicts_with_all = ["env", "fd"])]
    pub tofu: bool,

    /// Hand every secret over as a variable of the command's environment, its name in
    /// upper case
    #[arg(long, conflicts_with = "fd")]
    pub env: bool,

    /// Put this before every name that the configuration's `map` does not give
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub prefix: String,

    /// Hand every secret over on this descriptor, which the command can read once
    #[arg(long, alias = "file-descriptor", value_name = "NUMBER", value_parser = clap::value_parser!(i32).range(3..1024))]
    pub fd: Option<i32>,

    /// What is read on the descriptor
    #[arg(long, value_name = "FORMAT", default_value = "json", requires = "fd")]
    pub format: DescriptorFormat,

    /// Put this secret into a file in memory, which the command can read as often as it likes, and
    /// its path into the variable NAME; KEY is where the secret is, as in `map` [default: the key
    /// of that name, or that is so in upper case]
    #[arg(long = "file", value_name = "NAME[=KEY]")]
    pub files: Vec<tollgate_secrets::inject::FileRequest>,

    /// Leave the command's output as it is, even where it goes to a file or a pipe
    #[arg(long)]
    pub no_mask: bool,

    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<std::ffi::OsString>,
}

/// What is read on a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum DescriptorFormat {
    /// One JSON object
    Json,
    /// NAME=value lines
    Dotenv,
}

/// `tollgate schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Of what
    pub of: SchemaOf,

    /// Print it as a page of Markdown
    #[arg(long)]
    pub markdown: bool,
}

/// What there is a schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SchemaOf {
    /// A baseline
    Baseline,
    /// tollgate.toml
    Config,
    /// The JSON report
    Report,
    /// What a policy that is a WASI command reads on standard input
    PolicyRequest,
    /// What a policy that is a WASI command writes to standard output
    PolicyResponse,
    /// A line of the history that deploys write
    History,
    /// A price book for the cost-cap policy
    PriceBook,
    /// The JSON of `tollgate secrets check`
    SecretsCheck,
}

impl SchemaOf {
    /// Returns what a person calls it: a file's name, or what it is.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Baseline => "baseline.json",
            Self::Config => "tollgate.toml",
            Self::Report => "report.json",
            Self::PolicyRequest => "request to a policy",
            Self::PolicyResponse => "answer of a policy",
            Self::History => "history.jsonl",
            Self::PriceBook => "price-book.json",
            Self::SecretsCheck => "tollgate secrets check --json",
        }
    }
}

const EXIT_CODES: &str = "\
Exit codes:
  0  passed
  1  refused by a policy
  2  the command line, the configuration or a saved report is wrong
  3  a plan is unreadable, unsupported, errored or incomplete
  4  a policy could not be trusted or run
  5  undetermined, and the environment says that this refuses
When several hold, the first of 2, 3, 4, 1, 5 wins.";

const CONFIG_EXIT_CODES: &str = "\
Exit codes:
  0  in order; a waiver that ends soon is only told
  2  a configuration has mistakes, or there is none
  4  a policy cannot be trusted or loaded";

const SECRETS_EXIT_CODES: &str = "\
Exit codes:
  0  done
  2  the command line is wrong, or plaintext would go to a terminal
  6  the file cannot be read, opened, shown or written";

const EXEC_EXIT_CODES: &str = "\
Exit codes:
  The command's own; 128 and the signal's number if a signal ended it.
  125  Tollgate failed or refused before the command ran, or it succeeded and its output was lost
  126  the command cannot be executed
  127  there is no such command";

const SECRETS_CHECK_EXIT_CODES: &str = "\
Exit codes:
  0  nothing is wrong; there may be warnings
  2  the command line or a configuration is wrong
  6  a name, type, recipient or file is wrong
  7  a file can be read by somebody who must not, or is that of two environments";
