//! The gate: policies loaded once, plans judged with them in parallel.
//!
//! Nothing here decides: a policy or a plan that cannot be used becomes a
//! [`Problem`] in its place, and [`judge`](crate::judge) says what that means.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use rayon::prelude::*;
use tollgate_model::error::UserError;
use zeroize::Zeroizing;

use crate::config::{Config, ConfigError};
use crate::coverage::{self, Detail};
use crate::environment::{ConfiguredPolicy, Environment, Source};
use crate::hcl::Lookup;
use crate::judge::{PlanOutcome, PlanRun, PolicyOutcome, Rule, Rules};
use crate::plan::{self, Action, CheckStatus, Plan, PlanError, PlanText, ResourceChange, Step};
use crate::record::{CallRecorder, Recorder};
use crate::report::{ActionCounts, Input, Labelled, PlanFacts, Problem, Severity};
use crate::sandbox::builtin::{BUILTINS, Builtin};
use crate::sandbox::cache::Cache;
use crate::sandbox::engine::Ticker;
use crate::sandbox::limits::{Limit, Limits};
use crate::sandbox::request::{self, Context, Observer};
use crate::sandbox::settings::{self, SettingError};
use crate::sandbox::{PolicyError, PolicyModule, contract::wit, digest};
use crate::stack::{self, Stack};

/// The largest document that is handed to a policy, in bytes.
pub const MAX_DOCUMENT_BYTES: u64 = 64 << 20;

/// The largest plan, in bytes: some seven times one of a hundred thousand changes.
const MAX_PLAN_BYTES: u64 = 2 << 30;

/// Plans of more changes are told beforehand what will be asked for: for others it is not worth it.
const LARGE: usize = 1_000;

/// The policies of one environment, ready to judge.
#[derive(Debug)]
pub struct Gate<'c> {
    environment: &'c Environment,
    policies: Vec<LoadedPolicy<'c>>,
    lookup: Lookup,
    coverage: Detail,
    keeps_documents: bool,
    // Last: it must tick until the policies are gone.
    _ticker: Ticker,
}

/// A configured policy, and its module unless it could not be loaded.
#[derive(Debug)]
pub struct LoadedPolicy<'c> {
    /// As configured.
    pub configured: &'c ConfiguredPolicy,
    /// The digest of the module, when it could be read.
    pub digest: Option<String>,
    /// Ready to evaluate.
    pub module: Result<Ready, PolicyError>,
}

/// A module with everything that it reads besides the plan.
#[derive(Debug)]
pub struct Ready {
    /// The module.
    pub module: PolicyModule,
    /// What the module says of its rules.
    rules: Rules,
    settings: String,
    /// What the policy's schema has against the settings: mistakes in the configuration.
    rejected: Vec<SettingError>,
    documents: Vec<(String, Cow<'static, str>)>,
}

impl<'c> Gate<'c> {
    /// Loads the policies of an environment, and holds their settings and rules
    /// against what the modules declare.
    ///
    /// # Errors
    /// When the configuration sets what a policy does not have. A module that cannot
    /// be loaded is no error here: it refuses every plan.
    pub fn open(config: &Config, environment: &'c Environment) -> Result<Self, ConfigError> {
        let ticker = Ticker::start();
        let policies: Vec<_> = environment
            .policies
            .par_iter()
            .map(|policy| load(config, policy))
            .collect();
        let mut mistakes = Vec::new();
        for policy in &policies {
            let Ok(ready) = &policy.module else { continue };
            let name = &policy.configured.name;
            let declared: Vec<_> = ready
                .module
                .metadata
                .rules
                .iter()
                .map(|rule| rule.id.as_str())
                .collect();
            mistakes.extend(config.check_rules(name, &declared).err());
            let mut documents = ready.module.metadata.documents.clone();
            documents.retain(|document| !request::OWN_DOCUMENTS.contains(&document.as_str()));
            mistakes.extend(config.check_documents(name, &documents).err());
            mistakes.extend(
                ready
                    .rejected
                    .iter()
                    .map(|error| rejected_setting(config, environment, name, error)),
            );
        }
        match ConfigError::all(mistakes) {
            Some(error) => Err(error),
            None => Ok(Self {
                environment,
                policies,
                lookup: Lookup::around(),
                coverage: Detail::default(),
                keeps_documents: true,
                _ticker: ticker,
            }),
        }
    }

