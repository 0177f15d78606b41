//! The plaintext of one file.

use crate::error::{Error, Problem};
use crate::file::Format;
use crate::render;
use crate::tree::{Entry, Item, KeyPath, Node, Scalar, Step};
use std::fmt::Write;
use zeroize::{Zeroize, Zeroizing};

/// A decrypted and verified file.
///
/// Holds plaintext, and therefore has no `Debug` and is zeroed when dropped. Rendered forms are
/// zeroed too.
pub struct Secrets {
    name: String,
    format: Format,
    documents: Vec<Node>,
    /// How many comments of the text belong to nothing that is here.
    comments_lost: usize,
    sections_lost: Vec<String>,
}

/// Returns where in a tree an encrypted value of a file stands as a value.
pub(crate) fn ciphertext_in(node: &Node) -> Option<KeyPath> {
    fn find(node: &Node, path: &mut KeyPath) -> bool {
        match node {
            Node::Scalar(Scalar::Text(text)) => crate::file::is_ciphertext(text.as_bytes()),
            Node::Scalar(_) => false,
            Node::Map(entries) => entries.iter().any(|entry| {
                let Entry::Pair(key, node) = entry else {
                    return false;
                };
                path.push_key(key);
                let found = find(node, path);
                if !found {
                    path.pop();
                }
                found
            }),
            Node::List(_) => node.items().enumerate().any(|(index, node)| {
                path.push_index(index);
                let found = find(node, path);
                if !found {
                    path.pop();
                }
                found
            }),
        }
    }
    let mut path = KeyPath::default();
    find(node, &mut path).then_some(path)
}

impl Secrets {
    pub(crate) fn new(name: String, format: Format) -> Self {
        Self {
            name,
            format,
            documents: Vec::new(),
            comments_lost: 0,
            sections_lost: Vec::new(),
        }
    }

    /// Returns the sections of an INI file that have no key, and are not taken over.
    #[must_use]
    pub fn sections_lost(&self) -> &[String] {
        &self.sections_lost
    }

    pub(crate) fn with_sections_lost(mut self, sections_lost: Vec<String>) -> Self {
        self.sections_lost = sections_lost;
        self
    }

    pub(crate) fn comments_lost(&self) -> usize {
        self.comments_lost
    }

    pub(crate) fn with_comments_lost(mut self, comments_lost: usize) -> Self {
        self.comments_lost = comments_lost;
        self
    }

    /// Keeps the part at a path of the first document only; it must be a map.
    pub(crate) fn narrow(&mut self, path: Option<&ExtractPath>) -> Result<(), Problem> {
        let Some(first) = self.documents.first() else {
            return Err(Problem::NotAMap);
        };
        let not_there = |what: String| Problem::Source {
            what,
            next: Some("name the path of a map in it".to_owned()),
        };
        let part = match path {
            Some(path) => path.find(first).map_err(|why| not_there(why.to_string()))?,
            None => first,
        };
        if !matches!(part, Node::Map(_)) {
            return Err(not_there("has no map at the path".to_owned()));
        }
        if path.is_some() {
            let part = part.clone();
            self.documents.zeroize();
            self.documents.push(part);
        }
        Ok(())
    }

    pub(crate) fn push(&mut self, document: Node) {
        self.documents.push(document);
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.documents
    }

    pub(crate) fn first(&self) -> Option<&Node> {
        self.documents.first()
    }

    pub(crate) fn first_mut(&mut self) -> Option<&mut Node> {
        self.documents.first_mut()
    }

