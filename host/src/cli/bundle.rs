//! The command line of `tollgate bundle`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `tollgate bundle`
#[derive(Debug, Subcommand)]
pub enum BundleCommand {
    /// Show what a bundle is, and what it depends on if one of your keys opens it; never the plan
    /// or a value
    Show(BundleShowArgs),
}

/// `tollgate bundle show`
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit codes:
  0  shown; without a key only what it says in clear
  2  it cannot be read, or is no bundle that this Tollgate reads
  7  it was cut off or changed after it was written")]
pub struct BundleShowArgs {
    /// The bundle
    pub file: PathBuf,

    /// Use no key: show what it says in clear, which is then not verified
    #[arg(long)]
    pub header: bool,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