    /// Has every policy that has settings look at them: a schema cannot say all that a policy has against
    /// them, and each plan would be refused for it.
    ///
    /// # Errors
    /// When a policy refuses its settings.
    pub fn try_settings(&self, config: &Config) -> Result<(), ConfigError> {
        let refused = |policy: &LoadedPolicy<'_>| {
            let ready = policy.module.as_ref().ok()?;
            if ready.settings == "{}" {
                return None;
            }
            let schema = &ready.module.metadata.settings_schema;
            if let Some(error) = unknown_environment(config, schema, &policy.configured.settings) {
                let name = &policy.configured.name;
                return Some(rejected_setting(config, self.environment, name, &error));
            }
            let context = Context {
                environment: &self.environment.name,
                protected: self.environment.protected,
                settings: &ready.settings,
                documents: &ready.documents,
                observer: None,
            };
            match request::accepts(&ready.module, context) {
                Err(PolicyError::Refused(message)) => {
                    let name = &policy.configured.name;
                    let error = SettingError {
                        pointer: mentioned(&policy.configured.settings, &message),
                        at_key: true,
                        message,
                        help: None,
                    };
                    Some(rejected_setting(config, self.environment, name, &error))
                }
                _ => None,
            }
        };
        let mistakes: Vec<_> = self.policies.par_iter().filter_map(refused).collect();
        ConfigError::all(mistakes).map_or(Ok(()), Err)
    }

    /// Sets where to look for the places of findings.
    #[must_use]
    pub fn looking(self, lookup: Lookup) -> Self {
        Self { lookup, ..self }
    }

    /// Sets how much is said of what the policies know.
    #[must_use]
    pub fn explaining(self, coverage: Detail) -> Self {
        Self { coverage, ..self }
    }

    /// Leaves the documents out that policies answer.
    #[must_use]
    pub fn without_documents(self) -> Self {
        Self {
            keeps_documents: false,
            ..self
        }
    }

    /// The loaded policies, by name.
    #[must_use]
    pub fn policies(&self) -> &[LoadedPolicy<'c>] {
        &self.policies
    }

    /// Judges plans, each with every policy. The outcomes are in the order of the sources.
    /// Every call goes into the recording, if there is one.
    #[must_use]
    pub fn evaluate(
        &self,
        sources: &[PlanSource],
        recorder: Option<&Recorder>,
    ) -> Vec<PlanOutcome> {
        sources
            .par_iter()
            .enumerate()
            .map(|(plan, source)| self.evaluate_one(source, plan, recorder))
            .collect()
    }

