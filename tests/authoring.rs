//! The commands for authors of policies, run as authors run them.

mod languages;
mod tools;
mod usage;

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::cli::{Run, files, root, run, tollgate};

type Test = fn() -> Result<(), Failed>;

pub(crate) fn trials() -> Vec<Trial> {
    let tests: [(&str, Test); 22] = [
        ("cases_pass_or_tell_what_differs", cases),
        ("mistakes_in_cases_are_told_at_their_line", mistakes),
        ("update_writes_what_is_found", update),
        ("a_fixture_is_judged_as_the_plan_was", fixtures),
        ("mutants_that_nothing_notices_are_told", mutants),
        ("what_is_watched_runs_again", watched),
        ("a_policy_that_cannot_judge_fails_its_case", cannot_judge),
        (
            "a_case_can_expect_that_a_policy_cannot_judge",
            expects_an_error,
        ),
        ("what_a_policy_takes_is_measured", measured),
        ("a_new_policy_is_a_folder_and_replaces_nothing", new),
        ("a_compiler_that_is_missing_is_named", missing),
        ("a_crash_is_no_error_that_is_expected_by_its_text", crashes),
        ("standard_error_is_shown_line_by_line", traces),
        ("what_leads_nowhere_is_warned_of", doubts),
        ("a_built_in_policy_that_is_replaced_is_told", replaces),
        ("authors_are_told_what_to_correct", for_authors),
        (
            "a_policy_has_the_limits_of_its_configuration",
            usage::limits,
        ),
        (
            "what_is_chunkable_is_judged_in_pieces_too",
            usage::in_pieces,
        ),
        ("old_names_of_options_are_understood", usage::old_names),
        ("a_compiler_that_is_too_old_is_named", tools::too_old),
        ("a_compiler_that_succeeds_is_not_heard", tools::silent),
        ("packages_say_what_they_are", languages::packages),
    ];
    let mut trials: Vec<Trial> = tests
        .into_iter()
        .map(|(name, test)| Trial::test(format!("authoring::{name}"), test))
        .collect();
    let built: [(&str, Test); 3] = [
        ("a_new_policy_builds_and_passes", builds),
        ("every_language_finds_the_same", languages::judge_alike),
        ("every_language_reads_the_same", languages::read_alike),
    ];
    trials.extend(built.into_iter().map(|(name, test)| {
        Trial::test(format!("authoring::{name}"), test).with_ignored_flag(!is_here("go"))
    }));
    trials.push(
        Trial::test("authoring::a_new_policy_in_java_builds_and_passes", java)
            .with_ignored_flag(!is_here("java")),
    );
    trials
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
                "cases.toml:15",
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
        (
            "after = { name = \"q\" }",
            "after = { name = null }",
            2,
            vec!["TOML has no null: write `{ \"$null\" = true }`"],
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
        // A fixture keeps what stands in a plan byte for byte, so it is cut out of UTF-8 only.
        if String::from_utf8(fs::read(&plan)?).is_err() {
            continue;
        }
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
    let other = run(tollgate(folder.path())
        .args(["policy", "fixture"])
        .arg(&plan)
        .arg("aws_s3_bucket.no_such_bucket"))?;
    other.expect(2)?;
    has(&other, &["the plan changes `aws_s3_bucket."])?;
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

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

/// What of packages for Node.js a policy needs, if it is somewhere: a folder `node_modules`.
fn node_modules() -> Option<std::path::PathBuf> {
    std::env::var_os("TOLLGATE_NODE_MODULES").map(std::path::PathBuf::from)
}

/// Whether what builds policies in a language is here.
fn is_here(language: &str) -> bool {
    let node = |program: &str| {
        node_modules().is_some_and(|folder| folder.join(".bin").join(program).exists())
    };
    match language {
        "go" => on_path(language),
        "zig" => on_path(language) || tools::has_ziglang(),
        "c" => {
            let clang = on_path("clang") && Path::new("/usr/lib/wasm32-wasi").is_dir();
            clang || on_path("zig") || tools::has_ziglang()
        }
        "rust" => Path::new("/usr/lib/rustlib/src/rust/library").is_dir(),
        "python" => on_path("componentize-py"),
        "typescript" => node("tsc") && node("componentize-js"),
        "assemblyscript" => node("asc"),
        "java" => {
            let repository = std::env::var_os("HOME").map(|home| {
                Path::new(&home).join(".m2/repository/org/teavm/teavm-maven-plugin/0.10.2")
            });
            on_path("mvn") && on_path("javac") && repository.is_some_and(|path| path.is_dir())
        }
        _ => false,
    }
}

/// A component in the text format is beyond a test; a command is not: it answers with these texts.
fn command(describe: &str, evaluate: &str) -> Result<Vec<u8>, Failed> {
    command_with(describe, evaluate, 4)
}

/// As [`command`], with so many pages of memory.
fn command_with(describe: &str, evaluate: &str, pages: u32) -> Result<Vec<u8>, Failed> {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let text = format!(
        r#"(module
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") {pages})
          (data (i32.const 65536) "{}")
          (data (i32.const 131072) "{}")
          (func (export "_start")
            (i32.store (i32.const 0) (i32.const 1024))
            (i32.store (i32.const 4) (i32.const 60000))
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))
            ;; {{"contract":"1.0.0","call":"describe"}}: the letter after `"call":"`.
            (if (i32.eq (i32.load8_u (i32.const 1052)) (i32.const 100))
              (then (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (i32.const {})))
              (else (i32.store (i32.const 0) (i32.const 131072)) (i32.store (i32.const 4) (i32.const {}))))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))"#,
        quoted(describe),
        quoted(evaluate),
        describe.len(),
        evaluate.len(),
    );
    Ok(wat::parse_str(text)?)
}

