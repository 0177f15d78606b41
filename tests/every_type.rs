//! No built-in policy crashes, whatever type of resource a plan has and whatever is done to it.
//!
//! The policies' own tests give them what their rules are about. A type that a policy sees for one of
//! its rules arrives with the attributes of that rule only, and another rule that looks at it all the
//! same reads what is not there: that shows in the built module, on a plan with that type and action.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use deletion_protection::types;
use libtest_mimic::{Failed, Trial};
use serde_json::{Map, Value, json};

/// How many types one plan has.
const TOGETHER: usize = 400;
/// How deep blocks are filled.
const DEPTH: usize = 3;

const CONFIG: &str = "[policies]\npreset = \"strict\"\n[environments.production]\n";

/// What is done: its name, the plan's words for it, and whether there is something before and after.
const DONE: [(&str, &[&str], bool, bool); 5] = [
    ("created", &["create"], false, true),
    ("updated", &["update"], true, true),
    ("replaced", &["delete", "create"], true, true),
    ("deleted", &["delete"], true, false),
    ("unchanged", &["no-op"], true, true),
];

pub(crate) fn trials() -> Vec<Trial> {
    let facts = std::env::var_os("TOLLGATE_CORPUS")
        .map(|corpus| PathBuf::from(corpus).join("provider-facts"))
        .filter(|facts| facts.is_dir());
    let trial = |nth: usize, name: &str| {
        let own = facts.clone();
        Trial::test(format!("every_type::{name}"), move || {
            judged(own.as_deref().ok_or("there are no schemas")?, nth)
        })
        .with_ignored_flag(facts.is_none())
    };
    let names = DONE.iter().enumerate();
    names.map(|(nth, (name, ..))| trial(nth, name)).collect()
}

/// A type, and its attributes; none where there is no schema.
struct Kind {
    name: String,
    attributes: Map<String, Value>,
}

fn kinds(facts: &Path) -> Result<Vec<Kind>, Failed> {
    let mut kinds = Vec::new();
    let mut known = BTreeSet::new();
    for entry in fs::read_dir(facts)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_schema = ["aws-", "google-", "azurerm-"].iter().any(|provider| {
            let version = name.strip_prefix(provider);
            version.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        });
        if !is_schema {
            continue;
        }
        let schema: Map<String, Value> = serde_json::from_slice(&fs::read(&path)?)?;
        for (name, attributes) in schema {
            known.insert(name.clone());
            let attributes = attributes.as_object().cloned().unwrap_or_default();
            kinds.push(Kind { name, attributes });
        }
    }
    // Types of other providers, as far as the policies name them.
    for (name, _) in types::all().filter(|(name, _)| !known.contains(*name)) {
        kinds.push(Kind {
            name: name.to_owned(),
            attributes: Map::new(),
        });
    }
    if kinds.len() < 1_000 {
        return Err(format!("{} types are not all", kinds.len()).into());
    }
    Ok(kinds)
}

fn judged(facts: &Path, nth: usize) -> Result<(), Failed> {
    let kinds = kinds(facts)?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("tollgate.toml"), CONFIG)?;
    let mut crashed = Vec::new();
    for together in kinds.chunks(TOGETHER) {
        narrow(folder.path(), together, nth, &mut crashed)?;
    }
    if crashed.is_empty() {
        Ok(())
    } else {
        Err(crashed.join("\n").into())
    }
}

/// Judges types together and, where that goes wrong, halves of them, down to the one that it is.
fn narrow(
    folder: &Path,
    kinds: &[Kind],
    nth: usize,
    crashed: &mut Vec<String>,
) -> Result<(), Failed> {
    let Some(why) = judge(folder, kinds, nth)? else {
        return Ok(());
    };
    match kinds {
        [only] => crashed.push(format!("{}: {why}", only.name)),
        _ => {
            let (one, other) = kinds.split_at(kinds.len() / 2);
            narrow(folder, one, nth, crashed)?;
            narrow(folder, other, nth, crashed)?;
        }
    }
    Ok(())
}

