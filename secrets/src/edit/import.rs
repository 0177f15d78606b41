//! Plaintext from elsewhere, merged into an encrypted file.

use super::Draft;
use super::leaf::Leaf;
use crate::error::{Error, Problem};
use crate::file::Format;
use crate::secrets::Secrets;
use crate::source::dotenv::{self, DotenvReading};
use crate::tree::{Entry, Item, KeyPath, Node, Scalar, Step};

/// What a merge did, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// Values that were not there.
    pub added: Vec<KeyPath>,
    /// Values that were there and are others now.
    pub changed: Vec<KeyPath>,
    /// How many were there with the same value, and stay to the byte.
    pub unchanged: usize,
    /// How many comments of the plaintext a new file got.
    pub comments: usize,
    /// How many it could not get.
    pub comments_left: usize,
}

impl Draft {
    /// Merges plaintext: maps key by key, lists element by element; what it does not name stays. A
    /// list that is longer than the plaintext's is refused, because what is meant is unclear. A new
    /// file gets the comments too.
    ///
    /// # Errors
    /// As [`Self::set`], for the first value that cannot be set; the draft is then partly merged and
    /// must not be written. Also when a value would become the empty text, unless `allow_empty`.
    pub fn merge(&mut self, plaintext: &Secrets, allow_empty: bool) -> Result<Merged, Error> {
        self.merge_inner(plaintext, allow_empty)
            .map_err(|problem| Error::new(&self.name, problem))
    }

    fn merge_inner(&mut self, plaintext: &Secrets, allow_empty: bool) -> Result<Merged, Problem> {
        let mut merged = Merged::default();
        if plaintext.nodes().is_empty() {
            return Err(Problem::Extract(
                "can take nothing from it: the plaintext is empty".to_owned(),
            ));
        }
        let [document] = plaintext.nodes() else {
            return Err(Problem::Extract(
                "can take one document at a time; the plaintext has several".to_owned(),
            ));
        };
        let mut document = document.clone();
        let document = &mut document;
        if let Some(there) = self.plain.first() {
            super::follow::keep_numbers(there, document);
            let emptied = super::follow::emptied(there, document);
            if !emptied.is_empty() && !allow_empty {
                return Err(Problem::Emptied { paths: emptied });
            }
        }
        let rest = self.append_new(document, &mut merged)?;
        if self.is_new() {
            merged.comments_left += plaintext.comments_lost();
        }
        let mut values = Vec::new();
        if let Some(plain) = self.plain.first() {
            changed(&rest, plain, self.format, &mut Vec::new(), &mut values);
        }
        let exchanged = values.len() > 1 && self.exchange(&values)?;
        // What has been exchanged is found to be there already.
        self.merge_node(&rest, &mut Vec::new(), &mut merged)?;
        if exchanged {
            merged.unchanged = merged.unchanged.saturating_sub(values.len());
            let paths = values.iter().map(|(steps, _)| KeyPath::of(steps));
            merged.changed.splice(0..0, paths);
        }
        Ok(merged)
    }

    /// Adds what is new at the top level at once, and returns what is left to merge.
    fn append_new(&mut self, document: &Node, merged: &mut Merged) -> Result<Node, Problem> {
        let Node::Map(entries) = document else {
            return Ok(document.clone());
        };
        // The section that an INI file always has is there once something is in it.
        let there = |key: &str| {
            let node = self.plain.first().and_then(|plain| plain.get(key));
            node.is_some_and(|node| !self.is_new_section(key, node))
        };
        let (new, old): (Vec<Entry>, Vec<Entry>) =
            entries.iter().cloned().partition(|entry| match entry {
                Entry::Pair(key, _) => !there(key),
                Entry::Comment(_) => true,
            });
        if self.is_new() {
            // What a new file has already takes values only.
            merged.comments_left = old.iter().map(comments).sum();
        }
        let mut bare = new.clone();
        bare.iter_mut().for_each(without_comments);
        bare.retain(|entry| matches!(entry, Entry::Pair(..)));
        if bare.is_empty() {
            return Ok(Node::Map(old));
        }
        let comments: usize = new.iter().map(comments).sum();
        if self.is_new() && comments > 0 {
            if self.format != Format::Json {
                let left = self.append_parts(&new, merged)?;
                bare.retain(|entry| !left.iter().any(|other| same_key(entry, other)));
                added(&bare, merged);
                return Ok(Node::Map([left, old].concat()));
            }
            merged.comments_left += comments;
        }
        if !self.append(&bare)? {
            return Ok(Node::Map([bare, old].concat()));
        }
        added(&bare, merged);
        Ok(Node::Map(old))
    }

