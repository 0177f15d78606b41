//! Changes to YAML.

use super::leaf::{Written, yaml_text};
use super::splice::Splice;
use super::{flow, lines};
use crate::file::METADATA_KEY;
use crate::file::marks::{Content, EntryMark, Mark};
use crate::tree::Step;
use zeroize::Zeroizing;

/// What SOPS indents by, where the file does not say.
const INDENT: usize = 4;

pub(super) fn put(text: &str, root: &Mark, steps: &[Step], leaf: &Written) -> Vec<Splice> {
    let mut mark = root;
    let mut entry: Option<&EntryMark> = None;
    let mut in_flow = is_flow(root);
    for (depth, step) in steps.iter().enumerate() {
        let rest = &steps[depth..];
        let next = match (&mark.content, step) {
            (Content::Map { .. }, Step::Key(key)) => {
                let found = mark.entry(key);
                entry = found.or(entry);
                found.map(|entry| &entry.value)
            }
            (Content::List { items, .. }, Step::Index(index)) => {
                let found = items.get(*index);
                entry = if found.is_some() { None } else { entry };
                found
            }
            // Null, an empty text, or the other kind of collection, empty.
            (Content::Scalar | Content::Map { .. } | Content::List { .. }, _) => {
                return replace_by_nested(text, mark, entry, root, rest, leaf, in_flow);
            }
            _ => return Vec::new(),
        };
        match next {
            Some(next) => {
                mark = next;
                in_flow = in_flow || is_flow(mark) && !is_empty(mark);
            }
            None if is_flow(mark) && is_empty(mark) && !in_flow => {
                return replace_by_nested(text, mark, entry, root, rest, leaf, in_flow);
            }
            None if in_flow => return flow::insert(text, root, mark, rest, leaf),
            None => return insert(text, root, mark, rest, leaf),
        }
    }
    let new = if in_flow { leaf.json() } else { leaf.yaml() };
    vec![replace(text, mark, entry, &new)]
}

fn is_flow(mark: &Mark) -> bool {
    matches!(
        mark.content,
        Content::Map { flow: true, .. } | Content::List { flow: true, .. }
    )
}

fn is_empty(mark: &Mark) -> bool {
    match &mark.content {
        Content::Map { entries, .. } => entries.is_empty(),
        Content::List { items, .. } => items.is_empty(),
        _ => false,
    }
}

/// Puts a value where another one stands.
fn replace(text: &str, mark: &Mark, entry: Option<&EntryMark>, new: &str) -> Splice {
    if let Content::Block = mark.content {
        // From the sign on, which stands above the lines, to the last line's end.
        let start = text
            .get(..mark.span.start)
            .and_then(|before| before.rfind(['|', '>']))
            .unwrap_or(mark.span.start);
        let content = text.get(mark.span.clone()).unwrap_or_default();
        let end = mark.span.start + content.trim_end_matches(['\n', '\r', ' ']).len();
        return Splice::new(start..end.max(start), new);
    }
    if mark.span.is_empty() {
        // A null without a word: behind the colon or the dash.
        let at = behind_colon(text, mark, entry);
        let new = Zeroizing::new(format!(" {new}"));
        return Splice::new(at..at, &new);
    }
    Splice::new(mark.span.clone(), new)
}

/// Returns the place behind a key's colon; for an element of a list, where its value begins.
fn behind_colon(text: &str, mark: &Mark, entry: Option<&EntryMark>) -> usize {
    entry.map_or(mark.span.start, |entry| {
        text.get(entry.key_span.end..)
            .and_then(|rest| rest.find(':'))
            .map_or(mark.span.start, |colon| entry.key_span.end + colon + 1)
    })
}

/// Replaces something empty by a map or a list.
fn replace_by_nested(
    text: &str,
    mark: &Mark,
    entry: Option<&EntryMark>,
    root: &Mark,
    steps: &[Step],
    leaf: &Written,
    in_flow: bool,
) -> Vec<Splice> {
    if in_flow {
        return Vec::new();
    }
    let unit = unit_of(text, root);
    match entry {
        Some(entry) => {
            let column = lines::column(text, entry.key_span.start);
            let indent = column + unit;
            let newline = lines::break_of(text);
            let new = Zeroizing::new(format!(
                "{newline}{}{}",
                " ".repeat(indent),
                nested(text, steps, leaf, indent, unit).as_str()
            ));
            let start = behind_colon(text, mark, Some(entry));
            let tail = mark.span.end.max(start);
            vec![Splice::new(start..tail, &new)]
        }
        None => {
            // In a list: behind the dash.
            let column = lines::column(text, mark.span.start);
            let new = nested(text, steps, leaf, column, unit);
            vec![replace(text, mark, None, &new)]
        }
    }
}

