//! JSON that can be changed and is written as it was read: every number keeps its digits, every
//! object its order.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use tollgate_policy::{Path, Step};

/// How deep a document may nest; the same as what the reader of plans looks into, and the layers of
/// a plan around it.
const MAX_DEPTH: usize = 160;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Self>),
    /// An object, in its order.
    Object(Vec<(String, Self)>),
}

/// Why a document cannot be made into a [`Tree`].
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// It is not JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// It nests too deeply.
    #[error("it nests deeper than {MAX_DEPTH} levels")]
    TooDeep,
}

/// One level of a document: raw values below it.
enum Level<'a> {
    List(Vec<&'a RawValue>),
    Object(Vec<(String, &'a RawValue)>),
}

impl<'de> Deserialize<'de> for Level<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LevelVisitor;
        impl<'de> Visitor<'de> for LevelVisitor {
            type Value = Level<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object or an array")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element::<&'de RawValue>()? {
                    items.push(item);
                }
                Ok(Level::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    entries.push((key, map.next_value::<&'de RawValue>()?));
                }
                Ok(Level::Object(entries))
            }
        }
        deserializer.deserialize_any(LevelVisitor)
    }
}

impl Tree {
    /// Reads a document.
    ///
    /// # Errors
    /// When it is not JSON, or nests without end.
    pub fn parse(text: &str) -> Result<Self, TreeError> {
        Self::of(serde_json::from_str(text)?, 0)
    }

    /// Reads the first document of a text, from its first brace on: what a wrapper prints around a
    /// plan is no part of it.
    ///
    /// # Errors
    /// As [`Tree::parse`].
    pub fn first(text: &str) -> Result<Self, TreeError> {
        let start = text.find('{').unwrap_or_default();
        let text = text.get(start..).unwrap_or_default();
        let mut documents = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
        match documents.next() {
            Some(document) => Self::of(document?, 0),
            None => Ok(Self::Null),
        }
    }

