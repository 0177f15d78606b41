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
    let mut end = 0;
    let mut lines = text.split('\n').enumerate().map(|(number, line)| {
        end += line.len() + 1;
        (number, end - line.len() - 1, line)
    });
    let mut sections = Sections {
        done: Vec::new(),
        names: Keys::default(),
        keys: Keys::default(),
        marks,
    };
    sections.marks.open_map(0, false);
    sections.open(DEFAULT_SECTION, "", 0..0)?;
    let mut comment = Zeroizing::new(String::new());
    let mut budget = Budget::new();
    while let Some((number, start, line)) = lines.next() {
        let problem = |what: &str| Problem::Syntax {
            format: "INI",
            what: what.to_owned(),
            line: number + 1,
            column: 1,
        };
        budget.take(line.len())?;
        let start = start + (line.len() - line.trim_start().len());
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if line.starts_with(['#', ';']) {
            if !comment.is_empty() {
                comment.push('\n');
            }
            comment.push_str(line);
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let (name, behind) = rest
                .rsplit_once(']')
                .ok_or_else(|| problem("a section without `]`"))?;
            if let Some(at) = behind.find(['#', ';']) {
                comment.push_str(&behind[at..]);
            }
            let end = start + line.len();
            sections.open(name, comment.trim(), start..end)?;
            comment.clear();
            continue;
        }
        let (key, value) = key_and_value(line).ok_or_else(|| problem("a line without `=`"))?;
        let value = value.trim_start();
        let value_start = start + line.len() - value.len();
        let mut value_end;
        let quote = ["\"\"\"", "`"]
            .into_iter()
            .find(|quote| value.starts_with(quote) && value.len() > quote.len());
        let value = if let Some(quote) = quote {
            let mut value = Zeroizing::new(value[quote.len()..].to_owned());
            value_end = start + line.len();
            while !value.contains(quote) {
                let (_, start, next) = lines
                    .next()
                    .ok_or_else(|| problem("a quoted value without an end"))?;
                budget.take(next.len())?;
                value_end = start + next.len();
                value.push('\n');
                value.push_str(next);
            }
            let end = value.rfind(quote).unwrap_or(value.len());
            Zeroizing::new(value[..end].to_owned())
        } else if let Some(start) = value.strip_suffix('\\') {
            let mut value = Zeroizing::new(start.to_owned());
            value_end = value_start + value.len();
            for (_, start, next) in lines.by_ref() {
                value_end = start + next.len();
                let next = next.trim();
                value.push_str(next.strip_suffix('\\').unwrap_or(next));
                if !next.ends_with('\\') {
                    break;
                }
            }
            value
        } else {
            let (value, behind) = value.split_at(value.find(['#', ';']).unwrap_or(value.len()));
            comment.push_str(behind);
            let value = value.trim();
            value_end = value_start + value.len();
            let unquoted = ['\'', '"'].into_iter().find_map(|quote| {
                let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
                (!inner.contains(quote)).then_some(inner)
            });
            Zeroizing::new(unquoted.unwrap_or(value).to_owned())
        };
        let end = start + line.find(key).unwrap_or(0) + key.len();
        sections.add(
            key,
            &value,
            comment.trim(),
            [end - key.len()..end, value_start..value_end],
        )?;
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
