//! `size-not-allowed`

use std::collections::BTreeSet;

use tollgate_policy::{Action, Attr, Change, Finding, RuleDef, Severity, pattern};

use crate::quantity::{Side, caused, quantities};
use crate::settings::Sizes;
use crate::table::Row;

/// A machine, node or service has a size that the environment does not allow.
///
/// Compares instance types, instance classes, node types, machine types, tiers and SKUs with
/// the sizes that the settings allow for the resource type.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "size-not-allowed",
    title: "Sizes that are not allowed",
    description: "A machine, a node or a service has a size that the settings do not allow for its \
        resource type in this environment.",
    severity: Severity::Medium,
    remediation: "Choose one of the allowed sizes.",
    example: r#"```toml
[policies.instance-and-quota.settings.sizes]
"aws_instance" = { allow = ["t3.*", "m7g.*"], forbid = ["*.metal", "*.24xlarge"] }
```"#,
    links: &["https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-types.html"],
};

pub(crate) fn check(change: &Change, row: &Row, sizes: &Sizes) -> Vec<Finding> {
    let before: BTreeSet<String> = quantities(change, row, Side::Before)
        .iter()
        .filter_map(|quantity| match quantity.value.text() {
            Attr::Known(text) => Some(name(&text).to_owned()),
            Attr::Unset | Attr::Undetermined(_) => None,
        })
        .collect();
    let mut findings = Vec::new();
    for quantity in quantities(change, row, Side::After) {
        let finding = match quantity.value.text() {
            Attr::Known(text) => {
                let size = name(&text);
                let Some(why) = refusal(size, sizes) else {
                    continue;
                };
                caused(
                    change,
                    RULE.violation(change, format!("the size `{size}` is {why}")),
                    before.contains(size),
                )
            }
            Attr::Unset => continue,
            Attr::Undetermined(why) => caused(
                change,
                RULE.undetermined(
                    change,
                    format!(
                        "whether the size is allowed cannot be told: `{}` is {why}",
                        quantity.path
                    ),
                ),
                change.action == Action::NoOp,
            ),
        };
        findings.push(finding.attribute(quantity.path));
    }
    findings
}

/// The last part of an address that a size may be written as.
fn name(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

fn refusal(size: &str, sizes: &Sizes) -> Option<String> {
    let size = size.to_lowercase();
    let any = |patterns: &[String]| {
        patterns
            .iter()
            .any(|pattern| pattern::matches(&pattern.to_lowercase(), &size))
    };
    if any(&sizes.forbid) {
        return Some("forbidden".to_owned());
    }
    if sizes.allow.is_empty() || any(&sizes.allow) {
        return None;
    }
    let allowed = sizes
        .allow
        .iter()
        .map(|pattern| format!("`{pattern}`"))
        .collect::<Vec<_>>()
        .join(", ");
    Some(format!("not one of those that are allowed: {allowed}"))
}
