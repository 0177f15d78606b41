//! What can be lost without a deletion: backups, versions, log events, copies, objects that
//! expire, volumes that shrink.
//!
//! Sources are the providers' documentation pages of the types, as in [`crate::table`], and
//! for what a change does at once the documentation of the service:
//! - RDS: a retention of 0 deletes all automated backups
//!   (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html>);
//! - `DynamoDB`: a replica that is removed is deleted
//!   (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html>);
//! - S3: a bucket whose versioning is suspended overwrites the current version of what is
//!   written again (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html>);
//! - S3: a shorter default retention is that of objects which are written later
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>);
//! - AWS Backup: recovery points keep the lifecycle that they were made with
//!   (<https://docs.aws.amazon.com/aws-backup/latest/devguide/updating-a-backup-plan.html>);
//! - Azure SQL: another long-term retention is that of later backups
//!   (<https://learn.microsoft.com/azure/azure-sql/database/long-term-retention-overview>);
//! - Redshift: automated snapshots in the other region that are older than the new retention are deleted
//!   (<https://docs.aws.amazon.com/redshift/latest/APIReference/API_ModifySnapshotCopyRetentionPeriod.html>);
//! - `CloudWatch`: events older than the retention are deleted
//!   (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html>).

/// For how long something is kept that a change of the number deletes.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute.
    pub path: &'static str,
    /// What is kept, as a sentence calls it.
    pub what: &'static str,
    /// What the number counts.
    pub unit: &'static str,
    /// What 0 means.
    pub zero: Zero,
    /// What leaving it out means; none where the plan then shows what it comes to.
    pub unset: Option<i64>,
    /// The entry of the map that the attribute is, where the number is one.
    pub entry: Option<&'static str>,
    /// The attribute beside it that says what the number counts; none where that is always the same.
    pub counted_in: Option<&'static str>,
    /// Whether what is kept today keeps its time, and only what is made later has the new one.
    pub later: bool,
}

/// What a retention of 0 means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zero {
    /// Nothing is kept.
    Nothing,
    /// Everything is kept for ever.
    Forever,
    /// Nothing is kept, and with a negative number everything for ever.
    NegativeForever,
}

impl Retention {
    /// The attribute beside it that says what the number counts.
    #[must_use]
    pub fn unit_path(&self) -> Option<String> {
        let unit = self.counted_in?;
        Some(match self.path.rsplit_once('.') {
            Some((block, _)) => format!("{block}.{unit}"),
            None => unit.to_owned(),
        })
    }
}

const fn keeps(
    kind: &'static str,
    path: &'static str,
    what: &'static str,
    unit: &'static str,
) -> Retention {
    Retention {
        kind,
        path,
        what,
        unit,
        zero: Zero::Nothing,
        unset: None,
        entry: None,
        counted_in: None,
        later: false,
    }
}

/// One that only what is made later is under.
const fn later(retention: Retention) -> Retention {
    Retention {
        later: true,
        ..retention
    }
}

/// One that is an entry of a map.
const fn entry(retention: Retention, entry: &'static str) -> Retention {
    Retention {
        entry: Some(entry),
        zero: Zero::NegativeForever,
        ..retention
    }
}

/// One of which the attribute beside it says what it counts.
const fn counted_in(retention: Retention, unit: &'static str) -> Retention {
    Retention {
        counted_in: Some(unit),
        ..retention
    }
}

/// One that is in a block: without the block nothing is kept.
const fn block(retention: Retention) -> Retention {
    Retention {
        unset: Some(0),
        ..retention
    }
}

/// One of which 0, or leaving it out, is for ever.
const fn forever(retention: Retention) -> Retention {
    Retention {
        zero: Zero::Forever,
        unset: Some(0),
        ..retention
    }
}

const BACKUPS: &str = "automated backups";
const SNAPSHOTS: &str = "automatic snapshots";
const EVENTS: &str = "log events";
const MESSAGES: &str = "messages";
const DELETED: &str = "deleted objects";
const POINTS: &str = "recovery points";

