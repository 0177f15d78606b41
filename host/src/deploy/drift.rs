//! What changed outside of the configuration, as findings of the policy that Tollgate plays.

use crate::judge::{Evaluation, Finding, PolicyOutcome, Rule, RuleEnforcement};
use crate::loosening::{HostRule, POLICY};
use crate::policy::digest;
use crate::report::{Enforcement, Outcome, PlanFacts, Severity};

/// The rule of `plan --drift-only`.
pub const RULE: HostRule = HostRule {
    id: "drift",
    title: "Object that changed outside of the configuration",
    description: "With `plan --drift-only`, what the state says is held against what is there. This finding names a resource that somebody or something changed since the last apply. An ordinary plan shows the same in its facts and refuses nothing for it, because its change would undo it.",
    severity: Severity::Medium,
    remediation: "Apply the configuration to undo it, or write the change into the configuration; a waiver covers what is expected to change.",
};

/// Makes findings of the drift of a plan.
#[must_use]
pub fn outcome(facts: &PlanFacts) -> PolicyOutcome {
    let findings = facts.drift.iter().map(|address| Finding {
        rule: RULE.id.to_owned(),
        outcome: Outcome::Violation,
        address: Some(address.clone()),
        deposed: None,
        action: None,
        attributes: Vec::new(),
        location: None,
        fingerprint: digest(format!("{}\0{address}", RULE.id).as_bytes()),
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
        rules: vec![Rule {
            id: RULE.id.to_owned(),
            title: RULE.title.to_owned(),
            severity: RULE.severity,
            remediation: RULE.remediation.to_owned(),
            description: RULE.description.to_owned(),
            links: Vec::new(),
        }],
        changes_seen: facts.drift.len(),
        result: Ok(Evaluation {
            findings: findings.collect(),
            documents: Vec::new(),
        }),
    }
}
