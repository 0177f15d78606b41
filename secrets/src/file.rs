//! A file as SOPS wrote it: an ordered tree of encrypted and plain leaves, and the metadata.

mod budget;
mod comments;
mod decryption;
mod dotenv;
mod flatten;
pub(crate) mod ini;
pub(crate) mod json;
pub(crate) mod marks;
mod metadata;
mod shape;
pub(crate) mod yaml;

use self::budget::{Budget, Cost};
use self::comments::{disclosed_comments, unencrypted_comments};
use self::decryption::{Decryption, Reencryption};
pub(crate) use self::ini::DEFAULT_SECTION;
pub(crate) use self::metadata::{context, scalar_text};
use self::metadata::{groups, take_metadata};
use self::shape::Shaping;
pub(crate) use self::shape::is_encrypted_comment;
pub use self::shape::{Shape, ShapeKind};
use crate::error::{Error, Problem};
use crate::file::marks::{Mark, Marks};
use crate::keys::{Keyring, Recipient, Stanza};
use crate::mac::Mac;
use crate::secrets::Secrets;
use crate::selection::{RuleError, SELECTIONS, Selection, Walk};
use crate::tree::{Entry, Item, KeyPath, Node, Scalar, Step, Text};
use crate::value::{self, DataKey, Decrypted};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use zeroize::Zeroize;

/// What a secrets file may occupy, in MiB.
pub(crate) const FILE_LIMIT_MIB: usize = 32;
/// The metadata's key in nested formats.
pub(crate) const METADATA_KEY: &str = "sops";

/// The formats that SOPS reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML, several documents too.
    Yaml,
    /// JSON.
    Json,
    /// `KEY=value` lines.
    Dotenv,
    /// Sections of `key = value`.
    Ini,
    /// Any bytes; encrypted, a JSON document with the one key `data`.
    Binary,
}

impl Format {
    /// Returns the format that SOPS takes a file of this name for; binary when the name says nothing.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy())
            .unwrap_or_default();
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("yaml" | "yml") => Self::Yaml,
            Some("json") => Self::Json,
            Some("env") => Self::Dotenv,
            Some("ini") => Self::Ini,
            _ => Self::Binary,
        }
    }

    /// Returns the format of a file with this name and this content: where a name ends in `.enc` or the
    /// like, which SOPS takes for binary and cannot read, what stands before that counts.
    pub(crate) fn of_file(path: &Path, bytes: &[u8]) -> Self {
        let format = Self::of(path);
        let object = bytes.trim_ascii_start().first() == Some(&b'{');
        match format {
            Self::Binary if !object => match Self::of(&path.with_extension("")) {
                Self::Json => Self::Binary,
                inner => inner,
            },
            format => format,
        }
    }

    /// Returns the name that SOPS's options use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Json => "json",
            Self::Dotenv => "dotenv",
            Self::Ini => "ini",
            Self::Binary => "binary",
        }
    }
}

/// An encrypted file, read but not opened.
///
/// Key names, types and recipients are readable without a key; see [`Self::shape`] and
/// [`Self::recipients`].
pub struct SecretsFile {
    name: String,
    format: Format,
    documents: Vec<Node>,
    groups: Vec<Vec<Stanza>>,
    threshold: usize,
    selection: Selection,
    /// The metadata field that selects what is encrypted, and its value.
    rule: Option<(&'static str, String)>,
    mac: String,
    mac_only_encrypted: bool,
    last_modified: String,
    version: Option<String>,
}

impl SecretsFile {
    /// Reads a file; its name decides the format, unless `format` does.
    ///
    /// # Errors
    /// When it cannot be read, is too large, does not parse, or is not encrypted by SOPS.
    pub fn read(path: &Path, format: Option<Format>) -> Result<Self, Error> {
        let name = path.display().to_string();
        let io = |error: std::io::Error| Error::new(&name, Problem::Io(error.kind()));
        // Whoever opens a pipe by name waits for somebody to write into it. One that a shell has
        // opened already has a writer.
        let metadata = std::fs::metadata(path).map_err(io)?;
        if !metadata.is_file() && !is_open_already(path) {
            return Err(Error::new(&name, Problem::NotAFile));
        }
        let file = std::fs::File::open(path).map_err(io)?;
        let limit = FILE_LIMIT_MIB << 20;
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        let mut bytes =
            Text::with_capacity(usize::try_from(size).unwrap_or(limit).min(limit) + 1).into_inner();
        file.take(limit as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        let format = format.unwrap_or_else(|| Format::of_file(path, &bytes));
        Self::parse(&name, &bytes, format)
    }

    /// Reads a file whatever its name says that it is: one called `.env.enc` may hold dotenv all the same.
    /// None where it is no file of SOPS in any format.
    #[must_use]
    pub fn read_as_any(path: &Path) -> Option<Self> {
        let formats = [Format::Yaml, Format::Json, Format::Dotenv, Format::Ini];
        let formats = std::iter::once(None).chain(formats.map(Some));
        formats
            .into_iter()
            .find_map(|format| Self::read(path, format).ok())
    }

    /// Parses a file that is already in memory; `name` is for messages.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(name: &str, bytes: &[u8], format: Format) -> Result<Self, Error> {
        Self::parse_inner(name, bytes, format, &mut Marks::off())
            .map_err(|problem| Error::new(name, problem))
    }

