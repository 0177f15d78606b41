//! Resource types without a charge of their own.
//!
//! *No charge of its own* is not *free*: a listener costs nothing while its load
//! balancer does, and a type is listed only if whatever it makes expensive is
//! charged on another resource. A type that is in neither this list nor a recipe
//! is unpriced.
//!
//! The AWS types are facts from the list of free resources in infracost/infracost
//! at 95ba4f49a (Apache-2.0), as of 2026-08-21, without the ones that do carry a
//! cost (a public address, custom metrics, attachments, per-invocation or sending
//! fees), with ten structural ones of its registry, and with four of our own
//! (DSQL peering, saved Logs Insights queries, exclusive IAM attachments). Those of
//! `no_charge_by_service.rs` come on top.

use crate::no_charge_by_service::BY_TYPE;

/// Types by the first word after `aws_`: the rest of each name; none for the word alone.
/// Both are sorted for a binary search.
const AWS: &[(&str, &[&str])] = &[
    ("accessanalyzer", &["analyzer", "archive_rule"]),
    ("account", &["alternate_contact"]),
    ("acm", &["certificate_validation"]),
    ("acmpca", &["permission", "policy"]),
    (
        "alb",
        &[
            "listener",
            "listener_certificate",
            "listener_rule",
            "target_group",
            "target_group_attachment",
        ],
    ),
    ("ami", &["launch_permission"]),
    (
        "amplify",
        &[
            "backend_environment",
            "branch",
            "domain_association",
            "webhook",
        ],
    ),
    (
        "api",
        &[
            "gateway_account",
            "gateway_api_key",
            "gateway_authorizer",
            "gateway_base_path_mapping",
            "gateway_client_certificate",
            "gateway_deployment",
            "gateway_documentation_part",
            "gateway_documentation_version",
            "gateway_domain_name",
            "gateway_gateway_response",
            "gateway_integration",
            "gateway_integration_response",
            "gateway_method",
            "gateway_method_response",
            "gateway_method_settings",
            "gateway_model",
            "gateway_request_validator",
            "gateway_resource",
            "gateway_response",
            "gateway_rest_api_policy",
            "gateway_usage_plan",
            "gateway_usage_plan_key",
            "gateway_vpc_link",
        ],
    ),
    (
        "apigatewayv2",
        &[
            "api_mapping",
            "authorizer",
            "deployment",
            "domain_name",
            "integration",
            "integration_response",
            "model",
            "route",
            "route_response",
            "stage",
            "vpc_link",
        ],
    ),
    ("app", &["cookie_stickiness_policy"]),
    ("appautoscaling", &["policy", "scheduled_action"]),
    (
        "appconfig",
        &[
            "configuration_profile",
            "extension",
            "extension_association",
            "hosted_configuration_version",
        ],
    ),
    ("appflow", &["connector_profile"]),
    ("appintegrations", &["event_integration"]),
    (
        "appmesh",
        &[
            "gateway_route",
            "mesh",
            "route",
            "virtual_gateway",
            "virtual_node",
            "virtual_router",
            "virtual_service",
        ],
    ),
    ("apprunner", &["custom_domain_association"]),
    ("appstream", &["fleet_stack_association"]),
    (
        "autoscaling",
        &[
            "attachment",
            "group_tag",
            "lifecycle_hook",
            "notification",
            "policy",
        ],
    ),
    (
        "backup",
        &[
            "global_settings",
            "plan",
            "region_settings",
            "selection",
            "vault_notifications",
            "vault_policy",
        ],
    ),
    ("batch", &["job_queue"]),
    ("cloudformation", &["stack_set_instance", "type"]),
    (
        "cloudfront",
        &[
            "cache_policy",
            "key_group",
            "origin_access_control",
            "origin_access_identity",
            "origin_request_policy",
            "public_key",
            "response_headers_policy",
        ],
    ),
    ("cloudhsm", &["v2_cluster"]),
    (
        "cloudwatch",
        &[
            "event_bus_policy",
            "event_connection",
            "event_permission",
            "event_rule",
            "event_target",
            "log_destination",
            "log_destination_policy",
            "log_resource_policy",
            "log_stream",
            "log_subscription_filter",
            "query_definition",
        ],
    ),
    (
        "codebuild",
        &["report_group", "source_credential", "webhook"],
    ),
    ("codedeploy", &["app", "deployment_config"]),
    (
        "cognito",
        &[
            "identity_pool_roles_attachment",
            "resource_server",
            "user_pool_client",
        ],
    ),
    (
        "config",
        &[
            "aggregate_authorization",
            "configuration_aggregator",
            "configuration_recorder_status",
            "delivery_channel",
            "remediation_configuration",
        ],
    ),
    ("customer", &["gateway"]),
    (
        "db",
        &[
            "event_subscription",
            "instance_role_association",
            "option_group",
            "parameter_group",
            "proxy_default_target_group",
            "proxy_target",
            "subnet_group",
        ],
    ),
    (
        "default",
        &[
            "network_acl",
            "route_table",
            "security_group",
            "subnet",
            "vpc",
            "vpc_dhcp_options",
        ],
    ),
    (
        "dms",
        &[
            "certificate",
            "endpoint",
            "event_subscription",
            "replication_subnet_group",
            "replication_task",
            "s3_endpoint",
        ],
    ),
    ("docdb", &["cluster_parameter_group", "subnet_group"]),
    ("dsql", &["cluster_peering"]),
    (
        "dx",
        &[
            "bgp_peer",
            "gateway",
            "gateway_association_proposal",
            "hosted_private_virtual_interface",
            "hosted_private_virtual_interface_accepter",
            "hosted_public_virtual_interface",
            "hosted_public_virtual_interface_accepter",
            "hosted_transit_virtual_interface",
            "hosted_transit_virtual_interface_accepter",
            "lag",
            "private_virtual_interface",
            "public_virtual_interface",
            "transit_virtual_interface",
        ],
    ),
    ("dynamodb", &["table_item"]),
    ("ebs", &["default_kms_key", "encryption_by_default"]),
    (
        "ec2",
        &[
            "client_vpn_authorization_rule",
            "client_vpn_route",
            "managed_prefix_list",
            "managed_prefix_list_entry",
            "tag",
            "traffic_mirror_filter",
            "traffic_mirror_filter_rule",
            "traffic_mirror_target",
            "transit_gateway_route",
            "transit_gateway_route_table",
            "transit_gateway_route_table_association",
            "transit_gateway_route_table_propagation",
            "transit_gateway_vpc_attachment_accepter",
        ],
    ),
    (
        "ecr",
        &[
            "lifecycle_policy",
            "pull_through_cache_rule",
            "repository_policy",
        ],
    ),
    (
        "ecs",
        &[
            "account_setting_default",
            "cluster",
            "cluster_capacity_providers",
            "task_definition",
        ],
    ),
    (
        "efs",
        &["access_point", "file_system_policy", "mount_target"],
    ),
    ("egress", &["only_internet_gateway"]),
    ("eip", &["association"]),
    (
        "eks",
        &[
            "access_policy_association",
            "identity_provider_config",
            "pod_identity_association",
        ],
    ),
    ("elastic", &["beanstalk_application"]),
    (
        "elasticache",
        &[
            "parameter_group",
            "security_group",
            "subnet_group",
            "user",
            "user_group",
            "user_group_association",
        ],
    ),
    ("elasticsearch", &["domain_policy", "domain_saml_options"]),
    ("elb", &["attachment"]),
    ("globalaccelerator", &["listener"]),
    (
        "glue",
        &[
            "catalog_table",
            "classifier",
            "connection",
            "data_catalog_encryption_settings",
            "partition",
            "partition_index",
            "registry",
            "resource_policy",
            "schema",
            "security_configuration",
            "trigger",
            "user_defined_function",
            "workflow",
        ],
    ),
    (
        "iam",
        &[
            "access_key",
            "account_alias",
            "account_password_policy",
            "group",
            "group_membership",
            "group_policy",
            "group_policy_attachment",
            "instance_profile",
            "openid_connect_provider",
            "policy",
            "policy_attachment",
            "role",
            "role_policies_exclusive",
            "role_policy",
            "role_policy_attachment",
            "role_policy_attachments_exclusive",
            "saml_provider",
            "server_certificate",
            "service_linked_role",
            "user",
            "user_group_membership",
            "user_login_profile",
            "user_policy",
            "user_policy_attachment",
            "user_ssh_key",
        ],
    ),
    ("imagebuilder", &["component"]),
    ("internet", &["gateway"]),
    ("iot", &["policy", "role_alias"]),
    ("key", &["pair"]),
    ("kms", &["alias", "ciphertext", "grant", "key_policy"]),
    (
        "lambda",
        &[
            "alias",
            "code_signing_config",
            "event_source_mapping",
            "function_event_invoke_config",
            "function_url",
            "layer_version",
            "layer_version_permission",
            "permission",
        ],
    ),
    ("launch", &["configuration", "template"]),
    (
        "lb",
        &[
            "cookie_stickiness_policy",
            "listener",
            "listener_certificate",
            "listener_rule",
            "ssl_negotiation_policy",
            "target_group",
            "target_group_attachment",
        ],
    ),
    ("lightsail", &["domain", "key_pair", "static_ip_attachment"]),
    (
        "load",
        &[
            "balancer_backend_server_policy",
            "balancer_listener_policy",
            "balancer_policy",
        ],
    ),
    ("main", &["route_table_association"]),
    ("mq", &["configuration"]),
    ("msk", &["configuration", "scram_secret_association"]),
    (
        "neptune",
        &[
            "cluster_parameter_group",
            "event_subscription",
            "parameter_group",
            "subnet_group",
        ],
    ),
    (
        "network",
        &[
            "acl",
            "acl_rule",
            "interface_attachment",
            "interface_sg_attachment",
        ],
    ),
    (
        "networkfirewall",
        &["firewall_policy", "logging_configuration", "rule_group"],
    ),
    ("opensearch", &["domain_policy", "domain_saml_options"]),
    ("opsworks", &["user_profile"]),
    (
        "organizations",
        &["organizational_unit", "policy", "policy_attachment"],
    ),
    ("placement", &["group"]),
    (
        "ram",
        &[
            "principal_association",
            "resource_association",
            "resource_share",
            "resource_share_accepter",
        ],
    ),
    (
        "rds",
        &[
            "cluster_endpoint",
            "cluster_parameter_group",
            "cluster_role_association",
        ],
    ),
    ("redshift", &["cluster_iam_roles"]),
    ("resourcegroups", &["group", "resource"]),
    ("route", &["", "table", "table_association"]),
    (
        "route53",
        &[
            "resolver_dnssec_config",
            "resolver_query_log_config_association",
            "resolver_rule",
            "resolver_rule_association",
            "vpc_association_authorization",
            "zone_association",
        ],
    ),
    (
        "s3",
        &[
            "access_point",
            "account_public_access_block",
            "bucket_acl",
            "bucket_cors_configuration",
            "bucket_lifecycle_configuration",
            "bucket_logging",
            "bucket_notification",
            "bucket_object",
            "bucket_object_lock_configuration",
            "bucket_ownership_controls",
            "bucket_policy",
            "bucket_public_access_block",
            "bucket_replication_configuration",
            "bucket_server_side_encryption_configuration",
            "bucket_versioning",
            "bucket_website_configuration",
            "object",
        ],
    ),
    ("sagemaker", &["user_profile"]),
    ("scheduler", &["schedule_group"]),
    (
        "secretsmanager",
        &["secret_policy", "secret_rotation", "secret_version"],
    ),
    ("security", &["group", "group_rule"]),
    (
        "service",
        &["discovery_http_namespace", "discovery_service"],
    ),
    (
        "ses",
        &[
            "active_receipt_rule_set",
            "configuration_set",
            "domain_dkim",
            "domain_identity_verification",
            "domain_mail_from",
            "event_destination",
            "identity_notification_topic",
            "identity_policy",
            "receipt_filter",
            "receipt_rule_set",
            "template",
        ],
    ),
    (
        "sesv2",
        &[
            "configuration_set",
            "configuration_set_event_destination",
            "contact_list",
            "email_identity_feedback_attributes",
            "email_identity_mail_from_attributes",
            "email_identity_policy",
        ],
    ),
    (
        "shield",
        &[
            "drt_access_role_arn_association",
            "protection_health_check_association",
        ],
    ),
    ("sns", &["sms_preferences", "topic_policy"]),
    (
        "sqs",
        &[
            "queue_policy",
            "queue_redrive_allow_policy",
            "queue_redrive_policy",
        ],
    ),
    (
        "ssm",
        &[
            "association",
            "document",
            "maintenance_window",
            "maintenance_window_target",
            "maintenance_window_task",
            "patch_baseline",
            "patch_group",
            "resource_data_sync",
        ],
    ),
    (
        "ssoadmin",
        &[
            "account_assignment",
            "application",
            "application_access_scope",
            "application_assignment",
            "application_assignment_configuration",
            "customer_managed_policy_attachment",
            "instance_access_control_attributes",
            "managed_policy_attachment",
            "permission_set",
            "permission_set_inline_policy",
            "permissions_boundary_attachment",
            "trusted_token_issuer",
        ],
    ),
    ("subnet", &[""]),
    ("transfer", &["access", "ssh_key", "tag", "user"]),
    ("volume", &["attachment"]),
    (
        "vpc",
        &[
            "",
            "dhcp_options",
            "dhcp_options_association",
            "endpoint_connection_notification",
            "endpoint_route_table_association",
            "endpoint_security_group_association",
            "endpoint_service",
            "endpoint_service_allowed_principal",
            "ipv4_cidr_block_association",
            "peering_connection_accepter",
            "peering_connection_options",
            "security_group_egress_rule",
            "security_group_ingress_rule",
        ],
    ),
    (
        "vpn",
        &[
            "connection_route",
            "gateway",
            "gateway_attachment",
            "gateway_route_propagation",
        ],
    ),
    (
        "waf",
        &[
            "byte_match_set",
            "geo_match_set",
            "ipset",
            "rate_based_rule",
            "regex_match_set",
            "regex_pattern_set",
            "rule",
            "rule_group",
            "size_constraint_set",
            "sql_injection_match_set",
            "xss_match_set",
        ],
    ),
    (
        "wafregional",
        &[
            "byte_match_set",
            "size_constraint_set",
            "sql_injection_match_set",
            "web_acl_association",
            "xss_match_set",
        ],
    ),
    (
        "wafv2",
        &["ip_set", "regex_pattern_set", "web_acl_association"],
    ),
];

