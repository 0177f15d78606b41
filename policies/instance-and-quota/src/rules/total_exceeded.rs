//! `total-exceeded`

use tollgate_policy::{Action, Change, Finding, Outcome, RuleDef, Severity, pattern};

use crate::settings::Settings;

/// There are more resources of a type than the environment may have.
///
/// Counts the resources of each type in `totals` that exist after apply. What the plan removes
/// is not counted; what was too many before, and does not become more, was so before.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "total-exceeded",
    title: "More resources of a type than allowed",
    description: "After apply there are more resources of a type than the settings allow in this \
        environment.",
    severity: Severity::Medium,
    remediation: "Check `count` and `for_each` of the type, or raise the number in `totals`.",
    example: r#"```toml
[policies.instance-and-quota.settings.totals]
"aws_instance" = 20
"*_nat_gateway" = 3
```"#,
    links: &["https://opentofu.org/docs/language/meta-arguments/count/"],
};

pub(crate) fn check(changes: &[&Change], settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (kind, total) in &settings.totals {
        let of_kind = || {
            changes
                .iter()
                .filter(|change| pattern::matches(kind, &change.kind))
        };
        let after: Vec<_> = of_kind().filter(|change| change.remains()).collect();
        let before = of_kind()
            .filter(|change| change.action != Action::Create && !change.importing)
            .count();
        if after.len() <= usize::try_from(*total).unwrap_or(usize::MAX) {
            continue;
        }
        let finding = RULE.finding(
            Outcome::Violation,
            format!(
                "after apply there are {} resources of type `{kind}`, and the settings allow {total}",
                after.len()
            ),
        );
        let news: Vec<_> = after
            .iter()
            .filter(|change| change.action == Action::Create)
            .take(10)
            .map(|change| change.address.clone())
            .collect();
        let finding = match news.is_empty() {
            true => finding,
            false => finding.detail("created", news.join(", ")),
        };
        findings.push(match before >= after.len() {
            true => finding.existing(),
            false => finding,
        });
    }
    findings
}
