//! What changed outside of the configuration, as findings of the policy that Tollgate plays.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use tollgate_model::own_rules::{Check, DRIFT, OwnRule, POLICY, checked_by};

use crate::hcl::Configuration;
use crate::judge::{Evaluation, Finding, PolicyOutcome, RuleEnforcement};
use crate::report::{Cause, Enforcement, Outcome};
use crate::sandbox::digest;

/// How many attributes are named.
const MOST_ATTRIBUTES: usize = 20;

/// How deep attributes are compared.
const MAX_DEPTH: usize = 32;

/// A resource that is not what the last apply left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drifted {
    /// Its address.
    pub address: String,
    /// Whether it is gone.
    pub gone: bool,
    /// The paths of what changed, sorted; none where it is gone.
    pub attributes: Vec<String>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    resource_drift: Vec<Drift>,
}

#[derive(Deserialize)]
struct Drift {
    address: String,
    #[serde(default)]
    deposed: Option<String>,
    change: Change,
}

#[derive(Deserialize)]
struct Change {
    actions: Vec<String>,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after: Value,
    #[serde(default)]
    before_sensitive: Value,
    #[serde(default)]
    after_sensitive: Value,
}

/// Finds what drifted in a plan as the tool shows it, but for what the configuration ignores.
///
/// # Errors
/// When it is none.
pub fn find(plan: &[u8], root: &Configuration) -> Result<Vec<Drifted>, serde_json::Error> {
    let document: Document = serde_json::from_slice(plan)?;
    let mut found = Vec::new();
    for drift in document.resource_drift {
        let Drift {
            address,
            deposed,
            change,
        } = drift;
        let address = match deposed {
            Some(deposed) => format!("{address} (deposed {deposed})"),
            None => address,
        };
        let actions: Vec<&str> = change.actions.iter().map(String::as_str).collect();
        match actions.as_slice() {
            ["no-op"] => {}
            ["update"] => {
                let mut paths = BTreeSet::new();
                differences(
                    [&change.before, &change.after],
                    [&change.before_sensitive, &change.after_sensitive],
                    &mut Vec::new(),
                    &mut paths,
                );
                let ignored = root.ignored_changes(&address);
                let ignores =
                    |path: &Vec<String>| ignored.iter().any(|ignored| path.starts_with(ignored));
                let all = paths.len();
                paths.retain(|path| !ignores(path));
                // Where all that changed is ignored nothing is left; where nothing visible changed, it did.
                if paths.is_empty() && all > 0 {
                    continue;
                }
                found.push(Drifted {
                    address,
                    gone: false,
                    attributes: paths.iter().map(|path| path.join(".")).collect(),
                });
            }
            _ => found.push(Drifted {
                address,
                gone: true,
                attributes: Vec::new(),
            }),
        }
    }
    Ok(found)
}

/// Adds the paths of what differs. Nothing below what is sensitive is named: the key of a map can be
/// as secret as its value.
fn differences(
    values: [&Value; 2],
    sensitive: [&Value; 2],
    path: &mut Vec<String>,
    found: &mut BTreeSet<Vec<String>>,
) {
    let [before, after] = values;
    if before == after {
        return;
    }
    let is_sensitive = sensitive.iter().any(|mark| **mark == Value::Bool(true));
    if !is_sensitive && path.len() < MAX_DEPTH {
        let null = Value::Null;
        let at = |value: &'_ Value, key: &str, nth: usize| -> Value {
            match value {
                Value::Object(map) => map.get(key).cloned().unwrap_or_default(),
                Value::Array(list) => list.get(nth).cloned().unwrap_or_default(),
                _ => null.clone(),
            }
        };
        let keys: Option<BTreeSet<String>> = match (before, after) {
            (Value::Object(before), Value::Object(after)) => {
                Some(before.keys().chain(after.keys()).cloned().collect())
            }
            // Elements of a list that only grew or shrank are no places of their own.
            (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
                Some((0..before.len()).map(|nth| nth.to_string()).collect())
            }
            _ => None,
        };
        if let Some(keys) = keys {
            for key in keys {
                let nth = key.parse().unwrap_or(usize::MAX);
                let [before, after] = values.map(|value| at(value, &key, nth));
                let [one, two] = sensitive.map(|mark| at(mark, &key, nth));
                path.push(key);
                differences([&before, &after], [&one, &two], path, found);
                path.pop();
            }
            return;
        }
    }
    found.insert(path.clone());
}

