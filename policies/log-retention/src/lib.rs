//! The policy `log-retention`: logs are kept for long enough, not for ever because nobody
//! said, and never for a shorter time than today.
//!
//! [`table`] says which attribute of which resource type it is, what its default is, and whose
//! logs these are. Where the plan keeps what was so before, the finding is an existing one.

mod rules;
pub mod settings;
mod span;
mod subject;
pub mod table;

use std::collections::BTreeMap;

use tollgate_policy::{
    Action, Attr, Change, Evaluation, Finding, Input, Interest, Mode, Policy, RuleDef,
};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::interest::by_attributes;

use crate::rules::{
    retention_shortened, retention_too_long, retention_too_short, retention_unlimited,
};
use crate::settings::Settings;
use crate::span::spans;
use crate::subject::Subject;
use crate::table::{Of, Row, rows};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct LogRetention;

impl Policy for LogRetention {
    type Settings = Settings;

    const NAME: &'static str = "log-retention";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str = "Logs are kept for long enough, not for ever by omission, and never for a shorter time than today.";
    const RULES: &'static [&'static RuleDef] = &[
        &retention_shortened::RULE,
        &retention_too_short::RULE,
        &retention_too_long::RULE,
        &retention_unlimited::RULE,
    ];
    const CHUNKABLE: bool = true;

    fn interests() -> Vec<Interest> {
        let mut of_kind = BTreeMap::<&str, Vec<&str>>::new();
        for row in rows() {
            let paths = of_kind.entry(row.kind).or_default();
            for path in row.declared() {
                if !paths.contains(&path) {
                    paths.push(path);
                }
            }
        }
        let actions = [
            Action::NoOp,
            Action::Create,
            Action::Update,
            Action::Replace,
        ];
        by_attributes(of_kind)
            .into_iter()
            .map(|interest| interest.actions(actions).with_references())
            .collect()
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let settings = &input.settings;
        if let Some(mistake) = settings.mistake() {
            return Err(mistake);
        }
        if !settings.applies_to(&input.environment) {
            return Ok(evaluation);
        }
        let mut by_kind = BTreeMap::<&str, Vec<&'static Row>>::new();
        for row in rows() {
            by_kind.entry(row.kind).or_default().push(row);
        }
        for change in &input.changes {
            if change.mode != Mode::Managed || !change.remains() {
                continue;
            }
            for row in by_kind.get(change.kind.as_str()).into_iter().flatten() {
                evaluation.findings.extend(judged(change, row, settings));
            }
        }
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

fn judged(change: &Change, row: &'static Row, settings: &Settings) -> Vec<Finding> {
    let name = row.name.and_then(|path| match change.after(path).text() {
        Attr::Known(name) => Some(name),
        Attr::Unset | Attr::Undetermined(_) => None,
    });
    if settings.ignores(change, name.as_deref()) {
        return Vec::new();
    }
    let audit = row.of == Of::Audit
        || name
            .as_deref()
            .is_some_and(|name| settings.calls_audit(name));
    let existed = !change.importing && change.action != Action::Create;
    let before = if existed {
        spans(row, change, false)
    } else {
        Vec::new()
    };
    spans(row, change, true)
        .into_iter()
        .flat_map(|(key, after)| {
            let before = before
                .iter()
                .find(|(other, _)| *other == key)
                .map(|(_, span)| *span);
            let subject = Subject {
                change,
                row,
                settings,
                audit,
                key,
                before,
                after,
            };
            [
                retention_shortened::check,
                retention_too_short::check,
                retention_too_long::check,
                retention_unlimited::check,
            ]
            .into_iter()
            .find_map(|check| check(&subject))
        })
        .collect()
}

tollgate_policy::export!(LogRetention);
