//! Secrets that a command reads as files, which are on no disk.
//!
//! Each is memory with a name that only its holder has: `/proc/PID/fd/N`. It opens like a file, as often
//! as anybody likes, from its beginning every time, and for processes of the same user only. It is sealed
//! before the command starts: nobody can change it, and its mode (0400) satisfies programs that refuse a
//! key which others could read. It is gone with the process that holds it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::fd::OwnedFd;

use zeroize::Zeroizing;

use super::LaunchError;

/// Files of one command, by the variables that name them. Keep them until the command has ended.
pub(super) struct Held(Vec<(String, OwnedFd)>);

impl Held {
    /// Makes a file of every text, sealed. No command that is started from here on inherits it.
    #[cfg(target_os = "linux")]
    pub(super) fn new(texts: BTreeMap<String, Zeroizing<Vec<u8>>>) -> Result<Self, LaunchError> {
        use rustix::fs::{MemfdFlags, Mode, SealFlags};
        use std::io::Write as _;
        let system = LaunchError::system("make a file in memory");
        let mut files = Vec::new();
        for (name, text) in texts {
            let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
            let file = rustix::fs::memfd_create("tollgate-secret", flags)
                .map_err(|error| system(error.into()))?;
            let mut file = std::fs::File::from(file);
            file.write_all(&text).map_err(&system)?;
            let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
            rustix::fs::fcntl_add_seals(&file, seals).map_err(|error| system(error.into()))?;
            rustix::fs::fchmod(&file, Mode::RUSR).map_err(|error| system(error.into()))?;
            files.push((name, file.into()));
        }
        Ok(Self(files))
    }

    /// Elsewhere there is no file that is on no disk.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn new(texts: BTreeMap<String, Zeroizing<Vec<u8>>>) -> Result<Self, LaunchError> {
        if texts.is_empty() {
            return Ok(Self(Vec::new()));
        }
        Err(LaunchError::NoFiles)
    }

    /// Returns the variables with the paths, as long as this process, or what it becomes, holds them.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&str, OsString)> {
        use std::os::fd::AsRawFd as _;
        let process = std::process::id();
        self.0.iter().map(move |(name, file)| {
            let path = format!("/proc/{process}/fd/{}", file.as_raw_fd());
            (name.as_str(), path.into())
        })
    }

    /// Has what this process becomes hold them as well.
    pub(super) fn keep(&self) -> Result<(), LaunchError> {
        for (_, file) in &self.0 {
            rustix::io::fcntl_setfd(file, rustix::io::FdFlags::empty())
                .map_err(|error| LaunchError::system("hand over a file")(error.into()))?;
        }
        Ok(())
    }
}
