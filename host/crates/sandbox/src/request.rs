//! What one policy sees of one plan.

mod answer;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::command;
use super::contract::wit;
use super::error::PolicyError;
use super::interest::{Interests, Wanted};
use super::limits::{Limit, Limits};
use super::module::{PolicyModule, Usage};
use tollgate_model::finding::{Evaluation, Finding};
use tollgate_plan::{
    Action, CheckStatus, InstanceKey, Meter, Mode, Path, Plan, PlanError, PlanText, Replacement,
    ResourceChange, Spent, Value,
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
    if !module.metadata.chunkable || changes.len() <= PIECE {
        all = first(&changes).evaluate(module, plan, context, 0)?;
    } else {
        let arranged = arranged(module, &changes);
        let (front, rest) = arranged.changes.split_at(arranged.first);
        let rest = rest.chunks(PIECE).map(|changes| Piece {
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
            documents: answer::documents(all.documents)?,
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

/// The names of the documents that the host itself makes of each plan, for policies that read them. They
/// go with the first piece.
pub const OWN_DOCUMENTS: [&str; 2] = [CONFIGURATION, CHANGED];

/// The modules and the providers that the configuration names ([`tollgate_plan::Sources`]); null where the
/// plan does not say.
const CONFIGURATION: &str = "configuration";

/// By address, the names of the attributes that an update changes, where that can be told, for types
/// that no interest of the policy names: what they hold is not handed over.
const CHANGED: &str = "changed-attributes";

struct Document {
    name: &'static str,
    json: String,
    /// Whether it says nothing that a policy could judge without a change.
    is_empty: bool,
}

fn own_documents(
    module: &PolicyModule,
    plan: &Plan<'_>,
    settings: &str,
    budget: &Budget,
) -> Result<Vec<Document>, PolicyError> {
    let written = |name: &'static str,
                   json: serde_json::Result<String>,
                   is_empty|
     -> Result<_, PolicyError> {
        let json = json.map_err(|error| PolicyError::Document {
            name: name.to_owned(),
            path: "the plan".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Document {
            name,
            json,
            is_empty,
        })
    };
    let mut documents = Vec::new();
    for name in &module.metadata.documents {
        match name.as_str() {
            CONFIGURATION => {
                let sources = plan.sources();
                // No policy of ours says anything of providers unless its settings ask for it.
                let is_empty = sources.as_ref().is_none_or(|sources| match settings {
                    "{}" => sources.modules.is_empty(),
                    _ => sources.is_empty(),
                });
                let json = serde_json::to_string(&sources);
                documents.push(written(CONFIGURATION, json, is_empty)?);
            }
            CHANGED => {
                let mut changed = BTreeMap::new();
                let updates = plan
                    .changes
                    .iter()
                    .filter(|change| change.action == Action::Update && change.deposed.is_none());
                for change in updates.filter(|change| !module.names(&change.kind)) {
                    let names = change.differences_within(&budget.meter);
                    if let Some(names) = names.map_err(|error| budget.failed(error))? {
                        changed.insert(change.address.as_ref(), names);
                    }
                }
                documents.push(written(CHANGED, serde_json::to_string(&changed), true)?);
            }
            _ => {}
        }
    }
    Ok(documents)
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
    documents: Vec<wit::DocumentResult>,
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
        let selected = Selection::new(plan, &budget).of(all)?;

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
            .map(|((selected, attributes), replace_paths)| {
                selected.lower(attributes, replace_paths)
            })
            .collect();
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
        let outputs: Vec<_> = outputs
            .iter()
            .map(|(name, action, before, after)| wit::OutputChange {
                name,
                action: lower_action(*action),
                before: lower_value(before),
                after: lower_value(after),
            })
            .collect();
        let checks = match self.whole {
            true => plan.checks.as_slice(),
            false => &[],
        };
        let problems: Vec<Vec<&str>> = checks
            .iter()
            .map(|check| check.problems.iter().map(AsRef::as_ref).collect())
            .collect();
        let checks: Vec<_> = checks
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
        let action_invocations = match self.whole {
            true => plan.action_invocations.as_slice(),
            false => &[],
        };
        let action_invocations: Vec<_> = action_invocations
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
            .chain(self.own.iter().map(|document| wit::DocumentParam {
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
        };
        let mut usage = Usage::default();
        let answered = module.evaluate_measured(&request, &mut usage);
        if let Some(observer) = context.observer {
            observer.used(number, usage);
            observer.call(number, &module.limits, &request, &answered);
        }
        let mut answered = answered?;
        let documents = std::mem::take(&mut answered.documents);
        let metadata = &module.metadata;
        let environment = context.environment;
        Ok(Answered {
            findings: answer::findings(metadata, &budget, &selected, answered, environment)?,
            documents,
        })
    }
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
    let selected = Selection::new(plan, &budget).of(&changes)?;
    let mut evaluation = command::evaluation(evaluate)?.map_err(PolicyError::Refused)?;
    let documents = std::mem::take(&mut evaluation.documents);
    Ok(Evaluation {
        findings: answer::findings(&metadata, &budget, &selected, evaluation, "production")?,
        documents: answer::documents(documents)?,
    })
}

/// What Tollgate itself may spend on one call of one policy: as much as the call may, in the same
/// units. What is read for a policy is its choice, so its budget pays.
struct Budget {
    limits: Limits,
    meter: Meter,
}

impl Budget {
    fn of(module: &PolicyModule, changes: usize) -> Self {
        Self::new(module.limits, changes)
    }

    fn new(limits: Limits, changes: usize) -> Self {
        let limits = limits.handed(changes);
        let time = Duration::from_secs(limits.get(Limit::DeadlineSeconds));
        Self {
            limits,
            meter: Meter::new(
                limits.get(Limit::Fuel),
                limits.bytes(Limit::MemoryMib),
                Instant::now() + time,
            ),
        }
    }

    /// The limit that was hit.
    fn hit(&self, spent: Spent) -> PolicyError {
        let limit = match spent {
            Spent::Work => Limit::Fuel,
            Spent::Time => Limit::DeadlineSeconds,
            Spent::Room => Limit::MemoryMib,
        };
        PolicyError::limit(limit, &self.limits, Some("evaluate"))
    }

    /// What a failed reading means for the policy.
    fn failed(&self, error: PlanError) -> PolicyError {
        match error {
            PlanError::Spent(spent) => self.hit(spent),
            error => PolicyError::Plan(error),
        }
    }

    fn work(&self, bytes: usize) -> Result<(), PolicyError> {
        self.meter.work(bytes).map_err(|spent| self.hit(spent))
    }

    fn keep(&self, bytes: usize) -> Result<(), PolicyError> {
        self.meter.keep(bytes).map_err(|spent| self.hit(spent))
    }
}

/// The changes of a large plan in the order of its pieces.
struct Arranged<'w, 'p, 'a> {
    changes: Cow<'w, [Wanting<'p, 'a>]>,
    /// How many of them are in the first piece.
    first: usize,
}

/// Brings the changes whose types go together to the front, into the first piece.
///
/// What is there besides them comes from the front of the plan, so that each piece keeps
/// the plan's order.
fn arranged<'w, 'p, 'a>(
    module: &PolicyModule,
    changes: &'w [Wanting<'p, 'a>],
) -> Arranged<'w, 'p, 'a> {
    let together: BTreeSet<&str> = module
        .metadata
        .together
        .iter()
        .map(String::as_str)
        .collect();
    let goes_together = |wanting: &Wanting<'_, '_>| together.contains(wanting.change.kind.as_ref());
    let number = changes
        .iter()
        .filter(|wanting| goes_together(wanting))
        .count();
    if number == 0 {
        return Arranged {
            changes: Cow::Borrowed(changes),
            first: PIECE.min(changes.len()),
        };
    }
    let mut room = PIECE.saturating_sub(number);
    let (first, rest): (Vec<_>, Vec<_>) = changes.iter().cloned().partition(|wanting| {
        goes_together(wanting)
            || (room > 0 && {
                room -= 1;
                true
            })
    });
    Arranged {
        first: first.len(),
        changes: Cow::Owned(first.into_iter().chain(rest).collect()),
    }
}

/// A change that the policy wants to see, and what of it.
#[derive(Clone)]
struct Wanting<'p, 'a> {
    change: &'p ResourceChange<'a>,
    wanted: Arc<Wanted<'p>>,
}

/// Which changes a policy wants to see.
struct Interested<'p, 'b> {
    interests: &'p Interests,
    budget: &'b Budget,
    /// Most plans hold few types many times over, and most policies want few of them.
    wanted: BTreeMap<(&'p str, Action), Option<Arc<Wanted<'p>>>>,
}

impl<'p, 'b> Interested<'p, 'b> {
    fn new(interests: &'p Interests, budget: &'b Budget) -> Self {
        Self {
            interests,
            budget,
            wanted: BTreeMap::new(),
        }
    }

    fn of<'a>(
        &mut self,
        changes: &'p [ResourceChange<'a>],
    ) -> Result<Vec<Wanting<'p, 'a>>, PolicyError> {
        changes
            .iter()
            .filter_map(|change| self.in_one(change).transpose())
            .collect()
    }

    fn in_one<'a>(
        &mut self,
        change: &'p ResourceChange<'a>,
    ) -> Result<Option<Wanting<'p, 'a>>, PolicyError> {
        let key = (change.kind.as_ref(), change.action);
        let wanted = match self.wanted.get(&key) {
            Some(wanted) => wanted.clone(),
            None => {
                let budget = self.budget;
                let wanted = self
                    .interests
                    .of_changes(key.0, key.1, &budget.meter)
                    .map_err(|spent| budget.hit(spent))?
                    .map(Arc::new);
                self.wanted.insert(key, wanted.clone());
                wanted
            }
        };
        Ok(wanted.map(|wanted| Wanting { change, wanted }))
    }
}

/// A change that the policy sees, with what it sees of it.
struct Selected<'p, 'a> {
    change: &'p ResourceChange<'a>,
    region: Option<Cow<'a, str>>,
    replace_paths: Vec<String>,
    attributes: Vec<Attribute<'p, 'a>>,
    wanted: Arc<Wanted<'p>>,
}

struct Attribute<'p, 'a> {
    path: &'p str,
    before: Value<'a>,
    after: Value<'a>,
    references: Arc<Vec<String>>,
}

/// What one call is shown of a plan.
struct Selection<'p, 'a, 'b> {
    plan: &'p Plan<'a>,
    budget: &'b Budget,
    /// All instances of a block refer to the same.
    references: BTreeMap<(&'p str, &'p str), Arc<Vec<String>>>,
}

