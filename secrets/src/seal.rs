//! One file for the readers of an environment: whoever holds one of their keys opens it, nobody else.
//!
//! ```text
//! tollgate-bundle 1
//! {"environment":"production"}            what the writer says in clear, on one line
//! threshold 1
//! reader 0 age YWdl… LS0t…                the group, the kind, who, and their copy of the key
//! body 123456
//! ```
//!
//! and then the body: nonce, ciphertext and tag of AES-256-GCM under a key that encrypts this one file.
//! Everything before it is authenticated with it, so nobody without the key can change what the file
//! says in clear, or whom it names. Who made it is not: anybody who knows the public keys of the
//! readers can make such a file. With `reader none` it is not encrypted, and the body begins with a
//! SHA-256 digest, which finds accidents only.

mod head;

use crate::edit::replace;
use crate::error::Problem;
use crate::keys::{Keyring, NoKey, Recipient, WrapError};
use crate::value::DataKey;
use aes_gcm::aead::rand_core::RngCore as _;
use aes_gcm::aead::{AeadInPlace as _, KeyInit as _, OsRng};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use head::{Head, Lock};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io::{ErrorKind, Read as _};
use std::ops::Range;
use std::path::Path;
use zeroize::Zeroizing;

/// The version of the format.
pub const VERSION: &str = "1";
/// The largest file, in mebibytes.
pub const LIMIT_MIB: usize = 512;
/// How a file begins; the version follows.
const MAGIC: &str = "tollgate-bundle ";
const NONCE: usize = 12;
const TAG: usize = 16;
const DIGEST: usize = 32;

/// To whom a file is encrypted: as in a SOPS file, `threshold` of the groups open it, zero means all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readers {
    /// With several groups each holds a share of the key.
    pub groups: Vec<Vec<Recipient>>,
    /// How many groups must open.
    pub threshold: usize,
}

impl Readers {
    /// Takes out those to whom no source of the keyring encrypts, and returns them: fewer readers are safe.
    pub fn take_unsupported(&mut self, keyring: &Keyring) -> Vec<Recipient> {
        let mut taken = Vec::new();
        for group in &mut self.groups {
            group.retain(|recipient| {
                let supported = keyring.seals(recipient);
                if !supported {
                    taken.push(recipient.clone());
                }
                supported
            });
        }
        taken
    }

    /// Returns those of all groups.
    pub fn recipients(&self) -> impl Iterator<Item = &Recipient> {
        self.groups.iter().flatten()
    }
}

/// Why a file could not be sealed or opened. No message holds anything of its content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The operating system refuses to read.
    #[error("cannot be read: {0}")]
    Io(ErrorKind),
    /// The operating system refuses to write.
    #[error("cannot be written: {0}")]
    Write(ErrorKind),
    /// A directory, a pipe, a device, a link.
    #[error("is not a regular file")]
    NotAFile,
    /// Something else is there.
    #[error("is there already, and is something other than a bundle")]
    Occupied,
    /// More bytes than any bundle has.
    #[error("is larger than {LIMIT_MIB} MiB")]
    TooLarge,
    /// It begins as something else.
    #[error("is not a bundle")]
    NotSealed,
    /// Another version of the format.
    #[error("is a bundle in format {}, and this Tollgate reads format {VERSION}", .0.escape_debug())]
    Version(
        /// What it says.
        String,
    ),
    /// It ends too early.
    #[error("is cut off: it was not written or copied whole")]
    CutOff,
    /// It does not end where it says.
    #[error("has something behind its end")]
    TooLong,
    /// A line before the body makes no sense.
    #[error("is damaged: {0}")]
    Head(
        /// As a fragment.
        &'static str,
    ),
    /// The code over all of it does not match.
    #[error("was changed after it was written: it does not authenticate")]
    Changed,
    /// No identity opens it.
    #[error("cannot be opened: {0}")]
    NoKey(Box<NoKey>),
    /// A copy opened and holds something else.
    #[error("has a reader whose copy is not a key")]
    NotAKey,
    /// The key does not reach every reader.
    #[error("cannot be encrypted: {0}")]
    Wrap(WrapError),
    /// The operating system has no randomness.
    #[error("cannot be encrypted: the operating system gives no random numbers")]
    NoRandomness,
}

