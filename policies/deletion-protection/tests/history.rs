//! What is lost without a deletion, case by case.

#![expect(clippy::unwrap_used, reason = "tests")]

use deletion_protection::DeletionProtection;
use deletion_protection::history::{
    COPIES, HISTORIES, KEYS, REDUNDANCIES, RETENTIONS, SCHEDULES, SIZES, Zero,
};
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, unknown};

const RULES: [&str; 7] = [
    "key-disabled",
    "retention-shortened",
    "history-ended",
    "copy-removed",
    "expiry-widened",
    "volume-shrunk",
    "last-instance-deleted",
];

/// `rule outcome [attributes]` of the findings of these rules.
fn short(plan: &Plan) -> Vec<String> {
    plan.findings::<DeletionProtection>()
        .iter()
        .filter(|line| RULES.iter().any(|rule| line.starts_with(rule)))
        .map(|line| {
            let (head, _) = line.split_once(": ").unwrap();
            let mut words: Vec<_> = head.split(' ').collect();
            words.remove(2);
            words.join(" ")
        })
        .collect()
}

fn updated(kind: &str, before: Json, after: Json) -> Vec<String> {
    let address = format!("{kind}.x");
    short(&Plan::new([Resource::update(&address, before, after)]))
}

/// An object with a value at a path of blocks.
fn object(path: &str, value: Json) -> Json {
    path.split('.')
        .rev()
        .fold(value, |inner, step| match step.strip_suffix("[0]") {
            Some(block) => json!({ block: [inner] }),
            None => json!({ step: inner }),
        })
}

#[test]
fn what_is_kept_for_as_long_as_the_service_sets_is_not_counted_in_days() {
    let days = |days: i64| json!({"total_retention_in_days": days});
    let plan = Plan::new([Resource::update(
        "azurerm_log_analytics_workspace_table.x",
        days(365),
        days(-1),
    )]);
    assert_eq!(
        plan.findings::<DeletionProtection>(),
        [
            "retention-shortened violation azurerm_log_analytics_workspace_table.x [total_retention_in_days]: the plan keeps log events for the time that the service sets and no longer for 365 days, and what is older is deleted (`total_retention_in_days`)"
        ]
    );
}

#[test]
fn every_row_is_compared() {
    for row in RETENTIONS {
        let at = |value: Json| object(row.path, value);
        let found = updated(row.kind, at(json!(14)), at(json!(3)));
        let expected = format!("retention-shortened violation [{}]", row.path);
        assert_eq!(found, [expected], "{}", row.kind);
        assert_eq!(
            updated(row.kind, at(json!(3)), at(json!(14))),
            [""; 0],
            "{}",
            row.kind
        );
        let zero = updated(row.kind, at(json!(14)), at(json!(0)));
        assert_eq!(
            zero.len(),
            usize::from(row.zero == Zero::Nothing),
            "{}",
            row.kind
        );
        let unknown = updated(row.kind, at(json!(14)), at(unknown()));
        let expected = format!("retention-shortened undetermined [{}]", row.path);
        assert_eq!(unknown, [expected], "{}", row.kind);
        if let (Some(_), Zero::Nothing) = (row.unset, row.zero) {
            assert_eq!(
                updated(row.kind, at(json!(14)), json!({})).len(),
                1,
                "{}",
                row.kind
            );
        }
    }
    for row in HISTORIES {
        let on = || object(row.path, json!(row.on));
        let found = updated(row.kind, on(), object(row.path, json!("another")));
        let expected = format!("history-ended violation [{}]", row.path);
        assert_eq!(found, [expected.as_str()], "{}", row.kind);
        assert_eq!(updated(row.kind, on(), on()), [""; 0], "{}", row.kind);
        let address = format!("{}.x", row.kind);
        let deleted = short(&Plan::new([Resource::delete(&address, on())]));
        assert_eq!(deleted.len(), usize::from(row.alone), "{}", row.kind);
    }
    for row in COPIES {
        let two = json!({row.block: [{row.key: "a"}, {row.key: "b"}]});
        let one = json!({row.block: [{row.key: "b", "more": 1}]});
        let expected = format!("copy-removed violation [{}]", row.block);
        assert_eq!(
            updated(row.kind, two.clone(), one.clone()),
            [expected],
            "{}",
            row.kind
        );
        assert_eq!(updated(row.kind, one, two), [""; 0], "{}", row.kind);
    }
    for (kind, path) in SIZES {
        let at = |size: i64| object(path, json!(size));
        let expected = format!("volume-shrunk violation [{path}]");
        assert_eq!(updated(kind, at(100), at(50)), [expected], "{kind}");
        assert_eq!(updated(kind, at(50), at(100)), [""; 0], "{kind}");
    }
}

