//! Changes to an encrypted file: the text of what changes is replaced where it stands, everything else
//! stays to the byte.
//!
//! How a change finds its place is cleverness, and cleverness errs; so no result is believed. Every
//! change is parsed again and must differ from the file before it in that one place only; and before a
//! file is replaced, what was written is read back from the disk, decrypted, verified, and compared
//! with what was asked for.

mod append;
mod check;
mod dotenv;
mod exchange;
mod flow;
mod follow;
mod import;
mod ini;
mod leaf;
mod lines;
mod rekey;
pub(crate) mod replace;
mod skeleton;
mod splice;
mod together;
mod yaml;

pub(crate) use lines::break_of;

pub use follow::Followed;
pub use import::Merged;
pub use leaf::{NewValue, Placeholder};
pub use rekey::{Rekeying, Reselected};
pub use together::Together;

use crate::creation::CreationRule;
use crate::error::{Error, Problem};
use crate::file::marks::Mark;
use crate::file::{Format, METADATA_KEY, SecretsFile, is_encrypted_comment};
use crate::keys::Keyring;
use crate::secrets::{ExtractPath, Secrets, Value};
use crate::tree::{Entry, Item, KeyPath, Node, Scalar, Step};
use crate::value::{self, DataKey};
use leaf::Leaf;
use replace::Target;
use splice::Splice;
use std::path::Path;
use std::time::SystemTime;
use zeroize::Zeroizing;

/// A file that is being changed. Nothing is written before [`Self::write`].
///
/// Holds the file's lock and its data key.
pub struct Draft {
    name: String,
    format: Format,
    key: DataKey,
    target: Target,
    /// What the file holds now, ciphertext as on the disk; without its byte order mark.
    text: Zeroizing<String>,
    /// What should come out when it is decrypted.
    plain: Secrets,
    in_clear: bool,
    changed: bool,
    /// Whether values stand in the file that its rule encrypts and that are not: somebody has written
    /// them there by hand.
    mending: bool,
}

impl Draft {
    /// Locks, reads, decrypts and verifies a file. A symbolic link is followed, and stays one.
    ///
    /// # Errors
    /// When the file cannot be read, locked, opened or verified.
    pub fn open(path: &Path, format: Option<Format>, keyring: &Keyring) -> Result<Self, Error> {
        let name = path.display().to_string();
        let open = || {
            let target = Target::existing(path)?;
            let format = format.unwrap_or_else(|| Format::of_file(path, target.original()));
            let mut file = SecretsFile::parse_marked(&name, target.original(), format)?.0;
            let key = file.data_key(keyring)?;
            let (plain, mending) = match file.open_with(&key) {
                // What was written by hand has no part in the code over the rest, which has to be right.
                Err(
                    error @ Problem::Value {
                        why: value::ValueError::NotEncrypted,
                        ..
                    },
                ) => {
                    file.leave_out_unencrypted();
                    (file.open_with(&key).map_err(|_| error)?, true)
                }
                opened => (opened?, false),
            };
            let text = text_of(target.original(), format)?;
            Ok(Self {
                name: name.clone(),
                format,
                key,
                target,
                text,
                plain,
                in_clear: false,
                changed: false,
                mending,
            })
        };
        open().map_err(|problem| Error::new(&name, problem))
    }

    /// Begins a new file for the recipients of a creation rule. Nothing is at `path` yet.
    ///
    /// # Errors
    /// When something is there, or the data key cannot be encrypted to a recipient.
    pub fn create(
        path: &Path,
        format: Option<Format>,
        rule: &CreationRule,
        keyring: &Keyring,
    ) -> Result<Self, Error> {
        let name = path.display().to_string();
        let create = || {
            let format = format.unwrap_or_else(|| Format::of(path));
            let target = Target::new(path)?;
            let key = DataKey::generate().ok_or(Problem::NoRandomness)?;
            let stanzas = keyring
                .wrap(&key, &rule.groups, rule.shamir_threshold.unwrap_or(0))
                .map_err(Problem::Wrap)?;
            let text = skeleton::text(format, &skeleton::Terms::of(rule), &stanzas)?;
            let file = SecretsFile::parse_marked(&name, text.as_bytes(), format)?.0;
            let plain = file.decrypt(&key)?.0;
            Ok(Self {
                name: name.clone(),
                format,
                key,
                target,
                text,
                plain,
                in_clear: false,
                changed: true,
                mending: false,
            })
        };
        create().map_err(|problem| Error::new(&name, problem))
    }

