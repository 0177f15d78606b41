//! The rules, one per file.

use tollgate_policy::{Change, Finding};

pub(crate) mod chart_not_pinned;
pub(crate) mod image_not_pinned;
pub(crate) mod image_source_not_allowed;
pub(crate) mod machine_image_not_pinned;
pub(crate) mod module_not_pinned;
pub(crate) mod module_source_not_allowed;
pub(crate) mod object_not_pinned;
pub(crate) mod provider_not_pinned;
pub(crate) mod source_not_pinned;

/// A text of the configuration, as short as a message wants it.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Names things, not more than a few.
pub(crate) fn listed(names: &[&str]) -> String {
    const MOST: usize = 5;
    let shown: Vec<&str> = names.iter().take(MOST).copied().collect();
    let shown = shown.join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Marks a finding as one of what was so before.
pub(crate) fn caused(change: &Change, finding: Finding, was_so: bool) -> Finding {
    match was_so && !change.importing {
        true => finding.existing(),
        false => finding,
    }
}
