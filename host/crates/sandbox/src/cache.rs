//! Compiled modules, kept between runs: a private directory of authenticated files.
//!
//! Loading an artifact is running native code, and wasmtime does not check it. So the
//! directory is ours alone, and each file begins with a code over its name and content,
//! under a random key that is kept elsewhere: whoever can write the directory, as a pull
//! request can write what a CI system restores, still cannot make an entry. What does not
//! verify is as good as missing. The bytes that are verified are the bytes that are loaded.

use std::ffi::OsStr;
use std::fs::{DirBuilder, File};
use std::hash::{Hash as _, Hasher};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use hmac::{Hmac, Mac as _};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use sha2::{Digest as _, Sha256};

use super::engine;
use tollgate_model::digest::hex;

/// Turns the cache off when it says anything but `on`.
const VARIABLE: &str = "TOLLGATE_CACHE";

/// The largest entry that is read, in bytes.
const MAX_ENTRY_BYTES: u64 = 512 << 20;
/// What all entries together may take, in bytes, before the oldest go.
const MAX_BYTES: u64 = 1 << 30;
/// How many entries there may be before the oldest go.
const MAX_ENTRIES: usize = 1_000;

const KEY_FILE: &str = "module-cache.key";
const KEY_BYTES: usize = 32;
const MAC_BYTES: usize = 32;

/// The cache, or why there is none. Nothing that is wrong with it is an error.
#[derive(Debug)]
pub struct Cache(Result<Open, String>);

/// An open cache. The key is nothing to print.
struct Open {
    directory: OwnedFd,
    key: [u8; KEY_BYTES],
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").finish_non_exhaustive()
    }
}

/// What was found of an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Verified.
    Artifact(Vec<u8>),
    /// There is none.
    Missing,
    /// There is something that this user's Tollgate did not write, or not all of it.
    Foreign,
}

impl Cache {
    /// Returns no cache.
    #[must_use]
    pub fn off(reason: impl Into<String>) -> Self {
        Self(Err(reason.into()))
    }

    /// Opens the user's cache, unless the environment says not to.
    #[must_use]
    pub fn open() -> Self {
        let said = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        if said(VARIABLE).is_some_and(|value| value != "on") {
            return Self::off(format!("{VARIABLE} turns it off"));
        }
        // The specification says to ignore paths that are relative.
        let absolute = |name: &str| {
            said(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let under = |name: &str, in_home: &str| {
            absolute(name)
                .or_else(|| absolute("HOME").map(|home| home.join(in_home)))
                .map(|directory| directory.join("tollgate"))
        };
        match (
            under("XDG_CACHE_HOME", ".cache"),
            under("XDG_STATE_HOME", ".local/state"),
        ) {
            (Some(cache), Some(state)) => Self::at(&cache.join("modules"), &state),
            _ => Self::off("neither HOME nor XDG_CACHE_HOME and XDG_STATE_HOME are set"),
        }
    }

    /// Opens a cache in one directory whose key is in another.
    #[must_use]
    pub fn at(cache: &Path, state: &Path) -> Self {
        let open = || {
            let key = key(&private(state)?)
                .map_err(|error| format!("{}: {error}", state.join(KEY_FILE).display()))?;
            Ok(Open {
                directory: private(cache)?,
                key,
            })
        };
        Self(open())
    }

    /// Why there is no cache.
    #[must_use]
    pub fn why_off(&self) -> Option<&str> {
        self.0.as_ref().err().map(String::as_str)
    }

    /// Looks for the artifact of a module.
    pub(super) fn get(&self, digest: &str) -> Found {
        let Ok(open) = &self.0 else {
            return Found::Missing;
        };
        let name = entry(digest);
        match open.read(&name) {
            Ok(Some(artifact)) => Found::Artifact(artifact),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Missing,
            Ok(None) | Err(_) => Found::Foreign,
        }
    }

    /// Keeps the artifact of a module, in the place of any other of it.
    pub(super) fn put(&self, digest: &str, artifact: &[u8]) {
        if let Ok(open) = &self.0 {
            let name = entry(digest);
            // A cache that cannot be written is only slow.
            let _ = open.write(&name, artifact).and_then(|()| open.evict());
        }
    }
}

impl Open {
    fn mac(&self, name: &str) -> Hmac<Sha256> {
        // The other constructor returns a `Result`, for errors that it never has.
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        let (head, _) = block.split_at_mut(KEY_BYTES);
        head.copy_from_slice(&self.key);
        let mut mac = Hmac::<Sha256>::new(&block);
        mac.update(b"tollgate module 1\0");
        mac.update(name.as_bytes());
        mac
    }

    /// None for what does not verify.
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(mut bytes) = read_private(&self.directory, name, MAX_ENTRY_BYTES)? else {
            return Ok(None);
        };
        let Some(at) = bytes.len().checked_sub(MAC_BYTES) else {
            return Ok(None);
        };
        let code = bytes.split_off(at);
        let mut mac = self.mac(name);
        mac.update(&bytes);
        Ok(mac.verify_slice(&code).is_ok().then_some(bytes))
    }

    fn write(&self, name: &str, artifact: &[u8]) -> io::Result<()> {
        let mut mac = self.mac(name);
        mac.update(artifact);
        let code = mac.finalize().into_bytes();
        let new = write_new(&self.directory, &[artifact, code.as_slice()])?;
        rustix::fs::renameat(&self.directory, new.as_str(), &self.directory, name)?;
        Ok(())
    }

    /// Removes the oldest entries until the rest fits.
    fn evict(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(&self.directory)? {
            let entry = entry?;
            let Ok(stat) = rustix::fs::statat(
                &self.directory,
                entry.file_name(),
                AtFlags::SYMLINK_NOFOLLOW,
            ) else {
                continue;
            };
            if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
                let size = u64::try_from(stat.st_size).unwrap_or_default();
                let name = entry.file_name().to_owned();
                entries.push((stat.st_mtime, stat.st_mtime_nsec, name, size));
            }
        }
        entries.sort();
        let mut bytes: u64 = entries.iter().map(|(.., size)| size).sum();
        let mut count = entries.len();
        for (.., name, size) in &entries {
            if bytes <= MAX_BYTES && count <= MAX_ENTRIES {
                break;
            }
            rustix::fs::unlinkat(&self.directory, name, AtFlags::empty())?;
            bytes -= size;
            count -= 1;
        }
        Ok(())
    }
}

