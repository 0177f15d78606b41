//! Output with the line breaks taken out that stand inside base64 or hexadecimal.

use std::borrow::Cow;

/// The longest indentation behind a line break that is taken out with it, in bytes.
const INDENT: usize = 64;

/// What line breaks inside an encoded text look like: as they are, and as JSON escapes them.
const BREAKS: [&[u8]; 4] = [b"\n", b"\r\n", b"\\n", b"\\r\\n"];

/// A text without such breaks, and where each byte of it was.
pub(super) struct Unwrapped<'t> {
    pub(super) text: Cow<'t, [u8]>,
    /// From which place in `text` on how many bytes are missing before it.
    cuts: Vec<(usize, usize)>,
}

impl<'t> Unwrapped<'t> {
    /// Takes out the breaks between two characters that could be base64, with the indentation behind
    /// them. A break at the end is taken out too: what follows is not known yet.
    pub(super) fn of(text: &'t [u8]) -> Self {
        let mut joined: Vec<u8> = Vec::new();
        let mut cuts = Vec::new();
        let mut from = 0;
        let mut at = 1;
        while let Some(next) = text.get(at..).and_then(|rest| {
            rest.iter()
                .position(|byte| matches!(byte, b'\n' | b'\r' | b'\\'))
        }) {
            at += next;
            let behind_code = text.get(at.wrapping_sub(1)).is_some_and(is_code);
            match break_end(text, at).filter(|_| behind_code) {
                Some(end) => {
                    joined.extend_from_slice(text.get(from..at).unwrap_or_default());
                    cuts.push((joined.len(), end - joined.len()));
                    from = end;
                    at = end + 1;
                }
                None => at += 1,
            }
        }
        if cuts.is_empty() {
            return Self {
                text: Cow::Borrowed(text),
                cuts,
            };
        }
        joined.extend_from_slice(text.get(from..).unwrap_or_default());
        Self {
            text: Cow::Owned(joined),
            cuts,
        }
    }

    /// Returns where a byte was.
    pub(super) fn origin(&self, at: usize) -> usize {
        let cut = self.cuts.partition_point(|(from, _)| *from <= at);
        match cut.checked_sub(1).and_then(|cut| self.cuts.get(cut)) {
            Some((_, missing)) => at + missing,
            None => at,
        }
    }
}

impl Drop for Unwrapped<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(text) = &mut self.text {
            zeroize::Zeroize::zeroize(text);
        }
    }
}

fn is_code(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Returns where a break ends that begins there; none where it is none, or no code follows it.
fn break_end(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let Some(found) = BREAKS.into_iter().find(|found| rest.starts_with(found)) else {
        // Cut off in the middle.
        return BREAKS
            .into_iter()
            .any(|found| found.starts_with(rest))
            .then_some(text.len());
    };
    let behind = rest.get(found.len()..).unwrap_or_default();
    let indent = behind
        .iter()
        .take(INDENT)
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    match behind.get(indent) {
        None => Some(text.len()),
        Some(next) => is_code(next).then_some(at + found.len() + indent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_inside_of_codes_go_and_others_stay() {
        for (text, expected) in [
            ("", ""),
            ("ab", "ab"),
            ("ab\ncd", "abcd"),
            ("ab\r\ncd", "abcd"),
            ("ab\\ncd", "abcd"),
            ("ab\\r\\ncd", "abcd"),
            ("ab\n    cd\n\tef", "abcdef"),
            ("ab\n\ncd", "ab\n\ncd"),
            ("ab \ncd", "ab \ncd"),
            ("ab\n.cd", "ab\n.cd"),
            ("\nab", "\nab"),
            // Nobody knows yet.
            ("ab\n", "ab"),
            ("ab\r", "ab"),
            ("ab\\", "ab"),
            ("ab\\r\\", "ab"),
            ("ab\n   ", "ab"),
            ("ab\\x", "ab\\x"),
            ("a\nb\nc", "abc"),
        ] {
            let unwrapped = Unwrapped::of(text.as_bytes());
            assert_eq!(
                String::from_utf8_lossy(&unwrapped.text),
                expected,
                "{text:?}"
            );
            for (at, byte) in unwrapped.text.iter().enumerate() {
                assert_eq!(text.as_bytes().get(unwrapped.origin(at)), Some(byte));
            }
        }
    }
}
