//! `tollgate secrets check` and `secrets diff`: names, types and readers, without a key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::json;
use tollgate_secrets::SecretsFile;
use tollgate_secrets::contract::{has_below, leaves};

use super::secrets::kind;
use super::{CommandError, configuration, options, print};
use crate::cli::{SecretsCheckArgs, SecretsDiffArgs, SecretsOutput};
use crate::config::Config;
use crate::deploy::target::Project;
use crate::environment::{SecretsSettings, usual_names};
use crate::hcl::{Configuration, ConfigurationError, Dialect};
use crate::report::json as report_json;
use crate::report::output::OutputError;
use crate::routing;
use crate::secrets_check::{self, Module};
use crate::view::secrets as report;

pub(super) fn check(args: &SecretsCheckArgs) -> Result<u8, CommandError> {
    let config = configuration(&args.config)?;
    let mut modules = Vec::new();
    for directory in &args.configuration {
        modules.push(module(directory)?);
    }
    if modules.is_empty() {
        modules = root_modules(&config)?;
    }
    let paths: Vec<PathBuf> = modules
        .iter()
        .map(|module| PathBuf::from(&module.directory))
        .collect();
    let directories = routing::directories(&config, &paths);
    let (all, reported) = environments(&config, args.environment.as_deref(), &directories)?;
    let report = secrets_check::check(&config, all, &reported, &directories, &modules);
    match args.output {
        SecretsOutput::Human => print(&report::render(&report, options()))?,
        SecretsOutput::Json => print(&report_json::render(&report).map_err(OutputError::Json)?)?,
    };
    Ok(report.exit_code)
}

fn module(directory: &Path) -> Result<Module, ConfigurationError> {
    Ok(Module {
        variables: Configuration::read(directory)?.variables().clone(),
        directory: directory.display().to_string(),
        environments: None,
    })
}

/// The root modules of the environments, each with those that are planned in it; else the one here, if
/// there is one.
pub(super) fn root_modules(config: &Config) -> Result<Vec<Module>, ConfigurationError> {
    let project = Project::resolve(config, Dialect::OpenTofu);
    let mut modules: Vec<Module> = Vec::new();
    for site in project.sites() {
        let directory = site.layout.directory.value.display().to_string();
        let names = site.layout.names().into_iter().map(ToOwned::to_owned);
        match modules
            .iter_mut()
            .find(|module| module.directory == directory)
        {
            Some(module) => module.environments.get_or_insert_default().extend(names),
            None => modules.push(Module {
                directory,
                variables: site.root.variables().clone(),
                environments: Some(names.collect()),
            }),
        }
    }
    if modules.is_empty() {
        match module(Path::new(".")) {
            Ok(here) => modules.push(here),
            Err(ConfigurationError::Empty { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(modules)
}

/// All environments, and which of them are asked for.
fn environments(
    config: &Config,
    asked: Option<&str>,
    directories: &[PathBuf],
) -> Result<(Vec<SecretsSettings>, BTreeSet<String>), CommandError> {
    let mut names: BTreeSet<String> = config.environments().map(ToOwned::to_owned).collect();
    if names.is_empty() {
        names = directories
            .iter()
            .flat_map(|directory| routing::discover(directory))
            .collect();
        // One that has none of its own counts as well, beside others that have one.
        if !names.is_empty() {
            let own = crate::layout::names(config).into_iter();
            let is_new = |name: &String| {
                let usual = usual_names(name);
                !usual.is_empty() && !usual.iter().any(|called| names.contains(*called))
            };
            let new: Vec<String> = own.filter(is_new).collect();
            names.extend(new);
        }
    }
    let reported = match asked {
        Some(name) => {
            let name = config.secrets(Some(name))?.environment;
            names.insert(name.clone());
            BTreeSet::from([name])
        }
        None if names.is_empty() => {
            return Err(CommandError::usage(
                "no environment is configured, and no secrets file is here",
                "name one with `--environment`, or create `secrets.staging.enc.yaml`",
            ));
        }
        None => names.clone(),
    };
    let all = names
        .iter()
        .map(|name| config.secrets(Some(name)))
        .collect::<Result<Vec<_>, _>>()?;
    Ok((all, reported))
}

pub(super) fn diff(args: &SecretsDiffArgs) -> Result<u8, CommandError> {
    let config = configuration(&args.config)?;
    let sides = [&args.one, &args.other].map(|side| -> Result<_, CommandError> {
        let files = if Path::new(side).is_file() {
            vec![SecretsFile::read(Path::new(side), None)?]
        } else if routing::EXTENSIONS
            .iter()
            .any(|ending| side.ends_with(&format!(".{ending}")))
        {
            return Err(CommandError::usage(
                format!("{}: no such file", crate::diagnostic::quoted(side)),
                "name a file that is there, or an environment",
            ));
        } else {
            let settings = config.secrets(Some(side))?;
            if let Some(source) = &settings.source {
                return Err(CommandError::usage(
                    format!("the secrets of {} come from {source}; their names cannot be told without asking it for the values", settings.environment),
                    "compare environments that have files",
                ));
            }
            let directories = routing::directories(&config, &[PathBuf::from(".")]);
            routing::find(&settings, &directories)?
                .iter()
                .map(|path| SecretsFile::read(path, None))
                .collect::<Result<Vec<_>, _>>()?
        };
        let leaves = leaves(&files);
        Ok(leaves
            .into_iter()
            .map(|(path, leaf)| (path, kind(leaf)))
            .collect::<BTreeMap<String, &'static str>>())
    });
    let [one, other] = sides;
    let (one, other) = (one?, other?);
    if args.json {
        let side = |own: &BTreeMap<String, &'static str>, than: &BTreeMap<String, _>| {
            let only = own
                .iter()
                .filter(|(key, _)| !than.contains_key(*key) && !has_below(than, key));
            only.map(|(key, kind)| json!({ "name": key, "type": kind }))
                .collect::<Vec<_>>()
        };
        let differ: Vec<_> = one
            .iter()
            .filter_map(|(key, kind)| {
                let there = other.get(key).filter(|there| *there != kind)?;
                Some(json!({ "name": key, "types": [kind, there] }))
            })
            .collect();
        let document = json!({
            "sides": [args.one, args.other],
            "only": [side(&one, &other), side(&other, &one)],
            "differ": differ,
        });
        return print(&report_json::render(&document).map_err(OutputError::Json)?);
    }
    print(&report::diff(
        (&args.one, &args.other),
        (&one, &other),
        options(),
    ))
}