    /// Parses a file and marks where everything stands in it, per document; the metadata too. Offsets
    /// count from behind a byte order mark.
    pub(crate) fn parse_marked(
        name: &str,
        bytes: &[u8],
        format: Format,
    ) -> Result<(Self, Vec<Mark>), Problem> {
        let mut marks = Marks::on();
        let file = Self::parse_inner(name, bytes, format, &mut marks)?;
        Ok((file, marks.finish()))
    }

    fn parse_inner(
        name: &str,
        bytes: &[u8],
        format: Format,
        marks: &mut Marks,
    ) -> Result<Self, Problem> {
        if bytes.len() > FILE_LIMIT_MIB << 20 {
            return Err(Problem::TooLarge {
                limit: FILE_LIMIT_MIB,
            });
        }
        if bytes
            .strip_prefix("\u{feff}".as_bytes())
            .unwrap_or(bytes)
            .trim_ascii()
            .is_empty()
        {
            return Err(Problem::Empty);
        }
        let mut documents =
            parse_documents(bytes, format, marks).map_err(|problem| match problem {
                // A file whose name says nothing is no broken JSON.
                Problem::Syntax { .. } if format == Format::Binary => Problem::NotEncrypted,
                // SOPS encrypts a file that has a key twice, and shows both.
                Problem::DuplicateKey(path)
                    if matches!(format, Format::Dotenv | Format::Ini) && says_sops(bytes) =>
                {
                    Problem::EncryptedKeyTwice(path)
                }
                problem => problem,
            })?;
        let found = match format {
            Format::Dotenv => flatten::take_prefixed(&mut documents)?,
            Format::Ini => take_metadata(&mut documents)?
                .map(|section| flatten::unflatten_section(&section))
                .transpose()?,
            Format::Yaml | Format::Json | Format::Binary => take_metadata(&mut documents)?,
        };
        let Some(metadata) = found else {
            // Encrypted once more, the ciphertext would be the secret.
            return Err(if documents.iter().any(holds_ciphertext) {
                Problem::LostMetadata
            } else {
                Problem::NotEncrypted
            });
        };
        let Node::Map(_) = &metadata else {
            return Err(Problem::Metadata("it is not a map"));
        };

        let field = |name: &str| metadata.get(name).and_then(scalar_text);
        let groups = groups(&metadata)?;
        let threshold = match field("shamir_threshold") {
            None => groups.len(),
            Some(text) => match text.parse() {
                Ok(0) => groups.len(),
                Ok(threshold) => threshold,
                Err(_) => return Err(Problem::Metadata("shamir_threshold is not a number")),
            },
        };
        let mac_only_encrypted = match field("mac_only_encrypted").as_deref() {
            None | Some("") => false,
            Some(text) => crate::scalar::parse_bool(text).ok_or(Problem::Metadata(
                "mac_only_encrypted is neither true nor false",
            ))?,
        };
        let last_modified =
            field("lastmodified").ok_or(Problem::Metadata("lastmodified is missing"))?;
        let last_modified = crate::scalar::parse_time(&last_modified)
            .filter(|_| last_modified.contains('T'))
            .map(|time| crate::scalar::time_seconds(&time.as_str().into()).to_string())
            .ok_or(Problem::Metadata("lastmodified is not a time"))?;
        Ok(Self {
            name: name.to_owned(),
            format,
            selection: Selection::new(field).map_err(Problem::Rule)?,
            rule: SELECTIONS
                .into_iter()
                .find_map(|name| Some((name, field(name).filter(|text| !text.is_empty())?))),
            mac: field("mac").unwrap_or_default(),
            version: field("version"),
            documents,
            groups,
            threshold,
            mac_only_encrypted,
            last_modified,
        })
    }

