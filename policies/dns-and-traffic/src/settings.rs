//! What the configuration can set.

use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;
use tollgate_policy::{Change, Environment, pattern};

/// The settings of `dns-and-traffic`.
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
    /// Whether a shift of weights between targets is a finding. A canary that Tollgate's plans
    /// move step by step wants `ignore`.
    pub weights: Judged,
    /// Names of records that may change at any time, such as `preview-*.example.com`; `*` stands
    /// for any run of characters.
    pub ignore_names: Vec<String>,
    /// Resource types that this policy leaves alone; `*` stands for any run of characters.
    pub ignore_types: Vec<String>,
    /// Functions that are privileged, by name or address, besides those that the plan shows to
    /// be; `*` stands for any run of characters.
    pub privileged_functions: Vec<String>,
}

/// Where the policy applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Require {
    /// In environments that the configuration calls protected.
    #[default]
    ProtectedEnvironments,
    /// In every environment.
    Always,
    /// Nowhere: for an environment that opts out.
    Never,
}

/// Whether something is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Judged {
    /// It is.
    #[default]
    Judge,
    /// It is not.
    Ignore,
}

impl Settings {
    pub(crate) fn applies_to(&self, environment: &Environment) -> bool {
        match self.require {
            Require::ProtectedEnvironments => environment.protected,
            Require::Always => true,
            Require::Never => false,
        }
    }

    pub(crate) fn ignores(&self, change: &Change) -> bool {
        matches_any(&self.ignore_types, &change.kind)
    }

    pub(crate) fn ignores_name(&self, name: &str) -> bool {
        matches_any(&self.ignore_names, name.trim_end_matches('.'))
    }

    pub(crate) fn calls_privileged(&self, name: &str) -> bool {
        matches_any(&self.privileged_functions, name)
    }
}

fn matches_any(patterns: &[String], text: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| pattern::matches(pattern, text))
}
