//! What is lost without a deletion, case by case.

#![expect(clippy::unwrap_used, reason = "tests")]

use deletion_protection::DeletionProtection;
use deletion_protection::history::{
    ANY, COPIERS, COPIES, COPYING, HISTORIES, KEYS, REDUNDANCIES, RETENTIONS, SCHEDULES, SIZES,
    Zero,
};
use tollgate_policy::Cause;
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, unknown};

const RULES: [&str; 11] = [
    "contents-deleted",
    "backups-rarer",
    "service-disabled",
    "volume-deleted",
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
        let at = |value: Json| match (row.entry, row.counted_in) {
            (Some(entry), _) => object(row.path, json!({ entry: value })),
            (None, Some(unit)) => {
                let (block, leaf) = row.path.rsplit_once('.').unwrap();
                object(block, json!({leaf: value, unit: "DAYS"}))
            }
            (None, None) => object(row.path, value),
        };
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
            usize::from(row.zero != Zero::Forever),
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
        let on = || object(row.path, json!(row.on.split('|').next()));
        let off = if row.on == ANY {
            json!(null)
        } else {
            json!("another")
        };
        let found = updated(row.kind, on(), object(row.path, off));
        let expected = format!("history-ended violation [{}]", row.path);
        assert_eq!(found, [expected.as_str()], "{}", row.kind);
        assert_eq!(updated(row.kind, on(), on()), [""; 0], "{}", row.kind);
        // The block around it goes.
        if let Some((block, _)) = row.path.split_once("[0].") {
            for nothing in [json!([]), Json::Null] {
                let found = updated(row.kind, on(), json!({ block: nothing }));
                assert!(found.contains(&expected), "{} {found:?}", row.kind);
            }
        }
        let address = format!("{}.x", row.kind);
        let deleted = short(&Plan::new([Resource::delete(&address, on())]));
        let is_schedule = SCHEDULES.iter().any(|(kind, _, _)| *kind == row.kind);
        let expected = usize::from(row.alone) + usize::from(is_schedule);
        assert_eq!(deleted.len(), expected, "{}", row.kind);
    }
    for row in COPIES {
        let at = |place: &str| match row.key.split_once('.') {
            Some((block, key)) => json!({block: [{key: place}]}),
            None => json!({row.key: place, "more": 1}),
        };
        let two = json!({row.block: [at("a"), at("b")]});
        let one = json!({row.block: [at("b")]});
        let expected = format!("copy-removed violation [{}]", row.block);
        assert_eq!(
            updated(row.kind, two.clone(), one.clone()),
            [expected],
            "{}",
            row.kind
        );
        assert_eq!(updated(row.kind, one, two), [""; 0], "{}", row.kind);
    }
    for row in COPYING {
        let block = |place: &str| {
            let mut block = match row.place.split_once('.') {
                Some((inner, place_of)) => json!({inner: [{place_of: place}]}),
                None => json!({row.place: place}),
            };
            if let Some((path, on)) = row.on {
                block[path] = json!(on);
            }
            block
        };
        let at =
            |places: &[&str]| object(row.block, places.iter().map(|place| block(place)).collect());
        let expected = format!("copy-removed violation [{}]", row.block);
        let found = updated(row.kind, at(&["a", "b"]), at(&["b"]));
        assert!(found.contains(&expected), "{}: {found:?}", row.kind);
        let found = updated(row.kind, at(&["b"]), at(&["a", "b"]));
        assert_eq!(found, [""; 0], "{}", row.kind);
        let found = updated(row.kind, at(&["a"]), object(row.block, unknown()));
        let expected = format!("copy-removed undetermined [{}]", row.block);
        assert!(found.contains(&expected), "{}: {found:?}", row.kind);
    }
    for (kind, path, _) in COPIERS {
        let address = format!("{kind}.x");
        let object = json!({*path: "x"});
        assert_eq!(
            short(&Plan::new([Resource::delete(&address, object.clone())])),
            [format!("copy-removed violation [{path}]")]
        );
        let forgotten = short(&Plan::new([Resource::forget(&address, object)]));
        assert_eq!(forgotten, [""; 0], "{kind}");
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

#[test]
fn locks_on_what_is_written() {
    let kind = "aws_s3_bucket_object_lock_configuration";
    let at = |days: Json, years: Json| json!({"object_lock_enabled": "Enabled", "rule": [{"default_retention": [{"mode": "COMPLIANCE", "days": days, "years": years}]}]});
    for (what, before, after, expected) in [
        (
            "years to fewer days",
            at(json!(null), json!(1)),
            at(json!(90), json!(null)),
            Some("violation"),
        ),
        (
            "years to as many days",
            at(json!(null), json!(1)),
            at(json!(365), json!(null)),
            None,
        ),
        (
            "years to more days",
            at(json!(0), json!(2)),
            at(json!(1_000), json!(0)),
            None,
        ),
        (
            "days to more years",
            at(json!(30), json!(null)),
            at(json!(null), json!(1)),
            None,
        ),
        (
            "days to fewer",
            at(json!(30), json!(null)),
            at(json!(29), json!(null)),
            Some("violation"),
        ),
        (
            "no rule",
            at(json!(30), json!(null)),
            json!({"object_lock_enabled": "Enabled", "rule": []}),
            Some("violation"),
        ),
        (
            "not known",
            at(json!(30), json!(null)),
            at(unknown(), json!(null)),
            Some("undetermined"),
        ),
    ] {
        let found = updated(kind, before, after);
        let expected: Vec<_> = expected
            .map(|outcome| {
                let unit = if what.starts_with("years") {
                    "years"
                } else {
                    "days"
                };
                format!("retention-shortened {outcome} [rule[0].default_retention[0].{unit}]")
            })
            .into_iter()
            .collect();
        assert_eq!(found, expected, "{what}");
    }
    let plan = Plan::new([Resource::update(
        "aws_s3_bucket_object_lock_configuration.x",
        at(json!(null), json!(1)),
        at(json!(7), json!(null)),
    )]);
    assert_eq!(
        plan.findings::<DeletionProtection>(),
        [
            "retention-shortened violation aws_s3_bucket_object_lock_configuration.x [rule[0].default_retention[0].years]: objects that are written from then on are locked for 7 days and no longer for 1 year; those that are there keep their lock (`rule[0].default_retention[0]`)"
        ]
    );
}

#[test]
fn weaker_locks() {
    let judge = |kind: &str, path: &str, before: &str, after: &str| {
        let plan = Plan::new([Resource::update(
            &format!("{kind}.x"),
            object(path, json!(before)),
            object(path, json!(after)),
        )]);
        plan.findings::<DeletionProtection>()
            .iter()
            .filter(|line| line.starts_with("protection-removed"))
            .count()
    };
    for (kind, path, strong, weak) in [
        (
            "aws_s3_bucket_object_lock_configuration",
            "rule[0].default_retention[0].mode",
            "COMPLIANCE",
            "GOVERNANCE",
        ),
        (
            "aws_s3_bucket_versioning",
            "versioning_configuration[0].mfa_delete",
            "Enabled",
            "Disabled",
        ),
        (
            "azurerm_storage_account",
            "immutability_policy[0].state",
            "Unlocked",
            "Disabled",
        ),
        (
            "kubernetes_persistent_volume_v1",
            "spec[0].persistent_volume_reclaim_policy",
            "Retain",
            "Delete",
        ),
        (
            "kubernetes_storage_class",
            "reclaim_policy",
            "Retain",
            "Delete",
        ),
        (
            "kubernetes_stateful_set_v1",
            "spec[0].persistent_volume_claim_retention_policy[0].when_deleted",
            "Retain",
            "Delete",
        ),
        (
            "kubernetes_manifest",
            "manifest.spec.persistentVolumeReclaimPolicy",
            "Retain",
            "Delete",
        ),
    ] {
        assert_eq!(judge(kind, path, strong, weak), 1, "{kind}");
        assert_eq!(judge(kind, path, weak, strong), 0, "{kind}");
        assert_eq!(judge(kind, path, weak, weak), 0, "{kind}");
        assert_eq!(judge(kind, path, strong, strong), 0, "{kind}");
    }
}

#[test]
fn times_with_their_units() {
    let ltr = |yearly: &str| json!({"long_term_retention_policy": [{"yearly_retention": yearly}]});
    let kafka = |ms: &str| json!({"configs": {"retention.ms": ms}});
    let atlas = |number: i64, unit: &str| json!({"policy_item_monthly": [{"retention_value": number, "retention_unit": unit}]});
    let earlier = |period: &str| json!({"version_retention_period": period});
    for (kind, before, after, number) in [
        ("azurerm_mssql_database", ltr("P7Y"), ltr("P1Y"), 1),
        ("azurerm_mssql_database", ltr("P1Y"), ltr("P12M"), 0),
        ("azurerm_mssql_database", ltr("P1Y"), ltr("P10Y"), 0),
        ("azurerm_mssql_database", ltr("P1Y"), ltr("PT0S"), 1),
        (
            "azurerm_mssql_database",
            ltr("P1Y"),
            json!({"long_term_retention_policy": []}),
            1,
        ),
        (
            "azurerm_mssql_database",
            ltr("PT0S"),
            json!({"long_term_retention_policy": []}),
            0,
        ),
        (
            "google_managed_kafka_topic",
            kafka("604800000"),
            kafka("3600000"),
            1,
        ),
        (
            "google_managed_kafka_topic",
            kafka("-1"),
            kafka("3600000"),
            1,
        ),
        (
            "google_managed_kafka_topic",
            kafka("3600000"),
            kafka("-1"),
            0,
        ),
        (
            "mongodbatlas_cloud_backup_schedule",
            atlas(12, "months"),
            atlas(30, "days"),
            1,
        ),
        (
            "mongodbatlas_cloud_backup_schedule",
            atlas(1, "years"),
            atlas(12, "months"),
            0,
        ),
        (
            "mongodbatlas_cloud_backup_schedule",
            atlas(4, "weeks"),
            atlas(1, "months"),
            0,
        ),
        ("google_spanner_database", earlier("7d"), earlier("1h"), 1),
        ("google_spanner_database", earlier("24h"), earlier("1d"), 0),
    ] {
        let found = updated(kind, before.clone(), after.clone());
        assert_eq!(found.len(), number, "{kind} {before} {after} {found:?}");
    }
}

#[test]
fn backups_made_more_rarely() {
    let plan = |schedule: Json| json!({"rule": [{"rule_name": "r", "schedule": schedule, "lifecycle": [], "copy_action": []}]});
    for (before, after, expected) in [
        (
            "cron(0 5 * * ? *)",
            json!("cron(0 5 1 * ? *)"),
            Some("violation"),
        ),
        ("cron(0 5 * * ? *)", json!("cron(30 2 ? * * *)"), None),
        ("cron(0 5 1 * ? *)", json!("cron(0 5 * * ? *)"), None),
        ("rate(1 day)", json!("rate(7 days)"), Some("violation")),
        ("cron(0 5 * * ? *)", unknown(), Some("undetermined")),
    ] {
        let found = updated("aws_backup_plan", plan(json!(before)), plan(after.clone()));
        let expected: Vec<_> = expected
            .map(|outcome| format!("backups-rarer {outcome} [rule]"))
            .into_iter()
            .collect();
        assert_eq!(found, expected, "{before} {after}");
    }
    let words = |period: &str| object("persistence_config[0].rdb_snapshot_period", json!(period));
    let kind = "google_redis_instance";
    assert_eq!(
        updated(kind, words("ONE_HOUR"), words("TWENTY_FOUR_HOURS")).len(),
        1
    );
    assert_eq!(
        updated(kind, words("TWENTY_FOUR_HOURS"), words("ONE_HOUR")).len(),
        0
    );
}

#[test]
fn kinds_that_are_backed_up() {
    let at = |rds: Json| json!({"resource_type_opt_in_preference": {"RDS": rds, "EFS": false}});
    let kind = "aws_backup_region_settings";
    assert_eq!(
        updated(kind, at(json!(true)), at(json!(false))),
        ["history-ended violation [resource_type_opt_in_preference]"]
    );
    assert_eq!(updated(kind, at(json!(false)), at(json!(true))), [""; 0]);
    assert_eq!(
        updated(kind, at(json!(true)), at(unknown())),
        ["history-ended undetermined [resource_type_opt_in_preference]"]
    );
}

#[test]
fn volumes_that_go_with_a_machine() {
    let aws = |goes: Json| json!({"ami": "a", "disable_api_termination": false, "disable_api_stop": false, "ebs_block_device": [{"device_name": "/dev/sdg", "delete_on_termination": goes, "volume_size": 100}]});
    let azure = |goes: bool| json!({"delete_data_disks_on_termination": goes, "storage_data_disk": [{"name": "data", "lun": 0}]});
    let found = |resource: Resource| short(&Plan::new([resource]));
    let expected = ["volume-deleted violation [ebs_block_device]"];
    let machine = "aws_instance.x";
    assert_eq!(found(Resource::delete(machine, aws(json!(true)))), expected);
    assert_eq!(found(Resource::delete(machine, aws(json!(null)))), expected);
    assert_eq!(
        found(Resource::replace(
            machine,
            aws(json!(true)),
            aws(json!(true))
        )),
        expected
    );
    assert_eq!(found(Resource::delete(machine, aws(json!(false)))), [""; 0]);
    assert_eq!(
        found(Resource::update(
            machine,
            aws(json!(true)),
            aws(json!(true))
        )),
        [""; 0]
    );
    assert_eq!(found(Resource::forget(machine, aws(json!(true)))), [""; 0]);
    let machine = "azurerm_virtual_machine.x";
    assert_eq!(
        found(Resource::delete(machine, azure(true))),
        ["volume-deleted violation [storage_data_disk]"]
    );
    assert_eq!(found(Resource::delete(machine, azure(false))), [""; 0]);
    let scratch = Plan::new([Resource::delete(
        "google_compute_instance.x",
        json!({"deletion_protection": false, "scratch_disk": [{"interface": "NVME"}]}),
    )]);
    let findings = scratch.evaluate::<DeletionProtection>().unwrap().findings;
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].cause, Cause::Advice);
}

