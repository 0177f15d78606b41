//! The commands for authors of policies, run as authors run them.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::cli::{Run, files, root, run, tollgate};

type Test = fn() -> Result<(), Failed>;

pub(crate) fn trials() -> Vec<Trial> {
    let tests: [(&str, Test); 5] = [
        ("cases_pass_or_tell_what_differs", cases),
        ("mistakes_in_cases_are_told_at_their_line", mistakes),
        ("update_writes_what_is_found", update),
        ("a_fixture_is_judged_as_the_plan_was", fixtures),
        ("mutants_that_nothing_notices_are_told", mutants),
    ];
    tests
        .into_iter()
        .map(|(name, test)| Trial::test(format!("authoring::{name}"), test))
        .collect()
}

/// A policy of its own: it lets nothing pass that has no tag `owner`.
const MODULE: &str = "deletion-protection";

const PASSING: &str = r#"
# What must not go.
[[case]]
name = "a database that is deleted is found"
expect = [
  # The worst that can happen.
  { rule = "resource-deleted", address = "aws_db_instance.orders" },
]
[[case.changes]]
address = "aws_db_instance.orders"
before = { id = "orders", deletion_protection = true, skip_final_snapshot = false }

[[case]]
name = "a queue that is made is fine"
environment = "staging"
expect = []
[[case.changes]]
address = "aws_sqs_queue.q"
after = { name = "q" }
after_unknown = { arn = true }
"#;

fn folder(cases: &str) -> Result<tempfile::TempDir, Failed> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("tests"))?;
    fs::write(folder.path().join("tests/cases.toml"), cases)?;
    Ok(folder)
}

fn test(folder: &Path, arguments: &[&str]) -> Result<Run, Failed> {
    run(tollgate(folder)
        .args(["policy", "test", "--module", MODULE])
        .args(arguments))
}

fn has(run: &Run, texts: &[&str]) -> Result<(), Failed> {
    for text in texts {
        if !run.stdout.contains(text) && !run.stderr.contains(text) {
            return Err(format!("no `{text}` in:\n{run}").into());
        }
    }
    Ok(())
}

fn cases() -> Result<(), Failed> {
    let ok = folder(PASSING)?;
    let passed = test(ok.path(), &[])?;
    passed.expect(0)?;
    has(
        &passed,
        &["2 cases passed", "no case has a finding of: `unprotected`"],
    )?;
    test(ok.path(), &["--every-rule"])?.expect(1)?;
    test(ok.path(), &["--only", "queue"])?.expect(0)?;
    test(ok.path(), &["--only", "no such"])?.expect(2)?;

    let wrong =
        folder(&PASSING.replace("expect = []", "expect = [{ rule = \"resource-deleted\" }]"))?;
    let failed = test(wrong.path(), &[])?;
    failed.expect(1)?;
    has(
        &failed,
        &[
            "1 of 2 cases failed",
            "tests/cases.toml:14",
            "- resource-deleted at the plan as a whole, violation",
        ],
    )?;
    let junit = test(wrong.path(), &["--format", "junit"])?;
    junit.expect(1)?;
    has(&junit, &["tests=\"2\" failures=\"1\""])?;
    let tap = test(wrong.path(), &["--format", "tap"])?;
    tap.expect(1)?;
    has(&tap, &["1..2", "not ok 2 - "])
}

fn mistakes() -> Result<(), Failed> {
    for (from, to, code, told) in [
        (
            "expect = []",
            "expct = []",
            2,
            vec![
                "tests/cases.toml:16:1",
                "unknown key `expct`",
                "did you mean `expect`?",
            ],
        ),
        ("after = {", "afetr = {", 2, vec!["did you mean `after`?"]),
        (
            "resource-deleted",
            "resource-deletd",
            2,
            vec![
                "has no rule `resource-deletd`",
                "did you mean `resource-deleted`?",
                "cases.toml:7",
            ],
        ),
        (
            "environment = \"staging\"",
            "settings = { nothing = 1 }",
            2,
            vec![
                "rejects its settings",
                "unknown setting `nothing`",
                "cases.toml:14",
            ],
        ),
        (
            "environment = \"staging\"",
            "documents = { book = { a = 1 } }",
            2,
            vec!["reads no document `book`"],
        ),
        (
            "address = \"aws_sqs_queue.q\"",
            "address = \"aws_sqs_queue\"",
            2,
            vec!["that of no resource", "cases.toml:17"],
        ),
        (
            "after = { name = \"q\" }",
            "action = \"update\"\nafter = {}",
            2,
            vec!["nothing is there before"],
        ),
        (
            "environment = \"staging\"",
            "plan = \"p.json\"",
            2,
            vec!["not both"],
        ),
    ] {
        let folder = folder(&PASSING.replace(from, to))?;
        let run = test(folder.path(), &[])?;
        run.expect(code)?;
        has(&run, &told)?;
        if run.stderr.matches("error: ").count() != 1 {
            return Err(format!("not one error:\n{run}").into());
        }
    }
    let empty = tempfile::tempdir()?;
    let run = test(empty.path(), &[])?;
    run.expect(2)?;
    has(&run, &["has no cases"])?;
    let nothing = folder(PASSING)?;
    let run = crate::cli::run(tollgate(nothing.path()).args(["policy", "test"]))?;
    run.expect(2)?;
    has(
        &run,
        &["has no module of a policy", "tollgate policy build"],
    )
}