/// Writes what leads to a leaf, from the first key or dash on; following lines at `indent`.
fn nested(
    text: &str,
    steps: &[Step],
    leaf: &Written,
    indent: usize,
    unit: usize,
) -> Zeroizing<String> {
    let newline = lines::break_of(text);
    let Some((step, rest)) = steps.split_first() else {
        return leaf.yaml();
    };
    Zeroizing::new(match (step, rest) {
        (Step::Key(key), []) => format!("{}: {}", yaml_text(key).as_str(), leaf.yaml().as_str()),
        (Step::Key(key), _) => format!(
            "{}:{newline}{}{}",
            yaml_text(key).as_str(),
            " ".repeat(indent + unit),
            nested(text, rest, leaf, indent + unit, unit).as_str()
        ),
        (Step::Index(_), _) => {
            format!("- {}", nested(text, rest, leaf, indent + 2, unit).as_str())
        }
    })
}

/// Returns what the file indents by: what its metadata does.
fn unit_of(text: &str, root: &Mark) -> usize {
    let Some(metadata) = root.entry(METADATA_KEY) else {
        return INDENT;
    };
    match &metadata.value.content {
        Content::Map {
            flow: false,
            entries,
        } => entries.first().map_or(INDENT, |first| {
            lines::column(text, first.key_span.start)
                .saturating_sub(lines::column(text, metadata.key_span.start))
                .clamp(1, 8)
        }),
        _ => INDENT,
    }
}

/// Adds a line to a map or a list that is not in brackets.
fn insert(text: &str, root: &Mark, mark: &Mark, steps: &[Step], leaf: &Written) -> Vec<Splice> {
    let unit = unit_of(text, root);
    let newline = lines::break_of(text);
    let (column, last) = match &mark.content {
        Content::Map { entries, .. } => {
            let at_top = std::ptr::eq(root, mark);
            let own: Vec<_> = entries
                .iter()
                .filter(|entry| !(at_top && entry.key == METADATA_KEY))
                .collect();
            match (own.last(), entries.first()) {
                (Some(last), Some(first)) => {
                    (lines::column(text, first.key_span.start), Some(&last.value))
                }
                (None, Some(metadata)) => {
                    // Before the metadata.
                    let at = lines::start(text, metadata.key_span.start);
                    let new = Zeroizing::new(format!(
                        "{}{newline}",
                        nested(text, steps, leaf, 0, unit).as_str()
                    ));
                    return vec![Splice::new(at..at, &new)];
                }
                _ => return Vec::new(),
            }
        }
        _ => (lines::column(text, mark.span.start), mark.items().last()),
    };
    let Some(last) = last else {
        return Vec::new();
    };
    let line = Zeroizing::new(format!(
        "{}{}",
        " ".repeat(column),
        nested(text, steps, leaf, column, unit).as_str()
    ));
    let own = lines::end(text, last.span.end);
    let mut candidates = Vec::new();
    for at in [behind_comments(text, own, last), own] {
        let unended = at > 0 && text.as_bytes().get(at - 1) != Some(&b'\n');
        let new = Zeroizing::new(if unended {
            format!("{newline}{}", line.as_str())
        } else {
            format!("{}{newline}", line.as_str())
        });
        candidates.push(Splice::new(at..at, &new));
    }
    candidates
}

/// Returns the place behind the comments that belong to the end of a nested collection.
fn behind_comments(text: &str, from: usize, last: &Mark) -> usize {
    let nested = match &last.content {
        Content::Map { flow, .. } | Content::List { flow, .. } => !flow,
        _ => false,
    };
    if !nested {
        return from;
    }
    let column = lines::column(text, last.span.start);
    let mut behind = from;
    let mut at = from;
    while let Some(line) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let end = line
            .find('\n')
            .map_or(text.len(), |newline| at + newline + 1);
        let content = line.trim_start_matches(' ');
        if content.starts_with('#') && line.len() - content.len() >= column {
            behind = end;
        } else if !content.trim_start().is_empty() && !content.starts_with(['\n', '\r']) {
            break;
        }
        at = end;
    }
    behind
}

