//! Secrets that no variable takes, and secret variables that no secret is for: either is most likely a
//! name that is misspelt, and the tool says nothing of it.

use std::collections::{BTreeMap, BTreeSet};

use super::{RouteError, nearly_the_same};
use crate::configuration::Variable;
use crate::environment::SecretsSettings;

/// What the secrets are for besides variables: the encryption of states and plans.
const OTHER: &str = "TF_ENCRYPTION";

/// Names the keys of the secrets that no variable takes, and the secret variables that fall back to their
/// default, one sentence each. `is_set` tells whether something else gives a variable its value.
#[must_use]
pub fn untaken(
    settings: &SecretsSettings,
    keys: &BTreeSet<String>,
    declared: &BTreeMap<String, Variable>,
    is_set: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let mapped: BTreeSet<&str> = settings
        .map
        .values()
        .filter_map(|selector| selector.first_key())
        .collect();
    let whole = settings.map.values().any(|selector| selector.is_whole());
    let marker = settings
        .marker
        .as_ref()
        .and_then(|marker| marker.first_key());
    let lost: Vec<&String> = keys
        .iter()
        .filter(|key| {
            !declared.contains_key(*key)
                && !settings.other_keys.contains(key)
                && !mapped.contains(key.as_str())
                && !settings.map.contains_key(*key)
                && marker != Some(key)
                && *key != OTHER
                // A variable that takes the whole document takes every key of it.
                && !whole
        })
        .collect();
    let unset: Vec<&String> = declared
        .iter()
        .filter(|(name, variable)| {
            (variable.sensitive || variable.ephemeral)
                && variable.default
                && !variable.blank_default
                && !keys.contains(*name)
                && !settings.map.contains_key(*name)
                && !is_set(name)
        })
        .map(|(name, _)| name)
        .collect();
    let mut said = Vec::new();
    let near = |name: &str, others: &[&String]| {
        others
            .iter()
            .find(|other| nearly_the_same(name, other))
            .map(|other| format!("; is `{}` meant?", other.escape_debug()))
            .unwrap_or_default()
    };
    let variables: Vec<&String> = declared.keys().collect();
    for key in &lost {
        let meant = near(key, &variables);
        said.push(format!(
            "no variable takes the secret `{}`{meant}",
            key.escape_debug()
        ));
    }
    for name in unset {
        let meant = near(name, &lost);
        said.push(format!(
            "the variable `{name}` is secret, and takes its default, because no secret of that name is there{meant}"
        ));
    }
    said
}

/// Refuses for a protected environment what [`untaken`] names; for any other returns it, to be said.
///
/// # Errors
/// When something is not taken and the environment is protected.
pub fn check(
    settings: &SecretsSettings,
    keys: &BTreeSet<String>,
    declared: &BTreeMap<String, Variable>,
    is_set: &dyn Fn(&str) -> bool,
) -> Result<Vec<String>, RouteError> {
    let said = untaken(settings, keys, declared, is_set);
    if settings.protected && !said.is_empty() {
        return Err(RouteError::Untaken {
            environment: settings.environment.clone(),
            what: said,
        });
    }
    Ok(said)
}
