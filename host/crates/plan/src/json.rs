//! Reading JSON without building it: borrowed text, raw values, objects whose keys
//! occur once, and the place of an error.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::PlanError;
use super::meter::Spent;

/// A string, borrowed unless it has escapes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for TextVisitor<'a> {
            type Value = Text<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor(PhantomData))
    }
}

const DUPLICATE: &str = "duplicate key ";

pub(super) fn duplicate<E: serde::de::Error>(key: &str) -> E {
    E::custom(format_args!("{DUPLICATE}{key}"))
}

/// An object of any keys, sorted, each of which occurs once.
#[derive(Clone, Debug)]
pub(super) struct Map<'a, T>(Vec<(Cow<'a, str>, T)>);

impl<T> Default for Map<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, T> Map<'a, T> {
    pub(super) fn get(&self, key: &str) -> Option<&T> {
        let at = self
            .0
            .binary_search_by(|(name, _)| name.as_ref().cmp(key))
            .ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Cow<'a, str>, &T)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub(super) fn into_entries(self) -> Vec<(Cow<'a, str>, T)> {
        self.0
    }

    /// Forgets all other keys, and gives back the room that they took.
    pub(super) fn keep(&mut self, keys: impl Fn(&str) -> bool) {
        self.0.retain(|(key, _)| keys(key));
        self.0.shrink_to_fit();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Map<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MapVisitor<'a, T>(PhantomData<(&'a (), T)>);
        impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for MapVisitor<'a, T> {
            type Value = Map<'a, T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries: Vec<(Cow<'a, str>, T)> = Vec::new();
                let mut sorted = true;
                while let Some(Text(key)) = map.next_key::<Text<'a>>()? {
                    sorted &= entries.last().is_none_or(|(last, _)| *last < key);
                    entries.push((key, map.next_value()?));
                }
                if !sorted {
                    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
                    for pair in entries.windows(2) {
                        if let [(a, _), (b, _)] = pair
                            && a == b
                        {
                            return Err(duplicate(a));
                        }
                    }
                }
                Ok(Map(entries))
            }
        }
        deserializer.deserialize_map(MapVisitor(PhantomData))
    }
}

/// Declares an object of the plan's format: known keys occur at most once, null
/// counts as left out, unknown keys are skipped, and a list is no object.
macro_rules! object {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($key:literal => $field:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        pub(super) struct $name<'a> {
            $(pub(super) $field: Option<$ty>,)*
            borrows: std::marker::PhantomData<&'a ()>,
        }

        impl<'de: 'a, 'a> serde::de::Deserialize<'de> for $name<'a> {
            fn deserialize<D: serde::de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields<'a>(std::marker::PhantomData<&'a ()>);
                impl<'de: 'a, 'a> serde::de::Visitor<'de> for Fields<'a> {
                    type Value = $name<'a>;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($what)
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        $(let mut $field: Option<Option<$ty>> = None;)*
                        while let Some($crate::json::Text(key)) = map.next_key::<$crate::json::Text<'_>>()? {
                            match &*key {
                                $($key => {
                                    if $field.is_some() {
                                        return Err($crate::json::duplicate(&key));
                                    }
                                    $field = Some(map.next_value()?);
                                })*
                                _ => {
                                    map.next_value::<serde::de::IgnoredAny>()?;
                                }
                            }
                        }
                        Ok($name { $($field: $field.flatten(),)* borrows: std::marker::PhantomData })
                    }
                }
                deserializer.deserialize_map(Fields(std::marker::PhantomData))
            }
        }
    };
}
pub(super) use object;

/// The JSON type of a raw value, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    True,
    False,
    Number,
    Text,
    List,
    Object,
}

pub(super) fn kind(raw: &RawValue) -> Kind {
    match raw.get().bytes().next() {
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::List,
        Some(b'"') => Kind::Text,
        Some(b't') => Kind::True,
        Some(b'f') => Kind::False,
        Some(b'n') | None => Kind::Null,
        Some(_) => Kind::Number,
    }
}

/// What can be wrong with a value that is read on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Duplicate(String),
    BrokenText,
    TooDeep,
    WrongType { expected: String, found: String },
    Syntax(String),
    Spent(Spent),
}

impl From<Spent> for Fault {
    fn from(spent: Spent) -> Self {
        Self::Spent(spent)
    }
}

impl Fault {
    pub(super) fn at(self, at: String) -> PlanError {
        match self {
            Self::Duplicate(key) => PlanError::DuplicateKey { key, at },
            Self::BrokenText => PlanError::BrokenText { at },
            Self::TooDeep => PlanError::TooDeep { at },
            Self::WrongType { expected, found } => PlanError::WrongType {
                expected,
                found,
                at,
            },
            Self::Syntax(problem) => PlanError::Syntax { problem, at },
            Self::Spent(spent) => PlanError::Spent(spent),
        }
    }
}

