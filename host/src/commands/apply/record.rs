//! What the history says of an apply.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tollgate_model::inert::inert_within;

use super::approved::Approved;
use crate::commands::CommandError;
use crate::deploy::guard::git;
use crate::deploy::history::{Deploy, Outcome};
use crate::deploy::{DeployError, whereabouts};
use crate::report::{DocumentReport, Report, WaiverState, words};

/// The most characters of what one document says in a line.
const MAX_SUMMARY: usize = 200;

/// Returns the line of an apply that has not ended: whatever is known before it begins.
pub(super) fn unfinished(
    approved: &Approved<'_>,
    started: Timestamp,
) -> Result<Deploy, CommandError> {
    let Approved {
        session,
        planned,
        evidence,
        ..
    } = approved;
    let (facts, report) = (evidence.facts, evidence.report);
    let head = git::Head::read(&session.layout().directory.value);
    Ok(Deploy {
        environment: session.layout().environment.clone(),
        directory: facts.directory.clone(),
        project: session.config.project().map(ToOwned::to_owned),
        root_module: whereabouts::in_repository(&session.layout().directory.value),
        workspace: facts.workspace.clone(),
        state: session.state_in_history(),
        resources: whereabouts::left_by(&planned.json),
        command: approved.command().to_owned(),
        started,
        seconds: 0,
        result: Outcome::Unfinished,
        tool: format!("{} {}", facts.tool, facts.tool_version),
        plan: Some(crate::sandbox::digest(
            &planned
                .file
                .bytes()
                .map_err(DeployError::system("read the plan"))?,
        )),
        configuration: evidence.configuration.map(|input| input.digest.clone()),
        policies: policies(report),
        bundle: evidence.bundle.map(|kept| kept.digest.clone()),
        verdict: words::decision(report.verdict.decision).to_owned(),
        waivers: waivers(report),
        cost: summaries(report),
        changes: changes(report),
        head,
        partial: evidence.is_partial,
        promoted: evidence.promoted.clone(),
        verifies: None,
        left_by: None,
        ancestry: None,
    })
}

/// The digests of the modules that judged, by the names of the policies.
fn policies(report: &Report) -> BTreeMap<String, String> {
    let policies = report.plans.iter().flat_map(|plan| &plan.policies);
    policies
        .filter_map(|policy| Some((policy.name.clone(), policy.digest.clone()?)))
        .collect()
}

/// The waivers without which it would have been refused.
fn waivers(report: &Report) -> Vec<String> {
    let used = report
        .waivers
        .iter()
        .filter(|waiver| waiver.state == WaiverState::Used);
    used.map(|waiver| format!("{} at {}", waiver.rule, waiver.address))
        .collect()
}

/// The changes of the plan, counted.
fn changes(report: &Report) -> Option<String> {
    let facts = report.plans.iter().find_map(|plan| plan.facts.as_ref())?;
    Some(words::changes(facts))
}

/// What the documents of the policies say in a line each, such as the monthly cost.
fn summaries(report: &Report) -> Option<String> {
    let policies = report.plans.iter().flat_map(|plan| &plan.policies);
    let documents = policies.flat_map(|policy| &policy.documents);
    let said: Vec<String> = documents
        .filter_map(DocumentReport::in_one_line)
        .map(|summary| inert_within(&summary, MAX_SUMMARY).into_owned())
        .collect();
    (!said.is_empty()).then(|| said.join("; "))
}