#[test]
fn for_ever_is_the_longest() {
    let days = |days: Json| json!({"retention_in_days": days, "skip_destroy": false});
    for (before, after, number) in [
        (json!(0), json!(1), 1),
        (json!(null), json!(30), 1),
        (json!(30), json!(0), 0),
        (json!(30), json!(null), 0),
        (json!(30), json!(30), 0),
        (json!(30), json!("7"), 1),
    ] {
        let found = updated(
            "aws_cloudwatch_log_group",
            days(before.clone()),
            days(after.clone()),
        );
        assert_eq!(found.len(), number, "{before} {after}");
    }
    // Of one that is made, nothing is lost.
    let created = Plan::new([Resource::create(
        "aws_db_instance.x",
        json!({"backup_retention_period": 0}),
    )]);
    assert_eq!(short(&created), [""; 0]);
}

#[test]
fn rules_that_expire_objects() {
    let rule = |filter: Json, days: i64, status: &str| json!({"rule": [{"id": "r", "status": status, "filter": [filter], "expiration": [{"days": days}], "noncurrent_version_expiration": []}]});
    let logs = || json!({"prefix": "logs/", "tag": []});
    let kind = "aws_s3_bucket_lifecycle_configuration";
    for (what, before, after, number) in [
        (
            "the same",
            rule(logs(), 30, "Enabled"),
            rule(logs(), 30, "Enabled"),
            0,
        ),
        (
            "the prefix goes",
            rule(logs(), 30, "Enabled"),
            rule(json!({"prefix": ""}), 30, "Enabled"),
            1,
        ),
        (
            "another prefix",
            rule(logs(), 30, "Enabled"),
            rule(json!({"prefix": "data/"}), 30, "Enabled"),
            1,
        ),
        (
            "a longer prefix",
            rule(logs(), 30, "Enabled"),
            rule(json!({"prefix": "logs/old/"}), 30, "Enabled"),
            0,
        ),
        (
            "sooner",
            rule(logs(), 30, "Enabled"),
            rule(logs(), 1, "Enabled"),
            1,
        ),
        (
            "later",
            rule(logs(), 30, "Enabled"),
            rule(logs(), 90, "Enabled"),
            0,
        ),
        (
            "turned off",
            rule(logs(), 30, "Enabled"),
            rule(json!({}), 30, "Disabled"),
            0,
        ),
        (
            "turned on for all",
            rule(json!({}), 30, "Disabled"),
            rule(json!({}), 30, "Enabled"),
            1,
        ),
        (
            "a new one for all",
            json!({"rule": []}),
            rule(json!({}), 30, "Enabled"),
            1,
        ),
        (
            "a new one for some, which is advice",
            json!({"rule": []}),
            rule(logs(), 30, "Enabled"),
            1,
        ),
        (
            "not known",
            rule(logs(), 30, "Enabled"),
            json!({"rule": unknown()}),
            1,
        ),
        (
            "the tag goes",
            rule(
                json!({"prefix": "logs/", "tag": [{"key": "a", "value": "b"}]}),
                30,
                "Enabled",
            ),
            rule(logs(), 30, "Enabled"),
            1,
        ),
    ] {
        assert_eq!(updated(kind, before, after).len(), number, "{what}");
    }
    let google = |prefixes: Json, age: i64| {
        json!({"lifecycle_rule": [
            {"action": [{"type": "Delete"}], "condition": [{"age": age, "matches_prefix": prefixes}]},
            {"action": [{"type": "SetStorageClass"}], "condition": [{"age": 1}]},
        ]})
    };
    let kind = "google_storage_bucket";
    assert_eq!(
        updated(kind, google(json!(["a/"]), 30), google(json!([]), 30)).len(),
        1
    );
    assert_eq!(
        updated(kind, google(json!(["a/"]), 30), google(json!(["a/"]), 30)).len(),
        0
    );
    let azure = |prefixes: Json, days: i64| {
        json!({"rule": [{"name": "r", "enabled": true, "filters": [{"prefix_match": prefixes}],
            "actions": [{"base_blob": [{"delete_after_days_since_modification_greater_than": days}]}]}]})
    };
    let kind = "azurerm_storage_management_policy";
    assert_eq!(
        updated(kind, azure(json!(["a/"]), 30), azure(json!([]), 30)).len(),
        1
    );
    assert_eq!(
        updated(kind, azure(json!(["a/"]), 30), azure(json!(["a/"]), 7)).len(),
        1
    );
    assert_eq!(
        updated(kind, azure(json!(["a/"]), 30), azure(json!(["a/"]), -1)).len(),
        0
    );
}

