//! Where every node of a file stands in its source, for changes that leave the rest to the byte.

use crate::tree::KeyPath;
use std::ops::Range;

/// One node's place.
pub(crate) struct Mark {
    /// The bytes of the value, its tag included, its anchor not. A block collection ends where its last
    /// value does.
    pub(crate) span: Range<usize>,
    pub(crate) content: Content,
}

pub(crate) enum Content {
    Scalar,
    /// A YAML scalar under `|` or `>`; its span begins below that sign.
    Block,
    /// A YAML value that is written elsewhere.
    Alias,
    Map {
        /// In braces, as always in JSON.
        flow: bool,
        entries: Vec<EntryMark>,
    },
    List {
        flow: bool,
        items: Vec<Mark>,
    },
}

pub(crate) struct EntryMark {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) value: Mark,
}

/// Takes down marks while a parser runs; one that is off costs nothing.
pub(crate) struct Marks {
    on: bool,
    /// The places of values that are not what is written, where somebody wants to know.
    inexact: Option<Vec<KeyPath>>,
    /// How many comments belong to nothing that a file of the format holds.
    comments_lost: usize,
    open: Vec<Open>,
    done: Vec<Mark>,
}

struct Open {
    start: usize,
    content: Content,
    key: Option<(String, Range<usize>)>,
}

impl Marks {
    pub(crate) fn off() -> Self {
        Self {
            on: false,
            inexact: None,
            comments_lost: 0,
            open: Vec::new(),
            done: Vec::new(),
        }
    }

    pub(crate) fn on() -> Self {
        Self {
            on: true,
            ..Self::off()
        }
    }

    /// Notes which numbers and times are not what is written.
    pub(crate) fn exactness() -> Self {
        Self {
            inexact: Some(Vec::new()),
            ..Self::off()
        }
    }

    /// Takes down that a value is not what is written: another number, or as another text.
    pub(crate) fn inexact(&mut self, path: &KeyPath) {
        if let Some(places) = &mut self.inexact {
            places.push(path.clone());
        }
    }

    /// Returns the places of values that are not what is written.
    pub(crate) fn take_inexact(&mut self) -> Vec<KeyPath> {
        self.inexact.take().unwrap_or_default()
    }

    /// Takes down that a comment belongs to nothing that the format holds.
    pub(crate) fn comment_lost(&mut self) {
        self.comments_lost += 1;
    }

    /// Returns how many comments belong to nothing that the format holds.
    pub(crate) fn comments_lost(&self) -> usize {
        self.comments_lost
    }

    /// Returns the marks of the documents.
    pub(crate) fn finish(self) -> Vec<Mark> {
        self.done
    }

    pub(crate) fn key(&mut self, key: &str, span: Range<usize>) {
        if let Some(open) = self.open.last_mut() {
            open.key = Some((key.to_owned(), span));
        }
    }

    pub(crate) fn leaf(&mut self, span: Range<usize>, content: Content) {
        if self.on {
            self.add(Mark { span, content });
        }
    }

    pub(crate) fn open_map(&mut self, start: usize, flow: bool) {
        let entries = Vec::new();
        self.enter(start, Content::Map { flow, entries });
    }

    pub(crate) fn open_list(&mut self, start: usize, flow: bool) {
        let items = Vec::new();
        self.enter(start, Content::List { flow, items });
    }

    fn enter(&mut self, start: usize, content: Content) {
        if self.on {
            self.open.push(Open {
                start,
                content,
                key: None,
            });
        }
    }

    /// Ends the innermost collection; `end` counts for one in brackets.
    pub(crate) fn close(&mut self, end: usize) {
        let Some(open) = self.open.pop() else {
            return;
        };
        let last = match &open.content {
            Content::Map {
                flow: false,
                entries,
            } => entries
                .last()
                .map_or(open.start, |entry| entry.value.span.end),
            Content::List { flow: false, items } => {
                items.last().map_or(open.start, |item| item.span.end)
            }
            _ => end,
        };
        self.add(Mark {
            span: open.start..last.max(open.start),
            content: open.content,
        });
    }

    fn add(&mut self, mark: Mark) {
        match self.open.last_mut() {
            None => self.done.push(mark),
            Some(open) => match (&mut open.content, open.key.take()) {
                (Content::Map { entries, .. }, Some((key, key_span))) => {
                    entries.push(EntryMark {
                        key,
                        key_span,
                        value: mark,
                    });
                }
                (Content::List { items, .. }, _) => items.push(mark),
                _ => {}
            },
        }
    }
}

impl Mark {
    /// Returns the place of a key's entry.
    pub(crate) fn entry(&self, key: &str) -> Option<&EntryMark> {
        match &self.content {
            Content::Map { entries, .. } => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// Returns the places of a list's elements; none for whatever is no list.
    pub(crate) fn items(&self) -> &[Mark] {
        match &self.content {
            Content::List { items, .. } => items,
            _ => &[],
        }
    }
}
