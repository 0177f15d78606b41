//! `.tf.json` and `.tofu.json` files.
//!
//! JSON does not tell a block from an attribute that holds an object; what a property is
//! follows from where it stands. Inside of resources everything is an attribute here.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::native::{self, SyntaxError};
use super::syntax::{Attribute, Block, Body, Lines, Place, Value};

/// What lies deeper is not looked at.
const MAX_DEPTH: usize = 64;

/// The blocks that a file may hold, and how many labels they have.
const TOP: &[(&str, usize)] = &[
    ("check", 1),
    ("data", 2),
    ("ephemeral", 2),
    ("import", 0),
    ("locals", 0),
    ("module", 1),
    ("moved", 0),
    ("output", 1),
    ("provider", 1),
    ("removed", 0),
    ("resource", 2),
    ("terraform", 0),
    ("variable", 1),
];

/// The blocks in them that matter here.
const NESTED: &[(&str, &[(&str, usize)])] = &[
    (
        "terraform",
        &[("backend", 1), ("cloud", 0), ("required_providers", 0)],
    ),
    ("cloud", &[("workspaces", 0)]),
    ("removed", &[("lifecycle", 0)]),
    ("variable", &[("validation", 0)]),
];

/// Reads a file.
pub(super) fn read(file: &Arc<str>, text: &str) -> Result<Body, SyntaxError> {
    read_as(file, text, TOP)
}

fn read_as(file: &Arc<str>, text: &str, kinds: &[(&str, usize)]) -> Result<Body, SyntaxError> {
    let lines = Lines::new(Arc::clone(file), text);
    let root: &RawValue = serde_json::from_str(text).map_err(|error| SyntaxError {
        message: message(&error),
        place: Place {
            file: Arc::clone(file),
            line: u32::try_from(error.line()).unwrap_or(u32::MAX).max(1),
            column: u32::try_from(error.column()).unwrap_or(u32::MAX).max(1),
        },
    })?;
    let reader = Reader { text, lines };
    if !matches!(shape(root), Shape::Object | Shape::List) {
        return Err(SyntaxError {
            message: "expected an object".to_owned(),
            place: reader.lines.place(reader.offset(root.get())),
        });
    }
    let mut body = Body::default();
    reader.body(root, kinds, &mut body, 0);
    Ok(body)
}

/// Reads a file that sets variables: names, places and values.
pub(super) fn literals(
    file: &Arc<str>,
    text: &str,
) -> Result<Vec<(String, Place, Option<serde_json::Value>)>, SyntaxError> {
    let body = read_as(file, text, &[])?;
    let mut values: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text)
        .map_err(|error| SyntaxError {
            message: message(&error),
            place: Lines::new(Arc::clone(file), text).place(0),
        })?;
    let attributes = body.attributes.into_iter();
    Ok(attributes
        .map(|attribute| {
            let value = values.remove(&attribute.name);
            (attribute.name, attribute.place, value)
        })
        .collect())
}

/// What is wrong, without the place that the parser adds.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or_else(|| text.clone(), |(what, _)| what.to_owned())
}

struct Reader<'t> {
    text: &'t str,
    lines: Lines<'t>,
}