/// Names the artifact of a module: another engine, another target or another release of
/// Tollgate has another.
fn entry(digest: &str) -> String {
    /// Feeds what hashes itself to a hash that is the same in every build.
    struct Stable(Sha256);
    impl Hasher for Stable {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hash = Stable(Sha256::new());
    engine::engine()
        .precompile_compatibility_hash()
        .hash(&mut hash);
    env!("CARGO_PKG_VERSION").hash(&mut hash);
    digest.hash(&mut hash);
    hex(&hash.0.finalize())
}

/// Makes a directory where there is none, and opens it if nobody else can write it.
fn private(path: &Path) -> Result<OwnedFd, String> {
    let fault = |reason: String| format!("{}: {reason}", path.display());
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| fault(error.to_string()))?;
    let directory = rustix::fs::open(
        path,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .map_err(|error| fault(error.to_string()))?;
    if !ours(&directory).map_err(|error| fault(error.to_string()))? {
        return Err(fault(
            "it belongs to somebody else, or others have access (chmod 700)".to_owned(),
        ));
    }
    Ok(directory)
}

/// Whether a file is this user's, and nobody else's to read or write.
fn ours(file: impl AsFd) -> io::Result<bool> {
    let stat = rustix::fs::fstat(file)?;
    Ok(stat.st_uid == rustix::process::geteuid().as_raw() && stat.st_mode & 0o077 == 0)
}

/// Reads a regular file that is ours; none if it is anything else, or larger than `most`.
fn read_private(directory: &OwnedFd, name: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
    // A named pipe would wait for its writer.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(directory, name, flags, Mode::empty())?;
    let stat = rustix::fs::fstat(&file)?;
    let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile
        || !ours(&file)?
        || size > most
    {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    File::from(file).take(most).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Writes a file under a name that nobody else has, and returns the name.
fn write_new(directory: &OwnedFd, parts: &[&[u8]]) -> io::Result<String> {
    let name = format!("{}.new", hex(&random::<16>()?));
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    let mut file = File::from(rustix::fs::openat(directory, name.as_str(), flags, mode)?);
    let written = parts.iter().try_for_each(|part| file.write_all(part));
    if written.is_err() {
        let _ = rustix::fs::unlinkat(directory, name.as_str(), AtFlags::empty());
    }
    written.map(|()| name)
}

/// Reads the key, or makes one where there is none.
fn key(directory: &OwnedFd) -> io::Result<[u8; KEY_BYTES]> {
    let read = || -> io::Result<[u8; KEY_BYTES]> {
        read_private(directory, KEY_FILE, KEY_BYTES as u64)?
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| {
                io::Error::other(
                    "not a key of ours, or others have access; remove it for a new one",
                )
            })
    };
    match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        result => return result,
    }
    let new = write_new(directory, &[&random::<KEY_BYTES>()?])?;
    // Fails where another process was quicker; then its key is the one.
    let linked = rustix::fs::linkat(
        directory,
        new.as_str(),
        directory,
        KEY_FILE,
        AtFlags::empty(),
    );
    rustix::fs::unlinkat(directory, new.as_str(), AtFlags::empty())?;
    match linked {
        Ok(()) | Err(rustix::io::Errno::EXIST) => read(),
        Err(error) => Err(error.into()),
    }
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open(OsStr::new("/dev/urandom"))?.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    const MODULE: &str = "sha256:1";

    struct Home(tempfile::TempDir);

    impl Home {
        fn new() -> Self {
            let home = Self(tempfile::tempdir().unwrap());
            home.cache().put(MODULE, b"artifact");
            assert_eq!(
                home.cache().get(MODULE),
                Found::Artifact(b"artifact".to_vec())
            );
            home
        }

        fn modules(&self) -> PathBuf {
            self.0.path().join("cache/modules")
        }

        fn state(&self) -> PathBuf {
            self.0.path().join("state")
        }

        fn cache(&self) -> Cache {
            Cache::at(&self.modules(), &self.state())
        }

        fn entry(&self) -> PathBuf {
            self.modules().join(entry(MODULE))
        }

        fn change(&self, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
            fs::write(self.entry(), change(fs::read(self.entry()).unwrap())).unwrap();
        }
    }

    #[test]
    fn what_is_not_ours_is_foreign_and_is_replaced() {
        type Spoil = fn(&Home);
        let cases: &[(&str, Spoil)] = &[
            ("a byte of the code", |home| {
                home.change(|mut bytes| {
                    bytes[3] ^= 1;
                    bytes
                });
            }),
            ("a byte of the authentication", |home| {
                home.change(|mut bytes| {
                    bytes.last_mut().map(|byte| *byte ^= 1).unwrap();
                    bytes
                });
            }),
            ("truncated", |home| {
                home.change(|bytes| bytes[..bytes.len() - 1].to_vec());
            }),
            ("shorter than any", |home| {
                home.change(|bytes| bytes[..9].to_vec());
            }),
            ("empty", |home| home.change(|_| Vec::new())),
            ("longer", |home| {
                home.change(|mut bytes| {
                    bytes.push(0);
                    bytes
                });
            }),
            ("another module's entry", |home| {
                home.cache().put("sha256:2", b"evil");
                fs::rename(home.modules().join(entry("sha256:2")), home.entry()).unwrap();
            }),
            ("under another key", |home| {
                fs::remove_file(home.state().join(KEY_FILE)).unwrap();
            }),
            ("a link", |home| {
                let there = home.0.path().join("elsewhere");
                fs::rename(home.entry(), &there).unwrap();
                symlink(there, home.entry()).unwrap();
            }),
            ("a directory", |home| {
                fs::remove_file(home.entry()).unwrap();
                fs::create_dir(home.entry()).unwrap();
            }),
            ("writable by others", |home| {
                fs::set_permissions(home.entry(), fs::Permissions::from_mode(0o622)).unwrap();
            }),
        ];
        for (name, spoil) in cases {
            let home = Home::new();
            spoil(&home);
            assert_eq!(home.cache().get(MODULE), Found::Foreign, "{name}");
            home.cache().put(MODULE, b"again");
            let found = home.cache().get(MODULE);
            if home.entry().is_dir() {
                assert_eq!(found, Found::Foreign, "{name}");
            } else {
                assert_eq!(found, Found::Artifact(b"again".to_vec()), "{name}");
            }
        }
    }

    #[test]
    fn a_cache_that_others_have_access_to_is_off() {
        type Spoil = fn(&Home);
        let cases: &[(&str, Spoil)] = &[
            ("directory", |home| {
                fs::set_permissions(home.modules(), fs::Permissions::from_mode(0o755)).unwrap();
            }),
            ("state", |home| {
                fs::set_permissions(home.state(), fs::Permissions::from_mode(0o770)).unwrap();
            }),
            ("key", |home| {
                let key = home.state().join(KEY_FILE);
                fs::set_permissions(key, fs::Permissions::from_mode(0o640)).unwrap();
            }),
            ("short key", |home| {
                fs::write(home.state().join(KEY_FILE), "short").unwrap();
            }),
            ("linked directory", |home| {
                let there = home.0.path().join("elsewhere");
                fs::rename(home.modules(), &there).unwrap();
                symlink(there, home.modules()).unwrap();
            }),
            ("file in its place", |home| {
                fs::remove_dir_all(home.modules()).unwrap();
                fs::write(home.modules(), "").unwrap();
            }),
        ];
        for (name, spoil) in cases {
            let home = Home::new();
            spoil(&home);
            let cache = home.cache();
            assert!(cache.why_off().is_some(), "{name}");
            cache.put(MODULE, b"again");
            assert_eq!(cache.get(MODULE), Found::Missing, "{name}");
        }
    }

    #[test]
    fn the_oldest_go_first() {
        let home = Home::new();
        let old = home.entry();
        let file = File::options().append(true).open(&old).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        for number in 0..MAX_ENTRIES {
            File::create(home.modules().join(format!("{number:064}"))).unwrap();
        }
        home.cache().put("sha256:2", b"newest");
        assert!(!old.exists());
        assert_eq!(
            home.cache().get("sha256:2"),
            Found::Artifact(b"newest".to_vec())
        );
        assert_eq!(fs::read_dir(home.modules()).unwrap().count(), MAX_ENTRIES);
    }

    #[test]
    fn nothing_but_private_files_is_left() {
        let home = Home::new();
        for directory in [home.modules(), home.state()] {
            assert_eq!(
                fs::metadata(&directory).unwrap().permissions().mode() & 0o777,
                0o700
            );
            let files: Vec<_> = fs::read_dir(&directory).unwrap().collect();
            assert_eq!(files.len(), 1, "{files:?}");
            for file in files {
                let mode = file.unwrap().metadata().unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600);
            }
        }
    }
}
