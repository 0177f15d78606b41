//! The report as SARIF 2.1.0, which code scanning reads.
//!
//! `level` says what a finding leads to: what refuses is an error, what warns, is waived or
//! in the baseline at most a warning, what is let pass a note; how bad the rule is says
//! `security-severity`. Waived and baselined findings are suppressed. A finding without a place in the configuration
//! points at the plan file, and names its resource as a logical location. Policies that
//! failed and plans that could not be judged are notifications of the invocation.

mod invocation;
mod log;
mod message;
mod place;
mod result;
mod rules;
mod size;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::json;

use self::invocation::{invocation, reference};
use self::log::{
    AutomationDetails, BaseId, ColumnKind, Driver, Level, Log, Notification, Properties, Run, Tool,
};
use self::message::{message, plain};
use self::place::{HERE, ROOT, artifacts};
use self::result::{line_hash, result};
use self::rules::{rule_descriptor, rules};
use super::json as text;
use crate::words;
use tollgate_model::report::{Disposition, Report, RuleReport};

/// Where the schema is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What code scanning takes of one run; a log beyond it is rejected as a whole.
const MAX_RESULTS: usize = 25_000;
const MAX_RULES: usize = 25_000;

/// The most that it takes of a file, compressed, with room for what is not measured, in bytes.
const MAX_COMPRESSED: usize = 9_500_000;

/// Returns the report as a log with one run, the gravest results first. What is more than code
/// scanning takes is left out, and a notification says how much.
///
/// # Errors
///
/// None that a report can cause: see [`text::render`].
pub fn render(report: &Report) -> serde_json::Result<String> {
    let mut ordinals = BTreeMap::new();
    let mut findings = Vec::new();
    for plan in &report.plans {
        for policy in &plan.policies {
            for finding in &policy.findings {
                // By the order of the report, which does not depend on what else is found.
                findings.push((plan, finding, line_hash(plan, finding, &mut ordinals)));
            }
        }
    }
    findings.sort_by_key(|(_, finding, _)| (rank(finding.disposition), Reverse(finding.severity)));
    let total = findings.len();
    findings.truncate(MAX_RESULTS);
    let rules = rules(report, findings.iter().map(|(_, finding, _)| *finding));
    let index: BTreeMap<&str, usize> = rules
        .iter()
        .enumerate()
        .map(|(nth, rule)| (rule.rule.as_str(), nth))
        .collect();
    let mut results = Vec::with_capacity(findings.len());
    for (plan, finding, fingerprint) in findings {
        let mut result = result(report, plan, finding, fingerprint);
        result.rule_index = index.get(finding.rule.as_str()).copied();
        results.push(result);
    }
    let mut log = log(report, &rules);
    let room = MAX_COMPRESSED.saturating_sub(size::compressed(&log)?);
    results.truncate(size::fitting(&results, room)?);
    let left_out = total - results.len();
    let [run] = &mut log.runs;
    let [invocation] = &mut run.invocations;
    if left_out > 0 {
        let said = format!(
            "{left_out} of {total} results are left out, those that matter least: code scanning takes no more. The JSON report has them all"
        );
        invocation.tool_execution_notifications.push(Notification {
            descriptor: reference("results-left-out"),
            level: Level::Warning,
            message: message(&said),
            locations: Vec::new(),
        });
    }
    run.results = results;
    text::render(&log)
}

/// What a disposition comes to, the gravest first.
fn rank(disposition: Disposition) -> u8 {
    match disposition {
        Disposition::Refuses => 0,
        Disposition::Warns => 1,
        Disposition::Waived => 2,
        Disposition::Baselined => 3,
        Disposition::Passes => 4,
    }
}

/// The log without its results.
fn log(report: &Report, rules: &[RuleReport]) -> Log {
    let base_id = |text| BaseId {
        description: message(text),
    };
    Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "Tollgate",
                    semantic_version: plain(&report.tollgate_version),
                    rules: rules
                        .iter()
                        .map(|rule| rule_descriptor(report, rule))
                        .collect(),
                },
            },
            // One per environment.
            automation_details: AutomationDetails {
                id: format!("tollgate/{}/", plain(&report.environment.name)),
            },
            original_uri_base_ids: BTreeMap::from([
                (ROOT, base_id("The root of the repository.")),
                (HERE, base_id("The directory in which Tollgate ran.")),
            ]),
            column_kind: ColumnKind::UnicodeCodePoints,
            invocations: [invocation(report)],
            artifacts: artifacts(report),
            results: Vec::new(),
            properties: properties([
                ("environment", json!(plain(&report.environment.name))),
                ("protected", json!(report.environment.protected)),
                ("decision", json!(words::decision(report.verdict.decision))),
                ("date", json!(plain(&report.date))),
            ]),
        }],
    }
}

fn properties<const N: usize>(pairs: [(&str, serde_json::Value); N]) -> Properties {
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}
