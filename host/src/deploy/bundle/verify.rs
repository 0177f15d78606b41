//! Whether what a plan was made of is still so.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;
use tollgate_secrets::inject::Injection;

use super::Opened;
use crate::deploy::facts::Facts;
use crate::hcl::Variable;
use crate::report::{Decision, WaiverState};

/// How many names are told of those that differ.
const MOST_NAMES: usize = 5;

/// What is so now.
pub struct Now<'a> {
    /// Gathered as they were for the plan.
    pub facts: &'a Facts,
    /// Every secret that the configuration declares, ephemeral or not.
    pub secrets: &'a Injection<'a>,
    /// The variables of which the environment of the process counts: neither ephemeral, nor set by a
    /// file or a secret.
    pub of_shell: &'a [String],
    /// What the root module declares.
    pub declared: &'a BTreeMap<String, Variable>,
    /// The date that waivers are held against.
    pub today: Date,
}

/// Something that is not as it was when the plan was made and judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What.
    pub what: String,
    /// What the bundle says.
    pub expected: String,
    /// What is so.
    pub found: String,
    /// The one next step.
    pub fix: &'static str,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            expected,
            found,
            ..
        } = self;
        write!(f, "{what}: expected {expected}, found {found}")
    }
}

const PLAN_AGAIN: &str = "plan again: what was judged is not what would be applied";

/// Holds a bundle against what is so now; nothing where it may be applied as far as the bundle goes.
#[must_use]
pub fn verify(opened: &Opened, now: &Now<'_>) -> Vec<Mismatch> {
    let manifest = &opened.content.manifest;
    let mut mismatches = Vec::new();
    judged(opened, now.today, &mut mismatches);
    facts(&manifest.facts, now.facts, &mut mismatches);
    variables(opened, now, &mut mismatches);
    shell(opened, now, &mut mismatches);
    mismatches
}

/// The verdict, and whether it may be applied at all.
fn judged(opened: &Opened, today: Date, mismatches: &mut Vec<Mismatch>) {
    let report = &opened.content.report;
    if report.verdict.decision != Decision::Passed {
        mismatches.push(Mismatch {
            what: "verdict".to_owned(),
            expected: "passed".to_owned(),
            found: format!(
                "{} (exit code {})",
                crate::report::words::decision(report.verdict.decision),
                report.verdict.exit_code
            ),
            fix: "correct what the report of the plan names, and plan again",
        });
    }
    for waiver in &report.waivers {
        let expired = waiver
            .expires
            .parse::<Date>()
            .is_ok_and(|last| last < today);
        if waiver.state == WaiverState::Used && expired {
            mismatches.push(Mismatch {
                what: format!("waiver of {} at {}", waiver.rule, waiver.address),
                expected: format!("holds on {today}"),
                found: format!("its last day was {}", waiver.expires),
                fix: "correct what it covers, or have it extended, and plan again",
            });
        }
    }
    if let Err(names) = opened.content.manifest.may_be_applied() {
        mismatches.push(Mismatch {
            what: "plan".to_owned(),
            expected: "made with the real values of what lasts".to_owned(),
            found: format!("a placeholder for {}", some(&names)),
            fix: "it is for checking only: plan again with a key, or declare the variables `ephemeral`",
        });
    }
}

fn facts(planned: &Facts, now: &Facts, mismatches: &mut Vec<Mismatch>) {
    let mut compare = |what: &str, expected: &dyn fmt::Display, found: &dyn fmt::Display, fix| {
        let (expected, found) = (expected.to_string(), found.to_string());
        if expected != found {
            mismatches.push(Mismatch {
                what: what.to_owned(),
                expected: format!("`{expected}`"),
                found: format!("`{found}`"),
                fix,
            });
        }
    };
    compare(
        "environment",
        &planned.environment,
        &now.environment,
        "name the bundle of this environment",
    );
    compare(
        "directory",
        &planned.directory,
        &now.directory,
        "name the bundle of this root module",
    );
    compare("workspace", &planned.workspace, &now.workspace, PLAN_AGAIN);
    compare("backend", &planned.backend, &now.backend, PLAN_AGAIN);
    compare(
        "tool",
        &format!("{} {}", planned.tool, planned.tool_version),
        &format!("{} {}", now.tool, now.tool_version),
        "use the version that planned, or plan again with this one",
    );
    compare(
        "Tollgate",
        &planned.tollgate,
        &now.tollgate,
        "use the version that judged, or plan again with this one",
    );
    files("gate", &planned.gate, &now.gate, mismatches);
    files("configuration", &planned.source, &now.source, mismatches);
    files("files", &planned.inputs, &now.inputs, mismatches);
    let by_name = |list: &[(String, String)]| list.iter().cloned().collect();
    let before = mismatches.len();
    files(
        "variables",
        &by_name(&planned.variables),
        &by_name(&now.variables),
        mismatches,
    );
    if mismatches.len() == before && planned.variables != now.variables {
        let order = |list: &[(String, String)]| {
            let names: Vec<&str> = list.iter().map(|(name, _)| name.as_str()).collect();
            names.join(", ")
        };
        mismatches.push(Mismatch {
            what: "order of the files of variables".to_owned(),
            expected: order(&planned.variables),
            found: order(&now.variables),
            fix: PLAN_AGAIN,
        });
    }
}

