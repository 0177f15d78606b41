//! Reads TOML values and remembers where they are and every mistake on the way.
//!
//! serde would stop at the first mistake; a person wants to see all of them at once.

use std::borrow::Cow;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value as Json;
use tollgate_model::inert::is_active;
use tollgate_model::names::is_name;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::diagnostic::{listed, nearest, quoted};

/// A value and the bytes of the file that it was read from.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// What was read.
    pub value: T,
    /// Where.
    pub span: Range<usize>,
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// One mistake, before it is tied to its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) span: Range<usize>,
    pub(crate) title: String,
    pub(crate) label: String,
    pub(crate) help: Option<String>,
    pub(crate) related: Option<(Range<usize>, String)>,
}

impl Mistake {
    pub(crate) fn new(
        span: &Range<usize>,
        title: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        Self {
            span: span.clone(),
            title: title.into(),
            label: label.into(),
            help: None,
            related: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn related(mut self, span: &Range<usize>, label: impl Into<String>) -> Self {
        self.related = Some((span.clone(), label.into()));
        self
    }
}

/// Every mistake that was seen so far.
pub(crate) type Mistakes = Vec<Mistake>;

/// What is said at the mark of a name that is not known.
pub(crate) fn did_you_mean(nearest: Option<&str>) -> String {
    nearest
        .map(|name| format!("did you mean {}?", quoted(name)))
        .unwrap_or_default()
}

/// The parser's own value, with its span.
pub(crate) type Node<'i> = Spanned<DeValue<'i>>;

/// The keys of one table, taken one by one; what is left over is unknown.
pub(crate) struct Fields<'t, 'i> {
    table: &'t DeTable<'i>,
    /// As a header would write it, such as `environments.production`.
    name: String,
    span: Range<usize>,
    known: Vec<&'static str>,
}

impl<'t, 'i> Fields<'t, 'i> {
    /// Starts on a node that has to be a table.
    pub(crate) fn of(node: &'t Node<'i>, name: String, mistakes: &mut Mistakes) -> Option<Self> {
        let span = node.span();
        let Some(table) = node.get_ref().as_table() else {
            mistakes.push(wrong_type(node, "a table"));
            return None;
        };
        Some(Self {
            table,
            name,
            span,
            known: Vec::new(),
        })
    }

    /// Starts on the document.
    pub(crate) fn root(document: &'t Spanned<DeTable<'i>>) -> Self {
        Self {
            table: document.get_ref(),
            name: String::new(),
            span: 0..0,
            known: Vec::new(),
        }
    }

    /// The name of a table below this one.
    pub(crate) fn child(&self, key: &str) -> String {
        if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        }
    }

    /// Whether the key is there, readable or not.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Takes a key that may be left out.
    pub(crate) fn take<T>(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes,
        read: impl FnOnce(&'t Node<'i>, &mut Mistakes) -> Option<T>,
    ) -> Option<At<T>> {
        self.known.push(key);
        let node = self.table.get(key)?;
        Some(At {
            value: read(node, mistakes)?,
            span: node.span(),
        })
    }

    /// Takes a key that has to be there.
    pub(crate) fn required<T>(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes,
        read: impl FnOnce(&'t Node<'i>, &mut Mistakes) -> Option<T>,
    ) -> Option<At<T>> {
        if self.table.get(key).is_none() {
            let title = format!("[{}] has no `{key}`", self.name);
            mistakes.push(Mistake::new(
                &self.span,
                title,
                format!("`{key}` is required here"),
            ));
        }
        self.take(key, mistakes, read)
    }

    /// Reports every key that nobody took.
    pub(crate) fn finish(self, mistakes: &mut Mistakes) {
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if self.known.contains(&name) {
                continue;
            }
            let title = format!("unknown key {}", quoted(name));
            let label = did_you_mean(nearest(name, self.known.iter().copied()));
            let place = if self.name.is_empty() {
                "at the top".to_owned()
            } else {
                format!("in [{}]", inert(&self.name))
            };
            let help = format!("allowed {place}: {}", listed(self.known.iter().copied()));
            mistakes.push(Mistake::new(&key.span(), title, label).help(help));
        }
    }
}

fn inert(name: &str) -> String {
    quoted(name).trim_matches('`').to_owned()
}

/// The entries of a table whose keys are the user's own names, in the order of the file.
pub(crate) fn entries<'t, 'i>(
    node: &'t Node<'i>,
    mistakes: &mut Mistakes,
) -> Option<Vec<(&'t Spanned<DeString<'i>>, &'t Node<'i>)>> {
    let Some(table) = node.get_ref().as_table() else {
        mistakes.push(wrong_type(node, "a table"));
        return None;
    };
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    Some(entries)
}

