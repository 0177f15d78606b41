//! Whole plans against caps, the committed book against its sources, and plans of the
//! corpus.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};
use tollgate_policy::{Action, Policy, Replacement};

use crate::testing::{BOOK, breakdown, evaluate};
use crate::{CostCap, PRICE_BOOK};

fn findings(resources: impl IntoIterator<Item = Resource>, settings: Json) -> Vec<String> {
    let resources = resources
        .into_iter()
        .map(|resource| resource.region("us-east-1"));
    Plan::new(resources)
        .settings(settings)
        .document(PRICE_BOOK, BOOK)
        .findings::<CostCap>()
}

/// 730 × 0.0104 = 7.592 and 8 GB gp3 × 0.08 = 0.64: 8.232.
fn micro() -> Json {
    instance("t3.micro")
}

fn instance(kind: &str) -> Json {
    json!({"instance_type": kind, "associate_public_ip_address": false, "monitoring": false, "tenancy": "default",
        "root_block_device": [{"volume_size": 8, "volume_type": "gp3", "iops": 3000, "throughput": 125}], "ebs_block_device": []})
}

#[test]
fn compares_unrounded_and_inclusively() {
    let create = || Resource::create("aws_instance.i", micro());
    for (cap, expected) in [
        (json!("8.232"), vec![]),
        (json!(8.24), vec![]),
        (
            json!("8.2319"),
            vec![
                "monthly-total violation - []: the plan costs $8.232 a month, $0.00 over the cap of $8.2319",
            ],
        ),
        (
            json!(8),
            vec![
                "monthly-total violation - []: the plan costs $8.23 a month, $0.23 over the cap of $8.00",
            ],
        ),
        (
            json!(0),
            vec![
                "monthly-total violation - []: the plan costs $8.23 a month, $8.23 over the cap of $0.00",
            ],
        ),
    ] {
        assert_eq!(
            findings([create()], json!({"monthly-cap-usd": cap})),
            expected,
            "{cap}"
        );
    }
}

#[test]
fn judges_nothing_without_a_cap_and_reports_everything() {
    let plan = || {
        [
            Resource::create("aws_instance.i", micro()),
            Resource::create("aws_sqs_queue.q", json!({"fifo_queue": false})),
            Resource::create("aws_mwaa_environment.c", json!({})),
            Resource::create("aws_iam_role.r", json!({})),
        ]
    };
    assert_eq!(findings(plan(), json!({})), [""; 0]);
    let breakdown = breakdown(&evaluate(plan(), json!({})));
    assert_eq!(
        breakdown["totals"]["after"],
        json!({"least": "8.232", "most": "8.232", "complete": false})
    );
    assert_eq!(
        breakdown["types_without_price"],
        json!({"aws_mwaa_environment": 1})
    );
    assert_eq!(
        breakdown["types_without_charge"],
        json!({"aws_iam_role": 1})
    );
    assert_eq!(
        breakdown["not_determined"],
        json!([
            {"address": "aws_sqs_queue.q", "component": "Requests", "status": "usage-undeclared", "reason": "declare requests"},
            {"address": "aws_mwaa_environment.c", "reason": "no recipe covers `aws_mwaa_environment`"},
        ])
    );
    assert_eq!(
        breakdown["table"],
        json!({
            "title": "Monthly cost (USD, list prices)",
            "columns": ["Resource", "Before", "After", "Note"],
            "rows": [
                ["aws_instance.i", "$0.00", "$8.23", ""],
                ["aws_sqs_queue.q", "$0.00", "?", "usage not declared"],
                ["aws_mwaa_environment.c", "$0.00", "?", "not priced"],
                ["Total", "$0.00", "≥ $8.23", "2 not determined"],
            ],
        })
    );
    let price = breakdown["resources"][0]["lines"][0]["price"]
        .as_str()
        .unwrap_or_default();
    assert_eq!(price, "AmazonEC2/BoxUsage:t3.micro us-east-1");
    assert_eq!(breakdown["prices"][price]["class"], "exact");
    assert_eq!(breakdown["prices"][price]["source"], "karpenter");
    assert_eq!(breakdown["prices"][price]["as_of"], "2026-01-19");
}

#[test]
fn nothing_unknown_passes_under_a_cap() {
    let cap = json!({"monthly-cap-usd": 20});
    let referred = |resource: Resource, path: &str| resource.refers(path, "data.external.x.result");
    for (resource, expected) in [
        (
            Resource::create("aws_sqs_queue.q", json!({"fifo_queue": false})),
            "usage-undeclared undetermined aws_sqs_queue.q []: its cost depends on usage that is not declared: `requests`",
        ),
        (
            Resource::create("aws_mwaa_environment.c", json!({})),
            "unpriced undetermined aws_mwaa_environment.c []: `aws_mwaa_environment` cannot be priced: no recipe covers the type",
        ),
        (
            Resource::create("google_compute_instance.c", json!({})),
            "unpriced undetermined google_compute_instance.c []: `google_compute_instance` cannot be priced: no recipe covers the type",
        ),
        (
            referred(
                Resource::create("aws_nat_gateway.n", json!({"availability_mode": unknown()})),
                "availability_mode",
            ),
            "monthly-total violation - []: the plan costs at least $32.85 a month, $12.85 over the cap of $20.00",
        ),
        (
            Resource::create(
                "aws_instance.i",
                json!({"instance_type": sensitive(), "associate_public_ip_address": false, "root_block_device": [{"volume_size": 8, "volume_type": "gp3"}]}),
            ),
            "unpriced undetermined aws_instance.i [instance_type]: its cost cannot be told: Linux, on demand (`instance_type`: marked sensitive)",
        ),
        (
            Resource::create("aws_instance.i", instance("t9.huge")),
            "unpriced undetermined aws_instance.i []: its cost cannot be told: the price book has no price for AmazonEC2/BoxUsage:t9.huge in us-east-1",
        ),
    ] {
        let got = findings([resource], cap.clone());
        assert_eq!(got.first().map(String::as_str), Some(expected), "{got:?}");
    }
}

