//! Settings, held against the JSON Schema that the policy declares.
//!
//! The schema comes from the module, so it is hostile input like the rest of it: it
//! cannot fetch anything, and its patterns run in linear time. A few lines of it can still
//! stand for millions, so what it expands to is bounded, and it is held against the settings
//! in a process with limits of its own ([`super::compile`]).

mod plain;

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, PatternOptions};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::compile;
use super::error::PolicyError;
use super::limits::Limits;
use tollgate_model::names::truncate;

/// The most parts that a schema may have once each reference stands for what it leads to.
const MAX_EXPANDED: u64 = 100_000;

/// How many references may lead into each other: each is followed on the stack.
const MAX_DEEP: usize = 256;

/// One setting that the policy's schema does not allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingError {
    /// JSON Pointer into the settings.
    pub pointer: String,
    /// Whether the key is wrong, and not its value.
    pub at_key: bool,
    /// What is wrong, without the value.
    pub message: String,
    /// What would be allowed.
    pub help: Option<String>,
}

/// Validates the settings of a policy whose schema nobody has vouched for, in a process that
/// may use what the policy may.
///
/// # Errors
/// When the schema cannot be used, or takes too much.
pub fn validate_limited(
    schema: &str,
    settings: &Value,
    limits: &Limits,
) -> Result<Vec<SettingError>, PolicyError> {
    bounded(schema)?;
    let question = serde_json::to_vec(&(schema, settings)).map_err(|error| unusable(&error))?;
    let answer = compile::check_settings(&question, limits)?;
    let answer: Result<Vec<SettingError>, String> =
        serde_json::from_slice(&answer).map_err(|error| unusable(&error))?;
    answer.map_err(PolicyError::Metadata)
}

/// Answers what [`validate_limited`] asks, in that process.
pub(super) fn answer(question: &[u8]) -> serde_json::Result<Vec<u8>> {
    let (schema, settings): (String, Value) = serde_json::from_slice(question)?;
    // A schema that nobody has vouched for is looked at as well, whatever the settings are.
    let answer = parsed(&schema).and_then(|schema| validate_in_full(&schema, &settings));
    let answer = answer.map_err(|error| match error {
        PolicyError::Metadata(reason) => reason,
        other => other.to_string(),
    });
    serde_json::to_vec(&answer)
}

fn unusable(reason: &dyn std::fmt::Display) -> PolicyError {
    PolicyError::Metadata(format!(
        "the schema of its settings cannot be used: {}",
        truncate(&reason.to_string(), 300)
    ))
}

/// Makes sure that a schema stands for no more than settings can be compared with.
///
/// # Errors
/// When it is not JSON, or with its references followed has too many parts or is too deep.
pub fn bounded(schema: &str) -> Result<(), PolicyError> {
    let schema: Value = serde_json::from_str(schema).map_err(|error| unusable(&error))?;
    let mut sizes = BTreeMap::new();
    let size = expanded(&schema, &schema, &mut sizes, &mut BTreeSet::new());
    if size > MAX_EXPANDED {
        return Err(unusable(&format_args!(
            "with its references followed it has more than {MAX_EXPANDED} parts"
        )));
    }
    Ok(())
}

/// How many parts a schema has with each reference followed, as often as it is there. A
/// reference that leads back to where it stands counts once.
fn expanded<'s>(
    whole: &'s Value,
    part: &'s Value,
    sizes: &mut BTreeMap<&'s str, u64>,
    open: &mut BTreeSet<&'s str>,
) -> u64 {
    match part {
        Value::Object(entries) => entries.iter().fold(1, |size: u64, (key, value)| {
            let more = match value {
                Value::String(to) if key.ends_with("ef") && key.starts_with('$') => {
                    referred(whole, to, sizes, open)
                }
                // Only what a reference leads to counts.
                _ if key == "$defs" || key == "definitions" => 0,
                value => expanded(whole, value, sizes, open),
            };
            size.saturating_add(more)
        }),
        Value::Array(items) => items.iter().fold(1, |size: u64, item| {
            size.saturating_add(expanded(whole, item, sizes, open))
        }),
        _ => 1,
    }
}

