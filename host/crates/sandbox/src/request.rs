//! What one policy sees of one plan.

mod answer;

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::command;
use super::contract::wit;
use super::error::PolicyError;
use super::interest::{Interest, Interests};
use super::limits::Limits;
use super::module::PolicyModule;
use tollgate_model::finding::Evaluation;
use tollgate_plan::{
    Action, CheckStatus, InstanceKey, Mode, Plan, Replacement, ResourceChange, Value,
};

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
    pub documents: &'a [(String, String)],
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
}

/// What came of one policy on one plan.
#[derive(Debug)]
pub struct Answer {
    /// How many resource changes the policy got.
    pub changes_seen: usize,
    /// What it says of them.
    pub evaluation: Evaluation,
}

/// Judges a plan with a policy.
///
/// # Errors
/// When the policy cannot be run, or answers what the contract rules out.
pub fn evaluate(
    module: &PolicyModule,
    plan: &Plan<'_>,
    context: Context<'_>,
) -> Result<Answer, PolicyError> {
    let mut selected = select(&module.interests, plan, &plan.changes)?;
    let changes_seen = selected.len();
    if module.metadata.drift {
        selected.extend(select(&module.interests, plan, &plan.drift)?);
    }
    let drift_end = selected.len();
    let mut deferred_reasons = Vec::new();
    for deferred in &plan.deferred {
        let before = selected.len();
        selected.extend(select(
            &module.interests,
            plan,
            std::slice::from_ref(&deferred.change),
        )?);
        deferred_reasons.extend((before..selected.len()).map(|_| deferred.reason.as_ref()));
    }

    // The bindings borrow, so every level of nested lists needs a home.
    let replace_paths: Vec<Vec<&str>> = selected
        .iter()
        .map(|selected| selected.replace_paths.iter().map(String::as_str).collect())
        .collect();
    let references: Vec<Vec<Vec<&str>>> = selected
        .iter()
        .map(|selected| {
            selected
                .attributes
                .iter()
                .map(Attribute::references)
                .collect()
        })
        .collect();
    let attributes: Vec<Vec<wit::Attribute<'_>>> = selected
        .iter()
        .zip(&references)
        .map(|(selected, references)| {
            selected
                .attributes
                .iter()
                .zip(references)
                .map(|(attribute, references)| attribute.lower(references))
                .collect()
        })
        .collect();
    let mut changes: Vec<wit::Change<'_>> = selected
        .iter()
        .zip(&attributes)
        .zip(&replace_paths)
        .map(|((selected, attributes), replace_paths)| selected.lower(attributes, replace_paths))
        .collect();
    let deferred: Vec<_> = changes
        .split_off(drift_end)
        .into_iter()
        .zip(deferred_reasons)
        .map(|(change, reason)| wit::DeferredChange { reason, change })
        .collect();
    let drift = changes.split_off(changes_seen);

    let outputs = if module.metadata.outputs {
        outputs(plan)?
    } else {
        Vec::new()
    };
    let outputs: Vec<_> = outputs
        .iter()
        .map(|(name, action, before, after)| wit::OutputChange {
            name,
            action: lower_action(*action),
            before: lower_value(before),
            after: lower_value(after),
        })
        .collect();
    let problems: Vec<Vec<&str>> = plan
        .checks
        .iter()
        .map(|check| check.problems.iter().map(AsRef::as_ref).collect())
        .collect();
    let checks: Vec<_> = plan
        .checks
        .iter()
        .zip(&problems)
        .filter(|(check, _)| check.status != CheckStatus::Pass)
        .map(|(check, problems)| wit::Check {
            address: check.address.as_ref(),
            status: match check.status {
                CheckStatus::Pass => wit::CheckStatus::Pass,
                CheckStatus::Fail => wit::CheckStatus::Fail,
                CheckStatus::Error => wit::CheckStatus::Error,
                CheckStatus::Unknown => wit::CheckStatus::Unknown,
            },
            problems,
        })
        .collect();
    let action_invocations: Vec<_> = plan
        .action_invocations
        .iter()
        .map(|invocation| wit::ActionInvocation {
            address: invocation.address.as_ref(),
            kind: invocation.kind.as_ref(),
            provider: invocation.provider.as_ref(),
            triggered_by: invocation.triggered_by.as_deref(),
            event: invocation.event.as_deref(),
        })
        .collect();
    let documents: Vec<_> = context
        .documents
        .iter()
        .map(|(name, content)| wit::DocumentParam { name, content })
        .collect();

    let whole = wit::Request {
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
    };
    let evaluation = in_pieces(module, &whole, context.observer)?;
    Ok(Answer {
        changes_seen,
        evaluation: answer::check(
            &module.metadata,
            &module.limits,
            &selected,
            evaluation,
            context.environment,
        )?,
    })
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
    let selected = select(&interests, plan, &plan.changes)?;
    let evaluation = command::evaluation(evaluate)?.map_err(PolicyError::Refused)?;
    answer::check(
        &metadata,
        &Limits::default(),
        &selected,
        evaluation,
        "production",
    )
}