/// Every retention that is compared.
pub const RETENTIONS: &[Retention] = &[
    keeps(
        "aws_db_instance",
        "backup_retention_period",
        BACKUPS,
        "days",
    ),
    keeps(
        "aws_rds_cluster",
        "backup_retention_period",
        BACKUPS,
        "days",
    ),
    block(keeps(
        "aws_rds_cluster",
        "backtrack_window",
        "earlier states",
        "seconds",
    )),
    keeps(
        "aws_docdb_cluster",
        "backup_retention_period",
        BACKUPS,
        "days",
    ),
    keeps(
        "aws_docdbelastic_cluster",
        "backup_retention_period",
        BACKUPS,
        "days",
    ),
    keeps(
        "aws_neptune_cluster",
        "backup_retention_period",
        BACKUPS,
        "days",
    ),
    keeps(
        "aws_redshift_cluster",
        "automated_snapshot_retention_period",
        SNAPSHOTS,
        "days",
    ),
    keeps(
        "aws_memorydb_cluster",
        "snapshot_retention_limit",
        SNAPSHOTS,
        "days",
    ),
    keeps(
        "aws_elasticache_cluster",
        "snapshot_retention_limit",
        SNAPSHOTS,
        "days",
    ),
    keeps(
        "aws_elasticache_replication_group",
        "snapshot_retention_limit",
        SNAPSHOTS,
        "days",
    ),
    keeps(
        "aws_elasticache_serverless_cache",
        "snapshot_retention_limit",
        SNAPSHOTS,
        "days",
    ),
    keeps(
        "aws_fsx_lustre_file_system",
        "automatic_backup_retention_days",
        BACKUPS,
        "days",
    ),
    keeps(
        "aws_fsx_ontap_file_system",
        "automatic_backup_retention_days",
        BACKUPS,
        "days",
    ),
    keeps(
        "aws_fsx_openzfs_file_system",
        "automatic_backup_retention_days",
        BACKUPS,
        "days",
    ),
    keeps(
        "aws_fsx_windows_file_system",
        "automatic_backup_retention_days",
        BACKUPS,
        "days",
    ),
    keeps(
        "aws_odb_autonomous_database",
        "backup_retention_period_in_days",
        BACKUPS,
        "days",
    ),
    block(keeps(
        "aws_dynamodb_table",
        "point_in_time_recovery[0].recovery_period_in_days",
        "continuous backups",
        "days",
    )),
    forever(keeps(
        "aws_cloudwatch_log_group",
        "retention_in_days",
        EVENTS,
        "days",
    )),
    forever(keeps(
        "aws_cloudwatch_event_archive",
        "retention_days",
        "archived events",
        "days",
    )),
    keeps(
        "aws_cloudtrail_event_data_store",
        "retention_period",
        "events",
        "days",
    ),
    keeps("aws_kinesis_stream", "retention_period", "records", "hours"),
    keeps(
        "aws_kinesis_video_stream",
        "data_retention_in_hours",
        "video",
        "hours",
    ),
    keeps(
        "aws_sqs_queue",
        "message_retention_seconds",
        MESSAGES,
        "seconds",
    ),
    keeps(
        "aws_timestreamwrite_table",
        "retention_properties[0].magnetic_store_retention_period_in_days",
        "records",
        "days",
    ),
    keeps(
        "aws_prometheus_workspace_configuration",
        "retention_period_in_days",
        "metrics",
        "days",
    ),
    later(keeps(
        "aws_backup_vault_lock_configuration",
        "min_retention_days",
        "recovery points",
        "days",
    )),
    keeps(
        "google_logging_project_bucket_config",
        "retention_days",
        EVENTS,
        "days",
    ),
    keeps(
        "google_logging_folder_bucket_config",
        "retention_days",
        EVENTS,
        "days",
    ),
    keeps(
        "google_logging_organization_bucket_config",
        "retention_days",
        EVENTS,
        "days",
    ),
    keeps(
        "google_logging_billing_account_bucket_config",
        "retention_days",
        EVENTS,
        "days",
    ),
    keeps(
        "google_pubsub_subscription",
        "message_retention_duration",
        MESSAGES,
        "seconds",
    ),
    block(keeps(
        "google_pubsub_topic",
        "message_retention_duration",
        MESSAGES,
        "seconds",
    )),
    block(keeps(
        "google_storage_bucket",
        "retention_policy[0].retention_period",
        "objects",
        "seconds",
    )),
    keeps(
        "google_storage_bucket",
        "soft_delete_policy[0].retention_duration_seconds",
        DELETED,
        "seconds",
    ),
    keeps(
        "google_sql_database_instance",
        "settings[0].backup_configuration[0].transaction_log_retention_days",
        "transaction logs",
        "days",
    ),
    keeps(
        "google_sql_database_instance",
        "settings[0].backup_configuration[0].backup_retention_settings[0].retained_backups",
        BACKUPS,
        PIECES,
    ),
    keeps(
        "google_alloydb_cluster",
        "continuous_backup_config[0].recovery_window_days",
        "continuous backups",
        "days",
    ),
    keeps(
        "google_backup_dr_backup_vault",
        "backup_minimum_enforced_retention_duration",
        "backups",
        "seconds",
    ),
    block(keeps(
        "google_gke_backup_backup_plan",
        "retention_policy[0].backup_retain_days",
        "backups",
        "days",
    )),
    block(keeps(
        "google_gke_backup_backup_plan",
        "retention_policy[0].backup_delete_lock_days",
        "backups",
        "days",
    )),
    keeps(
        "google_bigquery_dataset",
        "max_time_travel_hours",
        "earlier states",
        "hours",
    ),
    keeps(
        "azurerm_log_analytics_workspace",
        "retention_in_days",
        EVENTS,
        "days",
    ),
    keeps(
        "azurerm_application_insights",
        "retention_in_days",
        EVENTS,
        "days",
    ),
    keeps(
        "azurerm_log_analytics_workspace_table",
        "retention_in_days",
        EVENTS,
        "days",
    ),
    keeps(
        "azurerm_log_analytics_workspace_table",
        "total_retention_in_days",
        EVENTS,
        "days",
    ),
    keeps(
        "azurerm_log_analytics_workspace_table_custom_log",
        "retention_in_days",
        EVENTS,
        "days",
    ),
    keeps(
        "azurerm_log_analytics_workspace_table_custom_log",
        "total_retention_in_days",
        EVENTS,
        "days",
    ),
    keeps(
        "azurerm_log_analytics_workspace_table_microsoft",
        "retention_in_days",
        EVENTS,
        "days",
    ),
    keeps(
        "azurerm_log_analytics_workspace_table_microsoft",
        "total_retention_in_days",
        EVENTS,
        "days",
    ),
    keeps(
        "azurerm_mssql_managed_database",
        "short_term_retention_days",
        "backups",
        "days",
    ),
    keeps(
        "azurerm_oracle_autonomous_database",
        "backup_retention_period_in_days",
        "backups",
        "days",
    ),
    keeps(
        "azurerm_iothub",
        "event_hub_retention_in_days",
        MESSAGES,
        "days",
    ),
    keeps(
        "azurerm_eventhub",
        "retention_description[0].retention_time_in_hours",
        MESSAGES,
        "hours",
    ),
    keeps(
        "azurerm_postgresql_flexible_server",
        "backup_retention_days",
        "backups",
        "days",
    ),
    keeps(
        "azurerm_mysql_flexible_server",
        "backup_retention_days",
        "backups",
        "days",
    ),
    keeps("azurerm_eventhub", "message_retention", MESSAGES, "days"),
    block(keeps(
        "azurerm_mssql_database",
        "short_term_retention_policy[0].retention_days",
        "backups",
        "days",
    )),
    block(keeps(
        "azurerm_backup_policy_vm",
        "retention_daily[0].count",
        POINTS,
        "days",
    )),
    block(keeps(
        "azurerm_backup_policy_vm",
        "retention_weekly[0].count",
        POINTS,
        "weeks",
    )),
    block(keeps(
        "azurerm_backup_policy_vm",
        "retention_monthly[0].count",
        POINTS,
        "months",
    )),
    block(keeps(
        "azurerm_backup_policy_vm",
        "retention_yearly[0].count",
        POINTS,
        "years",
    )),
    block(keeps(
        "azurerm_backup_policy_file_share",
        "retention_daily[0].count",
        POINTS,
        "days",
    )),
    block(keeps(
        "azurerm_backup_policy_file_share",
        "retention_weekly[0].count",
        POINTS,
        "weeks",
    )),
    block(keeps(
        "azurerm_backup_policy_file_share",
        "retention_monthly[0].count",
        POINTS,
        "months",
    )),
    block(keeps(
        "azurerm_backup_policy_file_share",
        "retention_yearly[0].count",
        POINTS,
        "years",
    )),
    block(keeps(
        "google_compute_resource_policy",
        "snapshot_schedule_policy[0].retention_policy[0].max_retention_days",
        SNAPSHOTS,
        "days",
    )),
    keeps(
        "azurerm_cosmosdb_account",
        "backup[0].retention_in_hours",
        "backups",
        "hours",
    ),
    block(keeps(
        "azurerm_storage_account",
        "blob_properties[0].delete_retention_policy[0].days",
        DELETED,
        "days",
    )),
    block(keeps(
        "azurerm_storage_account",
        "blob_properties[0].container_delete_retention_policy[0].days",
        "deleted containers",
        "days",
    )),
    block(keeps(
        "azurerm_storage_account",
        "share_properties[0].retention_policy[0].days",
        "deleted shares",
        "days",
    )),
    later(keeps(
        "aws_backup_logically_air_gapped_vault",
        "min_retention_days",
        POINTS,
        "days",
    )),
    keeps(
        "aws_redshift_snapshot_copy",
        "retention_period",
        "copied snapshots",
        "days",
    ),
    later(counted_in(
        keeps(
            "aws_rbin_rule",
            "retention_period[0].retention_period_value",
            "deleted snapshots and images",
            "days",
        ),
        "retention_period_unit",
    )),
    keeps(
        "aws_mailmanager_archive",
        "retention[0].retention_period",
        "mail",
        SPAN,
    ),
    later(keeps(
        "aws_customerprofiles_domain",
        "default_expiration_days",
        "profiles",
        "days",
    )),
    later(keeps(
        "aws_bedrockagentcore_memory",
        "event_expiry_duration",
        "events",
        "days",
    )),
    later(counted_in(
        keeps(
            "aws_fsx_ontap_volume",
            "snaplock_configuration[0].retention_period[0].default_retention[0].value",
            "locked files",
            "units",
        ),
        "type",
    )),
    later(counted_in(
        keeps(
            "aws_fsx_ontap_volume",
            "snaplock_configuration[0].retention_period[0].minimum_retention[0].value",
            "locked files",
            "units",
        ),
        "type",
    )),
    keeps(
        "aws_glue_catalog_table_optimizer",
        "configuration[0].retention_configuration[0].iceberg_configuration[0].snapshot_retention_period_in_days",
        "earlier states",
        "days",
    ),
    keeps(
        "aws_glue_catalog_table_optimizer",
        "configuration[0].retention_configuration[0].iceberg_configuration[0].number_of_snapshots_to_retain",
        "earlier states",
        PIECES,
    ),
    keeps(
        "aws_s3tables_table",
        "maintenance_configuration.iceberg_snapshot_management.settings.max_snapshot_age_hours",
        "earlier states",
        "hours",
    ),
    keeps(
        "aws_s3tables_table",
        "maintenance_configuration.iceberg_snapshot_management.settings.min_snapshots_to_keep",
        "earlier states",
        PIECES,
    ),
    later(keeps(
        "aws_odb_autonomous_database",
        "long_term_backup_schedule[0].retention_period_in_days",
        "backups",
        "days",
    )),
    later(keeps(
        "google_spanner_backup_schedule",
        "retention_duration",
        "backups",
        SPAN,
    )),
    later(keeps(
        "google_firestore_backup_schedule",
        "retention",
        "backups",
        SPAN,
    )),
    keeps(
        "google_spanner_database",
        "version_retention_period",
        "earlier states",
        SPAN,
    ),
    later(block(keeps(
        "google_bigtable_table",
        "automated_backup_policy[0].retention_period",
        BACKUPS,
        SPAN,
    ))),
    keeps(
        "google_bigtable_table",
        "change_stream_retention",
        "changes",
        SPAN,
    ),
    keeps(
        "google_firestore_change_stream",
        "retention_period",
        "changes",
        SPAN,
    ),
    later(block(keeps(
        "google_memorystore_instance",
        "automated_backup_config[0].retention",
        BACKUPS,
        SPAN,
    ))),
    later(block(keeps(
        "google_redis_cluster",
        "automated_backup_config[0].retention",
        BACKUPS,
        SPAN,
    ))),
    keeps(
        "google_alloydb_cluster",
        "automated_backup_policy[0].time_based_retention[0].retention_period",
        BACKUPS,
        SPAN,
    ),
    keeps(
        "google_alloydb_cluster",
        "automated_backup_policy[0].quantity_based_retention[0].count",
        BACKUPS,
        PIECES,
    ),
    later(keeps(
        "google_backup_dr_backup_plan",
        "log_retention_days",
        "logs of databases",
        "days",
    )),
    keeps(
        "google_netapp_backup_policy",
        "daily_backup_limit",
        "backups",
        PIECES,
    ),
    keeps(
        "google_netapp_backup_policy",
        "weekly_backup_limit",
        "backups",
        PIECES,
    ),
    keeps(
        "google_netapp_backup_policy",
        "monthly_backup_limit",
        "backups",
        PIECES,
    ),
    block(keeps(
        "google_netapp_volume",
        "snapshot_policy[0].hourly_schedule[0].snapshots_to_keep",
        SNAPSHOTS,
        PIECES,
    )),
    block(keeps(
        "google_netapp_volume",
        "snapshot_policy[0].daily_schedule[0].snapshots_to_keep",
        SNAPSHOTS,
        PIECES,
    )),
    block(keeps(
        "google_netapp_volume",
        "snapshot_policy[0].weekly_schedule[0].snapshots_to_keep",
        SNAPSHOTS,
        PIECES,
    )),
    block(keeps(
        "google_netapp_volume",
        "snapshot_policy[0].monthly_schedule[0].snapshots_to_keep",
        SNAPSHOTS,
        PIECES,
    )),
    later(block(keeps(
        "google_netapp_backup_vault",
        "backup_retention_policy[0].backup_minimum_enforced_retention_days",
        "backups",
        "days",
    ))),
    keeps(
        "google_pubsub_lite_topic",
        "retention_config[0].period",
        MESSAGES,
        SPAN,
    ),
    keeps(
        "google_pubsub_lite_topic",
        "retention_config[0].per_partition_bytes",
        MESSAGES,
        "bytes",
    ),
    keeps(
        "google_oracle_database_autonomous_database",
        "properties[0].backup_retention_period_days",
        "backups",
        "days",
    ),
    keeps(
        "google_oracle_database_db_system",
        "properties[0].db_home[0].database[0].properties[0].db_backup_config[0].retention_period_days",
        "backups",
        "days",
    ),
    keeps(
        "google_dialogflow_cx_security_settings",
        "retention_window_days",
        "conversations",
        "days",
    ),
    entry(
        keeps(
            "google_managed_kafka_topic",
            "configs",
            MESSAGES,
            "milliseconds",
        ),
        "retention.ms",
    ),
    entry(
        keeps("google_managed_kafka_topic", "configs", MESSAGES, "bytes"),
        "retention.bytes",
    ),
    entry(
        keeps("confluent_kafka_topic", "config", MESSAGES, "milliseconds"),
        "retention.ms",
    ),
    entry(
        keeps("confluent_kafka_topic", "config", MESSAGES, "bytes"),
        "retention.bytes",
    ),
    entry(
        keeps("kafka_topic", "config", MESSAGES, "milliseconds"),
        "retention.ms",
    ),
    entry(
        keeps("kafka_topic", "config", MESSAGES, "bytes"),
        "retention.bytes",
    ),
    later(block(keeps(
        "azurerm_mssql_database",
        "long_term_retention_policy[0].weekly_retention",
        "long-term backups",
        SPAN,
    ))),
    later(block(keeps(
        "azurerm_mssql_database",
        "long_term_retention_policy[0].monthly_retention",
        "long-term backups",
        SPAN,
    ))),
    later(block(keeps(
        "azurerm_mssql_database",
        "long_term_retention_policy[0].yearly_retention",
        "long-term backups",
        SPAN,
    ))),
    later(block(keeps(
        "azurerm_mssql_managed_database",
        "long_term_retention_policy[0].weekly_retention",
        "long-term backups",
        SPAN,
    ))),
    later(block(keeps(
        "azurerm_mssql_managed_database",
        "long_term_retention_policy[0].monthly_retention",
        "long-term backups",
        SPAN,
    ))),
    later(block(keeps(
        "azurerm_mssql_managed_database",
        "long_term_retention_policy[0].yearly_retention",
        "long-term backups",
        SPAN,
    ))),
    block(keeps(
        "azurerm_mssql_virtual_machine",
        "auto_backup[0].retention_period_in_days",
        "backups",
        "days",
    )),
    block(keeps(
        "azurerm_netapp_snapshot_policy",
        "hourly_schedule[0].snapshots_to_keep",
        SNAPSHOTS,
        PIECES,
    )),
    block(keeps(
        "azurerm_netapp_snapshot_policy",
        "daily_schedule[0].snapshots_to_keep",
        SNAPSHOTS,
        PIECES,
    )),
    block(keeps(
        "azurerm_netapp_snapshot_policy",
        "weekly_schedule[0].snapshots_to_keep",
        SNAPSHOTS,
        PIECES,
    )),
    block(keeps(
        "azurerm_netapp_snapshot_policy",
        "monthly_schedule[0].snapshots_to_keep",
        SNAPSHOTS,
        PIECES,
    )),
    keeps(
        "azurerm_netapp_backup_policy",
        "daily_backups_to_keep",
        "backups",
        PIECES,
    ),
    keeps(
        "azurerm_netapp_backup_policy",
        "weekly_backups_to_keep",
        "backups",
        PIECES,
    ),
    keeps(
        "azurerm_netapp_backup_policy",
        "monthly_backups_to_keep",
        "backups",
        PIECES,
    ),
    keeps(
        "azurerm_redis_cache",
        "redis_configuration[0].rdb_backup_max_snapshot_count",
        SNAPSHOTS,
        PIECES,
    ),
    forever(keeps(
        "azurerm_container_registry",
        "retention_policy_in_days",
        "untagged manifests",
        "days",
    )),
    forever(keeps(
        "azurerm_kusto_database",
        "soft_delete_period",
        "records",
        SPAN,
    )),
    later(block(keeps(
        "azurerm_oracle_autonomous_database",
        "long_term_backup_schedule[0].retention_period_in_days",
        "backups",
        "days",
    ))),
    keeps(
        "azurerm_oracle_autonomous_database_clone_from_backup",
        "backup_retention_period_in_days",
        "backups",
        "days",
    ),
    keeps(
        "azurerm_oracle_autonomous_database_clone_from_database",
        "backup_retention_period_in_days",
        "backups",
        "days",
    ),
    keeps(
        "azurerm_site_recovery_hyperv_replication_policy",
        "recovery_point_retention_in_hours",
        POINTS,
        "hours",
    ),
    keeps(
        "azurerm_site_recovery_replication_policy",
        "recovery_point_retention_in_minutes",
        POINTS,
        "minutes",
    ),
    keeps(
        "azurerm_site_recovery_vmware_replication_policy",
        "recovery_point_retention_in_minutes",
        POINTS,
        "minutes",
    ),
    keeps(
        "azurerm_eventgrid_namespace_topic",
        "event_retention_in_days",
        MESSAGES,
        "days",
    ),
    block(keeps(
        "azurerm_storage_account",
        "blob_properties[0].restore_policy[0].days",
        "earlier states",
        "days",
    )),
    keeps(
        "azurerm_storage_account",
        "blob_properties[0].change_feed_retention_in_days",
        "changes",
        "days",
    ),
    block(keeps(
        "azurerm_storage_account",
        "immutability_policy[0].period_since_creation_in_days",
        "locked objects",
        "days",
    )),
    keeps(
        "azurerm_storage_container_immutability_policy",
        "immutability_period_in_days",
        "locked objects",
        "days",
    ),
    keeps(
        "azurerm_backup_policy_vm",
        "instant_restore_retention_days",
        SNAPSHOTS,
        "days",
    ),
    block(counted_in(
        keeps(
            "mongodbatlas_cloud_backup_schedule",
            "policy_item_hourly[0].retention_value",
            "backups",
            "days",
        ),
        "retention_unit",
    )),
    block(counted_in(
        keeps(
            "mongodbatlas_cloud_backup_schedule",
            "policy_item_daily[0].retention_value",
            "backups",
            "days",
        ),
        "retention_unit",
    )),
    block(counted_in(
        keeps(
            "mongodbatlas_cloud_backup_schedule",
            "policy_item_weekly[0].retention_value",
            "backups",
            "days",
        ),
        "retention_unit",
    )),
    block(counted_in(
        keeps(
            "mongodbatlas_cloud_backup_schedule",
            "policy_item_monthly[0].retention_value",
            "backups",
            "days",
        ),
        "retention_unit",
    )),
    block(counted_in(
        keeps(
            "mongodbatlas_cloud_backup_schedule",
            "policy_item_yearly[0].retention_value",
            "backups",
            "days",
        ),
        "retention_unit",
    )),
    keeps(
        "mongodbatlas_cloud_backup_schedule",
        "restore_window_days",
        "continuous backups",
        "days",
    ),
    keeps(
        "snowflake_database",
        "data_retention_time_in_days",
        "earlier states",
        "days",
    ),
    keeps(
        "snowflake_standard_database",
        "data_retention_time_in_days",
        "earlier states",
        "days",
    ),
    keeps(
        "snowflake_secondary_database",
        "data_retention_time_in_days",
        "earlier states",
        "days",
    ),
    keeps(
        "snowflake_schema",
        "data_retention_time_in_days",
        "earlier states",
        "days",
    ),
    keeps(
        "snowflake_table",
        "data_retention_time_in_days",
        "earlier states",
        "days",
    ),
    keeps(
        "neon_project",
        "history_retention_seconds",
        "earlier states",
        "seconds",
    ),
    keeps(
        "scaleway_rdb_instance",
        "backup_schedule_retention",
        BACKUPS,
        "days",
    ),
];

