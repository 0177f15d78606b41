//! The gate: policies loaded once, plans judged with them in parallel.
//!
//! Nothing here decides: a policy or a plan that cannot be used becomes a
//! [`Problem`] in its place, and [`judge`](crate::judge) says what that means.

mod facts;
mod load;
mod settings;
mod source;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use rayon::prelude::*;
use tollgate_model::error::UserError;

use self::facts::{facts, moved};
use self::load::load;
pub(crate) use self::load::rule;
pub use self::load::{MAX_DOCUMENT_BYTES, load_module, severity};
use self::settings::{mentioned, rejected_setting, unknown_environment};
pub use self::source::PlanSource;
use crate::config::{Config, ConfigError};
use crate::coverage::{self, Detail};
use crate::environment::{ConfiguredPolicy, Environment, Source};
use crate::hcl::Lookup;
use crate::judge::{PlanOutcome, PlanRun, PolicyOutcome, Rules};
use crate::plan::{Plan, PlanError, PlanText, Step};
use crate::record::{CallRecorder, Recorder};
use crate::report::{Input, PlanFacts, Problem};
use crate::sandbox::engine::Ticker;
use crate::sandbox::request::{self, Context, Observer};
use crate::sandbox::settings::SettingError;
use crate::sandbox::{PolicyError, PolicyModule};

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
