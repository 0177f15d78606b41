//! `stateful-exceeded`

use tollgate_policy::{Change, Finding, Outcome, RuleDef, Severity};

use crate::settings::Settings;
use crate::stateful::is_stateful;
use crate::tally::{Tally, with_examples};

/// A plan loses more resources that hold data than one plan may.
///
/// Counts what the plan deletes, replaces and forgets of databases, buckets, queues, keys,
/// volumes, log groups and the like, taken together, and compares it with `stateful`.
/// `deletion-protection` judges each of them by itself; this is about many at once.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "stateful-exceeded",
    title: "Plans that lose much that holds data",
    description: "The plan deletes, replaces or forgets more resources that hold data than the \
        settings allow for one plan.",
    severity: Severity::Critical,
    remediation: "Check the workspace and the variables of the plan; say with `moved` blocks what was only renamed.",
    example: r#"```toml
[policies.change-budget.settings]
stateful = 0
```"#,
    links: &["https://developer.hashicorp.com/terraform/language/moved"],
};

pub(crate) fn check(tally: &Tally<'_>, settings: &Settings) -> Option<Finding> {
    let lost: Vec<&Change> = tally
        .losses
        .iter()
        .map(|(_, change)| *change)
        .filter(|change| is_stateful(&change.kind) || settings.calls_stateful(change))
        .collect();
    if lost.len() <= usize::try_from(settings.stateful).unwrap_or(usize::MAX) {
        return None;
    }
    let finding = RULE.finding(
        Outcome::Violation,
        format!(
            "the plan deletes, replaces or forgets {}, and `stateful` allows {}",
            match lost.len() {
                1 => "1 resource that holds data".to_owned(),
                count => format!("{count} resources that hold data"),
            },
            settings.stateful
        ),
    );
    let finding = match lost.as_slice() {
        [only] => finding.on(only),
        _ => finding,
    };
    Some(with_examples(finding, &lost))
}
