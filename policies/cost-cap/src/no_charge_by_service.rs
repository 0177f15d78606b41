//! Resource types without a charge of their own that no list of others has, each with the
//! page of the service's prices that names no charge for it.
//!
//! What such a type switches on or makes bigger is charged on another type, which is
//! priced or unknown. Where one of its attributes is charged itself, `extras.rs` says so.

const API_GATEWAY: &str = "https://aws.amazon.com/api-gateway/pricing/";
const BATCH: &str = "https://aws.amazon.com/batch/pricing/";
const CERTIFICATE_MANAGER: &str = "https://aws.amazon.com/certificate-manager/pricing/";
const CLOUDWATCH: &str = "https://aws.amazon.com/cloudwatch/pricing/";
const CODEARTIFACT: &str = "https://aws.amazon.com/codeartifact/pricing/";
const CODEBUILD: &str = "https://aws.amazon.com/codebuild/pricing/";
const CODECOMMIT: &str = "https://aws.amazon.com/codecommit/pricing/";
const CODEPIPELINE: &str = "https://aws.amazon.com/codepipeline/pricing/";
const COGNITO: &str = "https://aws.amazon.com/cognito/pricing/";
const CONFIG: &str = "https://aws.amazon.com/config/pricing/";
const DYNAMODB: &str = "https://aws.amazon.com/dynamodb/pricing/";
const EBS: &str = "https://aws.amazon.com/ebs/pricing/";
const EC2_AUTOSCALING: &str = "https://aws.amazon.com/ec2/autoscaling/pricing/";
const EC2: &str = "https://aws.amazon.com/ec2/pricing/";
const ECR: &str = "https://aws.amazon.com/ecr/pricing/";
const ECS: &str = "https://aws.amazon.com/ecs/pricing/";
const EFS: &str = "https://aws.amazon.com/efs/pricing/";
const EKS: &str = "https://aws.amazon.com/eks/pricing/";
const ELASTICBEANSTALK: &str = "https://aws.amazon.com/elasticbeanstalk/pricing/";
const ELASTICLOADBALANCING: &str = "https://aws.amazon.com/elasticloadbalancing/pricing/";
const EMR: &str = "https://aws.amazon.com/emr/pricing/";
const EVENTBRIDGE: &str = "https://aws.amazon.com/eventbridge/pricing/";
const GLUE: &str = "https://aws.amazon.com/glue/pricing/";
const GUARDDUTY: &str = "https://aws.amazon.com/guardduty/pricing/";
const IAM_FAQS: &str = "https://aws.amazon.com/iam/faqs/";
const IAM_IDENTITY_CENTER_FAQS: &str = "https://aws.amazon.com/iam/identity-center/faqs/";
const KINESIS_DATA_STREAMS: &str = "https://aws.amazon.com/kinesis/data-streams/pricing/";
const LAKE_FORMATION: &str = "https://aws.amazon.com/lake-formation/pricing/";
const LAMBDA: &str = "https://aws.amazon.com/lambda/pricing/";
const MEMORYDB: &str = "https://aws.amazon.com/memorydb/pricing/";
const MSK: &str = "https://aws.amazon.com/msk/pricing/";
const NEPTUNE: &str = "https://aws.amazon.com/neptune/pricing/";
const NETWORK_FIREWALL: &str = "https://aws.amazon.com/network-firewall/pricing/";
const OPENSEARCH_SERVICE: &str = "https://aws.amazon.com/opensearch-service/pricing/";
const ORGANIZATIONS_FAQS: &str = "https://aws.amazon.com/organizations/faqs/";
const PROMETHEUS: &str = "https://aws.amazon.com/prometheus/pricing/";
const RAM_FAQS: &str = "https://aws.amazon.com/ram/faqs/";
const RDS_AURORA_DSQL: &str = "https://aws.amazon.com/rds/aurora/dsql/pricing/";
const RDS: &str = "https://aws.amazon.com/rds/pricing/";
const REDSHIFT: &str = "https://aws.amazon.com/redshift/pricing/";
const RESOURCEEXPLORER_FAQS: &str = "https://aws.amazon.com/resourceexplorer/faqs/";
const ROUTE53: &str = "https://aws.amazon.com/route53/pricing/";
const S3: &str = "https://aws.amazon.com/s3/pricing/";
const SECRETS_MANAGER: &str = "https://aws.amazon.com/secrets-manager/pricing/";
const SECURITY_HUB: &str = "https://aws.amazon.com/security-hub/pricing/";
const SERVICECATALOG: &str = "https://aws.amazon.com/servicecatalog/pricing/";
const SIGNER: &str = "https://aws.amazon.com/signer/pricing/";
const STEP_FUNCTIONS: &str = "https://aws.amazon.com/step-functions/pricing/";
const SYSTEMS_MANAGER: &str = "https://aws.amazon.com/systems-manager/pricing/";
const VPC_LATTICE: &str = "https://aws.amazon.com/vpc/lattice/pricing/";
const VPC: &str = "https://aws.amazon.com/vpc/pricing/";
const WAF: &str = "https://aws.amazon.com/waf/pricing/";
const XRAY: &str = "https://aws.amazon.com/xray/pricing/";
const USER_NOTIFICATIONS: &str =
    "https://docs.aws.amazon.com/notifications/latest/userguide/what-is-service.html";

