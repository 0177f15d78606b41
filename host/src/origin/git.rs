//! A commit of a git repository, read through the `git` program.
//!
//! Nothing is checked out. git gets an environment of ours, because its own variables can
//! point it at another repository or at other objects (`GIT_DIR`,
//! `GIT_ALTERNATE_OBJECT_DIRECTORIES`, replace references), and it must neither ask for a
//! password nor fetch what a partial clone left out.

mod resolve;
mod tree;

use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::normal;
use crate::diagnostic::quoted;

/// What git still gets of the environment: where it is, and its user's settings, of which
/// `safe.directory` is one.
const KEPT: [&str; 8] = [
    "PATH",
    "HOME",
    "USERPROFILE",
    "XDG_CONFIG_HOME",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "SYSTEMROOT",
    "TMPDIR",
];

/// How a file of Git LFS begins that was not replaced by its content.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// What a link is called.
const LINK: &str = "a symbolic link";

/// A commit, and the directory of its repository that the run is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The root of the working tree.
    pub root: PathBuf,
    /// The commit as it was named.
    pub name: String,
    /// Its full identifier.
    pub id: String,
    /// The working directory, relative to the root.
    pub prefix: PathBuf,
    /// What it has, once somebody has asked.
    tree: OnceLock<tree::Tree>,
    /// Whether links inside of the repository are followed. A base is read without: a link there
    /// could be turned elsewhere by whoever changes what it leads to.
    follow: bool,
}

/// What stands between what is wrong with another user's repository, and what helps.
pub const TRUST: &str = "; if you trust it: ";

/// Why a commit, or a file of it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no git.
    #[error("cannot run git: {0}; install it, or name a checkout of the base branch by its path")]
    NotInstalled(io::Error),
    /// The directory is in no repository.
    #[error(
        "the working directory is in no git repository ({message}); run in a checkout, or name a checkout of the base branch by its path"
    )]
    NotARepository {
        /// What git says.
        message: String,
    },
    /// Files of the checkout make up a repository of their own.
    #[error(
        "{} is a git repository made of files of the checkout (`HEAD`, `objects` and `refs`): git would read its branches instead of those of the repository that holds it; take these files away, or run in the root of the repository",
        quoted(.directory)
    )]
    Embedded {
        /// Where they are.
        directory: String,
    },
    /// The repository is part of another one, which says what it is.
    #[error(
        "the working directory is in {}, a submodule of the repository in {}: its branches are whatever that repository makes them, so they cannot judge it; run in the repository that is judged, or in a clone of its own",
        quoted(.path), quoted(.outer)
    )]
    Submodule {
        /// Relative to the outer repository.
        path: String,
        /// Where the outer repository is.
        outer: String,
    },
    /// The text cannot be the name of a commit.
    #[error(
        "{} cannot be the name of a commit; name a branch, tag or commit (`origin/main`), or a checkout by a path that begins with `/`, `./` or `../`",
        quoted(.name)
    )]
    Name {
        /// As it was given.
        name: String,
    },
    /// The repository does not have the commit.
    #[error("this repository has no commit {}; {fetch}", quoted(.name))]
    Unknown {
        /// As it was given.
        name: String,
        /// What would bring it.
        fetch: String,
    },
    /// The name means several commits.
    #[error(
        "{} is ambiguous, and one of these can be somebody's to stand in for another: {meanings}; give the full name of the one that is meant, such as `{likely}`",
        quoted(.name)
    )]
    Ambiguous {
        /// As it was given.
        name: String,
        /// Everything that it means.
        meanings: Meanings,
        /// The full name of what is probably meant.
        likely: String,
    },
    /// There is only something else of the name.
    #[error(
        "{} looks like {looks_like}, but only `{found}` is called so here; {fetch}; if `{found}` is meant, give that name",
        quoted(.name)
    )]
    StandsIn {
        /// As it was given.
        name: String,
        /// The full name of what there is.
        found: String,
        /// What the name looks like.
        looks_like: String,
        /// What would bring that.
        fetch: String,
    },
    /// The commit has no such file.
    #[error("{name} has no file {}", quoted(.path))]
    Missing {
        /// The commit as it was named.
        name: String,
        /// Relative to the root.
        path: String,
    },
    /// The path leads out of the repository.
    #[error(
        "{} is outside of the repository, so no commit has it; bring the file into the repository",
        quoted(.path)
    )]
    Outside {
        /// As it is written.
        path: String,
    },
    /// Something else than a file is in the way.
    #[error("{} is {kind} at {name}, and only plain files are read there; {next}", quoted(.path))]
    NotAFile {
        /// The commit as it was named.
        name: String,
        /// Where it is, relative to the root.
        path: String,
        /// What it is.
        kind: &'static str,
        /// What to do.
        next: &'static str,
    },
    /// The file's content is not in the repository.
    #[error(
        "{} is a Git LFS pointer at {name}, not the file itself; commit the file, or check the base branch out with LFS and name that checkout by its path",
        quoted(.path)
    )]
    LfsPointer {
        /// The commit as it was named.
        name: String,
        /// Relative to the root.
        path: String,
    },
    /// The clone is another user's, and git reads such a one only where it is told to.
    #[error(
        "the repository belongs to another user, and git does not read it{}`git config --global --add safe.directory {directory}`",
        TRUST
    )]
    OtherOwner {
        /// The repository.
        directory: String,
    },
    /// git failed otherwise.
    #[error("`git {command}` failed: {message}")]
    Failed {
        /// The subcommand.
        command: String,
        /// What git says.
        message: String,
    },
}

