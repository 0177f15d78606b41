//! What a document is that is not a plan.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::PlanError;
use super::json::{Text, read};
use super::read::supported;

/// The keys of a document's top level, as far as they could be read.
struct Keys {
    names: BTreeSet<String>,
    format_version: Option<String>,
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeysVisitor;
        impl<'de> Visitor<'de> for KeysVisitor {
            type Value = Keys;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                // Enough to tell every kind; a hostile document has no say in the memory.
                const ENOUGH: usize = 64;
                let mut keys = Keys {
                    names: BTreeSet::new(),
                    format_version: None,
                };
                while let Some(Text(key)) = map.next_key::<Text<'de>>()? {
                    if key == "format_version" {
                        let raw = map.next_value::<&RawValue>()?;
                        keys.format_version =
                            read::<Text<'_>>(raw).ok().map(|text| text.0.into_owned());
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                    if keys.names.len() < ENOUGH {
                        keys.names.insert(key.into_owned());
                    }
                }
                Ok(keys)
            }
        }
        deserializer.deserialize_map(KeysVisitor)
    }
}

/// Whether bytes are a plan as `plan -out` saves it, encrypted or not: only the tool that made
/// it turns it into JSON.
#[must_use]
pub fn is_saved(bytes: &[u8]) -> bool {
    super::text::is_binary(bytes)
        || str::from_utf8(bytes)
            .is_ok_and(|text| look_alike(text.trim_start()) == Some(PlanError::Encrypted))
}

/// Names the kind of the JSON object at the start of `text`, if it is none that
/// Tollgate reads.
pub(super) fn look_alike(text: &str) -> Option<PlanError> {
    let keys = serde_json::Deserializer::from_str(text)
        .into_iter::<Keys>()
        .next()?
        .ok()?;
    let has = |name: &str| keys.names.contains(name);
    let any = |names: &[&str]| names.iter().any(|name| has(name));
    let planned = any(&["resource_changes", "planned_values"]);
    Some(if any(&["@level", "@message"]) {
        PlanError::PlanLog
    } else if has("encrypted_data") && any(&["meta", "encryption_version"]) {
        PlanError::Encrypted
    } else if any(&[
        "infracost_resource_changes",
        "infracost_provider_constraints",
    ]) {
        PlanError::Infracost
    } else if any(&["plan_format_version", "provider_format_version"]) {
        PlanError::RedactedPlan
    } else if let Some(found) = keys
        .format_version
        .clone()
        .filter(|found| planned && !supported(found))
    {
        PlanError::UnsupportedVersion { found }
    } else if planned {
        return (!has("format_version")).then_some(PlanError::NoFormatVersion);
    } else if has("lineage") || (has("version") && any(&["serial", "modules", "terraform_version"]))
    {
        PlanError::RawState
    } else if any(&["provider_schemas"]) {
        PlanError::ProviderSchemas
    } else if any(&["function_signatures"]) {
        PlanError::Functions
    } else if has("valid") && any(&["diagnostics", "error_count"]) {
        PlanError::Validation
    } else if has("values") {
        PlanError::State
    } else if any(&["configuration", "root_module", "provider_config"]) {
        PlanError::Configuration
    } else if has("format_version")
        && keys
            .names
            .iter()
            .all(|name| name == "format_version" || name == "terraform_version")
    {
        // An empty state has nothing else.
        PlanError::State
    } else {
        PlanError::NotAPlan
    })
}

