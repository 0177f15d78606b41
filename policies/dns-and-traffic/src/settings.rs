//! What the configuration can set.

use tollgate_policy::pattern::any_matches;
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;
use tollgate_policy::{Change, Environment};
use tollgate_policy_common::require::RequireProtected;

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
    pub require: RequireProtected,
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
        self.require.applies_to(environment)
    }

    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
    }

    pub(crate) fn ignores_name(&self, name: &str) -> bool {
        any_matches(&self.ignore_names, name.trim_end_matches('.'))
    }

    pub(crate) fn calls_privileged(&self, name: &str) -> bool {
        any_matches(&self.privileged_functions, name)
    }
}