    fn evaluate_one(
        &self,
        source: &PlanSource,
        number: usize,
        recorder: Option<&Recorder>,
    ) -> PlanOutcome {
        let path = source.name();
        let stack = source.stack();
        let unread = |problem| PlanOutcome {
            input: Input {
                path: path.clone(),
                digest: String::new(),
            },
            stack: stack.clone(),
            result: Err(problem),
        };
        let bytes = match source.read() {
            Ok(bytes) => bytes,
            Err(problem) => return unread(problem),
        };
        let problem = |error: &PlanError| Problem {
            code: error.code().to_owned(),
            message: error.to_string(),
            help: error.help(),
        };
        let text = match PlanText::decode(bytes) {
            Ok(text) if matches!(source, PlanSource::Memory { .. }) => text.wiped(),
            Ok(text) => text,
            Err((error, digest)) => {
                return PlanOutcome {
                    input: Input { path, digest },
                    stack,
                    result: Err(problem(&error)),
                };
            }
        };
        let judge = |plan: &Plan<'_>| {
            self.policies
                .par_iter()
                .map(|policy| {
                    let calls = recorder.map(|recorder| CallRecorder {
                        recorder,
                        plan: number,
                        policy: &policy.configured.name,
                    });
                    let observer = calls.as_ref().map(|calls| calls as &dyn Observer);
                    self.run(policy, plan, observer)
                })
                // In order first: of several errors the same one every time.
                .collect::<Vec<_>>()
                .into_iter()
                .collect::<Result<_, _>>()
                .map(|mut policies: Vec<_>| PlanRun {
                    facts: PlanFacts {
                        coverage: coverage::of(plan, &self.policies, self.coverage),
                        ..facts(plan)
                    },
                    moved: moved(plan),
                    source: self.lookup.locate(plan, source.path(), &mut policies),
                    policies,
                })
        };
        // Without a processor's help, the digest takes longer than reading.
        let (result, digest) = rayon::join(
            || {
                text.read().and_then(|mut plan| {
                    if plan.changes.len() > LARGE {
                        self.announce(&mut plan);
                    }
                    judge(&plan)
                })
            },
            || text.digest().to_owned(),
        );
        let input = Input { path, digest };
        let result = result.map_err(|error| problem(&error));
        PlanOutcome {
            input,
            stack,
            result,
        }
    }

    /// Tells the plan what policies will ask for.
    fn announce(&self, plan: &mut Plan<'_>) {
        let modules: Vec<&PolicyModule> = self
            .policies
            .iter()
            .filter_map(|policy| Some(&policy.module.as_ref().ok()?.module))
            .collect();
        plan.expect(|kind, action| {
            let paths = modules.iter().flat_map(|module| module.reads(kind, action));
            paths
                .filter_map(|path| match path.steps().first() {
                    Some(Step::Key(name)) => Some(name.clone()),
                    Some(Step::Index(_)) | None => None,
                })
                .collect()
        });
    }

    /// Returns what each policy answers to a plan, in the order of [`Gate::policies`]; of one policy
    /// only, where it is named.
    ///
    /// # Errors
    /// The plan's: a value that a policy asks for and that cannot be read.
    pub fn answers(
        &self,
        plan: &Plan<'_>,
        only: Option<&str>,
    ) -> Result<Vec<PolicyOutcome>, PlanError> {
        let wanted = self
            .policies
            .iter()
            .filter(|policy| only.is_none_or(|only| only == policy.configured.name));
        wanted.map(|policy| self.run(policy, plan, None)).collect()
    }

    /// The error is the plan's: a value that a policy asks for and that cannot be read.
    fn run(
        &self,
        policy: &LoadedPolicy<'_>,
        plan: &Plan<'_>,
        observer: Option<&dyn Observer>,
    ) -> Result<PolicyOutcome, PlanError> {
        let configured = policy.configured;
        let mut outcome = PolicyOutcome {
            name: configured.name.clone(),
            version: String::new(),
            source: configured.source.to_string(),
            digest: policy.digest.clone(),
            enforcement: configured.enforcement.clone(),
            rules: Rules::default(),
            changes_seen: 0,
            result: Ok(crate::judge::Evaluation::default()),
        };
        let ready = match &policy.module {
            Ok(ready) => ready,
            Err(error) => {
                outcome.result = Err(error.problem());
                return Ok(outcome);
            }
        };
        outcome.version.clone_from(&ready.module.metadata.version);
        outcome.rules = ready.rules.clone();
        let context = Context {
            environment: &self.environment.name,
            protected: self.environment.protected,
            settings: &ready.settings,
            documents: &ready.documents,
            observer,
        };
        outcome.result = match request::evaluate(&ready.module, plan, context) {
            Ok(mut answer) => {
                outcome.changes_seen = answer.changes_seen;
                if !self.keeps_documents {
                    answer.evaluation.documents = Vec::new();
                }
                Ok(answer.evaluation)
            }
            Err(PolicyError::Plan(error)) => return Err(error),
            Err(error) => Err(match configured.source {
                Source::BuiltIn => error.problem_of_builtin(),
                Source::Path(_) => error.problem(),
            }),
        };
        Ok(outcome)
    }
}

fn rejected_setting(
    config: &Config,
    environment: &Environment,
    policy: &str,
    error: &SettingError,
) -> ConfigError {
    let title = format!("policy `{policy}` rejects its settings");
    let location = if error.at_key {
        config.locate_setting_key(&environment.name, policy, &error.pointer)
    } else {
        config.locate_setting(&environment.name, policy, &error.pointer)
    };
    let help = error
        .help
        .clone()
        .unwrap_or_else(|| format!("`tollgate policy inspect {policy}` shows its settings"));
    config.diagnose(location, title, error.message.clone(), Some(help))
}