#[test]
fn what_is_free_to_change_does_not_move_an_unknown_cost() {
    let cap = json!({"monthly-cap-usd": 20});
    let said = "unpriced undetermined";
    for (changed, expected) in [
        (
            json!({"aws_mwaa_environment.c": ["tags", "tags_all"]}),
            "existing",
        ),
        (json!({"aws_mwaa_environment.c": []}), "existing"),
        (
            json!({"aws_mwaa_environment.c": ["environment_class", "tags"]}),
            "",
        ),
        (json!({"aws_mwaa_environment.d": ["tags"]}), ""),
        (json!({}), ""),
    ] {
        let object = json!({"environment_class": "mw1.small"});
        let plan = Plan::new([
            Resource::update("aws_mwaa_environment.c", object.clone(), object).region("us-east-1"),
        ])
        .settings(cap.clone())
        .document(PRICE_BOOK, BOOK)
        .document("changed-attributes", &changed.to_string());
        let found = plan.findings::<CostCap>();
        let wanted = match expected {
            "" => format!("{said} aws_mwaa_environment.c"),
            cause => format!("{said}({cause}) aws_mwaa_environment.c"),
        };
        assert!(
            found.iter().any(|line| line.starts_with(&wanted)),
            "{changed}: {found:?}"
        );
    }
    let damaged = Plan::new([])
        .settings(cap)
        .document(PRICE_BOOK, BOOK)
        .document("changed-attributes", "[]")
        .evaluate::<CostCap>();
    assert!(damaged.is_err());
}

#[test]
fn an_unknown_region_has_no_price() {
    let plan = |settings| {
        Plan::new([Resource::create("aws_instance.i", micro())])
            .settings(settings)
            .document(PRICE_BOOK, BOOK)
            .findings::<CostCap>()
    };
    assert_eq!(
        plan(json!({"monthly-cap-usd": 20})),
        [
            "unpriced undetermined aws_instance.i []: its cost cannot be told: its region is not known; set `region`"
        ]
    );
    assert_eq!(
        plan(json!({"monthly-cap-usd": 20, "region": "us-east-1"})),
        [""; 0]
    );
    assert_eq!(
        plan(json!({"monthly-cap-usd": 20, "region": "mx-central-1"})),
        [
            "unpriced undetermined aws_instance.i []: its cost cannot be told: the price book has no price for AmazonEC2/BoxUsage:t3.micro in mx-central-1 (and 1 more)"
        ]
    );
    let elsewhere = Plan::new([Resource::create("aws_instance.i", micro()).region("mx-central-1")])
        .settings(json!({"monthly-cap-usd": 20}))
        .document(PRICE_BOOK, BOOK)
        .evaluate::<CostCap>()
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        elsewhere.findings[0].remediation.as_deref(),
        Some(
            "Hand over a price book that has what the AWS offer file `AmazonEC2` of mx-central-1 says, or list the type in `allow-unpriced-types`."
        )
    );
}

