//! Files of cases: what a policy is asked, and what it is expected to find.

mod changes;
mod expect;
mod read;

use std::fs;
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;
use tollgate_model::error::UserError;
use tollgate_model::rule::{Cause, Outcome};
use tollgate_policy::Path as AttributePath;
use toml::de::DeTable;

pub use self::expect::{CAUSES, OUTCOMES};
use super::module;
use crate::config::read::{At, Mistakes};
use crate::config::syntax;
use crate::diagnostic::{Diagnostic, Place, SourceFile, quoted};

/// The largest file of cases that is read, in bytes.
const MAX_SIZE: u64 = 8 << 20;

/// The most files of cases of a folder.
const MAX_FILES: usize = 1_000;

/// A file of cases.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// Where it is.
    pub path: PathBuf,
    /// As it was named and read.
    pub source: Arc<SourceFile>,
    /// In the order of the file.
    pub cases: Vec<Case>,
}

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows; unique in its file.
    pub name: At<String>,
    /// What is judged.
    pub plan: PlanOf,
    /// The name of the environment, and whether it is protected.
    pub environment: (String, bool),
    /// The settings of the policy, and where they are written, if they are.
    pub settings: (Json, Option<Range<usize>>),
    /// Documents that the policy reads, by name.
    pub documents: Vec<(String, At<Content>)>,
    /// What is expected; none only where it is to be written down.
    pub expected: Option<Expected>,
}

/// The plan of a case.
#[derive(Clone, Debug)]
pub enum PlanOf {
    /// A file, relative to the file of cases.
    File(At<PathBuf>),
    /// What the case writes out, as JSON; and the places of its changes.
    Inline {
        /// The plan.
        text: String,
        /// Every `[[case.changes]]`, with its address.
        changes: Vec<At<String>>,
        /// What they say of attributes that neither side has.
        named: Vec<Named>,
    },
}

/// An attribute of which a change says something besides its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The address of the change.
    pub address: String,
    /// `after_unknown` or `references`.
    pub key: &'static str,
    /// The attribute.
    pub path: AttributePath,
    /// As it is written.
    pub shown: String,
}

/// A document of a case.
#[derive(Clone, Debug)]
pub enum Content {
    /// A file, relative to the file of cases.
    File(PathBuf),
    /// Written out.
    Inline(String),
}

/// What a case expects.
#[derive(Clone, Debug)]
pub enum Expected {
    /// These findings.
    Findings {
        /// In the order of the file.
        list: Vec<Expectation>,
        /// The value of `expect`.
        at: Range<usize>,
        /// Whether others may be there too.
        others: bool,
    },
    /// That the policy cannot judge: a part of what it says, or the code of the failure.
    Error(At<String>),
}

/// A finding that is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The rule.
    pub rule: String,
    /// The address; none for a finding about the plan as a whole.
    pub address: Option<String>,
    /// The deposed key.
    pub deposed: Option<String>,
    /// What the policy says.
    pub outcome: Outcome,
    /// Where it comes from, if that matters.
    pub cause: Option<Cause>,
    /// A part of the message, if that matters.
    pub message: Option<String>,
    /// The attributes, if they matter.
    pub attributes: Option<Vec<String>>,
    /// Where it is written.
    pub at: Range<usize>,
}

/// Why cases cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CasesError {
    /// A file cannot be read.
    #[error("cannot read the cases in {}: {cause}", quoted(.path))]
    Read {
        /// As it was named.
        path: String,
        /// From the operating system.
        cause: std::io::Error,
    },
    /// A file is larger than any that people write.
    #[error("{} is larger than {} MiB, which no file of cases is", quoted(.0), MAX_SIZE >> 20)]
    TooLarge(String),
    /// A file is not text.
    #[error("{} is not UTF-8; save it as UTF-8", quoted(.0))]
    NotText(String),
    /// There are none.
    #[error("{} has no cases", quoted(.0))]
    None(String),
    /// There are more files than anybody reads.
    #[error("{} has more than {MAX_FILES} files of cases", quoted(.0))]
    Many(String),
    /// Files have mistakes.
    #[error("{}", rendered(.0, false))]
    Mistakes(Vec<Diagnostic>),
}

impl UserError for CasesError {
    fn help(&self) -> Option<String> {
        match self {
            Self::None(_) => Some(
                "write one, such as tests/cases.toml: `[[case]]` with `name`, `plan` or `changes`, and `expect`"
                    .to_owned(),
            ),
            Self::Read { .. } => Some("name the folder of the policy".to_owned()),
            Self::Many(_) => Some("name one of them: --cases FILE".to_owned()),
            Self::TooLarge(_) | Self::NotText(_) | Self::Mistakes(_) => None,
        }
    }

