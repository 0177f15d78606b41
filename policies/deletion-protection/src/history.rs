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
}

/// What a retention of 0 means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zero {
    /// Nothing is kept.
    Nothing,
    /// Everything is kept for ever.
    Forever,
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
    keeps(
        "aws_backup_vault_lock_configuration",
        "min_retention_days",
        "recovery points",
        "days",
    ),
    block(keeps(
        "aws_s3_bucket_object_lock_configuration",
        "rule[0].default_retention[0].days",
        "locked objects",
        "days",
    )),
    block(keeps(
        "aws_s3_bucket_object_lock_configuration",
        "rule[0].default_retention[0].years",
        "locked objects",
        "years",
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
        retention: forever(keeps(
            "aws_backup_plan",
            "lifecycle[0].delete_after",
            POINTS,
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
];

/// Keys that can be turned off, with all that is encrypted with them: type, attribute, and the
/// value while the key is on.
pub const KEYS: &[(&str, &str, &str)] = &[
    ("aws_kms_key", "is_enabled", "true"),
    ("aws_kms_external_key", "enabled", "true"),
    ("aws_kms_replica_key", "enabled", "true"),
    ("aws_kms_replica_external_key", "enabled", "true"),
    ("google_kms_crypto_key_version", "state", "ENABLED"),
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
    /// The value while it is on.
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
];

/// Where a table says after how long records go.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute.
    pub path: &'static str,
    /// The value with which they do; none where it is a number, and none but a positive one does.
    pub on: Option<&'static str>,
}

const fn life(kind: &'static str, path: &'static str) -> Life {
    Life {
        kind,
        path,
        on: None,
    }
}

/// Every time to live that is compared. Records that are there already expire by it as well.
pub const LIVES: &[Life] = &[
    Life {
        kind: "aws_dynamodb_table",
        path: "ttl[0].enabled",
        on: Some("true"),
    },
    life("aws_keyspaces_table", "default_time_to_live"),
    life("azurerm_cosmosdb_sql_container", "default_ttl"),
    life("azurerm_cosmosdb_gremlin_graph", "default_ttl"),
    life("azurerm_cosmosdb_cassandra_table", "default_ttl"),
    life("azurerm_cosmosdb_mongo_collection", "default_ttl_seconds"),
    life("google_bigquery_table", "expiration_time"),
];

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
pub fn attributes() -> impl Iterator<Item = (&'static str, &'static str)> {
    let retentions = RETENTIONS.iter().map(|row| (row.kind, row.path));
    let histories = HISTORIES.iter().map(|row| (row.kind, row.path));
    let copies = COPIES.iter().map(|row| (row.kind, row.block));
    let served = SERVED
        .iter()
        .flat_map(|(instance, cluster, path)| [(*instance, *path), (*cluster, *path)]);
    retentions
        .chain(histories)
        .chain(copies)
        .chain(SIZES.iter().copied())
        .chain(EXPIRIES.iter().copied())
        .chain(served)
        .chain(EACH.iter().map(|row| (row.retention.kind, row.block)))
        .chain(SCHEDULES.iter().map(|(kind, path, _)| (*kind, *path)))
        .chain(KEYS.iter().map(|(kind, path, _)| (*kind, *path)))
        .chain(REDUNDANCIES.iter().map(|(kind, path, _)| (*kind, *path)))
        .chain(LIVES.iter().map(|row| (row.kind, row.path)))
        .chain([
            ("aws_s3_bucket", "bucket"),
            ("aws_s3_bucket_lifecycle_configuration", "bucket"),
            ("azurerm_storage_management_policy", "storage_account_id"),
        ])
}
