//! What the configuration can set.

use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;
use tollgate_policy_common::require::RequireAlways;

/// The settings of `public-exposure`.
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
    pub require: RequireAlways,
    /// Whether machines may have public addresses, and subnets give them out.
    pub public_addresses: May,
    /// Whether load balancers, APIs and other entrances may be reached from the internet.
    pub public_entrances: May,
    /// Addresses of resources that are meant to be public, such as `module.website.*`; `*` stands
    /// for any run of characters.
    pub allow_public: Vec<String>,
    /// Resource types that this policy leaves alone; `*` stands for any run of characters.
    pub ignore_types: Vec<String>,
}

/// Whether an environment accepts something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum May {
    /// It does.
    Allowed,
    /// It does not.
    Forbidden,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            require: RequireAlways::default(),
            public_addresses: May::Forbidden,
            public_entrances: May::Allowed,
            allow_public: Vec::new(),
            ignore_types: Vec::new(),
        }
    }
}