    /// Lets values stand in clear where the file's rule leaves them so. Without this they are refused.
    #[must_use]
    pub fn allow_unencrypted(mut self, allow: bool) -> Self {
        self.in_clear = allow;
        self
    }

    /// Returns the format of the file.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns what the file holds, as it will be written.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.plain
    }

    /// Returns the values that were written into the file by hand, and that its rule encrypts: they can be
    /// set, which encrypts the new value, or unset.
    ///
    /// # Errors
    /// When the draft does not parse, which is a bug.
    pub fn unencrypted(&self) -> Result<Vec<KeyPath>, Error> {
        let parse = || {
            let (mut file, _) = self.parse()?;
            Ok(file.leave_out_unencrypted())
        };
        parse().map_err(|problem| Error::new(&self.name, problem))
    }

    /// Returns what stands at a path of the first document.
    #[must_use]
    pub fn get(&self, path: &ExtractPath) -> Option<Value<'_>> {
        self.plain
            .first()
            .and_then(|node| at(node, path.steps()))
            .map(Value::of)
    }

    /// Sets one value, with the maps and lists that lead to it. Returns whether that changed anything.
    ///
    /// # Errors
    /// When the path leads through something that is no map or list, skips list positions, ends at a
    /// map or list, or would stand in clear; the draft is then as before.
    pub fn set(&mut self, path: &ExtractPath, value: &NewValue) -> Result<bool, Error> {
        self.put(path.steps(), &Leaf::Scalar(value.0.clone()))
            .map_err(|problem| Error::new(&self.name, problem))
    }

    /// Holds a place for a value that is to be set later: an empty text, list or map, or null.
    ///
    /// # Errors
    /// As [`Self::set`].
    pub fn set_placeholder(
        &mut self,
        path: &ExtractPath,
        as_what: Placeholder,
    ) -> Result<bool, Error> {
        let leaf = match as_what {
            Placeholder::Text => Leaf::Scalar(Scalar::text("")),
            Placeholder::Null => Leaf::Scalar(Scalar::Null),
            Placeholder::Map => Leaf::EmptyMap,
            Placeholder::List => Leaf::EmptyList,
        };
        self.put(path.steps(), &leaf)
            .map_err(|problem| Error::new(&self.name, problem))
    }

    /// Removes what is at a path, and the comments that are only about it.
    ///
    /// # Errors
    /// When nothing is there; the draft is then as before.
    pub fn unset(&mut self, path: &ExtractPath) -> Result<(), Error> {
        self.remove(path.steps())
            .map_err(|problem| Error::new(&self.name, problem))
    }

    /// Tells whether the file's rule encrypts what stands at a path, or will stand there; none where
    /// nothing is there.
    ///
    /// # Errors
    /// When the draft does not parse, which is a bug.
    pub fn encrypts(&self, path: &ExtractPath) -> Result<Option<bool>, Error> {
        self.parse()
            .map(|(file, _)| {
                let raw = raw_steps(file.document()?, path.steps());
                file.is_selected(&raw)
            })
            .map_err(|problem| Error::new(&self.name, problem))
    }

    /// Tells whether these keys open the file as it will be written.
    #[must_use]
    pub fn opens_with(&self, keyring: &Keyring) -> bool {
        self.parse()
            .is_ok_and(|(file, _)| keyring.data_key(file.stanzas(), file.threshold()).is_ok())
    }

    /// Tells whether the file is a new one.
    fn is_new(&self) -> bool {
        self.target.is_new()
    }

    fn put(&mut self, steps: &[Step], leaf: &Leaf) -> Result<bool, Problem> {
        // What stands there already may be what no new value may be.
        if let Some(existing) = self.plain.first().and_then(|node| at(node, steps))
            && matches!(leaf, Leaf::Scalar(_))
            && leaf.is(existing)
        {
            return Ok(false);
        }
        let leaf = &leaf.for_format(self.format, &KeyPath::of(steps))?;
        self.check_path(steps)?;
        if let Some(existing) = self.plain.first().and_then(|node| at(node, steps))
            && leaf.is(existing)
        {
            return Ok(false);
        }
        let (file, marks) = self.parse()?;
        let document = file.document().ok_or(Problem::NotAMap)?;
        let raw = raw_steps(document, steps);
        let path = KeyPath::of(steps);
        let mut in_clear = None;
        // Which of the two the rule wants can depend on the comments around the place.
        for encrypted in [true, false] {
            let written = leaf.written(encrypted, &self.key, &path)?;
            for splice in self.candidates(&marks, &raw, &written)? {
                let text = splice.on(&self.text);
                let Ok(new) = SecretsFile::parse_marked(&self.name, text.as_bytes(), self.format)
                else {
                    continue;
                };
                if !check::only_put(&file, &new.0, &raw, &written.node) {
                    continue;
                }
                if !leaf.is_always_clear() {
                    if new.0.is_selected(&raw) != Some(encrypted) {
                        continue;
                    }
                    if !encrypted && !self.in_clear {
                        in_clear = Some(());
                        continue;
                    }
                }
                if let Some(document) = self.plain.first_mut() {
                    check::assign(document, steps, leaf.node());
                }
                self.text = text;
                self.changed = true;
                return Ok(true);
            }
        }
        Err(match in_clear {
            Some(()) => Problem::InClear(path),
            None => Problem::NotEditable {
                path,
                what: "cannot be changed without changing something else",
            },
        })
    }

    fn remove(&mut self, steps: &[Step]) -> Result<(), Problem> {
        let path = KeyPath::of(steps);
        let (file, marks) = self.parse()?;
        let document = file.document().ok_or(Problem::NotAMap)?;
        let raw = raw_steps(document, steps);
        let is_there =
            |node: Option<&Node>, steps: &[Step]| node.and_then(|node| at(node, steps)).is_some();
        let by_hand = self.mending && is_there(Some(document), &raw);
        if !by_hand && !is_there(self.plain.first(), steps) {
            return Err(Problem::Extract(format!("has no {path}")));
        }
        let Some(root) = marks.first() else {
            return Err(Problem::NotAMap);
        };
        let candidates = match self.format {
            Format::Yaml => yaml::remove(&self.text, root, &raw),
            Format::Json => flow::remove(root, &raw),
            Format::Dotenv => dotenv::remove(&self.text, root, &raw),
            Format::Ini => ini::remove(&self.text, root, &raw),
            Format::Binary => Vec::new(),
        };
        for splice in candidates {
            let text = splice.on(&self.text);
            let Ok(new) = SecretsFile::parse_marked(&self.name, text.as_bytes(), self.format)
            else {
                continue;
            };
            if check::only_removed(&file, &new.0, &raw) {
                if let Some(document) = self.plain.first_mut() {
                    check::delete(document, steps);
                }
                self.text = text;
                self.changed = true;
                return Ok(());
            }
        }
        Err(Problem::NotEditable {
            path,
            what: "cannot be removed without changing something else",
        })
    }

    fn parse(&self) -> Result<(SecretsFile, Vec<Mark>), Problem> {
        SecretsFile::parse_marked(&self.name, self.text.as_bytes(), self.format)
    }

    fn candidates(
        &self,
        marks: &[Mark],
        raw: &[Step],
        written: &leaf::Written,
    ) -> Result<Vec<Splice>, Problem> {
        let root = marks.first().ok_or(Problem::NotAMap)?;
        Ok(match self.format {
            Format::Yaml => yaml::put(&self.text, root, raw, written),
            Format::Json | Format::Binary => flow::put(&self.text, root, raw, written),
            Format::Dotenv => dotenv::put(&self.text, root, raw, written),
            Format::Ini => ini::put(&self.text, root, raw, written),
        })
    }

    /// Refuses a path that no value can be put at.
    fn check_path(&self, steps: &[Step]) -> Result<(), Problem> {
        let refuse = |depth: usize, what| {
            Err(Problem::NotEditable {
                path: KeyPath::of(&steps[..depth]),
                what,
            })
        };
        let shape_fits = match self.format {
            Format::Yaml | Format::Json => true,
            Format::Dotenv => matches!(steps, [Step::Key(_)]),
            Format::Ini => matches!(steps, [Step::Key(_), Step::Key(_)]),
            Format::Binary => matches!(steps, [Step::Key(key)] if key == "data"),
        };
        if !shape_fits {
            return refuse(
                steps.len(),
                match self.format {
                    Format::Dotenv => "is not one key, and dotenv nests nothing",
                    Format::Ini => {
                        "is not a section and a key; write it as '[\"section\"][\"key\"]'"
                    }
                    _ => {
                        "is a part of a binary file, which has none; use `tollgate secrets import`"
                    }
                },
            );
        }
        if let Some(Step::Key(first)) = steps.first()
            && (first == METADATA_KEY && self.format != Format::Dotenv
                || first.starts_with("sops_") && self.format == Format::Dotenv)
        {
            return refuse(1, "is where SOPS keeps its metadata");
        }
        let mut node = self.plain.first().ok_or(Problem::NotAMap)?;
        for (depth, step) in steps.iter().enumerate() {
            let next = match (node, step) {
                (Node::Map(_), Step::Key(key)) => node.get(key),
                (Node::List(_), Step::Index(index)) => {
                    let count = node.items().count();
                    if *index > count {
                        return refuse(depth + 1, "skips list positions; append to the list's end");
                    }
                    node.items().nth(*index)
                }
                (Node::Map(_), Step::Index(_)) => {
                    return refuse(depth, "is a map; name a key of it");
                }
                (Node::List(_), Step::Key(_)) => {
                    return refuse(depth, "is a list; give a position such as [0]");
                }
                (Node::Scalar(Scalar::Null), _) => None,
                (Node::Scalar(Scalar::Text(text)), _) if text.is_empty() => None,
                (Node::Scalar(_), _) => {
                    return refuse(
                        depth,
                        "is a value; unset it before something can stand below it",
                    );
                }
            };
            let Some(next) = next else {
                // From here on everything is new.
                let starts = steps[depth + 1..]
                    .iter()
                    .position(|step| matches!(step, Step::Index(index) if *index > 0));
                return match starts {
                    Some(at) => refuse(
                        depth + 2 + at,
                        "skips list positions; a new list begins at [0]",
                    ),
                    None => Ok(()),
                };
            };
            node = next;
        }
        match node {
            Node::Scalar(_) => Ok(()),
            node if node.is_empty() => Ok(()),
            Node::Map(_) => refuse(steps.len(), "is a map; name a key of it, or unset it first"),
            Node::List(_) => refuse(
                steps.len(),
                "is a list; give a position such as [0], or unset it first",
            ),
        }
    }

    /// Writes the file, if anything changed: a new file beside it, read back and compared, takes its
    /// place at once. Returns whether it was written.
    ///
    /// # Errors
    /// When it cannot be written, was changed meanwhile, or does not read back as what was asked for;
    /// the old file is then untouched.
    pub fn write(self) -> Result<bool, Error> {
        let name = self.name.clone();
        self.write_inner()
            .map_err(|problem| Error::new(&name, problem))
    }

    fn write_inner(mut self) -> Result<bool, Problem> {
        if !self.changed {
            return Ok(false);
        }
        let beside = self.prepare()?;
        self.target.commit(beside)?;
        Ok(true)
    }

    /// Writes the new file beside the old one, and has it read back and compared.
    fn prepare(&mut self) -> Result<replace::Beside, Problem> {
        let time = crate::scalar::rfc3339(SystemTime::now());
        let (mut file, marks) = self.parse()?;
        if self.mending {
            file.leave_out_unencrypted();
        }
        let mac = file.decrypt(&self.key)?.1.digest();
        let mac = value::encrypt(&Scalar::text(&mac), &self.key, &time)?;
        let mut edits = Vec::new();
        // Every document of a YAML file carries the metadata.
        for root in &marks {
            for (field, new) in [("mac", mac.as_str()), ("lastmodified", time.as_str())] {
                let mark = match self.format {
                    Format::Dotenv => root.entry(&format!("sops_{field}")),
                    _ => root
                        .entry(METADATA_KEY)
                        .and_then(|metadata| metadata.value.entry(field)),
                };
                if let Some(entry) = mark {
                    let old = self.text.get(entry.value.span.clone()).unwrap_or_default();
                    let quote = match (self.format, old.as_bytes().first()) {
                        (Format::Dotenv | Format::Ini, _) => "",
                        (Format::Yaml, Some(b'\'')) => "'",
                        (Format::Yaml, Some(b'E')) if field == "mac" => "",
                        // Of a new file, which has none yet.
                        (Format::Yaml, _) if old == "\"\"" => "",
                        _ => "\"",
                    };
                    edits.push((entry.value.span.clone(), format!("{quote}{new}{quote}")));
                }
            }
        }
        edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        for (span, new) in edits {
            self.text.replace_range(span, &new);
        }
        let verify = |bytes: &[u8]| {
            let mut file = SecretsFile::parse_marked(&self.name, bytes, self.format)?.0;
            if self.mending {
                file.leave_out_unencrypted();
            }
            let read_back = file.open_with(&self.key)?;
            // What was written by hand stands somewhere among the others, and not behind them.
            if check::same_values(&self.plain, &read_back)
                || self.mending && follow::same_documents(&self.plain, &read_back)
            {
                Ok(())
            } else {
                Err(Problem::ReadBack)
            }
        };
        self.target.prepare(self.text.as_bytes(), verify)
    }
}

