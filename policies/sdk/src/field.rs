//! Three-valued access to what a plan says.

use std::fmt;

use serde_json::Value as Json;

use crate::{Change, Value};

/// Why an attribute cannot be told before apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is known only after apply.
    Unknown,
    /// It is marked sensitive, so its value never leaves the host.
    Sensitive,
    /// Its value is of another type than the policy reads; the name of the type read.
    NotA(&'static str),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("known only after apply"),
            Self::Sensitive => f.write_str("marked sensitive"),
            Self::NotA(kind) => write!(f, "not a {kind}"),
        }
    }
}

/// What the plan says of one attribute.
///
/// There is no method that yields the value and forgets the other cases: match, or
/// decide one case by name ([`Attr::unset_as`], [`Attr::assume_if_undetermined`]).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an attribute may be unset or undetermined; decide what that means"]
pub enum Attr<T> {
    /// It will have this value.
    Known(T),
    /// It is absent or null: the provider's default applies.
    Unset,
    /// It cannot be told before apply.
    Undetermined(Why),
}

/// An [`Attr`] after the policy has decided what *unset* means.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an attribute may be undetermined; decide what that means"]
pub enum Determined<T> {
    /// It will have this value.
    Known(T),
    /// It cannot be told before apply.
    Undetermined(Why),
}

impl<T> Attr<T> {
    /// Takes an unset attribute for `default`: the provider's default, or the one
    /// that the policy holds against the plan.
    pub fn unset_as(self, default: T) -> Determined<T> {
        match self {
            Self::Known(value) => Determined::Known(value),
            Self::Unset => Determined::Known(default),
            Self::Undetermined(why) => Determined::Undetermined(why),
        }
    }

    /// Takes an attribute that cannot be told for `value`. Only for rules where
    /// guessing wrong does no harm.
    #[must_use]
    pub fn assume_if_undetermined(self, value: T) -> Option<T> {
        match self {
            Self::Known(known) => Some(known),
            Self::Unset => None,
            Self::Undetermined(_) => Some(value),
        }
    }

    /// Applies `f` to a known value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Attr<U> {
        match self {
            Self::Known(value) => Attr::Known(f(value)),
            Self::Unset => Attr::Unset,
            Self::Undetermined(why) => Attr::Undetermined(why),
        }
    }

    /// Whether the value is known and `f` holds for it. False says nothing: the
    /// value may be unset or undetermined.
    pub fn is_known_and(&self, f: impl FnOnce(&T) -> bool) -> bool {
        matches!(self, Self::Known(value) if f(value))
    }
}

/// One value of a plan: an attribute, or something inside one.
#[derive(Clone, Debug, PartialEq)]
pub struct Field(State);

#[derive(Clone, Debug, PartialEq)]
enum State {
    Unset,
    Undetermined(Why),
    Json(Json),
    /// A number as the plan writes it, where no JSON number of ours holds it.
    Decimal(String),
}

impl Change {
    /// The attribute after apply.
    ///
    /// # Panics
    /// If no interest of the policy declares the path: the host then never hands
    /// it over, and judging without it would be a silent pass.
    #[must_use]
    pub fn after(&self, path: &str) -> Field {
        Field::from_value(&self.declared(path).after)
    }

    /// The attribute before apply. Panics as [`Change::after`] does.
    #[must_use]
    pub fn before(&self, path: &str) -> Field {
        Field::from_value(&self.declared(path).before)
    }

    /// What the configuration of the attribute refers to. Panics as
    /// [`Change::after`] does.
    #[must_use]
    pub fn references(&self, path: &str) -> &[String] {
        &self.declared(path).references
    }

    #[expect(
        clippy::panic,
        reason = "a policy that reads what it did not declare must trap, not pass"
    )]
    fn declared(&self, path: &str) -> &crate::Attribute {
        self.attributes
            .iter()
            .find(|attribute| attribute.path == path)
            .unwrap_or_else(|| panic!("{} is read, but no interest declares `{path}`", self.kind))
    }
}

impl Field {
    pub(crate) fn from_value(value: &Value) -> Self {
        Self(match value {
            Value::Absent | Value::Null => State::Unset,
            Value::Unknown => State::Undetermined(Why::Unknown),
            Value::Sensitive => State::Undetermined(Why::Sensitive),
            Value::Boolean(b) => State::Json(Json::Bool(*b)),
            Value::Integer(i) => State::Json(Json::from(*i)),
            Value::Decimal(text) => State::Decimal(text.clone()),
            Value::Text(text) => State::Json(Json::String(text.clone())),
            Value::Json(text) => match serde_json::from_str(text) {
                Ok(json) => return Self::from_json(json),
                Err(_) => State::Undetermined(Why::NotA("JSON document")),
            },
        })
    }

