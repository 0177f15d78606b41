//! hashicorp/azurerm. What version 5 does not have any more says so.

use super::{Of, Row, Unset, Zero, row};

/// Kept in a storage account, for ever unless something is set:
/// <https://learn.microsoft.com/azure/azure-sql/database/auditing-overview>.
const fn audit(kind: &'static str, path: &'static str) -> Row {
    row(kind, path, Unset::Forever, Zero::Forever, Of::Audit)
}

/// Of a table, which follows its workspace unless something is set.
const fn table(kind: &'static str, path: &'static str) -> Row {
    row(kind, path, Unset::Nothing, Zero::Never, Of::Applications)
}

const fn files(kind: &'static str, path: &'static str) -> Row {
    row(kind, path, Unset::Nothing, Zero::Forever, Of::Audit)
}

/// Of version 3 of the provider: <https://registry.terraform.io/providers/hashicorp/azurerm/3.117.0/docs/resources/monitor_diagnostic_setting>.
const fn setting(block: &'static str) -> Row {
    Row {
        each: Some(block),
        while_true: Some("retention_policy[0].enabled"),
        ..row(
            "azurerm_monitor_diagnostic_setting",
            "retention_policy[0].days",
            Unset::Nothing,
            Zero::Forever,
            Of::Audit,
        )
    }
}

pub(super) static ROWS: &[Row] = &[
    // https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
    row(
        "azurerm_log_analytics_workspace",
        "retention_in_days",
        Unset::Days(30),
        Zero::Never,
        Of::Applications,
    ),
    table("azurerm_log_analytics_workspace_table", "retention_in_days"),
    table(
        "azurerm_log_analytics_workspace_table",
        "total_retention_in_days",
    ),
    table(
        "azurerm_log_analytics_workspace_table_custom_log",
        "retention_in_days",
    ),
    table(
        "azurerm_log_analytics_workspace_table_custom_log",
        "total_retention_in_days",
    ),
    table(
        "azurerm_log_analytics_workspace_table_microsoft",
        "retention_in_days",
    ),
    table(
        "azurerm_log_analytics_workspace_table_microsoft",
        "total_retention_in_days",
    ),
    row(
        "azurerm_application_insights",
        "retention_in_days",
        Unset::Days(90),
        Zero::Never,
        Of::Applications,
    ),
    row(
        "azurerm_firewall_policy",
        "insights[0].retention_in_days",
        Unset::Nothing,
        Zero::Forever,
        Of::Audit,
    ),
    Row {
        while_true: Some("retention_policy[0].enabled"),
        ..row(
            "azurerm_network_watcher_flow_log",
            "retention_policy[0].days",
            Unset::Nothing,
            Zero::Forever,
            Of::Audit,
        )
    },
    setting("enabled_log"),
    setting("log"),
    Row {
        while_true: Some("retention_policy[0].enabled"),
        ..row(
            "azurerm_monitor_log_profile",
            "retention_policy[0].days",
            Unset::Nothing,
            Zero::Forever,
            Of::Audit,
        )
    },
    audit(
        "azurerm_mssql_server_extended_auditing_policy",
        "retention_in_days",
    ),
    audit(
        "azurerm_mssql_database_extended_auditing_policy",
        "retention_in_days",
    ),
    audit(
        "azurerm_synapse_workspace_extended_auditing_policy",
        "retention_in_days",
    ),
    audit(
        "azurerm_synapse_sql_pool_extended_auditing_policy",
        "retention_in_days",
    ),
    audit(
        "azurerm_mssql_server_security_alert_policy",
        "retention_days",
    ),
    audit(
        "azurerm_mssql_managed_instance_security_alert_policy",
        "retention_days",
    ),
    audit(
        "azurerm_synapse_workspace_security_alert_policy",
        "retention_days",
    ),
    audit(
        "azurerm_synapse_sql_pool_security_alert_policy",
        "retention_days",
    ),
    files(
        "azurerm_storage_account_queue_properties",
        "logging[0].retention_policy_days",
    ),
    files(
        "azurerm_linux_web_app",
        "logs[0].http_logs[0].file_system[0].retention_in_days",
    ),
    files(
        "azurerm_windows_web_app",
        "logs[0].http_logs[0].file_system[0].retention_in_days",
    ),
];

/// What version 5 of the provider does not have any more.
pub const FORMER: &[(&str, &str)] = &[
    ("azurerm_monitor_diagnostic_setting", "enabled_log"),
    ("azurerm_monitor_diagnostic_setting", "log"),
    ("azurerm_monitor_log_profile", "retention_policy[0].days"),
];