const METADATA: &str = r#"{"metadata":{"name":"told","version":"1.0.0","description":"Told.","rules":[{"id":"some-rule","title":"A rule","description":"","severity":"low","remediation":"None."}],"interests":[{"resource-types":["*"],"attributes":["id"]}]}}"#;

const CASE: &str =
    "[[case]]\nname = \"one\"\nexpect = []\n[[case.changes]]\naddress = \"aws_x.y\"\nafter = {}\n";

/// A folder with such a policy and one case.
fn told(evaluate: &str, case: &str) -> Result<tempfile::TempDir, Failed> {
    let folder = folder(case)?;
    let module = command(METADATA, evaluate)?;
    fs::write(folder.path().join("policy.wasm"), module)?;
    Ok(folder)
}

fn cannot_judge() -> Result<(), Failed> {
    for (evaluate, texts) in [
        (
            r#"{"error":"the moon"}"#,
            [
                "the policy could not judge the plan: the moon",
                "policy-could-not-judge",
            ],
        ),
        (
            r#"{"evaluation":{"findings":[{"rule":"some-rul","outcome":"violation","message":"m"}]}}"#,
            [
                "a finding names the rule",
                "the nearest that it declares is",
            ],
        ),
        (
            r#"{"evaluation":{"findings":["#,
            ["EOF while parsing", "policy-answer"],
        ),
    ] {
        let folder = told(evaluate, CASE)?;
        let run = run(tollgate(folder.path()).args(["policy", "test"]))?;
        run.expect(1)?;
        has(&run, &texts)?;
        // That it fails is nothing to be expected by itself.
        let text = fs::read_to_string(folder.path().join("tests/cases.toml"))?;
        crate::cli::run(tollgate(folder.path()).args(["policy", "test", "--update"]))?.expect(1)?;
        if fs::read_to_string(folder.path().join("tests/cases.toml"))? != text {
            return Err("a failure was written down as expected".into());
        }
    }
    Ok(())
}

