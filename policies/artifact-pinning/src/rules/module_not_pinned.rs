//! `module-not-pinned`

use std::collections::BTreeMap;

use tollgate_policy::pattern::any_matches;
use tollgate_policy::{Finding, Outcome, RuleDef, Severity};
use tollgate_policy_common::configuration::{Configuration, Module};
use tollgate_policy_common::text::listed;

use super::shown;
use crate::settings::{Modules, Settings};
use crate::version::{Firmness, Origin, of_constraint, of_file, of_reference, origin};

/// A module is called without saying which of its versions is meant.
///
/// Looks at every `module` block whose source is no directory of the configuration. A module of a
/// registry needs a `version` that ends somewhere (`~> 5.1`, `>= 5.1, < 6`), one of a repository a
/// `ref` that is no branch, an archive a checksum or a version. With `modules = "exact"` a range is
/// not enough: one version, tag, commit or digest.
///
/// A plan does not say what was so before, so that this counts as having been so: it warns, and
/// refuses where the environment sets `existing = "fail"`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "module-not-pinned",
    title: "Modules without a version",
    description: "A module comes from elsewhere and names no version, tag, commit or digest, or only a \
        range that does not end. What is fetched next was reviewed by nobody.",
    severity: Severity::Medium,
    remediation: "Name a version (`version = \"~> 5.1\"`), or a tag or commit (`?ref=v1.4.0`).",
    example: r#"```hcl
module "network" {
  source = "git::https://example.org/network.git" # add `?ref=v1.4.0`
}
```"#,
    links: &["https://opentofu.org/docs/language/modules/sources/"],
};

pub(crate) fn check(configuration: &Configuration, settings: &Settings) -> Vec<Finding> {
    let needed = match settings.modules {
        Modules::Any => return Vec::new(),
        Modules::Version => Firmness::Bounded,
        Modules::Exact => Firmness::Named,
    };
    let mut found = BTreeMap::<String, Vec<&str>>::new();
    for module in &configuration.modules {
        if any_matches(&settings.allow_modules, bare(&module.source)) {
            continue;
        }
        if let Some(fault) = fault(module, needed) {
            let fault = format!("the module `{}` {fault}", shown(&module.source));
            found.entry(fault).or_default().push(&module.address);
        }
    }
    found
        .into_iter()
        .map(|(message, addresses)| {
            RULE.finding(Outcome::Violation, message)
                .existing()
                .detail("called as", listed(&addresses))
        })
        .collect()
}

fn fault(module: &Module, needed: Firmness) -> Option<String> {
    let (firmness, without, named) = match origin(&module.source) {
        Origin::Registry => match &module.version {
            Some(version) => (
                of_constraint(version),
                String::new(),
                format!("has the versions `{}`", shown(version)),
            ),
            None => (Firmness::Open, "has no `version`".to_owned(), String::new()),
        },
        Origin::Repository(reference) => (
            of_reference(reference.as_deref()),
            "has no `ref`, and is whatever its default branch holds".to_owned(),
            reference
                .map(|name| format!("is the branch `{}`", shown(&name)))
                .unwrap_or_default(),
        ),
        Origin::File(version) => (
            of_file(version.as_deref()),
            "has neither a checksum nor a version".to_owned(),
            version
                .map(|name| format!("has the version `{}`", shown(&name)))
                .unwrap_or_default(),
        ),
    };
    if firmness >= needed {
        return None;
    }
    if named.is_empty() {
        return Some(without);
    }
    Some(match firmness {
        Firmness::Open if named.starts_with("has the versions") => {
            format!("{named}, which has no upper end")
        }
        Firmness::Bounded => format!("{named}, which is a range"),
        _ => named,
    })
}

/// A source without what names its version.
pub(super) fn bare(source: &str) -> &str {
    source
        .split_once('?')
        .map_or(source, |(address, _)| address)
}
