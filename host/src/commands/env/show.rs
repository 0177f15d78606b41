//! `tollgate env show`: what a deploy of one environment uses, and where each of it is from.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::PathBuf;

use serde_json::{Value, json};
use tollgate_secrets::SecretsFile;
use tollgate_secrets::contract::leaves;

use super::{any, document, load, print_json, secrets, set_by};
use crate::cli::EnvShowArgs;
use crate::commands::{CommandError, options, print};
use crate::config::Config;
use crate::deploy::target::{Project, Target};
use crate::env_diff::Variables;
use crate::environment::Environment;
use crate::hcl::Dialect;
use crate::layout::Setting;
use crate::routing::Routed;
use crate::view::env as report;

/// Shows what a deploy of one environment uses, and where each of it is from.
pub(in crate::commands) fn show(args: &EnvShowArgs) -> Result<u8, CommandError> {
    let shown = Shown::read(load(&args.common)?, args.environment.as_deref())?;
    if args.common.json {
        print_json(&shown.document())
    } else {
        print(&report::sheet(&shown.sheet(), options()))
    }
}

/// An environment, with everything that is shown of it.
struct Shown {
    config: Config,
    target: Target,
    environment: Environment,
    variables: Variables,
    /// Its secrets files, not opened; none where it has none.
    secrets: Option<Routed>,
    /// Files in the usual places that no environment uses.
    left_out: Vec<PathBuf>,
}

impl Shown {
    /// Reads it, without a key.
    fn read(config: Config, name: Option<&str>) -> Result<Self, CommandError> {
        let target = Target::look(&config, name, any)?;
        let layout = &target.site.layout;
        let environment = config.environment(Some(&layout.environment))?;
        let mut variables = target.site.variables.clone();
        let secrets = secrets(&config, layout)?;
        if let Some(routed) = &secrets {
            variables.secret = set_by(routed);
        }
        let project = Project::resolve(&config, Dialect::OpenTofu);
        Ok(Self {
            left_out: project.left_out().to_vec(),
            config,
            target,
            environment,
            variables,
            secrets,
        })
    }

    /// It as JSON.
    fn document(&self) -> Value {
        let layout = &self.target.site.layout;
        let paths = |paths: &[PathBuf]| -> Vec<String> {
            paths
                .iter()
                .map(|path| path.display().to_string())
                .collect()
        };
        let promotion: Vec<_> = promotion(&self.config, &layout.environment)
            .into_iter()
            .map(|[key, value, from]| json!({ "key": key, "value": value, "from": from }))
            .collect();
        let backend = self
            .target
            .site
            .root
            .backend()
            .map(|backend| json!({ "type": backend.kind, "place": backend.place.to_string() }));
        let sharing = self.target.sharing();
        let sharing: Vec<_> = sharing.map(|other| &other.layout.environment).collect();
        let files = self.secrets.iter().flat_map(|routed| &routed.files);
        let files: Vec<&str> = files.map(SecretsFile::name).collect();
        let more = json!({
            "promotion": promotion,
            "automatic-var-files": paths(&self.variables.automatic),
            "backend": backend,
            "left-out": paths(&self.left_out),
            "state": self.target.site.state.to_string(),
            "shares-state-with": sharing,
            "required-version": self.target.site.root.required_versions(),
            "variables": set(&self.variables),
            "secrets": files,
            "policies": policies(&self.environment),
        });
        let mut document = document(layout);
        if let (Value::Object(document), Value::Object(more)) = (&mut document, more) {
            document.extend(more);
        }
        document
    }

    /// It for people.
    fn sheet(&self) -> report::Sheet {
        let layout = &self.target.site.layout;
        let mut rows = Rows::default();
        self.add_place(&mut rows);
        self.add_values(&mut rows);
        self.add_guards(&mut rows);
        self.add_tool(&mut rows);
        for (name, enforcement) in policies(&self.environment) {
            rows.add("policies", name, enforcement);
        }
        let mut rows = rows.0;
        rows.extend(promotion(&self.config, &layout.environment));
        report::Sheet {
            title: layout.environment.clone(),
            note: if layout.protected { " (protected)" } else { "" }.to_owned(),
            rows,
        }
    }

