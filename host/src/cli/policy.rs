//! What authors of policies are helped with.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ConfigArgs;
use crate::authoring::language::Language;

/// `tollgate policy new`
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The name of the policy, such as `owner-tag`; its folder is called the same
    pub name: String,

    /// The language
    #[arg(long = "lang", alias = "language", value_name = "LANGUAGE")]
    pub language: Language,

    /// The folder to make it in
    #[arg(
        long = "in",
        value_name = "DIR",
        default_value = ".",
        hide_default_value = true
    )]
    pub parent: PathBuf,
}

/// `tollgate policy build`
#[derive(Debug, Args)]
#[command(after_long_help = BUILD_EXIT_CODES)]
pub struct BuildArgs {
    /// The folder of the policy
    #[arg(value_name = "DIR", default_value = ".", hide_default_value = true)]
    pub folder: PathBuf,

    /// The language [default: told by the files that are there]
    #[arg(long = "lang", alias = "language", value_name = "LANGUAGE")]
    pub language: Option<Language>,

    /// Write the module to this file [default: `policy.wasm` in the folder]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Show what the compiler says, also where it builds the policy
    #[arg(short, long)]
    pub verbose: bool,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `tollgate policy test`
#[derive(Debug, Args)]
#[command(after_long_help = TEST_EXIT_CODES)]
pub struct TestArgs {
    /// The folder of the policy, with its cases in `tests/*.toml`
    #[arg(value_name = "DIR", default_value = ".", hide_default_value = true)]
    pub folder: PathBuf,

    /// A module, or the name of a built-in or configured policy [default: `policy.wasm` in
    /// the folder, or the only module there]
    #[arg(long, value_name = "FILE|NAME")]
    pub module: Option<String>,

    /// A file of cases, or a folder of them. Repeatable [default: `tests` in the folder]
    #[arg(long, value_name = "FILE|DIR")]
    pub cases: Vec<PathBuf>,

    /// Run only cases with this text in their name
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,

    /// Write what the policy finds into the files of cases as what is expected. What holds
    /// stays as it is written, with its comments
    #[arg(long)]
    pub update: bool,

    /// Fail if a rule has a finding in no case, or in every case
    #[arg(long)]
    pub every_rule: bool,

    /// Run again whenever the module, a file of cases or a plan beside it changes
    #[arg(long, conflicts_with = "update")]
    pub watch: bool,

    /// Print the results as this
    #[arg(
        short = 'o',
        long = "output",
        alias = "format",
        value_name = "FORMAT",
        default_value = "human"
    )]
    pub format: TestFormat,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// How `tollgate policy test` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// For a person
    Human,
    /// JUnit's XML
    Junit,
    /// Test Anything Protocol, version 14
    Tap,
}

const BUILD_EXIT_CODES: &str = "\
Exit codes:
  0  built
  2  the command line is wrong, a compiler is missing, or it refuses
  4  what was built cannot be trusted or loaded";

const TEST_EXIT_CODES: &str = "\
Exit codes:
  0  every case is as expected
  1  a case is not, or with --every-rule a rule is not covered
  2  the command line or a file of cases is wrong, or there is no module
  4  the module cannot be trusted or loaded";

/// `tollgate policy fixture`
#[derive(Debug, Args)]
#[command(after_long_help = FIXTURE_EXIT_CODES)]
pub struct FixtureArgs {
    /// A plan as JSON; `-` reads standard input
    pub plan: PathBuf,

    /// The addresses of the changes to keep; one without instance keys stands for all of its
    /// instances
    #[arg(required = true, value_name = "ADDRESS")]
    pub addresses: Vec<String>,

    /// Keep the changes, too, that the configuration of these refers to
    #[arg(long = "with-references")]
    pub referred: bool,

    /// Write the plan to this file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `tollgate policy mutate`
#[derive(Debug, Args)]
#[command(after_long_help = MUTATE_EXIT_CODES)]
pub struct MutateArgs {
    /// A plan as JSON; `-` reads standard input
    pub plan: PathBuf,

    /// One policy: the name of one that the environment has, or a module, which runs without
    /// settings [default: every policy of the environment]
    #[arg(long = "module", alias = "policy", value_name = "FILE|NAME")]
    pub policy: Option<String>,

    /// The environment [default: the only one that is configured; `production` without a
    /// configuration]
    #[arg(short, long, value_name = "NAME")]
    pub environment: Option<String>,

    /// Fail if fewer mutants of a hundred are noticed
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub at_least: Option<u8>,

    /// Make at most this many mutants, from all over the plan
    #[arg(
        long = "mutants",
        alias = "limit",
        value_name = "NUMBER",
        default_value_t = 5_000
    )]
    pub most: usize,

    /// Print the results as this
    #[arg(
        short = 'o',
        long = "output",
        alias = "format",
        value_name = "FORMAT",
        default_value = "human"
    )]
    pub format: MutateFormat,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `tollgate policy bench`
#[derive(Debug, Args)]
#[command(after_long_help = BENCH_EXIT_CODES)]
pub struct BenchArgs {
    /// A plan as JSON; `-` reads standard input
    pub plan: PathBuf,

    /// A module, or the name of a built-in or configured policy, which runs without settings
    /// [default: `policy.wasm` here, or the only module here]
    #[arg(long, value_name = "FILE|NAME")]
    pub module: Option<String>,

    /// The environment that the policy is told of [default: `production`, protected]
    #[arg(short, long, value_name = "NAME")]
    pub environment: Option<String>,

    /// Print the results as this
    #[arg(
        short = 'o',
        long = "output",
        alias = "format",
        value_name = "FORMAT",
        default_value = "human"
    )]
    pub format: MutateFormat,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// How `tollgate policy mutate`, `bench` and `inspect` print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MutateFormat {
    /// For a person
    Human,
    /// JSON
    Json,
}

const FIXTURE_EXIT_CODES: &str = "\
Exit codes:
  0  written
  2  the command line is wrong, or the plan has no such address
  3  the plan is unreadable or unsupported";

const BENCH_EXIT_CODES: &str = "\
Exit codes:
  0  done
  2  the command line is wrong, or there is no module
  3  the plan is unreadable or unsupported
  4  the policy cannot be trusted or run";

const MUTATE_EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  fewer mutants were noticed than --at-least asks for
  2  the command line or the configuration is wrong
  3  the plan is unreadable or unsupported
  4  a policy cannot be trusted or run";
