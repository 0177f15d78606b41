//! Digests, and bytes as text.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// What a digest starts with.
pub const PREFIX: &str = "sha256:";

/// Returns the SHA-256 digest of bytes as `sha256:` and 64 hexadecimal digits.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    labelled(&Sha256::digest(bytes))
}

/// Returns a SHA-256 hash that is at hand as `sha256:` and hexadecimal digits.
#[must_use]
pub fn labelled(hash: &[u8]) -> String {
    format!("{PREFIX}{}", hex(hash))
}

/// Whether text is a digest as [`sha256`] writes it.
#[must_use]
pub fn is_digest(text: &str) -> bool {
    text.strip_prefix(PREFIX).is_some_and(|digits| {
        digits.len() == 64
            && digits
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Returns the digits of a digest, without its prefix.
#[must_use]
pub fn digits(digest: &str) -> &str {
    digest.strip_prefix(PREFIX).unwrap_or(digest)
}

/// Returns bytes as hexadecimal digits in lower case.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The digits of a percent-encoded byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// As RFC 3986 asks of who writes addresses.
    Upper,
    /// In lower case.
    Lower,
}

/// Returns bytes as ASCII: letters, digits and the bytes in `kept` as they are, every other one
/// as `%` and two hexadecimal digits.
#[must_use]
pub fn percent(bytes: &[u8], kept: &[u8], digits: Digits) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || kept.contains(byte) {
            text.push(char::from(*byte));
            continue;
        }
        // Writing to a string does not fail.
        let _ = match digits {
            Digits::Upper => write!(text, "%{byte:02X}"),
            Digits::Lower => write!(text, "%{byte:02x}"),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_known_by_its_shape() {
        let digest = sha256(b"abc");
        assert_eq!(
            digest,
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(is_digest(&digest));
        assert_eq!(digits(&digest).len(), 64);
        for text in [
            "",
            "sha256:",
            &digest[7..],
            &digest.to_uppercase(),
            &digest[..70],
            &format!("{digest}0"),
            &digest.replace("sha256", "sha512"),
        ] {
            assert!(!is_digest(text), "{text}");
        }
    }

    #[test]
    fn percent_encoding_keeps_what_it_is_told_to() {
        assert_eq!(
            percent("a b/é%".as_bytes(), b"/", Digits::Upper),
            "a%20b/%C3%A9%25"
        );
        assert_eq!(percent("a-é".as_bytes(), b"", Digits::Lower), "a%2d%c3%a9");
    }
}
