//! A file that becomes what somebody has made of its plaintext: only what differs is changed.

use super::check::same_node;
use super::import::Merged;
use super::{Draft, at};
use crate::error::{Error, Problem};
use crate::file::marks::Marks;
use crate::file::{Format, parse_documents};
use crate::secrets::Secrets;
use crate::tree::{Entry, Item, KeyPath, Node, Scalar, Step, Text};

/// What became of a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Followed {
    /// How many values were added or changed.
    pub set: usize,
    /// How many places were taken out, with all below them.
    pub unset: usize,
    /// Whether comments are others; those of the file stay.
    pub comments_differ: bool,
    /// How many comments are gone with what they stood above, though they were left where they were.
    pub comments_lost: usize,
}

impl Draft {
    /// Makes of the file what its plaintext has become, as [`crate::Secrets::render`] writes it and
    /// somebody has changed it.
    ///
    /// # Errors
    /// When that does not parse, has another number of documents, a number that would not stay as
    /// written, an empty text in place of a value (unless `allow_empty`), or a value that cannot be set;
    /// the draft is then partly changed and must not be written.
    pub fn follow(&mut self, text: &[u8], allow_empty: bool) -> Result<Followed, Error> {
        self.follow_inner(text, allow_empty).map_err(|problem| {
            let of_text = matches!(
                problem,
                Problem::Syntax { .. }
                    | Problem::NotAMap
                    | Problem::DuplicateKey(_)
                    | Problem::KeyNotText(_)
                    | Problem::Inexact { .. }
                    | Problem::Emptied { .. }
            );
            Error::new(
                if of_text {
                    "what was edited"
                } else {
                    &self.name
                },
                problem,
            )
        })
    }

    fn follow_inner(&mut self, text: &[u8], allow_empty: bool) -> Result<Followed, Problem> {
        let mut marks = Marks::exactness();
        let mut documents = if self.format == Format::Binary {
            let data = Node::Scalar(Scalar::Text(text.into()));
            vec![Node::Map(vec![Entry::Pair("data".to_owned(), data)])]
        } else {
            let text = match (self.format, std::str::from_utf8(text)) {
                // These hold whatever bytes SOPS was given, and are read as text.
                (Format::Dotenv | Format::Ini, Err(_)) => replaced(text),
                _ => Text::from(text),
            };
            parse_documents(text.as_bytes(), self.format, &mut marks)?
        };
        let before: Vec<Node> = self.plain.nodes().to_vec();
        for (old, new) in before.iter().zip(&mut documents) {
            keep_numbers(old, new);
            let lost = keep_bytes(old, new, std::str::from_utf8(text).is_err(), self.format);
            if let Some(path) = lost {
                return Err(Problem::NotEditable {
                    path,
                    what: "would be bytes that are not UTF-8, of which an editor makes other signs; leave what holds such bytes where it is",
                });
            }
        }
        let (Some(old), Some(new)) = (before.first(), documents.first()) else {
            return Err(Problem::NotAMap);
        };
        let others_stay = before.len() == documents.len()
            && before
                .iter()
                .zip(&documents)
                .skip(1)
                .all(|(old, new)| same_values(old, new));
        if !others_stay {
            return Err(Problem::Extract(
                "has several documents, of which only the first can be changed".to_owned(),
            ));
        }
        if !documents_hold(&before)
            && let Some(path) = documents.iter().find_map(crate::secrets::ciphertext_in)
        {
            return Err(Problem::EncryptedTwice(path));
        }
        // A value that nobody has touched may be written in several ways.
        let inexact: Vec<KeyPath> = marks
            .take_inexact()
            .into_iter()
            .filter(|path| {
                let steps = path.clone().into_steps();
                match (at(old, &steps), at(new, &steps)) {
                    (Some(old), Some(new)) => !same_node(old, new),
                    _ => true,
                }
            })
            .collect();
        if !inexact.is_empty() {
            return Err(Problem::Inexact { paths: inexact });
        }
        let mut emptied = Vec::new();
        let mut gone = Vec::new();
        differences(old, new, &mut Vec::new(), &mut gone, &mut emptied);
        if !emptied.is_empty() && !allow_empty {
            return Err(Problem::Emptied { paths: emptied });
        }
        let mut followed = Followed {
            comments_differ: comments(old) != comments(new),
            ..Followed::default()
        };
        // From the end, so that the positions of those before stay.
        for steps in gone.iter().rev() {
            self.remove(steps)?;
            followed.unset += 1;
        }
        let mut merged = Merged::default();
        self.merge_node(new, &mut Vec::new(), &mut merged)?;
        followed.set = merged.added.len() + merged.changed.len();
        let after = self.plain.first().ok_or(Problem::NotAMap)?;
        if !same_values(after, new) {
            return Err(Problem::ReadBack);
        }
        let mut left = comments(after);
        followed.comments_lost = comments(new)
            .iter()
            .filter(|comment| comments(old).contains(comment))
            .filter(
                |comment| match left.iter().position(|one| one == *comment) {
                    Some(at) => {
                        left.remove(at);
                        false
                    }
                    None => true,
                },
            )
            .count();
        Ok(followed)
    }
}

