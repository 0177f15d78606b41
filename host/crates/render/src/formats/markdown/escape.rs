//! Text of others in GitHub's Markdown: shown, never obeyed.
//!
//! Backslashes keep Markdown from reading it. They do not keep GitHub from turning
//! `@names`, `#1` and addresses of the web into links and notifications, because it
//! does so after Markdown is gone; a zero-width space inside does, and so does code.

use std::borrow::Cow;
use std::fmt::Write as _;

use tollgate_model::inert::inert_within;

/// The most characters of prose that are shown; `json` has it whole.
const MAX_PROSE: usize = 600;

/// The most characters of a name that are shown.
const MAX_NAME: usize = 300;

/// Where it stands decides what a vertical bar means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a paragraph or a list.
    Text,
    /// In a table.
    Cell,
}

/// Returns prose: code between backticks stays code, everything else is words.
///
/// It belongs after other words on a line: at the start of one, `-` is still a list.
pub(crate) fn prose(text: &str) -> String {
    let text = inert_within(text, MAX_PROSE);
    let pieces: Vec<&str> = text.split('`').collect();
    // An even number of backticks, and none beside another: each pair holds code.
    let paired = pieces.len() % 2 == 1
        && pieces
            .iter()
            .skip(1)
            .step_by(2)
            .all(|piece| !piece.trim().is_empty());
    if !paired {
        return words(&text);
    }
    let mut out = String::new();
    for (nth, piece) in pieces.iter().enumerate() {
        if nth % 2 == 0 {
            out.push_str(&words(piece));
        } else {
            out.push_str(&span(piece, Place::Text));
        }
    }
    out
}

/// Returns a name as code.
pub(crate) fn code(text: &str) -> String {
    span(&inert_within(text, MAX_NAME), Place::Text)
}

/// Returns a name as code in a table.
pub(crate) fn code_cell(text: &str) -> String {
    span(&inert_within(text, MAX_NAME), Place::Cell)
}

/// Returns a name as code in HTML, where Markdown is not read.
pub(crate) fn html_code(text: &str) -> String {
    format!("<code>{}</code>", entities(&inert_within(text, MAX_NAME)))
}

fn entities(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '$']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('$', "&#36;"),
    )
}

/// A code span whose fence is longer than any run of backticks in it.
fn span(text: &str, place: Place) -> String {
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // Markdown takes one space off both ends when both have one; all-space stays.
    let pad = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let pad = if pad && !text.trim().is_empty() {
        " "
    } else {
        ""
    };
    let text = match place {
        Place::Text => Cow::Borrowed(text),
        // Tables are split before code is read, and take the backslash away.
        Place::Cell => Cow::Owned(text.replace('|', "\\|")),
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Returns words, in which backticks are nothing but backticks.
pub(crate) fn plain(text: &str) -> String {
    words(&inert_within(text, MAX_PROSE))
}

/// Words that Markdown, HTML and GitHub leave alone, of inert text.
fn words(text: &str) -> String {
    const GAP: &str = "&#8203;";
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let digit = rest.starts_with(|c: char| c.is_ascii_digit());
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Between two of them GitHub sets mathematics.
            '$' => out.push_str("<span>$</span>"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '|' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '@' => {
                let _ = write!(out, "@{GAP}");
            }
            '#' if digit => {
                let _ = write!(out, "#{GAP}");
            }
            // `GH-1` is an issue as well.
            '-' if digit && text[..at].to_ascii_lowercase().ends_with("gh") => {
                let _ = write!(out, "-{GAP}");
            }
            ':' if rest.starts_with("//") => {
                let _ = write!(out, ":{GAP}");
            }
            '.' if text[..at].to_ascii_lowercase().ends_with("www") => {
                let _ = write!(out, "{GAP}.");
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_shown_and_not_obeyed() {
        let cases = [
            (
                "plain words, 12.50 USD (a-b)",
                "plain words, 12.50 USD (a-b)",
            ),
            ("`multi_az` is false", "`multi_az` is false"),
            ("a `b", "a \\`b"),
            ("a `` b", "a \\`\\` b"),
            ("*b* _i_ ~s~", "\\*b\\* \\_i\\_ \\~s\\~"),
            ("<img src=x onerror=y>", "&lt;img src=x onerror=y&gt;"),
            ("<!-- x -->", "&lt;\\!-- x --&gt;"),
            ("![p](http://x/y.png)", "\\!\\[p\\](http:&#8203;//x/y.png)"),
            ("[click](//x) [ref][1]", "\\[click\\](//x) \\[ref\\]\\[1\\]"),
            ("@team, a@b.example", "@&#8203;team, a@&#8203;b.example"),
            (
                "fixes #12 and GH-7, #a",
                "fixes #&#8203;12 and GH-&#8203;7, #a",
            ),
            ("www.x.example", "www&#8203;.x.example"),
            ("a | b", "a \\| b"),
            ("$x$", "<span>$</span>x<span>$</span>"),
            ("&amp;", "&amp;amp;"),
            ("a\n# b\r\u{1b}", "a\\\\n# b\\\\r\\\\u{1b}"),
            ("::error::x", "\\\\u{3a}:error::x"),
        ];
        for (text, shown) in cases {
            assert_eq!(prose(text), shown, "of {text:?}");
        }
    }

    #[test]
    fn names_are_code_whatever_is_in_them() {
        let cases = [
            ("a[\"b\"]", "`a[\"b\"]`", "`a[\"b\"]`"),
            ("a|b", "`a|b`", "`a\\|b`"),
            ("a`b", "``a`b``", "``a`b``"),
            ("`a``", "``` `a`` ```", "``` `a`` ```"),
            (" a ", "`  a  `", "`  a  `"),
            ("", "(empty)", "(empty)"),
            ("a\nb", "`a\\nb`", "`a\\nb`"),
        ];
        for (text, shown, in_cell) in cases {
            assert_eq!(code(text), shown, "of {text:?}");
            assert_eq!(code_cell(text), in_cell, "of {text:?}");
        }
        assert_eq!(html_code("<b>$&"), "<code>&lt;b&gt;&#36;&amp;</code>");
    }
}