    /// Adds entries with the comments that have a place, halving them until those are found that have
    /// none. Returns the entries that take more than a plain addition.
    fn append_parts(&mut self, new: &[Entry], merged: &mut Merged) -> Result<Vec<Entry>, Problem> {
        let all: usize = new.iter().map(comments).sum();
        if self.append(new)? {
            merged.comments += all;
            return Ok(Vec::new());
        }
        // A comment goes with the entry below it.
        let ends: Vec<usize> = new
            .iter()
            .enumerate()
            .filter(|(_, entry)| matches!(entry, Entry::Pair(..)))
            .map(|(at, _)| at + 1)
            .collect();
        if ends.len() > 1 {
            let (first, second) = new.split_at(ends[ends.len() / 2 - 1]);
            let mut left = self.append_parts(first, merged)?;
            left.extend(self.append_parts(second, merged)?);
            return Ok(left);
        }
        let mut bare = new.to_vec();
        bare.iter_mut().for_each(without_comments);
        let above = bare.iter().map(comments).sum();
        if (1..all).contains(&above) && self.append(&bare)? {
            merged.comments += above;
            merged.comments_left += all - above;
            return Ok(Vec::new());
        }
        merged.comments_left += all;
        bare.retain(|entry| matches!(entry, Entry::Pair(..)));
        if bare.is_empty() || self.append(&bare)? {
            return Ok(Vec::new());
        }
        Ok(bare)
    }

    pub(super) fn merge_node(
        &mut self,
        node: &Node,
        steps: &mut Vec<Step>,
        merged: &mut Merged,
    ) -> Result<(), Problem> {
        let leaf = match node {
            Node::Map(entries) if !node.is_empty() || steps.is_empty() => {
                for entry in entries {
                    if let Entry::Pair(key, value) = entry {
                        steps.push(Step::Key(key.clone()));
                        self.merge_node(value, steps, merged)?;
                        steps.pop();
                    }
                }
                return Ok(());
            }
            Node::List(_) if !node.is_empty() => {
                let there = self.plain.first().and_then(|plain| super::at(plain, steps));
                if there.is_some_and(|there| there.items().count() > node.items().count()) {
                    return Err(Problem::NotEditable {
                        path: KeyPath::of(steps),
                        what: "is a longer list in the file than in the import; unset it first to replace it",
                    });
                }
                for (index, item) in node.items().enumerate() {
                    steps.push(Step::Index(index));
                    self.merge_node(item, steps, merged)?;
                    steps.pop();
                }
                return Ok(());
            }
            Node::Map(_) => Leaf::EmptyMap,
            Node::List(_) => Leaf::EmptyList,
            Node::Scalar(scalar) => Leaf::Scalar(scalar.clone()),
        };
        let there = self.plain.first().and_then(|plain| super::at(plain, steps));
        let was_there = there.is_some();
        let refuse = |what| {
            Err(Problem::NotEditable {
                path: KeyPath::of(steps),
                what,
            })
        };
        match (&leaf, there) {
            (Leaf::EmptyMap, Some(there @ Node::Map(_)))
            | (Leaf::EmptyList, Some(there @ Node::List(_)))
                if there.is_empty() =>
            {
                merged.unchanged += 1;
                return Ok(());
            }
            (Leaf::EmptyList, Some(Node::List(_))) => {
                return refuse(
                    "is a longer list in the file than in the import; unset it first to replace it",
                );
            }
            (Leaf::EmptyMap, Some(Node::Map(_))) => {
                return refuse(
                    "is a map with values in the file, and an empty one in the import; unset it first to empty it",
                );
            }
            _ => {}
        }
        match (self.put(steps, &leaf)?, was_there) {
            (false, _) => merged.unchanged += 1,
            (true, true) => merged.changed.push(KeyPath::of(steps)),
            (true, false) => merged.added.push(KeyPath::of(steps)),
        }
        Ok(())
    }
}