#[test]
fn the_last_instance() {
    let of = |cluster: &str| json!({"cluster_identifier": cluster});
    let instance = "aws_rds_cluster_instance";
    let gone = |name: &str| Resource::delete(&format!("{instance}.{name}"), of("orders"));
    let stays =
        |name: &str, cluster: &str| Resource::unchanged(&format!("{instance}.{name}"), of(cluster));
    let cluster = || Resource::unchanged("aws_rds_cluster.c", of("orders"));
    let expected = "last-instance-deleted violation [cluster_identifier]";
    for (resources, number) in [
        (vec![gone("a"), cluster()], 1),
        (vec![gone("a"), gone("b"), cluster()], 2),
        (vec![gone("a"), stays("b", "orders"), cluster()], 0),
        (vec![gone("a"), stays("b", "other"), cluster()], 1),
        (
            vec![
                gone("a"),
                Resource::delete("aws_rds_cluster.c", of("orders")),
            ],
            0,
        ),
        (
            vec![
                gone("a"),
                Resource::create(&format!("{instance}.n"), of("orders")),
                cluster(),
            ],
            0,
        ),
        (
            vec![
                Resource::replace(&format!("{instance}.a"), of("orders"), of("orders")),
                cluster(),
            ],
            0,
        ),
    ] {
        let found = short(&Plan::new(resources));
        assert_eq!(found, vec![expected; number]);
    }
}

