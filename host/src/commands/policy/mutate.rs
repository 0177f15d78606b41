//! `tollgate policy mutate`: what of a plan could turn bad without a finding.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path as FilePath;

use tollgate_plan::{Action, Path, Plan, PlanError, PlanText};

use super::super::{CommandError, configuration, options, print};
use super::{fixture, subject};
use crate::authoring::mutate::{Judge, MutateError, mutate};
use crate::authoring::run::Subject;
use crate::cli::{MutateArgs, MutateFormat};
use crate::exit;
use crate::gate::Gate;
use crate::judge::Evaluation;
use crate::report::output::OutputError;
use crate::report::{Problem, json};
use crate::sandbox::PolicyError;
use crate::sandbox::engine::Ticker;
use crate::sandbox::request::{self, Context};
use crate::view::mutated;

pub(in crate::commands) fn run(args: &MutateArgs) -> Result<u8, CommandError> {
    let bytes = fixture::plan(&args.plan)?;
    let _ticker = Ticker::start();
    let config = configuration(&args.config)?;
    let module = args
        .policy
        .as_deref()
        .filter(|policy| config.policy_source(policy).is_none() && FilePath::new(policy).exists());
    let mutation = match module {
        Some(module) => {
            let one = One(subject(module, &args.config)?);
            one.check(&bytes)?;
            mutate(&bytes, &one, args.most)?
        }
        None => {
            let environment = config.environment(args.environment.as_deref())?;
            let gate = Gate::open(&config, &environment)?;
            let names: Vec<&str> = gate
                .policies()
                .iter()
                .map(|policy| policy.configured.name.as_str())
                .collect();
            if let Some(policy) = args.policy.as_deref()
                && !names.contains(&policy)
            {
                return Err(CommandError::usage(
                    format!("`{policy}` is neither a file nor a policy of this environment"),
                    format!("policies: {}", names.join(", ")),
                ));
            }
            let all = All {
                gate: &gate,
                only: args.policy.as_deref(),
            };
            all.check(&bytes)?;
            mutate(&bytes, &all, args.most)?
        }
    };
    match args.format {
        MutateFormat::Human => print(&mutated::human(&mutation, args.at_least, options()))?,
        MutateFormat::Json => print(&json::render(&mutation).map_err(OutputError::Json)?)?,
    };
    let fails = args
        .at_least
        .is_some_and(|floor| mutation.percent() < usize::from(floor));
    Ok(if fails { exit::REFUSED } else { exit::PASSED })
}

/// What is found, as texts.
fn texts(policy: &str, result: &Result<Evaluation, Problem>) -> Vec<String> {
    match result {
        Err(problem) => vec![format!("{policy}: {}", problem.code)],
        Ok(evaluation) => evaluation
            .findings
            .iter()
            .map(|finding| {
                format!(
                    "{policy}/{} {:?} {:?} {:?} {:?} {:?}: {}",
                    finding.rule,
                    finding.outcome,
                    finding.cause,
                    finding.address,
                    finding.deposed,
                    finding.attributes,
                    finding.message
                )
            })
            .collect(),
    }
}

/// The policies of an environment, or one of them.
struct All<'g> {
    gate: &'g Gate<'g>,
    only: Option<&'g str>,
}

impl All<'_> {
    /// A policy that cannot judge the plan itself would notice nothing.
    fn check(&self, bytes: &[u8]) -> Result<(), MutateError> {
        let text = PlanText::from_bytes(bytes.to_vec())?;
        for outcome in self.gate.answers(&text.read()?, self.only)? {
            if let Err(problem) = outcome.result {
                return Err(MutateError::Policy {
                    policy: outcome.name,
                    problem,
                });
            }
        }
        Ok(())
    }
}

impl Judge for All<'_> {
    fn found(&self, plan: &Plan<'_>) -> Result<BTreeSet<String>, PlanError> {
        let outcomes = self.gate.answers(plan, self.only)?;
        let texts = outcomes
            .iter()
            .flat_map(|outcome| texts(&outcome.name, &outcome.result));
        Ok(texts.collect())
    }

    /// What no policy of the environment knows is worth to be told; to one policy it is nothing.
    fn minds(&self, kind: &str, action: Action) -> bool {
        let Some(only) = self.only else { return true };
        let policies = self.gate.policies().iter();
        policies
            .filter(|policy| policy.configured.name == only)
            .filter_map(|policy| policy.module.as_ref().ok())
            .any(|ready| ready.module.sees(kind, action))
    }

    fn reads(&self, kind: &str, action: Action) -> Vec<Path> {
        let policies = self.gate.policies().iter();
        policies
            .filter(|policy| self.only.is_none_or(|only| only == policy.configured.name))
            .filter_map(|policy| policy.module.as_ref().ok())
            .flat_map(|ready| {
                ready
                    .module
                    .reads(kind, action)
                    .cloned()
                    .collect::<Vec<_>>()
            })
            .collect()
    }
}

/// A module, as it is without settings.
struct One(Subject);

impl One {
    fn answer(&self, plan: &Plan<'_>) -> Result<Evaluation, PolicyError> {
        let documents: Vec<(String, Cow<'static, str>)> = self
            .0
            .builtin
            .iter()
            .flat_map(|builtin| builtin.documents())
            .map(|(name, content)| ((*name).to_owned(), Cow::Borrowed(*content)))
            .collect();
        let context = Context {
            environment: "production",
            protected: true,
            settings: "{}",
            documents: &documents,
            observer: None,
        };
        request::evaluate(&self.0.module, plan, context).map(|answer| answer.evaluation)
    }

    fn check(&self, bytes: &[u8]) -> Result<(), MutateError> {
        let text = PlanText::from_bytes(bytes.to_vec())?;
        match self.answer(&text.read()?) {
            Ok(_) => Ok(()),
            Err(PolicyError::Plan(error)) => Err(error.into()),
            Err(error) => Err(MutateError::Policy {
                policy: self.0.module.metadata.name.clone(),
                problem: error.problem(),
            }),
        }
    }
}

impl Judge for One {
    fn found(&self, plan: &Plan<'_>) -> Result<BTreeSet<String>, PlanError> {
        let answer = match self.answer(plan) {
            Err(PolicyError::Plan(error)) => return Err(error),
            Err(error) => Err(error.problem()),
            Ok(evaluation) => Ok(evaluation),
        };
        Ok(texts(&self.0.module.metadata.name, &answer)
            .into_iter()
            .collect())
    }

    fn minds(&self, kind: &str, action: Action) -> bool {
        self.0.module.sees(kind, action)
    }

    fn reads(&self, kind: &str, action: Action) -> Vec<Path> {
        self.0.module.reads(kind, action).cloned().collect()
    }
}