#[test]
fn apis_that_are_turned_off() {
    let api = |off: bool, others: bool| json!({"service": "container.googleapis.com", "disable_on_destroy": off, "disable_dependent_services": others});
    let cause = |object: Json| {
        let plan = Plan::new([Resource::delete("google_project_service.x", object)]);
        let findings = plan.evaluate::<DeletionProtection>().unwrap().findings;
        findings
            .into_iter()
            .map(|finding| (finding.rule, finding.cause))
            .collect::<Vec<_>>()
    };
    let rule = "service-disabled".to_owned();
    assert_eq!(cause(api(true, true)), [(rule.clone(), Cause::Planned)]);
    assert_eq!(cause(api(true, false)), [(rule, Cause::Advice)]);
    assert_eq!(cause(api(false, true)), []);
}

#[test]
fn rules_of_registries_and_indices() {
    let ecr = |count: i64, status: &str| json!({"repository": "r", "policy": json!({"rules": [{"rulePriority": 1, "selection": {"tagStatus": status, "countType": "imageCountMoreThan", "countNumber": count}, "action": {"type": "expire"}}]}).to_string()});
    let index = |kept: &str, of: &str| json!({"policy": json!({"Rules": [{"ResourceType": "index", "Resource": [of], "MinIndexRetention": kept}]}).to_string()});
    let registry = |dry: bool, policies: Json| json!({"cleanup_policy_dry_run": dry, "cleanup_policies": policies});
    let delete = |older: &str| json!({"id": "old", "action": "DELETE", "condition": [{"older_than": older, "tag_state": "ANY"}], "most_recent_versions": []});
    let keep = |count: i64| json!({"id": "keep", "action": "KEEP", "condition": [], "most_recent_versions": [{"keep_count": count}]});
    let (images, indices, versions) = (
        "aws_ecr_lifecycle_policy",
        "aws_opensearchserverless_lifecycle_policy",
        "google_artifact_registry_repository",
    );
    for (what, kind, before, after, number) in [
        ("fewer images", images, ecr(50, "any"), ecr(5, "any"), 1),
        ("more images", images, ecr(5, "any"), ecr(50, "any"), 0),
        (
            "tagged ones as well",
            images,
            ecr(5, "untagged"),
            ecr(5, "any"),
            1,
        ),
        (
            "the same in other words",
            images,
            ecr(5, "any"),
            json!({"repository": "r", "policy": ecr(5, "any")["policy"].as_str().unwrap().replace(':', ": ")}),
            0,
        ),
        (
            "not known",
            images,
            ecr(5, "any"),
            json!({"repository": "r", "policy": unknown()}),
            1,
        ),
        (
            "sooner",
            indices,
            index("90d", "index/logs/*"),
            index("24h", "index/logs/*"),
            1,
        ),
        (
            "later",
            indices,
            index("24h", "index/logs/*"),
            index("90d", "index/logs/*"),
            0,
        ),
        (
            "for real",
            versions,
            registry(true, json!([delete("30d")])),
            registry(false, json!([delete("30d")])),
            1,
        ),
        (
            "as a rehearsal",
            versions,
            registry(false, json!([])),
            registry(true, json!([delete("30d")])),
            0,
        ),
        (
            "sooner",
            versions,
            registry(false, json!([delete("30d")])),
            registry(false, json!([delete("86400s")])),
            1,
        ),
        (
            "later",
            versions,
            registry(false, json!([delete("30d")])),
            registry(false, json!([delete("60d")])),
            0,
        ),
        (
            "keeps fewer",
            versions,
            registry(false, json!([delete("30d"), keep(10)])),
            registry(false, json!([delete("30d"), keep(1)])),
            1,
        ),
        (
            "keeps none",
            versions,
            registry(false, json!([delete("30d"), keep(10)])),
            registry(false, json!([delete("30d")])),
            1,
        ),
        (
            "keeps more",
            versions,
            registry(false, json!([delete("30d"), keep(1)])),
            registry(false, json!([delete("30d"), keep(10)])),
            0,
        ),
    ] {
        let found = updated(kind, before, after);
        assert_eq!(found.len(), number, "{what}: {found:?}");
    }
    // Of a repository that is there, and of one that the plan makes.
    let rules = || Resource::create("aws_ecr_lifecycle_policy.x", ecr(5, "any"));
    assert_eq!(short(&Plan::new([rules()])).len(), 1);
    let new = Resource::create("aws_ecr_repository.x", json!({"name": "r"}));
    assert_eq!(short(&Plan::new([new, rules()])), [""; 0]);
}

