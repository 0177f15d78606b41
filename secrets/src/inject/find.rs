//! Values in a document that should not have them, such as a plan.
//!
//! Unlike [`mask`](super::mask), which would rather hide too much, this names variables to people: only
//! whole values count, in the forms into which configurations bring them.

use super::json;
use super::mask::SHORTEST;
use crate::seal::hex;
use crate::tree::Text;
use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The longest beginning of a value that is looked for: who has that has the value.
const ENOUGH: usize = 256;

/// How a value is written where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// As it is, or as JSON escapes it.
    Clear,
    /// In base64, or in a longer text in base64.
    Base64,
    /// As its SHA-256, in hexadecimal digits or base64. Who guesses the value can tell.
    Sha256,
}

/// A value that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found<'f> {
    /// Where it begins, in bytes.
    pub start: usize,
    /// The variable that it belongs to.
    pub name: &'f str,
    /// How it is written.
    pub form: Form,
    /// Whether the value is an ordinary word or number, which can be there for another reason.
    pub ordinary: bool,
}

/// What is to be found.
#[derive(Default)]
pub(super) struct Wanted {
    names: Vec<String>,
    patterns: Vec<(Zeroizing<Vec<u8>>, What)>,
}

#[derive(Clone, Copy)]
struct What {
    name: usize,
    form: Form,
    ordinary: bool,
}

/// Looks for values. No `Debug`: it holds them.
pub struct Finder {
    automaton: AhoCorasick,
    names: Vec<String>,
    /// By the automaton's pattern number.
    patterns: Vec<What>,
}

impl Wanted {
    /// Adds a value in all forms; one that is shorter than eight bytes is not looked for.
    pub(super) fn add(&mut self, name: &str, value: &[u8]) {
        // Functions that read files and commands often leave the line break at the end.
        let trimmed = value.trim_ascii();
        if trimmed.len() < SHORTEST {
            return;
        }
        if self.names.last().is_none_or(|last| last != name) {
            self.names.push(name.to_owned());
        }
        self.clear(trimmed);
        self.base64(trimmed);
        self.sha256(value);
        if trimmed.len() < value.len() {
            self.sha256(trimmed);
        }
    }

    fn push(&mut self, pattern: &[u8], form: Form, ordinary: bool) {
        if pattern.len() >= SHORTEST {
            let what = What {
                name: self.names.len() - 1,
                form,
                ordinary,
            };
            self.patterns.push((Zeroizing::new(pattern.to_vec()), what));
        }
    }

    fn clear(&mut self, value: &[u8]) {
        let ordinary = is_ordinary(value);
        let Ok(text) = std::str::from_utf8(value) else {
            return;
        };
        for html in [false, true] {
            let mut once = Text::default();
            json::escaped(&mut once, text, html);
            self.push(beginning(once.as_bytes()), Form::Clear, ordinary);
            // A document in JSON that is itself a text of the plan.
            let mut twice = Text::default();
            json::escaped(&mut twice, once.as_str().unwrap_or_default(), html);
            self.push(beginning(twice.as_bytes()), Form::Clear, ordinary);
        }
    }

    fn base64(&mut self, value: &[u8]) {
        for before in 0..3 {
            let mut shifted = Zeroizing::new(vec![0; before]);
            shifted.reserve_exact(value.len());
            shifted.extend_from_slice(value);
            // Characters that also depend on what stands before or behind are left out.
            let first = (before * 8_usize).div_ceil(6);
            let whole = shifted.len() * 8 / 6;
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                let encoded = Zeroizing::new(engine.encode(&*shifted));
                let text = encoded.get(first..whole).unwrap_or_default();
                self.push(beginning(text.as_bytes()), Form::Base64, false);
            }
        }
    }

    fn sha256(&mut self, value: &[u8]) {
        let digest = Sha256::digest(value);
        let lower = hex(&digest);
        self.push(lower.to_uppercase().as_bytes(), Form::Sha256, false);
        self.push(lower.as_bytes(), Form::Sha256, false);
        self.push(STANDARD.encode(digest).as_bytes(), Form::Sha256, false);
    }

    pub(super) fn build(mut self) -> Result<Finder, aho_corasick::BuildError> {
        // Of one text in two variables the first counts, and of two forms the plainest.
        self.patterns.sort_by(|(a, what), (b, other)| {
            (a.as_slice(), what.name, what.form).cmp(&(b.as_slice(), other.name, other.form))
        });
        self.patterns.dedup_by(|(a, _), (b, _)| a == b);
        Ok(Finder {
            automaton: AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .build(self.patterns.iter().map(|(pattern, _)| pattern.as_slice()))?,
            patterns: self.patterns.into_iter().map(|(_, what)| what).collect(),
            names: self.names,
        })
    }
}

/// What is looked for of a text. An escape that is cut in two ends before it.
fn beginning(text: &[u8]) -> &[u8] {
    text.get(..ENOUGH).unwrap_or(text)
}

/// Whether a value is a word, a number, a host or the like: lower case, digits and what joins them,
/// without both a digit and a letter in one of its parts, or short parts only.
fn is_ordinary(value: &[u8]) -> bool {
    const LONGEST: usize = 24;
    const LONGEST_PART: usize = 14;
    let plain = value.iter().all(|byte| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_./:@ ".contains(byte)
    });
    if !plain || value.len() > LONGEST {
        return false;
    }
    value
        .split(|byte| !byte.is_ascii_alphanumeric())
        .all(|part| {
            let letters = part.iter().filter(|byte| byte.is_ascii_lowercase()).count();
            let mixed = letters > 0 && letters < part.len();
            part.len() <= LONGEST_PART && (!mixed || part.len() <= 6)
        })
}

impl Finder {
    /// Tells whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Returns the variables whose values are looked for.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Returns every value in a text, in the order of their places.
    #[must_use]
    pub fn find(&self, text: &[u8]) -> Vec<Found<'_>> {
        let mut found: Vec<Found<'_>> = self
            .automaton
            .find_overlapping_iter(text)
            .filter_map(|one| {
                let what = self.patterns.get(one.pattern().as_usize())?;
                Some(Found {
                    start: one.start(),
                    name: self.names.get(what.name)?,
                    form: what.form,
                    ordinary: what.ordinary,
                })
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Returns a text without the values that are in it, so that a place can be named whose name is one.
    #[must_use]
    pub fn without(&self, text: &str) -> String {
        if self.find(text.as_bytes()).is_empty() {
            return text.to_owned();
        }
        let mut spans: Vec<(usize, usize)> = self
            .automaton
            .find_overlapping_iter(text)
            .map(|one| (one.start(), one.end()))
            .collect();
        spans.sort_unstable();
        let mut out = String::new();
        let mut at = 0;
        for (start, end) in spans {
            if start >= at {
                out.push_str(text.get(at..start).unwrap_or_default());
                out.push_str("[masked]");
            }
            at = at.max(end);
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }
}

#[cfg(test)]
mod tests;
