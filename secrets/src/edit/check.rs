//! Whether a change changed what it should and nothing else.

use super::fresh;
use crate::file::{SecretsFile, Shape, ShapeKind};
use crate::secrets::Secrets;
use crate::tree::{Comment, Entry, Item, KeyPath, Node, Scalar, Step};

/// Tells whether two trees are the same, comments included.
pub(super) fn same_node(a: &Node, b: &Node) -> bool {
    match (a, b) {
        (Node::Scalar(a), Node::Scalar(b)) => same_scalar(a, b),
        (Node::Map(a), Node::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_entry(a, b))
        }
        (Node::List(a), Node::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_item(a, b))
        }
        _ => false,
    }
}

fn same_scalar(a: &Scalar, b: &Scalar) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
        && a.mac_bytes().as_bytes() == b.mac_bytes().as_bytes()
}

fn same_comment(a: &Comment, b: &Comment) -> bool {
    a.text.as_bytes() == b.text.as_bytes()
}

fn same_entry(a: &Entry, b: &Entry) -> bool {
    match (a, b) {
        (Entry::Comment(a), Entry::Comment(b)) => same_comment(a, b),
        (Entry::Pair(a, x), Entry::Pair(b, y)) => a == b && same_node(x, y),
        _ => false,
    }
}

fn same_item(a: &Item, b: &Item) -> bool {
    match (a, b) {
        (Item::Comment(a), Item::Comment(b)) => same_comment(a, b),
        (Item::Node(a), Item::Node(b)) => same_node(a, b),
        _ => false,
    }
}

fn is_blank(node: &Node) -> bool {
    match node {
        Node::Scalar(Scalar::Null) => true,
        Node::Scalar(Scalar::Text(text)) => text.is_empty(),
        node => node.is_empty(),
    }
}

/// Tells whether `new` is `old` with `leaf` at `steps`, and the same leaves are encrypted as before.
pub(super) fn only_put(old: &SecretsFile, new: &SecretsFile, steps: &[Step], leaf: &Node) -> bool {
    let (Some(before), Some(after)) = (old.document(), new.document()) else {
        return false;
    };
    put_at(before, after, steps, leaf)
        && same_rest(old, new)
        && same_selection(old, new, &logical(after, steps))
}

fn put_at(old: &Node, new: &Node, steps: &[Step], leaf: &Node) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return (matches!(old, Node::Scalar(_)) || old.is_empty()) && same_node(new, leaf);
    };
    match (old, new, step) {
        (Node::Map(a), Node::Map(b), Step::Key(key)) if old.get(key).is_some() => {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| match (a, b) {
                    (Entry::Pair(name, x), Entry::Pair(other, y)) if name == key => {
                        other == key && put_at(x, y, rest, leaf)
                    }
                    (a, b) => same_entry(a, b),
                })
        }
        (Node::List(a), Node::List(b), Step::Index(index)) if old.items().nth(*index).is_some() => {
            let mut position = 0;
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| match (a, b) {
                    (Item::Node(x), Item::Node(y)) => {
                        position += 1;
                        if position == index + 1 {
                            put_at(x, y, rest, leaf)
                        } else {
                            same_node(x, y)
                        }
                    }
                    (a, b) => same_item(a, b),
                })
        }
        (Node::Map(a), Node::Map(b), Step::Key(key)) if !is_blank(old) || a.is_empty() => {
            let added = Entry::Pair(key.clone(), fresh(rest, leaf.clone()));
            let Some(at) = b
                .iter()
                .position(|entry| matches!(entry, Entry::Pair(name, _) if name == key))
            else {
                return false;
            };
            b.len() == a.len() + 1
                && same_entry(&b[at], &added)
                && b[..at]
                    .iter()
                    .chain(&b[at + 1..])
                    .zip(a)
                    .all(|(b, a)| same_entry(a, b))
        }
        (Node::List(a), Node::List(b), Step::Index(_)) => {
            let Some(at) = b.iter().rposition(|item| matches!(item, Item::Node(_))) else {
                return false;
            };
            b.len() == a.len() + 1
                && same_item(&b[at], &Item::Node(fresh(rest, leaf.clone())))
                && b[..at]
                    .iter()
                    .chain(&b[at + 1..])
                    .zip(a)
                    .all(|(b, a)| same_item(a, b))
        }
        _ => is_blank(old) && same_node(new, &fresh(steps, leaf.clone())),
    }
}

/// Tells whether all documents behind the first are the same.
fn same_rest(old: &SecretsFile, new: &SecretsFile) -> bool {
    let (a, b) = (old.documents(), new.documents());
    a.len() == b.len() && a.iter().zip(b).skip(1).all(|(a, b)| same_node(a, b))
}

