//! What the files of a report are relative to.

use std::path::{Path, PathBuf};

use super::files::{clean, shown};

/// The working directory, and the repository around it.
#[derive(Clone, Debug)]
pub(super) struct Base {
    working: PathBuf,
    root: PathBuf,
}

impl Base {
    pub(super) fn of_this_process() -> Self {
        Self::of(std::env::current_dir().unwrap_or_default())
    }

    pub(super) fn of(working: PathBuf) -> Self {
        let root = working
            .ancestors()
            .find(|directory| directory.join(".git").symlink_metadata().is_ok())
            .unwrap_or(&working)
            .to_owned();
        Self { working, root }
    }

    /// Returns the path of a file from the root of the repository, or as it is named if
    /// it is outside.
    pub(super) fn relative(&self, file: &str) -> String {
        let absolute = clean(&self.working.join(file));
        let inside = |path: &Path| path.strip_prefix(&self.root).map(shown).ok();
        inside(&absolute)
            .or_else(|| inside(&absolute.canonicalize().ok()?))
            .map_or_else(
                || file.to_owned(),
                |path| {
                    if path.is_empty() {
                        ".".to_owned()
                    } else {
                        path
                    }
                },
            )
    }
}
