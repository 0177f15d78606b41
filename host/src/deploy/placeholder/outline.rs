//! The shape of what is in secrets files, which needs no key.

use std::collections::BTreeMap;

use tollgate_secrets::{KeyPath, PathStep, SecretsFile, Selector, ShapeKind};

/// A value without its leaves' content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outline {
    Leaf(ShapeKind),
    Map(BTreeMap<String, Outline>),
    List(Vec<Outline>),
}

/// Returns the top-level keys of all files, of their first documents.
pub(super) fn of(files: &[SecretsFile]) -> BTreeMap<String, Outline> {
    let mut top = Outline::Map(BTreeMap::new());
    for leaf in files.iter().flat_map(SecretsFile::shape) {
        if leaf.document == 0 {
            top.put(&steps(&leaf.path, 0), leaf.kind);
        }
    }
    match top {
        Outline::Map(entries) => entries,
        Outline::Leaf(_) | Outline::List(_) => BTreeMap::new(),
    }
}

/// Returns what is at a place; none where nothing is.
pub(super) fn at(files: &[SecretsFile], selector: &Selector) -> Option<Outline> {
    let mut found: Option<Outline> = None;
    for leaf in files.iter().flat_map(SecretsFile::shape) {
        if leaf.document == 0 && selector.covers(&leaf.path) {
            let steps = steps(&leaf.path, selector.depth());
            match &mut found {
                Some(outline) => outline.put(&steps, leaf.kind),
                None => found = Some(Outline::new(&steps, leaf.kind)),
            }
        }
    }
    found
}

fn steps(path: &KeyPath, skip: usize) -> Vec<PathStep<'_>> {
    path.steps().skip(skip).collect()
}

impl Outline {
    fn new(steps: &[PathStep<'_>], kind: ShapeKind) -> Self {
        match steps {
            [] => Self::Leaf(kind),
            [PathStep::Key(key), rest @ ..] => {
                Self::Map(BTreeMap::from([((*key).to_owned(), Self::new(rest, kind))]))
            }
            [PathStep::Index(_), rest @ ..] => Self::List(vec![Self::new(rest, kind)]),
        }
    }

    /// Adds a leaf; leaves come in the order of the file, so list positions come one after the other.
    fn put(&mut self, steps: &[PathStep<'_>], kind: ShapeKind) {
        match (self, steps) {
            (Self::Map(entries), [PathStep::Key(key), rest @ ..]) => match entries.get_mut(*key) {
                Some(entry) => entry.put(rest, kind),
                None => {
                    entries.insert((*key).to_owned(), Self::new(rest, kind));
                }
            },
            (Self::List(items), [PathStep::Index(index), rest @ ..]) => {
                match items.get_mut(*index) {
                    Some(item) => item.put(rest, kind),
                    None => items.push(Self::new(rest, kind)),
                }
            }
            // The same place twice, as a file cannot have it.
            _ => {}
        }
    }
}