/// Names what a text is that does not start as a JSON object does.
pub(super) fn not_an_object(text: &str) -> PlanError {
    let text = text.trim_start();
    let people = [
        "will perform the following actions",
        "used the selected providers to generate the following execution",
        "No changes. ",
    ];
    // Far enough for the lines about refreshing and the legend.
    let head: String = text.chars().take(100_000).collect();
    if people.iter().any(|phrase| head.contains(phrase)) {
        return PlanError::PlanForPeople;
    }
    let line = head
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default()
        .trim();
    let found = match text.chars().next() {
        Some('[') if serde_json::from_str::<IgnoredAny>(text).is_ok() => Some("a list"),
        Some('"') => Some("a string"),
        Some('0'..='9' | '-') if serde_json::from_str::<IgnoredAny>(text).is_ok() => {
            Some("a number")
        }
        _ => match line {
            "null" => Some("null"),
            "true" | "false" => Some("a boolean"),
            _ => None,
        },
    };
    if let Some(found) = found {
        return PlanError::NotAnObject { found };
    }
    let word = line
        .split([' ', '"', '{', '=', ':'])
        .next()
        .unwrap_or_default();
    let configuration = [
        "resource",
        "variable",
        "module",
        "terraform",
        "provider",
        "data",
        "locals",
        "output",
    ];
    let guess = if configuration.contains(&word) && line.contains(['{', '=']) {
        "configuration (`.tf`)"
    } else if line.starts_with('<') {
        "HTML or XML"
    } else if line == "---"
        || line.split_once(':').is_some_and(|(key, rest)| {
            !key.contains(' ') && (rest.is_empty() || rest.starts_with(' '))
        })
    {
        "YAML"
    } else if line.starts_with(['╷', '│'])
        || line.starts_with("Error:")
        || head.contains("│ Error:")
    {
        "an error message"
    } else {
        "other text"
    };
    PlanError::NotJson { guess }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_look_alike_has_its_name() {
        for (text, code) in [
            (
                r#"{"format_version":"1.0","terraform_version":"1.9.0","values":{}}"#,
                "state",
            ),
            (r#"{"format_version":"1.0"}"#, "state"),
            (
                r#"{"version":4,"terraform_version":"1.9.0","serial":1,"lineage":"x"}"#,
                "raw-state",
            ),
            (r#"{"version":3,"serial":1,"modules":[]}"#, "raw-state"),
            (r#"{"@level":"info","@message":"x"}"#, "plan-log"),
            (
                r#"{"format_version":"1.0","provider_schemas":{}}"#,
                "provider-schemas",
            ),
            (
                r#"{"format_version":"1.0","function_signatures":{}}"#,
                "functions",
            ),
            (
                r#"{"format_version":"1.0","valid":true,"error_count":0,"diagnostics":[]}"#,
                "validation",
            ),
            (
                r#"{"format_version":"1.0","configuration":{}}"#,
                "configuration",
            ),
            (
                r#"{"provider_config":{},"root_module":{}}"#,
                "configuration",
            ),
            (
                r#"{"plan_format_version":"1.2","resource_changes":[]}"#,
                "redacted-plan",
            ),
            (
                r#"{"format_version":"1.0","planned_values":{},"infracost_resource_changes":[]}"#,
                "infracost",
            ),
            (
                r#"{"format_version":"2.0","planned_values":5}"#,
                "unsupported-version",
            ),
            (
                r#"{"meta":{"key_provider.pbkdf2.k":"eA=="},"encrypted_data":"eA==","encryption_version":"v0"}"#,
                "encrypted-plan",
            ),
            (r#"{"resource_changes":[]}"#, "no-format-version"),
            (r#"{"a":1}"#, "not-a-plan"),
            ("{}", "not-a-plan"),
        ] {
            assert_eq!(look_alike(text).unwrap().code(), code, "{text}");
        }
        assert_eq!(
            look_alike(r#"{"format_version":"1.2","planned_values":{}}"#),
            None
        );
    }

    #[test]
    fn text_is_named() {
        for (text, named) in [
            ("[1, 2]", "the document is a list, not an object"),
            ("null", "the document is null, not an object"),
            (
                "resource \"a\" \"b\" {\n}",
                "this is not JSON but configuration (`.tf`)",
            ),
            ("---\na: b\n", "this is not JSON but YAML"),
            ("AWSTemplateFormatVersion: 1\n", "this is not JSON but YAML"),
            ("<html>", "this is not JSON but HTML or XML"),
            ("Feature: Test\n", "this is not JSON but YAML"),
            ("hello world", "this is not JSON but other text"),
            (
                "╷\n│ Error: no plan\n",
                "this is not JSON but an error message",
            ),
            (
                "\nOpenTofu will perform the following actions:\n",
                "this is what `plan` prints for people, not the plan's JSON",
            ),
        ] {
            assert_eq!(not_an_object(text).to_string(), named, "{text}");
        }
    }
}
