//! Regular expressions as Go reads them, which is what SOPS's rules are written in.
//!
//! Go's classes such as `\w` are ASCII, and inside of brackets an opening bracket, `&` and `~` mean
//! themselves. What Rust's engine would read otherwise is written in a way that means the same to
//! both; what only Go knows (`\Q…\E`) is written out, and what only Rust knows is no expression.

use regex::bytes::{Regex, RegexBuilder};

/// What a compiled expression may occupy, in bytes.
const LIMIT: usize = 1 << 20;

/// Compiles an expression; `None` when it is none, or too large.
pub(crate) fn compile(text: &str) -> Option<Regex> {
    RegexBuilder::new(&translated(text)?)
        .size_limit(LIMIT)
        .build()
        .ok()
}

/// Returns an expression that means to Rust what `text` means to Go; `None` for what means nothing
/// to Go.
fn translated(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    // How far inside of brackets, and whether a `]` still means itself there.
    let mut class: Option<bool> = None;
    while let Some(character) = rest.next() {
        match (character, class) {
            ('\\', _) => match rest.next()? {
                'Q' if class.is_none() => {
                    let quoted: String = rest.by_ref().collect();
                    let (quoted, behind) = quoted.split_once("\\E").unwrap_or((&quoted, ""));
                    out.push_str(&regex::escape(quoted));
                    out.push_str(&translated(behind)?);
                    return Some(out);
                }
                escape => {
                    if let Some(fresh) = &mut class {
                        *fresh = false;
                    }
                    match escape {
                        'w' => out.push_str("[0-9A-Za-z_]"),
                        'W' => out.push_str("[^0-9A-Za-z_]"),
                        'd' => out.push_str("[0-9]"),
                        'D' => out.push_str("[^0-9]"),
                        's' => out.push_str("[\\t\\n\\f\\r ]"),
                        'S' => out.push_str("[^\\t\\n\\f\\r ]"),
                        'b' if class.is_none() && rest.peek() != Some(&'{') => {
                            out.push_str("(?-u:\\b)");
                        }
                        'B' if class.is_none() => out.push_str("(?-u:\\B)"),
                        // Signs for Go, ends of words for Rust.
                        sign @ ('<' | '>') => out.push(sign),
                        // Known to Rust alone.
                        'b' | 'u' | 'U' => return None,
                        other => {
                            out.push('\\');
                            out.push(other);
                        }
                    }
                }
            },
            ('[', None) => {
                out.push('[');
                class = Some(true);
                if rest.peek() == Some(&'^') {
                    rest.next();
                    out.push('^');
                }
            }
            (']', Some(fresh)) => {
                if fresh {
                    out.push_str("\\]");
                    class = Some(false);
                } else {
                    out.push(']');
                    class = None;
                }
            }
            ('[', Some(_)) => {
                class = Some(false);
                if rest.peek() == Some(&':') {
                    // `[:alpha:]`, which is ASCII to both.
                    out.push('[');
                    for inner in rest.by_ref() {
                        out.push(inner);
                        if inner == ']' {
                            break;
                        }
                    }
                } else {
                    out.push_str("\\[");
                }
            }
            (sign @ ('&' | '~'), Some(_)) => {
                class = Some(false);
                out.push('\\');
                out.push(sign);
            }
            (other, Some(_)) => {
                class = Some(false);
                out.push(other);
            }
            (other, None) => out.push(other),
        }
    }
    Some(out)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn expressions_mean_what_they_mean_to_go() {
        for (expression, text, matches) in [
            (r"^\w+$", "passwort", true),
            (r"^\w+$", "schlüssel", false),
            (r"^[\w-]+$", "db-password", true),
            (r"^[\w-]+$", "größe", false),
            (r"^\W$", "ü", true),
            (r"^\d+$", "٣", false),
            (r"^[^\s]+$", "a\u{a0}b", true),
            (r"\bkey\b", "a key b", true),
            (r"\bkey\b", "ükeyü", true),
            (r"^[a[]+$", "a[", true),
            (r"^[]a]+$", "]a", true),
            (r"^[^]a]+$", "b", true),
            (r"^[a&&b]+$", "a&b", true),
            (r"^[a~~b]+$", "~", true),
            (r"^[[:alpha:]_]+$", "ab_", true),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\Qa.b\E$", "axb", false),
            (r"^\<a\>$", "<a>", true),
            (r"\.enc\.yaml$", "prod.enc.yaml", true),
            (r"^(?i)ABC$", "abc", true),
        ] {
            let compiled = compile(expression).unwrap();
            assert_eq!(compiled.is_match(text.as_bytes()), matches, "{expression}");
        }
    }

    #[test]
    fn what_go_does_not_know_is_no_expression() {
        for expression in [r"\u0041", r"\b{start}a", "(", "a{2000000}", "\\"] {
            assert!(compile(expression).is_none(), "{expression}");
        }
    }
}