#[test]
fn rules_that_expire_objects_sooner_or_more_of_them() {
    let google = |condition: Json| json!({"lifecycle_rule": [{"action": [{"type": "Delete", "storage_class": ""}], "condition": [condition]}]});
    let aws = |rules: Json| json!({"bucket": "b", "rule": rules});
    let one = |name: &str, prefix: &str, days: i64, status: &str| json!({"id": name, "status": status, "prefix": "", "filter": [{"prefix": prefix}], "expiration": [{"days": days}], "noncurrent_version_expiration": []});
    let date = |date: &str| json!([{"id": "r", "status": "Enabled", "filter": [{"prefix": ""}], "expiration": [{"date": date, "days": 0}]}]);
    let versions = |newer: Json, days: i64| json!([{"id": "r", "status": "Enabled", "filter": [{"prefix": ""}], "noncurrent_version_expiration": [{"newer_noncurrent_versions": newer, "noncurrent_days": days}]}]);
    let azure = |enabled: bool, prefixes: Json| {
        json!({"storage_account_id": "a", "rule": [{"name": "r", "enabled": enabled, "filters": [{"prefix_match": prefixes, "blob_types": ["blockBlob"]}],
        "actions": [{"base_blob": [{"delete_after_days_since_modification_greater_than": 365}]}]}]})
    };
    let (s3, gcs, policy) = (
        "aws_s3_bucket_lifecycle_configuration",
        "google_storage_bucket",
        "azurerm_storage_management_policy",
    );
    for (what, kind, before, after, number) in [
        // Google's rules have no names.
        (
            "live, sooner",
            gcs,
            google(json!({"age": 365, "with_state": "LIVE"})),
            google(json!({"age": 1, "with_state": "LIVE"})),
            1,
        ),
        (
            "live, later",
            gcs,
            google(json!({"age": 1, "with_state": "LIVE"})),
            google(json!({"age": 365, "with_state": "LIVE"})),
            0,
        ),
        (
            "live, new",
            gcs,
            json!({"lifecycle_rule": []}),
            google(json!({"age": 1, "with_state": "LIVE"})),
            1,
        ),
        (
            "archived, sooner",
            gcs,
            google(json!({"age": 365, "with_state": "ARCHIVED"})),
            google(json!({"age": 1, "with_state": "ARCHIVED"})),
            1,
        ),
        (
            "archived and then any",
            gcs,
            google(json!({"age": 30, "with_state": "ARCHIVED"})),
            google(json!({"age": 30, "with_state": "ANY"})),
            1,
        ),
        (
            "any and then archived",
            gcs,
            google(json!({"age": 30, "with_state": "ANY"})),
            google(json!({"age": 30, "with_state": "ARCHIVED"})),
            0,
        ),
        (
            "prefix, sooner",
            gcs,
            google(json!({"age": 365, "matches_prefix": ["logs/"]})),
            google(json!({"age": 1, "matches_prefix": ["logs/"]})),
            1,
        ),
        (
            "prefix, later",
            gcs,
            google(json!({"age": 1, "matches_prefix": ["logs/"]})),
            google(json!({"age": 365, "matches_prefix": ["logs/"]})),
            0,
        ),
        (
            "suffix, sooner",
            gcs,
            google(json!({"age": 365, "matches_suffix": [".log"]})),
            google(json!({"age": 1, "matches_suffix": [".log"]})),
            1,
        ),
        (
            "newer versions, sooner",
            gcs,
            google(json!({"age": 365, "num_newer_versions": 3})),
            google(json!({"age": 7, "num_newer_versions": 3})),
            1,
        ),
        (
            "fewer newer versions",
            gcs,
            google(json!({"num_newer_versions": 3})),
            google(json!({"num_newer_versions": 1})),
            1,
        ),
        (
            "more newer versions",
            gcs,
            google(json!({"num_newer_versions": 1})),
            google(json!({"num_newer_versions": 3})),
            0,
        ),
        (
            "one condition fewer",
            gcs,
            google(json!({"age": 30, "num_newer_versions": 3})),
            google(json!({"age": 30})),
            1,
        ),
        (
            "one condition more",
            gcs,
            google(json!({"age": 30})),
            google(json!({"age": 30, "days_since_noncurrent_time": 7})),
            0,
        ),
        (
            "a later day",
            gcs,
            google(json!({"created_before": "2020-01-01"})),
            google(json!({"created_before": "2026-01-01"})),
            1,
        ),
        (
            "an earlier day",
            gcs,
            google(json!({"created_before": "2026-01-01"})),
            google(json!({"created_before": "2020-01-01"})),
            0,
        ),
        // Renamed.
        (
            "another name",
            s3,
            aws(json!([one("a", "logs/", 30, "Enabled")])),
            aws(json!([one("b", "logs/", 30, "Enabled")])),
            0,
        ),
        (
            "another name, sooner",
            s3,
            aws(json!([one("a", "logs/", 365, "Enabled")])),
            aws(json!([one("b", "logs/", 1, "Enabled")])),
            1,
        ),
        (
            "another name and prefix",
            s3,
            aws(json!([one("a", "tmp/", 30, "Enabled")])),
            aws(json!([one("b", "orders/", 30, "Enabled")])),
            1,
        ),
        (
            "split in two",
            s3,
            aws(json!([one("a", "logs/", 30, "Enabled")])),
            aws(json!([
                one("b", "logs/x/", 30, "Enabled"),
                one("c", "logs/y/", 60, "Enabled")
            ])),
            0,
        ),
        (
            "in another order",
            s3,
            aws(json!([
                one("a", "logs/", 30, "Enabled"),
                one("b", "tmp/", 1, "Enabled")
            ])),
            aws(json!([
                one("b", "tmp/", 1, "Enabled"),
                one("a", "logs/", 30, "Enabled")
            ])),
            0,
        ),
        // Turned on.
        (
            "on with a prefix",
            s3,
            aws(json!([one("a", "orders/", 1, "Disabled")])),
            aws(json!([one("a", "orders/", 1, "Enabled")])),
            1,
        ),
        (
            "off with a prefix",
            s3,
            aws(json!([one("a", "orders/", 1, "Enabled")])),
            aws(json!([one("a", "orders/", 1, "Disabled")])),
            0,
        ),
        (
            "on with a prefix, Azure",
            policy,
            azure(false, json!(["tmp/"])),
            azure(true, json!(["tmp/"])),
            1,
        ),
        // Dates and versions.
        (
            "an earlier date",
            s3,
            aws(date("2030-01-01T00:00:00Z")),
            aws(date("2026-12-01T00:00:00Z")),
            1,
        ),
        (
            "a later date",
            s3,
            aws(date("2026-12-01T00:00:00Z")),
            aws(date("2030-01-01T00:00:00Z")),
            0,
        ),
        (
            "fewer versions",
            s3,
            aws(versions(json!(10), 30)),
            aws(versions(json!(1), 30)),
            1,
        ),
        (
            "no versions",
            s3,
            aws(versions(json!(10), 30)),
            aws(versions(json!(null), 30)),
            1,
        ),
        (
            "more versions",
            s3,
            aws(versions(json!(1), 30)),
            aws(versions(json!(10), 30)),
            0,
        ),
    ] {
        assert_eq!(updated(kind, before, after).len(), number, "{what}");
    }
    // What a new rule is for it names itself.
    assert_eq!(
        updated(
            s3,
            aws(json!([one("tmp", "tmp/", 1, "Enabled")])),
            aws(json!([
                one("tmp", "tmp/", 1, "Enabled"),
                one("o", "orders/", 1, "Enabled")
            ]))
        ),
        ["expiry-widened violation(advice) [rule]"]
    );
}

