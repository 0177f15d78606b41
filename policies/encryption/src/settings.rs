//! What the configuration can set.

use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;
use tollgate_policy_common::require::RequireAlways;

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
    pub require: RequireAlways,
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