    /// Returns the file's name for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the format that the file was read as.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns the version of SOPS that wrote the file, as it says.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Returns the recipients of every key group, in file order.
    pub fn recipients(&self) -> impl Iterator<Item = &Recipient> {
        self.groups.iter().flatten().map(|stanza| &stanza.recipient)
    }

    /// Returns the recipients whose copy of the data key is for somebody else, or for somebody besides,
    /// as far as that shows without a key.
    pub fn mislabelled(&self) -> impl Iterator<Item = &Recipient> {
        self.groups
            .iter()
            .flatten()
            .filter(|stanza| !crate::keys::age::is_as_labelled(stanza))
            .map(|stanza| &stanza.recipient)
    }

    /// Returns the metadata field that selects what is encrypted, and its value; none where the file
    /// names none, which leaves what ends in `_unencrypted`.
    #[must_use]
    pub fn selection(&self) -> Option<(&'static str, &str)> {
        self.rule
            .as_ref()
            .map(|(name, value)| (*name, value.as_str()))
    }

    /// Tells whether only encrypted leaves count for the file's message authentication code.
    #[must_use]
    pub fn mac_only_encrypted(&self) -> bool {
        self.mac_only_encrypted
    }

    /// Returns the leaves that stand unencrypted in the file, and that another rule would encrypt.
    ///
    /// # Errors
    /// When the rule's expression is none.
    pub fn unencrypted_under(&self, rule: Option<(&str, &str)>) -> Result<Vec<KeyPath>, RuleError> {
        let selection = Selection::new(|name| {
            rule.filter(|(field, _)| *field == name)
                .map(|(_, value)| value.to_owned())
        })?;
        Ok(self
            .shape_under(&selection)
            .into_iter()
            .filter(|leaf| leaf.kind == ShapeKind::Damaged)
            .map(|leaf| leaf.path)
            .collect())
    }

    /// Returns how many comments the file's rule encrypts that stand there unencrypted.
    #[must_use]
    pub fn unencrypted_comments(&self) -> usize {
        let mut found = 0;
        for document in &self.documents {
            let mut walk = self.selection.walk();
            unencrypted_comments(document, &mut walk, &mut found);
        }
        found
    }

    /// Returns the encrypted values and copies of the data key, each with a nonce of its own: two files
    /// that share one are copies, in whole or in part.
    #[must_use]
    pub fn ciphertexts(&self) -> BTreeSet<&str> {
        fn walk<'f>(node: &'f Node, found: &mut BTreeSet<&'f str>) {
            match node {
                Node::Scalar(_) => {
                    let text = node
                        .text()
                        .filter(|text| value::looks_encrypted(text.as_bytes()));
                    found.extend(text);
                }
                Node::Map(entries) => {
                    for entry in entries {
                        if let Entry::Pair(_, node) = entry {
                            walk(node, found);
                        }
                    }
                }
                Node::List(_) => node.items().for_each(|node| walk(node, found)),
            }
        }
        let mut found = BTreeSet::new();
        self.documents
            .iter()
            .for_each(|document| walk(document, &mut found));
        let copies = self.groups.iter().flatten();
        found.extend(copies.map(|stanza| stanza.encrypted.trim()));
        found.remove("");
        found
    }

    /// Returns who can open the file.
    #[must_use]
    pub fn readers(&self) -> crate::seal::Readers {
        let of = |group: &Vec<Stanza>| group.iter().map(|one| one.recipient.clone()).collect();
        crate::seal::Readers {
            groups: self.groups.iter().map(of).collect(),
            threshold: if self.groups.len() > 1 {
                self.threshold
            } else {
                0
            },
        }
    }

