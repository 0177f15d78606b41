//! `not-compared`

use tollgate_policy::{Finding, Outcome, RuleDef, Severity};

use crate::DOCUMENT;

/// The environment could not be compared.
///
/// Where `with` names another environment, wants the document `other-environment` to be there.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "not-compared",
    title: "Environments that were not compared",
    description: "The settings ask for a comparison with another environment, and its summary was \
        not handed over.",
    severity: Severity::Medium,
    remediation: "Name the file with the other environment's summary as the document `other-environment`.",
    example: r#"```toml
[environments.production.policies.parity]
settings = { with = "staging" }
documents = { other-environment = "parity/staging.json" }
```"#,
    links: &["https://12factor.net/dev-prod-parity"],
};

pub(crate) fn finding(with: &str) -> Finding {
    RULE.finding(
        Outcome::Undetermined,
        format!("whether this environment is like {with} cannot be told: there is no document `{DOCUMENT}`"),
    )
}