    /// Where it is: the root module and the state.
    fn add_place(&self, rows: &mut Rows) {
        let site = &self.target.site;
        let layout = &site.layout;
        let aliases = layout.aliases.join(", ");
        if !aliases.is_empty() {
            rows.add("aliases", aliases, "");
        }
        rows.add_path("directory", &layout.directory);
        rows.add_setting("workspace", &layout.workspace);
        match site.root.backend() {
            Some(backend) => rows.add("backend", &backend.kind, backend.place.to_string()),
            None => rows.add("backend", "local", "nothing is declared"),
        }
        for setting in &layout.backend_config {
            rows.add_setting("backend-config", setting);
        }
        for other in self.target.sharing() {
            let same = format!("the same as {}'s", other.layout.environment);
            rows.add("STATE", site.state.to_string(), same);
        }
    }

    /// What it is deployed with: files of variables, variables, and secrets, without a value.
    fn add_values(&self, rows: &mut Rows) {
        for file in &self.variables.automatic {
            let file = file.display().to_string();
            rows.add("var-files", file, "read by the tool by itself");
        }
        for file in &self.target.site.layout.var_files {
            rows.add_path("var-files", file);
        }
        for file in &self.left_out {
            let file = file.display().to_string();
            rows.add("left out", file, "no environment uses it");
        }
        for (name, from) in set(&self.variables) {
            rows.add("variables", name, from);
        }
        for file in self.secrets.iter().flat_map(|routed| &routed.files) {
            let keys = leaves(std::slice::from_ref(file)).len();
            rows.add("secrets", file.name(), format!("keys: {keys}"));
        }
        let secrets = self.secrets.as_ref();
        if let Some(source) = secrets.and_then(|routed| routed.settings.source.as_ref()) {
            let unknown = "keys: not known without asking it";
            rows.add("secrets", source.to_string(), unknown);
        }
    }

    /// From where it may be deployed.
    fn add_guards(&self, rows: &mut Rows) {
        let layout = &self.target.site.layout;
        for pattern in &layout.branches {
            rows.add_setting("branches", pattern);
        }
        for pattern in &layout.tags {
            rows.add_setting("tags", pattern);
        }
        rows.add_if_set("clean-tree", layout.clean_tree.as_ref());
    }

    /// What the tool is told, which one it is, and where it is let in.
    fn add_tool(&self, rows: &mut Rows) {
        let layout = &self.target.site.layout;
        rows.add_if_set("parallelism", layout.parallelism.as_ref());
        rows.add_if_set("lock-timeout", layout.lock_timeout.as_ref());
        rows.add_if_set("tool", layout.tool.as_ref());
        rows.add_if_set("aws-account", layout.aws_account.as_ref());
    }
}

/// Rows of a sheet: a label, a value, and where that is from. A label that repeats is empty.
#[derive(Default)]
struct Rows(Vec<[String; 3]>);

impl Rows {
    /// Adds a row.
    fn add(&mut self, label: &str, value: impl Into<String>, from: impl Into<String>) {
        let repeated = self
            .0
            .iter()
            .rev()
            .find(|[label, ..]| !label.is_empty())
            .is_some_and(|[last, ..]| last == label);
        let label = if repeated { "" } else { label };
        self.0.push([label.to_owned(), value.into(), from.into()]);
    }

    /// Adds a setting, with where it is from.
    fn add_setting<T: Display>(&mut self, label: &str, setting: &Setting<T>) {
        self.add(label, setting.value.to_string(), setting.from.to_string());
    }

    /// Adds a setting, if there is one.
    fn add_if_set<T: Display>(&mut self, label: &str, setting: Option<&Setting<T>>) {
        if let Some(setting) = setting {
            self.add_setting(label, setting);
        }
    }

    /// Adds a file or directory, with where it is from.
    fn add_path(&mut self, label: &str, path: &Setting<PathBuf>) {
        let value = path.value.display().to_string();
        self.add(label, value, path.from.to_string());
    }
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

/// What a violation of each policy leads to, by its name.
fn policies(environment: &Environment) -> BTreeMap<String, String> {
    let policies = environment.policies.iter();
    policies
        .map(|policy| {
            let enforcement = crate::report::words::enforcement(policy.enforcement.policy);
            (policy.name.clone(), enforcement.to_owned())
        })
        .collect()
}
