//! Values that a program reads as files.

use super::{InjectError, Injected, Injection, environment, json, unsayable};
use crate::secrets::{Secrets, Value};
use crate::selector::Selector;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// A file that a program is to get: a variable of its environment that names the file, and the value that
/// is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRequest {
    /// The variable.
    pub name: String,
    /// Where the value is; none for the key of that name.
    pub at: Option<Selector>,
}

/// A request that is not written as one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FileRequestError(String);

impl std::str::FromStr for FileRequest {
    type Err = FileRequestError;

    /// Reads `NAME`, or `NAME=PATH` where the path is one as in `map`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, at) = match text.split_once('=') {
            Some((name, at)) => (name, Some(at)),
            None => (text, None),
        };
        if !environment::is_name(name) {
            return Err(FileRequestError(format!(
                "`{}` cannot be the name of a variable; use letters, digits and `_`, and no digit first",
                name.escape_debug()
            )));
        }
        let at = at
            .map(|at| at.parse::<Selector>())
            .transpose()
            .map_err(|error| FileRequestError(error.to_string()))?;
        Ok(Self {
            name: name.to_owned(),
            at,
        })
    }
}

impl<'s> Injection<'s> {
    /// Finds the value of every requested file, and returns them by the names of their variables, with the
    /// keys that are in a file whole.
    ///
    /// Without a place, a value is that of the variable's own name: one that `map` gives, a key that is
    /// spelt the same, or the one key that is so in upper case.
    ///
    /// # Errors
    /// When a value is not there, or two variables are called the same.
    pub fn files(
        &self,
        secrets: &'s [Secrets],
        requests: &[FileRequest],
    ) -> Result<(Self, BTreeSet<String>), InjectError> {
        let mut values = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for request in requests {
            let value = match &request.at {
                None => {
                    let key = self.key_of_file(&request.name, secrets)?;
                    taken.insert(key.to_owned());
                    self.values.get(key).map(|injected| injected.value)
                }
                Some(at) => {
                    taken.extend(at.as_key().map(str::to_owned));
                    let documents =
                        |file: &'s Secrets| file.documents().next().and_then(|top| at.follow(top));
                    let mut found = secrets.iter().filter_map(documents);
                    let first = found.next();
                    if found.next().is_some() {
                        return Err(InjectError::FileTwice {
                            name: request.name.clone(),
                            path: at.to_string(),
                        });
                    }
                    first
                }
            };
            let value = value.ok_or_else(|| nothing_there(request, secrets))?;
            let injected = Injected {
                value,
                mapped: true,
                as_text: false,
            };
            if values.insert(request.name.clone(), injected).is_some() {
                return Err(InjectError::Collision {
                    name: request.name.clone(),
                    first: "--file".to_owned(),
                    second: "--file".to_owned(),
                });
            }
        }
        let files = Self {
            values,
            renamed: BTreeMap::new(),
        };
        Ok((files, taken))
    }

    /// Returns the key whose value a file of that name has.
    fn key_of_file(&self, name: &str, secrets: &[Secrets]) -> Result<&str, InjectError> {
        if let Some((key, _)) = self.values.get_key_value(name) {
            return Ok(key);
        }
        let mut alike = self
            .values
            .keys()
            .filter(|key| environment::named("", key) == name);
        match (alike.next(), alike.next()) {
            (Some(key), None) => Ok(key),
            (Some(first), Some(second)) => Err(InjectError::Collision {
                name: name.to_owned(),
                first: first.clone(),
                second: second.clone(),
            }),
            (None, _) => Err(nothing_there(
                &FileRequest {
                    name: name.to_owned(),
                    at: None,
                },
                secrets,
            )),
        }
    }

