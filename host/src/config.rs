//! `tollgate.toml`: read, checked, and made into the environment that a run is for.
//!
//! The file is read in two steps. Each element of it (one file per element below) reads
//! its own keys and remembers where they are; then the parts are held against each other.
//! All mistakes are reported at once, in the order of their positions. What leaves this
//! module is an [`Environment`](crate::environment::Environment), with every default applied and nothing left to check but
//! what only a policy's module knows: its settings ([`Config::locate_setting`]) and its
//! rules ([`Config::check_rules`]).
//!
//! Without a file, conventions stand in for it: the built-in policies as they are, every
//! name an environment, protected unless its name says otherwise
//! ([`crate::environment::protected_by_name`]).

mod deploy;
mod environment;
mod error;
mod file;
mod limits;
mod locate;
mod policy;
mod project;
mod promotion;
pub(crate) mod read;
mod schema;
mod secrets;
mod source;
#[cfg(test)]
mod tests;
mod waiver;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tollgate_model::digest::sha256;
use tollgate_model::library::LibraryPolicy;
use toml::de::DeTable;

use self::file::{File, Named};
use self::read::Mistake;
use crate::diagnostic::{Diagnostic, Location, Place, SourceFile, quoted};
use crate::environment::Source;
use crate::origin::{Origin, stranger};
use crate::sandbox::limits::Limits;

pub use tollgate_model::names::is_name;

pub use self::deploy::{BackendSetting, DeploySettings, Written};
pub use self::error::{ConfigError, Environments};
pub use self::promotion::{Promotion, Verification};
pub use self::schema::schema;

/// The name of the configuration file.
pub const FILE_NAME: &str = "tollgate.toml";

/// The largest configuration that is read, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// A configuration without mistakes, or the conventions that stand in for one.
#[derive(Clone, Debug)]
pub struct Config {
    source: Option<Loaded>,
    file: File,
    builtins: BTreeMap<String, LibraryPolicy>,
    use_cache: bool,
    /// Where files are read from, and the directory that paths start at, where there is no file.
    unwritten: (Origin, PathBuf),
}

/// The file that a configuration was read from.
#[derive(Clone, Debug)]
struct Loaded {
    file: Arc<SourceFile>,
    digest: String,
    /// Where it is, in the place that it was read from; `file` has what it is called.
    path: PathBuf,
    origin: Origin,
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// When it cannot be read, or has mistakes: all of them.
    pub fn load(path: &Path, builtins: &[LibraryPolicy]) -> Result<Self, ConfigError> {
        Self::load_from(Origin::Files, path, builtins)
    }

    /// Reads and checks a configuration file that was found and that nobody named.
    ///
    /// # Errors
    /// As [`Config::load`], and when it belongs to another user.
    pub fn load_found(path: &Path, builtins: &[LibraryPolicy]) -> Result<Self, ConfigError> {
        if let Some(owner) = stranger(path) {
            return Err(ConfigError::Stranger {
                path: path.display().to_string(),
                owner,
            });
        }
        Self::load(path, builtins)
    }

