//! What the policy finds in plans, case by case.

use std::collections::BTreeSet;

use deletion_protection::DeletionProtection;
use deletion_protection::history::RETENTIONS;
use log_retention::LogRetention;
use log_retention::table::{COMPARED_ELSEWHERE, Of, Unset, Zero, rows};
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};

fn with(resource: Resource, settings: Json) -> Vec<String> {
    Plan::new([resource])
        .settings(settings)
        .findings::<LogRetention>()
        .iter()
        .map(|line| {
            let head = line
                .split_once(": ")
                .map_or(line.as_str(), |(head, _)| head);
            let mut words: Vec<_> = head.split(' ').collect();
            words.remove(2);
            words.join(" ")
        })
        .collect()
}

fn judged(resource: Resource) -> Vec<String> {
    with(resource, json!({"minimum-days": 30}))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "reads as `group(…, json!(…))`"
)]
fn group(name: &str, days: Json) -> Json {
    json!({"name": name, "name_prefix": null, "kms_key_id": null, "log_group_class": "STANDARD", "retention_in_days": days,
        "skip_destroy": false, "tags": {"retention_in_days": "1"}, "tags_all": {}})
}

const GROUP: &str = "aws_cloudwatch_log_group.x";

#[test]
fn log_groups_that_are_made() {
    let none: &[&str] = &[];
    for (name, days, expected) in [
        ("app", json!(365), none),
        ("app", json!(30), none),
        (
            "app",
            json!(29),
            &["retention-too-short violation [retention_in_days]"],
        ),
        (
            "app",
            json!("7"),
            &["retention-too-short violation [retention_in_days]"],
        ),
        (
            "app",
            json!(0),
            &["retention-unlimited violation [retention_in_days]"],
        ),
        (
            "app",
            json!(null),
            &["retention-unlimited violation [retention_in_days]"],
        ),
        (
            "app",
            sensitive(),
            &["retention-too-short undetermined [retention_in_days]"],
        ),
        (
            "my-CloudTrail",
            json!(60),
            &["retention-too-short violation [retention_in_days]"],
        ),
        ("my-CloudTrail", json!(90), none),
        ("my-CloudTrail", json!(0), none),
    ] {
        let made = Resource::create(GROUP, group(name, days.clone()));
        assert_eq!(judged(made), expected, "{name} {days}");
    }
    let mut delivery = group("app", json!(0));
    delivery["log_group_class"] = json!("DELIVERY");
    assert!(judged(Resource::create(GROUP, delivery)).is_empty());
    let by_variable =
        Resource::create(GROUP, group("app", unknown())).refers("retention_in_days", "var.days");
    assert_eq!(
        judged(by_variable),
        ["retention-too-short undetermined [retention_in_days]"]
    );
}

#[test]
fn log_groups_that_change() {
    let none: &[&str] = &[];
    for (before, after, expected) in [
        // Which `deletion-protection` finds.
        (365, 30, &[][..]),
        (
            365,
            7,
            &["retention-too-short violation [retention_in_days]"],
        ),
        (365, 400, none),
        (30, 30, none),
        (
            7,
            7,
            &["retention-too-short violation(existing) [retention_in_days]"],
        ),
        (
            7,
            14,
            &["retention-too-short violation(existing) [retention_in_days]"],
        ),
        (0, 365, none),
        (0, 7, &["retention-too-short violation [retention_in_days]"]),
        (
            365,
            0,
            &["retention-unlimited violation [retention_in_days]"],
        ),
        (
            0,
            0,
            &["retention-unlimited violation(existing) [retention_in_days]"],
        ),
    ] {
        let change = Resource::update(
            GROUP,
            group("app", json!(before)),
            group("app", json!(after)),
        );
        assert_eq!(judged(change), expected, "{before} {after}");
    }
    let object = group("app", json!(7));
    let existing = ["retention-too-short violation(existing) [retention_in_days]"];
    assert_eq!(judged(Resource::unchanged(GROUP, object.clone())), existing);
    let mut tagged = object.clone();
    tagged["tags"] = json!({"a": "b"});
    assert_eq!(
        judged(Resource::update(GROUP, object.clone(), tagged)),
        existing
    );
    assert_eq!(
        judged(Resource::replace(
            GROUP,
            group("a", json!(90)),
            group("b", json!(60))
        )),
        ["retention-shortened violation [retention_in_days]"]
    );
    assert!(judged(Resource::delete(GROUP, object.clone())).is_empty());
    assert!(judged(Resource::forget(GROUP, object.clone())).is_empty());
    let imported = Resource::unchanged(GROUP, object).with(|change| change.importing = true);
    assert_eq!(
        judged(imported),
        ["retention-too-short violation [retention_in_days]"]
    );
    let untold = Resource::update(GROUP, group("app", json!(365)), group("app", unknown()));
    assert_eq!(
        judged(untold),
        ["retention-too-short undetermined [retention_in_days]"]
    );
}