fn expects_an_error() -> Result<(), Failed> {
    let fails = r#"{"error":"the moon"}"#;
    for (evaluate, error, code) in [
        (fails, "the moon", 0),
        (fails, "policy-could-not-judge", 0),
        (fails, "the sun", 1),
        (r#"{"evaluation":{"findings":[]}}"#, "the moon", 1),
    ] {
        let case = CASE.replace("expect = []", &format!("error = {error:?}"));
        let folder = told(evaluate, &case)?;
        run(tollgate(folder.path()).args(["policy", "test"]))?.expect(code)?;
    }
    Ok(())
}

/// A command that describes itself, and whose `evaluate` is this code; `said` is at 131072.
fn breaking(code: &str, said: &str) -> Result<tempfile::TempDir, Failed> {
    let quoted = |text: &str| {
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        text.replace('\n', "\\n").replace('\t', "\\t")
    };
    let text = format!(
        r#"(module
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 4)
          (data (i32.const 65536) "{}")
          (data (i32.const 131072) "{}")
          (func $deep (call $deep))
          (func (export "_start")
            (i32.store (i32.const 0) (i32.const 1024))
            (i32.store (i32.const 4) (i32.const 60000))
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))
            (if (i32.eq (i32.load8_u (i32.const 1052)) (i32.const 100))
              (then
                (i32.store (i32.const 0) (i32.const 65536))
                (i32.store (i32.const 4) (i32.const {}))
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))
              (else
                (i32.store (i32.const 0) (i32.const 131072))
                (i32.store (i32.const 4) (i32.const {}))
                (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16)))
                {code}))))"#,
        quoted(METADATA),
        quoted(said),
        METADATA.len(),
        said.len(),
    );
    let folder = folder(CASE)?;
    fs::write(folder.path().join("policy.wasm"), wat::parse_str(text)?)?;
    Ok(folder)
}

fn crashes() -> Result<(), Failed> {
    for (code, error, passes) in [
        // It ended by itself.
        ("(call $exit (i32.const 1))", "the moon", true),
        ("(call $exit (i32.const 1))", "policy-exit", true),
        ("(call $exit (i32.const 1))", "exit code", false),
        ("(nop)", "the moon", true),
        ("(unreachable)", "policy-crashed", true),
        ("(unreachable)", "unreachable", false),
        ("(unreachable)", "the moon", false),
        ("(call $deep)", "limit-stack", true),
        ("(call $deep)", "too deeply", false),
    ] {
        let folder = breaking(code, "not the moon")?;
        let case = CASE.replace("expect = []", &format!("error = {error:?}"));
        fs::write(folder.path().join("tests/cases.toml"), case)?;
        let run = run(tollgate(folder.path()).args(["policy", "test"]))?;
        if passes {
            run.expect(0)?;
        } else {
            run.expect(1)?;
            has(
                &run,
                &["what happened is expected by its own word: error = "],
            )?;
        }
    }
    Ok(())
}

fn traces() -> Result<(), Failed> {
    let said = "panic: out of range\n\ngoroutine 1 [running]:\nmain.evaluate(...)\n\tmine/main.go:50 +0x1f\nexit status 2\n";
    let folder = breaking("(call $exit (i32.const 2))", said)?;
    let run = run(tollgate(folder.path()).args(["policy", "test"]))?;
    run.expect(1)?;
    has(
        &run,
        &[
            "| panic: out of range\n",
            "| goroutine 1 [running]:\n",
            "mine/main.go:50 +0x1f\n",
        ],
    )?;
    if run.stdout.contains("it says") {
        return Err(format!("it is told twice:\n{run}").into());
    }
    Ok(())
}

