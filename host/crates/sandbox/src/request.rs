//! What one policy sees of one plan.

mod answer;
mod budget;
mod document;
mod lower;
mod order;
mod selection;

use std::borrow::Cow;

use rayon::prelude::*;

use self::budget::Budget;
pub use self::document::OWN_DOCUMENTS;
use self::document::{Document, own_documents};
use self::lower::{lower_check, lower_invocation, lower_output};
use self::order::arranged;
use self::selection::{Interested, Selected, Selection, Shown, Wanting, outputs};
use super::command;
use super::contract::wit;
use super::error::PolicyError;
use super::interest::Interests;
use super::limits::Limits;
use super::module::{PolicyModule, Usage};
use tollgate_model::finding::{Evaluation, Finding};
use tollgate_plan::{ActionInvocation, Check, CheckStatus, Plan, PlanText};

/// How many changes a policy that can be handed a plan in pieces gets at once.
const PIECE: usize = 4_096;

/// What a request carries besides the plan.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The environment's name.
    pub environment: &'a str,
    /// Whether the environment is protected.
    pub protected: bool,
    /// Valid against the policy's schema.
    pub settings: &'a str,
    /// Name and content of every document that the policy reads.
    pub documents: &'a [(String, Cow<'static, str>)],
    /// Where the calls are recorded, if they are.
    pub observer: Option<&'a dyn Observer>,
}

/// Who is told of every call, such as a recording.
pub trait Observer: Sync + std::fmt::Debug {
    /// One call, and what was answered. Pieces of one plan are counted from 0 and come in any order.
    fn call(
        &self,
        piece: usize,
        limits: &Limits,
        request: &wit::Request<'_>,
        answered: &Result<wit::Evaluation, PolicyError>,
    );

    /// What that call took, told before it is.
    fn used(&self, _piece: usize, _usage: Usage) {}
}

/// What came of one policy on one plan.
#[derive(Debug)]
pub struct Answer {
    /// How many resource changes the policy got.
    pub changes_seen: usize,
    /// What it says of them.
    pub evaluation: Evaluation,
}

/// Judges a plan with a policy; if the policy allows it and the plan is large, in pieces on all
/// cores, whose findings are put together in the order of the plan. Only what a piece needs is read
/// for it, so that a plan is never held once more for each of its policies.
///
/// # Errors
/// When the policy cannot be run, or answers what the contract rules out.
pub fn evaluate(
    module: &PolicyModule,
    plan: &Plan<'_>,
    context: Context<'_>,
) -> Result<Answer, PolicyError> {
    evaluate_in_pieces(module, plan, context, PIECE)
}

/// As [`evaluate`], but with pieces of at most so many changes, besides those that have to be together.
/// What a policy finds must not depend on it.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_in_pieces(
    module: &PolicyModule,
    plan: &Plan<'_>,
    context: Context<'_>,
    size: usize,
) -> Result<Answer, PolicyError> {
    let size = size.max(1);
    let budget = Budget::of(module, plan.changes.len());
    let mut interested = Interested::new(&module.interests, &budget);
    let changes = interested.of(&plan.changes)?;
    let changes_seen = changes.len();
    let drift = match module.metadata.drift {
        true => interested.of(&plan.drift)?,
        false => Vec::new(),
    };
    let mut deferred = Vec::new();
    let mut deferred_reasons = Vec::new();
    for planned in &plan.deferred {
        if let Some(wanting) = interested.in_one(&planned.change)? {
            deferred.push(wanting);
            deferred_reasons.push(planned.reason.as_ref());
        }
    }
    let own = own_documents(module, plan, context.settings, &budget)?;
    // A recording has every call, also one that nothing comes of.
    let nothing = changes.is_empty()
        && drift.is_empty()
        && deferred.is_empty()
        && own.iter().all(|document| document.is_empty);
    if nothing && context.observer.is_none() && module.needs_changes() {
        return Ok(Answer {
            changes_seen,
            evaluation: Evaluation::default(),
        });
    }
    // What is no change of the plan's own goes with the first piece, so that nothing is seen twice.
    let first = |changes| Piece {
        changes,
        whole: true,
        own: &own,
        drift: &drift,
        deferred: &deferred,
        deferred_reasons: &deferred_reasons,
    };
    let mut all = Answered::default();
    if !module.metadata.chunkable || changes.len() <= size {
        all = first(&changes).evaluate(module, plan, context, 0)?;
    } else {
        let arranged = arranged(module, &changes, size);
        let (front, rest) = arranged.changes.split_at(arranged.first);
        let rest = rest.chunks(size).map(|changes| Piece {
            changes,
            whole: false,
            own: &[],
            drift: &[],
            deferred: &[],
            deferred_reasons: &[],
        });
        let pieces: Vec<Piece<'_, '_, '_>> = std::iter::once(first(front)).chain(rest).collect();
        let answers: Vec<_> = pieces
            .into_par_iter()
            .enumerate()
            .map(|(number, piece)| piece.evaluate(module, plan, context, number))
            .collect();
        for answer in answers {
            let answer = answer?;
            all.findings.extend(answer.findings);
            all.documents.extend(answer.documents);
        }
    }
    Ok(Answer {
        changes_seen,
        evaluation: Evaluation {
            findings: all.findings,
            documents: answer::documents(&budget.limits, all.documents)?,
        },
    })
}

