//! `resource-missing`

use tollgate_policy::{Finding, Outcome, RuleDef, Severity};

use crate::Comparison;

/// The other environment has a resource that this one does not.
///
/// Compares the blocks that exist after apply with those of the other environment's summary.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "resource-missing",
    title: "Resources that only the other environment has",
    description: "The other environment has a resource block that this one does not have after apply.",
    severity: Severity::Medium,
    remediation: "Create it here as well, or list its block in `allow`.",
    example: r#"```hcl
resource "aws_cloudwatch_metric_alarm" "errors" {
  count = var.environment == "staging" ? 1 : 0
}
```"#,
    links: &["https://12factor.net/dev-prod-parity"],
};

pub(crate) fn check(comparison: &Comparison<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, block) in &comparison.other.resources {
        let settings = comparison.settings;
        if comparison.after.contains_key(name)
            || settings.ignores(&block.kind)
            || settings.allows_block(name)
        {
            continue;
        }
        let message = format!(
            "`{name}` is in {} and not here",
            comparison.other.environment
        );
        let finding = RULE.finding(Outcome::Violation, message);
        findings.push(match comparison.before.contains_key(name) {
            // This plan takes it away.
            true => match comparison.change_of(name) {
                Some(change) => finding.on(change),
                None => finding,
            },
            false => finding.existing(),
        });
    }
    findings
}
