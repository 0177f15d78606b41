//! The base branch: what `check --config-from` names, what is read from it, and what a merge would
//! put in its place.
//!
//! A merge brings commits. So the new side is the last commit of the working tree, read from git's
//! objects: a file as it was checked out can be another (attributes such as `ident` and
//! `working-tree-encoding`, filters, files that git was told to overlook), and whoever changes the
//! gate would choose which one is shown. Where the working tree differs, that is told.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tollgate_model::error::UserError;

use super::{Approval, History, readers};
use crate::baseline::{Baseline, BaselineError};
use crate::config::{Config, ConfigError, FILE_NAME};
use crate::origin::git::{Commit, GitError, outermost};
use crate::origin::{Origin, normal};
use tollgate_model::library::LibraryPolicy;

/// The place that the gate is read from in place of the working tree.
#[derive(Clone, Debug)]
pub struct Base {
    kind: Kind,
    /// The last commit of the working tree; none where it is no repository.
    head: Option<Arc<Commit>>,
}

/// How the working tree has another file than its last commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strayed {
    /// The content is another.
    Changed,
    /// Only the working tree has it.
    Added,
    /// Only the commit has it.
    Missing,
}

#[derive(Clone, Debug)]
enum Kind {
    Commit(Arc<Commit>),
    Checkout {
        /// As it was named.
        name: String,
        /// The root of the working tree, absolute.
        root: PathBuf,
        /// The working directory, relative to the root.
        prefix: PathBuf,
    },
}

/// Why the base branch cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// The repository or the commit cannot be used.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The path is no directory.
    #[error("cannot read the gate from {path}: {reason}; name a checkout of the base branch")]
    NotADirectory {
        /// As it was named.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The path is part of what is to be judged.
    #[error(
        "{path} is part of the working tree that is to be judged, so its changes would judge themselves; name a branch, or a checkout of its own"
    )]
    SameTree {
        /// As it was named.
        path: String,
    },
    /// The commit is what is to be judged, by its name.
    #[error(
        "{name} is the commit that is to be judged, so its changes would judge themselves; name the branch that it goes to, such as `origin/main`"
    )]
    SameCommit {
        /// As it was named.
        name: String,
    },
    /// The checkout has no configuration.
    #[error(
        "{name} has no {FILE_NAME}, so it cannot be told from a wrong path; name a checkout of the base branch or, where this change brings the first configuration, the branch itself (`origin/main`)"
    )]
    NoGate {
        /// As it was named.
        name: String,
    },
    /// The file that `--config` names is not there.
    #[error(
        "{name} has no {path}; where this change brings the first configuration, leave `--config` out: the conventions judge it, and the report says what it changes"
    )]
    NoConfig {
        /// The commit or checkout as it was named.
        name: String,
        /// The path in it.
        path: String,
    },
    /// The path leads out of the repository.
    #[error("{path} is outside of the repository, so the base branch cannot have it")]
    Outside {
        /// As it was named.
        path: String,
    },
}

impl UserError for BaseError {}

impl Base {
    /// Finds what `text` names, seen from a directory: a checkout, if it is written as a
    /// path (`/…`, `./…`, `../…`), or a commit of the repository. The working tree has no
    /// say in that: a directory that is called as the branch is makes no difference.
    ///
    /// # Errors
    /// When there is nothing of the name that could judge the directory.
    pub fn open(text: &str, directory: &Path) -> Result<Self, BaseError> {
        let path = Path::new(text);
        let is_path = path.is_absolute()
            || matches!(text, "." | "..")
            || ["./", "../"].iter().any(|start| text.starts_with(start));
        if !is_path {
            let commit = Commit::open(directory, text)?;
            if commit.is_called_head() && commit.is_head() {
                return Err(BaseError::SameCommit {
                    name: text.to_owned(),
                });
            }
            let head = Commit::head(directory)?;
            return Ok(Self {
                kind: Kind::Commit(Arc::new(commit)),
                head: Some(Arc::new(head)),
            });
        }
        let unusable = |reason: String| BaseError::NotADirectory {
            path: text.to_owned(),
            reason,
        };
        let checkout = directory
            .join(path)
            .canonicalize()
            .map_err(|error| unusable(error.to_string()))?;
        if !checkout.is_dir() {
            return Err(unusable("it is no directory".to_owned()));
        }
        let here = directory
            .canonicalize()
            .map_err(|error| unusable(error.to_string()))?;
        let root = tree_of(&here).unwrap_or(&here).to_path_buf();
        outermost(&root)?;
        if tree_of(&checkout).unwrap_or(&checkout) == root || checkout == here {
            return Err(BaseError::SameTree {
                path: text.to_owned(),
            });
        }
        let head = match tree_of(&here) {
            Some(_) => Some(Arc::new(Commit::head(directory)?)),
            // Only what lies there can be meant.
            None => None,
        };
        Ok(Self {
            head,
            kind: Kind::Checkout {
                name: text.to_owned(),
                prefix: here
                    .strip_prefix(&root)
                    .unwrap_or(Path::new(""))
                    .to_path_buf(),
                root,
            },
        })
    }

