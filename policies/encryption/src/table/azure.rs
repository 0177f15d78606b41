//! Switches of hashicorp/azurerm.

use tollgate_policy_common::switch::{Good, Row, Switch, Unset, When};

use super::Concern::{AtRest, InTransit, Rotation, Tls};
use super::{Concern, keep_off, keep_on, never, on, only, row};

const OLD: &[&str] = &[
    "1.0", "1.1", "TLS1_0", "TLS1_1", "Tls", "Tls11", "TLS10", "TLS11", "None", "Disabled",
];

/// A minimum of TLS that is 1.2 by default.
const fn minimum(path: &'static str) -> Switch<Concern> {
    never(Tls, path, OLD)
}

const NO_HTTP: Switch<Concern> = on(InTransit, "https_only");
const NO_FTP: Switch<Concern> = never(InTransit, "site_config[0].ftps_state", &["AllAllowed"])
    .fix("Set `ftps_state = \"FtpsOnly\"` or `\"Disabled\"` in the block `site_config`.");

pub(super) static ROWS: &[Row<Concern>] = &[
    // Storage.
    row(
        &["azurerm_storage_account"],
        &[
            keep_on(InTransit, "https_traffic_only_enabled"),
            keep_on(InTransit, "enable_https_traffic_only").until("4.0.0"),
            minimum("min_tls_version"),
        ],
    ),
    // Databases.
    row(
        &["azurerm_mssql_server", "azurerm_mssql_managed_instance"],
        &[minimum("minimum_tls_version")],
    ),
    row(
        &["azurerm_mssql_database"],
        &[
            keep_on(AtRest, "transparent_data_encryption_enabled"),
            on(
                Rotation,
                "transparent_data_encryption_key_automatic_rotation_enabled",
            )
            .when(&[When::set("transparent_data_encryption_key_vault_key_id")]),
        ],
    ),
    row(
        &[
            "azurerm_mssql_server_transparent_data_encryption",
            "azurerm_mssql_managed_instance_transparent_data_encryption",
        ],
        &[on(Rotation, "auto_rotation_enabled").when(&[When::set("key_vault_key_id")])],
    ),
    row(
        &["azurerm_synapse_sql_pool"],
        &[on(AtRest, "data_encrypted")],
    ),
    row(
        &["azurerm_cosmosdb_account"],
        &[minimum("minimal_tls_version")],
    ),
    row(
        &[
            "azurerm_mysql_flexible_server_configuration",
            "azurerm_postgresql_flexible_server_configuration",
        ],
        &[
            never(InTransit, "value", &["off"])
                .when(&[When::is("name", &["require_secure_transport"])])
                .fix("Set `value = \"ON\"`."),
            never(Tls, "value", &["*TLSv1", "*TLSv1,*", "*TLSv1.1*"])
                .when(&[When::is(
                    "name",
                    &["tls_version", "ssl_min_protocol_version"],
                )])
                .fix("Set `value = \"TLSv1.2\"`."),
        ],
    ),
    // Types that version 4 of the provider does not have any more.
    row(
        &[
            "azurerm_mysql_server",
            "azurerm_postgresql_server",
            "azurerm_mariadb_server",
        ],
        &[
            keep_on(InTransit, "ssl_enforcement_enabled").until("4.0.0"),
            never(
                Tls,
                "ssl_minimal_tls_version_enforced",
                &["TLS1_0", "TLS1_1", "TLSEnforcementDisabled"],
            )
            .until("4.0.0"),
        ],
    ),
    row(
        &["azurerm_redis_cache"],
        &[
            keep_off(InTransit, "non_ssl_port_enabled"),
            keep_off(InTransit, "enable_non_ssl_port").until("4.0.0"),
            minimum("minimum_tls_version"),
        ],
    ),
    row(
        &["azurerm_managed_redis"],
        &[never(
            InTransit,
            "default_database[0].client_protocol",
            &["Plaintext"],
        )
        .fix("Set `client_protocol = \"Encrypted\"` in the block `default_database`.")],
    ),
    // Messages.
    row(
        &["azurerm_eventhub_namespace", "azurerm_servicebus_namespace"],
        &[minimum("minimum_tls_version")],
    ),
    row(
        &["azurerm_eventgrid_topic", "azurerm_eventgrid_domain"],
        &[minimum("minimum_tls_version").computed()],
    ),
    row(
        &["azurerm_iothub"],
        &[Switch::new(
            Tls,
            "min_tls_version",
            Good::OneOf(&["1.2"]),
            Unset::Bad(""),
        )],
    ),
    // Applications.
    row(
        &[
            "azurerm_linux_web_app",
            "azurerm_linux_web_app_slot",
            "azurerm_windows_web_app",
            "azurerm_windows_web_app_slot",
            "azurerm_linux_function_app",
            "azurerm_linux_function_app_slot",
            "azurerm_windows_function_app_slot",
        ],
        &[
            NO_HTTP,
            NO_FTP,
            minimum("site_config[0].minimum_tls_version"),
            minimum("site_config[0].scm_minimum_tls_version"),
        ],
    ),
    row(
        &["azurerm_windows_function_app"],
        &[
            NO_HTTP.computed(),
            NO_FTP,
            minimum("site_config[0].minimum_tls_version"),
            minimum("site_config[0].scm_minimum_tls_version"),
        ],
    ),
    row(
        &["azurerm_function_app_flex_consumption"],
        &[
            NO_HTTP,
            minimum("site_config[0].minimum_tls_version"),
            minimum("site_config[0].scm_minimum_tls_version"),
        ],
    ),
    row(
        &["azurerm_logic_app_standard"],
        &[
            NO_HTTP,
            NO_FTP.computed(),
            minimum("site_config[0].min_tls_version").computed(),
            minimum("site_config[0].scm_min_tls_version").computed(),
        ],
    ),
    row(
        &["azurerm_app_service", "azurerm_function_app"],
        &[NO_HTTP.until("4.0.0")],
    ),
    row(
        &["azurerm_container_app"],
        &[keep_off(InTransit, "ingress[0].allow_insecure_connections")],
    ),
    row(
        &["azurerm_spring_cloud_app", "azurerm_spring_cloud_gateway"],
        &[NO_HTTP],
    ),
    row(
        &["azurerm_spring_cloud_api_portal"],
        &[on(InTransit, "https_only_enabled")],
    ),
    // Gateways and distributions.
    row(
        &["azurerm_application_gateway"],
        &[
            never(
                Tls,
                "ssl_policy[0].min_protocol_version",
                &["TLSv1_0", "TLSv1_1"],
            ),
            never(
                Tls,
                "ssl_policy[0].policy_name",
                &["AppGwSslPolicy20150501", "AppGwSslPolicy20170401"],
            )
            .fix("Set `policy_name = \"AppGwSslPolicy20220101\"` in the block `ssl_policy`."),
            never(
                Tls,
                "ssl_profile[].ssl_policy[0].min_protocol_version",
                &["TLSv1_0", "TLSv1_1"],
            )
            .key("name"),
        ],
    ),
    row(
        &["azurerm_api_management"],
        &[
            keep_off(Tls, "security[0].frontend_ssl30_enabled"),
            keep_off(Tls, "security[0].frontend_tls10_enabled"),
            keep_off(Tls, "security[0].frontend_tls11_enabled"),
            keep_off(Tls, "security[0].backend_ssl30_enabled"),
            keep_off(Tls, "security[0].backend_tls10_enabled"),
            keep_off(Tls, "security[0].backend_tls11_enabled"),
            keep_off(Tls, "security[0].triple_des_ciphers_enabled"),
        ],
    ),
    row(
        &["azurerm_api_management_gateway_host_name_configuration"],
        &[
            keep_off(Tls, "tls10_enabled"),
            keep_off(Tls, "tls11_enabled"),
        ],
    ),
    row(
        &["azurerm_cdn_endpoint_custom_domain"],
        &[
            minimum("cdn_managed_https[0].tls_version"),
            minimum("user_managed_https[0].tls_version"),
        ],
    ),
    row(
        &["azurerm_cdn_frontdoor_custom_domain"],
        &[minimum("tls[0].minimum_version")],
    ),
    row(
        &["azurerm_cdn_frontdoor_route"],
        &[keep_on(InTransit, "https_redirect_enabled")
            .when(&[When::not("supported_protocols[0]", &["Https"])])],
    ),
    // Clusters.
    row(
        &[
            "azurerm_hdinsight_hadoop_cluster",
            "azurerm_hdinsight_hbase_cluster",
        ],
        &[minimum("tls_min_version")],
    ),
    row(
        &[
            "azurerm_hdinsight_interactive_query_cluster",
            "azurerm_hdinsight_kafka_cluster",
            "azurerm_hdinsight_spark_cluster",
        ],
        &[
            minimum("tls_min_version"),
            on(InTransit, "encryption_in_transit_enabled"),
        ],
    ),
    // Identity, automation, networks.
    row(
        &["azurerm_active_directory_domain_service"],
        &[
            keep_off(Tls, "security[0].tls_v1_enabled"),
            Switch::new(
                Tls,
                "security[0].kerberos_rc4_encryption_enabled",
                Good::False,
                Unset::Good,
            ),
        ],
    ),
    row(
        &[
            "azurerm_automation_variable_bool",
            "azurerm_automation_variable_datetime",
            "azurerm_automation_variable_int",
            "azurerm_automation_variable_object",
            "azurerm_automation_variable_string",
        ],
        &[on(AtRest, "encrypted")],
    ),
    row(
        &["azurerm_virtual_wan"],
        &[keep_off(InTransit, "disable_vpn_encryption")],
    ),
    row(
        &["azurerm_virtual_network_gateway_connection"],
        &[
            never(
                InTransit,
                "ipsec_policy[0].ipsec_encryption",
                &["None", "DES"],
            ),
            never(InTransit, "ipsec_policy[0].ike_encryption", &["DES"]),
        ],
    ),
    row(
        &["azurerm_virtual_network_gateway"],
        &[
            never(
                InTransit,
                "vpn_client_configuration[0].ipsec_policy[0].ipsec_encryption",
                &["None", "DES"],
            ),
            never(
                InTransit,
                "vpn_client_configuration[0].ipsec_policy[0].ike_encryption",
                &["DES"],
            ),
        ],
    ),
    row(
        &["azurerm_vpn_server_configuration"],
        &[
            never(
                InTransit,
                "ipsec_policy[0].ipsec_encryption",
                &["None", "DES"],
            ),
            never(InTransit, "ipsec_policy[0].ike_encryption", &["DES"]),
        ],
    ),
    row(
        &["azurerm_vpn_gateway_connection"],
        &[never(
            InTransit,
            "vpn_link[].ipsec_policy[].ike_encryption_algorithm",
            &["DES"],
        )],
    ),
    // Links to other services.
    row(
        &[
            "azurerm_kubernetes_flux_configuration",
            "azurerm_arc_kubernetes_flux_configuration",
        ],
        &[keep_on(InTransit, "bucket[0].tls_enabled")],
    ),
    row(
        &["azurerm_spring_cloud_app_redis_association"],
        &[keep_on(InTransit, "ssl_enabled")],
    ),
    row(
        &["azurerm_spring_cloud_app_dynamics_application_performance_monitoring"],
        &[keep_on(InTransit, "controller_ssl_enabled")],
    ),
    row(
        &["azurerm_netapp_account"],
        &[on(InTransit, "active_directory[0].aes_encryption_enabled")
            .when(&[When::set("active_directory")])],
    ),
    row(
        &["azurerm_frontdoor_custom_https_configuration"],
        &[keep_on(InTransit, "custom_https_provisioning_enabled")],
    ),
    row(
        &["azurerm_vpn_gateway_connection"],
        &[never(
            InTransit,
            "vpn_link[].ipsec_policy[].encryption_algorithm",
            &["None", "DES"],
        )],
    ),
    // Keys.
    row(
        &["azurerm_key_vault_key"],
        &[
            Switch::new(Rotation, "rotation_policy", Good::Present, Unset::Bad(""))
                .fix("Add a block `rotation_policy` with a block `automatic`."),
        ],
    ),
    row(
        &["azurerm_disk_encryption_set"],
        &[on(Rotation, "auto_key_rotation_enabled")],
    ),
    row(
        &["azurerm_databricks_workspace"],
        &[on(
            Rotation,
            "managed_disk_cmk_rotation_to_latest_version_enabled",
        )
        .when(&[When::set("managed_disk_cmk_key_vault_key_id")])],
    ),
    row(
        &["azurerm_key_vault_managed_hardware_security_module_key_rotation_policy"],
        &[only(Rotation, "time_after_creation", &["P*"], "")
            .when(&[When::unset("time_before_expiry")])],
    ),
];
