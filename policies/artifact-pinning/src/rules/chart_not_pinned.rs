//! `chart-not-pinned`

use tollgate_policy::{Action, Attr, Change, Finding, RuleDef, Severity, Why};
use tollgate_policy_common::unaltered::unaltered;

use super::caused;
use crate::image::{Side, field};
use crate::settings::{Need, Settings};
use crate::table::CHART;

/// A chart of Helm has no version, or a range of versions.
///
/// Looks at every `helm_release` whose chart comes from a repository. A chart in a folder or an
/// archive is what it is.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "chart-not-pinned",
    title: "Helm charts without an exact version",
    description: "A release of Helm takes its chart from a repository without an exact version, so \
        that the newest one is installed.",
    severity: Severity::Medium,
    remediation: "Set `version` to an exact version of the chart.",
    example: r#"```hcl
resource "helm_release" "ingress" {
  repository = "https://kubernetes.github.io/ingress-nginx"
  chart      = "ingress-nginx" # without `version`
}
```"#,
    links: &[
        "https://registry.terraform.io/providers/hashicorp/helm/latest/docs/resources/release#version",
    ],
};

/// What makes a version a range.
const RANGE: &[char] = &['^', '~', '>', '<', '*', ',', '|', ' '];

pub(crate) fn check(change: &Change, settings: &Settings) -> Option<Finding> {
    if settings.charts == Need::Any || change.kind != CHART.0 {
        return None;
    }
    let message = match fault(change, Side::After)? {
        Ok(message) => message,
        Err(why) => {
            let finding = RULE.undetermined(
                change,
                format!(
                    "whether the chart has an exact version cannot be told: `version` is {why}"
                ),
            );
            return Some(
                caused(change, finding, unaltered(change, "version")).attribute("version"),
            );
        }
    };
    let was_so = matches!(
        change.action,
        Action::NoOp | Action::Update | Action::Replace
    ) && matches!(fault(change, Side::Before), Some(Ok(before)) if before == message);
    Some(caused(change, RULE.violation(change, message), was_so).attribute("version"))
}

fn fault(change: &Change, side: Side) -> Option<Result<String, Why>> {
    let chart = match field(change, "chart", side).text() {
        Attr::Known(chart) => chart,
        Attr::Unset | Attr::Undetermined(_) => String::new(),
    };
    let is_local = chart.starts_with(['.', '/']) || chart.ends_with(".tgz");
    if is_local {
        return None;
    }
    let none = || {
        Some(Ok(format!(
            "the chart `{chart}` has no version, so the newest is installed"
        )))
    };
    match field(change, "version", side).text() {
        Attr::Known(version) if version.is_empty() => none(),
        Attr::Known(version) if version.contains(RANGE) => Some(Ok(format!(
            "the version `{version}` of the chart `{chart}` is a range"
        ))),
        Attr::Known(_) => None,
        Attr::Unset => none(),
        // What is left out is known after apply: a constant would be known.
        Attr::Undetermined(Why::Unknown) if change.references("version").is_empty() => none(),
        Attr::Undetermined(why) => Some(Err(why)),
    }
}
