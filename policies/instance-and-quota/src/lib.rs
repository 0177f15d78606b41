//! The policy `instance-and-quota`: sizes, counts, throttles and concurrency stay within what
//! the settings of the environment allow.
//!
//! [`table`] says which attributes hold a size or a number. The policy finds nothing until the
//! settings name some of them; a key that names none is an error.

mod quantity;
mod rules;
pub mod settings;
pub mod table;

use std::collections::BTreeMap;

use tollgate_policy::{Change, Evaluation, Input, Interest, Mode, Policy, RuleDef};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::interest::by_attributes;
use tollgate_policy_common::walk::root;

use crate::rules::{limit_exceeded, limit_missing, size_not_allowed, total_exceeded};
use crate::settings::Settings;
use crate::table::{Row, rows};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct InstanceAndQuota;

impl Policy for InstanceAndQuota {
    type Settings = Settings;

    const NAME: &'static str = "instance-and-quota";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "Sizes, counts, throttles and concurrency stay within what the environment allows.";
    const RULES: &'static [&'static RuleDef] = &[
        &size_not_allowed::RULE,
        &limit_exceeded::RULE,
        &limit_missing::RULE,
        &total_exceeded::RULE,
    ];

    fn interests() -> Vec<Interest> {
        let mut of_kind = BTreeMap::<&str, Vec<&str>>::new();
        for row in rows() {
            let attributes = of_kind.entry(row.kind).or_default();
            if !attributes.contains(&root(row.path)) {
                attributes.push(root(row.path));
            }
        }
        let mut interests: Vec<_> = by_attributes(of_kind)
            .into_iter()
            .map(Interest::with_references)
            .collect();
        // For the totals, which can be of any type.
        interests.push(Interest::in_types(["*"]));
        interests
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let settings = &input.settings;
        if settings.is_empty() {
            return Ok(evaluation);
        }
        if let Some(mistake) = settings.mistake() {
            return Err(mistake);
        }
        let mut of_kind = BTreeMap::<&str, Vec<Row>>::new();
        for row in rows() {
            let asked = match row.is_size {
                true => settings.sizes_of(&row).is_some(),
                false => settings.limit_of(&row).is_some(),
            };
            if asked {
                of_kind.entry(row.kind).or_default().push(row);
            }
        }
        let changes: Vec<&Change> = input
            .changes
            .iter()
            .filter(|change| {
                change.mode == Mode::Managed
                    && change.deposed.is_none()
                    && !settings.ignores(change)
            })
            .collect();
        for change in &changes {
            let rows = of_kind.get(change.kind.as_str()).into_iter().flatten();
            for row in rows.filter(|_| change.remains()) {
                let findings = &mut evaluation.findings;
                if row.is_size {
                    let sizes = settings.sizes_of(row);
                    findings.extend(
                        sizes
                            .into_iter()
                            .flat_map(|sizes| size_not_allowed::check(change, row, sizes)),
                    );
                } else if let Some(limit) = settings.limit_of(row) {
                    findings.extend(limit_exceeded::check(change, row, limit));
                    findings.extend(limit_missing::check(change, row, limit));
                }
            }
        }
        evaluation
            .findings
            .extend(total_exceeded::check(&changes, settings));
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

tollgate_policy::export!(InstanceAndQuota);
