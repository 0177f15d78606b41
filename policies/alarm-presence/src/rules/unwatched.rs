//! A resource without an alarm that it must have: the rules of the table.

use tollgate_policy::{Change, Finding};

use crate::reference::Proof;
use crate::requirement::{Expected, Requirement};

/// The finding for a resource that lacks an alarm.
///
/// `possible` are the alarms that may be the one, each with why it cannot be told.
/// `applies` says whether the requirement is about the resource for certain, and
/// `whole` whether the plan covers the whole configuration.
pub fn finding(
    resource: &Change,
    requirement: &Requirement<'_>,
    possible: Vec<(String, String)>,
    applies: &Proof,
    whole: bool,
) -> Finding {
    let wanted = metrics(requirement);
    let mut possible = possible.into_iter();
    let finding = match (possible.next(), applies) {
        (Some((alarm, why)), _) => {
            let message =
                format!("whether `{alarm}` is the alarm on {wanted} cannot be told: {why}");
            let finding = requirement.rule.undetermined(resource, message);
            possible.take(9).fold(finding, |finding, (alarm, why)| finding.detail(alarm, why))
        }
        (None, Proof::Possible(why)) => requirement.rule.undetermined(
            resource,
            format!("no alarm watches {wanted}, and whether one must cannot be told: {why}"),
        ),
        (None, _) if !whole => requirement.rule.undetermined(
            resource,
            format!("no alarm in this plan watches {wanted}, and the plan does not cover the whole configuration"),
        ),
        (None, _) => requirement.rule.violation(resource, format!("no alarm watches {wanted}")),
    };
    let finding = identifying(requirement)
        .into_iter()
        .fold(finding, |finding, path| finding.attribute(path));
    finding
        .remediation(remedy(resource, requirement))
        .detail("requirement", requirement.id)
}

/// The metrics of a requirement, for a message: `AWS/Lambda Errors`.
pub fn metrics(requirement: &Requirement<'_>) -> String {
    let names: Vec<&str> = requirement
        .metrics
        .iter()
        .map(|metric| metric.name)
        .collect();
    format!("`{} {}`", requirement.namespace, names.join("` or `"))
}

fn identifying<'a>(requirement: &Requirement<'a>) -> Vec<&'a str> {
    let mut paths: Vec<&str> = Vec::new();
    for dimension in requirement
        .metrics
        .iter()
        .flat_map(|metric| metric.dimensions)
    {
        if let Expected::Attribute(path) | Expected::Member(path) = dimension.value
            && !paths.contains(&path)
        {
            paths.push(path);
        }
    }
    paths
}

fn remedy(resource: &Change, requirement: &Requirement<'_>) -> String {
    let Some(metric) = requirement.metrics.first() else {
        return requirement.rule.remediation.to_owned();
    };
    let local = match &resource.module_address {
        Some(module) => resource
            .address
            .strip_prefix(module.as_str())
            .map_or(resource.name.as_str(), |rest| rest.trim_start_matches('.')),
        None => &resource.address,
    };
    let dimensions: Vec<String> = metric
        .dimensions
        .iter()
        .map(|dimension| match dimension.value {
            Expected::Attribute(path) => format!("{} = {local}.{path}", dimension.name),
            Expected::Tail(path) => format!("{} = <the name of {local}.{path}>", dimension.name),
            Expected::Member(path) => format!("{} = <one of {local}.{path}>", dimension.name),
            Expected::OneOf(values) => format!(
                "{} = \"{}\"",
                dimension.name,
                values.first().copied().unwrap_or_default()
            ),
            Expected::Any => format!("{} = …", dimension.name),
        })
        .collect();
    format!(
        "Add an `aws_cloudwatch_metric_alarm` with `namespace = \"{}\"`, `metric_name = \"{}\"`, `dimensions = {{ {} }}` and `alarm_actions`.",
        requirement.namespace,
        metric.name,
        dimensions.join(", ")
    )
}
