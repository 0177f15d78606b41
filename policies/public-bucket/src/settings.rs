//! What the configuration can set.

use tollgate_policy::pattern::any_matches;
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;
use tollgate_policy::{Attr, Change};

/// The settings of `public-bucket`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// Buckets that are meant to be public: addresses of resources (`module.site.*`), or names
    /// of buckets; `*` stands for any run of characters.
    pub allow_public: Vec<String>,
    /// Whether each bucket must have what forbids public access. Turning it off is told all
    /// the same.
    pub require_block: bool,
    /// Says that the account blocks public access already, outside of this configuration: no
    /// bucket then needs a block of its own.
    pub account_blocks: bool,
    /// Resource types that this policy leaves alone; `*` stands for any run of characters.
    pub ignore_types: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_public: Vec::new(),
            require_block: true,
            account_blocks: false,
            ignore_types: Vec::new(),
        }
    }
}

impl Settings {
    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
    }

    /// Whether what is at an address may be public.
    pub(crate) fn allows(&self, address: &str) -> bool {
        any_matches(&self.allow_public, address)
    }

    /// Whether the bucket that a change is of may be public. `name` is the attribute that
    /// names the bucket.
    pub(crate) fn may_be_public(&self, change: &Change, name: &str) -> bool {
        !self.allow_public.is_empty()
            && (any_matches(&self.allow_public, &change.address)
                || matches!(change.after(name).text(), Attr::Known(name) if any_matches(&self.allow_public, &name)))
    }
}