fn referred<'s>(
    whole: &'s Value,
    to: &'s str,
    sizes: &mut BTreeMap<&'s str, u64>,
    open: &mut BTreeSet<&'s str>,
) -> u64 {
    if let Some(size) = sizes.get(to) {
        return *size;
    }
    // Other references lead to anchors, of which a schema has few, or nowhere.
    let Some(target) = to
        .strip_prefix('#')
        .and_then(|pointer| whole.pointer(pointer))
    else {
        return 1;
    };
    if !open.insert(to) {
        return 1;
    }
    if open.len() > MAX_DEEP {
        return u64::MAX;
    }
    let size = expanded(whole, target, sizes, open);
    open.remove(to);
    sizes.insert(to, size);
    size
}

fn parsed(schema: &str) -> Result<Value, PolicyError> {
    serde_json::from_str(schema).map_err(|error| unusable(&error))
}

/// Validates settings against a schema, here. For the policies that are part of Tollgate.
///
/// # Errors
/// When the schema itself cannot be used.
pub fn validate(schema: &str, settings: &Value) -> Result<Vec<SettingError>, PolicyError> {
    let schema = parsed(schema)?;
    if plain::allows(&schema, &schema, settings) == Some(true) {
        return Ok(Vec::new());
    }
    validate_in_full(&schema, settings)
}

fn validate_in_full(schema: &Value, settings: &Value) -> Result<Vec<SettingError>, PolicyError> {
    let validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(
            PatternOptions::regex()
                .size_limit(1 << 20)
                .dfa_size_limit(1 << 20),
        )
        .build(schema)
        .map_err(|error| unusable(&error))?;
    let mut errors: Vec<_> = validator
        .iter_errors(settings)
        .flat_map(|error| {
            let at = error.instance_path().as_str();
            match error.kind() {
                ValidationErrorKind::AdditionalProperties { unexpected }
                | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected
                    .iter()
                    .map(|key| SettingError {
                        pointer: format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")),
                        at_key: true,
                        message: format!("unknown setting `{key}`"),
                        help: allowed_keys(schema, error.schema_path().as_str()),
                    })
                    .collect(),
                kind => {
                    let rule = Rule::at(schema, error.schema_path().as_str());
                    vec![SettingError {
                        pointer: at.to_owned(),
                        at_key: false,
                        message: describe(kind, schema, &rule),
                        help: rule.description.map(one_line),
                    }]
                }
            }
        })
        .collect();
    errors.sort_by(|a, b| (&a.pointer, &a.message).cmp(&(&b.pointer, &b.message)));
    Ok(errors)
}

/// The keys that the object schema around `…/additionalProperties` knows.
fn allowed_keys(schema: &Value, path: &str) -> Option<String> {
    let (object, _) = path.rsplit_once('/')?;
    let properties = schema.pointer(object)?.get("properties")?.as_object()?;
    let keys: Vec<_> = properties.keys().map(|key| format!("`{key}`")).collect();
    (!keys.is_empty()).then(|| format!("allowed: {}", keys.join(", ")))
}

/// A rule of a schema, by the path of its keyword.
struct Rule<'s> {
    /// The schema that has it.
    schema: Option<&'s Value>,
    /// What the nearest schema around it says of itself.
    description: Option<&'s str>,
}

impl<'s> Rule<'s> {
    /// Follows a path, of which references are steps.
    fn at(whole: &'s Value, path: &str) -> Self {
        let (object, _) = path.rsplit_once('/').unwrap_or_default();
        let mut at = Some(whole);
        let mut description = None;
        for step in object.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            at = at.and_then(|at| match at {
                Value::Array(items) => items.get(step.parse::<usize>().ok()?),
                at if step == "$ref" => followed(whole, at),
                at => at
                    .get(&step)
                    .or_else(|| followed(whole, at).and_then(|at| at.get(&step))),
            });
            // Below a list or a map something else is described.
            if matches!(
                step.as_str(),
                "items" | "additionalProperties" | "properties"
            ) {
                description = None;
            }
            let own = at.and_then(|at| at.get("description")?.as_str());
            description = own.or(description);
        }
        Self {
            schema: at,
            description,
        }
    }
}