#[test]
fn other_kinds() {
    let none: &[&str] = &[];
    let short = |path: &str| vec![format!("retention-too-short violation [{path}]")];
    for (kind, after, expected) in [
        (
            "aws_cloudtrail_event_data_store",
            json!({"name": "a", "retention_period": 7}),
            short("retention_period"),
        ),
        (
            "aws_cloudtrail_event_data_store",
            json!({"name": "a", "retention_period": null}),
            Vec::new(),
        ),
        (
            "aws_config_retention_configuration",
            json!({"retention_period_in_days": 30}),
            short("retention_period_in_days"),
        ),
        (
            "google_logging_project_bucket_config",
            json!({"bucket_id": "_Default", "retention_days": 1}),
            short("retention_days"),
        ),
        (
            "google_logging_project_bucket_config",
            json!({"bucket_id": "_Default", "retention_days": null}),
            Vec::new(),
        ),
        (
            "google_logging_organization_bucket_config",
            json!({"retention_days": 400}),
            Vec::new(),
        ),
        // Left out, so 30 days.
        (
            "azurerm_log_analytics_workspace",
            json!({"name": "w", "retention_in_days": unknown()}),
            Vec::new(),
        ),
        (
            "azurerm_log_analytics_workspace",
            json!({"name": "w", "retention_in_days": 7}),
            short("retention_in_days"),
        ),
        (
            "azurerm_log_analytics_workspace_table",
            json!({"name": "t", "retention_in_days": null, "total_retention_in_days": null}),
            Vec::new(),
        ),
        (
            "azurerm_application_insights",
            json!({"retention_in_days": 90}),
            Vec::new(),
        ),
        (
            "azurerm_mssql_server_extended_auditing_policy",
            json!({"retention_in_days": 30}),
            short("retention_in_days"),
        ),
        (
            "azurerm_mssql_server_extended_auditing_policy",
            json!({"retention_in_days": 0}),
            Vec::new(),
        ),
        (
            "azurerm_network_watcher_flow_log",
            json!({"enabled": true, "retention_policy": [{"enabled": true, "days": 7}]}),
            short("retention_policy[0].days"),
        ),
        (
            "azurerm_network_watcher_flow_log",
            json!({"enabled": true, "retention_policy": [{"enabled": false, "days": 7}]}),
            Vec::new(),
        ),
        (
            "azurerm_network_watcher_flow_log",
            json!({"enabled": true, "retention_policy": [{"enabled": true, "days": 90}]}),
            Vec::new(),
        ),
        (
            "azurerm_monitor_log_profile",
            json!({"retention_policy": [{"enabled": true, "days": 7}]}),
            short("retention_policy[0].days"),
        ),
        (
            "azurerm_monitor_diagnostic_setting",
            json!({"enabled_log": [
            {"category": "AuditEvent", "category_group": null, "retention_policy": [{"enabled": true, "days": 7}]},
            {"category": "Other", "category_group": null, "retention_policy": [{"enabled": true, "days": 365}]}]}),
            short("enabled_log"),
        ),
        (
            "azurerm_monitor_diagnostic_setting",
            json!({"enabled_log": [{"category": "AuditEvent", "category_group": ""}]}),
            Vec::new(),
        ),
    ] {
        assert_eq!(
            judged(Resource::create(&format!("{kind}.x"), after)),
            expected,
            "{kind}"
        );
    }
    let setting = |days: i64| {
        json!({"enabled_log": [{"category": "AuditEvent", "category_group": null,
        "retention_policy": [{"enabled": true, "days": days}]}]})
    };
    let kind = "azurerm_monitor_diagnostic_setting.x";
    assert_eq!(
        judged(Resource::update(kind, setting(365), setting(100))),
        ["retention-shortened violation [enabled_log]"]
    );
    assert_eq!(
        judged(Resource::update(kind, setting(100), setting(365))),
        none
    );
}

