//! A stream that is masked as it passes.

use super::wrapped::Unwrapped;
use super::{Pattern, Patterns};
use aho_corasick::{AhoCorasick, BuildError, MatchKind};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// The longest beginning of a secret that is shown rather than held back while nothing follows: a
/// prompt has to appear even if its last character could begin a secret.
const SHOWN_WHEN_IDLE: usize = 3;

/// Masks a stream, holding back only what could still become a secret. No `Debug`.
pub struct Masker {
    plain: Finder,
    /// What is looked for in the output without its line breaks.
    wrapping: Finder,
    names: Vec<String>,
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
    pub fn new(patterns: Patterns) -> Result<Self, BuildError> {
        let (wrapping, plain) = patterns
            .patterns
            .into_iter()
            .partition(|pattern: &Pattern| pattern.wraps);
        Ok(Self {
            plain: Finder::new(plain)?,
            wrapping: Finder::new(wrapping)?,
            names: patterns.names,
            window: Zeroizing::new(Vec::new()),
            masked: 0,
            shown: 0,
        })
    }

    /// Takes output and appends to `out` what can be written now.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.window.extend_from_slice(bytes);
        self.pass(false, out);
    }

    /// Appends what can be written because nothing has followed for a while.
    pub fn idle(&mut self, out: &mut Vec<u8>) {
        let letters = self
            .window
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace());
        if letters.take(SHOWN_WHEN_IDLE + 1).count() <= SHOWN_WHEN_IDLE {
            let from = self.masked.max(self.shown).min(self.window.len());
            out.extend_from_slice(self.window.get(from..).unwrap_or_default());
            self.shown = self.window.len();
        }
    }

    /// Appends what is left at the end of the stream.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.pass(true, out);
    }

    /// Tells whether something is held back.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.window.len() > self.shown.max(self.masked)
    }

    /// Writes the window up to where no secret can go on that begins before it, or all of it.
    fn pass(&mut self, all: bool, out: &mut Vec<u8>) {
        let unwrapped = Unwrapped::of(&self.window);
        let end = if all {
            self.window.len()
        } else {
            let held = self.wrapping.held_from(&unwrapped.text);
            let held = if held == unwrapped.text.len() {
                self.window.len()
            } else {
                unwrapped.origin(held)
            };
            self.plain.held_from(&self.window).min(held)
        };
        let mut found = self.plain.find(&self.window);
        found.extend(
            self.wrapping
                .find(&unwrapped.text)
                .into_iter()
                .map(|(start, stop, name)| {
                    let stop = unwrapped.origin(stop.saturating_sub(1)) + 1;
                    (unwrapped.origin(start), stop, name)
                }),
        );
        drop(unwrapped);
        let mut at = self.masked;
        for (start, stop, name) in merged(found) {
            if start >= end {
                break;
            }
            if stop <= at {
                continue;
            }
            if start >= at {
                self.copy(at, start, out);
                let name = self.names.get(name).map_or("", String::as_str);
                out.extend_from_slice(label(name).as_bytes());
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

    /// How many bytes are held back.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.window.len()
    }
}

/// Puts stretches that touch or overlap into one.
fn merged(mut found: Vec<(usize, usize, usize)>) -> Vec<(usize, usize, usize)> {
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

/// Finds patterns, and what could become one.
struct Finder {
    /// None where there is no pattern.
    automaton: Option<AhoCorasick>,
    /// Sorted, in the order of the automaton's pattern numbers.
    patterns: Vec<Pattern>,
    first_bytes: BTreeSet<u8>,
    longest: usize,
}

impl Finder {
    fn new(mut patterns: Vec<Pattern>) -> Result<Self, BuildError> {
        patterns.sort_by(|a, b| (a.text.as_slice(), a.name).cmp(&(b.text.as_slice(), b.name)));
        // Of equal ones the first name counts.
        patterns.dedup_by(|a, b| a.text == b.text);
        let texts = || patterns.iter().map(|pattern| pattern.text.as_slice());
        Ok(Self {
            automaton: if patterns.is_empty() {
                None
            } else {
                Some(
                    AhoCorasick::builder()
                        .match_kind(MatchKind::Standard)
                        .build(texts())?,
                )
            },
            first_bytes: texts().filter_map(|text| text.first().copied()).collect(),
            longest: texts().map(<[u8]>::len).max().unwrap_or(0),
            patterns,
        })
    }

    /// Every pattern in a text: from where to where, and the position of its name.
    fn find(&self, text: &[u8]) -> Vec<(usize, usize, usize)> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        automaton
            .find_overlapping_iter(text)
            .map(|found| {
                let pattern = self.patterns.get(found.pattern().as_usize());
                let name = pattern.map_or(0, |pattern| pattern.name);
                (found.start(), found.end(), name)
            })
            .collect()
    }

    /// Where the longest end of a text begins that could still become a pattern.
    fn held_from(&self, text: &[u8]) -> usize {
        let end = text.len();
        let earliest = end.saturating_sub(self.longest.saturating_sub(1));
        (earliest..end)
            .find(|&start| {
                let tail = text.get(start..).unwrap_or_default();
                tail.first()
                    .is_some_and(|first| self.first_bytes.contains(first))
                    && self.begins_a_pattern(tail)
            })
            .unwrap_or(end)
    }

    fn begins_a_pattern(&self, tail: &[u8]) -> bool {
        let at = self
            .patterns
            .partition_point(|pattern| pattern.text.as_slice() < tail);
        // An equal one comes first, and those that go on follow it.
        self.patterns
            .iter()
            .skip(at)
            .take(2)
            .any(|pattern| pattern.text.len() > tail.len() && pattern.text.starts_with(tail))
    }
}

/// What stands in a secret's place. Its name comes from a file that others may have written, and no sign of
/// it may mean anything to a terminal or to the log of a CI system.
fn label(name: &str) -> String {
    const MOST: usize = 200;
    let is_harmless = |sign: char| sign.is_alphanumeric() || " _-.,:/@+=()[]\"'".contains(sign);
    let mut shown = String::from("[masked: ");
    for (nth, sign) in name.chars().enumerate() {
        if nth == MOST {
            shown.push('…');
            break;
        }
        if is_harmless(sign) {
            shown.push(sign);
        } else {
            shown.extend(sign.escape_unicode());
        }
    }
    shown.push(']');
    shown
}
