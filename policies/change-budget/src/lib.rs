//! The policy `change-budget`: how much one plan may take away.
//!
//! The other policies judge one resource after the other. This one looks at the plan as a
//! whole: how many resources it deletes, replaces or forgets, how many of those hold data
//! ([`stateful`]), how large a share of the environment that is, what one replacement drags
//! along, and whether the plan stays within the addresses that it may change.
//!
//! The defaults are those that a routine plan does not reach: they are for the empty variable
//! file and the wrong workspace.

mod rules;
pub mod settings;
pub mod stateful;
mod tally;

use tollgate_policy::{Action, Evaluation, Input, Interest, Policy, RuleDef};
use tollgate_policy_common::bound::bounded;

use crate::rules::{
    budget_exceeded, plan_incomplete, replacement_chain, scope_exceeded, share_exceeded,
    stateful_exceeded,
};
use crate::settings::Settings;
use crate::tally::Tally;

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct ChangeBudget;

impl Policy for ChangeBudget {
    type Settings = Settings;

    const NAME: &'static str = "change-budget";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "One plan deletes, replaces and forgets no more than it may, and only where it may.";
    const RULES: &'static [&'static RuleDef] = &[
        &budget_exceeded::RULE,
        &stateful_exceeded::RULE,
        &share_exceeded::RULE,
        &replacement_chain::RULE,
        &scope_exceeded::RULE,
        &plan_incomplete::RULE,
    ];

    fn interests() -> Vec<Interest> {
        vec![
            // To count, no attribute is needed.
            Interest::in_types(["*"]),
            Interest::in_types(["*"])
                .actions([Action::Replace])
                .attributes([replacement_chain::WHOLE])
                .with_references(),
        ]
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
        let tally = Tally::of(&input.changes, settings);
        let findings = &mut evaluation.findings;
        findings.extend(share_exceeded::check(&tally, settings));
        findings.extend(stateful_exceeded::check(&tally, settings));
        findings.extend(budget_exceeded::check(&tally, settings));
        findings.extend(replacement_chain::check(&input.changes, settings));
        findings.extend(
            input
                .changes
                .iter()
                .filter_map(|change| scope_exceeded::check(change, settings)),
        );
        findings.extend(plan_incomplete::check(&input.plan, settings));
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

tollgate_policy::export!(ChangeBudget);
