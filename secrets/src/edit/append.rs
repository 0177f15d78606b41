//! Many new entries at once, behind those that a file has: one change of the text, checked once, where
//! one by one every entry would cost a look at the whole file.

use super::check::{same_node, same_values};
use super::leaf::Leaf;
use super::splice::Splice;
use super::{Draft, lines};
use crate::error::Problem;
use crate::file::ini::DEFAULT_SECTION;
use crate::file::marks::{Content, EntryMark, Mark};
use crate::file::{Format, METADATA_KEY, SecretsFile, Shape};
use crate::render;
use crate::secrets::Secrets;
use crate::selection::Walk;
use crate::tree::{Comment, Entry, Item, KeyPath, Node, Scalar};
use crate::value::{self, DataKey};
use zeroize::Zeroizing;

impl Draft {
    /// Adds entries to the top level whose keys the file does not have, in their order and with their
    /// comments. Returns false, with nothing done, where that takes more than a plain addition: each
    /// value is then to be put by itself, which also says what is wrong with it.
    ///
    /// # Errors
    /// When a value would stand in clear.
    pub(super) fn append(&mut self, entries: &[Entry]) -> Result<bool, Problem> {
        let (file, marks) = self.parse()?;
        let Some((document, root)) = file.document().zip(marks.first()) else {
            return Ok(false);
        };
        let Node::Map(old) = document else {
            return Ok(false);
        };
        let old = &self.without_new_section(old, entries);
        let Some(plain) = plain(entries, self.format) else {
            return Ok(false);
        };
        let behind = behind_pairs(old);
        let mut encryption = Encryption {
            walk: file.walk(),
            path: KeyPath::default(),
            key: &self.key,
            in_clear: self.in_clear,
        };
        encryption.pass(old.get(..behind).unwrap_or_default());
        let encrypted = encryption.entries(&plain)?;
        let Ok(block) = render::document(&[&Node::Map(encrypted.clone())], self.format) else {
            return Ok(false);
        };
        let Some(text) = block
            .as_str()
            .and_then(|block| insert(&self.text, root, block, self.format))
        else {
            return Ok(false);
        };
        let Ok((new, _)) = SecretsFile::parse_marked(&self.name, text.as_bytes(), self.format)
        else {
            return Ok(false);
        };
        let wanted = with(old, behind, &encrypted);
        let same = new.document().is_some_and(|new| same_node(new, &wanted))
            && new.documents().get(1..).map(<[Node]>::len)
                == file.documents().get(1..).map(<[Node]>::len)
            && file
                .documents()
                .iter()
                .zip(new.documents())
                .skip(1)
                .all(|(a, b)| same_node(a, b))
            && same_shape(&file, &new, entries);
        if !same {
            return Ok(false);
        }
        let Ok((read_back, _)) = new.decrypt(&self.key) else {
            return Ok(false);
        };
        let mut after = Secrets::new(self.name.clone(), self.format);
        for (nth, node) in self.plain.nodes().iter().enumerate() {
            after.push(match node {
                Node::Map(old) if nth == 0 => {
                    let old = self.without_new_section(old, entries);
                    with(&old, behind_pairs(&old), &plain)
                }
                other => other.clone(),
            });
        }
        if !same_values(&after, &read_back) {
            return Ok(false);
        }
        self.plain = after;
        self.text = text;
        self.changed = true;
        Ok(true)
    }

    /// Tells whether something is the section that a new INI file has although nobody wrote it.
    pub(super) fn is_new_section(&self, key: &str, node: &Node) -> bool {
        self.is_new() && self.format == Format::Ini && key == DEFAULT_SECTION && node.is_empty()
    }

    /// Leaves out the section that nobody wrote where new entries have one of its name.
    fn without_new_section(&self, old: &[Entry], new: &[Entry]) -> Vec<Entry> {
        let is_brought = new
            .iter()
            .any(|entry| matches!(entry, Entry::Pair(key, _) if key == DEFAULT_SECTION));
        let stays = |entry: &&Entry| match entry {
            Entry::Pair(key, node) => !(is_brought && self.is_new_section(key, node)),
            Entry::Comment(_) => true,
        };
        old.iter().filter(stays).cloned().collect()
    }
}

/// Where the comments begin that follow the last entry.
fn behind_pairs(entries: &[Entry]) -> usize {
    entries
        .iter()
        .rposition(|entry| matches!(entry, Entry::Pair(..)))
        .map_or(0, |last| last + 1)
}

