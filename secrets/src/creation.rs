//! `.sops.yaml`: to whom a new file is encrypted, and which of its leaves.
//!
//! The first rule counts whose `path_regex` matches the file's path relative to the `.sops.yaml`, or
//! that has none. SOPS looks for `.sops.yaml` from the working directory upwards; Tollgate from the
//! file's own directory, so that the answer does not depend on where a command runs.

mod recipients;

use crate::file::marks::{Content, Mark, Marks};
use crate::file::{Format, parse_documents, scalar_text};
use crate::keys::Recipient;
use crate::selection::Selection;
use crate::tree::Node;
use regex::Regex;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The name of the file.
const NAME: &str = ".sops.yaml";
/// What a compiled `path_regex` may occupy, in bytes.
const EXPRESSION_LIMIT: usize = 1 << 20;
/// The fields of which a rule may have one.
const SELECTIONS: [&str; 6] = [
    "unencrypted_suffix",
    "encrypted_suffix",
    "unencrypted_regex",
    "encrypted_regex",
    "unencrypted_comment_regex",
    "encrypted_comment_regex",
];

/// The rules of one `.sops.yaml`.
#[derive(Debug)]
pub struct CreationRules {
    path: PathBuf,
    rules: Vec<CreationRule>,
}

/// One entry of `creation_rules`.
#[derive(Debug)]
pub struct CreationRule {
    /// Where it begins in its file, from 1.
    pub line: usize,
    /// Its recipients; with several groups each holds a share of the data key.
    pub groups: Vec<Vec<Recipient>>,
    /// How many groups a reader needs; none means all.
    pub shamir_threshold: Option<usize>,
    /// Whether only encrypted leaves count for the message authentication code.
    pub mac_only_encrypted: bool,
    /// The metadata field that selects what is encrypted, and its value.
    pub selection: Option<(&'static str, String)>,
    path_regex: Option<PathRegex>,
}

#[derive(Debug)]
struct PathRegex {
    line: usize,
    /// None when it does not compile; that matters once no rule above it matches.
    regex: Option<Regex>,
}

/// Why there is no rule for a file.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {problem}", file.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct CreationError {
    /// The `.sops.yaml`, or the file that wants one.
    pub file: PathBuf,
    /// From 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: CreationProblem,
}

/// What is wrong with a `.sops.yaml`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreationProblem {
    /// No `.sops.yaml` above the file.
    #[error("there is no .sops.yaml in its directory or above, so nothing says to whom to encrypt")]
    Missing,
    /// The operating system refuses.
    #[error("cannot be read: {}", crate::error::in_words(*.0))]
    Io(std::io::ErrorKind),
    /// It is not the YAML that SOPS expects.
    #[error("{0}")]
    Syntax(String),
    /// The file has no rules at all.
    #[error("has no `creation_rules`")]
    NoRules,
    /// No rule is for the file.
    #[error("no rule of `creation_rules` matches {0}")]
    NoMatch(String),
    /// A field holds what does not belong there.
    #[error("`{field}` {what}")]
    Field {
        /// Its name.
        field: &'static str,
        /// As a fragment.
        what: &'static str,
    },
    /// An identity where a recipient belongs. It is not repeated.
    #[error("`age` holds a private key, not a recipient")]
    PrivateKey,
    /// The rule names nobody.
    #[error("the rule names no recipient, so nobody could read the file")]
    NoRecipient,
}

impl CreationError {
    /// Returns the one next step, where there is one.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match &self.problem {
            CreationProblem::Missing => {
                "create one: `printf 'creation_rules:\\n  - age: YOUR_AGE_RECIPIENT\\n' > .sops.yaml`"
                    .to_owned()
            }
            CreationProblem::NoMatch(_) => {
                "add a rule for it, or one without `path_regex` at the end, which matches every file"
                    .to_owned()
            }
            CreationProblem::NoRules => "add `creation_rules:` with one entry".to_owned(),
            CreationProblem::NoRecipient => "add `age: YOUR_AGE_RECIPIENT` to it".to_owned(),
            CreationProblem::PrivateKey => {
                "put its public key there (`age-keygen -y KEYFILE`), and replace the key if anybody else could read it"
                    .to_owned()
            }
            _ => return None,
        })
    }
}

