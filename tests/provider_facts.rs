//! The tables of `deletion-protection` compared with the providers' schemas: every resource
//! type has a class, and every attribute whose name sounds like protection is in the table or
//! in the list of those that were considered.
//!
//! The schemas are in the corpus (`provider-facts/<provider>-<version>.json`): for each
//! resource type its attributes, each with `t` (the type), `f` (`R`, `O`, `C`: required,
//! optional, computed) and, for blocks, `b` (what is in it).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use deletion_protection::switch::Versions;
use deletion_protection::table::{DELETION_POLICY, WITH_DELETION_POLICY, rows};
use deletion_protection::{history, types};
use libtest_mimic::{Failed, Trial};
use serde_json::{Map, Value, json};

const CONSIDERED: &str = include_str!("../policies/deletion-protection/considered.txt");

/// What a name has in it that says that something protects, delays, forces, skips, retains.
const WORDS: [&str; 23] = [
    "protect",
    "prevent",
    "force",
    "skip",
    "retain",
    "retention",
    "delet",
    "destroy",
    "purg",
    "recover",
    "final_",
    "lock",
    "immutab",
    "versioning",
    "terminat",
    "abandon",
    "hold",
    "bypass",
    "keep",
    "disable_api",
    "delay",
    "snapshot_before",
    "archive_on",
];

/// Words that have one of these in them and say something else.
const OTHER_WORDS: [&str; 11] = [
    "block",
    "clock",
    "threshold",
    "salesforce",
    "workforce",
    "enforce",
    "holder",
    "keepalive",
    "microsoft",
    "backlog",
    "lockbox",
];

pub(crate) fn trials() -> Vec<Trial> {
    let corpus = std::env::var_os("TOLLGATE_CORPUS")
        .map(|corpus| PathBuf::from(corpus).join("provider-facts"))
        .filter(|facts| facts.is_dir());
    vec![
        Trial::test("provider_facts::what_is_missing_is_found", missing),
        Trial::test("provider_facts::considered_is_in_order", in_order),
        Trial::test("provider_facts::schemas", {
            let corpus = corpus.clone();
            move || schemas(corpus.as_deref().ok_or("there are no schemas")?)
        })
        .with_ignored_flag(corpus.is_none()),
    ]
}

fn schemas(folder: &Path) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for provider in ["aws", "google", "azurerm"] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let version = name
                .strip_prefix(&format!("{provider}-"))
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            if version {
                seen += 1;
                wrong.extend(compare(&serde_json::from_slice(&fs::read(&path)?)?));
            }
        }
    }
    match (seen, wrong.as_slice()) {
        (0, _) => Err("there is no schema".into()),
        (_, []) => Ok(()),
        (_, wrong) => Err(format!("{} differences:\n{}", wrong.len(), wrong.join("\n")).into()),
    }
}

/// What the tables do not say of a schema, or say wrongly.
fn compare(schema: &Map<String, Value>) -> Vec<String> {
    let listed: BTreeMap<&str, &str> = types::all().collect();
    let mut table: BTreeSet<String> = BTreeSet::new();
    let mut absent = BTreeSet::new();
    for row in rows() {
        for switch in row.switches {
            let path = match switch.each {
                Some(each) => format!("{}.{}", each.block, switch.path),
                None => switch.path.to_owned(),
            };
            let attribute = format!("{}.{}", row.kind, path.replace("[0]", ""));
            if matches!(switch.versions, Versions::Until(_)) {
                absent.insert(attribute.clone());
            }
            table.insert(attribute);
        }
    }
    for (kind, path) in history::attributes() {
        table.insert(format!("{kind}.{}", path.replace("[0]", "")));
    }
    let considered: BTreeSet<&str> = considered().map(|(attribute, _)| attribute).collect();
    let mut wrong = Vec::new();
    for (kind, attributes) in schema {
        if !listed.contains_key(kind.as_str()) {
            wrong.push(format!("{kind} is in no list of types"));
        }
        let mut paths = Vec::new();
        walk(kind, attributes, &mut paths);
        for (path, computed) in &paths {
            let leaf = path.rsplit('.').next().unwrap_or_default();
            let common = kind.starts_with(WITH_DELETION_POLICY)
                && DELETION_POLICY
                    .iter()
                    .any(|switch| *path == format!("{kind}.{}", switch.path));
            let known = table.contains(path) || considered.contains(path.as_str()) || common;
            if !computed && sounds(leaf) && !known {
                wrong.push(format!("{path} is neither in the table nor considered"));
            }
        }
        let all: BTreeSet<&str> = paths.iter().map(|(path, _)| path.as_str()).collect();
        let first = format!("{kind}.");
        let own = table
            .range(first.clone()..)
            .map(String::as_str)
            .take_while(|attribute| attribute.starts_with(&first));
        for attribute in own {
            if !all.contains(attribute) && !absent.contains(attribute) {
                wrong.push(format!("{attribute} is in the table and not in the schema"));
            }
        }
        let own = considered
            .range(first.as_str()..)
            .copied()
            .take_while(|attribute| attribute.starts_with(&first));
        for attribute in own {
            if !all.contains(attribute) {
                wrong.push(format!("{attribute} is considered and not in the schema"));
            } else if table.contains(attribute) {
                wrong.push(format!("{attribute} is considered and in the table"));
            }
        }
    }
    wrong
}

