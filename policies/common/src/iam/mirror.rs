//! Attributes that only show what another resource sets.
//!
//! A provider reads back into a bucket or a queue the policy that a resource of its own sets.
//! In a plan the attribute is then that of today, and stays so although the other resource is
//! changed or deleted: who judges it judges yesterday's policy, and twice.

use std::collections::BTreeSet;

use tollgate_policy::{Action, Attr, Change};

use super::Side;
use super::reference::{ByBlock, target};

/// One attribute that shows what other resources set.
#[derive(Clone, Copy, Debug)]
pub struct Mirror {
    /// The type that has it.
    pub kind: &'static str,
    /// The attribute.
    pub path: &'static str,
    /// What the resource is called by the others.
    pub names: &'static [&'static str],
    /// The types that set it, each with the attribute that says of which resource.
    pub by: &'static [(&'static str, &'static str)],
}

/// What is read for rows of [`Mirror`]: types and attributes.
pub fn attributes(rows: &[Mirror]) -> impl Iterator<Item = (&'static str, &'static str)> {
    rows.iter().flat_map(|row| {
        let names = row
            .names
            .iter()
            .chain([&row.path])
            .map(|path| (row.kind, *path));
        names.chain(row.by.iter().copied())
    })
}

/// Which attributes of a plan's resources only show what others set.
#[derive(Debug, Default)]
pub struct Mirrors(Vec<(&'static Mirror, BTreeSet<String>)>);

impl Mirrors {
    /// Those of a plan.
    #[must_use]
    pub fn of(changes: &[Change], rows: &'static [Mirror]) -> Self {
        let owners: ByBlock<'_> = changes
            .iter()
            .filter(|change| rows.iter().any(|row| row.kind == change.kind))
            .collect();
        let mut mirrors = Vec::new();
        for row in rows {
            let mut names = BTreeSet::new();
            for change in changes {
                let Some((_, of)) = row.by.iter().find(|(kind, _)| *kind == change.kind) else {
                    continue;
                };
                for side in [Side::Before, Side::After] {
                    let field = side.of(change, of);
                    let fields = match field.items() {
                        Attr::Known(items) => items,
                        Attr::Unset | Attr::Undetermined(_) => vec![field],
                    };
                    for field in fields {
                        if let Attr::Known(name) = field.text() {
                            names.insert(format!("name {name}"));
                        }
                    }
                }
                for target in change
                    .references(of)
                    .iter()
                    .filter_map(|reference| target(reference))
                {
                    match owners.meant(change, &target).as_slice() {
                        [] => {}
                        [one] => {
                            names.insert(format!("at {}", one.address));
                        }
                        _ => {
                            names.insert(format!("any of {}", target.block));
                        }
                    }
                }
            }
            if !names.is_empty() {
                mirrors.push((row, names));
            }
        }
        Self(mirrors)
    }

    /// Whether an attribute only shows what another resource sets: one that the plan leaves as
    /// it is, of a resource that exists.
    #[must_use]
    pub fn shows(&self, change: &Change, path: &str) -> bool {
        if self.0.is_empty() || change.action == Action::Create {
            return false;
        }
        let Some((row, names)) = self
            .0
            .iter()
            .find(|(row, _)| row.kind == change.kind && row.path == path)
        else {
            return false;
        };
        let stays = change
            .attributes
            .iter()
            .any(|attribute| attribute.path == path && attribute.before == attribute.after);
        stays
            && (names.contains(&format!("at {}", change.address))
                || names.contains(&format!("any of {}", change.block))
                || row.names.iter().any(|name| {
                    matches!(change.before(name).text(), Attr::Known(text) if names.contains(&format!("name {text}")))
                }))
    }
}