/// The items of an array.
pub(crate) fn items<'t, 'i>(
    node: &'t Node<'i>,
    mistakes: &mut Mistakes,
) -> Option<Vec<&'t Node<'i>>> {
    let Some(array) = node.get_ref().as_array() else {
        mistakes.push(wrong_type(node, "an array"));
        return None;
    };
    Some(array.iter().collect())
}

pub(crate) fn boolean(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<bool> {
    let value = node.get_ref().as_bool();
    if value.is_none() {
        mistakes.push(wrong_type(node, "`true` or `false`"));
    }
    value
}

/// A string with something in it.
pub(crate) fn text(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let Some(text) = node.get_ref().as_str() else {
        mistakes.push(wrong_type(node, "a string"));
        return None;
    };
    // Nothing to see says nothing.
    if text.chars().all(|c| c.is_whitespace() || is_active(c)) {
        mistakes.push(Mistake::new(
            &node.span(),
            "an empty string",
            "something has to be said here",
        ));
        return None;
    }
    Some(text.to_owned())
}

/// One word of a list.
pub(crate) fn word<T: Copy>(
    node: &Node<'_>,
    words: &[(&str, T)],
    mistakes: &mut Mistakes,
) -> Option<T> {
    let allowed = listed(words.iter().map(|(word, _)| word));
    let Some(given) = node.get_ref().as_str() else {
        mistakes.push(wrong_type(node, &format!("one of {allowed}")));
        return None;
    };
    let found = words
        .iter()
        .find(|(word, _)| *word == given)
        .map(|(_, value)| *value);
    if found.is_none() {
        let label = did_you_mean(nearest(given, words.iter().map(|(word, _)| *word)));
        let title = format!("unknown value {}", quoted(given));
        mistakes.push(Mistake::new(&node.span(), title, label).help(format!("allowed: {allowed}")));
    }
    found
}

/// A name that others refer to: of an environment, a policy, a rule or a document.
///
/// What is allowed keeps names usable in file names, in `policy/rule` and in a report.
pub(crate) fn name(given: &str, span: &Range<usize>, what: &str, mistakes: &mut Mistakes) -> bool {
    let fine = is_name(given);
    if !fine {
        let title = format!("{} cannot be the name of {what}", quoted(given));
        mistakes.push(Mistake::new(span, title, "").help(NAME_HELP));
    }
    fine
}

/// What a name may be.
pub(crate) const NAME_HELP: &str = "a name begins with a letter or digit and has only letters, digits, `-`, `_` and `.` , at most 64; letters are A to Z and a to z";

/// Any value, as JSON; dates become strings.
pub(crate) fn json(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Json> {
    let mistake = |title: &str, label: &str| Mistake::new(&node.span(), title, label);
    match node.get_ref() {
        DeValue::String(text) => Some(Json::String(text.to_string())),
        DeValue::Boolean(value) => Some(Json::Bool(*value)),
        DeValue::Datetime(value) => Some(Json::String(value.to_string())),
        DeValue::Integer(integer) => {
            let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
            if number.is_none() {
                mistakes.push(mistake(
                    "the number is too large",
                    "write it as a string if the policy takes one",
                ));
            }
            number.map(Json::from)
        }
        DeValue::Float(float) => {
            let number = float
                .as_str()
                .parse::<f64>()
                .ok()
                .and_then(serde_json::Number::from_f64);
            if number.is_none() {
                mistakes.push(mistake(
                    "not a number that JSON has",
                    "policies get their settings as JSON",
                ));
            }
            number.map(Json::Number)
        }
        DeValue::Array(array) => {
            // Every item is read before the first failure counts: all mistakes are wanted.
            let items: Vec<Option<Json>> = array.iter().map(|item| json(item, mistakes)).collect();
            items
                .into_iter()
                .collect::<Option<Vec<_>>>()
                .map(Json::Array)
        }
        DeValue::Table(table) => {
            let entries: Vec<Option<(String, Json)>> = table
                .iter()
                .map(|(key, value)| Some((key.get_ref().to_string(), json(value, mistakes)?)))
                .collect();
            entries
                .into_iter()
                .collect::<Option<serde_json::Map<_, _>>>()
                .map(Json::Object)
        }
    }
}

/// A mistake that says what was expected and what is there.
pub(crate) fn wrong_type(node: &Node<'_>, expected: &str) -> Mistake {
    let found = match node.get_ref() {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    };
    let title = format!("expected {expected}, found {found}");
    Mistake::new(&node.span(), title, format!("this is {found}"))
}
