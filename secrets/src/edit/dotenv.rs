//! Changes to `KEY=value` lines.

use super::leaf::Written;
use super::lines;
use super::splice::Splice;
use crate::file::marks::{Content, EntryMark, Mark};
use crate::tree::Step;
use zeroize::Zeroizing;

fn entries(root: &Mark) -> &[EntryMark] {
    match &root.content {
        Content::Map { entries, .. } => entries,
        _ => &[],
    }
}

pub(super) fn put(text: &str, root: &Mark, steps: &[Step], leaf: &Written) -> Vec<Splice> {
    let ([Step::Key(key)], Some(value)) = (steps, leaf.flat()) else {
        return Vec::new();
    };
    let value = Zeroizing::new(value.replace('\n', "\\n"));
    if let Some(entry) = root.entry(key) {
        return vec![Splice::new(entry.value.span.clone(), &value)];
    }
    let line = Zeroizing::new(format!("{key}={}\n", value.as_str()));
    // Before the metadata.
    let metadata = entries(root)
        .iter()
        .find(|entry| entry.key.starts_with("sops_"))
        .map_or(text.len(), |entry| entry.key_span.start);
    let at = entries(root)
        .iter()
        .rfind(|entry| entry.key_span.start < metadata)
        .map_or(metadata, |entry| lines::end(text, entry.value.span.end));
    vec![Splice::new(at..at, &line)]
}

pub(super) fn remove(text: &str, root: &Mark, steps: &[Step]) -> Vec<Splice> {
    let [Step::Key(key)] = steps else {
        return Vec::new();
    };
    let Some(entry) = root.entry(key) else {
        return Vec::new();
    };
    let line = entry.key_span.start;
    let mut end = entry.value.span.end;
    end = text
        .get(end..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |at| end + at + 1);
    let above = lines::comments_above(text, line, &['#']);
    let mut candidates = vec![
        Splice::without(line..end),
        Splice::without(above.start..end),
    ];
    if lines::ends_group(text, end, &['#'], "sops_") {
        candidates.reverse();
    }
    candidates
}