/// The policy `told` with other interests.
fn interested(interests: &str, evaluate: &str, case: &str) -> Result<Run, Failed> {
    let metadata = METADATA.replace(r#"{"resource-types":["*"],"attributes":["id"]}"#, interests);
    let folder = folder(case)?;
    fs::write(
        folder.path().join("policy.wasm"),
        command(&metadata, evaluate)?,
    )?;
    run(tollgate(folder.path()).args(["policy", "test"]))
}

fn doubts() -> Result<(), Failed> {
    let nothing = r#"{"evaluation":{"findings":[]}}"#;
    let tags = r#"{"resource-types":["aws_x"],"attributes":["tags_all","kms_key_id"]}"#;
    let refers =
        r#"{"resource-types":["aws_x"],"attributes":["tags_all","kms_key_id"],"references":true}"#;
    let finding = |attribute: &str| {
        format!(
            r#"{{"evaluation":{{"findings":[{{"rule":"some-rule","outcome":"violation","address":"aws_x.y","attributes":["{attribute}"],"message":"m"}}]}}}}"#
        )
    };
    let expects = CASE.replace(
        "expect = []",
        "expect = [{ rule = \"some-rule\", address = \"aws_x.y\" }]",
    );
    for (interests, evaluate, case, told) in [
        (tags, nothing.to_owned(), CASE.to_owned(), None),
        (
            r#"{"resource-types":["aws_xy"],"attributes":["tags_all"]}"#,
            nothing.to_owned(),
            CASE.to_owned(),
            Some("no interest selects `aws_x`; did you mean `aws_xy`?"),
        ),
        (
            r#"{"resource-types":["aws_x"],"actions":["delete"]}"#,
            nothing.to_owned(),
            CASE.to_owned(),
            Some("no interest selects `create` of `aws_x`"),
        ),
        (tags, finding("tags_all"), expects.clone(), None),
        (tags, finding("tags_all.owner"), expects.clone(), None),
        (
            tags,
            finding("tag_all"),
            expects,
            Some("`tag_all`, which no interest declares; did you mean `tags_all`?"),
        ),
        (
            tags,
            nothing.to_owned(),
            format!("{CASE}after_unknown = {{ tgs_all = true }}\n"),
            Some("`after_unknown` names `tgs_all`"),
        ),
        (
            tags,
            nothing.to_owned(),
            format!("{CASE}after_unknown = {{ tags_all = true, arn = true }}\n"),
            None,
        ),
        (
            refers,
            nothing.to_owned(),
            format!("{CASE}references = {{ kms_key = \"aws_kms_key.k.arn\" }}\n"),
            Some("`references` names `kms_key`"),
        ),
        (
            tags,
            nothing.to_owned(),
            format!("{CASE}references = {{ kms_key_id = \"aws_kms_key.k.arn\" }}\n"),
            Some("no interest asks for what"),
        ),
        (
            refers,
            nothing.to_owned(),
            format!("{CASE}references = {{ kms_key_id = \"aws_kms_key.k.arn\" }}\n"),
            None,
        ),
    ] {
        let run = interested(interests, &evaluate, &case)?;
        run.expect(0)?;
        // As one line, however wide the page is.
        let shown = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        match told {
            Some(told) if !shown.contains(told) => {
                return Err(format!("no `{told}` in:\n{run}").into());
            }
            None if shown.contains(" warns ") => return Err(format!("it warns:\n{run}").into()),
            _ => {}
        }
    }
    Ok(())
}

fn for_authors() -> Result<(), Failed> {
    let folder = breaking("(unreachable)", "")?;
    let tested = run(tollgate(folder.path()).args(["policy", "test"]))?;
    tested.expect(1)?;
    let no_name = METADATA.replace(r#""name":"told","#, "");
    fs::write(folder.path().join("policy.wasm"), command(&no_name, "{}")?)?;
    let described = run(tollgate(folder.path()).args(["policy", "inspect", "./policy.wasm"]))?;
    has(&described, &["`name`", "tollgate schema policy-response"])?;
    for told in [&tested, &described] {
        if format!("{told}").contains("policy's author") {
            return Err(format!("the author is sent to the author:\n{told}").into());
        }
    }
    let inspected = run(tollgate(folder.path()).args(["policy", "inspect", "."]))?;
    inspected.expect(2)?;
    has(&inspected, &["is a folder", "policy.wasm"])
}

fn java() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let tool = |arguments: &[&str]| run(tollgate(folder.path()).arg("policy").args(arguments));
    tool(&["new", "mine", "--lang", "java"])?.expect(0)?;
    tool(&["build", "mine"])?.expect(0)?;
    let made = folder.path().join("mine");
    run(tollgate(&made).args(["policy", "test", "--every-rule"]))?.expect(0)
}

fn watched() -> Result<(), Failed> {
    use std::io::Read as _;
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let folder = folder(PASSING)?;
    let said = folder.path().join("said");
    let mut child = tollgate(folder.path())
        .args(["policy", "test", "--module", MODULE, "--watch"])
        .stdout(Stdio::from(fs::File::create(&said)?))
        .stderr(Stdio::null())
        .spawn()?;
    let wait = |text: &str| -> Result<(), Failed> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            let mut found = String::new();
            fs::File::open(&said)?.read_to_string(&mut found)?;
            if found.contains(text) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!("never said: {text}").into())
    };
    let path = folder.path().join("tests/cases.toml");
    let result = (|| {
        wait("2 cases passed")?;
        fs::write(&path, PASSING.replace("expect = []", "expct = []"))?;
        wait("did you mean `expect`?")?;
        let wrong = "expect = [{ rule = \"unprotected\" }]";
        fs::write(&path, PASSING.replace("expect = []", wrong))?;
        wait("1 of 2 cases failed")
    })();
    child.kill()?;
    child.wait()?;
    result
}