/// Tells whether the leaves outside of a path are encrypted, or not, as before.
fn same_selection(old: &SecretsFile, new: &SecretsFile, path: &KeyPath) -> bool {
    let leaves = |file: &SecretsFile| -> Vec<(usize, ShapeKind, bool)> {
        file.shape()
            .into_iter()
            .filter(|leaf: &Shape| {
                let below = leaf.path.starts_with(path);
                // A path that was empty now has something below, or the other way round.
                let above = path.starts_with(&leaf.path);
                leaf.document > 0 || !below && !above
            })
            .map(|leaf| (leaf.document, leaf.kind, leaf.encrypted))
            .collect()
    };
    leaves(old) == leaves(new)
}

/// Tells whether `new` is `old` without what was at `steps` and without comments next to it.
pub(super) fn only_removed(old: &SecretsFile, new: &SecretsFile, steps: &[Step]) -> bool {
    let (Some(before), Some(after)) = (old.document(), new.document()) else {
        return false;
    };
    removed_at(before, after, steps) && same_rest(old, new) && {
        // List positions behind the gap move up, so only kinds are compared.
        let leaves =
            |file: &SecretsFile, gone: Option<&KeyPath>| -> Vec<(usize, ShapeKind, bool)> {
                file.shape()
                    .into_iter()
                    .filter(|leaf| !matches!(leaf.kind, ShapeKind::EmptyMap | ShapeKind::EmptyList))
                    .filter(|leaf| {
                        leaf.document > 0 || !gone.is_some_and(|gone| leaf.path.starts_with(gone))
                    })
                    .map(|leaf| (leaf.document, leaf.kind, leaf.encrypted))
                    .collect()
            };
        let path = logical(before, steps);
        leaves(old, Some(&path)) == leaves(new, None)
    }
}

/// Returns the path as [`SecretsFile::shape`] says it, which does not count comments in lists.
fn logical(document: &Node, steps: &[Step]) -> KeyPath {
    let mut path = KeyPath::default();
    let mut node = Some(document);
    for step in steps {
        match step {
            Step::Key(key) => {
                path.push_key(key);
                node = node.and_then(|node| node.get(key));
            }
            Step::Index(raw) => {
                let comments = node
                    .into_iter()
                    .flat_map(Node::items)
                    .take(*raw)
                    .filter(|item| crate::file::is_encrypted_comment(item))
                    .count();
                path.push_index(raw - comments);
                node = node.and_then(|node| node.items().nth(*raw));
            }
        }
    }
    path
}

fn removed_at(old: &Node, new: &Node, steps: &[Step]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return false;
    };
    match (old, new, step) {
        (Node::Map(a), Node::Map(b), Step::Key(key)) => {
            let Some(at) = a
                .iter()
                .position(|entry| matches!(entry, Entry::Pair(name, _) if name == key))
            else {
                return false;
            };
            if rest.is_empty() {
                let is_comment = |entry: &Entry| matches!(entry, Entry::Comment(_));
                let only = !a
                    .iter()
                    .enumerate()
                    .any(|(index, entry)| index != at && !is_comment(entry));
                if only && b.is_empty() {
                    return true;
                }
                without_one(a, b, at, is_comment, same_entry)
            } else {
                a.len() == b.len()
                    && a.iter().zip(b).enumerate().all(|(index, pair)| match pair {
                        (Entry::Pair(_, x), Entry::Pair(name, y)) if index == at => {
                            name == key && removed_at(x, y, rest)
                        }
                        (a, b) => same_entry(a, b),
                    })
            }
        }
        (Node::List(a), Node::List(b), Step::Index(wanted)) => {
            let Some(at) = a
                .iter()
                .enumerate()
                .filter(|(_, item)| matches!(item, Item::Node(_)))
                .map(|(index, _)| index)
                .nth(*wanted)
            else {
                return false;
            };
            if rest.is_empty() {
                let is_comment = |item: &Item| matches!(item, Item::Comment(_));
                let only = !a
                    .iter()
                    .enumerate()
                    .any(|(index, item)| index != at && !is_comment(item));
                if only && b.is_empty() {
                    return true;
                }
                without_one(a, b, at, is_comment, same_item)
            } else {
                a.len() == b.len()
                    && a.iter().zip(b).enumerate().all(|(index, pair)| match pair {
                        (Item::Node(x), Item::Node(y)) if index == at => removed_at(x, y, rest),
                        (a, b) => same_item(a, b),
                    })
            }
        }
        _ => false,
    }
}

/// Tells whether `new` is `old` without the element at `at` and some comments directly around it.
fn without_one<T>(
    old: &[T],
    new: &[T],
    at: usize,
    is_comment: impl Fn(&T) -> bool,
    same: impl Fn(&T, &T) -> bool,
) -> bool {
    let above = old[..at]
        .iter()
        .rev()
        .take_while(|entry| is_comment(entry))
        .count();
    let below = old[at + 1..]
        .iter()
        .take_while(|entry| is_comment(entry))
        .count();
    let Some(gone) = old
        .len()
        .checked_sub(new.len() + 1)
        .filter(|gone| *gone <= above + below)
    else {
        return false;
    };
    (0..=above.min(gone)).any(|from_above| {
        let from_below = gone - from_above;
        from_below <= below
            && old[..at - from_above]
                .iter()
                .chain(&old[at + 1 + from_below..])
                .zip(new)
                .all(|(old, new)| same(old, new))
    })
}

