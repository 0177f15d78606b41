//! Switches of further providers.

use super::{Row, offered, refuses, refuses_as, row, switch};
use crate::switch::{Layer, Safe, Switch, Unset};

/// Keeps what a claim or a volume of Kubernetes stands for when it is deleted.
const fn retains(path: &'static str, unset: Unset) -> Switch {
    offered(switch(
        Layer::Recovers,
        path,
        Safe::OneOf(&["Retain"]),
        unset,
    ))
}

const VOLUME: &[Switch] = &[retains(
    "spec[0].persistent_volume_reclaim_policy",
    Unset::Safe,
)];

const STORAGE_CLASS: &[Switch] = &[retains("reclaim_policy", Unset::Unsafe)];

const STATEFUL_SET: &[Switch] = &[
    retains(
        "spec[0].persistent_volume_claim_retention_policy[0].when_deleted",
        Unset::Safe,
    ),
    retains(
        "spec[0].persistent_volume_claim_retention_policy[0].when_scaled",
        Unset::Safe,
    ),
];

pub(super) static ROWS: &[Row] = &[
    row(
        "awscc_rds_db_instance",
        &[refuses("deletion_protection", Unset::Unstated)],
    ),
    row(
        "awscc_rds_db_cluster",
        &[refuses("deletion_protection", Unset::Unstated)],
    ),
    row(
        "awscc_docdb_db_cluster",
        &[refuses("deletion_protection", Unset::Unstated)],
    ),
    row(
        "awscc_neptune_db_cluster",
        &[refuses("deletion_protection", Unset::Unstated)],
    ),
    row(
        "awscc_rds_global_cluster",
        &[refuses("deletion_protection", Unset::Unstated)],
    ),
    row(
        "awscc_qldb_ledger",
        &[refuses("deletion_protection", Unset::Unstated)],
    ),
    row(
        "awscc_dynamodb_table",
        &[refuses("deletion_protection_enabled", Unset::Unstated)],
    ),
    row(
        "awscc_dsql_cluster",
        &[refuses("deletion_protection_enabled", Unset::Unstated)],
    ),
    row(
        "awscc_cognito_user_pool",
        &[refuses_as(
            "deletion_protection",
            &["ACTIVE"],
            Unset::Unstated,
        )],
    ),
    row(
        "mongodbatlas_advanced_cluster",
        &[offered(refuses(
            "termination_protection_enabled",
            Unset::Unsafe,
        ))],
    ),
    row(
        "mongodbatlas_cluster",
        &[offered(refuses(
            "termination_protection_enabled",
            Unset::Unsafe,
        ))],
    ),
    row(
        "mongodbatlas_flex_cluster",
        &[offered(refuses(
            "termination_protection_enabled",
            Unset::Unsafe,
        ))],
    ),
    row(
        "mongodbatlas_serverless_instance",
        &[offered(refuses(
            "termination_protection_enabled",
            Unset::Unsafe,
        ))],
    ),
    row(
        "aiven_cassandra",
        &[offered(refuses("termination_protection", Unset::Unsafe))],
    ),
    row(
        "aiven_clickhouse",
        &[offered(refuses("termination_protection", Unset::Unsafe))],
    ),
    row(
        "aiven_grafana",
        &[offered(refuses("termination_protection", Unset::Unsafe))],
    ),
    row(
        "aiven_influxdb",
        &[offered(refuses("termination_protection", Unset::Unsafe))],
    ),
    row(
        "aiven_kafka",
        &[offered(refuses("termination_protection", Unset::Unsafe))],
    ),
    row(
        "aiven_kafka_topic",
        &[offered(refuses("termination_protection", Unset::Unsafe))],
    ),
    row(
        "aiven_m3db",
        &[offered(refuses("termination_protection", Unset::Unsafe))],
    ),
    row(
        "aiven_mysql",
        &[offered(refuses("termination_protection", Unset::Unsafe))],
    ),
    row(
        "aiven_opensearch",
        &[offered(refuses("termination_protection", Unset::Unsafe))],
    ),
    row(
        "aiven_pg",
        &[offered(refuses("termination_protection", Unset::Unsafe))],
    ),
    row(
        "aiven_pg_database",
        &[offered(refuses("termination_protection", Unset::Unsafe))],
    ),
    row(
        "aiven_redis",
        &[offered(refuses("termination_protection", Unset::Unsafe))],
    ),
    row(
        "aiven_valkey",
        &[offered(refuses("termination_protection", Unset::Unsafe))],
    ),
    row("kubernetes_persistent_volume", VOLUME),
    row("kubernetes_persistent_volume_v1", VOLUME),
    row("kubernetes_storage_class", STORAGE_CLASS),
    row("kubernetes_storage_class_v1", STORAGE_CLASS),
    row("kubernetes_stateful_set", STATEFUL_SET),
    row("kubernetes_stateful_set_v1", STATEFUL_SET),
    row(
        "kubernetes_manifest",
        // Of a volume, a storage class and a stateful set; other objects have none of them.
        &[
            retains("manifest.spec.persistentVolumeReclaimPolicy", Unset::Safe),
            retains("manifest.reclaimPolicy", Unset::Unsafe),
            retains(
                "manifest.spec.persistentVolumeClaimRetentionPolicy.whenDeleted",
                Unset::Safe,
            ),
            retains(
                "manifest.spec.persistentVolumeClaimRetentionPolicy.whenScaled",
                Unset::Safe,
            ),
        ],
    ),
];
