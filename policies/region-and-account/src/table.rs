//! Where resources are.
//!
//! - AWS: the host resolves a region from the resource or its provider. `global.txt` has the
//!   types of hashicorp/aws 6.69 that have no `region`, because their service has none; a test
//!   makes it from the schema.
//! - Google: `region`, `zone` or `location`. A zone is in the region before its last hyphen.
//!   `global` is no region (<https://cloud.google.com/compute/docs/regions-zones>).
//! - Azure: `location`. `global` is no region.
//!
//! [`COPIES`] says where a resource puts data besides its own region. Each path is an argument of
//! the provider's documentation page of its type.

const GLOBAL: &str = include_str!("../global.txt");

/// The clouds whose resources have a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// hashicorp/aws, and hashicorp/awscc.
    Aws,
    /// hashicorp/google and google-beta.
    Google,
    /// hashicorp/azurerm.
    Azure,
}

impl Cloud {
    /// The cloud of a resource type.
    #[must_use]
    pub fn of(kind: &str) -> Option<Self> {
        match kind.split('_').next()? {
            "aws" | "awscc" => Some(Self::Aws),
            "google" => Some(Self::Google),
            "azurerm" => Some(Self::Azure),
            _ => None,
        }
    }
}

/// The attributes that say where a resource of Google is.
pub const PLACES: [&str; 3] = ["region", "zone", "location"];

/// Whether a type of AWS is in no region.
#[must_use]
pub fn is_global(kind: &str) -> bool {
    GLOBAL.lines().any(|line| line == kind)
}

/// A resource type and the path to further regions that its data is in.
pub const COPIES: &[(&str, &str)] = &[
    ("aws_dynamodb_table", "replica.region_name"),
    ("aws_dynamodb_table", "global_table_witness.region_name"),
    ("aws_dynamodb_global_table", "replica.region_name"),
    (
        "aws_ecr_replication_configuration",
        "replication_configuration.rule.destination.region",
    ),
    ("aws_efs_replication_configuration", "destination.region"),
    ("aws_secretsmanager_secret", "replica.region"),
    (
        "aws_dlm_lifecycle_policy",
        "policy_details.schedule.cross_region_copy_rule.target_region",
    ),
    (
        "aws_imagebuilder_distribution_configuration",
        "distribution.region",
    ),
    (
        "aws_keyspaces_keyspace",
        "replication_specification.region_list",
    ),
    (
        "aws_s3control_multi_region_access_point_routes",
        "route.region",
    ),
    (
        "aws_bcmdataexports_export",
        "export.destination_configurations.s3_destination.s3_region",
    ),
    (
        "aws_cloudformation_stack_set_instance",
        "stack_set_instance_region",
    ),
    ("aws_ssmincidents_replication_set", "region.name"),
    (
        "google_secret_manager_secret",
        "replication.user_managed.replicas.location",
    ),
    (
        "google_storage_bucket",
        "custom_placement_config.data_locations",
    ),
    (
        "google_pubsub_topic",
        "message_storage_policy.allowed_persistence_regions",
    ),
    (
        "google_sql_database_instance",
        "settings.backup_configuration.location",
    ),
    ("google_spanner_instance_config", "replicas.location"),
    ("azurerm_cosmosdb_account", "geo_location.location"),
    ("azurerm_container_registry", "georeplications.location"),
    ("azurerm_app_configuration", "replica.location"),
    ("azurerm_api_management", "additional_location.location"),
    ("azurerm_shared_image_version", "target_region.name"),
];

/// A resource type and the path to an ARN that says in which region a copy is made.
pub const COPIES_BY_ARN: &[(&str, &str)] =
    &[("aws_backup_plan", "rule.copy_action.destination_vault_arn")];
