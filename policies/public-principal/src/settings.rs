//! What the configuration can set.

use tollgate_policy::Change;
use tollgate_policy::pattern::any_matches;
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;

/// The settings of `public-principal`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// Addresses of resources that are meant for everyone (`module.site.*`); `*` stands for any
    /// run of characters.
    pub allow_public: Vec<String>,
    /// Roles of Google's that may be given to everyone, such as `roles/run.invoker` for public
    /// websites; `*` stands for any run of characters.
    pub allow_roles: Vec<String>,
    /// Whether a service that is let in has to be told for whom it may act.
    pub require_source: bool,
    /// Resource types that this policy leaves alone; `*` stands for any run of characters.
    pub ignore_types: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_public: Vec::new(),
            allow_roles: Vec::new(),
            require_source: true,
            ignore_types: Vec::new(),
        }
    }
}

impl Settings {
    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
            || any_matches(&self.allow_public, &change.address)
    }

    pub(crate) fn allows_role(&self, role: &str) -> bool {
        any_matches(&self.allow_roles, role)
    }
}