#[test]
fn garbage_collection() {
    let kind = "google_bigtable_gc_policy";
    let json_rules = |rules: Json| json!({"gc_rules": rules.to_string(), "max_age": [], "max_version": [], "mode": null});
    let blocks = |days: i64, number: i64, mode: &str| json!({"gc_rules": null, "mode": mode, "max_age": [{"days": days, "duration": ""}], "max_version": [{"number": number}]});
    for (what, before, after, number) in [
        (
            "a shorter age",
            json_rules(json!({"rules": [{"max_age": "90d"}]})),
            json_rules(json!({"rules": [{"max_age": "24h"}]})),
            1,
        ),
        (
            "a longer age",
            json_rules(json!({"rules": [{"max_age": "24h"}]})),
            json_rules(json!({"rules": [{"max_age": "90d"}]})),
            0,
        ),
        (
            "the same age",
            json_rules(json!({"rules": [{"max_age": "1d"}]})),
            json_rules(json!({"rules": [{"max_age": "24h"}]})),
            0,
        ),
        (
            "any in place of all",
            blocks(30, 3, "INTERSECTION"),
            blocks(30, 3, "UNION"),
            1,
        ),
        (
            "all in place of any",
            blocks(30, 3, "UNION"),
            blocks(30, 3, "INTERSECTION"),
            0,
        ),
        (
            "a rule",
            json!({"gc_rules": null, "max_age": [], "max_version": [], "mode": null}),
            json_rules(json!({"rules": [{"max_version": 1}]})),
            1,
        ),
        (
            "no rule",
            json_rules(json!({"rules": [{"max_version": 1}]})),
            json!({"gc_rules": null, "max_age": [], "max_version": [], "mode": null}),
            0,
        ),
        (
            "not known",
            json_rules(json!({"rules": [{"max_version": 1}]})),
            json!({"gc_rules": unknown(), "max_age": [], "max_version": [], "mode": null}),
            1,
        ),
    ] {
        let found = updated(kind, before, after);
        assert_eq!(found.len(), number, "{what}: {found:?}");
    }
}

