//! The command line of `tollgate history`.

use clap::Args;

use super::EnvArgs;

/// `tollgate history`
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit codes:
  0  nothing is missing between the first and the last line
  2  a line was changed, taken out or cut off; or the history cannot be read")]
pub struct HistoryArgs {
    /// The environment [default: every one]
    #[arg(short, long, value_name = "NAME")]
    pub environment: Option<String>,

    /// Fail unless a line has this digest, as a deploy printed it: then nothing up to that line is
    /// missing
    #[arg(long, value_name = "DIGEST")]
    pub contains: Option<String>,

    /// Show which commit and which promoted values run where, instead of every deploy
    #[arg(long, conflicts_with = "contains")]
    pub matrix: bool,

    /// Where and how
    #[command(flatten)]
    pub common: EnvArgs,
}
