//! Settings of policies, and what else a configuration holds, compared value by value.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::{Change, Effect};
use crate::config::Config;

/// The most of a value that is shown, in characters.
const MAX_SHOWN: usize = 120;

/// Settings of built-in policies of which more lets more through. What a setting of any
/// other policy means, only that policy knows.
const CAPS: [(&str, &str); 2] = [
    ("cost-cap", "monthly-cap-usd"),
    ("cost-cap", "monthly-increase-cap-usd"),
];

/// Keys that are compared where their effect is known.
const OF_POLICIES: [&str; 8] = [
    "source",
    "digest",
    "enabled",
    "enforcement",
    "settings",
    "rules",
    "documents",
    "limits",
];
const OF_ENVIRONMENTS: [&str; 14] = [
    "aliases",
    "protected",
    "undetermined",
    "incomplete",
    "existing",
    "gate-changes",
    "isolated",
    "separate-identities",
    "after",
    "max-age",
    "promote",
    "verify",
    "verify-secrets",
    "verify-timeout",
];
const OF_SECRETS: [&str; 16] = [
    "named-only",
    "files",
    "command",
    "format",
    "at",
    "aws-secrets-manager",
    "region",
    "profile",
    "role",
    "stage",
    "as-value",
    "variables",
    "prefix",
    "recipients",
    "environment-marker",
    "encryption-runs-programs",
];
const OF_PROJECT: [&str; 6] = [
    "name",
    "isolated",
    "separate-identities",
    "waiver-owners",
    "gate-approvers",
    "former-names",
];

/// One value that is not what it was.
struct Difference<'a> {
    path: Vec<String>,
    before: Option<&'a Json>,
    after: Option<&'a Json>,
}

/// Returns the changes of a policy's settings, each with a JSON Pointer to its setting.
pub(super) fn changes(policy: &str, before: &Json, after: &Json) -> Vec<(String, Change)> {
    let mut differences = Vec::new();
    // What an empty table means, only the policy knows: a requirement, or an exception.
    let empty = Empty::Counts;
    differ(
        (Some(before), Some(after)),
        empty,
        &mut Vec::new(),
        &mut differences,
    );
    differences
        .iter()
        .map(|difference| {
            let name = difference.path.join(".");
            let is_cap = CAPS.contains(&(policy, name.as_str()));
            let effect = match (difference.before, difference.after) {
                // No cap is the highest.
                (Some(_), None) if is_cap => Effect::Loosens,
                (None, Some(_)) if is_cap => Effect::Tightens,
                (Some(before), Some(after)) if is_cap => higher_loosens(before, after),
                _ => Effect::Unclear,
            };
            let step = |step: &String| step.replace('~', "~0").replace('/', "~1");
            let pointer: String = difference
                .path
                .iter()
                .map(|name| format!("/{}", step(name)))
                .collect();
            let what = format!("the setting `{name}` of {policy}");
            (pointer, difference.change(effect, &what))
        })
        .collect()
}

/// Returns the changes of everything that is compared nowhere else, so that a key which
/// this module has never heard of does not go unseen.
pub(super) fn elsewhere(base: &Config, new: &Config) -> Vec<Change> {
    let mut before = rest(base);
    let mut after = rest(new);
    // An environment that comes or goes is told as a whole.
    if let (Some(Json::Object(before)), Some(Json::Object(after))) = (
        before.get_mut("environments"),
        after.get_mut("environments"),
    ) {
        before.retain(|name, _| after.contains_key(name));
        after.retain(|name, _| before.contains_key(name));
    }
    let (before, after) = (Json::Object(before), Json::Object(after));
    let mut differences = Vec::new();
    differ(
        (Some(&before), Some(&after)),
        Empty::IsNothing,
        &mut Vec::new(),
        &mut differences,
    );
    differences
        .iter()
        .map(|difference| {
            let what = format!("`{}`", difference.path.join("."));
            let mut change = difference.change(Effect::Unclear, &what);
            if let [first, environment, _, ..] = difference.path.as_slice()
                && first == "environments"
            {
                change.environments = vec![environment.clone()];
            }
            change
        })
        .collect()
}