impl CreationRules {
    /// Finds the `.sops.yaml` for a file: in its directory or the nearest one above.
    #[must_use]
    pub fn find(file: &Path) -> Option<PathBuf> {
        let absolute = std::path::absolute(file).ok()?;
        absolute
            .ancestors()
            .skip(1)
            .map(|directory| directory.join(NAME))
            .find(|path| path.is_file())
    }

    /// Reads a `.sops.yaml`.
    ///
    /// # Errors
    /// When it cannot be read or does not hold rules; says file and line, never source text.
    pub fn read(path: &Path) -> Result<Self, CreationError> {
        let text = std::fs::read(path).map_err(|error| CreationError {
            file: path.to_owned(),
            line: None,
            problem: CreationProblem::Io(error.kind()),
        })?;
        Self::parse(path, &text)
    }

    /// Parses a `.sops.yaml` that is already in memory.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(path: &Path, text: &[u8]) -> Result<Self, CreationError> {
        let error = |line, problem| CreationError {
            file: path.to_owned(),
            line,
            problem,
        };
        let mut marks = Marks::on();
        let documents = parse_documents(text, Format::Yaml, &mut marks).map_err(|problem| {
            let line = match &problem {
                crate::Problem::Syntax { line, .. } | crate::Problem::Conflict { line } => {
                    Some(*line)
                }
                _ => None,
            };
            error(line, CreationProblem::Syntax(problem.to_string()))
        })?;
        let marks = marks.finish();
        let source = Source {
            path,
            text: text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text),
        };
        let (Some(document), Some(mark)) = (documents.first(), marks.first()) else {
            return Err(error(None, CreationProblem::NoRules));
        };
        let (Some(list), Some(entry)) =
            (document.get("creation_rules"), mark.entry("creation_rules"))
        else {
            return Err(error(None, CreationProblem::NoRules));
        };
        if !matches!(list, Node::List(_)) {
            return Err(source.field(&entry.key_span, "creation_rules", "is not a list"));
        }
        let rules = list
            .items()
            .zip(entry.value.items())
            .map(|(node, mark)| source.rule(node, mark))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            path: path.to_owned(),
            rules,
        })
    }

    /// Finds, reads and asks the `.sops.yaml` for a file.
    ///
    /// # Errors
    /// When there is none, it cannot be used, or it has no rule for the file.
    pub fn rule_of(file: &Path) -> Result<CreationRule, CreationError> {
        let Some(path) = Self::find(file) else {
            return Err(CreationError {
                file: file.to_owned(),
                line: None,
                problem: CreationProblem::Missing,
            });
        };
        let mut rules = Self::read(&path)?;
        let index = rules.index_for(file)?;
        Ok(rules.rules.swap_remove(index))
    }

    /// Returns the first rule that matches a file; the file need not exist.
    ///
    /// # Errors
    /// When none matches, or a rule that comes to be tested has no valid expression.
    pub fn rule_for(&self, file: &Path) -> Result<&CreationRule, CreationError> {
        self.index_for(file).map(|index| &self.rules[index])
    }

    fn index_for(&self, file: &Path) -> Result<usize, CreationError> {
        let relative = relative(file, &self.path);
        for (index, rule) in self.rules.iter().enumerate() {
            match &rule.path_regex {
                None => return Ok(index),
                Some(PathRegex { line, regex: None }) => {
                    return Err(CreationError {
                        file: self.path.clone(),
                        line: Some(*line),
                        problem: CreationProblem::Field {
                            field: "path_regex",
                            what: "is no valid regular expression",
                        },
                    });
                }
                Some(PathRegex {
                    regex: Some(regex), ..
                }) if regex.is_match(&relative) => return Ok(index),
                Some(_) => {}
            }
        }
        Err(CreationError {
            file: self.path.clone(),
            line: None,
            problem: CreationProblem::NoMatch(relative.escape_debug().to_string()),
        })
    }

    /// Returns the file that the rules are from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns all rules, in file order.
    #[must_use]
    pub fn rules(&self) -> &[CreationRule] {
        &self.rules
    }
}

