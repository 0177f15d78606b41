//! Files that are copies of each other: a value that was encrypted has a nonce that no other one has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tollgate_secrets::{SecretsFile, shell_path};

use super::{Gravity, Kind, SecretsFinding};
use crate::routing::Routed;
use crate::routing::copies::anew;

/// Names files of two environments that have encrypted values in common, and returns them.
pub(super) fn find<'r>(
    routed: impl Iterator<Item = (&'r Routed, bool)>,
    findings: &mut Vec<SecretsFinding>,
) -> BTreeSet<String> {
    let mut copies = BTreeSet::new();
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
                copies.extend([file.name().to_owned(), other.to_owned()]);
                // Nothing is taken from a file that has nothing of its own.
                let whole = |one: &SecretsFile, other: &SecretsFile| {
                    let values = |file: &SecretsFile| -> BTreeSet<String> {
                        let texts = file.ciphertexts().into_iter();
                        let values = texts.filter(|text| text.starts_with("ENC["));
                        values.map(ToOwned::to_owned).collect()
                    };
                    values(one).is_subset(&values(other))
                };
                let refused = theirs
                    .files
                    .iter()
                    .filter(|theirs| theirs.name() == other)
                    .any(|theirs| whole(file, theirs) || whole(theirs, file));
                let isolated = own.settings.isolated || theirs.settings.isolated;
                findings.push(SecretsFinding {
                    gravity: if isolated || refused {
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
                        "{}; or do so with {other}, if that is the copy; until then everybody who reads one of them has values of the other",
                        if refused {
                            anew(file.name())
                        } else {
                            format!(
                                "set the values that both have anew: `tollgate secrets set {} NAME`",
                                shell_path(file.name())
                            )
                        }
                    ),
                });
            }
        }
    }
    copies
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
