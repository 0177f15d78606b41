//! The policy `audit-trail`: what records who did what stays, is on, and has no holes.
//!
//! [`table`] says which resource types are nothing but audit, which have a log among other
//! things, and what turns it on. Both sides of a change are judged, so that a finding says
//! whether the plan brings it about or it was so before.
//!
//! Some rules look at several resources of the plan together, so it is judged in one piece.

pub mod cis;
pub mod plan;
mod rules;
pub mod selectors;
pub mod settings;
mod subject;
mod switch;
pub mod table;

use std::collections::BTreeMap;

use tollgate_policy::{Action, Evaluation, Input, Interest, Mode, Policy, RuleDef};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::interest::by_attributes;

use crate::plan::{ALARM, DELIVERY, FILTER, Plan};
pub use crate::rules::audit_redirected::PLACES;
pub use crate::rules::findings_muted::MUTED;
pub use crate::rules::logs_excluded::{EXCLUSIONS, QUOTA};
use crate::rules::{
    access_log_off, access_log_removed, alarm_chain_broken, audit_deleted, audit_incomplete,
    audit_off, audit_redirected, audit_switched_off, findings_muted, logs_excluded,
    trail_bucket_unlogged, trail_bucket_unversioned,
};
use crate::settings::Settings;
use crate::subject::Subject;
use crate::table::rows;

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct AuditTrail;

/// The trail, whose surroundings are judged as well.
const TRAIL: &str = "aws_cloudtrail";

/// What is read of a type besides its switches.
pub const BESIDES: &[(&str, &[&str])] = &[
    (TRAIL, &["s3_bucket_name"]),
    (
        "aws_s3_bucket",
        &["bucket", "versioning", "object_lock_enabled"],
    ),
    (
        "aws_s3_bucket_versioning",
        &["bucket", "versioning_configuration"],
    ),
    ("aws_cloudfront_distribution", &["arn"]),
    ("aws_vpc", &["id"]),
    ("aws_default_vpc", &["id"]),
    FILTER,
    ALARM,
    DELIVERY,
    QUOTA,
];

impl Policy for AuditTrail {
    type Settings = Settings;

    const NAME: &'static str = "audit-trail";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "What records who did what is not deleted or switched off, and has no holes.";
    const RULES: &'static [&'static RuleDef] = &[
        &audit_deleted::RULE,
        &audit_switched_off::RULE,
        &audit_off::RULE,
        &audit_incomplete::RULE,
        &logs_excluded::RULE,
        &findings_muted::RULE,
        &access_log_removed::RULE,
        &access_log_off::RULE,
        &trail_bucket_unlogged::RULE,
        &trail_bucket_unversioned::RULE,
        &alarm_chain_broken::RULE,
        &audit_redirected::RULE,
    ];

    fn interests() -> Vec<Interest> {
        let mut of_kind = BTreeMap::<&str, Vec<&str>>::new();
        let mut read = |kind, path| {
            let paths = of_kind.entry(kind).or_default();
            if !paths.contains(&path) {
                paths.push(path);
            }
        };
        for row in rows() {
            for path in row.watches {
                read(row.kind, path);
            }
            for switch in row.switches {
                read(row.kind, switch.path);
                if let Some((path, _)) = switch.unless {
                    read(row.kind, path);
                }
            }
        }
        for (kind, path) in EXCLUSIONS {
            read(kind, path);
        }
        for (kind, paths) in BESIDES
            .iter()
            .chain(MUTED)
            .chain(PLACES)
            .chain(selectors::SELECTORS)
        {
            for path in *paths {
                read(kind, path);
            }
        }
        let mut interests: Vec<_> = by_attributes(of_kind)
            .into_iter()
            .map(Interest::with_references)
            .collect();
        // What an audit is about may be deleted by the same plan.
        interests.push(
            Interest::in_types(["*"])
                .attributes(["id", "arn"])
                .actions([Action::Delete]),
        );
        interests
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let settings = &input.settings;
        if !settings.applies_to(&input.environment) {
            return Ok(evaluation);
        }
        let rows: BTreeMap<_, _> = rows().map(|row| (row.kind, row)).collect();
        let plan = Plan::of(&input.changes);
        let wants_access_logs = settings.wants_access_logs(&input.environment);
        let mut trails = 0;
        for change in &input.changes {
            if change.mode != Mode::Managed || change.deposed.is_some() || settings.ignores(change)
            {
                continue;
            }
            evaluation
                .findings
                .extend(findings_muted::check(change, &input.changes));
            evaluation.findings.extend(audit_redirected::check(change));
            let Some(row) = rows.get(change.kind.as_str()).copied() else {
                if change.remains() {
                    let existed = change.action != Action::Create && !change.importing;
                    evaluation
                        .findings
                        .extend(logs_excluded::check(change, existed));
                    if wants_access_logs {
                        evaluation
                            .findings
                            .extend(access_log_off::network(change, existed, &plan));
                    }
                }
                continue;
            };
            let subject = Subject {
                change,
                row,
                wants_access_logs,
                made_up_for: change.remains() && plan.makes_up_for(change),
            };
            evaluation
                .findings
                .extend(audit_deleted::check(&subject, &plan));
            for fault in subject.faults() {
                let another = fault.switch.path == "is_multi_region_trail"
                    && plan.every_region
                    && !fault.was_on;
                if another {
                    continue;
                }
                evaluation.findings.extend(
                    [
                        audit_switched_off::check,
                        access_log_removed::check,
                        audit_off::check,
                        audit_incomplete::check,
                        access_log_off::check,
                    ]
                    .into_iter()
                    .find_map(|check| check(&subject, &fault)),
                );
            }
            if !change.remains() {
                continue;
            }
            evaluation
                .findings
                .extend(logs_excluded::check(change, subject.existed()));
            if !subject.made_up_for {
                evaluation.findings.extend(selectors::check(
                    change,
                    row.what,
                    subject.existed(),
                    &plan,
                ));
            }
            if change.kind == TRAIL {
                evaluation
                    .findings
                    .extend(trail_bucket_unlogged::check(change, &plan));
                evaluation
                    .findings
                    .extend(trail_bucket_unversioned::check(change, &plan));
                if trails == 0 {
                    evaluation.findings.extend(alarm_chain_broken::check(
                        change,
                        &plan,
                        &settings.cis_alarms,
                    ));
                }
                trails += 1;
            }
        }
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

tollgate_policy::export!(AuditTrail);
