//! What changed outside of the configuration, as findings of the policy that Tollgate plays.

use tollgate_model::own_rules::{Check, DRIFT, OwnRule, POLICY, checked_by};

use crate::judge::{Evaluation, Finding, PolicyOutcome, RuleEnforcement};
use crate::policy::digest;
use crate::report::{Enforcement, Outcome, PlanFacts};

/// Makes findings of the drift of a plan.
#[must_use]
pub fn outcome(facts: &PlanFacts) -> PolicyOutcome {
    let finding = |address: &String, attributes: Vec<String>, message: &str| Finding {
        previous_fingerprint: None,
        rule: DRIFT.to_owned(),
        outcome: Outcome::Violation,
        address: Some(address.clone()),
        deposed: None,
        action: None,
        attributes,
        location: None,
        fingerprint: digest(format!("{DRIFT}\0{address}").as_bytes()),
        message: message.to_owned(),
        remediation: None,
        details: Vec::new(),
    };
    let changed = facts.drift.iter().map(|address| {
        let attributes = facts.drift_attributes.get(address);
        let attributes = attributes.cloned().unwrap_or_default();
        finding(address, attributes, "it is not what the last apply left")
    });
    let gone = facts.gone.iter().map(|address| {
        finding(
            address,
            Vec::new(),
            "it is no longer there: somebody deleted it, or the provider now looks elsewhere",
        )
    });
    let findings = gone.chain(changed);
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
        changes_seen: facts.drift.len() + facts.gone.len(),
        result: Ok(Evaluation {
            findings: findings.collect(),
            documents: Vec::new(),
        }),
    }
}
