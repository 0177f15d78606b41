//! What a pull request does to the gate that judges it.
//!
//! `check --config-from` judges by the configuration of the base branch. Whatever the
//! last commit has instead holds from the moment it is merged, so every difference
//! between the two is told now, by what it does: loosens, tightens, or something that
//! only people can tell. What is not known to tighten is a finding of a policy that
//! Tollgate itself plays, and the base branch says what that leads to.
//!
//! Environments are compared with every default applied, not as text: the same result
//! written in another way is no change, and a table that is gone shows as what then holds.

mod base;
mod compare;
mod promotion;
mod readers;
mod secrets;
mod settings;
#[cfg(test)]
mod tests;
mod waivers;

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::json;
use tollgate_model::own_rules::{Check, GATE_CHANGED, GATE_LOOSENED, OwnRule, checked_by};

use crate::config::Config;
use crate::environment::protected_by_name;
use crate::judge::{Evaluation, Finding, PlanOutcome, PolicyOutcome, RuleEnforcement};
use crate::report::{Cause, DocumentReport, Enforcement, Outcome};
use crate::sandbox::digest;

pub use self::base::{Base, BaseError, BaselineOrBaseError, ConfigOrBaseError, Strayed};
pub use self::compare::compare;
pub use self::readers::known_readers;
pub use tollgate_model::own_rules::POLICY;

/// What a change does to the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// More gets through than before.
    Loosens,
    /// Only people can tell.
    Unclear,
    /// Less gets through than before.
    Tightens,
    /// Nothing changes in what gets through.
    Neutral,
}

impl Effect {
    fn word(self) -> &'static str {
        match self {
            Self::Loosens => "loosens",
            Self::Unclear => "changes",
            Self::Tightens => "tightens",
            Self::Neutral => "neutral",
        }
    }
}

/// One change of the gate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What it does.
    pub effect: Effect,
    /// What is changed, as a clause.
    pub what: String,
    /// What it was and what it becomes, where that says more; `none` for nothing.
    pub values: Option<(String, String)>,
    /// `FILE:LINE` of what a merge would bring, where there is one.
    pub location: Option<String>,
    /// The environments that it changes; empty for all.
    pub environments: Vec<String>,
}

impl Change {
    fn new(effect: Effect, what: impl Into<String>) -> Self {
        Self {
            effect,
            what: what.into(),
            values: None,
            location: None,
            environments: Vec::new(),
        }
    }

    fn values(mut self, before: &dyn Display, after: &dyn Display) -> Self {
        self.values = Some((before.to_string(), after.to_string()));
        self
    }

    fn at(mut self, location: Option<String>) -> Self {
        self.location = location.filter(|location| !location.is_empty());
        self
    }

    fn message(&self) -> String {
        let scope = match self.environments.as_slice() {
            [] => String::new(),
            names => format!("{}: ", names.join(", ")),
        };
        let values = match &self.values {
            Some((before, after)) => format!(": {before} → {after}"),
            None => String::new(),
        };
        format!("{scope}{}{values}", self.what)
    }
}

/// Whether somebody who may has approved the changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// The base branch names nobody who could.
    NoApprovers,
    /// By these.
    Approved(Vec<String>),
    /// Not, and why.
    NotApproved(String),
}

impl Approval {
    /// Holds those who vouch for a change against the patterns of those who may. `all`
    /// says that every one of them has to be allowed, and not one.
    #[must_use]
    pub fn of(patterns: &[&str], people: &[String], all: bool) -> Self {
        let may = |person: &&String| {
            let person = person.to_ascii_lowercase();
            patterns.iter().any(|pattern| {
                tollgate_policy::pattern::matches(&pattern.to_ascii_lowercase(), &person)
            })
        };
        if patterns.is_empty() {
            return Self::NoApprovers;
        }
        let approvers: Vec<String> = people.iter().filter(may).cloned().collect();
        if approvers.is_empty() || all && approvers.len() < people.len() {
            let others: Vec<&str> = people
                .iter()
                .filter(|person| !may(person))
                .map(String::as_str)
                .collect();
            return Self::NotApproved(match others.as_slice() {
                [] => "no commit that can be told changes these files".to_owned(),
                others => format!("not one of `gate-approvers`: {}", others.join(", ")),
            });
        }
        Self::Approved(approvers)
    }
}

/// Whether the working tree has all of the base's history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum History {
    /// It has.
    #[default]
    Whole,
    /// The base has gone on without it.
    Behind,
    /// The clone does not have enough of it to tell.
    Unknown,
}

impl History {
    fn note(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Whole => None,
            Self::Behind => Some((
                "behind",
                "the base has gone on since: what it changed looks undone here; rebase to see this change alone",
            )),
            Self::Unknown => Some((
                "history",
                "the clone is shallow and the common ancestor unknown: this can be what the base has changed since; check out with `fetch-depth: 0` to tell",
            )),
        }
    }
}

/// The changes of the gate, and what the base branch says of them.
#[derive(Clone, Debug)]
pub struct Review {
    /// Where the gate was read from, as it was named, with the commit.
    pub from: String,
    /// Sorted.
    pub changes: Vec<Change>,
    /// Whether they are approved.
    pub approval: Approval,
    /// Whether the working tree has the base's history.
    pub history: History,
    /// Of every environment that the base branch knows, and of the one that is judged.
    pub enforcement: BTreeMap<String, Enforcement>,
}

