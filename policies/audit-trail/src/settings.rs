//! What the configuration can set.

use tollgate_policy::pattern::any_matches;
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;
use tollgate_policy::{Change, Environment};
use tollgate_policy_common::require::RequireAlways;

use crate::cis::Control;

/// The settings of `audit-trail`.
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
    /// Where load balancers, distributions, stages, clusters, networks and subnets must write
    /// logs of who uses them. Switching such a log off is reported wherever the policy applies.
    pub access_logs: AccessLogs,
    /// What of the CIS benchmark must be watched: for each, a metric filter on the log group of a
    /// trail, an alarm on its metric, and an action of the alarm. Judged in plans that have a
    /// trail.
    pub cis_alarms: Vec<Control>,
    /// Resource types that this policy leaves alone; `*` stands for any run of characters.
    pub ignore_types: Vec<String>,
}

/// Where logs of who uses something must be on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum AccessLogs {
    /// In environments that the configuration calls protected.
    #[default]
    ProtectedEnvironments,
    /// In every environment.
    Always,
    /// Nowhere.
    Never,
}

impl Settings {
    pub(crate) fn applies_to(&self, environment: &Environment) -> bool {
        self.require.applies_to(environment)
    }

    pub(crate) fn wants_access_logs(&self, environment: &Environment) -> bool {
        match self.access_logs {
            AccessLogs::ProtectedEnvironments => environment.protected,
            AccessLogs::Always => true,
            AccessLogs::Never => false,
        }
    }

    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
    }
}
