//! What the gate of one environment asks for and that of the other does not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Area, Found};
use crate::environment::{ConfiguredPolicy, Environment, Response};
use crate::report::Enforcement;

pub(super) fn compare(found: &mut Found, left: &Environment, right: &Environment) {
    let response = |response: Response| {
        Some(
            match response {
                Response::Pass => "pass",
                Response::Warn => "warn",
                Response::Fail => "fail",
            }
            .to_owned(),
        )
    };
    let mut row = |name: &str, one: &dyn Fn(&Environment) -> Option<String>| {
        found.meant(Area::Environment, name, one(left), one(right));
    };
    row("protected", &|each| Some(each.protected.to_string()));
    row("undetermined", &|each| response(each.undetermined));
    row("incomplete", &|each| response(each.incomplete));
    row("existing", &|each| response(each.existing));
    row("gate-changes", &|each| Some(word(each.gate_changes)));
    policies(found, left, right);
    waivers(found, left, right);
}

fn policies(found: &mut Found, left: &Environment, right: &Environment) {
    let by_name = |environment: &Environment| -> BTreeMap<String, ConfiguredPolicy> {
        let policies = environment.policies.iter();
        policies
            .map(|policy| (policy.name.clone(), policy.clone()))
            .collect()
    };
    let (left, right) = (by_name(left), by_name(right));
    for name in keys(&left, &right) {
        let (a, b) = (left.get(name), right.get(name));
        let shown = |policy: Option<&ConfiguredPolicy>| {
            Some(policy.map_or_else(
                || "does not run".to_owned(),
                |policy| word(policy.enforcement.policy),
            ))
        };
        found.meant(Area::Policy, name, shown(a), shown(b));
        let (Some(a), Some(b)) = (a, b) else {
            continue;
        };
        let rules = keys(&a.enforcement.rules, &b.enforcement.rules);
        for rule in rules {
            let of = |policy: &ConfiguredPolicy| Some(word(policy.enforcement.of(rule)));
            found.meant(Area::Policy, &format!("{name}/{rule}"), of(a), of(b));
        }
        settings(found, &format!("{name}: "), &a.settings, &b.settings);
        for document in keys(&a.documents, &b.documents) {
            let of = |policy: &ConfiguredPolicy| {
                let path = policy.documents.get(document);
                path.map(|path| path.display().to_string())
            };
            let label = format!("{name}: document {document}");
            let drift = one_sided(found, of(a).is_some(), of(b).is_some());
            found.add(Area::Policy, &label, of(a), of(b), drift);
        }
    }
}

fn settings(found: &mut Found, name: &str, left: &Json, right: &Json) {
    if let (Json::Object(a), Json::Object(b)) = (left, right) {
        let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        for key in keys {
            let dot = if name.ends_with(' ') { "" } else { "." };
            let name = format!("{name}{dot}{key}");
            match (a.get(key), b.get(key)) {
                (Some(a), Some(b)) => settings(found, &name, a, b),
                (a, b) => {
                    let drift = one_sided(found, a.is_some(), b.is_some());
                    let (a, b) = (a.map(Json::to_string), b.map(Json::to_string));
                    found.add(Area::Policy, &name, a, b, drift);
                }
            }
        }
    } else if left != right {
        let (left, right) = (Some(left.to_string()), Some(right.to_string()));
        found.meant(Area::Policy, name, left, right);
    }
}

fn waivers(found: &mut Found, left: &Environment, right: &Environment) {
    let all = |environment: &Environment| -> BTreeMap<String, String> {
        let waivers = environment.waivers.iter();
        waivers
            .map(|waiver| {
                let name = format!("{} at {}", waiver.rule_pattern(), waiver.address.as_str());
                (name, format!("until {}", waiver.expires))
            })
            .collect()
    };
    let (left, right) = (all(left), all(right));
    for name in keys(&left, &right) {
        let of = |waivers: &BTreeMap<String, String>| waivers.get(name).cloned();
        found.meant(Area::Waiver, name, of(&left), of(&right));
    }
}

fn one_sided(found: &Found, left: bool, right: bool) -> Option<String> {
    let (has, lacks) = match (left, right) {
        (true, false) => (&found.left, &found.right),
        (false, true) => (&found.right, &found.left),
        _ => return None,
    };
    Some(format!("set for {has}, while {lacks} takes the default"))
}

fn keys<'m, V>(a: &'m BTreeMap<String, V>, b: &'m BTreeMap<String, V>) -> BTreeSet<&'m String> {
    a.keys().chain(b.keys()).collect()
}

fn word(enforcement: Enforcement) -> String {
    match enforcement {
        Enforcement::Advisory => "advisory",
        Enforcement::SoftMandatory => "soft-mandatory",
        Enforcement::HardMandatory => "hard-mandatory",
    }
    .to_owned()
}