/// Every attribute with its type in front, and whether only the provider sets it.
fn walk(prefix: &str, attributes: &Value, paths: &mut Vec<(String, bool)>) {
    for (name, attribute) in attributes.as_object().into_iter().flatten() {
        if name == "timeouts" {
            continue;
        }
        let path = format!("{prefix}.{name}");
        walk(&path, &attribute["b"], paths);
        paths.push((path, attribute["f"] == "C"));
    }
}

fn sounds(name: &str) -> bool {
    let name = OTHER_WORDS
        .iter()
        .fold(name.to_owned(), |name, word| name.replace(word, ""));
    WORDS.iter().any(|word| name.contains(word))
}

/// The attributes that were considered, each with the word for the reason.
fn considered() -> impl Iterator<Item = (&'static str, &'static str)> {
    CONSIDERED
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
}

fn in_order() -> Result<(), Failed> {
    let reasons: BTreeSet<&str> = CONSIDERED
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter_map(|line| line.split_once(": "))
        .map(|(word, _)| word)
        .collect();
    let mut last = "";
    for (attribute, reason) in considered() {
        if attribute <= last {
            return Err(format!("{attribute} is out of order").into());
        }
        if !reasons.contains(reason) {
            return Err(format!("{attribute} has the reason {reason:?}, which is not told").into());
        }
        last = attribute;
    }
    Ok(())
}

/// The comparison finds what it is there for.
fn missing() -> Result<(), Failed> {
    let optional = json!({"t": "bool", "f": "O"});
    let schema = json!({
        "aws_lb": {
            "enable_deletion_protection": optional,
            "client_keep_alive": optional,
            "deletion_delay": optional,
            "deletion_time": {"t": "string", "f": "C"},
            "timeouts": {"t": "block", "f": "O", "b": {"delete": optional}},
        },
        "aws_dsql_cluster": {"deletion_protection_enabled": optional},
        "aws_new_database": {"name": optional, "blocks": {"t": "block", "f": "O", "b": {"retain_data": optional}}},
        "azurerm_recovery_services_vault": {"immutability": optional, "storage_mode_type": optional},
        "google_pubsub_topic": {"deletion_policy": optional, "message_retention_duration": optional},
    });
    let schema = schema.as_object().ok_or("an object")?;
    let found: BTreeSet<String> = compare(schema).into_iter().collect();
    let expected: BTreeSet<String> = [
        "aws_lb.deletion_delay is neither in the table nor considered",
        "aws_new_database is in no list of types",
        "aws_new_database.blocks.retain_data is neither in the table nor considered",
        "aws_dsql_cluster.force_destroy is in the table and not in the schema",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    let about_these = |line: &&String| !line.contains("considered and not in the schema");
    let found: BTreeSet<String> = found.iter().filter(about_these).cloned().collect();
    if found == expected {
        Ok(())
    } else {
        Err(format!("found {found:#?}, expected {expected:#?}").into())
    }
}