impl<'p, 'a, 'b> Selection<'p, 'a, 'b> {
    fn new(plan: &'p Plan<'a>, budget: &'b Budget) -> Self {
        Self {
            plan,
            budget,
            references: BTreeMap::new(),
        }
    }

    fn of<'w>(
        mut self,
        changes: impl IntoIterator<Item = &'w Wanting<'p, 'a>>,
    ) -> Result<Vec<Selected<'p, 'a>>, PolicyError>
    where
        'p: 'w,
        'a: 'w,
    {
        changes
            .into_iter()
            .map(|wanting| {
                let change = wanting.change;
                Ok(Selected {
                    change,
                    region: self.plan.region(change),
                    replace_paths: change
                        .replace_paths
                        .iter()
                        .map(ToString::to_string)
                        .collect(),
                    attributes: self.attributes(change, &wanting.wanted)?,
                    wanted: Arc::clone(&wanting.wanted),
                })
            })
            .collect()
    }

    fn attributes(
        &mut self,
        change: &'p ResourceChange<'a>,
        wanted: &Wanted<'p>,
    ) -> Result<Vec<Attribute<'p, 'a>>, PolicyError> {
        let budget = self.budget;
        let failed = |error| budget.failed(error);
        let mut reader = change.attributes(&budget.meter).map_err(failed)?;
        let mut read: Vec<Option<[Value<'a>; 2]>> = Vec::new();
        read.resize_with(wanted.paths.len(), || None);
        for nth in &wanted.order {
            if let (Some(slot), Some(wanted)) = (read.get_mut(*nth), wanted.paths.get(*nth)) {
                *slot = Some([
                    reader.before(wanted.path).map_err(failed)?,
                    reader.after(wanted.path).map_err(failed)?,
                ]);
            }
        }
        let mut attributes = Vec::with_capacity(read.len());
        for (wanted, values) in wanted.paths.iter().zip(read) {
            let Some([before, after]) = values else {
                continue;
            };
            let references = match wanted.references {
                true => self.references(change, wanted.text, wanted.path)?,
                false => Arc::default(),
            };
            attributes.push(Attribute {
                path: wanted.text,
                before,
                after,
                references,
            });
        }
        Ok(attributes)
    }

    fn references(
        &mut self,
        change: &'p ResourceChange<'a>,
        text: &'p str,
        path: &Path,
    ) -> Result<Arc<Vec<String>>, PolicyError> {
        let key = (change.block.as_ref(), text);
        if let Some(known) = self.references.get(&key) {
            return Ok(Arc::clone(known));
        }
        let found = self
            .plan
            .references_within(change, path, &self.budget.meter)
            .map_err(|spent| self.budget.hit(spent))?;
        let found = Arc::new(found);
        self.references.insert(key, Arc::clone(&found));
        Ok(found)
    }
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

fn outputs<'p>(plan: &'p Plan<'_>, budget: &Budget) -> Result<Vec<Output<'p>>, PolicyError> {
    plan.outputs
        .iter()
        .map(|output| {
            let [before, after] = output
                .values(&budget.meter)
                .map_err(|error| budget.failed(error))?;
            Ok((output.name.as_ref(), output.action, before, after))
        })
        .collect()
}
