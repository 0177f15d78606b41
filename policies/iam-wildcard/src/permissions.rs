//! What a statement is about, as far as it matters for how wide it is.

use tollgate_policy::{Attr, Field};
use tollgate_policy_common::iam::wildcard::{
    self, every_action_of, every_resource_of, everything, is_of_actions, whole_service,
};
use tollgate_policy_common::iam::{
    Condition, Document, Effect, Quantifier, Statement, Test, Truth, glob,
};

use crate::table::{BOUNDING_KEYS, BOUNDING_PREFIXES, PASSED_TO};

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

/// Whether a condition decides over which roles or policies an action is. A role that may be
/// passed to `services` is not bounded by a condition that lets it be passed to one of them, nor a
/// policy that may be attached by one that names one of `admins`.
pub(crate) fn bounded_for(conditions: &[Condition], services: &[&str], admins: &[String]) -> bool {
    conditions.iter().any(|condition| {
        let key = condition.key.as_str();
        let operator = condition.operator;
        let matches = |pattern: &str, value: &str| match operator.test {
            Test::Like => glob(pattern, value, true),
            _ => pattern.eq_ignore_ascii_case(value),
        };
        let admits = |pattern: &str| match key {
            "iam:passedtoservice" => services.iter().any(|service| matches(pattern, service)),
            "iam:associatedresourcearn" => services.iter().any(|service| {
                let service = service.split('.').next().unwrap_or_default();
                let mut parts = pattern.splitn(6, ':');
                parts.nth(2) == Some(service) && parts.nth(2).is_some_and(|of| of.ends_with('*'))
            }),
            "iam:policyarn" | "iam:permissionsboundary" => admins.iter().any(|name| {
                ADMIN_FOLDERS
                    .iter()
                    .any(|folder| matches(pattern, &format!("{folder}{name}")))
            }),
            "kms:grantisforawsresource" => !pattern.eq_ignore_ascii_case("true"),
            _ => false,
        };
        !operator.negated
            && !operator.if_exists
            && operator.quantifier != Quantifier::All
            && (BOUNDING_KEYS.contains(&key)
                || BOUNDING_PREFIXES
                    .iter()
                    .any(|prefix| key.starts_with(prefix)))
            && condition
                .values
                .any(|value| value.is_empty() || bounds_nothing(value) || admits(value))
                != Truth::Yes
    })
}

/// Where policies of administrators are, by partition.
const ADMIN_FOLDERS: &[&str] = &[
    "arn:aws:iam::aws:policy/",
    "arn:aws-cn:iam::aws:policy/",
    "arn:aws-us-gov:iam::aws:policy/",
];

/// The services that an action passes roles to.
pub(crate) fn passed_to(action: &str) -> &'static [&'static str] {
    let service = action.split(':').next().unwrap_or_default();
    PASSED_TO
        .iter()
        .find(|(own, _)| *own == service)
        .map_or(&[], |(_, services)| services)
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
