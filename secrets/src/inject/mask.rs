//! Secrets in a stream of output, replaced by the names of their variables.

use super::{hcl, json};
use crate::tree::Text;
use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

/// The shortest text that is masked, in bytes. Shorter ones are words that appear anyway.
pub const SHORTEST: usize = 8;

/// What is looked for in one piece, in bytes: longer texts are looked for piece by piece, so that
/// output is never held back for longer.
const PIECE: usize = 1024;

/// The longest beginning of a secret that is shown rather than held back while nothing follows: a
/// prompt has to appear even if its last character could begin a secret.
const SHOWN_WHEN_IDLE: usize = 3;

/// First bytes of what one process sends another.
const MAGIC: &[u8; 8] = b"tollgmk1";

/// What must not be seen, and the name of the variable to show instead. No `Debug`.
#[derive(Default)]
pub struct Patterns {
    names: Vec<String>,
    /// Each with the position of its name.
    patterns: Vec<(Zeroizing<Vec<u8>>, usize)>,
}

impl Patterns {
    /// Adds a value in the forms in which programs print it: as it is, line by line, as JSON and HCL
    /// escape it, and in base64 wherever it begins.
    pub fn add(&mut self, name: &str, value: &[u8]) {
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
        self.pieces(name, value);
        if let Ok(text) = std::str::from_utf8(value) {
            for html in [false, true] {
                let mut escaped = Text::default();
                json::escaped(&mut escaped, text, html);
                self.pieces(name, escaped.as_bytes());
                // A document in JSON that is itself printed as a text.
                let mut twice = Text::default();
                json::escaped(&mut twice, escaped.as_str().unwrap_or_default(), html);
                self.pieces(name, twice.as_bytes());
            }
            // What Terraform shows of the variables file beside an error.
            let mut escaped = Text::default();
            hcl::escaped(&mut escaped, text);
            self.pieces(name, escaped.as_bytes());
            // How plans print text that looks like a template.
            if text.contains("${") || text.contains("%{") {
                let doubled = Zeroizing::new(text.replace("${", "$${").replace("%{", "%%{"));
                self.pieces(name, doubled.as_bytes());
            }
        }
        for before in 0..3 {
            // Characters that also depend on what stands before or behind are left out.
            let mut shifted = Zeroizing::new(vec![0; before]);
            shifted.reserve_exact(value.len());
            shifted.extend_from_slice(value);
            let whole = shifted.len() * 8 / 6;
            let first = (before * 8).div_ceil(6);
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                let encoded = Zeroizing::new(engine.encode(&*shifted));
                self.pieces(
                    name,
                    encoded.get(first..whole).unwrap_or_default().as_bytes(),
                );
            }
        }
    }

    fn pieces(&mut self, name: &str, text: &[u8]) {
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
                self.patterns.push((Zeroizing::new(piece.to_vec()), name));
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
        for (pattern, name) in &self.patterns {
            put(&(*name as u64).to_le_bytes());
            put(pattern);
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
            let name = usize::try_from(u64::from_le_bytes(name)).unwrap_or(usize::MAX);
            received.patterns.push((block(from)?, name));
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

/// Masks a stream, holding back only what could still become a secret. No `Debug`.
pub struct Masker {
    automaton: AhoCorasick,
    /// Sorted, in the order of the automaton's pattern numbers.
    patterns: Vec<(Zeroizing<Vec<u8>>, usize)>,
    names: Vec<String>,
    first_bytes: BTreeSet<u8>,
    longest: usize,
    /// What is held back.
    window: Zeroizing<Vec<u8>>,
    /// How many bytes of the window belong to a secret whose name has been written.
    masked: usize,
    /// How many bytes of the window have been written, because nothing followed.
    shown: usize,
}

impl Masker {
    /// Prepares to look for the patterns.
    ///
    /// # Errors
    /// When they are too many for one automaton: gigabytes.
    pub fn new(patterns: Patterns) -> Result<Self, aho_corasick::BuildError> {
        let names = patterns.names;
        let mut patterns = patterns.patterns;
        patterns
            .sort_by(|(a, first), (b, second)| (a.as_slice(), first).cmp(&(b.as_slice(), second)));
        // Of equal ones the first name counts.
        patterns.dedup_by(|(a, _), (b, _)| a.as_slice() == b.as_slice());
        Ok(Self {
            automaton: AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .build(patterns.iter().map(|(pattern, _)| pattern.as_slice()))?,
            first_bytes: patterns
                .iter()
                .filter_map(|(pattern, _)| pattern.first().copied())
                .collect(),
            longest: patterns
                .iter()
                .map(|(pattern, _)| pattern.len())
                .max()
                .unwrap_or(0),
            patterns,
            names,
            window: Zeroizing::new(Vec::new()),
            masked: 0,
            shown: 0,
        })
    }

    /// Takes output and appends to `out` what can be written now.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.window.extend_from_slice(bytes);
        let hold = self.held_from();
        self.emit(hold, out);
    }

    /// Appends what can be written because nothing has followed for a while.
    pub fn idle(&mut self, out: &mut Vec<u8>) {
        if self.window.len() <= SHOWN_WHEN_IDLE {
            let from = self.masked.max(self.shown).min(self.window.len());
            out.extend_from_slice(self.window.get(from..).unwrap_or_default());
            self.shown = self.window.len();
        }
    }

    /// Appends what is left at the end of the stream.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.emit(self.window.len(), out);
    }

    /// Tells whether something is held back.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.window.len() > self.shown.max(self.masked)
    }

    /// Where the longest end of the window begins that could still become a secret.
    fn held_from(&self) -> usize {
        let end = self.window.len();
        let earliest = end.saturating_sub(self.longest.saturating_sub(1));
        (earliest..end)
            .find(|&start| {
                let tail = self.window.get(start..).unwrap_or_default();
                tail.first()
                    .is_some_and(|first| self.first_bytes.contains(first))
                    && self.begins_a_pattern(tail)
            })
            .unwrap_or(end)
    }

    fn begins_a_pattern(&self, tail: &[u8]) -> bool {
        let at = self
            .patterns
            .partition_point(|(pattern, _)| pattern.as_slice() < tail);
        // An equal one comes first, and those that go on follow it.
        self.patterns
            .iter()
            .skip(at)
            .take(2)
            .any(|(pattern, _)| pattern.len() > tail.len() && pattern.starts_with(tail))
    }

    /// Writes the window up to `end`, where no secret can go on that begins before it.
    fn emit(&mut self, end: usize, out: &mut Vec<u8>) {
        let mut at = self.masked;
        for (start, stop, name) in self.secrets() {
            if start >= end {
                break;
            }
            if stop <= at {
                continue;
            }
            if start >= at {
                self.copy(at, start, out);
                let name = self.names.get(name).map_or("", String::as_str);
                out.extend_from_slice(format!("[masked: {name}]").as_bytes());
            }
            at = stop;
        }
        self.copy(at, end, out);
        self.masked = at.saturating_sub(end);
        self.shown = self.shown.saturating_sub(end);
        self.window.drain(..end);
    }

    fn copy(&self, from: usize, to: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(
            self.window
                .get(from.max(self.shown)..to)
                .unwrap_or_default(),
        );
    }

    /// Every stretch of the window that is a secret; those that touch or overlap are one.
    fn secrets(&self) -> Vec<(usize, usize, usize)> {
        let mut found: Vec<(usize, usize, usize)> = self
            .automaton
            .find_overlapping_iter(self.window.as_slice())
            .map(|found| {
                let name = self.patterns.get(found.pattern().as_usize());
                (
                    found.start(),
                    found.end(),
                    name.map_or(0, |(_, name)| *name),
                )
            })
            .collect();
        found.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
        let mut merged: Vec<(usize, usize, usize)> = Vec::with_capacity(found.len());
        for (start, end, name) in found {
            match merged.last_mut() {
                Some(last) if start < last.1 || (start == last.1 && name == last.2) => {
                    last.1 = last.1.max(end);
                }
                _ => merged.push((start, end, name)),
            }
        }
        merged
    }
}

#[cfg(test)]
mod tests;
