//! Policies that are WASI commands: those that compilers for several languages wrote,
//! those that try to get out, and those that are hostile.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use tollgate::sandbox::PolicyModule;
use tollgate::sandbox::cache::Cache;
use tollgate::sandbox::engine::Ticker;
use tollgate::sandbox::limits::Limits;

use crate::cli::{files, root, run, tollgate};

const METADATA: &str = r#"{"metadata":{"name":"hostile","version":"1.0.0","description":"Hostile.","rules":[{"id":"some-rule","title":"A rule","description":"","severity":"low","remediation":"None."}],"interests":[{"resource-types":["*"],"attributes":["id"]}]}}"#;

const FINE: &str = r#"{"evaluation":{"findings":[]}}"#;

/// What a command does with `evaluate`.
pub(crate) enum Does {
    /// It writes these bytes and ends.
    Says(Vec<u8>),
    /// It runs this, in the text format; `$write` takes a descriptor, a place and a length.
    Runs(&'static str),
}

/// The name, what it does, the code of the failure (none: it is a good policy), and a part
/// of the message.
type Case = (&'static str, Does, Option<&'static str>, &'static str);

fn says(text: impl Into<Vec<u8>>) -> Does {
    Does::Says(text.into())
}

fn cases() -> Vec<Case> {
    let answer = |code| Some(code);
    let finding = |more: &str| {
        says(format!(
            r#"{{"evaluation":{{"findings":[{{"rule":"some-rule","outcome":"violation","message":"m"{more}}}]}}}}"#
        ))
    };
    vec![
        ("says_nothing_is_wrong", says(FINE), None, ""),
        (
            "says_so_with_blanks_around",
            says(format!(" \n{FINE}\r\n\t ")),
            None,
            "",
        ),
        (
            "ends_with_exit_code_zero_after_its_answer",
            Does::Runs("(call $write (i32.const 1) (i32.const 8192) (i32.const 30)) (call $exit (i32.const 0))"),
            None,
            "",
        ),
        (
            "cannot_judge",
            says(r#"{"error":"the moon"}"#),
            answer("policy-could-not-judge"),
            "the moon",
        ),
        (
            "returns_without_an_answer",
            Does::Runs(""),
            answer("policy-no-answer"),
            "without an answer in `evaluate`",
        ),
        (
            "exits_with_zero_without_an_answer",
            Does::Runs("(call $exit (i32.const 0))"),
            answer("policy-no-answer"),
            "without an answer in `evaluate`",
        ),
        (
            "answers_with_blanks",
            says(" \n\n "),
            answer("policy-no-answer"),
            "",
        ),
        (
            "exits_with_three_and_says_why",
            Does::Runs("(call $write (i32.const 2) (i32.const 4096) (i32.const 17)) (call $write (i32.const 1) (i32.const 8192) (i32.const 30)) (call $exit (i32.const 3))"),
            answer("policy-exit"),
            "exit code 3 in `evaluate`; it says: the / reason is \u{fffd}",
        ),
        (
            "traps_and_says_why",
            Does::Runs("(call $write (i32.const 2) (i32.const 4096) (i32.const 17)) unreachable"),
            answer("policy-crashed"),
            "; it says: the / reason is \u{fffd}",
        ),
        (
            "floods_standard_output",
            Does::Runs("(loop (call $write (i32.const 1) (i32.const 0) (i32.const 65536)) br 0)"),
            answer("limit-answer"),
            "more data than a policy may return",
        ),
        (
            "floods_standard_error",
            Does::Runs("(loop (call $write (i32.const 2) (i32.const 0) (i32.const 65536)) br 0)"),
            answer("limit-fuel"),
            "computing budget",
        ),
        (
            "loops",
            Does::Runs("(loop br 0)"),
            answer("limit-fuel"),
            "computing budget",
        ),
        (
            "asks_for_random_bytes_for_ever",
            Does::Runs("(loop (drop (call $random (i32.const 0) (i32.const 65536))) br 0)"),
            answer("limit-fuel"),
            "computing budget",
        ),
        (
            "sleeps_for_ever",
            // A subscription to the clock: two thousand years at a time.
            Does::Runs("(i64.store (i32.const 16408) (i64.const 0x7fffffffffffffff)) (loop (drop (call $poll (i32.const 16384) (i32.const 20480) (i32.const 1) (i32.const 20000))) br 0)"),
            answer("limit-fuel"),
            "computing budget",
        ),
        (
            "sleeps_and_ends",
            Does::Runs("(i64.store (i32.const 16408) (i64.const 0x7fffffffffffffff)) (drop (call $poll (i32.const 16384) (i32.const 20480) (i32.const 1) (i32.const 20000)))"),
            answer("policy-no-answer"),
            "it slept, and waiting is not supported",
        ),
        (
            "recurses",
            Does::Runs("(call $main)"),
            answer("limit-stack"),
            "too deeply",
        ),
        (
            "grows_its_memory",
            Does::Runs("(drop (memory.grow (i32.const 5000))) unreachable"),
            answer("limit-memory"),
            "more memory",
        ),
        (
            "grows_its_memory_and_gives_up",
            Does::Runs("(drop (memory.grow (i32.const 5000))) (call $exit (i32.const 2))"),
            answer("limit-memory"),
            "more memory",
        ),
        (
            "points_out_of_its_memory",
            // Every call is answered with an error, and nothing is written.
            Does::Runs(
                "(i32.store (i32.const 64) (i32.const 0xfffffff0)) (i32.store (i32.const 68) (i32.const 0xff))
                 (drop (call $fd_write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 72)))
                 (drop (call $fd_write (i32.const 1) (i32.const 0xfffffff8) (i32.const 9) (i32.const 72)))
                 (drop (call $fd_write (i32.const 1) (i32.const 64) (i32.const 0x7fffffff) (i32.const 72)))
                 (drop (call $random (i32.const 0xfffffff0) (i32.const 0xff)))
                 (drop (call $poll (i32.const 0xffffffc0) (i32.const 0) (i32.const 1000) (i32.const 0)))",
            ),
            answer("policy-no-answer"),
            "",
        ),
        (
            "answers_with_garbage",
            says("all fine here"),
            answer("policy-answer"),
            "no response of the contract: expected value at line 1 column 1",
        ),
        (
            "answers_with_two_documents",
            says(format!("{FINE}{FINE}")),
            answer("policy-answer"),
            "trailing characters",
        ),
        (
            "answers_with_half_a_document",
            says(&FINE[..20]),
            answer("policy-answer"),
            "EOF while parsing",
        ),
        (
            "answers_in_another_encoding",
            says(b"{\"evaluation\":\xff}".to_vec()),
            answer("policy-answer"),
            "it is not UTF-8 from byte 14",
        ),
        (
            "answers_with_another_question_s_answer",
            says(METADATA),
            answer("policy-answer"),
            "answered `evaluate` with `metadata`",
        ),
        (
            "answers_in_a_shape_of_its_own",
            says(r#"{"findings":[]}"#),
            answer("policy-answer"),
            "unknown variant `findings`",
        ),
        (
            "answers_twice_in_one_document",
            says(r#"{"evaluation":{"findings":[],"findings":[]}}"#),
            answer("policy-answer"),
            "duplicate field `findings`",
        ),
        (
            "misspells_a_key",
            finding(r#","adress":"aws_instance.a""#),
            answer("policy-answer"),
            "unknown field `adress`",
        ),
        (
            "answers_in_the_depth",
            says(format!(
                r#"{{"evaluation":{{"findings":[],"documents":[{{"name":"deep","content":{}{}}}]}}}}"#,
                "[".repeat(100_000),
                "]".repeat(100_000)
            )),
            answer("policy-answer"),
            "nests deeper than 32 levels",
        ),
        (
            "nests_findings_in_the_depth",
            says(format!(r#"{{"evaluation":{{"findings":{}"#, "[".repeat(100_000))),
            answer("policy-answer"),
            "",
        ),
        (
            "has_more_findings_than_are_read",
            says(format!(
                r#"{{"evaluation":{{"findings":[{}]}}}}"#,
                vec![r#"{"rule":"some-rule","outcome":"violation","message":"m"}"#; 11_000].join(",")
            )),
            answer("limit-findings"),
            "more findings than are read",
        ),
        (
            "reports_a_rule_that_it_does_not_declare",
            says(r#"{"evaluation":{"findings":[{"rule":"other","outcome":"violation","message":"m"}]}}"#),
            answer("policy-answer"),
            "which the policy does not declare",
        ),
        (
            "reports_a_resource_that_it_was_not_given",
            finding(r#","address":"aws_instance.elsewhere""#),
            answer("policy-answer"),
            "which the policy was not given",
        ),
        (
            "has_no_message",
            says(r#"{"evaluation":{"findings":[{"rule":"some-rule","outcome":"violation","message":" "}]}}"#),
            answer("policy-answer"),
            "has no message",
        ),
    ]
}

fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}

/// A command that describes itself as [`METADATA`] says, and does this with `evaluate`.
pub(crate) fn command(does: &Does) -> Result<Vec<u8>, Failed> {
    let (said, body) = match does {
        Does::Says(said) => (
            said.as_slice(),
            format!(
                "(call $write (i32.const 1) (i32.const 65536) (i32.const {}))",
                said.len()
            ),
        ),
        Does::Runs(body) => (&[][..], (*body).to_owned()),
    };
    Ok(wat::parse_str(format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 64)
            (data (i32.const 4096) "the\0a\0a reason is \ff")
            (data (i32.const 8192) "{fine}")
            (data (i32.const 12288) "{metadata}")
            (data (i32.const 65536) "{said}")
            (func $write (param $fd i32) (param $at i32) (param $length i32)
                (i32.store (i32.const 32) (local.get $at))
                (i32.store (i32.const 36) (local.get $length))
                (drop (call $fd_write (local.get $fd) (i32.const 32) (i32.const 1) (i32.const 40))))
            (func $main {body})
            (func (export "_start")
                (i32.store (i32.const 0) (i32.const 1024))
                (i32.store (i32.const 4) (i32.const 64))
                (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
                ;; {{"contract":"0.1.0","call":"describe" or "evaluate"
                (if (i32.eq (i32.load8_u (i32.const 1052)) (i32.const {d}))
                    (then (call $write (i32.const 1) (i32.const 12288) (i32.const {length})))
                    (else (call $main)))))"#,
        fine = escaped(FINE.as_bytes()),
        metadata = escaped(METADATA.as_bytes()),
        said = escaped(said),
        d = u32::from(b'd'),
        length = METADATA.len(),
    ))?)
}

/// A configuration in which the modules are policies beside the built-in ones.
pub(crate) fn project(policies: &[(&str, &Path)], more: &str) -> Result<tempfile::TempDir, Failed> {
    let folder = tempfile::tempdir()?;
    // An unoptimised compiler on a busy machine takes its time over Go's runtime.
    let mut config = String::from("[limits]\ncompile-seconds = 3600\n[environments.production]\n");
    for (name, module) in policies {
        config.push_str(&format!(
            "[policies.{name}]\nsource = {:?}\n",
            module.display().to_string()
        ));
    }
    config.push_str(more);
    fs::write(folder.path().join("tollgate.toml"), config)?;
    Ok(folder)
}

pub(crate) fn example(name: &str) -> Result<PathBuf, Failed> {
    Ok(fs::canonicalize(root().join("examples/plans").join(name))?)
}

fn policy<'r>(report: &'r Value, name: &str) -> Result<&'r Value, Failed> {
    report["plans"][0]["policies"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|policy| policy["name"] == json!(name))
        .ok_or_else(|| format!("no policy {name} in {report}").into())
}

fn hostile(does: &Does, code: Option<&str>, part: &str) -> Result<(), Failed> {
    let folder = project(&[("hostile", Path::new("hostile.wasm"))], "")?;
    fs::write(folder.path().join("hostile.wasm"), command(does)?)?;
    let run = run(tollgate(folder.path())
        .args(["check", "-o", "json"])
        .arg(example("production.json")?))?;
    let report = run.json()?;
    let failure = &policy(&report, "hostile")?["failure"];
    // The others have judged all the same.
    if !policy(&report, "deletion-protection")?["failure"].is_null() {
        return Err(format!("another policy failed:\n{run}").into());
    }
    let Some(code) = code else {
        if failure.is_null() {
            return Ok(());
        }
        return Err(format!("{failure}").into());
    };
    run.expect(4)?;
    let message = failure["message"].as_str().unwrap_or_default();
    if failure["code"] != json!(code) || !message.contains(part) || message.contains('\n') {
        return Err(format!("expected {code} with {part:?}, got {failure}").into());
    }
    Ok(())
}

/// Modules that are refused before they run: their text, the code, and a part of the message.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    (
        "a_core_module_without_start",
        "(module)",
        "module-core",
        "it exports no `_start`",
    ),
    (
        "start_is_a_memory",
        r#"(module (memory (export "_start") 1))"#,
        "module-core",
        "",
    ),
    (
        "start_has_parameters",
        r#"(module (func (export "_start") (param i32)))"#,
        "contract-missing",
        "`_start`",
    ),
    (
        "imports_a_made_up_function",
        r#"(module (import "wasi_snapshot_preview1" "fd_teleport" (func)) (import "env" "system" (func (param i32))) (func (export "_start")))"#,
        "module-imports",
        "imports wasi_snapshot_preview1.fd_teleport, env.system,",
    ),
    (
        "imports_an_older_wasi",
        r#"(module (import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32))) (func (export "_start")))"#,
        "module-imports",
        "wasi_unstable.fd_write",
    ),
    (
        "imports_a_memory",
        r#"(module (import "env" "memory" (memory 1)) (func (export "_start")))"#,
        "module-imports",
        "env.memory",
    ),
    (
        "imports_a_function_with_another_type",
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i64))) (func (export "_start")))"#,
        "contract-missing",
        "proc_exit",
    ),
    (
        "describes_nothing",
        r#"(module (func (export "_start")))"#,
        "policy-no-answer",
        "without an answer in `describe`",
    ),
    (
        "hangs_before_it_starts",
        r#"(module (func $loop (loop br 0)) (start $loop) (func (export "_start")))"#,
        "limit-fuel",
        "in `describe`",
    ),
    (
        "exits_before_it_starts",
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (func $early (call $exit (i32.const 9))) (start $early) (func (export "_start")))"#,
        "policy-exit",
        "exit code 9 in `describe`",
    ),
    (
        "four_gigabytes_at_once",
        r#"(module (memory 65536) (func (export "_start")))"#,
        "limit-memory",
        "more memory",
    ),
];

fn refused(text: &str, code: &str, part: &str) -> Result<(), Failed> {
    let _ticker = Ticker::start();
    let module = wat::parse_str(text)?;
    match PolicyModule::load(&module, Limits::default(), &Cache::off("a test")) {
        Ok(module) => Err(format!("it was loaded: {module:?}").into()),
        Err(error) if error.code() == code && error.to_string().contains(part) => Ok(()),
        Err(error) => Err(format!("expected {code}, got {}: {error}", error.code()).into()),
    }
}

/// What a guest that tries to get out brings home, besides nothing.
const LOOT: &[(&str, &[(&str, &str)])] = &[
    (
        "escape-c",
        &[
            ("arguments", "0"),
            ("clock", "946684800"),
            ("nanoseconds passed", "0"),
            ("random", "13306849688565259843"),
            ("seconds passed", "0"),
            ("seconds slept", "86400"),
        ],
    ),
    (
        "escape-go",
        &[
            ("arguments", "0"),
            ("clock", "2000-01-01T00:00:00Z"),
            ("environment", "0"),
            // What Go itself calls a host without a name.
            ("host name", "wasip1"),
            // Which of the bytes this is, differs from one release of Go to the next.
            ("random", "*"),
            ("time passed", "0s"),
            ("time slept", "24h0m0s"),
        ],
    ),
];

fn escape(name: &str, expected: &[(&str, &str)]) -> Result<(), Failed> {
    let module = fs::canonicalize(root().join(format!("target/policies/{name}.wasm")))?;
    let folder = project(&[("escape", &module)], "")?;
    // Two plans, for what must not change between two runs of the module.
    for copy in ["one.json", "two.json"] {
        fs::copy(example("production.json")?, folder.path().join(copy))?;
    }
    let run = run(tollgate(folder.path())
        .env("HOME", "/root")
        .args(["check", "-o", "json", "one.json", "two.json"]))?;
    let report = run.json()?;
    let loots: Vec<&Value> = report["plans"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|plan| plan["policies"].as_array().into_iter().flatten())
        .filter(|policy| policy["name"] == json!("escape"))
        .map(|policy| &policy["documents"][0]["content"])
        .collect();
    let [first, second] = loots.as_slice() else {
        return Err(format!("{run}").into());
    };
    if first != second {
        return Err(format!("two runs, two answers: {first} and {second}").into());
    }
    let attempts = first.as_object().ok_or_else(|| format!("{run}"))?;
    if attempts.len() < expected.len() + 10 {
        return Err(format!("so few attempts prove nothing: {first}").into());
    }
    for (attempt, got) in attempts {
        let allowed = expected
            .iter()
            .find(|(name, _)| name == attempt)
            .map_or("nothing", |(_, got)| got);
        if allowed != "*" && got != &json!(allowed) {
            return Err(format!("{attempt}: expected {allowed}, got {got}").into());
        }
    }
    Ok(())
}

/// Without a tag that there is, every resource is found; with it none is. In every language
/// alike, on every example plan.
fn examples(languages: &[&str]) -> Result<(), Failed> {
    let modules: Vec<(&str, PathBuf)> = languages
        .iter()
        .map(|language| {
            let path = root().join(format!("target/policies/owner-tag-{language}.wasm"));
            Ok((*language, fs::canonicalize(path)?))
        })
        .collect::<Result<_, Failed>>()?;
    let borrowed: Vec<(&str, &Path)> = modules
        .iter()
        .map(|(name, path)| (*name, path.as_path()))
        .collect();
    let first = fs::canonicalize(example("production.json")?)?;
    let plans = files(&root().join("examples/plans"), "json")
        .iter()
        .map(fs::canonicalize)
        .collect::<Result<Vec<_>, _>>()?;
    for (tag, violations) in [("owner", 6), ("service", 0)] {
        let settings: String = languages
            .iter()
            .map(|language| format!("[policies.{language}.settings]\ntag = {tag:?}\n"))
            .collect();
        let folder = project(&borrowed, &settings)?;
        let run = run(tollgate(folder.path())
            .args(["check", "-o", "json"])
            .arg(&first)
            .args(plans.iter().filter(|plan| **plan != first)))?;
        let report = run.json()?;
        for plan in report["plans"].as_array().into_iter().flatten() {
            let mut told: Option<Value> = None;
            for language in languages {
                let found = plan["policies"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .find(|policy| policy["name"] == json!(language));
                let Some(found) = found else { continue };
                if !found["failure"].is_null() {
                    return Err(format!("{language}: {}", found["failure"]).into());
                }
                let text = found["findings"]
                    .to_string()
                    .replace(&format!("\"{language}/"), "\"owner-tag/");
                let findings: Value = serde_json::from_str(&text)?;
                match &told {
                    Some(first) if first != &findings => {
                        return Err(format!(
                            "{language} judges {} in its own way: {findings}, not {first}",
                            plan["input"]["path"]
                        )
                        .into());
                    }
                    _ => told = Some(findings),
                }
            }
        }
        for language in languages {
            let findings = &policy(&report, language)?["findings"];
            if findings.as_array().map(Vec::len) != Some(violations) {
                return Err(format!("{language} with the tag {tag}: {findings}").into());
            }
        }
    }
    Ok(())
}

/// What a real command is asked and answers is what the published schemas say.
fn schemas() -> Result<(), Failed> {
    let folder = project(&[("hostile", Path::new("hostile.wasm"))], "")?;
    // An answer of everything that there is.
    let answer = json!({"evaluation": {
        "findings": [{
            "rule": "some-rule", "outcome": "undetermined", "address": "aws_kms_key.media",
            "attributes": ["id"], "message": "m", "remediation": "r",
            "details": [{"label": "l", "text": "t"}],
        }],
        "documents": [{"name": "numbers", "content": {"big": [12_345_678_901_234_567_890_u64, 1.5]}}],
    }});
    fs::write(
        folder.path().join("hostile.wasm"),
        command(&says(answer.to_string()))?,
    )?;
    let run = run(tollgate(folder.path())
        .args(["check", "-o", "json"])
        .arg(example("production.json")?))?;
    let report = run.json()?;
    let judged = policy(&report, "hostile")?;
    if judged["findings"][0]["details"][0]["note"] != json!("t")
        || judged["documents"][0]["content"] != answer["evaluation"]["documents"][0]["content"]
    {
        return Err(format!("{run}").into());
    }
    let schema: Value = serde_json::from_str(&fs::read_to_string(
        root().join("schemas/policy-response.schema.json"),
    )?)?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
    for (fits, document) in [
        (true, answer),
        (true, serde_json::from_str(METADATA)?),
        (true, json!({"error": "no"})),
        (false, json!({"findings": []})),
        (false, json!({"evaluation": {}})),
        (
            false,
            json!({"evaluation": {"findings": [{"rule": "r", "outcome": "violation"}]}}),
        ),
        (
            false,
            json!({"evaluation": {"findings": []}, "error": "no"}),
        ),
        (false, json!({"evaluation": {"findings": [], "more": 1}})),
    ] {
        if validator.is_valid(&document) != fits {
            return Err(format!("{document}: expected to fit: {fits}").into());
        }
    }
    Ok(())
}

pub(crate) fn trials() -> Vec<Trial> {
    let built = |name: &str| {
        root()
            .join(format!("target/policies/{name}.wasm"))
            .is_file()
    };
    let mut trials: Vec<Trial> = cases()
        .into_iter()
        .map(|(name, does, code, part)| {
            Trial::test(format!("commands::one_that_{name}"), move || {
                hostile(&does, code, part)
            })
        })
        .collect();
    trials.extend(REFUSED.iter().map(|(name, text, code, part)| {
        Trial::test(format!("commands::refused_{name}"), move || {
            refused(text, code, part)
        })
    }));
    trials.extend(LOOT.iter().map(|(name, expected)| {
        Trial::test(
            format!("commands::{}_gets_nothing", name.replace('-', "_")),
            move || escape(name, expected),
        )
        .with_ignored_flag(!built(name))
    }));
    trials.push(
        Trial::test("commands::examples_judge_alike", || examples(&["c", "go"]))
            .with_ignored_flag(!(built("owner-tag-c") && built("owner-tag-go"))),
    );
    trials.push(Trial::test("commands::schemas", schemas));
    trials
}