/// Makes findings of what drifted.
#[must_use]
pub fn outcome(drifted: &[Drifted]) -> PolicyOutcome {
    let findings = drifted.iter().map(|drifted| {
        let address = &drifted.address;
        let attributes: Vec<String> = drifted
            .attributes
            .iter()
            .take(MOST_ATTRIBUTES)
            .cloned()
            .collect();
        let message = match (drifted.gone, attributes.as_slice()) {
            (true, _) => {
                "it is no longer there: somebody deleted it, or the provider now looks elsewhere"
                    .to_owned()
            }
            (false, []) => "it is not what the last apply left".to_owned(),
            (false, names) => {
                let more = drifted.attributes.len() - names.len();
                let more = match more {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!(
                    "it is not what the last apply left: {}{more}",
                    names.join(", ")
                )
            }
        };
        Finding {
            previous_fingerprint: None,
            rule: DRIFT.to_owned(),
            outcome: Outcome::Violation,
            cause: Cause::Planned,
            address: Some(address.clone()),
            deposed: None,
            action: None,
            attributes,
            location: None,
            fingerprint: digest(format!("{DRIFT}\0{address}").as_bytes()),
            message,
            remediation: None,
            details: Vec::new(),
        }
    });
    PolicyOutcome {
        name: POLICY.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        source: "built-in".to_owned(),
        digest: None,
        enforcement: RuleEnforcement {
            policy: Enforcement::SoftMandatory,
            rules: std::collections::BTreeMap::new(),
        },
        rules: checked_by(Check::Drift).map(OwnRule::rule).collect(),
        changes_seen: drifted.len(),
        result: Ok(Evaluation {
            findings: findings.collect(),
            documents: Vec::new(),
        }),
    }
}

/// Whether a plan, as the tool shows it, changes nothing: no resource, no output, and nothing of the
/// state.
#[must_use]
pub fn changes_nothing(plan: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Plan {
        #[serde(default)]
        resource_changes: Vec<Resource>,
        #[serde(default)]
        output_changes: std::collections::BTreeMap<String, Actions>,
        #[serde(default)]
        resource_drift: Vec<serde::de::IgnoredAny>,
        #[serde(default)]
        deferred_changes: Vec<serde::de::IgnoredAny>,
        #[serde(default)]
        action_invocations: Vec<serde::de::IgnoredAny>,
    }
    #[derive(Deserialize)]
    struct Resource {
        #[serde(default)]
        previous_address: Option<String>,
        change: Actions,
    }
    #[derive(Deserialize)]
    struct Actions {
        actions: Vec<String>,
        #[serde(default)]
        importing: Option<serde::de::IgnoredAny>,
    }
    let nothing = |change: &Actions| change.actions == ["no-op"] && change.importing.is_none();
    serde_json::from_slice::<Plan>(plan).is_ok_and(|plan| {
        plan.resource_changes
            .iter()
            .all(|each| each.previous_address.is_none() && nothing(&each.change))
            && plan.output_changes.values().all(nothing)
            && plan.resource_drift.is_empty()
            && plan.deferred_changes.is_empty()
            && plan.action_invocations.is_empty()
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn found(change: &str) -> Vec<(String, bool, Vec<String>)> {
        let folder = tempfile::tempdir().unwrap();
        let text = "resource \"a\" \"b\" {\n  lifecycle {\n    ignore_changes = [size, tags[\"seen\"]]\n  }\n}\n";
        std::fs::write(folder.path().join("main.tf"), text).unwrap();
        let root = Configuration::read(folder.path()).unwrap();
        let plan = format!(r#"{{"resource_drift":[{{"address":"a.b","change":{change}}}]}}"#);
        find(plan.as_bytes(), &root)
            .unwrap()
            .into_iter()
            .map(|each| (each.address, each.gone, each.attributes))
            .collect()
    }

    #[test]
    fn attributes_are_named_and_ignored_ones_are_not() {
        let one = |gone, attributes: &[&str]| {
            let attributes = attributes.iter().map(ToString::to_string).collect();
            vec![("a.b".to_owned(), gone, attributes)]
        };
        for (change, expected) in [
            (
                r#"{"actions":["update"],"before":{"capacity":1,"name":"x"},"after":{"capacity":2,"name":"x"}}"#,
                one(false, &["capacity"]),
            ),
            (
                r#"{"actions":["update"],"before":{"tags":{"a":"1","seen":"1"},"size":1},"after":{"tags":{"seen":"2"},"size":2}}"#,
                one(false, &["tags.a"]),
            ),
            (
                r#"{"actions":["update"],"before":{"tags":{"seen":"1"},"size":1},"after":{"tags":{"seen":"2"},"size":2}}"#,
                vec![],
            ),
            (
                r#"{"actions":["update"],"before":{"list":[{"x":1},{"x":2}]},"after":{"list":[{"x":1},{"x":3}]}}"#,
                one(false, &["list.1.x"]),
            ),
            (
                r#"{"actions":["update"],"before":{"list":[1]},"after":{"list":[1,2]}}"#,
                one(false, &["list"]),
            ),
            // The names of keys below what is sensitive are no more to be seen than its values.
            (
                r#"{"actions":["update"],"before":{"map":{"hunter2":1}},"after":{"map":{"hunter3":1}},"after_sensitive":{"map":true}}"#,
                one(false, &["map"]),
            ),
            (
                r#"{"actions":["delete"],"before":{"size":1},"after":null}"#,
                one(true, &[]),
            ),
            (
                r#"{"actions":["no-op"],"before":{"x":1},"after":{"x":1}}"#,
                vec![],
            ),
        ] {
            assert_eq!(found(change), expected, "{change}");
        }
    }

    #[test]
    fn what_changes_nothing() {
        for (plan, expected) in [
            ("{}", true),
            (
                r#"{"resource_changes":[{"change":{"actions":["no-op"]}}],"output_changes":{"a":{"actions":["no-op"]}}}"#,
                true,
            ),
            (
                r#"{"resource_changes":[{"change":{"actions":["update"]}}]}"#,
                false,
            ),
            (
                r#"{"resource_changes":[{"previous_address":"a.b","change":{"actions":["no-op"]}}]}"#,
                false,
            ),
            (
                r#"{"resource_changes":[{"change":{"actions":["no-op"],"importing":{"id":"x"}}}]}"#,
                false,
            ),
            (r#"{"output_changes":{"a":{"actions":["create"]}}}"#, false),
            (r#"{"resource_drift":[{}]}"#, false),
            (r#"{"deferred_changes":[{}]}"#, false),
            ("no plan", false),
        ] {
            assert_eq!(changes_nothing(plan.as_bytes()), expected, "{plan}");
        }
    }
}
