//! Where a path leads, through links.

use std::fs;
use std::path::{Path, PathBuf};

use super::OutputError;

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