    /// Returns the file's name for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the documents of the file, each a map; all formats but YAML have one.
    pub fn documents(&self) -> impl Iterator<Item = Value<'_>> {
        self.documents.iter().map(Value::of)
    }

    /// Takes what stands before the first section of an INI file for what it is: keys of the top level. SOPS
    /// has them in a section `DEFAULT`, which nobody has written. A section with a key's name stays.
    pub fn lift_default_section(&mut self) {
        if self.format != Format::Ini {
            return;
        }
        for document in &mut self.documents {
            let Node::Map(entries) = document else {
                continue;
            };
            let names: Vec<String> = entries
                .iter()
                .filter_map(|entry| match entry {
                    Entry::Pair(key, _) => Some(key.clone()),
                    Entry::Comment(_) => None,
                })
                .collect();
            let mut lifted = Vec::new();
            for entry in entries.iter_mut() {
                if let Entry::Pair(section, Node::Map(keys)) = entry
                    && section == crate::file::DEFAULT_SECTION
                {
                    keys.retain(|entry| match entry {
                        Entry::Pair(key, node) if !names.contains(key) => {
                            lifted.push(Entry::Pair(key.clone(), node.clone()));
                            false
                        }
                        _ => true,
                    });
                }
            }
            entries.retain(|entry| {
                !matches!(entry, Entry::Pair(section, node)
                    if section == crate::file::DEFAULT_SECTION
                        && !matches!(node, Node::Map(keys) if keys.iter().any(|entry| matches!(entry, Entry::Pair(..)))))
            });
            entries.extend(lifted);
        }
    }

    /// Refuses a value that is itself an encrypted one: somebody has encrypted what was left of a file
    /// that had lost its metadata, and the ciphertext would be taken for the secret.
    ///
    /// # Errors
    /// When there is one; says where.
    pub fn check_no_ciphertext(&self) -> Result<(), Error> {
        match self.documents.iter().find_map(ciphertext_in) {
            Some(path) => Err(Error::new(&self.name, Problem::EncryptedTwice(path))),
            None => Ok(()),
        }
    }

    /// Writes the whole file as `sops decrypt` prints it; in the file's own format unless told otherwise.
    ///
    /// # Errors
    /// When the format cannot say what is in the file: a map in dotenv, say.
    pub fn render(&self, format: Option<Format>) -> Result<Zeroizing<Vec<u8>>, Error> {
        let documents: Vec<&Node> = self.documents.iter().collect();
        render::document(&documents, format.unwrap_or(self.format))
            .map(crate::tree::Text::into_inner)
            .map_err(|problem| Error::new(&self.name, problem))
    }

    /// Writes the part at `path` as `sops decrypt --extract` prints it: text bare, a map as a file,
    /// the rest as a value.
    ///
    /// # Errors
    /// When nothing is there, or the format cannot say it.
    pub fn extract(
        &self,
        path: &ExtractPath,
        format: Option<Format>,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.extract_inner(path, format.unwrap_or(self.format))
            .map_err(|problem| Error::new(&self.name, problem))
    }

    fn extract_inner(
        &self,
        path: &ExtractPath,
        format: Format,
    ) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let node = path.find(self.documents.first().ok_or(Problem::NotAMap)?)?;
        let text = match node {
            Node::Scalar(Scalar::Text(text)) => text.clone(),
            Node::Map(_) => {
                // The other documents stay, as in sops.
                let documents: Vec<&Node> = std::iter::once(node)
                    .chain(self.documents.iter().skip(1))
                    .collect();
                render::document(&documents, format)?
            }
            node => render::value(node, format)?,
        };
        Ok(text.into_inner())
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        for document in &mut self.documents {
            document.zeroize();
        }
    }
}

/// Where to cut a part out, written `["database"]["hosts"][0]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractPath(Vec<Step>);

impl ExtractPath {
    /// Returns the path to a key of the top level, whatever signs are in it.
    #[must_use]
    pub fn key(key: &str) -> Self {
        Self(vec![Step::Key(key.to_owned())])
    }

    /// Returns the path to a key of what this path leads to.
    #[must_use]
    pub fn then_key(mut self, key: &str) -> Self {
        self.0.push(Step::Key(key.to_owned()));
        self
    }

    /// Returns the path to an element of what this path leads to.
    #[must_use]
    pub fn then_index(mut self, index: usize) -> Self {
        self.0.push(Step::Index(index));
        self
    }

