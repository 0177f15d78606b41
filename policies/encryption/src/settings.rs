//! What the configuration can set.

use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;
use tollgate_policy::{Change, Environment, pattern};

/// The settings of `encryption`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// Where the policy applies.
    pub require: Require,
    /// Resource types that must be encrypted with a key of your own, such as `aws_db_*` or `*`;
    /// `*` stands for any run of characters.
    pub customer_keys: Vec<String>,
    /// Whether the AWS accounts of the environment encrypt new volumes by default, which no plan
    /// shows. With `true`, a volume for which nothing is set counts as encrypted; with `false`, as
    /// unencrypted. Without it, it is told and never refuses.
    pub volumes_encrypted_by_default: Option<bool>,
    /// Addresses of resources that may stay as they are, such as `module.website.*`; `*` stands
    /// for any run of characters.
    pub allow_unencrypted: Vec<String>,
    /// Resource types that this policy leaves alone; `*` stands for any run of characters.
    pub ignore_types: Vec<String>,
}

/// Where the policy applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Require {
    /// In every environment.
    #[default]
    Always,
    /// In environments that the configuration calls protected.
    ProtectedEnvironments,
    /// Nowhere: for an environment that opts out.
    Never,
}

impl Settings {
    pub(crate) fn applies_to(&self, environment: &Environment) -> bool {
        match self.require {
            Require::Always => true,
            Require::ProtectedEnvironments => environment.protected,
            Require::Never => false,
        }
    }

    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
            || any_matches(&self.allow_unencrypted, &change.address)
    }

    pub(crate) fn wants_own_key(&self, change: &Change) -> bool {
        any_matches(&self.customer_keys, &change.kind)
    }
}

fn any_matches(patterns: &[String], text: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| pattern::matches(pattern, text))
}
