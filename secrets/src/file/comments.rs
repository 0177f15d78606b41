//! Comments: those that the rule has encrypted and the file has not, and the other way round.

use std::collections::BTreeMap;

use crate::selection::Walk;
use crate::tree::{Comment, Entry, Item, KeyPath, Node, Text};
use crate::value::{self, DataKey, Decrypted};

pub(super) fn disclosed_comments(
    node: &Node,
    walk: &mut Walk<'_>,
    path: &mut KeyPath,
    key: &DataKey,
    found: &mut BTreeMap<String, Text>,
) {
    let comment = |comment: &Comment,
                   walk: &mut Walk<'_>,
                   path: &KeyPath,
                   found: &mut BTreeMap<String, Text>| {
        walk.comment(comment.text.as_bytes());
        if walk.is_encrypted(true) || !value::looks_encrypted(comment.text.as_bytes()) {
            return;
        }
        let decrypted = value::decrypt(comment.text.as_bytes(), key, &path.additional_data());
        if let (Ok(Decrypted::Comment(text)), Some(encrypted)) = (decrypted, comment.text.as_str())
        {
            found.insert(encrypted.to_owned(), text);
        }
    };
    match node {
        Node::Scalar(_) => {}
        Node::Map(entries) => {
            walk.enter_collection();
            for entry in entries {
                match entry {
                    Entry::Comment(one) => comment(one, walk, path, found),
                    Entry::Pair(name, value) => {
                        walk.enter_key(name);
                        path.push_key(name);
                        disclosed_comments(value, walk, path, key, found);
                        path.pop();
                        walk.leave_key();
                        walk.entry_done();
                    }
                }
            }
            walk.leave_collection();
        }
        Node::List(items) => {
            walk.enter_collection();
            for item in items {
                match item {
                    Item::Comment(one) => comment(one, walk, path, found),
                    Item::Node(node) => {
                        disclosed_comments(node, walk, path, key, found);
                        walk.entry_done();
                    }
                }
            }
            walk.leave_collection();
        }
    }
}

/// Counts the comments that should be encrypted and are not.
pub(super) fn unencrypted_comments(node: &Node, walk: &mut Walk<'_>, found: &mut usize) {
    let comment = |comment: &Comment, walk: &mut Walk<'_>| {
        walk.comment(comment.text.as_bytes());
        let text = comment.text.as_bytes();
        if walk.is_encrypted(true)
            && !text.trim_ascii().is_empty()
            && !value::looks_encrypted(text.trim_ascii())
        {
            1_usize
        } else {
            0
        }
    };
    match node {
        Node::Scalar(_) => {}
        Node::Map(entries) => {
            walk.enter_collection();
            for entry in entries {
                match entry {
                    Entry::Comment(one) => *found += comment(one, walk),
                    Entry::Pair(key, value) => {
                        walk.enter_key(key);
                        unencrypted_comments(value, walk, found);
                        walk.leave_key();
                        walk.entry_done();
                    }
                }
            }
            walk.leave_collection();
        }
        Node::List(items) => {
            walk.enter_collection();
            for item in items {
                match item {
                    Item::Comment(one) => *found += comment(one, walk),
                    Item::Node(node) => {
                        unencrypted_comments(node, walk, found);
                        walk.entry_done();
                    }
                }
            }
            walk.leave_collection();
        }
    }
}
