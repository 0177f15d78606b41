//! INI as SOPS's library reads it: sections of `key = value` or `key: value`, the keys before the
//! first section in one called `DEFAULT`, comments with `;` or `#`, also behind a value.

use super::{Budget, Keys};
use crate::error::Problem;
use crate::tree::{Comment, Entry, KeyPath, Node, Scalar};
use zeroize::Zeroizing;

const DEFAULT_SECTION: &str = "DEFAULT";

pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    let mut lines = text.split('\n').enumerate();
    let mut sections = Sections::default();
    sections.open(DEFAULT_SECTION, "")?;
    let mut comment = Zeroizing::new(String::new());
    let mut budget = Budget::new();
    while let Some((number, line)) = lines.next() {
        let problem = |what: &str| Problem::Syntax {
            format: "INI",
            what: what.to_owned(),
            line: number + 1,
            column: 1,
        };
        budget.take(line.len())?;
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
            sections.open(name, comment.trim())?;
            comment.clear();
            continue;
        }
        let (key, value) = key_and_value(line).ok_or_else(|| problem("a line without `=`"))?;
        let value = value.trim_start();
        let quote = ["\"\"\"", "`"]
            .into_iter()
            .find(|quote| value.starts_with(quote) && value.len() > quote.len());
        let value = if let Some(quote) = quote {
            let mut value = Zeroizing::new(value[quote.len()..].to_owned());
            while !value.contains(quote) {
                let (_, next) = lines
                    .next()
                    .ok_or_else(|| problem("a quoted value without an end"))?;
                budget.take(next.len())?;
                value.push('\n');
                value.push_str(next);
            }
            let end = value.rfind(quote).unwrap_or(value.len());
            Zeroizing::new(value[..end].to_owned())
        } else if let Some(start) = value.strip_suffix('\\') {
            let mut value = Zeroizing::new(start.to_owned());
            for (_, next) in lines.by_ref() {
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
            let unquoted = ['\'', '"'].into_iter().find_map(|quote| {
                let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
                (!inner.contains(quote)).then_some(inner)
            });
            Zeroizing::new(unquoted.unwrap_or(value).to_owned())
        };
        sections.add(key, &value, comment.trim())?;
        comment.clear();
    }
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

#[derive(Default)]
struct Sections {
    done: Vec<Entry>,
    names: Keys,
    keys: Keys,
}

impl Sections {
    fn open(&mut self, name: &str, comment: &str) -> Result<(), Problem> {
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

    fn add(&mut self, key: &str, value: &str, comment: &str) -> Result<(), Problem> {
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