    /// Returns the path to what holds this place; none at the top level.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        (!above.is_empty()).then(|| Self(above.to_vec()))
    }

    /// Returns the key of the top level that leads there.
    #[must_use]
    pub fn first_key(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// Returns how many steps lead there.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.len()
    }

    /// Returns the path as it can only be read in one way: `["database"]["hosts"][0]`. Parsing it gives
    /// this very path, whatever signs are in its keys.
    #[must_use]
    pub fn in_brackets(&self) -> String {
        let mut out = String::new();
        for step in &self.0 {
            let _ = match step {
                Step::Key(key) => write!(out, "[{}]", quoted_key(key)),
                Step::Index(index) => write!(out, "[{index}]"),
            };
        }
        out
    }

    /// Returns the path as one word of a shell that `tollgate secrets set` and `unset` read as this very
    /// path, whatever else is in the file: a plain name, or the path in brackets.
    #[must_use]
    pub fn argument(&self) -> String {
        // A dot could be one of a key or lead below one, and `=` looks like a value that is given along.
        let plain = |character: char| {
            character.is_alphanumeric() || matches!(character, '_' | '-' | '/' | ':' | '+' | '@')
        };
        match self.0.as_slice() {
            [Step::Key(key)]
                if !key.is_empty() && !key.starts_with('-') && key.chars().all(plain) =>
            {
                key.clone()
            }
            _ => crate::error::shell_word(&self.in_brackets()),
        }
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl From<KeyPath> for ExtractPath {
    fn from(path: KeyPath) -> Self {
        Self(path.into_steps())
    }
}

impl From<&KeyPath> for ExtractPath {
    fn from(path: &KeyPath) -> Self {
        path.clone().into()
    }
}

/// Writes a key in quotes, as sops reads it: without escapes, up to the first quote that a bracket follows.
/// What cannot be written so, or would move a terminal's cursor, is written with escapes behind a `$`.
fn quoted_key(key: &str) -> String {
    let visible = key
        .replace('\\', r"\\")
        .replace('"', r#"\""#)
        .replace('\'', r"\'");
    let escaped = key.escape_debug().to_string();
    if escaped != visible {
        return format!("$\"{escaped}\"");
    }
    match ['"', '\'']
        .into_iter()
        .find(|quote| !key.contains(&format!("{quote}]")))
    {
        Some(quote) => format!("{quote}{key}{quote}"),
        None => format!("$\"{escaped}\""),
    }
}

/// Reads a key with escapes up to its closing quote and bracket; returns it with what follows.
fn escaped_key(text: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut rest = text;
    loop {
        let mut characters = rest.chars();
        match characters.next()? {
            '"' => return Some((key, characters.as_str().strip_prefix(']')?)),
            '\\' => match characters.next()? {
                '0' => key.push('\0'),
                't' => key.push('\t'),
                'r' => key.push('\r'),
                'n' => key.push('\n'),
                quoted @ ('"' | '\'' | '\\') => key.push(quoted),
                'u' => {
                    let (digits, after) = characters.as_str().strip_prefix('{')?.split_once('}')?;
                    key.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                    characters = after.chars();
                }
                _ => return None,
            },
            other => key.push(other),
        }
        rest = characters.as_str();
    }
}

/// As a message says it: `database.hosts[0]`.
impl std::fmt::Display for ExtractPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        KeyPath::of(&self.0).fmt(f)
    }
}

impl ExtractPath {
    fn find<'a>(&self, from: &'a Node) -> Result<&'a Node, Problem> {
        let mut node = from;
        let mut walked = String::new();
        for step in &self.0 {
            let missing = |what: &str| Problem::Extract(format!("has no {what}"));
            node = match step {
                Step::Key(key) => {
                    let _ = write!(walked, "[{}]", quoted_key(key));
                    node.get(key).ok_or_else(|| missing(&walked))?
                }
                Step::Index(index) => {
                    let _ = write!(walked, "[{index}]");
                    node.items().nth(*index).ok_or_else(|| missing(&walked))?
                }
            };
        }
        Ok(node)
    }
}

/// A path that is not written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a path; write it as in '[\"database\"][\"hosts\"][0]'")]
pub struct ExtractPathError;

impl std::str::FromStr for ExtractPath {
    type Err = ExtractPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut steps = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            rest = rest.strip_prefix('[').ok_or(ExtractPathError)?;
            if let Some(escaped) = rest.strip_prefix("$\"") {
                let (key, after) = escaped_key(escaped).ok_or(ExtractPathError)?;
                steps.push(Step::Key(key));
                rest = after;
            } else if let Some(quote) = rest
                .chars()
                .next()
                .filter(|quote| matches!(quote, '"' | '\''))
            {
                let (key, after) = rest[1..]
                    .split_once(&format!("{quote}]"))
                    .ok_or(ExtractPathError)?;
                steps.push(Step::Key(key.to_owned()));
                rest = after;
            } else {
                let (index, after) = rest.split_once(']').ok_or(ExtractPathError)?;
                steps.push(Step::Index(index.parse().map_err(|_| ExtractPathError)?));
                rest = after;
            }
        }
        if steps.is_empty() {
            Err(ExtractPathError)
        } else {
            Ok(Self(steps))
        }
    }
}

