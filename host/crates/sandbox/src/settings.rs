//! Settings, held against the JSON Schema that the policy declares.
//!
//! The schema comes from the module, so it is hostile input like the rest of it: it
//! cannot fetch anything, and its patterns run in linear time.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, PatternOptions};
use serde_json::Value;

use super::error::PolicyError;
use tollgate_model::names::truncate;

/// One setting that the policy's schema does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Validates the settings of a policy.
///
/// # Errors
/// When the schema itself cannot be used.
pub fn validate(schema: &str, settings: &Value) -> Result<Vec<SettingError>, PolicyError> {
    let unusable = |reason: String| {
        PolicyError::Metadata(format!(
            "the schema of its settings cannot be used: {}",
            truncate(&reason, 300)
        ))
    };
    let schema: Value =
        serde_json::from_str(schema).map_err(|error| unusable(error.to_string()))?;
    let validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(
            PatternOptions::regex()
                .size_limit(1 << 20)
                .dfa_size_limit(1 << 20),
        )
        .build(&schema)
        .map_err(|error| unusable(error.to_string()))?;
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
                        help: allowed_keys(&schema, error.schema_path().as_str()),
                    })
                    .collect(),
                kind => vec![SettingError {
                    pointer: at.to_owned(),
                    at_key: false,
                    message: describe(kind),
                    help: None,
                }],
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

fn describe(kind: &ValidationErrorKind) -> String {
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
        ValidationErrorKind::Pattern { pattern } => format!("must match the pattern {pattern}"),
        ValidationErrorKind::AnyOf { .. }
        | ValidationErrorKind::OneOfNotValid { .. }
        | ValidationErrorKind::OneOfMultipleValid { .. } => {
            "fits none of the allowed forms".to_owned()
        }
        other => format!(
            "breaks the rule `{}` of the policy's settings",
            other.keyword()
        ),
    }
}
