//! Switches of hashicorp/aws.

use tollgate_policy_common::switch::{Good, Row, Switch, Unset, When};

use super::Concern::{AtRest, InTransit, Rotation, Tls, Topic};
use super::{Concern, keep_off, keep_on, never, not_from, on, on_or_account, only, row};

/// Listener policies that accept TLS 1.0 or 1.1:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>
const OLD_LISTENER_POLICIES: &[&str] = &[
    "ELBSecurityPolicy-2014-*",
    "ELBSecurityPolicy-2015-*",
    "ELBSecurityPolicy-2016-*",
    "ELBSecurityPolicy-TLS-1-0-*",
    "ELBSecurityPolicy-TLS-1-1-*",
    "ELBSecurityPolicy-FS-2018-*",
    "ELBSecurityPolicy-FS-1-1-*",
    "ELBSecurityPolicy-TLS13-1-0-*",
    "ELBSecurityPolicy-TLS13-1-1-*",
];
const NEW_LISTENER_POLICY: &str = "Set `ssl_policy = \"ELBSecurityPolicy-TLS13-1-2-2021-06\"`.";
const OLD_PROTOCOLS: &[&str] = &["SSLv3", "TLSv1", "TLSv1.1"];
const STORAGE: &str = "Set `storage_encrypted = true` before it is made. One that exists is replaced when this changes, so restore an encrypted copy of a snapshot and move to it.";
const FILES: &str = "Set `encrypted = true` before it is made. One that exists is replaced when this changes, so copy the files to an encrypted one first.";

const DATA_PROVIDER: &str = "Set `ssl_mode` to `require`, or to `verify-ca` with a certificate.";

