//! Which formats a report is written in, and where to.

mod inputs;
mod link;
mod staged;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;
use tollgate_model::error::UserError;

pub use self::inputs::Inputs;
pub(crate) use self::link::{direct, place};
pub use self::staged::write_file;
use self::staged::{Staged, writable};
use super::human::Passed;
use super::page::Options;
use super::{Report, github, human, json, junit, markdown, sarif, tap};

/// How much is written at once.
const BUFFER: usize = 64 << 10;

/// A format of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person.
    Human,
    /// For machines: everything, with a published schema.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For test reports: JUnit's XML.
    Junit,
    /// For GitHub Actions: annotations, the log, and the job summary.
    Github,
    /// For a comment on a pull request.
    Markdown,
    /// For test harnesses: TAP 14.
    Tap,
}

impl Format {
    fn write(self, report: &Report, how: How, out: &mut dyn Write) -> io::Result<()> {
        let How { options, passed } = how;
        let text = match self {
            Self::Human => human::render_with(report, options, passed),
            Self::Json => return Ok(json::write(report, out)?),
            Self::Sarif => sarif::render(report)?,
            Self::Junit => junit::render(report),
            Self::Github => github::render_with(report, options, passed),
            Self::Markdown => markdown::render(report),
            Self::Tap => tap::render(report),
        };
        out.write_all(text.as_bytes())
    }
}

/// How a report for a person is laid out.
#[derive(Clone, Copy)]
struct How {
    options: Options,
    passed: Passed,
}

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A file, which is replaced.
    File(PathBuf),
}

/// One `-o` of the command line: `FORMAT`, or `FORMAT=FILE`; `-` is standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputSpec {
    /// The format.
    pub format: Format,
    /// Where it goes.
    pub target: Target,
}

impl FromStr for OutputSpec {
    type Err = OutputSpecError;

    fn from_str(text: &str) -> Result<Self, OutputSpecError> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (text, None),
        };
        let format = Format::from_str(name, false).map_err(|_| OutputSpecError::Format {
            name: name.to_owned(),
            known: known_formats(),
        })?;
        let target = match file {
            None | Some("-") => Target::Stdout,
            Some("") => {
                return Err(OutputSpecError::NoFile {
                    name: name.to_owned(),
                });
            }
            Some(file) => Target::File(PathBuf::from(file)),
        };
        Ok(Self { format, target })
    }
}

fn known_formats() -> String {
    let values = Format::value_variants()
        .iter()
        .filter_map(ValueEnum::to_possible_value);
    values
        .map(|value| value.get_name().to_owned())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Why an `-o` cannot be understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputSpecError {
    /// There is no such format.
    #[error("no format is called `{name}`; use one of: {known}")]
    Format {
        /// As it was written.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// Nothing follows `=`.
    #[error("no file follows `{name}=`; write `{name}=FILE`, or `{name}` for standard output")]
    NoFile {
        /// The format.
        name: String,
    },
}

/// Everything that one run writes; no two go to the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outputs {
    specs: Vec<OutputSpec>,
    passed: Passed,
    /// Where the `github` format adds the job summary.
    summary: Option<PathBuf>,
}

impl Default for Outputs {
    /// `human` on standard output.
    fn default() -> Self {
        Self {
            specs: vec![OutputSpec {
                format: Format::Human,
                target: Target::Stdout,
            }],
            passed: Passed::default(),
            summary: None,
        }
    }
}

impl Outputs {
    /// Takes the outputs of the command line; without any, it is the default.
    ///
    /// `inputs` are what the run reads, which no output may replace.
    ///
    /// # Errors
    ///
    /// Two outputs go to one place, or an output would replace an input.
    pub fn new(specs: Vec<OutputSpec>, inputs: &Inputs) -> Result<Self, OutputError> {
        if specs.is_empty() {
            return Ok(Self::default());
        }
        let mut taken: BTreeSet<Option<PathBuf>> = BTreeSet::new();
        for spec in &specs {
            match &spec.target {
                Target::Stdout => {
                    if !taken.insert(None) {
                        return Err(OutputError::TwiceToStdout);
                    }
                }
                Target::File(path) => {
                    direct(path)?;
                    inputs.spare(path)?;
                    if !taken.insert(Some(place(path))) {
                        return Err(OutputError::TwiceToFile { path: path.clone() });
                    }
                }
            }
        }
        Ok(Self {
            specs,
            passed: Passed::default(),
            summary: None,
        })
    }

    /// Sets how much is said of plans that pass, in what is for a person.
    #[must_use]
    pub fn with_passed(self, passed: Passed) -> Self {
        Self { passed, ..self }
    }

    /// Says which file GitHub takes the job summary from; the `github` format adds to it.
    #[must_use]
    pub fn with_summary(mut self, file: Option<PathBuf>) -> Self {
        self.summary = file;
        self
    }

    /// Empties the files that will be written, so that a run which ends before it has a
    /// report leaves none of an earlier run that could be taken for its own.
    ///
    /// Emptied rather than removed: whoever reads one fails, and whoever looks for one
    /// does not decide that there was nothing to report.
    ///
    /// # Errors
    ///
    /// A file is there and cannot be written. Then none is emptied.
    pub fn empty(&self) -> Result<(), OutputError> {
        let mut there = Vec::new();
        for spec in &self.specs {
            let Target::File(path) = &spec.target else {
                continue;
            };
            // What is no file keeps nothing, and what is not there is written later.
            let Ok(found) = fs::metadata(path) else {
                continue;
            };
            if !found.is_file() {
                continue;
            }
            // The system lets root write what is read-only.
            let opened = writable(&found).and_then(|()| OpenOptions::new().write(true).open(path));
            there.push((
                path,
                opened.map_err(|source| OutputError::file(path, &source))?,
            ));
        }
        for (path, file) in there {
            file.set_len(0)
                .map_err(|source| OutputError::file(path, &source))?;
        }
        Ok(())
    }

    /// Writes the report: first every file, then standard output.
    ///
    /// `options` are those of standard output; files get no colour and the default width.
    /// A file appears whole or not at all: every file is complete beside its place before
    /// the first is moved there, and nothing is printed before all are. A reader of
    /// standard output that has gone away is no error: the exit code carries the verdict.
    ///
    /// # Errors
    ///
    /// A file or standard output cannot be written.
    pub fn write(
        &self,
        report: &Report,
        stdout: &mut dyn Write,
        options: Options,
    ) -> Result<(), OutputError> {
        let passed = self.passed;
        let mut printed = None;
        let mut staged = Vec::new();
        for OutputSpec { format, target } in &self.specs {
            match target {
                Target::Stdout => printed = Some(*format),
                Target::File(path) => {
                    let options = Options::default();
                    let write =
                        |out: &mut dyn Write| format.write(report, How { options, passed }, out);
                    staged.push(
                        Staged::new(path, write)
                            .map_err(|source| OutputError::file(path, &source))?,
                    );
                }
            }
        }
        for file in staged {
            file.commit()?;
        }
        if let Some(path) = &self.summary
            && self.specs.iter().any(|spec| spec.format == Format::Github)
        {
            summarise(report, path).map_err(|source| OutputError::file(path, &source))?;
        }
        let Some(format) = printed else {
            return Ok(());
        };
        let mut stdout = BufWriter::with_capacity(BUFFER, stdout);
        let written = format.write(report, How { options, passed }, &mut stdout);
        match written.and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(OutputError::Stdout),
        }
    }
}

