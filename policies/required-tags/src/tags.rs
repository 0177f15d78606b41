//! The tags of one side of a change.

use std::collections::BTreeMap;

use tollgate_policy::{Attr, Change, Field, Why};

use crate::table::Shape;

/// One side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

/// Why a tag cannot be told: the attribute and the reason.
pub(crate) type Doubt = (&'static str, Why);

/// The tags of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tags {
    /// By key. A null value is no tag.
    pub(crate) known: BTreeMap<String, Field>,
    /// The attribute in which there may be more than that.
    pub(crate) more: Option<Doubt>,
    /// The keys whose block says that instances do not get them.
    pub(crate) kept: Vec<String>,
}

impl Tags {
    pub(crate) fn of(change: &Change, shape: Shape, side: Side) -> Self {
        let mut tags = Self::default();
        for attribute in shape.attributes() {
            let field = field(change, attribute, side);
            match shape {
                Shape::Blocks => tags.add_blocks(attribute, &field),
                Shape::Aws | Shape::Google(_) | Shape::Azure => {
                    tags.add_map(attribute, &field);
                }
            }
            // The provider leaves `tags_all` unknown where it has nothing to put into it: neither
            // tags of the resource nor default ones. With any it would say them.
            if shape == Shape::Aws && attribute == "tags" && is_empty(&field) {
                if matches!(tags.more, Some((_, Why::Unknown))) {
                    tags.more = None;
                }
                break;
            }
            // The first that is there says everything. Only where it cannot be told, what the
            // configuration sets says a part.
            if !field.is_unset() && field.undetermined().is_none() {
                break;
            }
        }
        tags
    }

    /// Those of a map.
    pub(crate) fn from_map(attribute: &'static str, field: &Field) -> Self {
        let mut tags = Self::default();
        tags.add_map(attribute, field);
        tags
    }

    fn add_map(&mut self, attribute: &'static str, field: &Field) {
        match field.entries() {
            Attr::Known(entries) => self
                .known
                .extend(entries.into_iter().filter(|(_, value)| !value.is_unset())),
            Attr::Unset => {}
            Attr::Undetermined(why) => self.doubt(attribute, why),
        }
    }

    fn add_blocks(&mut self, attribute: &'static str, field: &Field) {
        let blocks = match field.items() {
            Attr::Known(blocks) => blocks,
            Attr::Unset => return,
            Attr::Undetermined(why) => return self.doubt(attribute, why),
        };
        for block in blocks {
            match block.get("key").text() {
                Attr::Known(key) => {
                    if block.get("propagate_at_launch").bool() == Attr::Known(false) {
                        self.kept.push(key.clone());
                    }
                    self.known.insert(key, block.get("value"));
                }
                Attr::Unset => {}
                Attr::Undetermined(why) => self.doubt(attribute, why),
            }
        }
    }

    fn doubt(&mut self, attribute: &'static str, why: Why) {
        self.more.get_or_insert((attribute, why));
    }
}

/// Whether a map is not set, or has nothing in it.
fn is_empty(field: &Field) -> bool {
    field.is_unset() || field.entries().is_known_and(Vec::is_empty)
}

pub(crate) fn field(change: &Change, path: &str, side: Side) -> Field {
    match side {
        Side::Before => change.before(path),
        Side::After => change.after(path),
    }
}
