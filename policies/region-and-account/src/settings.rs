//! What the configuration can set.

use std::collections::BTreeMap;

use tollgate_policy::Change;
use tollgate_policy::pattern::{self, any_matches};
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;

/// The settings of `region-and-account`. What is left out is not judged.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// The regions and locations that are allowed, of every cloud in use: `eu-central-1`,
    /// `europe-west*`, `West Europe`. `*` stands for any run of characters; case and spaces do
    /// not count.
    pub regions: Vec<String>,
    /// Further regions for resource types, such as `us-east-1` for `aws_acm_certificate`.
    pub type_regions: BTreeMap<String, Vec<String>>,
    /// The providers that are allowed: `hashicorp/aws`, or with their registry,
    /// `registry.opentofu.org/hashicorp/*`.
    pub providers: Vec<String>,
    /// The accounts of AWS that are allowed, by their twelve digits.
    pub accounts: Vec<String>,
    /// The projects of Google that are allowed.
    pub projects: Vec<String>,
    /// The subscriptions of Azure that are allowed, by their identifier.
    pub subscriptions: Vec<String>,
    /// What becomes of a plan that does not show its account, project or subscription, as one that
    /// only creates does not.
    pub unseen_account: Unseen,
    /// Resource types that this policy leaves alone; `*` stands for any run of
    /// characters.
    pub ignore_types: Vec<String>,
}

/// What becomes of what a plan does not show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Unseen {
    /// It is told, and refuses nothing: the first plan of an environment has no way to show it.
    #[default]
    Advice,
    /// It is undetermined, which refuses what a violation would.
    Undetermined,
}

impl Settings {
    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
    }

    /// What is wrong with settings that nothing can meet, or that limit nothing.
    pub(crate) fn mistake(&self) -> Option<String> {
        let digits = |text: &&String| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        if let Some(account) = self.accounts.iter().find(|account| !digits(account)) {
            return Some(format!(
                "`accounts` names `{account}`, which is no account of AWS; write its twelve digits in quotes"
            ));
        }
        if let Some(id) = self.subscriptions.iter().find(|id| !is_identifier(id)) {
            return Some(format!(
                "`subscriptions` names `{id}`, which is no subscription of Azure; write its identifier, such as `00000000-0000-0000-0000-000000000000`"
            ));
        }
        let kinds = self.type_regions.keys().next()?;
        if self.regions.is_empty() {
            return Some(format!(
                "`type-regions` allows `{kinds}` further regions, and `regions` names none, so that no region is judged; name the regions in `regions`"
            ));
        }
        let empty = self
            .type_regions
            .iter()
            .find_map(|(kinds, regions)| regions.is_empty().then_some(kinds));
        Some(format!(
            "`type-regions` of `{}` names no region; name one, or remove it",
            empty?
        ))
    }

    /// Whether a resource of this type may be in this region.
    pub(crate) fn allows_region(&self, kind: &str, region: &str) -> bool {
        let region = plain(region);
        let matches = |allowed: &String| pattern::matches(&plain(allowed), &region);
        self.regions.iter().any(matches)
            || self
                .type_regions
                .iter()
                .filter(|(pattern, _)| pattern::matches(pattern, kind))
                .any(|(_, regions)| regions.iter().any(matches))
    }

    /// Whether a provider is allowed, with or without its registry.
    pub(crate) fn allows_provider(&self, provider: &str) -> bool {
        let short = provider.split_once('/').map_or(provider, |(_, rest)| rest);
        self.providers
            .iter()
            .any(|allowed| pattern::matches(allowed, provider) || pattern::matches(allowed, short))
    }
}

/// Whether a text is written as identifiers of Azure are.
fn is_identifier(text: &str) -> bool {
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// A region as it is compared: `West Europe` is `westeurope`.
pub(crate) fn plain(region: &str) -> String {
    region
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}
