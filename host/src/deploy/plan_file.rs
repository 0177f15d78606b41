//! What a saved plan says that it was made for: the workspace and the backend.
//!
//! Both tools apply a saved plan to whatever workspace is selected, also one that was made in another:
//! where the state there is empty, nothing in them stumbles. The plan itself knows: it is an archive
//! whose part `tfplan` is a message of Protocol Buffers (`planfile.proto` of either tool), whose field
//! 13 is the backend: its kind, its settings in MessagePack, and the workspace.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use flate2::read::DeflateDecoder;

/// The most bytes of a plan that are looked through.
const MAX_PLAN: u64 = 2 << 30;
/// The most bytes of the archive's table of contents, and of what is said of a backend.
const MAX_TABLE: u64 = 16 << 20;
const MAX_BACKEND: u64 = 1 << 20;
/// How deep settings nest.
const DEEP: usize = 32;
/// An archive ends with a record of this size, and a comment.
const END: usize = 22;
const MAX_COMMENT: u64 = 65_535;
/// The field of the plan that has the backend.
const BACKEND: u64 = 13;

/// What a plan was made for.
#[derive(Clone, PartialEq, Eq)]
pub struct MadeFor {
    /// The kind of the backend.
    pub kind: String,
    /// Its settings that are texts, numbers or booleans.
    pub settings: BTreeMap<String, Option<String>>,
    /// The workspace.
    pub workspace: String,
}

/// Reads what a saved plan was made for; none where the file is no plan, or is one that is encrypted.
#[must_use]
pub fn made_for(path: &Path) -> Option<MadeFor> {
    // Opening a pipe would wait for whoever writes into it.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut file = File::open(path).ok()?;
    let part = find(&mut file, b"tfplan")?;
    file.seek(SeekFrom::Start(part.start)).ok()?;
    let stored = BufReader::new(file.take(part.length));
    let message = match part.method {
        0 => field(stored)?,
        8 => field(BufReader::new(DeflateDecoder::new(stored).take(MAX_PLAN)))?,
        _ => return None,
    };
    backend(&message)
}

/// A part of an archive.
struct Part {
    start: u64,
    length: u64,
    method: u16,
}

fn find(file: &mut File, name: &[u8]) -> Option<Part> {
    let size = file.metadata().ok()?.len();
    let tail = bytes(file, size.saturating_sub(MAX_COMMENT + END as u64), size)?;
    let end = tail.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    let length = u64::from(u32_at(&tail, end + 12)?);
    let start = u64::from(u32_at(&tail, end + 16)?);
    if length > MAX_TABLE {
        return None;
    }
    let table = bytes(file, start, start.checked_add(length)?)?;
    let mut at = 0;
    while table.get(at..at + 4)? == b"PK\x01\x02" {
        let named = usize::from(u16_at(&table, at + 28)?);
        let more = usize::from(u16_at(&table, at + 30)?) + usize::from(u16_at(&table, at + 32)?);
        let begin = at + 46;
        if table.get(begin..begin + named)? == name {
            let header = u64::from(u32_at(&table, at + 42)?);
            let own = bytes(file, header, header + 30)?;
            let before = 30 + u64::from(u16_at(&own, 26)?) + u64::from(u16_at(&own, 28)?);
            return Some(Part {
                start: header + before,
                length: u64::from(u32_at(&table, at + 20)?),
                method: u16_at(&table, at + 10)?,
            });
        }
        at = begin + named + more;
    }
    None
}