    /// Names it in a report: a commit with its identifier.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.kind {
            Kind::Commit(commit) => {
                format!(
                    "{} ({})",
                    commit.name,
                    commit.id.get(..12).unwrap_or(&commit.id)
                )
            }
            Kind::Checkout { name, .. } => name.clone(),
        }
    }

    /// Returns whether the working tree has the base's history: where it has not, what the
    /// base has changed since looks as if it were undone.
    #[must_use]
    pub fn history(&self) -> History {
        match &self.kind {
            Kind::Checkout { .. } => History::Whole,
            Kind::Commit(commit) if commit.is_in_head() => History::Whole,
            Kind::Commit(commit) if commit.is_shallow() => History::Unknown,
            Kind::Commit(_) => History::Behind,
        }
    }

    /// Returns whether the base is the very commit that is judged, as on the base branch
    /// itself: then only what is not committed can be a change.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        match &self.kind {
            Kind::Commit(commit) => commit.is_head(),
            Kind::Checkout { .. } => false,
        }
    }

    /// Returns those of some files (relative to the root) that the working tree has, or its
    /// last commit, but in a way that the base would not be read in after a merge, each with
    /// what it is: a link, or something of a submodule or of Git LFS.
    ///
    /// # Errors
    /// When git fails.
    pub fn unreadable_once_merged(
        &self,
        files: &[PathBuf],
    ) -> Result<BTreeMap<PathBuf, &'static str>, BaseError> {
        let root = match &self.kind {
            Kind::Commit(commit) => &commit.root,
            Kind::Checkout { root, .. } => root,
        };
        let mut found = BTreeMap::new();
        for file in files {
            let steps: Vec<&Path> = file.ancestors().collect();
            for step in steps.into_iter().rev() {
                if step == Path::new("") {
                    continue;
                }
                let here = root.join(step);
                let kind = match here.symlink_metadata() {
                    Ok(metadata) if metadata.is_symlink() => "a symbolic link",
                    Ok(metadata)
                        if metadata.is_dir() && here.join(".git").symlink_metadata().is_ok() =>
                    {
                        "a submodule"
                    }
                    _ => continue,
                };
                if !self.has_the_same(step, kind) {
                    found.insert(step.to_path_buf(), kind);
                }
                break;
            }
        }
        // A checkout of the base is read through links and with its submodules.
        if let (Kind::Commit(_), Some(head)) = (&self.kind, &self.head) {
            for file in files {
                // The first bytes are enough to tell.
                match head.read_plain(file, 256) {
                    Err(GitError::NotAFile { path, kind, .. }) => {
                        found.insert(PathBuf::from(path), kind);
                    }
                    Err(GitError::LfsPointer { path, .. }) => {
                        found.insert(PathBuf::from(path), "a Git LFS pointer");
                    }
                    // What is missing is told as what then holds.
                    Ok(_) | Err(GitError::Missing { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(found)
    }

    /// Whether a checkout, which is read through links, has one in the same place already.
    fn has_the_same(&self, step: &Path, kind: &str) -> bool {
        match &self.kind {
            Kind::Commit(_) => false,
            Kind::Checkout { name, .. } => {
                kind == "a submodule"
                    || Path::new(name)
                        .join(step)
                        .symlink_metadata()
                        .is_ok_and(|metadata| metadata.is_symlink())
            }
        }
    }

    /// Returns those of some files (relative to the root) that the working tree has otherwise than
    /// its last commit. Line ends count for nothing: a checkout may turn them, and no file of the
    /// gate means another thing by them.
    ///
    /// # Errors
    /// When git fails.
    pub fn strayed(&self, files: &[PathBuf]) -> Result<Vec<(PathBuf, Strayed)>, BaseError> {
        let Some(head) = &self.head else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for file in files {
            let here = std::fs::read(head.root.join(file)).ok();
            let there = match head.read(file, u64::MAX - 1) {
                Ok(bytes) => Some(bytes),
                // What cannot be read once it is merged is told as that.
                Err(
                    GitError::NotAFile { .. }
                    | GitError::LfsPointer { .. }
                    | GitError::Outside { .. },
                ) => {
                    continue;
                }
                Err(GitError::Missing { .. }) => None,
                Err(error) => return Err(error.into()),
            };
            let strayed = match (here, there) {
                (Some(here), Some(there)) if unix_lines(&here) == unix_lines(&there) => continue,
                (Some(_), Some(_)) => Strayed::Changed,
                (Some(_), None) => Strayed::Added,
                (None, Some(_)) => Strayed::Missing,
                (None, None) => continue,
            };
            found.push((file.clone(), strayed));
        }
        Ok(found)
    }

    /// Reads the configuration that a merge would bring: as [`Base::config`], from the last commit.
    ///
    /// # Errors
    /// When it cannot be read or has mistakes.
    pub fn merged_config(
        &self,
        named: Option<&Path>,
        builtins: &[LibraryPolicy],
    ) -> Result<(Option<PathBuf>, Config), ConfigOrBaseError> {
        let (origin, found) = match (&self.head, named) {
            (Some(head), named) => {
                let found = match named {
                    Some(path) => Some(self.relative(path)?),
                    None => head.find(FILE_NAME).map_err(BaseError::from)?,
                };
                (Origin::Commit(Arc::clone(head)), found)
            }
            (None, Some(path)) => (Origin::Files, Some(path.to_path_buf())),
            (None, None) => (Origin::Files, Config::find(Path::new("."))),
        };
        let conventional = || match &self.head {
            Some(head) => Config::conventional(builtins)
                .of_commit(Origin::Commit(Arc::clone(head)), &head.prefix),
            None => Config::conventional(builtins),
        };
        let Some(path) = found else {
            return Ok((None, conventional()));
        };
        let relative = match self.head {
            Some(_) => path.clone(),
            None => self.relative(&path)?,
        };
        match Config::load_from(origin, &path, builtins) {
            Err(ConfigError::Read { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {
                Ok((None, conventional()))
            }
            result => Ok((Some(relative), result?)),
        }
    }

    /// Returns the configurations that a merge would add, relative to the root, each with the one of the base
    /// that holds there until then.
    ///
    /// # Errors
    /// When git cannot be asked.
    pub fn configurations_added(&self) -> Result<Vec<(PathBuf, Option<PathBuf>)>, BaseError> {
        let (Kind::Commit(base), Some(head)) = (&self.kind, &self.head) else {
            return Ok(Vec::new());
        };
        let called = |commit: &Commit| {
            let found = commit.files_called(FILE_NAME);
            found.map_err(|error| BaseError::NotADirectory {
                path: self.name(),
                reason: error.to_string(),
            })
        };
        let before = called(base)?;
        let added = called(head)?
            .into_iter()
            .filter(|file| !before.contains(file));
        Ok(added
            .map(|file| {
                let above = file
                    .ancestors()
                    .skip(2)
                    .map(|folder| folder.join(FILE_NAME));
                let above = above.into_iter().find(|above| before.contains(above));
                (file, above)
            })
            .collect())
    }

    /// Returns the files that a configuration names, relative to the root. What lies outside of the
    /// repository is in no commit of it.
    #[must_use]
    pub fn named_by(&self, config: &Config) -> Vec<PathBuf> {
        self.rooted(config, config.files())
    }

    /// Returns the files that say who can read what is kept, relative to the root, whether they are
    /// there or not.
    #[must_use]
    pub fn readers_of(&self, config: &Config) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let names: Vec<String> = config.environments().map(ToOwned::to_owned).collect();
        for name in &names {
            if let Ok(settings) = config.secrets(Some(name)) {
                let secrets = readers::files(config, &settings);
                files.extend(secrets.iter().map(|file| config.resolve(file)));
            }
        }
        files.extend(readers::rules_above(&config.resolve(Path::new("any"))));
        self.rooted(config, files)
    }

    /// The configuration of the working tree, to compare what is here with what is committed. None
    /// where there is no commit, or the file here has mistakes: then it is another one anyway.
    #[must_use]
    pub fn config_of_the_tree(
        &self,
        path: &Option<PathBuf>,
        builtins: &[LibraryPolicy],
    ) -> Option<Config> {
        let head = self.head.as_ref()?;
        match path {
            Some(path) => Config::load(&head.root.join(path), builtins).ok(),
            None => Some(Config::conventional(builtins)),
        }
    }

    /// Returns the places of files that a configuration leads to, relative to the root.
    #[must_use]
    pub fn rooted(&self, config: &Config, files: Vec<PathBuf>) -> Vec<PathBuf> {
        let files = files.into_iter();
        match &self.kind {
            _ if config.is_of_a_commit() => files.filter_map(|file| normal(&file)).collect(),
            Kind::Checkout { name, .. } => files
                .filter_map(|file| match file.strip_prefix(name) {
                    Ok(inside) => normal(inside),
                    Err(_) => self.relative(&file).ok(),
                })
                .collect(),
            Kind::Commit(_) => files.filter_map(|file| self.relative(&file).ok()).collect(),
        }
    }

    /// Returns where the working tree has its configuration, relative to the root.
    ///
    /// # Errors
    /// When that is outside of the repository.
    pub fn config_here(&self, named: Option<&Path>) -> Result<Option<PathBuf>, BaseError> {
        match named {
            Some(path) => Some(self.relative(path)).transpose(),
            None => Config::find(Path::new("."))
                .map(|path| self.relative(&path))
                .transpose(),
        }
    }

    /// Reads the baseline that a merge would bring; none where there would be no such file.
    ///
    /// # Errors
    /// When it cannot be read, or is no baseline.
    pub fn merged_baseline(&self, path: &Path) -> Result<Option<Baseline>, BaselineOrBaseError> {
        let read = match &self.head {
            Some(head) => {
                let origin = Origin::Commit(Arc::clone(head));
                Baseline::load_from(&origin, &self.relative(path)?)
            }
            None => Baseline::load(path),
        };
        match read {
            Err(BaselineError::Read { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {
                Ok(None)
            }
            result => Ok(Some(result?)),
        }
    }

    fn origin(&self) -> Origin {
        match &self.kind {
            Kind::Commit(commit) => Origin::Commit(Arc::clone(commit)),
            Kind::Checkout { .. } => Origin::Files,
        }
    }

    /// Returns where the base has what a path from the working directory names.
    fn place(&self, path: &Path) -> Result<PathBuf, BaseError> {
        match &self.kind {
            Kind::Commit(commit) => Ok(commit.relative(path)?),
            Kind::Checkout { name, .. } => Ok(Path::new(name).join(self.relative(path)?)),
        }
    }

    /// Returns the path, relative to the root of the working tree, of what a path from the
    /// working directory names.
    ///
    /// # Errors
    /// When it leads out of the repository.
    pub fn relative(&self, path: &Path) -> Result<PathBuf, BaseError> {
        match &self.kind {
            Kind::Commit(commit) => Ok(commit.relative(path)?),
            Kind::Checkout { root, prefix, .. } => {
                let inside = if path.is_absolute() {
                    path.strip_prefix(root).ok().and_then(normal)
                } else {
                    normal(&prefix.join(path))
                };
                inside.ok_or_else(|| BaseError::Outside {
                    path: path.display().to_string(),
                })
            }
        }
    }

    /// Reads the configuration that `--config` names, or the one that is found as from the
    /// working directory; without one, the conventions. The path is relative to the root.
    ///
    /// # Errors
    /// When it cannot be read or has mistakes, or the named one is missing.
    pub fn config(
        &self,
        named: Option<&Path>,
        builtins: &[LibraryPolicy],
    ) -> Result<(Option<PathBuf>, Config), ConfigOrBaseError> {
        let found = match (named, &self.kind) {
            (Some(path), _) => Some(self.relative(path)?),
            (None, Kind::Commit(commit)) => commit.find(FILE_NAME).map_err(BaseError::from)?,
            (None, Kind::Checkout { name, prefix, .. }) => prefix
                .ancestors()
                .map(|directory| directory.join(FILE_NAME))
                .find(|file| Path::new(name).join(file).symlink_metadata().is_ok()),
        };
        let Some(relative) = found else {
            if let Kind::Checkout { name, .. } = &self.kind {
                return Err(BaseError::NoGate { name: name.clone() }.into());
            }
            let conventional = Config::conventional(builtins);
            return Ok((
                None,
                match &self.kind {
                    Kind::Commit(commit) => conventional.of_commit(self.origin(), &commit.prefix),
                    Kind::Checkout { .. } => conventional,
                },
            ));
        };
        let path = match &self.kind {
            Kind::Commit(_) => relative.clone(),
            Kind::Checkout { name, .. } => Path::new(name).join(&relative),
        };
        match Config::load_from(self.origin(), &path, builtins) {
            Err(ConfigError::Read { cause, .. })
                if cause.kind() == io::ErrorKind::NotFound && named.is_some() =>
            {
                Err(BaseError::NoConfig {
                    name: self.name(),
                    path: relative.display().to_string(),
                }
                .into())
            }
            result => Ok((Some(relative), result?)),
        }
    }

    /// Reads the baseline that a path from the working directory names; none where the base
    /// has no such file.
    ///
    /// # Errors
    /// When it cannot be read, or is no baseline.
    pub fn baseline(&self, path: &Path) -> Result<Option<Baseline>, BaselineOrBaseError> {
        match Baseline::load_from(&self.origin(), &self.place(path)?) {
            Err(BaselineError::Read { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {
                Ok(None)
            }
            result => Ok(Some(result?)),
        }
    }

    /// Tells whether one of those who may has approved the changes of these files
    /// (relative to the root): one of `approvers` or, where nothing is said of them, the
    /// authors of all commits that change them.
    #[must_use]
    pub fn approval(
        &self,
        patterns: &[&str],
        approvers: Option<&[String]>,
        files: &[PathBuf],
    ) -> Approval {
        if patterns.is_empty() {
            return Approval::NoApprovers;
        }
        match approvers {
            Some([]) => return Approval::NotApproved("nobody has approved it".to_owned()),
            Some(approvers) => return Approval::of(patterns, approvers, false),
            None => {}
        }
        let Kind::Commit(commit) = &self.kind else {
            return Approval::NotApproved(
                "a checkout does not say who made the change; name who approved it with `--approved-by`".to_owned(),
            );
        };
        match self.strayed(files) {
            Err(error) => Approval::NotApproved(error.to_string()),
            Ok(strayed) if !strayed.is_empty() => {
                Approval::NotApproved("it is not committed".to_owned())
            }
            Ok(_) => match commit.authors_since(files) {
                Ok(authors) => Approval::of(patterns, &authors, true),
                Err(error) => Approval::NotApproved(error.to_string()),
            },
        }
    }
}

/// The bytes with line ends as git keeps them.
fn unix_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            lines.push(*byte);
        }
    }
    lines
}

/// The root of the working tree that holds a directory.
fn tree_of(directory: &Path) -> Option<&Path> {
    directory
        .ancestors()
        .find(|directory| directory.join(".git").symlink_metadata().is_ok())
}

/// Why the base branch's configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigOrBaseError {
    /// It cannot be read.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// It has mistakes.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// Why the base branch's baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineOrBaseError {
    /// It cannot be read.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// It is no baseline.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
}
