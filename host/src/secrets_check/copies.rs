//! Files that are copies of each other: a value that was encrypted has a nonce that no other one has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Gravity, Kind, SecretsFinding};
use crate::routing::Routed;

/// Names files of two environments that have encrypted values in common.
pub(super) fn find<'r>(
    routed: impl Iterator<Item = (&'r Routed, bool)>,
    findings: &mut Vec<SecretsFinding>,
) {
    let routed: Vec<(&Routed, bool)> = routed.collect();
    // By value: where it was seen first.
    let mut seen: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    let mut told: BTreeSet<(usize, &str)> = BTreeSet::new();
    for (nth, (own, wanted)) in routed.iter().enumerate() {
        for file in &own.files {
            for text in file.ciphertexts() {
                let (first, other) = *seen.entry(text).or_insert((nth, file.name()));
                if first == nth || !told.insert((nth, other)) {
                    continue;
                }
                let Some((theirs, theirs_wanted)) = routed.get(first) else {
                    continue;
                };
                // One file that two environments are given is no copy; isolation refuses it.
                if !(*wanted || *theirs_wanted) || same(file.name(), other) {
                    continue;
                }
                let isolated = own.settings.isolated || theirs.settings.isolated;
                findings.push(SecretsFinding {
                    gravity: if isolated {
                        Gravity::Error
                    } else {
                        Gravity::Warning
                    },
                    environment: Some(own.settings.environment.clone()),
                    kind: Kind::Copy,
                    file: Some(file.name().to_owned()),
                    name: None,
                    message: format!(
                        "is a copy of {other} of {}, in whole or in part: the same encrypted values stand in both",
                        theirs.settings.environment
                    ),
                    fix: format!(
                        "make it anew with its own values: `tollgate secrets init`, and `tollgate secrets set`; while it is a copy, everybody who reads {other} can read it too"
                    ),
                });
            }
        }
    }
}

fn same(one: &str, other: &str) -> bool {
    match (
        Path::new(one).canonicalize(),
        Path::new(other).canonicalize(),
    ) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
