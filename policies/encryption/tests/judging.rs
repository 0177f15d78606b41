//! What the policy finds in plans, case by case.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

use encryption::Encryption;
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};

/// `rule outcome [attributes]` of every finding on one resource.
fn judged(resource: Resource) -> Vec<String> {
    short(&Plan::new([resource]))
}

fn with_settings(resource: Resource, settings: Json) -> Vec<String> {
    short(&Plan::new([resource]).settings(settings))
}

fn short(plan: &Plan) -> Vec<String> {
    assert_eq!(plan.brought_about_by_nothing::<Encryption>(), [""; 0]);
    plan.findings::<Encryption>()
        .iter()
        .map(|line| {
            let (head, _) = line.split_once(": ").unwrap();
            let mut words: Vec<_> = head.split(' ').collect();
            words.remove(2);
            words.join(" ")
        })
        .collect()
}

fn created(kind: &str, attributes: Json) -> Resource {
    Resource::create(&format!("{kind}.x"), attributes)
}

/// An RDS instance as the provider writes it.
fn database(encrypted: Json, class: &str) -> Json {
    json!({
        "allocated_storage": 20, "apply_immediately": null, "backup_retention_period": 7,
        "deletion_protection": true, "engine": "postgres", "identifier": "orders",
        "instance_class": class, "kms_key_id": "arn:aws:kms:eu-central-1:123456789012:key/1",
        "multi_az": true, "publicly_accessible": false, "replicate_source_db": null,
        "storage_encrypted": encrypted, "tags": {"storage_encrypted": "false"}, "timeouts": null,
    })
}

#[test]
fn a_database_that_is_not_encrypted_is_found_wherever_the_plan_has_it() {
    let off = || database(json!(false), "db.t4g.small");
    let on = || database(json!(true), "db.t4g.small");
    let at = "aws_db_instance.orders";
    let found = "unencrypted-at-rest violation [storage_encrypted]";
    let existing = "unencrypted-at-rest violation(existing) [storage_encrypted]";
    for (resource, expected) in [
        (Resource::create(at, off()), vec![found]),
        (
            Resource::create(at, database(json!(null), "db.t4g.small")),
            vec![found],
        ),
        (Resource::create(at, on()), vec![]),
        // Given up and put right.
        (Resource::replace(at, on(), off()), vec![found]),
        (Resource::replace(at, off(), on()), vec![]),
        // Not of this plan's making.
        (Resource::unchanged(at, off()), vec![existing]),
        (
            Resource::update(at, off(), database(json!(false), "db.t4g.large")),
            vec![existing],
        ),
        // Taken over as it is.
        (
            Resource::unchanged(at, off()).with(|change| change.importing = true),
            vec![found],
        ),
        // Not told.
        (
            Resource::create(at, database(unknown(), "db.t4g.small")),
            vec!["unencrypted-at-rest undetermined [storage_encrypted]"],
        ),
        (
            Resource::update(at, on(), database(sensitive(), "db.t4g.small")),
            vec!["unencrypted-at-rest undetermined [storage_encrypted]"],
        ),
        // Gone, or not ours.
        (Resource::delete(at, off()), vec![]),
        (Resource::forget(at, off()), vec![]),
        (
            Resource::unchanged("data.aws_db_instance.orders", off()),
            vec![],
        ),
        // A copy is as its source is.
        (
            Resource::create(at, {
                let mut replica = off();
                replica["replicate_source_db"] = json!("orders");
                replica
            }),
            vec![],
        ),
        (
            Resource::create(at, {
                let mut replica = off();
                replica["replicate_source_db"] = unknown();
                replica
            })
            .refers("replicate_source_db", "aws_db_instance.main.identifier"),
            vec![],
        ),
        // Looks alike.
        (
            Resource::create(
                "aws_db_instance_automated_backups_replication.x",
                json!({"storage_encrypted": false}),
            ),
            vec![],
        ),
    ] {
        let shown = format!("{resource:?}");
        assert_eq!(judged(resource), expected, "{shown}");
    }
}