fn with(old: &[Entry], at: usize, new: &[Entry]) -> Node {
    let (before, behind) = old.split_at(at.min(old.len()));
    Node::Map([before, new, behind].concat())
}

/// Tells whether the leaves that were there are encrypted, or not, as before.
fn same_shape(old: &SecretsFile, new: &SecretsFile, added: &[Entry]) -> bool {
    let before = old.shape();
    let after = new.shape();
    let keys: std::collections::BTreeSet<&str> = added
        .iter()
        .filter_map(|entry| match entry {
            Entry::Pair(key, _) => Some(key.as_str()),
            Entry::Comment(_) => None,
        })
        .collect();
    let is_kept = |leaf: &&Shape| {
        leaf.document > 0
            || !leaf
                .path
                .first_key()
                .is_some_and(|first| keys.contains(first))
    };
    before
        .iter()
        .filter(is_kept)
        .eq(after.iter().filter(is_kept))
}

/// Turns values into what the format can hold; none where it cannot.
fn plain(entries: &[Entry], format: Format) -> Option<Vec<Entry>> {
    let reserved = |key: &str| match format {
        Format::Dotenv => key.starts_with("sops_"),
        _ => key == METADATA_KEY,
    };
    if format == Format::Binary {
        return None;
    }
    entries
        .iter()
        .map(|entry| match entry {
            Entry::Comment(comment) => {
                // JSON has none.
                (format != Format::Json).then(|| Entry::Comment(comment.clone()))
            }
            Entry::Pair(key, _) if reserved(key) => None,
            Entry::Pair(key, node) => {
                let depth = match format {
                    Format::Dotenv => Some(0),
                    Format::Ini => Some(1),
                    _ => None,
                };
                if format == Format::Ini && !matches!(node, Node::Map(_)) {
                    return None;
                }
                Some(Entry::Pair(key.clone(), held(node, format, depth)?))
            }
        })
        .collect()
}

/// Turns one value into what the format can hold, with so many levels of maps in it.
fn held(node: &Node, format: Format, depth: Option<usize>) -> Option<Node> {
    let below = depth.map(|depth| depth.checked_sub(1));
    match (node, below) {
        (Node::Scalar(scalar), _) => Leaf::Scalar(scalar.clone())
            .for_format(format, &KeyPath::default())
            .ok()
            .map(|leaf| leaf.node()),
        // Not as deep as that, and no lists at all.
        (_, Some(None)) | (Node::List(_), Some(_)) => None,
        (Node::Map(entries), below) => entries
            .iter()
            .map(|entry| match entry {
                Entry::Comment(comment) => {
                    (format != Format::Json).then(|| Entry::Comment(comment.clone()))
                }
                Entry::Pair(key, node) => Some(Entry::Pair(
                    key.clone(),
                    held(node, format, below.flatten())?,
                )),
            })
            .collect::<Option<_>>()
            .map(Node::Map),
        (Node::List(items), None) => items
            .iter()
            .map(|item| match item {
                Item::Comment(comment) => {
                    (format != Format::Json).then(|| Item::Comment(comment.clone()))
                }
                Item::Node(node) => Some(Item::Node(held(node, format, None)?)),
            })
            .collect::<Option<_>>()
            .map(Node::List),
    }
}

/// Encrypts new entries by the file's rule, as [`SecretsFile::decrypt`] decrypts them.
struct Encryption<'a> {
    walk: Walk<'a>,
    path: KeyPath,
    key: &'a DataKey,
    in_clear: bool,
}

