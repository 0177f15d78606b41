//! The invocation: how the run ended, and what went wrong besides findings.

use super::log::{DescriptorReference, Invocation, Level, Notification};
use super::message::{message, plain};
use super::place::{HERE, physical, plan_file};
use crate::words::{self, plan_name};
use tollgate_model::report::{PlanReport, Problem, Report};
use tollgate_model::rule::Response;

pub(super) fn invocation(report: &Report) -> Invocation {
    let verdict = &report.verdict;
    let mut execution = failures(report);
    execution.extend(incomplete(report));
    execution.extend(losses(report));
    execution.extend(words::mixed(report).into_iter().map(|said| Notification {
        descriptor: reference("merged-differently"),
        level: Level::Warning,
        message: message(&said),
        locations: Vec::new(),
    }));
    let waivers = report.waivers.iter().filter_map(|waiver| {
        let (word, why) = words::idle(waiver)?;
        let said = format!(
            "{} at {}, {}: {why} ({})",
            waiver.rule, waiver.address, waiver.owner, waiver.location
        );
        Some(Notification {
            descriptor: reference(&format!("waiver-{word}")),
            level: Level::Note,
            message: message(&said),
            locations: Vec::new(),
        })
    });
    Invocation {
        execution_successful: verdict.unreadable_plans == 0
            && verdict.failed_policies == 0
            && !report.plans.is_empty(),
        exit_code: verdict.exit_code,
        exit_code_description: words::decision(verdict.decision),
        tool_execution_notifications: execution,
        tool_configuration_notifications: waivers.collect(),
    }
}

/// The plans that could not be judged, and the policies that could not be run.
fn failures(report: &Report) -> Vec<Notification> {
    let mut failures = Vec::new();
    let mut failed = |plan: &PlanReport, what: String, problem: &Problem| {
        let mut said = format!("{what}: {}", problem.message);
        if let Some(help) = &problem.help {
            said = format!("{said}. Fix: {help}");
        }
        failures.push(about(plan, &plain(&problem.code), Level::Error, &said));
    };
    for plan in &report.plans {
        let name = plan_name(plan);
        if let Some(problem) = &plan.problem {
            failed(plan, format!("{name} could not be judged"), problem);
        }
        for policy in &plan.policies {
            if let Some(failure) = &policy.failure {
                let what = format!("{} could not be run on {name}", policy.name);
                failed(plan, what, failure);
            }
        }
    }
    failures
}

fn incomplete(report: &Report) -> impl Iterator<Item = Notification> + '_ {
    let level = match report.environment.incomplete {
        Response::Fail => Level::Error,
        Response::Warn | Response::Pass => Level::Warning,
    };
    report.plans.iter().filter_map(move |plan| {
        let open = &plan.facts.as_ref()?.incomplete;
        (!open.is_empty()).then(|| {
            let said = format!("{} is incomplete: {}", plan_name(plan), open.join("; "));
            about(plan, "plan-incomplete", level, &said)
        })
    })
}

/// What plans destroy, replace, forget and no longer find, and what they leave out.
fn losses(report: &Report) -> Vec<Notification> {
    let mut losses = Vec::new();
    for plan in &report.plans {
        let Some(facts) = &plan.facts else { continue };
        let left_out = facts.left_out.iter().map(|text| format!("has {text}"));
        for said in words::loss_lines(facts).into_iter().chain(left_out) {
            let said = format!("{} {said}", plan_name(plan));
            losses.push(about(plan, "plan-facts", Level::Note, &said));
        }
    }
    losses
}

/// A notification about a plan.
fn about(plan: &PlanReport, code: &str, level: Level, said: &str) -> Notification {
    Notification {
        descriptor: reference(code),
        level,
        message: message(said),
        locations: vec![physical(HERE, plan_file(plan), None).into()],
    }
}

pub(super) fn reference(id: &str) -> DescriptorReference {
    DescriptorReference { id: id.to_owned() }
}
