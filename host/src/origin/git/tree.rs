//! All that a commit has, listed once: conventions look into many directories.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::super::normal;
use super::{Commit, GitError, git, output};
use crate::hcl::reader::Kind;

/// The bytes that the list of a commit's files may have.
const MAX_BYTES: u64 = 64 << 20;

/// The directories and files of a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::origin) struct Tree {
    /// Names by directory.
    directories: BTreeMap<PathBuf, BTreeSet<String>>,
    files: BTreeMap<PathBuf, Kind>,
}

impl Commit {
    /// Returns the list, which is made once.
    ///
    /// # Errors
    /// When git fails, or the list is too long.
    pub(in crate::origin) fn tree(&self) -> io::Result<&Tree> {
        if let Some(tree) = self.tree.get() {
            return Ok(tree);
        }
        let tree = self.list()?;
        Ok(self.tree.get_or_init(|| tree))
    }

    /// Returns the files of a name, wherever they are; sorted.
    ///
    /// # Errors
    /// As `Self::tree`.
    pub fn files_called(&self, name: &str) -> io::Result<Vec<PathBuf>> {
        let files = self.tree()?.files.keys();
        let called = files.filter(|path| path.file_name().is_some_and(|own| own == name));
        Ok(called.cloned().collect())
    }

    fn list(&self) -> Result<Tree, GitError> {
        let arguments = ["ls-tree", "-r", "-l", "-z", "--full-tree", &self.id];
        let text = output(git(&self.root).args(arguments), &arguments, MAX_BYTES)?;
        if text.len() as u64 > MAX_BYTES {
            return Err(GitError::Failed {
                command: "ls-tree".to_owned(),
                message: "the commit has too many files".to_owned(),
            });
        }
        Ok(Tree::read(&String::from_utf8_lossy(&text)))
    }
}

impl Tree {
    fn read(text: &str) -> Self {
        let mut tree = Self::default();
        for line in text.split('\0') {
            let Some((what, path)) = line.split_once('\t') else {
                continue;
            };
            let mut words = what.split_whitespace();
            let mode = words.next().unwrap_or_default();
            let length = words.nth(2).and_then(|length| length.parse().ok());
            // Neither where a link leads nor what a submodule has is read from a commit.
            let kind = match (mode, length) {
                ("100644" | "100755", Some(length)) => Kind::File(length),
                _ => Kind::Other,
            };
            let path = PathBuf::from(path);
            tree.add(&path);
            tree.files.insert(path, kind);
        }
        tree
    }

    fn add(&mut self, path: &Path) {
        let mut below = path;
        while let (Some(parent), Some(name)) = (below.parent(), below.file_name()) {
            let names = self.directories.entry(parent.to_owned()).or_default();
            if !names.insert(name.to_string_lossy().into_owned()) {
                break;
            }
            below = parent;
        }
    }

    /// Returns what is in a directory.
    pub(in crate::origin) fn names(&self, directory: &Path) -> io::Result<Vec<String>> {
        let names = normal(directory).and_then(|directory| self.directories.get(&directory));
        let names = names.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(names.iter().cloned().collect())
    }

    /// Returns what is at a path.
    pub(in crate::origin) fn kind(&self, path: &Path) -> io::Result<Kind> {
        let path = normal(path).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        if let Some(kind) = self.files.get(&path) {
            return Ok(*kind);
        }
        if path.as_os_str().is_empty() || self.directories.contains_key(&path) {
            return Ok(Kind::Directory);
        }
        Err(io::Error::from(io::ErrorKind::NotFound))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_laid_out_as_directories() {
        let lines = [
            "100644 blob 0123    12\tmain.tf",
            "100644 blob 0123     7\tenvs/prod/x.tfvars",
            "120000 blob 0123     3\tenvs/link",
            "160000 commit 0123       -\tvendor/module",
            "",
        ];
        let tree = Tree::read(&lines.join("\0"));
        let names = |path: &str| tree.names(Path::new(path)).unwrap();
        assert_eq!(names("."), ["envs", "main.tf", "vendor"]);
        assert_eq!(names("./envs/../envs"), ["link", "prod"]);
        assert!(tree.names(Path::new("main.tf")).is_err());
        assert!(tree.names(Path::new("..")).is_err());
        for (path, expected) in [
            ("main.tf", Some(Kind::File(12))),
            ("", Some(Kind::Directory)),
            ("envs/prod", Some(Kind::Directory)),
            ("envs/link", Some(Kind::Other)),
            ("vendor/module", Some(Kind::Other)),
            ("envs/staging", None),
        ] {
            assert_eq!(tree.kind(Path::new(path)).ok(), expected, "{path}");
        }
    }
}