#[test]
fn settings() {
    let none: &[&str] = &[];
    let made = |days: i64| Resource::create(GROUP, group("app", json!(days)));
    for (days, settings, expected) in [
        (
            30,
            json!({"minimum-days": 60}),
            &["retention-too-short violation [retention_in_days]"][..],
        ),
        (1, json!({"minimum-days": 0}), none),
        (
            400,
            json!({"maximum-days": 90}),
            &["retention-too-long violation [retention_in_days]"],
        ),
        (90, json!({"maximum-days": 90}), none),
        (
            0,
            json!({"maximum-days": 90}),
            &["retention-unlimited violation [retention_in_days]"],
        ),
        (0, json!({"unlimited": "accept"}), none),
        (
            30,
            json!({"audit-names": ["app*"]}),
            &["retention-too-short violation [retention_in_days]"],
        ),
        (1, json!({"ignore-names": ["a*"]}), none),
        (1, json!({"ignore-types": ["aws_cloudwatch_*"]}), none),
        (1, json!({"require": "never"}), none),
    ] {
        assert_eq!(
            with(made(days), settings.clone()),
            expected,
            "{days} {settings}"
        );
    }
    assert_eq!(with(made(7), json!({})), none);
    assert_eq!(
        with(made(5), json!({})),
        ["retention-too-short violation [retention_in_days]"]
    );
    let lowered = || Resource::update(GROUP, group("app", json!(400)), group("app", json!(90)));
    let all = |most: Json| with(lowered(), json!({"shortened": "all", "maximum-days": most}));
    assert_eq!(all(json!(null)).len(), 1);
    assert_eq!(all(json!(120)), none);
    let staging = |settings: Json| {
        Plan::new([made(1)])
            .environment("staging", false)
            .settings(settings)
            .findings::<LogRetention>()
            .len()
    };
    assert_eq!(staging(json!({})), 0);
    assert_eq!(staging(json!({"require": "always"})), 1);
    assert!(
        Plan::new([made(1)])
            .settings(json!({"minimum-day": 1}))
            .evaluate::<LogRetention>()
            .is_err()
    );
}

/// Every row of the table, with too few days and with enough.
#[test]
fn every_row() {
    for row in rows() {
        let address = format!("{}.x", row.kind);
        let object = |days: Json| {
            let inner = at(row.path, days);
            match row.each {
                Some(block) => json!({block: [inner]}),
                None => inner,
            }
        };
        let path = row.each.unwrap_or(row.path);
        let declared = |rule: &str| vec![format!("{rule} violation [{path}]")];
        assert_eq!(
            judged(Resource::create(&address, object(json!(5)))),
            declared("retention-too-short"),
            "{}",
            row.kind
        );
        assert!(
            judged(Resource::create(&address, object(json!(365)))).is_empty(),
            "{}",
            row.kind
        );
        assert_eq!(
            judged(Resource::update(
                &address,
                object(json!(365)),
                object(json!(100))
            )),
            if row.is_compared_elsewhere() {
                Vec::new()
            } else {
                declared("retention-shortened")
            },
            "{}",
            row.kind
        );
        let zero = judged(Resource::create(&address, object(json!(0))));
        let expected = match (row.zero, row.of) {
            (Zero::Forever, Of::Applications) => declared("retention-unlimited"),
            (Zero::Forever, Of::Audit) => Vec::new(),
            (Zero::Never, _) => declared("retention-too-short"),
        };
        assert_eq!(zero, expected, "{}", row.kind);
        let unset = judged(Resource::create(&address, object(json!(null))));
        let expected = match (row.unset, row.of) {
            (Unset::Forever, Of::Applications) => declared("retention-unlimited"),
            _ => Vec::new(),
        };
        assert_eq!(unset, expected, "{}", row.kind);
    }
}

