//! What the policy finds in plans, case by case.

use audit_trail::AuditTrail;
use audit_trail::table::{Layer, On, rows};
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};

fn with(resources: impl IntoIterator<Item = Resource>, settings: Json) -> Vec<String> {
    let plan = Plan::new(resources).settings(settings);
    assert_eq!(plan.brought_about_by_nothing::<AuditTrail>(), [""; 0]);
    plan.findings::<AuditTrail>()
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

fn judged(resources: impl IntoIterator<Item = Resource>) -> Vec<String> {
    with(resources, json!({}))
}

/// A trail that is in order, with changes.
fn trail(changes: &[(&str, Json)]) -> Json {
    let mut trail = json!({
        "name": "main", "s3_bucket_name": "logs", "enable_logging": true, "is_multi_region_trail": true,
        "enable_log_file_validation": true, "include_global_service_events": true, "is_organization_trail": false,
        "cloud_watch_logs_group_arn": "arn:aws:logs:eu-west-1:1:log-group:trail:*", "cloud_watch_logs_role_arn": "arn",
        "kms_key_id": null, "event_selector": [], "advanced_event_selector": [], "insight_selector": [],
        "tags": {"enable_logging": "false"}, "tags_all": {}, "id": "main", "arn": "arn:aws:cloudtrail:::main",
    });
    for (key, value) in changes {
        trail[*key] = value.clone();
    }
    trail
}

const TRAIL: &str = "aws_cloudtrail.main";

#[test]
fn trails() {
    let none: &[&str] = &[];
    for (case, changes, made, changed) in [
        ("in order", vec![], none, none),
        (
            "off",
            vec![("enable_logging", json!(false))],
            &["audit-off violation [enable_logging]"][..],
            &["audit-switched-off violation [enable_logging]"][..],
        ),
        (
            "by default",
            vec![
                ("enable_logging", json!(null)),
                ("include_global_service_events", json!(null)),
            ],
            none,
            none,
        ),
        (
            "one region",
            vec![("is_multi_region_trail", json!(false))],
            &["audit-incomplete violation [is_multi_region_trail]"],
            &["audit-switched-off violation [is_multi_region_trail]"],
        ),
        (
            "left out",
            vec![("enable_log_file_validation", json!(null))],
            &["audit-incomplete violation [enable_log_file_validation]"],
            &["audit-switched-off violation [enable_log_file_validation]"],
        ),
        (
            "without log group",
            vec![("cloud_watch_logs_group_arn", json!(""))],
            none,
            &["audit-switched-off violation [cloud_watch_logs_group_arn]"],
        ),
        (
            "log group to come",
            vec![("cloud_watch_logs_group_arn", unknown())],
            none,
            none,
        ),
        (
            "without management events",
            vec![(
                "event_selector",
                json!([{"include_management_events": false, "read_write_type": "All",
            "exclude_management_event_sources": [], "data_resource": []}]),
            )],
            &["audit-incomplete violation [event_selector]"],
            &["audit-switched-off violation [event_selector]"],
        ),
        (
            "without keys",
            vec![(
                "event_selector",
                json!([{"include_management_events": true, "read_write_type": "All",
            "exclude_management_event_sources": ["kms.amazonaws.com"], "data_resource": []}]),
            )],
            &["logs-excluded violation [event_selector]"],
            &["logs-excluded violation [event_selector]"],
        ),
        (
            "sensitive",
            vec![("enable_logging", sensitive())],
            &["audit-off undetermined [enable_logging]"],
            &["audit-off undetermined [enable_logging]"],
        ),
    ] {
        let after = trail(&changes);
        assert_eq!(
            judged([Resource::create(TRAIL, after.clone())]),
            made,
            "{case}"
        );
        assert_eq!(
            judged([Resource::update(TRAIL, trail(&[]), after)]),
            changed,
            "{case}"
        );
    }
    let off = trail(&[("enable_logging", json!(false))]);
    let existing = ["audit-off violation(existing) [enable_logging]"];
    assert_eq!(judged([Resource::unchanged(TRAIL, off.clone())]), existing);
    let mut tagged = off.clone();
    tagged["tags"] = json!({});
    assert_eq!(
        judged([Resource::update(TRAIL, off.clone(), tagged)]),
        existing
    );
    let imported = Resource::unchanged(TRAIL, off.clone()).with(|change| change.importing = true);
    assert_eq!(judged([imported]), ["audit-off violation [enable_logging]"]);
    assert!(judged([Resource::update(TRAIL, off.clone(), trail(&[]))]).is_empty());
    // Deleted, replaced, forgotten.
    assert_eq!(
        judged([Resource::delete(TRAIL, trail(&[]))]),
        ["audit-deleted violation []"]
    );
    assert!(judged([Resource::delete(TRAIL, off)]).is_empty());
    assert!(
        judged([Resource::replace(
            TRAIL,
            trail(&[]),
            trail(&[("name", json!("other"))])
        )])
        .is_empty()
    );
    assert!(judged([Resource::forget(TRAIL, trail(&[]))]).is_empty());
    // One region beside all of them.
    let local = trail(&[("is_multi_region_trail", json!(false))]);
    let two = [
        Resource::create(TRAIL, trail(&[])),
        Resource::create("aws_cloudtrail.local", local),
    ];
    assert!(judged(two).is_empty());
}

#[test]
fn what_is_nothing_but_audit() {
    for (kind, before) in [
        (
            "aws_flow_log",
            json!({"vpc_id": "vpc-1", "traffic_type": "ALL"}),
        ),
        ("aws_guardduty_detector", json!({"enable": true})),
        (
            "aws_config_configuration_recorder",
            json!({"name": "a", "recording_group": []}),
        ),
        (
            "aws_config_configuration_recorder_status",
            json!({"is_enabled": true}),
        ),
        ("aws_config_delivery_channel", json!({"name": "a"})),
        ("aws_securityhub_account", json!({})),
        ("aws_macie2_account", json!({"status": "ENABLED"})),
        ("aws_accessanalyzer_analyzer", json!({"analyzer_name": "a"})),
        ("aws_s3_bucket_logging", json!({"bucket": "b"})),
        (
            "aws_wafv2_web_acl_logging_configuration",
            json!({"resource_arn": "arn"}),
        ),
        ("aws_route53_query_log", json!({"zone_id": "Z1"})),
        (
            "google_project_iam_audit_config",
            json!({"service": "allServices", "audit_log_config": []}),
        ),
        (
            "google_logging_organization_sink",
            json!({"disabled": false, "exclusions": []}),
        ),
        (
            "azurerm_monitor_diagnostic_setting",
            json!({"target_resource_id": "/x", "enabled_log": []}),
        ),
        (
            "azurerm_network_watcher_flow_log",
            json!({"enabled": true, "target_resource_id": "/n"}),
        ),
        (
            "azurerm_security_center_subscription_pricing",
            json!({"tier": "Standard", "resource_type": "VirtualMachines"}),
        ),
        (
            "azurerm_mssql_server_extended_auditing_policy",
            json!({"enabled": true, "server_id": "/s"}),
        ),
    ] {
        let address = format!("{kind}.x");
        assert_eq!(
            judged([Resource::delete(&address, before.clone())]),
            ["audit-deleted violation []"],
            "{kind}"
        );
        assert!(
            judged([Resource::unchanged(&address, before)]).is_empty(),
            "{kind}"
        );
    }
    // With what it watches.
    let log = || {
        Resource::delete(
            "aws_flow_log.x",
            json!({"vpc_id": "vpc-1", "subnet_id": null, "eni_id": null, "id": "fl-1"}),
        )
    };
    let network = |id: &str| Resource::delete("aws_vpc.x", json!({"id": id, "arn": "arn"}));
    assert!(judged([log(), network("vpc-1")]).is_empty());
    assert_eq!(
        judged([log(), network("vpc-2")]),
        ["audit-deleted violation []"]
    );
    let setting = Resource::delete(
        "azurerm_monitor_diagnostic_setting.x",
        json!({"target_resource_id": "/kv", "enabled_log": []}),
    );
    assert!(
        judged([
            setting,
            Resource::delete("azurerm_key_vault.x", json!({"id": "/kv"}))
        ])
        .is_empty()
    );
    // Look-alikes.
    for kind in [
        "aws_cloudwatch_log_group",
        "aws_guardduty_filter",
        "aws_config_aggregate_authorization",
        "google_logging_metric",
    ] {
        assert!(
            judged([Resource::delete(&format!("{kind}.x"), json!({"id": "x"}))]).is_empty(),
            "{kind}"
        );
    }
}

#[test]
fn switched_off() {
    let off = |path: &str| vec![format!("audit-switched-off violation [{path}]")];
    let log = |path: &str| vec![format!("access-log-removed violation [{path}]")];
    for (kind, before, after, expected) in [
        (
            "aws_guardduty_detector",
            json!({"enable": true}),
            json!({"enable": false}),
            off("enable"),
        ),
        (
            "aws_guardduty_detector_feature",
            json!({"status": "ENABLED"}),
            json!({"status": "DISABLED"}),
            off("status"),
        ),
        (
            "aws_config_configuration_recorder_status",
            json!({"is_enabled": true}),
            json!({"is_enabled": false}),
            off("is_enabled"),
        ),
        (
            "aws_config_configuration_recorder",
            json!({"recording_group": [{"all_supported": true}]}),
            json!({"recording_group": [{"all_supported": false}]}),
            off("recording_group[0].all_supported"),
        ),
        (
            "aws_macie2_account",
            json!({"status": "ENABLED"}),
            json!({"status": "PAUSED"}),
            off("status"),
        ),
        (
            "aws_flow_log",
            json!({"traffic_type": "ALL"}),
            json!({"traffic_type": "REJECT"}),
            off("traffic_type"),
        ),
        (
            "aws_cloudtrail_event_data_store",
            json!({"suspend": "false", "multi_region_enabled": true}),
            json!({"suspend": "true", "multi_region_enabled": true}),
            off("suspend"),
        ),
        (
            "azurerm_security_center_subscription_pricing",
            json!({"tier": "Standard"}),
            json!({"tier": "Free"}),
            off("tier"),
        ),
        (
            "azurerm_mssql_server_extended_auditing_policy",
            json!({"enabled": true}),
            json!({"enabled": false}),
            off("enabled"),
        ),
        (
            "azurerm_monitor_diagnostic_setting",
            json!({"enabled_log": [{"category": "AuditEvent", "category_group": ""}, {"category": "", "category_group": "audit"}]}),
            json!({"enabled_log": [{"category": "AuditEvent", "category_group": ""}]}),
            off("enabled_log"),
        ),
        (
            "google_project_iam_audit_config",
            json!({"audit_log_config": [{"log_type": "DATA_READ", "exempted_members": []}, {"log_type": "DATA_WRITE", "exempted_members": []}]}),
            json!({"audit_log_config": [{"log_type": "DATA_READ", "exempted_members": []}]}),
            off("audit_log_config"),
        ),
        (
            "google_logging_project_sink",
            json!({"disabled": false}),
            json!({"disabled": true}),
            off("disabled"),
        ),
        (
            "aws_lb",
            json!({"load_balancer_type": "application", "access_logs": [{"bucket": "b", "enabled": true}]}),
            json!({"load_balancer_type": "application", "access_logs": []}),
            log("access_logs[0].enabled"),
        ),
        (
            "aws_cloudfront_distribution",
            json!({"logging_config": [{"bucket": "b"}]}),
            json!({"logging_config": []}),
            log("logging_config"),
        ),
        (
            "aws_api_gateway_stage",
            json!({"access_log_settings": [{"destination_arn": "a"}]}),
            json!({"access_log_settings": []}),
            log("access_log_settings"),
        ),
        (
            "aws_apigatewayv2_stage",
            json!({"access_log_settings": [{"destination_arn": "a"}]}),
            json!({"access_log_settings": []}),
            log("access_log_settings"),
        ),
        (
            "aws_eks_cluster",
            json!({"enabled_cluster_log_types": ["api", "audit"]}),
            json!({"enabled_cluster_log_types": ["api"]}),
            log("enabled_cluster_log_types"),
        ),
        (
            "aws_eks_cluster",
            json!({"enabled_cluster_log_types": ["api", "audit"]}),
            json!({"enabled_cluster_log_types": ["audit"]}),
            log("enabled_cluster_log_types"),
        ),
        (
            "aws_db_instance",
            json!({"enabled_cloudwatch_logs_exports": ["audit"]}),
            json!({"enabled_cloudwatch_logs_exports": null}),
            log("enabled_cloudwatch_logs_exports"),
        ),
        (
            "aws_s3_bucket",
            json!({"logging": [{"target_bucket": "l"}]}),
            json!({"logging": []}),
            log("logging"),
        ),
        (
            "google_compute_subnetwork",
            json!({"purpose": "PRIVATE", "log_config": [{}]}),
            json!({"purpose": "PRIVATE", "log_config": []}),
            log("log_config"),
        ),
        (
            "google_storage_bucket",
            json!({"logging": [{"log_bucket": "l"}]}),
            json!({"logging": []}),
            log("logging"),
        ),
        (
            "google_compute_router_nat",
            json!({"log_config": [{"enable": true}]}),
            json!({"log_config": [{"enable": false}]}),
            log("log_config[0].enable"),
        ),
        (
            "google_container_cluster",
            json!({"logging_service": "logging.googleapis.com/kubernetes", "logging_config": []}),
            json!({"logging_service": "none", "logging_config": []}),
            log("logging_service"),
        ),
    ] {
        let address = format!("{kind}.x");
        assert_eq!(
            judged([Resource::update(&address, before.clone(), after.clone())]),
            expected,
            "{kind}"
        );
        // On again.
        assert!(
            judged([Resource::update(&address, after, before)]).is_empty(),
            "{kind}"
        );
    }
}

#[test]
fn access_logs() {
    for (kind, after, path) in [
        (
            "aws_lb",
            json!({"load_balancer_type": "network", "access_logs": []}),
            "access_logs[0].enabled",
        ),
        (
            "aws_lb",
            json!({"load_balancer_type": "application", "access_logs": [{"bucket": "b", "enabled": false}]}),
            "access_logs[0].enabled",
        ),
        ("aws_elb", json!({"access_logs": []}), "access_logs"),
        (
            "aws_cloudfront_distribution",
            json!({"arn": unknown(), "logging_config": []}),
            "logging_config",
        ),
        (
            "aws_api_gateway_stage",
            json!({"access_log_settings": []}),
            "access_log_settings",
        ),
        (
            "aws_eks_cluster",
            json!({"enabled_cluster_log_types": null}),
            "enabled_cluster_log_types",
        ),
        (
            "google_compute_subnetwork",
            json!({"purpose": unknown(), "log_config": []}),
            "log_config",
        ),
        (
            "google_compute_backend_service",
            json!({"log_config": [{"enable": false}]}),
            "log_config[0].enable",
        ),
    ] {
        let address = format!("{kind}.x");
        let expected = vec![format!("access-log-off violation [{path}]")];
        assert_eq!(
            judged([Resource::create(&address, after.clone())]),
            expected,
            "{kind}"
        );
        assert!(
            with(
                [Resource::create(&address, after.clone())],
                json!({"access-logs": "never"})
            )
            .is_empty(),
            "{kind}"
        );
        let existing = vec![format!("access-log-off violation(existing) [{path}]")];
        assert_eq!(
            judged([Resource::unchanged(&address, after)]),
            existing,
            "{kind}"
        );
    }
    for (kind, after) in [
        (
            "aws_lb",
            json!({"load_balancer_type": "gateway", "access_logs": []}),
        ),
        (
            "aws_lb",
            json!({"load_balancer_type": "application", "access_logs": [{"bucket": unknown(), "enabled": true}]}),
        ),
        (
            "aws_elb",
            json!({"access_logs": [{"bucket": "b", "enabled": true}]}),
        ),
        (
            "aws_api_gateway_stage",
            json!({"access_log_settings": [{"destination_arn": unknown(), "format": "x"}]}),
        ),
        (
            "google_compute_subnetwork",
            json!({"purpose": "REGIONAL_MANAGED_PROXY", "log_config": []}),
        ),
        (
            "google_compute_subnetwork",
            json!({"purpose": "PRIVATE", "log_config": [{"flow_sampling": 0.5}]}),
        ),
        (
            "aws_s3_bucket",
            json!({"bucket": "b", "logging": unknown()}),
        ),
        (
            "aws_db_instance",
            json!({"enabled_cloudwatch_logs_exports": null}),
        ),
        (
            "aws_eks_cluster",
            json!({"enabled_cluster_log_types": ["audit"]}),
        ),
    ] {
        assert!(
            judged([Resource::create(&format!("{kind}.x"), after)]).is_empty(),
            "{kind}"
        );
    }
    // Logs by the newer way.
    let distribution = || {
        Resource::create(
            "aws_cloudfront_distribution.x",
            json!({"arn": unknown(), "logging_config": []}),
        )
    };
    let delivery = |to: &str| {
        Resource::create(
            "aws_cloudwatch_log_delivery_source.x",
            json!({"resource_arn": unknown(), "log_type": "ACCESS_LOGS"}),
        )
        .refers("resource_arn", to)
    };
    assert!(
        judged([
            distribution(),
            delivery("aws_cloudfront_distribution.x.arn")
        ])
        .is_empty()
    );
    assert_eq!(
        judged([
            distribution(),
            delivery("aws_cloudfront_distribution.y.arn")
        ])
        .len(),
        1
    );
    let staging = Plan::new([distribution()]).environment("staging", false);
    assert!(staging.findings::<AuditTrail>().is_empty());
}

#[test]
fn the_traffic_of_a_network() {
    let made = || {
        Resource::create(
            "aws_vpc.x",
            json!({"id": unknown(), "cidr_block": "10.0.0.0/16"}),
        )
    };
    let stays = || {
        Resource::unchanged(
            "aws_vpc.x",
            json!({"id": "vpc-1", "cidr_block": "10.0.0.0/16"}),
        )
    };
    let flow = |attribute: &str, to: &str| {
        let log = json!({attribute: unknown(), "traffic_type": "ALL"});
        Resource::create("aws_flow_log.x", log).refers(attribute, to)
    };
    let none: [&str; 0] = [];
    let found = ["access-log-off violation []"];
    let existing = ["access-log-off violation(existing) []"];
    assert_eq!(judged([made()]), found);
    assert_eq!(judged([stays()]), existing);
    assert_eq!(judged([made(), flow("vpc_id", "aws_vpc.x.id")]), none);
    assert_eq!(judged([stays(), flow("vpc_id", "aws_vpc.x.id")]), none);
    assert_eq!(judged([made(), flow("vpc_id", "aws_vpc.y.id")]), found);
    // One of a subnet is not one of the network.
    assert_eq!(
        judged([made(), flow("subnet_id", "aws_subnet.x.id")]),
        found
    );
    let by_id = |id: &str| json!({"vpc_id": id, "traffic_type": "ALL"});
    let of = |id: &str| Resource::unchanged("aws_flow_log.x", by_id(id));
    assert_eq!(judged([stays(), of("vpc-1")]), none);
    assert_eq!(judged([stays(), of("vpc-2")]), existing);
    // Which network it is of cannot be told.
    let unclear = json!({"vpc_id": unknown(), "traffic_type": "ALL"});
    assert_eq!(
        judged([made(), Resource::create("aws_flow_log.x", unclear)]),
        ["access-log-off undetermined []"]
    );
    // That the plan deletes it is one finding.
    let ends = Resource::delete("aws_flow_log.x", by_id("vpc-1"));
    assert_eq!(judged([stays(), ends]), ["audit-deleted violation []"]);
    let leaves = Resource::delete("aws_vpc.x", json!({"id": "vpc-1"}));
    assert_eq!(judged([leaves]), none);
    let adopted = Resource::create("aws_default_vpc.x", json!({"id": unknown()}));
    assert_eq!(judged([adopted]), found);
    assert_eq!(with([made()], json!({"access-logs": "never"})), none);
    assert_eq!(with([made()], json!({"ignore-types": ["aws_vpc"]})), none);
}

#[test]
fn the_bucket_of_a_trail() {
    let bucket = || {
        Resource::create(
            "aws_s3_bucket.logs",
            json!({"bucket": "logs", "logging": unknown(), "object_lock_enabled": true}),
        )
    };
    let by_name = || Resource::create(TRAIL, trail(&[]));
    let by_reference = || {
        Resource::create(TRAIL, trail(&[("s3_bucket_name", unknown())]))
            .refers("s3_bucket_name", "aws_s3_bucket.logs.id")
    };
    let found = ["trail-bucket-unlogged violation []"];
    assert_eq!(judged([bucket(), by_name()]), found);
    assert_eq!(judged([bucket(), by_reference()]), found);
    assert!(judged([by_name()]).is_empty());
    let log = || {
        Resource::create(
            "aws_s3_bucket_logging.logs",
            json!({"bucket": unknown(), "target_bucket": "t"}),
        )
        .refers("bucket", "aws_s3_bucket.logs.id")
    };
    assert!(judged([bucket(), log(), by_name()]).is_empty());
    let named = || {
        Resource::create(
            "aws_s3_bucket_logging.logs",
            json!({"bucket": "logs", "target_bucket": "t"}),
        )
    };
    assert!(judged([bucket(), named(), by_reference()]).is_empty());
    let old = [
        Resource::unchanged(
            "aws_s3_bucket.logs",
            json!({"bucket": "logs", "logging": [], "versioning": [{"enabled": true}]}),
        ),
        Resource::unchanged(TRAIL, trail(&[])),
    ];
    assert_eq!(
        judged(old),
        ["trail-bucket-unlogged violation(existing) []"]
    );
}

#[test]
fn the_versions_of_the_bucket_of_a_trail() {
    let inline = |versioning: Json| json!({"bucket": "logs", "logging": [{"target_bucket": "t"}], "object_lock_enabled": false, "versioning": versioning});
    let bucket = || Resource::create("aws_s3_bucket.logs", inline(unknown()));
    let trail = || Resource::create(TRAIL, trail(&[]));
    let versions = |bucket: Json, status: Json| {
        Resource::create(
            "aws_s3_bucket_versioning.logs",
            json!({"bucket": bucket, "versioning_configuration": [{"status": status, "mfa_delete": unknown()}]}),
        )
    };
    let of_it =
        |status: Json| versions(unknown(), status).refers("bucket", "aws_s3_bucket.logs.id");
    let none = [""; 0];
    let found = ["trail-bucket-unversioned violation []"];
    let unclear = ["trail-bucket-unversioned undetermined []"];
    assert_eq!(judged([bucket(), trail()]), found);
    assert_eq!(
        judged([bucket(), trail(), of_it(json!("Suspended"))]),
        found
    );
    assert_eq!(judged([bucket(), trail(), of_it(json!("Disabled"))]), found);
    assert_eq!(judged([bucket(), trail(), of_it(json!("Enabled"))]), none);
    assert_eq!(judged([bucket(), trail(), of_it(unknown())]), unclear);
    let by_name = |name: &str| versions(json!(name), json!("Enabled"));
    assert_eq!(judged([bucket(), trail(), by_name("logs")]), none);
    assert_eq!(judged([bucket(), trail(), by_name("others")]), found);
    let of_any = versions(unknown(), json!("Enabled"));
    assert_eq!(judged([bucket(), trail(), of_any]), unclear);
    // What the plan cannot show.
    assert_eq!(judged([trail()]), none);
    // As it is today.
    let is = |versioning: Json| {
        judged([
            Resource::unchanged("aws_s3_bucket.logs", inline(versioning)),
            Resource::unchanged(
                TRAIL,
                json!({"s3_bucket_name": "logs", "enable_logging": true, "is_multi_region_trail": true,
                "enable_log_file_validation": true, "include_global_service_events": true}),
            ),
        ])
    };
    assert_eq!(is(json!([{"enabled": true, "mfa_delete": false}])), none);
    assert_eq!(
        is(json!([{"enabled": false, "mfa_delete": false}])),
        ["trail-bucket-unversioned violation(existing) []"]
    );
    // What the plan takes away was not so before, also where the bucket still shows it.
    let on = || inline(json!([{"enabled": true, "mfa_delete": false}]));
    let object =
        |status: &str| json!({"bucket": "logs", "versioning_configuration": [{"status": status}]});
    let with_bucket = |before: Json, after: Json, more: Vec<Resource>| {
        let bucket = Resource::update("aws_s3_bucket.logs", before, after);
        let trail = Resource::unchanged(
            TRAIL,
            json!({"s3_bucket_name": "logs", "enable_logging": true, "is_multi_region_trail": true,
                "enable_log_file_validation": true, "include_global_service_events": true}),
        );
        let mut found = judged([bucket, trail].into_iter().chain(more));
        found.retain(|line| line.starts_with("trail-bucket"));
        found
    };
    let versions = "aws_s3_bucket_versioning.logs";
    assert_eq!(with_bucket(on(), inline(json!([])), vec![]), found);
    let suspended = Resource::update(versions, object("Enabled"), object("Suspended"));
    assert_eq!(with_bucket(on(), on(), vec![suspended]), found);
    let deleted = Resource::delete(versions, object("Enabled"));
    assert_eq!(with_bucket(on(), on(), vec![deleted]), found);
    let kept = Resource::update(versions, object("Enabled"), object("Enabled"));
    assert_eq!(with_bucket(on(), on(), vec![kept]), none);
    assert_eq!(
        with_bucket(inline(json!([])), inline(json!([])), vec![]),
        ["trail-bucket-unversioned violation(existing) []"]
    );
    let log = || json!({"bucket": "logs", "target_bucket": "t"});
    assert_eq!(
        with_bucket(
            on(),
            on(),
            vec![Resource::delete("aws_s3_bucket_logging.logs", log())]
        ),
        ["trail-bucket-unlogged violation []"]
    );
    let moved = Resource::update("aws_s3_bucket_logging.logs", log(), log());
    assert_eq!(with_bucket(on(), on(), vec![moved]), none);
}

#[test]
fn exclusions() {
    let members = |members: &[&str]| json!({"service": "allServices", "audit_log_config": [{"log_type": "DATA_READ", "exempted_members": members}]});
    let kind = "google_project_iam_audit_config.x";
    assert_eq!(
        judged([Resource::create(kind, members(&["user:a@b.c"]))]),
        ["logs-excluded violation [audit_log_config]"]
    );
    assert!(judged([Resource::create(kind, members(&[]))]).is_empty());
    assert_eq!(
        judged([Resource::update(
            kind,
            members(&["user:a@b.c"]),
            members(&["user:a@b.c", "user:d@b.c"])
        )]),
        [
            "logs-excluded violation [audit_log_config]",
            "logs-excluded violation(existing) [audit_log_config]"
        ]
    );
    for (filter, expected) in [
        ("logName:\"cloudaudit.googleapis.com%2Factivity\"", 1),
        ("resource.type = k8s_container AND textPayload:health", 0),
    ] {
        let exclusion = json!({"name": "e", "filter": filter, "disabled": false});
        assert_eq!(
            judged([Resource::create(
                "google_logging_project_exclusion.x",
                exclusion
            )])
            .len(),
            expected,
            "{filter}"
        );
        let sink = json!({"name": "s", "disabled": false, "exclusions": [{"name": "e", "filter": filter, "disabled": false}]});
        assert_eq!(
            judged([Resource::create("google_logging_project_sink.x", sink)]).len(),
            expected,
            "{filter}"
        );
    }
}

#[test]
fn the_chain_to_an_alarm() {
    let filter = || {
        Resource::create(
            "aws_cloudwatch_log_metric_filter.f",
            json!({"name": "f", "log_group_name": "trail",
        "pattern": "{ ($.eventName = StopLogging) || ($.eventName = DeleteTrail) || ($.eventName = UpdateTrail) }",
        "metric_transformation": [{"name": "TrailChanges", "namespace": "CIS", "value": "1"}]}),
        )
    };
    let alarm = |metric: &str, actions: Json| {
        Resource::create(
            "aws_cloudwatch_metric_alarm.a",
            json!({"alarm_name": "a",
        "metric_name": metric, "namespace": "CIS", "alarm_actions": actions, "actions_enabled": true}),
        )
    };
    let watched = || Resource::create(TRAIL, trail(&[]));
    let settings = || json!({"cis-alarms": ["trail-changes"]});
    let broken = ["alarm-chain-broken violation [cloud_watch_logs_group_arn]"];
    assert!(judged([watched()]).is_empty(), "not wanted");
    assert_eq!(with([watched()], settings()), broken);
    assert_eq!(with([watched(), filter()], settings()), broken);
    assert_eq!(
        with(
            [watched(), filter(), alarm("Other", json!(["arn"]))],
            settings()
        ),
        broken
    );
    assert_eq!(
        with(
            [watched(), filter(), alarm("TrailChanges", json!([]))],
            settings()
        ),
        broken
    );
    assert!(
        with(
            [
                watched(),
                filter(),
                alarm("TrailChanges", json!([unknown()]))
            ],
            settings()
        )
        .is_empty()
    );
    assert!(with([filter()], settings()).is_empty(), "no trail");
    assert_eq!(with([watched()], json!({"cis-alarms": ["all"]})).len(), 15);
    let existing = with([Resource::unchanged(TRAIL, trail(&[]))], settings());
    assert_eq!(
        existing,
        ["alarm-chain-broken violation(existing) [cloud_watch_logs_group_arn]"]
    );
    let object = json!({"alarm_name": "a", "metric_name": "TrailChanges", "namespace": "CIS", "alarm_actions": ["arn"], "actions_enabled": true});
    let filtered = json!({"name": "f", "pattern": "StopLogging DeleteTrail UpdateTrail",
        "metric_transformation": [{"name": "TrailChanges", "namespace": "CIS", "value": "1"}]});
    let loses = [
        Resource::unchanged(TRAIL, trail(&[])),
        Resource::unchanged("aws_cloudwatch_log_metric_filter.f", filtered),
        Resource::delete("aws_cloudwatch_metric_alarm.a", object),
    ];
    assert_eq!(with(loses, settings()), broken);
}

#[test]
fn settings() {
    let off = || Resource::create(TRAIL, trail(&[("enable_logging", json!(false))]));
    assert_eq!(judged([off()]).len(), 1);
    assert!(with([off()], json!({"require": "never"})).is_empty());
    assert!(with([off()], json!({"ignore-types": ["aws_cloud*"]})).is_empty());
    let staging = |settings: Json| {
        Plan::new([off()])
            .environment("staging", false)
            .settings(settings)
            .findings::<AuditTrail>()
            .len()
    };
    assert_eq!(staging(json!({})), 1);
    assert_eq!(staging(json!({"require": "protected-environments"})), 0);
    let wrong = Plan::new([off()])
        .settings(json!({"cis-alarms": ["everything"]}))
        .evaluate::<AuditTrail>();
    assert!(wrong.is_err());
}

/// Every row of the table: what is deleted, and every switch that is turned.
#[test]
fn every_row() {
    for row in rows() {
        let address = format!("{}.x", row.kind);
        let deleted = judged([Resource::delete(&address, json!({"id": "x"}))]);
        let expected: &[&str] = if row.audit_only {
            &["audit-deleted violation []"]
        } else {
            &[]
        };
        assert_eq!(deleted, expected, "{}", row.kind);
        for path in row.watches {
            let watched = Resource::delete("aws_thing.x", json!({"id": "thing"}));
            let with_it = [Resource::delete(&address, json!({*path: "thing"})), watched];
            assert!(judged(with_it).is_empty(), "{} {path}", row.kind);
        }
        for switch in row.switches {
            let entry = |keys: &[&str], name: &str| match keys.first() {
                Some(key) => json!({*key: name}),
                None => json!(name),
            };
            let (on, off) = match switch.on {
                On::Empty => (json!(""), json!("x")),
                On::True => (json!(true), json!(false)),
                On::False => (json!(false), json!(true)),
                On::OneOf(values) => (json!(values[0]), json!("something else")),
                On::NoneOf(values) => (json!("something else"), json!(values[0])),
                On::There => (json!([{"bucket": "b"}]), json!([])),
                On::Has(name) => (json!([name]), json!([])),
                On::AuditConfigs => (json!(policy(&["DATA_READ"])), json!(policy(&[]))),
                On::Entries(keys) => (
                    json!([entry(keys, "one"), entry(keys, "two")]),
                    json!([entry(keys, "one")]),
                ),
            };
            let rule = if switch.layer == Layer::Access {
                "access-log-removed"
            } else {
                "audit-switched-off"
            };
            let found = judged([Resource::update(
                &address,
                at(switch.path, on.clone()),
                at(switch.path, off.clone()),
            )]);
            let expected = format!("{rule} violation [{}]", switch.path);
            assert!(
                found.contains(&expected),
                "{} {found:?} {expected}",
                row.kind
            );
            let found = judged([Resource::update(
                &address,
                at(switch.path, off.clone()),
                at(switch.path, on.clone()),
            )]);
            assert!(
                !found.contains(&format!("{rule} violation [{}]", switch.path)),
                "{} {found:?}",
                row.kind
            );
            // A switch that goes with its block is turned by its default, and so is one that is a block.
            let whole = switch.path.split_once("[0].").map(|(block, _)| block);
            for nothing in [json!([]), Json::Null] {
                let without = json!({whole.unwrap_or(switch.path): nothing});
                let update =
                    Resource::update(&address, at(switch.path, on.clone()), without.clone());
                let found = judged([update]);
                let is_list = !matches!(
                    switch.on,
                    On::True
                        | On::False
                        | On::OneOf(_)
                        | On::NoneOf(_)
                        | On::Empty
                        | On::AuditConfigs
                );
                if whole.is_some() || is_list {
                    assert_eq!(
                        found.contains(&format!("{rule} violation [{}]", switch.path)),
                        !switch.unset,
                        "{} without {} {found:?}",
                        row.kind,
                        switch.path
                    );
                }
                // What is off already, the edit of something else does not switch off.
                for before in [without, at(switch.path, off.clone())] {
                    let mut tagged = before.clone();
                    tagged["tags"] = json!({"team": "shop"});
                    let found = judged([Resource::update(&address, before, tagged)]);
                    assert!(
                        found.iter().all(|line| line.contains("(existing)")),
                        "{} {found:?}",
                        row.kind
                    );
                }
            }
            let found = judged([Resource::create(&address, at(switch.path, off))]);
            let expected = match switch.layer {
                Layer::Audit => "audit-off",
                Layer::Part => "audit-incomplete",
                Layer::Access => "access-log-off",
            };
            let expected = format!("{expected} violation [{}]", switch.path);
            let is_list = matches!(switch.on, On::Entries(_));
            assert_eq!(
                found.contains(&expected),
                // A list may have another switch.
                switch.wanted || (is_list && found.contains(&expected)),
                "{} {found:?} {expected}",
                row.kind
            );
            if let Some((path, values)) = switch.unless {
                for value in values {
                    let found = judged([Resource::create(&address, json!({path: value}))]);
                    assert!(found.is_empty(), "{} {value} {found:?}", row.kind);
                }
            }
        }
    }
}

/// A policy of Google that has these kinds of access to all services logged.
fn policy(kinds: &[&str]) -> String {
    let logs: Vec<Json> = kinds.iter().map(|kind| json!({"logType": kind})).collect();
    json!({"bindings": [], "auditConfigs": [{"service": "allServices", "auditLogConfigs": logs}]})
        .to_string()
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
fn an_export_that_leaves_something_out() {
    for kind in [
        "google_logging_project_sink",
        "google_logging_folder_sink",
        "google_logging_organization_sink",
        "google_logging_billing_account_sink",
    ] {
        let sink = |filter: Json| json!({"name": "s", "disabled": false, "filter": filter});
        let update = |before: Json, after: Json| {
            Plan::new([Resource::update(
                &format!("{kind}.x"),
                sink(before),
                sink(after),
            )])
            .findings::<AuditTrail>()
        };
        let narrowed = update(json!(""), json!("severity>=ERROR"));
        assert_eq!(narrowed.len(), 1, "{narrowed:?}");
        assert!(
            narrowed[0].ends_with(
                "the export of logs records less: `filter` not set -> `severity>=ERROR`"
            ),
            "{narrowed:?}"
        );
        assert!(update(json!("severity>=ERROR"), json!("")).is_empty());
        assert!(update(json!("severity>=ERROR"), json!("severity>=WARNING")).is_empty());
        assert!(
            Plan::new([Resource::create(
                &format!("{kind}.x"),
                sink(json!("severity>=ERROR"))
            )])
            .findings::<AuditTrail>()
            .is_empty()
        );
    }
}

/// A selector of management events, with further fields.
fn management(more: &[Json]) -> Json {
    let mut fields = vec![json!({"field": "eventCategory", "equals": ["Management"]})];
    fields.extend(more.iter().cloned());
    json!({"name": "m", "field_selector": fields})
}

fn data(kind: &str) -> Json {
    json!({"name": "d", "field_selector": [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": [kind]},
    ]})
}

#[test]
fn what_selectors_record() {
    let none: &[&str] = &[];
    let every = json!([management(&[])]);
    let reads = json!([management(&[
        json!({"field": "readOnly", "equals": ["true"]})
    ])]);
    let writes = json!([management(&[
        json!({"field": "readOnly", "equals": ["false"]})
    ])]);
    let split = json!([reads[0], writes[0]]);
    let buckets = json!([data("AWS::S3::Object")]);
    let both = json!([management(&[]), data("AWS::S3::Object")]);
    let few = json!([management(&[
        json!({"field": "eventName", "equals": ["ConsoleLogin"]})
    ])]);
    let but = json!([management(&[
        json!({"field": "eventSource", "not_equals": ["kms.amazonaws.com"]})
    ])]);
    let incomplete: &[&str] = &["audit-incomplete violation [advanced_event_selector]"];
    let lost: &[&str] = &["audit-switched-off violation [advanced_event_selector]"];
    let existing: &[&str] = &["audit-incomplete violation(existing) [advanced_event_selector]"];
    for (before, after, made, changed) in [
        (&every, &every, none, none),
        (&json!([]), &every, none, none),
        (&every, &reads, incomplete, lost),
        (&every, &writes, incomplete, lost),
        (&reads, &split, none, none),
        (&reads, &reads, incomplete, existing),
        (&reads, &writes, incomplete, lost),
        (&both, &buckets, incomplete, lost),
        (&both, &every, none, lost),
        (&every, &both, none, none),
        (&buckets, &both, none, none),
        (&every, &few, incomplete, lost),
        (
            &every,
            &but,
            &["logs-excluded violation [advanced_event_selector]"],
            &["logs-excluded violation [advanced_event_selector]"],
        ),
        (&json!([]), &buckets, incomplete, lost),
        (
            &every,
            &sensitive(),
            &["audit-incomplete undetermined [advanced_event_selector]"],
            &["audit-incomplete undetermined [advanced_event_selector]"],
        ),
    ] {
        let at = |selectors: &Json| trail(&[("advanced_event_selector", selectors.clone())]);
        assert_eq!(
            judged([Resource::create(TRAIL, at(after))]),
            made,
            "{after}"
        );
        assert_eq!(
            judged([Resource::update(TRAIL, at(before), at(after))]),
            changed,
            "{before} -> {after}"
        );
    }
    // Beside a trail of everything, another one of data is in order.
    let of_data = trail(&[("advanced_event_selector", buckets.clone())]);
    assert_eq!(
        judged([
            Resource::create("aws_cloudtrail.data", of_data),
            Resource::create(TRAIL, trail(&[])),
        ]),
        none
    );
    // The same of a store, which may be for one kind of events.
    let store = |selectors: &Json| json!({"name": "s", "multi_region_enabled": true, "advanced_event_selector": selectors});
    let address = "aws_cloudtrail_event_data_store.s";
    for after in [&buckets, &every, &both, &unknown()] {
        assert_eq!(judged([Resource::create(address, store(after))]), none);
    }
    assert_eq!(
        judged([Resource::update(address, store(&both), store(&buckets))]),
        lost
    );
    assert_eq!(
        judged([Resource::update(address, store(&buckets), store(&both))]),
        none
    );
    // Classic selectors: what one of them leaves out another one may have.
    let classic = |kinds: &[(&str, bool)]| {
        let blocks: Vec<_> = kinds
            .iter()
            .map(|(kind, on)| json!({"read_write_type": kind, "include_management_events": on, "data_resource": [], "exclude_management_event_sources": []}))
            .collect();
        trail(&[("event_selector", json!(blocks))])
    };
    for (blocks, made) in [
        (&[("All", false), ("All", true)][..], none),
        (&[("ReadOnly", true), ("WriteOnly", true)], none),
        (
            &[("ReadOnly", true)],
            &["audit-incomplete violation [event_selector]"],
        ),
        (
            &[("All", false)],
            &["audit-incomplete violation [event_selector]"],
        ),
    ] {
        assert_eq!(
            judged([Resource::create(TRAIL, classic(blocks))]),
            made,
            "{blocks:?}"
        );
    }
}

#[test]
fn findings_that_reach_nobody() {
    let none: &[&str] = &[];
    let criterion = |criterion: Json| json!({"action": "ARCHIVE", "finding_criteria": [{"criterion": [criterion]}]});
    let all: &[&str] = &["findings-muted violation [finding_criteria]"];
    let some: &[&str] = &["findings-muted violation(advice) [finding_criteria]"];
    for (after, expected) in [
        (
            criterion(json!({"field": "severity", "greater_than_or_equal": "2"})),
            all,
        ),
        (
            criterion(json!({"field": "severity", "less_than": "9"})),
            all,
        ),
        (
            criterion(json!({"field": "region", "equals": ["eu-west-1"]})),
            all,
        ),
        (
            criterion(json!({"field": "type", "not_equals": ["Recon:EC2/Portscan"]})),
            all,
        ),
        (
            criterion(json!({"field": "severity", "less_than": "4"})),
            some,
        ),
        (
            criterion(json!({"field": "type", "equals": ["Recon:EC2/Portscan"]})),
            some,
        ),
        (
            json!({"action": "NOOP", "finding_criteria": [{"criterion": [{"field": "severity", "greater_than": "1"}]}]}),
            none,
        ),
    ] {
        assert_eq!(
            judged([Resource::create("aws_guardduty_filter.f", after.clone())]),
            expected,
            "{after}"
        );
    }
    let wide = criterion(json!({"field": "severity", "greater_than": "1"}));
    assert_eq!(
        judged([Resource::unchanged("aws_guardduty_filter.f", wide)]),
        ["findings-muted violation(existing) [finding_criteria]"]
    );
    for (address, after, expected) in [
        (
            "aws_accessanalyzer_archive_rule.a",
            json!({"filter": [{"criteria": "isPublic", "eq": ["false"]}]}),
            &["findings-muted violation [filter]"][..],
        ),
        (
            "aws_accessanalyzer_archive_rule.a",
            json!({"filter": [{"criteria": "resource", "eq": ["arn:aws:s3:::site"]}]}),
            &["findings-muted violation(advice) [filter]"],
        ),
        (
            "google_scc_v2_project_mute_config.m",
            json!({"filter": "severity=\"HIGH\"", "type": "STATIC"}),
            &["findings-muted violation [filter]"],
        ),
        (
            "google_scc_mute_config.m",
            json!({"filter": "category=\"OPEN_SSH_PORT\""}),
            &["findings-muted violation(advice) [filter]"],
        ),
        (
            "aws_inspector2_filter.i",
            json!({"action": "SUPPRESS", "filter_criteria": [{"severity": [{"comparison": "EQUALS", "value": "CRITICAL"}]}]}),
            &["findings-muted violation [filter_criteria]"],
        ),
        (
            "aws_inspector2_filter.i",
            json!({"action": "SUPPRESS", "filter_criteria": [{"vulnerability_id": [{"comparison": "EQUALS", "value": "CVE-2020-1"}]}]}),
            &["findings-muted violation(advice) [filter_criteria]"],
        ),
        (
            "aws_securityhub_automation_rule.r",
            json!({"rule_status": "ENABLED", "criteria": [{"severity_label": [{"comparison": "EQUALS", "value": "HIGH"}]}], "actions": [{"type": "FINDING_FIELDS_UPDATE", "finding_fields_update": [{"workflow": [{"status": "SUPPRESSED"}]}]}]}),
            &["findings-muted violation [criteria]"],
        ),
        (
            "aws_securityhub_automation_rule.r",
            json!({"rule_status": "ENABLED", "criteria": [], "actions": [{"finding_fields_update": [{"workflow": [{"status": "NOTIFIED"}]}]}]}),
            none,
        ),
        (
            "aws_securityhub_standards_control.c",
            json!({"control_status": "DISABLED", "disabled_reason": "none of it"}),
            &["findings-muted violation(advice) [control_status]"],
        ),
    ] {
        assert_eq!(
            judged([Resource::create(address, after.clone())]),
            expected,
            "{address} {after}"
        );
    }
    assert_eq!(
        judged([Resource::update(
            "aws_securityhub_standards_control_association.c",
            json!({"association_status": "ENABLED"}),
            json!({"association_status": "DISABLED"})
        )]),
        ["findings-muted violation [association_status]"]
    );
    // Event rules and exports.
    let rule = |pattern: &str, state: &str| json!({"event_pattern": pattern, "state": state, "is_enabled": null});
    let findings =
        r#"{"source":["aws.securityhub"],"detail-type":["Security Hub Findings - Imported"]}"#;
    let pipeline = r#"{"source":["aws.s3"],"detail-type":["AWS API Call via CloudTrail"]}"#;
    let event = "aws_cloudwatch_event_rule.e";
    let stopped = ["findings-muted violation [state]"];
    assert_eq!(
        judged([Resource::update(
            event,
            rule(findings, "ENABLED"),
            rule(findings, "DISABLED")
        )]),
        stopped
    );
    assert_eq!(
        judged([Resource::update(
            event,
            rule(findings, "DISABLED"),
            rule(findings, "DISABLED")
        )]),
        none
    );
    assert_eq!(
        judged([Resource::update(
            event,
            rule(pipeline, "ENABLED"),
            rule(pipeline, "DISABLED")
        )]),
        none
    );
    assert_eq!(
        judged([Resource::delete(event, rule(findings, "ENABLED"))]),
        ["findings-muted violation [event_pattern]"]
    );
    assert_eq!(
        judged([Resource::delete(event, rule(pipeline, "ENABLED"))]),
        none
    );
    let export =
        |group: &str| json!({"log_group_name": group, "name": "x", "destination_arn": "d"});
    let address = "aws_cloudwatch_log_subscription_filter.s";
    assert_eq!(
        judged([Resource::delete(address, export("/org/cloudtrail"))]),
        ["findings-muted violation [log_group_name]"]
    );
    assert_eq!(
        judged([Resource::delete(address, export("/aws/lambda/orders"))]),
        ["findings-muted violation(advice) [log_group_name]"]
    );
    assert_eq!(
        judged([
            Resource::delete(address, export("/aws/lambda/orders")),
            Resource::delete(
                "aws_cloudwatch_log_group.g",
                json!({"id": "/aws/lambda/orders", "name": "/aws/lambda/orders"})
            ),
        ]),
        none
    );
    // Rules of detection and on the configuration.
    assert_eq!(
        judged([Resource::delete(
            "aws_config_config_rule.r",
            json!({"name": "r"})
        )]),
        ["audit-deleted violation []"]
    );
    let sentinel = "azurerm_sentinel_alert_rule_scheduled.r";
    assert_eq!(
        judged([Resource::update(
            sentinel,
            json!({"enabled": true}),
            json!({"enabled": false})
        )]),
        ["audit-switched-off violation [enabled]"]
    );
}

#[test]
fn a_group_of_categories_takes_them_in() {
    let address = "azurerm_monitor_diagnostic_setting.d";
    let category = |name: &str| json!({"category": name, "category_group": null});
    let group = |name: &str| json!({"category": "", "category_group": name});
    let update = |before: Json, after: Json| {
        let at = |logs: Json| json!({"target_resource_id": "t", "enabled_log": logs});
        judged([Resource::update(address, at(before), at(after))])
    };
    let lost = ["audit-switched-off violation [enabled_log]"];
    for (before, after, fewer) in [
        (vec![category("AuditEvent")], vec![group("allLogs")], false),
        (vec![category("AuditEvent")], vec![group("audit")], false),
        (vec![category("kube-audit")], vec![group("audit")], false),
        (vec![group("audit")], vec![group("allLogs")], false),
        (
            vec![category("Requests"), category("AuditLogs")],
            vec![group("allLogs")],
            false,
        ),
        (
            vec![category("Requests"), category("AuditLogs")],
            vec![group("audit")],
            true,
        ),
        (vec![group("allLogs")], vec![group("audit")], true),
        (vec![group("allLogs")], vec![category("AuditEvent")], true),
        (vec![category("AuditEvent")], vec![], true),
    ] {
        let found = update(json!(before), json!(after));
        assert_eq!(found, lost[..usize::from(fewer)], "{before:?} {after:?}");
    }
}

#[test]
fn what_a_policy_of_google_has_logged() {
    let address = "google_project_iam_policy.p";
    let data = |policy: Json| json!({"project": "p", "policy_data": policy});
    let update =
        |before: Json, after: Json| judged([Resource::update(address, data(before), data(after))]);
    let one = r#"{"bindings": [], "auditConfigs": [{"service": "storage.googleapis.com", "auditLogConfigs": [{"logType": "DATA_READ"}]}]}"#;
    let none: [&str; 0] = [];
    let lost = ["audit-switched-off violation [policy_data]"];
    assert_eq!(
        update(json!(policy(&["DATA_READ"])), json!(r#"{"bindings": []}"#)),
        lost
    );
    assert_eq!(update(json!(policy(&["DATA_READ"])), json!(one)), lost);
    assert_eq!(update(json!(one), json!(policy(&["DATA_READ"]))), none);
    assert_eq!(update(json!(one), json!(policy(&["DATA_WRITE"]))), lost);
    assert_eq!(update(json!(policy(&["DATA_READ"])), unknown()), none);
    assert_eq!(
        update(
            json!(policy(&["DATA_READ"])),
            json!(policy(&["DATA_READ", "ADMIN_READ"]))
        ),
        none
    );
}

#[test]
fn another_place() {
    let advice = |path: &str| vec![format!("audit-redirected violation(advice) [{path}]")];
    for (kind, path) in [
        ("aws_config_delivery_channel", "s3_bucket_name"),
        ("google_logging_project_sink", "destination"),
        (
            "azurerm_monitor_diagnostic_setting",
            "log_analytics_workspace_id",
        ),
        ("aws_flow_log", "log_destination"),
    ] {
        let address = format!("{kind}.x");
        let at = |value: Json| json!({path: value});
        let update =
            |before: Json, after: Json| judged([Resource::update(&address, at(before), at(after))]);
        assert_eq!(update(json!("a"), json!("b")), advice(path), "{kind}");
        assert_eq!(update(json!("a"), json!(null)), advice(path), "{kind}");
        for (before, after) in [
            (json!("a"), json!("a")),
            (json!(null), json!("b")),
            (json!("a"), unknown()),
        ] {
            assert_eq!(update(before, after), [""; 0], "{kind}");
        }
        assert_eq!(
            judged([Resource::create(&address, at(json!("b")))]),
            [""; 0],
            "{kind}"
        );
    }
    let moved = judged([Resource::update(
        TRAIL,
        trail(&[]),
        trail(&[("s3_bucket_name", json!("elsewhere"))]),
    )]);
    assert_eq!(moved, advice("s3_bucket_name"));
}

#[test]
fn a_limit_for_a_day() {
    let quota = |gb: Json| json!({"name": "w", "daily_quota_gb": gb});
    let update = |before: Json, after: Json| {
        judged([Resource::update(
            "azurerm_log_analytics_workspace.w",
            quota(before),
            quota(after),
        )])
    };
    for (before, after) in [
        (json!(null), json!(1)),
        (json!(-1), json!(0.5)),
        (json!(10), json!(1)),
    ] {
        assert_eq!(
            update(before, after),
            ["logs-excluded violation(advice) [daily_quota_gb]"]
        );
    }
    for (before, after) in [
        (json!(1), json!(10)),
        (json!(1), json!(-1)),
        (json!(1), json!(1)),
        (json!(1), json!(null)),
        (json!(1), unknown()),
    ] {
        assert_eq!(update(before, after), [""; 0]);
    }
}

#[test]
fn findings_that_nobody_is_told_of() {
    let none: [&str; 0] = [];
    // Addresses that are trusted.
    let list =
        |active: bool, from: &str| json!({"activate": active, "location": from, "format": "TXT"});
    let address = "aws_guardduty_ipset.i";
    let muted = ["findings-muted violation [activate]"];
    assert_eq!(judged([Resource::create(address, list(true, "a"))]), muted);
    assert_eq!(judged([Resource::create(address, list(false, "a"))]), none);
    assert_eq!(
        judged([Resource::update(address, list(false, "a"), list(true, "a"))]),
        muted
    );
    assert_eq!(
        judged([Resource::update(address, list(true, "a"), list(true, "b"))]),
        muted
    );
    assert_eq!(
        judged([Resource::unchanged(address, list(true, "a"))]),
        ["findings-muted violation(existing) [activate]"]
    );
    assert_eq!(judged([Resource::delete(address, list(true, "a"))]), none);
    // The last target of a rule on findings.
    let rule = |source: &str| {
        Resource::unchanged(
            "aws_cloudwatch_event_rule.r",
            json!({"name": "gd", "event_pattern": format!("{{\"source\":[\"{source}\"]}}"), "state": "ENABLED"}),
        )
    };
    let target = |name: &str| json!({"rule": name, "arn": "t", "target_id": "t"});
    let gone = || Resource::delete("aws_cloudwatch_event_target.t", target("gd"));
    assert_eq!(
        judged([rule("aws.guardduty"), gone()]),
        ["findings-muted violation [rule]"]
    );
    assert_eq!(judged([rule("aws.codebuild"), gone()]), none);
    let another = Resource::unchanged("aws_cloudwatch_event_target.u", target("gd"));
    assert_eq!(judged([rule("aws.guardduty"), gone(), another]), none);
    assert_eq!(judged([gone()]), none);
}
