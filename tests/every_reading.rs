//! Every attribute that a built-in policy reads makes a difference to what it says.
//!
//! A reading that changes no finding is one of two things: a rule that overlooks what it was meant to see, or
//! a value that is handed over for nothing. So for each type and attribute that a policy declares,
//! [`search`] looks for two plans that differ only in it, and of which the policy says different things.

mod examples;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use rayon::prelude::*;
use serde_json::{Value as Json, json};
use tollgate::sandbox::PolicyModule;
use tollgate::sandbox::builtin::{BUILTINS, Builtin};
use tollgate::sandbox::cache::Cache;
use tollgate::sandbox::contract::wit;
use tollgate::sandbox::engine::Ticker;
use tollgate::sandbox::limits::Limits;

use crate::cli::root;
use search::{Done, Found, Interest, Policy, Search, Seen, Value, Words};

/// How many plans are made for a reading before it counts as one that nothing notices.
const PLANS: usize = 1_000;
/// How many of them show that a row of [`BY_HAND`] is not needed, and as many others again. Few, because an
/// edit of a policy makes other plans: what one in a hundred shows today, none may show tomorrow.
const CERTAIN: usize = 8;

/// Readings that [`PLANS`] plans do not show to matter: the policy, the type and the attribute, and behind
/// `: ` the test of the policy that shows it with a plan made by hand, or `open` where nobody has looked yet.
/// Sorted by bytes.
const BY_HAND: &str = include_str!("every_reading/by_hand.txt");

/// The policies of which every reading is accounted for. Of the others somebody has to look at what the search
/// does not show to matter; until then their trials are ignored, and run with `--ignored`.
const ACCOUNTED: [&str; 11] = [
    "alarm-presence",
    "artifact-pinning",
    "audit-trail",
    "change-budget",
    "dns-and-traffic",
    "encryption",
    "log-retention",
    "parity",
    "public-bucket",
    "public-principal",
    "resource-naming",
];

/// A row of [`BY_HAND`].
#[derive(Clone, Copy)]
struct Row {
    policy: &'static str,
    kind: &'static str,
    path: &'static str,
    test: &'static str,
}

fn rows() -> impl Iterator<Item = Row> {
    BY_HAND.lines().filter_map(|line| {
        let (reading, test) = line.split_once(": ")?;
        let mut words = reading.splitn(3, ' ');
        Some(Row {
            policy: words.next()?,
            kind: words.next()?,
            path: words.next()?,
            test,
        })
    })
}

pub(crate) fn trials() -> Vec<Trial> {
    let facts = std::env::var_os("TOLLGATE_CORPUS")
        .map(|corpus| PathBuf::from(corpus).join("provider-facts"))
        .filter(|facts| facts.is_dir());
    let trial = |built_in: &'static Builtin| {
        let own = facts.clone();
        Trial::test(format!("every_reading::{}", built_in.name), move || {
            noticed(own.as_deref().ok_or("there are no schemas")?, built_in)
        })
        .with_ignored_flag(facts.is_none() || !ACCOUNTED.contains(&built_in.name))
    };
    let sorted = Trial::test("every_reading::rows_are_sorted", || {
        match BY_HAND.lines().is_sorted() && rows().count() == BY_HAND.lines().count() {
            true => Ok(()),
            false => Err("by_hand.txt has an odd line, or is not sorted by bytes".into()),
        }
    });
    BUILTINS.iter().map(trial).chain([sorted]).collect()
}

