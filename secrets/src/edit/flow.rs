//! Changes to JSON, and to brackets and braces in YAML.

use super::leaf::{Written, quoted};
use super::lines;
use super::splice::Splice;
use crate::file::METADATA_KEY;
use crate::file::marks::{Content, EntryMark, Mark};
use crate::tree::Step;
use zeroize::Zeroizing;

/// How the file lays out a collection.
struct Layout {
    /// What stands between two entries, after the comma.
    between: String,
    /// What one more level is indented by; empty where all is on one line.
    unit: String,
    /// Between a key and its value.
    colon: &'static str,
}

pub(super) fn put(text: &str, root: &Mark, steps: &[Step], leaf: &Written) -> Vec<Splice> {
    let mut mark = root;
    for (depth, step) in steps.iter().enumerate() {
        let next = match (&mark.content, step) {
            (Content::Map { .. }, Step::Key(key)) => mark.entry(key).map(|entry| &entry.value),
            (Content::List { items, .. }, Step::Index(index)) => items.get(*index),
            // Null, or an empty text.
            (Content::Scalar, _) => {
                let layout = layout(text, root, mark);
                let fresh = nested(&steps[depth..], leaf, &layout, &indent_of(text, mark));
                return vec![Splice::new(mark.span.clone(), &fresh)];
            }
            _ => return Vec::new(),
        };
        match next {
            Some(next) => mark = next,
            None => return insert(text, root, mark, &steps[depth..], leaf),
        }
    }
    vec![Splice::new(mark.span.clone(), &leaf.json())]
}

/// Adds an entry or an element behind the last one; at the top before the metadata.
pub(super) fn insert(
    text: &str,
    root: &Mark,
    mark: &Mark,
    steps: &[Step],
    leaf: &Written,
) -> Vec<Splice> {
    let Some((step, rest)) = steps.split_first() else {
        return Vec::new();
    };
    let layout = layout(text, root, mark);
    let own = indent_of(text, mark);
    let inner = format!("{own}{}", layout.unit);
    let value = nested(rest, leaf, &layout, &inner);
    let new = match step {
        Step::Key(key) => Zeroizing::new(format!(
            "{}{}{}",
            quoted(key).as_str(),
            layout.colon,
            value.as_str()
        )),
        Step::Index(_) => value,
    };
    let ends: Vec<usize> = match &mark.content {
        Content::Map { entries, .. } => entries
            .iter()
            .filter(|entry| !is_metadata(root, mark, entry))
            .map(|entry| entry.value.span.end)
            .collect(),
        _ => mark.items().iter().map(|item| item.span.end).collect(),
    };
    if let Some(&end) = ends.last() {
        let new = Zeroizing::new(format!(",{}{}", layout.between, new.as_str()));
        return vec![Splice::new(end..end, &new)];
    }
    if let Content::Map { entries, .. } = &mark.content
        && let Some(metadata) = entries.first()
    {
        let at = metadata.key_span.start;
        let new = Zeroizing::new(format!("{},{}", new.as_str(), layout.between));
        return vec![Splice::new(at..at, &new)];
    }
    let (open, close) = match step {
        Step::Key(_) => ('{', '}'),
        Step::Index(_) => ('[', ']'),
    };
    let new = if layout.unit.is_empty() {
        Zeroizing::new(format!("{open}{}{close}", new.as_str()))
    } else {
        let newline = lines::break_of(text);
        Zeroizing::new(format!(
            "{open}{newline}{inner}{}{newline}{own}{close}",
            new.as_str()
        ))
    };
    vec![Splice::new(mark.span.clone(), &new)]
}

fn is_metadata(root: &Mark, mark: &Mark, entry: &EntryMark) -> bool {
    std::ptr::eq(root, mark) && entry.key == METADATA_KEY
}

