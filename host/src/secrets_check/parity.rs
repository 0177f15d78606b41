//! The environments beside each other: which keys each of them has, and who can read it.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_secrets::{SecretsFile, contract};

use super::{Check, Gravity, Kind, ParityRow, Reader, SecretsFinding};

impl Check {
    /// Compares the environments that have files with each other.
    pub(super) fn parity(&mut self, reported: &BTreeSet<String>) -> Vec<ParityRow> {
        let mut owners: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        let mut names: BTreeSet<&str> = BTreeSet::new();
        let mut sides = Vec::new();
        for (routed, _) in &self.routed {
            if routed.files.is_empty() {
                continue;
            }
            let name = routed.settings.environment.as_str();
            names.insert(name);
            let leaves = contract::leaves(&routed.files);
            for key in leaves.keys() {
                owners.entry(key.clone()).or_default().insert(name);
            }
            sides.push((name, leaves));
        }
        // A map or a list that is empty here is there where something is in it.
        for (key, present) in &mut owners {
            for (name, leaves) in &sides {
                if contract::has_below(leaves, key) {
                    present.insert(name);
                }
            }
        }
        let mut rows = Vec::new();
        for (key, present) in owners {
            let absent: Vec<&str> = names.difference(&present).copied().collect();
            if absent.is_empty() {
                continue;
            }
            for environment in absent.iter().filter(|name| reported.contains(**name)) {
                let others: Vec<&str> = present.iter().copied().collect();
                self.findings.push(SecretsFinding {
                    gravity: Gravity::Error,
                    environment: Some((*environment).to_owned()),
                    kind: Kind::Parity,
                    file: None,
                    name: Some(key.clone()),
                    message: format!("`{key}` is in {} and not here", others.join(", ")),
                    fix: format!("set it here, or remove it from {}", others.join(", ")),
                });
            }
            rows.push(ParityRow {
                key,
                present: present.into_iter().map(ToOwned::to_owned).collect(),
                absent: absent.into_iter().map(ToOwned::to_owned).collect(),
            });
        }
        rows
    }

    /// Returns who can read which environments' files.
    pub(super) fn readers(&self) -> Vec<Reader> {
        let mut readers: BTreeMap<String, (String, String, BTreeSet<String>)> = BTreeMap::new();
        for (routed, _) in &self.routed {
            for recipient in routed.files.iter().flat_map(SecretsFile::recipients) {
                readers
                    .entry(recipient.key())
                    .or_insert_with(|| (recipient.to_string(), recipient.needs(), BTreeSet::new()))
                    .2
                    .insert(routed.settings.environment.clone());
            }
        }
        readers
            .into_values()
            .map(|(recipient, needs, environments)| Reader {
                recipient,
                needs,
                environments: environments.into_iter().collect(),
            })
            .collect()
    }
}
