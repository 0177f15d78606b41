//! `.tollgate`: what Tollgate keeps beside a project, and git ignores.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Its name.
pub const NAME: &str = ".tollgate";

/// Who may look into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sharing {
    /// Its owner.
    Own,
    /// Whoever the process's `umask` lets: where several people keep states in one place.
    Shared,
}

/// How a file in it is opened: no link is followed, which could lead to any file of whoever deploys, and
/// nothing blocks.
#[must_use]
pub fn careful(options: &mut fs::OpenOptions) -> &mut fs::OpenOptions {
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
}

/// What is to be done where a file in it cannot be used.
#[must_use]
pub fn help(cause: &io::Error) -> &'static str {
    match (cause.raw_os_error(), cause.kind()) {
        (Some(libc::ELOOP), _) => {
            "it is a link, and none is followed here: put the file that it leads to in its place"
        }
        (_, io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory) => {
            "move what is there by its name away"
        }
        _ => "check who may write there, and that the disk is not full",
    }
}

/// Makes it in the directory of a project, unless it is there.
///
/// # Errors
/// When it cannot be made, or something else is there by that name.
pub fn make(project: &Path) -> io::Result<PathBuf> {
    make_for(project, Sharing::Own)
}

/// Makes it for somebody.
///
/// # Errors
/// As [`make`].
pub fn make_for(directory: &Path, sharing: Sharing) -> io::Result<PathBuf> {
    let folder = directory.join(NAME);
    let mode = match sharing {
        Sharing::Own => 0o700,
        Sharing::Shared => 0o777,
    };
    match fs::DirBuilder::new().mode(mode).create(&folder) {
        Ok(()) => {}
        // Not a link: it could lead anywhere.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !fs::symlink_metadata(&folder)?.is_dir() {
                return Err(io::Error::new(
                    io::ErrorKind::NotADirectory,
                    "something else than a directory is there",
                ));
            }
        }
        Err(error) => return Err(error),
    }
    let ignore = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(folder.join(".gitignore"));
    match ignore {
        Ok(mut file) => file.write_all(b"*\n")?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    Ok(folder)
}
