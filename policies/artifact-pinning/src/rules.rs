//! The rules, one per file.

use tollgate_policy::{Change, Finding};
use tollgate_policy_common::text::cut;

pub(crate) mod chart_not_pinned;
pub(crate) mod image_not_pinned;
pub(crate) mod image_source_not_allowed;
pub(crate) mod machine_image_not_pinned;
pub(crate) mod module_not_pinned;
pub(crate) mod module_source_not_allowed;
pub(crate) mod object_not_pinned;
pub(crate) mod provider_not_pinned;
pub(crate) mod registry_loosened;
pub(crate) mod source_not_pinned;

/// A text of the configuration, as short as a message wants it.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 200;
    let mut text = text.to_owned();
    cut(&mut text, MOST);
    text
}

/// Marks a finding as one of what was so before.
pub(crate) fn caused(change: &Change, finding: Finding, was_so: bool) -> Finding {
    match was_so && !change.importing {
        true => finding.existing(),
        false => finding,
    }
}
