//! What the report says of a plan besides findings.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{self, Action, CheckStatus, Plan, ResourceChange};
use crate::report::{ActionCounts, Labelled, PlanFacts};

/// What every resource that moves was called until now, by its address.
pub(super) fn moved(plan: &Plan<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let deferred = plan.deferred.iter().map(|deferred| &deferred.change);
    let mut moved: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for change in plan.changes.iter().chain(&plan.drift).chain(deferred) {
        if let Some(previous) = &change.previous_address {
            let names = moved.entry(change.address.to_string()).or_default();
            names.insert(previous.to_string());
        }
    }
    moved
}

/// What the report says of a plan.
pub(super) fn facts(plan: &Plan<'_>) -> PlanFacts {
    let mut actions = ActionCounts::default();
    let mut facts = PlanFacts {
        terraform_version: plan.terraform_version.as_deref().map(str::to_owned),
        complete: plan.complete,
        incomplete: incomplete(plan),
        left_out: left_out(plan),
        deferred: plan
            .deferred
            .iter()
            .map(|deferred| Labelled {
                name: deferred.change.address.to_string(),
                note: deferred.reason.to_string(),
            })
            .collect(),
        checks: plan
            .checks
            .iter()
            .filter(|check| check.status != CheckStatus::Pass)
            .map(|check| Labelled {
                name: check.address.to_string(),
                note: check.status.as_str().to_owned(),
            })
            .collect(),
        action_invocations: plan
            .action_invocations
            .iter()
            .map(|invocation| invocation.address.to_string())
            .collect(),
        ..PlanFacts::default()
    };
    for change in &plan.drift {
        let address = change.address.to_string();
        match (change.action, change.differences()) {
            (Action::NoOp, _) => {}
            (Action::Delete | Action::Forget, _) => facts.gone.push(named(change)),
            (_, Some(attributes)) if attributes.is_empty() => {}
            (_, attributes) => {
                facts.drift.push(address.clone());
                if let Some(attributes) = attributes {
                    facts.drift_attributes.insert(address, attributes);
                }
            }
        }
    }
    for change in &plan.changes {
        match change.action {
            Action::Delete => facts.destroyed.push(named(change)),
            Action::Replace => facts.replaced.push(named(change)),
            Action::Forget => facts.forgotten.push(named(change)),
            Action::NoOp | Action::Create | Action::Read | Action::Update => {}
        }
        let count = match change.action {
            Action::NoOp => &mut actions.no_op,
            Action::Create => &mut actions.create,
            Action::Read => &mut actions.read,
            Action::Update => &mut actions.update,
            Action::Delete => &mut actions.delete,
            Action::Replace => &mut actions.replace,
            Action::Forget => &mut actions.forget,
        };
        *count += 1;
        facts.moved += usize::from(change.previous_address.is_some());
        facts.imported += usize::from(change.importing);
        facts.deposed += usize::from(change.deposed.is_some());
    }
    facts.actions = actions;
    facts
}

/// Why the plan does not cover everything, as far as it says so.
fn incomplete(plan: &Plan<'_>) -> Vec<String> {
    let mut incomplete = Vec::new();
    if plan.complete == Some(false) && plan.deferred.is_empty() {
        incomplete.push("the plan says that it does not cover the whole configuration, as one made with -target does not".to_owned());
    }
    if plan.complete != Some(false) && !plan.left_alone.is_empty() {
        const SHOWN: usize = 3;
        let shown: Vec<&str> = plan
            .left_alone
            .iter()
            .take(SHOWN)
            .map(AsRef::as_ref)
            .collect();
        let more = match plan.left_alone.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        incomplete.push(format!(
            "the plan does not speak of everything that the state has, as one made with -target does not: {}{more}",
            shown.join(", ")
        ));
    }
    if !plan.deferred.is_empty() {
        incomplete.push(match plan.deferred.len() {
            1 => "1 change is put off to a later plan".to_owned(),
            number => format!("{number} changes are put off to a later plan"),
        });
    }
    incomplete
}

/// The address of an object, with its deposed key.
fn named(change: &ResourceChange<'_>) -> String {
    match &change.deposed {
        Some(key) => format!("{} (deposed {key})", change.address),
        None => change.address.to_string(),
    }
}

/// Whether a version of OpenTofu or Terraform writes into every plan whether planning failed.
fn writes_errored(version: &str) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (1, 7),
        _ => false,
    }
}

/// What the plan leaves out, and what that leaves unused.
fn left_out(plan: &Plan<'_>) -> Vec<String> {
    let mut left_out = Vec::new();
    if plan.changes.is_empty() {
        return left_out;
    }
    if !plan.has_configuration() {
        left_out.push(
            "no `configuration`: what resources refer to and the regions of their providers are not known, and findings have no place in a file"
                .to_owned(),
        );
    }
    if !plan.says_errored
        && plan
            .terraform_version
            .as_deref()
            .is_some_and(writes_errored)
    {
        left_out.push(
            "no `errored`: whether planning failed, and the list of changes is only a part, is not known"
                .to_owned(),
        );
    }
    let number = |lacks: fn(&ResourceChange<'_>) -> bool| {
        let lacking = plan.changes.iter().filter(|change| lacks(change)).count();
        (lacking > 0).then(|| match lacking {
            1 => "1 change".to_owned(),
            more => format!("{more} changes"),
        })
    };
    let acts_on_objects = |change: &&ResourceChange<'_>| {
        change.mode == plan::Mode::Managed
            && change.deposed.is_none()
            && matches!(
                change.action,
                Action::NoOp | Action::Update | Action::Delete | Action::Replace | Action::Forget
            )
    };
    if !plan.has_prior_state && plan.changes.iter().any(|change| acts_on_objects(&change)) {
        left_out.push(
            "nothing in `prior_state`: that something is missing from the list of changes would not be noticed"
                .to_owned(),
        );
    }
    if let Some(number) = number(|change| change.provider.is_empty()) {
        left_out.push(format!(
            "no `provider_name` in {number}: which provider makes them is known from the configuration only"
        ));
    }
    if let Some(number) = number(|change| !change.has_marks()) {
        left_out.push(format!(
            "no marks of what is sensitive in {number}: no policy sees what is named like a secret there"
        ));
    }
    left_out
}