impl Review {
    /// What a change leads to.
    fn enforcement(&self, rule: &str) -> Enforcement {
        let strongest =
            self.changes
                .iter()
                .filter(|change| rule_of(change.effect) == Some(rule))
                .flat_map(|change| -> Vec<Enforcement> {
                    if change.environments.is_empty() {
                        return self.enforcement.values().copied().collect();
                    }
                    let names = change.environments.iter();
                    names
                        .map(|name| {
                            self.enforcement.get(name).copied().unwrap_or_else(|| {
                                Enforcement::by_protection(protected_by_name(name))
                            })
                        })
                        .collect()
                })
                .max()
                .unwrap_or(Enforcement::Advisory);
        match (&self.approval, strongest) {
            (Approval::Approved(_), Enforcement::SoftMandatory) => Enforcement::Advisory,
            _ => strongest,
        }
    }

    /// Adds the review to the first plan that could be judged, as one more policy. Where
    /// none could, the run is refused without it.
    pub fn add_to(&self, outcomes: &mut [PlanOutcome]) {
        if let Some(run) = outcomes
            .iter_mut()
            .find_map(|outcome| outcome.result.as_mut().ok())
        {
            run.policies.push(self.outcome());
        }
    }

    fn outcome(&self) -> PolicyOutcome {
        let rules = checked_by(Check::GateReview)
            .map(|rule| (rule.id.to_owned(), self.enforcement(rule.id)));
        let rules: BTreeMap<String, Enforcement> = rules.collect();
        PolicyOutcome {
            name: POLICY.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            source: self.from.clone(),
            digest: None,
            enforcement: RuleEnforcement {
                policy: rules
                    .values()
                    .copied()
                    .max()
                    .unwrap_or(Enforcement::Advisory),
                rules,
            },
            rules: checked_by(Check::GateReview).map(OwnRule::rule).collect(),
            changes_seen: 0,
            result: Ok(Evaluation {
                findings: self
                    .changes
                    .iter()
                    .filter_map(|change| self.finding(change))
                    .collect(),
                documents: self.document().into_iter().collect(),
            }),
        }
    }

    fn finding(&self, change: &Change) -> Option<Finding> {
        let rule = rule_of(change.effect)?;
        let message = change.message();
        let mut details = Vec::new();
        if let Some(location) = &change.location {
            details.push(("written at".to_owned(), location.clone()));
        }
        if let Some((name, note)) = self.history.note() {
            details.push((name.to_owned(), note.to_owned()));
        }
        match &self.approval {
            Approval::Approved(by) => details.push(("approved by".to_owned(), by.join(", "))),
            Approval::NotApproved(why) => details.push(("not approved".to_owned(), why.clone())),
            Approval::NoApprovers => {}
        }
        Some(Finding {
            previous_fingerprint: None,
            rule: rule.to_owned(),
            outcome: Outcome::Violation,
            cause: Cause::Planned,
            address: None,
            deposed: None,
            action: None,
            attributes: Vec::new(),
            location: None,
            fingerprint: digest(format!("{rule}\0{message}").as_bytes()),
            message,
            remediation: None,
            details,
        })
    }

    /// What is no finding, for people; and everything, for machines.
    fn document(&self) -> Option<DocumentReport> {
        let rows: Vec<_> = self
            .changes
            .iter()
            .filter(|change| rule_of(change.effect).is_none())
            .map(|change| json!([change.effect.word(), change.message()]))
            .collect();
        if rows.is_empty() {
            return None;
        }
        let changes: Vec<_> = self
            .changes
            .iter()
            .map(|change| {
                json!({
                    "effect": change.effect.word(),
                    "environments": change.environments,
                    "change": change.what,
                    "before": change.values.as_ref().map(|(before, _)| before),
                    "after": change.values.as_ref().map(|(_, after)| after),
                    "location": change.location,
                })
            })
            .collect();
        let content = json!({
            "from": self.from,
            "changes": changes,
            "table": {
                "title": "Changes of the gate that loosen nothing",
                "columns": ["effect", "change"],
                "rows": rows,
            },
        });
        Some(DocumentReport {
            name: "gate-changes".to_owned(),
            content: content.into(),
            summary: None,
        })
    }
}

fn rule_of(effect: Effect) -> Option<&'static str> {
    match effect {
        Effect::Loosens => Some(GATE_LOOSENED),
        Effect::Unclear => Some(GATE_CHANGED),
        Effect::Tightens | Effect::Neutral => None,
    }
}

impl Review {
    /// Reviews what the working tree makes of the base branch's gate.
    #[must_use]
    pub fn new(
        from: String,
        base: &Config,
        working: &Config,
        judged: &str,
        mut changes: Vec<Change>,
        today: jiff::civil::Date,
    ) -> Self {
        changes.extend(compare(base, working, judged, today));
        changes.sort();
        changes.dedup();
        let names = base.environments().chain(std::iter::once(judged));
        let enforcement = names
            .filter_map(|name| {
                let environment = base.environment(Some(name)).ok()?;
                Some((environment.name, environment.gate_changes))
            })
            .collect();
        Self {
            from,
            changes,
            approval: Approval::NoApprovers,
            history: History::Whole,
            enforcement,
        }
    }

    /// Whether anything needs an approval.
    #[must_use]
    pub fn needs_approval(&self) -> bool {
        self.changes
            .iter()
            .any(|change| rule_of(change.effect).is_some())
    }
}
