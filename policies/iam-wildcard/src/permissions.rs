//! What a statement is about, as far as it matters for how wide it is.

use tollgate_policy::{Attr, Field};
use tollgate_policy_common::iam::{Condition, Document, Effect, Quantifier, Statement, Truth};

use crate::table::{BOUNDING_KEYS, BOUNDING_PREFIXES};

/// Whether a statement is about every action: `*`, `*:*`.
pub(crate) fn every_action(statement: &Statement) -> bool {
    let actions = &statement.actions;
    if actions.not {
        return actions.words.known.is_empty() && !actions.words.unknown;
    }
    actions
        .words
        .known
        .iter()
        .any(|action| !action.is_empty() && action.bytes().all(|b| b == b'*' || b == b':'))
}

/// The services of which a statement is about every action.
pub(crate) fn whole_services(statement: &Statement) -> Vec<&str> {
    if statement.actions.not {
        return Vec::new();
    }
    statement
        .actions
        .words
        .known
        .iter()
        .filter_map(|action| {
            let (service, action) = action.split_once(':')?;
            (!action.is_empty() && action.bytes().all(|b| b == b'*')).then_some(service)
        })
        .collect()
}

/// Whether a statement is about every resource of a service or an account.
pub(crate) fn every_resource(statement: &Statement) -> bool {
    every_of(statement, &[])
}

/// The same, or about every one of these types: `arn:aws:iam::*:role/*`.
pub(crate) fn every_of(statement: &Statement, types: &[&str]) -> bool {
    let Some(resources) = &statement.resources else {
        return false;
    };
    if resources.not {
        return true;
    }
    resources.words.known.iter().any(|resource| {
        if !resource.is_empty() && resource.bytes().all(|b| b == b'*') {
            return true;
        }
        let parts: Vec<_> = resource.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", .., name] if parts.len() == 6 => {
                is_star(name)
                    || name
                        .split_once(['/', ':'])
                        .is_some_and(|(kind, rest)| types.contains(&kind) && is_star(rest))
            }
            // `arn:aws:s3*`: the rest is taken in.
            ["arn", .., last] => last.ends_with('*'),
            _ => false,
        }
    })
}

fn is_star(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b == b'*' || b == b'/')
}

/// Whether a condition decides over which roles or policies an action is.
pub(crate) fn bounded(conditions: &[Condition]) -> bool {
    conditions.iter().any(|condition| {
        let key = condition.key.as_str();
        let operator = condition.operator;
        !operator.negated
            && !operator.if_exists
            && operator.quantifier != Quantifier::All
            && (BOUNDING_KEYS.contains(&key)
                || BOUNDING_PREFIXES
                    .iter()
                    .any(|prefix| key.starts_with(prefix)))
            && condition
                .values
                .any(|value| value.is_empty() || value.bytes().all(|b| b == b'*'))
                != Truth::Yes
    })
}

/// Whether a document denies an action on every resource, without a condition.
pub(crate) fn denied(document: &Document, action: &str) -> bool {
    document.statements.iter().any(|statement| {
        statement.effect == Effect::Deny
            && statement.conditions.is_empty()
            && statement.actions.takes(action, true) == Truth::Yes
            && every_resource(statement)
            && !statement
                .resources
                .as_ref()
                .is_some_and(|resources| resources.not)
    })
}

/// The texts in a list that are known.
pub(crate) fn texts(field: &Field) -> Vec<String> {
    match field.items() {
        Attr::Known(items) => items
            .iter()
            .filter_map(|item| match item.text() {
                Attr::Known(text) => Some(text),
                Attr::Unset | Attr::Undetermined(_) => None,
            })
            .collect(),
        Attr::Unset | Attr::Undetermined(_) => Vec::new(),
    }
}
