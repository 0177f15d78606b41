//! `.sops.yaml`: to whom a new file is encrypted, and which of its leaves.
//!
//! The first rule counts whose `path_regex` matches the file's path relative to the `.sops.yaml`, or
//! that has none. SOPS looks for `.sops.yaml` from the working directory upwards; Tollgate from the
//! file's own directory, so that the answer does not depend on where a command runs.

mod change;
mod recipients;

pub use change::RuleChange;

use crate::error::shell_word;
use crate::file::marks::{Mark, Marks};
use crate::file::{Format, parse_documents, scalar_text};
use crate::keys::Recipient;
use crate::selection::{SELECTIONS, Selection};
use crate::tree::{Entry, Item, Node};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The name of the file.
const NAME: &str = ".sops.yaml";
/// Other names that are no `.sops.yaml` to anybody.
const OTHER_NAMES: [&str; 4] = [".sops.yml", "sops.yaml", "sops.yml", ".sops.json"];
/// The fields of a rule besides those of [`SELECTIONS`].
const FIELDS: [&str; 11] = [
    "path_regex",
    "kms",
    "aws_profile",
    "age",
    "pgp",
    "gcp_kms",
    "hckms",
    "azure_keyvault",
    "hc_vault_transit_uri",
    "key_groups",
    "shamir_threshold",
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
    /// The fields that SOPS does not know, and passes over: their names, their lines and what may be
    /// meant.
    pub unknown: Vec<UnknownField>,
    path_regex: Option<PathRegex>,
}

/// A field of a rule that SOPS passes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownField {
    /// As written.
    pub name: String,
    /// From 1.
    pub line: usize,
    /// The field that it is nearly called.
    pub meant: Option<&'static str>,
}

