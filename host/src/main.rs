//! The `tollgate` binary: parse the arguments, run one command, exit with its code.

use std::process::ExitCode;

use clap::Parser;
use tollgate::cli::Cli;

fn main() -> ExitCode {
    let code = match Cli::try_parse() {
        Ok(cli) => tollgate::commands::run(cli),
        Err(error) => tollgate::commands::usage(&error),
    };
    ExitCode::from(code)
}
