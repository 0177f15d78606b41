//! What of a case is likely a mistake although it passes: names that lead nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use tollgate_model::finding::Finding;
use tollgate_plan::PlanText;
use tollgate_policy::Path;

use super::bench::Taken;
use super::cases::{Case, Named, PlanOf};
use super::run::Subject;
use crate::diagnostic::{listed, nearest, quoted};
use crate::report::Problem;
use crate::sandbox::contract::wit;
use crate::sandbox::limits::Limits;
use crate::sandbox::request::Observer;
use crate::sandbox::{PolicyError, Usage};

/// The most warnings of a case.
const MOST: usize = 8;

/// What a policy was handed.
#[derive(Debug, Default)]
pub(super) struct Handed {
    /// The attributes of changes, by address, and whether they refer to something.
    changes: BTreeMap<String, BTreeMap<String, bool>>,
    /// Whether there was something besides changes.
    more: bool,
}

/// Watches what a policy is handed, and what its calls take.
#[derive(Debug, Default)]
pub(super) struct Watched {
    taken: Taken,
    handed: Mutex<Handed>,
}

impl Watched {
    /// What the calls took, and what they handed over.
    pub(super) fn into_parts(self) -> (Vec<Usage>, Handed) {
        let handed = self.handed.into_inner();
        let handed = handed.unwrap_or_else(PoisonError::into_inner);
        (self.taken.calls(), handed)
    }
}

impl Observer for Watched {
    fn call(
        &self,
        _: usize,
        _: &Limits,
        request: &wit::Request<'_>,
        _: &Result<wit::Evaluation, PolicyError>,
    ) {
        let mut handed = self.handed.lock().unwrap_or_else(PoisonError::into_inner);
        handed.more |= !request.outputs.is_empty() || !request.plan.drift.is_empty();
        for change in request.changes {
            let attributes = handed.changes.entry(change.address.to_owned()).or_default();
            for attribute in change.attributes {
                let refers = attributes.entry(attribute.path.to_owned()).or_default();
                *refers |= !attribute.references.is_empty();
            }
        }
    }

    fn used(&self, piece: usize, usage: Usage) {
        self.taken.used(piece, usage);
    }
}

/// Whether one of two attributes is the other, or is in it.
fn related(one: &Path, other: &str) -> bool {
    Path::parse(other).is_ok_and(|other| {
        let pairs = one.steps().iter().zip(other.steps());
        pairs.into_iter().all(|(one, other)| one == other)
    })
}

fn meant(near: Option<&str>) -> String {
    match near {
        Some(near) => format!("; did you mean {}?", quoted(near)),
        None => String::new(),
    }
}

/// What of a case is likely a mistake.
pub(super) fn of(
    subject: &Subject,
    case: &Case,
    plan: &PlanText,
    handed: &Handed,
    found: &Result<Vec<Finding>, Problem>,
) -> Vec<String> {
    let mut doubts = BTreeSet::new();
    doubts.extend(handed_nothing(subject, plan, handed));
    if let Ok(found) = found {
        doubts.extend(undeclared(subject, handed, found));
    }
    if let PlanOf::Inline { named, .. } = &case.plan {
        doubts.extend(
            named
                .iter()
                .filter_map(|named| leads_nowhere(named, handed)),
        );
    }
    doubts.into_iter().take(MOST).collect()
}

/// A policy that is asked about nothing finds nothing.
fn handed_nothing(subject: &Subject, plan: &PlanText, handed: &Handed) -> Option<String> {
    if handed.more || !handed.changes.is_empty() {
        return None;
    }
    let plan = plan.read().ok()?;
    let kinds: BTreeSet<&str> = plan
        .changes
        .iter()
        .map(|change| change.kind.as_ref())
        .collect();
    let first = *kinds.first()?;
    let types = subject.module.metadata.interests.iter();
    let types = types.flat_map(|interest| &interest.resource_types);
    let types: Vec<&str> = types.map(String::as_str).collect();
    let text = "the policy was handed none of the changes: no interest selects";
    if types.contains(&first) {
        let actions: BTreeSet<&str> = plan
            .changes
            .iter()
            .map(|change| change.action.as_str())
            .collect();
        return Some(format!("{text} {} of {}", listed(actions), listed(kinds)));
    }
    let near = nearest(first, types.iter().copied());
    Some(format!("{text} {}{}", listed(&kinds), meant(near)))
}

/// Attributes that findings name, and that the policy cannot have seen.
fn undeclared(subject: &Subject, handed: &Handed, found: &[Finding]) -> Vec<String> {
    let declared: BTreeSet<&str> = subject
        .module
        .metadata
        .interests
        .iter()
        .flat_map(|interest| &interest.attributes)
        .chain(handed.changes.values().flat_map(BTreeMap::keys))
        .map(String::as_str)
        .collect();
    let mut doubts = Vec::new();
    for finding in found.iter().filter(|finding| finding.address.is_some()) {
        for attribute in &finding.attributes {
            let Ok(path) = Path::parse(attribute) else {
                continue;
            };
            if !declared.iter().any(|declared| related(&path, declared)) {
                doubts.push(format!(
                    "a finding of {} names the attribute {}, which no interest declares{}",
                    quoted(&finding.rule),
                    quoted(attribute),
                    meant(nearest(attribute, declared.iter().copied()))
                ));
            }
        }
    }
    doubts
}

/// What a case says of an attribute that the policy is not handed. Of what is known only after apply a
/// real plan says much that no policy reads, and so only what looks like a slip is told.
fn leads_nowhere(named: &Named, handed: &Handed) -> Option<String> {
    let attributes = handed.changes.get(&named.address)?;
    let mut same = attributes
        .iter()
        .filter(|(path, _)| related(&named.path, path))
        .peekable();
    let unknown = named.key == "after_unknown";
    let what = format!("{} names {}", quoted(named.key), quoted(&named.shown));
    if same.peek().is_some() {
        let refers = unknown || same.any(|(_, refers)| *refers);
        return (!refers).then(|| {
            format!("{what}, and no interest asks for what that refers to: `references` of the interest is not true")
        });
    }
    let near = nearest(&named.shown, attributes.keys().map(String::as_str));
    (near.is_some() || !unknown).then(|| {
        format!(
            "{what} of {}, which the policy is not handed{}",
            quoted(&named.address),
            meant(near)
        )
    })
}
