//! An alarm, a probe or who is told, switched off while it stays in the configuration.

use tollgate_policy::{Action, Attr, Change, Field, Finding, Mode, RuleDef, Severity};

use crate::alarm::{COMPOSITE_ALARM, METRIC_ALARM};
use crate::alarm_rule::Rule;
use crate::plan::Plan;

/// An alarm or a probe that the plan switches off.
///
/// Compares the switches of alarms, canaries, health checks and those who are told
/// today and after apply, of AWS, Google and Azure (`keep-last-alarm`): one that is turned off, the
/// last channel or action that is taken out of one, the rule of a composite alarm that no alarm meets
/// any more, and a filter of a log that is deleted while an alarm on its metric stays. A health check
/// that is inverted, and an alarm that missing data does not make fire any more, are advice.
pub const ALARM_WEAKENED: RuleDef = RuleDef {
    id: "alarm-weakened",
    title: "Alarm or probe that this plan switches off",
    description: "An alarm, a probe or a channel of notifications that is switched off stays in the configuration, \
                  and looks as if it still watched.",
    severity: Severity::High,
    remediation: "Leave it on; if it has to be off for a time, waive this rule for the address until then.",
    example: r#"```hcl
resource "aws_synthetics_canary" "checkout" {
  start_canary = false # was true
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
    ],
};

/// What watches or tells while an attribute is like this.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute.
    pub path: &'static str,
    /// What it is like while it is on.
    pub on: On,
    /// What it is, as a sentence calls it.
    pub what: &'static str,
}

/// What an attribute is like while it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// True, also where it is left out.
    True,
    /// True, and off where it is left out.
    Set,
    /// False, also where it is left out.
    False,
    /// The same, but that the other value has its uses.
    MostlyFalse,
    /// There is an entry or a block.
    Filled,
}

const fn switch(kind: &'static str, path: &'static str, on: On, what: &'static str) -> Switch {
    Switch {
        kind,
        path,
        on,
        what,
    }
}

/// Every switch that is compared.
pub const SWITCHES: &[Switch] = &[
    // One that is disabled counts as healthy:
    // https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
    switch(
        "aws_route53_health_check",
        "disabled",
        On::False,
        "health check",
    ),
    switch(
        "aws_route53_health_check",
        "invert_healthcheck",
        On::MostlyFalse,
        "health check",
    ),
    switch("aws_synthetics_canary", "start_canary", On::Set, "canary"),
    switch(
        "google_monitoring_alert_policy",
        "enabled",
        On::True,
        "alert",
    ),
    switch(
        "google_monitoring_alert_policy",
        "notification_channels",
        On::Filled,
        "alert",
    ),
    switch(
        "google_monitoring_notification_channel",
        "enabled",
        On::True,
        "channel",
    ),
    switch("azurerm_monitor_metric_alert", "enabled", On::True, "alert"),
    switch(
        "azurerm_monitor_metric_alert",
        "action",
        On::Filled,
        "alert",
    ),
    switch(
        "azurerm_monitor_scheduled_query_rules_alert",
        "enabled",
        On::True,
        "alert",
    ),
    switch(
        "azurerm_monitor_scheduled_query_rules_alert_v2",
        "enabled",
        On::True,
        "alert",
    ),
    switch(
        "azurerm_monitor_scheduled_query_rules_alert_v2",
        "action",
        On::Filled,
        "alert",
    ),
    switch(
        "azurerm_monitor_smart_detector_alert_rule",
        "enabled",
        On::True,
        "alert",
    ),
    switch(
        "azurerm_monitor_action_group",
        "enabled",
        On::True,
        "group of those who are told",
    ),
    switch(
        "azurerm_application_insights_standard_web_test",
        "enabled",
        On::Set,
        "test",
    ),
];

/// What makes a metric of a log, and where it says which.
pub const FILTER: (&str, &str) = ("aws_cloudwatch_log_metric_filter", "metric_transformation");

/// The findings on one change.
pub fn findings(plan: &Plan<'_>, change: &Change, whole: bool) -> Vec<Finding> {
    if change.mode != Mode::Managed || change.deposed.is_some() {
        return Vec::new();
    }
    if change.kind == FILTER.0 {
        return starved(plan, change, whole).into_iter().collect();
    }
    if change.action != Action::Update {
        return Vec::new();
    }
    match change.kind.as_str() {
        METRIC_ALARM => deaf(change).into_iter().collect(),
        COMPOSITE_ALARM => never(change).into_iter().collect(),
        _ => SWITCHES
            .iter()
            .filter(|row| row.kind == change.kind)
            .filter_map(|row| switched(row, change))
            .collect(),
    }
}

