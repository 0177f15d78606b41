//! What names may be, and texts that are cut to a length.

/// The longest name, in bytes.
pub const MAX_NAME_BYTES: usize = 64;

/// Whether text can be the name of an environment, a policy, a rule or a document of the
/// configuration.
#[must_use]
pub fn is_name(given: &str) -> bool {
    given.len() <= MAX_NAME_BYTES
        && given.starts_with(|first: char| first.is_ascii_alphanumeric())
        && given.chars().all(|character| {
            character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
        })
}

/// Whether text can be the name of a module or the identifier of a rule: words of lower-case
/// letters and digits, with hyphens between them.
#[must_use]
pub fn is_kebab(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_NAME_BYTES
        && text.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

/// Returns text of at most so many bytes, with `…` where something was cut off.
#[must_use]
pub fn truncate(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = (0..=bytes)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        for (text, name, kebab) in [
            ("production", true, true),
            ("eu-1", true, true),
            ("Prod_1.a", true, false),
            ("1a", true, true),
            ("", false, false),
            ("-a", false, false),
            ("a-", true, false),
            ("a--b", true, false),
            ("a b", false, false),
            ("ä", false, false),
            (&long, false, false),
            (&long[1..], true, true),
        ] {
            assert_eq!(is_name(text), name, "{text}");
            assert_eq!(is_kebab(text), kebab, "{text}");
        }
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(truncate("abc", 3), "abc");
        assert_eq!(truncate("abcd", 3), "abc…");
        assert_eq!(truncate("aé", 2), "a…");
        assert_eq!(truncate("é", 0), "…");
    }
}