/// Evaluates a request; if the policy allows it and the plan is large, in pieces on all
/// cores, whose answers are put together in the order of the plan.
///
/// What is no change of the plan's own goes with the first piece, so that nothing is seen
/// twice.
fn in_pieces(
    module: &PolicyModule,
    whole: &wit::Request<'_>,
    observer: Option<&dyn Observer>,
) -> Result<wit::Evaluation, PolicyError> {
    let evaluate = |number: usize, request: &wit::Request<'_>| {
        let answered = module.evaluate(request);
        if let Some(observer) = observer {
            observer.call(number, &module.limits, request, &answered);
        }
        answered
    };
    if !module.metadata.chunkable || whole.changes.len() <= PIECE {
        return evaluate(0, whole);
    }
    let answers: Vec<_> = whole
        .changes
        .par_chunks(PIECE)
        .enumerate()
        .map(|(number, changes)| {
            let mut request = wit::Request {
                changes,
                ..whole.clone()
            };
            if number > 0 {
                request.plan.checks = &[];
                request.plan.deferred = &[];
                request.plan.action_invocations = &[];
                request.plan.drift = &[];
                request.outputs = &[];
            }
            evaluate(number, &request)
        })
        .collect();
    let mut all = wit::Evaluation {
        findings: Vec::new(),
        documents: Vec::new(),
    };
    for answer in answers {
        let answer = answer?;
        all.findings.extend(answer.findings);
        all.documents.extend(answer.documents);
    }
    Ok(all)
}

/// A change that the policy sees, with what it sees of it.
struct Selected<'p, 'a> {
    change: &'p ResourceChange<'a>,
    region: Option<Cow<'a, str>>,
    replace_paths: Vec<String>,
    attributes: Vec<Attribute<'p, 'a>>,
}

struct Attribute<'p, 'a> {
    path: &'p str,
    before: Value<'a>,
    after: Value<'a>,
    references: Vec<String>,
}

fn select<'p, 'a>(
    interests: &'p Interests,
    plan: &Plan<'a>,
    changes: &'p [ResourceChange<'a>],
) -> Result<Vec<Selected<'p, 'a>>, PolicyError> {
    // Most plans hold few types many times over, and most policies want few of them.
    let mut known: BTreeMap<(&str, Action), Vec<&'p Interest>> = BTreeMap::new();
    let mut selected = Vec::new();
    for change in changes {
        let selecting = known
            .entry((change.kind.as_ref(), change.action))
            .or_insert_with_key(|(kind, action)| interests.selecting(kind, *action).collect());
        if selecting.is_empty() {
            continue;
        }
        selected.push(Selected {
            change,
            region: plan.region(change),
            replace_paths: change
                .replace_paths
                .iter()
                .map(ToString::to_string)
                .collect(),
            attributes: project(plan, change, selecting)?,
        });
    }
    Ok(selected)
}

