//! One change of a text.

use std::ops::Range;
use zeroize::Zeroizing;

/// What is put in place of a range of a text.
pub(super) struct Splice {
    range: Range<usize>,
    new: Zeroizing<String>,
}

impl Splice {
    pub(super) fn new(range: Range<usize>, new: &str) -> Self {
        Self {
            range,
            new: Zeroizing::new(new.to_owned()),
        }
    }

    /// Removes a range.
    pub(super) fn without(range: Range<usize>) -> Self {
        Self::new(range, "")
    }

    /// Returns the changed text.
    pub(super) fn on(&self, text: &str) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::with_capacity(text.len() + self.new.len()));
        out.push_str(text.get(..self.range.start).unwrap_or_default());
        out.push_str(&self.new);
        out.push_str(text.get(self.range.end..).unwrap_or_default());
        out
    }

    /// Returns a text with several changes; none where two of them touch the same place, because the
    /// result would depend on which comes first.
    pub(super) fn all(text: &str, mut splices: Vec<Self>) -> Option<Zeroizing<String>> {
        splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
        let added: usize = splices.iter().map(|splice| splice.new.len()).sum();
        let mut out = Zeroizing::new(String::with_capacity(text.len() + added));
        let mut behind = None;
        for splice in splices {
            if behind.is_some_and(|behind| splice.range.start <= behind) {
                return None;
            }
            out.push_str(text.get(behind.unwrap_or(0)..splice.range.start)?);
            out.push_str(&splice.new);
            behind = Some(splice.range.end);
        }
        out.push_str(text.get(behind.unwrap_or(0)..)?);
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_changes_do_not_depend_on_their_order() {
        let two = |a: Range<usize>, b: Range<usize>| {
            let both = |first: Splice, second: Splice| Splice::all("abcdef", vec![first, second]);
            let there = both(Splice::new(a.clone(), "X"), Splice::new(b.clone(), "YY"));
            let back = both(Splice::new(b, "YY"), Splice::new(a, "X"));
            assert_eq!(there, back);
            there.map(|text| text.to_string())
        };
        assert_eq!(two(0..1, 3..4).as_deref(), Some("XbcYYef"));
        assert_eq!(two(0..0, 6..6).as_deref(), Some("XabcdefYY"));
        assert_eq!(two(0..2, 1..4), None);
        assert_eq!(two(1..2, 2..3), None);
        assert_eq!(two(1..1, 1..1), None);
        assert_eq!(Splice::new(1..3, "-").on("abcd").as_str(), "a-d");
        assert_eq!(Splice::without(0..1).on("abcd").as_str(), "bcd");
    }
}
