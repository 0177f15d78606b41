//! What a secret is made of, without what it says: names, and what is below them.

use std::collections::BTreeMap;

use crate::file::{SecretsFile, Shape, ShapeKind};
use crate::secrets::Value;
use crate::selector::Selector;
use crate::tree::PathStep;

/// One value without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outline {
    /// A text without a character.
    Empty,
    /// Any other value that has nothing below it.
    Leaf,
    /// A map or an object.
    Map(BTreeMap<String, Self>),
    /// A list.
    List(Vec<Self>),
}

impl Outline {
    pub(crate) fn of(value: Value<'_>) -> Self {
        match value {
            Value::Text([]) => Self::Empty,
            Value::Map(map) => Self::Map(
                map.iter()
                    .map(|(key, value)| (key.to_owned(), Self::of(value)))
                    .collect(),
            ),
            Value::List(list) => Self::List(list.iter().map(Self::of).collect()),
            _ => Self::Leaf,
        }
    }

    /// Puts a leaf where its path leads. Leaves come in the order of the file.
    fn put(&mut self, mut path: std::slice::Iter<'_, PathStep<'_>>, kind: ShapeKind) {
        match path.next() {
            None => {
                *self = match kind {
                    ShapeKind::EmptyText => Self::Empty,
                    ShapeKind::EmptyMap => Self::Map(BTreeMap::new()),
                    ShapeKind::EmptyList => Self::List(Vec::new()),
                    ShapeKind::Value(_) | ShapeKind::Null | ShapeKind::Damaged => Self::Leaf,
                };
            }
            Some(PathStep::Key(key)) => {
                if !matches!(self, Self::Map(_)) {
                    *self = Self::Map(BTreeMap::new());
                }
                if let Self::Map(map) = self {
                    let below = map.entry((*key).to_owned()).or_insert(Self::Leaf);
                    below.put(path, kind);
                }
            }
            Some(PathStep::Index(index)) => {
                if !matches!(self, Self::List(_)) {
                    *self = Self::List(Vec::new());
                }
                if let Self::List(items) = self {
                    while items.len() <= *index && items.len() < MAX_ITEMS {
                        items.push(Self::Leaf);
                    }
                    if let Some(below) = items.get_mut(*index) {
                        below.put(path, kind);
                    }
                }
            }
        }
    }
}

/// More elements than any list of secrets has.
const MAX_ITEMS: usize = 100_000;

/// Returns what files are made of by the name of the variable: every key of the top level, and what the
/// mapping adds. It takes no key.
#[must_use]
pub fn of_files(
    files: &[SecretsFile],
    map: &BTreeMap<String, Selector>,
) -> BTreeMap<String, Outline> {
    let mut all = Outline::Map(BTreeMap::new());
    for Shape { path, kind, .. } in files.iter().flat_map(SecretsFile::shape) {
        let steps: Vec<PathStep<'_>> = path.steps().collect();
        all.put(steps.iter(), kind);
        for (name, selector) in map.iter().filter(|(_, selector)| selector.covers(&path)) {
            let below = steps.get(selector.depth()..).unwrap_or_default();
            let steps: Vec<PathStep<'_>> = std::iter::once(PathStep::Key(name))
                .chain(below.iter().copied())
                .collect();
            all.put(steps.iter(), kind);
        }
    }
    match all {
        Outline::Map(names) => names,
        _ => BTreeMap::new(),
    }
}
