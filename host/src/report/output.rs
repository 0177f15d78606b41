//! Which formats a report is written in, and where to.

mod inputs;

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;
use tempfile::NamedTempFile;
use tollgate_model::error::UserError;

pub use self::inputs::Inputs;
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

/// Writes one file that is no report: whole, or not at all.
///
/// # Errors
///
/// It cannot be written. What was there before is then untouched.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), OutputError> {
    direct(path)?;
    Staged::new(path, |out| out.write_all(content))
        .map_err(|source| OutputError::file(path, &source))?
        .commit()
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

/// A file that is written and not yet in its place.
enum Staged {
    /// Takes the place of `destination` in one step.
    Temporary {
        file: NamedTempFile,
        destination: PathBuf,
        path: PathBuf,
    },
    /// A device or a pipe, which cannot be replaced; written on commit.
    Special {
        file: File,
        content: Vec<u8>,
        path: PathBuf,
    },
}

impl Staged {
    fn new(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Self> {
        // Through a symbolic link: the link stays, its target is replaced.
        let destination = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let existing = fs::metadata(&destination).ok();
        if let Some(existing) = &existing
            && !existing.is_file()
        {
            if existing.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            let file = special(&destination)?;
            let mut content = Vec::new();
            write(&mut content)?;
            return Ok(Self::Special {
                file,
                content,
                path: path.to_owned(),
            });
        }
        existing.as_ref().map_or(Ok(()), writable)?;
        let directory = match destination.parent() {
            Some(directory) if directory != Path::new("") => directory,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".tollgate-").suffix(".tmp");
        // Reports are no secrets: readable as far as the umask says, like any new file.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(directory)?;
        let mut buffered = BufWriter::with_capacity(BUFFER, &mut file);
        write(&mut buffered)?;
        buffered.flush()?;
        drop(buffered);
        file.as_file().sync_all()?;
        if let Some(existing) = existing {
            file.as_file().set_permissions(existing.permissions())?;
        }
        Ok(Self::Temporary {
            file,
            destination,
            path: path.to_owned(),
        })
    }

    fn commit(self) -> Result<(), OutputError> {
        match self {
            Self::Temporary {
                file,
                destination,
                path,
            } => {
                file.persist(&destination)
                    .map_err(|failed| OutputError::file(&path, &failed.error))?;
                Ok(())
            }
            Self::Special {
                mut file,
                content,
                path,
            } => file
                .write_all(&content)
                .map_err(|source| OutputError::file(&path, &source)),
        }
    }
}

/// Opens what is no file, such as a device or a pipe, without waiting for a pipe's reader.
fn special(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

    let mut options = OpenOptions::new();
    options.write(true);
    options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let file = options
        .open(path)
        .map_err(|error| match error.raw_os_error() {
            Some(libc::ENXIO) => {
                io::Error::other("it is a pipe that no program reads; start the reader first")
            }
            _ => error,
        })?;
    // Once there is a reader, it may take its time.
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}

/// Makes sure that no link leads what is written to another place than the path says: what was
/// checked out brings links along, and `report.tap` could be somebody's start-up file.
///
/// A link to a file beside it stays one. So does what the system itself links: devices, and
/// whatever lies above the working directory.
///
/// # Errors
///
/// A link leads elsewhere.
pub(crate) fn direct(path: &Path) -> Result<(), OutputError> {
    let elsewhere = |link: &Path, to: PathBuf| {
        Err(OutputError::Link {
            link: link.to_owned(),
            to,
        })
    };
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    // A directory that is not there is told when it is written to.
    let Ok(folder) = fs::canonicalize(parent) else {
        return Ok(());
    };
    let system = ["/dev", "/proc"].map(Path::new);
    if system.iter().any(|system| folder.starts_with(system)) {
        return Ok(());
    }
    if let (Ok(here), Ok(whole)) = (fs::canonicalize("."), std::path::absolute(parent)) {
        let mut at = PathBuf::new();
        for part in whole.components() {
            at.push(part);
            // The first link below the working directory, by whatever name that is reached.
            let within = at.parent().and_then(|above| fs::canonicalize(above).ok());
            if at.is_symlink()
                && within.is_some_and(|within| within.starts_with(&here))
                && let Ok(to) = fs::canonicalize(&at)
                && !to.starts_with(&here)
            {
                return elsewhere(&at, to);
            }
        }
    }
    let Ok(to) = fs::read_link(path) else {
        return Ok(());
    };
    // Also of one whose end is not there yet.
    let end = place(&folder.join(&to));
    let special = fs::metadata(path).is_ok_and(|found| !found.is_file());
    if special || end.parent() == Some(folder.as_path()) && !end.is_symlink() {
        return Ok(());
    }
    elsewhere(path, end)
}

/// Whether the permissions of a file let it be replaced.
fn writable(file: &Metadata) -> io::Result<()> {
    if file.permissions().readonly() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it is read-only",
        ));
    }
    Ok(())
}

