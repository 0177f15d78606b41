//! Secrets as the variables of one child process.
//!
//! What a program gets is chosen by name ([`Injection::new`] and [`Injection::retain`]) and written
//! once, for the way in which it is handed over: as HCL for OpenTofu and Terraform, as variables of the
//! environment, or as JSON or dotenv on a descriptor. Nothing here touches a disk.

mod digest;
mod environment;
mod files;
pub mod find;
mod hcl;
mod json;
pub mod mask;
mod steering;

pub use digest::DigestKey;
pub use files::{FileRequest, FileRequestError};

use crate::outline::Outline;
use crate::scalar;
use crate::secrets::{Secrets, Value};
use crate::selector::Selector;
use crate::tree::Text;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Why secrets cannot be handed over. No message holds a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InjectError {
    /// Documents behind the first one have no names of their own.
    #[error("{file}: has several documents, and variables come from one; split the file")]
    SeveralDocuments {
        /// The file.
        file: String,
    },
    /// Which one counts would depend on the order of the files.
    #[error("`{name}` is in {first} and in {second}; remove one of them")]
    Twice {
        /// The top-level key, or the path.
        name: String,
        /// A file.
        first: String,
        /// Another file.
        second: String,
    },
    /// The mapping leads nowhere.
    #[error("`{name}` is mapped to `{path}`, which {file} does not have; correct the `map`")]
    NoSuchPath {
        /// The variable.
        name: String,
        /// As the configuration has it.
        path: String,
        /// The file, or the files.
        file: String,
    },
    /// Several files are no single document.
    #[error("`{name}` is mapped to the whole document, and there are several files; map a path")]
    WholeOfSeveral {
        /// The variable.
        name: String,
    },
    /// A value that the way of handing over cannot say.
    #[error("`{name}` {what}")]
    Unsayable {
        /// The variable.
        name: String,
        /// As a fragment, with the next step.
        what: &'static str,
    },
    /// A file of secrets would decide what runs, or how.
    #[error(
        "`{name}` would become the variable {variable}, which may change how programs run; rename it, or if that is meant say so: `map = {{ {variable} = \"{name}\" }}`"
    )]
    Steering {
        /// The key.
        name: String,
        /// What it would be called.
        variable: String,
    },
    /// What is put before every name begins no name.
    #[error(
        "the prefix `{}` cannot begin the name of a variable; use letters, digits and `_`, and no digit first",
        prefix.escape_debug()
    )]
    Prefix {
        /// As given.
        prefix: String,
    },
    /// A file is asked for that has no value.
    #[error(
        "no secret is {}; see the names with `tollgate secrets show`, and say where it is: `--file {name}=KEY`",
        match path {
            Some(path) => format!("at `{path}` of {files}, for the file of {name}"),
            None => format!("called `{name}`, in upper case or as it is, in {files}"),
        }
    )]
    NoSuchFile {
        /// The variable.
        name: String,
        /// Where it was looked for, if that was said.
        path: Option<String>,
        /// The file, or the files.
        files: String,
    },
    /// Which of two files' values it is nobody says.
    #[error("`--file {name}={path}`: several files have `{path}`; remove it from all but one")]
    FileTwice {
        /// The variable.
        name: String,
        /// Where it was looked for.
        path: String,
    },
    /// Two secrets under one name.
    #[error("`{first}` and `{second}` both become the variable `{name}`; rename one with `map`")]
    Collision {
        /// The name in the environment.
        name: String,
        /// A secret.
        first: String,
        /// Another secret.
        second: String,
    },
}

/// Values by the name under which a child process gets them. No `Debug`: it holds plaintext.
pub struct Injection<'s> {
    values: BTreeMap<String, Injected<'s>>,
    /// Variable to top-level key, where the mapping does no more than rename.
    renamed: BTreeMap<String, String>,
}

struct Injected<'s> {
    value: Value<'s>,
    /// Named by the mapping, and therefore not renamed.
    mapped: bool,
    /// A map or a list is handed over as JSON text.
    as_text: bool,
}

impl<'s> Injection<'s> {
    /// Takes every top-level key of every file, and what the mapping adds: variable to place.
    ///
    /// # Errors
    /// When two files have the same key, or the mapping leads nowhere.
    pub fn new(
        files: &'s [Secrets],
        map: &BTreeMap<String, Selector>,
    ) -> Result<Self, InjectError> {
        let mut values = BTreeMap::new();
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for file in files {
            for (key, value) in top(file)? {
                if let Some(first) = owners.insert(key, file.name()) {
                    return Err(InjectError::Twice {
                        name: key.escape_debug().to_string(),
                        first: first.to_owned(),
                        second: file.name().to_owned(),
                    });
                }
                let injected = Injected {
                    value,
                    mapped: false,
                    as_text: false,
                };
                values.insert(key.to_owned(), injected);
            }
        }
        for (name, selector) in map {
            let value = follow(files, name, selector)?;
            let injected = Injected {
                value,
                mapped: true,
                as_text: false,
            };
            values.insert(name.clone(), injected);
        }
        let renamed = map
            .iter()
            .filter_map(|(name, selector)| Some((name.clone(), selector.as_key()?.to_owned())))
            .collect();
        Ok(Self { values, renamed })
    }

