//! Switches of hashicorp/azurerm.

use tollgate_policy_common::switch::{Good, Row, Switch, Unset, When};

use super::Exposure::{Address, Anonymous, AnyNetwork, Endpoint, Entrance, Password, Shared};
use super::{
    Exposure, closes, networks, never, only, open, opens, row, unless_denied, unnamed, without,
};

const CLOSE: &str =
    "Set `public_network_access_enabled = false`, and reach it through a private endpoint.";
const CLOSE_OR_DENY: &str = "Set `public_network_access_enabled = false`, or let the network rules deny by default and name the networks that need access.";
const CLOSE_TEXT: &str =
    "Set `public_network_access = \"Disabled\"`, and reach it through a private endpoint.";
const CLOSED: &[&str] = &["Disabled", "SecuredByPerimeter"];
const NO_ADDRESS: &str = "Leave the machine without a public address, and reach it through a load balancer, a VPN or Bastion.";

/// `public_network_access_enabled`, which is true by default.
const PUBLIC: Switch<Exposure> = open(AnyNetwork, "public_network_access_enabled").fix(CLOSE);

/// Firewall rules of databases, whose ranges `network-exposure` judges: it is the owner of them.
const OF_AZURE: Switch<Exposure> =
    // From 0.0.0.0 to 0.0.0.0 stands for everything in Azure, of every customer.
    Switch::new(
        AnyNetwork,
        "start_ip_address",
        Good::NoneOf(&["0.0.0.0"]),
        Unset::Good,
    )
    .when(&[When::is("end_ip_address", &["0.0.0.0"])])
    .fix("Remove the rule, which lets in what every customer runs in Azure, and use a private endpoint.");

const KEYS: &str =
    "Set `disable_password_authentication = true`, and name the keys in `admin_ssh_key`.";
const KEYS_ONLY: Switch<Exposure> = Switch::new(
    Password,
    "disable_password_authentication",
    Good::True,
    Unset::Good,
)
.fix(KEYS);