/// Returns a file's text without its byte order mark, which [`Target`] keeps; in dotenv it is a part of the
/// first key.
fn text_of(bytes: &[u8], format: Format) -> Result<Zeroizing<String>, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::NotAMap)?;
    let text = match format {
        Format::Dotenv => text,
        _ => text.strip_prefix('\u{feff}').unwrap_or(text),
    };
    Ok(Zeroizing::new(text.to_owned()))
}

/// Returns what is at a path of a decrypted tree.
fn at<'a>(node: &'a Node, steps: &[Step]) -> Option<&'a Node> {
    steps.iter().try_fold(node, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.items().nth(*index),
    })
}

/// Turns list positions into those of the encrypted tree, where old files keep comments as elements.
fn raw_steps(document: &Node, steps: &[Step]) -> Vec<Step> {
    let mut node = Some(document);
    steps
        .iter()
        .map(|step| match (node, step) {
            (Some(Node::List(items)), Step::Index(wanted)) => {
                let nodes = || {
                    items.iter().filter_map(|item| match item {
                        Item::Node(node) => Some(node),
                        Item::Comment(_) => None,
                    })
                };
                let raw = nodes()
                    .enumerate()
                    .filter(|(_, node)| !is_encrypted_comment(node))
                    .map(|(index, _)| index)
                    .nth(*wanted)
                    .unwrap_or_else(|| nodes().count());
                node = nodes().nth(raw);
                Step::Index(raw)
            }
            (Some(parent), Step::Key(key)) => {
                node = parent.get(key);
                step.clone()
            }
            _ => {
                node = None;
                step.clone()
            }
        })
        .collect()
}

/// Builds the tree that leads to a value where nothing was.
fn fresh(steps: &[Step], value: Node) -> Node {
    steps.iter().rev().fold(value, |value, step| match step {
        Step::Key(key) => Node::Map(vec![Entry::Pair(key.clone(), value)]),
        Step::Index(_) => Node::List(vec![Item::Node(value)]),
    })
}
