//! `attribute-differs`

use std::collections::BTreeSet;

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Comparison;
use crate::summary::Block;

/// The same resource behaves differently in the other environment.
///
/// Compares engines, versions, protocols, keys and switches of every block that both have.
/// What is listed in `sizes` and `allow` may differ.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "attribute-differs",
    title: "Attributes that differ between environments",
    description: "An attribute of a resource has another value than in the other environment, and is \
        not one that may differ.",
    severity: Severity::Medium,
    remediation: "Set it as the other environment does, or list it in `allow`.",
    example: r#"```hcl
resource "aws_lambda_function" "api" {
  runtime = var.environment == "production" ? "nodejs20.x" : "nodejs22.x"
}
```"#,
    links: &["https://12factor.net/dev-prod-parity"],
};

pub(crate) fn check(comparison: &Comparison<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, here) in &comparison.after {
        let Some(there) = comparison.other.resources.get(name) else {
            continue;
        };
        let Some(change) = comparison.change_of(name) else {
            continue;
        };
        if comparison.settings.ignores(&here.kind) || here.kind != there.kind {
            continue;
        }
        let before = comparison.before.get(name);
        if comparison.settings.instances
            && here.instances != there.instances
            && !comparison.settings.allows_block(name)
        {
            let finding = RULE.violation(
                change,
                format!(
                    "`{name}` has {} instances, and {} in {}",
                    here.instances, there.instances, comparison.other.environment
                ),
            );
            findings.push(
                match before.is_some_and(|before| before.instances == here.instances) {
                    true => finding.existing(),
                    false => finding,
                },
            );
        }
        findings.extend(of_attributes(comparison, name, here, there, before, change));
    }
    findings
}

fn of_attributes(
    comparison: &Comparison<'_>,
    name: &str,
    here: &Block,
    there: &Block,
    before: Option<&Block>,
    change: &Change,
) -> Vec<Finding> {
    let paths: BTreeSet<&String> = [here, there]
        .iter()
        .flat_map(|block| block.attributes.keys().chain(&block.undetermined))
        .collect();
    let mut findings = Vec::new();
    for path in paths {
        if comparison.settings.allows(name, &here.kind, path) {
            continue;
        }
        let (ours, theirs) = (here.attributes.get(path), there.attributes.get(path));
        let untold = [here, there]
            .iter()
            .any(|block| block.undetermined.contains(path));
        if untold {
            let finding = RULE.undetermined(
                change,
                format!(
                    "whether `{path}` is as in {} cannot be told before apply",
                    comparison.other.environment
                ),
            );
            let settled = before == Some(here);
            findings.push(if settled { finding.existing() } else { finding }.attribute(path));
            continue;
        }
        // What only one of them sets may be the default of the other.
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            continue;
        };
        if ours == theirs {
            continue;
        }
        let finding = RULE
            .violation(
                change,
                format!(
                    "`{path}` is {}, and {} in {}",
                    listed(ours),
                    listed(theirs),
                    comparison.other.environment
                ),
            )
            .attribute(path);
        let was_so = before.is_some_and(|before| before.attributes.get(path) == Some(ours));
        findings.push(if was_so { finding.existing() } else { finding });
    }
    findings
}

fn listed(values: &BTreeSet<String>) -> String {
    values
        .iter()
        .map(|value| format!("`{value}`"))
        .collect::<Vec<_>>()
        .join(" and ")
}