#[test]
fn rules_that_are_new_for_what_existed() {
    let rules = |prefix: &str| json!([{"id": "all", "status": "Enabled", "filter": [{"prefix": prefix}], "expiration": [{"days": 1}]}]);
    let made = |bucket: Json, prefix: &str| {
        Resource::create(
            "aws_s3_bucket_lifecycle_configuration.l",
            json!({"bucket": bucket, "rule": rules(prefix)}),
        )
    };
    let found = ["expiry-widened violation [rule]"];
    let bucket = |inline: Json| json!({"bucket": "b", "lifecycle_rule": inline});
    let existed = |inline: Json| Resource::unchanged("aws_s3_bucket.b", bucket(inline));
    let new = || Resource::create("aws_s3_bucket.b", bucket(json!([])));
    for (resources, expected) in [
        (vec![existed(json!([])), made(json!("b"), "")], &found[..]),
        // One that another configuration has.
        (vec![made(json!("b"), "")], &found[..]),
        (vec![new(), made(json!("b"), "")], &[]),
        (vec![new(), made(unknown(), "")], &[]),
        // Moved out of the bucket.
        (
            vec![
                existed(
                    json!([{"id": "all", "enabled": true, "prefix": "", "expiration": [{"days": 1}]}]),
                ),
                made(json!("b"), ""),
            ],
            &[],
        ),
        (
            vec![existed(json!([])), made(json!("b"), "tmp/")],
            &["expiry-widened violation(advice) [rule]"],
        ),
    ] {
        assert_eq!(short(&Plan::new(resources)), expected);
    }
    let azure = |account: Json| {
        short(&Plan::new([Resource::create(
            "azurerm_storage_management_policy.p",
            json!({"storage_account_id": account, "rule": [{"name": "r", "enabled": true, "filters": [{"blob_types": ["blockBlob"]}],
                "actions": [{"base_blob": [{"delete_after_days_since_modification_greater_than": 1}]}]}]}),
        )]))
    };
    assert_eq!(azure(json!("a")), found);
    assert_eq!(azure(unknown()), [""; 0]);
}

