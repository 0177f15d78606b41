//! What the configuration can set.

use tollgate_policy::pattern::{self, any_matches};
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;
use tollgate_policy::{Change, Environment};
use tollgate_policy_common::require::RequireProtected;

/// The settings of `log-retention`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// Where the policy applies.
    pub require: RequireProtected,
    /// The fewest days for which logs are kept.
    #[schemars(range(min = 0, max = 36500))]
    pub minimum_days: i64,
    /// The fewest days for which logs of an audit are kept.
    #[schemars(range(min = 0, max = 36500))]
    pub minimum_audit_days: i64,
    /// The most days for which logs are kept, audits apart; none by default.
    #[schemars(range(min = 1, max = 36500))]
    pub maximum_days: Option<i64>,
    /// Whether logs of an application may be kept for ever, which is what most services do
    /// where nothing is set.
    pub unlimited: Unlimited,
    /// Which logs that are kept for a shorter time than today are findings.
    pub shortened: Shortened,
    /// Names of log groups that hold an audit; `*` stands for any run of characters.
    pub audit_names: Vec<String>,
    /// Names of log groups that this policy leaves alone; `*` stands for any run of
    /// characters.
    pub ignore_names: Vec<String>,
    /// Resource types that this policy leaves alone; `*` stands for any run of characters.
    pub ignore_types: Vec<String>,
}

/// Whether logs may be kept for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Unlimited {
    /// A finding.
    #[default]
    Refuse,
    /// No finding.
    Accept,
}

/// Which shorter times are findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Shortened {
    /// Those that `deletion-protection` does not report already.
    #[default]
    Others,
    /// All of them: for an environment in which `deletion-protection` does not run.
    All,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            require: RequireProtected::default(),
            // A week: long enough to look into yesterday's failure after the weekend.
            minimum_days: 7,
            // What the CIS benchmarks ask of audits, at least.
            minimum_audit_days: 90,
            maximum_days: None,
            unlimited: Unlimited::default(),
            shortened: Shortened::default(),
            audit_names: vec!["*cloudtrail*".to_owned(), "*audit*".to_owned()],
            ignore_names: Vec::new(),
            ignore_types: Vec::new(),
        }
    }
}

impl Settings {
    pub(crate) fn applies_to(&self, environment: &Environment) -> bool {
        self.require.applies_to(environment)
    }

    /// What is wrong with settings that no log can meet.
    pub(crate) fn mistake(&self) -> Option<String> {
        let most = self.maximum_days?;
        (self.minimum_days > most).then(|| {
            format!(
                "`maximum-days` is {most}, and `minimum-days` is {}, so that no retention is allowed; raise the one or lower the other",
                self.minimum_days
            )
        })
    }

    pub(crate) fn ignores(&self, change: &Change, name: Option<&str>) -> bool {
        any_matches(&self.ignore_types, &change.kind)
            || name.is_some_and(|name| any_matches(&self.ignore_names, name))
    }

    pub(crate) fn calls_audit(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        self.audit_names
            .iter()
            .any(|pattern| pattern::matches(&pattern.to_ascii_lowercase(), &name))
    }
}