/// What a reference leads to.
fn followed<'s>(whole: &'s Value, schema: &Value) -> Option<&'s Value> {
    let to = schema.get("$ref")?.as_str()?;
    whole.pointer(to.strip_prefix('#')?)
}

/// The forms that a schema allows, in words.
fn forms(whole: &Value, schema: &Value, depth: usize, found: &mut Vec<String>) {
    const DEEP: usize = 8;
    if depth > DEEP {
        return;
    }
    let mut add = |form: String| {
        if !found.contains(&form) {
            found.push(form);
        }
    };
    if let Some(value) = schema.get("const") {
        return add(value.to_string());
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().for_each(|value| add(value.to_string()));
    }
    let alternatives = ["anyOf", "oneOf"]
        .iter()
        .find_map(|word| schema.get(word)?.as_array());
    if let Some(alternatives) = alternatives {
        for alternative in alternatives {
            forms(whole, alternative, depth + 1, found);
        }
        return;
    }
    if let Some(target) = followed(whole, schema) {
        let mut below = Vec::new();
        forms(whole, target, depth + 1, &mut below);
        let described = target.get("description").and_then(Value::as_str);
        return match described {
            // Words that are there to choose from say more than any description.
            Some(text) if !below.iter().any(|form| form.starts_with('"')) => {
                add(one_line(text).trim_end_matches('.').to_owned());
            }
            _ => below.into_iter().for_each(add),
        };
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => add("a text".to_owned()),
        Some("number") => add("a number".to_owned()),
        Some("integer") => add("a whole number".to_owned()),
        Some("boolean") => add("`true` or `false`".to_owned()),
        Some("array") => add("a list".to_owned()),
        Some("object") => add("a table".to_owned()),
        // Nobody can write null in TOML.
        _ => {}
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn describe(kind: &ValidationErrorKind, whole: &Value, rule: &Rule<'_>) -> String {
    match kind {
        ValidationErrorKind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(kind) => kind.to_string(),
                TypeKind::Multiple(kinds) => kinds
                    .iter()
                    .map(|kind| kind.to_string())
                    .collect::<Vec<_>>()
                    .join(" or "),
            };
            format!("expected {expected}")
        }
        ValidationErrorKind::Enum { options } => match options.as_array() {
            Some(options) => {
                let options: Vec<_> = options.iter().map(ToString::to_string).collect();
                format!("expected one of {}", options.join(", "))
            }
            None => "not one of the allowed values".to_owned(),
        },
        ValidationErrorKind::Constant { expected_value } => format!("expected {expected_value}"),
        ValidationErrorKind::Required { property } => format!("the setting {property} is missing"),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        ValidationErrorKind::MinLength { limit } => {
            format!("must have at least {limit} characters")
        }
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} items"),
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} items"),
        ValidationErrorKind::Pattern { .. } if rule.description.is_some() => {
            "is not written as it has to be".to_owned()
        }
        ValidationErrorKind::Pattern { pattern } => format!("must match the pattern {pattern}"),
        ValidationErrorKind::AnyOf { .. }
        | ValidationErrorKind::OneOfNotValid { .. }
        | ValidationErrorKind::OneOfMultipleValid { .. } => {
            let mut found = Vec::new();
            if let Some(schema) = rule.schema {
                forms(whole, schema, 0, &mut found);
            }
            match found.as_slice() {
                [] => "fits none of the allowed forms".to_owned(),
                forms => format!(
                    "fits none of the allowed forms: {}",
                    truncate(&forms.join(", "), 300)
                ),
            }
        }
        other => format!(
            "breaks the rule `{}` of the policy's settings",
            other.keyword()
        ),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    /// A chain of definitions, each of which names the next one twice.
    fn doubling(word: &str, steps: usize) -> String {
        let mut definitions = serde_json::Map::new();
        for step in 0..steps {
            let next = json!({"$ref": format!("#/$defs/s{}", step + 1)});
            definitions.insert(format!("s{step}"), json!({word: [next.clone(), next]}));
        }
        definitions.insert(format!("s{steps}"), json!({"type": "string"}));
        json!({"$defs": definitions, "$ref": "#/$defs/s0"}).to_string()
    }

    #[test]
    fn a_schema_that_stands_for_millions_is_refused_and_others_are_not() {
        for word in ["anyOf", "allOf", "oneOf"] {
            assert!(bounded(&doubling(word, 8)).is_ok(), "{word}");
            for steps in [20, 60, 500] {
                let error = bounded(&doubling(word, steps)).unwrap_err().to_string();
                assert!(error.contains("more than 100000 parts"), "{error}");
            }
        }
        // A chain that is long instead of wide would use up a thread's stack.
        let chain = doubling("not", 20_000);
        let small = std::thread::Builder::new().stack_size(1 << 20);
        let judged = small.spawn(move || bounded(&chain).is_err()).unwrap();
        assert!(judged.join().unwrap());
        for circle in [
            json!({"$ref": "#"}),
            json!({"type": "object", "additionalProperties": {"$ref": "#"}}),
            json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}),
        ] {
            assert!(bounded(&circle.to_string()).is_ok(), "{circle}");
        }
        // What nobody refers to stands for nothing.
        let unused = doubling("anyOf", 60).replace("#/$defs/s0", "#/$defs/s60");
        assert!(bounded(&unused).is_ok());
    }

    #[test]
    fn the_answer_of_the_other_process_is_the_same() {
        let schema = json!({"properties": {"a": {"type": "integer", "minimum": 3}}, "additionalProperties": false});
        for settings in [json!({}), json!({"a": 1, "b": 2}), json!({"a": "x"})] {
            let here = validate(&schema.to_string(), &settings).unwrap();
            let question = serde_json::to_vec(&(schema.to_string(), &settings)).unwrap();
            let there: Result<Vec<SettingError>, String> =
                serde_json::from_slice(&answer(&question).unwrap()).unwrap();
            assert_eq!(there.unwrap(), here);
        }
        let question = serde_json::to_vec(&(r#"{"type": 5}"#, json!({}))).unwrap();
        let there: Result<Vec<SettingError>, String> =
            serde_json::from_slice(&answer(&question).unwrap()).unwrap();
        assert!(there.unwrap_err().contains("cannot be used"));
    }

    #[test]
    fn what_is_allowed_is_said_in_words() {
        let schema = json!({
            "properties": {
                "cap": {"anyOf": [{"$ref": "#/$defs/Amount"}, {"type": "null"}], "description": "The most that\nit may cost."},
                "ports": {"type": "array", "description": "Which are open.", "items": {"$ref": "#/$defs/Port"}},
                "require": {"$ref": "#/$defs/Require"},
                "plain": {"type": "string", "pattern": "^a$"},
            },
            "$defs": {
                "Amount": {"anyOf": [{"type": "string", "pattern": "^[0-9]+$"}, {"type": "number", "minimum": 0}], "description": "An amount, as\ntext or number."},
                "Port": {"type": "string", "pattern": "^[0-9]+$", "description": "A port, such as `443`."},
                "Require": {"oneOf": [{"const": "always"}, {"const": "never"}], "description": "Where it applies."},
            },
        });
        let said = |settings: Value| {
            let errors = validate(&schema.to_string(), &settings).unwrap();
            errors
                .into_iter()
                .map(|error| (error.message, error.help.unwrap_or_default()))
                .collect::<Vec<_>>()
        };
        let pair = |message: &str, help: &str| vec![(message.to_owned(), help.to_owned())];
        assert_eq!(
            said(json!({"cap": "$20"})),
            pair(
                "fits none of the allowed forms: An amount, as text or number",
                "The most that it may cost."
            )
        );
        assert_eq!(
            said(json!({"require": "sometimes"})),
            pair(
                "fits none of the allowed forms: \"always\", \"never\"",
                "Where it applies."
            )
        );
        assert_eq!(
            said(json!({"ports": ["https"]})),
            pair("is not written as it has to be", "A port, such as `443`.")
        );
        assert_eq!(
            said(json!({"plain": "b"})),
            pair("must match the pattern ^a$", "")
        );
    }
}
