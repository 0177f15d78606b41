//! What is wrong on one side of a change, and whether the plan brings it about.

use std::collections::BTreeSet;

use tollgate_policy::{Action, Change, Finding, RuleDef};

use crate::text::clipped;
use crate::unaltered::unaltered;

use super::{Audience, Document, Effect, Hidden, Names, Reading, Side, Statement, Truth};

/// One thing that is wrong, or may be, on one side of a change.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What tells it from others of the same resource; the same on both sides of a change.
    pub key: String,
    /// The statement that is at fault: a wider one that was there before makes it no news.
    pub statement: Option<Statement>,
    /// [`Truth::Unknown`] where it cannot be told.
    pub truth: Truth,
    /// One sentence.
    pub message: String,
    /// The attribute that is at fault.
    pub attribute: String,
    /// The next step, where the rule's own does not fit.
    pub remediation: Option<String>,
    /// Whether something makes it harmless as it is: it is advice then.
    pub harmless: bool,
    /// Whether it cannot be told because it is marked sensitive. What is so on both sides of a change
    /// cannot be compared: it was hidden before, and the plan is not the one that hides it.
    pub hidden: bool,
}

impl Fault {
    /// One that is certain.
    #[must_use]
    pub fn certain(
        key: impl Into<String>,
        attribute: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            key: key.into(),
            statement: None,
            truth: Truth::Yes,
            message: message.into(),
            attribute: attribute.into(),
            remediation: None,
            harmless: false,
            hidden: false,
        }
    }

    /// One that cannot be told because of what is marked sensitive.
    #[must_use]
    pub fn hidden(
        key: impl Into<String>,
        attribute: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            hidden: true,
            ..Self::uncertain(key, attribute, message)
        }
        .remedy(
            "Do not mark it as sensitive: who may do what is no secret, and cannot be reviewed where it is hidden.",
        )
    }

    /// One that cannot be told.
    #[must_use]
    pub fn uncertain(
        key: impl Into<String>,
        attribute: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            truth: Truth::Unknown,
            ..Self::certain(key, attribute, message)
        }
    }

    /// Replaces the rule's remediation.
    #[must_use]
    pub fn remedy(mut self, text: impl Into<String>) -> Self {
        self.remediation = Some(text.into());
        self
    }

    fn was(&self, before: &[Self]) -> Option<Truth> {
        before
            .iter()
            .filter(|other| match (&other.statement, &self.statement) {
                // By its name it can be the same and still allow more.
                (Some(old), Some(new)) => old.covers(new),
                _ => other.key == self.key && other.hidden == self.hidden,
            })
            .map(|other| other.truth)
            .max()
    }
}

/// The findings about what `faults` says of both sides of a change: planned where the plan
/// brings it about, existing where it was so before. None for what does not remain.
pub fn judge(rule: &RuleDef, change: &Change, faults: impl Fn(Side) -> Vec<Fault>) -> Vec<Finding> {
    if !change.remains() {
        return Vec::new();
    }
    let after = faults(Side::After);
    if after.is_empty() {
        return Vec::new();
    }
    let before = match change.action {
        Action::Create | Action::Read => Vec::new(),
        _ => faults(Side::Before),
    };
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut findings = Vec::new();
    for fault in &after {
        if !told.insert(&fault.message) {
            continue;
        }
        let finding = match fault.truth {
            Truth::Yes => rule.violation(change, fault.message.clone()),
            Truth::Unknown => rule.undetermined(change, fault.message.clone()),
            Truth::No => continue,
        };
        let existed = match fault.was(&before) {
            Some(Truth::Yes) => true,
            Some(_) if fault.hidden => matches!(change.action, Action::NoOp | Action::Update),
            Some(_) => unaltered(change, &fault.attribute),
            None => false,
        };
        let mut finding = finding.attribute(fault.attribute.clone());
        finding.remediation.clone_from(&fault.remediation);
        findings.push(if fault.harmless {
            finding.advice()
        } else if existed && !change.importing {
            finding.existing()
        } else {
            finding
        });
    }
    findings
}

/// What a document grants to everyone: certain faults only. `what` is what a sentence calls
/// the document.
#[must_use]
pub fn open_faults(reading: &Reading, attribute: &str, what: &str) -> Vec<Fault> {
    let Reading::Read(document) = reading else {
        return Vec::new();
    };
    document
        .open()
        .into_iter()
        .filter(|(_, truth)| *truth == Truth::Yes)
        .map(|(statement, _)| Fault {
            statement: Some(statement.clone()),
            ..Fault::certain(
                format!("open {}", statement.label),
                attribute,
                format!(
                    "{} of {what} allows {} to {}, and no condition says which of them",
                    statement.label,
                    shown(&statement.actions),
                    statement.audience().shown()
                ),
            )
        })
        .collect()
}