/// What is wrong with a setting that names an environment, as its schema says with the format
/// `environment`, and that names none of the configuration's.
fn unknown_environment(
    config: &Config,
    schema: &str,
    settings: &serde_json::Value,
) -> Option<SettingError> {
    let known: Vec<&str> = config.environments().collect();
    if known.is_empty() {
        return None;
    }
    let schema: serde_json::Value = serde_json::from_str(schema).ok()?;
    let (key, named) = schema["properties"]
        .as_object()?
        .iter()
        .find_map(|(key, of)| {
            let named = settings.get(key)?.as_str()?;
            (of["format"] == "environment" && !known.contains(&named)).then_some((key, named))
        })?;
    Some(SettingError {
        pointer: format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        at_key: false,
        message: format!("`{key}` names `{named}`, which is no environment of this configuration"),
        help: Some(format!("name one of: {}", known.join(", "))),
    })
}

/// Where in the settings a policy's message is about: the innermost key or text that it has in backquotes.
fn mentioned(settings: &serde_json::Value, message: &str) -> String {
    fn find(value: &serde_json::Value, message: &str) -> Option<String> {
        let quoted = |text: &str| message.contains(&format!("`{text}`"));
        match value {
            serde_json::Value::Object(map) => map.iter().find_map(|(key, below)| {
                let step = key.replace('~', "~0").replace('/', "~1");
                let found = find(below, message);
                let own = || quoted(key).then(String::new);
                found.or_else(own).map(|rest| format!("/{step}{rest}"))
            }),
            serde_json::Value::Array(items) => items
                .iter()
                .enumerate()
                .find_map(|(nth, below)| find(below, message).map(|rest| format!("/{nth}{rest}"))),
            serde_json::Value::String(text) => quoted(text).then(String::new),
            _ => None,
        }
    }
    find(settings, message).unwrap_or_default()
}

/// Loads one configured policy.
fn load<'c>(config: &Config, configured: &'c ConfiguredPolicy) -> LoadedPolicy<'c> {
    let (digest, module) = load_module(
        config,
        &configured.name,
        &configured.source,
        configured.digest.as_deref(),
    );
    let module = module.and_then(|module| {
        // Fails for a schema that cannot be used, whatever the settings are.
        let schema = &module.metadata.settings_schema;
        let empty = configured
            .settings
            .as_object()
            .is_some_and(serde_json::Map::is_empty);
        let rejected = match configured.source {
            // A test shows that every policy of ours can do without settings.
            Source::BuiltIn if empty => Vec::new(),
            Source::BuiltIn => settings::validate(schema, &configured.settings)?,
            Source::Path(_) => {
                settings::validate_limited(schema, &configured.settings, &module.limits)?
            }
        };
        let documents = module
            .metadata
            .documents
            .iter()
            .filter(|name| !request::OWN_DOCUMENTS.contains(&name.as_str()))
            .map(|name| document(config, configured, name))
            .collect::<Result<_, _>>()?;
        let rules = module.metadata.rules.iter().map(rule).collect();
        Ok(Ready {
            module,
            rules,
            settings: configured.settings.to_string(),
            rejected,
            documents,
        })
    });
    LoadedPolicy {
        configured,
        digest,
        module,
    }
}

/// Loads the module of a policy, and returns its digest as soon as there are bytes to
/// take it of. The digest must be `expected`, where that is said.
pub fn load_module(
    config: &Config,
    name: &str,
    source: &Source,
    expected: Option<&str>,
) -> (Option<String>, Result<PolicyModule, PolicyError>) {
    let matches = |found: &str| match expected {
        Some(expected) if expected != found => Err(PolicyError::Digest {
            expected: expected.to_owned(),
            found: found.to_owned(),
        }),
        _ => Ok(()),
    };
    let limits = config.limits(name);
    let cache = || match config.use_cache() {
        true => Cache::open(),
        false => Cache::off("`--no-cache` turns it off"),
    };
    match source {
        Source::BuiltIn => {
            let builtin = builtin(name).ok_or_else(|| PolicyError::Unreadable {
                path: format!("built-in {name}"),
                cause: io::Error::from(io::ErrorKind::NotFound),
            });
            match builtin.and_then(|builtin| builtin.load(limits, &cache())) {
                Ok(module) => (
                    Some(module.digest.clone()),
                    matches(&module.digest).map(|()| module),
                ),
                Err(error) => (None, Err(error)),
            }
        }
        Source::Path(path) => match read_module(config, path, &limits) {
            Ok(bytes) => {
                let found = digest(&bytes);
                let module =
                    matches(&found).and_then(|()| PolicyModule::load(&bytes, limits, &cache()));
                (Some(found), module)
            }
            Err(error) => (None, Err(error)),
        },
    }
}