/// Adds to a job summary, which other steps may have begun, what there is room for.
fn summarise(report: &Report, path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let used = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let room = markdown::SUMMARY_LIMIT.saturating_sub(used);
    let mut text = markdown::within(report, room);
    if used > 0 {
        text.insert(0, '\n');
    }
    file.write_all(text.as_bytes())
}

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Two outputs go to standard output.
    #[error("two outputs go to standard output; give all but one a file: `-o FORMAT=FILE`")]
    TwiceToStdout,
    /// Two outputs go to the same file.
    #[error("two outputs go to `{}`; give each a file of its own", path.display())]
    TwiceToFile {
        /// As it was written the second time.
        path: PathBuf,
    },
    /// An output would replace what the run reads.
    #[error("the output `{}` would replace a file that this run reads; choose another name", path.display())]
    Input {
        /// As it was written.
        path: PathBuf,
    },
    /// A link on the way leads elsewhere.
    #[error("`{}` is a link that leads elsewhere, to `{}`; nothing was written. Remove it, or name the file itself", link.display(), to.display())]
    Link {
        /// The link.
        link: PathBuf,
        /// Where it leads.
        to: PathBuf,
    },
    /// An output would go into a recording.
    #[error("the output `{}` would be part of the recording {}; choose a name outside of it", path.display(), recording.display())]
    Recording {
        /// As it was written.
        path: PathBuf,
        /// As it was named.
        recording: PathBuf,
    },
    /// The name is that of something else.
    #[error("the output `{}` has the name of something else than a report (configuration, state, keys, code); choose another name", path.display())]
    NoReport {
        /// As it was written.
        path: PathBuf,
    },
    /// A file cannot be written. What was there before is untouched.
    #[error("cannot write `{}`: {reason}; nothing was written there", path.display())]
    File {
        /// As it was written.
        path: PathBuf,
        /// What the system says, and what to do where that can be told.
        reason: String,
    },
    /// Standard output cannot be written, other than that its reader has gone.
    #[error("cannot write to standard output: {0}; the report is incomplete")]
    Stdout(io::Error),
    /// The report cannot be put as JSON.
    #[error("cannot put the report as JSON: {0}; this is a bug in tollgate")]
    Json(serde_json::Error),
}

impl UserError for OutputError {}

impl OutputError {
    fn file(path: &Path, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "its directory does not exist; create it first".to_owned(),
            io::ErrorKind::IsADirectory => "it is a directory; name a file in it".to_owned(),
            // The text of the innermost error; those around it name the temporary file.
            _ => match error.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code).to_string(),
                None => innermost(error),
            },
        };
        Self::File {
            path: path.to_owned(),
            reason,
        }
    }
}

fn innermost(error: &io::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.get_ref().and_then(|inner| inner.source());
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    text
}
