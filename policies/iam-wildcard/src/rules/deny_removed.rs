//! `deny-removed`

use tollgate_policy::{Action, Attr, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Document, Effect, Names, Reading, Side, Statement};
use tollgate_policy_common::text::listed;

use crate::Subject;
use crate::permissions::{every_action, every_resource};
use crate::table::{ATTACHMENTS, DENIES, DENY_ALL, DOCUMENTS, POLICY_OF};

/// A `Deny` statement is dropped from a policy.
///
/// Compares the `Deny` statements of policies of identities, of an organisation and of resources
/// (buckets, keys, queues, vaults) today and after apply. A policy that is deleted and leaves what it is
/// for counts as well, and so does an attachment of `AWSDenyAll`, and the policy of an endpoint, which
/// allows everything without one. A statement whose actions are denied by another one after apply is
/// none, and so is one that only moves. Whether a statement that stays has wider conditions is not
/// compared.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "deny-removed",
    title: "Deny statement that this plan drops",
    description: "The plan takes a `Deny` statement out of a policy, or actions out of it. What it held \
        back is allowed wherever another policy allows it.",
    severity: Severity::High,
    remediation: "Keep the statement; if another policy denies the same now, waive this rule for the \
        address.",
    example: "The statement that denies `s3:DeleteObjectVersion` is taken out of an \
        `aws_s3_bucket_policy`.",
    links: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.action == Action::Delete {
        return deleted(subject).into_iter().collect();
    }
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
            if lost.is_empty()
                && after == Document::default()
                && change.kind == ENDPOINT
                && !allows_all(&before)
            {
                return Some(RULE.violation(change, BARE).attribute(path));
            }
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

/// What has a policy that denies what it does not allow, and allows everything without one.
const ENDPOINT: &str = "aws_vpc_endpoint";
const BARE: &str =
    "the plan takes the policy off the endpoint, and one without a policy lets everything through";

fn allows_all(document: &Document) -> bool {
    document.allows().any(|statement| {
        statement.conditions.is_empty() && every_action(statement) && every_resource(statement)
    })
}

/// A policy that is deleted and denies something, or an attachment of one that denies everything.
fn deleted(subject: &Subject<'_>) -> Option<Finding> {
    let change = subject.change;
    let (_, of, ..) = POLICY_OF.iter().find(|(kind, ..)| *kind == change.kind)?;
    if change.deposed.is_some() {
        return None;
    }
    let name = match change.before(of).text() {
        Attr::Known(name) => name,
        Attr::Unset | Attr::Undetermined(_) => String::new(),
    };
    // What it is for goes as well.
    let gone = POLICY_OF.iter().any(|(kind, _, target, path)| {
        *kind == change.kind
            && subject
                .context
                .deleted_targets
                .contains(&(*target, *path, name.clone()))
    });
    if gone {
        return None;
    }
    if let Some((_, path)) = ATTACHMENTS.iter().find(|(kind, _)| *kind == change.kind) {
        let denies = change
            .before(path)
            .text()
            .is_known_and(|arn| DENY_ALL.iter().any(|end| arn.ends_with(end)));
        return denies.then(|| {
            RULE.violation(change, "the plan takes off a policy that denies everything")
                .attribute(*path)
        });
    }
    let (_, path) = DENIES
        .iter()
        .copied()
        .chain(DOCUMENTS.iter().map(|row| (row.kind, row.path)))
        .find(|(kind, _)| *kind == change.kind)?;
    let Reading::Read(before) = subject.context.documents.read(change, path, Side::Before) else {
        return None;
    };
    let after = match subject.context.made.get(&(change.kind.as_str(), name)) {
        None => Document::default(),
        // Under another address.
        Some(other) => match subject.context.documents.read(other, path, Side::After) {
            Reading::Read(after) => after,
            Reading::Absent => Document::default(),
            Reading::Unknown | Reading::Hidden | Reading::Unreadable(_) => return None,
        },
    };
    let lost = lost(&before, &after);
    if lost.is_empty()
        && after == Document::default()
        && change.kind == "aws_vpc_endpoint_policy"
        && !allows_all(&before)
    {
        return Some(RULE.violation(change, BARE).attribute(path));
    }
    (!lost.is_empty()).then(|| {
        RULE.violation(
            change,
            format!("the plan deletes a policy that denies {}", listed(&lost)),
        )
        .attribute(path)
    })
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
