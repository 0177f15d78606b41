//! The policy `deletion-protection`: what can be protected against deletion is, and
//! nothing that holds data goes away unnoticed.
//!
//! [`table`] says which resource types there are, what protects them and where that
//! is documented. A switch that protects is judged in every resource that exists
//! after apply, changed or not; a deletion, replacement or forgetting is judged by
//! what the object is today. Both only where [`settings::Settings::require`] says.
//!
//! [`settings::Settings::stateful_types`] cannot bring further switches, only further
//! types: a policy sees what it declared before it knows its settings, and every
//! attribute of every type would be too much to declare. Of types that are not in the
//! table it sees only that they are deleted, replaced or forgotten.

mod rules;
pub mod settings;
mod subject;
pub mod switch;
pub mod table;

use std::collections::BTreeMap;

use tollgate_policy::{Action, Evaluation, Input, Interest, Mode, Policy, RuleDef};

use crate::rules::{
    destroy_forced, final_snapshot_skipped, lock_deleted, protection_removed,
    recovery_window_short, resource_deleted, resource_forgotten, resource_replaced, unprotected,
};
use crate::settings::Settings;
use crate::subject::Subject;
use crate::table::TABLE;

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct DeletionProtection;

impl Policy for DeletionProtection {
    type Settings = Settings;

    const NAME: &'static str = "deletion-protection";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str = "What can be protected against deletion is, and nothing that holds data is deleted, replaced or forgotten.";
    const RULES: &'static [&'static RuleDef] = &[
        &unprotected::RULE,
        &protection_removed::RULE,
        &destroy_forced::RULE,
        &final_snapshot_skipped::RULE,
        &recovery_window_short::RULE,
        &resource_deleted::RULE,
        &resource_replaced::RULE,
        &resource_forgotten::RULE,
        &lock_deleted::RULE,
    ];
    const CHUNKABLE: bool = true;

    fn interests() -> Vec<Interest> {
        let losses = [Action::Delete, Action::Replace, Action::Forget];
        // Types with the same attributes share an interest, so that none is sent more
        // than its rules read.
        let mut by_attributes = BTreeMap::<Vec<&str>, Vec<&str>>::new();
        for row in TABLE.iter().filter(|row| !row.switches.is_empty()) {
            let mut paths = Vec::new();
            for switch in row.switches {
                for path in [Some(switch.path), switch.unless.map(|unless| unless.path)]
                    .into_iter()
                    .flatten()
                {
                    if !paths.contains(&path) {
                        paths.push(path);
                    }
                }
            }
            by_attributes.entry(paths).or_default().push(row.kind);
        }
        let mut interests: Vec<_> = by_attributes
            .into_iter()
            .map(|(paths, kinds)| Interest::in_types(kinds).attributes(paths))
            .collect();
        // For the stateful types without a switch, the locks, and the types that only
        // the settings name.
        interests.push(Interest::in_types(["*"]).actions(losses));
        interests
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let settings = &input.settings;
        if !settings.applies_to(&input.environment) {
            return Ok(evaluation);
        }
        let rows: BTreeMap<_, _> = TABLE.iter().map(|row| (row.kind, row)).collect();
        for change in &input.changes {
            if change.mode != Mode::Managed || settings.ignores(change) {
                continue;
            }
            let subject = Subject {
                change,
                row: rows.get(change.kind.as_str()).copied(),
                settings,
            };
            for fault in subject.faults() {
                evaluation.findings.extend(
                    [
                        protection_removed::check,
                        unprotected::check,
                        destroy_forced::check,
                        final_snapshot_skipped::check,
                        recovery_window_short::check,
                    ]
                    .into_iter()
                    .find_map(|check| check(&subject, &fault)),
                );
            }
            if !settings.allow_deletion {
                evaluation.findings.extend(
                    [
                        resource_deleted::check,
                        resource_replaced::check,
                        resource_forgotten::check,
                        lock_deleted::check,
                    ]
                    .into_iter()
                    .find_map(|check| check(&subject)),
                );
            }
        }
        Ok(evaluation)
    }
}

tollgate_policy::export!(DeletionProtection);
