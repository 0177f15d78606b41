//! Planning without a key: a typed stand-in for every value that is secret.
//!
//! SOPS keeps the names of keys, and the types of values, in clear. So a stand-in has the declared type,
//! and the shape of what is in the file: a `for_each` over the keys of a map goes over the same keys.
//! Every text in it begins with `tollgate-placeholder-` and the variable's name, so that a message of
//! the tool's shows where it came from.

mod broken;
mod outline;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use tollgate_secrets::{ShapeKind, ValueType};

use self::outline::Outline;
use crate::environment::SecretsSettings;
use crate::hcl::{Type, Variable};
use crate::routing::Routed;

pub use self::broken::{Broken, Why};

/// How every text begins.
const PREFIX: &str = "tollgate-placeholder-";

/// Types nest no deeper in what is made for them.
const MAX_DEPTH: usize = 64;

/// The stand-ins of an environment, by the names of the variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholders(BTreeMap<String, Value>);

/// A value, as far as variables have them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Null,
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

impl Placeholders {
    /// Makes one for every declared variable that the secrets set. Which ones those are, files say
    /// without a key; another source does not, so there it is every sensitive or ephemeral variable that
    /// has no default.
    #[must_use]
    pub fn new(
        declared: &BTreeMap<String, Variable>,
        settings: &SecretsSettings,
        routed: Option<&Routed>,
    ) -> Self {
        let outlines = routed.map_or_else(BTreeMap::new, |routed| outline::of(&routed.files));
        let whole = || {
            let top = outlines.iter();
            Outline::Map(
                top.map(|(key, below)| (key.clone(), below.clone()))
                    .collect(),
            )
        };
        let of_other_source = settings.source.is_some();
        let mut values = BTreeMap::new();
        for (name, variable) in declared {
            let mapped = settings.map.get(name);
            let outline = match mapped {
                Some(selector) if selector.is_whole() => Some(whole()),
                Some(selector) => routed.and_then(|routed| outline::at(&routed.files, selector)),
                None => outlines.get(name).cloned(),
            };
            let required = (variable.sensitive || variable.ephemeral) && !variable.default;
            if outline.is_some() || mapped.is_some() || (of_other_source && required) {
                let value = stand_in(name, name, &variable.ty, outline.as_ref(), 0);
                values.insert(name.clone(), value);
            }
        }
        Self(values)
    }

    /// Returns the variables that have one, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Tells whether no variable needs one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the variables whose placeholder stays in the plan: those that are not ephemeral. With any
    /// of these the plan is for checking only.
    #[must_use]
    pub fn lasting<'p>(&'p self, declared: &BTreeMap<String, Variable>) -> Vec<&'p str> {
        let lasts = |name: &&str| {
            declared
                .get(*name)
                .is_none_or(|variable| !variable.ephemeral)
        };
        self.names().filter(lasts).collect()
    }

    /// Writes them as a variables file in HCL, to be handed over as real values are.
    #[must_use]
    pub fn hcl(&self) -> Vec<u8> {
        let mut out = String::new();
        for (name, value) in &self.0 {
            let _ = write!(out, "{name} = ");
            value.write(&mut out);
            out.push('\n');
        }
        out.into_bytes()
    }
}

/// Makes a value of a type; `path` is what its texts say after [`PREFIX`].
fn stand_in(name: &str, path: &str, ty: &Type, outline: Option<&Outline>, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    let below = |key: &str, ty: &Type, outline: Option<&Outline>| {
        stand_in(name, &format!("{path}.{key}"), ty, outline, depth + 1)
    };
    // Null is never encrypted, and what is there counts.
    if matches!(outline, Some(Outline::Leaf(ShapeKind::Null))) {
        return Value::Null;
    }
    match ty {
        Type::Any => any(name, path, outline, depth),
        Type::Bool => Value::Bool(false),
        Type::Number => Value::Number(number(path)),
        Type::String => match outline {
            Some(Outline::Leaf(ShapeKind::EmptyText)) => Value::Text(String::new()),
            // A map or a list reaches a text as JSON.
            Some(collection @ (Outline::Map(_) | Outline::List(_))) => {
                let value = any(name, path, Some(collection), depth);
                Value::Text(value.json().to_string())
            }
            _ => text(path),
        },
        Type::List(of) | Type::Set(of) => match outline {
            Some(Outline::List(items)) => {
                let items = items.iter().enumerate();
                Value::List(
                    items
                        .map(|(nth, item)| below(&nth.to_string(), of, Some(item)))
                        .collect(),
                )
            }
            Some(Outline::Leaf(ShapeKind::EmptyList)) => Value::List(Vec::new()),
            _ => Value::List(vec![below("0", of, None)]),
        },
        Type::Tuple(of) => {
            let item = |nth: usize| match outline {
                Some(Outline::List(items)) => items.get(nth),
                _ => None,
            };
            Value::List(
                of.iter()
                    .enumerate()
                    .map(|(nth, of)| below(&nth.to_string(), of, item(nth)))
                    .collect(),
            )
        }
        Type::Map(of) => match outline {
            Some(Outline::Map(entries)) => Value::Map(
                entries
                    .iter()
                    .map(|(key, entry)| (key.clone(), below(key, of, Some(entry))))
                    .collect(),
            ),
            Some(Outline::Leaf(ShapeKind::EmptyMap)) => Value::Map(BTreeMap::new()),
            _ => Value::Map(BTreeMap::from([(
                format!("{PREFIX}{path}"),
                below("value", of, None),
            )])),
        },
        Type::Object(fields) => {
            let field = |key: &str| match outline {
                Some(Outline::Map(entries)) => entries.get(key),
                _ => None,
            };
            Value::Map(
                fields
                    .iter()
                    .filter(|(key, of)| !of.optional || field(key).is_some())
                    .map(|(key, of)| (key.clone(), below(key, &of.ty, field(key))))
                    .collect(),
            )
        }
    }
}

