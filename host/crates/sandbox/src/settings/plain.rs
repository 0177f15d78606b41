//! Whether settings satisfy a schema, where that is plain to see.
//!
//! To say what is wrong with settings takes a validator, which first has to be built, and its own
//! schema's before it: a tenth of what a small plan takes. Most settings are right, and the schemas of
//! our policies use few words. So this says yes or no where the words are among these, and leaves
//! everything else, what to say included, to the validator.

use regex::Regex;
use serde_json::{Map, Value};

/// How deep schemas may lead into each other here.
const DEEP: usize = 32;

/// Says whether the schema allows the value; none where that is not plain.
pub(super) fn allows(whole: &Value, schema: &Value, value: &Value) -> Option<bool> {
    within(whole, schema, value, DEEP)
}

fn within(whole: &Value, schema: &Value, value: &Value, depth: usize) -> Option<bool> {
    let depth = depth.checked_sub(1)?;
    let schema = match schema {
        Value::Bool(all) => return Some(*all),
        Value::Object(words) => words,
        _ => return None,
    };
    all(schema.iter().map(|(word, rule)| match word.as_str() {
        // Formats are words about numbers here: none is asserted in this draft.
        "$schema" | "$defs" | "title" | "description" | "default" | "examples" | "format" => {
            Some(true)
        }
        "$ref" => {
            let to = rule.as_str()?.strip_prefix('#')?;
            within(whole, whole.pointer(to)?, value, depth)
        }
        "type" => kind(rule, value),
        "const" => same(rule, value),
        "enum" => any(rule.as_array()?.iter().map(|one| same(one, value))),
        "oneOf" => one(rule
            .as_array()?
            .iter()
            .map(|one| within(whole, one, value, depth))),
        "anyOf" => any(rule
            .as_array()?
            .iter()
            .map(|one| within(whole, one, value, depth))),
        "allOf" => all(rule
            .as_array()?
            .iter()
            .map(|one| within(whole, one, value, depth))),
        "items" => match value {
            Value::Array(items) => all(items.iter().map(|item| within(whole, rule, item, depth))),
            _ => Some(true),
        },
        "minItems" => match value {
            Value::Array(items) => Some(items.len() as u64 >= rule.as_u64()?),
            _ => Some(true),
        },
        "properties" => match value {
            Value::Object(members) => all(rule.as_object()?.iter().map(|(name, rule)| {
                let member = members.get(name);
                member.map_or(Some(true), |member| within(whole, rule, member, depth))
            })),
            _ => Some(true),
        },
        "additionalProperties" => match value {
            Value::Object(members) => {
                let more = more(schema, members)?;
                all(more.map(|member| within(whole, rule, member, depth)))
            }
            _ => Some(true),
        },
        "required" => match value {
            Value::Object(members) => all(rule
                .as_array()?
                .iter()
                .map(|name| Some(members.contains_key(name.as_str()?)))),
            _ => Some(true),
        },
        "minimum" => number(rule, value, |limit, found| found >= limit),
        "maximum" => number(rule, value, |limit, found| found <= limit),
        "pattern" => match value {
            Value::String(text) => pattern(rule.as_str()?, text),
            _ => Some(true),
        },
        _ => None,
    }))
}

/// Members that no other word of the schema speaks of.
fn more<'v>(
    schema: &'v Map<String, Value>,
    members: &'v Map<String, Value>,
) -> Option<impl Iterator<Item = &'v Value>> {
    if schema.contains_key("patternProperties") {
        return None;
    }
    let named = schema.get("properties").and_then(Value::as_object);
    Some(
        members
            .iter()
            .filter(move |(name, _)| named.is_none_or(|named| !named.contains_key(*name)))
            .map(|(_, member)| member),
    )
}

fn kind(rule: &Value, value: &Value) -> Option<bool> {
    let of = |name: &str| match (name, value) {
        ("null", found) => Some(found.is_null()),
        ("boolean", found) => Some(found.is_boolean()),
        ("string", found) => Some(found.is_string()),
        ("array", found) => Some(found.is_array()),
        ("object", found) => Some(found.is_object()),
        // `1.0` is a whole number too.
        ("integer", Value::Number(found)) if found.is_f64() => None,
        ("number" | "integer", found) => Some(found.is_number()),
        _ => None,
    };
    match rule {
        Value::String(name) => of(name),
        Value::Array(names) => any(names.iter().map(|name| of(name.as_str()?))),
        _ => None,
    }
}

/// Whether two values are one. Numbers can be written in two ways.
fn same(one: &Value, other: &Value) -> Option<bool> {
    match (one, other) {
        (Value::String(one), Value::String(other)) => Some(one == other),
        (Value::Bool(one), Value::Bool(other)) => Some(one == other),
        (Value::Null, Value::Null) => Some(true),
        (Value::Number(_), Value::Number(_))
        | (Value::Array(_), Value::Array(_))
        | (Value::Object(_), Value::Object(_)) => None,
        _ => Some(false),
    }
}

