//! `tollgate env doctor`: what a deploy needs, and what of it is missing here.

use serde_json::json;
use tollgate_model::error::UserError;
use tollgate_secrets::Keyring;

use super::env::{load, route, set_by};
use super::{CommandError, options, print};
use crate::cli::EnvDoctorArgs;
use crate::config::Config;
use crate::configuration::Configuration;
use crate::doctor::{self, Check, Checkup, Finding, Health, Machine, Patient, Tool};
use crate::env_diff::Variables;
use crate::exit;
use crate::layout;
use crate::report::json as report_json;
use crate::report::output::OutputError;
use crate::view::env as report;

pub(super) fn run(args: &EnvDoctorArgs) -> Result<u8, CommandError> {
    let config = load(&args.common)?;
    let names = match &args.environment {
        // An alias stands for its environment.
        Some(name) => vec![config.deploy(Some(name))?.environment],
        None => layout::names(&config),
    };
    if names.is_empty() {
        return Err(CommandError::usage(
            "no environment is configured, and convention finds none",
            "run it in the directory of the project, or see `tollgate init --help`",
        ));
    }
    let tools = Tool::all(&std::env::var_os("PATH").unwrap_or_default());
    let machine = Machine::of_process();
    // Nobody is asked for a passphrase.
    let keyring = Keyring::of_process(None);
    let checkups: Vec<Checkup> = names
        .into_iter()
        .map(|environment| Checkup {
            findings: one(
                &config,
                &environment,
                &tools,
                &machine,
                &keyring,
                args.online,
            ),
            environment,
        })
        .collect();
    if args.common.json {
        let document = json!({ "environments": checkups });
        print(&report_json::render(&document).map_err(OutputError::Json)?)?;
    } else {
        print(&report::checkups(&checkups, options()))?;
    }
    Ok(code(&checkups))
}

fn one(
    config: &Config,
    name: &str,
    tools: &[Tool],
    machine: &Machine,
    keyring: &Keyring,
    online: bool,
) -> Vec<Finding> {
    let check = Check::Layout;
    let failed = |what: String, help: Option<String>| {
        let fix = help.unwrap_or_else(|| "run `tollgate config check`".to_owned());
        vec![Finding::problem(check, what, fix)]
    };
    let layout = match layout::resolve(config, Some(name)) {
        Ok(layout) => layout,
        Err(layout::LayoutError::Config(crate::config::ConfigError::Invalid(mistakes))) => {
            let one = |mistake: &crate::diagnostic::Diagnostic| {
                let place = mistake.place.as_ref();
                let place = place
                    .map(|place| format!("{}:{}", place.file.path, place.location.line))
                    .unwrap_or_default();
                let fix = format!("correct {place}");
                Finding::problem(check, mistake.title.clone(), fix)
            };
            return mistakes.iter().map(one).collect();
        }
        Err(error) => return failed(error.to_string(), error.help()),
    };
    let root = match Configuration::read(&layout.directory.value) {
        Ok(root) => root,
        Err(error) => return failed(error.to_string(), error.help()),
    };
    let mut variables = match Variables::read(&layout) {
        Ok(variables) => variables,
        Err(error) => return failed(error.to_string(), error.help()),
    };
    let routed = route(config, &layout);
    if let Ok(routed) = &routed {
        variables.secret = set_by(routed);
    }
    let patient = Patient {
        layout: &layout,
        root: &root,
        variables: &variables,
    };
    let mut findings = doctor::examine(&patient, tools, machine, online);
    findings.extend(doctor::secrets::examine(&routed, keyring));
    findings.sort_by_key(|finding| finding.check);
    findings
}

fn code(checkups: &[Checkup]) -> u8 {
    let problems = || {
        checkups
            .iter()
            .flat_map(|checkup| &checkup.findings)
            .filter(|finding| finding.health == Health::Problem)
    };
    let of_keys = |finding: &&Finding| matches!(finding.check, Check::Secrets | Check::Credentials);
    match (problems().count(), problems().filter(of_keys).count()) {
        (0, _) => exit::PASSED,
        (all, keys) if all == keys => exit::SECRETS,
        _ => exit::USAGE,
    }
}
