//! Changes to sections of `key = value` lines.

use super::leaf::Written;
use super::lines;
use super::splice::Splice;
use crate::file::METADATA_KEY;
use crate::file::ini::DEFAULT_SECTION;
use crate::file::marks::{Content, EntryMark, Mark};
use crate::tree::Step;
use zeroize::Zeroizing;

fn entries(mark: &Mark) -> &[EntryMark] {
    match &mark.content {
        Content::Map { entries, .. } => entries,
        _ => &[],
    }
}

pub(super) fn put(text: &str, root: &Mark, steps: &[Step], leaf: &Written) -> Vec<Splice> {
    let ([Step::Key(section), Step::Key(key)], Some(value)) = (steps, leaf.flat()) else {
        return Vec::new();
    };
    let newline = lines::break_of(text);
    let found = root.entry(section);
    if let Some(entry) = found.and_then(|section| section.value.entry(key)) {
        return vec![Splice::new(entry.value.span.clone(), &value)];
    }
    let keys = found.map_or(&[][..], |section| entries(&section.value));
    if let Some(last) = keys.last() {
        // The column of the sign, where sops aligns it.
        let width = text
            .get(last.key_span.start..last.value.span.start)
            .and_then(|line| line.find('='))
            .map_or(0, |sign| sign.saturating_sub(1));
        let line = Zeroizing::new(format!("{key:width$} = {}{newline}", value.as_str()));
        let at = lines::end(text, last.value.span.end);
        return vec![Splice::new(at..at, &line)];
    }
    let line = Zeroizing::new(format!("{key} = {}{newline}", value.as_str()));
    if section == DEFAULT_SECTION {
        return vec![Splice::new(
            0..0,
            &Zeroizing::new(format!("{}{newline}", line.as_str())),
        )];
    }
    if let Some(section) = found {
        let at = lines::end(text, section.key_span.end);
        return vec![Splice::new(at..at, &line)];
    }
    // A new section, before the metadata and its comments.
    let metadata = root
        .entry(METADATA_KEY)
        .map_or(text.len(), |entry| lines::start(text, entry.key_span.start));
    let at = lines::comments_above(text, metadata, &[';', '#']).start;
    let section = Zeroizing::new(format!("[{section}]{newline}{}{newline}", line.as_str()));
    vec![
        Splice::new(at..at, &section),
        Splice::new(metadata..metadata, &section),
    ]
}

pub(super) fn remove(text: &str, root: &Mark, steps: &[Step]) -> Vec<Splice> {
    let signs = &[';', '#'];
    let (entry, last) = match steps {
        [Step::Key(section)] => {
            let Some(entry) = root.entry(section) else {
                return Vec::new();
            };
            let last = entries(&entry.value).last();
            (
                entry,
                last.map_or(entry.key_span.end, |key| key.value.span.end),
            )
        }
        [Step::Key(section), Step::Key(key)] => {
            let Some(entry) = root
                .entry(section)
                .and_then(|section| section.value.entry(key))
            else {
                return Vec::new();
            };
            (entry, entry.value.span.end)
        }
        _ => return Vec::new(),
    };
    let line = lines::start(text, entry.key_span.start);
    let mut end = lines::end(text, last);
    if let [_] = steps {
        // The empty line behind a section goes with it.
        let rest = text.get(end..).unwrap_or_default();
        end += ["\r\n", "\n"]
            .into_iter()
            .find(|empty| rest.starts_with(empty))
            .map_or(0, str::len);
    }
    // The library behind SOPS gives every comment above to the key, empty lines or not.
    let above = lines::comments_above(text, line, signs);
    let blank = text.get(..above.start).map_or(0, |before| {
        before.trim_end_matches(['\n', '\r', ' ', '\t']).len()
    });
    let all = lines::comments_above(text, lines::end(text, blank), signs);
    vec![
        Splice::without(above.start..end),
        Splice::without(line..end),
        Splice::without(all.start..end),
    ]
}
