//! JSON that is kept as text.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// A JSON value as text in one line, the same for the same value. A run keeps the documents of policies
/// for each of thousands of plans, and a tree of values takes six times as much memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText(Box<str>);

impl JsonText {
    /// Returns the value.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Value> for JsonText {
    fn from(value: &Value) -> Self {
        Self(value.to_string().into())
    }
}

impl From<Value> for JsonText {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}

/// In one line, however what is around it is laid out: what nests would take many times its size.
impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

impl JsonSchema for JsonText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Value::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Value::json_schema(generator)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_written_as_the_value_is_in_one_line() {
        let value = json!({"b": [1, 2.50, null], "a": {"z": "é\n", "y": 1e300}});
        let text = JsonText::from(&value);
        assert_eq!(text.value(), value);
        let around = json!({"kept": value});
        assert_eq!(
            serde_json::to_string_pretty(&json!({"kept": 1}))
                .unwrap()
                .replace('1', text.as_str()),
            serde_json::to_string_pretty(&std::collections::BTreeMap::from([("kept", &text)]))
                .unwrap()
        );
        let read: std::collections::BTreeMap<String, JsonText> =
            serde_json::from_value(around).unwrap();
        assert_eq!(read["kept"], text);
    }
}
