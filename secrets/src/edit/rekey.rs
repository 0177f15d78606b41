//! Another data key for a file, or other readers of it.
//!
//! Who could read a file keeps its data key: only a new one locks somebody out of what is written later.
//! Every encrypted value is exchanged where it stands, and the metadata is written anew; everything else
//! stays to the byte.

use super::{Draft, skeleton};
use crate::error::{Error, Problem};
use crate::file::{Format, METADATA_KEY, SecretsFile};
use crate::keys::{Keyring, Stanza};
use crate::seal::Readers;
use crate::secrets::ExtractPath;
use crate::tree::KeyPath;
use crate::value::DataKey;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// What becomes of a file's data key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rekeying {
    /// A new key, and every value encrypted with it: whoever is no reader any more is locked out.
    NewKey,
    /// The same key, for other readers as well. Nobody may be left out: that would lock nobody out.
    SameKey,
}

/// What became of a file's values when another rule selects what is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reselected {
    /// How many were unencrypted and are encrypted.
    pub encrypted: usize,
    /// Those that were encrypted and are unencrypted.
    pub in_clear: Vec<KeyPath>,
}

impl Draft {
    /// Encrypts the file for these readers.
    ///
    /// # Errors
    /// When the data key cannot be encrypted to one of them, or the file is written in a way in which its
    /// values cannot be exchanged; the draft is then as before.
    pub fn rekey(
        &mut self,
        readers: &Readers,
        how: Rekeying,
        keyring: &Keyring,
    ) -> Result<(), Error> {
        self.rekey_inner(readers, how, keyring)
            .map_err(|problem| Error::new(&self.name, problem))
    }

    fn rekey_inner(
        &mut self,
        readers: &Readers,
        how: Rekeying,
        keyring: &Keyring,
    ) -> Result<(), Problem> {
        let (file, _) = self.parse()?;
        if self.mending {
            let mut file = file;
            let path = file.leave_out_unencrypted().into_iter().next();
            return Err(Problem::Value {
                path: path.unwrap_or_default(),
                why: crate::value::ValueError::NotEncrypted,
            });
        }
        let new_key = match how {
            Rekeying::NewKey => DataKey::generate().ok_or(Problem::NoRandomness)?,
            Rekeying::SameKey => self.key.copy(),
        };
        // What others cannot be asked for (a key that needs a plugin) stays as it is, as long as the key
        // does.
        let stanzas = match how {
            Rekeying::NewKey => keyring
                .wrap(&new_key, &readers.groups, readers.threshold)
                .map_err(Problem::Wrap)?,
            Rekeying::SameKey => file.stanzas_for(readers, &new_key, keyring)?,
        };
        let mut text = match how {
            Rekeying::NewKey => exchanged(&self.text, &file.reencrypted(&self.key, &new_key)?)?,
            Rekeying::SameKey => Zeroizing::new(self.text.to_string()),
        };
        let terms = skeleton::Terms {
            threshold: (readers.groups.len() > 1 && readers.threshold > 0)
                .then_some(readers.threshold),
            selection: file.selection(),
            mac_only_encrypted: file.mac_only_encrypted(),
        };
        let metadata = skeleton::text(self.format, &terms, &stanzas)?;
        text = with_metadata(&self.name, &text, self.format, &metadata)?;
        let unlike = Problem::NotEditable {
            path: KeyPath::default(),
            what: "is written in a way in which its values cannot be exchanged; rotate it with `sops rotate`",
        };
        let Ok((new, _)) = SecretsFile::parse_marked(&self.name, text.as_bytes(), self.format)
        else {
            return Err(unlike);
        };
        let same_shape = new.shape() == file.shape();
        let Ok((plain, _)) = new.decrypt(&new_key) else {
            return Err(unlike);
        };
        if !same_shape || !super::check::same_values(&self.plain, &plain) {
            return Err(unlike);
        }
        self.text = text;
        self.key = new_key;
        self.changed = true;
        Ok(())
    }
}

impl Draft {
    /// Has another rule select what is encrypted: encrypts what stood unencrypted under the old one, and
    /// decrypts, where [`Self::allow_unencrypted`] lets that be, what the new one leaves unencrypted.
    ///
    /// # Errors
    /// When the rule's expression is none, or would leave something unencrypted that is encrypted now and
    /// must not be, or a value cannot be written where it stands.
    pub fn reselect(&mut self, rule: Option<(&str, &str)>) -> Result<Reselected, Error> {
        self.reselect_inner(rule)
            .map_err(|problem| Error::new(&self.name, problem))
    }

