//! `tollgate explain`: one rule, in words.

use tollgate_model::own_rules::{OWN_RULES, OwnEnforcement, OwnRule, POLICY};

use super::policy::rule_doc;
use super::{CommandError, configuration, options, print};
use crate::cli::ExplainArgs;
use crate::config::Config;
use crate::gate::{Gate, load_module};
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
    for own in &OWN_RULES {
        let mut doc = own_rule_doc(own);
        for name in &names {
            let enforcement = match own.enforcement {
                // What those of the gate lead to is said by the base branch.
                OwnEnforcement::BaseBranch => continue,
                OwnEnforcement::ByProtection => {
                    Enforcement::by_protection(config.environment(Some(name))?.protected)
                }
                OwnEnforcement::Always(enforcement) => enforcement,
            };
            doc.enforcement.push((name.clone(), enforcement));
        }
        rules.push(doc);
    }
    if !rules.iter().any(|rule| is_called(rule, &args.rule)) {
        rules.extend(idle(&config, &rules));
    }
    let doc = find(&rules, &args.rule)?;
    if args.json {
        print(&json::render(doc).map_err(OutputError::Json)?)
    } else {
        print(&explain::render(doc, options()))
    }
}

/// A rule of Tollgate's own, before it is known what it leads to.
fn own_rule_doc(rule: &OwnRule) -> RuleDoc {
    RuleDoc {
        policy: POLICY.to_owned(),
        id: rule.id.to_owned(),
        title: rule.title.to_owned(),
        description: rule.description.to_owned(),
        severity: rule.severity,
        remediation: rule.remediation.to_owned(),
        example: None,
        links: Vec::new(),
        enforcement: Vec::new(),
    }
}

/// The rules of policies that run in no environment.
fn idle(config: &Config, running: &[RuleDoc]) -> Vec<RuleDoc> {
    let runs = |policy: &str| running.iter().any(|rule| rule.policy == policy);
    let idle = config.policies().into_iter().filter(|policy| !runs(policy));
    let modules = idle.filter_map(|policy| {
        let source = config.policy_source(policy)?;
        // What cannot be loaded is told where it is to run.
        let module = load_module(config, policy, &source, None).1.ok()?;
        Some((policy, module))
    });
    modules
        .flat_map(|(policy, module)| {
            let rules = module.metadata.rules.iter();
            rules
                .map(|rule| rule_doc(policy, rule, Vec::new()))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn is_called(rule: &RuleDoc, asked: &str) -> bool {
    rule.name() == asked || rule.id == asked
}

fn find<'r>(rules: &'r [RuleDoc], asked: &str) -> Result<&'r RuleDoc, CommandError> {
    let matching: Vec<_> = rules.iter().filter(|rule| is_called(rule, asked)).collect();
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
                "see the policies: `tollgate policy list`; and the rules of one: `tollgate policy inspect NAME`",
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