/// One mismatch for all files of a kind, with the names of those that differ.
fn files(
    what: &str,
    planned: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
    mismatches: &mut Vec<Mismatch>,
) {
    let names: BTreeSet<&String> = planned.keys().chain(now.keys()).collect();
    let different: Vec<String> = names
        .into_iter()
        .filter_map(|name| match (planned.get(name), now.get(name)) {
            (Some(a), Some(b)) if a == b => None,
            (Some(_), Some(_)) => Some(format!("{name} is changed")),
            (Some(_), None) => Some(format!("{name} is gone")),
            (None, _) => Some(format!("{name} is new")),
        })
        .collect();
    if !different.is_empty() {
        mismatches.push(Mismatch {
            what: what.to_owned(),
            expected: "as it was planned".to_owned(),
            found: some(&different),
            fix: PLAN_AGAIN,
        });
    }
}

/// What the secrets set. Values are compared by digests, and neither is ever told.
fn variables(opened: &Opened, now: &Now<'_>, mismatches: &mut Vec<Mismatch>) {
    let manifest = &opened.content.manifest;
    let digests = now.secrets.digests(manifest.digest_key());
    let mut differ = |name: &str, expected: &str, found: &str, fix| {
        mismatches.push(Mismatch {
            what: format!("secret `{name}`"),
            expected: expected.to_owned(),
            found: found.to_owned(),
            fix,
        });
    };
    for (name, planned) in &manifest.variables {
        let Some(found) = digests.get(name) else {
            let fix = if planned.ephemeral {
                "set it: it has to be handed over again"
            } else {
                "plan again, so that the plan is without it"
            };
            differ(name, "a value", "none", fix);
            continue;
        };
        if planned.placeholder {
            continue;
        }
        if planned
            .digest
            .as_ref()
            .is_some_and(|planned| planned != found)
        {
            differ(
                name,
                "the value that was planned with",
                "another value",
                "plan again: the plan holds the old one",
            );
        }
    }
    for name in digests.keys() {
        if manifest.variables.contains_key(name) {
            continue;
        }
        if now.declared.contains_key(name) {
            differ(
                name,
                "no value",
                "one that was set since",
                "plan again, so that the plan has it",
            );
        }
    }
}

/// What `TF_VAR_…` sets now and did not set so when it was planned: the tool would refuse it. What is
/// not set any more is in the plan.
fn shell(opened: &Opened, now: &Now<'_>, mismatches: &mut Vec<Mismatch>) {
    let manifest = &opened.content.manifest;
    let key = manifest.digest_key();
    let set = super::of_shell(now.of_shell, key, |name| std::env::var_os(name));
    for (name, found) in set {
        let planned = manifest.shell.get(&name);
        if planned == Some(&found) {
            continue;
        }
        mismatches.push(Mismatch {
            what: format!("TF_VAR_{name}"),
            expected: match planned {
                Some(_) => "the value that was planned with".to_owned(),
                None => "nothing, as when it was planned".to_owned(),
            },
            found: "another value".to_owned(),
            fix: "unset it, because the plan has its value; or plan again with the new one",
        });
    }
}

/// The first names of a list, and how many there are besides.
fn some(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES).cloned();
    let mut shown: Vec<String> = shown.collect();
    if names.len() > MOST_NAMES {
        shown.push(format!("{} more", names.len() - MOST_NAMES));
    }
    shown.join(", ")
}
