//! Switches of hashicorp/azurerm, as version 5 documents them. A management lock protects
//! most of what has no switch.

use super::{
    Row, drops, force, holds, offered, override_of_protection, row, switch, unless, until, window,
};
use crate::switch::{Layer, Safe, Unset};

pub(super) static ROWS: &[Row] = &[
    row(
        "azurerm_key_vault",
        &[
            switch(
                Layer::Recovers,
                "purge_protection_enabled",
                Safe::True,
                Unset::Unsafe,
            ),
            window("soft_delete_retention_days", 90, 90),
        ],
    ),
    row(
        "azurerm_key_vault_managed_hardware_security_module",
        &[
            switch(
                Layer::Recovers,
                "purge_protection_enabled",
                Safe::True,
                Unset::Unstated,
            ),
            window("soft_delete_retention_days", 90, 90),
        ],
    ),
    row(
        "azurerm_app_configuration",
        &[
            // The free tier, which is the default, and the developer tier have neither.
            unless(
                switch(
                    Layer::Recovers,
                    "purge_protection_enabled",
                    Safe::True,
                    Unset::Unsafe,
                ),
                "sku",
                &["free", "developer"],
                true,
            ),
            unless(
                window("soft_delete_retention_days", 7, 7),
                "sku",
                &["free", "developer"],
                true,
            ),
        ],
    ),
    row(
        "azurerm_recovery_services_vault",
        &[
            // Version 5 does not have it any more.
            until(
                "5.0.0",
                switch(
                    Layer::Recovers,
                    "soft_delete_enabled",
                    Safe::True,
                    Unset::Safe,
                ),
            ),
            offered(holds("immutability", Safe::OneOf(&["Locked", "Unlocked"]))),
        ],
    ),
    row(
        "azurerm_data_protection_backup_vault",
        &[
            switch(
                Layer::Recovers,
                "soft_delete",
                Safe::OneOf(&["On", "AlwaysOn"]),
                Unset::Safe,
            ),
            window("retention_duration_in_days", 14, 180),
            offered(holds("immutability", Safe::OneOf(&["Locked", "Unlocked"]))),
        ],
    ),
    row(
        "azurerm_storage_account",
        &[
            override_of_protection(
                "blob_properties[0].delete_retention_policy[0].permanent_delete_enabled",
            ),
            offered(holds(
                "immutability_policy[0].state",
                Safe::OneOf(&["Locked", "Unlocked"]),
            )),
        ],
    ),
    row(
        "azurerm_blueprint_assignment",
        &[offered(holds(
            "lock_mode",
            Safe::OneOf(&["AllResourcesDoNotDelete", "AllResourcesReadOnly"]),
        ))],
    ),
    row(
        "azurerm_virtual_machine",
        &[
            force("delete_os_disk_on_termination"),
            force("delete_data_disks_on_termination"),
        ],
    ),
    row(
        "azurerm_kusto_cluster",
        &[offered(drops("purge_enabled", Unset::Safe))],
    ),
    row(
        "azurerm_log_analytics_workspace",
        &[offered(drops(
            "immediate_data_purge_on_30_days_enabled",
            Unset::Safe,
        ))],
    ),
];