fn number(rule: &Value, value: &Value, holds: fn(f64, f64) -> bool) -> Option<bool> {
    /// From here on, whole numbers are not all there as floating-point numbers.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let Value::Number(found) = value else {
        return Some(true);
    };
    let (limit, found) = (rule.as_f64()?, found.as_f64()?);
    (limit.abs() < EXACT && found.abs() < EXACT).then(|| holds(limit, found))
}

fn pattern(pattern: &str, text: &str) -> Option<bool> {
    // What the dialects of regular expressions agree on.
    let plain = |c: char| c.is_ascii_alphanumeric() || "^$[](){}|?+*,.:/-".contains(c);
    let escaped = pattern.replace("\\.", "");
    if !escaped.chars().all(plain) || escaped.contains("(?") {
        return None;
    }
    Some(Regex::new(pattern).ok()?.is_match(text))
}

/// Yes if all are, no if one is not.
fn all(mut of: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut plain = true;
    for one in of.by_ref() {
        match one {
            Some(true) => {}
            Some(false) => return Some(false),
            None => plain = false,
        }
    }
    plain.then_some(true)
}

/// Yes if one is, no if none is.
fn any(of: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(of.map(|one| one.map(|one| !one))).map(|none| !none)
}

/// Yes if exactly one is.
fn one(of: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let found: Vec<bool> = of.collect::<Option<_>>()?;
    Some(found.iter().filter(|one| **one).count() == 1)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::builtin::BUILTINS;
    use crate::settings::validate_in_full;

    /// Values of all kinds, right and wrong for one setting or the other.
    fn values() -> Vec<Value> {
        let mut values = vec![
            json!(null),
            json!(true),
            json!(0),
            json!(1),
            json!(-1),
            json!(1.0),
            json!(1.5),
            json!(3_653),
            json!(4_294_967_296_u64),
            json!(""),
            json!("x"),
            json!("all"),
            json!("judge"),
            json!("0.5"),
            json!("0.5x"),
            json!("10.0.0.0/8"),
            json!("tcp/443"),
            json!("22-23"),
            json!("aws_db_instance"),
            json!("production"),
            json!([]),
            json!({}),
        ];
        let once: Vec<Value> = values.clone();
        values.extend(once.iter().map(|value| json!([value])));
        values.extend(once.iter().map(|value| json!({ "a": value })));
        values.extend(
            once.iter()
                .map(|value| json!({ "aws_x": { "requests": value } })),
        );
        values
    }

    #[test]
    fn what_is_plain_is_what_the_validator_says() {
        let (mut yes, mut no, mut unknown) = (0, 0, 0);
        for builtin in &BUILTINS {
            let metadata: Value = serde_json::from_str(builtin.description).unwrap();
            let schema = match &metadata["metadata"]["settings-schema"] {
                Value::String(text) => serde_json::from_str(text).unwrap(),
                other => other.clone(),
            };
            let mut names: Vec<String> = Vec::new();
            let keys = |part: &Value| {
                let keys = part["properties"].as_object();
                keys.into_iter()
                    .flatten()
                    .map(|(name, _)| name.clone())
                    .collect::<Vec<_>>()
            };
            names.extend(keys(&schema));
            let below: Vec<String> = schema["$defs"]
                .as_object()
                .into_iter()
                .flatten()
                .flat_map(|(_, part)| keys(part))
                .collect();
            names.push("unheard-of".to_owned());
            for name in &names {
                let mut tried = values();
                for inner in &below {
                    tried.extend(
                        values()
                            .into_iter()
                            .take(24)
                            .map(|value| json!({ inner: value })),
                    );
                }
                for value in tried {
                    let settings = json!({ name: value });
                    match allows(&schema, &schema, &settings) {
                        None => unknown += 1,
                        Some(plain) => {
                            let errors = validate_in_full(&schema, &settings).unwrap();
                            assert_eq!(
                                plain,
                                errors.is_empty(),
                                "{}: {settings}: {errors:?}",
                                builtin.name
                            );
                            *(if plain { &mut yes } else { &mut no }) += 1;
                        }
                    }
                }
            }
        }
        assert!(
            yes > 100 && no > 1_000,
            "{yes} yes, {no} no, {unknown} left to the validator"
        );
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_validator() {
        for (schema, value) in [
            (json!({"type": "integer"}), json!(1.0)),
            (json!({"const": 1}), json!(1.0)),
            (json!({"pattern": "\\d"}), json!("1")),
            (json!({"pattern": "(?i)a"}), json!("A")),
            (
                json!({"maximum": 9_007_199_254_740_993_u64}),
                json!(9_007_199_254_740_993_u64),
            ),
            (json!({"not": {}}), json!(1)),
            (
                json!({"patternProperties": {"a": false}, "additionalProperties": true}),
                json!({"b": 1}),
            ),
            (json!({"$ref": "https://example.org/other"}), json!(1)),
            (json!({"$ref": "#"}), json!(1)),
            (json!({"oneOf": [{"not": {}}, true]}), json!(1)),
        ] {
            assert_eq!(allows(&schema, &schema, &value), None, "{schema}");
        }
    }
}
