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
            findings: answer::findings(metadata, &budget, &shown, answered, environment)?,
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
    let shown = Selection::new(plan, &budget).of(changes.iter())?;
    let mut evaluation = command::evaluation(evaluate)?.map_err(PolicyError::Refused)?;
    let documents = std::mem::take(&mut evaluation.documents);
    Ok(Evaluation {
        findings: answer::findings(&metadata, &budget, &shown, evaluation, "production")?,
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
    /// By their groups, as far as they have been met: most plans hold few types many times over, and
    /// most policies want few of them.
    wanted: Vec<Option<Option<Arc<Wanted<'p>>>>>,
}

impl<'p, 'b> Interested<'p, 'b> {
    fn new(interests: &'p Interests, budget: &'b Budget) -> Self {
        Self {
            interests,
            budget,
            wanted: Vec::new(),
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
        if self.wanted.len() <= change.group {
            self.wanted.resize_with(change.group + 1, || None);
        }
        let wanted = match self.wanted.get(change.group) {
            Some(Some(wanted)) => wanted.clone(),
            _ => {
                let budget = self.budget;
                let wanted = self
                    .interests
                    .of_changes(&change.kind, change.action, &budget.meter)
                    .map_err(|spent| budget.hit(spent))?
                    .map(Arc::new);
                if let Some(known) = self.wanted.get_mut(change.group) {
                    *known = Some(wanted.clone());
                }
                wanted
            }
        };
        Ok(wanted.map(|wanted| Wanting { change, wanted }))
    }
}

/// The changes that a call is shown. What there is of each is in lists of all of them: plans are large, and
/// a list of its own for each change and attribute takes more than what is in it.
struct Shown<'p, 'a> {
    changes: Vec<Selected<'p, 'a>>,
    /// Before and after, of each change as many as it has attributes.
    values: Vec<[Value<'a>; 2]>,
    /// What each of these refers to, as the number of a list.
    references: Vec<u32>,
    /// The first is empty.
    lists: Vec<Vec<String>>,
}

/// A change that the policy sees.
struct Selected<'p, 'a> {
    change: &'p ResourceChange<'a>,
    region: Option<Cow<'a, str>>,
    wanted: Arc<Wanted<'p>>,
    /// Where its attributes start, of which there are as many as are wanted.
    start: usize,
    /// The number of the list of paths that force a replacement.
    replace_paths: u32,
}

/// For how many attributes there is room from the beginning.
const MAX_RESERVED: usize = 1 << 22;

/// The number of the list in which nothing is.
const NOTHING: u32 = 0;

/// What one call is shown of a plan.
struct Selection<'p, 'a, 'b> {
    plan: &'p Plan<'a>,
    budget: &'b Budget,
    shown: Shown<'p, 'a>,
    /// All instances of a block refer to the same: the number of the first list for the attributes of a
    /// block and what is wanted of it, in `known`.
    references: BTreeMap<(&'p str, *const Wanted<'p>), usize>,
    known: Vec<u32>,
}

impl<'p, 'a, 'b> Selection<'p, 'a, 'b> {
    fn new(plan: &'p Plan<'a>, budget: &'b Budget) -> Self {
        Self {
            plan,
            budget,
            shown: Shown {
                changes: Vec::new(),
                values: Vec::new(),
                references: Vec::new(),
                lists: vec![Vec::new()],
            },
            references: BTreeMap::new(),
            known: Vec::new(),
        }
    }

    fn of<'w>(
        mut self,
        changes: impl Iterator<Item = &'w Wanting<'p, 'a>> + Clone,
    ) -> Result<Shown<'p, 'a>, PolicyError>
    where
        'p: 'w,
        'a: 'w,
    {
        let attributes = changes.clone().map(|wanting| wanting.wanted.paths.len());
        // A policy that asks for more pays for it first.
        let attributes = attributes.sum::<usize>().min(MAX_RESERVED);
        self.shown.changes.reserve_exact(changes.clone().count());
        self.shown.values.reserve_exact(attributes);
        self.shown.references.reserve_exact(attributes);
        for wanting in changes {
            let change = wanting.change;
            let start = self.shown.values.len();
            self.attributes(change, &wanting.wanted)?;
            let replace_paths = change.replace_paths.iter().map(ToString::to_string);
            let selected = Selected {
                change,
                region: self.plan.region(change),
                wanted: Arc::clone(&wanting.wanted),
                start,
                replace_paths: self.list(replace_paths.collect()),
            };
            self.shown.changes.push(selected);
        }
        Ok(self.shown)
    }

    fn attributes(
        &mut self,
        change: &'p ResourceChange<'a>,
        wanted: &Wanted<'p>,
    ) -> Result<(), PolicyError> {
        let budget = self.budget;
        let failed = |error| budget.failed(error);
        let mut reader = change.attributes(&budget.meter).map_err(failed)?;
        let start = self.shown.values.len();
        let end = start + wanted.paths.len();
        budget.keep(wanted.paths.len() * size_of::<[Value<'_>; 2]>())?;
        self.shown
            .values
            .resize_with(end, || [Value::Absent, Value::Absent]);
        for nth in &wanted.order {
            let slot = self.shown.values.get_mut(start + nth);
            if let (Some(slot), Some(wanted)) = (slot, wanted.paths.get(*nth)) {
                *slot = [
                    reader.before(wanted.path).map_err(failed)?,
                    reader.after(wanted.path).map_err(failed)?,
                ];
            }
        }
        self.references(change, wanted)
    }

    /// Adds what the attributes of a change refer to.
    fn references(
        &mut self,
        change: &'p ResourceChange<'a>,
        wanted: &Wanted<'p>,
    ) -> Result<(), PolicyError> {
        let number = wanted.paths.len();
        let no_attribute = !wanted.paths.iter().any(|path| path.references);
        if no_attribute || !self.plan.has_configuration() {
            let end = self.shown.references.len() + number;
            self.shown.references.resize(end, NOTHING);
            return Ok(());
        }
        let key = (change.block.as_ref(), std::ptr::from_ref(wanted));
        let start = match self.references.get(&key) {
            Some(start) => *start,
            None => {
                let start = self.known.len();
                for path in &wanted.paths {
                    let list = match path.references {
                        true => self.read_references(change, path.path)?,
                        false => NOTHING,
                    };
                    self.known.push(list);
                }
                self.references.insert(key, start);
                start
            }
        };
        let known = self.known.get(start..start + number).unwrap_or_default();
        self.shown.references.extend_from_slice(known);
        Ok(())
    }

    fn read_references(
        &mut self,
        change: &'p ResourceChange<'a>,
        path: &Path,
    ) -> Result<u32, PolicyError> {
        let found = self
            .plan
            .references_within(change, path, &self.budget.meter)
            .map_err(|spent| self.budget.hit(spent))?;
        Ok(self.list(found))
    }

    /// Keeps a list, and returns its number.
    fn list(&mut self, list: Vec<String>) -> u32 {
        let number = u32::try_from(self.shown.lists.len());
        match number {
            Ok(number) if !list.is_empty() => {
                self.shown.lists.push(list);
                number
            }
            // Four thousand million lists are in no plan of the size that is read.
            Ok(_) | Err(_) => NOTHING,
        }
    }
}

impl<'p, 'a> Shown<'p, 'a> {
    /// The attributes of one of the changes: the path as declared, before and after.
    fn attributes_of(
        &self,
        selected: &Selected<'p, 'a>,
    ) -> impl Iterator<Item = (&'p str, &[Value<'a>; 2])> {
        let values = self.values.iter().skip(selected.start);
        let paths = selected.wanted.paths.iter().map(|wanted| wanted.text);
        paths.zip(values)
    }

    fn lower_attributes<'l>(&'l self, lists: &'l [Vec<&'l str>]) -> Vec<wit::Attribute<'l>> {
        let paths = self
            .changes
            .iter()
            .flat_map(|selected| &selected.wanted.paths);
        let values = self.values.iter().zip(&self.references);
        paths
            .zip(values)
            .map(|(wanted, ([before, after], references))| wit::Attribute {
                path: wanted.text,
                before: lower_value(before),
                after: lower_value(after),
                references: numbered(lists, *references),
            })
            .collect()
    }

    /// `attributes` are those of all changes.
    fn lower<'l>(
        &'l self,
        mut attributes: &'l [wit::Attribute<'l>],
        lists: &'l [Vec<&'l str>],
    ) -> Vec<wit::Change<'l>> {
        let changes = self.changes.iter().map(|selected| {
            let number = selected.wanted.paths.len().min(attributes.len());
            let (own, rest) = attributes.split_at(number);
            attributes = rest;
            selected.lower(own, numbered(lists, selected.replace_paths))
        });
        changes.collect()
    }
}

fn numbered<'l>(lists: &'l [Vec<&'l str>], number: u32) -> &'l [&'l str] {
    let list = usize::try_from(number).ok().and_then(|at| lists.get(at));
    list.map(Vec::as_slice).unwrap_or_default()
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
