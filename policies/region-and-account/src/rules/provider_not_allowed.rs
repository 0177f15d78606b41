//! `provider-not-allowed`

use std::collections::BTreeMap;

use tollgate_policy::{Action, Change, Finding, Outcome, RuleDef, Severity};

use super::counted;
use crate::settings::Settings;

/// A plan uses a provider that is not allowed.
///
/// Compares the source of every provider that has a resource in the plan with `providers`. The
/// one that is part of the tool itself (`terraform.io/builtin/terraform`) is always allowed. It
/// reports each provider once.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "provider-not-allowed",
    title: "Providers that are not allowed",
    description: "The plan has resources of a provider whose source the settings do not allow.",
    severity: Severity::High,
    remediation: "Use an allowed provider, or add its source to `providers` after a review.",
    example: r#"```toml
[policies.region-and-account.settings]
providers = ["hashicorp/*", "registry.opentofu.org/cloudflare/cloudflare"]
```"#,
    links: &["https://opentofu.org/docs/language/providers/requirements/#source-addresses"],
};

/// Part of the tool itself.
const BUILTIN: &str = "terraform.io/builtin/";

pub(crate) fn check(changes: &[Change], settings: &Settings) -> Vec<Finding> {
    if settings.providers.is_empty() {
        return Vec::new();
    }
    let mut of_provider = BTreeMap::<&str, Vec<&Change>>::new();
    for change in changes {
        of_provider
            .entry(&change.provider)
            .or_default()
            .push(change);
    }
    of_provider
        .into_iter()
        .filter(|(provider, _)| {
            !provider.starts_with(BUILTIN) && !settings.allows_provider(provider)
        })
        .map(|(provider, changes)| {
            let finding = RULE.finding(
                Outcome::Violation,
                format!(
                    "the plan uses the provider `{provider}`, which is not allowed, for {}",
                    counted(changes.len())
                ),
            );
            let finding = match changes.first() {
                Some(first) => finding.detail("first", first.address.clone()),
                None => finding,
            };
            let settled = changes
                .iter()
                .all(|change| change.action == Action::NoOp && !change.importing);
            if settled { finding.existing() } else { finding }
        })
        .collect()
}