#[derive(Debug)]
struct PathRegex {
    line: usize,
    /// None when it does not compile; that matters once no rule above it matches.
    regex: Option<regex::bytes::Regex>,
    text: String,
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
    #[error("there is no .sops.yaml in its directory or above, so nothing says to whom to encrypt{}", match .beside {
        Some(path) => format!("; {} is not called so, and counts neither here nor for sops", path.display()),
        None => String::new(),
    })]
    Missing {
        /// A file that may be meant to be one.
        beside: Option<PathBuf>,
    },
    /// A field that SOPS passes over, where another one is meant.
    #[error("`{name}` is no field of a rule, and sops passes over it: who the recipients of a file are does not depend on it{}", match .meant {
        Some(meant) => format!("; is `{meant}` meant?"),
        None => String::new(),
    })]
    Unknown {
        /// As written.
        name: String,
        /// The field that it is nearly called.
        meant: Option<&'static str>,
    },
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
            CreationProblem::Missing { beside: Some(path) } => format!(
                "give it the name: `mv {} {}`",
                shell_word(&path.display().to_string()),
                shell_word(&path.with_file_name(NAME).display().to_string())
            ),
            CreationProblem::Missing { beside: None } => {
                let name = self.file.file_name().unwrap_or_default().to_string_lossy();
                // In double quotes of YAML, inside of single quotes of a shell, inside of `printf`.
                let name = regex::escape(&name)
                    .replace('\\', "\\\\\\\\")
                    .replace('"', "\\\\\"")
                    .replace('%', "%%")
                    .replace('\'', ".");
                // Added and not written over: what is there may be the rules of other files.
                format!(
                    "create one, with a rule for this file alone: `printf 'creation_rules:\\n  - path_regex: \"(^|/){name}$\"\\n    age: YOUR_AGE_RECIPIENT\\n' >> {}`",
                    crate::error::shell_name(&place_for(&self.file).display().to_string())
                )
            }
            CreationProblem::Unknown { meant: Some(meant), .. } => {
                format!("correct it to `{meant}`")
            }
            CreationProblem::Unknown { meant: None, .. } => "take it out".to_owned(),
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
    /// Finds the `.sops.yaml` for a file: in its directory or the nearest one above, as far as the
    /// repository goes.
    ///
    /// What stands above the repository is somebody else's: on a machine that several people use, it
    /// would decide who reads this one's secrets.
    #[must_use]
    pub fn find(file: &Path) -> Option<PathBuf> {
        in_repository(file)
            .into_iter()
            .map(|directory| directory.join(NAME))
            .find(|path| path.is_file())
    }

    /// Finds what is called nearly as a `.sops.yaml`.
    fn beside(file: &Path) -> Option<PathBuf> {
        in_repository(file)
            .iter()
            .flat_map(|directory| OTHER_NAMES.map(|name| directory.join(name)))
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
        let mut documents = parse_documents(text, Format::Yaml, &mut marks).map_err(|problem| {
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
        if let Some(document) = documents.first_mut() {
            merge(document, &mut MERGED_LIMIT.clone())
                .ok_or_else(|| error(None, CreationProblem::Syntax(TOO_MUCH.to_owned())))?;
        }
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
        // Behind an alias nothing has a place of its own.
        let marks = entry.value.items();
        let rules = list
            .items()
            .enumerate()
            .map(|(nth, node)| source.rule(node, marks.get(nth).unwrap_or(&entry.value)))
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
                problem: CreationProblem::Missing {
                    beside: Self::beside(file),
                },
            });
        };
        Self::read(&path)?.take_rule_for(file)
    }

    /// Takes out the first rule that matches a file; the file need not exist.
    ///
    /// # Errors
    /// As [`Self::rule_for`].
    pub fn take_rule_for(&mut self, file: &Path) -> Result<CreationRule, CreationError> {
        let index = self.index_for(file)?;
        Ok(self.rules.swap_remove(index))
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
            if let Some(field) = rule.unknown.iter().find(|field| field.meant.is_some()) {
                // Which file the rule is for, and who reads it, is not what its author thinks.
                return Err(CreationError {
                    file: self.path.clone(),
                    line: Some(field.line),
                    problem: CreationProblem::Unknown {
                        name: field.name.escape_debug().to_string(),
                        meant: field.meant,
                    },
                });
            }
            match &rule.path_regex {
                None => return Ok(index),
                Some(PathRegex {
                    line, regex: None, ..
                }) => {
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
                }) if regex.is_match(relative.as_bytes()) => return Ok(index),
                Some(_) => {}
            }
        }
        Err(CreationError {
            file: self.path.clone(),
            line: None,
            problem: CreationProblem::NoMatch(relative.escape_debug().to_string()),
        })
    }

    /// Returns the rules that would be for a file if the first that matches did not count; that one first.
    #[must_use]
    pub fn matching(&self, file: &Path) -> Vec<&CreationRule> {
        let relative = relative(file, &self.path);
        let matches = |rule: &&CreationRule| match &rule.path_regex {
            None => true,
            Some(PathRegex { regex, .. }) => regex
                .as_ref()
                .is_some_and(|regex| regex.is_match(relative.as_bytes())),
        };
        self.rules.iter().filter(matches).collect()
    }

    /// Returns the encrypted files that the rules at these lines are for, in the directory of the rules and
    /// below it, in their order.
    ///
    /// # Errors
    /// When there are too many files to look at all of them.
    pub fn files_of(&self, lines: &[usize]) -> Result<Vec<PathBuf>, TooManyFiles> {
        let top = self.path.parent().unwrap_or(Path::new("."));
        let mut folders = vec![top.to_owned()];
        let mut found = Vec::new();
        let mut left = MOST_FILES;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                left = left.checked_sub(1).ok_or(TooManyFiles)?;
                let path = entry.path();
                let Ok(kind) = entry.file_type() else {
                    continue;
                };
                if kind.is_dir() {
                    // Another repository, or another `.sops.yaml`, has rules of its own.
                    let own = path.join(".git").symlink_metadata().is_ok();
                    let skipped = SKIPPED.iter().any(|name| entry.file_name() == *name);
                    if !own && !skipped && !path.join(NAME).is_file() {
                        folders.push(path);
                    }
                } else if path.is_file()
                    && self
                        .rule_for(&path)
                        .is_ok_and(|rule| lines.contains(&rule.line))
                    && may_be_encrypted(&path)
                    && crate::SecretsFile::read_as_any(&path).is_some()
                {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
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

    /// Returns the rules that no file ever comes to, each with the line of the one that takes all of its
    /// files: one that is for everything, or has the same expression.
    #[must_use]
    pub fn shadowed(&self) -> Vec<(&CreationRule, usize)> {
        let text = |rule: &CreationRule| rule.path_regex.as_ref().map(|regex| regex.text.clone());
        let mut found = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let own = text(rule);
            let earlier = self.rules.iter().take(index).find(|earlier| {
                let other = text(earlier);
                other == own || other.is_none_or(|other| is_everything(&other))
            });
            if let Some(earlier) = earlier {
                found.push((rule, earlier.line));
            }
        }
        found
    }
}

