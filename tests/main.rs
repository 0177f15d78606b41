//! Every integration test, in one binary. A test that cannot run where it is says so
//! and is counted as ignored.

mod modules;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = modules::trials();
    libtest_mimic::run(&arguments, trials).exit_code()
}