/// Makes a value of the shape that the file has.
fn any(name: &str, path: &str, outline: Option<&Outline>, depth: usize) -> Value {
    let below = |key: &str, outline: &Outline| {
        let path = format!("{path}.{key}");
        stand_in(name, &path, &Type::Any, Some(outline), depth + 1)
    };
    match outline {
        Some(Outline::Map(entries)) => Value::Map(
            entries
                .iter()
                .map(|(key, entry)| (key.clone(), below(key, entry)))
                .collect(),
        ),
        Some(Outline::List(items)) => {
            let items = items.iter().enumerate();
            Value::List(
                items
                    .map(|(nth, item)| below(&nth.to_string(), item))
                    .collect(),
            )
        }
        Some(Outline::Leaf(kind)) => match kind {
            ShapeKind::Null => Value::Null,
            ShapeKind::EmptyText => Value::Text(String::new()),
            ShapeKind::EmptyMap => Value::Map(BTreeMap::new()),
            ShapeKind::EmptyList => Value::List(Vec::new()),
            ShapeKind::Value(ValueType::Bool) => Value::Bool(false),
            ShapeKind::Value(ValueType::Int | ValueType::Float) => Value::Number(number(path)),
            ShapeKind::Value(_) | ShapeKind::Damaged => text(path),
        },
        None => text(path),
    }
}

fn text(path: &str) -> Value {
    Value::Text(format!("{PREFIX}{path}"))
}

/// A number that a port, a size or a count can be, and that is the variable's own.
fn number(path: &str) -> u64 {
    let digest = Sha256::digest(path.as_bytes());
    let spread = digest
        .iter()
        .take(4)
        .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    20_000 + spread % 40_000
}

impl Value {
    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => {
                let _ = write!(out, "{value}");
            }
            Self::Number(number) => {
                let _ = write!(out, "{number}");
            }
            Self::Text(text) => quoted(out, text),
            Self::List(items) => {
                out.push('[');
                for (nth, item) in items.iter().enumerate() {
                    out.push_str(if nth == 0 { "" } else { ", " });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Map(entries) => {
                out.push('{');
                for (nth, (key, entry)) in entries.iter().enumerate() {
                    out.push_str(if nth == 0 { "" } else { ", " });
                    quoted(out, key);
                    out.push_str(" = ");
                    entry.write(out);
                }
                out.push('}');
            }
        }
    }

    fn json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(Self::json).collect(),
            Self::Map(entries) => {
                let pairs = entries
                    .iter()
                    .map(|(key, entry)| (key.clone(), entry.json()));
                serde_json::Value::Object(pairs.collect())
            }
        }
    }

    /// Calls for every number in it.
    fn numbers(&self, take: &mut dyn FnMut(u64)) {
        match self {
            Self::Number(number) => take(*number),
            Self::List(items) => items.iter().for_each(|item| item.numbers(take)),
            Self::Map(entries) => entries.values().for_each(|entry| entry.numbers(take)),
            Self::Null | Self::Bool(_) | Self::Text(_) => {}
        }
    }
}

/// Writes a text between quotes. Names of keys are somebody else's: what is not plain is escaped, and
/// so no template begins in one.
fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        let plain = character.is_ascii_alphanumeric() || "-_./:@ []".contains(character);
        let code = u32::from(character);
        let _ = match plain {
            true => write!(out, "{character}"),
            false if code > 0xffff => write!(out, "\\U{code:08x}"),
            false => write!(out, "\\u{code:04x}"),
        };
    }
    out.push('"');
}

#[cfg(test)]
mod tests;
