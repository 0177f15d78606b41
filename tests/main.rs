//! Every integration test, in one binary. A test that cannot run where it is says so
//! and is counted as ignored.

mod authoring;
mod bad_input;
mod bundle;
mod ci;
mod cli;
mod commands;
mod contract;
mod deploy;
mod deploy_local;
mod determinism;
mod distribution;
mod docs;
mod env;
mod every_reading;
mod every_type;
mod exec;
mod exec_output;
mod facts;
mod frozen;
mod gate;
mod guards;
mod hostile;
mod hostile_files;
mod instructions;
mod leak;
mod library;
mod locations;
mod modules;
mod plans;
mod provider_facts;
mod real;
mod record;
mod reference;
mod reports;
mod secrets;
#[cfg(unix)]
mod secrets_advice;
#[cfg(unix)]
mod secrets_daily;
#[cfg(unix)]
mod secrets_edges;
mod secrets_files;
#[cfg(unix)]
mod secrets_harm;
#[cfg(unix)]
mod secrets_keyservice;
#[cfg(unix)]
mod secrets_next;
#[cfg(unix)]
mod secrets_plugin;
mod secrets_writing;
mod sources;
mod tools;
mod trust;

use std::os::unix::process::CommandExt as _;
use std::process::ExitCode;

use libtest_mimic::Arguments;

/// Begins anew where hanging up is ignored, as under nohup: what the tests start would ignore it too, as it
/// should, and be no test of what happens otherwise.
#[expect(clippy::print_stderr, reason = "a test program's")]
fn hear_hanging_up() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let hangs_up = ignored.is_some_and(|mask| mask & 1 == 1);
    let Some(own) = std::env::current_exe().ok().filter(|_| hangs_up) else {
        return;
    };
    let mut again = std::process::Command::new("env");
    again.arg("--default-signal=HUP").arg(own);
    let error = again.args(std::env::args_os().skip(1)).exec();
    eprintln!("hanging up stays ignored, which some tests are about: {error}");
}

fn main() -> ExitCode {
    // A process that a test starts to hold a lock, or to be asked.
    if let Some(code) = guards::child() {
        return code;
    }
    hear_hanging_up();
    let arguments = Arguments::from_args();
    // This binary is not Tollgate, and cannot compile as its child.
    tollgate::sandbox::compile::executable(env!("CARGO_BIN_EXE_tollgate"));
    let mut trials = modules::trials();
    trials.extend(hostile::trials());
    trials.extend(commands::trials());
    trials.extend(determinism::trials());
    trials.extend(real::trials());
    trials.extend(record::trials());
    trials.extend(plans::trials());
    trials.extend(library::trials());
    trials.extend(provider_facts::trials());
    trials.extend(every_type::trials());
    trials.extend(every_reading::trials());
    trials.extend(distribution::trials());
    trials.extend(docs::trials());
    trials.extend(env::trials());
    trials.extend(facts::trials());
    trials.extend(frozen::trials());
    trials.extend(gate::trials());
    trials.extend(authoring::trials());
    trials.extend(bad_input::trials());
    trials.extend(ci::trials());
    trials.extend(locations::trials());
    trials.extend(hostile_files::trials());
    trials.extend(instructions::trials());
    trials.extend(secrets::trials());
    trials.extend(secrets_files::trials());
    trials.extend(secrets_writing::trials());
    #[cfg(unix)]
    trials.extend(secrets_keyservice::trials());
    #[cfg(unix)]
    trials.extend(secrets_plugin::trials());
    #[cfg(unix)]
    trials.extend(secrets_advice::trials());
    #[cfg(unix)]
    trials.extend(secrets_edges::trials());
    #[cfg(unix)]
    trials.extend(secrets_harm::trials());
    #[cfg(unix)]
    trials.extend(secrets_next::trials());
    trials.extend(reference::trials());
    trials.extend(reports::trials());
    trials.extend(tools::trials());
    trials.extend(trust::trials());
    trials.extend(bundle::trials());
    trials.extend(exec::trials());
    trials.extend(exec_output::trials());
    trials.extend(guards::trials());
    trials.extend(deploy::trials());
    trials.extend(contract::trials());
    trials.extend(secrets_daily::trials());
    trials.extend(deploy_local::trials());
    trials.extend(leak::trials());
    trials.extend(sources::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}
