//! Encrypting a data key to recipients, the counterpart of opening it.

use super::{Keyring, Recipient, Refusal, Sealing, Stanza, shamir};
use crate::value::DataKey;
use zeroize::Zeroizing;

/// Why a data key could not be encrypted to all recipients.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WrapError {
    /// Nobody could open the file.
    #[error("names no recipient")]
    NoRecipient,
    /// Fewer than two groups cannot share a key, and no more than there are can be asked for.
    #[error("asks for {threshold} of {groups} key groups; the threshold is from 2 to {groups}")]
    Threshold {
        /// How many groups must open.
        threshold: usize,
        /// How many there are.
        groups: usize,
    },
    /// One recipient.
    #[error("the data key cannot be encrypted to {recipient}: {}", refusal.why)]
    Recipient {
        /// Which one.
        recipient: Box<Recipient>,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// The operating system has no randomness.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
}

impl WrapError {
    /// Returns the one next step, where there is one.
    #[must_use]
    pub fn next(&self) -> Option<&str> {
        match self {
            Self::Recipient { refusal, .. } => refusal.next.as_deref(),
            _ => None,
        }
    }
}

impl Keyring {
    /// Encrypts a data key to every recipient of every group, in the order given.
    ///
    /// With several groups each holds a share, and `threshold` of them open the file; zero means all.
    /// With one group its recipients hold the data key itself. No identity is needed for age and SSH
    /// recipients; KMS is asked once per recipient.
    ///
    /// # Errors
    /// When there is no recipient, the threshold does not fit, or one recipient cannot be encrypted to.
    pub fn wrap(
        &self,
        key: &DataKey,
        groups: &[Vec<Recipient>],
        threshold: usize,
    ) -> Result<Vec<Vec<Stanza>>, WrapError> {
        if groups.is_empty() || groups.iter().any(Vec::is_empty) {
            return Err(WrapError::NoRecipient);
        }
        let shares = if groups.len() == 1 {
            vec![Zeroizing::new(key.bytes().to_vec())]
        } else {
            let threshold = if threshold == 0 {
                groups.len()
            } else {
                threshold
            };
            let impossible = || WrapError::Threshold {
                threshold,
                groups: groups.len(),
            };
            let parts = u8::try_from(groups.len()).map_err(|_| impossible())?;
            let needed = u8::try_from(threshold)
                .ok()
                .filter(|needed| (2..=parts).contains(needed))
                .ok_or_else(impossible)?;
            shamir::split(key.bytes(), parts, needed).ok_or(WrapError::NoRandomness)?
        };
        groups
            .iter()
            .zip(&shares)
            .map(|(group, share)| {
                group
                    .iter()
                    .map(|recipient| self.seal(recipient, share))
                    .collect()
            })
            .collect()
    }

    fn seal(&self, recipient: &Recipient, share: &[u8]) -> Result<Stanza, WrapError> {
        let refused = |refusal| WrapError::Recipient {
            recipient: Box::new(recipient.clone()),
            refusal: Box::new(refusal),
        };
        let mut first = None;
        for source in &self.sources {
            match source.seal(recipient, share) {
                Sealing::Sealed(encrypted) => {
                    return Ok(Stanza {
                        recipient: recipient.clone(),
                        encrypted,
                    });
                }
                // Another one may do it.
                Sealing::Refused(refusal) => {
                    first = Some(match first {
                        None => refusal,
                        Some(Refusal { why, next, near }) => Refusal {
                            why: format!("{why}; {}", refusal.why),
                            next: next.or(refusal.next),
                            near,
                        },
                    });
                }
                Sealing::NotMine => {}
            }
        }
        Err(refused(first.unwrap_or_else(|| {
            Refusal::new(format!("it needs {}", recipient.needs()))
        })))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::keys::Env;
    use secrecy::ExposeSecret;
    use std::ffi::OsString;
    use std::sync::Arc;

    fn keyring(identities: String) -> Keyring {
        let env: Env = Arc::new(move |name| {
            (name == "SOPS_AGE_KEY").then(|| OsString::from(identities.clone()))
        });
        Keyring::new(env, None)
    }

    #[test]
    fn every_group_opens_what_was_wrapped_to_it() {
        let identities: Vec<_> = (0..3).map(|_| age::x25519::Identity::generate()).collect();
        let to = |which: &[usize]| -> Vec<Recipient> {
            which
                .iter()
                .map(|&index| Recipient::age(&identities[index].to_public().to_string()))
                .collect()
        };
        let own = |which: &[usize]| {
            let all: Vec<String> = which
                .iter()
                .map(|&index| identities[index].to_string().expose_secret().to_owned())
                .collect();
            keyring(all.join(" "))
        };
        let key = DataKey::generate().unwrap();
        for (groups, threshold, keys, opens) in [
            (vec![to(&[0])], 0, vec![0], true),
            (vec![to(&[0])], 0, vec![1], false),
            (vec![to(&[0, 1])], 0, vec![1], true),
            (vec![to(&[0]), to(&[1])], 0, vec![0, 1], true),
            (vec![to(&[0]), to(&[1])], 0, vec![0], false),
            (vec![to(&[0]), to(&[1]), to(&[2])], 2, vec![0, 2], true),
            (vec![to(&[0]), to(&[1]), to(&[2])], 2, vec![2], false),
            (vec![to(&[0]), to(&[1]), to(&[2])], 3, vec![0, 1, 2], true),
            (vec![to(&[0]), to(&[1]), to(&[2])], 3, vec![0, 1], false),
        ] {
            let stanzas = own(&[]).wrap(&key, &groups, threshold).unwrap();
            let needed = if threshold == 0 {
                groups.len()
            } else {
                threshold
            };
            let opened = own(&keys).data_key(&stanzas, needed);
            assert_eq!(opened.is_ok(), opens, "{threshold} {keys:?}");
            if let Ok(opened) = opened {
                assert!(opened.bytes() == key.bytes(), "{threshold} {keys:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_wrapped_is_named() {
        let key = DataKey::generate().unwrap();
        let age = |text: &str| vec![Recipient::age(text)];
        let good = age(&age::x25519::Identity::generate().to_public().to_string());
        for (groups, threshold, expected) in [
            (vec![], 0, "names no recipient"),
            (vec![good.clone(), vec![]], 0, "names no recipient"),
            (vec![good.clone(), good.clone()], 1, "from 2 to 2"),
            (vec![good.clone(), good], 3, "asks for 3 of 2"),
            (vec![age("age1nonsense")], 0, "it is not an age recipient"),
            (
                vec![age("ssh-ed25519 nonsense")],
                0,
                "it is not an SSH public key",
            ),
            (vec![age("ssh-dss AAAA")], 0, "it is not an SSH public key"),
            (
                vec![age("age1yubikey1qqq")],
                0,
                "the plugin age-plugin-yubikey",
            ),
            (vec![age("age1pq1qqq")], 0, "the plugin age-plugin-pq"),
            (
                vec![vec![Recipient::Pgp("ABCD".to_owned())]],
                0,
                "an OpenPGP key",
            ),
        ] {
            let Err(error) = keyring(String::new()).wrap(&key, &groups, threshold) else {
                panic!("wrapped: {expected}");
            };
            let text = error.to_string();
            assert!(text.contains(expected), "{text}");
        }
    }
}