    /// Returns the first age or SSH recipient that the keyring opens; asks no service, and decrypts no
    /// value.
    #[must_use]
    pub fn opened_locally(&self, keyring: &Keyring) -> Option<&Recipient> {
        self.groups
            .iter()
            .flatten()
            .find(|stanza| stanza.recipient.is_age_or_ssh() && keyring.open(stanza).is_ok())
            .map(|stanza| &stanza.recipient)
    }

    /// Returns the names and types of all leaves, in file order, without a key and without values.
    #[must_use]
    pub fn shape(&self) -> Vec<Shape> {
        self.shape_under(&self.selection)
    }

    fn shape_under(&self, selection: &Selection) -> Vec<Shape> {
        let mut shape = Vec::new();
        for (number, document) in self.documents.iter().enumerate() {
            let mut walker = Shaping {
                document: number,
                walk: selection.walk(),
                path: KeyPath::default(),
                shape: &mut shape,
            };
            walker.node(document);
        }
        shape
    }

    /// Decrypts the file and verifies it.
    ///
    /// # Errors
    /// When no key opens it, a value does not decrypt, or the message authentication code does not
    /// match. Nothing of a file that does not verify is returned.
    pub fn open(&self, keyring: &Keyring) -> Result<Secrets, Error> {
        self.open_inner(keyring)
            .map_err(|problem| Error::new(&self.name, problem))
    }

    fn open_inner(&self, keyring: &Keyring) -> Result<Secrets, Problem> {
        self.open_with(&self.data_key(keyring)?)
    }

    /// Recovers the data key.
    pub(crate) fn data_key(&self, keyring: &Keyring) -> Result<DataKey, Problem> {
        if self.mac.is_empty() {
            // Nobody should be asked for a passphrase over a file that cannot be verified.
            return Err(Problem::NoMac);
        }
        keyring.data_key(&self.groups, self.threshold)
    }

    /// Decrypts and verifies the file with its data key.
    pub(crate) fn open_with(&self, key: &DataKey) -> Result<Secrets, Problem> {
        let Ok(Decrypted::Value(Scalar::Text(expected))) =
            value::decrypt(self.mac.as_bytes(), key, &self.last_modified)
        else {
            return Err(Problem::UnreadableMac);
        };
        let (secrets, mac) = self.decrypt(key)?;
        if mac.agrees_with(expected.as_bytes()) {
            Ok(secrets)
        } else {
            Err(Problem::Mac)
        }
    }

    /// Decrypts the file without a look at its code, and returns the code that it should have.
    pub(crate) fn decrypt(&self, key: &DataKey) -> Result<(Secrets, Mac), Problem> {
        let mut mac = Mac::new(self.mac_only_encrypted);
        let mut secrets = Secrets::new(self.name.clone(), self.format);
        for document in &self.documents {
            let mut decryption = Decryption {
                walk: self.selection.walk(),
                path: KeyPath::default(),
                key,
                mac: &mut mac,
            };
            secrets.push(decryption.node(document)?);
        }
        Ok((secrets, mac))
    }

    /// Returns how many key groups are needed.
    pub(crate) fn threshold(&self) -> usize {
        self.threshold
    }

    /// Returns the copies of the data key, group by group.
    pub(crate) fn stanzas(&self) -> &[Vec<Stanza>] {
        &self.groups
    }

    /// Returns every encrypted value and comment, encrypted with another key: the old text and the new
    /// one.
    pub(crate) fn reencrypted(
        &self,
        old: &DataKey,
        new: &DataKey,
    ) -> Result<BTreeMap<String, String>, Problem> {
        let mut reencryption = Reencryption {
            path: KeyPath::default(),
            old,
            new,
            done: BTreeMap::new(),
        };
        for document in &self.documents {
            let mut walk = self.selection.walk();
            reencryption.node(document, &mut walk)?;
        }
        Ok(reencryption.done)
    }