fn noticed(facts: &Path, built_in: &'static Builtin) -> Result<(), Failed> {
    let schemas = schemas(facts)?;
    let _ticker = Ticker::start();
    let module = built_in.load(Limits::default(), &Cache::off("a test"));
    let module = module.map_err(|error| error.to_string())?;
    let policy = policy(built_in)?;
    let search = Search::new(&schemas, &policy);
    let by_hand: BTreeSet<(&str, &str)> = rows()
        .filter(|row| row.policy == built_in.name)
        .map(|row| (row.kind, row.path))
        .collect();
    let judge = |settings: &Json, seen: &[Seen<'_>]| says(&module, built_in, settings, seen);
    let readings = search.readings();
    let mut wrong: Vec<String> = readings
        .par_iter()
        .filter_map(|reading| {
            let is_by_hand = by_hand.contains(&(reading.kind.as_str(), reading.path.as_str()));
            let found = match is_by_hand {
                false => search.search(reading, 0..PLANS, &judge),
                true => match search.search(reading, 0..CERTAIN, &judge) {
                    Found::Noticed => search.search(reading, PLANS..PLANS + CERTAIN, &judge),
                    found => found,
                },
            };
            let why = match (found, is_by_hand) {
                (Found::Noticed, false) | (Found::OnlyUnknown | Found::Nothing, true) => {
                    return None;
                }
                (Found::Noticed, true) => "is noticed without: remove its row from by_hand.txt",
                (Found::OnlyUnknown, false) => {
                    "no value changes a finding, only that it is not known"
                }
                (Found::Nothing, false) => "no value changes a finding",
            };
            Some(format!("{} {}: {why}", reading.kind, reading.path))
        })
        .collect();
    let read: BTreeSet<(&str, &str)> = readings
        .iter()
        .map(|reading| (reading.kind.as_str(), reading.path.as_str()))
        .collect();
    let gone = by_hand.difference(&read);
    wrong.extend(gone.map(|(kind, path)| {
        format!("{kind} {path}: is not read any more: remove its row from by_hand.txt")
    }));
    wrong.extend(untested(built_in.name)?);
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

/// Rows that name a test which the policy does not have.
fn untested(name: &str) -> Result<Vec<String>, Failed> {
    let mut sources = String::new();
    for part in ["src", "tests"] {
        let folder = root().join("policies").join(name).join(part);
        read_all(&folder, &mut |text| sources.push_str(text))?;
    }
    let lacking = rows().filter(|row| {
        row.policy == name && row.test != "open" && !sources.contains(&format!("fn {}()", row.test))
    });
    let told =
        lacking.map(|row| format!("{} {}: there is no test `{}`", row.kind, row.path, row.test));
    Ok(told.collect())
}

fn schemas(facts: &Path) -> Result<BTreeMap<String, Json>, Failed> {
    let mut schemas = BTreeMap::new();
    for entry in fs::read_dir(facts)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_schema = ["aws-", "google-", "azurerm-"].iter().any(|provider| {
            let version = name.strip_prefix(provider);
            version.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        });
        if is_schema {
            schemas.extend(serde_json::from_slice::<BTreeMap<String, Json>>(
                &fs::read(&path)?,
            )?);
        }
    }
    if schemas.len() < 1_000 {
        return Err(format!("{} types are not all", schemas.len()).into());
    }
    Ok(schemas)
}

/// What the policy says that it reads, and the words of its source.
fn policy(built_in: &Builtin) -> Result<Policy, Failed> {
    let description: Json = serde_json::from_str(built_in.description)?;
    let declared = description
        .pointer("/metadata/interests")
        .or_else(|| description.get("interests"));
    let texts = |json: &Json| -> Vec<String> {
        let texts = json.as_array().into_iter().flatten();
        texts.filter_map(Json::as_str).map(str::to_owned).collect()
    };
    let interest = |one: &Json| Interest {
        kinds: texts(&one["resource-types"]),
        actions: texts(&one["actions"])
            .iter()
            .filter_map(|name| Done::named(name))
            .collect(),
        attributes: texts(&one["attributes"]),
        references: one["references"] == json!(true),
    };
    let interests: Vec<Interest> = declared
        .and_then(Json::as_array)
        .ok_or("the description has no interests")?
        .iter()
        .map(interest)
        .collect();
    let mut words = Words::default();
    for part in [built_in.name, "common"] {
        for folder in ["src", "tests"] {
            read_all(
                &root().join("policies").join(part).join(folder),
                &mut |text| words.add(text),
            )?;
        }
    }
    let is_named = |kind: &str| {
        interests
            .iter()
            .any(|one| one.kinds.iter().any(|known| known == kind))
    };
    let examples = examples::examples()
        .into_iter()
        .filter(|(kind, _)| is_named(kind))
        .collect();
    Ok(Policy {
        name: built_in.name.to_owned(),
        settings: examples::settings(built_in.name),
        examples,
        words,
        interests,
    })
}

/// Reads the Rust files in a folder, in the order of their names.
fn read_all(folder: &Path, each: &mut dyn FnMut(&str)) -> Result<(), Failed> {
    if !folder.is_dir() {
        return Ok(());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read_all(&path, each)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            each(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// Everything that the policy says of a plan; nothing where it cannot judge.
fn says(
    module: &PolicyModule,
    built_in: &Builtin,
    settings: &Json,
    seen: &[Seen<'_>],
) -> Option<String> {
    let settings = settings.to_string();
    let providers: Vec<String> = seen
        .iter()
        .map(|one| {
            let provider = one.resource.kind.split('_').next().unwrap_or_default();
            format!("registry.terraform.io/hashicorp/{provider}")
        })
        .collect();
    let references: Vec<Vec<Vec<&str>>> = seen
        .iter()
        .map(|one| {
            let of_each = one.attributes.iter();
            of_each
                .map(|(.., references)| references.iter().map(String::as_str).collect())
                .collect()
        })
        .collect();
    let attributes: Vec<Vec<wit::Attribute<'_>>> = seen
        .iter()
        .zip(&references)
        .map(|(one, references)| {
            let of_each = one.attributes.iter().zip(references);
            of_each
                .map(|((path, before, after, _), references)| wit::Attribute {
                    path,
                    before: lower(before),
                    after: lower(after),
                    references,
                })
                .collect()
        })
        .collect();
    let changes: Vec<wit::Change<'_>> = seen
        .iter()
        .zip(&providers)
        .zip(&attributes)
        .map(|((one, provider), attributes)| {
            let resource = one.resource;
            wit::Change {
                address: &resource.address,
                block: &resource.address,
                previous_address: None,
                module_address: None,
                mode: if resource.is_data {
                    wit::Mode::Data
                } else {
                    wit::Mode::Managed
                },
                kind: &resource.kind,
                name: &resource.name,
                index: None,
                provider,
                region: resource.region,
                deposed: None,
                action: action(resource.done),
                replacement: (resource.done == Done::Replace)
                    .then_some(wit::Replacement::DeleteThenCreate),
                reason: None,
                importing: false,
                replace_paths: &[],
                attributes,
            }
        })
        .collect();
    let documents: Vec<wit::Document<'_>> = built_in
        .documents()
        .iter()
        .map(|(name, content)| wit::Document { name, content })
        .collect();
    let request = wit::Request {
        environment: wit::Environment {
            name: "production",
            protected: true,
        },
        settings: &settings,
        plan: wit::PlanFacts {
            terraform_version: Some("1.11.4"),
            complete: Some(true),
            applyable: Some(true),
            total_changes: u32::try_from(seen.len()).unwrap_or(u32::MAX),
            checks: &[],
            deferred: &[],
            action_invocations: &[],
            drift: &[],
        },
        changes: &changes,
        outputs: &[],
        documents: &documents,
        extensions: &[],
    };
    let answer = module.evaluate(&request).ok()?;
    let mut says = format!("{:?}", answer.findings);
    if built_in.name == "parity" {
        // What it finds is how the documents of two environments differ.
        says.push_str(&format!("{:?}", answer.documents));
    }
    Some(says)
}

fn lower(value: &Value) -> wit::Value<'_> {
    match value {
        Value::Absent => wit::Value::Absent,
        Value::Null => wit::Value::Null,
        Value::Unknown => wit::Value::Unknown,
        Value::Sensitive => wit::Value::Sensitive,
        Value::Boolean(value) => wit::Value::Boolean(*value),
        Value::Integer(value) => wit::Value::Integer(*value),
        Value::Decimal(text) => wit::Value::Decimal(text),
        Value::Text(text) => wit::Value::Text(text),
        Value::Json(text) => wit::Value::Json(text),
    }
}

fn action(done: Done) -> wit::Action {
    match done {
        Done::Nothing => wit::Action::NoOp,
        Done::Create => wit::Action::Create,
        Done::Read => wit::Action::Read,
        Done::Update => wit::Action::Update,
        Done::Delete => wit::Action::Delete,
        Done::Replace => wit::Action::Replace,
        Done::Forget => wit::Action::Forget,
    }
}
