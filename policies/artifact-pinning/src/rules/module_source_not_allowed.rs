//! `module-source-not-allowed`

use std::collections::BTreeMap;

use tollgate_policy::pattern::any_matches;
use tollgate_policy::{Finding, Outcome, RuleDef, Severity};
use tollgate_policy_common::configuration::Configuration;
use tollgate_policy_common::text::listed;

use super::module_not_pinned::bare;
use super::shown;
use crate::settings::Settings;

/// A module comes from where none may come from.
///
/// With `module-sources`, compares the source of every `module` block, as it is written and without
/// parameters, with the patterns. Directories of the configuration itself are always allowed.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "module-source-not-allowed",
    title: "Modules from a source that is not allowed",
    description: "A module comes from a registry, a repository or another place that the settings do not \
        allow.",
    severity: Severity::High,
    remediation: "Publish a reviewed copy where modules may come from, and call that.",
    example: r#"```toml
[policies.artifact-pinning.settings]
module-sources = ["app.example.org/acme/*", "git::ssh://git@example.org/acme/*"]
```"#,
    links: &["https://opentofu.org/docs/language/modules/sources/"],
};

pub(crate) fn check(configuration: &Configuration, settings: &Settings) -> Vec<Finding> {
    if settings.module_sources.is_empty() {
        return Vec::new();
    }
    let mut found = BTreeMap::<&str, Vec<&str>>::new();
    for module in &configuration.modules {
        let source = bare(&module.source);
        if !any_matches(&settings.module_sources, source) {
            found.entry(source).or_default().push(&module.address);
        }
    }
    found
        .into_iter()
        .map(|(source, addresses)| {
            RULE.finding(
                Outcome::Violation,
                format!(
                    "the module source `{}` is not an allowed one",
                    shown(source)
                ),
            )
            .detail("called as", listed(&addresses))
        })
        .collect()
}