#[test]
fn what_expires() {
    let ttl = |attribute: &str| json!({"ttl": [{"enabled": true, "attribute_name": attribute}]});
    let secret = |moment: Json| json!({"expire_time": moment});
    let field = |ttl: Json| json!({ "ttl_config": ttl });
    let table = |ms: Json| json!({"time_partitioning": [{"type": "DAY", "expiration_ms": ms}]});
    for (what, kind, before, after, number) in [
        (
            "another attribute",
            "aws_dynamodb_table",
            ttl("expires"),
            ttl("created"),
            1,
        ),
        (
            "the same attribute",
            "aws_dynamodb_table",
            ttl("expires"),
            ttl("expires"),
            0,
        ),
        (
            "a secret",
            "google_secret_manager_secret",
            secret(json!(null)),
            secret(json!("2030-01-01T00:00:00Z")),
            1,
        ),
        (
            "a secret, later",
            "google_secret_manager_secret",
            secret(json!("2030-01-01T00:00:00Z")),
            secret(json!("2031-01-01T00:00:00Z")),
            0,
        ),
        (
            "a secret, no more",
            "google_secret_manager_secret",
            secret(json!("2030-01-01T00:00:00Z")),
            secret(json!(null)),
            0,
        ),
        (
            "by a field",
            "google_firestore_field",
            field(json!([])),
            field(json!([{"state": null}])),
            1,
        ),
        (
            "no more by a field",
            "google_firestore_field",
            field(json!([{"state": null}])),
            field(json!([])),
            0,
        ),
        (
            "partitions",
            "google_bigquery_table",
            table(json!(null)),
            table(json!(3_600_000)),
            1,
        ),
        (
            "partitions, later",
            "google_bigquery_table",
            table(json!(3_600_000)),
            table(json!(7_200_000)),
            0,
        ),
    ] {
        let found = updated(kind, before, after);
        assert_eq!(found.len(), number, "{what}: {found:?}");
    }
}

