//! The policy `deletion-protection`: what can be protected against deletion is, and
//! nothing that holds data goes away unnoticed.
//!
//! [`table`] says what protects a resource type and where that is documented, [`types`] what
//! it holds, and [`history`] what can be lost of it without a deletion. A switch that
//! protects is judged in every resource that exists after apply, changed or not; a deletion,
//! replacement or forgetting is judged by what the object is today. All of that only where
//! [`settings::Settings::require`] says.
//!
//! Both sides of a change are judged, so that a finding says whether the plan brings it about
//! or it was so before.
//!
//! [`settings::Settings::stateful_types`] cannot bring further switches, only further
//! types: a policy sees what it declared before it knows its settings, and every
//! attribute of every type would be too much to declare. Of types that are not in the
//! table it sees only that they are deleted, replaced or forgotten.

pub mod history;
mod kubernetes;
mod rules;
pub mod settings;
mod span;
mod subject;
pub mod switch;
pub mod table;
pub mod types;

use std::collections::BTreeMap;

use tollgate_policy::{
    Action, Change, Evaluation, Finding, Input, Interest, Mode, Policy, RuleDef,
};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::interest::by_attributes;

use crate::rules::{
    backups_rarer, contents_deleted, copy_removed, destroy_forced, expiry_widened,
    final_snapshot_skipped, history_ended, key_disabled, last_instance_deleted, lock_deleted,
    protection_removed, recovery_window_short, resource_deleted, resource_forgotten,
    resource_replaced, resource_vanished, retention_shortened, service_disabled, unprotected,
    volume_deleted, volume_shrunk,
};
use crate::settings::Settings;
use crate::subject::Subject;
use crate::table::{Row, TEMPLATES, WITH_DELETION_POLICY, is_computed, rows};

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
        &resource_vanished::RULE,
        &lock_deleted::RULE,
        &retention_shortened::RULE,
        &history_ended::RULE,
        &copy_removed::RULE,
        &key_disabled::RULE,
        &expiry_widened::RULE,
        &volume_shrunk::RULE,
        &last_instance_deleted::RULE,
        &backups_rarer::RULE,
        &volume_deleted::RULE,
        &service_disabled::RULE,
        &contents_deleted::RULE,
    ];
    const DRIFT: bool = true;
    const CHUNKABLE: bool = true;
    /// What `last_instance_deleted` and `expiry_widened` look at together.
    const TOGETHER: &'static [&'static str] = &[
        "aws_rds_cluster_instance",
        "aws_rds_cluster",
        "aws_docdb_cluster_instance",
        "aws_docdb_cluster",
        "aws_neptune_cluster_instance",
        "aws_neptune_cluster",
        "aws_s3_bucket",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_ecr_repository",
        "aws_ecr_lifecycle_policy",
    ];

    fn known_types() -> Vec<String> {
        types::all().map(|(kind, _)| kind.to_owned()).collect()
    }

    fn interests() -> Vec<Interest> {
        let losses = [Action::Delete, Action::Replace, Action::Forget];
        let mut of_kind = BTreeMap::<&str, Vec<String>>::new();
        let mut read = |kind, path: String| {
            let paths = of_kind.entry(kind).or_default();
            if !paths.contains(&path) {
                paths.push(path);
            }
        };
        for row in rows() {
            for switch in row.switches {
                read(row.kind, switch.declared().to_owned());
                if let Some(unless) = switch.unless {
                    read(row.kind, unless.path.to_owned());
                }
            }
        }
        for (kind, path) in history::attributes() {
            read(kind, path);
        }
        // What it is says what its switches are about.
        for (kind, path) in types::by_value() {
            if rows().any(|row| row.kind == kind) {
                read(kind, path.to_owned());
            }
        }
        for (kind, path) in TEMPLATES {
            read(kind, (*path).to_owned());
        }
        let (computed, plain): (BTreeMap<_, _>, BTreeMap<_, _>) = of_kind
            .into_iter()
            .partition(|(kind, paths)| paths.iter().any(|path| is_computed(kind, path)));
        let mut interests = by_attributes(plain);
        // Whether the configuration leaves out what the provider computes.
        interests.extend(
            by_attributes(computed)
                .into_iter()
                .map(Interest::with_references),
        );
        interests.push(
            Interest::in_types([format!("{WITH_DELETION_POLICY}*")])
                .attributes(["deletion_policy"])
                .with_references(),
        );
        interests.extend(types::by_value().map(|(kind, path)| {
            Interest::in_types([kind])
                .attributes([path])
                .actions(losses)
        }));
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
        let rows: BTreeMap<_, _> = rows().map(|row| (row.kind, row)).collect();
        let subjects = |changes| subjects(changes, &rows, settings);
        let buckets = expiry_widened::Buckets::of(&input.changes);
        for subject in subjects(&input.changes) {
            evaluation.findings.extend(switched(&subject));
            if !settings.allow_deletion {
                evaluation.findings.extend(lost(&subject));
                evaluation.findings.extend(volume_deleted::check(&subject));
                evaluation
                    .findings
                    .extend(service_disabled::check(&subject));
            }
            for check in [
                retention_shortened::check,
                history_ended::check,
                copy_removed::check,
                key_disabled::check,
                volume_shrunk::check,
                backups_rarer::check,
                contents_deleted::check,
            ] {
                evaluation.findings.extend(check(&subject));
            }
            evaluation
                .findings
                .extend(expiry_widened::check(&subject, &buckets));
        }
        if !settings.allow_deletion {
            evaluation
                .findings
                .extend(last_instance_deleted::check(&input.changes, settings));
            evaluation.findings.extend(
                subjects(&input.plan.drift)
                    .filter_map(|subject| resource_vanished::check(&subject)),
            );
        }
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

/// The changes that the policy judges.
fn subjects<'a>(
    changes: &'a [Change],
    rows: &'a BTreeMap<&'static str, &'static Row>,
    settings: &'a Settings,
) -> impl Iterator<Item = Subject<'a>> {
    changes
        .iter()
        .filter(|change| change.mode == Mode::Managed && !settings.ignores(change))
        .map(move |change| Subject {
            change,
            row: rows.get(change.kind.as_str()).copied(),
            settings,
        })
}

/// What is wrong with the switches of a resource that exists after apply.
fn switched(subject: &Subject<'_>) -> Vec<Finding> {
    subject
        .faults()
        .iter()
        .filter_map(|fault| {
            [
                protection_removed::check,
                unprotected::check,
                destroy_forced::check,
                final_snapshot_skipped::check,
                recovery_window_short::check,
            ]
            .into_iter()
            .find_map(|check| check(subject, fault))
        })
        .collect()
}

/// What the plan parts with.
fn lost(subject: &Subject<'_>) -> Option<Finding> {
    [
        resource_deleted::check,
        resource_replaced::check,
        resource_forgotten::check,
        lock_deleted::check,
    ]
    .into_iter()
    .find_map(|check| check(subject))
}

tollgate_policy::export!(DeletionProtection);
