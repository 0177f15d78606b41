//! What changed outside of the configuration, as findings of the policy that Tollgate plays.

use tollgate_model::own_rules::{Check, DRIFT, OwnRule, POLICY, checked_by};

use crate::judge::{Evaluation, Finding, PolicyOutcome, RuleEnforcement};
use crate::policy::digest;
use crate::report::{Enforcement, Outcome, PlanFacts};

/// Makes findings of the drift of a plan.
#[must_use]
pub fn outcome(facts: &PlanFacts) -> PolicyOutcome {
    let findings = facts.drift.iter().map(|address| Finding {
        rule: DRIFT.to_owned(),
        outcome: Outcome::Violation,
        address: Some(address.clone()),
        deposed: None,
        action: None,
        attributes: Vec::new(),
        location: None,
        fingerprint: digest(format!("{DRIFT}\0{address}").as_bytes()),
        message: "it is not what the last apply left".to_owned(),
        remediation: None,
        details: Vec::new(),
    });
    PolicyOutcome {
        name: POLICY.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        source: "built-in".to_owned(),
        digest: None,
        enforcement: RuleEnforcement {
            policy: Enforcement::SoftMandatory,
            rules: std::collections::BTreeMap::new(),
        },
        rules: checked_by(Check::Drift).map(OwnRule::rule).collect(),
        changes_seen: facts.drift.len(),
        result: Ok(Evaluation {
            findings: findings.collect(),
            documents: Vec::new(),
        }),
    }
}