impl Encryption<'_> {
    /// Goes past the entries that are there, whose comments may say something of what follows.
    fn pass(&mut self, entries: &[Entry]) {
        self.walk.enter_collection();
        for entry in entries {
            match entry {
                Entry::Comment(comment) => self.walk.comment(comment.text.as_bytes()),
                Entry::Pair(..) => self.walk.entry_done(),
            }
        }
    }

    fn entries(&mut self, entries: &[Entry]) -> Result<Vec<Entry>, Problem> {
        entries
            .iter()
            .map(|entry| {
                Ok(match entry {
                    Entry::Comment(comment) => Entry::Comment(self.comment(comment)?),
                    Entry::Pair(key, node) => {
                        self.walk.enter_key(key);
                        self.path.push_key(key);
                        let node = self.node(node)?;
                        self.path.pop();
                        self.walk.leave_key();
                        self.walk.entry_done();
                        Entry::Pair(key.clone(), node)
                    }
                })
            })
            .collect()
    }

    fn node(&mut self, node: &Node) -> Result<Node, Problem> {
        match node {
            Node::Scalar(scalar) => self.scalar(scalar).map(Node::Scalar),
            Node::Map(entries) => {
                self.walk.enter_collection();
                let entries = self.entries(entries)?;
                self.walk.leave_collection();
                Ok(Node::Map(entries))
            }
            Node::List(items) => {
                self.walk.enter_collection();
                let mut encrypted = Vec::with_capacity(items.len());
                let mut index = 0;
                for item in items {
                    encrypted.push(match item {
                        Item::Comment(comment) => Item::Comment(self.comment(comment)?),
                        Item::Node(node) => {
                            self.path.push_index(index);
                            let node = self.node(node)?;
                            self.path.pop();
                            self.walk.entry_done();
                            index += 1;
                            Item::Node(node)
                        }
                    });
                }
                self.walk.leave_collection();
                Ok(Node::List(encrypted))
            }
        }
    }

    fn scalar(&mut self, scalar: &Scalar) -> Result<Scalar, Problem> {
        if Leaf::Scalar(scalar.clone()).is_always_clear() {
            return Ok(scalar.clone());
        }
        if self.walk.is_encrypted(false) {
            let text = value::encrypt(scalar, self.key, &self.path.additional_data())?;
            return Ok(Scalar::text(&text));
        }
        if self.in_clear {
            return Ok(scalar.clone());
        }
        Err(Problem::InClear(self.path.clone()))
    }

    /// Comments are encrypted as values are: people write passwords into them, too.
    fn comment(&mut self, comment: &Comment) -> Result<Comment, Problem> {
        self.walk.comment(comment.text.as_bytes());
        if comment.text.is_empty() || !self.walk.is_encrypted(true) {
            return Ok(comment.clone());
        }
        let text = value::encrypt_comment(&comment.text, self.key, &self.path.additional_data())?;
        Ok(Comment {
            text: text.as_str().into(),
            inline: comment.inline,
        })
    }
}

/// Puts a rendered document behind the entries of another one.
fn insert(text: &str, root: &Mark, block: &str, format: Format) -> Option<Zeroizing<String>> {
    let Content::Map { flow, entries } = &root.content else {
        return None;
    };
    let metadata = |entry: &&EntryMark| match format {
        Format::Dotenv => entry.key.starts_with("sops_"),
        _ => entry.key == METADATA_KEY,
    };
    let last = entries.iter().rfind(|entry| !metadata(entry));
    let before = entries.iter().find(metadata)?.key_span.start;
    if format == Format::Json {
        return insert_json(text, last, before, block);
    }
    if *flow {
        return None;
    }
    let at = match (format, last) {
        (Format::Ini, _) => {
            lines::comments_above(text, lines::start(text, before), &[';', '#']).start
        }
        (_, Some(last)) => {
            if lines::column(text, last.key_span.start) != 0 {
                return None;
            }
            lines::end(text, last.value.span.end)
        }
        (_, None) => lines::start(text, before),
    };
    let newline = lines::break_of(text);
    let mut block = Zeroizing::new(block.replace('\n', newline));
    if format == Format::Ini {
        block.push_str(newline);
    }
    if at > 0 && text.as_bytes().get(at - 1) != Some(&b'\n') {
        block.insert_str(0, newline);
    }
    Some(Splice::new(at..at, &block).on(text))
}

fn insert_json(
    text: &str,
    last: Option<&EntryMark>,
    metadata: usize,
    block: &str,
) -> Option<Zeroizing<String>> {
    // Only into a file that is laid out as the renderer lays it out.
    let inner = block.trim_end().strip_prefix("{\n")?.strip_suffix("\n}")?;
    if !text.starts_with("{\n\t\"") {
        return None;
    }
    Some(match last {
        Some(last) => {
            let end = last.value.span.end;
            Splice::new(end..end, &Zeroizing::new(format!(",\n{inner}"))).on(text)
        }
        None => {
            let block = Zeroizing::new(format!("{},\n\t", inner.trim_start()));
            Splice::new(metadata..metadata, &block).on(text)
        }
    })
}