/// Takes down what was added with entries of the top level.
fn added(entries: &[Entry], merged: &mut Merged) {
    for entry in entries {
        if let Entry::Pair(key, node) = entry {
            leaves(
                node,
                &mut KeyPath::of(&[Step::Key(key.clone())]),
                &mut merged.added,
            );
        }
    }
}

fn same_key(one: &Entry, other: &Entry) -> bool {
    matches!((one, other), (Entry::Pair(a, _), Entry::Pair(b, _)) if a == b)
}

/// Collects the values that stand where other values are, as the format holds them.
fn changed(
    node: &Node,
    there: &Node,
    format: Format,
    steps: &mut Vec<Step>,
    found: &mut Vec<(Vec<Step>, Leaf)>,
) {
    match (node, there) {
        (Node::Map(entries), Node::Map(_)) => {
            for entry in entries {
                if let Entry::Pair(key, node) = entry
                    && let Some(there) = there.get(key)
                {
                    steps.push(Step::Key(key.clone()));
                    changed(node, there, format, steps, found);
                    steps.pop();
                }
            }
        }
        (Node::List(_), Node::List(_)) => {
            for (index, (node, there)) in node.items().zip(there.items()).enumerate() {
                steps.push(Step::Index(index));
                changed(node, there, format, steps, found);
                steps.pop();
            }
        }
        (Node::Scalar(scalar), Node::Scalar(_)) => {
            let leaf = Leaf::Scalar(scalar.clone()).for_format(format, &KeyPath::of(steps));
            // What the format cannot hold is refused where it is put.
            if let Ok(leaf) = leaf
                && !leaf.is(there)
            {
                found.push((steps.clone(), leaf));
            }
        }
        _ => {}
    }
}

/// Takes the comments out of what is below an entry.
fn without_comments(entry: &mut Entry) {
    fn walk(node: &mut Node) {
        match node {
            Node::Scalar(_) => {}
            Node::Map(entries) => {
                entries.retain(|entry| matches!(entry, Entry::Pair(..)));
                entries.iter_mut().for_each(without_comments);
            }
            Node::List(items) => {
                items.retain(|item| matches!(item, Item::Node(_)));
                for item in items {
                    if let Item::Node(node) = item {
                        walk(node);
                    }
                }
            }
        }
    }
    if let Entry::Pair(_, node) = entry {
        walk(node);
    }
}

/// Counts the comments of an entry and below it.
fn comments(entry: &Entry) -> usize {
    fn walk(node: &Node) -> usize {
        match node {
            Node::Scalar(_) => 0,
            Node::Map(entries) => entries.iter().map(comments).sum(),
            Node::List(items) => items
                .iter()
                .map(|item| match item {
                    Item::Comment(_) => 1,
                    Item::Node(node) => walk(node),
                })
                .sum(),
        }
    }
    match entry {
        Entry::Comment(_) => 1,
        Entry::Pair(_, node) => walk(node),
    }
}

/// Collects the places of all values below a node, empty maps and lists included.
fn leaves(node: &Node, path: &mut KeyPath, found: &mut Vec<KeyPath>) {
    match node {
        Node::Map(entries) if !node.is_empty() => {
            for entry in entries {
                if let Entry::Pair(key, node) = entry {
                    path.push_key(key);
                    leaves(node, path, found);
                    path.pop();
                }
            }
        }
        Node::List(_) if !node.is_empty() => {
            for (index, node) in node.items().enumerate() {
                path.push_index(index);
                leaves(node, path, found);
                path.pop();
            }
        }
        _ => found.push(path.clone()),
    }
}

