//! What the configuration can set.

use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;
use tollgate_policy::{Change, Environment, pattern};

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
    pub require: Require,
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
            require: Require::default(),
            public_addresses: May::Forbidden,
            public_entrances: May::Allowed,
            allow_public: Vec::new(),
            ignore_types: Vec::new(),
        }
    }
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
            || any_matches(&self.allow_public, &change.address)
    }
}

fn any_matches(patterns: &[String], text: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| pattern::matches(pattern, text))
}