    /// Returns the names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Returns what each value is made of.
    #[must_use]
    pub fn outlines(&self) -> BTreeMap<String, Outline> {
        let of = |(name, injected): (&String, &Injected<'_>)| {
            (name.clone(), Outline::of(injected.value))
        };
        self.values.iter().map(of).collect()
    }

    /// Tells whether nothing is left to hand over.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Drops every name that is not wanted.
    pub fn retain(&mut self, mut wanted: impl FnMut(&str) -> bool) {
        self.values.retain(|name, _| wanted(name));
    }

    /// Keeps what the mapping names, and the names that `given` has; returns the keys that are left out, and
    /// that no name of the mapping stands for.
    pub fn retain_named(&mut self, given: impl Fn(&str) -> bool) -> Vec<String> {
        let renamed: Vec<&String> = self.renamed.values().collect();
        let mut left = Vec::new();
        self.values.retain(|key, injected| {
            let kept = injected.mapped || given(key);
            if !kept && !renamed.contains(&key) {
                left.push(key.clone());
            }
            kept
        });
        left
    }

    /// Hands a map or a list over as JSON text, for a variable that is declared as a string.
    pub fn as_text(&mut self, name: &str) {
        if let Some(injected) = self.values.get_mut(name) {
            injected.as_text = true;
        }
    }

    /// Writes a variables file in HCL; every character of a text as an escape.
    ///
    /// Escapes keep `${` from being a template, and a source line that Terraform shows beside an
    /// error from being readable over a shoulder.
    ///
    /// # Errors
    /// When a value is nothing that HCL can say, such as an infinite number.
    pub fn hcl(&self) -> Result<Zeroizing<Vec<u8>>, InjectError> {
        let mut out = Text::default();
        for (name, injected) in &self.values {
            hcl::variable(&mut out, name, injected)?;
        }
        Ok(out.into_inner())
    }

    /// Writes variables of an environment. Names that no mapping gave are put in upper case, with `_`
    /// for what a name cannot have, behind the prefix. Null is left out.
    ///
    /// # Errors
    /// When two secrets become one name, a name changes how programs run and no mapping gave it, or a
    /// value is nothing an environment can hold.
    pub fn environment(
        &self,
        prefix: &str,
    ) -> Result<BTreeMap<String, Zeroizing<Vec<u8>>>, InjectError> {
        environment::variables(self, prefix)
    }

    /// Writes one JSON object on one line.
    ///
    /// # Errors
    /// When a value is nothing that JSON can say.
    pub fn json(&self) -> Result<Zeroizing<Vec<u8>>, InjectError> {
        let mut out = Text::default();
        out.push_str("{");
        for (nth, (name, injected)) in self.values.iter().enumerate() {
            out.push_str(if nth == 0 { "" } else { "," });
            json::string(&mut out, name);
            out.push_str(":");
            json::value(&mut out, injected.value).map_err(|what| unsayable(name, what))?;
        }
        out.push_str("}\n");
        Ok(out.into_inner())
    }

    /// Writes `NAME=value` lines, named as [`Self::environment`] names them. A value of other than plain
    /// characters stands in single quotes, between which shells and readers of dotenv change nothing. One
    /// with a single quote, a backslash or a line break stands in double quotes, with a backslash before
    /// quotes, backslashes, backticks and `$`, and line breaks as `\n` and `\r`: a line break and the two
    /// characters `\n` are never the same.
    ///
    /// # Errors
    /// As [`Self::environment`].
    pub fn dotenv(&self, prefix: &str) -> Result<Zeroizing<Vec<u8>>, InjectError> {
        let mut out = Text::default();
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./:@%+,=".contains(byte);
        for (name, value) in self.environment(prefix)? {
            out.push_str(&name);
            out.push_str("=");
            if value.iter().all(plain) {
                out.push(&value);
                out.push_str("\n");
                continue;
            }
            if !value.iter().any(|byte| b"'\\\n\r".contains(byte)) {
                out.push_str("'");
                out.push(&value);
                out.push_str("'\n");
                continue;
            }
            out.push_str("\"");
            for byte in value.iter() {
                match byte {
                    b'\n' => out.push_str("\\n"),
                    b'\r' => out.push_str("\\r"),
                    b'"' | b'\\' | b'$' | b'`' => out.push(&[b'\\', *byte]),
                    other => out.push(&[*other]),
                }
            }
            out.push_str("\"\n");
        }
        Ok(out.into_inner())
    }

