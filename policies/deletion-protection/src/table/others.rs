//! Switches of further providers.

use super::{Row, offered, refuses, refuses_as, row};
use crate::switch::Unset;

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
];
