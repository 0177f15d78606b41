//! `limit-exceeded`

use tollgate_policy::{Action, Attr, Change, Finding, RuleDef, Severity};

use crate::quantity::{Side, caused, number, quantities};
use crate::rules::limit_missing::is_none;
use crate::settings::Limit;
use crate::table::Row;

/// A number is above or below what the environment allows.
///
/// Compares counts of nodes, bounds of scaling, concurrency, throttles, capacities and sizes of
/// disks with `min` and `max`. A number that the plan brings nearer to what is allowed is one
/// that was so before.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "limit-exceeded",
    title: "Numbers that are out of bounds",
    description: "A count, a bound of scaling, a concurrency, a throttle or a capacity is above or \
        below what the settings allow in this environment.",
    severity: Severity::Medium,
    remediation: "Set the attribute within the bounds, or change them in the settings.",
    example: r#"```toml
[policies.instance-and-quota.settings.limits]
"aws_autoscaling_group.max_size" = { min = 2, max = 20 }
"aws_lambda_function.reserved_concurrent_executions" = { max = 100, required = true }
```"#,
    links: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"],
};

pub(crate) fn check(change: &Change, row: &Row, limit: &Limit) -> Vec<Finding> {
    let before: Vec<(String, f64)> = quantities(change, row, Side::Before)
        .into_iter()
        .filter_map(|quantity| match number(&quantity.value) {
            Attr::Known(number) => Some((quantity.path, number)),
            Attr::Unset | Attr::Undetermined(_) => None,
        })
        .collect();
    let mut findings = Vec::new();
    for quantity in quantities(change, row, Side::After) {
        let old = before
            .iter()
            .find(|(path, _)| *path == quantity.path)
            .map(|(_, number)| *number);
        let finding = match number(&quantity.value) {
            Attr::Known(number) if is_none(number) => continue,
            Attr::Known(number) => match (limit.max, limit.min) {
                (Some(max), _) if number > max => caused(
                    change,
                    RULE.violation(
                        change,
                        format!(
                            "`{}` is {number}, and the settings allow {max}",
                            quantity.path
                        ),
                    ),
                    old.is_some_and(|old| old >= number),
                ),
                (_, Some(min)) if number < min => caused(
                    change,
                    RULE.violation(
                        change,
                        format!(
                            "`{}` is {number}, and the settings want {min} at least",
                            quantity.path
                        ),
                    ),
                    old.is_some_and(|old| old <= number && !is_none(old)),
                ),
                _ => continue,
            },
            Attr::Unset => continue,
            Attr::Undetermined(why) => caused(
                change,
                RULE.undetermined(
                    change,
                    format!(
                        "whether `{}` is within bounds cannot be told: it is {why}",
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
