//! The `tollgate` binary: parse the arguments, run one command, exit with its code. Under
//! another name it is its own compiler, masks another process's output, or becomes a tool.

use std::process::ExitCode;

use clap::Parser;
use tollgate::cli::Cli;
use tollgate::heap;
use tollgate::sandbox::compile;

fn main() -> ExitCode {
    if let Some(code) = compile::serve() {
        return code;
    }
    if let Some(code) = tollgate::inject::masker::serve() {
        return code;
    }
    #[cfg(unix)]
    if let Some(code) = tollgate::inject::shield::serve() {
        return code;
    }
    heap::grow_in_steps();
    let code = match Cli::try_parse() {
        Ok(cli) => tollgate::commands::run(cli),
        Err(error) => tollgate::commands::usage(&error),
    };
    ExitCode::from(code)
}
