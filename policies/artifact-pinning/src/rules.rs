//! The rules, one per file.

use tollgate_policy::{Change, Finding};

pub(crate) mod chart_not_pinned;
pub(crate) mod image_not_pinned;
pub(crate) mod image_source_not_allowed;
pub(crate) mod machine_image_not_pinned;
pub(crate) mod object_not_pinned;
pub(crate) mod source_not_pinned;

/// Marks a finding as one of what was so before.
pub(crate) fn caused(change: &Change, finding: Finding, was_so: bool) -> Finding {
    match was_so && !change.importing {
        true => finding.existing(),
        false => finding,
    }
}