    fn reselect_inner(&mut self, rule: Option<(&str, &str)>) -> Result<Reselected, Problem> {
        let (file, _) = self.parse()?;
        let unencrypted = file.unencrypted_under(rule).map_err(Problem::Rule)?;
        let terms = skeleton::Terms {
            threshold: (file.readers().groups.len() > 1).then_some(file.readers().threshold),
            selection: rule,
            mac_only_encrypted: file.mac_only_encrypted(),
        };
        let metadata = skeleton::text(self.format, &terms, file.stanzas())?;
        let text = with_metadata(&self.name, &self.text, self.format, &metadata)?;
        let before = file.shape();
        let old = std::mem::replace(&mut self.text, text);
        let outcome = self.follow_selection(&before, &unencrypted);
        if outcome.is_err() {
            self.text = old;
        } else {
            self.changed = true;
        }
        outcome
    }

    fn follow_selection(
        &mut self,
        before: &[crate::file::Shape],
        unencrypted: &[KeyPath],
    ) -> Result<Reselected, Problem> {
        for path in unencrypted {
            self.write_in_place(path, true)?;
        }
        let (file, _) = self.parse()?;
        let after: std::collections::BTreeSet<(usize, String)> = file
            .shape()
            .into_iter()
            .filter(|leaf| leaf.encrypted)
            .map(|leaf| (leaf.document, ExtractPath::from(leaf.path).in_brackets()))
            .collect();
        let lost = before.iter().filter(|leaf| {
            let place = ExtractPath::from(&leaf.path).in_brackets();
            leaf.encrypted && !after.contains(&(leaf.document, place))
        });
        let mut reselected = Reselected {
            encrypted: unencrypted.len(),
            in_clear: Vec::new(),
        };
        for leaf in lost {
            // Only the first document can be changed.
            if !self.in_clear || leaf.document > 0 {
                return Err(Problem::InClear(leaf.path.clone()));
            }
            self.write_in_place(&leaf.path, false)?;
            reselected.in_clear.push(leaf.path.clone());
        }
        self.disclose_comments()?;
        Ok(reselected)
    }

    /// Writes the comments that the rule leaves unencrypted as what they say: nobody would decrypt them.
    fn disclose_comments(&mut self) -> Result<(), Problem> {
        let (file, _) = self.parse()?;
        let comments = file.disclosed_comments(&self.key);
        if comments.is_empty() {
            return Ok(());
        }
        let mut texts = BTreeMap::new();
        for (encrypted, text) in comments {
            match text.as_str() {
                Some(text) if self.in_clear && !text.contains(['\n', '\r']) => {
                    texts.insert(encrypted, text.to_owned());
                }
                _ => {
                    return Err(Problem::NotEditable {
                        path: KeyPath::default(),
                        what: "has an encrypted comment that would be unencrypted: the file's rule does not encrypt it",
                    });
                }
            }
        }
        self.text = exchanged(&self.text, &texts)?;
        let (new, _) = self.parse()?;
        let (plain, _) = new.decrypt(&self.key)?;
        if super::check::same_values(&self.plain, &plain) {
            Ok(())
        } else {
            Err(Problem::ReadBack)
        }
    }

    /// Writes a value that is there as the rule wants it.
    fn write_in_place(&mut self, path: &KeyPath, encrypted: bool) -> Result<(), Problem> {
        let steps = path.clone().into_steps();
        let value = self
            .plain
            .first()
            .and_then(|node| super::at(node, &steps))
            .ok_or(Problem::NotAMap)?;
        let crate::tree::Node::Scalar(scalar) = value else {
            return Err(Problem::NotAMap);
        };
        let leaf = super::leaf::Leaf::Scalar(scalar.clone());
        let (file, marks) = self.parse()?;
        let document = file.document().ok_or(Problem::NotAMap)?;
        let raw = super::raw_steps(document, &steps);
        let written = leaf.written(encrypted, &self.key, path)?;
        for splice in self.candidates(&marks, &raw, &written)? {
            let text = splice.on(&self.text);
            let Ok((new, _)) = SecretsFile::parse_marked(&self.name, text.as_bytes(), self.format)
            else {
                continue;
            };
            if super::check::only_put(&file, &new, &raw, &written.node) {
                self.text = text;
                return Ok(());
            }
        }
        Err(Problem::NotEditable {
            path: path.clone(),
            what: "cannot be written otherwise where it stands; take it out and set it anew",
        })
    }
}

