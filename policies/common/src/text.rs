//! Texts of a plan in a message: as much of them as a reader needs, and never more than the host takes.

/// How many items of a list are told.
pub const ITEMS: usize = 5;

/// How many characters of a name, a pattern or a key are told.
pub const CHARACTERS: usize = 80;

/// A text of a plan, no longer than a message bears.
#[must_use]
pub fn clipped(text: &str) -> String {
    if text.chars().nth(CHARACTERS).is_none() {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(CHARACTERS - 1).collect();
    short.push('…');
    short
}

/// A list of texts of a plan in backticks: `a`, `b` and 3 more.
#[must_use]
pub fn listed<T: AsRef<str>>(items: &[T]) -> String {
    let told: Vec<_> = items
        .iter()
        .take(ITEMS)
        .map(|item| format!("`{}`", clipped(item.as_ref())))
        .collect();
    let told = told.join(", ");
    match items.len().saturating_sub(ITEMS) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

/// Cuts a text to a number of bytes.
pub fn cut(text: &mut String, bytes: usize) {
    const MARK: &str = "…";
    if text.len() <= bytes {
        return;
    }
    let room = bytes.saturating_sub(MARK.len());
    text.truncate(text.floor_char_boundary(room));
    text.push_str(MARK);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_counted() {
        let names: Vec<_> = (0..232).map(|nth| format!("service{nth}:*")).collect();
        assert_eq!(
            listed(&names),
            "`service0:*`, `service1:*`, `service2:*`, `service3:*`, `service4:*` and 227 more"
        );
        assert_eq!(listed(&["a", "b"]), "`a`, `b`");
        assert_eq!(listed::<&str>(&[]), "");
        assert!(listed(&vec!["é".repeat(9_000); 9]).len() < 1_000);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        for length in 0..40 {
            let mut text = "aé…".repeat(4);
            let whole = text.clone();
            cut(&mut text, length.max(3));
            assert!(text.len() <= length.max(3) && (text == whole || text.ends_with('…')));
        }
        assert_eq!(clipped(&"é".repeat(80)), "é".repeat(80));
        assert_eq!(clipped(&"é".repeat(81)), format!("{}…", "é".repeat(79)));
    }
}