fn switched(row: &Switch, change: &Change) -> Option<Finding> {
    let path = row.path;
    let (before, after) = (change.before(path), change.after(path));
    if !is_on(row, &before)? {
        return None;
    }
    let what = row.what;
    let Some(on) = is_on(row, &after) else {
        // What is there tells somebody, whatever it will be.
        if row.on == On::Filled {
            return None;
        }
        let why = after.undetermined()?;
        let message = format!("whether the {what} stays on cannot be told: `{path}` is {why}");
        return Some(ALARM_WEAKENED.undetermined(change, message).attribute(path));
    };
    if on {
        return None;
    }
    let message = match row.on {
        On::True | On::Set | On::False => format!("the plan switches the {what} off (`{path}`)"),
        On::MostlyFalse => {
            format!(
                "the {what} says the opposite of what it said (`{path}`): see that this is meant"
            )
        }
        On::Filled => {
            format!("the {what} tells nobody any more: the last of `{path}` is taken out")
        }
    };
    let finding = ALARM_WEAKENED.violation(change, message).attribute(path);
    Some(if row.on == On::MostlyFalse {
        finding.advice()
    } else {
        finding
    })
}

/// Whether it is on; none where that cannot be told.
fn is_on(row: &Switch, field: &Field) -> Option<bool> {
    if row.on == On::Filled {
        return match field.items() {
            Attr::Known(items) => Some(!items.is_empty()),
            Attr::Unset => Some(false),
            Attr::Undetermined(_) => None,
        };
    }
    let unset = row.on != On::Set;
    match field.bool() {
        Attr::Known(value) => Some(value == matches!(row.on, On::True | On::Set)),
        Attr::Unset => Some(unset),
        Attr::Undetermined(_) => None,
    }
}

/// An alarm that no longer fires where there is no data.
fn deaf(alarm: &Change) -> Option<Finding> {
    let path = "treat_missing_data";
    let breaching = |text: &String| text == "breaching";
    if !alarm.before(path).text().is_known_and(breaching) {
        return None;
    }
    let now = match alarm.after(path).text() {
        Attr::Known(now) if breaching(&now) => return None,
        Attr::Known(now) => now,
        Attr::Unset => "missing".to_owned(),
        Attr::Undetermined(_) => return None,
    };
    Some(
        ALARM_WEAKENED
            .violation(
                alarm,
                format!("the alarm does not fire any more where its metric has no data: `{path}` `breaching` -> `{now}`"),
            )
            .attribute(path)
            .advice(),
    )
}

/// A composite alarm that depends on other alarms today, and on none after apply.
fn never(alarm: &Change) -> Option<Finding> {
    let path = "alarm_rule";
    let read = |field: Field| match field.text() {
        Attr::Known(text) => Rule::read(&text),
        Attr::Unset | Attr::Undetermined(_) => None,
    };
    let (before, after) = (read(alarm.before(path)), read(alarm.after(path))?);
    if !after.names().is_empty() || before.is_some_and(|rule| rule.names().is_empty()) {
        return None;
    }
    Some(
        ALARM_WEAKENED
            .violation(
                alarm,
                format!("the alarm does not depend on any other alarm any more, and its state never changes (`{path}`)"),
            )
            .attribute(path),
    )
}

/// What made the metric of an alarm that stays.
fn starved(plan: &Plan<'_>, filter: &Change, whole: bool) -> Option<Finding> {
    if filter.action != Action::Delete {
        return None;
    }
    let metric = metric(&filter.before(FILTER.1))?;
    let made = plan
        .resources()
        .filter(|change| change.kind == FILTER.0)
        .any(|other| {
            let after = other.after(FILTER.1);
            after.undetermined().is_some()
                || self::metric(&after).is_none_or(|other| other == metric)
        });
    if made {
        return None;
    }
    let text = |alarm: &Change, path: &str, expected: &String| {
        alarm
            .after(path)
            .text()
            .is_known_and(|text| text == expected)
    };
    let alarm = plan.resources().find(|change| {
        change.kind == METRIC_ALARM
            && text(change, "namespace", &metric.0)
            && text(change, "metric_name", &metric.1)
    })?;
    let message = format!(
        "the plan deletes what makes the metric of `{}`, which stays and has nothing to watch",
        alarm.address
    );
    let finding = if whole {
        ALARM_WEAKENED.violation(filter, message)
    } else {
        ALARM_WEAKENED.undetermined(
            filter,
            format!("{message}; the plan does not cover the whole configuration"),
        )
    };
    Some(finding.attribute(FILTER.1))
}

/// The namespace and the name of what a filter makes.
fn metric(transformation: &Field) -> Option<(String, String)> {
    let block = transformation.first();
    match (block.get("namespace").text(), block.get("name").text()) {
        (Attr::Known(namespace), Attr::Known(name)) => Some((namespace, name)),
        _ => None,
    }
}
