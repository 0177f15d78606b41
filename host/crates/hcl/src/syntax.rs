//! What both notations of configuration files come to: bodies of attributes and blocks,
//! each with its place.

use std::fmt;
use std::sync::Arc;

/// A place in a configuration file. Displays as `FILE:LINE`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The directory as it was named, and the file in it.
    pub file: Arc<str>,
    /// Counted from 1.
    pub line: u32,
    /// In characters, counted from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The content of a file or of a block.
#[derive(Clone, Default)]
pub(super) struct Body {
    pub(super) attributes: Vec<Attribute>,
    pub(super) blocks: Vec<Block>,
}

/// `NAME = VALUE`
#[derive(Clone)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) value: Value,
}

/// `KIND "LABEL" { … }`
#[derive(Clone)]
pub(super) struct Block {
    pub(super) kind: String,
    pub(super) labels: Vec<String>,
    pub(super) place: Place,
    pub(super) body: Body,
}

/// An expression, as far as it can be told without evaluating it.
#[derive(Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// A string without interpolation.
    Text(String),
    List(Vec<Value>),
    /// In the order of the file, without the items whose keys are expressions.
    Object(Vec<Attribute>),
    /// As it is written.
    Number(String),
    /// A word, or words with dots between them: `string`, `var.region`.
    Name(String),
    /// The same with indices that are literals: what comes before the first of them, and the whole step
    /// by step, as of `tags["Name"]`.
    Indexed(String, Vec<String>),
    Call(String, Vec<Value>),
    /// A string with expressions in it, in their order.
    Template(Vec<Value>),
    /// Anything else, by what it names.
    Other(Vec<String>),
}

impl Value {
    /// Returns what is written out, as text.
    pub(super) fn plain(&self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text.clone()),
            Self::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// Adds everything that the expression names.
    pub(super) fn names(&self, names: &mut Vec<String>) {
        match self {
            Self::Null | Self::Bool(_) | Self::Text(_) | Self::Number(_) => {}
            Self::Name(name) | Self::Indexed(name, _) => names.push(name.clone()),
            Self::Other(others) => names.extend(others.iter().cloned()),
            Self::List(values) | Self::Call(_, values) | Self::Template(values) => {
                values.iter().for_each(|value| value.names(names));
            }
            Self::Object(attributes) => {
                attributes.iter().for_each(|each| each.value.names(names));
            }
        }
    }
}

impl Body {
    /// Adds everything that expressions in it name.
    pub(super) fn names(&self, names: &mut Vec<String>) {
        for attribute in &self.attributes {
            attribute.value.names(names);
        }
        for block in &self.blocks {
            block.body.names(names);
        }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }

    pub(super) fn blocks<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Block> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }

    /// Returns a string that is written out.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match &self.attribute(name)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Lays the attributes and blocks of an override file over these: an attribute takes
    /// the place of the one of its name, blocks that of all blocks of their kind.
    pub(super) fn lay_over(&mut self, over: Self) {
        for attribute in over.attributes {
            match self
                .attributes
                .iter_mut()
                .find(|each| each.name == attribute.name)
            {
                Some(each) => *each = attribute,
                None => self.attributes.push(attribute),
            }
        }
        let hidden = |block: &Block| over.blocks.iter().any(|each| each.makes() == block.makes());
        self.blocks.retain(|block| !hidden(block));
        self.blocks.extend(over.blocks);
    }
}

impl Block {
    /// The kind of the blocks that this is or generates.
    pub(super) fn makes(&self) -> &str {
        match self.labels.first() {
            Some(label) if self.kind == "dynamic" => label,
            _ => &self.kind,
        }
    }
}

/// Turns offsets in a text into places.
pub(super) struct Lines<'t> {
    file: Arc<str>,
    text: &'t str,
    /// Where each line but the first begins.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(file: Arc<str>, text: &'t str) -> Self {
        let starts = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1)
            .collect();
        Self { file, text, starts }
    }

    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line
            .checked_sub(1)
            .and_then(|line| self.starts.get(line))
            .copied()
            .unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        Place {
            file: Arc::clone(&self.file),
            line: counted(line),
            column: counted(before.chars().count()),
        }
    }
}

/// Counts from 1 what is counted from 0.
fn counted(number: usize) -> u32 {
    u32::try_from(number).map_or(u32::MAX, |number| number.saturating_add(1))
}
