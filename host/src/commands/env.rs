//! `tollgate env`: see environments, and what differs between them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use tollgate_secrets::SecretsFile;
use tollgate_secrets::contract::leaves;

use super::secrets::kind;
use super::{CommandError, configuration, options, print};
use crate::cli::{ConfigArgs, EnvArgs, EnvDiffArgs, EnvListArgs, EnvShowArgs};
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

pub(super) fn load(args: &EnvArgs) -> Result<Config, CommandError> {
    Ok(configuration(&ConfigArgs {
        config: args.config.clone(),
        no_cache: false,
    })?)
}

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

pub(super) fn show(args: &EnvShowArgs) -> Result<u8, CommandError> {
    let config = load(&args.common)?;
    let target = Target::look(&config, args.environment.as_deref(), any)?;
    let (layout, root) = (&target.site.layout, &target.site.root);
    let environment = config.environment(Some(&layout.environment))?;
    let mut variables = target.site.variables.clone();
    let secrets = secrets(&config, layout)?;
    if let Some(routed) = &secrets {
        variables.secret = set_by(routed);
    }
    let left_out = Project::resolve(&config, Dialect::OpenTofu)
        .left_out()
        .to_vec();
    if args.common.json {
        let mut document = document(layout);
        if let Some(object) = document.as_object_mut() {
            let paths = |paths: &[PathBuf]| -> Vec<String> {
                paths
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect()
            };
            let promotion: Vec<_> = promotion(&config, &layout.environment)
                .into_iter()
                .map(|[key, value, from]| json!({ "key": key, "value": value, "from": from }))
                .collect();
            object.insert("promotion".to_owned(), json!(promotion));
            object.insert(
                "automatic-var-files".to_owned(),
                json!(paths(&variables.automatic)),
            );
            object.insert(
                "backend".to_owned(),
                json!(root.backend().map(|backend| {
                    json!({ "type": backend.kind, "place": backend.place.to_string() })
                })),
            );
            object.insert("left-out".to_owned(), json!(paths(&left_out)));
            object.insert("state".to_owned(), json!(target.site.state.to_string()));
            let others = target.sharing().map(|other| &other.layout.environment);
            object.insert(
                "shares-state-with".to_owned(),
                json!(others.collect::<Vec<_>>()),
            );
            object.insert(
                "required-version".to_owned(),
                json!(root.required_versions()),
            );
            object.insert("variables".to_owned(), json!(set(&variables)));
            let files = secrets.iter().flat_map(|routed| &routed.files);
            let files: Vec<&str> = files.map(SecretsFile::name).collect();
            object.insert("secrets".to_owned(), json!(files));
            object.insert("policies".to_owned(), json!(policies(&environment)));
        }
        return print_json(&document);
    }
    let sheet = report::Sheet {
        title: layout.environment.clone(),
        note: if layout.protected { " (protected)" } else { "" }.to_owned(),
        rows: {
            let secrets = secrets.as_ref();
            let mut rows = rows(&target, &environment, &variables, secrets, &left_out);
            rows.extend(promotion(&config, &layout.environment));
            rows
        },
    };
    print(&report::sheet(&sheet, options()))
}

/// What has to be so in another environment first, and what is run after a deploy.
fn promotion(config: &Config, environment: &str) -> Vec<[String; 3]> {
    let from = |key: &str| {
        let location = config.locate_key(&["environments", environment, key]);
        let file = config.path().map(|path| path.display().to_string());
        match (file, location) {
            (Some(file), Some(location)) => format!("{file}:{}", location.line),
            _ => String::new(),
        }
    };
    let mut rows = Vec::new();
    let mut row = |key: &str, value: String| rows.push([key.to_owned(), value, from(key)]);
    if let Some(promotion) = config.promotion(environment) {
        row("after", promotion.after);
        if let Some(age) = promotion.max_age {
            row("max-age", format!("{} h", age.as_secs() / 3600));
        }
        let names: Vec<&str> = promotion.promote.iter().map(String::as_str).collect();
        if !names.is_empty() {
            row("promote", names.join(", "));
        }
    }
    if let Some(verification) = config.verification(environment) {
        let words = std::iter::once(&verification.program).chain(&verification.arguments);
        let words: Vec<&str> = words.map(String::as_str).collect();
        row("verify", words.join(" "));
        let names: Vec<&str> = verification.secrets.iter().map(String::as_str).collect();
        if !names.is_empty() {
            row("verify-secrets", names.join(", "));
        }
    }
    rows
}

