//! What the table says that a provider computes, compared with the providers' schemas.

use deletion_protection::history;
use deletion_protection::table::{COMPUTED, DELETION_POLICY, WITH_DELETION_POLICY, rows};
use tollgate_policy::pattern;
use tollgate_policy_common::schema::Schemas;

/// Blocks that the provider fills in where they are left out, as plans show, and of which its
/// schema cannot say so.
const BLOCKS: [&str; 1] = ["blob_properties[0]"];

#[test]
fn what_is_computed_is_listed() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let google = schemas
        .types()
        .map(|(kind, _)| kind)
        .filter(|kind| kind.starts_with(WITH_DELETION_POLICY))
        .flat_map(|kind| {
            DELETION_POLICY
                .iter()
                .map(move |switch| (kind, switch.path))
        });
    let read: Vec<_> = rows()
        .flat_map(|row| {
            let alone = row.switches.iter().filter(|switch| switch.each.is_none());
            alone.map(|switch| (row.kind, switch.path))
        })
        .chain(google)
        .collect();
    let mut used = vec![false; COMPUTED.len()];
    let mut wrong = Vec::new();
    for (kind, path) in read {
        let Some(attribute) = schemas.attribute(kind, path) else {
            continue;
        };
        let in_block = BLOCKS.iter().any(|block| path.starts_with(block));
        let is_computed = in_block || attribute["f"] == "OC";
        let mut listed = false;
        for (at, (kinds, computed)) in COMPUTED.iter().enumerate() {
            if *computed == path && pattern::matches(kinds, kind) {
                used[at] = true;
                listed = true;
            }
        }
        // A pattern is of types of which most compute it.
        if is_computed != listed && !(listed && path == "deletion_policy") {
            wrong.push(format!("{kind}.{path}: computed = {is_computed}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
    let unused: Vec<_> = COMPUTED
        .iter()
        .zip(used)
        .filter(|(_, used)| !used)
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

/// Every attribute by which something is lost without a deletion, of the providers whose schemas are
/// there.
#[test]
fn what_can_be_lost_is_in_a_schema() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let read = history::attributes().filter(|(kind, _)| {
        ["aws_", "google_", "azurerm_"]
            .iter()
            .any(|provider| kind.starts_with(provider))
    });
    assert_eq!(schemas.lacking(read.collect::<Vec<_>>()), [""; 0]);
}