fn documents_hold(documents: &[Node]) -> bool {
    documents.iter().any(crate::file::holds_ciphertext)
}

/// Has whole numbers stay the kind of number that they are where only their writing is another: JSON and
/// YAML write a floating-point number without a fraction as they write an integer.
pub(super) fn keep_numbers(old: &Node, new: &mut Node) {
    // From here on a floating-point number is not exactly one integer.
    const EXACT: i64 = 1 << 53;
    match (old, new) {
        (Node::Map(_), Node::Map(entries)) => {
            for entry in entries {
                if let Entry::Pair(key, new) = entry
                    && let Some(old) = old.get(key)
                {
                    keep_numbers(old, new);
                }
            }
        }
        (Node::List(_), Node::List(items)) => {
            let nodes = items.iter_mut().filter_map(|item| match item {
                Item::Node(node) => Some(node),
                Item::Comment(_) => None,
            });
            for (old, new) in old.items().zip(nodes) {
                keep_numbers(old, new);
            }
        }
        (Node::Scalar(Scalar::Float(float)), Node::Scalar(new)) => {
            if let Scalar::Int(integer) = new
                && integer.abs() <= EXACT
                && format!("{integer}") == format!("{float}")
            {
                *new = Scalar::Float(*float);
            }
        }
        _ => {}
    }
}

/// Puts the sign that stands for no character in place of each byte that is not UTF-8, as [`crate::render`]
/// does for JSON.
fn replaced(bytes: &[u8]) -> Text {
    let mut text = Text::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            text.push_str("\u{fffd}");
        }
    }
    text
}

/// Has values that are not UTF-8 stay what they are where nobody has touched what was shown in their place.
/// Returns where such a sign was taken elsewhere: the bytes it stands for would be lost.
fn keep_bytes(old: &Node, new: &mut Node, typed: bool, format: Format) -> Option<KeyPath> {
    // YAML writes them in base64, and a binary file is what it is.
    if !matches!(format, Format::Json | Format::Dotenv | Format::Ini) {
        return None;
    }
    let mut shown = Vec::new();
    shown_otherwise(old, &mut shown);
    if shown.is_empty() && !typed {
        return None;
    }
    kept(Some(old), new, &shown, typed, &mut KeyPath::default())
}

/// Collects what is shown in place of values that are not UTF-8.
fn shown_otherwise(node: &Node, shown: &mut Vec<Text>) {
    match node {
        Node::Scalar(Scalar::Text(text)) if text.as_str().is_none() => {
            shown.push(replaced(text.as_bytes()));
        }
        Node::Scalar(_) => {}
        Node::Map(entries) => {
            for entry in entries {
                if let Entry::Pair(_, node) = entry {
                    shown_otherwise(node, shown);
                }
            }
        }
        Node::List(_) => node.items().for_each(|node| shown_otherwise(node, shown)),
    }
}