fn measured() -> Result<(), Failed> {
    let plan = fs::canonicalize(root().join("examples/plans/staging.json"))?;
    let folder = tempfile::tempdir()?;
    let bench = |arguments: &[&str]| {
        run(tollgate(folder.path())
            .args(["policy", "bench"])
            .arg(&plan)
            .args(arguments))
    };
    let json = bench(&["--module", MODULE, "--format", "json"])?.json()?;
    let rows = json["rows"].as_array().ok_or("no rows")?;
    let of = |nth: usize, key: &str| rows[nth][key].as_u64().unwrap_or_default();
    if rows.len() != 4 || of(3, "changes") != 8 * of(0, "changes") || of(3, "fuel") <= of(0, "fuel")
    {
        return Err(format!("{json:#}").into());
    }
    let human = bench(&["--module", MODULE])?;
    human.expect(0)?;
    has(&human, &["fuel per change", "fuel grows as the plan does"])?;
    bench(&[])?.expect(2)?;
    bench(&["--module", "nobody"])?.expect(2)
}

const LANGUAGES: [&str; 8] = [
    "rust",
    "go",
    "c",
    "typescript",
    "python",
    "zig",
    "assemblyscript",
    "java",
];

fn new() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let new = |arguments: &[&str]| {
        run(tollgate(folder.path())
            .args(["policy", "new"])
            .args(arguments))
    };
    for language in LANGUAGES {
        let name = format!("my-{language}");
        new(&[&name, "--lang", language])?.expect(0)?;
        let made = folder.path().join(&name);
        let config = run(tollgate(&made).args(["policy", "test"]))?;
        config.expect(2)?;
        has(&config, &["has no module of a policy"])?;
        let again = new(&[&name, "--lang", language])?;
        again.expect(2)?;
        has(&again, &["is there already"])?;
    }
    new(&["../up", "--lang", "go"])?.expect(2)?;
    let taken = new(&["cost-cap", "--lang", "go"])?;
    taken.expect(2)?;
    has(
        &taken,
        &["is the name of a policy that is built in", "`our-cost-cap`"],
    )?;
    if folder.path().join("cost-cap").exists() {
        return Err("it is made all the same".into());
    }
    new(&["mine", "--lang", "cobol"])?.expect(2)?;
    new(&["mine"])?.expect(2)
}

