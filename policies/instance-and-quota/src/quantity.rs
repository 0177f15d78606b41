//! What a change makes of one attribute.

use tollgate_policy::{Attr, Change, Field, Finding, Why};
use tollgate_policy_common::walk::{leaves, root};

use crate::table::Row;

/// One side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

/// One value of an attribute; several where its blocks repeat.
#[derive(Clone, Debug)]
pub(crate) struct Quantity {
    /// Where it is, with the positions of the blocks.
    pub(crate) path: String,
    pub(crate) value: Field,
}

/// The values that are set on one side. What the configuration leaves to the service is not.
pub(crate) fn quantities(change: &Change, row: &Row, side: Side) -> Vec<Quantity> {
    let top = root(row.path);
    let field = match side {
        Side::Before => change.before(top),
        Side::After => change.after(top),
    };
    // A constant is never unknown: what is, and refers to nothing, is left out.
    let left_out = row.is_computed && change.references(top).is_empty();
    leaves(&field, row.path)
        .into_iter()
        .filter(|leaf| !(left_out && leaf.value.undetermined() == Some(Why::Unknown)))
        .map(|leaf| Quantity {
            path: leaf.path,
            value: leaf.value,
        })
        .collect()
}

/// The number of a field, however the plan writes it.
pub(crate) fn number(field: &Field) -> Attr<f64> {
    match field.decimal() {
        Attr::Known(text) => text
            .parse()
            .map_or(Attr::Undetermined(Why::NotA("number")), Attr::Known),
        Attr::Unset => Attr::Unset,
        Attr::Undetermined(why) => Attr::Undetermined(why),
    }
}

/// Marks a finding as one of what was so before.
pub(crate) fn caused(change: &Change, finding: Finding, was_so: bool) -> Finding {
    match was_so && !change.importing {
        true => finding.existing(),
        false => finding,
    }
}