/// One plaintext value, borrowed. No `Debug`.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Any other number; may be infinite or none.
    Float(f64),
    /// Text; bytes that are not UTF-8 are possible.
    Text(&'a [u8]),
    /// A point in time, as RFC 3339.
    Time(&'a str),
    /// A map, in file order.
    Map(MapView<'a>),
    /// A list.
    List(ListView<'a>),
}

/// The entries of a map.
#[derive(Clone, Copy)]
pub struct MapView<'a>(&'a [Entry]);

/// The elements of a list.
#[derive(Clone, Copy)]
pub struct ListView<'a>(&'a [Item]);

impl<'a> Value<'a> {
    pub(crate) fn of(node: &'a Node) -> Self {
        match node {
            Node::Map(entries) => Self::Map(MapView(entries)),
            Node::List(items) => Self::List(ListView(items)),
            Node::Scalar(Scalar::Null) => Self::Null,
            Node::Scalar(Scalar::Bool(value)) => Self::Bool(*value),
            Node::Scalar(Scalar::Int(number)) => Self::Int(*number),
            Node::Scalar(Scalar::Float(number)) => Self::Float(*number),
            Node::Scalar(Scalar::Text(text)) => Self::Text(text.as_bytes()),
            Node::Scalar(Scalar::Time(text)) => Self::Time(text.as_str().unwrap_or_default()),
        }
    }
}

impl<'a> MapView<'a> {
    /// Returns the entries in file order, comments left out.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Value<'a>)> + use<'a> {
        self.0.iter().filter_map(|entry| match entry {
            Entry::Pair(key, node) => Some((key.as_str(), Value::of(node))),
            Entry::Comment(_) => None,
        })
    }

    /// Returns the value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        self.iter()
            .find_map(|(name, value)| (name == key).then_some(value))
    }
}

impl<'a> ListView<'a> {
    /// Returns the elements, comments left out.
    pub fn iter(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        self.0.iter().filter_map(|item| match item {
            Item::Node(node) => Some(Value::of(node)),
            Item::Comment(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extract_paths_are_keys_and_positions() {
        let key = |key: &str| Step::Key(key.to_owned());
        for (text, expected) in [
            (r#"["a"]"#, Some(vec![key("a")])),
            (
                r#"["a"]['b c'][2]"#,
                Some(vec![key("a"), key("b c"), Step::Index(2)]),
            ),
            (r#"["a]b"]"#, Some(vec![key("a]b")])),
            (
                r#"[$"a\"]b\n\u{202e}\\"][0]"#,
                Some(vec![key("a\"]b\n\u{202e}\\"), Step::Index(0)]),
            ),
            (r#"["a\n"]"#, Some(vec![key("a\\n")])),
            (r#"[$"a\x"]"#, None),
            (r#"[$"a""#, None),
            ("", None),
            ("a", None),
            ("[a]", None),
            ("[-1]", None),
            (r#"["a"#, None),
            (r#"["a"]x"#, None),
        ] {
            assert_eq!(text.parse().ok(), expected.map(ExtractPath), "{text}");
        }
    }
    #[test]
    fn a_path_in_brackets_reads_back_whatever_its_keys_hold() {
        for key in [
            "",
            "a",
            "a.b",
            "it's",
            "say \"x\"",
            r"back\slash",
            "two\nlines",
            "[0]",
            "[\"lit\"]",
            "['lit']",
            "\"]",
            "']",
            "both \"] and ']",
            "\0",
            "e\u{301}",
            "\u{202e}",
            "-d",
            " ",
            "\"",
            "'",
            "]",
            "\\",
            "$\"x\"",
            "a=b",
            "é",
        ] {
            let path = ExtractPath::key(key).then_key("x");
            assert_eq!(path.in_brackets().parse(), Ok(path), "{key:?}");
        }
    }

    #[test]
    fn an_argument_is_plain_only_where_it_reads_in_one_way() {
        for (path, expected) in [
            (ExtractPath::key("api_key"), "api_key"),
            (ExtractPath::key("a.b"), r#"'["a.b"]'"#),
            (ExtractPath::key("a").then_key("b"), r#"'["a"]["b"]'"#),
            (ExtractPath::key("it's"), r#"'["it'\''s"]'"#),
            (ExtractPath::key("-d"), r#"'["-d"]'"#),
            (ExtractPath::key(""), r#"'[""]'"#),
            (ExtractPath::key("a=b"), r#"'["a=b"]'"#),
            (ExtractPath::key("["), r#"'["["]'"#),
            (ExtractPath::key("a\nb"), r#"'[$"a\nb"]'"#),
        ] {
            assert_eq!(path.argument(), expected);
        }
    }
}