/// What a document hides that is marked sensitive, the whole or the part of a statement that decides.
/// `whether` is what cannot be told then; `decides` says whether it is up to the hidden parts of a
/// statement that does not deny.
#[must_use]
pub fn hidden_faults(
    reading: &Reading,
    attribute: &str,
    whether: &str,
    decides: impl Fn(&Document, &Statement) -> bool,
) -> Vec<Fault> {
    let cannot = |key: String, why: String| {
        Fault::hidden(
            format!("hidden {key}"),
            attribute,
            format!("{whether} cannot be told: {why}"),
        )
    };
    match reading {
        Reading::Hidden => vec![cannot(
            String::new(),
            format!("`{attribute}` is marked sensitive"),
        )],
        Reading::Read(document) => {
            let whole = document.hidden.iter();
            let whole = whole.map(|what| cannot(what.clone(), what.clone()));
            let statements = document.statements.iter().filter(|statement| {
                statement.hidden != Hidden::default()
                    && statement.effect != Effect::Deny
                    && decides(document, statement)
            });
            whole
                .chain(statements.map(|statement| {
                    let label = &statement.label;
                    cannot(
                        label.clone(),
                        format!("part of {label} is marked sensitive"),
                    )
                }))
                .collect()
        }
        Reading::Absent | Reading::Unknown | Reading::Unreadable(_) => Vec::new(),
    }
}

/// The same for whom a document lets in.
#[must_use]
pub fn open_hidden(reading: &Reading, attribute: &str, what: &str) -> Vec<Fault> {
    let whether = format!("whether {what} lets everyone in");
    hidden_faults(reading, attribute, &whether, |document, statement| {
        let hidden = statement.hidden;
        (hidden.effect || hidden.principals || hidden.conditions)
            && document
                .open()
                .iter()
                .any(|(open, truth)| *open == statement && *truth == Truth::Unknown)
    })
}

/// What of a document cannot be told, as far as it matters for whom it lets in. Of a statement
/// that is known but for names of principals or values of conditions it is advice.
#[must_use]
pub fn open_doubts(reading: &Reading, attribute: &str, what: &str) -> Vec<Fault> {
    let mut faults = doubts(reading, attribute, what);
    if let Reading::Read(document) = reading {
        for (statement, truth) in document.open() {
            if truth != Truth::Unknown {
                continue;
            }
            let which = if statement.effect == Effect::Unknown {
                "its `Effect` cannot be read"
            } else if statement.audience() == Audience::Unknown {
                "its principals are known only after apply"
            } else {
                "the values of its conditions are known only after apply"
            };
            faults.push(Fault {
                statement: Some(statement.clone()),
                // What the plan makes gets names and numbers, and no wildcard.
                harmless: statement.effect != Effect::Unknown,
                ..Fault::uncertain(
                    format!("open {}", statement.label),
                    attribute,
                    format!(
                        "whom {} of {what} lets in cannot be told: {which}",
                        statement.label
                    ),
                )
            });
        }
    }
    faults
}

/// What of a document cannot be told.
#[must_use]
pub fn doubts(reading: &Reading, attribute: &str, what: &str) -> Vec<Fault> {
    match reading {
        Reading::Absent => Vec::new(),
        Reading::Unknown => vec![Fault::uncertain(
            "unreadable",
            attribute,
            format!("what {what} allows cannot be told: `{attribute}` is known only after apply"),
        )],
        Reading::Hidden => vec![Fault {
            hidden: true,
            ..Fault::uncertain(
                "unreadable",
                attribute,
                format!("what {what} allows cannot be told: `{attribute}` is marked sensitive"),
            )
        }],
        Reading::Unreadable(why) => vec![Fault::uncertain(
            "unreadable",
            attribute,
            format!("what {what} allows cannot be told: `{attribute}`: {why}"),
        )],
        Reading::Read(Document { doubts, hidden, .. }) => doubts
            .iter()
            .map(|doubt| Fault {
                hidden: hidden.contains(doubt),
                ..Fault::uncertain(
                    format!("doubt {doubt}"),
                    attribute,
                    format!("what {what} allows cannot be told in full: {doubt}"),
                )
            })
            .collect(),
    }
}

/// Actions or resources in a message; not more than three of them.
#[must_use]
pub fn shown(names: &Names) -> String {
    let mut list: Vec<_> = names
        .words
        .known
        .iter()
        .take(3)
        .map(|word| format!("`{}`", clipped(word)))
        .collect();
    let more = names.words.known.len().saturating_sub(3);
    if more > 0 {
        list.push(format!("{more} more"));
    }
    if names.words.unknown {
        list.push("what is known only after apply".to_owned());
    }
    let list = list.join(", ");
    if names.not {
        format!("everything but {list}")
    } else {
        list
    }
}
