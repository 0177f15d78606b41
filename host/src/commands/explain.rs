//! `tollgate explain`: one rule, in words.

use super::policy::rule_doc;
use super::{CommandError, configuration, options, print};
use crate::cli::ExplainArgs;
use crate::deploy::{audit, drift};
use crate::gate::Gate;
use crate::loosening::{POLICY, RULES};
use crate::report::Enforcement;
use crate::report::explain::{self, RuleDoc};
use crate::report::json;
use crate::report::output::OutputError;

pub(super) fn run(args: &ExplainArgs) -> Result<u8, CommandError> {
    let config = configuration(&args.config)?;
    let mut names: Vec<_> = config.environments().map(str::to_owned).collect();
    if names.is_empty() {
        names.push(config.environment(None)?.name);
    }
    let mut rules: Vec<RuleDoc> = Vec::new();
    for name in &names {
        let environment = config.environment(Some(name))?;
        let gate = Gate::open(&config, &environment)?;
        for policy in gate.policies() {
            let Ok(ready) = &policy.module else { continue };
            for rule in &ready.module.metadata.rules {
                let enforcement = (name.clone(), policy.configured.enforcement.of(&rule.id));
                let known = rules
                    .iter_mut()
                    .find(|doc| doc.policy == policy.configured.name && doc.id == rule.id);
                match known {
                    Some(doc) => doc.enforcement.push(enforcement),
                    None => rules.push(rule_doc(&policy.configured.name, rule, vec![enforcement])),
                }
            }
        }
    }
    let mut own: Vec<RuleDoc> = host_rules().collect();
    if let Some(doc) = own.iter_mut().find(|doc| doc.id == audit::IN_PLAN) {
        for name in &names {
            let protected = config.environment(Some(name))?.protected;
            let enforcement = Enforcement::by_protection(protected);
            doc.enforcement.push((name.clone(), enforcement));
        }
    }
    rules.extend(own);
    let doc = find(&rules, &args.rule)?;
    if args.json {
        print(&json::render(doc).map_err(OutputError::Json)?)
    } else {
        print(&explain::render(doc, options()))
    }
}

/// Tollgate's own rules; what those of the gate lead to is said by the base branch.
fn host_rules() -> impl Iterator<Item = RuleDoc> {
    let rules = RULES.iter().chain(&audit::RULES).chain([&drift::RULE]);
    rules.map(|rule| RuleDoc {
        policy: POLICY.to_owned(),
        id: rule.id.to_owned(),
        title: rule.title.to_owned(),
        description: rule.description.to_owned(),
        severity: rule.severity,
        remediation: rule.remediation.to_owned(),
        links: Vec::new(),
        enforcement: Vec::new(),
    })
}

fn find<'r>(rules: &'r [RuleDoc], asked: &str) -> Result<&'r RuleDoc, CommandError> {
    let matching: Vec<_> = rules
        .iter()
        .filter(|rule| rule.name() == asked || rule.id == asked)
        .collect();
    match matching.as_slice() {
        [rule] => Ok(rule),
        [] => {
            let names: Vec<_> = rules.iter().map(RuleDoc::name).collect();
            let nearest = crate::diagnostic::nearest(asked, names.iter().map(String::as_str));
            Err(CommandError::usage(
                match nearest {
                    Some(name) => {
                        format!("no policy has the rule `{asked}`; did you mean `{name}`?")
                    }
                    None => format!("no policy has the rule `{asked}`"),
                },
                format!("rules: {}", names.join(", ")),
            ))
        }
        several => Err(CommandError::usage(
            format!("several policies have a rule `{asked}`"),
            format!(
                "say which: {}",
                several
                    .iter()
                    .map(|rule| rule.name())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        )),
    }
}
