//! The rules of Tollgate's own: one table.
//!
//! What checks them is part of the host and no module. Reports show them as rules of one more
//! policy, which is called [`POLICY`].

use crate::rule::{Enforcement, Rule, Severity};

/// What reports call the policy that Tollgate itself plays.
pub const POLICY: &str = "tollgate";

/// A change lets more through than before.
pub const GATE_LOOSENED: &str = "gate-loosened";
/// A change of the gate whose effect only people can tell.
pub const GATE_CHANGED: &str = "gate-changed";
/// A secret without a mark, in what is planned.
pub const SECRET_IN_PLAN: &str = "secret-in-plan";
/// A secret without a mark in what exists already, or a coincidence.
pub const SECRET_PERHAPS: &str = "secret-perhaps-in-plan";
/// An object that is not what the last apply left.
pub const DRIFT: &str = "drift";
/// An image that is promoted by a name that can come to mean another one.
pub const PROMOTED_WITHOUT_DIGEST: &str = "promoted-without-digest";

/// A rule of Tollgate's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnRule {
    /// Without the policy's name.
    pub id: &'static str,
    /// A noun phrase.
    pub title: &'static str,
    /// What it finds and why, in Markdown.
    pub description: &'static str,
    /// How bad a violation is.
    pub severity: Severity,
    /// How to comply.
    pub remediation: &'static str,
    /// What finds violations.
    pub check: Check,
    /// Whether a waiver can cover a finding.
    pub waivable: bool,
    /// What a violation leads to.
    pub enforcement: OwnEnforcement,
}

/// What finds violations of a rule of Tollgate's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The comparison of the base branch's gate with the working tree's.
    GateReview,
    /// The search of a plan for the secrets that it was made with.
    SecretSearch,
    /// `plan --drift-only`.
    Drift,
    /// A look at the variables that are promoted.
    Promotion,
}

/// Where the enforcement of a rule of Tollgate's own comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnEnforcement {
    /// `gate-changes` of the environment, in the base branch's configuration.
    BaseBranch,
    /// Whether the environment is protected: [`Enforcement::by_protection`].
    ByProtection,
    /// The same in every environment.
    Always(Enforcement),
}

const APPROVE: &str = "Undo it, or have it approved by one of `gate-approvers` of the base branch's tollgate.toml, or merge it over this check knowingly, apart from the plan.";

const MARK: &str = "Mark the variable or output as `sensitive`; better, declare the variable as `ephemeral` and use a write-only argument (`…_wo`), so that neither plan nor state has the value.";

