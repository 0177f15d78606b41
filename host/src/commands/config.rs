//! `tollgate config check`: a configuration without a plan.

use std::path::Path;

use super::{CommandError, options, print};
use crate::cli::ConfigCheckArgs;
use crate::config::{Config, FILE_NAME};
use crate::deploy::promotion;
use crate::deploy::target::Project;
use crate::environment::Source;
use crate::exit;
use crate::gate::Gate;
use crate::hcl::Dialect;
use crate::view::checked::{self, CheckedConfig, CheckedEnvironment, CheckedWaiver};
use tollgate_model::library::{self, LIBRARY};

/// Waivers that end within so many days are worth a word.
const SOON: i64 = 14;

pub(super) fn check(args: &ConfigCheckArgs) -> Result<u8, CommandError> {
    let today = super::today(args.today);
    let files = if args.files.is_empty() {
        let found = Config::find(Path::new("."));
        let found = found.ok_or_else(|| {
            CommandError::usage(
                format!("there is no {FILE_NAME} here or above"),
                "name one; without any, `tollgate check` judges by convention",
            )
        })?;
        vec![(found, false)]
    } else {
        let named = args.files.iter();
        named.map(|file| (file.clone(), true)).collect()
    };
    let mut code = exit::PASSED;
    let mut text = String::new();
    let mut refusals = Vec::new();
    for (file, named) in &files {
        let config = if *named {
            Config::load(file, LIBRARY)?
        } else {
            Config::load_found(file, LIBRARY)?
        };
        let doc = one(file, &config, today)?;
        if doc.failed() {
            code = exit::POLICY;
        }
        text.push_str(&checked::render(&doc, options()));
        let project = Project::resolve(&config, Dialect::OpenTofu);
        refusals.extend(project.shared());
        for site in project.sites() {
            let environment = &site.layout.environment;
            let names = config.promoted(environment);
            // Which variables are secrets, files say that need not be here.
            refusals.extend(promotion::unfit(&names, &site.root, &|_| false));
            if let Some(Err(error)) = promotion_program(&config, environment) {
                print(&text)?;
                return Err(error);
            }
        }
    }
    print(&text)?;
    // Two environments of one root module say the same.
    let mut seen = Vec::new();
    refusals.retain(|refusal| {
        let is_new = !seen.contains(refusal);
        seen.push(refusal.clone());
        is_new
    });
    if !refusals.is_empty() {
        return Err(super::Refused(refusals).into());
    }
    Ok(code)
}

/// What is wrong with a file of the project that is run after a deploy. Programs of the machine need not
/// be on this one.
fn promotion_program(config: &Config, environment: &str) -> Option<Result<(), CommandError>> {
    let verification = config.verification(environment)?;
    if !super::promotion::is_path(&verification) {
        return None;
    }
    super::promotion::program(config, environment).map(|found| found.map(|_| ()))
}

fn one(
    file: &Path,
    config: &Config,
    today: jiff::civil::Date,
) -> Result<CheckedConfig, CommandError> {
    let mut names: Vec<String> = config.environments().map(ToOwned::to_owned).collect();
    if names.is_empty() {
        names.push(config.environment(None)?.name);
    }
    let mut doc = CheckedConfig {
        path: file.display().to_string(),
        environments: Vec::new(),
        failures: Vec::new(),
        replaced: Vec::new(),
        waivers: Vec::new(),
    };
    for name in names {
        let environment = config.environment(Some(&name))?;
        let gate = Gate::open(config, &environment)?;
        for policy in gate.policies() {
            let named = &policy.configured.name;
            if let Some(source @ Source::Path(_)) = config.policy_source(named)
                && library::built_in(named).is_some()
            {
                doc.replaced.push((named.clone(), source.to_string()));
            }
            if let Err(error) = &policy.module {
                doc.failures
                    .push((policy.configured.name.clone(), error.problem()));
            }
        }
        gate.try_settings(config)?;
        for waiver in &environment.waivers {
            let days = (waiver.expires - today).get_days();
            doc.waivers.push(CheckedWaiver {
                location: waiver.location.clone(),
                rule: waiver.rule_pattern(),
                address: waiver.address.as_str().to_owned(),
                owner: waiver.owner.clone(),
                expires: waiver.expires.to_string(),
                days: i64::from(days),
                soon: i64::from(days) <= SOON,
            });
        }
        doc.environments.push(CheckedEnvironment {
            name: environment.name.clone(),
            protected: environment.protected,
            policies: environment
                .policies
                .iter()
                .map(|policy| (policy.name.clone(), policy.enforcement.policy))
                .collect(),
        });
    }
    // A policy or a waiver of several environments is told once.
    doc.failures
        .sort_by(|a, b| (&a.0, &a.1.message).cmp(&(&b.0, &b.1.message)));
    doc.failures.dedup();
    doc.replaced.sort();
    doc.replaced.dedup();
    doc.waivers
        .sort_by(|a, b| (a.days, &a.location).cmp(&(b.days, &b.location)));
    doc.waivers.dedup();
    Ok(doc)
}
