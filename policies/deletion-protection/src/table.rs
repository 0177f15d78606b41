//! Which resource types can be protected against deletion, and which lose
//! something that cannot be made again.
//!
//! Sources: each switch is an argument of the provider's documentation page of its
//! type, which [`Row::source`] names, and the defaults are the ones stated there
//! (hashicorp/aws 6, hashicorp/google 7, hashicorp/azurerm 4). Where a fact comes from
//! somewhere else, a comment at the row says where. A default that no page states is
//! [`Unset::Unstated`]: a plan that relies on it is undetermined.
//!
//! *Stateful* is a type whose destruction loses what its configuration does not
//! contain: records, files, messages, keys, logs, images, identities, or contents
//! that others put there. That takes in queues, streams and clusters, whose contents
//! come from elsewhere. It leaves out what is made anew just as it was (functions,
//! networks, alarms), instances (where they count, termination protection says so),
//! objects and parameters that a configuration itself writes, and mere metadata.
//!
//! Left out on purpose: `delete_automated_backups` and the like, whose default is
//! unsafe everywhere and which other backups make up for; final snapshots of
//! ElastiCache, which is a cache to most; `force_destroy` of what holds nothing
//! (EventBridge rules, for one); `prevent_destroy`, which no plan shows.

use crate::switch::{Layer, Safe, Switch, Unless, Unset};

/// What the policy knows of one resource type.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The resource type.
    pub kind: &'static str,
    /// What becomes of it.
    pub class: Class,
    /// Its switches; the first that [refuses](Layer::Refuses) is the telling one.
    pub switches: &'static [Switch],
}

/// What is at stake when a resource is destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Data or identity that the configuration cannot make again.
    Stateful,
    /// The service that it gives, but nothing for good.
    Stateless,
    /// The protection of something else.
    Lock,
}

impl Row {
    /// The documentation page that the row comes from, at the argument if given.
    #[must_use]
    pub fn source(&self, switch: Option<&Switch>) -> String {
        let (provider, page) = match self.kind {
            "aws_alb" => ("aws", "lb"),
            kind => kind.split_once('_').unwrap_or((kind, "")),
        };
        let mut url = format!(
            "https://registry.terraform.io/providers/hashicorp/{provider}/latest/docs/resources/{page}"
        );
        if let Some(argument) = switch.and_then(|switch| switch.path.split(['.', '[']).next()) {
            url.push('#');
            url.push_str(argument);
        }
        url
    }
}

const fn switch(layer: Layer, path: &'static str, safe: Safe, unset: Unset) -> Switch {
    Switch {
        path,
        layer,
        safe,
        unset,
        unless: None,
    }
}

/// A boolean that refuses the deletion while it is true.
const fn refuses(path: &'static str, unset: Unset) -> Switch {
    switch(Layer::Refuses, path, Safe::True, unset)
}

/// A string that refuses the deletion while it is `value`.
const fn refuses_as(path: &'static str, value: &'static [&'static str], unset: Unset) -> Switch {
    switch(Layer::Refuses, path, Safe::OneOf(value), unset)
}

/// A boolean that makes the deletion take the contents along; false by default.
const fn force(path: &'static str) -> Switch {
    switch(Layer::Empties, path, Safe::False, Unset::Safe)
}

/// A boolean that makes the deletion step over protection; false by default.
const fn override_of_protection(path: &'static str) -> Switch {
    switch(Layer::Obeys, path, Safe::False, Unset::Safe)
}

/// A boolean that leaves out the last snapshot or backup; false by default.
const fn skip(path: &'static str) -> Switch {
    switch(Layer::Snapshot, path, Safe::False, Unset::Safe)
}

/// A number of days until a deletion is final: the default, and the most.
const fn window(path: &'static str, unset: i64, most: i64) -> Switch {
    switch(Layer::Window, path, Safe::Days(most), Unset::Days(unset))
}

const fn unless(
    switch: Switch,
    path: &'static str,
    values: &'static [&'static str],
    unset: bool,
) -> Switch {
    Switch {
        unless: Some(Unless {
            path,
            values,
            unset,
        }),
        ..switch
    }
}

const fn stateful(kind: &'static str, switches: &'static [Switch]) -> Row {
    Row {
        kind,
        class: Class::Stateful,
        switches,
    }
}

const fn stateless(kind: &'static str, switches: &'static [Switch]) -> Row {
    Row {
        kind,
        class: Class::Stateless,
        switches,
    }
}

const fn lock(kind: &'static str) -> Row {
    Row {
        kind,
        class: Class::Lock,
        switches: &[],
    }
}