#[test]
fn what_is_kept_in_another_way() {
    let redis = |rdb: bool, aof: bool| json!({"redis_configuration": [{"rdb_backup_enabled": rdb, "aof_backup_enabled": aof}]});
    let kind = "azurerm_redis_cache";
    assert_eq!(
        updated(kind, redis(true, false), redis(false, true)),
        [""; 0]
    );
    assert_eq!(
        updated(kind, redis(true, false), redis(false, false)).len(),
        1
    );
}

#[test]
fn what_is_known_only_after_apply_may_expire_sooner() {
    let kind = "aws_s3_bucket_lifecycle_configuration";
    let rule = |status: Json, days: Json, noncurrent: Json| {
        json!({"bucket": "b", "rule": [{"id": "x", "status": status, "filter": [{"prefix": "tmp/"}],
            "expiration": [{"days": days}],
            "noncurrent_version_expiration": [{"noncurrent_days": noncurrent, "newer_noncurrent_versions": null}]}]})
    };
    let on = || rule(json!("Enabled"), json!(30), json!(365));
    let off = || rule(json!("Disabled"), json!(30), json!(365));
    let undetermined = ["expiry-widened undetermined [rule]"];
    for after in [
        rule(json!("Enabled"), unknown(), json!(365)),
        rule(json!("Enabled"), json!(30), unknown()),
    ] {
        assert_eq!(updated(kind, on(), after), undetermined);
    }
    // Whether it is on.
    let open = || rule(unknown(), json!(30), json!(365));
    assert_eq!(updated(kind, off(), open()), undetermined);
    assert_eq!(updated(kind, on(), open()), [""; 0]);
    assert_eq!(
        updated(kind, off(), rule(json!("Disabled"), unknown(), json!(365))),
        [""; 0]
    );
    assert_eq!(
        updated(kind, on(), rule(json!("Enabled"), json!(60), json!(365))),
        [""; 0]
    );
    let azure = |enabled: Json, days: Json| {
        json!({"storage_account_id": "a", "rule": [{"name": "r", "enabled": enabled,
            "filters": [{"prefix_match": ["a/"]}],
            "actions": [{"base_blob": [{"delete_after_days_since_modification_greater_than": days}]}]}]})
    };
    let kind = "azurerm_storage_management_policy";
    let before = || azure(json!(true), json!(30));
    assert_eq!(
        updated(kind, before(), azure(json!(true), unknown())),
        undetermined
    );
    assert_eq!(
        updated(
            kind,
            azure(json!(false), json!(30)),
            azure(unknown(), json!(30))
        ),
        undetermined
    );
}

