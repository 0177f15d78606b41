//! SSH private keys as age identities.

use ::age::ssh;
use std::fmt;

/// An SSH private key, with the public key that tells which recipient it is for.
pub(crate) struct SshIdentity {
    pub(crate) key: ssh::Identity,
    /// `ssh-ed25519 AAAA…`, without a comment.
    pub(crate) public: Option<String>,
}

impl SshIdentity {
    /// Reads a private key in OpenSSH's or PEM's format.
    pub(crate) fn parse(bytes: &[u8], place: &str) -> Result<Self, SshKeyError> {
        let key = ssh::Identity::from_buffer(bytes, Some(place.to_owned()))
            .map_err(|_| SshKeyError::NotAnSshKey)?;
        if let ssh::Identity::Unsupported(kind) = &key {
            return Err(SshKeyError::Unsupported(match kind {
                ssh::UnsupportedKey::EncryptedPem => {
                    format!(
                        "an SSH key in the old encrypted PEM format; convert it with `ssh-keygen -o -p -f {place}`"
                    )
                }
                ssh::UnsupportedKey::EncryptedSsh(cipher) => {
                    format!(
                        "an SSH key encrypted with {}, which age cannot read",
                        cipher.escape_debug()
                    )
                }
                ssh::UnsupportedKey::Hardware(kind) => {
                    format!(
                        "an SSH key in hardware ({}), which age cannot use",
                        kind.escape_debug()
                    )
                }
                ssh::UnsupportedKey::Type(kind) => {
                    format!(
                        "an SSH key of type {}, which age cannot use",
                        kind.escape_debug()
                    )
                }
            }));
        }
        let public = ssh::Recipient::try_from(key.clone())
            .ok()
            .map(|public| public.to_string());
        Ok(Self { key, public })
    }

    /// Tells whether a passphrase protects the key.
    pub(crate) fn is_encrypted(&self) -> bool {
        matches!(self.key, ssh::Identity::Encrypted(_))
    }

    /// Tells whether a recipient names this key. Its comment does not count.
    pub(crate) fn is_named_by(&self, recipient: &str) -> bool {
        let words = |text: &str| -> Vec<String> {
            text.split_whitespace().take(2).map(str::to_owned).collect()
        };
        self.public
            .as_deref()
            .is_some_and(|own| words(own) == words(recipient))
    }
}

/// Why a file is no usable SSH key, as a fragment.
#[derive(Debug)]
pub(crate) enum SshKeyError {
    NotAnSshKey,
    Unsupported(String),
}

impl fmt::Display for SshKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnSshKey => f.write_str("not an SSH private key"),
            Self::Unsupported(what) => f.write_str(what),
        }
    }
}