/// Reads a module from a file.
fn read_module(config: &Config, path: &Path, limits: &Limits) -> Result<Vec<u8>, PolicyError> {
    config
        .read(path, limits.bytes(Limit::ModuleMib))
        .map_err(|cause| PolicyError::Unreadable {
            path: config.name_of(path),
            cause,
        })
}

fn builtin(name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| builtin.name == name)
}

/// Finds a document that a policy reads: as configured, or as it comes with a built-in.
fn document(
    config: &Config,
    configured: &ConfiguredPolicy,
    name: &str,
) -> Result<(String, Cow<'static, str>), PolicyError> {
    let Some(path) = configured.documents.get(name) else {
        let documents = builtin(&configured.name)
            .map(Builtin::documents)
            .unwrap_or_default();
        let own = documents.iter().find(|(document, _)| *document == name);
        return match own {
            Some((_, content)) => Ok((name.to_owned(), Cow::Borrowed(*content))),
            None => Err(PolicyError::NoDocument {
                name: name.to_owned(),
            }),
        };
    };
    let unusable = |reason: String| PolicyError::Document {
        name: name.to_owned(),
        path: config.name_of(path),
        reason,
    };
    let bytes = config
        .read(path, MAX_DOCUMENT_BYTES)
        .map_err(|error| unusable(error.to_string()))?;
    if bytes.len() as u64 > MAX_DOCUMENT_BYTES {
        let most = MAX_DOCUMENT_BYTES >> 20;
        return Err(unusable(format!("it is larger than {most} MiB")));
    }
    let text = String::from_utf8(bytes).map_err(|_| unusable("it is not UTF-8".to_owned()))?;
    serde_json::from_str::<serde::de::IgnoredAny>(&text)
        .map_err(|error| unusable(format!("it is not JSON: {error}")))?;
    Ok((name.to_owned(), Cow::Owned(text)))
}

pub(crate) fn rule(rule: &wit::Rule) -> Rule {
    Rule {
        id: rule.id.clone(),
        title: rule.title.clone(),
        severity: severity(rule.severity),
        remediation: rule.remediation.clone(),
        description: rule.description.clone(),
        links: rule.links.clone(),
    }
}

/// The report's word for a severity of the contract.
#[must_use]
pub fn severity(severity: wit::Severity) -> Severity {
    match severity {
        wit::Severity::Info => Severity::Info,
        wit::Severity::Low => Severity::Low,
        wit::Severity::Medium => Severity::Medium,
        wit::Severity::High => Severity::High,
        wit::Severity::Critical => Severity::Critical,
    }
}

/// Where a plan comes from.
#[derive(Clone, Debug)]
pub enum PlanSource {
    /// Standard input.
    Stdin,
    /// A file, and the program that turns a binary plan into JSON, if one may be run.
    File {
        /// As it was named.
        path: PathBuf,
        /// `tofu` or `terraform`.
        show_with: Option<PathBuf>,
        /// The stack that it is of.
        stack: Stack,
    },
    /// JSON that was never in a file.
    Memory {
        /// What reports call it.
        name: String,
        /// The stack that it is of.
        stack: Stack,
        /// It may hold secrets.
        bytes: Arc<Zeroizing<Vec<u8>>>,
    },
}