    /// Reads and checks a configuration file of another origin, from which everything that
    /// it names is then read too.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_from(
        origin: Origin,
        path: &Path,
        builtins: &[LibraryPolicy],
    ) -> Result<Self, ConfigError> {
        let name = origin.name(path);
        let bytes = origin
            .read(path, MAX_SIZE)
            .map_err(|cause| ConfigError::Read {
                path: name.clone(),
                cause,
            })?;
        let mut config = Self::parse(&name, bytes, builtins)?;
        if let Some(loaded) = &mut config.source {
            loaded.path = path.to_path_buf();
            loaded.origin = origin;
        }
        Ok(config)
    }

    /// Checks the bytes of a configuration file; `path` is what it is called in messages.
    ///
    /// # Errors
    /// When it is not text, or has mistakes: all of them.
    pub fn parse(
        path: &str,
        bytes: Vec<u8>,
        builtins: &[LibraryPolicy],
    ) -> Result<Self, ConfigError> {
        if bytes.len() as u64 > MAX_SIZE {
            return Err(ConfigError::TooLarge {
                path: path.to_owned(),
                limit: MAX_SIZE,
            });
        }
        let digest = sha256(&bytes);
        let text = String::from_utf8(bytes).map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            let before = error.as_bytes().get(..offset).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            ConfigError::NotText {
                path: path.to_owned(),
                offset,
                line,
            }
        })?;
        let source = Arc::new(SourceFile {
            path: path.to_owned(),
            text,
        });
        let builtins = by_name(builtins);
        let mut mistakes = Vec::new();
        let file = {
            let (document, errors) = DeTable::parse_recoverable(&source.text);
            if errors.is_empty() {
                let file = File::read(&document, &mut mistakes);
                let names: Vec<String> = builtins.keys().cloned().collect();
                file.check(&names, &Named::of(&document), &mut mistakes);
                file
            } else {
                // What the parser made up to go on would only add mistakes that nobody made.
                mistakes.extend(errors.iter().map(|error| syntax(&source.text, error)));
                File::default()
            }
        };
        let source = Loaded {
            file: source,
            digest,
            path: PathBuf::from(path),
            origin: Origin::Files,
        };
        source.refuse(mistakes)?;
        Ok(Self {
            source: Some(source),
            file,
            builtins,
            use_cache: true,
            unwritten: (Origin::Files, PathBuf::new()),
        })
    }

    /// Looks for `tollgate.toml` in a directory and above it, as far as the directory that
    /// holds `.git`.
    ///
    /// The path begins with `start`, so that it is the same on every machine.
    #[must_use]
    pub fn find(start: &Path) -> Option<PathBuf> {
        let start = if start.as_os_str().is_empty() {
            Path::new(".")
        } else {
            start
        };
        let mut prefix = if start == Path::new(".") {
            PathBuf::new()
        } else {
            start.to_path_buf()
        };
        for directory in start.canonicalize().ok()?.ancestors() {
            let candidate = directory.join(FILE_NAME);
            // Anything by that name counts, readable or not: to pass it by would be to judge
            // by another configuration than the one that is meant.
            if candidate.symlink_metadata().is_ok() {
                return Some(prefix.join(FILE_NAME));
            }
            if directory.join(".git").symlink_metadata().is_ok() {
                return None;
            }
            prefix.push("..");
        }
        None
    }

    /// Returns the conventions that hold without a file.
    #[must_use]
    pub fn conventional(builtins: &[LibraryPolicy]) -> Self {
        Self {
            source: None,
            file: File::default(),
            builtins: by_name(builtins),
            use_cache: true,
            unwritten: (Origin::Files, PathBuf::new()),
        }
    }

    /// Whether there is no file, so that conventions are all there is.
    #[must_use]
    pub fn is_conventional(&self) -> bool {
        self.source.is_none()
    }

    /// The conventions of a commit, which are those of its files and not of the file system's;
    /// paths start at a directory, relative to the root of its repository.
    #[must_use]
    pub fn of_commit(mut self, commit: Origin, directory: &Path) -> Self {
        self.unwritten = (commit, directory.to_path_buf());
        self
    }

    /// Keeps no compiled modules, and uses none that were kept.
    #[must_use]
    pub fn without_cache(mut self) -> Self {
        self.use_cache = false;
        self
    }

    /// Whether compiled modules may be kept between runs.
    #[must_use]
    pub fn use_cache(&self) -> bool {
        self.use_cache
    }

    /// Returns what a policy may use: its own table's, then `[limits]`, then the defaults.
    #[must_use]
    pub fn limits(&self, policy: &str) -> Limits {
        let own = self
            .file
            .policies
            .tables
            .get(policy)
            .map(|table| &table.limits);
        [Some(&self.file.limits), own]
            .into_iter()
            .flatten()
            .fold(Limits::default(), |limits, table| table.over(limits))
    }

    /// Returns the name of the project.
    #[must_use]
    pub fn project(&self) -> Option<&str> {
        self.file
            .project
            .name
            .as_ref()
            .map(|name| name.value.as_str())
    }

    /// Returns the names of the configured environments; empty where every name is one.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        self.file.environments.keys().map(String::as_str)
    }

    /// Returns the path of a file that the configuration names: relative to the configuration.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        match &self.source {
            Some(source) => source
                .path
                .parent()
                .map_or_else(|| path.to_path_buf(), |directory| directory.join(path)),
            None => self.unwritten.1.join(path),
        }
    }

    /// Returns what a file that the configuration names is called in messages.
    #[must_use]
    pub fn name_of(&self, path: &Path) -> String {
        self.origin().name(&self.resolve(path))
    }

    /// Reads a file that the configuration names, from where the configuration came from,
    /// but not more than one byte over `limit`.
    ///
    /// # Errors
    /// When there is no such file, or it cannot be read.
    pub fn read(&self, path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
        self.origin().read(&self.resolve(path), limit)
    }

    /// Returns those of some files (relative to the configuration) that are there.
    #[must_use]
    pub fn present(&self, files: &[PathBuf]) -> Vec<PathBuf> {
        let resolved: Vec<PathBuf> = files.iter().map(|file| self.resolve(file)).collect();
        let present = self.origin().present(&resolved);
        files
            .iter()
            .zip(present)
            .filter(|(_, present)| *present)
            .map(|(file, _)| file.clone())
            .collect()
    }

    /// Returns where it and everything that it names are read from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.source
            .as_ref()
            .map_or(&self.unwritten.0, |source| &source.origin)
    }

    /// Returns where every file is that the configuration names; sorted.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let own = self
            .file
            .policies
            .tables
            .values()
            .map(|table| &table.tuning);
        let overrides = self
            .file
            .environments
            .values()
            .flat_map(|environment| environment.policies.values())
            .map(|table| &table.tuning);
        let documents = own
            .chain(overrides)
            .flat_map(|tuning| tuning.documents.values())
            .map(|path| path.value.clone());
        let modules =
            self.file
                .policies
                .tables
                .keys()
                .filter_map(|name| match self.source_of(name) {
                    Source::Path(path) => Some(path),
                    Source::BuiltIn => None,
                });
        let mut files: Vec<PathBuf> = documents
            .chain(modules)
            .map(|path| self.resolve(&path))
            .collect();
        files.sort();
        files.dedup();
        files
    }

    /// Returns the text of the file; none where conventions stand in for one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.source.as_ref().map(|source| source.file.text.as_str())
    }

    /// Returns the aliases of a configured environment.
    pub fn aliases(&self, environment: &str) -> impl Iterator<Item = &str> {
        self.file
            .environments
            .get(environment)
            .into_iter()
            .flat_map(|table| &table.aliases)
            .map(|alias| alias.value.as_str())
    }

    /// Returns who may own a waiver, as patterns; none where anybody may.
    pub fn waiver_owners(&self) -> impl Iterator<Item = &str> {
        let owners = self.file.project.waiver_owners.iter().flatten();
        owners.map(|owner| owner.value.as_str())
    }

    /// Returns whose word lets a change of the gate pass: patterns in which `*` stands for
    /// any run of characters.
    pub fn gate_approvers(&self) -> impl Iterator<Item = &str> {
        let approvers = self.file.project.gate_approvers.iter().flatten();
        approvers.map(|approver| approver.value.as_str())
    }

    /// Returns what the project was called before, or where its root module was.
    pub fn former_names(&self) -> impl Iterator<Item = &str> {
        let names = self.file.project.former_names.iter().flatten();
        names.map(|name| name.value.as_str())
    }

    /// Makes an error out of a mistake in the configuration that only a policy could see.
    #[must_use]
    pub fn diagnose(
        &self,
        location: Option<Location>,
        title: impl Into<String>,
        label: impl Into<String>,
        help: Option<String>,
    ) -> ConfigError {
        let place = self
            .source
            .as_ref()
            .zip(location)
            .map(|(source, location)| Place {
                file: Arc::clone(&source.file),
                location,
                label: label.into(),
                related: None,
            });
        ConfigError::Invalid(vec![Diagnostic {
            title: title.into(),
            place,
            help,
        }])
    }

    /// Checks the rules that the configuration names, for enforcement or in waivers, against
    /// those that a policy declares (without the policy's name).
    ///
    /// # Errors
    /// When it names one that the policy does not have.
    pub fn check_rules(&self, policy: &str, declared: &[&str]) -> Result<(), ConfigError> {
        let mut mistakes = Vec::new();
        self.file.check_rules(policy, declared, &mut mistakes);
        match &self.source {
            Some(source) => source.refuse(mistakes),
            None => Ok(()),
        }
    }

    /// Checks the documents that the configuration hands to a policy against those that it reads.
    ///
    /// # Errors
    /// When it names one that the policy does not read.
    pub fn check_documents(&self, policy: &str, declared: &[String]) -> Result<(), ConfigError> {
        let mut mistakes = Vec::new();
        self.file.check_documents(policy, declared, &mut mistakes);
        match &self.source {
            Some(source) => source.refuse(mistakes),
            None => Ok(()),
        }
    }

    /// The file, as it was named; none where conventions stand in for one, or where it is
    /// no file that could be written.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.source
            .as_ref()
            .filter(|source| matches!(source.origin, Origin::Files))
            .map(|source| source.path.as_path())
    }

    /// Whether it was read from a commit, so that paths are relative to the root of a repository.
    #[must_use]
    pub fn is_of_a_commit(&self) -> bool {
        matches!(self.origin(), Origin::Commit(_))
    }

    /// Where the file is, in the place that it was read from: of a commit, relative to the root of
    /// its repository.
    #[must_use]
    pub fn written_in(&self) -> Option<&Path> {
        self.source.as_ref().map(|source| source.path.as_path())
    }

    /// `FILE:LINE` of a span.
    fn line(&self, span: &Range<usize>) -> String {
        self.source
            .as_ref()
            .map(|source| format!("{}:{}", source.file.path, source.file.locate(span).line))
            .unwrap_or_default()
    }
}