    fn of(raw: &RawValue, depth: usize) -> Result<Self, TreeError> {
        if depth > MAX_DEPTH {
            return Err(TreeError::TooDeep);
        }
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'{' | b'[') => match serde_json::from_str(text)? {
                Level::List(items) => Self::List(
                    items
                        .into_iter()
                        .map(|item| Self::of(item, depth + 1))
                        .collect::<Result<_, _>>()?,
                ),
                Level::Object(entries) => Self::Object(
                    entries
                        .into_iter()
                        .map(|(key, value)| Ok((key, Self::of(value, depth + 1)?)))
                        .collect::<Result<_, TreeError>>()?,
                ),
            },
            Some(b'"') => Self::Text(serde_json::from_str(text)?),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') => Self::Null,
            _ => Self::Number(text.to_owned()),
        })
    }

    /// Makes an object of pairs.
    #[must_use]
    pub fn object<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entries = entries.into_iter();
        Self::Object(entries.map(|(key, value)| (key.into(), value)).collect())
    }

    /// Makes a list of texts.
    #[must_use]
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(
            texts
                .into_iter()
                .map(|text| Self::Text(text.into()))
                .collect(),
        )
    }

    /// Returns the value of a key; none where this is no object or has no such key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// As [`Tree::get`], to be changed.
    #[must_use]
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match self {
            Self::Object(entries) => entries
                .iter_mut()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Sets a key; does nothing where this is no object.
    pub fn set(&mut self, key: &str, value: Self) {
        if let Self::Object(entries) = self {
            match entries.iter_mut().find(|(name, _)| name == key) {
                Some((_, old)) => *old = value,
                None => entries.push((key.to_owned(), value)),
            }
        }
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) {
        if let Self::Object(entries) = self {
            entries.retain(|(name, _)| name != key);
        }
    }

    /// Returns the text, where this is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the items, none where this is no list.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the entries, none where this is no object.
    #[must_use]
    pub fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Object(entries) => entries,
            _ => &[],
        }
    }

    /// Returns what a path leads to.
    #[must_use]
    pub fn at(&self, path: &Path) -> Option<&Self> {
        path.steps().iter().try_fold(self, |at, step| match step {
            Step::Key(key) => at.get(key),
            Step::Index(index) => at.items().get(*index),
        })
    }

    /// Puts a value where a path leads; makes the objects and lists on the way, and pads a list
    /// with `padding`. What is there and of another shape is replaced.
    pub fn put(&mut self, steps: &[Step], value: Self, padding: &Self) {
        /// A path of a case could ask for a list without end.
        const MAX_ITEMS: usize = 10_000;
        let Some((first, rest)) = steps.split_first() else {
            *self = value;
            return;
        };
        match first {
            Step::Key(key) => {
                if !matches!(self, Self::Object(_)) {
                    *self = Self::Object(Vec::new());
                }
                if self.get(key).is_none() {
                    self.set(key, Self::Null);
                }
                if let Some(part) = self.get_mut(key) {
                    part.put(rest, value, padding);
                }
            }
            Step::Index(index) if *index < MAX_ITEMS => {
                if !matches!(self, Self::List(_)) {
                    *self = Self::List(Vec::new());
                }
                if let Self::List(items) = self {
                    while items.len() <= *index {
                        items.push(padding.clone());
                    }
                    if let Some(part) = items.get_mut(*index) {
                        part.put(rest, value, padding);
                    }
                }
            }
            Step::Index(_) => {}
        }
    }

    /// Writes it without blanks.
    #[must_use]
    pub fn compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    /// Writes it over several lines, with a line feed at the end.
    #[must_use]
    pub fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out.push('\n');
        out
    }

    fn write(&self, out: &mut String, indent: Option<usize>) {
        let deeper = indent.map(|indent| indent + 1);
        let line = |out: &mut String, indent: Option<usize>| {
            if let Some(indent) = indent {
                out.push('\n');
                out.push_str(&"  ".repeat(indent));
            }
        };
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) => out.push_str(text),
            Self::Text(text) => quote(out, text),
            Self::List(items) if items.is_empty() => out.push_str("[]"),
            Self::Object(entries) if entries.is_empty() => out.push_str("{}"),
            Self::List(items) => {
                out.push('[');
                for (nth, item) in items.iter().enumerate() {
                    if nth > 0 {
                        out.push(',');
                    }
                    line(out, deeper);
                    item.write(out, deeper);
                }
                line(out, indent);
                out.push(']');
            }
            Self::Object(entries) => {
                out.push('{');
                for (nth, (key, value)) in entries.iter().enumerate() {
                    if nth > 0 {
                        out.push(',');
                    }
                    line(out, deeper);
                    quote(out, key);
                    out.push(':');
                    if indent.is_some() {
                        out.push(' ');
                    }
                    value.write(out, deeper);
                }
                line(out, indent);
                out.push('}');
            }
        }
    }
}

impl From<serde_json::Value> for Tree {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(entries) => Self::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| (key, Self::from(value)))
                    .collect(),
            ),
        }
    }
}

fn quote(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_to_the_digit() {
        for text in [
            r#"{"z":1e400,"a":[0.10,-0,12345678901234567890],"m":{"b":null,"c":true,"d":[]},"e":{}}"#,
            r#""\u0007 \" ü""#,
            "[]",
        ] {
            assert_eq!(Tree::parse(text).unwrap().compact(), text);
            let pretty = Tree::parse(text).unwrap().pretty();
            assert_eq!(Tree::parse(&pretty).unwrap().compact(), text);
        }
        let deep = format!("{}{}", "[".repeat(400), "]".repeat(400));
        assert!(matches!(Tree::parse(&deep), Err(TreeError::TooDeep)));
        assert!(Tree::parse("[1,").is_err());
    }

    #[test]
    fn paths_are_made_as_they_are_needed() {
        let mut tree = Tree::Object(Vec::new());
        let put = |tree: &mut Tree, path: &str| {
            let path = Path::parse(path).unwrap();
            tree.put(path.steps(), Tree::Bool(true), &Tree::Bool(false));
        };
        put(&mut tree, "tags");
        put(&mut tree, "disk[2].key");
        put(&mut tree, "disk[99999999999]");
        assert_eq!(
            tree.compact(),
            r#"{"tags":true,"disk":[false,false,{"key":true}]}"#
        );
        let path = Path::parse("disk[2].key").unwrap();
        assert_eq!(tree.at(&path), Some(&Tree::Bool(true)));
    }
}
