//! Updates that change nothing anybody pays for, whatever the type costs.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::serde_json;

/// The document that the host makes: the attributes that each update of a type without a recipe changes.
pub(crate) const DOCUMENT: &str = "changed-attributes";

/// Attributes that no provider charges for: labels, words, and what keeps a resource from being deleted.
const FREE: [&str; 19] = [
    "apply_immediately",
    "delete_protection",
    "deletion_policy",
    "deletion_protection",
    "deletion_protection_enabled",
    "description",
    "disable_api_termination",
    "effective_labels",
    "final_snapshot_identifier",
    "force_delete",
    "force_destroy",
    "labels",
    "propagate_tags",
    "skip_final_snapshot",
    "tags",
    "tags_all",
    "termination_protection",
    "terraform_labels",
    "timeouts",
];

/// Returns the addresses of the updates that change nothing else.
///
/// # Errors
/// When the host's document is another one than this reads.
pub(crate) fn updates(document: Option<&str>) -> Result<BTreeSet<String>, String> {
    let Some(document) = document else {
        return Ok(BTreeSet::new());
    };
    let changed: BTreeMap<String, Vec<String>> = serde_json::from_str(document)
        .map_err(|error| format!("the document `{DOCUMENT}` cannot be read: {error}"))?;
    Ok(changed
        .into_iter()
        .filter(|(_, names)| names.iter().all(|name| FREE.contains(&name.as_str())))
        .map(|(address, _)| address)
        .collect())
}
