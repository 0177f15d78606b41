//! What the configuration can set.

use std::collections::BTreeMap;

use tollgate_policy::Change;
use tollgate_policy::pattern::{self, any_matches};
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;

/// The settings of `resource-naming`. Without any only lengths are judged.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// How resources are called, by resource type; `*` stands for any run of characters. Of
    /// several that match a type the longest is the one that counts.
    pub names: BTreeMap<String, Convention>,
    /// Names that no resource may have, such as `*staging*` in production.
    pub forbidden: Vec<String>,
    /// Whether the length that the service allows is left unjudged.
    pub ignore_length: bool,
    /// Resource types that this policy leaves alone; `*` stands for any run of
    /// characters.
    pub ignore_types: Vec<String>,
}

/// How resources of a type are called. In every text `{environment}` stands for the name of
/// the environment.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Convention {
    /// What a name begins with: one of these.
    pub prefixes: Vec<String>,
    /// What a name ends with: one of these. Names that end in random characters, as those with
    /// a prefix of the configuration do, are not asked for it.
    pub suffixes: Vec<String>,
    /// What the whole name looks like: one of these. `*` stands for any run of characters.
    pub patterns: Vec<String>,
    /// The characters that names are made of.
    pub characters: Characters,
    /// How long a name may be, where that is less than the service allows.
    pub max_length: Option<u32>,
}

/// The characters that names are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Characters {
    /// Whatever the service takes.
    #[default]
    Any,
    /// Anything but capital letters.
    Lowercase,
    /// Small letters, digits and hyphens.
    Kebab,
    /// Small letters, digits and underscores.
    Snake,
}

impl Characters {
    pub(crate) fn allow(self, c: char) -> bool {
        let plain = c.is_ascii_lowercase() || c.is_ascii_digit();
        match self {
            Self::Any => true,
            Self::Lowercase => !c.is_uppercase(),
            Self::Kebab => plain || c == '-',
            Self::Snake => plain || c == '_',
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Any => "any characters",
            Self::Lowercase => "no capital letters",
            Self::Kebab => "small letters, digits and hyphens",
            Self::Snake => "small letters, digits and underscores",
        }
    }
}

impl Settings {
    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
    }

    /// The convention that counts for a type.
    pub(crate) fn convention(&self, kind: &str) -> Option<&Convention> {
        self.names
            .iter()
            .filter(|(pattern, _)| pattern::matches(pattern, kind))
            .max_by_key(|(pattern, _)| (!pattern.contains('*'), pattern.len()))
            .map(|(_, convention)| convention)
    }
}