/// Every rule of Tollgate's own.
pub const OWN_RULES: [OwnRule; 6] = [
    OwnRule {
        id: GATE_LOOSENED,
        title: "Change that loosens the gate itself",
        description: "With `check --config-from`, plans are judged by the configuration of the base branch. This finding names what the last commit changes so that more gets through once it is merged: a waiver that is added, widened or extended, a lower enforcement, a policy or an environment's protection that is gone, a higher cap, more accepted findings, a name that stands for another environment, another reader of kept plans. `gate-changes` of the environment, in the base branch's file, says what it leads to; a waiver does not cover it.",
        severity: Severity::High,
        remediation: APPROVE,
        check: Check::GateReview,
        waivable: false,
        enforcement: OwnEnforcement::BaseBranch,
    },
    OwnRule {
        id: GATE_CHANGED,
        title: "Change of the gate whose effect only people can tell",
        description: "With `check --config-from`, plans are judged by the configuration of the base branch. This finding names what the last commit changes without it being clear whether more or less gets through once it is merged: a policy's settings, its module, a document such as the price book. It also names the files of the gate that are another in the working tree than in the last commit. It is treated as `gate-loosened` is.",
        severity: Severity::Medium,
        remediation: APPROVE,
        check: Check::GateReview,
        waivable: false,
        enforcement: OwnEnforcement::BaseBranch,
    },
    OwnRule {
        id: SECRET_IN_PLAN,
        title: "Unencrypted secret in the plan",
        description: "`tollgate plan` searches the plan for the values that it handed over: as they are, in base64, and as their SHA-256. This finding names a resource's attribute, an output or a part of the configuration that has one without being marked as sensitive, so that it is shown in logs, reports and reviews. Values that are shorter than eight bytes are not looked for.",
        severity: Severity::High,
        remediation: MARK,
        check: Check::SecretSearch,
        waivable: true,
        enforcement: OwnEnforcement::ByProtection,
    },
    OwnRule {
        id: SECRET_PERHAPS,
        title: "Unencrypted secret in the state, or a coincidence",
        description: "As `secret-in-plan`, where no finding blocks this plan: the value is in what exists already and not in what is planned, or it is an ordinary word, which can be there for another reason. A value that is no secret belongs into a file of variables.",
        severity: Severity::Medium,
        remediation: MARK,
        check: Check::SecretSearch,
        waivable: false,
        enforcement: OwnEnforcement::Always(Enforcement::Advisory),
    },
    OwnRule {
        id: DRIFT,
        title: "Object that changed outside of the configuration",
        description: "With `plan --drift-only`, what the state says is compared with what is there. This finding names a resource that somebody or something changed since the last apply, and which of its attributes. What `ignore_changes` of the resource names is no drift. An ordinary plan shows the same in its facts and refuses nothing for it, because its change would undo it.",
        severity: Severity::Medium,
        remediation: "Apply the configuration to undo it, write the change into the configuration, or take it over into the state with `tollgate apply --refresh-only`; a waiver of `tollgate/drift` covers what is expected to change.",
        check: Check::Drift,
        waivable: true,
        enforcement: OwnEnforcement::Always(Enforcement::SoftMandatory),
    },
    OwnRule {
        id: PROMOTED_WITHOUT_DIGEST,
        title: "Promoted image without a digest",
        description: "A variable that `promote` of an environment names has the same value there as in the environment before it. Where the value is an image's name with a tag, or a tag alone, somebody can push another image under it in between, so that what runs is not what was tested. This finding names such a variable: one whose value looks like the reference of an image, or whose name says that it is of an image, without `@sha256:…`.",
        severity: Severity::High,
        remediation: "Set the variable to the image's digest: `registry.example/app@sha256:…`, as the push of the image prints it.",
        check: Check::Promotion,
        waivable: true,
        enforcement: OwnEnforcement::ByProtection,
    },
];

impl OwnRule {
    /// Returns the name that reports and waivers use: `policy/rule`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{POLICY}/{}", self.id)
    }

    /// Returns the rule as the reports of policies have theirs.
    #[must_use]
    pub fn rule(&self) -> Rule {
        Rule {
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            severity: self.severity,
            remediation: self.remediation.to_owned(),
            description: self.description.to_owned(),
            links: Vec::new(),
        }
    }
}

/// Returns a rule of Tollgate's own, by its identifier.
#[must_use]
pub fn own_rule(id: &str) -> Option<&'static OwnRule> {
    OWN_RULES.iter().find(|rule| rule.id == id)
}

/// Returns the rules that a check looks at.
pub fn checked_by(check: Check) -> impl Iterator<Item = &'static OwnRule> {
    OWN_RULES.iter().filter(move |rule| rule.check == check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_one_row_and_says_everything() {
        let mut ids: Vec<_> = OWN_RULES.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), OWN_RULES.len());
        for rule in &OWN_RULES {
            assert!(crate::names::is_kebab(rule.id), "{}", rule.id);
            for text in [rule.title, rule.description, rule.remediation] {
                assert!(!text.trim().is_empty(), "{}", rule.id);
            }
            assert_eq!(own_rule(rule.id), Some(rule));
        }
        assert_eq!(own_rule("gate"), None);
    }

    /// Whoever changes the gate could bring the waiver along.
    #[test]
    fn no_waiver_covers_a_change_of_the_gate() {
        assert!(checked_by(Check::GateReview).all(|rule| !rule.waivable));
    }
}
