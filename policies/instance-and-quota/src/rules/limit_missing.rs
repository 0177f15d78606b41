//! `limit-missing`

use tollgate_policy::{Attr, Change, Finding, RuleDef, Severity};

use crate::quantity::{Side, caused, number, quantities};
use crate::settings::Limit;
use crate::table::Row;

/// A limit that must be set is not.
///
/// Where `required` is set for an attribute, wants every resource of its type to have it, and
/// not as `-1`, which means no limit to the services that take it.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "limit-missing",
    title: "Limits that are not set",
    description: "A throttle, a concurrency or another limit that the settings require is not set, \
        or set to `-1`, which is none.",
    severity: Severity::Medium,
    remediation: "Set the attribute.",
    example: r#"```hcl
resource "aws_api_gateway_usage_plan" "partner" {
  name = "partner" # without `throttle_settings`
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",
    ],
};

/// Whether a number stands for no limit.
pub(crate) fn is_none(number: f64) -> bool {
    number < 0.0
}

pub(crate) fn check(change: &Change, row: &Row, limit: &Limit) -> Option<Finding> {
    // Settings of single routes are there to differ from the stage's.
    let is_override = row.path.starts_with("route_settings.");
    if !limit.required || is_override || limits(change, row, Side::After) {
        return None;
    }
    let was_so =
        change.action != tollgate_policy::Action::Create && !limits(change, row, Side::Before);
    Some(caused(
        change,
        RULE.violation(
            change,
            format!("`{}` is not set, so there is no limit", row.path),
        )
        .attribute(row.path),
        was_so,
    ))
}

/// Whether one side sets it, be it to something that cannot be told.
fn limits(change: &Change, row: &Row, side: Side) -> bool {
    let found = quantities(change, row, side);
    !found.is_empty()
        && found.iter().all(|quantity| match number(&quantity.value) {
            Attr::Known(number) => !is_none(number),
            Attr::Unset => false,
            Attr::Undetermined(_) => true,
        })
}