/// Puts a value into a decrypted tree, with the maps and lists that lead to it.
pub(super) fn assign(node: &mut Node, steps: &[Step], value: Node) {
    let Some((step, rest)) = steps.split_first() else {
        *node = value;
        return;
    };
    if is_blank(node) {
        match (&*node, step) {
            // Comments in it stay.
            (Node::Map(_), Step::Key(_)) | (Node::List(_), Step::Index(_)) => {}
            _ => {
                *node = fresh(steps, value);
                return;
            }
        }
    }
    match (node, step) {
        (Node::Map(entries), Step::Key(key)) => {
            let existing = entries.iter_mut().find_map(|entry| match entry {
                Entry::Pair(name, node) if name == key => Some(node),
                _ => None,
            });
            match existing {
                Some(node) => assign(node, rest, value),
                None => entries.push(Entry::Pair(key.clone(), fresh(rest, value))),
            }
        }
        (Node::List(items), Step::Index(index)) => {
            let existing = items
                .iter_mut()
                .filter_map(|item| match item {
                    Item::Node(node) => Some(node),
                    Item::Comment(_) => None,
                })
                .nth(*index);
            match existing {
                Some(node) => assign(node, rest, value),
                None => items.push(Item::Node(fresh(rest, value))),
            }
        }
        _ => {}
    }
}

/// Takes what is at a path out of a decrypted tree.
pub(super) fn delete(node: &mut Node, steps: &[Step]) {
    let Some((step, rest)) = steps.split_first() else {
        return;
    };
    match (node, step) {
        (Node::Map(entries), Step::Key(key)) => {
            let at = entries
                .iter()
                .position(|entry| matches!(entry, Entry::Pair(name, _) if name == key));
            match at.map(|at| (at, &mut entries[at])) {
                Some((at, _)) if rest.is_empty() => {
                    entries.remove(at);
                }
                Some((_, Entry::Pair(_, node))) => delete(node, rest),
                _ => {}
            }
        }
        (Node::List(items), Step::Index(index)) => {
            let at = items
                .iter()
                .enumerate()
                .filter(|(_, item)| matches!(item, Item::Node(_)))
                .map(|(at, _)| at)
                .nth(*index);
            match at.map(|at| (at, &mut items[at])) {
                Some((at, _)) if rest.is_empty() => {
                    items.remove(at);
                }
                Some((_, Item::Node(node))) => delete(node, rest),
                _ => {}
            }
        }
        _ => {}
    }
}

/// Tells whether two decrypted files hold the same values, and `new` no comment that `old` has not.
pub(super) fn same_values(old: &Secrets, new: &Secrets) -> bool {
    let (a, b) = (old.nodes(), new.nodes());
    if a.len() != b.len() || !a.iter().zip(b).all(|(a, b)| same_value(a, b)) {
        return false;
    }
    let mut before = Vec::new();
    let mut after = Vec::new();
    a.iter().for_each(|node| comments(node, &mut before));
    b.iter().for_each(|node| comments(node, &mut after));
    let mut before = before.into_iter();
    after
        .into_iter()
        .all(|comment| before.any(|other| same_comment(other, comment)))
}

fn same_value(a: &Node, b: &Node) -> bool {
    match (a, b) {
        (Node::Scalar(a), Node::Scalar(b)) => same_scalar(a, b),
        (Node::Map(a), Node::Map(b)) => {
            let mut a = pairs(a);
            let mut b = pairs(b);
            loop {
                match (a.next(), b.next()) {
                    (None, None) => return true,
                    (Some((a, x)), Some((b, y))) if a == b && same_value(x, y) => {}
                    _ => return false,
                }
            }
        }
        (Node::List(_), Node::List(_)) => {
            a.items().count() == b.items().count()
                && a.items().zip(b.items()).all(|(a, b)| same_value(a, b))
        }
        _ => false,
    }
}

fn pairs(entries: &[Entry]) -> impl Iterator<Item = (&String, &Node)> {
    entries.iter().filter_map(|entry| match entry {
        Entry::Pair(key, node) => Some((key, node)),
        Entry::Comment(_) => None,
    })
}

fn comments<'a>(node: &'a Node, all: &mut Vec<&'a Comment>) {
    match node {
        Node::Scalar(_) => {}
        Node::Map(entries) => {
            for entry in entries {
                match entry {
                    Entry::Comment(comment) => all.push(comment),
                    Entry::Pair(_, node) => comments(node, all),
                }
            }
        }
        Node::List(items) => {
            for item in items {
                match item {
                    Item::Comment(comment) => all.push(comment),
                    Item::Node(node) => comments(node, all),
                }
            }
        }
    }
}