impl From<&serde_json::Error> for Fault {
    fn from(error: &serde_json::Error) -> Self {
        let full = error.to_string();
        let text = full
            .rsplit_once(" at line ")
            .map_or(full.as_str(), |(text, _)| text);
        if let Some(key) = text.strip_prefix(DUPLICATE) {
            return Self::Duplicate(key.to_owned());
        }
        if error.is_syntax() {
            return if text.contains("recursion limit") {
                Self::TooDeep
            } else if ["surrogate", "hex escape", "unicode code point"]
                .iter()
                .any(|word| text.contains(word))
            {
                Self::BrokenText
            } else {
                Self::Syntax(text.to_owned())
            };
        }
        if error.is_data() {
            // Between the two stands the value itself, which must not be repeated.
            let expected = text
                .rsplit_once("expected ")
                .map_or("another value", |(_, expected)| expected);
            let found = text
                .strip_prefix("invalid type: ")
                .and_then(|found| found.split([' ', ',']).next())
                .map_or("another value", |found| match found {
                    "map" => "an object",
                    "sequence" => "a list",
                    "integer" | "floating" => "a number",
                    "boolean" => "a boolean",
                    "string" => "a string",
                    "null" => "null",
                    _ => "another value",
                });
            return Self::WrongType {
                expected: expected.to_owned(),
                found: found.to_owned(),
            };
        }
        Self::Syntax(text.to_owned())
    }
}

/// Reads a raw value on its own.
pub(super) fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, Fault> {
    serde_json::from_str(raw.get()).map_err(|error| Fault::from(&error))
}

/// Turns the parser's error into ours, with its place in `text`. `start` is where
/// the parsed slice starts.
pub(super) fn located(text: &str, start: usize, error: &serde_json::Error) -> PlanError {
    let slice = text.get(start..).unwrap_or_default();
    let mut line_start = 0;
    for _ in 1..error.line() {
        match slice.get(line_start..).and_then(|rest| rest.find('\n')) {
            Some(at) => line_start += at + 1,
            None => break,
        }
    }
    let offset = (line_start + error.column()).min(slice.len());
    // What is wrong in the syntax is the last byte itself; it opens or closes nothing.
    let inside = if error.is_syntax() {
        offset.saturating_sub(1)
    } else {
        offset
    };
    let at = place_in(text, start, start + offset, start + inside);
    if error.is_eof() {
        return PlanError::Truncated { at };
    }
    Fault::from(error).at(at)
}

/// Says where `offset` is in `text`: line, and column in bytes, both from 1.
pub(super) fn place(text: &str, offset: usize) -> String {
    place_in(text, offset, offset, offset)
}

/// The same, with the path that is open at `inside` of the document that starts at `start`.
fn place_in(text: &str, start: usize, offset: usize, inside: usize) -> String {
    let bytes = text.as_bytes();
    let offset = offset.min(bytes.len());
    let before = bytes.get(..offset).unwrap_or_default();
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let column = before
        .iter()
        .rev()
        .take_while(|byte| **byte != b'\n')
        .count()
        .max(1);
    let path = path_at(
        bytes
            .get(start..inside.min(bytes.len()))
            .unwrap_or_default(),
    );
    if path.is_empty() {
        format!("line {line}, column {column}")
    } else {
        format!("line {line}, column {column} (`{path}`)")
    }
}

enum Frame<'a> {
    Object { key: Option<&'a [u8]>, in_key: bool },
    List(usize),
}

/// Follows the brackets of a document up to its end and says which path is open there.
fn path_at(bytes: &[u8]) -> String {
    const SHOWN: usize = 12;
    let mut frames: Vec<Frame<'_>> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' => frames.push(Frame::Object {
                key: None,
                in_key: true,
            }),
            b'[' => frames.push(Frame::List(0)),
            b'}' | b']' => {
                frames.pop();
            }
            b',' => match frames.last_mut() {
                Some(Frame::List(index)) => *index += 1,
                Some(Frame::Object { key, in_key }) => {
                    *key = None;
                    *in_key = true;
                }
                None => {}
            },
            b'"' => {
                let start = at;
                while let Some(&byte) = bytes.get(at) {
                    match byte {
                        b'"' => break,
                        b'\\' => at += 2,
                        _ => at += 1,
                    }
                }
                if let Some(Frame::Object { key, in_key }) = frames.last_mut()
                    && std::mem::take(in_key)
                {
                    *key = bytes.get(start..at.min(bytes.len()));
                }
                at += 1;
            }
            _ => {}
        }
    }
    let mut path = String::new();
    for (depth, frame) in frames.iter().enumerate() {
        if depth == SHOWN {
            path.push('…');
            break;
        }
        match frame {
            Frame::Object { key: Some(key), .. } => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&String::from_utf8_lossy(key));
            }
            Frame::Object { key: None, .. } => {}
            Frame::List(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

/// A whole number or a string, as an instance key or a step of a path is written.
pub(super) enum NumberOrText<'a> {
    Number(i64),
    Text(Cow<'a, str>),
}

impl<'de: 'a, 'a> Deserialize<'de> for NumberOrText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for KeyVisitor<'a> {
            type Value = NumberOrText<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number or a string")
            }
            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(NumberOrText::Number(number))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
                i64::try_from(number)
                    .map(NumberOrText::Number)
                    .map_err(|_| E::custom("expected a number that fits"))
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(NumberOrText::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(NumberOrText::Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_any(KeyVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::path_at;

    #[test]
    fn the_open_path_is_named() {
        for (text, path) in [
            ("", ""),
            ("{", ""),
            (r#"{"a""#, "a"),
            (r#"{"a":1,"b":[{"c":"x]}","#, "b[0]"),
            (r#"{"a":1,"b":[1,[2,{"c\"d":"#, r#"b[1][1].c\"d"#),
            (r#"{"a":{"b":1}"#, "a"),
        ] {
            assert_eq!(path_at(text.as_bytes()), path, "{text}");
        }
    }
}
