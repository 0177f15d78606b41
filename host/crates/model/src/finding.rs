//! What policies answered, before it is judged.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::report::DocumentReport;
use crate::report::{Input, PlanFacts, SourceLocation, SourceReport};
use crate::rule::{Cause, Outcome, RuleEnforcement, Rules};
use crate::stack::Stack;

/// One plan of a run, and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlanOutcome {
    /// The file and the digest of its bytes.
    pub input: Input,
    /// The stack that it is of.
    #[serde(default)]
    pub stack: Stack,
    /// What the policies answered, or why the plan cannot be judged.
    pub result: Result<PlanRun, Problem>,
}

/// A plan that could be read.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlanRun {
    /// What the plan says of itself.
    pub facts: PlanFacts,
    /// The configuration that the findings were looked up in.
    pub source: Option<SourceReport>,
    /// What every resource that moves in this plan was called until now, by its address.
    #[serde(default)]
    pub moved: BTreeMap<String, BTreeSet<String>>,
    /// One entry per policy.
    pub policies: Vec<PolicyOutcome>,
}

/// One policy on one plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PolicyOutcome {
    /// The name in the configuration.
    pub name: String,
    /// The version that the module states; empty when it could not be loaded.
    pub version: String,
    /// `built-in` or a path.
    pub source: String,
    /// The digest of the module, when it could be read.
    pub digest: Option<String>,
    /// The enforcement of each rule in this environment.
    pub enforcement: RuleEnforcement,
    /// The rules that the module declares; empty when it could not be loaded.
    pub rules: Rules,
    /// How many resource changes the policy asked for and got.
    pub changes_seen: usize,
    /// What the policy answered, or why it could not be run.
    pub result: Result<Evaluation, Problem>,
}

/// What a policy answered, checked against the contract.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Evaluation {
    /// Every finding names a declared rule and an address of the plan.
    pub findings: Vec<Finding>,
    /// Each under a name of its own.
    pub documents: Vec<DocumentReport>,
}

/// A finding, before it is judged.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// Without the policy's name.
    pub rule: String,
    /// What the policy says.
    pub outcome: Outcome,
    /// Whether the plan brings it about.
    #[serde(default)]
    pub cause: Cause,
    /// None for the plan as a whole.
    pub address: Option<String>,
    /// The key of a deposed object.
    pub deposed: Option<String>,
    /// What is planned for the resource, such as `replace`.
    pub action: Option<String>,
    /// Most telling first.
    pub attributes: Vec<String>,
    /// Where it is written; nothing is decided by it.
    pub location: Option<SourceLocation>,
    /// What is wrong.
    pub message: String,
    /// How to fix this one; the rule's own if none.
    pub remediation: Option<String>,
    /// Label and text.
    pub details: Vec<(String, String)>,
    /// Covers the rule, the address and the values of the causing attributes.
    pub fingerprint: String,
    /// The same under the address that the resource had until now, where it moves.
    #[serde(default)]
    pub previous_fingerprint: Option<String>,
}
