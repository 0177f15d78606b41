//! Where files are read from: the file system, or somewhere that is laid out as one, such as a commit.

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

/// Something that has directories and files.
pub trait Reader: fmt::Debug + Send + Sync {
    /// Returns what is in a directory, by name, in no order; without names that are no UTF-8.
    ///
    /// # Errors
    /// When there is no such directory, or it cannot be read.
    fn names(&self, directory: &Path) -> io::Result<Vec<String>>;

    /// Returns what is at a path; links are followed.
    ///
    /// # Errors
    /// When nothing is there.
    fn kind(&self, path: &Path) -> io::Result<Kind>;

    /// Reads a file, but not more than one byte over `limit`.
    ///
    /// # Errors
    /// When there is no such file, or it cannot be read.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file, of so many bytes.
    File(u64),
    /// A directory.
    Directory,
    /// Something that nothing is read from, such as a pipe.
    Other,
}

/// Shared by whoever reads one project.
pub type Files = Arc<dyn Reader>;

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

/// Returns the file system.
#[must_use]
pub fn disk() -> Files {
    Arc::new(Disk)
}

impl Reader for Disk {
    fn names(&self, directory: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(super::files::named(directory))? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn kind(&self, path: &Path) -> io::Result<Kind> {
        let found = fs::metadata(super::files::named(path))?;
        Ok(if found.is_dir() {
            Kind::Directory
        } else if found.is_file() {
            Kind::File(found.len())
        } else {
            Kind::Other
        })
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = fs::File::open(path)?;
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
