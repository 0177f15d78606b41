//! hashicorp/azurerm.

use super::{On, Row, access, audit, logged, offered, part, trail};

const AUDITING: &[super::Switch] = &[audit("enabled", On::True)];

/// Logs of who calls a web application.
const WEB: &[super::Switch] = &[offered(access("logs", On::There))];

const ALERTS: &[super::Switch] = &[audit("state", On::OneOf(&["Enabled", "New"]))];

pub(super) static ROWS: &[Row] = &[
    trail(
        "azurerm_monitor_diagnostic_setting",
        "diagnostic setting",
        &["target_resource_id"],
        &[offered(part(
            "enabled_log",
            On::Entries(&["category", "category_group"]),
            false,
        ))],
    ),
    trail(
        "azurerm_monitor_aad_diagnostic_setting",
        "diagnostic setting of the directory",
        &[],
        &[offered(part(
            "enabled_log",
            On::Entries(&["category"]),
            false,
        ))],
    ),
    trail(
        "azurerm_network_watcher_flow_log",
        "flow log",
        &["target_resource_id"],
        &[audit("enabled", On::True)],
    ),
    // What is deleted goes back to the free tier.
    trail(
        "azurerm_security_center_subscription_pricing",
        "plan of Defender",
        &[],
        &[audit("tier", On::OneOf(&["Standard"]))],
    ),
    trail(
        "azurerm_security_center_contact",
        "contact of Defender",
        &[],
        &[offered(audit("alert_notifications", On::True))],
    ),
    trail(
        "azurerm_security_center_setting",
        "setting of Defender",
        &[],
        &[offered(audit("enabled", On::True))],
    ),
    trail(
        "azurerm_security_center_storage_defender",
        "Defender of a storage account",
        &["storage_account_id"],
        &[],
    ),
    trail(
        "azurerm_advanced_threat_protection",
        "threat protection of a resource",
        &["target_resource_id"],
        &[audit("enabled", On::True)],
    ),
    trail(
        "azurerm_mssql_server_extended_auditing_policy",
        "audit of a database server",
        &["server_id"],
        AUDITING,
    ),
    trail(
        "azurerm_mssql_database_extended_auditing_policy",
        "audit of a database",
        &["database_id"],
        AUDITING,
    ),
    trail(
        "azurerm_synapse_workspace_extended_auditing_policy",
        "audit of a workspace",
        &["synapse_workspace_id"],
        &[offered(part("log_monitoring_enabled", On::True, true))],
    ),
    trail(
        "azurerm_mssql_server_security_alert_policy",
        "threat detection of a database server",
        &[],
        ALERTS,
    ),
    trail(
        "azurerm_monitor_activity_log_alert",
        "alert on the activity log",
        &[],
        &[audit("enabled", On::True)],
    ),
    trail(
        "azurerm_sentinel_log_analytics_workspace_onboarding",
        "Sentinel of a workspace",
        &["workspace_id"],
        &[],
    ),
    trail(
        "azurerm_sentinel_alert_rule_scheduled",
        "detection rule of Sentinel",
        &["log_analytics_workspace_id"],
        &[offered(audit("enabled", On::True))],
    ),
    trail(
        "azurerm_sentinel_alert_rule_nrt",
        "detection rule of Sentinel",
        &["log_analytics_workspace_id"],
        &[offered(audit("enabled", On::True))],
    ),
    trail(
        "azurerm_sentinel_alert_rule_fusion",
        "detection rule of Sentinel",
        &["log_analytics_workspace_id"],
        &[offered(audit("enabled", On::True))],
    ),
    trail(
        "azurerm_sentinel_alert_rule_ms_security_incident",
        "rule of Sentinel that makes incidents",
        &["log_analytics_workspace_id"],
        &[offered(audit("enabled", On::True))],
    ),
    trail(
        "azurerm_sentinel_alert_rule_machine_learning_behavior_analytics",
        "detection rule of Sentinel",
        &["log_analytics_workspace_id"],
        &[offered(audit("enabled", On::True))],
    ),
    trail(
        "azurerm_sentinel_alert_rule_threat_intelligence",
        "detection rule of Sentinel",
        &["log_analytics_workspace_id"],
        &[offered(audit("enabled", On::True))],
    ),
    trail(
        "azurerm_log_analytics_data_export_rule",
        "export of logs",
        &["workspace_resource_id"],
        &[offered(audit("enabled", On::True))],
    ),
    logged(
        "azurerm_kubernetes_cluster",
        "cluster",
        &[
            offered(part("microsoft_defender", On::There, false)),
            offered(access("oms_agent", On::There)),
        ],
    ),
    logged(
        "azurerm_firewall_policy",
        "firewall policy",
        &[offered(access("insights[0].enabled", On::True))],
    ),
    logged("azurerm_linux_web_app", "web application", WEB),
    logged("azurerm_linux_web_app_slot", "web application", WEB),
    logged("azurerm_windows_web_app", "web application", WEB),
    logged("azurerm_windows_web_app_slot", "web application", WEB),
    logged(
        "azurerm_storage_account_queue_properties",
        "queue service",
        &[offered(access("logging", On::There))],
    ),
    // Of version 3 of the provider.
    trail(
        "azurerm_security_center_auto_provisioning",
        "agent of Defender",
        &[],
        &[audit("auto_provision", On::OneOf(&["On"]))],
    ),
    trail("azurerm_monitor_log_profile", "activity log", &[], &[]),
];

/// What version 5 of the provider does not have any more.
pub const FORMER: &[&str] = &[
    "azurerm_security_center_auto_provisioning",
    "azurerm_monitor_log_profile",
];