/// Each type, sorted for a binary search, and the page.
pub(crate) const BY_TYPE: &[(&str, &str)] = &[
    ("aws_acm_certificate", CERTIFICATE_MANAGER),
    ("aws_apigatewayv2_routing_rule", API_GATEWAY),
    ("aws_autoscaling_traffic_source_attachment", EC2_AUTOSCALING),
    ("aws_batch_scheduling_policy", BATCH),
    ("aws_cloudwatch_alarm_mute_rule", CLOUDWATCH),
    ("aws_cloudwatch_log_delivery_destination", CLOUDWATCH),
    ("aws_cloudwatch_log_delivery_destination_policy", CLOUDWATCH),
    ("aws_cloudwatch_log_delivery_source", CLOUDWATCH),
    ("aws_cloudwatch_log_index_policy", CLOUDWATCH),
    ("aws_codeartifact_domain_permissions_policy", CODEARTIFACT),
    (
        "aws_codeartifact_repository_permissions_policy",
        CODEARTIFACT,
    ),
    ("aws_codebuild_resource_policy", CODEBUILD),
    ("aws_codecommit_approval_rule_template", CODECOMMIT),
    (
        "aws_codecommit_approval_rule_template_association",
        CODECOMMIT,
    ),
    ("aws_codecommit_trigger", CODECOMMIT),
    ("aws_codeconnections_connection", CODEPIPELINE),
    ("aws_codeconnections_host", CODEPIPELINE),
    ("aws_codepipeline_webhook", CODEPIPELINE),
    ("aws_codestarconnections_connection", CODEPIPELINE),
    ("aws_codestarconnections_host", CODEPIPELINE),
    ("aws_codestarnotifications_notification_rule", CODEPIPELINE),
    ("aws_cognito_identity_pool", COGNITO),
    ("aws_cognito_identity_pool_provider_principal_tag", COGNITO),
    ("aws_cognito_identity_provider", COGNITO),
    ("aws_cognito_managed_login_branding", COGNITO),
    ("aws_cognito_managed_user_pool_client", COGNITO),
    ("aws_cognito_user_group", COGNITO),
    ("aws_cognito_user_in_group", COGNITO),
    ("aws_cognito_user_pool_domain", COGNITO),
    ("aws_cognito_user_pool_ui_customization", COGNITO),
    ("aws_config_retention_configuration", CONFIG),
    ("aws_dsql_cluster_policy", RDS_AURORA_DSQL),
    ("aws_dynamodb_resource_policy", DYNAMODB),
    ("aws_dynamodb_tag", DYNAMODB),
    ("aws_ebs_snapshot_block_public_access", EBS),
    ("aws_ec2_availability_zone_group", EC2),
    ("aws_ec2_image_block_public_access", EC2),
    ("aws_ec2_instance_metadata_defaults", EC2),
    ("aws_ec2_instance_state", EC2),
    ("aws_ec2_serial_console_access", EC2),
    ("aws_ec2_subnet_cidr_reservation", EC2),
    (
        "aws_ec2_transit_gateway_default_route_table_association",
        EC2,
    ),
    (
        "aws_ec2_transit_gateway_default_route_table_propagation",
        EC2,
    ),
    ("aws_ec2_transit_gateway_policy_table", EC2),
    ("aws_ec2_transit_gateway_prefix_list_reference", EC2),
    ("aws_ecr_account_setting", ECR),
    ("aws_ecr_pull_time_update_exclusion", ECR),
    ("aws_ecr_registry_policy", ECR),
    ("aws_ecr_repository_creation_template", ECR),
    ("aws_ecrpublic_repository_policy", ECR),
    ("aws_ecs_tag", ECS),
    ("aws_efs_backup_policy", EFS),
    ("aws_eks_access_entry", EKS),
    (
        "aws_elastic_beanstalk_configuration_template",
        ELASTICBEANSTALK,
    ),
    ("aws_emr_block_public_access_configuration", EMR),
    ("aws_emr_security_configuration", EMR),
    ("aws_glue_catalog_database", GLUE),
    ("aws_glue_data_quality_ruleset", GLUE),
    ("aws_guardduty_filter", GUARDDUTY),
    ("aws_guardduty_ipset", GUARDDUTY),
    ("aws_guardduty_organization_admin_account", GUARDDUTY),
    ("aws_guardduty_threatintelset", GUARDDUTY),
    ("aws_iam_group_policies_exclusive", IAM_FAQS),
    ("aws_iam_group_policy_attachments_exclusive", IAM_FAQS),
    ("aws_iam_organizations_features", IAM_FAQS),
    ("aws_iam_outbound_web_identity_federation", IAM_FAQS),
    ("aws_iam_security_token_service_preferences", IAM_FAQS),
    ("aws_iam_service_specific_credential", IAM_FAQS),
    ("aws_iam_signing_certificate", IAM_FAQS),
    ("aws_iam_user_policies_exclusive", IAM_FAQS),
    ("aws_iam_user_policy_attachments_exclusive", IAM_FAQS),
    ("aws_iam_virtual_mfa_device", IAM_FAQS),
    ("aws_kinesis_resource_policy", KINESIS_DATA_STREAMS),
    ("aws_lakeformation_data_lake_settings", LAKE_FORMATION),
    (
        "aws_lakeformation_identity_center_configuration",
        LAKE_FORMATION,
    ),
    ("aws_lakeformation_lf_tag", LAKE_FORMATION),
    ("aws_lakeformation_lf_tag_expression", LAKE_FORMATION),
    ("aws_lakeformation_opt_in", LAKE_FORMATION),
    ("aws_lakeformation_permissions", LAKE_FORMATION),
    ("aws_lakeformation_resource", LAKE_FORMATION),
    ("aws_lakeformation_resource_lf_tag", LAKE_FORMATION),
    ("aws_lakeformation_resource_lf_tags", LAKE_FORMATION),
    ("aws_lambda_function_recursion_config", LAMBDA),
    ("aws_lambda_resource_policy", LAMBDA),
    ("aws_lambda_runtime_management_config", LAMBDA),
    ("aws_lb_trust_store_revocation", ELASTICLOADBALANCING),
    ("aws_memorydb_acl", MEMORYDB),
    ("aws_memorydb_parameter_group", MEMORYDB),
    ("aws_memorydb_subnet_group", MEMORYDB),
    ("aws_memorydb_user", MEMORYDB),
    ("aws_msk_cluster_policy", MSK),
    ("aws_msk_single_scram_secret_association", MSK),
    ("aws_mskconnect_custom_plugin", MSK),
    ("aws_mskconnect_worker_configuration", MSK),
    ("aws_neptune_cluster_endpoint", NEPTUNE),
    ("aws_network_acl_association", VPC),
    ("aws_network_interface", VPC),
    ("aws_networkfirewall_resource_policy", NETWORK_FIREWALL),
    ("aws_notifications_notification_hub", USER_NOTIFICATIONS),
    (
        "aws_notificationscontacts_email_contact",
        USER_NOTIFICATIONS,
    ),
    ("aws_oam_link", CLOUDWATCH),
    ("aws_oam_sink", CLOUDWATCH),
    ("aws_oam_sink_policy", CLOUDWATCH),
    (
        "aws_opensearch_authorize_vpc_endpoint_access",
        OPENSEARCH_SERVICE,
    ),
    ("aws_opensearchserverless_access_policy", OPENSEARCH_SERVICE),
    (
        "aws_opensearchserverless_lifecycle_policy",
        OPENSEARCH_SERVICE,
    ),
    (
        "aws_opensearchserverless_security_config",
        OPENSEARCH_SERVICE,
    ),
    (
        "aws_opensearchserverless_security_policy",
        OPENSEARCH_SERVICE,
    ),
    ("aws_organizations_aws_service_access", ORGANIZATIONS_FAQS),
    (
        "aws_organizations_delegated_administrator",
        ORGANIZATIONS_FAQS,
    ),
    ("aws_organizations_resource_policy", ORGANIZATIONS_FAQS),
    ("aws_organizations_tag", ORGANIZATIONS_FAQS),
    ("aws_prometheus_alert_manager_definition", PROMETHEUS),
    ("aws_ram_permission", RAM_FAQS),
    ("aws_ram_sharing_with_organization", RAM_FAQS),
    ("aws_rds_certificate", RDS),
    ("aws_redshift_authentication_profile", REDSHIFT),
    ("aws_redshift_event_subscription", REDSHIFT),
    ("aws_redshift_parameter_group", REDSHIFT),
    ("aws_redshift_resource_policy", REDSHIFT),
    ("aws_redshift_snapshot_schedule", REDSHIFT),
    ("aws_redshift_snapshot_schedule_association", REDSHIFT),
    ("aws_redshift_subnet_group", REDSHIFT),
    ("aws_redshift_usage_limit", REDSHIFT),
    ("aws_redshiftserverless_resource_policy", REDSHIFT),
    ("aws_redshiftserverless_usage_limit", REDSHIFT),
    ("aws_resourceexplorer2_index", RESOURCEEXPLORER_FAQS),
    ("aws_resourceexplorer2_view", RESOURCEEXPLORER_FAQS),
    ("aws_rolesanywhere_profile", IAM_FAQS),
    ("aws_rolesanywhere_trust_anchor", IAM_FAQS),
    ("aws_route53_delegation_set", ROUTE53),
    ("aws_route53_hosted_zone_dnssec", ROUTE53),
    ("aws_route53_key_signing_key", ROUTE53),
    ("aws_route53_resolver_config", ROUTE53),
    ("aws_s3_bucket_abac", S3),
    ("aws_s3_bucket_request_payment_configuration", S3),
    ("aws_s3control_access_point_policy", S3),
    ("aws_s3control_bucket_policy", S3),
    ("aws_s3tables_namespace", S3),
    ("aws_s3tables_table_bucket_policy", S3),
    ("aws_s3tables_table_policy", S3),
    ("aws_s3vectors_vector_bucket_policy", S3),
    ("aws_schemas_registry", EVENTBRIDGE),
    ("aws_schemas_registry_policy", EVENTBRIDGE),
    ("aws_schemas_schema", EVENTBRIDGE),
    ("aws_secretsmanager_tag", SECRETS_MANAGER),
    ("aws_securityhub_action_target", SECURITY_HUB),
    ("aws_securityhub_finding_aggregator", SECURITY_HUB),
    ("aws_securityhub_insight", SECURITY_HUB),
    ("aws_securityhub_organization_admin_account", SECURITY_HUB),
    ("aws_servicecatalogappregistry_application", SERVICECATALOG),
    (
        "aws_servicecatalogappregistry_attribute_group",
        SERVICECATALOG,
    ),
    (
        "aws_servicecatalogappregistry_attribute_group_association",
        SERVICECATALOG,
    ),
    ("aws_sfn_activity", STEP_FUNCTIONS),
    ("aws_sfn_alias", STEP_FUNCTIONS),
    ("aws_signer_signing_profile", SIGNER),
    ("aws_signer_signing_profile_permission", SIGNER),
    ("aws_snapshot_create_volume_permission", EBS),
    ("aws_ssm_default_patch_baseline", SYSTEMS_MANAGER),
    ("aws_ssm_parameter", SYSTEMS_MANAGER),
    (
        "aws_ssoadmin_customer_managed_policy_attachments_exclusive",
        IAM_IDENTITY_CENTER_FAQS,
    ),
    (
        "aws_ssoadmin_managed_policy_attachments_exclusive",
        IAM_IDENTITY_CENTER_FAQS,
    ),
    ("aws_synthetics_group", CLOUDWATCH),
    ("aws_synthetics_group_association", CLOUDWATCH),
    ("aws_vpc_block_public_access_exclusion", VPC),
    ("aws_vpc_block_public_access_options", VPC),
    ("aws_vpc_endpoint_connection_accepter", VPC),
    ("aws_vpc_endpoint_policy", VPC),
    ("aws_vpc_endpoint_private_dns", VPC),
    ("aws_vpc_endpoint_service_private_dns_verification", VPC),
    ("aws_vpc_ipv6_cidr_block_association", VPC),
    ("aws_vpc_security_group_rules_exclusive", VPC),
    ("aws_vpc_security_group_vpc_association", VPC),
    ("aws_vpclattice_auth_policy", VPC_LATTICE),
    ("aws_vpclattice_listener", VPC_LATTICE),
    ("aws_vpclattice_listener_rule", VPC_LATTICE),
    ("aws_vpclattice_resource_policy", VPC_LATTICE),
    ("aws_vpclattice_target_group", VPC_LATTICE),
    ("aws_vpclattice_target_group_attachment", VPC_LATTICE),
    ("aws_wafv2_api_key", WAF),
    ("aws_xray_encryption_config", XRAY),
    ("aws_xray_group", XRAY),
    ("aws_xray_resource_policy", XRAY),
    ("aws_xray_sampling_rule", XRAY),
];