#[test]
fn records_that_expire() {
    for (kind, path, before, after, number) in [
        (
            "aws_dynamodb_table",
            "ttl[0].enabled",
            json!(false),
            json!(true),
            1,
        ),
        (
            "aws_dynamodb_table",
            "ttl[0].enabled",
            json!(true),
            json!(false),
            0,
        ),
        (
            "aws_dynamodb_table",
            "ttl[0].enabled",
            json!(true),
            json!(true),
            0,
        ),
        (
            "azurerm_cosmosdb_sql_container",
            "default_ttl",
            json!(null),
            json!(60),
            1,
        ),
        (
            "azurerm_cosmosdb_sql_container",
            "default_ttl",
            json!(-1),
            json!(60),
            1,
        ),
        (
            "azurerm_cosmosdb_sql_container",
            "default_ttl",
            json!(600),
            json!(60),
            1,
        ),
        (
            "azurerm_cosmosdb_sql_container",
            "default_ttl",
            json!(60),
            json!(600),
            0,
        ),
        (
            "azurerm_cosmosdb_sql_container",
            "default_ttl",
            json!(60),
            json!(-1),
            0,
        ),
        (
            "azurerm_cosmosdb_sql_container",
            "default_ttl",
            json!(null),
            json!(-1),
            0,
        ),
        (
            "google_bigquery_table",
            "expiration_time",
            json!(null),
            json!(1_800_000_000_000_i64),
            1,
        ),
        (
            "aws_keyspaces_table",
            "default_time_to_live",
            json!(0),
            json!(60),
            1,
        ),
    ] {
        let found = updated(
            kind,
            object(path, before.clone()),
            object(path, after.clone()),
        );
        assert_eq!(found.len(), number, "{kind} {before} {after}");
    }
}

#[test]
fn backups_that_are_kept_for_a_shorter_time_or_not_made_any_more() {
    let plan = |rules: Json| json!({"name": "p", "rule": rules});
    let rule = |name: &str, days: Json| json!({"rule_name": name, "schedule": "cron(0 5 * * ? *)", "lifecycle": [{"cold_storage_after": 0, "delete_after": days}]});
    let dlm = |state: &str, count: i64| json!({"state": state, "policy_details": [{"schedule": [{"name": "daily", "retain_rule": [{"count": count}]}]}]});
    let shorter = "retention-shortened violation [rule]";
    let ended = "history-ended violation [rule]";
    for (what, kind, before, after, expected) in [
        (
            "shorter",
            "aws_backup_plan",
            plan(json!([rule("r", json!(365))])),
            plan(json!([rule("r", json!(1))])),
            &[shorter][..],
        ),
        (
            "for ever and then a day",
            "aws_backup_plan",
            plan(json!([rule("r", json!(null))])),
            plan(json!([rule("r", json!(1))])),
            &[shorter],
        ),
        (
            "longer",
            "aws_backup_plan",
            plan(json!([rule("r", json!(1))])),
            plan(json!([rule("r", json!(365))])),
            &[],
        ),
        (
            "for ever",
            "aws_backup_plan",
            plan(json!([rule("r", json!(1))])),
            plan(json!([rule("r", json!(0))])),
            &[],
        ),
        (
            "one rule fewer",
            "aws_backup_plan",
            plan(json!([rule("r", json!(7)), rule("s", json!(365))])),
            plan(json!([rule("r", json!(7))])),
            &[ended],
        ),
        (
            "another name",
            "aws_backup_plan",
            plan(json!([rule("r", json!(7))])),
            plan(json!([rule("s", json!(7))])),
            &[],
        ),
        (
            "one rule more",
            "aws_backup_plan",
            plan(json!([rule("r", json!(7))])),
            plan(json!([rule("r", json!(7)), rule("s", json!(1))])),
            &[],
        ),
        (
            "fewer snapshots",
            "aws_dlm_lifecycle_policy",
            dlm("ENABLED", 14),
            dlm("ENABLED", 1),
            &["retention-shortened violation [policy_details[0].schedule]"],
        ),
        (
            "no snapshots",
            "aws_dlm_lifecycle_policy",
            dlm("ENABLED", 14),
            dlm("DISABLED", 14),
            &["history-ended violation [state]"],
        ),
        (
            "snapshots again",
            "aws_dlm_lifecycle_policy",
            dlm("DISABLED", 14),
            dlm("ENABLED", 14),
            &[],
        ),
        (
            "databases of Azure",
            "azurerm_backup_policy_vm_workload",
            json!({"protection_policy": [{"policy_type": "Full", "retention_daily": [{"count": 180}]}]}),
            json!({"protection_policy": [{"policy_type": "Full", "retention_daily": [{"count": 7}]}]}),
            &["retention-shortened violation [protection_policy]"],
        ),
    ] {
        assert_eq!(updated(kind, before, after), expected, "{what}");
    }
    for (kind, path, _) in SCHEDULES {
        let found = short(&Plan::new([Resource::delete(
            &format!("{kind}.x"),
            object(path, json!("x")),
        )]));
        assert_eq!(
            found,
            [format!("history-ended violation [{path}]")],
            "{kind}"
        );
        let made = short(&Plan::new([Resource::create(
            &format!("{kind}.x"),
            object(path, json!("x")),
        )]));
        assert_eq!(made, [""; 0], "{kind}");
    }
}