/// A retention in each of the blocks of a resource. A block that goes ends what it keeps.
#[derive(Clone, Copy, Debug)]
pub struct Each {
    /// The blocks.
    pub block: &'static str,
    /// The attribute that tells one from the others.
    pub key: &'static str,
    /// The retention; its path is in the block.
    pub retention: Retention,
}

/// Every such retention.
pub const EACH: &[Each] = &[
    Each {
        block: "rule",
        key: "rule_name",
        retention: later(forever(keeps(
            "aws_backup_plan",
            "lifecycle[0].delete_after",
            POINTS,
            "days",
        ))),
    },
    Each {
        block: "policy_details[0].schedule",
        key: "name",
        retention: counted_in(
            keeps(
                "aws_dlm_lifecycle_policy",
                "retain_rule[0].interval",
                SNAPSHOTS,
                "units",
            ),
            "interval_unit",
        ),
    },
    Each {
        block: "backup_rules",
        key: "rule_id",
        retention: later(keeps(
            "google_backup_dr_backup_plan",
            "backup_retention_days",
            "backups",
            "days",
        )),
    },
    Each {
        block: "configuration",
        key: "region",
        retention: forever(keeps(
            "aws_securitylake_data_lake",
            "lifecycle_configuration[0].expiration[0].days",
            "records",
            "days",
        )),
    },
    Each {
        block: "policy_details[0].schedule",
        key: "name",
        retention: keeps(
            "aws_dlm_lifecycle_policy",
            "retain_rule[0].count",
            SNAPSHOTS,
            PIECES,
        ),
    },
    Each {
        block: "protection_policy",
        key: "policy_type",
        retention: keeps(
            "azurerm_backup_policy_vm_workload",
            "retention_daily[0].count",
            POINTS,
            "days",
        ),
    },
    Each {
        block: "protection_policy",
        key: "policy_type",
        retention: keeps(
            "azurerm_backup_policy_vm_workload",
            "simple_retention[0].count",
            POINTS,
            "days",
        ),
    },
];