impl CreationRule {
    /// Returns the recipients of all groups.
    pub fn recipients(&self) -> impl Iterator<Item = &Recipient> {
        self.groups.iter().flatten()
    }
}

/// Returns a file's path relative to the directory of the `.sops.yaml`, as SOPS matches it.
fn relative(file: &Path, rules: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let file = absolute(file);
    let rules = absolute(rules);
    let relative = rules
        .parent()
        .and_then(|directory| file.strip_prefix(directory).ok())
        .unwrap_or(&file);
    relative.to_string_lossy().replace('\\', "/")
}

/// The text of a `.sops.yaml`, to say lines.
struct Source<'a> {
    path: &'a Path,
    text: &'a [u8],
}

impl Source<'_> {
    fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        before.iter().filter(|&&byte| byte == b'\n').count() + 1
    }

    fn error(&self, at: usize, problem: CreationProblem) -> CreationError {
        CreationError {
            file: self.path.to_owned(),
            line: Some(self.line(at)),
            problem,
        }
    }

    fn field(&self, at: &Range<usize>, field: &'static str, what: &'static str) -> CreationError {
        self.error(at.start, CreationProblem::Field { field, what })
    }

    fn rule(&self, node: &Node, mark: &Mark) -> Result<CreationRule, CreationError> {
        let start = mark.span.start;
        if !matches!(mark.content, Content::Map { .. }) {
            let at = start..start;
            return Err(self.field(&at, "creation_rules", "has an element that is not a map"));
        }
        let field = |name: &str| {
            node.get(name)
                .and_then(scalar_text)
                .filter(|text| !text.is_empty())
        };
        let place = |name: &str| {
            mark.entry(name)
                .map_or(start..start, |entry| entry.key_span.clone())
        };
        let mut selections: Vec<(&'static str, String)> = SELECTIONS
            .into_iter()
            .filter_map(|name| field(name).map(|value| (name, value)))
            .collect();
        if let [_, (second, _), ..] = selections.as_slice() {
            return Err(self.field(
                &place(second),
                second,
                "is one rule too many: only one may select what is encrypted",
            ));
        }
        let selection = selections.pop();
        if let Some((name, _)) = &selection {
            let wanted = selection.as_ref();
            let built = Selection::new(|field| {
                wanted
                    .filter(|(name, _)| *name == field)
                    .map(|(_, value)| value.clone())
            });
            if built.is_err() {
                return Err(self.field(&place(name), name, "is no valid regular expression"));
            }
        }
        let shamir_threshold = match field("shamir_threshold").map(|text| text.parse()) {
            None | Some(Ok(0)) => None,
            Some(Ok(threshold)) => Some(threshold),
            Some(Err(_)) => {
                let at = place("shamir_threshold");
                return Err(self.field(&at, "shamir_threshold", "is not a number"));
            }
        };
        let mac_only_encrypted = match field("mac_only_encrypted").as_deref() {
            None => false,
            Some(text) => crate::scalar::parse_bool(text).ok_or_else(|| {
                let at = place("mac_only_encrypted");
                self.field(&at, "mac_only_encrypted", "is neither true nor false")
            })?,
        };
        let path_regex = field("path_regex").map(|text| PathRegex {
            line: self.line(place("path_regex").start),
            regex: regex::RegexBuilder::new(&text)
                .size_limit(EXPRESSION_LIMIT)
                .build()
                .ok(),
        });
        Ok(CreationRule {
            line: self.line(start),
            groups: self.groups(node, mark)?,
            shamir_threshold,
            mac_only_encrypted,
            selection,
            path_regex,
        })
    }
}

#[cfg(test)]
mod tests;