impl<'t> Reader<'t> {
    /// Reads the properties of an object, or of the objects of a list.
    fn body(&self, raw: &'t RawValue, kinds: &[(&str, usize)], body: &mut Body, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        if let Shape::List = shape(raw) {
            for item in items(raw) {
                self.body(item, kinds, body, depth + 1);
            }
            return;
        }
        for (name, raw) in properties(raw) {
            if name == "//" {
                continue;
            }
            match kinds.iter().find(|(kind, _)| *kind == name) {
                Some((kind, labels)) => {
                    let place = self.place_of_key(raw);
                    self.blocks(kind, *labels, Vec::new(), &place, raw, body, depth + 1);
                }
                None => body.attributes.push(Attribute {
                    place: self.place_of_key(raw),
                    name: name.into_owned(),
                    value: self.value(raw, depth + 1),
                }),
            }
        }
    }

    /// Reads what stands behind the kind of a block, with so many labels still to come.
    #[expect(
        clippy::too_many_arguments,
        reason = "what is known of a block grows on the way down"
    )]
    fn blocks(
        &self,
        kind: &str,
        missing: usize,
        labels: Vec<String>,
        place: &Place,
        raw: &'t RawValue,
        body: &mut Body,
        depth: usize,
    ) {
        if depth > MAX_DEPTH {
            return;
        }
        match (shape(raw), missing.checked_sub(1)) {
            (Shape::List, _) => {
                for item in items(raw) {
                    let place = if missing == 0 {
                        self.lines.place(self.offset(item.get()))
                    } else {
                        place.clone()
                    };
                    self.blocks(kind, missing, labels.clone(), &place, item, body, depth + 1);
                }
            }
            (Shape::Object, Some(missing)) => {
                for (name, raw) in properties(raw) {
                    if name == "//" {
                        continue;
                    }
                    let mut labels = labels.clone();
                    labels.push(name.into_owned());
                    let place = self.place_of_key(raw);
                    self.blocks(kind, missing, labels, &place, raw, body, depth + 1);
                }
            }
            (Shape::Object, None) => {
                let kinds = NESTED
                    .iter()
                    .find(|(outer, _)| *outer == kind)
                    .map_or(&[][..], |(_, inner)| inner);
                let mut inner = Body::default();
                self.body(raw, kinds, &mut inner, depth + 1);
                body.blocks.push(Block {
                    kind: kind.to_owned(),
                    labels,
                    place: place.clone(),
                    body: inner,
                });
            }
            (Shape::Other, _) => {}
        }
    }

    fn value(&self, raw: &'t RawValue, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return Value::Other(Vec::new());
        }
        match shape(raw) {
            Shape::Object => Value::Object(
                properties(raw)
                    .into_iter()
                    .map(|(name, raw)| Attribute {
                        name: name.into_owned(),
                        place: self.place_of_key(raw),
                        value: self.value(raw, depth + 1),
                    })
                    .collect(),
            ),
            Shape::List => Value::List(
                items(raw)
                    .into_iter()
                    .map(|raw| self.value(raw, depth + 1))
                    .collect(),
            ),
            Shape::Other => match serde_json::from_str(raw.get()) {
                Ok(serde_json::Value::Null) => Value::Null,
                Ok(serde_json::Value::Bool(value)) => Value::Bool(value),
                Ok(serde_json::Value::String(text)) => template(text),
                Ok(serde_json::Value::Number(number)) => Value::Number(number.to_string()),
                _ => Value::Other(Vec::new()),
            },
        }
    }

    /// The offset of a part of the text.
    fn offset(&self, part: &str) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }

    /// The place of the key before a value. A key holds no line feed, so its closing
    /// quote is on its line.
    fn place_of_key(&self, raw: &RawValue) -> Place {
        let at = self.offset(raw.get());
        let before = self.text.get(..at).unwrap_or_default().trim_end();
        let before = before.strip_suffix(':').unwrap_or(before).trim_end();
        let inner = before.strip_suffix('"').unwrap_or(before);
        let opening = inner
            .char_indices()
            .rev()
            .find(|(quote, c)| {
                let escapes = inner.as_bytes()[..*quote]
                    .iter()
                    .rev()
                    .take_while(|byte| **byte == b'\\')
                    .count();
                *c == '"' && escapes % 2 == 0
            })
            .map_or(at, |(quote, _)| quote);
        self.lines.place(opening)
    }
}

/// A string of a JSON file is a template.
fn template(text: String) -> Value {
    if !text.contains("${") && !text.contains("%{") {
        return Value::Text(text);
    }
    text.strip_prefix("${")
        .and_then(|inner| inner.strip_suffix('}'))
        .and_then(native::expression)
        .or_else(|| native::template(&text))
        .unwrap_or(Value::Other(Vec::new()))
}

enum Shape {
    Object,
    List,
    Other,
}

fn shape(raw: &RawValue) -> Shape {
    match raw.get().as_bytes().first() {
        Some(b'{') => Shape::Object,
        Some(b'[') => Shape::List,
        _ => Shape::Other,
    }
}

/// The properties of an object, in its order, a name as often as it is there.
fn properties(raw: &RawValue) -> Vec<(Cow<'_, str>, &RawValue)> {
    serde_json::from_str::<Properties<'_>>(raw.get()).map_or_else(|_| Vec::new(), |read| read.0)
}

fn items(raw: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str::<Items<'_>>(raw.get()).map_or_else(|_| Vec::new(), |read| read.0)
}

struct Properties<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

#[derive(Deserialize)]
struct Key<'t>(#[serde(borrow)] Cow<'t, str>);

impl<'de> Deserialize<'de> for Properties<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Properties<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((Key(key), raw)) = map.next_entry()? {
                    entries.push((key, raw));
                }
                Ok(Properties(entries))
            }
        }
        deserializer.deserialize_map(Visit)
    }
}

struct Items<'t>(Vec<&'t RawValue>);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Items<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(raw) = list.next_element()? {
                    items.push(raw);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(Visit)
    }
}