/// What a retention is counted in that is no time.
pub const PIECES: &str = "pieces";

/// What a retention is counted in that says so itself: `7d`, `P1Y`, `86400s`.
pub const SPAN: &str = "span";

/// Where a bucket says for how long what is written is locked: type, and block with `days` or `years`.
pub const OBJECT_LOCKS: &[(&str, &str)] = &[
    (
        "aws_s3_bucket_object_lock_configuration",
        "rule[0].default_retention[0]",
    ),
    (
        "aws_s3_bucket",
        "object_lock_configuration[0].rule[0].default_retention[0]",
    ),
];

/// Types that are there to have backups made, and hold none themselves: the type, an attribute
/// that each of them has, and what it backs up, as a sentence calls it.
pub const SCHEDULES: &[(&str, &str, &str)] = &[
    ("aws_backup_plan", "name", "what the plan selects"),
    ("aws_backup_selection", "name", "what the selection names"),
    (
        "aws_redshift_snapshot_schedule_association",
        "cluster_identifier",
        "the cluster by that schedule",
    ),
    ("azurerm_backup_policy_vm", "name", "the machines under it"),
    (
        "azurerm_backup_policy_vm_workload",
        "name",
        "the databases under it",
    ),
    (
        "azurerm_backup_policy_file_share",
        "name",
        "the shares under it",
    ),
    (
        "google_backup_dr_backup_plan_association",
        "resource",
        "the resource of the association",
    ),
    (
        "google_compute_disk_resource_policy_attachment",
        "disk",
        "the disk by that schedule",
    ),
    (
        "google_compute_region_disk_resource_policy_attachment",
        "disk",
        "the disk by that schedule",
    ),
    (
        "google_firestore_backup_schedule",
        "database",
        "the database by that schedule",
    ),
    (
        "google_gke_backup_backup_plan",
        "name",
        "the cluster of the plan",
    ),
    (
        "google_spanner_backup_schedule",
        "database",
        "the database by that schedule",
    ),
    (
        "aws_redshift_snapshot_schedule",
        "identifier",
        "the clusters by that schedule",
    ),
    (
        "azurerm_netapp_snapshot_policy",
        "name",
        "the volumes under it",
    ),
    (
        "azurerm_netapp_backup_policy",
        "name",
        "the volumes under it",
    ),
    (
        "azurerm_data_protection_backup_policy_blob_storage",
        "name",
        "what is under it",
    ),
    (
        "azurerm_data_protection_backup_policy_data_lake_storage",
        "name",
        "what is under it",
    ),
    (
        "azurerm_data_protection_backup_policy_disk",
        "name",
        "what is under it",
    ),
    (
        "azurerm_data_protection_backup_policy_kubernetes_cluster",
        "name",
        "what is under it",
    ),
    (
        "azurerm_data_protection_backup_policy_mysql_flexible_server",
        "name",
        "what is under it",
    ),
    (
        "azurerm_data_protection_backup_policy_postgresql_flexible_server",
        "name",
        "what is under it",
    ),
    (
        "google_netapp_backup_policy",
        "name",
        "the volumes under it",
    ),
    (
        "google_backup_dr_backup_plan",
        "backup_plan_id",
        "what is associated with the plan",
    ),
    (
        "mongodbatlas_cloud_backup_schedule",
        "cluster_name",
        "the cluster by that schedule",
    ),
];

/// What a selection of backups says, and how it can say less.
#[derive(Clone, Copy, Debug)]
pub struct Selection {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute.
    pub path: &'static str,
    /// How what is in it counts.
    pub how: Selects,
}

/// How an entry of a [`Selection`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selects {
    /// What it names is backed up, also by a pattern.
    Named,
    /// What it is true of is backed up: blocks of `key` and `value`, or the entries of a map.
    Tagged,
    /// What it names is not.
    Not,
    /// Only what all of them are true of is: blocks of conditions.
    Only,
    /// Only what it names is, and everything where it names nothing.
    Among,
}

