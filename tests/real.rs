//! Plans of the real AWS provider, judged: one dangerous or one routine change each
//! (`tests/real`, remade by `tests/real/make.sh`), and what is right to say of it.
//!
//! `expected.toml` is written by hand, by what the pages of the policies promise, and never
//! from what the gate says: there is no `TOLLGATE_BLESS` for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use libtest_mimic::{Failed, Trial};
use serde::Deserialize;
use serde_json::Value;

use crate::cli::{root, run, tollgate};

/// The right answer for one plan.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Case {
    /// Why it is right.
    why: String,
    /// The part of the report in the other format that has to be there, such as a price.
    #[serde(default)]
    says: Vec<String>,
    production: Expected,
    staging: Expected,
}

/// In one environment.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    exit: i32,
    /// All that is found, as `DISPOSITION OUTCOME RULE ADDRESS`.
    findings: BTreeSet<String>,
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("real::every_plan_is_expected", complete),
        Trial::test("real::plans_name_no_machine", anonymous),
    ];
    // A table that cannot be read fails in `complete`.
    for (name, case) in expected().unwrap_or_default() {
        for environment in ["production", "staging"] {
            let (name, case) = (name.clone(), case.clone());
            trials.push(Trial::test(
                format!("real::{name}_in_{environment}"),
                move || judged(&name, &case, environment),
            ));
        }
    }
    trials
}

fn folder() -> PathBuf {
    root().join("tests/real")
}

fn expected() -> Result<BTreeMap<String, Case>, Failed> {
    let text = std::fs::read_to_string(folder().join("expected.toml"))?;
    Ok(toml::from_str(&text)?)
}

fn judged(name: &str, case: &Case, environment: &str) -> Result<(), Failed> {
    let expected = if environment == "production" {
        &case.production
    } else {
        &case.staging
    };
    let plan = format!("{name}/plan.json");
    let check = |format: &str| {
        run(tollgate(&folder()).args(["check", &plan, "-e", environment, "-o", format]))
    };
    let run = check("json")?;
    let mut found = BTreeSet::new();
    let report = run.json()?;
    let policies = report["plans"][0]["policies"].as_array();
    for policy in policies.into_iter().flatten() {
        for finding in policy["findings"].as_array().into_iter().flatten() {
            let words = ["disposition", "outcome", "rule", "address"];
            let words = words.map(|key| finding[key].as_str().unwrap_or("-"));
            found.insert(words.join(" "));
        }
    }
    let mut wrong = Vec::new();
    if run.code != expected.exit {
        wrong.push(format!("exit code {}, not {}", run.code, expected.exit));
    }
    wrong.extend(
        expected
            .findings
            .difference(&found)
            .map(|missing| format!("not found: {missing}")),
    );
    wrong.extend(
        found
            .difference(&expected.findings)
            .map(|more| format!("found as well: {more}")),
    );
    if !case.says.is_empty() {
        let text = check("human")?.stdout;
        wrong.extend(
            case.says
                .iter()
                .filter(|part| !text.contains(*part))
                .map(|part| format!("does not say {part:?}: {text}")),
        );
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{}\nExpected: {}", wrong.join("\n"), case.why).into())
}

/// Each plan has a row in the table, and each row a plan of the provider that it is about.
fn complete() -> Result<(), Failed> {
    let expected = expected()?;
    let mut there = BTreeSet::new();
    for entry in std::fs::read_dir(folder())? {
        let path = entry?.path();
        if path.is_dir() {
            let name = path.file_name().unwrap_or_default();
            there.insert(name.to_string_lossy().into_owned());
        }
    }
    if !there.iter().eq(expected.keys()) {
        return Err(format!("folders: {there:?}, rows: {:?}", expected.keys()).into());
    }
    for name in there {
        let plan: Value = serde_json::from_str(&plan(&name)?)?;
        let provider = &plan["configuration"]["provider_config"]["aws"];
        if provider["version_constraint"] != "5.100.0" || plan["errored"] != false {
            return Err(format!("{name}: not a plan of hashicorp/aws 5.100.0").into());
        }
    }
    Ok(())
}

fn plan(name: &str) -> Result<String, Failed> {
    Ok(std::fs::read_to_string(
        folder().join(name).join("plan.json"),
    )?)
}

/// Nothing of the machine that made them.
fn anonymous() -> Result<(), Failed> {
    for name in expected()?.keys() {
        let text = plan(name)?;
        for machine in ["/tmp", "/root", "/home", "/Users", "/var/folders", "/work"] {
            if text.contains(machine) {
                return Err(format!("{name} names {machine}").into());
            }
        }
    }
    Ok(())
}
