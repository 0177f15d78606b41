//! Where in a plan a secret ended up in clear.
//!
//! The tools mark what comes from a sensitive variable, and lose the mark where a function takes it off,
//! where a provider returns the value by another way, and where the variable was never marked. So the
//! plan is searched for the values that were handed over. What is found is told by name, as findings of
//! the policy that Tollgate itself plays; a value is never told.

mod walk;

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::own_rules::{
    Check, OwnRule, POLICY, SECRET_IN_PLAN, SECRET_PERHAPS, checked_by,
};
use tollgate_secrets::inject::Injection;
use tollgate_secrets::inject::find::{Finder, Form};

use self::walk::{Holder, Spot};
use crate::hcl::Configuration;
use crate::judge::{Evaluation, Finding, PlanRun, PolicyOutcome, RuleEnforcement};
use crate::report::{Cause, Enforcement, Outcome, Problem};
use crate::sandbox::digest;

/// Searches a plan, as `show -json` prints it, for the values that were handed over.
///
/// The result is one more policy of the plan, for [`add_to`].
#[must_use]
pub fn audit(
    plan: &[u8],
    injection: &Injection<'_>,
    root: &Configuration,
    protected: bool,
) -> PolicyOutcome {
    let result = injection
        .finder()
        .map_err(|_| problem("too many secrets to look for"))
        .and_then(|finder| {
            let spots = walk::search(plan, &finder).map_err(problem)?;
            Ok(Evaluation {
                findings: findings(spots, &finder, root),
                documents: Vec::new(),
            })
        });
    let enforcement = Enforcement::by_protection(protected);
    PolicyOutcome {
        name: POLICY.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        source: "built-in".to_owned(),
        digest: None,
        enforcement: RuleEnforcement {
            policy: enforcement,
            rules: BTreeMap::from([
                (SECRET_IN_PLAN.to_owned(), enforcement),
                (SECRET_PERHAPS.to_owned(), Enforcement::Advisory),
            ]),
        },
        rules: checked_by(Check::SecretSearch).map(OwnRule::rule).collect(),
        changes_seen: 0,
        result,
    }
}

/// Nothing that was not searched counts as clean.
fn problem(message: &'static str) -> Problem {
    Problem {
        code: "plan-not-searched".to_owned(),
        message: format!("the plan cannot be searched for secrets: {message}"),
        help: Some("plan again; if it stays so, report it as a bug of Tollgate".to_owned()),
    }
}

/// Adds the audit to a plan's policies. Where Tollgate plays that policy already, it gets more rules.
pub fn add_to(mut outcome: PolicyOutcome, run: &mut PlanRun) {
    let actions = &run.facts.actions;
    outcome.changes_seen = [
        actions.no_op,
        actions.create,
        actions.read,
        actions.update,
        actions.delete,
        actions.replace,
        actions.forget,
    ]
    .iter()
    .sum();
    let own = run.policies.iter_mut().find(|policy| policy.name == POLICY);
    let Some(own) = own else {
        run.policies.push(outcome);
        return;
    };
    own.rules.extend(outcome.rules.iter().cloned());
    own.enforcement.rules.extend(outcome.enforcement.rules);
    own.enforcement.policy = own.enforcement.policy.max(outcome.enforcement.policy);
    own.changes_seen = outcome.changes_seen;
    match (&mut own.result, outcome.result) {
        (Ok(own), Ok(found)) => {
            own.findings.extend(found.findings);
            own.documents.extend(found.documents);
        }
        (own @ Ok(_), Err(problem)) => *own = Err(problem),
        (Err(_), _) => {}
    }
}

/// Whether a variable is declared to be kept out of sight.
fn is_secret(root: &Configuration, name: &str) -> bool {
    let variable = root.variables().get(name);
    variable.is_some_and(|variable| variable.sensitive || variable.ephemeral)
}

/// What becomes one finding.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group<'f> {
    rule: &'static str,
    holder: Holder,
    variable: &'f str,
}

fn findings(spots: BTreeSet<Spot<'_>>, finder: &Finder, root: &Configuration) -> Vec<Finding> {
    let mut groups: BTreeMap<Group<'_>, Vec<Spot<'_>>> = BTreeMap::new();
    // What is planned counts, also where it is there already.
    let planned: BTreeSet<(Holder, &str)> = spots
        .iter()
        .filter(|spot| !spot.prior && !spot.found.ordinary)
        .map(|spot| (spot.holder.clone(), spot.found.name))
        .collect();
    for spot in spots {
        // Neither declared nor looking like a secret: the name of the environment, a host, a user.
        if spot.found.ordinary && !is_secret(root, spot.found.name) {
            continue;
        }
        let key = (spot.holder.clone(), spot.found.name);
        let rule = if planned.contains(&key) {
            SECRET_IN_PLAN
        } else {
            SECRET_PERHAPS
        };
        let group = Group {
            rule,
            holder: key.0,
            variable: key.1,
        };
        groups.entry(group).or_default().push(spot);
    }
    groups
        .into_iter()
        .map(|(group, spots)| finding(&group, &spots, finder, root))
        .collect()
}

