//! `deny-removed`

use tollgate_policy::{Action, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Document, Effect, Names, Reading, Side, Statement};
use tollgate_policy_common::text::listed;

use crate::Subject;
use crate::table::{DENIES, DOCUMENTS};

/// A `Deny` statement is dropped from a policy.
///
/// # What it does
/// Compares the `Deny` statements of policies of identities, of an organisation and of resources
/// (buckets, keys, queues, vaults) today and after apply. One whose actions are denied by another
/// statement after apply is none, and so is one that only moves. Whether a statement that stays has
/// wider conditions is not compared.
///
/// # Why
/// A `Deny` is written because something must not happen whatever else is allowed. Taking it out
/// is one line less, and nothing in the plan looks wider.
///
/// # Example
/// The statement that denies `s3:DeleteObjectVersion` is taken out of an `aws_s3_bucket_policy`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "deny-removed",
    title: "Deny statement that this plan drops",
    description: "The plan takes a `Deny` statement out of a policy, or actions out of it. What it held \
        back is allowed wherever another policy allows it.",
    severity: Severity::High,
    remediation: "Keep the statement; if another policy denies the same now, waive this rule for the \
        address.",
    links: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if !change.remains() || matches!(change.action, Action::Create | Action::Read | Action::NoOp) {
        return Vec::new();
    }
    let own = DENIES
        .iter()
        .filter(|(kind, _)| *kind == change.kind)
        .map(|(_, path)| {
            let of = |side| subject.context.documents.read(change, path, side);
            (*path, of(Side::Before), of(Side::After))
        });
    let identity = subject
        .documents
        .iter()
        .filter(|read| DOCUMENTS.iter().any(|row| row.path == read.path))
        .map(|read| {
            (
                read.path,
                read.on(Side::Before).clone(),
                read.on(Side::After).clone(),
            )
        });
    own.chain(identity)
        .filter_map(|(path, before, after)| {
            let Reading::Read(before) = before else {
                return None;
            };
            let after = match after {
                Reading::Read(after) => after,
                Reading::Absent => Document::default(),
                // What is not known is told by other rules.
                Reading::Unknown | Reading::Hidden | Reading::Unreadable(_) => return None,
            };
            let lost = lost(&before, &after);
            (!lost.is_empty()).then(|| {
                RULE.violation(
                    change,
                    format!("the plan drops what the policy denies: {}", listed(&lost)),
                )
                .attribute(path)
            })
        })
        .collect()
}

/// The actions that were denied and are not any more.
fn lost(before: &Document, after: &Document) -> Vec<String> {
    let denies = |document: &Document| -> Vec<Statement> {
        document
            .statements
            .iter()
            .filter(|statement| statement.effect == Effect::Deny)
            .cloned()
            .collect()
    };
    let after_denies = denies(after);
    // A statement of which the effect is not known can be one.
    if after
        .statements
        .iter()
        .any(|statement| statement.effect == Effect::Unknown)
        || !after.doubts.is_empty()
        || !after.hidden.is_empty()
    {
        return Vec::new();
    }
    let mut lost = Vec::new();
    for statement in denies(before) {
        if after_denies.iter().any(|other| same(other, &statement)) {
            continue;
        }
        let actions = &statement.actions;
        if actions.not {
            if !after_denies.iter().any(|other| other.actions.not) {
                lost.push(format!(
                    "everything but {}",
                    actions.words.known.first().map_or("some", String::as_str)
                ));
            }
            continue;
        }
        for action in &actions.words.known {
            let one = Names {
                not: false,
                words: action.as_str().into(),
            };
            let denied = after_denies
                .iter()
                .any(|other| other.actions.words.unknown || other.actions.covers(&one, true));
            if !denied && !lost.contains(action) {
                lost.push(action.clone());
            }
        }
    }
    lost
}

/// Whether a statement denies at least what another one does.
fn same(own: &Statement, other: &Statement) -> bool {
    own.covers(other) || (own.sid.is_some() && own.sid == other.sid && own.actions == other.actions)
}
