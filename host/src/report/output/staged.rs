//! Files that are written whole or not at all: beside their place first, then moved there.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{BUFFER, OutputError, direct};

/// Writes one file that is no report: whole, or not at all.
///
/// # Errors
///
/// It cannot be written. What was there before is then untouched.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), OutputError> {
    direct(path)?;
    Staged::new(path, |out| out.write_all(content))
        .map_err(|source| OutputError::file(path, &source))?
        .commit()
}

/// A file that is written and not yet in its place.
pub(super) enum Staged {
    /// Takes the place of `destination` in one step.
    Temporary {
        file: NamedTempFile,
        destination: PathBuf,
        path: PathBuf,
    },
    /// A device or a pipe, which cannot be replaced; written on commit.
    Special {
        file: File,
        content: Vec<u8>,
        path: PathBuf,
    },
}

impl Staged {
    pub(super) fn new(
        path: &Path,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Self> {
        // Through a symbolic link: the link stays, its target is replaced.
        let destination = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let existing = fs::metadata(&destination).ok();
        if let Some(existing) = &existing
            && !existing.is_file()
        {
            if existing.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            let file = special(&destination)?;
            let mut content = Vec::new();
            write(&mut content)?;
            return Ok(Self::Special {
                file,
                content,
                path: path.to_owned(),
            });
        }
        existing.as_ref().map_or(Ok(()), writable)?;
        let directory = match destination.parent() {
            Some(directory) if directory != Path::new("") => directory,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".tollgate-").suffix(".tmp");
        // Reports are no secrets: readable as far as the umask says, like any new file.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(directory)?;
        let mut buffered = BufWriter::with_capacity(BUFFER, &mut file);
        write(&mut buffered)?;
        buffered.flush()?;
        drop(buffered);
        file.as_file().sync_all()?;
        if let Some(existing) = existing {
            file.as_file().set_permissions(existing.permissions())?;
        }
        Ok(Self::Temporary {
            file,
            destination,
            path: path.to_owned(),
        })
    }

    pub(super) fn commit(self) -> Result<(), OutputError> {
        match self {
            Self::Temporary {
                file,
                destination,
                path,
            } => {
                file.persist(&destination)
                    .map_err(|failed| OutputError::file(&path, &failed.error))?;
                Ok(())
            }
            Self::Special {
                mut file,
                content,
                path,
            } => file
                .write_all(&content)
                .map_err(|source| OutputError::file(&path, &source)),
        }
    }
}

/// Opens what is no file, such as a device or a pipe, without waiting for a pipe's reader.
fn special(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

    let mut options = OpenOptions::new();
    options.write(true);
    options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let file = options
        .open(path)
        .map_err(|error| match error.raw_os_error() {
            Some(libc::ENXIO) => {
                io::Error::other("it is a pipe that no program reads; start the reader first")
            }
            _ => error,
        })?;
    // Once there is a reader, it may take its time.
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}

/// Whether the permissions of a file let it be replaced.
pub(super) fn writable(file: &Metadata) -> io::Result<()> {
    if file.permissions().readonly() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it is read-only",
        ));
    }
    Ok(())
}
