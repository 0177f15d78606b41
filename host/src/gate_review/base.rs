//! The base branch: what `check --config-from` names, and what is read from it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tollgate_model::error::UserError;

use super::{Approval, History};
use crate::baseline::{Baseline, BaselineError};
use crate::config::{Config, ConfigError, FILE_NAME};
use crate::environment::BuiltinInfo;
use crate::origin::git::{Commit, GitError};
use crate::origin::{Origin, normal};

/// The place that the gate is read from in place of the working tree.
#[derive(Clone, Debug)]
pub struct Base {
    kind: Kind,
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
            return Ok(Self {
                kind: Kind::Commit(Arc::new(commit)),
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
        if tree_of(&checkout).unwrap_or(&checkout) == root || checkout == here {
            return Err(BaseError::SameTree {
                path: text.to_owned(),
            });
        }
        Ok(Self {
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
        if let Kind::Commit(commit) = &self.kind {
            let head = match Commit::open(&commit.root, "HEAD") {
                Ok(head) => head,
                // Nothing is committed.
                Err(GitError::Unknown { .. }) => return Ok(found),
                Err(error) => return Err(error.into()),
            };
            for file in files {
                // The first bytes are enough to tell.
                match head.read(file, 256) {
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
        builtins: &[BuiltinInfo<'_>],
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
            return Ok((None, Config::conventional(builtins)));
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
    /// (relative to the root): whoever `approved_by` names or, where nobody is named, the
    /// authors of all commits that change them.
    #[must_use]
    pub fn approval(
        &self,
        patterns: &[&str],
        approved_by: &[String],
        files: &[PathBuf],
    ) -> Approval {
        if patterns.is_empty() {
            return Approval::NoApprovers;
        }
        if !approved_by.is_empty() {
            return Approval::of(patterns, approved_by, false);
        }
        let Kind::Commit(commit) = &self.kind else {
            return Approval::NotApproved(
                "a checkout does not say who made the change; name who approved it with `--approved-by`".to_owned(),
            );
        };
        match committed(commit, files) {
            Err(error) => Approval::NotApproved(error.to_string()),
            Ok(false) => Approval::NotApproved("it is not committed".to_owned()),
            Ok(true) => match commit.authors_since(files) {
                Ok(authors) => Approval::of(patterns, &authors, true),
                Err(error) => Approval::NotApproved(error.to_string()),
            },
        }
    }
}

/// Whether the working tree has these files as its last commit has them: what is not
/// committed has no author.
fn committed(commit: &Commit, files: &[PathBuf]) -> Result<bool, GitError> {
    let head = Commit::open(&commit.root, "HEAD")?;
    for file in files {
        let here = std::fs::read(commit.root.join(file)).ok();
        let there = match head.read(file, u64::MAX - 1) {
            Ok(bytes) => Some(bytes),
            Err(GitError::Missing { .. }) => None,
            Err(error) => return Err(error),
        };
        if here != there {
            return Ok(false);
        }
    }
    Ok(true)
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