/// Every resource type that the policy knows, by provider, then by what it is.
pub static TABLE: &[Row] = &[
    // ---- AWS: databases
    stateful(
        "aws_dsql_cluster",
        &[
            refuses("deletion_protection_enabled", Unset::Unsafe),
            override_of_protection("force_destroy"),
        ],
    ),
    stateful(
        "aws_db_instance",
        &[
            refuses("deletion_protection", Unset::Unsafe),
            // RDS takes no final snapshot of a read replica:
            // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
            unless(
                skip("skip_final_snapshot"),
                "replicate_source_db",
                &[],
                false,
            ),
        ],
    ),
    stateful(
        "aws_rds_cluster",
        &[
            refuses("deletion_protection", Unset::Unsafe),
            skip("skip_final_snapshot"),
        ],
    ),
    stateful(
        "aws_rds_global_cluster",
        &[refuses("deletion_protection", Unset::Unsafe)],
    ),
    stateful(
        "aws_docdb_cluster",
        &[
            refuses("deletion_protection", Unset::Unsafe),
            skip("skip_final_snapshot"),
        ],
    ),
    stateful(
        "aws_docdb_global_cluster",
        &[refuses("deletion_protection", Unset::Unsafe)],
    ),
    stateful("aws_docdbelastic_cluster", &[]),
    stateful(
        "aws_neptune_cluster",
        &[
            refuses("deletion_protection", Unset::Unsafe),
            skip("skip_final_snapshot"),
        ],
    ),
    stateful(
        "aws_neptune_global_cluster",
        &[refuses("deletion_protection", Unset::Unsafe)],
    ),
    // The default of the service, which the provider leaves to it:
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-neptunegraph-graph.html
    stateful(
        "aws_neptunegraph_graph",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    stateful(
        "aws_dynamodb_table",
        &[refuses("deletion_protection_enabled", Unset::Unsafe)],
    ),
    stateful(
        "aws_dynamodb_table_replica",
        &[refuses("deletion_protection_enabled", Unset::Unstated)],
    ),
    stateful("aws_dynamodb_global_table", &[]),
    stateful("aws_keyspaces_table", &[]),
    stateful("aws_keyspaces_keyspace", &[]),
    stateful(
        "aws_qldb_ledger",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    stateful("aws_redshift_cluster", &[skip("skip_final_snapshot")]),
    stateful("aws_redshiftserverless_namespace", &[]),
    stateful("aws_timestreamwrite_database", &[]),
    stateful("aws_timestreamwrite_table", &[]),
    stateful("aws_timestreaminfluxdb_db_instance", &[]),
    stateful(
        "aws_memorydb_cluster",
        &[switch(
            Layer::Snapshot,
            "final_snapshot_name",
            Safe::Named,
            Unset::Unsafe,
        )],
    ),
    stateful("aws_memorydb_multi_region_cluster", &[]),
    stateful("aws_elasticache_cluster", &[]),
    stateful("aws_elasticache_replication_group", &[]),
    stateful("aws_elasticache_serverless_cache", &[]),
    stateful("aws_elasticache_global_replication_group", &[]),
    stateful("aws_opensearch_domain", &[]),
    stateful("aws_opensearchserverless_collection", &[]),
    stateful("aws_elasticsearch_domain", &[]),
    stateful("aws_cloudsearch_domain", &[]),
    stateful("aws_kendra_index", &[]),
    stateful("aws_simpledb_domain", &[]),
    stateful("aws_lightsail_database", &[skip("skip_final_snapshot")]),
    // ---- AWS: files, volumes, images
    stateful("aws_s3_bucket", &[force("force_destroy")]),
    stateful("aws_s3_directory_bucket", &[force("force_destroy")]),
    stateful("aws_s3control_bucket", &[]),
    stateful("aws_s3tables_table_bucket", &[force("force_destroy")]),
    stateful("aws_s3tables_table", &[]),
    stateful("aws_s3vectors_vector_bucket", &[force("force_destroy")]),
    stateful("aws_s3vectors_index", &[]),
    stateful("aws_glacier_vault", &[]),
    stateful("aws_mediastore_container", &[]),
    stateful("aws_efs_file_system", &[]),
    stateful(
        "aws_fsx_lustre_file_system",
        &[
            // Skipped by default, and always for scratch file systems, which are the default.
            unless(
                switch(
                    Layer::Snapshot,
                    "skip_final_backup",
                    Safe::False,
                    Unset::Unsafe,
                ),
                "deployment_type",
                &["SCRATCH_1", "SCRATCH_2"],
                true,
            ),
        ],
    ),
    stateful("aws_fsx_ontap_file_system", &[]),
    stateful("aws_fsx_ontap_volume", &[skip("skip_final_backup")]),
    stateful("aws_fsx_openzfs_file_system", &[skip("skip_final_backup")]),
    stateful("aws_fsx_openzfs_volume", &[]),
    stateful("aws_fsx_windows_file_system", &[skip("skip_final_backup")]),
    stateful(
        "aws_ebs_volume",
        &[switch(
            Layer::Snapshot,
            "final_snapshot",
            Safe::True,
            Unset::Unsafe,
        )],
    ),
    stateful("aws_ebs_snapshot", &[]),
    stateful("aws_ebs_snapshot_copy", &[]),
    stateful("aws_db_snapshot", &[]),
    stateful("aws_db_cluster_snapshot", &[]),
    stateful("aws_neptune_cluster_snapshot", &[]),
    stateful("aws_docdb_cluster_snapshot", &[]),
    stateful("aws_redshift_cluster_snapshot", &[]),
    stateful("aws_ami", &[]),
    stateful("aws_ami_copy", &[]),
    stateful("aws_ami_from_instance", &[]),
    stateful("aws_backup_vault", &[force("force_destroy")]),
    stateful("aws_backup_logically_air_gapped_vault", &[]),
    stateful("aws_ecr_repository", &[force("force_delete")]),
    stateful("aws_ecrpublic_repository", &[force("force_destroy")]),
    stateful("aws_codecommit_repository", &[]),
    stateful("aws_codeartifact_domain", &[]),
    stateful("aws_codeartifact_repository", &[]),
    stateful("aws_lightsail_bucket", &[force("force_delete")]),
    stateful("aws_lightsail_disk", &[]),
    stateful("aws_workspaces_workspace", &[]),
    stateful(
        "aws_sagemaker_domain",
        &[switch(
            Layer::Empties,
            "retention_policy[0].home_efs_file_system",
            Safe::OneOf(&["Retain"]),
            Unset::Safe,
        )],
    ),
    stateful("aws_sagemaker_notebook_instance", &[]),
    // ---- AWS: messages, streams, logs, metrics
    stateful("aws_sqs_queue", &[]),
    stateful("aws_kinesis_stream", &[]),
    stateful("aws_kinesis_video_stream", &[]),
    stateful("aws_msk_cluster", &[]),
    stateful("aws_msk_serverless_cluster", &[]),
    stateful("aws_mq_broker", &[]),
    // Since hashicorp/aws 6.25: https://github.com/hashicorp/terraform-provider-aws/pull/45298
    stateful(
        "aws_cloudwatch_log_group",
        &[refuses("deletion_protection_enabled", Unset::Unsafe)],
    ),
    // The default: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateEventDataStore.html
    stateful(
        "aws_cloudtrail_event_data_store",
        &[refuses("termination_protection_enabled", Unset::Safe)],
    ),
    stateful("aws_securitylake_data_lake", &[]),
    stateful("aws_prometheus_workspace", &[]),
    stateful("aws_grafana_workspace", &[]),
    // ---- AWS: keys, secrets, identities, names
    stateful("aws_kms_key", &[window("deletion_window_in_days", 30, 30)]),
    stateful(
        "aws_kms_external_key",
        &[window("deletion_window_in_days", 30, 30)],
    ),
    stateful(
        "aws_kms_replica_key",
        &[window("deletion_window_in_days", 30, 30)],
    ),
    stateful(
        "aws_kms_replica_external_key",
        &[window("deletion_window_in_days", 30, 30)],
    ),
    stateful("aws_kms_custom_key_store", &[]),
    stateful("aws_cloudhsm_v2_cluster", &[]),
    stateful(
        "aws_paymentcryptography_key",
        &[switch(
            Layer::Window,
            "deletion_window_in_days",
            Safe::Days(180),
            Unset::Unstated,
        )],
    ),
    stateful(
        "aws_secretsmanager_secret",
        &[window("recovery_window_in_days", 30, 30)],
    ),
    stateful(
        "aws_acmpca_certificate_authority",
        &[window("permanent_deletion_time_in_days", 30, 30)],
    ),
    stateful(
        "aws_cognito_user_pool",
        &[refuses_as(
            "deletion_protection",
            &["ACTIVE"],
            Unset::Unsafe,
        )],
    ),
    stateful("aws_cognito_identity_pool", &[]),
    stateful(
        "aws_verifiedpermissions_policy_store",
        &[refuses_as(
            "deletion_protection",
            &["ENABLED"],
            Unset::Unsafe,
        )],
    ),
    stateful("aws_directory_service_directory", &[]),
    stateful("aws_route53_zone", &[force("force_destroy")]),
    stateful("aws_organizations_account", &[force("close_on_deletion")]),
    stateful(
        "aws_pinpointsmsvoicev2_phone_number",
        &[refuses("deletion_protection_enabled", Unset::Unsafe)],
    ),
    stateful(
        "aws_pinpointsmsvoicev2_sender_id",
        &[refuses("deletion_protection_enabled", Unset::Unsafe)],
    ),
    stateless(
        "aws_pinpointsmsvoicev2_pool",
        &[refuses("deletion_protection_enabled", Unset::Unstated)],
    ),
    stateless("aws_iam_user", &[force("force_destroy")]),
    stateful("aws_quicksight_account_subscription", &[]),
    // It protects the account, not the settings: deleting those only forgets them.
    stateless(
        "aws_quicksight_account_settings",
        &[switch(
            Layer::Recovers,
            "termination_protection_enabled",
            Safe::True,
            Unset::Unstated,
        )],
    ),
    stateful(
        "aws_quicksight_analysis",
        &[window("recovery_window_in_days", 30, 30)],
    ),
    stateful("aws_connect_instance", &[]),
    // ---- AWS: compute, networks and what holds other things
    stateless(
        "aws_lb",
        &[refuses("enable_deletion_protection", Unset::Unsafe)],
    ),
    stateless(
        "aws_alb",
        &[refuses("enable_deletion_protection", Unset::Unsafe)],
    ),
    stateless(
        "aws_instance",
        &[
            refuses("disable_api_termination", Unset::Unsafe),
            override_of_protection("force_destroy"),
        ],
    ),
    // The default is true with several master nodes, and otherwise false.
    stateless(
        "aws_emr_cluster",
        &[refuses("termination_protection", Unset::Unstated)],
    ),
    stateful(
        "aws_eks_cluster",
        &[refuses("deletion_protection", Unset::Unsafe)],
    ),
    stateless(
        "aws_networkfirewall_firewall",
        &[refuses("delete_protection", Unset::Unsafe)],
    ),
    stateless("aws_autoscaling_group", &[force("force_delete")]),
    stateless("aws_ecs_service", &[force("force_delete")]),
    stateless("aws_athena_database", &[force("force_destroy")]),
    stateless("aws_athena_workgroup", &[force("force_destroy")]),
    stateless("aws_transfer_server", &[force("force_destroy")]),
    stateless("aws_service_discovery_service", &[force("force_destroy")]),
    stateful("aws_cloudformation_stack", &[]),
    // ---- AWS: locks
    lock("aws_backup_vault_lock_configuration"),
    lock("aws_glacier_vault_lock"),
    lock("aws_s3_bucket_object_lock_configuration"),
    // ---- Google
    stateful(
        "google_sql_database_instance",
        &[
            // Terraform refuses with the first, Google with the second.
            refuses("deletion_protection", Unset::Safe),
            refuses("settings[0].deletion_protection_enabled", Unset::Unsafe),
        ],
    ),
    stateful("google_sql_database", &[]),
    stateful(
        "google_alloydb_cluster",
        &[
            // https://github.com/GoogleCloudPlatform/magic-modules/pull/14796
            refuses("deletion_protection", Unset::Safe),
            switch(
                Layer::Empties,
                "deletion_policy",
                Safe::OneOf(&["DEFAULT"]),
                Unset::Safe,
            ),
        ],
    ),
    stateful(
        "google_bigtable_instance",
        &[
            refuses("deletion_protection", Unset::Safe),
            force("force_destroy"),
        ],
    ),
    stateful(
        "google_bigtable_table",
        &[refuses_as(
            "deletion_protection",
            &["PROTECTED"],
            Unset::Unsafe,
        )],
    ),
    stateful("google_spanner_instance", &[force("force_destroy")]),
    stateful(
        "google_spanner_database",
        &[
            refuses("deletion_protection", Unset::Safe),
            refuses("enable_drop_protection", Unset::Unsafe),
        ],
    ),
    stateful(
        "google_bigquery_dataset",
        &[force("delete_contents_on_destroy")],
    ),
    stateful(
        "google_bigquery_table",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    stateful(
        "google_firestore_database",
        &[refuses_as(
            "delete_protection_state",
            &["DELETE_PROTECTION_ENABLED"],
            Unset::Unsafe,
        )],
    ),
    stateful("google_redis_instance", &[]),
    stateful(
        "google_redis_cluster",
        &[refuses("deletion_protection_enabled", Unset::Safe)],
    ),
    stateful(
        "google_memorystore_instance",
        &[refuses("deletion_protection_enabled", Unset::Unstated)],
    ),
    stateful(
        "google_dataproc_metastore_service",
        &[refuses("deletion_protection", Unset::Unstated)],
    ),
    stateful(
        "google_filestore_instance",
        &[refuses("deletion_protection_enabled", Unset::Unstated)],
    ),
    stateful("google_netapp_volume", &[]),
    stateful("google_storage_bucket", &[force("force_destroy")]),
    stateful("google_compute_disk", &[]),
    stateful("google_compute_region_disk", &[]),
    stateful("google_compute_snapshot", &[]),
    stateful("google_compute_image", &[]),
    stateful("google_artifact_registry_repository", &[]),
    stateful("google_pubsub_subscription", &[]),
    stateful("google_logging_project_bucket_config", &[]),
    stateful("google_secret_manager_secret", &[]),
    stateful("google_kms_crypto_key", &[]),
    stateful(
        "google_privateca_certificate_authority",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    stateful(
        "google_active_directory_domain",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    stateful("google_dns_managed_zone", &[force("force_destroy")]),
    stateful(
        "google_project",
        &[
            // PREVENT is the default since hashicorp/google 6; ABANDON leaves the
            // project behind instead of refusing.
            switch(
                Layer::Recovers,
                "deletion_policy",
                Safe::OneOf(&["PREVENT", "ABANDON"]),
                Unset::Safe,
            ),
        ],
    ),
    stateless(
        "google_folder",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    stateful(
        "google_container_cluster",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    stateless(
        "google_compute_instance",
        &[refuses("deletion_protection", Unset::Unsafe)],
    ),
    stateless(
        "google_cloud_run_v2_service",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    stateless(
        "google_cloud_run_v2_job",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    stateless(
        "google_workflows_workflow",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    lock("google_resource_manager_lien"),
    // ---- Azure, where a management lock protects most of what has no switch
    lock("azurerm_management_lock"),
    lock("azurerm_storage_container_immutability_policy"),
    stateful(
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
    stateful("azurerm_key_vault_key", &[]),
    stateful(
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
    stateful(
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
    stateful(
        "azurerm_recovery_services_vault",
        &[switch(
            Layer::Recovers,
            "soft_delete_enabled",
            Safe::True,
            Unset::Safe,
        )],
    ),
    stateful(
        "azurerm_data_protection_backup_vault",
        &[
            switch(
                Layer::Recovers,
                "soft_delete",
                Safe::OneOf(&["On", "AlwaysOn"]),
                Unset::Safe,
            ),
            window("retention_duration_in_days", 14, 180),
        ],
    ),
    stateful("azurerm_backup_protected_vm", &[]),
    stateful("azurerm_storage_account", &[]),
    stateful("azurerm_storage_container", &[]),
    stateful("azurerm_storage_share", &[]),
    stateful("azurerm_managed_disk", &[]),
    stateful("azurerm_snapshot", &[]),
    stateful("azurerm_netapp_volume", &[]),
    stateful("azurerm_mssql_server", &[]),
    stateful("azurerm_mssql_database", &[]),
    stateful("azurerm_mssql_managed_instance", &[]),
    stateful("azurerm_mssql_managed_database", &[]),
    stateful("azurerm_postgresql_server", &[]),
    stateful("azurerm_postgresql_database", &[]),
    stateful("azurerm_postgresql_flexible_server", &[]),
    stateful("azurerm_postgresql_flexible_server_database", &[]),
    stateful("azurerm_mysql_server", &[]),
    stateful("azurerm_mysql_flexible_server", &[]),
    stateful("azurerm_mysql_flexible_database", &[]),
    stateful("azurerm_cosmosdb_account", &[]),
    stateful("azurerm_cosmosdb_sql_database", &[]),
    stateful("azurerm_cosmosdb_sql_container", &[]),
    stateful("azurerm_cosmosdb_mongo_database", &[]),
    stateful("azurerm_redis_cache", &[]),
    stateful("azurerm_kusto_cluster", &[]),
    stateful("azurerm_kusto_database", &[]),
    stateful("azurerm_synapse_workspace", &[]),
    stateful("azurerm_search_service", &[]),
    stateful("azurerm_container_registry", &[]),
    stateful("azurerm_eventhub_namespace", &[]),
    stateful("azurerm_eventhub", &[]),
    stateful("azurerm_servicebus_namespace", &[]),
    stateful("azurerm_servicebus_queue", &[]),
    stateful("azurerm_log_analytics_workspace", &[]),
    stateful("azurerm_application_insights", &[]),
    stateful("azurerm_dns_zone", &[]),
    stateful("azurerm_private_dns_zone", &[]),
    stateful("azurerm_kubernetes_cluster", &[]),
];