#[test]
fn keys_and_copies() {
    for (kind, path, on) in KEYS {
        let at = |value: Json| object(path, value);
        let off = if *on == "true" { "false" } else { "DISABLED" };
        assert_eq!(
            updated(kind, at(json!(on)), at(json!(off))),
            [format!("key-disabled violation [{path}]")],
            "{kind}"
        );
        assert_eq!(
            updated(kind, at(json!(off)), at(json!(on))),
            [""; 0],
            "{kind}"
        );
        assert_eq!(
            updated(kind, at(json!(on)), at(json!(on))),
            [""; 0],
            "{kind}"
        );
    }
    for (kind, path, _) in REDUNDANCIES {
        for (before, after, fewer) in [
            ("GRS", "LRS", true),
            ("RAGRS", "LRS", true),
            ("RAGZRS", "ZRS", true),
            ("GZRS", "GRS", true),
            ("ZRS", "LRS", true),
            ("Geo", "Local", true),
            ("GeoRedundant", "LocallyRedundant", true),
            ("LRS", "GRS", false),
            ("LRS", "ZRS", false),
            ("GRS", "RAGRS", false),
            ("GRS", "GZRS", false),
            ("GRS", "GRS", false),
        ] {
            let at = |value: &str| object(path, json!(value));
            let found = updated(kind, at(before), at(after));
            assert_eq!(found.len(), usize::from(fewer), "{kind} {before} {after}");
        }
    }
}

#[test]
fn messages_say_from_what_to_what() {
    let message = |kind: &str, before: Json, after: Json| {
        let address = format!("{kind}.x");
        let plan = Plan::new([Resource::update(&address, before, after)]);
        plan.findings::<DeletionProtection>()
            .iter()
            .find(|line| {
                RULES.iter().any(|rule| line.starts_with(rule))
                    || line.starts_with("protection-removed")
            })
            .map(|line| line.split_once(": ").unwrap().1.to_owned())
    };
    for (kind, before, after, expected) in [
        (
            "aws_db_instance",
            json!({"backup_retention_period": 7}),
            json!({"backup_retention_period": 0}),
            "the plan keeps no automated backups any more, and those of today are deleted (`backup_retention_period`: 7 days -> 0)",
        ),
        (
            "aws_db_instance",
            json!({"backup_retention_period": 7}),
            json!({"backup_retention_period": 1}),
            "the plan keeps automated backups for 1 day and no longer for 7 days, and what is older is deleted (`backup_retention_period`)",
        ),
        (
            "aws_db_instance",
            json!({"deletion_protection": true}),
            json!({"deletion_protection": false}),
            "the plan turns off what refuses the deletion of the resource: `deletion_protection` `true` -> `false`",
        ),
        (
            "aws_s3_bucket_versioning",
            json!({"versioning_configuration": [{"status": "Enabled"}]}),
            json!({"versioning_configuration": [{"status": "Suspended"}]}),
            "the plan turns off what keeps earlier versions of objects: `versioning_configuration[0].status` `Enabled` -> `Suspended`",
        ),
    ] {
        assert_eq!(message(kind, before, after).as_deref(), Some(expected));
    }
}