/// Every selection that is compared.
pub const SELECTIONS: &[Selection] = &[
    Selection {
        kind: "aws_backup_selection",
        path: "resources",
        how: Selects::Named,
    },
    Selection {
        kind: "aws_backup_selection",
        path: "not_resources",
        how: Selects::Not,
    },
    Selection {
        kind: "aws_backup_selection",
        path: "selection_tag",
        how: Selects::Tagged,
    },
    Selection {
        kind: "aws_backup_selection",
        path: "condition",
        how: Selects::Only,
    },
    Selection {
        kind: "aws_dlm_lifecycle_policy",
        path: "policy_details[0].target_tags",
        how: Selects::Tagged,
    },
    Selection {
        kind: "azurerm_backup_protected_vm",
        path: "exclude_disk_luns",
        how: Selects::Not,
    },
    Selection {
        kind: "azurerm_backup_protected_vm",
        path: "include_disk_luns",
        how: Selects::Among,
    },
];

/// Maps of what is backed up, or copied: type, the map, and what an entry stands for that is `true`.
pub const OPTED_IN: &[(&str, &str, &str)] = &[
    (
        "aws_backup_region_settings",
        "resource_type_opt_in_preference",
        "backups of",
    ),
    (
        "aws_backup_global_settings",
        "global_settings",
        "the setting",
    ),
];

/// How often backups are made.
#[derive(Clone, Copy, Debug)]
pub struct Frequency {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute; in the block, where there is one.
    pub path: &'static str,
    /// The block that repeats, and the attribute that tells one from the others.
    pub each: Option<(&'static str, &'static str)>,
    /// How it is written.
    pub every: Every,
}

/// How a frequency is written.
#[derive(Clone, Copy, Debug)]
pub enum Every {
    /// `cron(0 5 ? * * *)`, `0 5 * * *` or `rate(12 hours)`.
    Cron,
    /// A time with its unit: `24h`.
    Span,
    /// A number of so many seconds.
    Number(i64),
    /// A word, from the most frequent to the rarest.
    Words(&'static [&'static str]),
}

const fn often(kind: &'static str, path: &'static str, every: Every) -> Frequency {
    Frequency {
        kind,
        path,
        each: None,
        every,
    }
}

const fn often_in(
    kind: &'static str,
    block: &'static str,
    key: &'static str,
    path: &'static str,
    every: Every,
) -> Frequency {
    Frequency {
        kind,
        path,
        each: Some((block, key)),
        every,
    }
}

const PERIODS: Every =
    Every::Words(&["ONE_HOUR", "SIX_HOURS", "TWELVE_HOURS", "TWENTY_FOUR_HOURS"]);
const DAYS_OR_WEEKS: Every = Every::Words(&["Hourly", "Daily", "Weekly"]);

