//! Secrets in a stream of output, replaced by the names of their variables.

mod contents;
mod forms;
mod stream;
mod wrapped;

pub use stream::Masker;

use crate::tree::Text;
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

/// The shortest text that is masked, in bytes. Shorter ones are words that appear anyway.
pub const SHORTEST: usize = 8;

/// What is looked for in one piece, in bytes: longer texts are looked for piece by piece, so that
/// output is never held back for longer.
const PIECE: usize = 1024;

/// First bytes of what one process sends another.
const MAGIC: &[u8; 8] = b"tollgmk2";

/// What must not be seen, and the name of the variable to show instead. No `Debug`.
#[derive(Clone, Default)]
pub struct Patterns {
    names: Vec<String>,
    patterns: Vec<Pattern>,
}

/// One text to look for.
#[derive(Clone, PartialEq, Eq)]
struct Pattern {
    text: Zeroizing<Vec<u8>>,
    /// The position of its name.
    name: usize,
    /// Whether it is written in letters and digits that programs break into lines: base64 and
    /// hexadecimal.
    wraps: bool,
}

impl Patterns {
    /// Adds a value and what is inside of it (the texts of a document in JSON or YAML, the login of a URL,
    /// what is encoded in base64), each in the forms in which programs print it: as it is, line by line, as
    /// JSON, HCL, shells, Python, HTML, XML and SQL quote it, percent-encoded, in hexadecimal, and in base64
    /// wherever it begins, also as a part of JSON; the last two also broken into lines.
    pub fn add(&mut self, name: &str, value: &[u8]) {
        self.whole(name, value);
        for part in contents::of(value) {
            self.whole(name, &part);
        }
    }

    fn whole(&mut self, name: &str, value: &[u8]) {
        self.forms(name, value);
        let lines: Vec<&[u8]> = value
            .split(|byte| matches!(byte, b'\n' | b'\r'))
            .map(<[u8]>::trim_ascii)
            .collect();
        if lines.len() > 1 || lines.first().is_some_and(|line| line.len() < value.len()) {
            for line in lines {
                self.forms(name, line);
            }
        }
    }

    fn forms(&mut self, name: &str, value: &[u8]) {
        if value.len() < SHORTEST {
            return;
        }
        for form in forms::of(value) {
            self.pieces(name, &form.text, form.wraps);
        }
    }

    fn pieces(&mut self, name: &str, text: &[u8], wraps: bool) {
        if text.len() < SHORTEST {
            return;
        }
        let name = self.named(name);
        let mut start = 0;
        while start < text.len() {
            let end = (start + PIECE).min(text.len());
            // The last piece reaches back rather than being short.
            let from = start.min(text.len() - SHORTEST.max(end - start));
            if let Some(piece) = text.get(from..end) {
                self.patterns.push(Pattern {
                    text: Zeroizing::new(piece.to_vec()),
                    name,
                    wraps,
                });
            }
            start = end;
        }
    }

    fn named(&mut self, name: &str) -> usize {
        if self.names.last().is_none_or(|last| last != name) {
            self.names.push(name.to_owned());
        }
        self.names.len() - 1
    }

    /// Returns the same with other names to show.
    #[must_use]
    pub fn renamed(mut self, name: impl Fn(&str) -> String) -> Self {
        for each in &mut self.names {
            *each = name(each);
        }
        self
    }

    /// Adds what others are to mask.
    pub fn extend(&mut self, other: Self) {
        let before = self.names.len();
        self.names.extend(other.names);
        self.patterns
            .extend(other.patterns.into_iter().map(|pattern| Pattern {
                name: pattern.name + before,
                ..pattern
            }));
    }

    /// Tells whether there is nothing to mask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Sends the patterns to the process that masks.
    ///
    /// # Errors
    /// When that process is gone.
    pub fn send(&self, to: &mut impl Write) -> io::Result<()> {
        let mut out = Text::default();
        let mut put = |bytes: &[u8]| {
            out.push(&(bytes.len() as u64).to_le_bytes());
            out.push(bytes);
        };
        for name in &self.names {
            put(name.as_bytes());
        }
        for pattern in &self.patterns {
            put(&(pattern.name as u64).to_le_bytes());
            put(&[u8::from(pattern.wraps)]);
            put(&pattern.text);
        }
        to.write_all(MAGIC)?;
        for count in [self.names.len(), self.patterns.len()] {
            to.write_all(&(count as u64).to_le_bytes())?;
        }
        to.write_all(out.as_bytes())
    }

    /// Receives what [`Self::send`] sent.
    ///
    /// # Errors
    /// When something else arrives.
    pub fn receive(from: &mut impl Read) -> io::Result<Self> {
        let mut magic = [0; 8];
        from.read_exact(&mut magic)?;
        if magic != *MAGIC {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let (names, patterns) = (count(from)?, count(from)?);
        let mut received = Self::default();
        for _ in 0..names {
            let name = String::from_utf8(block(from)?.to_vec());
            received
                .names
                .push(name.map_err(|_| io::ErrorKind::InvalidData)?);
        }
        for _ in 0..patterns {
            let name: [u8; 8] = block(from)?
                .as_slice()
                .try_into()
                .map_err(|_| io::ErrorKind::InvalidData)?;
            let wraps = block(from)?.as_slice() == [1];
            received.patterns.push(Pattern {
                name: usize::try_from(u64::from_le_bytes(name)).unwrap_or(usize::MAX),
                wraps,
                text: block(from)?,
            });
        }
        Ok(received)
    }
}

fn count(from: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    from.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn block(from: &mut impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let length = count(from)?;
    if length > PIECE as u64 * 64 {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Zeroizing::new(vec![0; usize::try_from(length).unwrap_or_default()]);
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