fn update() -> Result<(), Failed> {
    let before = PASSING
        .replace(
            "\"resource-deleted\", address",
            "\"resource-deleted\", outcome = \"undetermined\", address",
        )
        .replace("expect = []\n", "");
    let folder = folder(&before)?;
    let path = folder.path().join("tests/cases.toml");
    test(folder.path(), &[])?.expect(2)?;
    let updated = test(folder.path(), &["--update"])?;
    updated.expect(0)?;
    has(&updated, &["2 cases expect what was found"])?;
    let text = fs::read_to_string(&path)?;
    for kept in ["# What must not go.", "# The worst that can happen."] {
        if !text.contains(kept) {
            return Err(format!("{kept} is gone from:\n{text}").into());
        }
    }
    test(folder.path(), &[])?.expect(0)?;
    let again = test(folder.path(), &["--update"])?;
    again.expect(0)?;
    if fs::read_to_string(&path)? != text {
        return Err("a second update changes the file".into());
    }
    Ok(())
}

/// Every finding at these addresses, without what is of the whole run.
fn findings(report: &Value, policy: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for plan in report["plans"].as_array().into_iter().flatten() {
        for of in plan["policies"].as_array().into_iter().flatten() {
            if of["name"] == json!(policy) {
                for finding in of["findings"].as_array().into_iter().flatten() {
                    let mut finding = finding.clone();
                    // Where it is written depends on where the plan is.
                    if let Some(object) = finding.as_object_mut() {
                        object.remove("location");
                    }
                    found.push(finding);
                }
            }
        }
    }
    found
}

/// Plans of ours, and of others where they are there.
fn plans() -> Vec<std::path::PathBuf> {
    let mut plans = files(&root().join("examples/plans"), "json");
    if let Some(corpus) = std::env::var_os("TOLLGATE_CORPUS") {
        plans.extend(files(Path::new(&corpus), "json"));
    }
    plans
}

fn check(folder: &Path, plan: &Path) -> Result<Value, Failed> {
    let run = run(tollgate(folder)
        .args(["check", "-e", "production", "-o", "json"])
        .arg(plan))?;
    run.json()
}

fn fixtures() -> Result<(), Failed> {
    const MOST: usize = 12;
    let mut compared = 0;
    let mut secrets = 0;
    for plan in plans() {
        let Ok(plan) = fs::canonicalize(plan) else {
            continue;
        };
        let folder = tempfile::tempdir()?;
        let report = check(folder.path(), &plan)?;
        if report["plans"][0]["problem"].is_object() {
            continue;
        }
        let found = findings(&report, MODULE);
        let mut addresses: Vec<&str> = found
            .iter()
            .filter_map(|finding| finding["address"].as_str())
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        for address in addresses.into_iter().take(MOST) {
            let cut = folder.path().join("fixture.json");
            let made = run(tollgate(folder.path())
                .args(["policy", "fixture"])
                .arg(&plan)
                .arg(address)
                .arg("-o")
                .arg(&cut))?;
            made.expect(0)?;
            let again = findings(&check(folder.path(), &cut)?, MODULE);
            let of = |all: &[Value]| -> Vec<Value> {
                all.iter()
                    .filter(|finding| finding["address"] == json!(address))
                    .cloned()
                    .collect()
            };
            if of(&again) != of(&found) {
                return Err(format!(
                    "{} at {address}: {:#?}\nnot\n{:#?}",
                    plan.display(),
                    of(&again),
                    of(&found)
                )
                .into());
            }
            compared += 1;
            secrets += usize::from(
                fs::read_to_string(&cut)?.contains("\"variables\": {\n      \"value\""),
            );
        }
    }
    if compared < 5 || secrets > 0 {
        return Err(format!("{compared} compared, {secrets} with variables").into());
    }
    let folder = tempfile::tempdir()?;
    let plan = fs::canonicalize(root().join("examples/plans/production.json"))?;
    let none = run(tollgate(folder.path())
        .args(["policy", "fixture"])
        .arg(&plan)
        .arg("aws_nothing.here"))?;
    none.expect(2)?;
    has(&none, &["the plan changes no `aws_nothing.here`"])?;
    fs::write(folder.path().join("no.json"), "[]")?;
    run(tollgate(folder.path()).args(["policy", "fixture", "no.json", "a.b"]))?.expect(3)
}

fn mutants() -> Result<(), Failed> {
    let plan = fs::canonicalize(root().join("examples/plans/staging.json"))?;
    let folder = tempfile::tempdir()?;
    let mutate = |arguments: &[&str]| -> Result<Run, Failed> {
        run(tollgate(folder.path())
            .args(["policy", "mutate"])
            .arg(&plan)
            .args(["--policy", MODULE, "--limit", "120"])
            .args(arguments))
    };
    let all = mutate(&["--format", "json"])?;
    all.expect(0)?;
    let json = all.json()?;
    let of = |key: &str| json[key].as_u64().unwrap_or_default();
    if of("mutants") < 50 || of("noticed") == 0 || of("left-out") == 0 {
        return Err(format!("{all}").into());
    }
    if mutate(&["--format", "json"])?.stdout != all.stdout {
        return Err("two runs, two results".into());
    }
    mutate(&["--at-least", "100"])?.expect(1)?;
    mutate(&["--at-least", "0"])?.expect(0)?;
    let none = run(tollgate(folder.path())
        .args(["policy", "mutate"])
        .arg(&plan)
        .args(["--policy", "nobody"]))?;
    none.expect(2)
}
