//! Replaces a file at once: whoever reads it sees the old one or the new one.

use crate::error::Problem;
use crate::file::FILE_LIMIT_MIB;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How long to wait for another Tollgate that writes the same file.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait before asking again.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// The file to write, links followed.
pub(super) struct Target {
    path: PathBuf,
    /// The lock; held until the file is replaced. None for a new file.
    file: Option<File>,
    original: Zeroizing<Vec<u8>>,
}

impl Target {
    /// Locks and reads an existing file. Other tools do not know the lock; [`Self::prepare`] finds what
    /// they changed.
    pub(super) fn existing(path: &Path) -> Result<Self, Problem> {
        let io = |error: std::io::Error| Problem::Io(error.kind());
        let path = std::fs::canonicalize(path).map_err(io)?;
        let patience = Instant::now() + LOCK_PATIENCE;
        loop {
            let metadata = std::fs::metadata(&path).map_err(io)?;
            if !metadata.is_file() {
                return Err(Problem::NotAFile);
            }
            // A new file in its place would get around what somebody meant by its mode, or by what else
            // the system holds against whoever writes it.
            File::options()
                .write(true)
                .open(&path)
                .map_err(|error| Problem::Write(error.kind()))?;
            let mut file = File::open(&path).map_err(io)?;
            match file.try_lock() {
                // The second is a file system without locks; what changed is found before the file is
                // replaced.
                Ok(()) | Err(TryLockError::Error(_)) => {}
                Err(TryLockError::WouldBlock) => {
                    if Instant::now() > patience {
                        return Err(Problem::Busy);
                    }
                    std::thread::sleep(LOCK_PAUSE);
                    continue;
                }
            }
            if !is_still(&file, &path) {
                // Whoever held the lock replaced the file; what was locked is the old one.
                continue;
            }
            let original = read(&mut file)?;
            return Ok(Self {
                path,
                file: Some(file),
                original,
            });
        }
    }

    /// Takes a path where nothing is yet.
    pub(super) fn new(path: &Path) -> Result<Self, Problem> {
        if path.symlink_metadata().is_ok() {
            return Err(Problem::Exists);
        }
        Ok(Self {
            path: path.to_owned(),
            file: None,
            original: Zeroizing::new(Vec::new()),
        })
    }

    pub(super) fn is_new(&self) -> bool {
        self.file.is_none()
    }

    pub(super) fn original(&self) -> &[u8] {
        &self.original
    }

    /// Writes a file beside the target and has it verified as it is on the disk; it is gone again when it
    /// is not moved into place by [`Self::commit`]. Mode and owner stay; a byte order mark does too.
    pub(super) fn prepare(
        &self,
        text: &[u8],
        verify: impl FnOnce(&[u8]) -> Result<(), Problem>,
    ) -> Result<Beside, Problem> {
        let bom = "\u{feff}".as_bytes();
        // In dotenv it is a part of the text.
        let mark: &[u8] = if self.original.starts_with(bom) && !text.starts_with(bom) {
            bom
        } else {
            b""
        };
        let beside = self.beside(&[mark, text])?;
        let mut written = File::open(&beside.path).map_err(|error| Problem::Write(error.kind()))?;
        verify(&read(&mut written)?)?;
        Ok(beside)
    }

    fn beside(&self, texts: &[&[u8]]) -> Result<Beside, Problem> {
        let write = |error: std::io::Error| Problem::Write(error.kind());
        let mut beside = Beside::create(&self.path)?;
        let mut file = beside.file()?;
        if let Some(original) = &self.file {
            keep_attributes(original, &file)?;
        }
        for text in texts {
            file.write_all(text).map_err(write)?;
        }
        file.sync_all().map_err(write)?;
        Ok(beside)
    }