impl PlanSource {
    fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File { path, .. } => path.display().to_string(),
            Self::Memory { name, .. } => name.clone(),
        }
    }

    fn stack(&self) -> Stack {
        match self {
            Self::Stdin => stack::here(),
            Self::File { stack, .. } | Self::Memory { stack, .. } => stack.clone(),
        }
    }

    /// The file that the plan was saved in, if it is known.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdin | Self::Memory { .. } => None,
            Self::File { path, .. } => Some(path),
        }
    }

    /// Reads the plan once; from here on the file can change without effect.
    fn read(&self) -> Result<Vec<u8>, Problem> {
        let unreadable = |message: String, help: &str| Problem {
            code: "plan-unreadable".to_owned(),
            message,
            help: Some(help.to_owned()),
        };
        match self {
            Self::Memory { bytes, .. } => Ok(bytes.to_vec()),
            Self::Stdin => bounded(io::stdin().lock()).map_err(|error| {
                unreadable(
                    format!("cannot read the plan from standard input: {error}"),
                    "pipe `tofu show -json PLAN` into it",
                )
            }),
            Self::File {
                path, show_with, ..
            } => {
                let read = |path: &Path| {
                    let metadata = fs::metadata(path)?;
                    match metadata.is_file() && metadata.len() <= MAX_PLAN_BYTES {
                        true => fs::read(path),
                        // Pipes of a shell and devices have no length, and need have no end.
                        false => bounded(fs::File::open(path)?),
                    }
                };
                let bytes = read(path).map_err(|error| {
                    let help = match error.kind() {
                        io::ErrorKind::NotFound => "make it: tofu plan -out=plan.bin && tofu show -json plan.bin > plan.json",
                        io::ErrorKind::IsADirectory => "no file below it ends in `.json`; name the plan, or put plans there: tofu show -json plan.bin > DIR/NAME.json",
                        _ => "check the path and its permissions",
                    };
                    unreadable(format!("cannot read the plan {}: {error}", path.display()), help)
                })?;
                match show_with {
                    Some(program) if plan::is_saved(&bytes) => show(program, path),
                    _ => Ok(bytes),
                }
            }
        }
    }
}

/// Reads what may have no end.
fn bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_PLAN_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_PLAN_BYTES {
        return Err(io::Error::other(format!(
            "it is larger than {} GiB",
            MAX_PLAN_BYTES >> 30
        )));
    }
    Ok(bytes)
}

/// Runs `PROGRAM show -json PLAN`. Its standard error goes where ours goes.
fn show(program: &Path, plan: &Path) -> Result<Vec<u8>, Problem> {
    let command = format!("{} show -json {}", program.display(), plan.display());
    let failed = |message: String, help: &str| Problem {
        code: "plan-show-failed".to_owned(),
        message,
        help: Some(help.to_owned()),
    };
    let output = Command::new(program)
        .arg("show")
        .arg("-json")
        .arg("-no-color")
        .arg(plan)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| {
            failed(
                format!("cannot run `{command}`: {error}"),
                "name an installed tofu or terraform with --show-with",
            )
        })?;
    if !output.status.success() {
        return Err(failed(
            format!("`{command}` failed: {}", output.status),
            "run it in the directory where the plan was made, after `init`",
        ));
    }
    Ok(output.stdout)
}

/// What every resource that moves was called until now, by its address.
fn moved(plan: &Plan<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let deferred = plan.deferred.iter().map(|deferred| &deferred.change);
    let mut moved: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for change in plan.changes.iter().chain(&plan.drift).chain(deferred) {
        if let Some(previous) = &change.previous_address {
            let names = moved.entry(change.address.to_string()).or_default();
            names.insert(previous.to_string());
        }
    }
    moved
}

