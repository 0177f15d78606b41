//! `usage-undeclared`: a charge by usage for which no usage is declared.

use tollgate_policy::{RuleDef, Severity};

use super::{Case, Findings};
use crate::estimate::Cost;
use crate::settings::UsageName;

/// Flags a resource that is charged by usage and has no usage declared.
///
/// It reports each resource with a charge by usage for which the settings declare none,
/// neither by its type nor by its address. Without a cap it reports nothing. With
/// `undeclared-usage = "zero"` such charges count zero instead; the breakdown still
/// lists them.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "usage-undeclared",
    title: "Usage that is not declared",
    description: "The resource is charged by how much it is used, and the environment's settings do not say how much \
        that will be, so whether a cap holds cannot be told.",
    severity: Severity::Medium,
    remediation: "Declare the usage under `usage`, by resource type or address.",
    example: "An `aws_sqs_queue` without `requests` under `usage.aws_sqs_queue`.",
    links: &[],
};

pub(super) fn check(case: &Case<'_>) -> Findings {
    let mut findings = Findings::of(&RULE);
    for resource in case.decisive() {
        let undeclared = || {
            resource
                .after
                .lines
                .iter()
                .filter_map(|priced| match priced.cost {
                    Cost::Undeclared {
                        names,
                        as_zero: false,
                    } => Some(names),
                    _ => None,
                })
                .flatten()
                .copied()
        };
        if undeclared().next().is_none() {
            continue;
        }
        let change = resource.change;
        let declared = case.input.settings.usage_of(&change.kind, &change.address);
        let mut missing: Vec<&str> = undeclared()
            .filter(|name| declared.get(*name).is_none())
            .map(UsageName::text)
            .collect();
        if missing.is_empty() {
            continue;
        }
        findings.push(|| {
            missing.sort_unstable();
            missing.dedup();
            let names = missing
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ");
            let finding = RULE
                .undetermined(
                    change,
                    format!("its cost depends on usage that is not declared: {names}"),
                )
                .remediation(format!(
                    "Declare {names} a month under `usage.{}` or under `usage.\"{}\"`.",
                    change.kind,
                    change.address.replace('"', "\\\"")
                ));
            super::caused(resource, finding)
        });
    }
    findings
}
