//! `share-exceeded`

use tollgate_policy::{Change, Finding, Outcome, RuleDef, Severity};

use crate::settings::Settings;
use crate::tally::{Loss, Tally, with_examples};

/// A plan deletes or forgets a large share of what exists.
///
/// Compares how many resources the plan deletes or forgets with how many exist today. It counts
/// from `share-from` resources on, because half of four is two; where nothing is left at all, from
/// three on.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "share-exceeded",
    title: "Plans that take most of an environment away",
    description: "The plan deletes or forgets a larger share of the resources that exist than the \
        settings allow. The share counts from `share-from` resources on (10 by default); where nothing \
        is left at all, from three on.",
    severity: Severity::Critical,
    remediation: "Check that the plan was made from the whole configuration, with the right state and variables.",
    example: r#"```toml
[policies.change-budget.settings]
share = 25
share-from = 5
```"#,
    links: &["https://developer.hashicorp.com/terraform/cli/commands/destroy"],
};

/// How many resources must be all that exist before that is worth a finding.
const ALL_FROM: usize = 3;

pub(crate) fn check(tally: &Tally<'_>, settings: &Settings) -> Option<Finding> {
    let lost: Vec<&Change> = tally
        .losses
        .iter()
        .filter(|(loss, _)| *loss != Loss::Replaced)
        .map(|(_, change)| *change)
        .collect();
    let from = usize::try_from(settings.share_from).unwrap_or(usize::MAX);
    let percent = lost.len().saturating_mul(100).checked_div(tally.existing)?;
    let above = lost.len().saturating_mul(100)
        > tally
            .existing
            .saturating_mul(usize::try_from(settings.share).unwrap_or(usize::MAX));
    // Where nothing is left, few are enough.
    let counts = lost.len() >= from || (lost.len() == tally.existing && lost.len() >= ALL_FROM);
    if !counts || lost.is_empty() || !above {
        return None;
    }
    // Below `share-from`, a reader of the settings would not expect it.
    let few = if lost.len() < from {
        format!("; where nothing is left, that counts from {ALL_FROM} resources on")
    } else {
        String::new()
    };
    let finding = RULE.finding(
        Outcome::Violation,
        format!(
            "the plan deletes or forgets {} of {} resources ({percent} %), and `share` allows {} %{few}",
            lost.len(),
            tally.existing,
            settings.share
        ),
    );
    Some(with_examples(finding, &lost))
}