/// Says what is wrong, if anything is: a verdict, whichever, is what is wanted.
fn judge(folder: &Path, kinds: &[Kind], nth: usize) -> Result<Option<String>, Failed> {
    fs::write(folder.join("plan.json"), plan(kinds, nth).to_string())?;
    let ran = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["check", "plan.json", "-e", "production", "-o", "json"])
        .current_dir(folder)
        .output()?;
    if matches!(ran.status.code(), Some(0 | 1 | 5)) {
        return Ok(None);
    }
    let report: Value = serde_json::from_slice(&ran.stdout).unwrap_or_default();
    let policies = report
        .pointer("/plans/0/policies")
        .and_then(Value::as_array);
    let failed = policies.into_iter().flatten().filter_map(|policy| {
        let failure = policy.get("failure").or_else(|| policy.get("problem"))?;
        (!failure.is_null()).then(|| format!("{} {failure}", policy["name"]))
    });
    let failed: Vec<String> = failed.collect();
    Ok(Some(format!(
        "{:?}: {} {}",
        ran.status.code(),
        failed.join(", "),
        String::from_utf8_lossy(&ran.stderr)
    )))
}

fn plan(kinds: &[Kind], nth: usize) -> Value {
    let Some((_, actions, before, after)) = DONE.get(nth) else {
        return Value::Null;
    };
    let changes = actions != &["no-op"];
    let mut resource_changes = Vec::new();
    let mut planned = Vec::new();
    let mut prior = Vec::new();
    for kind in kinds {
        let provider = kind.name.split('_').next().unwrap_or_default();
        let base = json!({
            "address": format!("{}.x", kind.name), "mode": "managed", "type": kind.name, "name": "x",
            "provider_name": format!("registry.terraform.io/hashicorp/{provider}"),
        });
        let with = |more: Value| {
            let mut all = base.clone();
            if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
                all.extend(more);
            }
            all
        };
        let old = before.then(|| filled(&kind.attributes, false, 0));
        let new = after.then(|| filled(&kind.attributes, changes, 0));
        if let Some(values) = &new {
            planned.push(with(
                json!({"schema_version": 0, "values": values, "sensitive_values": {}}),
            ));
        }
        if let Some(values) = &old {
            prior.push(with(
                json!({"schema_version": 0, "values": values, "sensitive_values": {}}),
            ));
        }
        let unknown = if new.is_some() {
            json!({})
        } else {
            json!(false)
        };
        let change = json!({
            "actions": actions, "before": old, "after": new, "after_unknown": unknown,
            "before_sensitive": {}, "after_sensitive": {},
        });
        resource_changes.push(with(json!({ "change": change })));
    }
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": resource_changes,
        "prior_state": {"format_version": "1.0", "terraform_version": "1.11.4",
            "values": {"root_module": {"resources": prior}}},
        "configuration": {"root_module": {}},
        "timestamp": "2026-11-30T12:00:00Z", "applyable": true, "complete": true, "errored": false,
    })
}

/// An object with a value for every attribute; `other` makes other ones.
fn filled(attributes: &Map<String, Value>, other: bool, depth: usize) -> Value {
    let mut object = Map::new();
    if attributes.is_empty() {
        object.insert("id".to_owned(), json!("i"));
        object.insert("x".to_owned(), json!(other));
    }
    for (name, attribute) in attributes.iter().filter(|(name, _)| *name != "timeouts") {
        // An update with another identity contradicts itself, and is refused as a plan.
        let other = other && !matches!(name.as_str(), "id" | "arn");
        object.insert(name.clone(), value(attribute, other, depth));
    }
    Value::Object(object)
}

fn value(attribute: &Value, other: bool, depth: usize) -> Value {
    let kind = attribute["t"].as_str().unwrap_or_default();
    if let Some(block) = attribute["b"].as_object() {
        return match (kind.ends_with("object"), depth < DEPTH) {
            (true, true) => filled(block, other, depth + 1),
            (true, false) => Value::Null,
            (false, true) => json!([filled(block, other, depth + 1)]),
            (false, false) => json!([]),
        };
    }
    let text = if other { "y" } else { "x" };
    match kind.split('(').next().unwrap_or_default() {
        "bool" => json!(other),
        "number" => json!(if other { 2 } else { 1 }),
        "map" => json!({ "a": text }),
        "list" | "set" if kind.contains("(string") => json!([text]),
        "list" | "set" => json!([]),
        "object" | "tuple" => Value::Null,
        _ => json!(text),
    }
}