/// What the two policies find of one change of a number of days.
fn both(address: &str, path: &str, before: Json, after: Json) -> (Vec<String>, Vec<String>) {
    let plan = Plan::new([Resource::update(address, at(path, before), at(path, after))]);
    let shortened = |findings: Vec<String>| -> Vec<String> {
        findings
            .into_iter()
            .filter(|line| line.starts_with("retention-shortened "))
            .collect()
    };
    (
        shortened(plan.findings::<LogRetention>()),
        shortened(plan.findings::<DeletionProtection>()),
    )
}

/// One fault is one finding, and none is nobody's.
#[test]
fn a_shorter_time_is_found_by_exactly_one_policy() {
    let theirs: BTreeSet<_> = RETENTIONS.iter().map(|row| (row.kind, row.path)).collect();
    let mut shared = BTreeSet::new();
    for row in rows().filter(|row| row.each.is_none()) {
        let address = format!("{}.x", row.kind);
        let known = theirs.contains(&(row.kind, row.path));
        if known {
            shared.insert((row.kind, row.path));
        }
        for (before, after) in [(365, 100), (100, 99), (400, 1), (2, 1)] {
            let (ours, theirs) = both(&address, row.path, json!(before), json!(after));
            assert_eq!(
                (ours.len(), theirs.len()),
                if known { (0, 1) } else { (1, 0) },
                "{} from {before} to {after}",
                row.kind
            );
        }
        for (before, after) in [
            (json!(365), json!(0)),
            (json!(365), json!(-1)),
            (json!(365), json!(null)),
            (json!("365"), json!("30")),
            (json!(-1), json!(1)),
        ] {
            // What is left out or negative is a default, which only this policy knows.
            let (ours, theirs) = both(&address, row.path, before.clone(), after.clone());
            let told = ours.len() + theirs.len();
            assert!(told <= 1, "{}: {ours:?} {theirs:?}", row.kind);
            let all = with(
                Resource::update(
                    &address,
                    at(row.path, before.clone()),
                    at(row.path, after.clone()),
                ),
                json!({"shortened": "all"}),
            );
            let is_shorter = all
                .iter()
                .any(|line| line.starts_with("retention-shortened "));
            assert!(
                told == 1 || !is_shorter,
                "{} from {before} to {after} is found by nobody",
                row.kind
            );
        }
    }
    assert_eq!(shared, COMPARED_ELSEWHERE.iter().copied().collect());
}

#[test]
fn a_shorter_time_is_found_here_where_the_other_policy_does_not_run_or_look() {
    let days = |days: i64| group("app", json!(days));
    let shorter = Resource::update(GROUP, days(365), days(30));
    let expected = ["retention-shortened violation [retention_in_days]"];
    assert_eq!(with(shorter, json!({"shortened": "all"})), expected);
    // Of what is made anew only the deletion is found there.
    let anew = Resource::replace(GROUP, days(365), days(30));
    assert_eq!(judged(anew), expected);
}

/// An object that has this value at a path such as `a[0].b`.
fn at(path: &str, value: Json) -> Json {
    path.rsplit('.')
        .fold(value, |value, step| match step.strip_suffix("[0]") {
            Some(block) => json!({block: [value]}),
            None => json!({step: value}),
        })
}

#[test]
fn bounds_that_no_log_can_meet_are_an_error() {
    for (settings, wrong) in [
        (json!({"minimum-days": 30, "maximum-days": 14}), true),
        (json!({"maximum-days": 3}), true),
        (json!({"minimum-days": 14, "maximum-days": 14}), false),
        (json!({"minimum-days": 400}), false),
    ] {
        let plan = Plan::new([]).settings(settings.clone());
        assert_eq!(
            plan.evaluate::<LogRetention>().is_err(),
            wrong,
            "{settings}"
        );
    }
}
