//! What a file says of itself without a key: its leaves, without their values.

use crate::selection::Walk;
use crate::tree::{Entry, Item, KeyPath, Node, Scalar};
use crate::value::{self, ValueType};

/// One leaf, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Which document of the file, from 0.
    pub document: usize,
    /// Where the leaf is.
    pub path: KeyPath,
    /// What it says it is.
    pub kind: ShapeKind,
    /// Whether the file holds it encrypted.
    pub encrypted: bool,
}

/// The type of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShapeKind {
    /// With a type.
    Value(ValueType),
    /// A text without a character: SOPS stores that in clear.
    EmptyText,
    /// Null, which SOPS never encrypts.
    Null,
    /// A map without entries.
    EmptyMap,
    /// A list without elements.
    EmptyList,
    /// Marked as encrypted by the rule, and not.
    Damaged,
}

pub(super) struct Shaping<'a> {
    pub(super) document: usize,
    pub(super) walk: Walk<'a>,
    pub(super) path: KeyPath,
    pub(super) shape: &'a mut Vec<Shape>,
}

impl Shaping<'_> {
    pub(super) fn node(&mut self, node: &Node) {
        match node {
            Node::Map(entries) => {
                self.walk.enter_collection();
                if self.path.depth() > 0
                    && !entries.iter().any(|entry| matches!(entry, Entry::Pair(..)))
                {
                    self.leaf(ShapeKind::EmptyMap, false);
                }
                for entry in entries {
                    match entry {
                        Entry::Comment(comment) => self.walk.comment(comment.text.as_bytes()),
                        Entry::Pair(key, value) => {
                            self.walk.enter_key(key);
                            self.path.push_key(key);
                            self.node(value);
                            self.path.pop();
                            self.walk.leave_key();
                            self.walk.entry_done();
                        }
                    }
                }
                self.walk.leave_collection();
            }
            Node::List(items) => {
                self.walk.enter_collection();
                let mut index = 0;
                for item in items {
                    match item {
                        Item::Comment(comment) => self.walk.comment(comment.text.as_bytes()),
                        Item::Node(node) if is_encrypted_comment(node) => self.walk.entry_done(),
                        Item::Node(node) => {
                            self.path.push_index(index);
                            self.node(node);
                            self.path.pop();
                            self.walk.entry_done();
                            index += 1;
                        }
                    }
                }
                if index == 0 {
                    self.leaf(ShapeKind::EmptyList, false);
                }
                self.walk.leave_collection();
            }
            Node::Scalar(scalar) => {
                let encrypted = self.walk.is_encrypted(false);
                let kind = match scalar {
                    Scalar::Null => ShapeKind::Null,
                    Scalar::Text(text) if text.is_empty() => ShapeKind::EmptyText,
                    Scalar::Text(text) if encrypted => text
                        .as_str()
                        .and_then(value::declared_type)
                        .map_or(ShapeKind::Damaged, ShapeKind::Value),
                    _ if encrypted => ShapeKind::Damaged,
                    Scalar::Text(_) => ShapeKind::Value(ValueType::Text),
                    Scalar::Bool(_) => ShapeKind::Value(ValueType::Bool),
                    Scalar::Int(_) => ShapeKind::Value(ValueType::Int),
                    Scalar::Float(_) => ShapeKind::Value(ValueType::Float),
                    Scalar::Time(_) => ShapeKind::Value(ValueType::Time),
                };
                self.leaf(kind, encrypted && matches!(kind, ShapeKind::Value(_)));
            }
        }
    }

    fn leaf(&mut self, kind: ShapeKind, encrypted: bool) {
        self.shape.push(Shape {
            document: self.document,
            path: self.path.clone(),
            kind,
            encrypted,
        });
    }
}

/// Tells whether a list's element is a comment that was encrypted.
pub(crate) fn is_encrypted_comment(node: &Node) -> bool {
    node.text().and_then(value::declared_type) == Some(ValueType::Comment)
}
