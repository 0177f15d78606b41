//! The command line of `tollgate plan`, `apply`, `destroy` and `deploy`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::{ConfigArgs, JudgeArgs};

/// `tollgate plan`
#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub struct PlanArgs {
    /// By what, and what is written of it
    #[command(flatten)]
    pub judging: JudgeArgs,

    /// Of what
    #[command(flatten)]
    pub what: WhatArgs,

    /// How
    #[command(flatten)]
    pub how: HowArgs,

    /// Plan the destruction of everything
    #[arg(long)]
    pub destroy: bool,

    /// Look only for what changed outside of the configuration, and refuse if anything
    /// did; nothing is kept to be applied
    #[arg(long, conflicts_with_all = ["destroy", "replace", "out", "keyless"])]
    pub drift_only: bool,

    /// Plan without opening any secret: a placeholder stands for each. Such a plan can be
    /// applied where only ephemeral variables have one
    #[arg(long)]
    pub keyless: bool,

    /// Where to keep the plan [default: .tollgate/ENVIRONMENT.tollgate beside
    /// tollgate.toml]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Keep no plan
    #[arg(long, conflicts_with = "out")]
    pub no_out: bool,

    /// Keep the plan in clear, where the environment names nobody to encrypt it to. It
    /// holds every value of the plan, secrets too
    #[arg(long)]
    pub unencrypted_bundle: bool,
}

/// What of an environment is planned.
#[derive(Clone, Debug, Default, Args)]
pub struct WhatArgs {
    /// Plan only this address and what it needs. Repeatable
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<String>,

    /// Replace this resource instance. Repeatable
    #[arg(long, value_name = "ADDRESS")]
    pub replace: Vec<String>,

    /// More options for `tofu plan`
    #[arg(last = true, value_name = "OPTIONS")]
    pub options: Vec<OsString>,
}

/// How an environment is planned and applied.
#[derive(Clone, Debug, Default, Args)]
pub struct HowArgs {
    /// OpenTofu or Terraform [default: `tool` of the environment, or what the project's files, its
    /// state and its earlier deploys say, or else `tofu` of the PATH, or else `terraform`]
    #[arg(long, value_name = "PROGRAM")]
    pub tool: Option<PathBuf>,

    /// The state of a protected environment may be new or empty, although the history or the backend
    /// has one that could be meant
    #[arg(long)]
    pub new_state: bool,
}

/// `tollgate output`
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit codes:
  0    shown
  2    the environment, or a tool that can be used, is not there; nothing was deployed to it
  6    secrets that the state is encrypted with cannot be opened
  7    a guard of the environment refuses
  8    OpenTofu or Terraform failed")]
pub struct OutputArgs {
    /// The output [default: all of them]
    #[arg(value_name = "NAME")]
    pub name: Option<String>,

    /// The environment [default: the only one that is configured]
    #[arg(short, long, value_name = "NAME")]
    pub environment: Option<String>,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,

    /// How
    #[command(flatten)]
    pub how: ToolArgs,

    /// Print JSON
    #[arg(long, conflicts_with = "raw")]
    pub json: bool,

    /// Print the value as it is, without quotes
    #[arg(long, requires = "name")]
    pub raw: bool,
}

/// The tool.
#[derive(Clone, Debug, Default, Args)]
pub struct ToolArgs {
    /// OpenTofu or Terraform [default: `tofu` of the PATH, or else `terraform`]
    #[arg(long, value_name = "PROGRAM")]
    pub tool: Option<PathBuf>,
}

/// `tollgate apply`
#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub struct ApplyArgs {
    /// What `tollgate plan` kept. Without it, the environment is planned and judged first
    #[arg(value_name = "BUNDLE")]
    pub bundle: Option<PathBuf>,

    /// By what, and what is written of it
    #[command(flatten)]
    pub judging: JudgeArgs,

    /// Of what, where there is no bundle
    #[command(flatten)]
    pub what: WhatArgs,

    /// How
    #[command(flatten)]
    pub how: HowArgs,

    /// Change nothing but the state: take over what changed outside of the configuration
    #[arg(long, conflicts_with_all = ["bundle", "replace"])]
    pub refresh_only: bool,

    /// The name of the environment once more, for a protected one where there is no
    /// terminal to ask on
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,

    /// Break the lock that somebody left behind; the refusal names its ID
    #[arg(long, value_name = "ID")]
    pub break_lock: Option<String>,
}

/// `tollgate destroy`
#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub struct DestroyArgs {
    /// What `tollgate plan --destroy` kept. Without it, the destruction is planned and judged
    /// first
    #[arg(value_name = "BUNDLE")]
    pub bundle: Option<PathBuf>,

    /// By what, and what is written of it
    #[command(flatten)]
    pub judging: JudgeArgs,

    /// Of what, where there is no bundle
    #[command(flatten)]
    pub what: WhatArgs,

    /// How
    #[command(flatten)]
    pub how: HowArgs,

    /// The name of the environment once more, where there is no terminal to ask on
    #[arg(long, value_name = "NAME")]
    pub confirm_destroy: Option<String>,

    /// Break the lock that somebody left behind; the refusal names its ID
    #[arg(long, value_name = "ID")]
    pub break_lock: Option<String>,
}

/// `tollgate deploy`
#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub struct DeployArgs {
    /// The environments, in this order; the first one that is refused ends it
    #[arg(value_name = "ENVIRONMENT", required = true)]
    pub environments: Vec<String>,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,

    /// How
    #[command(flatten)]
    pub how: HowArgs,

    /// The name of a protected environment once more, where there is no terminal to ask on.
    /// Repeatable
    #[arg(long, value_name = "NAME")]
    pub confirm: Vec<String>,

    /// Break the lock that somebody left behind; the refusal names its ID
    #[arg(long, value_name = "ID")]
    pub break_lock: Option<String>,
}

/// `tollgate promote`
#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub struct PromoteArgs {
    /// The environment that the values are taken from: the one that `after` of the other names
    #[arg(value_name = "FROM")]
    pub from: String,

    /// The environment that is deployed
    #[arg(value_name = "TO")]
    pub to: String,

    /// Where and how
    #[command(flatten)]
    pub config: ConfigArgs,

    /// How
    #[command(flatten)]
    pub how: HowArgs,

    /// Keep the plan for `tollgate apply`, and apply nothing
    #[arg(long, conflicts_with_all = ["confirm", "break_lock"])]
    pub plan: bool,

    /// Keep it in clear, where the environment names nobody to encrypt it to. It holds every
    /// value of the plan, secrets too
    #[arg(long, requires = "plan")]
    pub unencrypted_bundle: bool,

    /// The name of the environment that is deployed once more, for a protected one where there
    /// is no terminal to ask on
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,

    /// Break the lock that somebody left behind; the refusal names its ID
    #[arg(long, value_name = "ID")]
    pub break_lock: Option<String>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused by a policy, or, with --drift-only, something changed outside
  2  the command line, the configuration or the tool is not usable
  3  a plan is unreadable, unsupported, errored or incomplete
  4  a policy could not be trusted or run
  5  undetermined, and the environment says that this refuses
  6  a secrets file, a key or a bundle cannot be opened
  7  a guard refuses: workspace, backend, account, branch, promotion, lock, confirmation, or
     what was judged is not what is here
  8  OpenTofu or Terraform failed; its own message says why
  9  applied, but not verified, not in the history, or the lock was broken meanwhile; the
     message says which
  129, 130, 131, 143  interrupted";
