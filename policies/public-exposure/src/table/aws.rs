//! Switches of hashicorp/aws.

use tollgate_policy_common::switch::{Good, Row, Switch, Unset, When};

use super::Exposure::{
    Address, Anonymous, AnyNetwork, ApiKey, Endpoint, Entrance, Guard, Metadata, OpenNetwork,
    Password, Route, Shared, Subnet,
};
use super::{
    Exposure, closes, networks, never, only, open, opens, row, shared, tokens, unnamed, with,
    without,
};

const NOT_IN_VPC: &str = "Put the domain into a VPC with a block `vpc_options`; that makes a new domain, so move the data over.";
const NO_GUARD: &str = "Keep the block of public access as it is, and share what has to be shared with accounts by name.";
const NO_EVERYONE: &str = "Name the accounts that need it instead of everyone.";
const NO_API_KEY: &str = "Let users sign in with `AMAZON_COGNITO_USER_POOLS`, `OPENID_CONNECT`, `AWS_IAM` or `AWS_LAMBDA`.";
const NO_ADDRESS: &str = "Leave the machine without a public address, and reach it through a load balancer, a VPN or Session Manager.";

const TOKENS: &str = "Set `http_tokens = \"required\"` in the block `metadata_options`.";
/// The metadata service can be turned off as a whole.
const METADATA_SERVED: &[When] = &[When::not(
    "metadata_options[0].http_endpoint",
    &["disabled"],
)];