fn kept(
    old: Option<&Node>,
    new: &mut Node,
    shown: &[Text],
    typed: bool,
    path: &mut KeyPath,
) -> Option<KeyPath> {
    match new {
        Node::Map(entries) => entries.iter_mut().find_map(|entry| {
            let Entry::Pair(key, node) = entry else {
                return None;
            };
            path.push_key(key);
            let lost = kept(old.and_then(|old| old.get(key)), node, shown, typed, path);
            path.pop();
            lost
        }),
        Node::List(items) => {
            let nodes = items.iter_mut().filter_map(|item| match item {
                Item::Node(node) => Some(node),
                Item::Comment(_) => None,
            });
            nodes.enumerate().find_map(|(index, node)| {
                path.push_index(index);
                let there = old.and_then(|old| old.items().nth(index));
                let lost = kept(there, node, shown, typed, path);
                path.pop();
                lost
            })
        }
        Node::Scalar(Scalar::Text(text)) => {
            match old {
                Some(Node::Scalar(Scalar::Text(old))) if old.as_bytes() == text.as_bytes() => {
                    return None;
                }
                Some(Node::Scalar(Scalar::Text(old)))
                    if old.as_str().is_none()
                        && replaced(old.as_bytes()).as_bytes() == text.as_bytes() =>
                {
                    *text = old.clone();
                    return None;
                }
                _ => {}
            }
            let stands_for_bytes = shown.iter().any(|one| one.as_bytes() == text.as_bytes())
                || typed && text.as_str().is_some_and(|text| text.contains('\u{fffd}'));
            stands_for_bytes.then(|| path.clone())
        }
        Node::Scalar(_) => None,
    }
}

/// Returns where a value is that would be the empty text.
pub(super) fn emptied(old: &Node, new: &Node) -> Vec<KeyPath> {
    let mut emptied = Vec::new();
    differences(old, new, &mut Vec::new(), &mut Vec::new(), &mut emptied);
    emptied
}

/// Collects what is no more, or is of another kind, and texts that have become empty.
fn differences(
    old: &Node,
    new: &Node,
    steps: &mut Vec<Step>,
    gone: &mut Vec<Vec<Step>>,
    emptied: &mut Vec<KeyPath>,
) {
    let is_empty =
        |node: &Node| matches!(node, Node::Scalar(Scalar::Text(text)) if text.is_empty());
    match (old, new) {
        (Node::Map(entries), Node::Map(_)) => {
            for entry in entries {
                let Entry::Pair(key, old) = entry else {
                    continue;
                };
                steps.push(Step::Key(key.clone()));
                match new.get(key) {
                    None => gone.push(steps.clone()),
                    Some(new) => differences(old, new, steps, gone, emptied),
                }
                steps.pop();
            }
        }
        (Node::List(_), Node::List(_)) => {
            let all = new.items().count();
            for (index, old) in old.items().enumerate() {
                steps.push(Step::Index(index));
                match new.items().nth(index).filter(|_| index < all) {
                    None => gone.push(steps.clone()),
                    Some(new) => differences(old, new, steps, gone, emptied),
                }
                steps.pop();
            }
        }
        (Node::Scalar(Scalar::Null), _) => {}
        (Node::Scalar(_), Node::Scalar(_)) => {
            if is_empty(new) && !is_empty(old) {
                emptied.push(KeyPath::of(steps));
            }
        }
        (old, _) if is_empty(old) || old.is_empty() => {}
        _ => gone.push(steps.clone()),
    }
}

/// Tells whether two files have the same values, whatever the order of keys.
pub(super) fn same_documents(one: &Secrets, other: &Secrets) -> bool {
    let (one, other) = (one.nodes(), other.nodes());
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| same_values(a, b))
}