/// Returns where a path leads, so that two spellings of one file can be told. What is not
/// there yet leads to where it would be.
pub(crate) fn place(path: &Path) -> PathBuf {
    if let Ok(whole) = fs::canonicalize(path) {
        return whole;
    }
    let Some(name) = path.file_name() else {
        return path.to_owned();
    };
    match path.parent() {
        Some(directory) if directory != Path::new("") => place(directory).join(name),
        _ => place(Path::new(".")).join(name),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::samples;
    use super::*;

    fn parse(text: &str) -> Result<OutputSpec, String> {
        text.parse()
            .map_err(|error: OutputSpecError| error.to_string())
    }

    fn file(name: &str) -> Target {
        Target::File(PathBuf::from(name))
    }

    #[test]
    fn specs() {
        let good = [
            ("human", Format::Human, Target::Stdout),
            ("json", Format::Json, Target::Stdout),
            ("json=-", Format::Json, Target::Stdout),
            (
                "json=out/report.json",
                Format::Json,
                file("out/report.json"),
            ),
            ("human=a=b.txt", Format::Human, file("a=b.txt")),
        ];
        for (text, format, target) in good {
            assert_eq!(parse(text), Ok(OutputSpec { format, target }), "{text}");
        }
        let bad = [
            (
                "jsno",
                "no format is called `jsno`; use one of: human, json, sarif, junit, github, markdown, tap",
            ),
            (
                "JSON",
                "no format is called `JSON`; use one of: human, json, sarif, junit, github, markdown, tap",
            ),
            (
                "",
                "no format is called ``; use one of: human, json, sarif, junit, github, markdown, tap",
            ),
            (
                "report.json",
                "no format is called `report.json`; use one of: human, json, sarif, junit, github, markdown, tap",
            ),
            (
                "json=",
                "no file follows `json=`; write `json=FILE`, or `json` for standard output",
            ),
        ];
        for (text, message) in bad {
            assert_eq!(parse(text), Err(message.to_owned()), "{text}");
        }
    }

    fn outputs(specs: &[String], inputs: &[&Path]) -> Result<Outputs, String> {
        let specs = specs.iter().map(|spec| spec.parse().unwrap()).collect();
        let inputs = inputs.iter().copied().collect();
        Outputs::new(specs, &inputs).map_err(|error| error.to_string())
    }

    #[test]
    fn one_place_has_one_output() {
        assert_eq!(outputs(&[], &[]), Ok(Outputs::default()));
        let twice = "two outputs go to standard output; give all but one a file: `-o FORMAT=FILE`";
        assert_eq!(
            outputs(&["human".into(), "json".into()], &[]),
            Err(twice.into())
        );
        assert_eq!(
            outputs(&["human".into(), "json=-".into()], &[]),
            Err(twice.into())
        );

        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| format!("json={}", dir.path().join(name).display());
        assert!(outputs(&["human".into(), at("a.json"), at("b.json")], &[]).is_ok());
        for other in ["a.json", "./a.json", "../a.json"] {
            let other = if other.starts_with("..") {
                format!("json={}/x/../a.json", dir.path().display())
            } else {
                at(other)
            };
            fs::create_dir_all(dir.path().join("x")).unwrap();
            let error = outputs(&[at("a.json"), other.clone()], &[]).unwrap_err();
            assert!(error.starts_with("two outputs go to `"), "{other}: {error}");
        }
        let plan = dir.path().join("plan.json");
        fs::write(&plan, "{}").unwrap();
        let error = outputs(&[at("./plan.json")], &[&plan]).unwrap_err();
        assert!(
            error.contains("would replace a file that this run reads"),
            "{error}"
        );
    }

    #[test]
    fn files_and_stdout_get_their_formats() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.json");
        let report = samples::mixed();
        let outputs = outputs(&["human".into(), format!("json={}", path.display())], &[]).unwrap();
        for _ in 0..2 {
            let mut stdout = Vec::new();
            let options = Options {
                width: 60,
                color: true,
            };
            outputs.write(&report, &mut stdout, options).unwrap();
            assert_eq!(
                String::from_utf8(stdout).unwrap(),
                human::render(&report, options)
            );
            assert_eq!(
                fs::read_to_string(&path).unwrap(),
                json::render(&report).unwrap()
            );
        }
        assert_eq!(names(dir.path()), ["report.json"]);
    }

    #[test]
    fn what_is_no_report_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "main.tf",
            "MAIN.TF",
            "prod.tfstate",
            "secrets.prod.enc.yaml",
            "tollgate.toml",
            "id.Key",
            ".gitignore",
            ".bashrc",
            "id_rsa",
            ".git/hooks/pre-commit",
            ".github/workflows/gate.yml",
        ] {
            let path = dir.path().join(name);
            let spec = [format!("json={}", path.display())];
            // Whether it is there or not: the next program would read it.
            for there in [false, true] {
                if there {
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(&path, "mine").unwrap();
                }
                let error = outputs(&spec, &[]).unwrap_err();
                assert!(error.contains("something else than a report"), "{error}");
            }
        }
        fs::write(dir.path().join("report.txt"), "old").unwrap();
        let spec = [format!("human={}", dir.path().join("report.txt").display())];
        assert!(outputs(&spec, &[]).is_ok());
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
        let error = write_file(&path, b"x").unwrap_err().to_string();
        assert!(error.contains("a pipe that no program reads"), "{error}");
        let reader = std::thread::spawn({
            let path = path.clone();
            move || fs::read_to_string(path).unwrap()
        });
        // The reader opens it at some moment.
        let large = "x".repeat(1 << 20);
        while write_file(&path, large.as_bytes()).is_err() {
            std::thread::yield_now();
        }
        assert_eq!(reader.join().unwrap(), large);
    }

    #[test]
    fn emptying_leaves_no_older_report_and_touches_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("old.json"), "{\"verdict\": \"passed\"}").unwrap();
        fs::write(path("other.json"), "kept").unwrap();
        let specs = [
            format!("json={}", path("old.json").display()),
            format!("sarif={}", path("new.sarif").display()),
            "junit=/dev/null".to_owned(),
        ];
        outputs(&specs, &[]).unwrap().empty().unwrap();
        assert_eq!(fs::read_to_string(path("old.json")).unwrap(), "");
        assert_eq!(fs::read_to_string(path("other.json")).unwrap(), "kept");
        assert_eq!(names(dir.path()), ["old.json", "other.json"]);
    }

    #[test]
    fn what_is_read_only_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let mut specs = Vec::new();
        for name in ["first.json", "locked.json"] {
            fs::write(path(name), "kept").unwrap();
            specs.push(format!("json={}", path(name).display()));
        }
        let mut mode = fs::metadata(path("locked.json")).unwrap().permissions();
        mode.set_readonly(true);
        fs::set_permissions(path("locked.json"), mode).unwrap();
        let error = outputs(&specs, &[]).unwrap().empty().unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("it is read-only; nothing was written there"),
            "{error}"
        );
        for name in ["first.json", "locked.json"] {
            assert_eq!(fs::read_to_string(path(name)).unwrap(), "kept", "{name}");
        }
    }

    #[test]
    fn the_job_summary_is_added_to_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let summary = dir.path().join("summary.md");
        fs::write(&summary, "a step before\n").unwrap();
        let write = |format: &str| {
            let outputs = outputs(&[format.to_owned()], &[]).unwrap();
            outputs
                .with_summary(Some(summary.clone()))
                .write(&samples::many(), &mut Vec::new(), Options::default())
                .unwrap();
            fs::read_to_string(&summary).unwrap()
        };
        assert_eq!(write("human"), "a step before\n");
        let text = write("github");
        assert!(
            text.starts_with("a step before\n\n<!-- tollgate: production -->\n"),
            "{text}"
        );
        // Whatever is there already, GitHub takes no more.
        for _ in 0..20 {
            write("github");
        }
        let room = markdown::SUMMARY_LIMIT + 20 * 2_000;
        assert!(fs::metadata(&summary).unwrap().len() < room as u64);
    }

    #[test]
    fn files_have_no_colour() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.txt");
        let outputs = outputs(&[format!("human={}", path.display())], &[]).unwrap();
        let mut stdout = Vec::new();
        outputs
            .write(
                &samples::mixed(),
                &mut stdout,
                Options {
                    width: 60,
                    color: true,
                },
            )
            .unwrap();
        assert!(stdout.is_empty());
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            human::render(&samples::mixed(), Options::default())
        );
    }

    #[test]
    fn what_cannot_be_written_leaves_everything_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let good = dir.path().join("good.json");
        fs::write(&good, "old").unwrap();
        let cases = [
            (
                "missing/report.json",
                "its directory does not exist; create it first",
            ),
            ("", "it is a directory; name a file in it"),
            ("good.json/report.json", "Not a directory"),
        ];
        for (name, reason) in cases {
            let bad = dir.path().join(name);
            let specs = [
                "human".into(),
                format!("json={}", good.display()),
                format!("json={}", bad.display()),
            ];
            let outputs = outputs(&specs, &[]).unwrap();
            let mut stdout = Vec::new();
            let error = outputs
                .write(&samples::mixed(), &mut stdout, Options::default())
                .unwrap_err()
                .to_string();
            assert!(
                error.contains(&format!("cannot write `{}`: {reason}", bad.display())),
                "{error}"
            );
            assert!(stdout.is_empty(), "{name}");
            assert_eq!(fs::read_to_string(&good).unwrap(), "old", "{name}");
            assert_eq!(names(dir.path()), ["good.json"], "{name}");
        }
    }

    #[test]
    fn links_stay_links_modes_stay_modes_and_devices_stay_devices() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.json"), dir.path().join("link.json"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("real.json", &link).unwrap();
        let specs = [
            format!("json={}", link.display()),
            "human=/dev/null".to_owned(),
        ];
        let outputs = outputs(&specs, &[]).unwrap();
        outputs
            .write(&samples::mixed(), &mut Vec::new(), Options::default())
            .unwrap();
        assert!(link.is_symlink());
        assert!(fs::read_to_string(&real).unwrap().starts_with("{\n"));
        assert_eq!(
            fs::metadata(&real).unwrap().permissions().mode() & 0o777,
            0o640
        );
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_a_report_elsewhere() {
        use std::os::unix::fs::symlink;

        let dir = tempfile::tempdir().unwrap();
        let (tree, home) = (dir.path().join("tree"), dir.path().join("home"));
        for folder in [&tree, &home] {
            fs::create_dir(folder).unwrap();
        }
        fs::write(home.join("start-up"), "mine").unwrap();
        symlink("../home/start-up", tree.join("relative.tap")).unwrap();
        symlink(home.join("start-up"), tree.join("absolute.tap")).unwrap();
        symlink(home.join("not-there-yet"), tree.join("dangling.tap")).unwrap();
        symlink("absolute.tap", tree.join("chain.tap")).unwrap();
        symlink("round.tap", tree.join("round.tap")).unwrap();
        for name in ["relative", "absolute", "dangling", "chain", "round"] {
            let path = tree.join(format!("{name}.tap"));
            let error = outputs(&[format!("tap={}", path.display())], &[]).unwrap_err();
            assert!(
                error.contains("is a link that leads elsewhere"),
                "{name}: {error}"
            );
            assert!(write_file(&path, b"x").is_err(), "{name}");
        }
        assert_eq!(fs::read_to_string(home.join("start-up")).unwrap(), "mine");
        assert_eq!(names(&home), ["start-up"]);
        fs::write(tree.join("real.tap"), "").unwrap();
        symlink("real.tap", tree.join("beside.tap")).unwrap();
        assert!(direct(&tree.join("beside.tap")).is_ok());
        assert!(direct(&tree.join("real.tap")).is_ok());
        assert!(direct(Path::new("/dev/stdout")).is_ok());
    }

    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_left_is_no_error_and_a_full_disk_is() {
        let write = |kind| {
            Outputs::default().write(&samples::clean(), &mut Failing(kind), Options::default())
        };
        assert!(write(io::ErrorKind::BrokenPipe).is_ok());
        let error = write(io::ErrorKind::StorageFull).unwrap_err().to_string();
        assert!(
            error.starts_with("cannot write to standard output: "),
            "{error}"
        );
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}
