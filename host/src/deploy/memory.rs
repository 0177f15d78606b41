//! A saved plan that is in no file.
//!
//! On Linux it is memory with a name that only this process has: `/proc/PID/fd/N`, which the tool
//! opens like a file. Once planned it is sealed, so that nobody can change it any more, this process
//! included. Elsewhere it is a file in a directory of its owner's, which is removed.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use zeroize::Zeroizing;

/// A saved plan.
pub struct PlanFile {
    file: File,
    #[cfg(not(target_os = "linux"))]
    directory: tempfile::TempDir,
}

impl PlanFile {
    /// Makes room for a plan.
    ///
    /// # Errors
    /// When the system has none.
    #[cfg(target_os = "linux")]
    pub fn new() -> io::Result<Self> {
        use rustix::fs::MemfdFlags;
        // Not inherited: the tool opens it by its path, and nothing that it starts has it.
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = rustix::fs::memfd_create("tollgate-plan", flags)?;
        Ok(Self { file: file.into() })
    }

    /// Makes room for a plan.
    ///
    /// # Errors
    /// When the system has none.
    #[cfg(not(target_os = "linux"))]
    pub fn new() -> io::Result<Self> {
        let directory = tempfile::tempdir()?;
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(directory.path().join("plan"))?;
        Ok(Self { file, directory })
    }

    /// Holds a plan that was kept, sealed.
    ///
    /// # Errors
    /// When the system has no room for it.
    pub fn holding(plan: &[u8]) -> io::Result<Self> {
        let mut held = Self::new()?;
        held.file.write_all(plan)?;
        held.seal()?;
        Ok(held)
    }

    /// Returns it for a child to write to.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn share(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Returns the path by which the tool opens it, while this process lives.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        #[cfg(target_os = "linux")]
        {
            use std::os::fd::AsRawFd as _;
            let number = self.file.as_raw_fd();
            PathBuf::from(format!("/proc/{}/fd/{number}", std::process::id()))
        }
        #[cfg(not(target_os = "linux"))]
        {
            self.directory.path().join("plan")
        }
    }

    /// Lets nobody change it any more.
    ///
    /// # Errors
    /// When somebody still writes it.
    pub fn seal(&mut self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::SealFlags;
            let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
            rustix::fs::fcntl_add_seals(&self.file, seals)?;
        }
        #[cfg(not(target_os = "linux"))]
        {
            use std::os::unix::fs::PermissionsExt as _;
            self.file
                .set_permissions(std::fs::Permissions::from_mode(0o400))?;
        }
        Ok(())
    }

    /// Returns the plan.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn bytes(&self) -> io::Result<Zeroizing<Vec<u8>>> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))?;
        let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        // All at once: a buffer that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::new());
        bytes
            .try_reserve_exact(size)
            .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        file.take(size as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_stays_as_it_is() {
        let held = PlanFile::holding(b"plan").unwrap();
        assert_eq!(*held.bytes().unwrap(), b"plan");
        // By its path, as the tool would.
        let mut other = File::options().write(true).open(held.path());
        let written = other.as_mut().map(|file| file.write_all(b"gone"));
        assert!(!matches!(written, Ok(Ok(()))), "could be written");
        let cut = File::options()
            .write(true)
            .open(held.path())
            .and_then(|file| file.set_len(0));
        assert!(cut.is_err(), "could be cut off");
        assert_eq!(*held.bytes().unwrap(), b"plan");
    }

    #[test]
    fn what_is_planned_into_it_can_be_read() {
        let mut held = PlanFile::new().unwrap();
        // As the tool does: made anew at the path.
        std::fs::write(held.path(), b"first, longer").unwrap();
        std::fs::write(held.path(), b"second").unwrap();
        held.seal().unwrap();
        assert_eq!(*held.bytes().unwrap(), b"second");
        assert_eq!(std::fs::read(held.path()).unwrap(), b"second");
    }
}