    /// Moves what was written into place.
    pub(super) fn commit(&self, mut beside: Beside) -> Result<(), Problem> {
        let write = |error: std::io::Error| Problem::Write(error.kind());
        if self.file.is_some() {
            let mut current = File::open(&self.path).map_err(|_| Problem::ChangedMeanwhile)?;
            if *read(&mut current)? != *self.original {
                return Err(Problem::ChangedMeanwhile);
            }
            std::fs::rename(&beside.path, &self.path).map_err(write)?;
            beside.done = true;
        } else {
            // Unlike a rename, a link never takes the place of a file that appeared meanwhile.
            match std::fs::hard_link(&beside.path, &self.path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    return Err(Problem::Exists);
                }
                // A file system without links.
                Err(_) if self.path.symlink_metadata().is_ok() => return Err(Problem::Exists),
                Err(_) => {
                    std::fs::rename(&beside.path, &self.path).map_err(write)?;
                    beside.done = true;
                }
            }
        }
        // So that the new name survives a power cut; not every system can do this to a directory.
        if let Ok(directory) = File::open(directory(&self.path)) {
            let _ = directory.sync_all();
        }
        Ok(())
    }

    /// Puts the old content back, after [`Self::commit`].
    pub(super) fn restore(&self) -> Result<(), Problem> {
        let write = |error: std::io::Error| Problem::Write(error.kind());
        if self.file.is_none() {
            return std::fs::remove_file(&self.path).map_err(write);
        }
        let mut beside = self.beside(&[&self.original])?;
        std::fs::rename(&beside.path, &self.path).map_err(write)?;
        beside.done = true;
        Ok(())
    }
}

/// Writes a file that only its owner can read, in place of whatever is there.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let write = |error: std::io::Error| Problem::Write(error.kind());
    let mut beside = Beside::create_as(path, Some(0o600))?;
    let mut file = beside.file()?;
    file.write_all(bytes).map_err(write)?;
    file.sync_all().map_err(write)?;
    drop(file);
    std::fs::rename(&beside.path, path).map_err(write)?;
    beside.done = true;
    if let Ok(directory) = File::open(directory(path)) {
        let _ = directory.sync_all();
    }
    Ok(())
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn read(file: &mut File) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let limit = FILE_LIMIT_MIB << 20;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(size).unwrap_or(limit).min(limit) + 1,
    ));
    file.take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Problem::Io(error.kind()))?;
    Ok(bytes)
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(a), Ok(b)) => a.dev() == b.dev() && a.ino() == b.ino(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true
}

/// Gives a file the mode and the owner of another.
#[cfg(unix)]
fn keep_attributes(from: &File, to: &File) -> Result<(), Problem> {
    use std::os::unix::fs::MetadataExt;
    let write = |error: std::io::Error| Problem::Write(error.kind());
    let wanted = from.metadata().map_err(write)?;
    let own = to.metadata().map_err(write)?;
    if wanted.uid() != own.uid() || wanted.gid() != own.gid() {
        std::os::unix::fs::fchown(to, Some(wanted.uid()), Some(wanted.gid()))
            .map_err(|_| Problem::Owner)?;
    }
    // After the owner: changing that clears bits of the mode.
    to.set_permissions(wanted.permissions()).map_err(write)
}

#[cfg(not(unix))]
fn keep_attributes(_: &File, _: &File) -> Result<(), Problem> {
    Ok(())
}

/// A file that is gone when it was not moved away.
pub(super) struct Beside {
    path: PathBuf,
    file: Option<File>,
    done: bool,
}

impl Beside {
    /// Creates a file in the directory of another, where a rename is one step.
    fn create(target: &Path) -> Result<Self, Problem> {
        Self::create_as(target, None)
    }

    /// Creates it with a mode, which it has from the first moment on.
    fn create_as(target: &Path, mode: Option<u32>) -> Result<Self, Problem> {
        let name = target
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        for attempt in 0..100 {
            let path = directory(target)
                .join(format!(".{name}.tollgate-{}-{attempt}", std::process::id()));
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            if let Some(mode) = mode {
                use std::os::unix::fs::OpenOptionsExt as _;
                options.mode(mode);
            }
            #[cfg(not(unix))]
            let _ = mode;
            match options.open(&path) {
                Ok(file) => {
                    return Ok(Self {
                        path,
                        file: Some(file),
                        done: false,
                    });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Problem::Write(error.kind())),
            }
        }
        Err(Problem::Write(ErrorKind::AlreadyExists))
    }

    fn file(&mut self) -> Result<File, Problem> {
        self.file
            .take()
            .ok_or(Problem::Write(ErrorKind::AlreadyExists))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.done {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