fn rows(
    target: &Target,
    environment: &Environment,
    variables: &Variables,
    secrets: Option<&Routed>,
    left_out: &[PathBuf],
) -> Vec<[String; 3]> {
    let (layout, root) = (&target.site.layout, &target.site.root);
    let mut rows = Vec::new();
    let mut row = |label: &str, value: String, from: String| {
        let repeated = rows
            .iter()
            .rev()
            .find(|[label, ..]: &&[String; 3]| !label.is_empty())
            .is_some_and(|[last, ..]| last == label);
        let label = if repeated {
            String::new()
        } else {
            label.to_owned()
        };
        rows.push([label, value, from]);
    };
    let aliases = layout.aliases.join(", ");
    if !aliases.is_empty() {
        row("aliases", aliases, String::new());
    }
    let directory = &layout.directory;
    row(
        "directory",
        directory.value.display().to_string(),
        directory.from.to_string(),
    );
    row(
        "workspace",
        layout.workspace.value.clone(),
        layout.workspace.from.to_string(),
    );
    match root.backend() {
        Some(backend) => row("backend", backend.kind.clone(), backend.place.to_string()),
        None => row(
            "backend",
            "local".to_owned(),
            "nothing is declared".to_owned(),
        ),
    }
    for setting in &layout.backend_config {
        row(
            "backend-config",
            setting.value.to_string(),
            setting.from.to_string(),
        );
    }
    for other in target.sharing() {
        row(
            "STATE",
            target.site.state.to_string(),
            format!("the same as {}'s", other.layout.environment),
        );
    }
    for file in &variables.automatic {
        row(
            "var-files",
            file.display().to_string(),
            "read by the tool by itself".to_owned(),
        );
    }
    for file in &layout.var_files {
        row(
            "var-files",
            file.value.display().to_string(),
            file.from.to_string(),
        );
    }
    for file in left_out {
        row(
            "left out",
            file.display().to_string(),
            "no environment uses it".to_owned(),
        );
    }
    for (name, from) in set(variables) {
        row("variables", name, from);
    }
    for file in secrets.iter().flat_map(|routed| &routed.files) {
        let keys = leaves(std::slice::from_ref(file)).len();
        row("secrets", file.name().to_owned(), format!("keys: {keys}"));
    }
    if let Some(source) = secrets.and_then(|routed| routed.settings.source.as_ref()) {
        let unknown = "keys: not known without asking it";
        row("secrets", source.to_string(), unknown.to_owned());
    }
    for pattern in &layout.branches {
        row("branches", pattern.value.clone(), pattern.from.to_string());
    }
    for pattern in &layout.tags {
        row("tags", pattern.value.clone(), pattern.from.to_string());
    }
    if let Some(clean) = &layout.clean_tree {
        row(
            "clean-tree",
            clean.value.to_string(),
            clean.from.to_string(),
        );
    }
    if let Some(number) = &layout.parallelism {
        let from = number.from.to_string();
        row("parallelism", number.value.to_string(), from);
    }
    if let Some(timeout) = &layout.lock_timeout {
        row(
            "lock-timeout",
            timeout.value.clone(),
            timeout.from.to_string(),
        );
    }
    if let Some(tool) = &layout.tool {
        row("tool", tool.value.clone(), tool.from.to_string());
    }
    if let Some(account) = &layout.aws_account {
        row(
            "aws-account",
            account.value.clone(),
            account.from.to_string(),
        );
    }
    for (name, enforcement) in policies(environment) {
        row("policies", name, enforcement);
    }
    rows
}

/// Each variable that is declared or set, and where its value comes from; no values.
fn set(variables: &Variables) -> BTreeMap<String, String> {
    let declared = variables.declared.iter().map(|(name, variable)| {
        let from = if variables.secret.contains(name) {
            "the secrets"
        } else if variable.default {
            "default"
        } else {
            "NOT SET by a file"
        };
        (name.clone(), format!("{from} ({})", variable.place))
    });
    let set = variables.set.iter().map(|(name, assignment)| {
        let undeclared = if variables.declared.contains_key(name) {
            ""
        } else {
            ", which nothing declares"
        };
        (name.clone(), format!("{}{undeclared}", assignment.place))
    });
    declared.chain(set).collect()
}

fn policies(environment: &Environment) -> BTreeMap<String, String> {
    let policies = environment.policies.iter();
    policies
        .map(|policy| {
            let enforcement = crate::report::words::enforcement(policy.enforcement.policy);
            (policy.name.clone(), enforcement.to_owned())
        })
        .collect()
}

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

fn print_json(document: &serde_json::Value) -> Result<u8, CommandError> {
    print(&report_json::render(document).map_err(OutputError::Json)?)
}
