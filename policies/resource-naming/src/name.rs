//! The name of one resource.

use tollgate_policy::{Action, Attr, Change, Finding, Why};

use crate::table::Row;

/// A name, as one attribute sets it.
#[derive(Clone, Debug)]
pub(crate) struct Name<'a> {
    pub(crate) change: &'a Change,
    pub(crate) row: Row,
    /// The name after apply, or why it cannot be told.
    pub(crate) text: Result<String, Why>,
    /// Whether the resource has that name today.
    pub(crate) unchanged: bool,
}

impl<'a> Name<'a> {
    /// The names of a resource: what is set of the attributes that hold them.
    pub(crate) fn all(change: &'a Change, rows: &[Row]) -> Vec<Self> {
        let prefixed = |row: &Row| {
            let prefix = format!("{}_prefix", row.attribute);
            rows.iter().any(|other| {
                other.attribute == prefix
                    && matches!(change.after(other.attribute).text(), Attr::Known(text) if !text.is_empty())
            })
        };
        rows.iter()
            .filter_map(|row| {
                let after = change.after(row.attribute).text();
                let before = change.before(row.attribute).text();
                let existed = !matches!(change.action, Action::Create | Action::Read);
                let text = match after {
                    // A provider writes the prefix that is not set as an empty one.
                    Attr::Known(text) if text.is_empty() => return None,
                    // A name that was made of a prefix is judged by that.
                    Attr::Known(_) if prefixed(row) => return None,
                    Attr::Known(text) => Ok(text),
                    Attr::Unset => return None,
                    Attr::Undetermined(_) if row.is_prefix() || prefixed(row) => return None,
                    // A tag that is not known is not what the resource is called by.
                    Attr::Undetermined(_) if row.is_tag() => return None,
                    Attr::Undetermined(why) => Err(why),
                };
                let unchanged = existed
                    && !change.importing
                    && match (&text, &before) {
                        (Ok(text), Attr::Known(before)) => text == before,
                        (Err(_), _) => change.action == Action::NoOp,
                        _ => false,
                    };
                Some(Self {
                    change,
                    row: *row,
                    text,
                    unchanged,
                })
            })
            .collect()
    }

    /// Says whether the plan brings a finding about.
    pub(crate) fn told(&self, finding: Finding) -> Finding {
        let finding = finding.attribute(self.row.attribute);
        match self.unchanged {
            true => finding.existing(),
            false => finding,
        }
    }
}
