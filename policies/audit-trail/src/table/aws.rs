//! hashicorp/aws.

use super::{Layer, On, Row, access, audit, logged, offered, part, switch, trail, unless};

/// A load balancer of type `gateway` has no such logs.
const LOAD_BALANCER: &[super::Switch] = &[
    unless(
        access("access_logs[0].enabled", On::True),
        "load_balancer_type",
        &["gateway"],
    ),
    offered(access("connection_logs[0].enabled", On::True)),
];

/// Logs that a database hands to CloudWatch.
const EXPORTS: &[super::Switch] = &[offered(access(
    "enabled_cloudwatch_logs_exports",
    On::Entries(&[]),
))];

/// Logs that a cache writes.
const DELIVERIES: &[super::Switch] = &[offered(access(
    "log_delivery_configuration",
    On::Entries(&["log_type"]),
))];

pub(super) static ROWS: &[Row] = &[
    // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html
    trail(
        "aws_cloudtrail",
        "trail",
        &[],
        &[
            audit("enable_logging", On::True),
            part("is_multi_region_trail", On::True, false),
            part("enable_log_file_validation", On::True, false),
            part("include_global_service_events", On::True, true),
            offered(part("is_organization_trail", On::True, false)),
            offered(part("cloud_watch_logs_group_arn", On::There, false)),
        ],
    ),
    trail(
        "aws_cloudtrail_event_data_store",
        "event data store",
        &[],
        &[
            audit("suspend", On::NoneOf(&["true"])),
            part("multi_region_enabled", On::True, true),
            offered(part("organization_enabled", On::True, false)),
        ],
    ),
    trail(
        "aws_cloudtrail_organization_delegated_admin_account",
        "administrator of trails",
        &[],
        &[],
    ),
    trail(
        "aws_flow_log",
        "flow log",
        &[
            "vpc_id",
            "subnet_id",
            "eni_id",
            "transit_gateway_id",
            "transit_gateway_attachment_id",
        ],
        &[offered(part("traffic_type", On::OneOf(&["ALL"]), true))],
    ),
    trail(
        "aws_guardduty_detector",
        "threat detector",
        &[],
        &[
            audit("enable", On::True),
            offered(part("datasources[0].s3_logs[0].enable", On::True, true)),
            offered(part(
                "datasources[0].kubernetes[0].audit_logs[0].enable",
                On::True,
                true,
            )),
        ],
    ),
    trail(
        "aws_guardduty_detector_feature",
        "feature of the threat detector",
        &[],
        &[audit("status", On::OneOf(&["ENABLED"]))],
    ),
    trail(
        "aws_guardduty_organization_configuration",
        "threat detection of the organization",
        &[],
        &[offered(audit(
            "auto_enable_organization_members",
            On::NoneOf(&["NONE"]),
        ))],
    ),
    trail(
        "aws_guardduty_organization_admin_account",
        "administrator of threat detection",
        &[],
        &[],
    ),
    trail(
        "aws_guardduty_member",
        "threat detection of an account",
        &["detector_id"],
        &[],
    ),
    trail(
        "aws_guardduty_malware_protection_plan",
        "search for malware",
        &[],
        &[],
    ),
    trail(
        "aws_guardduty_organization_configuration_feature",
        "feature of the threat detection of the organization",
        &["detector_id"],
        &[offered(audit("auto_enable", On::NoneOf(&["NONE"])))],
    ),
    trail(
        "aws_guardduty_publishing_destination",
        "export of findings",
        &[],
        &[],
    ),
    trail(
        "aws_config_configuration_recorder",
        "configuration recorder",
        &[],
        &[
            part("recording_group[0].all_supported", On::True, true),
            offered(part(
                "recording_group[0].include_global_resource_types",
                On::True,
                false,
            )),
        ],
    ),
    trail(
        "aws_config_configuration_recorder_status",
        "configuration recorder",
        &[],
        &[audit("is_enabled", On::True)],
    ),
    trail(
        "aws_config_delivery_channel",
        "delivery channel of the configuration recorder",
        &[],
        &[],
    ),
    trail("aws_securityhub_account", "security hub", &[], &[]),
    trail("aws_securityhub_account_v2", "security hub", &[], &[]),
    trail(
        "aws_securityhub_standards_subscription",
        "standard of the security hub",
        &[],
        &[],
    ),
    trail(
        "aws_securityhub_organization_configuration",
        "security hub of the organization",
        &[],
        &[offered(audit("auto_enable", On::True))],
    ),
    trail(
        "aws_securityhub_organization_admin_account",
        "administrator of the security hub",
        &[],
        &[],
    ),
    trail(
        "aws_securityhub_member",
        "security hub of an account",
        &[],
        &[],
    ),
    trail(
        "aws_securityhub_configuration_policy",
        "policy of the security hub",
        &[],
        &[],
    ),
    trail(
        "aws_securityhub_configuration_policy_association",
        "policy of the security hub for an account",
        &["policy_id"],
        &[],
    ),
    trail(
        "aws_securityhub_finding_aggregator",
        "collection of the findings of other regions",
        &[],
        &[],
    ),
    trail(
        "aws_macie2_account",
        "data classification",
        &[],
        &[audit("status", On::OneOf(&["ENABLED"]))],
    ),
    trail(
        "aws_macie2_organization_configuration",
        "data classification of the organization",
        &[],
        &[offered(audit("auto_enable", On::True))],
    ),
    trail("aws_accessanalyzer_analyzer", "access analyzer", &[], &[]),
    trail(
        "aws_inspector2_enabler",
        "vulnerability scanner",
        &[],
        &[offered(part("resource_types", On::Entries(&[]), false))],
    ),
    trail(
        "aws_config_config_rule",
        "rule on the configuration",
        &[],
        &[],
    ),
    trail(
        "aws_config_organization_managed_rule",
        "rule on the configuration of the organization",
        &[],
        &[],
    ),
    trail(
        "aws_config_organization_custom_rule",
        "rule on the configuration of the organization",
        &[],
        &[],
    ),
    trail(
        "aws_config_organization_custom_policy_rule",
        "rule on the configuration of the organization",
        &[],
        &[],
    ),
    trail(
        "aws_config_conformance_pack",
        "pack of rules on the configuration",
        &[],
        &[],
    ),
    trail(
        "aws_config_organization_conformance_pack",
        "pack of rules on the configuration of the organization",
        &[],
        &[],
    ),
    trail("aws_detective_graph", "detective graph", &[], &[]),
    trail(
        "aws_auditmanager_account_registration",
        "audit manager",
        &[],
        &[],
    ),
    trail(
        "aws_s3_bucket_logging",
        "access log of a bucket",
        &["bucket"],
        &[],
    ),
    trail(
        "aws_wafv2_web_acl_logging_configuration",
        "log of a web application firewall",
        &["resource_arn"],
        &[],
    ),
    trail(
        "aws_networkfirewall_logging_configuration",
        "log of a network firewall",
        &["firewall_arn"],
        &[offered(part(
            "logging_configuration[0].log_destination_config",
            On::Entries(&["log_type"]),
            false,
        ))],
    ),
    trail(
        "aws_route53_query_log",
        "query log of a zone",
        &["zone_id"],
        &[],
    ),
    trail(
        "aws_route53_resolver_query_log_config",
        "query log of a resolver",
        &[],
        &[],
    ),
    trail(
        "aws_route53_resolver_query_log_config_association",
        "query log of a network",
        &["resource_id"],
        &[],
    ),
    trail(
        "aws_redshift_logging",
        "audit log of a cluster",
        &["cluster_identifier"],
        &[],
    ),
    trail(
        "aws_vpclattice_access_log_subscription",
        "access log of a service network",
        &["resource_identifier"],
        &[],
    ),
    trail(
        "aws_bedrock_model_invocation_logging_configuration",
        "log of the calls of models",
        &[],
        &[],
    ),
    trail(
        "aws_directory_service_log_subscription",
        "log of a directory",
        &["directory_id"],
        &[],
    ),
    trail(
        "aws_verifiedaccess_instance_logging_configuration",
        "access log of verified access",
        &["verifiedaccess_instance_id"],
        &[],
    ),
    // What is deleted, the log shows in clear.
    trail(
        "aws_cloudwatch_log_data_protection_policy",
        "audit of sensitive data in a log",
        &["log_group_name"],
        &[],
    ),
    logged("aws_lb", "load balancer", LOAD_BALANCER),
    logged("aws_alb", "load balancer", LOAD_BALANCER),
    logged(
        "aws_elb",
        "load balancer",
        &[
            access("access_logs", On::There),
            offered(switch(
                "access_logs[0].enabled",
                On::True,
                true,
                Layer::Access,
            )),
        ],
    ),
    // The newer way of logging is another resource, which is looked for in the plan.
    logged(
        "aws_cloudfront_distribution",
        "distribution",
        &[access("logging_config", On::There)],
    ),
    logged(
        "aws_api_gateway_stage",
        "stage",
        &[access("access_log_settings", On::There)],
    ),
    logged(
        "aws_apigatewayv2_stage",
        "stage",
        &[access("access_log_settings", On::There)],
    ),
    logged(
        "aws_api_gateway_method_settings",
        "methods of a stage",
        &[offered(access(
            "settings[0].logging_level",
            On::OneOf(&["INFO", "ERROR"]),
        ))],
    ),
    logged(
        "aws_s3_bucket",
        "bucket",
        &[offered(access("logging", On::There))],
    ),
    logged(
        "aws_eks_cluster",
        "cluster",
        &[
            access("enabled_cluster_log_types", On::Has("audit")),
            offered(access("enabled_cluster_log_types", On::Entries(&[]))),
        ],
    ),
    logged("aws_rds_cluster", "database", EXPORTS),
    logged("aws_db_instance", "database", EXPORTS),
    logged("aws_docdb_cluster", "database", EXPORTS),
    logged(
        "aws_neptune_cluster",
        "database",
        &[offered(access(
            "enable_cloudwatch_logs_exports",
            On::Entries(&[]),
        ))],
    ),
    logged(
        "aws_mq_broker",
        "broker",
        &[offered(access("logs[0].audit", On::OneOf(&["true"])))],
    ),
    logged(
        "aws_opensearch_domain",
        "domain",
        &[offered(access(
            "log_publishing_options",
            On::Entries(&["log_type"]),
        ))],
    ),
    logged(
        "aws_msk_cluster",
        "cluster",
        &[offered(access("logging_info", On::There))],
    ),
    logged("aws_elasticache_replication_group", "cache", DELIVERIES),
    logged("aws_elasticache_cluster", "cache", DELIVERIES),
    logged(
        "aws_sfn_state_machine",
        "state machine",
        &[offered(access(
            "logging_configuration[0].level",
            On::OneOf(&["ALL", "ERROR", "FATAL"]),
        ))],
    ),
    logged(
        "aws_appsync_graphql_api",
        "API",
        &[offered(access("log_config", On::There))],
    ),
    logged(
        "aws_transfer_server",
        "server for files",
        &[offered(access(
            "structured_log_destinations",
            On::Entries(&[]),
        ))],
    ),
    logged(
        "aws_redshiftserverless_namespace",
        "database",
        &[offered(access("log_exports", On::Entries(&[])))],
    ),
    logged(
        "aws_ec2_client_vpn_endpoint",
        "entrance to the network",
        &[offered(access(
            "connection_log_options[0].enabled",
            On::True,
        ))],
    ),
    logged(
        "aws_globalaccelerator_accelerator",
        "accelerator",
        &[offered(access("attributes[0].flow_logs_enabled", On::True))],
    ),
];
