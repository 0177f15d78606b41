//! A policy that says all that its contract can say, and repeats all that it is told.

#[cfg(feature = "contract-0-1")]
wit_bindgen::generate!({ path: "../0.1", world: "policy" });
#[cfg(feature = "contract-0-2")]
wit_bindgen::generate!({ path: "../0.2", world: "policy" });
#[cfg(not(any(feature = "contract-0-1", feature = "contract-0-2")))]
wit_bindgen::generate!({ path: "../1.0", world: "policy" });

#[cfg(any(feature = "contract-0-1", feature = "contract-0-2"))]
use tollgate::policy::types::Document as ResultDocument;
use tollgate::policy::types::{
    Action, Change, Detail, Finding, Interest, Outcome, Rule, Severity,
};
#[cfg(not(any(feature = "contract-0-1", feature = "contract-0-2")))]
use tollgate::policy::types::{Extension, ResultDocument};

struct Policy;

export!(Policy);

/// What no version knows yet.
#[cfg(not(any(feature = "contract-0-1", feature = "contract-0-2")))]
fn later() -> Vec<Extension> {
    vec![Extension {
        name: "later".to_owned(),
        content: r#"{"a": null}"#.to_owned(),
    }]
}

fn rule(id: &str, severity: Severity) -> Rule {
    Rule {
        id: id.to_owned(),
        title: format!("The rule `{id}`"),
        description: "Is *reported* of what it is told.".to_owned(),
        severity,
        remediation: "Nothing has to be done.".to_owned(),
        links: vec!["https://example.com/rules".to_owned()],
        #[cfg(not(any(feature = "contract-0-1", feature = "contract-0-2")))]
        example: Some("An `aws_s3_bucket`.".to_owned()),
        #[cfg(not(any(feature = "contract-0-1", feature = "contract-0-2")))]
        extensions: later(),
    }
}

impl Guest for Policy {
    fn describe() -> Metadata {
        Metadata {
            name: "frozen".to_owned(),
            version: "1.2.3-rc.1".to_owned(),
            description: "Repeats what it is told.".to_owned(),
            rules: vec![
                rule("seen", Severity::Info),
                rule("unseen", Severity::Low),
                rule("gone", Severity::Medium),
                rule("whole-plan", Severity::High),
                rule("never", Severity::Critical),
            ],
            settings_schema: r#"{"type": "object", "properties": {"word": {"type": "string"}}, "additionalProperties": false}"#.to_owned(),
            interests: vec![
                Interest {
                    resource_types: vec!["aws_s3_*".to_owned()],
                    actions: Vec::new(),
                    attributes: vec!["bucket".to_owned(), "tags".to_owned(), "size".to_owned()],
                    references: true,
                },
                Interest {
                    resource_types: vec!["aws_db_instance".to_owned()],
                    actions: vec![Action::Delete, Action::Replace, Action::Forget],
                    attributes: vec![String::new(), "on".to_owned()],
                    references: false,
                },
            ],
            outputs: true,
            drift: true,
            documents: vec!["book".to_owned()],
            chunkable: false,
            #[cfg(not(feature = "contract-0-1"))]
            together: Vec::new(),
            #[cfg(not(feature = "contract-0-1"))]
            known_types: vec!["aws_route".to_owned()],
            #[cfg(not(any(feature = "contract-0-1", feature = "contract-0-2")))]
            requires: Vec::new(),
            #[cfg(not(any(feature = "contract-0-1", feature = "contract-0-2")))]
            extensions: later(),
        }
    }

    fn evaluate(request: Request) -> Result<Evaluation, String> {
        if request.settings.contains("refuse") {
            return Err("it was told to refuse".to_owned());
        }
        let mut findings: Vec<Finding> = request.changes.iter().map(of).collect();
        findings.push(Finding {
            rule: "whole-plan".to_owned(),
            outcome: Outcome::Violation,
            #[cfg(not(feature = "contract-0-1"))]
            cause: tollgate::policy::types::Cause::Advice,
            address: None,
            deposed: None,
            attributes: Vec::new(),
            message: "the plan as a whole".to_owned(),
            remediation: None,
            details: Vec::new(),
            #[cfg(not(any(feature = "contract-0-1", feature = "contract-0-2")))]
            extensions: Vec::new(),
        });
        Ok(Evaluation {
            findings,
            documents: vec![ResultDocument {
                name: "request".to_owned(),
                content: text(&format!("{request:?}")),
                #[cfg(not(any(feature = "contract-0-1", feature = "contract-0-2")))]
                summary: Some("what it was told".to_owned()),
            }],
            #[cfg(not(any(feature = "contract-0-1", feature = "contract-0-2")))]
            extensions: later(),
        })
    }
}

fn of(change: &Change) -> Finding {
    let (rule, outcome) = match change.action {
        Action::Delete | Action::Replace | Action::Forget => ("gone", Outcome::Violation),
        Action::NoOp => ("seen", Outcome::Violation),
        _ => ("unseen", Outcome::Undetermined),
    };
    Finding {
        rule: rule.to_owned(),
        outcome,
        #[cfg(not(feature = "contract-0-1"))]
        cause: match change.action {
            Action::NoOp => tollgate::policy::types::Cause::Existing,
            _ => tollgate::policy::types::Cause::Planned,
        },
        address: Some(change.address.clone()),
        deposed: change.deposed.clone(),
        attributes: change
            .attributes
            .iter()
            .take(1)
            .map(|attribute| attribute.path.clone())
            .collect(),
        message: format!("it is a {}", change.kind),
        remediation: Some("Leave it.".to_owned()),
        details: vec![Detail {
            label: "provider".to_owned(),
            text: change.provider.clone(),
        }],
        #[cfg(not(any(feature = "contract-0-1", feature = "contract-0-2")))]
        extensions: later(),
    }
}

/// A text as JSON.
fn text(text: &str) -> String {
    let mut json = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => json.extend(['\\', letter]),
            letter if letter < ' ' => json.push_str(&format!("\\u{:04x}", letter as u32)),
            letter => json.push(letter),
        }
    }
    json.push('"');
    json
}
