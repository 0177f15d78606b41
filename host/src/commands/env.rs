//! `tollgate env`: see environments, and what differs between them.

mod show;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tollgate_secrets::contract::leaves;

pub(super) use self::show::show;
use super::secrets::kind;
use super::{CommandError, configuration, options, print};
use crate::cli::{ConfigArgs, EnvArgs, EnvDiffArgs, EnvListArgs};
use crate::config::Config;
use crate::deploy::target::{Project, Site, Target, TargetError};
use crate::env_diff::{self, Comparison, Side, Variables};
use crate::environment::Environment;
use crate::exit;
use crate::hcl::Dialect;
use crate::hcl::backend::Relation;
use crate::layout::{self, Layout, LayoutError, Provenance};
use crate::report::json as report_json;
use crate::report::output::OutputError;
use crate::routing::{self, Failure, RouteError, Routed};
use crate::view::env as report;

/// Whose rules hold for files that are only looked at.
fn any(_: &Layout) -> Result<Dialect, TargetError> {
    Ok(Dialect::OpenTofu)
}

/// Loads the configuration of a command about environments.
pub(super) fn load(args: &EnvArgs) -> Result<Config, CommandError> {
    Ok(configuration(&ConfigArgs {
        config: args.config.clone(),
        no_cache: false,
    })?)
}

/// Shows all environments of the project, and what a deploy of each uses.
pub(super) fn list(args: &EnvListArgs) -> Result<u8, CommandError> {
    let config = load(&args.common)?;
    let names = layout::names(&config);
    if names.is_empty() {
        return Err(CommandError::usage(
            "no environment is configured, and convention finds none",
            "run it in the directory of the project, or see `tollgate init --help`",
        ));
    }
    let project = Project::resolve(&config, Dialect::OpenTofu);
    let mut rows = Vec::new();
    let mut documents = Vec::new();
    for name in &names {
        let settings = config.deploy(Some(name))?;
        let site = project
            .sites()
            .iter()
            .find(|site| site.layout.environment == *name);
        let shared: Vec<&str> = site.map(|site| shared(&project, site)).unwrap_or_default();
        let unclear = project
            .unclear()
            .iter()
            .find(|unclear| unclear.environment == *name);
        let mut label = name.clone();
        if settings.protected {
            label.push_str(" (protected)");
        }
        let mut value = match (site, unclear.map(|unclear| &unclear.why)) {
            (Some(site), _) => in_short(&site.layout),
            (None, Some(TargetError::Layout(LayoutError::NotFound { .. })) | None) => {
                "nothing says what a deploy uses".to_owned()
            }
            (None, Some(why)) => format!("UNCLEAR: {why}"),
        };
        for other in &shared {
            value.push_str(&format!(", ITS STATE IS ALSO {other}'S"));
        }
        rows.push([label, value, String::new()]);
        documents.push(json!({
            "name": name,
            "aliases": settings.aliases,
            "protected": settings.protected,
            "layout": site.map(|site| document(&site.layout)),
            "shares-state-with": shared,
            "error": unclear.map(|unclear| unclear.why.to_string()),
        }));
    }
    if args.common.json {
        return print_json(&json!({ "environments": documents }));
    }
    let sheet = report::Sheet {
        title: config.path().map_or_else(
            || "by convention".to_owned(),
            |path| path.display().to_string(),
        ),
        note: String::new(),
        rows,
    };
    print(&report::sheet(&sheet, options()))
}

/// The environments that have the same state.
fn shared<'p>(project: &'p Project, site: &Arc<Site>) -> Vec<&'p str> {
    let others = project
        .sites()
        .iter()
        .filter(|other| !Arc::ptr_eq(site, other));
    others
        .filter(|other| site.state.relation(&other.state) == Relation::Same)
        .map(|other| other.layout.environment.as_str())
        .collect()
}

/// What a deploy uses, on one line.
fn in_short(layout: &Layout) -> String {
    let mut text = format!("in {}", layout.directory.value.display());
    if layout.workspace.value != layout::DEFAULT_WORKSPACE {
        text.push_str(&format!(", workspace {}", layout.workspace.value));
    }
    for setting in &layout.backend_config {
        text.push_str(&format!(", backend {}", setting.value));
    }
    for file in &layout.var_files {
        text.push_str(&format!(", {}", file.value.display()));
    }
    text
}