/// Every way to a value in an object.
fn leaves(value: &Json, at: &str, found: &mut Vec<String>) {
    match value {
        Json::Object(map) => {
            for (name, inner) in map {
                leaves(inner, &format!("{at}/{name}"), found);
            }
        }
        Json::Array(items) => {
            for (nth, inner) in items.iter().enumerate() {
                leaves(inner, &format!("{at}/{nth}"), found);
            }
        }
        Json::Null => {}
        _ => found.push(at.to_owned()),
    }
}

/// Whatever of a rule is known only after apply, it is told that more may expire; but where the rule is
/// about the same with every value, or about less.
#[test]
fn any_part_of_a_rule_that_is_not_known() {
    let aws = json!([{"id": "x", "status": "Enabled", "filter": [{"prefix": null, "and": [{"prefix": "tmp/", "tags": {"team": "a"}, "object_size_greater_than": 5, "object_size_less_than": 90}]}],
        "expiration": [{"days": 30}], "noncurrent_version_expiration": [{"noncurrent_days": 60, "newer_noncurrent_versions": 3}]}]);
    let dated = json!([{"id": "x", "status": "Enabled", "filter": [{"prefix": "tmp/", "and": []}], "expiration": [{"date": "2030-01-01T00:00:00Z"}]}]);
    let inline = json!([{"id": "x", "enabled": true, "prefix": "tmp/", "tags": {"team": "a"}, "expiration": [{"days": 30}], "noncurrent_version_expiration": [{"days": 60}]}]);
    let google = json!([{"action": [{"type": "Delete"}], "condition": [{"age": 30, "days_since_noncurrent_time": 20, "days_since_custom_time": 9, "num_newer_versions": 4,
        "created_before": "2024-01-01", "noncurrent_time_before": "2024-02-01", "custom_time_before": "2024-03-01", "with_state": "ARCHIVED", "matches_prefix": ["a/"],
        "matches_suffix": [".log"], "matches_storage_class": ["NEARLINE"]}]}]);
    let azure = json!([{"name": "r", "enabled": true, "filters": [{"prefix_match": ["a/"], "blob_types": ["blockBlob"]}],
        "actions": [{"base_blob": [{"delete_after_days_since_modification_greater_than": 30}],
            "snapshot": [{"delete_after_days_since_creation_greater_than": 20}], "version": [{"delete_after_days_since_creation": 10}]}]}]);
    let images = json!([
        {"id": "old", "action": "DELETE", "condition": [{"older_than": "30d", "newer_than": "1d", "tag_state": "UNTAGGED", "package_name_prefixes": ["a"]}]},
        {"id": "keep", "action": "KEEP", "most_recent_versions": [{"keep_count": 5}]},
    ]);
    for (kind, block, rules, silent) in [
        (
            "aws_s3_bucket_lifecycle_configuration",
            "rule",
            aws,
            &["id", "status"][..],
        ),
        (
            "aws_s3_bucket_lifecycle_configuration",
            "rule",
            dated,
            &["id", "status"],
        ),
        (
            "aws_s3_bucket",
            "lifecycle_rule",
            inline,
            &["id", "enabled"],
        ),
        ("google_storage_bucket", "lifecycle_rule", google, &["type"]),
        (
            "azurerm_storage_management_policy",
            "rule",
            azure,
            &["name", "enabled", "blob_types/0"],
        ),
        (
            "google_artifact_registry_repository",
            "cleanup_policies",
            images,
            &["id", "action"],
        ),
    ] {
        let of = |rules: &Json| json!({"bucket": "b", "name": "b", block: rules});
        let mut all = Vec::new();
        leaves(&rules, "", &mut all);
        for leaf in all {
            let mut open = rules.clone();
            *open.pointer_mut(&leaf).unwrap() = unknown();
            let found = updated(kind, of(&rules), of(&open));
            let undetermined = [format!("expiry-widened undetermined [{block}]")];
            if silent
                .iter()
                .any(|name| leaf.ends_with(&format!("/{name}")))
            {
                assert!(
                    found.is_empty() || found == undetermined,
                    "{kind} {leaf}: {found:?}"
                );
            } else {
                assert_eq!(found, undetermined, "{kind} {leaf}");
            }
            // What is not known and stays so is no news.
            assert_eq!(updated(kind, of(&rules), of(&rules)), [""; 0], "{kind}");
        }
    }
    // Whether a rule deletes at all.
    let rule = |action: Json| json!({"name": "b", "lifecycle_rule": [{"action": [{"type": action, "storage_class": "NEARLINE"}], "condition": [{"age": 30}]}]});
    let kind = "google_storage_bucket";
    assert_eq!(
        updated(kind, rule(json!("SetStorageClass")), rule(unknown())),
        ["expiry-widened undetermined [lifecycle_rule]"]
    );
    assert_eq!(
        updated(
            kind,
            rule(json!("SetStorageClass")),
            rule(json!("SetStorageClass"))
        ),
        [""; 0]
    );
    let table = |enabled: Json, name: Json| json!({"name": "t", "ttl": [{"enabled": enabled, "attribute_name": name}]});
    for after in [
        table(unknown(), json!("expires")),
        table(json!(true), unknown()),
        json!({"name": "t", "ttl": unknown()}),
    ] {
        let found = updated(
            "aws_dynamodb_table",
            table(json!(true), json!("expires")),
            after.clone(),
        );
        assert!(
            found
                .iter()
                .any(|line| line.starts_with("expiry-widened undetermined")),
            "{after} {found:?}"
        );
    }
    assert_eq!(
        updated(
            "aws_ecr_lifecycle_policy",
            json!({"repository": "r", "policy": "{}"}),
            json!({"repository": "r", "policy": unknown()})
        ),
        ["expiry-widened undetermined [policy]"]
    );
    let group = updated(
        "aws_cloudwatch_log_group",
        json!({"name": "g", "retention_in_days": 90}),
        json!({"name": "g", "retention_in_days": unknown()}),
    );
    assert_eq!(group.len(), 1, "{group:?}");
    assert!(
        group
            .iter()
            .all(|line| line.starts_with("retention-shortened undetermined")),
        "{group:?}"
    );
}