    /// Returns the comments that are encrypted and that the rule leaves unencrypted, with their texts: by a
    /// rule that encrypted more, they could be read.
    pub(crate) fn disclosed_comments(&self, key: &DataKey) -> BTreeMap<String, Text> {
        let mut found = BTreeMap::new();
        for document in &self.documents {
            let mut walk = self.selection.walk();
            disclosed_comments(
                document,
                &mut walk,
                &mut KeyPath::default(),
                key,
                &mut found,
            );
        }
        found
    }

    /// Takes the values out of the tree that the rule encrypts and that are not encrypted, and returns
    /// where they stood. Those in lists stay: the positions of the others depend on them.
    pub(crate) fn leave_out_unencrypted(&mut self) -> Vec<KeyPath> {
        let mut found = Vec::new();
        let mut documents = std::mem::take(&mut self.documents);
        for document in &mut documents {
            let mut walk = self.selection.walk();
            leave_out(document, &mut walk, &mut KeyPath::default(), &mut found);
        }
        self.documents = documents;
        found
    }

    /// Starts a walk through one document by the file's rule.
    pub(crate) fn walk(&self) -> Walk<'_> {
        self.selection.walk()
    }

    /// Returns the first document as the file holds it: encrypted, without its metadata.
    pub(crate) fn document(&self) -> Option<&Node> {
        self.documents.first()
    }

    /// Returns all documents as the file holds them.
    pub(crate) fn documents(&self) -> &[Node] {
        &self.documents
    }

    /// Tells whether the file's rule encrypts the leaf at `steps` of the first document; list positions
    /// count encrypted comments too. `None` when nothing is there.
    pub(crate) fn is_selected(&self, steps: &[Step]) -> Option<bool> {
        let mut walk = self.selection.walk();
        let mut node = self.documents.first()?;
        for step in steps {
            walk.enter_collection();
            match (node, step) {
                (Node::Map(entries), Step::Key(wanted)) => {
                    let mut found = None;
                    for entry in entries {
                        match entry {
                            Entry::Comment(comment) => walk.comment(comment.text.as_bytes()),
                            Entry::Pair(key, value) if key == wanted => {
                                found = Some(value);
                                break;
                            }
                            Entry::Pair(..) => walk.entry_done(),
                        }
                    }
                    walk.enter_key(wanted);
                    node = found?;
                }
                (Node::List(items), Step::Index(wanted)) => {
                    let mut found = None;
                    let mut index = 0;
                    for item in items {
                        match item {
                            Item::Comment(comment) => walk.comment(comment.text.as_bytes()),
                            Item::Node(value) if index == *wanted => {
                                found = Some(value);
                                break;
                            }
                            Item::Node(_) => {
                                walk.entry_done();
                                index += 1;
                            }
                        }
                    }
                    node = found?;
                }
                _ => return None,
            }
        }
        Some(walk.is_encrypted(false))
    }
}

fn leave_out(node: &mut Node, walk: &mut Walk<'_>, path: &mut KeyPath, found: &mut Vec<KeyPath>) {
    match node {
        Node::Scalar(_) => {}
        Node::List(items) => {
            walk.enter_collection();
            for (index, item) in items.iter_mut().enumerate() {
                match item {
                    Item::Comment(comment) => walk.comment(comment.text.as_bytes()),
                    Item::Node(node) => {
                        path.push_index(index);
                        leave_out(node, walk, path, found);
                        path.pop();
                        walk.entry_done();
                    }
                }
            }
            walk.leave_collection();
        }
        Node::Map(entries) => {
            walk.enter_collection();
            entries.retain_mut(|entry| match entry {
                Entry::Comment(comment) => {
                    walk.comment(comment.text.as_bytes());
                    true
                }
                Entry::Pair(key, value) => {
                    walk.enter_key(key);
                    path.push_key(key);
                    let unencrypted = match value {
                        Node::Scalar(Scalar::Null) => false,
                        Node::Scalar(Scalar::Text(text)) => {
                            !text.is_empty()
                                && !value::looks_encrypted(text.as_bytes())
                                && walk.is_encrypted(false)
                        }
                        Node::Scalar(_) => walk.is_encrypted(false),
                        Node::Map(_) | Node::List(_) => {
                            leave_out(value, walk, path, found);
                            false
                        }
                    };
                    if unencrypted {
                        found.push(path.clone());
                    }
                    path.pop();
                    walk.leave_key();
                    walk.entry_done();
                    !unencrypted
                }
            });
            walk.leave_collection();
        }
    }
}
/// Tells whether a path names a descriptor of this process, as a shell's `<(…)` does.
fn is_open_already(path: &Path) -> bool {
    ["/dev/fd", "/dev/stdin", "/proc/self/fd"]
        .iter()
        .any(|descriptors| path.starts_with(descriptors))
}

