//! A policy that breaks the contract in the way that its settings ask for.

use std::hint::black_box;

use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;
use tollgate_policy::{
    Evaluation, Finding, Input, Interest, Outcome, Policy, ResultDocument, RuleDef, Severity,
};

const RULE: RuleDef = RuleDef {
    id: "some-rule",
    title: "A rule",
    description: "For tests.",
    severity: Severity::Medium,
    remediation: "Do something else.",
    example: "",
    links: &[],
};

/// What to do.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// The misbehaviour.
    #[serde(default)]
    behave: Behave,
    /// For those that take a text.
    #[serde(default)]
    text: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Behave {
    /// Answers that every change is fine.
    #[default]
    Well,
    Trap,
    Loop,
    Recurse,
    GrowMemory,
    AnswerTooMuch,
    TooManyFindings,
    LongMessage,
    UndeclaredRule,
    ForeignAddress,
    BrokenPath,
    BrokenDocument,
    ReadUndeclaredAttribute,
    CannotJudge,
    /// One violation on the first change, with `text` as its message.
    Say,
}

/// The policy.
#[derive(Debug)]
pub struct Misbehave;

fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if depth == u64::MAX {
        0
    } else {
        recurse(depth + 1) + black_box(frame[7])
    }
}

impl Policy for Misbehave {
    type Settings = Settings;
    const NAME: &'static str = "misbehave";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str = "Breaks the contract in the way that its settings ask for.";
    const RULES: &'static [&'static RuleDef] = &[&RULE];

    fn interests() -> Vec<Interest> {
        vec![Interest::in_types(["*"]).attributes(["id"])]
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let finding = RULE.finding(Outcome::Violation, "something");
        let on_first = |finding: Finding| input.changes.first().map(|change| finding.on(change));
        match input.settings.behave {
            Behave::Well => {}
            #[expect(clippy::panic, reason = "the misbehaviour asked for")]
            Behave::Trap => panic!("trap"),
            Behave::Loop => loop {
                black_box(());
            },
            Behave::Recurse => {
                black_box(recurse(0));
            }
            Behave::GrowMemory => {
                let mut hoard = Vec::new();
                loop {
                    hoard.push(black_box(vec![1_u8; 1 << 20]));
                }
            }
            Behave::AnswerTooMuch => evaluation
                .findings
                .push(RULE.finding(Outcome::Violation, "x".repeat(20 << 20))),
            Behave::TooManyFindings => evaluation.findings = vec![finding; 11_000],
            Behave::LongMessage => evaluation
                .findings
                .push(RULE.finding(Outcome::Violation, "x".repeat(5_000))),
            Behave::UndeclaredRule => evaluation.findings.push(Finding {
                rule: "other".to_owned(),
                ..finding
            }),
            Behave::ForeignAddress => evaluation.findings.push(Finding {
                address: Some("aws_instance.not_in_the_plan".to_owned()),
                ..finding
            }),
            Behave::BrokenPath => evaluation.findings.push(finding.attribute("a..b")),
            Behave::BrokenDocument => evaluation.documents.push(ResultDocument {
                name: "result".to_owned(),
                content: "{".to_owned(),
                summary: None,
            }),
            Behave::ReadUndeclaredAttribute => {
                for change in &input.changes {
                    let _ = black_box(change.after("password").text());
                }
            }
            Behave::CannotJudge => return Err("the moon is in the wrong phase".to_owned()),
            Behave::Say => evaluation.findings.extend(on_first(
                RULE.finding(Outcome::Violation, input.settings.text.clone())
                    .attribute("id"),
            )),
        }
        Ok(evaluation)
    }
}

tollgate_policy::export!(Misbehave);
