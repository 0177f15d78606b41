//! INI as SOPS's library reads it: sections of `key = value` or `key: value`, the keys before the
//! first section in one called `DEFAULT`, comments with `;` or `#`, also behind a value.

use super::marks::{Content, Marks};
use super::{Budget, Keys};
use crate::error::Problem;
use crate::tree::{Comment, Entry, KeyPath, Node, Scalar};
use std::ops::Range;
use zeroize::Zeroizing;

/// The section of the keys before the first header.
pub(crate) const DEFAULT_SECTION: &str = "DEFAULT";

pub(super) fn parse(text: &str, marks: &mut Marks) -> Result<Node, Problem> {
    let mut lines = Lines::of(text);
    let mut sections = Sections {
        done: Vec::new(),
        names: Keys::default(),
        keys: Keys::default(),
        marks,
    };
    sections.marks.open_map(0, false);
    sections.open(DEFAULT_SECTION, "", 0..0)?;
    let mut comment = Zeroizing::new(String::new());
    while let Some(line) = lines.next_line()? {
        if line.text.is_empty() {
            continue;
        }
        if line.text.starts_with(['#', ';']) {
            if !comment.is_empty() {
                comment.push('\n');
            }
            comment.push_str(line.text);
            continue;
        }
        if let Some(rest) = line.text.strip_prefix('[') {
            header(&line, rest, &mut comment, &mut sections)?;
        } else {
            assignment(&line, &mut lines, &mut comment, &mut sections)?;
        }
        comment.clear();
    }
    if !comment.is_empty() {
        // SOPS's library drops it as well.
        sections.marks.comment_lost();
    }
    sections.marks.close(text.len());
    sections.marks.close(text.len());
    Ok(Node::Map(sections.done))
}

/// The lines of a file, with the places of each.
struct Lines<'t> {
    left: std::iter::Enumerate<std::str::Split<'t, char>>,
    /// Where the next one begins, in bytes.
    next: usize,
    budget: Budget,
}

/// A line without the spaces around it.
struct Line<'t> {
    number: usize,
    /// Where it begins, in bytes, without the spaces before it.
    start: usize,
    text: &'t str,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        Self {
            left: text.split('\n').enumerate(),
            next: 0,
            budget: Budget::new(),
        }
    }

    /// The next line, charged to the budget.
    fn next_line(&mut self) -> Result<Option<Line<'t>>, Problem> {
        let Some((number, start, line)) = self.raw_line() else {
            return Ok(None);
        };
        self.budget.take(line.len())?;
        Ok(Some(Line {
            number: number + 1,
            start: start + (line.len() - line.trim_start().len()),
            text: line.trim(),
        }))
    }

    /// The next line as it is, with its number from zero and the byte that it begins at.
    fn raw_line(&mut self) -> Option<(usize, usize, &'t str)> {
        let (number, line) = self.left.next()?;
        let start = self.next;
        self.next += line.len() + 1;
        Some((number, start, line))
    }
}

impl Line<'_> {
    /// The byte behind its last one that is no space.
    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    fn problem(&self, what: &str) -> Problem {
        Problem::Syntax {
            format: "INI",
            what: what.to_owned(),
            line: self.number,
            column: 1,
        }
    }
}

/// Opens the section of a header; `rest` is what stands behind its bracket.
fn header(
    line: &Line<'_>,
    rest: &str,
    comment: &mut Zeroizing<String>,
    sections: &mut Sections<'_>,
) -> Result<(), Problem> {
    let (name, behind) = rest
        .rsplit_once(']')
        .ok_or_else(|| line.problem("a section without `]`"))?;
    if let Some(at) = behind.find(['#', ';']) {
        comment.push_str(&behind[at..]);
    }
    sections.open(name, comment.trim(), line.start..line.end())
}

/// Adds a key and its value, which may go on in the lines below.
fn assignment<'t>(
    line: &Line<'t>,
    lines: &mut Lines<'t>,
    comment: &mut Zeroizing<String>,
    sections: &mut Sections<'_>,
) -> Result<(), Problem> {
    let (key, value) =
        key_and_value(line.text).ok_or_else(|| line.problem("a line without `=`"))?;
    let value = value.trim_start();
    let quote = ["\"\"\"", "`"]
        .into_iter()
        .find(|quote| value.starts_with(quote) && value.len() > quote.len());
    let start = line.end() - value.len();
    let (value, end) = if let Some(quote) = quote {
        quoted(line, lines, &value[quote.len()..], quote)?
    } else if let Some(first) = value.strip_suffix('\\') {
        continued(line, lines, first)
    } else {
        let (value, behind) = value.split_at(value.find(['#', ';']).unwrap_or(value.len()));
        comment.push_str(behind);
        let value = value.trim();
        (
            Zeroizing::new(unquoted(value).to_owned()),
            start + value.len(),
        )
    };
    let key_end = line.start + line.text.find(key).unwrap_or(0) + key.len();
    sections.add(
        key,
        &value,
        comment.trim(),
        [key_end - key.len()..key_end, start..end],
    )
}

