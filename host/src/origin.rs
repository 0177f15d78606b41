//! Where the gate's own files are read from: as they lie there, or as a commit has them.
//!
//! Configuration, policy modules, their documents and the baseline decide what a plan is
//! held against. In a pull request all of them can be changed by the one whose plan is
//! judged, so `check --config-from` reads them from somewhere else, and only from there.

pub mod git;

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use self::git::Commit;
use crate::hcl::reader::{Disk, Kind, Reader};

/// Where files are read from.
#[derive(Clone, Debug, Default)]
pub enum Origin {
    /// The file system.
    #[default]
    Files,
    /// A commit; paths are relative to the root of its repository.
    Commit(Arc<Commit>),
}

impl Origin {
    /// Reads a file, but not more than one byte over `limit`: a file of that size is too
    /// large.
    ///
    /// # Errors
    /// What the system says; for a commit, why it has no such file.
    pub fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        match self {
            Self::Files => Disk.read(path, limit),
            Self::Commit(commit) => commit.read(path, limit).map_err(io::Error::from),
        }
    }

    /// Returns which of some paths are there, whatever they are.
    #[must_use]
    pub fn present(&self, paths: &[PathBuf]) -> Vec<bool> {
        match self {
            Self::Files => paths
                .iter()
                .map(|path| path.symlink_metadata().is_ok())
                .collect(),
            // What git cannot tell is read, and then told as what cannot be read.
            Self::Commit(commit) => commit
                .present(paths)
                .unwrap_or_else(|_| vec![true; paths.len()]),
        }
    }

    /// Returns what a file is called in messages.
    #[must_use]
    pub fn name(&self, path: &Path) -> String {
        match self {
            Self::Files => path.display().to_string(),
            Self::Commit(commit) => {
                let path = normal(path).unwrap_or_else(|| path.to_path_buf());
                if commit.name == "HEAD" {
                    // What is judged; people know its files by their paths alone.
                    path.display().to_string()
                } else {
                    format!("{}:{}", commit.name, path.display())
                }
            }
        }
    }
}

impl Reader for Origin {
    fn names(&self, directory: &Path) -> io::Result<Vec<String>> {
        match self {
            Self::Files => Disk.names(directory),
            Self::Commit(commit) => commit.tree()?.names(directory),
        }
    }

    fn kind(&self, path: &Path) -> io::Result<Kind> {
        match self {
            Self::Files => Disk.kind(path),
            Self::Commit(commit) => commit.tree()?.kind(path),
        }
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        Self::read(self, path, limit)
    }
}

/// Returns the number of the user to whom a file belongs, if that is neither who runs this nor
/// root; of a link, both it and what it leads to count.
///
/// On a machine that several people use, a file that is found in a directory above can be anybody's.
#[cfg(unix)]
#[must_use]
pub fn stranger(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let own = rustix::process::geteuid().as_raw();
    // As git has it: root who is somebody else's `sudo` works for them.
    let behind_sudo = (own == 0)
        .then(|| std::env::var("SUDO_UID").ok()?.parse::<u32>().ok())
        .flatten();
    let owners = [path.symlink_metadata(), path.metadata()];
    owners
        .into_iter()
        .flatten()
        .map(|metadata| metadata.uid())
        .find(|owner| *owner != own && *owner != 0 && Some(*owner) != behind_sudo)
}

/// Elsewhere files have no owner that could be told so simply.
#[cfg(not(unix))]
#[must_use]
pub fn stranger(_path: &Path) -> Option<u32> {
    None
}

/// Takes `.` and `..` out of a relative path; none for one that leads out of its root.
#[must_use]
pub fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(name) => normal.push(name),
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_paths_stay_inside() {
        for (path, expected) in [
            ("a/b", Some("a/b")),
            ("./a/./b", Some("a/b")),
            ("a/../b", Some("b")),
            ("a/b/../../c", Some("c")),
            ("", Some("")),
            ("..", None),
            ("a/../../b", None),
            ("/a", None),
        ] {
            assert_eq!(
                normal(Path::new(path)),
                expected.map(PathBuf::from),
                "{path}"
            );
        }
    }
}