/// Tells whether two trees have the same values, whatever their comments and the order of keys.
fn same_values(one: &Node, other: &Node) -> bool {
    match (one, other) {
        (Node::Map(entries), Node::Map(others)) => {
            let pairs = |entries: &[Entry]| {
                entries
                    .iter()
                    .filter(|entry| matches!(entry, Entry::Pair(..)))
                    .count()
            };
            pairs(entries) == pairs(others)
                && entries.iter().all(|entry| match entry {
                    Entry::Comment(_) => true,
                    Entry::Pair(key, value) => other
                        .get(key)
                        .is_some_and(|other| same_values(value, other)),
                })
        }
        (Node::List(_), Node::List(_)) => {
            one.items().count() == other.items().count()
                && one
                    .items()
                    .zip(other.items())
                    .all(|(a, b)| same_values(a, b))
        }
        (one, other) => same_node(one, other),
    }
}

/// Collects the comments of a tree, in their order.
fn comments(node: &Node) -> Vec<Vec<u8>> {
    fn walk(node: &Node, found: &mut Vec<Vec<u8>>) {
        match node {
            Node::Scalar(_) => {}
            Node::Map(entries) => {
                for entry in entries {
                    match entry {
                        Entry::Comment(comment) => found.push(comment.text.as_bytes().to_vec()),
                        Entry::Pair(_, node) => walk(node, found),
                    }
                }
            }
            Node::List(items) => {
                for item in items {
                    match item {
                        Item::Comment(comment) => found.push(comment.text.as_bytes().to_vec()),
                        Item::Node(node) => walk(node, found),
                    }
                }
            }
        }
    }
    let mut found = Vec::new();
    walk(node, &mut found);
    // The order in which a map's keys stand is nobody's business here.
    found.sort();
    found
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &[u8])]) -> Node {
        let pair = |(key, text): &(&str, &[u8])| {
            Entry::Pair(
                (*key).to_owned(),
                Node::Scalar(Scalar::Text(Text::from(*text))),
            )
        };
        Node::Map(entries.iter().map(pair).collect())
    }

    fn bytes<'n>(node: &'n Node, key: &str) -> &'n [u8] {
        match node.get(key) {
            Some(Node::Scalar(Scalar::Text(text))) => text.as_bytes(),
            _ => b"",
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay_where_nobody_touched_them() {
        let old = map(&[("k", b"a\xff\xfeb"), ("l", b"x")]);
        let shown = crate::render::document(&[&old], Format::Json).unwrap();
        let mut parsed =
            parse_documents(shown.as_bytes(), Format::Json, &mut Marks::off()).unwrap();
        let new = parsed.first_mut().unwrap();
        assert_eq!(keep_bytes(&old, new, false, Format::Json), None);
        assert_eq!(bytes(new, "k"), b"a\xff\xfeb");
        // Elsewhere the sign would be all that is left.
        let mut moved = map(&[("m", "a\u{fffd}\u{fffd}b".as_bytes()), ("l", b"x")]);
        let lost = keep_bytes(&old, &mut moved, false, Format::Json).unwrap();
        assert_eq!(lost.to_string(), "m");
        // Another value may have that sign.
        let mut typed = map(&[("k", b"new"), ("l", "\u{fffd}".as_bytes())]);
        assert_eq!(keep_bytes(&old, &mut typed, false, Format::Json), None);
        assert_eq!(bytes(&typed, "k"), b"new");
    }

    #[test]
    fn bytes_that_are_typed_are_not_made_into_a_sign() {
        let old = map(&[("k", b"x")]);
        let mut new = map(&[("k", replaced(b"\xff").as_bytes())]);
        let lost = keep_bytes(&old, &mut new, true, Format::Dotenv).unwrap();
        assert_eq!(lost.to_string(), "k");
    }
}