fn finding(
    group: &Group<'_>,
    spots: &[Spot<'_>],
    finder: &Finder,
    root: &Configuration,
) -> Finding {
    let name = group.variable;
    let variable = root.variables().get(name);
    let marked = is_secret(root, name);
    let paths: BTreeSet<String> = spots
        .iter()
        .map(|spot| finder.without(&spot.path))
        .filter(|path| !path.is_empty())
        .collect();
    let forms: BTreeSet<Form> = spots.iter().map(|spot| spot.found.form).collect();
    let forms: Vec<&str> = forms
        .into_iter()
        .map(|form| match form {
            Form::Clear => "unencrypted",
            Form::Base64 => "in base64",
            Form::Sha256 => "as its SHA-256, with which guesses can be tried",
        })
        .collect();
    let forms = forms.join(" and ");
    let only_prior = spots.iter().all(|spot| spot.prior);
    let holder = group.holder.without(finder);
    let who = match &holder {
        Holder::Resource(_) => String::new(),
        Holder::Output(output) => format!("the output `{output}` "),
        Holder::Variable(other) => format!("the variable `{other}` "),
        Holder::Configuration => "the configuration ".to_owned(),
        Holder::Elsewhere => "the plan ".to_owned(),
    };
    let when = if only_prior {
        "as it exists already "
    } else {
        ""
    };
    let message =
        format!("{who}{when}has the secret `{name}` {forms}, and is not marked as sensitive there");
    let address = match &holder {
        Holder::Resource(address) => Some(address.clone()),
        _ => None,
    };
    let mut details = Vec::new();
    if address.is_none() && !paths.is_empty() {
        let list: Vec<&str> = paths.iter().map(String::as_str).collect();
        details.push(("at".to_owned(), list.join(", ")));
    }
    if let Some(variable) = variable {
        let how = match (variable.ephemeral, variable.sensitive) {
            (true, _) => "ephemeral",
            (false, true) => "sensitive",
            (false, false) => "not sensitive",
        };
        details.push((
            "declared".to_owned(),
            format!("{how}, at {}", variable.place),
        ));
    }
    if spots.iter().all(|spot| spot.found.ordinary) {
        details.push((
            "perhaps".to_owned(),
            "the value is an ordinary word or number, and this a coincidence".to_owned(),
        ));
    }
    let attributes: Vec<String> = if address.is_some() {
        paths.into_iter().collect()
    } else {
        Vec::new()
    };
    let remediation = remedy(&holder, name, marked, &forms);
    Finding {
        previous_fingerprint: None,
        rule: group.rule.to_owned(),
        outcome: Outcome::Violation,
        cause: Cause::Planned,
        location: address
            .as_deref()
            .and_then(|address| root.locate(address, &attributes)),
        fingerprint: digest(
            format!(
                "{}\0{name}\0{message}\0{}",
                group.rule,
                attributes.join("\0")
            )
            .as_bytes(),
        ),
        address,
        deposed: None,
        action: None,
        attributes,
        message,
        remediation: Some(remediation),
        details,
    }
}

/// The fix of one finding.
fn remedy(holder: &Holder, name: &str, marked: bool, forms: &str) -> String {
    let mark = format!(
        "Add `sensitive = true` to the variable `{name}`; if it is no secret, move it from the secrets to a file of variables."
    );
    match holder {
        Holder::Configuration => format!(
            "Take the value out of the configuration and change the secret: it is in the history. Use `var.{name}` there."
        ),
        Holder::Variable(other) => {
            format!("Move `{other}` into the secrets, or add `sensitive = true` to it.")
        }
        Holder::Output(output) if marked => {
            format!("Add `sensitive = true` to the output `{output}`, or take the value out of it.")
        }
        _ if !marked => mark,
        _ if forms.starts_with("as its SHA-256") => {
            format!("Compare a version number that changes with `{name}`, not a hash of it.")
        }
        Holder::Resource(_) => format!(
            "Something takes the mark off: `nonsensitive`, or a provider that returns the value. Declare `{name}` as `ephemeral` and use a write-only argument (`…_wo`) where the resource has one."
        ),
        Holder::Output(_) | Holder::Elsewhere => {
            format!("Take the value out, or declare `{name}` as `ephemeral`.")
        }
    }
}

#[cfg(test)]
mod tests;