/// Full names, each with its commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meanings(pub Vec<(String, String)>);

impl fmt::Display for Meanings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, (name, id)) in self.0.iter().enumerate() {
            let comma = if nth == 0 { "" } else { ", " };
            write!(f, "{comma}`{name}` ({})", id.get(..12).unwrap_or(id))?;
        }
        Ok(())
    }
}

impl From<GitError> for io::Error {
    fn from(error: GitError) -> Self {
        let kind = match error {
            GitError::Missing { .. } => io::ErrorKind::NotFound,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

impl Commit {
    /// Finds a commit in the repository that holds a directory.
    ///
    /// # Errors
    /// When there is no git, no repository or no such commit, or the name is none or means
    /// several.
    pub fn open(directory: &Path, name: &str) -> Result<Self, GitError> {
        if !names_a_commit(name) {
            return Err(GitError::Name {
                name: name.to_owned(),
            });
        }
        let root =
            ask(directory, &["rev-parse", "--show-toplevel"]).map_err(|error| match error {
                GitError::Failed { message, .. } => GitError::NotARepository { message },
                other => other,
            })?;
        // Settings of the clone could name another working tree.
        if !Path::new(&root).join(".git").exists() {
            return Err(GitError::NotARepository {
                message: format!("{root} has no `.git`, and `core.worktree` is not followed"),
            });
        }
        outermost(Path::new(&root))?;
        let prefix = ask(directory, &["rev-parse", "--show-prefix"])?;
        let id = resolve::resolve(directory, name)?;
        Ok(Self {
            root: PathBuf::from(root),
            name: name.to_owned(),
            id,
            prefix: PathBuf::from(prefix),
            tree: OnceLock::new(),
            follow: false,
        })
    }

    /// Finds the last commit of the working tree that holds a directory: what a merge would bring.
    /// Nothing that a checkout does to files (attributes, filters, what git was told to overlook)
    /// is in it.
    ///
    /// # Errors
    /// As [`Commit::open`], and when nothing is committed.
    pub fn head(directory: &Path) -> Result<Self, GitError> {
        let head = Self::open(directory, "HEAD")?;
        Ok(Self {
            follow: true,
            ..head
        })
    }

    /// Returns the path, relative to the root, of what a path from the working directory
    /// names.
    ///
    /// # Errors
    /// When it leads out of the repository.
    pub fn relative(&self, path: &Path) -> Result<PathBuf, GitError> {
        let inside = if path.is_absolute() {
            path.strip_prefix(&self.root).ok().and_then(normal)
        } else {
            normal(&self.prefix.join(path))
        };
        inside.ok_or_else(|| GitError::Outside {
            path: path.display().to_string(),
        })
    }

    /// Looks for a file in the working directory and above it, as the commit has them.
    ///
    /// # Errors
    /// When git fails. That nothing is there is no error.
    pub fn find(&self, file: &str) -> Result<Option<PathBuf>, GitError> {
        let candidates: Vec<PathBuf> = self
            .prefix
            .ancestors()
            .map(|directory| directory.join(file))
            .collect();
        let entries = self.entries(&candidates)?;
        Ok(candidates
            .into_iter()
            .find(|candidate| entries.iter().any(|entry| entry.path == slashed(candidate))))
    }

    /// Reads a file, but not more than one byte over `limit`.
    ///
    /// # Errors
    /// When the commit has no such file, or something else under its name.
    pub fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, GitError> {
        let mut path = path.to_path_buf();
        // As many links as the system follows.
        for _ in 0..40 {
            match self.read_plain(&path, limit) {
                Err(GitError::NotAFile {
                    path: link, kind, ..
                }) if self.follow && kind == LINK => {
                    path = self.behind(&path, Path::new(&link))?;
                }
                read => return read,
            }
        }
        Err(GitError::Outside {
            path: path.display().to_string(),
        })
    }

    /// Where a path leads that goes through a link.
    fn behind(&self, path: &Path, link: &Path) -> Result<PathBuf, GitError> {
        let outside = || GitError::Outside {
            path: path.display().to_string(),
        };
        let path = normal(path).ok_or_else(outside)?;
        let rest = path.strip_prefix(link).unwrap_or(Path::new(""));
        let entries = self.entries(&[link.to_path_buf()])?;
        let entry = entries.first().ok_or_else(outside)?;
        let arguments = ["cat-file", "blob", &entry.object];
        let target = output(git(&self.root).args(arguments), &arguments, 4096)?;
        let target = String::from_utf8(target).map_err(|_| outside())?;
        let from = link.parent().unwrap_or(Path::new(""));
        normal(&from.join(target).join(rest)).ok_or_else(outside)
    }

    /// Reads a file that no link leads to, as a base is read.
    ///
    /// # Errors
    /// As [`Commit::read`].
    pub fn read_plain(&self, path: &Path, limit: u64) -> Result<Vec<u8>, GitError> {
        let normal = normal(path).ok_or_else(|| GitError::Outside {
            path: path.display().to_string(),
        })?;
        let wanted = slashed(&normal);
        // With everything above it, to tell a link or a submodule on the way from nothing.
        let mut steps: Vec<PathBuf> = normal.ancestors().map(Path::to_path_buf).collect();
        steps.retain(|step| step != Path::new(""));
        let entries = self.entries(&steps)?;
        for entry in &entries {
            let (kind, next) = match entry.mode.as_str() {
                "120000" => (LINK, "name the file that it points to"),
                "160000" => (
                    "a submodule",
                    "name a checkout of the base branch with its submodules by its path",
                ),
                "040000" if entry.path == wanted => ("a directory", "name a file in it"),
                _ => continue,
            };
            return Err(GitError::NotAFile {
                name: self.name.clone(),
                path: entry.path.clone(),
                kind,
                next,
            });
        }
        let missing = || GitError::Missing {
            name: self.name.clone(),
            path: wanted.clone(),
        };
        let entry = entries
            .iter()
            .find(|entry| entry.path == wanted)
            .ok_or_else(missing)?;
        let arguments = ["cat-file", "blob", &entry.object];
        let bytes = output(git(&self.root).args(arguments), &arguments, limit)?;
        if bytes.starts_with(LFS_POINTER) {
            return Err(GitError::LfsPointer {
                name: self.name.clone(),
                path: wanted,
            });
        }
        Ok(bytes)
    }

    /// Returns which of some paths it has.
    ///
    /// # Errors
    /// When git fails.
    pub fn present(&self, paths: &[PathBuf]) -> Result<Vec<bool>, GitError> {
        let normal: Vec<Option<PathBuf>> = paths.iter().map(|path| normal(path)).collect();
        let inside: Vec<PathBuf> = normal.iter().flatten().cloned().collect();
        let entries = self.entries(&inside)?;
        Ok(normal
            .iter()
            .map(|path| {
                path.as_ref()
                    .is_some_and(|path| entries.iter().any(|entry| entry.path == slashed(path)))
            })
            .collect())
    }

    /// Returns the addresses of those who wrote the commits since this one, as far as
    /// they changed one of these files; sorted.
    ///
    /// They are what the commits say. Nothing proves them.
    ///
    /// # Errors
    /// When git fails, or history is cut off.
    pub fn authors_since(&self, paths: &[PathBuf]) -> Result<Vec<String>, GitError> {
        if self.is_shallow() {
            return Err(GitError::Failed {
                command: "log".to_owned(),
                message: "the clone is shallow, so its history cannot be trusted to be whole; check out with `fetch-depth: 0`".to_owned(),
            });
        }
        let range = format!("{}..HEAD", self.id);
        let arguments = [
            "log",
            "--no-show-signature",
            "--no-mailmap",
            "-z",
            "--format=%ae",
            &range,
            "--",
        ];
        let text = output(
            git(&self.root)
                .args(arguments)
                .args(paths.iter().map(|path| slashed(path))),
            &arguments,
            1 << 20,
        )?;
        let mut authors: Vec<String> = String::from_utf8_lossy(&text)
            .split('\0')
            .filter(|author| !author.is_empty())
            .map(ToOwned::to_owned)
            .collect();
        authors.sort();
        authors.dedup();
        Ok(authors)
    }

    /// Returns whether the working tree's last commit has all of this one's history, as far
    /// as the clone can tell.
    #[must_use]
    pub fn is_in_head(&self) -> bool {
        let arguments = ["merge-base", "--is-ancestor", &self.id, "HEAD"];
        output(git(&self.root).args(arguments), &arguments, 0).is_ok()
    }

    /// Returns whether history was cut off when the repository was cloned; also where that
    /// cannot be told.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        !ask(&self.root, &["rev-parse", "--is-shallow-repository"])
            .is_ok_and(|answer| answer == "false")
    }

    /// Returns whether it is the working tree's last commit.
    #[must_use]
    pub fn is_head(&self) -> bool {
        resolve::resolve(&self.root, "HEAD").is_ok_and(|head| head == self.id)
    }

    /// Returns whether it was named as the working tree's last commit, whichever that is.
    #[must_use]
    pub fn is_called_head(&self) -> bool {
        resolve::is_head(&self.name)
    }

    fn entries(&self, paths: &[PathBuf]) -> Result<Vec<Entry>, GitError> {
        let arguments = ["ls-tree", "-z", "--full-tree", &self.id, "--"];
        let text = output(
            git(&self.root)
                .args(arguments)
                .args(paths.iter().map(|path| slashed(path))),
            &arguments,
            1 << 20,
        )?;
        Ok(String::from_utf8_lossy(&text)
            .split('\0')
            .filter_map(|line| {
                let (what, path) = line.split_once('\t')?;
                let mut words = what.split(' ');
                let mode = words.next()?.to_owned();
                Some(Entry {
                    mode,
                    object: words.nth(1)?.to_owned(),
                    path: path.to_owned(),
                })
            })
            .collect())
    }
}

/// Refuses a repository that another one around it has as a submodule: a change of that one can put
/// any repository there, with branches of its own. A repository that only lies inside of another
/// one, as a checkout of a job does, is nobody's part.
///
/// # Errors
/// When it is a submodule, or that cannot be told.
pub fn outermost(root: &Path) -> Result<(), GitError> {
    for around in root.ancestors().skip(1) {
        if around.join(".git").symlink_metadata().is_err() {
            continue;
        }
        let path = root.strip_prefix(around).unwrap_or(root);
        // As it is committed, and as it is about to be.
        let staged = ask(around, &["ls-files", "--stage", "--", &slashed(path)])?;
        let committed = match ask(around, &["rev-parse", "--verify", "--quiet", "HEAD"]) {
            Ok(head) => ask(
                around,
                &["ls-tree", "--full-tree", &head, "--", &slashed(path)],
            )?,
            // Nothing is committed there.
            Err(_) => String::new(),
        };
        if [staged, committed]
            .iter()
            .any(|entry| entry.starts_with("160000 "))
        {
            return Err(GitError::Submodule {
                path: slashed(path),
                outer: around.display().to_string(),
            });
        }
    }
    Ok(())
}

/// Makes sure that git finds the repository that holds a directory, and none that somebody committed
/// into it: from where it is asked it goes upwards, and takes a directory that is laid out as a bare
/// repository for one. No commit can bring a `.git`, and where that is, git looks there first.
fn none_embedded(directory: &Path) -> Result<(), GitError> {
    // As the system has it: git goes upwards from there.
    let Ok(directory) = directory.canonicalize() else {
        return Ok(());
    };
    for around in directory.ancestors() {
        if around.join(".git").symlink_metadata().is_ok() {
            return Ok(());
        }
        let has = |name: &str| around.join(name).symlink_metadata().is_ok();
        if has("HEAD") && (has("commondir") || has("objects") && has("refs")) {
            return Err(GitError::Embedded {
                directory: around.display().to_string(),
            });
        }
    }
    Ok(())
}

/// What a commit has under a path.
struct Entry {
    mode: String,
    object: String,
    path: String,
}

/// Whether a text can name a commit: nothing that git would take for an option, a file in
/// a commit (`HEAD:file`), a search (`:/text`) or a pattern.
fn names_a_commit(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 256
        && !name.starts_with(['-', '~', '^'])
        && !name.contains("..")
        // Of this clone's own past, or of what somebody set for it.
        && !name.contains("@{")
        && !name.chars().any(|character| {
            character.is_control()
                || character.is_whitespace()
                || matches!(character, ':' | '?' | '*' | '[' | '\\')
        })
}

/// git writes and wants `/`, on every system.
fn slashed(path: &Path) -> String {
    path.components()
        .map(|component| component.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

/// Asks git for a line.
pub(crate) fn ask(directory: &Path, arguments: &[&str]) -> Result<String, GitError> {
    none_embedded(directory)?;
    let text = output(git(directory).args(arguments), arguments, u64::MAX)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

fn git(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .env_clear()
        .envs(
            KEPT.iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?))),
        )
        .env("LC_ALL", "C")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .arg("-C")
        .arg(directory)
        // A path is a path, whatever characters it has; and no program of the repository's settings
        // says which files have changed.
        .args(["--no-pager", "--literal-pathspecs"])
        .args(["-c", "core.fsmonitor=false"])
        // For whatever a later git may take for one; see `none_embedded`.
        .args(["-c", "safe.bareRepository=explicit"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs git and returns what it prints, at most one byte over `limit`.
fn output(command: &mut Command, arguments: &[&str], limit: u64) -> Result<Vec<u8>, GitError> {
    let name = arguments.first().copied().unwrap_or_default();
    let failed = |message: String| GitError::Failed {
        command: name.to_owned(),
        message,
    };
    let mut child = command.spawn().map_err(GitError::NotInstalled)?;
    let mut bytes = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| failed(error.to_string()))?;
    }
    if bytes.len() as u64 > limit {
        // More than anybody wants: what is left of it is of no interest.
        let _ = child.kill();
        let _ = child.wait();
        return Ok(bytes);
    }
    let mut message = String::new();
    if let Some(stderr) = child.stderr.take() {
        // What git says is for people; that it cannot be read is no failure of its own.
        let _ = stderr.take(4096).read_to_string(&mut message);
    }
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    if status.success() {
        return Ok(bytes);
    }
    if let Some((_, rest)) = message.split_once("dubious ownership in repository at '") {
        let directory = rest.split('\'').next().unwrap_or_default();
        return Err(GitError::OtherOwner {
            directory: crate::report::inert(directory).into_owned(),
        });
    }
    let line = message.lines().next().unwrap_or_default();
    let line = line.strip_prefix("fatal: ").unwrap_or(line);
    Err(failed(if line.is_empty() {
        status.to_string()
    } else {
        line.to_owned()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_commits() {
        for (name, expected) in [
            ("origin/main", true),
            ("v1.0", true),
            ("0123abcd", true),
            ("HEAD~1", true),
            ("main^", true),
            ("release/ü", true),
            ("", false),
            ("-main", false),
            ("--output=x", false),
            ("main..other", false),
            ("HEAD:tollgate.toml", false),
            (":/fix", false),
            ("a b", false),
            ("a\n", false),
            ("refs/*", false),
            ("main@{1}", false),
            ("^main", false),
        ] {
            assert_eq!(names_a_commit(name), expected, "{name}");
        }
    }
}