#[test]
fn a_subscription_that_expires() {
    let kind = "google_pubsub_subscription";
    let policy = |ttl: &str| json!({"name": "s", "expiration_policy": [{"ttl": ttl}]});
    let none = || json!({"name": "s", "expiration_policy": []});
    let found = ["expiry-widened violation [expiration_policy[0].ttl]"];
    for (before, after, sooner) in [
        (policy(""), policy("86400s"), true),
        (policy(""), none(), true),
        (none(), policy("86400s"), true),
        (none(), policy("5184000s"), false),
        (policy("86400s"), policy(""), false),
        (none(), none(), false),
        (policy(""), policy(""), false),
    ] {
        let findings = updated(kind, before, after);
        assert_eq!(findings, found[..usize::from(sooner)]);
    }
}

#[test]
fn selections_that_take_in_less() {
    let selection = |resources: &[&str], not: &[&str], tag: &str| {
        json!({"name": "s", "plan_id": "p", "resources": resources, "not_resources": not,
            "selection_tag": [{"type": "STRINGEQUALS", "key": "backup", "value": tag}], "condition": []})
    };
    let address = "aws_backup_selection.s";
    let all = &["arn:aws:rds:*:*:db:*", "arn:aws:ec2:*:*:volume/*"][..];
    let today = || selection(all, &[], "true");
    let replaced = |after: Json| short(&Plan::new([Resource::replace(address, today(), after)]));
    let rds = "arn:aws:rds:*:*:db:*";
    for (path, after) in [
        (
            "resources",
            selection(&["arn:aws:ec2:*:*:volume/vol-1"], &[], "true"),
        ),
        ("not_resources", selection(all, &[rds], "true")),
        ("selection_tag", selection(all, &[], "never")),
    ] {
        assert_eq!(
            replaced(after),
            [format!("history-ended violation [{path}]")]
        );
    }
    for after in [
        today(),
        selection(&["*"], &[], "true"),
        selection(
            &[all[1], all[0], "arn:aws:dynamodb:*:*:table/*"],
            &[],
            "true",
        ),
    ] {
        assert_eq!(replaced(after), [""; 0]);
    }
    let mut open = today();
    open["not_resources"] = unknown();
    assert_eq!(replaced(open), [""; 0]);
    let mut open = today();
    open["resources"] = unknown();
    assert_eq!(replaced(open), ["history-ended undetermined [resources]"]);
    let mut only = today();
    only["condition"] =
        json!([{"string_equals": [{"key": "aws:ResourceTag/env", "value": "prod"}]}]);
    assert_eq!(replaced(only), ["history-ended violation [condition]"]);
    // By tags.
    let dlm = |tags: Json| json!({"state": "ENABLED", "policy_details": [{"target_tags": tags, "schedule": []}]});
    let kind = "aws_dlm_lifecycle_policy";
    let path = "history-ended violation [policy_details[0].target_tags]";
    let snap = || dlm(json!({"snapshot": "true"}));
    assert_eq!(
        updated(kind, snap(), dlm(json!({"snapshot": "never"}))),
        [path]
    );
    assert_eq!(
        updated(kind, snap(), dlm(json!({"snapshot": "true", "also": "1"}))),
        [""; 0]
    );
    // Disks of a machine.
    let kind = "azurerm_backup_protected_vm";
    let disks = |not: Json, only: Json| json!({"protection_state": "Protected", "exclude_disk_luns": not, "include_disk_luns": only});
    let today = || disks(json!([]), json!([]));
    assert_eq!(
        updated(kind, today(), disks(json!([1]), json!([]))),
        ["history-ended violation [exclude_disk_luns]"]
    );
    assert_eq!(
        updated(kind, today(), disks(json!([]), json!([0]))),
        ["history-ended violation [include_disk_luns]"]
    );
    assert_eq!(
        updated(kind, disks(json!([]), json!([0])), today()),
        [""; 0]
    );
    assert_eq!(
        updated(kind, disks(json!([1]), json!([])), today()),
        [""; 0]
    );
    for state in ["ProtectionStopped", "BackupsSuspended"] {
        assert_eq!(
            updated(
                kind,
                today(),
                json!({"protection_state": state, "exclude_disk_luns": [], "include_disk_luns": []})
            ),
            ["history-ended violation [protection_state]"]
        );
    }
}

