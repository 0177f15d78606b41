//! `resource-only-here`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::Comparison;

/// This environment has a resource that the other does not.
///
/// Compares the blocks that exist after apply with those of the other environment's summary.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "resource-only-here",
    title: "Resources that the other environment does not have",
    description: "This environment has a resource block after apply that the other one does not have.",
    severity: Severity::Low,
    remediation: "Create it in the other environment first, or list its block in `allow`.",
    example: r#"```hcl
resource "aws_wafv2_web_acl" "edge" {
  count = var.environment == "production" ? 1 : 0
}
```"#,
    links: &["https://12factor.net/dev-prod-parity"],
};

pub(crate) fn check(comparison: &Comparison<'_>) -> Vec<Finding> {
    let settings = comparison.settings;
    comparison
        .after
        .iter()
        .filter(|(name, block)| {
            !comparison.other.resources.contains_key(*name)
                && !settings.ignores(&block.kind)
                && !settings.allows_block(name)
        })
        .filter_map(|(name, _)| {
            let change = comparison.change_of(name)?;
            let finding = RULE.violation(
                change,
                format!(
                    "`{name}` is here and not in {}",
                    comparison.other.environment
                ),
            );
            Some(match comparison.before.contains_key(name) {
                true => finding.existing(),
                false => finding,
            })
        })
        .collect()
}