impl Loaded {
    /// Turns mistakes into an error, in the order of their positions.
    fn refuse(&self, mut mistakes: Vec<Mistake>) -> Result<(), ConfigError> {
        if mistakes.is_empty() {
            return Ok(());
        }
        mistakes.sort_by(|a, b| {
            (a.span.start, a.span.end, &a.title).cmp(&(b.span.start, b.span.end, &b.title))
        });
        mistakes.dedup();
        let diagnostic = |mistake: Mistake| Diagnostic {
            title: mistake.title,
            help: mistake.help,
            place: Some(Place {
                location: self.file.locate(&mistake.span),
                label: mistake.label,
                related: mistake
                    .related
                    .map(|(span, label)| (self.file.locate(&span), label)),
                file: Arc::clone(&self.file),
            }),
        };
        Err(ConfigError::Invalid(
            mistakes.into_iter().map(diagnostic).collect(),
        ))
    }
}

/// What the parser says, in our words where ours are better.
pub(crate) fn syntax(text: &str, error: &toml::de::Error) -> Mistake {
    let span = error.span().unwrap_or(0..0);
    let message = error.message();
    if message == "duplicate key" {
        let key = text.get(span.clone()).unwrap_or_default();
        return Mistake::new(
            &span,
            format!("{} is given twice", quoted(key)),
            "keep one of them",
        );
    }
    Mistake::new(
        &span,
        format!("not TOML: {}", message.replace('\n', "; ")),
        "",
    )
}

fn by_name(policies: &[LibraryPolicy]) -> BTreeMap<String, LibraryPolicy> {
    policies
        .iter()
        .map(|policy| (policy.name.to_owned(), *policy))
        .collect()
}
