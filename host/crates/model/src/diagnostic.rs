//! Mistakes in our users' own files, shown at their line.
//!
//! A diagnostic says what is wrong, where, and the one next step. It is data until
//! it is rendered, so that the same mistake can be tested without a terminal.

use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::inert;

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
    /// Whatever of the file, its name and the words around it could act on a terminal or a log
    /// of CI is shown as an escape, as in reports. The text has no newline at its end, and no
    /// escape sequence unless `color` is asked for.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let title = inert_lines(&self.title);
        let title = Level::ERROR.primary_title(title.as_str());
        let source = self.place.as_ref().map(InertSource::of);
        let help = self.help.as_deref().map(inert_lines);
        let mut group = match &source {
            None => Group::with_title(title),
            Some(source) => {
                let mark = AnnotationKind::Primary.span(source.span.clone());
                let mark = if source.label.is_empty() {
                    mark
                } else {
                    mark.label(source.label.as_str())
                };
                let mut snippet = Snippet::source(source.text.as_str())
                    .path(source.path.as_str())
                    .annotation(mark);
                if let Some((span, label)) = &source.related {
                    snippet = snippet.annotation(
                        AnnotationKind::Context
                            .span(span.clone())
                            .label(label.as_str()),
                    );
                }
                title.element(snippet)
            }
        };
        if let Some(help) = &help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

/// What is shown of a place: the file with everything escaped that could act, and the same
/// positions in it.
struct InertSource {
    path: String,
    text: String,
    span: Range<usize>,
    label: String,
    related: Option<(Range<usize>, String)>,
}

impl InertSource {
    fn of(place: &Place) -> Self {
        let source = place.file.text.as_str();
        let mut spans = vec![place.location.span.clone()];
        spans.extend(
            place
                .related
                .iter()
                .map(|(location, _)| location.span.clone()),
        );
        let mut shown = vec![0..0; spans.len()];
        let mut text = String::with_capacity(source.len());
        for (at, c) in source
            .char_indices()
            .map(|(at, c)| (at, Some(c)))
            .chain([(source.len(), None)])
        {
            for (span, shown) in spans.iter().zip(&mut shown) {
                if span.start >= at {
                    shown.start = text.len();
                }
                if span.end >= at {
                    shown.end = text.len();
                }
            }
            let Some(c) = c else { break };
            let ends_line = c == '\r'
                && source
                    .get(at + 1..)
                    .is_some_and(|rest| rest.starts_with('\n'));
            match inert::escaped_at(source, at, c) {
                Some(escape) if !matches!(c, '\n' | '\t') && !ends_line => text.push_str(&escape),
                _ => text.push(c),
            }
        }
        let mut shown = shown.into_iter();
        Self {
            path: inert_lines(&place.file.path),
            span: shown.next().unwrap_or_default(),
            label: inert_lines(&place.label),
            related: shown
                .next()
                .zip(place.related.as_ref().map(|(_, label)| inert_lines(label))),
            text,
        }
    }
}

/// Makes text inert line by line: only our own errors have several.
fn inert_lines(text: &str) -> String {
    // An error may list what a person has to see as a whole.
    const MOST: usize = 20_000;
    text.split('\n')
        .map(|line| inert::inert_within(line, MOST))
        .collect::<Vec<_>>()
        .join("\n")
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
        if inert::is_active(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out.push('`');
    out
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
    fn what_a_log_obeys_is_shown_as_text_and_marked_where_it_stands() {
        let line = "\u{202e}key = \"##[add-mask]x\" # \u{1b}[31m::error::";
        let text = format!("first = 1\r\n{line}\n\u{e0041} = 2\n");
        let start = text.find("##").unwrap_or_default();
        let file = Arc::new(SourceFile {
            path: "a\u{200b}/##[group]b".to_owned(),
            text,
        });
        let diagnostic = Diagnostic {
            title: "wrong ##[error]\n::error::second".to_owned(),
            place: Some(Place {
                location: file.locate(&(start..start + 12)),
                label: "here\u{2066}".to_owned(),
                related: Some((file.locate(&(0..5)), "::notice::x".to_owned())),
                file,
            }),
            help: Some("##vso[task]".to_owned()),
        };
        let shown = diagnostic.render(false);
        assert!(
            !shown.contains("##[") && !shown.contains("##vso["),
            "{shown}"
        );
        assert!(
            !shown
                .lines()
                .any(|line| line.trim_start().starts_with("::")),
            "{shown}"
        );
        let active = |c: char| c != '\n' && inert::is_active(c);
        assert!(!shown.contains(active), "{shown:?}");
        let lines: Vec<&str> = shown.lines().collect();
        let nth = lines
            .iter()
            .position(|line| line.contains("key = "))
            .unwrap_or_default();
        let column = |line: &str, what: char| line.chars().position(|c| c == what);
        assert_eq!(
            column(lines[nth], '#'),
            column(lines[nth + 1], '^'),
            "{shown}"
        );
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