/// Every frequency that is compared.
pub const FREQUENCIES: &[Frequency] = &[
    often_in(
        "aws_backup_plan",
        "rule",
        "rule_name",
        "schedule",
        Every::Cron,
    ),
    often_in(
        "aws_dlm_lifecycle_policy",
        "policy_details[0].schedule",
        "name",
        "create_rule[0].interval",
        Every::Number(3_600),
    ),
    often_in(
        "aws_dlm_lifecycle_policy",
        "policy_details[0].schedule",
        "name",
        "create_rule[0].cron_expression",
        Every::Cron,
    ),
    often(
        "aws_dlm_lifecycle_policy",
        "policy_details[0].create_interval",
        Every::Number(86_400),
    ),
    often(
        "google_spanner_backup_schedule",
        "spec[0].cron_spec[0].text",
        Every::Cron,
    ),
    often(
        "google_dataproc_metastore_service",
        "scheduled_backup[0].cron_schedule",
        Every::Cron,
    ),
    often(
        "google_gke_backup_backup_plan",
        "backup_schedule[0].cron_schedule",
        Every::Cron,
    ),
    often(
        "google_bigtable_table",
        "automated_backup_policy[0].frequency",
        Every::Span,
    ),
    often(
        "google_redis_instance",
        "persistence_config[0].rdb_snapshot_period",
        PERIODS,
    ),
    often(
        "google_redis_cluster",
        "persistence_config[0].rdb_config[0].rdb_snapshot_period",
        PERIODS,
    ),
    often(
        "google_memorystore_instance",
        "persistence_config[0].rdb_config[0].rdb_snapshot_period",
        PERIODS,
    ),
    often_in(
        "google_backup_dr_backup_plan",
        "backup_rules",
        "rule_id",
        "standard_schedule[0].recurrence_type",
        Every::Words(&["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    ),
    often(
        "azurerm_redis_cache",
        "redis_configuration[0].rdb_backup_frequency",
        Every::Number(60),
    ),
    often(
        "azurerm_managed_redis",
        "default_database[0].persistence_redis_database_backup_frequency",
        Every::Span,
    ),
    often(
        "azurerm_backup_policy_vm",
        "backup[0].frequency",
        DAYS_OR_WEEKS,
    ),
    often(
        "azurerm_backup_policy_file_share",
        "backup[0].frequency",
        DAYS_OR_WEEKS,
    ),
    often(
        "azurerm_cosmosdb_account",
        "backup[0].interval_in_minutes",
        Every::Number(60),
    ),
    often(
        "azurerm_mssql_database",
        "short_term_retention_policy[0].backup_interval_in_hours",
        Every::Number(3_600),
    ),
    often(
        "mongodbatlas_cloud_backup_schedule",
        "policy_item_hourly[0].frequency_interval",
        Every::Number(3_600),
    ),
];

/// Volumes that are made with a machine, and go with it.
#[derive(Clone, Copy, Debug)]
pub struct Volumes {
    /// The type of the machine.
    pub kind: &'static str,
    /// The blocks of its volumes.
    pub block: &'static str,
    /// The attribute that says that they go with it, and where it is; none where they always do.
    pub goes: Option<(Place, &'static str)>,
    /// What leaving that out means.
    pub unset: bool,
    /// The attribute that says which volume it is.
    pub name: &'static str,
    /// Whether there is data on it for longer than the machine runs.
    pub lasting: bool,
}

/// Where an attribute is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In each block.
    Block,
    /// In the machine.
    Machine,
}

/// Every kind of volume of a machine that is looked at.
pub const VOLUMES: &[Volumes] = &[
    Volumes {
        kind: "aws_instance",
        block: "ebs_block_device",
        goes: Some((Place::Block, "delete_on_termination")),
        unset: true,
        name: "device_name",
        lasting: true,
    },
    Volumes {
        kind: "aws_spot_instance_request",
        block: "ebs_block_device",
        goes: Some((Place::Block, "delete_on_termination")),
        unset: true,
        name: "device_name",
        lasting: true,
    },
    Volumes {
        kind: "azurerm_virtual_machine",
        block: "storage_data_disk",
        goes: Some((Place::Machine, "delete_data_disks_on_termination")),
        unset: false,
        name: "name",
        lasting: true,
    },
    Volumes {
        kind: "openstack_compute_instance_v2",
        block: "block_device",
        goes: Some((Place::Block, "delete_on_termination")),
        unset: false,
        name: "uuid",
        lasting: true,
    },
    Volumes {
        kind: "aws_instance",
        block: "ephemeral_block_device",
        goes: None,
        unset: true,
        name: "device_name",
        lasting: false,
    },
    Volumes {
        kind: "google_compute_instance",
        block: "scratch_disk",
        goes: None,
        unset: true,
        name: "device_name",
        lasting: false,
    },
];

/// Keys that can be turned off, with all that is encrypted with them, and versions of secrets: type,
/// attribute, and the value while it is on.
pub const KEYS: &[(&str, &str, &str)] = &[
    ("aws_kms_key", "is_enabled", "true"),
    ("aws_kms_external_key", "enabled", "true"),
    ("aws_kms_replica_key", "enabled", "true"),
    ("aws_kms_replica_external_key", "enabled", "true"),
    ("google_kms_crypto_key_version", "state", "ENABLED"),
    ("google_secret_manager_secret_version", "enabled", "true"),
    (
        "google_secret_manager_regional_secret_version",
        "enabled",
        "true",
    ),
];

/// Attributes that say how many copies there are, and where: type, attribute, whether it is of
/// backups only.
pub const REDUNDANCIES: &[(&str, &str, bool)] = &[
    ("azurerm_storage_account", "account_replication_type", false),
    ("azurerm_recovery_services_vault", "storage_mode_type", true),
    ("azurerm_data_protection_backup_vault", "redundancy", true),
    ("azurerm_mssql_database", "storage_account_type", true),
    (
        "azurerm_mssql_managed_instance",
        "storage_account_type",
        true,
    ),
    (
        "azurerm_cosmosdb_account",
        "backup[0].storage_redundancy",
        true,
    ),
];

/// What keeps earlier states of data while it is on.
#[derive(Clone, Copy, Debug)]
pub struct History {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute.
    pub path: &'static str,
    /// The value while it is on, or several with `|` between them; [`ANY`] for whichever.
    pub on: &'static str,
    /// What it keeps, as a sentence calls it.
    pub what: &'static str,
    /// Whether the resource is there for nothing else, so that deleting it ends the history.
    pub alone: bool,
}

const fn history(
    kind: &'static str,
    path: &'static str,
    on: &'static str,
    what: &'static str,
) -> History {
    History {
        kind,
        path,
        on,
        what,
        alone: false,
    }
}

/// Whichever value there is.
pub const ANY: &str = "*";

impl History {
    /// Whether it is on with this value.
    #[must_use]
    pub fn is_on(&self, value: &str) -> bool {
        match self.on {
            ANY => !value.is_empty(),
            on => on.split('|').any(|on| on == value),
        }
    }
}

/// One that a resource is there for.
const fn alone(history: History) -> History {
    History {
        alone: true,
        ..history
    }
}

const CONTINUOUS: &str = "continuous backups";
const VERSIONS: &str = "earlier versions of objects";

/// Every history that is compared.
pub const HISTORIES: &[History] = &[
    alone(history(
        "aws_s3_bucket_versioning",
        "versioning_configuration[0].status",
        "Enabled",
        VERSIONS,
    )),
    history("aws_s3_bucket", "versioning[0].enabled", "true", VERSIONS),
    history(
        "aws_dynamodb_table",
        "point_in_time_recovery[0].enabled",
        "true",
        CONTINUOUS,
    ),
    history(
        "aws_dynamodb_table_replica",
        "point_in_time_recovery",
        "true",
        CONTINUOUS,
    ),
    history(
        "aws_keyspaces_table",
        "point_in_time_recovery[0].status",
        "ENABLED",
        CONTINUOUS,
    ),
    history(
        "aws_lightsail_database",
        "backup_retention_enabled",
        "true",
        BACKUPS,
    ),
    alone(history(
        "aws_efs_backup_policy",
        "backup_policy[0].status",
        "ENABLED",
        BACKUPS,
    )),
    alone(history(
        "aws_dlm_lifecycle_policy",
        "state",
        "ENABLED",
        SNAPSHOTS,
    )),
    history(
        "aws_s3_bucket_object_lock_configuration",
        "object_lock_enabled",
        "Enabled",
        "locks on objects",
    ),
    history(
        "google_storage_bucket",
        "versioning[0].enabled",
        "true",
        VERSIONS,
    ),
    history(
        "google_sql_database_instance",
        "settings[0].backup_configuration[0].enabled",
        "true",
        BACKUPS,
    ),
    history(
        "google_sql_database_instance",
        "settings[0].backup_configuration[0].point_in_time_recovery_enabled",
        "true",
        "transaction logs",
    ),
    history(
        "google_sql_database_instance",
        "settings[0].backup_configuration[0].binary_log_enabled",
        "true",
        "transaction logs",
    ),
    history(
        "google_firestore_database",
        "point_in_time_recovery_enablement",
        "POINT_IN_TIME_RECOVERY_ENABLED",
        "earlier states",
    ),
    history(
        "google_alloydb_cluster",
        "continuous_backup_config[0].enabled",
        "true",
        CONTINUOUS,
    ),
    history(
        "google_alloydb_cluster",
        "automated_backup_policy[0].enabled",
        "true",
        BACKUPS,
    ),
    history(
        "azurerm_storage_account",
        "blob_properties[0].versioning_enabled",
        "true",
        VERSIONS,
    ),
    // https://learn.microsoft.com/azure/backup/backup-azure-manage-vms#stop-protecting-a-vm
    history(
        "azurerm_backup_protected_vm",
        "protection_state",
        "Protected|IRPending|ProtectionError|Invalid",
        "recovery points of the machine",
    ),
    history(
        "azurerm_eventhub",
        "capture_description[0].enabled",
        "true",
        "messages in a storage account",
    ),
    alone(history(
        "aws_rbin_rule",
        "resource_type",
        ANY,
        "deleted snapshots and images",
    )),
    history(
        "google_redis_instance",
        "persistence_config[0].persistence_mode",
        "RDB",
        "what is in memory on a disk",
    ),
    history(
        "google_redis_cluster",
        "persistence_config[0].mode",
        "RDB|AOF",
        "what is in memory on a disk",
    ),
    history(
        "google_memorystore_instance",
        "persistence_config[0].mode",
        "RDB|AOF",
        "what is in memory on a disk",
    ),
    history(
        "google_dataproc_metastore_service",
        "scheduled_backup[0].enabled",
        "true",
        BACKUPS,
    ),
    history(
        "google_oracle_database_db_system",
        "properties[0].db_home[0].database[0].properties[0].db_backup_config[0].auto_backup_enabled",
        "true",
        BACKUPS,
    ),
    history("google_netapp_backup_policy", "enabled", "true", BACKUPS),
    history(
        "google_netapp_volume",
        "backup_config[0].scheduled_backup_enabled",
        "true",
        BACKUPS,
    ),
    history(
        "google_netapp_volume",
        "snapshot_policy[0].enabled",
        "true",
        SNAPSHOTS,
    ),
    history(
        "google_netapp_backup_vault",
        "backup_retention_policy[0].daily_backup_immutable",
        "true",
        "locks on daily backups",
    ),
    history(
        "google_netapp_backup_vault",
        "backup_retention_policy[0].weekly_backup_immutable",
        "true",
        "locks on weekly backups",
    ),
    history(
        "google_netapp_backup_vault",
        "backup_retention_policy[0].monthly_backup_immutable",
        "true",
        "locks on monthly backups",
    ),
    history(
        "google_netapp_backup_vault",
        "backup_retention_policy[0].manual_backup_immutable",
        "true",
        "locks on manual backups",
    ),
    history(
        "google_spanner_instance",
        "default_backup_schedule_type",
        "AUTOMATIC",
        "backups of new databases",
    ),
    history(
        "azurerm_redis_cache",
        "redis_configuration[0].rdb_backup_enabled",
        "true",
        "what is in memory on a disk",
    ),
    history(
        "azurerm_redis_cache",
        "redis_configuration[0].aof_backup_enabled",
        "true",
        "what is in memory on a disk",
    ),
    history(
        "azurerm_managed_redis",
        "default_database[0].persistence_redis_database_backup_frequency",
        ANY,
        "what is in memory on a disk",
    ),
    history(
        "azurerm_managed_redis",
        "default_database[0].persistence_append_only_file_backup_frequency",
        ANY,
        "what is in memory on a disk",
    ),
    history(
        "azurerm_netapp_snapshot_policy",
        "enabled",
        "true",
        SNAPSHOTS,
    ),
    history("azurerm_netapp_backup_policy", "enabled", "true", BACKUPS),
    history(
        "azurerm_netapp_volume",
        "data_protection_backup_policy[0].policy_enabled",
        "true",
        BACKUPS,
    ),
    history(
        "azurerm_netapp_volume",
        "data_protection_snapshot_policy[0].snapshot_policy_id",
        ANY,
        SNAPSHOTS,
    ),
    history(
        "azurerm_mssql_database",
        "geo_backup_enabled",
        "true",
        "backups in another region",
    ),
    history(
        "azurerm_synapse_sql_pool",
        "geo_backup_policy_enabled",
        "true",
        "backups in another region",
    ),
    history(
        "azurerm_oracle_autonomous_database",
        "long_term_backup_schedule[0].enabled",
        "true",
        "long-term backups",
    ),
    history(
        "azurerm_storage_account",
        "blob_properties[0].change_feed_enabled",
        "true",
        "the record of changes",
    ),
    history(
        "mongodbatlas_advanced_cluster",
        "backup_enabled",
        "true",
        BACKUPS,
    ),
    history(
        "mongodbatlas_advanced_cluster",
        "pit_enabled",
        "true",
        CONTINUOUS,
    ),
    history("mongodbatlas_cluster", "cloud_backup", "true", BACKUPS),
    history("mongodbatlas_cluster", "backup_enabled", "true", BACKUPS),
    history("mongodbatlas_cluster", "pit_enabled", "true", CONTINUOUS),
    history(
        "mongodbatlas_serverless_instance",
        "continuous_backup_enabled",
        "true",
        CONTINUOUS,
    ),
    history(
        "digitalocean_spaces_bucket",
        "versioning[0].enabled",
        "true",
        VERSIONS,
    ),
    history("digitalocean_droplet", "backups", "true", BACKUPS),
    history("hcloud_server", "backups", "true", BACKUPS),
    history("linode_instance", "backups_enabled", "true", BACKUPS),
    history(
        "linode_object_storage_bucket",
        "versioning",
        "true",
        VERSIONS,
    ),
    history(
        "scaleway_object_bucket",
        "versioning[0].enabled",
        "true",
        VERSIONS,
    ),
    history("scaleway_rdb_instance", "disable_backup", "false", BACKUPS),
];

/// Copies of data that are blocks of a resource: each is deleted with its block.
#[derive(Clone, Copy, Debug)]
pub struct Copies {
    /// The resource type.
    pub kind: &'static str,
    /// The block.
    pub block: &'static str,
    /// The attribute that tells one from the others.
    pub key: &'static str,
}

/// Every kind of copy that is compared.
pub const COPIES: &[Copies] = &[
    Copies {
        kind: "aws_dynamodb_table",
        block: "replica",
        key: "region_name",
    },
    Copies {
        kind: "aws_dynamodb_global_table",
        block: "replica",
        key: "region_name",
    },
    Copies {
        kind: "aws_secretsmanager_secret",
        block: "replica",
        key: "region",
    },
    Copies {
        kind: "google_bigtable_instance",
        block: "cluster",
        key: "cluster_id",
    },
    Copies {
        kind: "azurerm_cosmosdb_account",
        block: "geo_location",
        key: "location",
    },
    Copies {
        kind: "azurerm_container_registry",
        block: "georeplications",
        key: "location",
    },
    Copies {
        kind: "azurerm_app_configuration",
        block: "replica",
        key: "location",
    },
    Copies {
        kind: "aws_ssmincidents_replication_set",
        block: "region",
        key: "name",
    },
    Copies {
        kind: "mongodbatlas_advanced_cluster",
        block: "replication_specs",
        key: "region_configs.region_name",
    },
    Copies {
        kind: "mongodbatlas_cluster",
        block: "replication_specs",
        key: "regions_config.region_name",
    },
];

/// What has data copied to other places, block by block. The copies stay, and grow old.
#[derive(Clone, Copy, Debug)]
pub struct Copying {
    /// The resource type.
    pub kind: &'static str,
    /// The blocks.
    pub block: &'static str,
    /// The attribute that says where to, below the block.
    pub place: &'static str,
    /// The attribute with which it is on, and the value; none where it always is.
    pub on: Option<(&'static str, &'static str)>,
    /// What is copied, as a sentence calls it.
    pub what: &'static str,
}

/// Every copying that is compared.
pub const COPYING: &[Copying] = &[
    Copying {
        kind: "aws_s3_bucket_replication_configuration",
        block: "rule",
        place: "destination.bucket",
        on: Some(("status", "Enabled")),
        what: "objects",
    },
    Copying {
        kind: "aws_s3_bucket",
        block: "replication_configuration[0].rules",
        place: "destination.bucket",
        on: Some(("status", "Enabled")),
        what: "objects",
    },
    Copying {
        kind: "aws_ecr_replication_configuration",
        block: "replication_configuration[0].rule",
        place: "destination.region",
        on: None,
        what: "images",
    },
    Copying {
        kind: "aws_backup_plan",
        block: "rule",
        place: "copy_action.destination_vault_arn",
        on: None,
        what: POINTS,
    },
    Copying {
        kind: "aws_dlm_lifecycle_policy",
        block: "policy_details[0].schedule",
        place: "cross_region_copy_rule.target",
        on: None,
        what: SNAPSHOTS,
    },
    Copying {
        kind: "aws_dlm_lifecycle_policy",
        block: "policy_details[0].schedule",
        place: "cross_region_copy_rule.target_region",
        on: None,
        what: SNAPSHOTS,
    },
    Copying {
        kind: "aws_dlm_lifecycle_policy",
        block: "policy_details[0].action",
        place: "cross_region_copy.target",
        on: None,
        what: SNAPSHOTS,
    },
    Copying {
        kind: "azurerm_storage_object_replication",
        block: "rules",
        place: "destination_container_name",
        on: None,
        what: "objects",
    },
    Copying {
        kind: "mongodbatlas_cloud_backup_schedule",
        block: "copy_settings",
        place: "region_name",
        on: None,
        what: "backups",
    },
];

/// Types that are there to have something copied to another place: the type, an attribute that
/// each of them has, and what is copied, as a sentence calls it.
pub const COPIERS: &[(&str, &str, &str)] = &[
    (
        "aws_s3_bucket_replication_configuration",
        "bucket",
        "objects",
    ),
    (
        "aws_efs_replication_configuration",
        "source_file_system_id",
        "files",
    ),
    (
        "aws_redshift_snapshot_copy",
        "cluster_identifier",
        "snapshots",
    ),
    ("aws_ecr_replication_configuration", "registry_id", "images"),
    ("aws_s3tables_table_replication", "table_arn", "tables"),
    (
        "aws_s3tables_table_bucket_replication",
        "table_bucket_arn",
        "tables",
    ),
    (
        "azurerm_storage_object_replication",
        "source_storage_account_id",
        "objects",
    ),
    ("azurerm_mssql_failover_group", "name", "databases"),
    (
        "azurerm_mssql_managed_instance_failover_group",
        "name",
        "databases",
    ),
    (
        "azurerm_redis_linked_server",
        "name",
        "what is in the cache",
    ),
    (
        "azurerm_managed_redis_geo_replication",
        "managed_redis_id",
        "what is in the cache",
    ),
    (
        "azurerm_eventhub_namespace_disaster_recovery_config",
        "name",
        "the namespace",
    ),
    (
        "azurerm_servicebus_namespace_disaster_recovery_config",
        "name",
        "the namespace",
    ),
    (
        "azurerm_site_recovery_protection_container_mapping",
        "name",
        "the machines in the container",
    ),
    ("google_netapp_volume_replication", "name", "the volume"),
    (
        "google_compute_disk_async_replication",
        "primary_disk",
        "the disk",
    ),
];

/// Sizes that a plan can make smaller in place: type and attribute.
pub const SIZES: &[(&str, &str)] = &[
    ("aws_db_instance", "allocated_storage"),
    ("aws_ebs_volume", "size"),
    ("aws_fsx_lustre_file_system", "storage_capacity"),
    ("aws_fsx_ontap_file_system", "storage_capacity"),
    ("aws_fsx_ontap_volume", "size_in_megabytes"),
    ("aws_fsx_openzfs_file_system", "storage_capacity"),
    ("aws_fsx_windows_file_system", "storage_capacity"),
    ("aws_instance", "root_block_device[0].volume_size"),
    ("azurerm_managed_disk", "disk_size_gb"),
    ("azurerm_netapp_pool", "size_in_tb"),
    ("azurerm_netapp_volume", "storage_quota_in_gb"),
    ("azurerm_storage_share", "quota"),
    ("digitalocean_volume", "size"),
    ("google_compute_disk", "size"),
    ("google_compute_region_disk", "size"),
    ("google_filestore_instance", "file_shares[0].capacity_gb"),
    ("google_netapp_volume", "capacity_gib"),
    ("google_sql_database_instance", "settings[0].disk_size"),
    ("hcloud_volume", "size"),
];

/// Where a resource says when objects expire: type and blocks.
pub const EXPIRIES: &[(&str, &str)] = &[
    ("aws_s3_bucket_lifecycle_configuration", "rule"),
    ("aws_s3_bucket", "lifecycle_rule"),
    ("google_storage_bucket", "lifecycle_rule"),
    ("azurerm_storage_management_policy", "rule"),
    ("aws_s3control_bucket_lifecycle_configuration", "rule"),
    ("digitalocean_spaces_bucket", "lifecycle_rule"),
    ("linode_object_storage_bucket", "lifecycle_rule"),
    ("google_artifact_registry_repository", "cleanup_policies"),
    ("aws_ecr_lifecycle_policy", "policy"),
    ("aws_opensearchserverless_lifecycle_policy", "policy"),
];

/// What garbage collection of a column family reads.
pub const COLLECTED: (&str, [&str; 4]) = (
    "google_bigtable_gc_policy",
    ["gc_rules", "max_age", "max_version", "mode"],
);

/// Where something says after how long it goes, or what is in it.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute.
    pub path: &'static str,
    /// How it is written.
    pub how: How,
    /// What goes, as a sentence calls it.
    pub what: &'static str,
}

/// How a time to live is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// As a number: none but a positive one makes anything go.
    Number,
    /// As this value.
    Word(&'static str),
    /// As a moment: `2030-01-31T00:00:00Z`.
    Date,
    /// As a time with its unit: `86400s`.
    Span,
    /// As a time with its unit; empty for never, and so many seconds where it is left out.
    SpanOr(i64),
    /// By a block that is there.
    Present,
}

const fn life(kind: &'static str, path: &'static str) -> Life {
    lives(kind, path, How::Number, "records")
}

const fn lives(kind: &'static str, path: &'static str, how: How, what: &'static str) -> Life {
    Life {
        kind,
        path,
        how,
        what,
    }
}

const LATER_TABLES: &str = "tables that are made from then on";
const SECRET: &str = "secrets with all their versions";

/// Every time to live that is compared. Records that are there already expire by it as well.
pub const LIVES: &[Life] = &[
    lives(
        "aws_dynamodb_table",
        "ttl[0].enabled",
        How::Word("true"),
        "records",
    ),
    life("aws_keyspaces_table", "default_time_to_live"),
    life("azurerm_cosmosdb_sql_container", "default_ttl"),
    life("azurerm_cosmosdb_gremlin_graph", "default_ttl"),
    life("azurerm_cosmosdb_cassandra_table", "default_ttl"),
    life("azurerm_cosmosdb_mongo_collection", "default_ttl_seconds"),
    life("azurerm_cosmosdb_sql_container", "analytical_storage_ttl"),
    life("azurerm_cosmosdb_gremlin_graph", "analytical_storage_ttl"),
    life("azurerm_cosmosdb_cassandra_table", "analytical_storage_ttl"),
    life(
        "azurerm_cosmosdb_mongo_collection",
        "analytical_storage_ttl",
    ),
    life("google_bigquery_table", "expiration_time"),
    lives(
        "google_bigquery_table",
        "time_partitioning[0].expiration_ms",
        How::Number,
        "partitions",
    ),
    lives(
        "google_bigquery_dataset",
        "default_table_expiration_ms",
        How::Number,
        LATER_TABLES,
    ),
    lives(
        "google_bigquery_dataset",
        "default_partition_expiration_ms",
        How::Number,
        "partitions of tables that are made from then on",
    ),
    lives(
        "google_secret_manager_secret",
        "expire_time",
        How::Date,
        SECRET,
    ),
    lives("google_secret_manager_secret", "ttl", How::Span, SECRET),
    lives(
        "google_secret_manager_regional_secret",
        "expire_time",
        How::Date,
        SECRET,
    ),
    lives(
        "google_secret_manager_regional_secret",
        "ttl",
        How::Span,
        SECRET,
    ),
    lives(
        "google_firestore_field",
        "ttl_config",
        How::Present,
        "records",
    ),
    // Left out, 31 days: https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
    lives(
        "google_pubsub_subscription",
        "expiration_policy[0].ttl",
        How::SpanOr(31 * 86_400),
        "subscriptions that nobody reads from, with their messages,",
    ),
];

/// Tables whose records expire by the time in an attribute: type, whether they do, and by which.
pub const BY_ATTRIBUTE: &[(&str, &str, &str)] = &[(
    "aws_dynamodb_table",
    "ttl[0].enabled",
    "ttl[0].attribute_name",
)];

/// Clusters whose data only an instance serves: the instance's type, the cluster's, and what
/// names the cluster in both.
pub const SERVED: &[(&str, &str, &str)] = &[
    (
        "aws_rds_cluster_instance",
        "aws_rds_cluster",
        "cluster_identifier",
    ),
    (
        "aws_docdb_cluster_instance",
        "aws_docdb_cluster",
        "cluster_identifier",
    ),
    (
        "aws_neptune_cluster_instance",
        "aws_neptune_cluster",
        "cluster_identifier",
    ),
];

/// Every attribute that the rules of this module read: type and path.
pub fn attributes() -> impl Iterator<Item = (&'static str, String)> {
    let retentions = RETENTIONS.iter().flat_map(|row| {
        let unit = row.unit_path().map(|path| (row.kind, path));
        [(row.kind, row.path.to_owned())].into_iter().chain(unit)
    });
    let object_locks = OBJECT_LOCKS
        .iter()
        .flat_map(|(kind, block)| ["days", "years"].map(|unit| (*kind, format!("{block}.{unit}"))));
    let served = SERVED
        .iter()
        .flat_map(|(instance, cluster, path)| [(*instance, *path), (*cluster, *path)]);
    let frequencies = FREQUENCIES
        .iter()
        .map(|row| (row.kind, row.each.map_or(row.path, |(block, _)| block)));
    let volumes = VOLUMES.iter().flat_map(|row| {
        let machine = row
            .goes
            .filter(|(place, _)| *place == Place::Machine)
            .map(|(_, path)| (row.kind, path));
        [(row.kind, row.block)].into_iter().chain(machine)
    });
    let plain = HISTORIES
        .iter()
        .map(|row| (row.kind, row.path))
        .chain(COPIES.iter().map(|row| (row.kind, row.block)))
        .chain(COPYING.iter().map(|row| (row.kind, row.block)))
        .chain(COPIERS.iter().map(|(kind, path, _)| (*kind, *path)))
        .chain(SIZES.iter().copied())
        .chain(EXPIRIES.iter().copied())
        .chain(COLLECTED.1.map(|path| (COLLECTED.0, path)))
        .chain(served)
        .chain(EACH.iter().map(|row| (row.retention.kind, row.block)))
        .chain(SCHEDULES.iter().map(|(kind, path, _)| (*kind, *path)))
        .chain(SELECTIONS.iter().map(|row| (row.kind, row.path)))
        .chain(OPTED_IN.iter().map(|(kind, path, _)| (*kind, *path)))
        .chain(frequencies)
        .chain(volumes)
        .chain(KEYS.iter().map(|(kind, path, _)| (*kind, *path)))
        .chain(REDUNDANCIES.iter().map(|(kind, path, _)| (*kind, *path)))
        .chain(LIVES.iter().map(|row| (row.kind, row.path)))
        .chain(BY_ATTRIBUTE.iter().map(|(kind, _, path)| (*kind, *path)))
        .chain([
            ("aws_s3_bucket", "bucket"),
            ("aws_s3_bucket_lifecycle_configuration", "bucket"),
            ("aws_ecr_repository", "name"),
            ("aws_ecr_lifecycle_policy", "repository"),
            ("azurerm_storage_management_policy", "storage_account_id"),
            (
                "google_artifact_registry_repository",
                "cleanup_policy_dry_run",
            ),
            ("aws_backup_vault_policy", "policy"),
            ("google_bigquery_table", "schema"),
            ("google_bigquery_row_access_policy", "policy_id"),
            ("aws_cloudformation_stack", "template_body"),
            (
                "azurerm_resource_group_template_deployment",
                "deployment_mode",
            ),
            ("google_project_service", "service"),
            ("google_project_service", "disable_on_destroy"),
            ("google_project_service", "disable_dependent_services"),
        ]);
    retentions
        .chain(object_locks)
        .chain(plain.map(|(kind, path)| (kind, path.to_owned())))
}