/// Writes what leads to a leaf, in braces and brackets.
fn nested(steps: &[Step], leaf: &Written, layout: &Layout, indent: &str) -> Zeroizing<String> {
    let Some((step, rest)) = steps.split_first() else {
        return leaf.json();
    };
    let inner = format!("{indent}{}", layout.unit);
    let value = nested(rest, leaf, layout, &inner);
    let (open, key, close) = match step {
        Step::Key(key) => (
            "{",
            format!("{}{}", quoted(key).as_str(), layout.colon),
            "}",
        ),
        Step::Index(_) => ("[", String::new(), "]"),
    };
    Zeroizing::new(if layout.unit.is_empty() {
        format!("{open}{key}{}{close}", value.as_str())
    } else {
        format!("{open}\n{inner}{key}{}\n{indent}{close}", value.as_str())
    })
}

/// Returns the white space that the line of a collection begins with.
fn indent_of(text: &str, mark: &Mark) -> String {
    let start = lines::start(text, mark.span.start);
    text.get(start..)
        .unwrap_or_default()
        .chars()
        .take_while(|character| matches!(character, ' ' | '\t'))
        .collect()
}

fn layout(text: &str, root: &Mark, mark: &Mark) -> Layout {
    let gap = |from: usize, to: usize| {
        let gap = text.get(from..to).unwrap_or_default();
        gap.trim_start_matches(',').to_owned()
    };
    let Content::Map { flow, entries } = &root.content else {
        return Layout {
            between: " ".to_owned(),
            unit: String::new(),
            colon: ": ",
        };
    };
    let tight = entries.first().is_some_and(|first| {
        *flow && text.get(first.key_span.end..first.value.span.start) == Some(":")
    });
    let colon = if tight { ":" } else { ": " };
    // What the file's top level is indented by.
    let unit = match entries.first() {
        Some(first) if *flow => {
            let before = gap(root.span.start + 1, first.key_span.start);
            before
                .rsplit_once('\n')
                .map(|(_, unit)| unit.to_owned())
                .unwrap_or_default()
        }
        _ => String::new(),
    };
    let starts: Vec<(usize, usize)> = match &mark.content {
        Content::Map { entries, .. } => entries
            .iter()
            .map(|entry| (entry.key_span.start, entry.value.span.end))
            .collect(),
        _ => mark
            .items()
            .iter()
            .map(|item| (item.span.start, item.span.end))
            .collect(),
    };
    let between = match starts.as_slice() {
        [(_, end), (start, _), ..] => gap(*end, *start),
        [(start, _)] if *flow => gap(mark.span.start + 1, *start),
        _ => " ".to_owned(),
    };
    Layout {
        between,
        unit,
        colon,
    }
}

/// Removes an entry or an element, with its comma.
pub(super) fn remove(root: &Mark, steps: &[Step]) -> Vec<Splice> {
    let Some((last, path)) = steps.split_last() else {
        return Vec::new();
    };
    let parent = path.iter().try_fold(root, |mark, step| match step {
        Step::Key(key) => mark.entry(key).map(|entry| &entry.value),
        Step::Index(index) => mark.items().get(*index),
    });
    parent.map_or_else(Vec::new, |parent| remove_from(parent, last))
}

pub(super) fn remove_from(parent: &Mark, step: &Step) -> Vec<Splice> {
    let (spans, at): (Vec<_>, _) = match (&parent.content, step) {
        (Content::Map { entries, .. }, Step::Key(key)) => (
            entries
                .iter()
                .map(|entry| entry.key_span.start..entry.value.span.end)
                .collect(),
            entries.iter().position(|entry| entry.key == *key),
        ),
        (Content::List { items, .. }, Step::Index(index)) => (
            items.iter().map(|item| item.span.clone()).collect(),
            Some(*index),
        ),
        _ => return Vec::new(),
    };
    let Some((at, own)) = at.and_then(|at| spans.get(at).map(|own| (at, own.clone()))) else {
        return Vec::new();
    };
    let range = if at > 0 {
        spans.get(at - 1).map_or(own.start, |before| before.end)..own.end
    } else if let Some(next) = spans.get(1) {
        own.start..next.start
    } else {
        // The last one: what is left are the brackets.
        parent.span.start + 1..parent.span.end.saturating_sub(1)
    };
    vec![Splice::new(range, "")]
}