fn project<'p, 'a>(
    plan: &Plan<'a>,
    change: &ResourceChange<'a>,
    interests: &[&'p Interest],
) -> Result<Vec<Attribute<'p, 'a>>, PolicyError> {
    let mut attributes: Vec<Attribute<'p, 'a>> = Vec::new();
    for interest in interests {
        for (text, path) in &interest.attributes {
            let references = |already: bool| {
                if interest.references && !already {
                    plan.references(change, path)
                } else {
                    Vec::new()
                }
            };
            match attributes
                .iter_mut()
                .find(|attribute| attribute.path == text)
            {
                Some(attribute) => {
                    let already = !attribute.references.is_empty();
                    if !already {
                        attribute.references = references(already);
                    }
                }
                None => attributes.push(Attribute {
                    path: text,
                    before: change.before(path)?,
                    after: change.after(path)?,
                    references: references(false),
                }),
            }
        }
    }
    Ok(attributes)
}

impl Attribute<'_, '_> {
    fn references(&self) -> Vec<&str> {
        self.references.iter().map(String::as_str).collect()
    }

    fn lower<'a>(&'a self, references: &'a [&'a str]) -> wit::Attribute<'a> {
        wit::Attribute {
            path: self.path,
            before: lower_value(&self.before),
            after: lower_value(&self.after),
            references,
        }
    }
}

impl Selected<'_, '_> {
    fn lower<'a>(
        &'a self,
        attributes: &'a [wit::Attribute<'a>],
        replace_paths: &'a [&'a str],
    ) -> wit::Change<'a> {
        let change = self.change;
        wit::Change {
            address: &change.address,
            block: &change.block,
            previous_address: change.previous_address.as_deref(),
            module_address: change.module_address.as_deref(),
            mode: match change.mode {
                Mode::Managed => wit::Mode::Managed,
                Mode::Data => wit::Mode::Data,
                Mode::Ephemeral => wit::Mode::Ephemeral,
            },
            kind: &change.kind,
            name: &change.name,
            index: change.index.as_ref().map(|index| match index {
                InstanceKey::Number(number) => wit::InstanceKey::Number(*number),
                InstanceKey::Text(text) => wit::InstanceKey::Text(text),
            }),
            provider: &change.provider,
            region: self.region.as_deref(),
            deposed: change.deposed.as_deref(),
            action: lower_action(change.action),
            replacement: change.replacement.map(|replacement| match replacement {
                Replacement::DeleteThenCreate => wit::Replacement::DeleteThenCreate,
                Replacement::CreateThenDelete => wit::Replacement::CreateThenDelete,
                Replacement::CreateThenForget => wit::Replacement::CreateThenForget,
                Replacement::ForgetThenCreate => wit::Replacement::ForgetThenCreate,
            }),
            reason: change.reason.as_deref(),
            importing: change.importing,
            replace_paths,
            attributes,
        }
    }
}

fn lower_action(action: Action) -> wit::Action {
    match action {
        Action::NoOp => wit::Action::NoOp,
        Action::Create => wit::Action::Create,
        Action::Read => wit::Action::Read,
        Action::Update => wit::Action::Update,
        Action::Delete => wit::Action::Delete,
        Action::Replace => wit::Action::Replace,
        Action::Forget => wit::Action::Forget,
    }
}

fn lower_value<'a>(value: &'a Value<'_>) -> wit::Value<'a> {
    match value {
        Value::Absent => wit::Value::Absent,
        Value::Null => wit::Value::Null,
        Value::Unknown => wit::Value::Unknown,
        Value::Sensitive => wit::Value::Sensitive,
        Value::Bool(b) => wit::Value::Boolean(*b),
        Value::Integer(i) => wit::Value::Integer(*i),
        Value::Decimal(text) => wit::Value::Decimal(text),
        Value::Text(text) => wit::Value::Text(text),
        Value::Json(text) => wit::Value::Json(text),
    }
}

type Output<'p> = (&'p str, Action, Value<'p>, Value<'p>);

fn outputs<'p>(plan: &'p Plan<'_>) -> Result<Vec<Output<'p>>, PolicyError> {
    plan.outputs
        .iter()
        .map(|output| {
            Ok((
                output.name.as_ref(),
                output.action,
                output.before()?,
                output.after()?,
            ))
        })
        .collect()
}
