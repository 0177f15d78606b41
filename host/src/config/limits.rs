//! `[limits]`, and `[policies.NAME.limits]`, which overrides it key by key

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value as Json, json};
use toml::de::DeValue;

use super::read::{At, Fields, Mistake, Mistakes, Node, wrong_type};
use crate::sandbox::limits::{LIMITS, Limit, Limits, Spec};

/// What policies may use, where it is not the default.
#[derive(Clone, Debug, Default)]
pub(super) struct LimitsTable(BTreeMap<Limit, At<u64>>);

impl LimitsTable {
    pub(super) fn read(node: &Node<'_>, header: String, mistakes: &mut Mistakes) -> Option<Self> {
        let mut fields = Fields::of(node, header, mistakes)?;
        let mut table = BTreeMap::new();
        for spec in &LIMITS {
            let value = fields.take(spec.key, mistakes, |node, mistakes| {
                value(node, spec, mistakes)
            });
            table.extend(value.map(|value| (spec.limit, value)));
        }
        fields.finish(mistakes);
        Some(Self(table))
    }

    /// Puts what is set in the place of what was.
    pub(super) fn over(&self, limits: Limits) -> Limits {
        self.0
            .iter()
            .fold(limits, |limits, (limit, at)| limits.with(*limit, at.value))
    }
}

fn value(node: &Node<'_>, spec: &Spec, mistakes: &mut Mistakes) -> Option<u64> {
    let DeValue::Integer(integer) = node.get_ref() else {
        mistakes.push(wrong_type(node, "an integer"));
        return None;
    };
    // What does not fit is out of range, too.
    let value = u64::from_str_radix(integer.as_str(), integer.radix())
        .ok()
        .filter(|value| (1..=spec.max).contains(value));
    if value.is_none() {
        let title = format!("`{}` is out of range", spec.key);
        let label = format!("1 to {}; the default is {}", spec.max, spec.default);
        mistakes.push(Mistake::new(&node.span(), title, label));
    }
    value
}

impl JsonSchema for LimitsTable {
    fn schema_name() -> Cow<'static, str> {
        "Limits".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let properties: serde_json::Map<String, Json> = LIMITS
            .iter()
            .map(|spec| {
                let schema = json!({
                    "description": spec.about,
                    "type": "integer",
                    "minimum": 1,
                    "maximum": spec.max,
                    "default": spec.default,
                });
                (spec.key.to_owned(), schema)
            })
            .collect();
        schemars::json_schema!({
            "description": "What policies may use, where it is not the default.",
            "type": "object",
            "additionalProperties": false,
            "properties": properties,
        })
    }
}