#[test]
fn each_service() {
    let none: &[&str] = &[];
    for (kind, after, expected) in [
        // At rest.
        (
            "aws_rds_cluster",
            json!({"storage_encrypted": unknown(), "engine_mode": "provisioned"}),
            &["unencrypted-at-rest violation [storage_encrypted]"] as &[_],
        ),
        (
            "aws_rds_cluster",
            json!({"storage_encrypted": unknown(), "engine_mode": "serverless"}),
            none,
        ),
        (
            "aws_efs_file_system",
            json!({"encrypted": unknown()}),
            &["unencrypted-at-rest violation [encrypted]"],
        ),
        ("aws_efs_file_system", json!({"encrypted": true}), none),
        (
            "aws_redshift_cluster",
            json!({"encrypted": "false"}),
            &["unencrypted-at-rest violation [encrypted]"],
        ),
        ("aws_redshift_cluster", json!({"encrypted": null}), none),
        (
            "aws_sqs_queue",
            json!({"sqs_managed_sse_enabled": unknown(), "kms_master_key_id": null}),
            none,
        ),
        (
            "aws_sqs_queue",
            json!({"sqs_managed_sse_enabled": false, "kms_master_key_id": null}),
            &["unencrypted-at-rest violation [sqs_managed_sse_enabled]"],
        ),
        (
            "aws_sqs_queue",
            json!({"sqs_managed_sse_enabled": false, "kms_master_key_id": "alias/orders"}),
            none,
        ),
        (
            "aws_sns_topic",
            json!({"kms_master_key_id": null}),
            &["topic-unencrypted violation [kms_master_key_id]"],
        ),
        (
            "aws_sns_topic",
            json!({"kms_master_key_id": ""}),
            &["topic-unencrypted violation [kms_master_key_id]"],
        ),
        (
            "aws_sns_topic",
            json!({"kms_master_key_id": "alias/aws/sns"}),
            none,
        ),
        (
            "aws_kinesis_stream",
            json!({"encryption_type": "NONE", "kms_key_id": null}),
            &["unencrypted-at-rest violation [encryption_type]"],
        ),
        (
            "aws_kinesis_firehose_delivery_stream",
            json!({"server_side_encryption": [], "kinesis_source_configuration": [], "msk_source_configuration": []}),
            &["unencrypted-at-rest violation [server_side_encryption[0].enabled]"],
        ),
        (
            "aws_kinesis_firehose_delivery_stream",
            json!({"server_side_encryption": [], "kinesis_source_configuration": [{"role_arn": "r"}], "msk_source_configuration": []}),
            none,
        ),
        (
            "aws_opensearch_domain",
            json!({"encrypt_at_rest": [], "node_to_node_encryption": [], "domain_endpoint_options": []}),
            &[
                "unencrypted-at-rest violation [encrypt_at_rest[0].enabled]",
                "unencrypted-in-transit violation [node_to_node_encryption[0].enabled]",
                "unencrypted-in-transit violation [domain_endpoint_options[0].enforce_https]",
            ],
        ),
        (
            "aws_opensearch_domain",
            json!({
                "encrypt_at_rest": [{"enabled": true, "kms_key_id": unknown()}],
                "node_to_node_encryption": [{"enabled": true}],
                "domain_endpoint_options": [{"enforce_https": true, "tls_security_policy": "Policy-Min-TLS-1-0-2019-07"}],
            }),
            &["weak-tls violation [domain_endpoint_options[0].tls_security_policy]"],
        ),
        (
            "aws_elasticache_replication_group",
            json!({"engine": "redis", "at_rest_encryption_enabled": unknown(), "transit_encryption_enabled": unknown(), "transit_encryption_mode": unknown()}),
            &[
                "unencrypted-at-rest violation [at_rest_encryption_enabled]",
                "unencrypted-in-transit violation [transit_encryption_enabled]",
            ],
        ),
        (
            "aws_elasticache_replication_group",
            json!({"engine": "valkey", "at_rest_encryption_enabled": unknown(), "transit_encryption_enabled": true, "transit_encryption_mode": unknown()}),
            none,
        ),
        (
            "aws_elasticache_replication_group",
            json!({"engine": "valkey", "at_rest_encryption_enabled": "false", "transit_encryption_enabled": true, "transit_encryption_mode": "preferred"}),
            &[
                "unencrypted-at-rest violation [at_rest_encryption_enabled]",
                "unencrypted-in-transit violation [transit_encryption_mode]",
            ],
        ),
        (
            "aws_codebuild_project",
            json!({"artifacts": [{"type": "S3", "encryption_disabled": true}], "secondary_artifacts": [], "logs_config": []}),
            &["unencrypted-at-rest violation [artifacts[0].encryption_disabled]"],
        ),
        (
            "azurerm_mssql_database",
            json!({"transparent_data_encryption_enabled": false}),
            &["unencrypted-at-rest violation [transparent_data_encryption_enabled]"],
        ),
        (
            "azurerm_automation_variable_string",
            json!({"encrypted": false}),
            &["unencrypted-at-rest violation [encrypted]"],
        ),
        // In transit.
        (
            "aws_lb_listener",
            json!({"port": 80, "protocol": "HTTP", "ssl_policy": unknown(), "default_action": [{"type": "forward", "redirect": []}]}),
            &["unencrypted-in-transit violation [protocol]"],
        ),
        (
            "aws_lb_listener",
            json!({"port": 80, "protocol": "HTTP", "ssl_policy": unknown(), "default_action": [{"type": "redirect", "redirect": [{"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}]}]}),
            none,
        ),
        (
            "aws_lb_listener",
            json!({"port": 80, "protocol": "HTTP", "ssl_policy": unknown(), "default_action": [{"type": "redirect", "redirect": [{"port": "8080", "protocol": "HTTP", "status_code": "HTTP_301"}]}]}),
            &["unencrypted-in-transit violation [protocol]"],
        ),
        (
            "aws_lb_listener",
            json!({"port": 5432, "protocol": "TCP", "ssl_policy": unknown(), "default_action": [{"type": "forward"}]}),
            none,
        ),
        (
            "google_sql_database_instance",
            json!({"settings": [{"ip_configuration": [{"ssl_mode": unknown()}]}]}),
            &["unencrypted-in-transit violation [settings[0].ip_configuration[0].ssl_mode]"],
        ),
        (
            "google_sql_database_instance",
            json!({"settings": [{"ip_configuration": [{"ssl_mode": "ENCRYPTED_ONLY"}]}]}),
            none,
        ),
        (
            "google_redis_instance",
            json!({"transit_encryption_mode": "DISABLED"}),
            &["unencrypted-in-transit violation [transit_encryption_mode]"],
        ),
        (
            "azurerm_storage_account",
            json!({"https_traffic_only_enabled": false, "min_tls_version": "TLS1_2"}),
            &["unencrypted-in-transit violation [https_traffic_only_enabled]"],
        ),
        (
            "azurerm_storage_account",
            json!({"enable_https_traffic_only": false, "min_tls_version": "TLS1_2"}),
            &["unencrypted-in-transit violation [enable_https_traffic_only]"],
        ),
        (
            "azurerm_storage_account",
            json!({"https_traffic_only_enabled": true, "min_tls_version": "TLS1_2"}),
            none,
        ),
        (
            "azurerm_redis_cache",
            json!({"non_ssl_port_enabled": true, "minimum_tls_version": "1.2"}),
            &["unencrypted-in-transit violation [non_ssl_port_enabled]"],
        ),
        (
            "azurerm_linux_web_app",
            json!({"https_only": false, "site_config": [{"ftps_state": "Disabled", "minimum_tls_version": "1.2", "scm_minimum_tls_version": "1.1"}]}),
            &[
                "unencrypted-in-transit violation [https_only]",
                "weak-tls violation [site_config[0].scm_minimum_tls_version]",
            ],
        ),
        (
            "azurerm_postgresql_flexible_server_configuration",
            json!({"name": "require_secure_transport", "value": "off"}),
            &["unencrypted-in-transit violation [value]"],
        ),
        (
            "azurerm_postgresql_flexible_server_configuration",
            json!({"name": "log_checkpoints", "value": "off"}),
            none,
        ),
        (
            "azurerm_mysql_flexible_server_configuration",
            json!({"name": "tls_version", "value": "TLSv1,TLSv1.2"}),
            &["weak-tls violation [value]"],
        ),
        (
            "azurerm_mysql_flexible_server_configuration",
            json!({"name": "tls_version", "value": "TLSv1.2,TLSv1.3"}),
            none,
        ),
        (
            "aws_db_parameter_group",
            json!({"parameter": [{"name": "log_connections", "value": "0"}, {"name": "rds.force_ssl", "value": "0"}]}),
            &["unencrypted-in-transit violation [parameter]"],
        ),
        (
            "aws_db_parameter_group",
            json!({"parameter": [{"name": "log_connections", "value": "0"}, {"name": "rds.force_ssl", "value": "1"}]}),
            none,
        ),
        (
            "aws_transfer_server",
            json!({"protocols": ["SFTP", "FTP"], "security_policy_name": "TransferSecurityPolicy-2024-01"}),
            &["unencrypted-in-transit violation [protocols]"],
        ),
        (
            "aws_ecs_task_definition",
            json!({"volume": [{"name": "a", "efs_volume_configuration": []}, {"name": "b", "efs_volume_configuration": [{"file_system_id": "fs-1", "transit_encryption": "DISABLED"}]}]}),
            &["unencrypted-in-transit violation [volume]"],
        ),
        // Versions of TLS.
        (
            "aws_lb_listener",
            json!({"port": 443, "protocol": "HTTPS", "ssl_policy": unknown(), "default_action": [{"type": "forward"}]}),
            &["weak-tls violation [ssl_policy]"],
        ),
        (
            "aws_lb_listener",
            json!({"port": 443, "protocol": "HTTPS", "ssl_policy": "ELBSecurityPolicy-TLS-1-1-2017-01", "default_action": [{"type": "forward"}]}),
            &["weak-tls violation [ssl_policy]"],
        ),
        (
            "aws_lb_listener",
            json!({"port": 443, "protocol": "HTTPS", "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06", "default_action": [{"type": "forward"}]}),
            none,
        ),
        (
            "aws_lb_listener",
            json!({"port": 443, "protocol": "TLS", "ssl_policy": "ELBSecurityPolicy-FS-1-2-Res-2020-10", "default_action": [{"type": "forward"}]}),
            none,
        ),
        (
            "aws_api_gateway_domain_name",
            json!({"security_policy": "TLS_1_0"}),
            &["weak-tls violation [security_policy]"],
        ),
        (
            "google_compute_ssl_policy",
            json!({"min_tls_version": "TLS_1_1"}),
            &["weak-tls violation [min_tls_version]"],
        ),
        (
            "google_compute_target_https_proxy",
            json!({"ssl_policy": null}),
            &["weak-tls violation [ssl_policy]"],
        ),
        (
            "azurerm_mssql_server",
            json!({"minimum_tls_version": "1.0"}),
            &["weak-tls violation [minimum_tls_version]"],
        ),
        (
            "azurerm_mssql_server",
            json!({"minimum_tls_version": "1.2"}),
            none,
        ),
        // Keys.
        (
            "aws_kms_key",
            json!({"enable_key_rotation": false, "customer_master_key_spec": "SYMMETRIC_DEFAULT", "key_usage": "ENCRYPT_DECRYPT", "is_enabled": true, "rotation_period_in_days": unknown()}),
            &["key-rotation-off violation [enable_key_rotation]"],
        ),
        (
            "aws_kms_key",
            json!({"enable_key_rotation": false, "customer_master_key_spec": "RSA_4096", "key_usage": "SIGN_VERIFY", "is_enabled": true, "rotation_period_in_days": unknown()}),
            none,
        ),
        (
            "aws_kms_key",
            json!({"enable_key_rotation": true, "rotation_period_in_days": 2560}),
            &["key-rotation-off violation [rotation_period_in_days]"],
        ),
        (
            "aws_kms_key",
            json!({"enable_key_rotation": true, "rotation_period_in_days": 180}),
            none,
        ),
        (
            "google_kms_crypto_key",
            json!({"purpose": "ENCRYPT_DECRYPT", "rotation_period": null}),
            &["key-rotation-off violation [rotation_period]"],
        ),
        (
            "google_kms_crypto_key",
            json!({"purpose": "ENCRYPT_DECRYPT", "rotation_period": "63072000s"}),
            &["key-rotation-off violation [rotation_period]"],
        ),
        (
            "google_kms_crypto_key",
            json!({"purpose": "ENCRYPT_DECRYPT", "rotation_period": "7776000s"}),
            none,
        ),
        (
            "google_kms_crypto_key",
            json!({"purpose": "ASYMMETRIC_SIGN", "rotation_period": null}),
            none,
        ),
        (
            "azurerm_key_vault_key",
            json!({"rotation_policy": []}),
            &["key-rotation-off violation [rotation_policy]"],
        ),
        (
            "azurerm_key_vault_key",
            json!({"rotation_policy": [{"automatic": [{"time_after_creation": "P90D"}]}]}),
            none,
        ),
    ] {
        assert_eq!(
            judged(created(kind, after.clone())),
            expected,
            "{kind} {after}"
        );
    }
}

#[test]
fn volumes_of_which_the_account_decides() {
    let volume = || {
        Resource::create(
            "aws_ebs_volume.data",
            json!({"encrypted": unknown(), "kms_key_id": unknown(), "size": 10}),
        )
    };
    let none: [&str; 0] = [];
    assert_eq!(
        judged(volume()),
        ["unencrypted-at-rest undetermined(advice) [encrypted]"]
    );
    let settings = |on: bool| json!({"volumes-encrypted-by-default": on});
    assert_eq!(with_settings(volume(), settings(true)), none);
    assert_eq!(
        with_settings(volume(), settings(false)),
        ["unencrypted-at-rest violation [encrypted]"]
    );
    // What is written counts whatever the account does.
    let plain = || {
        Resource::create(
            "aws_ebs_volume.data",
            json!({"encrypted": false, "size": 10}),
        )
    };
    for settings in [settings(true), settings(false), json!({})] {
        assert_eq!(
            with_settings(plain(), settings),
            ["unencrypted-at-rest violation [encrypted]"]
        );
    }
    // A machine with a root volume of which nothing is said, and one with further volumes.
    let machine = |blocks: Json| {
        Resource::create(
            "aws_instance.app",
            json!({"ami": "ami-1", "root_block_device": [{"encrypted": true}], "ebs_block_device": blocks}),
        )
    };
    assert_eq!(
        judged(machine(
            json!([{"device_name": "/dev/sdb", "encrypted": true}])
        )),
        none
    );
    assert_eq!(
        judged(machine(json!([
            {"device_name": "/dev/sdb", "encrypted": true},
            {"device_name": "/dev/sdc", "encrypted": false},
        ]))),
        ["unencrypted-at-rest violation [ebs_block_device]"]
    );
    assert_eq!(
        judged(Resource::create(
            "aws_instance.app",
            json!({"ami": "ami-1", "root_block_device": unknown(), "ebs_block_device": unknown()})
        )),
        ["unencrypted-at-rest undetermined(advice) [root_block_device[0].encrypted]"]
    );
    // A launch template in which it was left out before, too.
    let template = |encrypted: Json| json!({"block_device_mappings": [{"device_name": "/dev/xvda", "ebs": [{"encrypted": encrypted, "volume_size": 20}]}]});
    assert_eq!(
        with_settings(
            Resource::unchanged("aws_launch_template.x", template(json!(""))),
            settings(false)
        ),
        ["unencrypted-at-rest violation(existing) [block_device_mappings]"]
    );
    assert_eq!(
        judged(created("aws_launch_template", template(json!("false")))),
        ["unencrypted-at-rest violation [block_device_mappings]"]
    );
    assert_eq!(
        judged(created("aws_launch_template", template(json!("true")))),
        none
    );
    assert_eq!(
        judged(Resource::update(
            "aws_ebs_encryption_by_default.x",
            json!({"enabled": true}),
            json!({"enabled": false})
        )),
        ["unencrypted-at-rest violation [enabled]"]
    );
}

#[test]
fn distributions() {
    let distribution = |default: &str, ordered: &str, minimum: &str, own: bool, origin: &str| {
        json!({
            "default_cache_behavior": [{"viewer_protocol_policy": default}],
            "ordered_cache_behavior": [{"path_pattern": "/api/*", "viewer_protocol_policy": ordered}],
            "viewer_certificate": [{"cloudfront_default_certificate": !own, "minimum_protocol_version": minimum}],
            "origin": [{"domain_name": origin, "custom_origin_config": [{"origin_protocol_policy": "http-only", "origin_ssl_protocols": ["TLSv1.2"]}]}],
        })
    };
    let site = "www.example.com.s3-website.eu-central-1.amazonaws.com";
    let none: &[&str] = &[];
    for (after, expected) in [
        (
            distribution(
                "redirect-to-https",
                "https-only",
                "TLSv1.2_2021",
                true,
                site,
            ),
            none,
        ),
        (
            distribution("redirect-to-https", "https-only", "TLSv1", false, site),
            // Nothing but a certificate of its own changes that.
            &["weak-tls violation(advice) [viewer_certificate[0].cloudfront_default_certificate]"],
        ),
        (
            distribution("allow-all", "https-only", "TLSv1.2_2021", true, site),
            &[
                "unencrypted-in-transit violation [default_cache_behavior[0].viewer_protocol_policy]",
            ],
        ),
        (
            distribution("https-only", "allow-all", "TLSv1.2_2021", true, site),
            &["unencrypted-in-transit violation [ordered_cache_behavior]"],
        ),
        (
            distribution("https-only", "https-only", "TLSv1.1_2016", true, site),
            &["weak-tls violation [viewer_certificate[0].minimum_protocol_version]"],
        ),
        (
            distribution(
                "https-only",
                "https-only",
                "TLSv1.2_2021",
                true,
                "api.example.com",
            ),
            &["unencrypted-in-transit violation [origin]"],
        ),
    ] {
        assert_eq!(
            judged(created("aws_cloudfront_distribution", after.clone())),
            expected,
            "{after}"
        );
    }
    let mut old = distribution("https-only", "https-only", "TLSv1.2_2021", true, site);
    old["origin"][0]["custom_origin_config"][0]["origin_ssl_protocols"] =
        json!(["TLSv1", "TLSv1.2"]);
    assert_eq!(
        judged(created("aws_cloudfront_distribution", old)),
        ["weak-tls violation [origin]"]
    );
}

#[test]
fn own_keys_where_the_settings_ask_for_them() {
    let none: &[&str] = &[];
    let ask = || json!({"customer-keys": ["aws_db_*", "aws_dynamodb_table", "google_*", "azurerm_storage_account"]});
    let found: &[&str] = &["customer-key-missing violation [kms_key_id]"];
    let database = |key: Json| json!({"storage_encrypted": true, "kms_key_id": key, "replicate_source_db": null});
    let judge = |after: Json| with_settings(created("aws_db_instance", after), ask());
    assert_eq!(judge(database(unknown())), found);
    assert_eq!(judge(database(json!(null))), found);
    assert_eq!(
        judge(database(json!(
            "arn:aws:kms:eu-central-1:123456789012:alias/aws/rds"
        ))),
        found
    );
    assert_eq!(
        judge(database(json!(
            "arn:aws:kms:eu-central-1:123456789012:key/1"
        ))),
        none
    );
    // One that is made in the same plan.
    assert_eq!(
        with_settings(
            created("aws_db_instance", database(unknown()))
                .refers("kms_key_id", "aws_kms_key.k.arn"),
            ask()
        ),
        none
    );
    // Not asked for.
    assert_eq!(
        judged(created("aws_db_instance", database(json!(null)))),
        none
    );
    assert_eq!(
        with_settings(
            created("aws_cloudwatch_log_group", json!({"kms_key_id": null})),
            ask()
        ),
        none
    );
    assert_eq!(
        with_settings(
            created("google_pubsub_topic", json!({"kms_key_name": null})),
            ask()
        ),
        ["customer-key-missing violation [kms_key_name]"]
    );
    assert_eq!(
        with_settings(
            created(
                "google_bigquery_dataset",
                json!({"default_encryption_configuration": []})
            ),
            ask()
        ),
        ["customer-key-missing violation [default_encryption_configuration[0].kms_key_name]"]
    );
    // The key of a storage account can be named in another resource.
    let account = || {
        Resource::create(
            "azurerm_storage_account.orders",
            json!({
                "id": unknown(), "customer_managed_key": [], "https_traffic_only_enabled": true,
                "min_tls_version": "TLS1_2",
            }),
        )
    };
    let account_found =
        ["customer-key-missing violation [customer_managed_key[0].key_vault_key_id]"];
    assert_eq!(with_settings(account(), ask()), account_found);
    let beside = |of: &str| {
        let key = Resource::create(
            "azurerm_storage_account_customer_managed_key.orders",
            json!({"storage_account_id": unknown(), "key_vault_key_id": "k"}),
        )
        .refers("storage_account_id", of);
        short(&Plan::new([account(), key]).settings(ask()))
    };
    assert_eq!(beside("azurerm_storage_account.orders.id"), none);
    assert_eq!(beside("azurerm_storage_account.others.id"), account_found);
}

/// What S3 fills in: a key of its own.
fn bucket(configuration: Json) -> Json {
    json!({
        "bucket": "orders", "id": "orders", "force_destroy": false,
        "server_side_encryption_configuration": configuration,
    })
}

#[test]
fn a_bucket_without_an_own_key_is_found_whether_or_not_it_says_anything_of_keys() {
    let none: &[&str] = &[];
    let found: &[&str] = &[
        "customer-key-missing violation [server_side_encryption_configuration[0].rule[0].apply_server_side_encryption_by_default[0].kms_master_key_id]",
    ];
    let ask = || json!({"customer-keys": ["aws_s3_bucket*"]});
    let with_key = |algorithm: &str, key: &str| {
        json!([{"rule": [{
            "apply_server_side_encryption_by_default": [{"sse_algorithm": algorithm, "kms_master_key_id": key}],
            "bucket_key_enabled": false,
        }]}])
    };
    for (configuration, expected) in [
        (unknown(), found),
        (json!([]), found),
        (with_key("AES256", ""), found),
        (with_key("aws:kms", ""), found),
        (
            with_key(
                "aws:kms",
                "arn:aws:kms:eu-central-1:123456789012:alias/aws/s3",
            ),
            found,
        ),
        (
            with_key("aws:kms", "arn:aws:kms:eu-central-1:123456789012:key/1"),
            none,
        ),
    ] {
        let made = created("aws_s3_bucket", bucket(configuration.clone()));
        assert_eq!(with_settings(made, ask()), expected, "{configuration}");
    }
    assert_eq!(
        judged(created("aws_s3_bucket", bucket(json!([])))),
        none,
        "not asked for"
    );
    // The resource beside it that names the key names the bucket by its name, or refers to it.
    let beside = |bucket_of: Json, refers: Option<&str>| {
        let made = Resource::create(
            "aws_s3_bucket.orders",
            json!({"bucket": "orders", "id": unknown(), "server_side_encryption_configuration": unknown()}),
        );
        let key = "arn:aws:kms:eu-central-1:123456789012:key/1";
        let other = Resource::create(
            "aws_s3_bucket_server_side_encryption_configuration.orders",
            json!({
                "bucket": bucket_of,
                "rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms", "kms_master_key_id": key}]}],
            }),
        );
        let other = match refers {
            Some(block) => other.refers("bucket", block),
            None => other,
        };
        short(&Plan::new([made, other]).settings(ask()))
    };
    assert_eq!(beside(json!("orders"), None), none);
    assert_eq!(beside(unknown(), Some("aws_s3_bucket.orders.id")), none);
    assert_eq!(beside(json!("others"), None), found);
    assert_eq!(beside(unknown(), Some("aws_s3_bucket.others.id")), found);
}

#[test]
fn a_policy_of_a_proxy_that_is_made_in_the_same_plan() {
    let proxy = created(
        "google_compute_target_https_proxy",
        json!({"ssl_policy": unknown()}),
    );
    assert_eq!(
        judged(
            proxy
                .clone()
                .refers("ssl_policy", "google_compute_ssl_policy.p.self_link")
        ),
        [] as [&str; 0]
    );
    assert_eq!(judged(proxy), ["weak-tls undetermined [ssl_policy]"]);
}

#[test]
fn settings() {
    let findings = |settings: Json, protected: bool| {
        let volume = Resource::create("aws_ebs_volume.x", json!({"encrypted": false}));
        short(
            &Plan::new([volume])
                .settings(settings)
                .environment("e", protected),
        )
        .len()
    };
    for (settings, protected, expected) in [
        (json!({}), false, 1),
        (json!({"require": "protected-environments"}), false, 0),
        (json!({"require": "protected-environments"}), true, 1),
        (json!({"require": "never"}), true, 0),
        (json!({"allow-unencrypted": ["aws_ebs_volume.x"]}), true, 0),
        (json!({"allow-unencrypted": ["aws_ebs_volume.y"]}), true, 1),
        (json!({"ignore-types": ["aws_ebs_*"]}), true, 0),
    ] {
        assert_eq!(
            findings(settings.clone(), protected),
            expected,
            "{settings}"
        );
    }
    let typo = Plan::new([]).settings(json!({"customer-key": ["*"]}));
    assert!(typo.evaluate::<Encryption>().is_err());
}

#[test]
fn a_finding_says_what_and_how() {
    let evaluation = Plan::new([created(
        "aws_msk_cluster",
        json!({"encryption_info": [{"encryption_in_transit": [{"client_broker": "TLS_PLAINTEXT", "in_cluster": true}]}]}),
    )])
    .evaluate::<Encryption>()
    .unwrap();
    let [finding] = &evaluation.findings[..] else {
        panic!("{:?}", evaluation.findings);
    };
    assert_eq!(
        finding.message,
        "connections need not be encrypted: `encryption_info.encryption_in_transit.client_broker` is `TLS_PLAINTEXT`"
    );
    assert_eq!(
        finding.remediation.as_deref(),
        Some("Set `client_broker = \"TLS\"` in the block `encryption_in_transit`.")
    );
    assert_eq!(
        finding.details[0].text,
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/msk_cluster"
    );
}

#[test]
fn a_setting_of_the_account_that_goes_away() {
    let none: [&str; 0] = [];
    let at = "aws_ebs_encryption_by_default.main";
    let gone = ["unencrypted-at-rest violation []"];
    assert_eq!(judged(Resource::delete(at, json!({"enabled": true}))), gone);
    assert_eq!(judged(Resource::delete(at, json!({"enabled": null}))), gone);
    assert_eq!(
        judged(Resource::delete(at, json!({"enabled": false}))),
        none
    );
    assert_eq!(judged(Resource::forget(at, json!({"enabled": true}))), none);
    assert_eq!(
        judged(Resource::unchanged(at, json!({"enabled": true}))),
        none
    );
    // A volume that goes away has nothing to say any more.
    assert_eq!(
        judged(Resource::delete(
            "aws_ebs_volume.x",
            json!({"encrypted": true})
        )),
        none
    );
}

#[test]
fn secrets_that_can_be_read() {
    let none: &[&str] = &[];
    let key = "abcdefghij0123456789ABCDEFGHIJ+/abcdefgh";
    let found = |resource: Resource| -> Vec<String> {
        judged(resource)
            .into_iter()
            .filter(|line| line.starts_with("secret-in-clear"))
            .collect()
    };
    let of = |path: &str| vec![format!("secret-in-clear violation [{path}]")];
    // `#!/bin/sh\nexport AWS_SECRET_ACCESS_KEY=…`
    let encoded = "IyEvYmluL3NoCmV4cG9ydCBBV1NfU0VDUkVUX0FDQ0VTU19LRVk9YWJjZGVmZ2hpajAxMjM0NTY3ODlBQkNERUZHSElKKy9hYmNkZWZnaAo=";
    let pem =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----";
    for (kind, after, expected) in [
        (
            "aws_instance",
            json!({"user_data": format!("AWS_SECRET_ACCESS_KEY={key}")}),
            of("user_data"),
        ),
        (
            "aws_launch_template",
            json!({"user_data": encoded}),
            of("user_data"),
        ),
        (
            "aws_lambda_function",
            json!({"environment": [{"variables": {"AWS_SECRET_ACCESS_KEY": key}}]}),
            of("environment"),
        ),
        (
            "aws_lambda_function",
            json!({"environment": [{"variables": {"TABLE": key, "DB_PASSWORD": "hunter2hunter2"}}]}),
            vec![],
        ),
        (
            "aws_lambda_function",
            json!({"environment": sensitive()}),
            vec![],
        ),
        (
            "aws_ecs_task_definition",
            json!({"container_definitions": json!([{"name": "a", "environment": [{"name": "TOKEN", "value": format!("ghp_{}", "a".repeat(36))}]}]).to_string()}),
            of("container_definitions"),
        ),
        (
            "aws_ecs_task_definition",
            json!({"container_definitions": json!([{"name": "a", "secrets": [{"name": "TOKEN", "valueFrom": "arn:aws:secretsmanager:eu-west-1:1:secret:x"}]}]).to_string()}),
            vec![],
        ),
        (
            "aws_codebuild_project",
            json!({"environment": [{"environment_variable": [{"name": "AWS_SECRET_ACCESS_KEY", "value": key, "type": "PLAINTEXT"}]}]}),
            of("environment"),
        ),
        (
            "google_compute_instance",
            json!({"metadata": {"key": pem}}),
            of("metadata"),
        ),
        (
            "google_cloud_run_v2_service",
            json!({"template": [{"containers": [{"env": [{"name": "STRIPE", "value": format!("sk_live_{}", "a1".repeat(12))}]}]}]}),
            of("template"),
        ),
        (
            "kubernetes_config_map_v1",
            json!({"data": {"id_rsa": pem}}),
            of("data"),
        ),
        (
            "kubernetes_config_map_v1",
            json!({"data": unknown()}),
            vec![],
        ),
    ] {
        assert_eq!(
            found(created(kind, after.clone())),
            expected,
            "{kind} {after}"
        );
        let before: Vec<_> = expected
            .iter()
            .map(|line| line.replacen("violation", "violation(existing)", 1))
            .collect();
        assert_eq!(
            found(Resource::unchanged(&format!("{kind}.x"), after)),
            before,
            "{kind}"
        );
    }
    // The value is never told.
    let told = Plan::new([created(
        "aws_instance",
        json!({"user_data": format!("AWS_SECRET_ACCESS_KEY={key}")}),
    )])
    .findings::<Encryption>();
    assert!(
        told.iter().all(|line| !line.contains("abcdefghij")),
        "{told:?}"
    );
    let parameter = |kind: &str| json!({"type": kind, "value": sensitive()});
    let address = "aws_ssm_parameter.p";
    assert_eq!(
        found(Resource::update(
            address,
            parameter("SecureString"),
            parameter("String")
        )),
        of("type")
    );
    assert_eq!(
        found(Resource::update(
            address,
            parameter("String"),
            parameter("SecureString")
        )),
        none
    );
    assert_eq!(found(Resource::create(address, parameter("String"))), none);
}

#[test]
fn what_a_cluster_of_emr_encrypts() {
    let of = |rest: bool, transit: bool| json!({"configuration": json!({"EncryptionConfiguration": {"EnableAtRestEncryption": rest, "EnableInTransitEncryption": transit}}).to_string()});
    let kind = "aws_emr_security_configuration";
    assert_eq!(
        judged(created(kind, of(false, false))),
        [
            "unencrypted-at-rest violation [configuration]",
            "unencrypted-in-transit violation [configuration]"
        ]
    );
    assert_eq!(
        judged(created(kind, of(true, false))),
        ["unencrypted-in-transit violation [configuration]"]
    );
    assert!(judged(created(kind, of(true, true))).is_empty());
    assert!(judged(created(kind, json!({"configuration": "{}"}))).is_empty());
}

#[test]
fn the_policy_of_a_region() {
    for (kind, policy) in [
        (
            "google_compute_region_target_https_proxy",
            "google_compute_region_ssl_policy",
        ),
        (
            "google_compute_target_https_proxy",
            "google_compute_ssl_policy",
        ),
    ] {
        let evaluation = Plan::new([created(kind, json!({"ssl_policy": null}))])
            .evaluate::<Encryption>()
            .unwrap();
        let advice = evaluation.findings[0].remediation.clone().unwrap();
        assert!(advice.contains(&format!("`{policy}`")), "{advice}");
    }
}

#[test]
fn a_version_or_a_mode_that_must_not_be_is_named_with_the_one_that_should() {
    for (kind, path, before, after, fix) in [
        (
            "azurerm_storage_account",
            "min_tls_version",
            "TLS1_2",
            "TLS1_0",
            "Set `min_tls_version = \"TLS1_2\"`.",
        ),
        (
            "azurerm_mssql_server",
            "minimum_tls_version",
            "1.2",
            "1.0",
            "Set `minimum_tls_version = \"1.2\"`.",
        ),
        (
            "aws_elasticache_replication_group",
            "transit_encryption_mode",
            "required",
            "preferred",
            "Set `transit_encryption_mode = \"required\"`.",
        ),
    ] {
        let plan = Plan::new([Resource::update(
            &format!("{kind}.x"),
            json!({path: before, "transit_encryption_enabled": true}),
            json!({path: after, "transit_encryption_enabled": true}),
        )]);
        let evaluation = plan.evaluate::<Encryption>().unwrap();
        let shown: Vec<_> = evaluation
            .findings
            .iter()
            .filter_map(|finding| finding.remediation.clone())
            .collect();
        assert!(shown.iter().any(|text| text == fix), "{shown:?}");
    }
}