    pub(crate) fn from_json(json: Json) -> Self {
        Self(match json {
            Json::Null => State::Unset,
            Json::Object(ref map) if map.contains_key("$unknown") => {
                State::Undetermined(Why::Unknown)
            }
            Json::Object(ref map) if map.contains_key("$sensitive") => {
                State::Undetermined(Why::Sensitive)
            }
            json => State::Json(json),
        })
    }

    fn read<T>(&self, kind: &'static str, f: impl FnOnce(&Json) -> Option<T>) -> Attr<T> {
        match &self.0 {
            State::Unset => Attr::Unset,
            State::Undetermined(why) => Attr::Undetermined(*why),
            State::Json(json) => f(json).map_or(Attr::Undetermined(Why::NotA(kind)), Attr::Known),
            State::Decimal(_) => Attr::Undetermined(Why::NotA(kind)),
        }
    }

    /// A boolean. The strings `true` and `false` count, as they do in the
    /// configuration language.
    pub fn bool(&self) -> Attr<bool> {
        self.read("boolean", |json| match json {
            Json::Bool(b) => Some(*b),
            Json::String(text) => match text.as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            _ => None,
        })
    }

    /// A string; numbers and booleans are converted, as the configuration language does.
    pub fn text(&self) -> Attr<String> {
        if let State::Decimal(text) = &self.0 {
            return Attr::Known(text.clone());
        }
        self.read("string", |json| match json {
            Json::String(text) => Some(text.clone()),
            Json::Bool(b) => Some(b.to_string()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        })
    }

    /// A whole number; a string of digits counts.
    pub fn integer(&self) -> Attr<i64> {
        self.read("whole number", |json| match json {
            Json::Number(number) => number.as_i64(),
            Json::String(text) => text.parse().ok(),
            _ => None,
        })
    }

    /// A number as the exact text of the plan.
    pub fn decimal(&self) -> Attr<String> {
        if let State::Decimal(text) = &self.0 {
            return Attr::Known(text.clone());
        }
        self.read("number", |json| match json {
            Json::Number(number) => Some(number.to_string()),
            Json::String(text)
                if text.bytes().any(|b| b.is_ascii_digit())
                    && text
                        .bytes()
                        .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) =>
            {
                Some(text.clone())
            }
            _ => None,
        })
    }

    /// The items of a list or set. Each is itself known, unset or undetermined.
    pub fn items(&self) -> Attr<Vec<Field>> {
        self.read("list", |json| {
            json.as_array()
                .map(|items| items.iter().cloned().map(Self::from_json).collect())
        })
    }

    /// The entries of a map or object, in the order of the plan's keys.
    pub fn entries(&self) -> Attr<Vec<(String, Field)>> {
        self.read("map", |json| {
            json.as_object().map(|map| {
                map.iter()
                    .map(|(key, value)| (unescape(key), Self::from_json(value.clone())))
                    .collect()
            })
        })
    }

    /// The value under `key`. Inside of something undetermined everything is.
    #[must_use]
    pub fn get(&self, key: &str) -> Self {
        match &self.0 {
            State::Undetermined(why) => Self(State::Undetermined(*why)),
            State::Json(Json::Object(map)) => {
                let escaped = if key.starts_with('$') {
                    format!("${key}")
                } else {
                    key.to_owned()
                };
                map.get(&escaped)
                    .cloned()
                    .map_or(Self(State::Unset), Self::from_json)
            }
            _ => Self(State::Unset),
        }
    }

    /// Whether a map or object has an entry of this name, be it null.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        matches!(&self.0, State::Json(Json::Object(map)) if map.contains_key(key))
    }

    /// The first item of a list: how a provider writes a block that occurs once.
    #[must_use]
    pub fn first(&self) -> Self {
        match &self.0 {
            State::Undetermined(why) => Self(State::Undetermined(*why)),
            State::Json(Json::Array(items)) => items
                .first()
                .cloned()
                .map_or(Self(State::Unset), Self::from_json),
            _ => Self(State::Unset),
        }
    }

    /// Whether the attribute is absent or null.
    #[must_use]
    pub fn is_unset(&self) -> bool {
        matches!(self.0, State::Unset)
    }

    /// Why the attribute cannot be told before apply, if so.
    #[must_use]
    pub fn undetermined(&self) -> Option<Why> {
        match self.0 {
            State::Undetermined(why) => Some(why),
            _ => None,
        }
    }
}

fn unescape(key: &str) -> String {
    key.strip_prefix("$$")
        .map_or_else(|| key.to_owned(), |rest| format!("${rest}"))
}