/// Has a policy look at its settings and documents without a plan to judge: what it has against them it
/// has against every plan.
///
/// # Errors
/// When the policy cannot be run, or refuses to judge.
pub fn accepts(module: &PolicyModule, context: Context<'_>) -> Result<(), PolicyError> {
    /// A plan that changes nothing.
    const NOTHING: &str = r#"{"format_version":"1.2","terraform_version":"1.0.0","complete":true,"applyable":false,"resource_changes":[]}"#;
    let text = PlanText::from_bytes(NOTHING.into()).map_err(PolicyError::Plan)?;
    let plan = text.read().map_err(PolicyError::Plan)?;
    let budget = Budget::of(module, 0);
    let own = own_documents(module, &plan, context.settings, &budget)?;
    let piece = Piece {
        changes: &[],
        whole: true,
        own: &own,
        drift: &[],
        deferred: &[],
        deferred_reasons: &[],
    };
    piece.evaluate(module, &plan, context, 0).map(drop)
}

/// What one call is handed.
struct Piece<'w, 'p, 'a> {
    changes: &'w [Wanting<'p, 'a>],
    /// Whether what the plan says as a whole goes with it.
    whole: bool,
    /// Those of [`OWN_DOCUMENTS`] that the policy reads.
    own: &'w [Document],
    drift: &'w [Wanting<'p, 'a>],
    deferred: &'w [Wanting<'p, 'a>],
    /// One for each that is deferred.
    deferred_reasons: &'w [&'p str],
}

/// What one call answered, held against the contract.
#[derive(Default)]
struct Answered {
    findings: Vec<Finding>,
    documents: Vec<wit::ResultDocument>,
}