fn replaces() -> Result<(), Failed> {
    let folder = told(r#"{"evaluation":{"findings":[]}}"#, CASE)?;
    for (name, warns) in [("cost-cap", true), ("our-cost-cap", false)] {
        let table = format!("[policies.{name}]\nsource = \"policy.wasm\"\n");
        fs::write(folder.path().join("tollgate.toml"), table)?;
        let checked = run(tollgate(folder.path()).args(["config", "check"]))?;
        if checked.stdout.contains("is built in, and") != warns {
            return Err(format!("{name}:\n{checked}").into());
        }
        // Nobody runs `config check` before every plan.
        let plan = fs::canonicalize(root().join("examples/plans/staging.json"))?;
        let ran = run(tollgate(folder.path())
            .args(["check", "-e", "production", "-o", "json"])
            .arg(plan))?;
        ran.json()?;
        if ran.stderr.contains("warning: `cost-cap` is built in, and") != warns {
            return Err(format!("{name}:\n{}", ran.stderr).into());
        }
    }
    Ok(())
}

fn missing() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let empty = tempfile::tempdir()?;
    for (language, named) in [
        (
            "rust",
            ["cargo", "rustup target add wasm32-unknown-unknown"],
        ),
        ("go", ["go", "https://go.dev/dl/"]),
        ("c", ["clang with wasi-libc", "apt install clang"]),
        ("typescript", ["tsc", "npm install"]),
        (
            "python",
            ["componentize-py", "pip install -r requirements.txt"],
        ),
        ("zig", ["zig", "pip install ziglang"]),
        ("assemblyscript", ["asc", "npm install"]),
        ("java", ["mvn", "apt install maven"]),
    ] {
        // Debian's own is found without a path.
        if language == "rust" && Path::new("/usr/lib/rustlib/src/rust").exists() {
            continue;
        }
        let name = format!("my-{language}");
        run(tollgate(folder.path()).args(["policy", "new", &name, "--lang", language]))?
            .expect(0)?;
        let built = run(tollgate(folder.path())
            .args(["policy", "build", &name])
            .env("PATH", empty.path())
            .env_remove("CC"))?;
        built.expect(2)?;
        has(&built, &["is built with", "which is not here"])?;
        has(&built, &named)?;
    }
    let nothing = run(tollgate(empty.path()).args(["policy", "build"]))?;
    nothing.expect(2)?;
    has(&nothing, &["is no folder of a policy"])
}

fn builds() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let tool = |arguments: &[&str]| run(tollgate(folder.path()).arg("policy").args(arguments));
    tool(&["new", "mine", "--lang", "go"])?.expect(0)?;
    tool(&["build", "mine"])?.expect(0)?;
    let made = folder.path().join("mine");
    let module = fs::read(made.join("policy.wasm"))?;
    let passed = run(tollgate(&made).args(["policy", "test", "--every-rule"]))?;
    passed.expect(0)?;
    has(&passed, &["2 cases passed; 1 of 1 rule found something"])?;
    // The same sources, the same module.
    tool(&["build", "mine", "--output", "again.wasm"])?.expect(0)?;
    if fs::read(folder.path().join("again.wasm"))? != module {
        return Err("two builds, two modules".into());
    }
    let plan = fs::canonicalize(root().join("examples/plans/staging.json"))?;
    let checked = run(tollgate(&made)
        .args(["check", "-e", "production", "-o", "json"])
        .arg(&plan))?;
    if findings(&checked.json()?, "mine").is_empty() {
        return Err(format!("it finds nothing:\n{checked}").into());
    }
    let source = fs::read_to_string(made.join("main.go"))?;
    fs::write(
        made.join("main.go"),
        source.replace("func main() {", "func main( {"),
    )?;
    let refused = tool(&["build", "mine"])?;
    refused.expect(2)?;
    has(&refused, &["syntax error", "go build failed"])?;
    let stale = run(tollgate(&made).args(["policy", "test"]))?;
    has(&stale, &["is newer than the module"])
}