/// Parses the documents of a file, metadata included.
pub(crate) fn parse_documents(
    bytes: &[u8],
    format: Format,
    marks: &mut Marks,
) -> Result<Vec<Node>, Problem> {
    let text = match format {
        // SOPS takes a byte order mark for a part of the first key there, and authenticates it with that.
        Format::Dotenv => utf8(bytes, format)?,
        _ => text_of(bytes, format)?,
    };
    Ok(match format {
        Format::Yaml => yaml::parse(text, marks)?,
        Format::Json | Format::Binary => vec![json::parse(text, marks)?],
        Format::Dotenv => vec![dotenv::parse(text, marks)?],
        Format::Ini => vec![ini::parse(text, marks)?],
    })
}

/// Tells whether a file has what SOPS adds to a flat format, without a look at how it is written.
fn says_sops(bytes: &[u8]) -> bool {
    bytes
        .split(|&byte| byte == b'\n')
        .any(|line| line.starts_with(b"sops_mac=") || line.trim_ascii() == b"[sops]")
}

/// Returns a file as text, without its byte order mark.
pub(crate) fn text_of(bytes: &[u8], format: Format) -> Result<&str, Problem> {
    let text = utf8(bytes, format)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Returns a file as text.
fn utf8(bytes: &[u8], format: Format) -> Result<&str, Problem> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Problem::Syntax {
            format: format.name(),
            what: "UTF-16, and sops reads UTF-8 only: save it as UTF-8; it begins".to_owned(),
            line: 1,
            column: 1,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = &bytes[..error.valid_up_to()];
        let line = valid.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let column = valid
            .iter()
            .rev()
            .take_while(|&&byte| byte != b'\n')
            .count()
            + 1;
        Problem::Syntax {
            format: format.name(),
            what: "bytes that are not UTF-8".to_owned(),
            line,
            column,
        }
    })?;
    if let Some(line) = conflict_marker(text) {
        return Err(Problem::Conflict { line });
    }
    Ok(text)
}

/// How every encrypted value begins.
const CIPHERTEXT: &str = "ENC[AES256_GCM,";

/// Tells whether a value is an encrypted one of a file.
pub(crate) fn is_ciphertext(text: &[u8]) -> bool {
    text.trim_ascii().starts_with(CIPHERTEXT.as_bytes())
}

/// Tells whether an encrypted value is somewhere in a tree.
pub(crate) fn holds_ciphertext(node: &Node) -> bool {
    match node {
        Node::Scalar(Scalar::Text(text)) => is_ciphertext(text.as_bytes()),
        Node::Scalar(_) => false,
        Node::Map(entries) => entries
            .iter()
            .any(|entry| matches!(entry, Entry::Pair(_, node) if holds_ciphertext(node))),
        Node::List(_) => node.items().any(holds_ciphertext),
    }
}

/// Finds a line that git's unfinished merges leave.
fn conflict_marker(text: &str) -> Option<usize> {
    text.lines()
        .position(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "))
        .map(|line| line + 1)
}

impl Drop for SecretsFile {
    fn drop(&mut self) {
        // Leaves that the rule leaves in clear may still be nobody's business.
        for document in &mut self.documents {
            document.zeroize();
        }
    }
}

/// The keys of one map so far.
#[derive(Default)]
struct Keys(BTreeSet<String>);

impl Keys {
    /// Refuses a second value for a key of the map at `path`.
    fn insert(&mut self, key: &str, path: &KeyPath) -> Result<(), Problem> {
        if self.0.insert(key.to_owned()) {
            return Ok(());
        }
        let mut path = path.clone();
        path.push_key(key);
        Err(Problem::DuplicateKey(path))
    }
}