/// How many files and directories are looked at.
const MOST_FILES: usize = 200_000;
/// Directories that hold nothing of the user's own.
const SKIPPED: [&str; 4] = [".git", ".terraform", "node_modules", "target"];

/// More files than can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyFiles;

/// Tells whether a file may be one that sops encrypted, without parsing all that is none.
fn may_be_encrypted(path: &Path) -> bool {
    const LEAST: u64 = 100;
    const MOST: u64 = 32 << 20;
    let fits = path
        .metadata()
        .is_ok_and(|metadata| (LEAST..=MOST).contains(&metadata.len()));
    fits && std::fs::read_to_string(path)
        .is_ok_and(|text| text.contains("ENC[AES256_GCM,") && text.contains("sops"))
}

/// Tells whether an expression matches every path.
fn is_everything(expression: &str) -> bool {
    matches!(
        expression.trim_start_matches('^').trim_end_matches('$'),
        "" | ".*" | ".+" | "(.*)" | "(.+)"
    )
}

/// Returns where a `.sops.yaml` that is found for a file can be made: here, if here is above the file and
/// in its repository, or in the file's own directory, as far as that exists.
fn place_for(file: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    if here.is_some_and(|here| in_repository(file).contains(&here)) {
        return PathBuf::from(NAME);
    }
    file.ancestors()
        .skip(1)
        .find(|directory| directory.is_dir())
        .unwrap_or(Path::new(""))
        .join(NAME)
}

/// Returns a path from the root on, without `..`: the directories above `../x` are not those above here.
fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    let mut whole = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        if part == std::path::Component::ParentDir {
            // What is above a link is above what it leads to.
            whole = whole.canonicalize().unwrap_or(whole);
            whole.pop();
        } else {
            whole.push(part);
        }
    }
    Ok(whole)
}

/// Returns the directories above a file, as far as its repository goes.
fn in_repository(file: &Path) -> Vec<PathBuf> {
    let Ok(absolute) = absolute(file) else {
        return Vec::new();
    };
    let mut directories = Vec::new();
    for directory in absolute.ancestors().skip(1) {
        directories.push(directory.to_owned());
        if directory.join(".git").symlink_metadata().is_ok() {
            break;
        }
    }
    directories
}

/// How many entries merge keys may bring in.
const MERGED_LIMIT: usize = 10_000;
const TOO_MUCH: &str = "merges more than any rules need";

/// Puts the entries of `<<` where it stands, as the YAML library of SOPS does: what is written beside it
/// counts, and of several maps the first. None where that is too much.
fn merge(node: &mut Node, left: &mut usize) -> Option<()> {
    match node {
        Node::Scalar(_) => {}
        Node::List(items) => {
            for item in items {
                if let Item::Node(node) = item {
                    merge(node, left)?;
                }
            }
        }
        Node::Map(entries) => {
            for entry in entries.iter_mut() {
                if let Entry::Pair(_, node) = entry {
                    merge(node, left)?;
                }
            }
            let mut merged = Vec::new();
            entries.retain(|entry| match entry {
                Entry::Pair(key, value) if key == "<<" => {
                    match value {
                        Node::List(_) => merged.extend(value.items().cloned()),
                        value => merged.push(value.clone()),
                    }
                    false
                }
                _ => true,
            });
            for node in merged {
                let Node::Map(more) = node else { continue };
                for entry in more {
                    let Entry::Pair(key, value) = entry else {
                        continue;
                    };
                    let known = entries
                        .iter()
                        .any(|entry| matches!(entry, Entry::Pair(name, _) if *name == key));
                    if !known {
                        *left = left.checked_sub(1)?;
                        entries.push(Entry::Pair(key, value));
                    }
                }
            }
        }
    }
    Some(())
}