/// Providers whose resources live in the state alone.
const LOCAL_PROVIDERS: &[&str] = &[
    "archive",
    "cloudinit",
    "external",
    "http",
    "local",
    "null",
    "random",
    "template",
    "time",
    "tls",
];

/// Whether a resource type has no charge of its own.
pub(crate) fn has_none(kind: &str) -> bool {
    if kind == "terraform_data" {
        return true;
    }
    let Some((provider, rest)) = kind.split_once('_') else {
        return false;
    };
    if LOCAL_PROVIDERS.contains(&provider) {
        return true;
    }
    if provider != "aws" {
        return false;
    }
    let (service, name) = rest.split_once('_').unwrap_or((rest, ""));
    listed(service, name)
        || BY_TYPE
            .binary_search_by(|(known, _)| (*known).cmp(kind))
            .is_ok()
}

fn listed(service: &str, name: &str) -> bool {
    AWS.binary_search_by(|(group, _)| (*group).cmp(service))
        .is_ok_and(|at| AWS[at].1.binary_search(&name).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_for_the_binary_search() {
        assert!(AWS.is_sorted_by(|a, b| a.0 < b.0));
        for (group, names) in AWS {
            assert!(names.is_sorted_by(|a, b| a < b), "{group}");
        }
        assert!(BY_TYPE.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn knows_what_has_no_charge() {
        for kind in [
            "aws_iam_role",
            "aws_vpc",
            "aws_subnet",
            "aws_route",
            "aws_lb_listener",
            "aws_network_interface",
            "random_id",
            "terraform_data",
        ] {
            assert!(has_none(kind), "{kind}");
        }
        for kind in [
            "aws_instance",
            "aws_vpc_endpoint_subnet_association",
            "aws_ses_receipt_rule",
            "aws_iam",
            "aws",
            "google_project",
            "aws_budgets_budget",
            "aws_lb",
        ] {
            assert!(!has_none(kind), "{kind}");
        }
    }

    #[test]
    fn no_type_is_both_priced_and_without_charge() {
        for recipe in crate::recipes::ALL {
            for kind in recipe.types {
                assert!(!has_none(kind), "{kind}");
            }
        }
    }
}