impl<'p, 'a> Piece<'_, 'p, 'a> {
    fn evaluate(
        &self,
        module: &PolicyModule,
        plan: &'p Plan<'a>,
        context: Context<'_>,
        number: usize,
    ) -> Result<Answered, PolicyError> {
        let changes_end = self.changes.len();
        let drift_end = changes_end + self.drift.len();
        let all = self.changes.iter().chain(self.drift).chain(self.deferred);
        let budget = Budget::of(module, drift_end + self.deferred.len());
        let shown = Selection::new(plan, &budget).of(all)?;

        // The bindings borrow, so every list needs a home.
        let lists = shown.lists.iter().map(|list| list.iter());
        let lists: Vec<Vec<&str>> = lists
            .map(|list| list.map(String::as_str).collect())
            .collect();
        let attributes: Vec<wit::Attribute<'_>> = shown.lower_attributes(&lists);
        let mut changes: Vec<wit::Change<'_>> = shown.lower(&attributes, &lists);
        let deferred: Vec<_> = changes
            .split_off(drift_end)
            .into_iter()
            .zip(self.deferred_reasons)
            .map(|(change, reason)| wit::DeferredChange { reason, change })
            .collect();
        let drift = changes.split_off(changes_end);

        let outputs = match self.whole && module.metadata.outputs {
            true => outputs(plan, &budget)?,
            false => Vec::new(),
        };
        let outputs: Vec<_> = outputs.iter().map(lower_output).collect();
        let checks = self.checks(plan);
        let problems: Vec<Vec<&str>> = checks
            .iter()
            .map(|check| check.problems.iter().map(AsRef::as_ref).collect())
            .collect();
        let checks: Vec<_> = checks
            .iter()
            .zip(&problems)
            .filter(|(check, _)| check.status != CheckStatus::Pass)
            .map(|(check, problems)| lower_check(check, problems))
            .collect();
        let action_invocations: Vec<_> = self
            .action_invocations(plan)
            .iter()
            .map(lower_invocation)
            .collect();
        let documents: Vec<_> = context
            .documents
            .iter()
            .map(|(name, content)| wit::Document { name, content })
            .chain(self.own.iter().map(|document| wit::Document {
                name: document.name,
                content: &document.json,
            }))
            .collect();

        let request = wit::Request {
            environment: wit::Environment {
                name: context.environment,
                protected: context.protected,
            },
            settings: context.settings,
            plan: wit::PlanFacts {
                terraform_version: plan.terraform_version.as_deref(),
                complete: plan.complete,
                applyable: plan.applyable,
                total_changes: u32::try_from(plan.changes.len()).unwrap_or(u32::MAX),
                checks: &checks,
                deferred: &deferred,
                action_invocations: &action_invocations,
                drift: &drift,
            },
            changes: &changes,
            outputs: &outputs,
            documents: &documents,
            // This version of the contract has none.
            extensions: &[],
        };
        let mut answered = ask(module, &request, context.observer, number)?;
        let documents = std::mem::take(&mut answered.documents);
        let metadata = &module.metadata;
        let environment = context.environment;
        Ok(Answered {
            findings: answer::findings(metadata, &budget, &shown, answered, environment)?,
            documents,
        })
    }

    fn checks(&self, plan: &'p Plan<'a>) -> &'p [Check] {
        match self.whole {
            true => &plan.checks,
            false => &[],
        }
    }

    fn action_invocations(&self, plan: &'p Plan<'a>) -> &'p [ActionInvocation<'a>] {
        match self.whole {
            true => &plan.action_invocations,
            false => &[],
        }
    }
}

/// Makes the call, and tells who observes it.
fn ask(
    module: &PolicyModule,
    request: &wit::Request<'_>,
    observer: Option<&dyn Observer>,
    number: usize,
) -> Result<wit::Evaluation, PolicyError> {
    let mut usage = Usage::default();
    let answered = module.evaluate_measured(request, &mut usage);
    if let Some(observer) = observer {
        observer.used(number, usage);
        observer.call(number, &module.limits, request, &answered);
    }
    answered
}

/// What the answers of a WASI command come to, as it wrote them to standard output: the one to
/// `describe`, and the one to `evaluate` on this plan.
///
/// A gate never calls this. It is how answers that no program was written for are held against the
/// contract (fuzzing, tests).
///
/// # Errors
/// When either is no answer of the contract.
pub fn written_answers(
    describe: &[u8],
    evaluate: &[u8],
    plan: &Plan<'_>,
) -> Result<Evaluation, PolicyError> {
    let metadata = command::metadata(describe)?;
    let interests = Interests::of(&metadata)?;
    let budget = Budget::new(Limits::default(), plan.changes.len());
    let changes = Interested::new(&interests, &budget).of(&plan.changes)?;
    let shown = Selection::new(plan, &budget).of(changes.iter())?;
    let mut evaluation = command::evaluation(evaluate)?.map_err(PolicyError::Refused)?;
    let documents = std::mem::take(&mut evaluation.documents);
    Ok(Evaluation {
        findings: answer::findings(&metadata, &budget, &shown, evaluation, "production")?,
        documents: answer::documents(&budget.limits, documents)?,
    })
}
