//! Names and patterns of names, some of which may not be known.

use std::ops::Not;

use super::wildcard::{covers, everything};

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It does not.
    No,
    /// It cannot be told.
    Unknown,
    /// It does.
    Yes,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

/// A list of texts, some of which may not be known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Those that are known.
    pub known: Vec<String>,
    /// Whether there are, or may be, others.
    pub unknown: bool,
}

impl From<&str> for Words {
    fn from(word: &str) -> Self {
        Self {
            known: vec![word.to_owned()],
            unknown: false,
        }
    }
}

impl Words {
    /// Whether something holds for one of them.
    pub fn any(&self, f: impl Fn(&str) -> bool) -> Truth {
        if self.known.iter().any(|word| f(word)) {
            Truth::Yes
        } else if self.unknown {
            Truth::Unknown
        } else {
            Truth::No
        }
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.known.extend(other.known);
        self.unknown |= other.unknown;
    }
}

/// Patterns, or all but what they match: `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Whether it is the form with `Not`.
    pub not: bool,
    /// The patterns.
    pub words: Words,
}

impl Names {
    pub(super) fn add(&mut self, not: bool, words: Words) {
        // With both forms, which AWS refuses, the wider one counts.
        if not && !self.not {
            self.not = true;
            self.words = Words::default();
        } else if self.not && !not {
            return;
        }
        self.words.extend(words);
    }

    /// Whether it can match nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.not && self.words.known.is_empty() && !self.words.unknown
    }

    /// Whether it takes in this name.
    #[must_use]
    pub fn takes(&self, name: &str, ignore_case: bool) -> Truth {
        let listed = self.words.any(|pattern| glob(pattern, name, ignore_case));
        if self.not { !listed } else { listed }
    }

    /// Whether it certainly takes in all that the other one does.
    #[must_use]
    pub fn covers(&self, other: &Self, ignore_case: bool) -> bool {
        let within = |wide: &Words, narrow: &Words| {
            !narrow.unknown
                && narrow
                    .known
                    .iter()
                    .all(|word| wide.known.iter().any(|own| covers(own, word, ignore_case)))
        };
        match (self.not, other.not) {
            (false, false) => within(&self.words, &other.words),
            (true, true) => within(&other.words, &self.words),
            (false, true) => self.words.known.iter().any(|own| everything(own)),
            (true, false) => {
                !self.words.unknown && !other.words.unknown && {
                    let apart = |a: &str, b: &str| {
                        let fixed = |text: &str| {
                            let end = text.find(['*', '?']).unwrap_or(text.len());
                            text.get(..end).unwrap_or_default().to_ascii_lowercase()
                        };
                        let (a, b) = (fixed(a), fixed(b));
                        !(a.starts_with(&b) || b.starts_with(&a))
                    };
                    other
                        .words
                        .known
                        .iter()
                        .all(|word| self.words.known.iter().all(|own| apart(own, word)))
                }
            }
        }
    }
}

/// Whether a pattern of a policy matches the whole of a text: `*` stands for any run of
/// characters, `?` for one.
#[must_use]
pub fn glob(pattern: &str, text: &str, ignore_case: bool) -> bool {
    run(pattern.as_bytes(), text.as_bytes(), ignore_case)
}

fn run(pattern: &[u8], text: &[u8], ignore_case: bool) -> bool {
    let same = |p: u8, t: u8| p == b'?' || p == t || ignore_case && p.eq_ignore_ascii_case(&t);
    let (mut at, mut of) = (0, 0);
    // Behind the last star, and where in the text it was tried first.
    let mut star: Option<(usize, usize)> = None;
    while let Some(&t) = text.get(of) {
        match pattern.get(at) {
            Some(b'*') => {
                at += 1;
                star = Some((at, of));
            }
            Some(&p) if same(p, t) => {
                at += 1;
                of += 1;
            }
            _ => match star {
                Some((behind, tried)) => {
                    at = behind;
                    of = tried + 1;
                    star = Some((behind, of));
                }
                None => return false,
            },
        }
    }
    pattern
        .get(at..)
        .unwrap_or_default()
        .iter()
        .all(|b| *b == b'*')
}