impl SealError {
    /// Returns the one next step for whoever has to open the file, where there is one.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoKey(no_key) => no_key.next_step(),
            Self::Wrap(error) => error.next().map(str::to_owned),
            Self::Occupied => Some("name another file".to_owned()),
            _ => None,
        }
    }
}

/// Encrypts parts to readers, with a line in clear, and returns the file's bytes in pieces.
///
/// # Errors
/// When it would be too large, `clear` is not one line, or one reader cannot be encrypted to.
pub fn seal(
    clear: &str,
    parts: &[&[u8]],
    readers: Option<&Readers>,
    keyring: &Keyring,
) -> Result<Vec<u8>, SealError> {
    if clear.contains('\n') || clear.len() > head::LINE_LIMIT {
        return Err(SealError::Head("its first line is too long"));
    }
    let mut size: usize = 0;
    for part in parts {
        size = size.saturating_add(part.len()).saturating_add(8);
    }
    if size > LIMIT_MIB << 20 {
        return Err(SealError::TooLarge);
    }
    // Exactly as large as it gets: what grows leaves copies behind.
    let mut content = Zeroizing::new(Vec::with_capacity(size));
    for part in parts {
        content.extend_from_slice(&(part.len() as u64).to_le_bytes());
        content.extend_from_slice(part);
    }
    let Some(readers) = readers else {
        let head = head::write(clear, None, DIGEST + content.len());
        let digest = Sha256::new()
            .chain_update(&head)
            .chain_update(content.as_slice())
            .finalize();
        return Ok([head.as_bytes(), &digest, &content].concat());
    };
    let key = DataKey::generate().ok_or(SealError::NoRandomness)?;
    let threshold = if readers.groups.len() > 1 && readers.threshold == 0 {
        readers.groups.len()
    } else {
        readers.threshold
    };
    let stanzas = keyring
        .wrap(&key, &readers.groups, threshold)
        .map_err(SealError::Wrap)?;
    let lock = Lock {
        groups: stanzas,
        threshold,
    };
    let head = head::write(clear, Some(&lock), NONCE + content.len() + TAG);
    let mut nonce = [0; NONCE];
    OsRng
        .try_fill_bytes(&mut nonce)
        .map_err(|_| SealError::NoRandomness)?;
    let tag = cipher(&key)
        .encrypt_in_place_detached(&Nonce::from(nonce), head.as_bytes(), &mut content)
        .map_err(|_| SealError::TooLarge)?;
    Ok([head.as_bytes(), &nonce, &content, &tag].concat())
}

/// Returns bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn cipher(key: &DataKey) -> Aes256Gcm {
    Aes256Gcm::new(aes_gcm::Key::<Aes256Gcm>::from_slice(key.bytes()))
}

/// Writes a sealed file that only its owner can read, at once: whoever looks sees the old one or the
/// new one. Takes the place of another sealed file, and of nothing else.
///
/// # Errors
/// When something else is there, or the operating system refuses.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), SealError> {
    replaceable(path)?;
    replace::write_private(path, bytes).map_err(|problem| match problem {
        Problem::Write(kind) => SealError::Write(kind),
        _ => SealError::Write(ErrorKind::Other),
    })
}

/// Removes a sealed file; nothing there is fine.
///
/// # Errors
/// When something else is there, or the operating system refuses.
pub fn remove(path: &Path) -> Result<(), SealError> {
    if !replaceable(path)? {
        return Ok(());
    }
    match std::fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(SealError::Write(error.kind())),
    }
}

/// Whether there is something, which then is a sealed file.
fn replaceable(path: &Path) -> Result<bool, SealError> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(SealError::Write(error.kind())),
        Ok(metadata) if !metadata.is_file() => Err(SealError::NotAFile),
        Ok(_) => {
            let mut begins = Vec::new();
            std::fs::File::open(path)
                .and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut begins))
                .map_err(|error| SealError::Io(error.kind()))?;
            if begins == MAGIC.as_bytes() {
                Ok(true)
            } else {
                Err(SealError::Occupied)
            }
        }
    }
}

