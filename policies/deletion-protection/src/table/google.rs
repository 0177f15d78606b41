//! Switches of hashicorp/google, as version 8 documents them.

use super::{Row, drops, force, holds, offered, refuses, refuses_as, row, since, switch};
use crate::switch::{Layer, Safe, Unset};

pub(super) static ROWS: &[Row] = &[
    row(
        "google_sql_database_instance",
        &[
            // Terraform refuses with the first, Google with the second.
            refuses("deletion_protection", Unset::Safe),
            refuses("settings[0].deletion_protection_enabled", Unset::Unsafe),
            offered(switch(
                Layer::Recovers,
                "settings[0].retain_backups_on_delete",
                Safe::True,
                Unset::Unsafe,
            )),
            offered(switch(
                Layer::Snapshot,
                "settings[0].final_backup_config[0].enabled",
                Safe::True,
                Unset::Unsafe,
            )),
        ],
    ),
    row(
        "google_alloydb_cluster",
        &[
            // https://github.com/GoogleCloudPlatform/magic-modules/pull/14796
            since("7.0.0", refuses("deletion_protection", Unset::Safe)),
        ],
    ),
    row(
        "google_bigtable_instance",
        &[
            refuses("deletion_protection", Unset::Safe),
            force("force_destroy"),
        ],
    ),
    row(
        "google_bigtable_table",
        &[since(
            "4.47.0",
            refuses_as("deletion_protection", &["PROTECTED"], Unset::Unsafe),
        )],
    ),
    row("google_spanner_instance", &[force("force_destroy")]),
    row(
        "google_spanner_database",
        &[
            refuses("deletion_protection", Unset::Safe),
            since("4.76.0", refuses("enable_drop_protection", Unset::Unsafe)),
        ],
    ),
    row(
        "google_bigquery_dataset",
        &[force("delete_contents_on_destroy")],
    ),
    row(
        "google_bigquery_table",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    row(
        "google_firestore_database",
        &[since(
            "4.84.0",
            refuses_as(
                "delete_protection_state",
                &["DELETE_PROTECTION_ENABLED"],
                Unset::Unsafe,
            ),
        )],
    ),
    row(
        "google_redis_cluster",
        &[since(
            "6.0.0",
            refuses("deletion_protection_enabled", Unset::Safe),
        )],
    ),
    row(
        "google_memorystore_instance",
        &[refuses("deletion_protection_enabled", Unset::Unstated)],
    ),
    row(
        "google_dataproc_metastore_service",
        &[since(
            "6.4.0",
            refuses("deletion_protection", Unset::Unstated),
        )],
    ),
    row(
        "google_filestore_instance",
        &[since(
            "6.4.0",
            refuses("deletion_protection_enabled", Unset::Unstated),
        )],
    ),
    row("google_storage_bucket", &[force("force_destroy")]),
    row(
        "google_privateca_certificate_authority",
        &[
            since("4.20.0", refuses("deletion_protection", Unset::Safe)),
            force("ignore_active_certificates_on_deletion"),
            // Without it, a deleted authority can be had back for thirty days.
            drops("skip_grace_period", Unset::Safe),
        ],
    ),
    row(
        "google_active_directory_domain",
        &[since("6.0.0", refuses("deletion_protection", Unset::Safe))],
    ),
    row("google_dns_managed_zone", &[force("force_destroy")]),
    row(
        "google_project",
        &[
            // The default since hashicorp/google 6. ABANDON will do as well: see
            // `DELETION_POLICY`.
            since(
                "5.41.0",
                refuses_as("deletion_policy", &["PREVENT"], Unset::Safe),
            ),
        ],
    ),
    row(
        "google_folder",
        &[since("6.0.0", refuses("deletion_protection", Unset::Safe))],
    ),
    row(
        "google_container_cluster",
        &[since("5.0.0", refuses("deletion_protection", Unset::Safe))],
    ),
    row(
        "google_compute_instance",
        &[refuses("deletion_protection", Unset::Unsafe)],
    ),
    row(
        "google_cloud_run_v2_service",
        &[since("6.0.0", refuses("deletion_protection", Unset::Safe))],
    ),
    row(
        "google_cloud_run_v2_job",
        &[since("6.0.0", refuses("deletion_protection", Unset::Safe))],
    ),
    row(
        "google_workflows_workflow",
        &[since("6.11.0", refuses("deletion_protection", Unset::Safe))],
    ),
    row(
        "google_redis_instance",
        &[since("7.8.0", refuses("deletion_protection", Unset::Safe))],
    ),
    row(
        "google_memcache_instance",
        &[since("7.7.0", refuses("deletion_protection", Unset::Safe))],
    ),
    row(
        "google_secret_manager_regional_secret",
        &[since(
            "6.42.0",
            refuses("deletion_protection", Unset::Unsafe),
        )],
    ),
    row(
        "google_bigtable_logical_view",
        &[since(
            "6.36.0",
            refuses("deletion_protection", Unset::Unstated),
        )],
    ),
    row(
        "google_bigtable_materialized_view",
        &[refuses("deletion_protection", Unset::Unstated)],
    ),
    row(
        "google_chronicle_environment",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    row(
        "google_cloud_run_v2_worker_pool",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    row(
        "google_compute_instance_from_template",
        &[refuses("deletion_protection", Unset::Unsafe)],
    ),
    row(
        "google_compute_storage_pool",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    row(
        "google_dataproc_metastore_federation",
        &[since(
            "6.28.0",
            refuses("deletion_protection", Unset::Unsafe),
        )],
    ),
    row(
        "google_oracle_database_autonomous_database",
        &[since("6.13.0", refuses("deletion_protection", Unset::Safe))],
    ),
    row(
        "google_oracle_database_cloud_exadata_infrastructure",
        &[since("6.13.0", refuses("deletion_protection", Unset::Safe))],
    ),
    row(
        "google_oracle_database_cloud_vm_cluster",
        &[since("6.13.0", refuses("deletion_protection", Unset::Safe))],
    ),
    row(
        "google_oracle_database_db_system",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    row(
        "google_oracle_database_exadb_vm_cluster",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    row(
        "google_oracle_database_exascale_db_storage_vault",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    row(
        "google_oracle_database_goldengate_connection",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    row(
        "google_oracle_database_goldengate_connection_assignment",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    row(
        "google_oracle_database_odb_network",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    row(
        "google_oracle_database_odb_subnet",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    row(
        "google_secret_manager_secret",
        &[
            since("6.43.0", refuses("deletion_protection", Unset::Unsafe)),
            offered(switch(
                Layer::Recovers,
                "version_destroy_ttl",
                Safe::Named,
                Unset::Unsafe,
            )),
        ],
    ),
    row(
        "google_bigtable_authorized_view",
        &[refuses_as(
            "deletion_protection",
            &["PROTECTED"],
            Unset::Unsafe,
        )],
    ),
    row(
        "google_workbench_instance",
        &[since(
            "7.41.0",
            offered(refuses("enable_deletion_protection", Unset::Unsafe)),
        )],
    ),
    row(
        "google_backup_dr_restore_workload",
        &[offered(refuses(
            "compute_instance_restore_properties[0].deletion_protection",
            Unset::Unsafe,
        ))],
    ),
    row(
        "google_storage_batch_operations_job",
        &[offered(refuses("delete_protection", Unset::Unsafe))],
    ),
    // The default: refusal, unlike for other types.
    row(
        "google_secure_source_manager_instance",
        &[since(
            "6.45.0",
            refuses_as("deletion_policy", &["PREVENT"], Unset::Safe),
        )],
    ),
    row(
        "google_secure_source_manager_repository",
        &[since(
            "6.46.0",
            refuses_as("deletion_policy", &["PREVENT"], Unset::Safe),
        )],
    ),
    row(
        "google_oracle_database_goldengate_deployment",
        &[refuses_as("deletion_policy", &["PREVENT"], Unset::Safe)],
    ),
    row(
        "google_compute_disk",
        &[offered(switch(
            Layer::Snapshot,
            "create_snapshot_before_destroy",
            Safe::True,
            Unset::Unsafe,
        ))],
    ),
    row(
        "google_compute_region_disk",
        &[offered(switch(
            Layer::Snapshot,
            "create_snapshot_before_destroy",
            Safe::True,
            Unset::Unsafe,
        ))],
    ),
    row(
        "google_kms_crypto_key",
        &[offered(switch(
            Layer::Recovers,
            "destroy_scheduled_duration",
            Safe::Seconds(7 * 86_400),
            Unset::Safe,
        ))],
    ),
    row(
        "google_deployment_manager_deployment",
        &[offered(switch(
            Layer::Keeps,
            "delete_policy",
            Safe::OneOf(&["ABANDON"]),
            Unset::Unsafe,
        ))],
    ),
    row("google_backup_dr_backup_vault", &[force("force_delete")]),
    row("google_config_deployment", &[force("force_destroy")]),
    row(
        "google_gemini_code_repository_index",
        &[force("force_destroy")],
    ),
    row("google_storage_folder", &[force("force_destroy")]),
    row("google_storage_managed_folder", &[force("force_destroy")]),
    row(
        "google_vertex_ai_feature_online_store",
        &[force("force_destroy")],
    ),
    row("google_vertex_ai_featurestore", &[force("force_destroy")]),
    row(
        "google_netapp_volume_replication",
        &[force("delete_destination_volume")],
    ),
    row(
        "google_clouddomains_registration",
        &[offered(holds(
            "management_settings[0].transfer_lock_state",
            Safe::OneOf(&["LOCKED"]),
        ))],
    ),
];
