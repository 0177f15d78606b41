//! `provider-not-pinned`

use std::collections::BTreeMap;

use tollgate_policy::{Finding, Outcome, RuleDef, Severity};
use tollgate_policy_common::configuration::Configuration;
use tollgate_policy_common::text::listed;

use super::shown;
use crate::settings::{Need, Settings};
use crate::version::{Firmness, of_constraint};

/// A provider is required without saying up to which version.
///
/// With `providers = "pinned"`, wants a constraint that ends (`~> 5.100`, `>= 5, < 6`) for each
/// provider that the root module configures or requires. Off by default: the lock file
/// (`.terraform.lock.hcl`), which no plan shows, says which version is used.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "provider-not-pinned",
    title: "Providers without an upper version",
    description: "The root module requires a provider in whatever version is newest.",
    severity: Severity::Low,
    remediation: "Name a version in `required_providers`, such as `~> 5.100`, and commit the lock file.",
    example: r#"```hcl
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0" # the next one may be 7.0
    }
  }
}
```"#,
    links: &["https://opentofu.org/docs/language/providers/requirements/#version-constraints"],
};

/// Part of the tool itself.
const BUILTIN: &str = "terraform.io/builtin/";

pub(crate) fn check(configuration: &Configuration, settings: &Settings) -> Vec<Finding> {
    if settings.providers == Need::Any {
        return Vec::new();
    }
    // Of several configurations of one provider the one that is called after it has the constraint.
    let mut firmest = BTreeMap::<&str, (Firmness, Vec<&str>)>::new();
    for provider in &configuration.providers {
        let name = provider.source.as_deref().unwrap_or(&provider.key);
        if provider.module.is_some() || name.starts_with(BUILTIN) {
            continue;
        }
        let firmness = provider
            .version
            .as_deref()
            .map_or(Firmness::Open, of_constraint);
        let (known, keys) = firmest.entry(name).or_insert((Firmness::Open, Vec::new()));
        *known = firmness.max(*known);
        keys.push(&provider.key);
    }
    firmest
        .into_iter()
        .filter(|(_, (firmness, _))| *firmness == Firmness::Open)
        .map(|(name, (_, keys))| {
            RULE.finding(
                Outcome::Violation,
                format!(
                    "the provider `{}` has no version that ends its range",
                    shown(name)
                ),
            )
            .existing()
            .detail("configured as", listed(&keys))
        })
        .collect()
}
