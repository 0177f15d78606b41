//! Plaintext from elsewhere, merged into an encrypted file.

use super::Draft;
use super::leaf::Leaf;
use crate::error::{Error, Problem};
use crate::file::Format;
use crate::secrets::Secrets;
use crate::tree::{Entry, KeyPath, Node, Scalar, Step};

/// What a merge did, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// Values that were not there.
    pub added: Vec<KeyPath>,
    /// Values that were there and are others now.
    pub changed: Vec<KeyPath>,
    /// How many were there with the same value, and stay to the byte.
    pub unchanged: usize,
}

impl Draft {
    /// Merges plaintext: maps key by key, lists element by element; what it does not name stays. A
    /// list that is longer than the plaintext's is refused, because what is meant is unclear.
    ///
    /// # Errors
    /// As [`Self::set`], for the first value that cannot be set; the draft is then partly merged and
    /// must not be written.
    pub fn merge(&mut self, plaintext: &Secrets) -> Result<Merged, Error> {
        self.merge_inner(plaintext)
            .map_err(|problem| Error::new(&self.name, problem))
    }

    fn merge_inner(&mut self, plaintext: &Secrets) -> Result<Merged, Problem> {
        let mut merged = Merged::default();
        let [document] = plaintext.nodes() else {
            return Err(Problem::Extract(
                "can take one document at a time; the plaintext has several".to_owned(),
            ));
        };
        self.merge_node(document, &mut Vec::new(), &mut merged)?;
        Ok(merged)
    }

    fn merge_node(
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
        if there.is_some_and(|there| {
            matches!(
                (&leaf, there),
                (Leaf::EmptyMap, Node::Map(_)) | (Leaf::EmptyList, Node::List(_))
            )
        }) {
            merged.unchanged += 1;
            return Ok(());
        }
        match (self.put(steps, &leaf)?, was_there) {
            (false, _) => merged.unchanged += 1,
            (true, true) => merged.changed.push(KeyPath::of(steps)),
            (true, false) => merged.added.push(KeyPath::of(steps)),
        }
        Ok(())
    }
}

impl Secrets {
    /// Parses plaintext that is to be encrypted; `name` is for messages. A binary file is one text.
    ///
    /// # Errors
    /// When it does not parse, or is encrypted already.
    pub fn from_plaintext(name: &str, bytes: &[u8], format: Format) -> Result<Self, Error> {
        let parse = || {
            if format == Format::Binary {
                let data = Node::Scalar(Scalar::Text(bytes.into()));
                return Ok(vec![Node::Map(vec![Entry::Pair("data".to_owned(), data)])]);
            }
            let documents =
                crate::file::parse_documents(bytes, format, &mut crate::file::marks::Marks::off())?;
            let encrypted = documents.iter().any(|document| {
                document.get("sops").is_some() || document.get("sops_mac").is_some()
            });
            if encrypted {
                return Err(Problem::AlreadyEncrypted);
            }
            Ok(documents
                .into_iter()
                .map(|document| without_default_section(document, format))
                .collect())
        };
        let mut secrets = Self::new(name.to_owned(), format);
        for document in parse().map_err(|problem| Error::new(name, problem))? {
            secrets.push(document);
        }
        Ok(secrets)
    }
}

/// Drops the section that an INI file always has when nothing is in it.
fn without_default_section(document: Node, format: Format) -> Node {
    match document {
        Node::Map(entries) if format == Format::Ini => Node::Map(
            entries
                .into_iter()
                .filter(|entry| !matches!(entry, Entry::Pair(_, section) if section.is_empty()))
                .collect(),
        ),
        document => document,
    }
}
