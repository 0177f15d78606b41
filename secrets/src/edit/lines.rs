//! Lines around a place in a text.

use std::ops::Range;

/// Returns where the line of a place begins.
pub(super) fn start(text: &str, at: usize) -> usize {
    text.get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1)
}

/// Returns where the line after a place begins, or the end of the text. A place at the beginning of a
/// line, behind something that ends with its line break, is that itself.
pub(super) fn end(text: &str, at: usize) -> usize {
    if at > 0 && text.as_bytes().get(at - 1) == Some(&b'\n') {
        return at;
    }
    text.get(at..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |newline| at + newline + 1)
}

/// Returns the indentation of a place, in bytes from its line's beginning.
pub(super) fn column(text: &str, at: usize) -> usize {
    at - start(text, at)
}

/// Tells whether only spaces stand before a place on its line.
pub(super) fn is_first(text: &str, at: usize) -> bool {
    text.get(start(text, at)..at)
        .is_some_and(|before| before.bytes().all(|byte| matches!(byte, b' ' | b'\t')))
}

/// Returns the line break that the text uses.
pub(crate) fn break_of(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if at > 0 && text.as_bytes().get(at - 1) == Some(&b'\r') => "\r\n",
        _ => "\n",
    }
}

/// Returns the lines of comments right above a line, down to it.
pub(super) fn comments_above(text: &str, line: usize, signs: &[char]) -> Range<usize> {
    let mut first = line;
    while first > 0 {
        let above = start(text, first - 1);
        let Some(content) = text.get(above..first) else {
            break;
        };
        if !content.trim_start().starts_with(signs) {
            break;
        }
        first = above;
    }
    first..line
}

/// Tells whether the comments above an entry are about that entry alone: what follows it begins with
/// nothing, a comment, or the metadata. Otherwise they may head a group that goes on.
pub(super) fn ends_group(text: &str, behind: usize, signs: &[char], metadata: &str) -> bool {
    let next = text.get(behind..).unwrap_or_default();
    let line = next.lines().next().unwrap_or_default().trim();
    line.is_empty() || line.starts_with(signs) || line.starts_with(metadata)
}
