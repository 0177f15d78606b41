//! Mistakes in our users' own files, shown at their line.
//!
//! A diagnostic says what is wrong, where, and the one next step. It is data until
//! it is rendered, so that the same mistake can be tested without a terminal.

use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A file of the user, as it was named and as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// As it was named.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

/// A position in a file of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The marked bytes.
    pub span: Range<usize>,
}

impl SourceFile {
    /// Returns the location of a range of bytes; a range beyond the text is cut.
    #[must_use]
    pub fn locate(&self, span: &Range<usize>) -> Location {
        let floor = |offset: usize| {
            let mut offset = offset.min(self.text.len());
            while !self.text.is_char_boundary(offset) {
                offset -= 1;
            }
            offset
        };
        let start = floor(span.start);
        let end = floor(span.end).max(start);
        let before = self.text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Location {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            span: start..end,
        }
    }
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, as a fragment in lower case.
    pub title: String,
    /// Where; none for a mistake that is in no file, such as a wrong argument.
    pub place: Option<Place>,
    /// What is allowed, or what to do.
    pub help: Option<String>,
}

/// Where a mistake is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The position that is marked.
    pub location: Location,
    /// What is said at the mark; may be empty.
    pub label: String,
    /// Another position that explains the first one, and what is said there.
    pub related: Option<(Location, String)>,
}

impl Diagnostic {
    /// Renders the mistake, with its source line and a mark under it.
    ///
    /// Control characters of the file are shown as visible symbols. The text has no
    /// newline at its end, and no escape sequence unless `color` is asked for.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let title = Level::ERROR.primary_title(self.title.as_str());
        let mut group = match &self.place {
            None => Group::with_title(title),
            Some(place) => {
                let mark = AnnotationKind::Primary.span(place.location.span.clone());
                let mark = if place.label.is_empty() {
                    mark
                } else {
                    mark.label(place.label.as_str())
                };
                let mut snippet = Snippet::source(place.file.text.as_str())
                    .path(place.file.path.as_str())
                    .annotation(mark);
                if let Some((location, label)) = &place.related {
                    snippet = snippet.annotation(
                        AnnotationKind::Context
                            .span(location.span.clone())
                            .label(label.as_str()),
                    );
                }
                title.element(snippet)
            }
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

/// Returns text of a user's file between backticks, inert and short enough to be read.
#[must_use]
pub fn quoted(text: &str) -> String {
    const MAX: usize = 80;
    let mut out = String::from("`");
    for (nth, character) in text.chars().enumerate() {
        if nth == MAX {
            out.push('…');
            break;
        }
        if character.is_control() || is_bidi_control(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out.push('`');
    out
}

/// Characters that reorder the text around them and so can make a name look like another.
fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns names between backticks, separated by commas.
#[must_use]
pub fn listed<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    names
        .into_iter()
        .map(|name| quoted(name.as_ref()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns the name that was most likely meant, or none where nothing is near.
///
/// Near is: equal apart from case, a beginning of it (`prod` and `production`), or few
/// edits away. Of equally near names, the first in alphabetical order wins.
#[must_use]
pub fn nearest<'n>(given: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // A long name is not a typing mistake, and its distance costs time.
    const MAX: usize = 64;
    if given.is_empty() || given.len() > MAX {
        return None;
    }
    let lower = given.to_lowercase();
    names
        .into_iter()
        .filter(|name| name.len() <= MAX)
        .filter_map(|name| {
            let candidate = name.to_lowercase();
            let shorter = lower.chars().count().min(candidate.chars().count());
            let begins =
                shorter >= 3 && (candidate.starts_with(&lower) || lower.starts_with(&candidate));
            let edits = strsim::osa_distance(&lower, &candidate);
            let limit = lower
                .chars()
                .count()
                .max(candidate.chars().count())
                .div_ceil(3);
            (begins || edits <= limit && edits < shorter.max(1)).then_some(((edits, name), name))
        })
        .min_by(|(a, _), (b, _)| a.cmp(b))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_names() {
        let names = ["production", "staging", "dev", "dr"];
        for (given, expected) in [
            ("prod", Some("production")),
            ("Production", Some("production")),
            ("prduction", Some("production")),
            ("stage", Some("staging")),
            ("stagnig", Some("staging")),
            ("dve", Some("dev")),
            ("live", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, names), expected, "{given}");
        }
    }

    #[test]
    fn names_are_inert() {
        assert_eq!(
            quoted("a\u{1b}[31m\n\u{202e}b"),
            "`a\\u{1b}[31m\\u{a}\\u{202e}b`"
        );
        assert_eq!(quoted(&"x".repeat(100)).chars().count(), 83);
    }

    #[test]
    fn locations_count_characters() {
        let file = SourceFile {
            path: "f".to_owned(),
            text: "a\nä = 1\n".to_owned(),
        };
        let at = file.text.find('=').unwrap_or_default();
        assert_eq!(
            file.locate(&(at..at + 1)),
            Location {
                line: 2,
                column: 3,
                span: at..at + 1
            }
        );
        assert_eq!(
            file.locate(&(3..4)),
            Location {
                line: 2,
                column: 1,
                span: 2..4
            }
        );
        assert_eq!(
            file.locate(&(900..901)),
            Location {
                line: 3,
                column: 1,
                span: 9..9
            }
        );
    }
}