/// Returns a text with every encrypted value exchanged for another.
fn exchanged(text: &str, values: &BTreeMap<String, String>) -> Result<Zeroizing<String>, Problem> {
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(values.keys())
        .map_err(|_| Problem::Limit("holds more than any secrets file does"))?;
    let new: Vec<&str> = values.values().map(String::as_str).collect();
    let mut out = Zeroizing::new(String::with_capacity(text.len() + text.len() / 8));
    let mut at = 0;
    for found in automaton.find_iter(text) {
        out.push_str(text.get(at..found.start()).unwrap_or_default());
        out.push_str(new.get(found.pattern().as_usize()).unwrap_or(&""));
        at = found.end();
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Ok(out)
}

/// Returns a text with other metadata: those of `skeleton`, a file without a value.
fn with_metadata(
    name: &str,
    text: &str,
    format: Format,
    skeleton: &str,
) -> Result<Zeroizing<String>, Problem> {
    let mut out = Zeroizing::new(text.to_owned());
    let line_break = super::lines::break_of(text);
    let skeleton = skeleton.replace('\n', line_break);
    match format {
        Format::Dotenv => {
            let kept: Vec<&str> = text
                .split_inclusive('\n')
                .filter(|line| !line.starts_with("sops_"))
                .collect();
            let mut new = Zeroizing::new(kept.concat());
            if !new.is_empty() && !new.ends_with('\n') {
                new.push_str(line_break);
            }
            new.push_str(&skeleton);
            Ok(new)
        }
        Format::Ini => {
            let mut new = Zeroizing::new(String::with_capacity(text.len()));
            let mut inside = false;
            let mut done = false;
            for line in text.split_inclusive('\n') {
                if line.trim_start().starts_with('[') {
                    inside = line.trim() == "[sops]";
                    if inside && !done {
                        new.push_str(&skeleton);
                        done = true;
                        continue;
                    }
                }
                if !inside {
                    new.push_str(line);
                }
            }
            Ok(new)
        }
        Format::Yaml | Format::Json | Format::Binary => {
            let (_, marks) = SecretsFile::parse_marked(name, text.as_bytes(), format)?;
            let (_, template) = SecretsFile::parse_marked(name, skeleton.as_bytes(), format)?;
            let part = template
                .first()
                .and_then(|root| root.entry(METADATA_KEY))
                .and_then(|entry| skeleton.get(entry.key_span.start..entry.value.span.end))
                .ok_or(Problem::Metadata("it cannot be written anew"))?;
            // Every document of a YAML file carries them.
            let mut spans: Vec<_> = marks
                .iter()
                .filter_map(|root| root.entry(METADATA_KEY))
                .map(|entry| entry.key_span.start..entry.value.span.end)
                .collect();
            spans.sort_by_key(|span| std::cmp::Reverse(span.start));
            for span in spans {
                let ends_line = text
                    .get(..span.end)
                    .is_some_and(|text| text.ends_with('\n'));
                let ending = if ends_line { line_break } else { "" };
                out.replace_range(span, &format!("{part}{ending}"));
            }
            Ok(out)
        }
    }
}

impl SecretsFile {
    /// Returns the copies of a key for readers: those that are there stay, the others are made.
    fn stanzas_for(
        &self,
        readers: &Readers,
        key: &DataKey,
        keyring: &Keyring,
    ) -> Result<Vec<Vec<Stanza>>, Problem> {
        if let ([there], [wanted]) = (self.stanzas(), readers.groups.as_slice()) {
            let mut group = Vec::with_capacity(wanted.len());
            for recipient in wanted {
                match there
                    .iter()
                    .find(|stanza| stanza.recipient.same_use(recipient))
                {
                    Some(stanza) => group.push(stanza.clone()),
                    None => {
                        let made = keyring
                            .wrap(key, &[vec![recipient.clone()]], 0)
                            .map_err(Problem::Wrap)?;
                        group.extend(made.into_iter().flatten());
                    }
                }
            }
            return Ok(vec![group]);
        }
        // A share of a group is known to that group alone: all are made anew.
        keyring
            .wrap(key, &readers.groups, readers.threshold)
            .map_err(Problem::Wrap)
    }
}