fn bytes(file: &mut File, from: u64, to: u64) -> Option<Vec<u8>> {
    let length = to.checked_sub(from)?;
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 == length).then_some(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at + 2)?;
    Some(u16::from_le_bytes(two.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

/// The field of the message that has the backend. What comes before it is passed over.
fn field(mut message: impl BufRead) -> Option<Vec<u8>> {
    loop {
        let key = varint(&mut message)?;
        let passed = match key & 7 {
            0 => {
                varint(&mut message)?;
                continue;
            }
            1 => 8,
            5 => 4,
            2 => {
                let length = varint(&mut message)?;
                if key >> 3 == BACKEND {
                    let mut found = Vec::new();
                    let mut part = (&mut message).take(length.min(MAX_BACKEND));
                    part.read_to_end(&mut found).ok()?;
                    return (found.len() as u64 == length).then_some(found);
                }
                length
            }
            _ => return None,
        };
        let mut part = (&mut message).take(passed);
        if io::copy(&mut part, &mut io::sink()).ok()? != passed {
            return None;
        }
    }
}

fn varint(message: &mut impl Read) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        message.read_exact(&mut byte).ok()?;
        let [byte] = byte;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// The backend's own message: its kind (1), its settings (2, whose own 1 is MessagePack) and the
/// workspace (3).
fn backend(message: &[u8]) -> Option<MadeFor> {
    let parts = parts(message)?;
    let text = |number| {
        let bytes = parts.get(&number).copied().unwrap_or_default();
        str::from_utf8(bytes).ok().map(str::to_owned)
    };
    let packed = parts.get(&2).copied().and_then(self::parts);
    let packed = packed.and_then(|parts| parts.get(&1).copied());
    Some(MadeFor {
        kind: text(1)?,
        settings: packed.and_then(settings).unwrap_or_default(),
        workspace: text(3).filter(|name| !name.is_empty())?,
    })
}

/// The fields of a message that have a length.
fn parts(mut message: &[u8]) -> Option<BTreeMap<u64, &[u8]>> {
    let mut parts = BTreeMap::new();
    while !message.is_empty() {
        let key = varint(&mut message)?;
        match key & 7 {
            0 => {
                varint(&mut message)?;
            }
            2 => {
                let length = usize::try_from(varint(&mut message)?).ok()?;
                let (part, rest) = message.split_at_checked(length)?;
                parts.insert(key >> 3, part);
                message = rest;
            }
            _ => return None,
        }
    }
    Some(parts)
}

/// A map of MessagePack: its texts, numbers and booleans; none where it is no map, or has something in
/// it that cannot be passed over.
fn settings(mut packed: &[u8]) -> Option<BTreeMap<String, Option<String>>> {
    let first = byte(&mut packed)?;
    let count = match first {
        0x80..=0x8f => usize::from(first & 0x0f),
        0xde => usize::try_from(number(&mut packed, 2)?).ok()?,
        _ => return None,
    };
    let mut settings = BTreeMap::new();
    for _ in 0..count {
        let Scalar::Text(name) = scalar(&mut packed, DEEP)? else {
            return None;
        };
        match scalar(&mut packed, DEEP)? {
            Scalar::Null => {}
            Scalar::Text(value) => {
                settings.insert(name, Some(value));
            }
            Scalar::Other => {
                settings.insert(name, None);
            }
        }
    }
    Some(settings)
}

enum Scalar {
    Null,
    Text(String),
    /// What is there, and is not told.
    Other,
}

fn scalar(packed: &mut &[u8], depth: usize) -> Option<Scalar> {
    let depth = depth.checked_sub(1)?;
    let first = byte(packed)?;
    let length = match first {
        0xc0 => return Some(Scalar::Null),
        0xc2 => return Some(Scalar::Text("false".to_owned())),
        0xc3 => return Some(Scalar::Text("true".to_owned())),
        0x00..=0x7f => return Some(Scalar::Text(first.to_string())),
        0xa0..=0xbf => usize::from(first & 0x1f),
        0xd9 => usize::try_from(number(packed, 1)?).ok()?,
        0xda => usize::try_from(number(packed, 2)?).ok()?,
        0xdb => usize::try_from(number(packed, 4)?).ok()?,
        // Lists and maps inside of it, as deep as they are.
        0x80..=0x8f => {
            for _ in 0..2 * usize::from(first & 0x0f) {
                scalar(packed, depth)?;
            }
            return Some(Scalar::Other);
        }
        0x90..=0x9f => {
            for _ in 0..usize::from(first & 0x0f) {
                scalar(packed, depth)?;
            }
            return Some(Scalar::Other);
        }
        0xcc | 0xd0 => return number(packed, 1).map(|_| Scalar::Other),
        0xcd | 0xd1 => return number(packed, 2).map(|_| Scalar::Other),
        0xca | 0xce | 0xd2 => return number(packed, 4).map(|_| Scalar::Other),
        0xcb | 0xcf | 0xd3 => return number(packed, 8).map(|_| Scalar::Other),
        _ => return None,
    };
    let (text, rest) = packed.split_at_checked(length)?;
    *packed = rest;
    str::from_utf8(text)
        .ok()
        .map(|text| Scalar::Text(text.to_owned()))
}

fn byte(packed: &mut &[u8]) -> Option<u8> {
    let (first, rest) = packed.split_first()?;
    *packed = rest;
    Some(*first)
}

/// A number of so many bytes, the highest first.
fn number(packed: &mut &[u8], bytes: usize) -> Option<u64> {
    let (number, rest) = packed.split_at_checked(bytes)?;
    *packed = rest;
    Some(
        number
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// As the tools write it: two fields before the backend, one behind it.
    fn message() -> Vec<u8> {
        let config = b"\x0a\x16\x82\xa4path\xc0\xadworkspace_dir\xc0";
        let mut backend = b"\x0a\x05local\x12".to_vec();
        backend.push(u8::try_from(config.len()).unwrap());
        backend.extend(config);
        backend.extend(b"\x1a\x0aproduction");
        let mut message = b"\x08\x03\x1a\x04skip\x6a".to_vec();
        message.push(u8::try_from(backend.len()).unwrap());
        message.extend(backend);
        message.extend(b"\x72\x061.12.6");
        message
    }

    #[test]
    fn the_workspace_is_in_the_message() {
        let found = backend(&field(message().as_slice()).unwrap()).unwrap();
        assert_eq!(found.kind, "local");
        assert_eq!(found.workspace, "production");
        assert!(found.settings.is_empty());
    }

    #[test]
    fn settings_are_read_and_what_is_none_is_not() {
        let packed = b"\x83\xa3key\xa5a/b/c\xa7encrypt\xc3\xa9endpoints\x81\xa2s3\xa1x";
        let found = settings(packed).unwrap();
        assert_eq!(found["key"].as_deref(), Some("a/b/c"));
        assert_eq!(found["encrypt"].as_deref(), Some("true"));
        assert_eq!(found["endpoints"], None);
        for broken in [&b""[..], b"\x81", b"\x81\xa3ke", b"\xc0", b"\x81\xc0\xc0"] {
            assert!(settings(broken).is_none(), "{broken:?}");
        }
    }

    #[test]
    fn what_is_cut_off_is_nothing() {
        let message = message();
        for length in 0..message.len() - 9 {
            assert!(field(&message[..length]).is_none(), "{length}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.bin");
        for text in [
            &b""[..],
            b"PK\x05\x06",
            b"no plan",
            b"PK\x05\x06\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0",
        ] {
            std::fs::write(&path, text).unwrap();
            assert!(made_for(&path).is_none(), "{text:?}");
        }
        assert!(made_for(folder.path()).is_none());
        // Nobody writes into it.
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        assert!(made_for(&pipe).is_none());
        assert!(made_for(&folder.path().join("none")).is_none());
    }
}
