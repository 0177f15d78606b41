//! What the configuration can set.

use tollgate_policy::pattern::any_matches;
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;
use tollgate_policy::{Change, Environment};
use tollgate_policy_common::require::RequireProtected;

/// The settings of `deletion-protection`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// Where the policy applies.
    pub require: RequireProtected,
    /// Accepts that resources are deleted, replaced or forgotten, and locks deleted.
    /// Whether protection is on, and turning it off, is judged all the same.
    pub allow_deletion: bool,
    /// The fewest days for which something deleted must stay recoverable (KMS keys,
    /// secrets, key vaults). A type that offers fewer must use its most.
    #[schemars(range(min = 0, max = 365))]
    pub minimum_recovery_days: i64,
    /// Resource types that this policy leaves alone; `*` stands for any run of
    /// characters.
    pub ignore_types: Vec<String>,
    /// Further resource types that lose data when they are destroyed, such as
    /// `mongodbatlas_*`: deleting, replacing or forgetting one is a violation.
    pub stateful_types: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            require: RequireProtected::default(),
            allow_deletion: false,
            // The least that both KMS and Secrets Manager accept.
            minimum_recovery_days: 7,
            ignore_types: Vec::new(),
            stateful_types: Vec::new(),
        }
    }
}

impl Settings {
    pub(crate) fn applies_to(&self, environment: &Environment) -> bool {
        self.require.applies_to(environment)
    }

    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
    }

    pub(crate) fn calls_stateful(&self, change: &Change) -> bool {
        any_matches(&self.stateful_types, &change.kind)
    }
}
