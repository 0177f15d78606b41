//! Rules: how bad a violation is, what it leads to, and what a policy can say of one.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// How bad a violation is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// For information.
    Info,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

/// What a policy says of a rule.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The plan breaks it.
    Violation,
    /// It cannot be told before apply.
    Undetermined,
}

/// Where what a finding reports comes from.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// It could be better, and cannot be required: it never refuses.
    Advice,
    /// It was so before, and the plan leaves it so.
    Existing,
    /// The planned change brings it about, or its policy does not tell.
    #[default]
    Planned,
}

/// What a violation leads to. Set by configuration, never by a policy.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Enforcement {
    /// It is reported.
    Advisory,
    /// It refuses the plan, unless a waiver covers it.
    SoftMandatory,
    /// It refuses the plan, waiver or not.
    HardMandatory,
}

impl Enforcement {
    /// The default for a change of the gate itself: somebody has to own it where it matters.
    #[must_use]
    pub fn by_protection(protected: bool) -> Self {
        if protected {
            Self::SoftMandatory
        } else {
            Self::Advisory
        }
    }
}

/// The enforcement of a policy, and of those of its rules that differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RuleEnforcement {
    /// Of every rule that is not listed.
    pub policy: Enforcement,
    /// Rule identifier (without the policy's name) and its own enforcement.
    pub rules: BTreeMap<String, Enforcement>,
}

impl RuleEnforcement {
    /// Returns the enforcement of a rule, named without its policy.
    #[must_use]
    pub fn of(&self, rule: &str) -> Enforcement {
        self.rules.get(rule).copied().unwrap_or(self.policy)
    }
}

/// What the environment does where something cannot be told before apply, or was so before.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    /// It is reported, and that is all.
    Pass,
    /// It is a warning.
    Warn,
    /// It refuses the plan.
    Fail,
}

impl Response {
    /// What a recording or report that does not say is taken to mean.
    pub(crate) fn strictest() -> Self {
        Self::Fail
    }

    /// The default: what is not known refuses where it matters.
    #[must_use]
    pub fn by_protection(protected: bool) -> Self {
        if protected { Self::Fail } else { Self::Warn }
    }
}

/// What the report needs of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rule {
    /// Without the policy's name.
    pub id: String,
    /// A noun phrase.
    pub title: String,
    /// How bad a violation is.
    pub severity: Severity,
    /// How to comply.
    pub remediation: String,
    /// Why the rule exists, in Markdown.
    pub description: String,
    /// Where to read more, as absolute URLs.
    pub links: Vec<String>,
}

/// The rules of one policy, which everything that it says of many plans shares: their texts are
/// larger than most answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<Rule>")]
pub struct Rules(Arc<Vec<Rule>>);

impl From<Vec<Rule>> for Rules {
    fn from(rules: Vec<Rule>) -> Self {
        Self(Arc::new(rules))
    }
}

impl FromIterator<Rule> for Rules {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        Self::from(Vec::from_iter(rules))
    }
}

impl Deref for Rules {
    type Target = Vec<Rule>;

    fn deref(&self) -> &Vec<Rule> {
        &self.0
    }
}

impl DerefMut for Rules {
    fn deref_mut(&mut self) -> &mut Vec<Rule> {
        Arc::make_mut(&mut self.0)
    }
}

impl Serialize for Rules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