pub(super) static ROWS: &[Row<Exposure>] = &[
    // Nothing but the switch says who may connect.
    row(
        &[
            "azurerm_automation_account",
            "azurerm_bot_channels_registration",
            "azurerm_bot_service_azure_bot",
            "azurerm_dashboard_grafana",
            "azurerm_databricks_workspace",
            "azurerm_healthcare_dicom_service",
            "azurerm_healthcare_service",
            "azurerm_iothub_device_update_account",
            "azurerm_machine_learning_workspace",
            "azurerm_monitor_data_collection_endpoint",
            "azurerm_monitor_workspace",
            "azurerm_mssql_server",
            "azurerm_recovery_services_vault",
            "azurerm_synapse_workspace",
            "azurerm_virtual_desktop_workspace",
        ],
        &[PUBLIC],
    ),
    row(
        &["azurerm_data_factory", "azurerm_purview_account"],
        &[open(AnyNetwork, "public_network_enabled")],
    ),
    row(
        &["azurerm_iotcentral_application"],
        &[PUBLIC.or(
            "azurerm_iotcentral_application_network_rule_set",
            "iotcentral_application_id",
        )],
    ),
    row(
        &["azurerm_signalr_service"],
        &[PUBLIC.or("azurerm_signalr_service_network_acl", "signalr_service_id")],
    ),
    row(
        &["azurerm_web_pubsub"],
        &[PUBLIC.or("azurerm_web_pubsub_network_acl", "web_pubsub_id")],
    ),
    row(
        &[
            "azurerm_iotcentral_application_network_rule_set",
            "azurerm_signalr_service_network_acl",
            "azurerm_web_pubsub_network_acl",
            "azurerm_storage_account_network_rules",
        ],
        &[never(AnyNetwork, "default_action", &["Allow"]).fix("Set `default_action = \"Deny\"`.")],
    ),
    // The same as a text.
    row(
        &[
            "azurerm_ai_foundry",
            "azurerm_app_configuration",
            "azurerm_eventgrid_partner_namespace",
            "azurerm_managed_redis",
            "azurerm_mongo_cluster",
            "azurerm_video_indexer_account",
            "azurerm_virtual_desktop_host_pool",
            "azurerm_web_pubsub_socketio",
        ],
        &[only(AnyNetwork, "public_network_access", CLOSED, "Enabled").fix(CLOSE_TEXT)],
    ),
    row(
        &["azurerm_eventgrid_namespace"],
        &[only(AnyNetwork, "public_network_access", CLOSED, "Enabled")
            .when(&[When::unset("inbound_ip_rule")])
            .fix(CLOSE_TEXT)],
    ),
    row(
        &["azurerm_mysql_flexible_server"],
        &[only(AnyNetwork, "public_network_access", CLOSED, "Enabled")
            .computed()
            .when(&[When::unset("delegated_subnet_id")])
            .fix(CLOSE_TEXT)],
    ),
    // Rules of its own can limit it.
    row(
        &["azurerm_storage_account"],
        &[
            open(AnyNetwork, "public_network_access_enabled")
                .computed()
                .when(&[
                    unless_denied("network_rules[0].default_action"),
                    When::not("public_network_access", CLOSED),
                ])
                .or("azurerm_storage_account_network_rules", "storage_account_id")
                .fix(CLOSE_OR_DENY),
            networks("network_rules[0].ip_rules[]").computed(),
        ],
    ),
    row(
        &["azurerm_storage_account_network_rules"],
        &[networks("ip_rules[]")],
    ),
    row(
        &["azurerm_key_vault", "azurerm_cognitive_account"],
        &[
            PUBLIC
                .when(&[unless_denied("network_acls[0].default_action")])
                .fix(CLOSE_OR_DENY),
            networks("network_acls[0].ip_rules[]"),
        ],
    ),
    row(
        &["azurerm_key_vault_managed_hardware_security_module"],
        &[PUBLIC
            .when(&[unless_denied("network_acls[0].default_action")])
            .fix(CLOSE_OR_DENY)],
    ),
    row(
        &["azurerm_container_registry"],
        &[
            PUBLIC
                .when(&[unless_denied("network_rule_set[0].default_action")])
                .fix(CLOSE_OR_DENY),
            opens(Anonymous, "anonymous_pull_enabled"),
            opens(Password, "admin_enabled")
                .fix("Set `admin_enabled = false`, and let people and machines sign in with Entra ID."),
        ],
    ),
    // Machines that let in whoever knows a password.
    row(
        &["azurerm_linux_virtual_machine"],
        &[KEYS_ONLY.computed()],
    ),
    row(&["azurerm_linux_virtual_machine_scale_set"], &[KEYS_ONLY]),
    row(
        &["azurerm_orchestrated_virtual_machine_scale_set"],
        &[Switch::new(
            Password,
            "os_profile[0].linux_configuration[0].disable_password_authentication",
            Good::True,
            Unset::Good,
        )
        .fix(KEYS)],
    ),
    row(
        &["azurerm_virtual_machine", "azurerm_virtual_machine_scale_set"],
        &[closes(
            Password,
            "os_profile_linux_config[0].disable_password_authentication",
        )
        .when(&[When::set("os_profile_linux_config")])
        .fix(KEYS)],
    ),
    row(
        &["azurerm_eventhub_namespace"],
        &[PUBLIC
            .when(&[unless_denied("network_rulesets[0].default_action")])
            .fix(CLOSE_OR_DENY)],
    ),
    row(
        &["azurerm_servicebus_namespace"],
        &[
            PUBLIC
                .when(&[unless_denied("network_rule_set[0].default_action")])
                .fix(CLOSE_OR_DENY),
            networks("network_rule_set[0].ip_rules[]"),
        ],
    ),
    row(
        &["azurerm_batch_account"],
        &[PUBLIC
            .when(&[unless_denied(
                "network_profile[0].account_access[0].default_action",
            )])
            .fix(CLOSE_OR_DENY)],
    ),
    row(
        &["azurerm_iothub"],
        &[PUBLIC.when(&[When::unset("network_rule_set")]).fix(CLOSE_OR_DENY)],
    ),
    row(
        &["azurerm_iothub_dps"],
        &[PUBLIC.when(&[When::unset("ip_filter_rule")]).fix(CLOSE_OR_DENY)],
    ),
    row(
        &["azurerm_eventgrid_topic", "azurerm_eventgrid_domain"],
        &[PUBLIC.when(&[When::unset("inbound_ip_rule")]).fix(CLOSE_OR_DENY)],
    ),
    row(
        &["azurerm_search_service"],
        &[
            PUBLIC.when(&[When::unset("allowed_ips")]),
            networks("allowed_ips[]"),
        ],
    ),
    row(
        &["azurerm_kusto_cluster"],
        &[
            PUBLIC.when(&[When::unset("allowed_ip_ranges")]),
            networks("allowed_ip_ranges[]"),
        ],
    ),
    row(
        &["azurerm_cosmosdb_account"],
        &[
            PUBLIC.when(&[
                When::unset("ip_range_filter"),
                When::not("is_virtual_network_filter_enabled", &["true"]),
            ]),
            networks("ip_range_filter[]"),
        ],
    ),
    row(
        &["azurerm_postgresql_flexible_server"],
        &[PUBLIC.when(&[When::unset("delegated_subnet_id")])],
    ),
    row(
        &["azurerm_redis_cache"],
        &[PUBLIC.when(&[When::unset("subnet_id")])],
    ),
    // Types that version 4 of the provider does not have any more.
    row(
        &[
            "azurerm_mysql_server",
            "azurerm_postgresql_server",
            "azurerm_mariadb_server",
        ],
        &[PUBLIC.until("4.0.0")],
    ),
    // Databases.
    row(
        &[
            "azurerm_mssql_firewall_rule",
            "azurerm_postgresql_flexible_server_firewall_rule",
            "azurerm_mysql_flexible_server_firewall_rule",
            "azurerm_synapse_firewall_rule",
            "azurerm_cosmosdb_postgresql_firewall_rule",
            "azurerm_mongo_cluster_firewall_rule",
        ],
        &[OF_AZURE],
    ),
    row(
        &[
            "azurerm_sql_firewall_rule",
            "azurerm_postgresql_firewall_rule",
            "azurerm_mysql_firewall_rule",
            "azurerm_mariadb_firewall_rule",
        ],
        &[OF_AZURE.until("4.0.0")],
    ),
    row(
        &["azurerm_mssql_managed_instance"],
        &[opens(Endpoint, "public_data_endpoint_enabled")],
    ),
    row(
        &["azurerm_cosmosdb_postgresql_cluster"],
        &[
            open(Endpoint, "coordinator_public_ip_access_enabled"),
            opens(Endpoint, "node_public_ip_access_enabled"),
        ],
    ),
    row(
        &["azurerm_oracle_autonomous_database"],
        &[networks("allowed_ips[]")],
    ),
    // Clusters and their control planes.
    row(
        &["azurerm_kubernetes_cluster"],
        &[
            closes(AnyNetwork, "private_cluster_enabled")
                .when(&[When::unset(
                    "api_server_access_profile[0].authorized_ip_ranges",
                )])
                .fix("Set `private_cluster_enabled = true`, or name the networks that need access in `authorized_ip_ranges` in the block `api_server_access_profile`."),
            networks("api_server_access_profile[0].authorized_ip_ranges[]"),
            opens(Address, "default_node_pool[0].node_public_ip_enabled"),
        ],
    ),
    row(
        &["azurerm_kubernetes_automatic_cluster"],
        &[
            Switch::new(AnyNetwork, "private_cluster", Good::Present, Unset::Bad("")).when(&[
                When::unset("api_server_access[0].authorized_ip_ranges"),
            ]),
            networks("api_server_access[0].authorized_ip_ranges[]"),
        ],
    ),
    row(
        &["azurerm_kubernetes_cluster_node_pool"],
        &[opens(Address, "node_public_ip_enabled")],
    ),
    row(
        &["azurerm_redhat_openshift_cluster"],
        &[
            never(Endpoint, "api_server_profile[0].visibility", &["Public"])
                .fix("Set `visibility = \"Private\"` in the block `api_server_profile`."),
            never(Entrance, "ingress_profile[0].visibility", &["Public"])
                .fix("Set `visibility = \"Private\"` in the block `ingress_profile`."),
        ],
    ),
    // Machines.
    row(
        &["azurerm_network_interface"],
        &[unnamed(Address, "ip_configuration[].public_ip_address_id")
            .key("name")
            .fix(NO_ADDRESS)],
    ),
    row(
        &[
            "azurerm_linux_virtual_machine_scale_set",
            "azurerm_windows_virtual_machine_scale_set",
            "azurerm_orchestrated_virtual_machine_scale_set",
        ],
        &[
            without(Address, "network_interface[].ip_configuration[].public_ip_address")
                .key("name")
                .fix(NO_ADDRESS),
        ],
    ),
    row(
        &["azurerm_virtual_machine_scale_set"],
        &[without(
            Address,
            "network_profile[].ip_configuration[].public_ip_address_configuration",
        )
        .key("name")
        .fix(NO_ADDRESS)],
    ),
    row(
        &["azurerm_container_group"],
        &[Switch::new(
            Address,
            "ip_address_type",
            Good::NoneOf(&["Public"]),
            Unset::Bad("Public"),
        )
        .fix("Set `ip_address_type` to `Private` or `None`.")],
    ),
    row(
        &["azurerm_batch_pool"],
        &[only(
            Address,
            "network_configuration[0].public_address_provisioning_type",
            &["NoPublicIPAddresses"],
            "BatchManaged",
        )],
    ),
    row(
        &["azurerm_machine_learning_compute_instance"],
        &[open(Address, "node_public_ip_enabled")],
    ),
    row(
        &["azurerm_machine_learning_compute_cluster"],
        &[
            open(Address, "node_public_ip_enabled"),
            opens(Endpoint, "ssh_public_access_enabled"),
        ],
    ),
    row(
        &["azurerm_databricks_workspace"],
        &[Switch::new(
            Address,
            "custom_parameters[0].no_public_ip",
            Good::True,
            Unset::Good,
        )],
    ),
    row(
        &["azurerm_machine_learning_workspace"],
        &[opens(Address, "serverless_compute[0].public_ip_enabled")],
    ),
    row(
        &["azurerm_dev_test_linux_virtual_machine", "azurerm_dev_test_windows_virtual_machine"],
        &[closes(Address, "disallow_public_ip_address")],
    ),
    row(
        &["azurerm_arc_private_link_scope"],
        &[opens(AnyNetwork, "public_network_access_enabled")],
    ),
    // Use without signing in, and images for everyone.
    row(
        &["azurerm_web_pubsub_hub"],
        &[opens(Anonymous, "anonymous_connections_enabled")],
    ),
    row(
        &["azurerm_shared_image_gallery"],
        &[never(Shared, "sharing[0].permission", &["Community"])
            .fix("Set `permission = \"Groups\"` in the block `sharing`, and name who needs the images.")],
    ),
    // Entrances.
    row(
        &["azurerm_lb"],
        &[
            unnamed(Entrance, "frontend_ip_configuration[].public_ip_address_id").key("name"),
            unnamed(Entrance, "frontend_ip_configuration[].public_ip_prefix_id")
                .computed()
                .key("name"),
        ],
    ),
    row(
        &["azurerm_application_gateway"],
        &[unnamed(Entrance, "frontend_ip_configuration[].public_ip_address_id").key("name")],
    ),
    row(
        &[
            "azurerm_linux_web_app",
            "azurerm_windows_web_app",
            "azurerm_linux_web_app_slot",
            "azurerm_windows_web_app_slot",
            "azurerm_linux_function_app",
            "azurerm_windows_function_app",
            "azurerm_linux_function_app_slot",
            "azurerm_windows_function_app_slot",
            "azurerm_function_app_flex_consumption",
        ],
        &[open(Entrance, "public_network_access_enabled")
            .when(&[unless_denied("site_config[0].ip_restriction_default_action")])],
    ),
    row(
        &["azurerm_logic_app_standard"],
        &[only(Entrance, "public_network_access", CLOSED, "Enabled")
            .when(&[unless_denied("site_config[0].ip_restriction_default_action")])],
    ),
    row(
        &[
            "azurerm_static_web_app",
            "azurerm_api_management",
        ],
        &[open(Entrance, "public_network_access_enabled")],
    ),
    row(
        &["azurerm_container_app"],
        &[opens(Entrance, "ingress[0].external_enabled")],
    ),
    row(
        &["azurerm_container_app_environment"],
        &[closes(Entrance, "internal_load_balancer_enabled")],
    ),
    row(
        &["azurerm_app_service_environment_v3"],
        &[Switch::new(
            Entrance,
            "internal_load_balancing_mode",
            Good::NoneOf(&["None"]),
            Unset::Bad("None"),
        )
        .fix("Set `internal_load_balancing_mode = \"Web, Publishing\"`.")],
    ),
    row(
        &["azurerm_spring_cloud_app"],
        &[
            opens(Entrance, "is_public"),
            opens(Endpoint, "public_endpoint_enabled"),
        ],
    ),
    row(
        &[
            "azurerm_spring_cloud_gateway",
            "azurerm_spring_cloud_api_portal",
            "azurerm_spring_cloud_dev_tool_portal",
        ],
        &[opens(Entrance, "public_network_access_enabled")],
    ),
    row(
        &["azurerm_spring_cloud_service"],
        &[opens(Endpoint, "log_stream_public_endpoint_enabled")],
    ),
    row(
        &["azurerm_nginx_deployment"],
        &[without(Entrance, "frontend_public")],
    ),
];