pub(super) static ROWS: &[Row<Exposure>] = &[
    // Databases, caches, brokers.
    row(
        &[
            "aws_db_instance",
            "aws_redshift_cluster",
            "aws_redshiftserverless_workgroup",
            "aws_mq_broker",
            "aws_neptune_cluster_instance",
            "aws_lightsail_database",
        ],
        &[opens(Endpoint, "publicly_accessible")],
    ),
    row(
        &[
            "aws_rds_cluster_instance",
            "aws_rds_cluster",
            "aws_timestreaminfluxdb_db_cluster",
            "aws_timestreaminfluxdb_db_instance",
            "aws_m2_environment",
            // The provider sends `false` where it is left out.
            "aws_dms_replication_instance",
        ],
        &[opens(Endpoint, "publicly_accessible").computed()],
    ),
    // https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateInstanceProfile.html
    row(
        &["aws_dms_instance_profile"],
        &[open(Endpoint, "publicly_accessible").computed()],
    ),
    // Without it the subnets of the cluster decide:
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBShardGroup.html
    row(
        &["aws_rds_shard_group"],
        &[Switch::new(
            Endpoint,
            "publicly_accessible",
            Good::False,
            Unset::Unstated,
        )
        .computed()],
    ),
    row(
        &["aws_neptunegraph_graph"],
        &[opens(Endpoint, "public_connectivity").computed()],
    ),
    row(
        &["aws_msk_cluster"],
        &[
            never(
                Endpoint,
                "broker_node_group_info[0].connectivity_info[0].public_access[0].type",
                &["SERVICE_PROVIDED_EIPS"],
            )
            .computed(),
            opens(Anonymous, "client_authentication[0].unauthenticated"),
        ],
    ),
    row(
        &["aws_opensearch_domain", "aws_elasticsearch_domain"],
        &[with(AnyNetwork, "vpc_options").fix(NOT_IN_VPC)],
    ),
    row(
        &["aws_opensearch_domain"],
        &[opens(
            Anonymous,
            "advanced_security_options[0].anonymous_auth_enabled",
        )
        .computed()],
    ),
    row(
        &["aws_opensearchserverless_security_policy"],
        &[never(
            AnyNetwork,
            "policy",
            &[
                "*\"AllowFromPublic\":true*",
                "*\"AllowFromPublic\": true*",
            ],
        )
        .when(&[When::is("type", &["network"])])
        .fix("Set `AllowFromPublic = false` in the policy, and name the VPC endpoints in `SourceVPCEs`.")],
    ),
    // Clusters and their control planes.
    row(
        &["aws_eks_cluster"],
        &[
            open(AnyNetwork, "vpc_config[0].endpoint_public_access")
                .when(&[When::unset("vpc_config[0].public_access_cidrs")])
                .fix("Set `endpoint_public_access = false` in the block `vpc_config`, or name the networks that need access in `public_access_cidrs`."),
            networks("vpc_config[0].public_access_cidrs[]")
                .computed()
                .when(&[When::not("vpc_config[0].endpoint_public_access", &["false"])]),
        ],
    ),
    row(
        &["aws_emr_block_public_access_configuration"],
        &[closes(Guard, "block_public_security_group_rules").fix(NO_GUARD)],
    ),
    // Data science, migration, transfer.
    row(
        &["aws_sagemaker_notebook_instance"],
        &[only(
            AnyNetwork,
            "direct_internet_access",
            &["Disabled"],
            "Enabled",
        )],
    ),
    row(
        &["aws_sagemaker_domain"],
        &[only(
            AnyNetwork,
            "app_network_access_type",
            &["VpcOnly"],
            "PublicInternetOnly",
        )],
    ),
    row(
        &["aws_mwaa_environment"],
        &[never(Endpoint, "webserver_access_mode", &["PUBLIC_ONLY"]).computed()],
    ),
    row(
        &["aws_transfer_server"],
        &[only(
            AnyNetwork,
            "endpoint_type",
            &["VPC", "VPC_ENDPOINT"],
            "PUBLIC",
        )],
    ),
    row(
        &["aws_drs_replication_configuration_template"],
        &[opens(Address, "create_public_ip")],
    ),
    // Code that answers requests.
    row(
        &["aws_lambda_function_url"],
        &[never(Anonymous, "authorization_type", &["NONE"])
            .fix("Set `authorization_type = \"AWS_IAM\"`.")],
    ),
    row(
        &["aws_apigatewayv2_route"],
        &[
            Switch::new(
                Route,
                "authorization_type",
                Good::NoneOf(&["NONE"]),
                Unset::Bad("NONE"),
            )
            // What begins with `$` are the stages of a WebSocket, of which only the first is asked.
            .when(&[
                When::not("api_key_required", &["true"]),
                When::not("route_key", &["OPTIONS *", "$disconnect", "$default"]),
            ])
            .fix("Set `authorization_type` to `JWT`, `AWS_IAM` or `CUSTOM`, with an authorizer."),
        ],
    ),
    row(
        &["aws_api_gateway_method"],
        &[never(Route, "authorization", &["NONE"])
            // A browser asks with OPTIONS before it signs in.
            .when(&[
                When::not("http_method", &["OPTIONS"]),
                When::not("api_key_required", &["true"]),
            ])
            .fix("Set `authorization` to `AWS_IAM`, `COGNITO_USER_POOLS` or `CUSTOM`, with an authorizer.")],
    ),
    row(
        &["aws_elasticache_user"],
        &[
            opens(Anonymous, "no_password_required")
                .fix("Give the user `passwords`, or `type = \"iam\"` in the block `authentication_mode`."),
            never(
                Anonymous,
                "authentication_mode[0].type",
                &["no-password-required"],
            )
            .fix("Set `type = \"iam\"` or `\"password\"` in the block `authentication_mode`."),
        ],
    ),
    row(
        &["aws_cognito_identity_pool"],
        &[opens(Anonymous, "allow_unauthenticated_identities")],
    ),
    // Applications of others sign in with it, so what it takes to sign in is what it takes there.
    row(
        &["aws_cognito_user_pool"],
        &[only(Password, "mfa_configuration", &["ON", "OPTIONAL"], "OFF")
            .fix("Set `mfa_configuration = \"ON\"` with a block `software_token_mfa_configuration`, or `\"OPTIONAL\"` where each user decides.")],
    ),
    row(
        &["aws_appsync_graphql_api"],
        &[
            never(ApiKey, "authentication_type", &["API_KEY"]).fix(NO_API_KEY),
            never(
                ApiKey,
                "additional_authentication_provider[].authentication_type",
                &["API_KEY"],
            )
            .fix(NO_API_KEY),
        ],
    ),
    row(
        &["aws_appsync_api"],
        &[
            never(ApiKey, "event_config[0].connection_auth_mode[].auth_type", &["API_KEY"])
                .fix(NO_API_KEY),
            never(
                ApiKey,
                "event_config[0].default_publish_auth_mode[].auth_type",
                &["API_KEY"],
            )
            .fix(NO_API_KEY),
            never(
                ApiKey,
                "event_config[0].default_subscribe_auth_mode[].auth_type",
                &["API_KEY"],
            )
            .fix(NO_API_KEY),
        ],
    ),
    row(
        &["aws_appsync_channel_namespace"],
        &[
            never(ApiKey, "publish_auth_mode[].auth_type", &["API_KEY"]).fix(NO_API_KEY),
            never(ApiKey, "subscribe_auth_mode[].auth_type", &["API_KEY"]).fix(NO_API_KEY),
        ],
    ),
    // Snapshots, images, documents, packages.
    row(
        &[
            "aws_db_snapshot",
            "aws_db_cluster_snapshot",
            "aws_db_snapshot_copy",
            "aws_rds_cluster_snapshot_copy",
        ],
        &[shared("shared_accounts[]", &["all"]).fix(NO_EVERYONE)],
    ),
    row(
        &["aws_ami_launch_permission"],
        &[never(Shared, "group", &["all"]).fix(NO_EVERYONE)],
    ),
    row(
        &["aws_snapshot_create_volume_permission"],
        &[shared("account_id", &["all"]).fix(NO_EVERYONE)],
    ),
    row(
        &["aws_imagebuilder_distribution_configuration"],
        &[never(
            Shared,
            "distribution[].ami_distribution_configuration[].launch_permission[].user_groups[]",
            &["all"],
        )
        .fix(NO_EVERYONE)],
    ),
    row(
        &["aws_ssm_document"],
        &[shared("permissions.account_ids", &["all"]).fix(NO_EVERYONE)],
    ),
    row(
        &["aws_codebuild_project"],
        &[never(Shared, "project_visibility", &["PUBLIC_READ"])],
    ),
    row(
        &["aws_ecrpublic_repository"],
        &[Switch::new(Shared, "repository_name", Good::Never, Unset::Good)
            .fix("Use `aws_ecr_repository` for images that are not meant for everyone.")],
    ),
    // What keeps all of an account from becoming public.
    row(
        &["aws_ec2_image_block_public_access"],
        &[never(Guard, "state", &["unblocked"]).fix(NO_GUARD)],
    ),
    row(
        &["aws_ebs_snapshot_block_public_access"],
        &[never(Guard, "state", &["unblocked"]).fix(NO_GUARD)],
    ),
    row(
        &["aws_vpc_block_public_access_options"],
        &[never(Guard, "internet_gateway_block_mode", &["off"]).fix(NO_GUARD)],
    ),
    row(
        &["aws_vpc_block_public_access_exclusion"],
        &[never(
            Guard,
            "internet_gateway_exclusion_mode",
            &["allow-bidirectional"],
        )
        .fix("Set `internet_gateway_exclusion_mode = \"allow-egress\"`, or remove the exclusion.")],
    ),
    row(
        &["aws_ssm_service_setting"],
        &[never(Guard, "setting_value", &["Enable"])
            .when(&[When::is(
                "setting_id",
                &["*ssm/documents/console/public-sharing-permission"],
            )])
            .fix("Set `setting_value = \"Disable\"`.")],
    ),
    // What a machine hands out to requests that it sends itself. Where it is left out the image
    // and the account decide:
    // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-options-order-of-precedence.html
    row(
        &["aws_instance", "aws_spot_instance_request"],
        &[
            tokens("metadata_options[0].http_tokens")
                .computed()
                .when(METADATA_SERVED)
                .fix(TOKENS),
            // A launch template decides before them.
            Switch::new(
                Metadata,
                "metadata_options[0].http_tokens",
                Good::OneOf(&["required"]),
                Unset::Account,
            )
            .computed()
            .when(&[
                When::not("metadata_options[0].http_endpoint", &["disabled"]),
                When::unset("launch_template"),
            ])
            .fix(TOKENS),
        ],
    ),
    row(
        &["aws_launch_template", "aws_launch_configuration"],
        &[Switch::new(
            Metadata,
            "metadata_options[0].http_tokens",
            Good::OneOf(&["required"]),
            Unset::Account,
        )
        .computed()
        .when(METADATA_SERVED)
        .fix(TOKENS)],
    ),
    row(
        &["aws_ec2_instance_metadata_defaults"],
        &[tokens("http_tokens").computed()],
    ),
    row(
        &["aws_imagebuilder_infrastructure_configuration"],
        &[tokens("instance_metadata_options[0].http_tokens")],
    ),
    // https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_InstanceMetadataServiceConfiguration.html
    row(
        &["aws_sagemaker_notebook_instance"],
        &[Switch::new(
            Metadata,
            "instance_metadata_service_configuration[0].minimum_instance_metadata_service_version",
            Good::OneOf(&["2"]),
            Unset::Bad("1"),
        )
        .computed()],
    ),
    // Machines. Where it is left out the subnet decides, which is judged on its own.
    row(
        &[
            "aws_instance",
            "aws_spot_instance_request",
            "aws_launch_configuration",
        ],
        &[opens(Address, "associate_public_ip_address")
            .computed()
            .fix(NO_ADDRESS)],
    ),
    row(
        &["aws_launch_template"],
        &[opens(Address, "network_interfaces[].associate_public_ip_address").fix(NO_ADDRESS)],
    ),
    row(
        &["aws_spot_fleet_request"],
        &[opens(Address, "launch_specification[].associate_public_ip_address").fix(NO_ADDRESS)],
    ),
    row(
        &["aws_eip"],
        &[
            unnamed(Address, "instance").computed().fix(NO_ADDRESS),
            unnamed(Address, "network_interface").computed().fix(NO_ADDRESS),
        ],
    ),
    row(
        &["aws_eip_association"],
        &[
            unnamed(Address, "instance_id").computed().fix(NO_ADDRESS),
            unnamed(Address, "network_interface_id")
                .computed()
                .when(&[When::unset("instance_id")])
                .fix(NO_ADDRESS),
        ],
    ),
    row(
        &["aws_ecs_service", "aws_ecs_task_set"],
        &[opens(Address, "network_configuration[0].assign_public_ip")],
    ),
    row(
        &["aws_cloudwatch_event_target"],
        &[opens(
            Address,
            "ecs_target[0].network_configuration[0].assign_public_ip",
        )],
    ),
    row(
        &["aws_scheduler_schedule"],
        &[opens(
            Address,
            "target[0].ecs_parameters[0].network_configuration[0].assign_public_ip",
        )],
    ),
    row(
        &["aws_pipes_pipe"],
        &[never(
            Address,
            "target_parameters[0].ecs_task_parameters[0].network_configuration[0].aws_vpc_configuration[0].assign_public_ip",
            &["ENABLED"],
        )],
    ),
    row(
        &["aws_batch_job_definition"],
        &[never(
            Address,
            "container_properties",
            &[
                "*\"assignPublicIp\":\"ENABLED\"*",
                "*\"assignPublicIp\": \"ENABLED\"*",
            ],
        )
        .fix("Set `assignPublicIp` to `DISABLED` in `networkConfiguration`.")],
    ),
    row(
        &["aws_elastic_beanstalk_environment"],
        &[
            never(Address, "setting[].value", &["true"])
                .key("name")
                .when(&[When::is("./name", &["AssociatePublicIpAddress"])])
                .fix("Set the option `AssociatePublicIpAddress` to `false`."),
            never(Entrance, "setting[].value", &["public", "internet facing"])
                .key("name")
                .when(&[When::is("./name", &["ELBScheme"])])
                .fix("Set the option `ELBScheme` to `internal`."),
            never(Metadata, "setting[].value", &["false"])
                .key("name")
                .when(&[When::is("./name", &["DisableIMDSv1"])])
                .fix("Set the option `DisableIMDSv1` to `true`."),
        ],
    ),
    row(
        &["aws_workspaces_directory"],
        &[opens(
            Address,
            "workspace_creation_properties[0].enable_internet_access",
        )],
    ),
    row(
        &["aws_subnet"],
        &[opens(Subnet, "map_public_ip_on_launch")],
    ),
    row(
        &["aws_default_subnet"],
        &[open(Subnet, "map_public_ip_on_launch")],
    ),
    // Entrances.
    row(
        &["aws_lb", "aws_alb"],
        &[closes(Entrance, "internal")
            .computed()
            .when(&[When::not("load_balancer_type", &["gateway"])])],
    ),
    row(&["aws_elb"], &[closes(Entrance, "internal").computed()]),
    row(
        &["aws_apprunner_service"],
        &[open(
            Entrance,
            "network_configuration[0].ingress_configuration[0].is_publicly_accessible",
        )],
    ),
    row(
        &["aws_api_gateway_rest_api"],
        &[only(
            Entrance,
            "endpoint_configuration[0].types[0]",
            &["PRIVATE"],
            "EDGE",
        )],
    ),
    row(
        &["aws_appsync_graphql_api"],
        &[only(Entrance, "visibility", &["PRIVATE"], "GLOBAL")],
    ),
    row(
        &["aws_lightsail_container_service"],
        &[without(Entrance, "public_domain_names")],
    ),
    row(
        &["aws_lightsail_container_service_deployment_version"],
        &[without(Entrance, "public_endpoint")],
    ),
    row(
        &["aws_mailmanager_ingress_point"],
        &[without(
            Entrance,
            "network_configuration[0].public_network_configuration",
        )],
    ),
    // The range is an own list of addresses.
    row(
        &["aws_vpc_ipam_pool"],
        &[opens(OpenNetwork, "publicly_advertisable")],
    ),
];