/// Reads a value up to the quotes that end it, with the byte behind it.
fn quoted(
    line: &Line<'_>,
    lines: &mut Lines<'_>,
    first: &str,
    quote: &str,
) -> Result<(Zeroizing<String>, usize), Problem> {
    let mut value = Zeroizing::new(first.to_owned());
    let mut end = line.end();
    while !value.contains(quote) {
        let (_, start, next) = lines
            .raw_line()
            .ok_or_else(|| line.problem("a quoted value without an end"))?;
        lines.budget.take(next.len())?;
        end = start + next.len();
        value.push('\n');
        value.push_str(next);
    }
    let inner = value.rfind(quote).unwrap_or(value.len());
    Ok((Zeroizing::new(value[..inner].to_owned()), end))
}

/// Reads a value whose lines end with a backslash up to the one that does not, with the byte behind it.
fn continued(line: &Line<'_>, lines: &mut Lines<'_>, first: &str) -> (Zeroizing<String>, usize) {
    let mut value = Zeroizing::new(first.to_owned());
    let mut end = line.end();
    while let Some((_, start, next)) = lines.raw_line() {
        end = start + next.len();
        let next = next.trim();
        value.push_str(next.strip_suffix('\\').unwrap_or(next));
        if !next.ends_with('\\') {
            break;
        }
    }
    (value, end)
}

/// A value without the quotes around it, where there are none in it.
fn unquoted(value: &str) -> &str {
    ['\'', '"']
        .into_iter()
        .find_map(|quote| {
            let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
            (!inner.contains(quote)).then_some(inner)
        })
        .unwrap_or(value)
}

/// Splits a line at the first sign between key and value; keys may be quoted.
fn key_and_value(line: &str) -> Option<(&str, &str)> {
    let quote = ["\"\"\"", "\"", "`"]
        .into_iter()
        .find(|quote| line.starts_with(quote));
    let (key, rest) = match quote {
        Some(quote) => {
            let (key, rest) = line[quote.len()..].split_once(quote)?;
            (key, rest.trim_start().strip_prefix(['=', ':'])?)
        }
        None => line.split_once(['=', ':'])?,
    };
    let key = key.trim();
    (!key.is_empty()).then_some((key, rest))
}

struct Sections<'m> {
    done: Vec<Entry>,
    names: Keys,
    keys: Keys,
    marks: &'m mut Marks,
}

impl Sections<'_> {
    fn open(&mut self, name: &str, comment: &str, span: Range<usize>) -> Result<(), Problem> {
        if !self.done.is_empty() {
            self.marks.close(span.start);
        }
        let end = span.end;
        self.marks.key(name, span);
        self.marks.open_map(end, false);
        if name == DEFAULT_SECTION && !self.done.is_empty() {
            return Err(Problem::Unsupported {
                path: KeyPath::default(),
                what: "opens the section DEFAULT by name",
            });
        }
        self.names.insert(name, &KeyPath::default())?;
        self.keys = Keys::default();
        let mut entries = Vec::new();
        if !comment.is_empty() {
            entries.push(Entry::Comment(Comment::above(strip(comment))));
        }
        self.done
            .push(Entry::Pair(name.to_owned(), Node::Map(entries)));
        Ok(())
    }

    fn add(
        &mut self,
        key: &str,
        value: &str,
        comment: &str,
        [key_span, value_span]: [Range<usize>; 2],
    ) -> Result<(), Problem> {
        self.marks.key(key, key_span);
        self.marks.leaf(value_span, Content::Scalar);
        let Some(Entry::Pair(section, Node::Map(entries))) = self.done.last_mut() else {
            return Ok(());
        };
        let mut path = KeyPath::default();
        path.push_key(section);
        self.keys.insert(key, &path)?;
        entries.push(Entry::Pair(
            key.to_owned(),
            Node::Scalar(Scalar::text(value)),
        ));
        if !comment.is_empty() {
            // SOPS keeps a key's comment behind the key.
            entries.push(Entry::Comment(Comment::above(strip(comment))));
        }
        Ok(())
    }
}

fn strip(comment: &str) -> &str {
    match comment.as_bytes().first() {
        Some(b';') => comment.trim_start_matches([';', ' ']),
        Some(b'#') => comment.trim_start_matches(['#', ' ']),
        _ => comment,
    }
}