/// A sealed file, read and not opened.
#[derive(Debug)]
pub struct Sealed {
    bytes: Vec<u8>,
    head: Head,
    body: Range<usize>,
}

impl Sealed {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is something else, or is not whole.
    pub fn read(path: &Path) -> Result<Self, SealError> {
        let io = |error: std::io::Error| SealError::Io(error.kind());
        // Opening a pipe would wait for somebody to write.
        let metadata = std::fs::metadata(path).map_err(io)?;
        if !metadata.is_file() {
            return Err(SealError::NotAFile);
        }
        let limit = (LIMIT_MIB as u64) << 20;
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
            .map_err(io)?;
        Self::parse(bytes)
    }

    /// Reads what is in memory.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(bytes: Vec<u8>) -> Result<Self, SealError> {
        if bytes.len() > LIMIT_MIB << 20 {
            return Err(SealError::TooLarge);
        }
        let (head, start, length) = Head::parse(&bytes)?;
        let least = match head.lock {
            Some(_) => NONCE + TAG,
            None => DIGEST,
        };
        if length < least {
            return Err(SealError::Head("its body is too short"));
        }
        let end = start.checked_add(length).ok_or(SealError::CutOff)?;
        match bytes.len().cmp(&end) {
            std::cmp::Ordering::Less => Err(SealError::CutOff),
            std::cmp::Ordering::Greater => Err(SealError::TooLong),
            std::cmp::Ordering::Equal => Ok(Self {
                body: start..end,
                head,
                bytes,
            }),
        }
    }

    /// Returns what the file says in clear. Only [`Self::open`] tells whether that is what was written.
    #[must_use]
    pub fn clear(&self) -> &str {
        &self.head.clear
    }

    /// Tells whether it is encrypted at all.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.head.lock.is_some()
    }

    /// Returns the digest of the whole file, as 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(&self.bytes))
    }

    /// Returns who can open it.
    pub fn recipients(&self) -> impl Iterator<Item = &Recipient> {
        let groups = self.head.lock.iter().flat_map(|lock| &lock.groups);
        groups.flatten().map(|stanza| &stanza.recipient)
    }

    /// Opens it, and returns its parts. Nothing of a file that does not authenticate is returned.
    ///
    /// # Errors
    /// When no key opens it, or it is not what was written.
    pub fn open(self, keyring: &Keyring) -> Result<Vec<Zeroizing<Vec<u8>>>, SealError> {
        let (head, body) = self.bytes.split_at(self.body.start);
        let Some(lock) = &self.head.lock else {
            let (digest, content) = body.split_at(DIGEST);
            let expected = Sha256::new()
                .chain_update(head)
                .chain_update(content)
                .finalize();
            return if expected.as_slice() == digest {
                parts(content)
            } else {
                Err(SealError::Changed)
            };
        };
        let key =
            keyring
                .data_key(&lock.groups, lock.threshold)
                .map_err(|problem| match problem {
                    Problem::NoKey(no_key) => SealError::NoKey(no_key),
                    _ => SealError::NotAKey,
                })?;
        let (nonce, rest) = body.split_at(NONCE);
        let (ciphertext, tag) = rest.split_at(rest.len() - TAG);
        let mut content = Zeroizing::new(ciphertext.to_vec());
        cipher(&key)
            .decrypt_in_place_detached(
                Nonce::from_slice(nonce),
                head,
                &mut content,
                Tag::from_slice(tag),
            )
            .map_err(|_| SealError::Changed)?;
        parts(&content)
    }
}

/// Splits what was authenticated.
fn parts(mut content: &[u8]) -> Result<Vec<Zeroizing<Vec<u8>>>, SealError> {
    let mut parts = Vec::new();
    while let Some((length, rest)) = content.split_first_chunk::<8>() {
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (Some(part), Some(rest)) = (rest.get(..length), rest.get(length..)) else {
            return Err(SealError::Head("its parts do not add up"));
        };
        parts.push(Zeroizing::new(part.to_vec()));
        content = rest;
    }
    if content.is_empty() {
        Ok(parts)
    } else {
        Err(SealError::Head("its parts do not add up"))
    }
}

#[cfg(test)]
mod tests;
