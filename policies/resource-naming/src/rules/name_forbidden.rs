//! `name-forbidden`

use tollgate_policy::{Finding, RuleDef, Severity, pattern};

use crate::name::Name;
use crate::settings::Settings;

/// A resource has a name that no resource may have here.
///
/// Compares every name with the patterns in `forbidden`, without regard to case.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "name-forbidden",
    title: "Names that are forbidden",
    description: "The name of a resource is one that the settings forbid in this environment, such \
        as that of another environment.",
    severity: Severity::Medium,
    remediation: "Check the variables that the plan was made with.",
    example: r#"```toml
[environments.production.policies.resource-naming.settings]
forbidden = ["*staging*", "*-test"]
```"#,
    links: &["https://opentofu.org/docs/language/values/variables/"],
};

pub(crate) fn check(name: &Name<'_>, settings: &Settings) -> Option<Finding> {
    let Ok(text) = &name.text else { return None };
    let plain = text.to_lowercase();
    let forbidden = settings
        .forbidden
        .iter()
        .find(|pattern| pattern::matches(&pattern.to_lowercase(), &plain))?;
    Some(name.told(RULE.violation(
        name.change,
        format!("the name `{text}` matches `{forbidden}`, which is forbidden here"),
    )))
}