/// Returns the field that a name nearly is.
fn nearly(name: &str) -> Option<&'static str> {
    let plain = |name: &str| -> String {
        name.chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let own = plain(name);
    let known = FIELDS
        .into_iter()
        .chain(SELECTIONS)
        .chain(["mac_only_encrypted"]);
    // Names of up to three letters are near to everything.
    let near = |field: &str| {
        let field = plain(field);
        field == own
            || field.len() > 3
                && (distance(&field, &own) <= 1 || field.len() > 6 && distance(&field, &own) <= 2)
    };
    let aliases = [
        ("regex", "path_regex"),
        ("path", "path_regex"),
        ("file_regex", "path_regex"),
        ("filename_regex", "path_regex"),
        ("recipients", "age"),
        ("ages", "age"),
        ("arn", "kms"),
        ("kms_arn", "kms"),
        ("vault_uri", "hc_vault_transit_uri"),
        ("hc_vault", "hc_vault_transit_uri"),
    ];
    let nearest = known
        .into_iter()
        .filter(|field| near(field))
        .min_by_key(|field| distance(&plain(field), &own));
    nearest.or_else(|| {
        aliases
            .into_iter()
            .find_map(|(alias, field)| (plain(alias) == own).then_some(field))
    })
}

/// How many letters have to be put in, taken out or exchanged.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (nth, letter) in one.chars().take(64).enumerate() {
        let mut last = nth;
        if let Some(first) = row.first_mut() {
            *first = nth + 1;
        }
        for (at, against) in other.iter().enumerate() {
            let (above, left) = (
                row.get(at + 1).copied().unwrap_or(0),
                row.get(at).copied().unwrap_or(0),
            );
            let best = (last + usize::from(letter != *against))
                .min(above + 1)
                .min(left + 1);
            last = above;
            if let Some(cell) = row.get_mut(at + 1) {
                *cell = best;
            }
        }
    }
    row.last().copied().unwrap_or(0)
}

impl CreationRule {
    /// Tells whether the rule is for every file.
    #[must_use]
    pub fn is_for_everything(&self) -> bool {
        self.path_regex
            .as_ref()
            .is_none_or(|regex| is_everything(&regex.text))
    }

    /// Returns the expression that says which files the rule is for, as it is written.
    #[must_use]
    pub fn pattern(&self) -> Option<&str> {
        self.path_regex.as_ref().map(|regex| regex.text.as_str())
    }

    /// Returns who can open a file that is made by the rule.
    #[must_use]
    pub fn readers(&self) -> crate::seal::Readers {
        crate::seal::Readers {
            groups: self.groups.clone(),
            threshold: if self.groups.len() > 1 {
                self.shamir_threshold.unwrap_or(self.groups.len())
            } else {
                0
            },
        }
    }

    /// Returns the recipients of all groups.
    pub fn recipients(&self) -> impl Iterator<Item = &Recipient> {
        self.groups.iter().flatten()
    }
}

/// Returns a file's path relative to the directory of the `.sops.yaml`, as SOPS matches it.
fn relative(file: &Path, rules: &Path) -> String {
    let absolute = |path: &Path| absolute(path).unwrap_or_else(|_| path.to_owned());
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
        let Node::Map(entries) = node else {
            let at = start..start;
            return Err(self.field(&at, "creation_rules", "has an element that is not a map"));
        };
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
            regex: crate::expression::compile(&text),
            text,
        });
        let unknown = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Pair(name, _) => Some(name),
                Entry::Comment(_) => None,
            })
            .filter(|name| {
                let name = name.as_str();
                !FIELDS.contains(&name)
                    && !SELECTIONS.contains(&name)
                    && name != "mac_only_encrypted"
            })
            .map(|name| UnknownField {
                name: name.clone(),
                line: self.line(place(name).start),
                meant: nearly(name),
            })
            .collect();
        Ok(CreationRule {
            unknown,
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
