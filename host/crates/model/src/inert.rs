//! Makes text that others wrote safe to show.
//!
//! Addresses, messages, names and versions come from plans, policies and
//! configurations, which nobody has to have meant well. A terminal obeys control
//! characters, and a reader believes what bidirectional and invisible characters
//! make of a line; so all of them are shown as escapes instead. So is what a CI system
//! takes for a command when it reads a log.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// The most characters of one text that are shown. It is a screenful: longer texts are
/// mistakes or attacks, and the `json` format has them whole.
const MAX_CHARS: usize = 2_000;

/// The most combining characters in a row that are shown as they are. No living script
/// needs more, and a pile of them covers the lines above.
const MAX_COMBINING: usize = 4;

/// Returns the text with everything escaped that could act on a terminal or deceive a
/// reader, and cut after 2,000 characters with a word on how many are left.
///
/// Line breaks and tabs become `\n`, `\r` and `\t`; the rest becomes `\u{1b}` and the like.
pub fn inert(text: &str) -> Cow<'_, str> {
    inert_within(text, MAX_CHARS)
}

/// Does the same, and cuts after `most` characters.
pub fn inert_within(text: &str, most: usize) -> Cow<'_, str> {
    let (kept, left) = cut(text, most);
    let escaped = escape(kept);
    if left == 0 {
        return escaped;
    }
    let plural = if left == 1 { "" } else { "s" };
    Cow::Owned(format!("{escaped}… {left} more character{plural}"))
}

/// Whether a character could act on a terminal or deceive a reader when shown as it is.
pub fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Direction of the text.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
            // Breaks that some terminals and log viewers obey.
            | '\u{2028}' | '\u{2029}'
            // Nothing to see: joiners, fillers, marks, tags, selectors by the hundred.
            | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
            // No characters at all, and forbidden in XML.
            | '\u{fffe}' | '\u{ffff}'
        )
}

/// Whether a log line obeys what starts at `at`, wherever the line puts this text.
///
/// GitHub's runner obeys `::name` after nothing but white space, and `##[name]` anywhere in
/// a line; Azure Pipelines `##vso[`, TeamCity `##teamcity[`.
pub fn is_command(text: &str, at: usize) -> bool {
    let (before, rest) = text.split_at(at);
    if let Some(rest) = rest.strip_prefix("::") {
        let starts = before.chars().next_back().is_none_or(char::is_whitespace);
        return starts && rest.starts_with(|c: char| c.is_ascii_alphabetic());
    }
    rest.strip_prefix('#').is_some_and(|rest| {
        before.ends_with('#')
            && rest
                .trim_start_matches(|c: char| c.is_ascii_alphanumeric())
                .starts_with('[')
    })
}

fn cut(text: &str, most: usize) -> (&str, usize) {
    match text.char_indices().nth(most) {
        Some((end, _)) => (&text[..end], text[end..].chars().count()),
        None => (text, 0),
    }
}

fn escape(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut copied = 0;
    let mut combining = 0;
    for (at, c) in text.char_indices() {
        combining = if c.width() == Some(0) {
            combining + 1
        } else {
            0
        };
        if combining <= MAX_COMBINING && !acts(text, at, c) {
            continue;
        }
        shown.push_str(&text[copied..at]);
        copied = at + c.len_utf8();
        write_escape(&mut shown, c);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    shown.push_str(&text[copied..]);
    Cow::Owned(shown)
}

/// Returns what is shown for the character at `at` where that cannot be itself.
pub(crate) fn escaped_at(text: &str, at: usize, c: char) -> Option<String> {
    acts(text, at, c).then(|| {
        let mut escape = String::new();
        write_escape(&mut escape, c);
        escape
    })
}

fn acts(text: &str, at: usize, c: char) -> bool {
    is_active(c) || matches!(c, ':' | '#') && is_command(text, at)
}

fn write_escape(shown: &mut String, c: char) {
    match c {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        _ => {
            // Writing to a string does not fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_act_is_escaped_and_the_rest_is_left_alone() {
        let cases = [
            ("", ""),
            (
                "aws_s3_bucket.media[\"a b\"]",
                "aws_s3_bucket.media[\"a b\"]",
            ),
            ("C:\\plans\\new.json", "C:\\plans\\new.json"),
            (
                "größer, 日本語, ελληνικά, עברית, é, 👍🏽",
                "größer, 日本語, ελληνικά, עברית, é, 👍🏽",
            ),
            ("\u{1b}[2J\u{1b}[32mPASSED", "\\u{1b}[2J\\u{1b}[32mPASSED"),
            (
                "\u{1b}]8;;http://x\u{7}here\u{1b}]8;;\u{7}",
                "\\u{1b}]8;;http://x\\u{7}here\\u{1b}]8;;\\u{7}",
            ),
            ("\u{9b}31mred", "\\u{9b}31mred"),
            (
                "ok\nPASSED for production\r\n",
                "ok\\nPASSED for production\\r\\n",
            ),
            ("a\tb\u{8}\u{8}c\u{7f}\0", "a\\tb\\u{8}\\u{8}c\\u{7f}\\u{0}"),
            ("db\u{202e}niam\u{202c}", "db\\u{202e}niam\\u{202c}"),
            ("\u{2066}x\u{2069}\u{200f}", "\\u{2066}x\\u{2069}\\u{200f}"),
            (
                "pro\u{200b}duction\u{feff}\u{ad}",
                "pro\\u{200b}duction\\u{feff}\\u{ad}",
            ),
            ("tag\u{e0041}\u{e007f}", "tag\\u{e0041}\\u{e007f}"),
            (
                "line\u{2028}paragraph\u{2029}",
                "line\\u{2028}paragraph\\u{2029}",
            ),
            ("::error::x", "\\u{3a}:error::x"),
            ("a ::add-mask::x", "a \\u{3a}:add-mask::x"),
            ("\u{a0}::error::", "\u{a0}\\u{3a}:error::"),
            (
                "::/0, ::1, a::b, arn:aws:iam::1:role",
                "::/0, ::1, a::b, arn:aws:iam::1:role",
            ),
            (
                "x ##[error]y ###[group]",
                "x #\\u{23}[error]y ##\\u{23}[group]",
            ),
            ("##vso[task.x]", "#\\u{23}vso[task.x]"),
            ("## Why, C##, #[a]", "## Why, C##, #[a]"),
            ("a\u{ffff}b", "a\\u{ffff}b"),
            (
                "z\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}y",
                "z\u{301}\u{301}\u{301}\u{301}\\u{301}\\u{301}y",
            ),
        ];
        for (text, shown) in cases {
            assert_eq!(inert(text), shown, "of {text:?}");
        }
    }

    #[test]
    fn no_control_character_survives() {
        for c in (0..=0x10_ffff)
            .filter_map(char::from_u32)
            .filter(|c| c.is_control())
        {
            let text = format!("a{c}b");
            assert!(!inert(&text).contains(c), "{c:?}");
        }
    }

    #[test]
    fn absurd_lengths_are_cut_and_say_so() {
        let megabyte = "x".repeat(1 << 20);
        let shown = inert(&megabyte);
        assert_eq!(
            shown.chars().count(),
            MAX_CHARS + "… 1046576 more characters".chars().count()
        );
        assert!(
            shown.ends_with("x… 1046576 more characters"),
            "{}",
            &shown[MAX_CHARS..]
        );

        assert_eq!(inert(&"é".repeat(MAX_CHARS)), "é".repeat(MAX_CHARS));
        assert!(inert(&"é".repeat(MAX_CHARS + 1)).ends_with("é… 1 more character"));
    }
}
