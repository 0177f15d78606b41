//! From the bytes of a file to the text of one JSON document.

use std::sync::OnceLock;

use tollgate_model::digest::sha256 as digest;
use zeroize::Zeroize as _;

use super::PlanError;

/// A plan's document as text, with the digest of the bytes that it was read from.
///
/// It owns the bytes: a file that changes or vanishes after it was read once does
/// no harm.
#[derive(Clone, Debug)]
pub struct PlanText {
    text: String,
    start: usize,
    digest: OnceLock<String>,
    wipe: bool,
}

impl Drop for PlanText {
    fn drop(&mut self) {
        if self.wipe {
            self.text.zeroize();
        }
    }
}

impl PlanText {
    /// Decodes the bytes of a file: UTF-8 or UTF-16, with or without a byte order mark.
    ///
    /// # Errors
    /// If the bytes are no text, or are of a binary format that is known by name.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, PlanError> {
        Self::decode(bytes).map_err(|(error, _)| error)
    }

    /// As [`PlanText::from_bytes`]; the error comes with the digest of the bytes.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, (PlanError, String)> {
        let known = OnceLock::new();
        if let Some(error) = binary(&bytes) {
            return Err((error, digest(&bytes)));
        }
        let (text, start) = match utf16(&bytes) {
            Some((order, start)) => {
                let digest = known.get_or_init(|| digest(&bytes));
                let text =
                    decode_utf16(&bytes, order, start).map_err(|error| (error, digest.clone()))?;
                (text, 0)
            }
            None => {
                let start = if bytes.starts_with(b"\xEF\xBB\xBF") {
                    3
                } else {
                    0
                };
                let text = String::from_utf8(bytes).map_err(|error| {
                    let fault = PlanError::NotText {
                        problem: "bytes that are not UTF-8",
                        at: error.utf8_error().valid_up_to(),
                    };
                    (fault, digest(error.as_bytes()))
                })?;
                (text, start)
            }
        };
        let body = text.get(start..).unwrap_or_default();
        if body.trim().is_empty() {
            let digest = known.get_or_init(|| digest(text.as_bytes())).clone();
            return Err((PlanError::Empty, digest));
        }
        Ok(Self {
            text,
            start,
            digest: known,
            wipe: false,
        })
    }

    /// Overwrites the text when it is dropped: for one that is nowhere else.
    #[must_use]
    pub fn wiped(mut self) -> Self {
        self.wipe = true;
        self
    }

    /// Returns the digest of the bytes as they were read: `sha256:` and 64 hexadecimal digits.
    ///
    /// It is computed when it is first asked for. That takes about as long as reading
    /// does, so large plans gain from doing both at once on two threads.
    #[must_use]
    pub fn digest(&self) -> &str {
        // Of UTF-8 the text is, to the byte, what was read.
        self.digest.get_or_init(|| digest(self.text.as_bytes()))
    }

    /// Returns the document without a byte order mark.
    pub(super) fn body(&self) -> &str {
        self.text.get(self.start..).unwrap_or_default()
    }
}

/// Whether bytes are a plan as `plan -out` saves it: an archive.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

fn binary(bytes: &[u8]) -> Option<PlanError> {
    const COMPRESSED: [(&[u8], &str); 4] = [
        (b"\x1F\x8B", "gzip"),
        (b"\x28\xB5\x2F\xFD", "zstd"),
        (b"BZh", "bzip2"),
        (b"\xFD7zXZ\0", "xz"),
    ];
    if is_binary(bytes) {
        return Some(PlanError::Binary);
    }
    COMPRESSED
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map(|&(_, format)| PlanError::Compressed { format })
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

/// Tells UTF-16 by its byte order mark, or by a first character of ASCII: JSON
/// starts with one.
fn utf16(bytes: &[u8]) -> Option<(Order, usize)> {
    match bytes {
        [0xFF, 0xFE, ..] => Some((Order::Little, 2)),
        [0xFE, 0xFF, ..] => Some((Order::Big, 2)),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Some((Order::Little, 0)),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => Some((Order::Big, 0)),
        _ => None,
    }
}

fn decode_utf16(bytes: &[u8], order: Order, start: usize) -> Result<String, PlanError> {
    let bytes = bytes.get(start..).unwrap_or_default();
    let mut units = bytes.chunks_exact(2);
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut at = start;
    let decoded = char::decode_utf16(units.by_ref().map(|unit| match (order, unit) {
        (Order::Little, &[a, b]) => u16::from_le_bytes([a, b]),
        (_, &[a, b]) => u16::from_be_bytes([a, b]),
        _ => 0xFFFD,
    }));
    for c in decoded {
        let c = c.map_err(|_| PlanError::NotText {
            problem: "half of a UTF-16 surrogate pair",
            at,
        })?;
        at += 2 * c.len_utf16();
        text.push(c);
    }
    if bytes.len() % 2 != 0 {
        return Err(PlanError::NotText {
            problem: "an odd byte at the end of UTF-16",
            at,
        });
    }
    Ok(text)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn utf16(text: &str, mark: bool, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let mark = mark.then_some(0xFEFF);
        mark.into_iter()
            .chain(text.encode_utf16())
            .flat_map(order)
            .collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "{\"a\": \"ö 🙂\"}";
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            utf16(text, true, u16::to_le_bytes),
            utf16(text, true, u16::to_be_bytes),
            utf16(text, false, u16::to_le_bytes),
            utf16(text, false, u16::to_be_bytes),
        ] {
            assert_eq!(PlanText::from_bytes(bytes).unwrap().body(), text);
        }
    }

    #[test]
    fn the_digest_is_of_the_bytes() {
        let text = PlanText::from_bytes(b"\xEF\xBB\xBF{}".to_vec()).unwrap();
        assert_eq!(text.digest(), super::digest(b"\xEF\xBB\xBF{}"));
        let bytes = utf16("{}", true, u16::to_le_bytes);
        assert_eq!(
            PlanText::from_bytes(bytes.clone()).unwrap().digest(),
            super::digest(&bytes)
        );
        assert_eq!(
            super::digest(b"abc"),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn what_is_no_text_is_named() {
        for (bytes, code) in [
            (&b""[..], "empty-file"),
            (b" \r\n\t", "empty-file"),
            (b"\xEF\xBB\xBF", "empty-file"),
            (b"\xFF\xFE", "empty-file"),
            (b"PK\x03\x04rest", "binary-plan"),
            (b"\x1F\x8Brest", "compressed-file"),
            (b"\x28\xB5\x2F\xFDrest", "compressed-file"),
            (b"{\"a\":\"\xFF\"}", "not-text"),
            (b"\xFF\xFE{\0\"", "not-text"),
            (b"\xFF\xFE\x00\xD8{\0", "not-text"),
        ] {
            assert_eq!(
                PlanText::from_bytes(bytes.to_vec()).unwrap_err().code(),
                code,
                "{bytes:?}"
            );
        }
    }
}