/// What the report says of a plan.
fn facts(plan: &Plan<'_>) -> PlanFacts {
    let mut actions = ActionCounts::default();
    let mut facts = PlanFacts {
        terraform_version: plan.terraform_version.as_deref().map(str::to_owned),
        complete: plan.complete,
        left_out: left_out(plan),
        deferred: plan
            .deferred
            .iter()
            .map(|deferred| Labelled {
                name: deferred.change.address.to_string(),
                note: deferred.reason.to_string(),
            })
            .collect(),
        checks: plan
            .checks
            .iter()
            .filter(|check| check.status != CheckStatus::Pass)
            .map(|check| Labelled {
                name: check.address.to_string(),
                note: check.status.as_str().to_owned(),
            })
            .collect(),
        action_invocations: plan
            .action_invocations
            .iter()
            .map(|invocation| invocation.address.to_string())
            .collect(),
        ..PlanFacts::default()
    };
    for change in &plan.drift {
        let address = change.address.to_string();
        match (change.action, change.differences()) {
            (Action::NoOp, _) => {}
            (Action::Delete | Action::Forget, _) => facts.gone.push(named(change)),
            (_, Some(attributes)) if attributes.is_empty() => {}
            (_, attributes) => {
                facts.drift.push(address.clone());
                if let Some(attributes) = attributes {
                    facts.drift_attributes.insert(address, attributes);
                }
            }
        }
    }
    for change in &plan.changes {
        match change.action {
            Action::Delete => facts.destroyed.push(named(change)),
            Action::Replace => facts.replaced.push(named(change)),
            Action::Forget => facts.forgotten.push(named(change)),
            Action::NoOp | Action::Create | Action::Read | Action::Update => {}
        }
        let count = match change.action {
            Action::NoOp => &mut actions.no_op,
            Action::Create => &mut actions.create,
            Action::Read => &mut actions.read,
            Action::Update => &mut actions.update,
            Action::Delete => &mut actions.delete,
            Action::Replace => &mut actions.replace,
            Action::Forget => &mut actions.forget,
        };
        *count += 1;
        facts.moved += usize::from(change.previous_address.is_some());
        facts.imported += usize::from(change.importing);
        facts.deposed += usize::from(change.deposed.is_some());
    }
    facts.actions = actions;
    if plan.complete == Some(false) && plan.deferred.is_empty() {
        facts.incomplete.push("the plan says that it does not cover the whole configuration, as one made with -target does not".to_owned());
    }
    if plan.complete != Some(false) && !plan.left_alone.is_empty() {
        const SHOWN: usize = 3;
        let shown: Vec<&str> = plan
            .left_alone
            .iter()
            .take(SHOWN)
            .map(AsRef::as_ref)
            .collect();
        let more = match plan.left_alone.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        facts.incomplete.push(format!(
            "the plan does not speak of everything that the state has, as one made with -target does not: {}{more}",
            shown.join(", ")
        ));
    }
    if !plan.deferred.is_empty() {
        facts.incomplete.push(match plan.deferred.len() {
            1 => "1 change is put off to a later plan".to_owned(),
            number => format!("{number} changes are put off to a later plan"),
        });
    }
    facts
}

/// The address of an object, with its deposed key.
fn named(change: &ResourceChange<'_>) -> String {
    match &change.deposed {
        Some(key) => format!("{} (deposed {key})", change.address),
        None => change.address.to_string(),
    }
}

/// Whether a version of OpenTofu or Terraform writes into every plan whether planning failed.
fn writes_errored(version: &str) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (1, 7),
        _ => false,
    }
}

/// What the plan leaves out, and what that leaves unused.
fn left_out(plan: &Plan<'_>) -> Vec<String> {
    let mut left_out = Vec::new();
    if plan.changes.is_empty() {
        return left_out;
    }
    if !plan.has_configuration() {
        left_out.push(
            "no `configuration`: what resources refer to and the regions of their providers are not known, and findings have no place in a file"
                .to_owned(),
        );
    }
    if !plan.says_errored
        && plan
            .terraform_version
            .as_deref()
            .is_some_and(writes_errored)
    {
        left_out.push(
            "no `errored`: whether planning failed, and the list of changes is only a part, is not known"
                .to_owned(),
        );
    }
    let number = |lacks: fn(&ResourceChange<'_>) -> bool| {
        let lacking = plan.changes.iter().filter(|change| lacks(change)).count();
        (lacking > 0).then(|| match lacking {
            1 => "1 change".to_owned(),
            more => format!("{more} changes"),
        })
    };
    let acts_on_objects = |change: &&ResourceChange<'_>| {
        change.mode == plan::Mode::Managed
            && change.deposed.is_none()
            && matches!(
                change.action,
                Action::NoOp | Action::Update | Action::Delete | Action::Replace | Action::Forget
            )
    };
    if !plan.has_prior_state && plan.changes.iter().any(|change| acts_on_objects(&change)) {
        left_out.push(
            "nothing in `prior_state`: that something is missing from the list of changes would not be noticed"
                .to_owned(),
        );
    }
    if let Some(number) = number(|change| change.provider.is_empty()) {
        left_out.push(format!(
            "no `provider_name` in {number}: which provider makes them is known from the configuration only"
        ));
    }
    if let Some(number) = number(|change| !change.has_marks()) {
        left_out.push(format!(
            "no marks of what is sensitive in {number}: no policy sees what is named like a secret there"
        ));
    }
    left_out
}
