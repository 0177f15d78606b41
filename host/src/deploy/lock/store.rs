//! One small file or object that several write: each change compares first.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use tollgate_model::error::UserError;
use tollgate_secrets::keys::Refusal;
use tollgate_secrets::s3::{Bucket, Version};

use crate::deploy::folder::{self, Sharing};
use crate::deploy::place::{At, Place};

/// The largest lock that is read, in bytes.
const MAX_SIZE: u64 = 64 << 10;

/// Where it is.
#[derive(Clone)]
pub(in crate::deploy) enum Store {
    /// A file in our folder below a directory.
    File {
        directory: PathBuf,
        sharing: Sharing,
        name: String,
    },
    /// An object.
    Object { bucket: Box<Bucket>, key: String },
}

/// What is there.
pub(in crate::deploy) struct Found {
    pub(in crate::deploy) bytes: Vec<u8>,
    version: Option<Version>,
}

/// Why it cannot be told or changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refuses.
    #[error("cannot {doing}: {cause}")]
    File {
        /// As a fragment.
        doing: &'static str,
        /// What the system says.
        cause: io::Error,
    },
    /// The service refuses, or nobody answers.
    #[error("{}", .0.why)]
    Object(Refusal),
}

impl UserError for StoreError {
    fn help(&self) -> Option<String> {
        match self {
            Self::File { cause, .. } => Some(folder::help(cause).to_owned()),
            Self::Object(refusal) => refusal.next.clone(),
        }
    }
}

fn failed(doing: &'static str) -> impl Fn(io::Error) -> StoreError {
    move |cause| StoreError::File { doing, cause }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File {
                directory, name, ..
            } => directory.join(folder::NAME).join(name).display().fmt(f),
            Self::Object { bucket, key } => write!(f, "s3://{}/{key}", bucket.name()),
        }
    }
}

impl Store {
    /// Something of the project's by a name.
    pub(in crate::deploy) fn of(place: &Place, name: &str, ending: &str) -> Self {
        match place.at() {
            At::Directory(directory, sharing) => Self::File {
                directory: directory.clone(),
                sharing: *sharing,
                name: format!("{name}.{ending}"),
            },
            At::Bucket(bucket, stem) => Self::Object {
                bucket: bucket.clone(),
                key: format!("{stem}.tollgate-{name}.{ending}"),
            },
        }
    }

    /// Reads what is there.
    pub(in crate::deploy) fn read(&self) -> Result<Option<Found>, StoreError> {
        match self {
            Self::File {
                directory, name, ..
            } => {
                let path = directory.join(folder::NAME).join(name);
                match open(&path) {
                    Ok(mut file) => read(&mut file).map(Some),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(failed("read it")(error)),
                }
            }
            Self::Object { bucket, key } => {
                let object = bucket.get(key).map_err(StoreError::Object)?;
                Ok(object.map(|object| Found {
                    bytes: object.bytes,
                    version: Some(object.version),
                }))
            }
        }
    }

    /// Makes it with everything in it at once, and says whether nothing was there.
    pub(in crate::deploy) fn create(&self, bytes: &[u8]) -> Result<bool, StoreError> {
        match self {
            Self::File {
                directory,
                sharing,
                name,
            } => {
                let folder =
                    folder::make_for(directory, *sharing).map_err(failed("make its directory"))?;
                let made = written(&folder, bytes)?.persist_noclobber(folder.join(name));
                match made {
                    Ok(_) => {
                        settle(&folder);
                        Ok(true)
                    }
                    Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
                    Err(error) => Err(failed("make it")(error.error)),
                }
            }
            Self::Object { bucket, key } => {
                let made = bucket
                    .create(key, bytes.to_vec())
                    .map_err(StoreError::Object)?;
                Ok(made.is_some())
            }
        }
    }

    /// Replaces what was found, and says whether it was still there.
    pub(in crate::deploy) fn replace(
        &self,
        found: &Found,
        bytes: &[u8],
    ) -> Result<bool, StoreError> {
        match self {
            Self::File {
                directory, name, ..
            } => {
                let folder = directory.join(folder::NAME);
                let path = folder.join(name);
                while_unchanged(&path, found, || {
                    let kept = written(&folder, bytes)?.persist(&path);
                    kept.map_err(|error| failed("replace it")(error.error))?;
                    settle(&folder);
                    Ok(())
                })
            }
            Self::Object { bucket, key } => {
                let Some(version) = &found.version else {
                    return Ok(false);
                };
                let made = bucket
                    .replace(key, bytes.to_vec(), version)
                    .map_err(StoreError::Object)?;
                Ok(made.is_some())
            }
        }
    }

    /// Removes what was found, and says whether it was still there.
    pub(in crate::deploy) fn remove(&self, found: &Found) -> Result<bool, StoreError> {
        match self {
            Self::File {
                directory, name, ..
            } => {
                let path = directory.join(folder::NAME).join(name);
                while_unchanged(&path, found, || {
                    fs::remove_file(&path).map_err(failed("remove it"))
                })
            }
            Self::Object { bucket, key } => match &found.version {
                Some(version) => bucket.remove(key, version).map_err(StoreError::Object),
                None => Ok(false),
            },
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    folder::careful(fs::OpenOptions::new().read(true)).open(path)
}

fn read(file: &mut File) -> Result<Found, StoreError> {
    let mut bytes = Vec::new();
    file.take(MAX_SIZE)
        .read_to_end(&mut bytes)
        .map_err(failed("read it"))?;
    Ok(Found {
        bytes,
        version: None,
    })
}

/// Changes a file, if it is what was found and nobody else changes it at the time: whoever does has
/// locked the file itself, and afterwards another file has its name, or none.
fn while_unchanged(
    path: &Path,
    found: &Found,
    change: impl FnOnce() -> Result<(), StoreError>,
) -> Result<bool, StoreError> {
    let mut file = match open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed("read it")(error)),
    };
    flock(&file, FlockOperation::LockExclusive)
        .map_err(|error| failed("lock the file")(error.into()))?;
    let named = match fs::symlink_metadata(path) {
        Ok(named) => named,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed("read it")(error)),
    };
    let opened = file.metadata().map_err(failed("read it"))?;
    if (named.dev(), named.ino()) != (opened.dev(), opened.ino())
        || read(&mut file)?.bytes != found.bytes
    {
        return Ok(false);
    }
    change()?;
    Ok(true)
}

/// A file with everything in it, on the disk, and still without its name.
fn written(folder: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile, StoreError> {
    let write = |file: &mut tempfile::NamedTempFile| {
        file.write_all(bytes)?;
        // Whoever is kept waiting may read who it is.
        let readable = fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(readable)?;
        file.as_file().sync_all()
    };
    let mut file = tempfile::Builder::new()
        .prefix(".lock-")
        .tempfile_in(folder)
        .map_err(failed("write it"))?;
    write(&mut file).map_err(failed("write it"))?;
    Ok(file)
}

/// Has the name on the disk as well. Where directories cannot be told so, it comes by itself.
fn settle(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}
