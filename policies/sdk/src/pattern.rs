//! Patterns in which `*` stands for any run of characters, an empty one too.
//!
//! Interests, waivers and the settings of the first-party policies all mean this.
//! Everything else stands for itself: addresses contain `["…"]`, so brackets, quotes
//! and question marks have no second meaning.

/// Returns whether the whole of `text` matches `pattern`.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else {
        return false;
    };
    let Some(tail) = parts.next_back() else {
        return rest.is_empty();
    };
    // The leftmost occurrence of each part leaves the most for the parts after it, so
    // there is nothing to try again.
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(tail)
}

/// Returns whether the whole of `text` matches one of the patterns, as for a list of settings.
#[must_use]
pub fn any_matches(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, text))
}

#[cfg(test)]
mod tests {
    use super::{any_matches, matches};

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        for (pattern, text, expected) in [
            ("aws_lb", "aws_lb", true),
            ("aws_lb", "aws_lb_listener", false),
            ("*", "", true),
            ("*", "anything", true),
            ("**", "x", true),
            ("aws_*", "aws_lb", true),
            ("aws_*", "google_x", false),
            ("*_cluster", "aws_rds_cluster", true),
            ("*_cluster", "aws_rds_cluster_instance", false),
            ("aws_*_cluster*", "aws_rds_cluster_instance", true),
            ("aws_*_table", "aws_table", false),
            ("a*b*a", "aba", true),
            ("a*b*a", "ab", false),
            ("a*a", "a", false),
            ("ab*ba", "aba", false),
            ("module.a[\"x\"].*", "module.a[\"x\"].aws_lb.b", true),
            ("é*", "éa", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn one_of_several_is_enough_and_none_matches_nothing() {
        let patterns = ["aws_*".to_owned(), "google_x".to_owned()];
        for (text, expected) in [("aws_lb", true), ("google_x", true), ("google_xy", false)] {
            assert_eq!(any_matches(&patterns, text), expected, "{text}");
        }
        assert!(!any_matches(&[], ""));
    }
}
