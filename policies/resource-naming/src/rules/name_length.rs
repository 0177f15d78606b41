//! `name-length`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::name::Name;
use crate::settings::Convention;
use crate::table::DOTTED;

/// A name is longer or shorter than its service allows.
///
/// Compares the length of every name that a plan sets with the limits of the service, and with
/// `max-length`. What exists under its name is left alone: the service has taken it.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "name-length",
    title: "Names that are too long or too short",
    description: "A name that the plan sets is longer or shorter than the service allows, so that \
        the apply fails half-way; or longer than the settings allow.",
    severity: Severity::Medium,
    remediation: "Shorten the name, or what it is put together from.",
    example: r#"```hcl
resource "aws_lb" "api" {
  name = "production-payments-api-internal-v2" # a load balancer's has 32 at most
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html",
        "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules",
        "https://cloud.google.com/compute/docs/naming-resources",
    ],
};

pub(crate) fn check(
    name: &Name<'_>,
    convention: Option<&Convention>,
    judged: bool,
) -> Option<Finding> {
    let Ok(text) = &name.text else { return None };
    let length = text.chars().count();
    let own = convention
        .and_then(|convention| convention.max_length)
        .and_then(|max| usize::try_from(max).ok());
    let (max, min) = match judged && !name.unchanged {
        true => (name.row.max, name.row.min),
        false => (None, None),
    };
    let max = match name.row.kind == DOTTED.0 && text.contains('.') {
        true => max.map(|_| DOTTED.1),
        false => max,
    };
    let s = if length == 1 { "" } else { "s" };
    let what = format!("`{text}` has {length} character{s}");
    let message = match (max, min, own) {
        (Some(max), _, _) if length > max => {
            format!("the name {what}, and the service allows {max}")
        }
        (_, Some(min), _) if length < min && !name.row.is_prefix() => {
            format!("the name {what}, and the service wants {min} at least")
        }
        (_, _, Some(own)) if length > own => {
            format!("the name {what}, and the settings allow {own}")
        }
        _ => return None,
    };
    Some(name.told(RULE.violation(name.change, message)))
}