#[test]
fn contents_that_an_update_deletes() {
    let table = |schema: Json| json!({"table_id": "t", "schema": schema.to_string()});
    let column = |name: &str| json!({"name": name, "type": "STRING"});
    let nested = |fields: Json| json!({"name": "r", "type": "RECORD", "fields": fields});
    let kind = "google_bigquery_table";
    let found = ["contents-deleted violation [schema]"];
    let both = || table(json!([column("a"), column("b")]));
    for (before, after, fewer) in [
        (both(), table(json!([column("a")])), true),
        (both(), table(json!([column("B"), column("a")])), false),
        (
            both(),
            table(json!([column("a"), column("b"), column("c")])),
            false,
        ),
        (both(), json!({"table_id": "t", "schema": unknown()}), false),
        (
            table(json!([nested(json!([column("a"), column("b")]))])),
            table(json!([nested(json!([column("a")]))])),
            true,
        ),
    ] {
        assert_eq!(updated(kind, before, after), found[..usize::from(fewer)]);
    }

    let stack = |resources: Json| json!({"name": "s", "template_body": json!({"Resources": resources}).to_string()});
    let kind = "aws_cloudformation_stack";
    let found = ["contents-deleted violation [template_body]"];
    let of = |kind: &str| json!({"Type": kind, "Properties": {}});
    let whole = || json!({"Data": of("AWS::RDS::DBInstance"), "Topic": of("AWS::SNS::Topic")});
    for (before, after, fewer) in [
        (whole(), json!({"Topic": of("AWS::SNS::Topic")}), true),
        (whole(), json!({"Data": of("AWS::S3::Bucket")}), true),
        (whole(), json!({"Data": of("AWS::RDS::DBInstance")}), false),
        (json!({"Data": of("AWS::EFS::FileSystem")}), json!({}), true),
    ] {
        assert_eq!(
            updated(kind, stack(before), stack(after)),
            found[..usize::from(fewer)]
        );
    }
    let kept = json!({"Data": {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Retain"}});
    assert_eq!(
        updated(kind, stack(kept), stack(json!({}))),
        ["contents-deleted violation(advice) [template_body]"]
    );
    assert_eq!(
        updated(
            kind,
            json!({"template_body": "Resources: {}"}),
            stack(json!({}))
        ),
        [""; 0]
    );

    let kind = "azurerm_resource_group_template_deployment";
    let mode = |mode: &str| json!({"deployment_mode": mode});
    assert_eq!(
        updated(kind, mode("Incremental"), mode("Complete")),
        ["contents-deleted violation [deployment_mode]"]
    );
    assert_eq!(
        updated(kind, mode("Complete"), mode("Incremental")),
        [""; 0]
    );
    let made = |of: &str| {
        short(&Plan::new([Resource::create(
            &format!("{kind}.x"),
            mode(of),
        )]))
    };
    assert_eq!(
        made("Complete"),
        ["contents-deleted violation(advice) [deployment_mode]"]
    );
    assert_eq!(made("Incremental"), [""; 0]);
    assert_eq!(updated(kind, mode("Complete"), mode("Complete")), [""; 0]);
}

#[test]
fn what_else_keeps_something() {
    let gone = |kind: &str, object: Json| {
        let plan = Plan::new([Resource::delete(&format!("{kind}.x"), object)]);
        let found = plan.findings::<DeletionProtection>();
        let words = found.iter().map(|line| {
            line.split(": ")
                .next()
                .unwrap()
                .replace(&format!(" {kind}.x"), "")
        });
        words.collect::<Vec<_>>()
    };
    for kind in [
        "azurerm_data_protection_resource_guard",
        "azurerm_recovery_services_vault_resource_guard_association",
    ] {
        assert_eq!(
            gone(kind, json!({"name": "g"})),
            ["lock-deleted violation []"],
            "{kind}"
        );
    }
    let kind = "google_bigquery_row_access_policy";
    let policy = || json!({"policy_id": "p", "deletion_policy": "DELETE"});
    assert_eq!(gone(kind, policy()), ["lock-deleted violation [policy_id]"]);
    assert_eq!(updated(kind, policy(), policy()), [""; 0]);
    let efs = |word: &str| json!({"protection": [{"replication_overwrite": word}]});
    let plan = Plan::new([Resource::update(
        "aws_efs_file_system.x",
        efs("ENABLED"),
        efs("DISABLED"),
    )]);
    let found = plan.findings::<DeletionProtection>();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("protection-removed violation aws_efs_file_system.x"),
        "{found:?}"
    );
    let plan = Plan::new([Resource::update(
        "aws_efs_file_system.x",
        efs("DISABLED"),
        efs("ENABLED"),
    )]);
    assert_eq!(plan.findings::<DeletionProtection>(), [""; 0]);
    let window = |seconds: i64| json!({"backtrack_window": seconds, "deletion_protection": true});
    assert_eq!(
        updated("aws_rds_cluster", window(86_400), window(0)),
        ["retention-shortened violation [backtrack_window]"]
    );
    assert_eq!(
        updated("aws_rds_cluster", window(0), window(86_400)),
        [""; 0]
    );
}