    fn render(&self, color: bool) -> String {
        match self {
            Self::Mistakes(mistakes) => rendered(mistakes, color),
            other => Diagnostic::of(other).render(color),
        }
    }
}

fn rendered(mistakes: &[Diagnostic], color: bool) -> String {
    let mistakes = mistakes.iter().map(|mistake| mistake.render(color));
    mistakes.collect::<Vec<_>>().join("\n\n")
}

/// Finds the files of cases of a policy: `tests/*.toml` of its folder.
///
/// # Errors
/// When there are none.
pub fn find(folder: &Path) -> Result<Vec<PathBuf>, CasesError> {
    in_folder(&module::within(folder, "tests"))
}

/// Returns the files of cases that a path stands for: itself, or those of a folder.
///
/// # Errors
/// When there are none.
pub fn in_folder(path: &Path) -> Result<Vec<PathBuf>, CasesError> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let shown = || path.display().to_string();
    let mut files = Vec::new();
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let file = entry.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "toml")
            && file.is_file()
        {
            files.push(file);
        }
        if files.len() > MAX_FILES {
            return Err(CasesError::Many(shown()));
        }
    }
    if files.is_empty() {
        return Err(CasesError::None(shown()));
    }
    files.sort();
    Ok(files)
}

impl CaseFile {
    /// Reads a file of cases. With `to_write` a case may leave out what it expects.
    ///
    /// # Errors
    /// When it cannot be read, or has mistakes: all of them.
    pub fn load(path: &Path, to_write: bool) -> Result<Self, CasesError> {
        let shown = path.display().to_string();
        let mut bytes = Vec::new();
        fs::File::open(path)
            .and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut bytes))
            .map_err(|cause| CasesError::Read {
                path: shown.clone(),
                cause,
            })?;
        if bytes.len() as u64 > MAX_SIZE {
            return Err(CasesError::TooLarge(shown));
        }
        let text = String::from_utf8(bytes).map_err(|_| CasesError::NotText(shown.clone()))?;
        let source = Arc::new(SourceFile { path: shown, text });
        Self::read(path, source, to_write)
    }

    fn read(path: &Path, source: Arc<SourceFile>, to_write: bool) -> Result<Self, CasesError> {
        let mut mistakes = Vec::new();
        let cases = {
            let (document, errors) = DeTable::parse_recoverable(&source.text);
            if errors.is_empty() {
                read::file(&document, to_write, &mut mistakes)
            } else {
                mistakes.extend(errors.iter().map(|error| {
                    let mistake = syntax(&source.text, error);
                    match is_null(&source.text, mistake.span.start) {
                        true => mistake.help("TOML has no null: write `{ \"$null\" = true }`"),
                        false => mistake,
                    }
                }));
                Vec::new()
            }
        };
        let file = Self {
            path: path.to_owned(),
            source,
            cases,
        };
        if mistakes.is_empty() && file.cases.is_empty() {
            return Err(CasesError::None(file.source.path.clone()));
        }
        match file.diagnostics(mistakes) {
            none if none.is_empty() => Ok(file),
            some => Err(CasesError::Mistakes(some)),
        }
    }

    /// Ties mistakes to this file, in the order of their places.
    pub(crate) fn diagnostics(&self, mut mistakes: Mistakes) -> Vec<Diagnostic> {
        mistakes.sort_by(|a, b| {
            (a.span.start, a.span.end, &a.title).cmp(&(b.span.start, b.span.end, &b.title))
        });
        mistakes.dedup();
        let mistakes = mistakes.into_iter();
        mistakes
            .map(|mistake| Diagnostic {
                title: mistake.title,
                help: mistake.help,
                place: Some(Place {
                    location: self.source.locate(&mistake.span),
                    label: mistake.label,
                    related: mistake
                        .related
                        .map(|(span, label)| (self.source.locate(&span), label)),
                    file: Arc::clone(&self.source),
                }),
            })
            .collect()
    }

    /// Returns the line of a case.
    #[must_use]
    pub fn line(&self, case: &Case) -> usize {
        self.source.locate(&case.name.span).line
    }

    /// Returns a path that the file names, relative to it.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }
}

/// Whether JSON's `null` stands where something is wrong.
fn is_null(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let (before, after) = bytes.split_at(at.min(bytes.len()));
    let before = before
        .iter()
        .rev()
        .take_while(|byte| is_letter(byte))
        .count();
    let start = at.min(bytes.len()) - before;
    let length = before + after.iter().take_while(|byte| is_letter(byte)).count();
    bytes.get(start..start + length) == Some(b"null".as_slice())
}

#[cfg(test)]
mod tests;