pub(super) static ROWS: &[Row<Concern>] = &[
    // Databases. All of these are made anew when the switch is turned.
    row(
        &["aws_db_instance"],
        &[on(AtRest, "storage_encrypted")
            // A copy of a database in the same region is as its source is.
            .when(&[not_from("replicate_source_db")])
            .fix(STORAGE)],
    ),
    row(
        &["aws_docdb_cluster", "aws_neptune_cluster"],
        &[on(AtRest, "storage_encrypted").fix(STORAGE)],
    ),
    row(
        &["aws_rds_cluster"],
        &[on(AtRest, "storage_encrypted")
            .computed()
            .when(&[When::not("engine_mode", &["serverless"])])
            .fix(STORAGE)],
    ),
    row(
        &["aws_rds_global_cluster", "aws_docdb_global_cluster", "aws_neptune_global_cluster"],
        &[on(AtRest, "storage_encrypted")
            .computed()
            .when(&[not_from("source_db_cluster_identifier")])
            .fix(STORAGE)],
    ),
    // Encrypted by default since version 6, and by the service since 2025.
    row(
        &["aws_redshift_cluster"],
        &[keep_on(AtRest, "encrypted")],
    ),
    row(
        &["aws_redshift_parameter_group"],
        &[never(InTransit, "parameter[].value", &["false"])
            .key("name")
            .when(&[When::is("./name", &["require_ssl"])])],
    ),
    row(
        &["aws_db_parameter_group", "aws_rds_cluster_parameter_group"],
        &[never(InTransit, "parameter[].value", &["0", "off"])
            .key("name")
            .when(&[When::is(
                "./name",
                &["rds.force_ssl", "require_secure_transport"],
            )])],
    ),
    row(
        &["aws_docdb_cluster_parameter_group"],
        &[never(InTransit, "parameter[].value", &["disabled"])
            .key("name")
            .when(&[When::is("./name", &["tls"])])],
    ),
    row(
        &["aws_neptune_cluster_parameter_group"],
        &[never(InTransit, "parameter[].value", &["0"])
            .key("name")
            .when(&[When::is("./name", &["neptune_enforce_ssl"])])],
    ),
    row(&["aws_db_proxy"], &[on(InTransit, "require_tls")]),
    row(
        &["aws_dms_endpoint"],
        &[only(
            InTransit,
            "ssl_mode",
            &["require", "verify-ca", "verify-full"],
            "none",
        )
        .computed()
        .when(&[When::is(
            "engine_name",
            &[
                "aurora*", "azuredb", "db2*", "docdb", "mariadb", "mongodb", "mysql", "oracle", "postgres",
                "sqlserver", "sybase",
            ],
        )])],
    ),
    row(
        &["aws_dms_data_provider"],
        &[
            never(InTransit, "settings[0].doc_db_settings[0].ssl_mode", &["none"]).computed().fix(DATA_PROVIDER),
            never(InTransit, "settings[0].ibm_db2_luw_settings[0].ssl_mode", &["none"]).computed().fix(DATA_PROVIDER),
            never(InTransit, "settings[0].ibm_db2_zos_settings[0].ssl_mode", &["none"]).computed().fix(DATA_PROVIDER),
            never(InTransit, "settings[0].maria_db_settings[0].ssl_mode", &["none"]).computed().fix(DATA_PROVIDER),
            never(InTransit, "settings[0].microsoft_sql_server_settings[0].ssl_mode", &["none"]).computed().fix(DATA_PROVIDER),
            never(InTransit, "settings[0].mongo_db_settings[0].ssl_mode", &["none"]).computed().fix(DATA_PROVIDER),
            never(InTransit, "settings[0].mysql_settings[0].ssl_mode", &["none"]).computed().fix(DATA_PROVIDER),
            never(InTransit, "settings[0].oracle_settings[0].ssl_mode", &["none"]).computed().fix(DATA_PROVIDER),
            never(InTransit, "settings[0].postgresql_settings[0].ssl_mode", &["none"]).computed().fix(DATA_PROVIDER),
            never(InTransit, "settings[0].sybase_ase_settings[0].ssl_mode", &["none"]).computed().fix(DATA_PROVIDER),
        ],
    ),
    // Caches.
    row(
        &["aws_elasticache_replication_group"],
        &[
            on(AtRest, "at_rest_encryption_enabled").computed().when(&[
                When::not("engine", &["valkey"]),
                not_from("global_replication_group_id"),
            ]),
            keep_on(AtRest, "at_rest_encryption_enabled")
                .computed()
                .when(&[When::is("engine", &["valkey"])]),
            on(InTransit, "transit_encryption_enabled")
                .computed()
                .when(&[not_from("global_replication_group_id")]),
            // Both encrypted and not, for the time of a migration.
            never(InTransit, "transit_encryption_mode", &["preferred"])
                .computed()
                .fix("Set `transit_encryption_mode = \"required\"`."),
        ],
    ),
    // Of Redis only a replication group can be encrypted.
    row(
        &["aws_elasticache_cluster"],
        &[on(InTransit, "transit_encryption_enabled")
            .computed()
            .when(&[When::is("engine", &["memcached"])])],
    ),
    row(
        &["aws_memorydb_cluster"],
        &[keep_on(InTransit, "tls_enabled")],
    ),
    row(
        &["aws_memorydb_multi_region_cluster"],
        &[keep_on(InTransit, "tls_enabled").computed()],
    ),
    row(
        &["aws_dax_cluster"],
        &[
            on(AtRest, "server_side_encryption[0].enabled"),
            only(
                InTransit,
                "cluster_endpoint_encryption_type",
                &["TLS"],
                "NONE",
            ),
        ],
    ),
    // Search.
    row(
        &["aws_opensearch_domain", "aws_elasticsearch_domain"],
        &[
            on(AtRest, "encrypt_at_rest[0].enabled"),
            on(InTransit, "node_to_node_encryption[0].enabled"),
            on(InTransit, "domain_endpoint_options[0].enforce_https"),
            never(
                Tls,
                "domain_endpoint_options[0].tls_security_policy",
                &["Policy-Min-TLS-1-0-*"],
            )
            .computed()
            .fix("Set `tls_security_policy = \"Policy-Min-TLS-1-2-PFS-2023-10\"` in the block `domain_endpoint_options`."),
        ],
    ),
    row(
        &["aws_cloudsearch_domain"],
        &[
            on(InTransit, "endpoint_options[0].enforce_https").computed(),
            never(
                Tls,
                "endpoint_options[0].tls_security_policy",
                &["Policy-Min-TLS-1-0-*"],
            )
            .computed(),
        ],
    ),
    // Queues, topics, streams.
    row(
        &["aws_sqs_queue"],
        &[keep_on(AtRest, "sqs_managed_sse_enabled")
            .computed()
            .when(&[When::unset("kms_master_key_id")])],
    ),
    row(
        &["aws_sns_topic"],
        &[
            Switch::new(Topic, "kms_master_key_id", Good::Named, Unset::Bad("")).fix(
                "Set `kms_master_key_id` to a key of yours whose policy lets every publisher use it; with `alias/aws/sns`, alarms and other services could not publish any more.",
            ),
        ],
    ),
    row(
        &["aws_kinesis_stream"],
        &[only(AtRest, "encryption_type", &["KMS"], "NONE")
            .fix("Set `encryption_type = \"KMS\"` and `kms_key_id`, for example `alias/aws/kinesis`.")],
    ),
    // What reads from a stream cannot be encrypted on its own.
    row(
        &["aws_kinesis_firehose_delivery_stream"],
        &[on(AtRest, "server_side_encryption[0].enabled").when(&[
            When::unset("kinesis_source_configuration"),
            When::unset("msk_source_configuration"),
        ])],
    ),
    row(
        &["aws_msk_cluster"],
        &[
            never(
                InTransit,
                "encryption_info[0].encryption_in_transit[0].client_broker",
                &["PLAINTEXT", "TLS_PLAINTEXT"],
            )
            .fix("Set `client_broker = \"TLS\"` in the block `encryption_in_transit`."),
            keep_on(
                InTransit,
                "encryption_info[0].encryption_in_transit[0].in_cluster",
            ),
        ],
    ),
    row(
        &["aws_mskconnect_connector"],
        &[only(
            InTransit,
            "kafka_cluster_encryption_in_transit[0].encryption_type",
            &["TLS"],
            "PLAINTEXT",
        )],
    ),
    // Volumes, file systems, desktops.
    row(
        &["aws_ebs_volume"],
        &[on_or_account("encrypted").computed()],
    ),
    row(
        &["aws_instance", "aws_spot_instance_request"],
        &[
            on_or_account("root_block_device[0].encrypted").computed(),
            on_or_account("ebs_block_device[].encrypted")
                .computed()
                .key("device_name"),
        ],
    ),
    row(
        &["aws_launch_configuration"],
        &[
            on_or_account("root_block_device[0].encrypted").computed(),
            on_or_account("ebs_block_device[].encrypted")
                .computed()
                .key("device_name"),
        ],
    ),
    row(
        &["aws_launch_template"],
        &[on_or_account("block_device_mappings[].ebs[0].encrypted").key("device_name")],
    ),
    row(
        &["aws_spot_fleet_request"],
        &[
            on_or_account("launch_specification[].root_block_device[].encrypted").computed(),
            on_or_account("launch_specification[].ebs_block_device[].encrypted").computed(),
        ],
    ),
    row(
        &["aws_imagebuilder_image_recipe"],
        &[on_or_account("block_device_mapping[].ebs[0].encrypted").key("device_name")],
    ),
    row(
        &["aws_ecs_service"],
        &[on_or_account("volume_configuration[0].managed_ebs_volume[0].encrypted")
            .when(&[When::set("volume_configuration")])],
    ),
    row(
        &["aws_ami_copy", "aws_ebs_snapshot_copy", "aws_ebs_snapshot_import"],
        &[on_or_account("encrypted")],
    ),
    row(
        &["aws_ami"],
        &[on_or_account("ebs_block_device[].encrypted")
            .key("device_name")
            // A snapshot is as it is.
            .when(&[When::unset("./snapshot_id")])],
    ),
    row(
        &["aws_imagebuilder_container_recipe"],
        &[on_or_account("instance_configuration[0].block_device_mapping[].ebs[0].encrypted").key("device_name")],
    ),
    row(
        &["aws_ebs_encryption_by_default"],
        &[keep_on(AtRest, "enabled")],
    ),
    row(
        &["aws_dlm_lifecycle_policy"],
        &[
            keep_on(
                AtRest,
                "policy_details[0].schedule[].cross_region_copy_rule[].encrypted",
            ),
            on(
                AtRest,
                "policy_details[0].action[0].cross_region_copy[].encryption_configuration[0].encrypted",
            ),
        ],
    ),
    row(
        &["aws_efs_file_system"],
        &[on(AtRest, "encrypted").computed().fix(FILES)],
    ),
    row(
        &["aws_ecs_task_definition"],
        &[only(
            InTransit,
            "volume[].efs_volume_configuration[].transit_encryption",
            &["ENABLED"],
            "DISABLED",
        )],
    ),
    row(
        &["aws_datasync_location_efs"],
        &[only(InTransit, "in_transit_encryption", &["TLS1_2"], "NONE")],
    ),
    row(
        &["aws_workspaces_workspace"],
        &[
            on(AtRest, "root_volume_encryption_enabled"),
            on(AtRest, "user_volume_encryption_enabled"),
        ],
    ),
    // Caches of APIs.
    row(
        &["aws_api_gateway_method_settings"],
        &[on(AtRest, "settings[0].cache_data_encrypted")
            .computed()
            .when(&[When::is("settings[0].caching_enabled", &["true"])])],
    ),
    row(
        &["aws_appsync_api_cache"],
        &[
            on(AtRest, "at_rest_encryption_enabled").computed(),
            on(InTransit, "transit_encryption_enabled").computed(),
        ],
    ),
    // Builds, catalogs, learning.
    row(
        &["aws_codebuild_project"],
        &[
            keep_off(AtRest, "artifacts[0].encryption_disabled"),
            keep_off(AtRest, "secondary_artifacts[].encryption_disabled"),
            keep_off(AtRest, "logs_config[0].s3_logs[0].encryption_disabled"),
            keep_off(InTransit, "source[0].insecure_ssl"),
            keep_off(InTransit, "secondary_sources[].insecure_ssl"),
        ],
    ),
    row(
        &["aws_codebuild_report_group"],
        &[keep_off(
            AtRest,
            "export_config[0].s3_destination[0].encryption_disabled",
        )],
    ),
    row(
        &["aws_glue_data_catalog_encryption_settings"],
        &[
            never(
                AtRest,
                "data_catalog_encryption_settings[0].encryption_at_rest[0].catalog_encryption_mode",
                &["DISABLED"],
            )
            .fix("Set `catalog_encryption_mode = \"SSE-KMS\"` in the block `encryption_at_rest`."),
            keep_on(
                AtRest,
                "data_catalog_encryption_settings[0].connection_password_encryption[0].return_connection_password_encrypted",
            ),
        ],
    ),
    row(
        &["aws_glue_security_configuration"],
        &[
            only(
                AtRest,
                "encryption_configuration[0].cloudwatch_encryption[0].cloudwatch_encryption_mode",
                &["SSE-KMS"],
                "DISABLED",
            ),
            only(
                AtRest,
                "encryption_configuration[0].job_bookmarks_encryption[0].job_bookmarks_encryption_mode",
                &["CSE-KMS"],
                "DISABLED",
            ),
            only(
                AtRest,
                "encryption_configuration[0].s3_encryption[0].s3_encryption_mode",
                &["SSE-KMS", "SSE-S3"],
                "DISABLED",
            ),
        ],
    ),
    row(
        &["aws_sagemaker_data_quality_job_definition"],
        &[on(
            InTransit,
            "network_config[0].enable_inter_container_traffic_encryption",
        )],
    ),
    row(
        &["aws_sagemaker_monitoring_schedule"],
        &[on(
            InTransit,
            "monitoring_schedule_config[0].monitoring_job_definition[0].network_config[0].enable_inter_container_traffic_encryption",
        )
        .when(&[When::set("monitoring_schedule_config[0].monitoring_job_definition")])],
    ),
    row(
        &["aws_sagemaker_training_job"],
        &[on(InTransit, "enable_inter_container_traffic_encryption").computed()],
    ),
    row(
        &["aws_quicksight_data_source"],
        &[keep_off(InTransit, "ssl_properties[0].disable_ssl")],
    ),
    row(
        &["aws_chime_voice_connector"],
        &[keep_on(InTransit, "require_encryption")],
    ),
    // Listeners.
    row(
        &["aws_lb_listener", "aws_alb_listener"],
        &[
            never(InTransit, "protocol", &["HTTP"])
                .computed()
                .when(&[When::not(
                    "default_action[0].redirect[0].protocol",
                    &["HTTPS"],
                )])
                .fix("Use `protocol = \"HTTPS\"` with a certificate, and let the listener of port 80 redirect to it."),
            Switch::new(
                Tls,
                "ssl_policy",
                Good::NoneOf(OLD_LISTENER_POLICIES),
                Unset::Bad("ELBSecurityPolicy-2016-08"),
            )
            .computed()
            .when(&[When::is("protocol", &["HTTPS", "TLS"])])
            .fix(NEW_LISTENER_POLICY),
        ],
    ),
    row(
        &["aws_elb"],
        &[never(InTransit, "listener[].lb_protocol", &["http"])
            .key("lb_port")
            .fix("Use `lb_protocol = \"https\"` with a certificate.")],
    ),
    // Distributions.
    row(
        &["aws_cloudfront_distribution"],
        &[
            never(
                InTransit,
                "default_cache_behavior[0].viewer_protocol_policy",
                &["allow-all"],
            )
            .fix("Set `viewer_protocol_policy = \"redirect-to-https\"` in the block `default_cache_behavior`."),
            never(
                InTransit,
                "ordered_cache_behavior[].viewer_protocol_policy",
                &["allow-all"],
            )
            .key("path_pattern")
            .fix("Set `viewer_protocol_policy = \"redirect-to-https\"` in the block `ordered_cache_behavior`."),
            // The website endpoints of S3 speak HTTP only.
            never(
                InTransit,
                "origin[].custom_origin_config[0].origin_protocol_policy",
                &["http-only"],
            )
            .key("domain_name")
            .when(&[When::not("./domain_name", &["*.s3-website*"])])
            .fix("Set `origin_protocol_policy = \"https-only\"` in the block `custom_origin_config`."),
            never(
                Tls,
                "origin[].custom_origin_config[].origin_ssl_protocols[]",
                OLD_PROTOCOLS,
            )
            .fix("Leave `[\"TLSv1.2\"]` in `origin_ssl_protocols`."),
            only(
                Tls,
                "viewer_certificate[0].minimum_protocol_version",
                &["TLSv1.2_2021", "TLSv1.2_*", "TLSv1.3_*"],
                "TLSv1",
            )
            .when(&[When::not(
                "viewer_certificate[0].cloudfront_default_certificate",
                &["true"],
            )]),
            // With its own certificate CloudFront uses the policy `TLSv1`, whatever is set:
            // https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ViewerCertificate.html
            Switch::new(
                Tls,
                "viewer_certificate[0].cloudfront_default_certificate",
                Good::False,
                Unset::Good,
            )
            .advised()
            .fix("Give the distribution a domain name and a certificate of your own, and set `minimum_protocol_version = \"TLSv1.2_2021\"`."),
        ],
    ),
    row(
        &["aws_cloudfront_multitenant_distribution"],
        &[
            never(
                InTransit,
                "default_cache_behavior[0].viewer_protocol_policy",
                &["allow-all"],
            )
            .fix("Set `viewer_protocol_policy = \"redirect-to-https\"` in the block `default_cache_behavior`."),
            never(
                Tls,
                "viewer_certificate[0].minimum_protocol_version",
                &["SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"],
            )
            .computed(),
        ],
    ),
    // Domains of APIs.
    row(
        &["aws_api_gateway_domain_name"],
        &[never(Tls, "security_policy", &["TLS_1_0"])
            .computed()
            .fix("Set `security_policy = \"TLS_1_2\"`.")],
    ),
    row(
        &["aws_api_gateway_rest_api"],
        &[never(Tls, "security_policy", &["TLS_1_0"])
            .computed()
            .fix("Set `security_policy = \"TLS_1_2\"`.")],
    ),
    row(
        &["aws_apigatewayv2_domain_name"],
        &[never(
            Tls,
            "domain_name_configuration[0].security_policy",
            &["TLS_1_0"],
        )
        .fix("Set `security_policy = \"TLS_1_2\"` in the block `domain_name_configuration`.")],
    ),
    row(
        &["aws_transfer_server"],
        &[
            never(InTransit, "protocols[]", &["FTP"])
                .computed()
                .fix("Use `SFTP` or `FTPS`."),
            Switch::new(
                Tls,
                "security_policy_name",
                Good::NoneOf(&["TransferSecurityPolicy-2018-11"]),
                Unset::Bad("TransferSecurityPolicy-2018-11"),
            )
            .fix("Set `security_policy_name = \"TransferSecurityPolicy-2024-01\"`."),
        ],
    ),
    // Keys. Only symmetric keys of KMS itself are replaced by it:
    // https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
    row(
        &["aws_kms_key"],
        &[
            on(Rotation, "enable_key_rotation").when(&[
                When::is_or_unset("customer_master_key_spec", &["SYMMETRIC_DEFAULT"]),
                When::is_or_unset("key_usage", &["ENCRYPT_DECRYPT"]),
                When::not("is_enabled", &["false"]),
                When::unset("custom_key_store_id"),
            ]),
            Switch::new(
                Rotation,
                "rotation_period_in_days",
                Good::AtMost(365),
                Unset::Good,
            )
            .computed(),
        ],
    ),
];