pub(super) fn remove(text: &str, root: &Mark, steps: &[Step]) -> Vec<Splice> {
    let Some((last, path)) = steps.split_last() else {
        return Vec::new();
    };
    let mut parent = root;
    let mut entry: Option<&EntryMark> = None;
    for step in path {
        let next = match step {
            Step::Key(key) => {
                entry = parent.entry(key);
                entry.map(|entry| &entry.value)
            }
            Step::Index(index) => {
                entry = None;
                parent.items().get(*index)
            }
        };
        match next {
            Some(next) => parent = next,
            None => return Vec::new(),
        }
    }
    if is_flow(parent) {
        return flow::remove_from(parent, last);
    }
    // Where each entry begins, and its value.
    let children: Vec<(usize, &Mark)> = match &parent.content {
        Content::Map { entries, .. } => entries
            .iter()
            .map(|entry| (key_start(text, entry.key_span.start), &entry.value))
            .collect(),
        Content::List { items, .. } => {
            let column = lines::column(text, parent.span.start);
            let mut behind = parent.span.start;
            items
                .iter()
                .map(|item| {
                    let dash = dash(text, behind, item.span.start, column);
                    behind = item.span.end;
                    (dash, item)
                })
                .collect()
        }
        _ => return Vec::new(),
    };
    let at = match last {
        Step::Key(key) => match &parent.content {
            Content::Map { entries, .. } => entries.iter().position(|entry| entry.key == *key),
            _ => None,
        },
        Step::Index(index) => Some(*index),
    };
    let Some((at, (start, value))) = at.and_then(|at| children.get(at).map(|child| (at, *child)))
    else {
        return Vec::new();
    };
    if children.len() == 1 {
        let brackets = match last {
            Step::Key(_) => "{}",
            Step::Index(_) => "[]",
        };
        return emptied(text, parent, entry, brackets);
    }
    let own_end = lines::end(text, value.span.end);
    let end = behind_comments(text, own_end, value);
    if !lines::is_first(text, start) {
        // Behind a dash: the next entry moves up to it.
        let Some((next, _)) = children.get(at + 1) else {
            return Vec::new();
        };
        let comment = text
            .get(end..*next)
            .and_then(|between| between.find('#'))
            .map_or(*next, |offset| end + offset);
        return vec![
            Splice::new(start..comment, ""),
            Splice::new(start..*next, ""),
        ];
    }
    let line = lines::start(text, start);
    let above = lines::comments_above(text, line, &['#']);
    let alone = !matches!(value.content, Content::Scalar | Content::Alias)
        || children.get(at + 1).is_none()
        || lines::ends_group(text, end, &['#'], "sops:");
    let with = Splice::without(above.start..end);
    let without = Splice::without(line..end);
    let tight = Splice::without(line..own_end);
    if alone {
        vec![with, without, tight]
    } else {
        vec![without, with, tight]
    }
}

/// Writes brackets where the last entry of a collection was.
fn emptied(text: &str, parent: &Mark, entry: Option<&EntryMark>, brackets: &str) -> Vec<Splice> {
    let line = lines::end(text, parent.span.end);
    let mut candidates = Vec::new();
    for end in [behind_comments(text, line, parent), line] {
        let content = text.get(..end).unwrap_or_default();
        let end = content.trim_end_matches(['\n', '\r']).len();
        candidates.push(match entry {
            Some(_) => {
                let start = behind_colon(text, parent, entry);
                Splice::new(start..end.max(start), &format!(" {brackets}"))
            }
            None => Splice::new(parent.span.start..end.max(parent.span.start), brackets),
        });
    }
    candidates
}

/// Finds the dash of a list's element: the first in the list's column behind the element before.
fn dash(text: &str, from: usize, to: usize, column: usize) -> usize {
    text.get(from..to)
        .unwrap_or_default()
        .bytes()
        .enumerate()
        .map(|(offset, byte)| (from + offset, byte))
        .find(|&(at, byte)| byte == b'-' && lines::column(text, at) == column)
        .map_or(to, |(at, _)| at)
}

/// Returns where an entry begins: with its key, or with the `?` before a key of several lines.
fn key_start(text: &str, key: usize) -> usize {
    let head = text.get(..key).unwrap_or_default().trim_end();
    let sign = head
        .trim_end_matches(|character: char| {
            character.is_ascii_digit() || matches!(character, '|' | '>' | '+' | '-')
        })
        .trim_end();
    match sign.strip_suffix('?') {
        Some(before) if before.is_empty() || before.ends_with([' ', '\n']) => before.len(),
        _ => key,
    }
}