    /// Returns the text of every value as a file has it: a text as it is, anything else as one line of
    /// JSON would have it.
    ///
    /// # Errors
    /// When a value is null, or nothing that JSON can say.
    pub fn texts(&self) -> Result<BTreeMap<String, Zeroizing<Vec<u8>>>, InjectError> {
        let mut texts = BTreeMap::new();
        for (name, injected) in &self.values {
            let text = match injected.value {
                Value::Null => {
                    return Err(unsayable(
                        name,
                        "is null, and a file has to have something in it",
                    ));
                }
                Value::Text(bytes) => Zeroizing::new(bytes.to_vec()),
                Value::Time(time) => Zeroizing::new(time.as_bytes().to_vec()),
                other => {
                    let mut text = crate::tree::Text::default();
                    json::value(&mut text, other).map_err(|what| unsayable(name, what))?;
                    text.into_inner()
                }
            };
            texts.insert(name.clone(), text);
        }
        Ok(texts)
    }
}

fn nothing_there(request: &FileRequest, secrets: &[Secrets]) -> InjectError {
    let files: Vec<&str> = secrets.iter().map(Secrets::name).collect();
    InjectError::NoSuchFile {
        name: request.name.clone(),
        path: request.at.as_ref().map(Selector::to_string),
        files: files.join(", "),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::inject::tests::{secrets, text};
    use crate::tree::{Entry, Node, Scalar};

    #[test]
    fn requests_are_read_as_they_are_written() {
        for (text, expected) in [
            ("KUBECONFIG", Ok(("KUBECONFIG", None))),
            ("A=b.c", Ok(("A", Some("b.c")))),
            ("A=.", Ok(("A", Some(".")))),
            ("A=", Err("write a path")),
            ("1A", Err("cannot be the name")),
            ("A-B=c", Err("cannot be the name")),
            ("", Err("cannot be the name")),
        ] {
            match (text.parse::<FileRequest>(), expected) {
                (Ok(request), Ok((name, at))) => {
                    assert_eq!(request.name, name);
                    assert_eq!(request.at.map(|at| at.to_string()).as_deref(), at);
                }
                (Err(error), Err(expected)) => {
                    assert!(error.to_string().contains(expected), "{text}: {error}");
                }
                (got, _) => unreachable!("{text}: {got:?}"),
            }
        }
    }

    #[test]
    fn a_file_has_the_value_that_is_asked_for() {
        let map = |key: &str, node| Node::Map(vec![Entry::Pair(key.to_owned(), node)]);
        let files = [secrets(
            "s.yaml",
            vec![
                ("kubeconfig", text("a\nb")),
                ("service", map("account", map("key", text("x")))),
                ("number", Node::Scalar(Scalar::Int(5))),
                ("nothing", Node::Scalar(Scalar::Null)),
                ("sa", text("1")),
                ("SA", text("2")),
                ("s-a", text("3")),
                ("s_a", text("4")),
            ],
        )];
        let injection = Injection::new(&files, &BTreeMap::new()).unwrap();
        let get = |text: &str| {
            let (files, taken) = injection.files(&files, &[text.parse().unwrap()])?;
            let texts = files.texts()?;
            let value = texts.into_values().next().unwrap();
            Ok::<_, InjectError>((
                String::from_utf8(value.to_vec()).unwrap(),
                taken.into_iter().collect::<Vec<_>>().join(","),
            ))
        };
        for (request, value, taken) in [
            ("KUBECONFIG", "a\nb", "kubeconfig"),
            ("X=kubeconfig", "a\nb", "kubeconfig"),
            ("X=service.account", "{\"key\":\"x\"}", ""),
            ("X=service.account.key", "x", ""),
            ("X=number", "5", "number"),
            // What is spelt the same is meant.
            ("SA", "2", "SA"),
        ] {
            assert_eq!(
                get(request).unwrap(),
                (value.to_owned(), taken.to_owned()),
                "{request}"
            );
        }
        for (request, expected) in [
            ("OTHER", "no secret is called `OTHER`"),
            ("X=service.nothing", "no secret is at `service.nothing`"),
            ("NOTHING", "`NOTHING` is null"),
            ("S_A", "both become"),
        ] {
            let error = get(request).unwrap_err().to_string();
            assert!(error.contains(expected), "{request}: {error}");
        }
        let twice = ["X=number".parse().unwrap(), "X=sa".parse().unwrap()];
        assert!(injection.files(&files, &twice).is_err());
    }
}