/// Every type of the provider is priced, free with a source, or unknown; what the recipes
/// and the list name is there, or was in an earlier version.
#[test]
fn every_type_of_the_provider_is_priced_free_or_unknown() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("provider-facts");
    let Some(schema) = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .find(|entry| entry.file_name().to_string_lossy().starts_with("aws-"))
    else {
        return;
    };
    let text = std::fs::read_to_string(schema.path()).unwrap_or_else(|error| panic!("{error}"));
    let schema: BTreeMap<String, Json> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
    let has = |kind: &str, path: &str| {
        let mut at = &schema[kind];
        for name in path.replace("[0]", "").split('.') {
            let inside = if at.get("b").is_some_and(Json::is_object) {
                &at["b"]
            } else {
                at
            };
            match inside.get(name) {
                Some(next) => at = next,
                None => return false,
            }
        }
        true
    };
    let mut wrong = Vec::new();
    let recipes = crate::recipes::ALL
        .iter()
        .flat_map(|recipe| recipe.types.iter().map(|kind| (*kind, recipe.attributes)));
    for (kind, attributes) in recipes {
        if !schema.contains_key(kind) {
            wrong.push(format!("no type {kind}"));
        }
        // One type of several that share a recipe need not have every attribute.
        for attribute in attributes {
            let anywhere = crate::recipes::of(kind).is_some_and(|recipe| {
                recipe
                    .types
                    .iter()
                    .any(|kind| schema.contains_key(*kind) && has(kind, attribute))
            });
            if !anywhere {
                wrong.push(format!("{kind} has no {attribute}"));
            }
        }
    }
    for extra in crate::extras::ALL {
        for kind in extra.types {
            if schema.contains_key(*kind) && !has(kind, extra.attribute) {
                wrong.push(format!("{kind} has no {}", extra.attribute));
            }
            if crate::recipes::of(kind).is_none() && !crate::no_charge::has_none(kind) {
                wrong.push(format!("{kind} has an extra charge and no other"));
            }
        }
    }
    for (kind, source) in crate::no_charge_by_service::BY_TYPE {
        if !source.starts_with("https://") {
            wrong.push(format!("{source} is no source"));
        }
        if !schema.contains_key(*kind) {
            wrong.push(format!("no type {kind}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
    let count = |is: &dyn Fn(&str) -> bool| schema.keys().filter(|kind| is(kind)).count();
    let priced = count(&|kind| crate::recipes::of(kind).is_some());
    let free = count(&|kind| crate::no_charge::has_none(kind));
    assert!(priced >= 30 && free >= 500, "{priced} priced, {free} free");
    assert!(priced + free < schema.len(), "nothing is unknown?");
}

#[test]
fn what_may_arise_is_neither_a_pass_nor_a_violation() {
    // $8.23, and $3.65 more if the subnet gives the instance an address.
    let mut instance = micro();
    instance["associate_public_ip_address"] = unknown();
    let plan = || [Resource::create("aws_instance.i", instance.clone())];
    for (cap, expected) in [
        (12, vec![]),
        (
            9,
            vec![
                "monthly-total undetermined - []: the plan costs between $8.23 and $11.88 a month, and the cap is $9.00",
            ],
        ),
        (
            8,
            vec![
                "monthly-total violation - []: the plan costs at least $8.23 a month, $0.23 over the cap of $8.00",
            ],
        ),
    ] {
        assert_eq!(
            findings(plan(), json!({"monthly-cap-usd": cap})),
            expected,
            "{cap}"
        );
    }
}

#[test]
fn the_environment_may_let_unknowns_pass_by_name() {
    let plan = || {
        [
            Resource::create("aws_sqs_queue.q", json!({"fifo_queue": false})),
            Resource::create("aws_mwaa_environment.c", json!({})),
        ]
    };
    for (settings, left) in [
        (json!({}), 2),
        (json!({"undeclared-usage": "zero"}), 1),
        (json!({"unpriced": "allow"}), 1),
        (json!({"allow-unpriced-types": ["aws_mwaa_*"]}), 1),
        (json!({"undeclared-usage": "zero", "unpriced": "allow"}), 0),
        (
            json!({"usage": {"aws_sqs_queue": {"requests": "1000000"}}, "allow-unpriced-types": ["aws_mwaa_environment"]}),
            0,
        ),
    ] {
        let mut settings = settings;
        settings["monthly-cap-usd"] = json!(20);
        assert_eq!(findings(plan(), settings.clone()).len(), left, "{settings}");
    }
    let zero = breakdown(&evaluate(
        plan(),
        json!({"undeclared-usage": "zero", "unpriced": "allow"}),
    ));
    assert_eq!(zero["totals"]["after"]["complete"], true);
    assert_eq!(zero["counted_as_zero"][0]["status"], "usage-undeclared");
    assert_eq!(
        zero["table"]["rows"][0],
        json!([
            "aws_sqs_queue.q",
            "$0.00",
            "$0.00",
            "undeclared usage counted as zero"
        ])
    );
}

#[test]
fn the_increase_prices_both_sides_of_every_action() {
    // t3.medium: 730 × 0.0416 = 30.368, with its volume 31.008; t3.micro 8.232.
    let medium = || instance("t3.medium");
    let replace = Resource::replace("aws_instance.i", micro(), medium());
    let orphan = Resource::replace("aws_instance.i", micro(), medium())
        .with(|change| change.replacement = Some(Replacement::CreateThenForget));
    let deposed = Resource::delete("aws_instance.i", micro())
        .with(|change| change.deposed = Some("abcd1234".to_owned()));
    for (what, resource, before, after, increase) in [
        (
            "create",
            Resource::create("aws_instance.i", medium()),
            "0",
            "31.008",
            "31.008",
        ),
        (
            "update",
            Resource::update("aws_instance.i", micro(), medium()),
            "8.232",
            "31.008",
            "22.776",
        ),
        ("replace", replace, "8.232", "31.008", "22.776"),
        (
            "replace, old one forgotten",
            orphan,
            "8.232",
            "39.24",
            "31.008",
        ),
        (
            "delete",
            Resource::delete("aws_instance.i", medium()),
            "31.008",
            "0",
            "-31.008",
        ),
        ("deposed", deposed, "8.232", "0", "-8.232"),
        (
            "forget",
            Resource::forget("aws_instance.i", micro()),
            "8.232",
            "8.232",
            "0",
        ),
        (
            "no-op",
            Resource::unchanged("aws_instance.i", micro()),
            "8.232",
            "8.232",
            "0",
        ),
        (
            "data",
            Resource::new("data.aws_instance.i", Action::Read),
            "0",
            "0",
            "0",
        ),
    ] {
        let totals = &breakdown(&evaluate([resource], json!({})))["totals"];
        assert_eq!(totals["before"]["least"], before, "{what}");
        assert_eq!(totals["after"]["least"], after, "{what}");
        assert_eq!(totals["increase"]["least"], increase, "{what}");
        assert_eq!(totals["increase"]["most"], increase, "{what}");
    }
}

#[test]
fn what_was_over_the_cap_and_does_not_grow_was_so_before() {
    let cap = json!({"monthly-cap-usd": "8"});
    let mut tagged = micro();
    tagged["tags"] = json!({"a": "b"});
    let over = |resource: Resource| {
        let found = findings([resource], cap.clone());
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].contains("(existing)")
    };
    assert!(over(Resource::unchanged("aws_instance.i", micro())));
    assert!(over(Resource::update("aws_instance.i", micro(), tagged)));
    assert!(over(Resource::update(
        "aws_instance.i",
        instance("t3.medium"),
        micro()
    )));
    assert!(over(Resource::forget("aws_instance.i", micro())));
    assert!(!over(Resource::create("aws_instance.i", micro())));
    assert!(!over(Resource::update(
        "aws_instance.i",
        micro(),
        instance("t3.medium")
    )));
    // One that was over already and grows, and one that grows by what cannot be told.
    assert!(!over(Resource::update(
        "aws_instance.i",
        micro(),
        instance("t3.small")
    )));
    let unclear = findings(
        [
            Resource::unchanged("aws_instance.i", micro()),
            Resource::create("aws_sqs_queue.q", json!({"fifo_queue": false})),
        ],
        cap,
    );
    assert!(
        unclear
            .iter()
            .any(|line| line.starts_with("monthly-total violation -")),
        "{unclear:?}"
    );
}

#[test]
fn caps_the_increase() {
    let cap = |cap: i64| json!({"monthly-increase-cap-usd": cap});
    let grow = || Resource::update("aws_instance.i", micro(), instance("t3.medium"));
    assert_eq!(findings([grow()], cap(23)), [""; 0]);
    assert_eq!(
        findings([grow()], cap(5)),
        [
            "monthly-increase violation - []: the plan adds $22.78 a month, $17.78 over the $5.00 it may add"
        ]
    );
    // What is saved elsewhere counts.
    assert_eq!(
        findings(
            [grow(), Resource::delete("aws_nat_gateway.n", json!({}))],
            json!({"monthly-increase-cap-usd": 5, "undeclared-usage": "zero"})
        ),
        [""; 0]
    );
    // A deleted queue has a cost that nobody declared: it may have offset the growth.
    assert_eq!(
        findings(
            [
                grow(),
                Resource::delete("aws_sqs_queue.q", json!({"fifo_queue": false}))
            ],
            cap(5)
        ),
        [
            "monthly-increase undetermined - []: the plan adds up to $22.78 a month, and it may add $5.00; what it replaces or deletes has a cost that is not known"
        ]
    );
}

#[test]
fn what_does_not_move_does_not_matter_to_the_increase() {
    let plan = || {
        [
            Resource::unchanged("aws_sqs_queue.q", json!({"fifo_queue": false})),
            Resource::unchanged("aws_mwaa_environment.c", json!({})),
            // A change that no meter notices.
            Resource::update(
                "aws_sqs_queue.tagged",
                json!({"fifo_queue": false, "tags": {}}),
                json!({"fifo_queue": false, "tags": {"a": "b"}}),
            ),
        ]
    };
    assert_eq!(
        findings(plan(), json!({"monthly-increase-cap-usd": 1})),
        [""; 0]
    );
    assert_eq!(findings(plan(), json!({"monthly-cap-usd": 20})).len(), 3);
    let created = Resource::create("aws_mwaa_environment.new", json!({}));
    assert_eq!(
        findings([created], json!({"monthly-increase-cap-usd": 1})).len(),
        1
    );
}

#[test]
fn every_priced_attribute_moves_the_estimate() {
    // openinfraquote prices an update at the old size; an estimate that does not move
    // when the attribute does is that bug.
    let total = |resource: Resource| {
        breakdown(&evaluate([resource], json!({"usage": {"*": {"requests": 1_000_000, "duration-ms": 500, "stored-gb": 5, "lcu-hours": 1,
            "write-request-units": 7, "read-request-units": 7, "ingested-gb": 1}}})))["totals"]["after"]
            .to_string()
    };
    for (address, object, attribute, other) in [
        (
            "aws_instance.i",
            micro(),
            "instance_type",
            json!("t3.medium"),
        ),
        (
            "aws_instance.i",
            micro(),
            "associate_public_ip_address",
            json!(true),
        ),
        ("aws_instance.i", micro(), "monitoring", json!(true)),
        ("aws_instance.i", micro(), "tenancy", json!("dedicated")),
        ("aws_instance.i", micro(), "get_password_data", json!(true)),
        (
            "aws_instance.i",
            micro(),
            "root_block_device",
            json!([{"volume_size": 9, "volume_type": "gp3"}]),
        ),
        (
            "aws_instance.i",
            micro(),
            "ebs_block_device",
            json!([{"volume_size": 9, "volume_type": "gp3"}]),
        ),
        (
            "aws_ebs_volume.v",
            json!({"type": "gp3", "size": 10}),
            "size",
            json!(11),
        ),
        (
            "aws_ebs_volume.v",
            json!({"type": "gp3", "size": 10}),
            "type",
            json!("gp2"),
        ),
        (
            "aws_ebs_volume.v",
            json!({"type": "gp3", "size": 10}),
            "iops",
            json!(3001),
        ),
        (
            "aws_lambda_function.f",
            json!({"memory_size": 128}),
            "memory_size",
            json!(256),
        ),
        (
            "aws_lambda_function.f",
            json!({"memory_size": 128}),
            "architectures",
            json!(["arm64"]),
        ),
        (
            "aws_lambda_function.f",
            json!({"memory_size": 128}),
            "ephemeral_storage",
            json!([{"size": 1024}]),
        ),
        (
            "aws_sqs_queue.q",
            json!({"fifo_queue": false}),
            "fifo_queue",
            json!(true),
        ),
        (
            "aws_dynamodb_table.t",
            json!({"billing_mode": "PAY_PER_REQUEST"}),
            "billing_mode",
            json!("PROVISIONED"),
        ),
        (
            "aws_dynamodb_table.t",
            json!({"write_capacity": 1, "read_capacity": 1}),
            "write_capacity",
            json!(2),
        ),
        (
            "aws_dynamodb_table.t",
            json!({"write_capacity": 1, "read_capacity": 1}),
            "read_capacity",
            json!(2),
        ),
        (
            "aws_dynamodb_table.t",
            json!({"billing_mode": "PAY_PER_REQUEST"}),
            "point_in_time_recovery",
            json!([{"enabled": true}]),
        ),
        (
            "aws_dynamodb_table.t",
            json!({"billing_mode": "PAY_PER_REQUEST"}),
            "replica",
            json!([{"region_name": "us-west-2"}]),
        ),
        (
            "aws_lb.l",
            json!({"internal": true}),
            "internal",
            json!(false),
        ),
        (
            "aws_lb.l",
            json!({"internal": true}),
            "load_balancer_type",
            json!("network"),
        ),
        (
            "aws_lb.l",
            json!({"internal": false, "subnets": ["a", "b"]}),
            "subnets",
            json!(["a", "b", "c"]),
        ),
        (
            "aws_db_instance.d",
            json!({"engine": "postgres", "instance_class": "db.t4g.micro", "storage_type": "gp3", "allocated_storage": 20}),
            "allocated_storage",
            json!(30),
        ),
        (
            "aws_db_instance.d",
            json!({"engine": "mysql", "instance_class": "db.t4g.small", "storage_type": "gp3", "allocated_storage": 20}),
            "multi_az",
            json!(true),
        ),
        (
            "aws_db_instance.d",
            json!({"engine": "mysql", "instance_class": "db.t4g.small", "storage_type": "gp3", "allocated_storage": 20}),
            "engine_version",
            json!("5.7.44"),
        ),
        (
            "aws_cloudwatch_metric_alarm.a",
            json!({"metric_name": "m", "period": 60}),
            "period",
            json!(10),
        ),
        (
            "aws_cloudwatch_log_group.g",
            json!({}),
            "log_group_class",
            json!("INFREQUENT_ACCESS"),
        ),
        (
            "aws_eks_cluster.c",
            json!({"version": "1.34"}),
            "version",
            json!("1.31"),
        ),
        (
            "aws_eks_node_group.g",
            json!({"instance_types": ["t3.micro"], "scaling_config": [{"min_size": 1, "max_size": 1}]}),
            "scaling_config",
            json!([{"min_size": 2, "max_size": 2}]),
        ),
        (
            "aws_elb.l",
            json!({"internal": true}),
            "internal",
            json!(false),
        ),
        (
            "aws_efs_file_system.f",
            json!({}),
            "availability_zone_name",
            json!("us-east-1a"),
        ),
        (
            "aws_elasticache_cluster.c",
            json!({"engine": "redis", "node_type": "cache.m4.large", "num_cache_nodes": 1}),
            "num_cache_nodes",
            json!(2),
        ),
        (
            "aws_elasticache_replication_group.g",
            json!({"node_type": "cache.m4.large", "num_node_groups": 1}),
            "replicas_per_node_group",
            json!(1),
        ),
        (
            "aws_msk_cluster.c",
            json!({"number_of_broker_nodes": 2, "broker_node_group_info": [{"instance_type": "kafka.t3.small"}]}),
            "number_of_broker_nodes",
            json!(3),
        ),
        (
            "aws_opensearch_domain.d",
            json!({"cluster_config": [{"instance_type": "c4.2xlarge.search"}]}),
            "cluster_config",
            json!([{"instance_type": "c4.2xlarge.search", "instance_count": 2}]),
        ),
        (
            "aws_kinesis_stream.s",
            json!({"shard_count": 1}),
            "shard_count",
            json!(2),
        ),
        (
            "aws_vpc_endpoint.e",
            json!({"vpc_endpoint_type": "Gateway", "subnet_ids": ["a"]}),
            "vpc_endpoint_type",
            json!("Interface"),
        ),
        (
            "aws_vpn_connection.v",
            json!({}),
            "transit_gateway_id",
            json!("tgw-1"),
        ),
        (
            "aws_wafv2_web_acl.w",
            json!({"rule": []}),
            "rule",
            json!([{"name": "a"}]),
        ),
        (
            "aws_secretsmanager_secret.s",
            json!({}),
            "replica",
            json!([{"region": "us-west-2"}]),
        ),
    ] {
        let mut changed = object.clone();
        changed[attribute] = other;
        assert_ne!(
            total(Resource::create(address, object)),
            total(Resource::create(address, changed)),
            "{address} {attribute}"
        );
    }
}

#[test]
fn refuses_settings_and_books_that_would_be_silently_ignored() {
    let error = |settings: Json, book: Option<&str>| {
        let cluster = Resource::create("aws_dsql_cluster.c", json!({})).region("us-east-1");
        let plan = Plan::new([cluster]).settings(settings);
        let plan = match book {
            Some(book) => plan.document(PRICE_BOOK, book),
            None => plan,
        };
        plan.evaluate::<CostCap>()
            .err()
            .unwrap_or_else(|| panic!("it was accepted"))
    };
    for (settings, book, says) in [
        (json!({}), None, "handed over no price book"),
        (json!({}), Some("{}"), "the price book cannot be read"),
        (
            json!({"usage": {"aws_sqs_queu": {"requests": 1}}}),
            Some(BOOK),
            "no resource type charged by usage",
        ),
        (
            json!({"usage": {"aws_sqs_queue": {"dpu": 1}}}),
            Some(BOOK),
            "it is charged by: requests",
        ),
        (
            json!({"usage": {"*": {"dpu": "1e26"}}}),
            Some(BOOK),
            "the cost of aws_dsql_cluster.c is too large",
        ),
        (
            json!({"monthly-cap-usd": "a lot"}),
            Some(BOOK),
            "the settings cannot be used",
        ),
    ] {
        let error = error(settings, book);
        assert!(error.contains(says), "{says}: {error}");
    }
}

#[test]
fn reports_declared_usage_that_meets_nothing() {
    let settings = json!({"usage": {"aws_sqs_queue": {"requests": 1}, "aws_sns_topic": {"requests": 1}, "module.gone.*": {"requests": 1}}});
    let breakdown = breakdown(&evaluate(
        [Resource::create("aws_sqs_queue.q", json!({}))],
        settings,
    ));
    assert_eq!(
        breakdown["unused_usage"],
        json!(["aws_sns_topic", "module.gone.*"])
    );
}

#[test]
fn deferred_changes_are_not_forgotten() {
    let plan = |settings| {
        Plan::new([])
            .settings(settings)
            .document(PRICE_BOOK, BOOK)
            .with(|request| {
                request.plan.deferred = vec![tollgate_policy::DeferredChange {
                    reason: "instance_count_unknown".to_owned(),
                    change: bare_change("aws_nat_gateway", "aws_nat_gateway.later"),
                }];
            })
            .findings::<CostCap>()
    };
    assert_eq!(plan(json!({})), [""; 0]);
    assert_eq!(
        plan(json!({"monthly-cap-usd": 20})),
        [
            "unpriced undetermined - []: 1 resource change is put off to a later plan and not part of the estimate"
        ]
    );
}

fn bare_change(kind: &str, address: &str) -> tollgate_policy::Change {
    tollgate_policy::Change {
        address: address.to_owned(),
        block: address.to_owned(),
        previous_address: None,
        module_address: None,
        mode: tollgate_policy::Mode::Managed,
        kind: kind.to_owned(),
        name: "later".to_owned(),
        index: None,
        provider: "registry.opentofu.org/hashicorp/aws".to_owned(),
        region: None,
        deposed: None,
        action: Action::Create,
        replacement: None,
        reason: None,
        importing: false,
        replace_paths: Vec::new(),
        attributes: Vec::new(),
    }
}

#[test]
fn a_serverless_stack_fits_its_cap_when_its_usage_is_declared() {
    // 100,000 requests a month. By hand:
    //   HTTP API  0.1 million × 1.00                                   0.10
    //   Lambda    0.1 million × 0.20 + 100,000 × 0.1 s × 0.5 GB
    //             = 5,000 GB-s × 0.0000133334                          0.02 + 0.066667
    //   SQS, DLQ  0.1 million × 0.40, twice                            0.08
    //   DynamoDB  0.2 million × 0.625 + 0.2 million × 0.125 + 1 × 0.25 0.40
    //   logs      1 GB × 0.50 + 1 GB × 0.03                            0.53
    //   alarms    5 × 0.10                                             0.50
    //   DSQL      100,000 DPU × 8 / million + 1 GB × 0.33              1.13
    //   together                                                       2.826667
    let mut plan = vec![
        Resource::create("aws_apigatewayv2_api.a", json!({"protocol_type": "HTTP"})),
        Resource::create(
            "aws_lambda_function.f",
            json!({"memory_size": 512, "architectures": ["arm64"], "ephemeral_storage": [{"size": 512}]}),
        ),
        Resource::create("aws_sqs_queue.jobs", json!({"fifo_queue": false})),
        Resource::create("aws_sqs_queue.dead", json!({"fifo_queue": false})),
        Resource::create(
            "aws_dynamodb_table.t",
            json!({"billing_mode": "PAY_PER_REQUEST"}),
        ),
        Resource::create(
            "aws_cloudwatch_log_group.g",
            json!({"log_group_class": "STANDARD"}),
        ),
        Resource::create("aws_dsql_cluster.c", json!({})),
        Resource::create("aws_iam_role.r", json!({})),
    ];
    plan.extend((0..5).map(|n| {
        Resource::create(
            &format!("aws_cloudwatch_metric_alarm.a[{n}]"),
            json!({"metric_name": "Errors", "period": 60, "metric_query": []}),
        )
    }));
    let usage = json!({
        "aws_apigatewayv2_api": {"requests": 100_000},
        "aws_lambda_function": {"requests": 100_000, "duration-ms": 100},
        "aws_sqs_queue": {"requests": 100_000},
        "aws_dynamodb_table": {"write-request-units": 200_000, "read-request-units": 200_000, "stored-gb": 1},
        "aws_cloudwatch_log_group": {"ingested-gb": 1, "stored-gb": 1},
        "aws_dsql_cluster": {"dpu": 100_000, "stored-gb": 1},
    });
    assert_eq!(
        findings(plan.clone(), json!({"monthly-cap-usd": 9, "usage": usage})),
        [""; 0]
    );
    let totals = &breakdown(&evaluate(plan, json!({"usage": usage})))["totals"]["after"];
    assert_eq!(
        totals,
        &json!({"least": "2.826667", "most": "2.826667", "complete": true})
    );
}

/// The read-only corpus, where it is there.
fn corpus() -> Option<PathBuf> {
    std::env::var_os("TOLLGATE_CORPUS").map(PathBuf::from)
}

#[test]
fn the_book_agrees_with_the_table_it_was_made_from() {
    let Some(corpus) = corpus() else { return };
    let table = std::fs::read_to_string(corpus.join("research/prices.json"))
        .unwrap_or_else(|error| panic!("{error}"));
    let table: Vec<Json> = serde_json::from_str(&table).unwrap_or_else(|error| panic!("{error}"));
    let book = crate::PriceBook::parse(BOOK).unwrap_or_else(|error| panic!("{error}"));
    let decimal = |json: &Json| crate::Decimal::parse(json.as_str().unwrap_or_default()).ok();
    for row in book
        .rows
        .iter()
        .filter(|row| row.class != crate::Class::Documentation)
    {
        // What belongs to no region has been seen in one of them.
        let places: &[&str] = match row.region.as_ref() {
            "global" => &["global", "us-east-1"],
            region => &[region],
        };
        for tier in &row.tiers {
            // Some row of that place admits the price: exactly, or within its bounds.
            let admitted = table.iter().any(|entry| {
                let per = entry["per"]
                    .as_i64()
                    .map_or(crate::Decimal::ONE, crate::Decimal::whole);
                let seconds = match (row.unit.as_ref(), entry["unit"].as_str()) {
                    ("GB-second", Some("GB-hours")) => crate::Decimal::whole(3600),
                    _ => crate::Decimal::ONE,
                };
                let ours = tier
                    .usd
                    .times(per)
                    .and_then(|usd| usd.times(seconds))
                    .and_then(|usd| usd.per(row.per))
                    .ok();
                entry["region"]
                    .as_str()
                    .is_some_and(|region| places.contains(&region))
                    && entry["precision"] != "coarse"
                    && !entry["as_of"].is_null()
                    && match entry["precision"].as_str() {
                        Some("exact") => decimal(&entry["usd"]) == ours,
                        // A row is exact only if each of its tiers is.
                        _ => decimal(&entry["usd"]) == ours && row.class == crate::Class::Derived,
                    }
            });
            assert!(admitted, "{} in {}: {}", row.key, row.region, tier.usd);
        }
    }
    // The script that made the book makes it again, where there is a Python to ask.
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/price-book.py");
    if let Ok(output) = std::process::Command::new("python3")
        .arg(script)
        .arg(corpus.join("research/prices.json"))
        .arg("--check")
        .output()
    {
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Resource changes of a plan file, as the host would hand them over, without what the
/// configuration refers to.
fn changes_of(plan: &Json) -> Vec<Resource> {
    let no_changes = Vec::new();
    plan["resource_changes"]
        .as_array()
        .unwrap_or(&no_changes)
        .iter()
        .filter(|change| change["mode"] == "managed")
        .map(|change| {
            let address = change["address"].as_str().unwrap_or_default().to_owned();
            let (before, after) = (
                change["change"]["before"].clone(),
                merge(
                    &change["change"]["after"],
                    &change["change"]["after_unknown"],
                ),
            );
            let actions: Vec<_> = change["change"]["actions"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .collect();
            let at = "placeholder.name";
            let resource = match actions[..] {
                ["create"] => Resource::create(at, after),
                ["update"] => Resource::update(at, before, after),
                ["delete"] => Resource::delete(at, before),
                ["no-op"] => Resource::unchanged(at, before),
                _ => Resource::replace(at, before, after),
            };
            let kind = change["type"].as_str().unwrap_or_default().to_owned();
            resource.with(|change| {
                change.block = address.clone();
                change.address = address;
                change.kind = kind;
            })
        })
        .collect()
}

/// `after` with a marker wherever `after_unknown` says true.
fn merge(after: &Json, unknowns: &Json) -> Json {
    match (after, unknowns) {
        (_, Json::Bool(true)) => unknown(),
        (Json::Object(after), Json::Object(unknowns)) => {
            let mut merged = after.clone();
            for (key, value) in unknowns {
                let inner = merge(after.get(key).unwrap_or(&Json::Null), value);
                if !inner.is_null() {
                    merged.insert(key.clone(), inner);
                }
            }
            Json::Object(merged)
        }
        (Json::Array(after), Json::Array(unknowns)) => Json::Array(
            after
                .iter()
                .enumerate()
                .map(|(at, value)| merge(value, unknowns.get(at).unwrap_or(&Json::Bool(false))))
                .collect(),
        ),
        _ => after.clone(),
    }
}

#[test]
fn real_plans_are_priced_and_nothing_is_lost() {
    let Some(corpus) = corpus() else { return };
    let mut seen = BTreeMap::<String, String>::new();
    for folder in ["infracost__infracost", "cycloidio__terracost"] {
        let entries = std::fs::read_dir(corpus.join("plans").join(folder))
            .unwrap_or_else(|error| panic!("{error}"));
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let Ok(plan) = std::fs::read_to_string(&path)
                .map_err(|_| ())
                .and_then(|text| serde_json::from_str::<Json>(&text).map_err(|_| ()))
            else {
                continue;
            };
            let changes = changes_of(&plan);
            let count = changes.len();
            let evaluation = evaluate(changes, json!({"monthly-cap-usd": 1_000_000_000}));
            let breakdown = breakdown(&evaluation);
            assert_eq!(evaluation.documents[0].content, breakdown.to_string());
            // Every resource is in exactly one of the three lists.
            let of = |name: &str| {
                breakdown[name]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .filter_map(|(_, n)| n.as_u64())
                    .sum::<u64>()
            };
            let priced = breakdown["resources"].as_array().map_or(0, Vec::len) as u64;
            assert_eq!(
                priced + of("types_without_price") + of("types_without_charge"),
                count as u64,
                "{}",
                path.display()
            );
            // Whatever is not determined has a finding, and the other way round.
            let complete = breakdown["totals"]["after"]["complete"] == true;
            assert_eq!(
                complete,
                evaluation.findings.is_empty(),
                "{}",
                path.display()
            );
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            seen.insert(
                name,
                breakdown["totals"]["after"]["least"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            );
        }
    }
    // By hand: m5.4xlarge 730 × 0.768 = 560.64, 50 GB gp2 × 0.10 = 5, 1,000 GB io1
    // × 0.125 = 125, 800 IOPS × 0.065 = 52; the function's usage is not declared.
    assert_eq!(
        seen.get("examples__terraform__plan.json")
            .map(String::as_str),
        Some("742.64"),
        "{seen:#?}"
    );
}

#[test]
fn a_plan_of_any_size_gives_a_report_of_bounded_size() {
    let plan = (0..3000).map(|n| {
        Resource::create(
            &format!("aws_sqs_queue.q[{n}]"),
            json!({"fifo_queue": false}),
        )
    });
    let nat = Resource::create("aws_nat_gateway.n", json!({}));
    let evaluation = evaluate(plan.chain([nat]), json!({"monthly-cap-usd": 1000}));
    // 3,001 have no usage; 1,000 are named, and one finding stands for the others.
    assert_eq!(evaluation.findings.len(), 1001);
    assert!(evaluation.findings[1000].message.contains("2001 more"));
    let breakdown = breakdown(&evaluation);
    assert_eq!(breakdown["resources"].as_array().map(Vec::len), Some(1000));
    assert_eq!(breakdown["resources_left_out"], 2001);
    // The dearest one is there, whatever its place.
    assert_eq!(breakdown["resources"][999]["address"], "aws_nat_gateway.n");
    assert_eq!(breakdown["not_determined_left_out"], 2001);
    assert_eq!(breakdown["totals"]["after"]["least"], "32.85");
    assert!(evaluation.documents[0].content.len() < 1 << 20);
}

/// Readers and recordings compare the document as text: the keys of every object are sorted.
#[test]
fn the_document_is_written_as_its_tree_would_be() {
    let kinds = [
        Resource::create("aws_instance.i", micro()),
        Resource::update("aws_instance.bigger", micro(), instance("t3.medium")),
        Resource::unchanged("aws_instance.same", micro()),
        Resource::delete("aws_instance.old", micro())
            .with(|change| change.deposed = Some("1f".to_owned())),
        Resource::create("aws_instance.address", {
            let mut instance = micro();
            instance["associate_public_ip_address"] = unknown();
            instance
        }),
        Resource::create("aws_sqs_queue.q", json!({"fifo_queue": false})),
        Resource::create("aws_mwaa_environment.m", json!({})),
        Resource::create("aws_amplify_app.a", json!({})),
        Resource::create("aws_iam_role.r", json!({})),
        Resource::create(
            "aws_kinesis_stream.s",
            json!({"shard_count": 1, "retention_period": 48}),
        ),
    ];
    for settings in [
        json!({}),
        json!({"monthly-cap-usd": 20, "allow-unpriced-types": ["aws_mwaa_*"], "undeclared-usage": "zero"}),
        json!({"usage": {"aws_sqs_queue": {"requests": 1}, "module.*": {"requests": 2}}}),
    ] {
        let evaluation = evaluate(kinds.clone(), settings);
        let text = &evaluation.documents[0].content;
        assert_eq!(*text, breakdown(&evaluation).to_string());
    }
}

/// What weighs the same is shown in the plan's order, and the rest as one line.
#[test]
fn the_table_shows_the_dearest_in_the_order_of_the_plan() {
    let queues = (0..30).map(|n| {
        Resource::create(
            &format!("aws_instance.i[{n:02}]"),
            instance(if n % 10 == 9 { "t3.medium" } else { "t3.micro" }),
        )
    });
    let breakdown = breakdown(&evaluate(queues, json!({})));
    let shown: Vec<&str> = breakdown["table"]["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row[0].as_str())
        .collect();
    let expected = [9, 19, 29, 0, 1, 2, 3, 4, 5, 6, 7, 8]
        .map(|n| format!("aws_instance.i[{n:02}]"))
        .into_iter()
        .chain(["18 more".to_owned(), "Total".to_owned()]);
    assert_eq!(shown, expected.collect::<Vec<_>>());
    // 18 × 8.232.
    assert_eq!(breakdown["table"]["rows"][12][2], "$148.18");
}

/// What stays as it is costs the same on both sides, and what is declared by address counts
/// beside what is declared by type.
#[test]
fn resources_of_one_type_are_told_apart() {
    let queue = |address: &str| Resource::unchanged(address, json!({"fifo_queue": false}));
    let settings = json!({"usage": {"aws_sqs_queue": {"requests": 1_000_000}, "module.a.*": {"requests": 2_000_000}}});
    let breakdown = breakdown(&evaluate(
        [
            queue("aws_sqs_queue.q"),
            queue("module.a.aws_sqs_queue.q"),
            queue("module.b.aws_sqs_queue.q"),
        ],
        settings,
    ));
    let costs: Vec<&str> = breakdown["resources"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|resource| resource["after"]["most"].as_str())
        .collect();
    assert_eq!(costs, ["0.4", "0.8", "0.4"]);
    assert_eq!(breakdown["totals"]["before"], breakdown["totals"]["after"]);
    assert_eq!(breakdown["totals"]["increase"]["most"], "0");
    assert!(breakdown["resources"][0].get("lines_before").is_none());
}

#[test]
fn describes_itself_within_the_contract() {
    let metadata = tollgate_policy::describe::<CostCap>();
    assert_eq!(metadata.documents, [PRICE_BOOK, "changed-attributes"]);
    assert!(!metadata.chunkable && !CostCap::DRIFT);
    for interest in &metadata.interests {
        for path in &interest.attributes {
            assert!(tollgate_policy::Path::parse(path).is_ok(), "{path}");
        }
    }
}

/// What `unpriced` says of the book to its readers.
#[test]
fn the_book_covers_the_regions_that_its_page_names() {
    let book: Json = serde_json::from_str(BOOK).unwrap_or_default();
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for row in book["rows"].as_array().into_iter().flatten() {
        *counts
            .entry(row["region"].as_str().unwrap_or_default())
            .or_default() += 1;
    }
    let mut count = |region: &str| counts.remove(region).unwrap_or_default();
    let named = ["us-east-1", "eu-west-1", "us-west-2", "ap-southeast-1"].map(&mut count);
    assert!(named.is_sorted_by(|one, next| one >= next), "{named:?}");
    assert!(named[3] >= 20, "{named:?}");
    counts.remove("global");
    assert!(counts.values().all(|count| *count < 20), "{counts:?}");
}