impl Secrets {
    /// Parses plaintext that is to be encrypted; `name` is for messages. A binary file is one text,
    /// and dotenv is what shells and tools write, with quotes and `export`.
    ///
    /// # Errors
    /// When it does not parse, or is encrypted already.
    pub fn from_plaintext(name: &str, bytes: &[u8], format: Format) -> Result<Self, Error> {
        if format == Format::Dotenv {
            return Self::from_dotenv(name, bytes).map(|(secrets, _)| secrets);
        }
        let parse = || {
            if format == Format::Binary {
                let data = Node::Scalar(Scalar::Text(bytes.into()));
                let document = Node::Map(vec![Entry::Pair("data".to_owned(), data)]);
                return Ok((vec![document], 0, Vec::new()));
            }
            let mut marks = crate::file::marks::Marks::exactness();
            let documents = crate::file::parse_documents(bytes, format, &mut marks)?;
            let inexact = marks.take_inexact();
            if !inexact.is_empty() {
                return Err(Problem::Inexact { paths: inexact });
            }
            let encrypted = documents.iter().any(|document| {
                document.get("sops").is_some() || document.get("sops_mac").is_some()
            });
            if encrypted {
                return Err(Problem::AlreadyEncrypted);
            }
            if format != Format::Binary && documents.iter().any(crate::file::holds_ciphertext) {
                return Err(Problem::LostMetadata);
            }
            let mut sections_lost = Vec::new();
            let mut comments_lost = marks.comments_lost();
            let documents = documents
                .into_iter()
                .map(|document| {
                    without_empty_sections(document, format, &mut sections_lost, &mut comments_lost)
                })
                .collect();
            Ok((documents, comments_lost, sections_lost))
        };
        let (documents, comments_lost, sections_lost) =
            parse().map_err(|problem| Error::new(name, problem))?;
        let mut secrets = Self::new(name.to_owned(), format)
            .with_comments_lost(comments_lost)
            .with_sections_lost(sections_lost);
        for document in documents {
            secrets.push(document);
        }
        Ok(secrets)
    }
}

impl Secrets {
    /// Parses dotenv as shells and tools write it, and says what was made of it.
    ///
    /// # Errors
    /// When it does not parse, or is encrypted already.
    pub fn from_dotenv(name: &str, bytes: &[u8]) -> Result<(Self, DotenvReading), Error> {
        let parse = || {
            let text = crate::file::text_of(bytes, Format::Dotenv)?;
            let (document, reading) = dotenv::read(text)?;
            if document.get("sops_mac").is_some() || document.get("sops_version").is_some() {
                return Err(Problem::AlreadyEncrypted);
            }
            if crate::file::holds_ciphertext(&document) {
                return Err(Problem::LostMetadata);
            }
            Ok((document, reading))
        };
        let (document, reading) = parse().map_err(|problem| Error::new(name, problem))?;
        let mut secrets = Self::new(name.to_owned(), Format::Dotenv);
        secrets.push(document);
        Ok((secrets, reading))
    }
}

/// Drops sections without a key, of which an INI file always has one, and takes down those that somebody
/// wrote.
fn without_empty_sections(
    document: Node,
    format: Format,
    sections: &mut Vec<String>,
    comments_lost: &mut usize,
) -> Node {
    let Node::Map(mut entries) = document else {
        return document;
    };
    if format == Format::Ini {
        entries.retain(|entry| match entry {
            Entry::Pair(name, section) if section.is_empty() => {
                if name != crate::file::ini::DEFAULT_SECTION {
                    sections.push(name.clone());
                }
                *comments_lost += comments(entry);
                false
            }
            _ => true,
        });
    }
    Node::Map(entries)
}
