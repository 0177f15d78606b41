//! What a statement is about, as far as it matters for how wide it is.

use tollgate_policy::{Attr, Field};
use tollgate_policy_common::iam::wildcard::{
    self, every_action_of, every_resource_of, everything, is_of_actions, whole_service,
};
use tollgate_policy_common::iam::{Condition, Document, Effect, Quantifier, Statement, Truth};

use crate::table::{BOUNDING_KEYS, BOUNDING_PREFIXES};

/// Whether a statement is about every action: `*`, `*:*`, `?*`, or all but what is no action.
pub(crate) fn every_action(statement: &Statement) -> bool {
    let actions = &statement.actions;
    let known = &actions.words.known;
    if actions.not {
        return !actions.words.unknown && !known.iter().any(|action| is_of_actions(action));
    }
    known.iter().any(|action| wildcard::every_action(action))
}

/// The services of which a statement is about every action, as patterns.
pub(crate) fn whole_services(statement: &Statement) -> Vec<&str> {
    if statement.actions.not {
        return Vec::new();
    }
    let known = statement.actions.words.known.iter();
    known.filter_map(|action| whole_service(action)).collect()
}

/// Whether a statement is about every action of IAM, which lead to every other permission.
pub(crate) fn all_of_iam(statement: &Statement) -> bool {
    let mut known = statement.actions.words.known.iter();
    !statement.actions.not && known.any(|action| every_action_of(action, "iam"))
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
    resources.not
        || resources.words.known.iter().any(|resource| {
            wildcard::every_resource(resource, None)
                || types.iter().any(|kind| every_resource_of(resource, kind))
        })
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
                .any(|value| value.is_empty() || bounds_nothing(value))
                != Truth::Yes
    })
}

/// Whether a value is that of every policy, every resource or every service.
fn bounds_nothing(value: &str) -> bool {
    everything(value)
        || ["arn:?*", "?*.amazonaws.com"]
            .iter()
            .any(|all| wildcard::covers(value, all, false))
}

/// Whether a document denies an action on every resource of its service, without a condition.
pub(crate) fn denied(document: &Document, action: &str) -> bool {
    let service = action.split(':').next();
    document.statements.iter().any(|statement| {
        statement.effect == Effect::Deny
            && statement.conditions.is_empty()
            && statement.actions.takes(action, true) == Truth::Yes
            && statement.resources.as_ref().is_some_and(|resources| {
                !resources.not
                    && resources
                        .words
                        .known
                        .iter()
                        .any(|resource| wildcard::every_resource(resource, service))
            })
    })
}

/// Whether a pattern takes in every action of Azure's: all of them have a slash.
pub(crate) fn every_azure_action(action: &str) -> bool {
    wildcard::covers(action, "?*/?*", true)
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