    /// Returns a digest of each value under a key: equal for equal values, and of no use without the key.
    ///
    /// The order of a map's keys does not count.
    #[must_use]
    pub fn digests(&self, key: &DigestKey) -> BTreeMap<String, String> {
        let of = |(name, injected): (&String, &Injected<'_>)| {
            (name.clone(), digest::of(key, name, injected.value))
        };
        self.values.iter().map(of).collect()
    }

    /// Prepares to look for the values in a plan.
    ///
    /// # Errors
    /// When they are too many for one automaton: gigabytes.
    pub fn finder(&self) -> Result<find::Finder, aho_corasick::BuildError> {
        let mut wanted = find::Wanted::default();
        self.leaves(&mut |name, leaf| wanted.add(name, leaf));
        wanted.build()
    }

    /// Collects what must not be seen in the child's output: every leaf, by the name of its variable.
    #[must_use]
    pub fn patterns(&self) -> mask::Patterns {
        let mut patterns = mask::Patterns::default();
        self.leaves(&mut |name, leaf| patterns.add(name, leaf));
        patterns
    }

    /// As [`Self::patterns`], of some names only.
    #[must_use]
    pub fn patterns_of(&self, mut wanted: impl FnMut(&str) -> bool) -> mask::Patterns {
        let mut patterns = mask::Patterns::default();
        self.leaves(&mut |name, leaf| {
            if wanted(name) {
                patterns.add(name, leaf);
            }
        });
        patterns
    }

    /// Calls for every leaf with the name of its variable. What is in a variable of its own comes
    /// first: it is called by that, not by the document around it.
    fn leaves(&self, take: &mut dyn FnMut(&str, &[u8])) {
        let collection =
            |injected: &Injected<'_>| matches!(injected.value, Value::Map(_) | Value::List(_));
        for collections in [false, true] {
            for (name, injected) in &self.values {
                if collection(injected) == collections {
                    leaves(injected.value, &mut |leaf| take(name, leaf));
                }
            }
        }
    }
}

/// What a marker in the plaintext says of the environment that the file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// It names the environment, or an alias of it.
    Agrees,
    /// It names another one.
    Disagrees,
    /// There is none, or it is not text.
    Missing,
}

/// Reads the marker of one file, which names the environment that the file is for.
#[must_use]
pub fn marker(file: &Secrets, at: &Selector, accepted: &[&str]) -> Marker {
    match file.documents().next().and_then(|top| at.follow(top)) {
        Some(Value::Text(text)) if accepted.iter().any(|name| name.as_bytes() == text) => {
            Marker::Agrees
        }
        Some(Value::Text(_)) => Marker::Disagrees,
        _ => Marker::Missing,
    }
}

fn top(file: &Secrets) -> Result<Vec<(&str, Value<'_>)>, InjectError> {
    let mut documents = file.documents();
    let first = documents.next();
    if documents.next().is_some() {
        return Err(InjectError::SeveralDocuments {
            file: file.name().to_owned(),
        });
    }
    Ok(match first {
        Some(Value::Map(map)) => map.iter().collect(),
        _ => Vec::new(),
    })
}

fn follow<'s>(
    files: &'s [Secrets],
    name: &str,
    selector: &Selector,
) -> Result<Value<'s>, InjectError> {
    if selector.is_whole() && files.len() > 1 {
        return Err(InjectError::WholeOfSeveral {
            name: name.to_owned(),
        });
    }
    let mut found: Option<(&str, Value<'s>)> = None;
    for file in files {
        let Some(value) = file.documents().next().and_then(|top| selector.follow(top)) else {
            continue;
        };
        if let Some((first, _)) = found {
            return Err(InjectError::Twice {
                name: selector.to_string(),
                first: first.to_owned(),
                second: file.name().to_owned(),
            });
        }
        found = Some((file.name(), value));
    }
    found.map(|(_, value)| value).ok_or_else(|| {
        let names: Vec<&str> = files.iter().map(Secrets::name).collect();
        InjectError::NoSuchPath {
            name: name.to_owned(),
            path: selector.to_string(),
            file: names.join(", "),
        }
    })
}

fn unsayable(name: &str, what: &'static str) -> InjectError {
    InjectError::Unsayable {
        name: name.escape_debug().to_string(),
        what,
    }
}

/// A number as text; none where it is infinite or no number.
fn number(value: f64) -> Option<Text> {
    value
        .is_finite()
        .then(|| scalar::float_positional(value).as_str().into())
}

/// Calls for the text of every leaf below a value.
fn leaves(value: Value<'_>, take: &mut dyn FnMut(&[u8])) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Int(number) => take(Zeroizing::new(number.to_string()).as_bytes()),
        Value::Float(value) => take(scalar::float_positional(value).as_bytes()),
        Value::Text(text) => take(text),
        Value::Time(text) => take(text.as_bytes()),
        Value::Map(map) => map.iter().for_each(|(_, value)| leaves(value, take)),
        Value::List(list) => list.iter().for_each(|value| leaves(value, take)),
    }
}

#[cfg(test)]
mod tests;
