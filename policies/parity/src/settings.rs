//! What the configuration can set.

use tollgate_policy::pattern::any_matches;
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;

/// The settings of `parity`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// Whether the report gets the document `environment-summary`, for another environment to be
    /// compared with.
    pub summary: bool,
    /// The environment that the document `other-environment` has to be of. A document of another
    /// one is an error, and a missing one is undetermined.
    #[schemars(extend("format" = "environment"))]
    pub with: Option<String>,
    /// What may differ: blocks (`module.bastion.*`), attributes of blocks
    /// (`aws_db_instance.main.multi_az`) or of types (`*.instance_class`); `*` stands for any run
    /// of characters. Added to what `sizes` lists.
    pub allow: Vec<String>,
    /// The attributes that environments differ in by their nature: sizes, counts and how long
    /// something is kept. Replaces the default list.
    pub sizes: Vec<String>,
    /// Whether the number of instances of each block has to be the same.
    pub instances: bool,
    /// Resource types that this policy leaves alone.
    pub ignore_types: Vec<String>,
}

const SIZES: &[&str] = &[
    "*.instance_class",
    "*.instance_type",
    "*.node_type",
    "*.machine_type",
    "*.tier",
    "*.sku_name",
    "*.sku_tier",
    "*.size",
    "*_size",
    "*_size_gb",
    "*.cpu",
    "*.memory",
    "*.desired_count",
    "*.shard_count",
    "*.reserved_concurrent_executions",
    "*.multi_az",
    "*.multi_az_enabled",
    "*.automatic_failover_enabled",
    "*.availability_type",
    "*.account_replication_type",
    "*.retention_in_days",
    "*.backup_retention_period",
    "*deletion_protection*",
    "*.deletion_window_in_days",
    "*.threshold",
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            summary: false,
            with: None,
            allow: Vec::new(),
            sizes: SIZES.iter().copied().map(str::to_owned).collect(),
            instances: false,
            ignore_types: Vec::new(),
        }
    }
}

impl Settings {
    pub(crate) fn ignores(&self, kind: &str) -> bool {
        any_matches(&self.ignore_types, kind)
    }

    /// Whether a block may be in one of the environments only.
    pub(crate) fn allows_block(&self, block: &str) -> bool {
        any_matches(&self.allow, block)
    }

    /// Whether an attribute may differ.
    pub(crate) fn allows(&self, block: &str, kind: &str, path: &str) -> bool {
        [format!("{block}.{path}"), format!("{kind}.{path}")]
            .iter()
            .any(|name| any_matches(&self.allow, name) || any_matches(&self.sizes, name))
            || self.allows_block(block)
    }
}
