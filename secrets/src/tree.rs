//! The ordered tree that every file format is read into, and the text type it holds.

use zeroize::{Zeroize, Zeroizing};

/// Bytes that may be secret: zeroed when dropped or outgrown, never formatted.
///
/// Not always UTF-8: a binary file is one such text.
#[derive(Clone, Default)]
pub(crate) struct Text(Zeroizing<Vec<u8>>);

impl Text {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(bytes)))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.0.capacity() - self.0.len() < bytes.len() {
            // A growing Vec would leave a copy of its content behind.
            let wanted = (self.0.len() + bytes.len()).max(self.0.capacity() * 2);
            let mut larger = Zeroizing::new(Vec::with_capacity(wanted));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn push_str(&mut self, text: &str) {
        self.push(text.as_bytes());
    }

    pub(crate) fn into_inner(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.as_bytes().to_vec()))
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

/// One value without children.
#[derive(Clone)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Text),
    /// A point in time, as RFC 3339 writes it.
    Time(Text),
}

impl Scalar {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Returns the bytes that the MAC hashes for this value; none for null.
    pub(crate) fn mac_bytes(&self) -> Text {
        match self {
            Self::Null => Text::default(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Int(number) => Zeroizing::new(number.to_string()).as_str().into(),
            Self::Float(number) => crate::scalar::float_positional(*number).as_str().into(),
            Self::Text(text) | Self::Time(text) => text.clone(),
        }
    }
}

impl Zeroize for Scalar {
    fn zeroize(&mut self) {
        match self {
            Self::Null => {}
            Self::Bool(value) => value.zeroize(),
            Self::Int(number) => number.zeroize(),
            Self::Float(number) => number.zeroize(),
            Self::Text(text) | Self::Time(text) => text.0.zeroize(),
        }
    }
}

/// A comment, without its sign.
#[derive(Clone)]
pub(crate) struct Comment {
    pub(crate) text: Text,
    /// Whether it stood behind a value, on the value's line.
    pub(crate) inline: bool,
}

impl Comment {
    pub(crate) fn above(text: &str) -> Self {
        Self {
            text: text.into(),
            inline: false,
        }
    }
}

#[derive(Clone)]
pub(crate) enum Entry {
    Comment(Comment),
    Pair(String, Node),
}

#[derive(Clone)]
pub(crate) enum Item {
    Comment(Comment),
    Node(Node),
}

#[derive(Clone)]
pub(crate) enum Node {
    Map(Vec<Entry>),
    List(Vec<Item>),
    Scalar(Scalar),
}

impl Node {
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        let Self::Map(entries) = self else {
            return None;
        };
        entries.iter().find_map(|entry| match entry {
            Entry::Pair(name, node) if name == key => Some(node),
            _ => None,
        })
    }

    /// Returns the elements of a list; nothing for null and whatever is no list.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Node> {
        let items = if let Self::List(items) = self {
            items.as_slice()
        } else {
            &[]
        };
        items.iter().filter_map(|item| match item {
            Item::Node(node) => Some(node),
            Item::Comment(_) => None,
        })
    }

    /// Tells whether it is a map without keys or a list without elements.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Map(entries) => !entries.iter().any(|entry| matches!(entry, Entry::Pair(..))),
            Self::List(_) => self.items().next().is_none(),
            Self::Scalar(_) => false,
        }
    }

    /// Returns the text of a text or time leaf.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar(Scalar::Text(text) | Scalar::Time(text)) => text.as_str(),
            _ => None,
        }
    }
}

impl Zeroize for Node {
    fn zeroize(&mut self) {
        match self {
            Self::Scalar(scalar) => scalar.zeroize(),
            Self::Map(entries) => {
                for entry in entries {
                    if let Entry::Pair(_, node) = entry {
                        node.zeroize();
                    }
                }
            }
            Self::List(items) => {
                for item in items {
                    if let Item::Node(node) = item {
                        node.zeroize();
                    }
                }
            }
        }
    }
}

/// A place in a tree, for messages: `database.hosts[0]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyPath(Vec<Step>);

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStep<'p> {
    /// A key of a map.
    Key(&'p str),
    /// A position in a list, from 0.
    Index(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

impl KeyPath {
    pub(crate) fn of(steps: &[Step]) -> Self {
        Self(steps.to_vec())
    }

    pub(crate) fn into_steps(self) -> Vec<Step> {
        self.0
    }

    pub(crate) fn push_key(&mut self, key: &str) {
        self.0.push(Step::Key(key.to_owned()));
    }

    pub(crate) fn push_index(&mut self, index: usize) {
        self.0.push(Step::Index(index));
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    pub(crate) fn depth(&self) -> usize {
        self.0.len()
    }

    /// Returns the steps that lead there, from the top.
    pub fn steps(&self) -> impl Iterator<Item = PathStep<'_>> {
        self.0.iter().map(|step| match step {
            Step::Key(key) => PathStep::Key(key),
            Step::Index(index) => PathStep::Index(*index),
        })
    }

    /// Returns the key of the top level that leads there.
    pub(crate) fn first_key(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// Tells whether it is a place or below it.
    pub(crate) fn starts_with(&self, place: &Self) -> bool {
        self.0.starts_with(&place.0)
    }

    /// Returns the keys joined as SOPS authenticates them: list positions are left out.
    pub(crate) fn additional_data(&self) -> String {
        let mut joined = String::new();
        for step in &self.0 {
            if let Step::Key(key) = step {
                joined.push_str(key);
                joined.push(':');
            }
        }
        if joined.is_empty() {
            joined.push(':');
        }
        joined
    }
}

impl std::fmt::Display for KeyPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    // A key may try to speak to the terminal.
                    write!(f, "{}", key.escape_debug())?;
                }
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        if self.0.is_empty() {
            f.write_str("the top level")
        } else {
            Ok(())
        }
    }
}
