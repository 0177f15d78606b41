//! The policy `resource-naming`: resources are called what the convention of their environment
//! says, and by names that the service takes.
//!
//! [`table`] says what holds the name of a resource type and how long it may be. Lengths are
//! judged without any settings, because a name that is too long fails in the middle of an apply;
//! everything else only where the settings ask for it.

mod name;
mod rules;
pub mod settings;
pub mod table;

use std::collections::BTreeMap;

use tollgate_policy::{Evaluation, Input, Interest, Mode, Policy, RuleDef};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::interest::by_attributes;

use crate::name::Name;
use crate::rules::{name_forbidden, name_length, name_pattern};
use crate::settings::Settings;
use crate::table::{Row, rows, rows_of};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct ResourceNaming;

impl Policy for ResourceNaming {
    type Settings = Settings;

    const NAME: &'static str = "resource-naming";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "Resources have names that their service takes and that the convention asks for.";
    const RULES: &'static [&'static RuleDef] = &[
        &name_length::RULE,
        &name_pattern::RULE,
        &name_forbidden::RULE,
    ];
    const CHUNKABLE: bool = true;

    fn interests() -> Vec<Interest> {
        let mut of_kind = BTreeMap::<&str, Vec<&str>>::new();
        for row in rows() {
            of_kind.entry(row.kind).or_default().push(row.attribute);
        }
        by_attributes(of_kind)
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let settings = &input.settings;
        if let Some(mistake) = settings.mistake(&input.environment.name) {
            return Err(mistake);
        }
        let mut of_kind = BTreeMap::<&str, Vec<Row>>::new();
        for change in &input.changes {
            if change.mode != Mode::Managed || !change.remains() || settings.ignores(change) {
                continue;
            }
            let rows = of_kind
                .entry(&change.kind)
                .or_insert_with_key(|kind| rows_of(kind));
            let convention = settings.convention(&change.kind);
            for name in Name::all(change, rows) {
                let findings = &mut evaluation.findings;
                findings.extend(name_length::check(
                    &name,
                    convention,
                    !settings.ignore_length,
                ));
                if let Some(convention) = convention {
                    findings.extend(name_pattern::check(
                        &name,
                        convention,
                        &input.environment.name,
                    ));
                }
                findings.extend(name_forbidden::check(&name, settings));
            }
        }
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

tollgate_policy::export!(ResourceNaming);
