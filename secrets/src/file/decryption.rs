//! Opens every leaf of a document, and encrypts each anew under another data key.

use std::collections::BTreeMap;

use crate::error::Problem;
use crate::mac::Mac;
use crate::selection::Walk;
use crate::tree::{Comment, Entry, Item, KeyPath, Node, Scalar, Text};
use crate::value::{self, DataKey, Decrypted, ValueError};

pub(super) struct Decryption<'a> {
    pub(super) walk: Walk<'a>,
    pub(super) path: KeyPath,
    pub(super) key: &'a DataKey,
    pub(super) mac: &'a mut Mac,
}

impl Decryption<'_> {
    pub(super) fn node(&mut self, node: &Node) -> Result<Node, Problem> {
        Ok(match node {
            Node::Map(entries) => {
                self.walk.enter_collection();
                let mut plain = Vec::with_capacity(entries.len());
                for entry in entries {
                    plain.push(match entry {
                        Entry::Comment(comment) => Entry::Comment(self.comment(comment)),
                        Entry::Pair(key, value) => {
                            self.walk.enter_key(key);
                            self.path.push_key(key);
                            let value = match self.leaf_or_node(value)? {
                                Item::Node(node) => node,
                                // A value that claims to be a comment is nothing SOPS writes.
                                Item::Comment(_) => return Err(self.problem(ValueError::WrongType)),
                            };
                            self.path.pop();
                            self.walk.leave_key();
                            self.walk.entry_done();
                            Entry::Pair(key.clone(), value)
                        }
                    });
                }
                self.walk.leave_collection();
                Node::Map(plain)
            }
            Node::List(items) => {
                self.walk.enter_collection();
                let mut plain = Vec::with_capacity(items.len());
                let mut index = 0;
                for item in items {
                    plain.push(match item {
                        Item::Comment(comment) => Item::Comment(self.comment(comment)),
                        Item::Node(node) => {
                            self.path.push_index(index);
                            let item = self.leaf_or_node(node)?;
                            self.path.pop();
                            self.walk.entry_done();
                            if let Item::Node(_) = item {
                                index += 1;
                            }
                            item
                        }
                    });
                }
                self.walk.leave_collection();
                Node::List(plain)
            }
            Node::Scalar(_) => return Err(Problem::NotAMap),
        })
    }

    fn leaf_or_node(&mut self, node: &Node) -> Result<Item, Problem> {
        let Node::Scalar(scalar) = node else {
            return self.node(node).map(Item::Node);
        };
        if let Scalar::Null = scalar {
            return Ok(Item::Node(Node::Scalar(Scalar::Null)));
        }
        let encrypted = self.walk.is_encrypted(false);
        let plain = if encrypted {
            let Scalar::Text(text) = scalar else {
                return Err(self.problem(ValueError::NotEncrypted));
            };
            match value::decrypt(text.as_bytes(), self.key, &self.path.additional_data()) {
                Ok(Decrypted::Value(scalar)) => scalar,
                // In a list an encrypted comment looks like an element.
                Ok(Decrypted::Comment(text)) => {
                    return Ok(Item::Comment(Comment {
                        text,
                        inline: false,
                    }));
                }
                Err(why) => return Err(self.problem(why)),
            }
        } else {
            scalar.clone()
        };
        self.mac.leaf(&plain, encrypted);
        Ok(Item::Node(Node::Scalar(plain)))
    }

    /// Decrypts a comment. One that does not decrypt was never encrypted: old versions left them.
    fn comment(&mut self, comment: &Comment) -> Comment {
        self.walk.comment(comment.text.as_bytes());
        if self.walk.is_encrypted(true) && value::looks_encrypted(comment.text.as_bytes()) {
            let decrypted = value::decrypt(
                comment.text.as_bytes(),
                self.key,
                &self.path.additional_data(),
            );
            if let Ok(Decrypted::Comment(text) | Decrypted::Value(Scalar::Text(text))) = decrypted {
                return Comment {
                    text,
                    inline: comment.inline,
                };
            }
        }
        comment.clone()
    }

    fn problem(&self, why: ValueError) -> Problem {
        Problem::Value {
            path: self.path.clone(),
            why,
        }
    }
}

pub(super) struct Reencryption<'a> {
    pub(super) path: KeyPath,
    pub(super) old: &'a DataKey,
    pub(super) new: &'a DataKey,
    pub(super) done: BTreeMap<String, String>,
}

impl Reencryption<'_> {
    pub(super) fn node(&mut self, node: &Node, walk: &mut Walk<'_>) -> Result<(), Problem> {
        match node {
            Node::Scalar(Scalar::Text(text)) if walk.is_encrypted(false) => self.text(text),
            Node::Scalar(_) => Ok(()),
            Node::Map(entries) => {
                walk.enter_collection();
                for entry in entries {
                    match entry {
                        Entry::Comment(comment) => self.comment(comment, walk)?,
                        Entry::Pair(key, value) => {
                            walk.enter_key(key);
                            self.path.push_key(key);
                            self.node(value, walk)?;
                            self.path.pop();
                            walk.leave_key();
                            walk.entry_done();
                        }
                    }
                }
                walk.leave_collection();
                Ok(())
            }
            Node::List(items) => {
                walk.enter_collection();
                for item in items {
                    match item {
                        Item::Comment(comment) => self.comment(comment, walk)?,
                        Item::Node(node) => {
                            self.node(node, walk)?;
                            walk.entry_done();
                        }
                    }
                }
                walk.leave_collection();
                Ok(())
            }
        }
    }

    fn comment(&mut self, comment: &Comment, walk: &mut Walk<'_>) -> Result<(), Problem> {
        walk.comment(comment.text.as_bytes());
        // One that does not decrypt was never encrypted, and stays.
        if walk.is_encrypted(true) && value::looks_encrypted(comment.text.as_bytes()) {
            match self.text(&comment.text) {
                Err(Problem::Value { .. }) => {}
                done => done?,
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &Text) -> Result<(), Problem> {
        let Some(encrypted) = text.as_str().filter(|text| !text.is_empty()) else {
            return Ok(());
        };
        let place = self.path.additional_data();
        let decrypted =
            value::decrypt(text.as_bytes(), self.old, &place).map_err(|why| Problem::Value {
                path: self.path.clone(),
                why,
            })?;
        let new = match decrypted {
            Decrypted::Value(scalar) => value::encrypt(&scalar, self.new, &place)?,
            Decrypted::Comment(text) => value::encrypt_comment(&text, self.new, &place)?,
        };
        self.done.insert(encrypted.to_owned(), new);
        Ok(())
    }
}