/// The file as it is written, without what is compared elsewhere.
fn rest(config: &Config) -> Map<String, Json> {
    let file: Option<Json> = config.text().and_then(|text| toml::from_str(text).ok());
    let Some(Json::Object(mut file)) = file else {
        return Map::new();
    };
    file.remove("waivers");
    file.remove("limits");
    if let Some(project) = file.get_mut("project") {
        without(project, &OF_PROJECT);
    }
    // What it decides is compared policy by policy.
    if let Some(policies) = file.get_mut("policies") {
        without(policies, &["preset"]);
    }
    for policy in tables(file.get_mut("policies")) {
        without(policy, &OF_POLICIES);
    }
    for environment in tables(file.get_mut("environments")) {
        without(environment, &OF_ENVIRONMENTS);
        if let Some(environment) = environment.as_object_mut() {
            // As a text it is the only file.
            environment.retain(|key, value| key != "secrets" || value.is_object());
            if let Some(secrets) = environment.get_mut("secrets") {
                without(secrets, &OF_SECRETS);
            }
        }
        for policy in tables(environment.get_mut("policies")) {
            without(policy, &OF_POLICIES);
        }
    }
    file
}

fn tables(table: Option<&mut Json>) -> impl Iterator<Item = &mut Json> {
    table
        .and_then(Json::as_object_mut)
        .into_iter()
        .flat_map(Map::values_mut)
}

fn without(table: &mut Json, keys: &[&str]) {
    if let Json::Object(table) = table {
        table.retain(|key, _| !keys.contains(&key.as_str()));
    }
}

/// What a table is in which nothing is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    /// Something else than none.
    Counts,
    /// The same as none: what was in it is compared elsewhere.
    IsNothing,
}

/// Collects the values that differ.
fn differ<'a>(
    (before, after): (Option<&'a Json>, Option<&'a Json>),
    empty: Empty,
    path: &mut Vec<String>,
    differences: &mut Vec<Difference<'a>>,
) {
    let table = |value: Option<&'a Json>| value.and_then(Json::as_object);
    let open = |value: Option<&'a Json>| value.is_none_or(Json::is_object);
    if open(before) && open(after) {
        let keys: BTreeSet<&'a String> = table(before)
            .into_iter()
            .chain(table(after))
            .flat_map(Map::keys)
            .collect();
        if keys.is_empty() && before.is_some() != after.is_some() && empty == Empty::Counts {
            differences.push(Difference {
                path: path.clone(),
                before,
                after,
            });
        }
        for key in keys {
            path.push(key.clone());
            let at = |value: Option<&'a Json>| table(value).and_then(|table| table.get(key));
            differ((at(before), at(after)), empty, path, differences);
            path.pop();
        }
    } else if before != after {
        differences.push(Difference {
            path: path.clone(),
            before,
            after,
        });
    }
}

impl Difference<'_> {
    fn change(&self, effect: Effect, what: &str) -> Change {
        let value = |value: Option<&Json>| value.map_or_else(|| "none".to_owned(), shown);
        let verb = match (self.before, self.after, effect) {
            (None, ..) => "is set",
            (_, None, _) => "is removed",
            (_, _, Effect::Loosens) => "is raised",
            (_, _, Effect::Tightens) => "is lowered",
            _ => "is changed",
        };
        Change::new(effect, format!("{what} {verb}"))
            .values(&value(self.before), &value(self.after))
    }
}

fn higher_loosens(before: &Json, after: &Json) -> Effect {
    let number = |value: &Json| {
        let number = match value {
            Json::String(text) => text.trim().parse::<f64>().ok(),
            other => other.as_f64(),
        };
        // `nan` is neither more nor less than anything, and so no bound.
        number.filter(|number| number.is_finite())
    };
    match (number(before), number(after)) {
        (Some(before), Some(after)) if after > before => Effect::Loosens,
        (Some(before), Some(after)) if after < before => Effect::Tightens,
        (Some(_), Some(_)) => Effect::Neutral,
        _ => Effect::Unclear,
    }
}

/// A value, short enough to be read.
pub(super) fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => short(text),
        other => short(&other.to_string()),
    }
}

/// A text of the working tree, short enough to be read.
pub(super) fn short(text: &str) -> String {
    let mut characters = text.chars();
    let mut short: String = characters.by_ref().take(MAX_SHOWN).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    short
}