/// What a deploy uses, as JSON: each setting with where it is from.
fn document(layout: &Layout) -> serde_json::Value {
    let setting =
        |value: String, from: &Provenance| json!({ "value": value, "from": from.to_string() });
    let path = |path: &Path| path.display().to_string();
    json!({
        "environment": layout.environment,
        "aliases": layout.aliases,
        "protected": layout.protected,
        "directory": setting(path(&layout.directory.value), &layout.directory.from),
        "workspace": setting(layout.workspace.value.clone(), &layout.workspace.from),
        "backend-config": layout.backend_config.iter()
            .map(|each| setting(each.value.to_string(), &each.from)).collect::<Vec<_>>(),
        "var-files": layout.var_files.iter()
            .map(|each| setting(path(&each.value), &each.from)).collect::<Vec<_>>(),
        "branches": layout.branches.iter()
            .map(|each| setting(each.value.clone(), &each.from)).collect::<Vec<_>>(),
        "tags": layout.tags.iter()
            .map(|each| setting(each.value.clone(), &each.from)).collect::<Vec<_>>(),
        "clean-tree": layout.clean_tree.as_ref()
            .map(|each| setting(each.value.to_string(), &each.from)),
        "parallelism": layout.parallelism.as_ref()
            .map(|each| setting(each.value.to_string(), &each.from)),
        "lock-timeout": layout.lock_timeout.as_ref()
            .map(|each| setting(each.value.clone(), &each.from)),
        "tool": layout.tool.as_ref()
            .map(|each| setting(each.value.clone(), &each.from)),
        "aws-account": layout.aws_account.as_ref()
            .map(|each| setting(each.value.clone(), &each.from)),
    })
}

/// Shows what differs between two environments; with `--exit-code` drift fails.
pub(super) fn diff(args: &EnvDiffArgs) -> Result<u8, CommandError> {
    let config = load(&args.common)?;
    let left = One::read(&config, &args.left)?;
    let right = One::read(&config, &args.right)?;
    if left.gate.name == right.gate.name {
        return Err(CommandError::usage(
            format!("`{}` and `{}` are one environment", args.left, args.right),
            "name two: `tollgate env list` shows them",
        ));
    }
    let mut compared: Comparison = env_diff::compare(&left.side(), &right.side());
    let drift = compared.differences.iter().any(|each| each.drift.is_some());
    if args.drift_only {
        compared.differences.retain(|each| each.drift.is_some());
    }
    if args.common.json {
        print(&report_json::render(&compared).map_err(OutputError::Json)?)?;
    } else {
        print(&report::comparison(&compared, options()))?;
    }
    Ok(if args.exit_code && drift {
        exit::REFUSED
    } else {
        exit::PASSED
    })
}

/// The secrets files of an environment, not opened; none where it has none.
fn secrets(config: &Config, layout: &Layout) -> Result<Option<Routed>, CommandError> {
    match route(config, layout) {
        Ok(routed) => Ok(Some(routed)),
        Err(Failure::Route(RouteError::NotFound { .. })) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

/// Finds the secrets files of an environment, and opens none.
pub(super) fn route(config: &Config, layout: &Layout) -> Result<Routed, Failure> {
    let settings = config
        .secrets(Some(&layout.environment))
        .map_err(|_| RouteError::NotFound {
            environment: layout.environment.clone(),
            looked_for: Vec::new(),
            similar: Vec::new(),
        })?;
    let directories = routing::directories(config, std::slice::from_ref(&layout.directory.value));
    routing::route(config, settings, &directories)
}

/// The variables that secrets files set: their uppermost keys, and what is mapped.
pub(super) fn set_by(routed: &Routed) -> BTreeSet<String> {
    let uppermost = leaves(&routed.files).into_keys().map(|path| {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        path.get(..end).unwrap_or_default().to_owned()
    });
    uppermost
        .chain(routed.settings.map.keys().cloned())
        .collect()
}

/// One of two environments, with everything that is compared.
struct One {
    gate: Environment,
    deploy: Option<(Target, Variables)>,
    secrets: Option<BTreeMap<String, String>>,
}

impl One {
    /// Reads it, without a key.
    fn read(config: &Config, name: &str) -> Result<Self, CommandError> {
        let gate = config.environment(Some(name))?;
        let mut keys = None;
        let deploy = match Target::look(config, Some(name), any) {
            Ok(target) => {
                let mut variables = target.site.variables.clone();
                // Of a source that is no file nothing is known to compare.
                let routed = secrets(config, &target.site.layout)?;
                if let Some(routed) = routed.filter(|routed| routed.settings.source.is_none()) {
                    variables.secret = set_by(&routed);
                    let leaves = leaves(&routed.files).into_iter();
                    let shown = leaves.map(|(name, of)| (name, kind(of).to_owned()));
                    keys = Some(shown.collect());
                }
                Some((target, variables))
            }
            // A name that is nothing but a name differs from nothing.
            Err(TargetError::Layout(LayoutError::NotFound { .. }))
                if config.environments().next().is_some() =>
            {
                None
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            gate,
            deploy,
            secrets: keys,
        })
    }

    /// What is compared of it.
    fn side(&self) -> Side<'_> {
        Side {
            gate: &self.gate,
            deploy: self
                .deploy
                .as_ref()
                .map(|(target, variables)| (&*target.site, variables)),
            secrets: self.secrets.as_ref(),
        }
    }
}

/// Prints a document on standard output.
fn print_json(document: &serde_json::Value) -> Result<u8, CommandError> {
    print(&report_json::render(document).map_err(OutputError::Json)?)
}
