//! The command line of `tollgate env` and `tollgate init`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `tollgate env`
#[derive(Debug, Subcommand)]
pub enum EnvCommand {
    /// List the environments that are configured, or found by convention
    List(EnvListArgs),
    /// Show everything that a deploy of an environment would use, and where it comes from
    Show(EnvShowArgs),
    /// Show every difference between two environments; values of secrets never
    Diff(EnvDiffArgs),
    /// Check binaries, versions, backend, workspace, keys and credentials, and say what to fix
    Doctor(EnvDoctorArgs),
}

/// `tollgate env doctor`
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit codes:
  0  nothing is wrong; what warns can still refuse a deploy (branch, promotion)
  2  a deploy cannot work as it is described, or with the tools that are here
  6  a secrets file cannot be opened, or credentials cannot be used")]
pub struct EnvDoctorArgs {
    /// The environment [default: every one]
    #[arg(short, long, value_name = "NAME")]
    pub environment: Option<String>,

    /// OpenTofu or Terraform, as for a deploy [default: as a deploy chooses it]
    #[arg(long, value_name = "PROGRAM")]
    pub tool: Option<PathBuf>,

    /// Ask the backend for its workspaces. Without it no network is used
    #[arg(long)]
    pub online: bool,

    /// Where and how
    #[command(flatten)]
    pub common: EnvArgs,
}

/// `tollgate init`
#[derive(Debug, Args)]
pub struct ProjectInitArgs {
    /// The repository [default: here]
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,

    /// Print the configuration instead of writing it
    #[arg(long)]
    pub dry_run: bool,
}

/// What all of them take.
#[derive(Debug, Args)]
pub struct EnvArgs {
    /// The configuration [default: tollgate.toml here or in a parent directory, up
    /// to the root of the repository]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `tollgate env list`
#[derive(Debug, Args)]
pub struct EnvListArgs {
    /// Where and how
    #[command(flatten)]
    pub common: EnvArgs,
}

/// `tollgate env show`
#[derive(Debug, Args)]
pub struct EnvShowArgs {
    /// The environment [default: the only one that is configured]
    #[arg(value_name = "NAME")]
    pub environment: Option<String>,

    /// Where and how
    #[command(flatten)]
    pub common: EnvArgs,
}

/// `tollgate env diff`
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit codes:
  0  compared, whatever differs
  1  with --exit-code: something differs that nothing explains
  2  the command line, the configuration or a file of variables is wrong")]
pub struct EnvDiffArgs {
    /// One environment
    #[arg(value_name = "LEFT")]
    pub left: String,

    /// The other one
    #[arg(value_name = "RIGHT")]
    pub right: String,

    /// Show only what differs and is not explained: set in one and not in the other
    #[arg(long)]
    pub drift_only: bool,

    /// End with exit code 1 where something differs that is not explained
    #[arg(long)]
    pub exit_code: bool,

    /// Where and how
    #[command(flatten)]
    pub common: EnvArgs,
}
