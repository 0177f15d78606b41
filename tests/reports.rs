//! Reports in every format, read by other people's readers; and saved ones, merged.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::cli::{Run, files, root, run, tollgate};

/// Every format, and how its files end.
const FORMATS: &[(&str, &str)] = &[
    ("human", "txt"),
    ("json", "json"),
    ("sarif", "sarif"),
    ("junit", "xml"),
    ("github", "log"),
    ("markdown", "md"),
    ("tap", "tap"),
];

/// What stands wherever a plan, a policy or a configuration has text.
const HOSTILE: &[(&str, &str)] = &[
    (
        "terminal",
        "\u{1b}[2J\u{9b}31m\u{202e}x\r\nPASSED for production\u{7}\u{0}\u{ffff}",
    ),
    (
        "commands",
        "::error file=a,line=1::x ::stop-commands::y\n::add-mask::z ##[error]a ##vso[task.x]",
    ),
    (
        "xml",
        "]]></skipped></testcase><testcase name=\"x\"/>&amp;&#0;<!-- x --><![CDATA[",
    ),
    (
        "html",
        "</code></summary></details><script>x</script><img src=x onerror=y>-->",
    ),
    (
        "links",
        "![a](http://x.example/y.png) [b](http://x.example) <http://x.example> https://x.example www.x.example",
    ),
    (
        "mentions",
        "@team a@b.example #1 org/repo#2 GH-3 $\\frac{a}{b}$",
    ),
    ("backticks", "` `` ``` `a` <b>``` | c |\n# d\n- e"),
    (
        "tap",
        "x # SKIP y \\# TODO z\\\n  ...\nok 9 - a\nBail out!\n1..0",
    ),
    ("empty", ""),
    (
        "long",
        "…………………………………………………………………………………………………………………………………………………………………………………………………………",
    ),
];

/// What a reader of reports goes by, so an enemy's words would only make it no report.
const KEPT: &[&str] = &[
    "format_version",
    "decision",
    "severity",
    "outcome",
    "enforcement",
    "disposition",
    "state",
    "subject",
    "undetermined",
    "incomplete",
    "existing",
    "cause",
    "rule",
];

/// Plans with findings of every policy, one that is incomplete, and none.
const SOME: &[&str] = &[
    "violating/deleted.json",
    "violating/over-the-cap.json",
    "violating/undecided.json",
    "terraform/targeted.json",
    "nowhere.json",
];

pub(crate) fn trials() -> Vec<Trial> {
    let readers = root().join(".tools/readers");
    let schema = readers.join("sarif.schema.json");
    let python = readers.join("venv/bin/python");
    let no_schema = !schema.is_file();
    // The version is written last.
    let no_python = !readers.join("version").is_file();
    let no_perl = !Command::new("perl")
        .args(["-MTAP::Parser", "-e", "1"])
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success());
    vec![
        Trial::test("reports::every_format_keeps_the_exit_code", exit_codes),
        Trial::test("reports::sarif_is_of_the_official_schema", {
            move || of_sarif(&schema)
        })
        .with_ignored_flag(no_schema),
        Trial::test("reports::junit_is_of_jenkins_schema", {
            let (python, schema) = (python.clone(), readers.join("junit.xsd"));
            move || of_junit(&python, &schema)
        })
        .with_ignored_flag(no_python),
        Trial::test("reports::markdown_is_inert_in_githubs_parser", move || {
            of_markdown(&python)
        })
        .with_ignored_flag(no_python),
        Trial::test("reports::tap_is_read_by_perls_harness", of_tap).with_ignored_flag(no_perl),
        Trial::test("reports::hostile_text_is_inert_in_every_format", hostile),
        Trial::test("reports::merged_shards_are_the_whole", merged),
        Trial::test("reports::shards_are_all_there", shards),
        Trial::test("reports::many_plans_are_shown_briefly", briefly),
        Trial::test("reports::an_older_report_is_never_left", stale),
        Trial::test("reports::files_that_are_read_are_spared", spared),
        Trial::test("reports::github_gets_a_job_summary", job_summary),
    ]
}

/// The reports of the examples, and the same in hostile words, each in every format.
struct Reports {
    folder: tempfile::TempDir,
    /// Name and exit code.
    names: BTreeMap<String, i32>,
}

impl Reports {
    /// Writes them once for all tests.
    fn get() -> Result<&'static Self, Failed> {
        static REPORTS: OnceLock<Result<Reports, String>> = OnceLock::new();
        let reports = REPORTS.get_or_init(|| {
            Self::write().map_err(|failed| failed.message().unwrap_or_default().to_owned())
        });
        reports.as_ref().map_err(|failed| failed.as_str().into())
    }

    fn write() -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let mut names = BTreeMap::new();
        let mut saved: Vec<(String, String)> = Vec::new();
        for environment in ["production", "staging"] {
            let run = run(tollgate(&root())
                .args([
                    "check",
                    "-o",
                    "json",
                    "--today",
                    "2026-11-21",
                    "-e",
                    environment,
                ])
                .args(plans()))?;
            saved.push((environment.to_owned(), run.stdout));
        }
        // One of each kind is enough, with everything that a finding can have.
        let some = run(tollgate(&root())
            .args([
                "check",
                "-o",
                "json",
                "--today",
                "2026-11-21",
                "-e",
                "production",
            ])
            .args(SOME.iter().map(|plan| format!("examples/plans/{plan}"))))?;
        let whole: Value = some.json()?;
        for (name, text) in HOSTILE {
            let mut report = whole.clone();
            dress(&mut report);
            rewrite(&mut report, text);
            saved.push((format!("hostile-{name}"), report.to_string()));
        }
        for (name, report) in saved {
            let file = folder.path().join(format!("{name}.report"));
            fs::write(&file, report)?;
            let outputs = FORMATS.iter().flat_map(|(format, end)| {
                let file = folder.path().join(format!("{name}.{end}"));
                ["-o".to_owned(), format!("{format}={}", file.display())]
            });
            let run = run(tollgate(folder.path())
                .env_remove("GITHUB_STEP_SUMMARY")
                .arg("report")
                .arg(&file)
                .args(outputs))?;
            if !run.stdout.is_empty() || !run.stderr.is_empty() {
                return Err(format!("{name}: {run}").into());
            }
            names.insert(name, run.code);
        }
        Ok(Self { folder, names })
    }

    fn files(&self, end: &str) -> Vec<PathBuf> {
        let path = |name: &String| self.folder.path().join(format!("{name}.{end}"));
        self.names.keys().map(path).collect()
    }
}

fn plans() -> impl Iterator<Item = PathBuf> {
    files(&root().join("examples/plans"), "json")
        .into_iter()
        .map(|plan| {
            plan.strip_prefix(root())
                .map(Path::to_owned)
                .unwrap_or(plan)
        })
}

/// Gives the first findings what the examples' have not.
fn dress(report: &mut Value) {
    let mut waived = 0;
    let mut removed = 0;
    let mut existing = 0;
    for plan in report["plans"].as_array_mut().into_iter().flatten() {
        for policy in plan["policies"].as_array_mut().into_iter().flatten() {
            for finding in policy["findings"].as_array_mut().into_iter().flatten() {
                finding["deposed"] = json!("x");
                finding["location"] = json!({
                    "file": "x", "line": 3, "column": 5, "subject": "attribute", "attribute": "x",
                    "related": [{"file": "x", "line": 1, "column": 1, "message": "x"}],
                });
                finding["details"] =
                    json!([{"name": "x", "note": "x"}, {"name": "x", "note": "x"}]);
                if finding["disposition"] == "warns" && finding["outcome"] == "violation" {
                    finding["disposition"] = json!("waived");
                    finding["waiver"] = json!(0);
                    waived += 1;
                    removed += 1;
                    existing += u64::from(finding["cause"] == "existing");
                }
            }
        }
    }
    let waiver = |state: &str, covers: usize| {
        json!({
            "rule": "x/*", "address": "x", "reason": "x", "owner": "x", "expires": "x",
            "location": "x:3", "state": state, "covers": covers,
        })
    };
    report["waivers"] = json!([waiver("used", waived), waiver("expired", 0)]);
    let warnings = report["verdict"]["warnings"].as_u64().unwrap_or_default();
    report["verdict"]["warnings"] = json!(warnings - removed);
    report["verdict"]["waived"] = json!(waived);
    let so_before = report["verdict"]["existing"].as_u64().unwrap_or_default();
    report["verdict"]["existing"] = json!(so_before - existing);
}

/// Puts a text in the place of every other.
fn rewrite(value: &mut Value, text: &str) {
    match value {
        Value::String(old) => text.clone_into(old),
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, text)),
        Value::Object(members) => {
            // Of an environment, of a policy: one that no run has is refused.
            let named = ["protected", "changes_seen"]
                .iter()
                .any(|key| members.contains_key(*key));
            for (key, member) in members {
                let kept = KEPT.contains(&key.as_str()) || (named && key == "name");
                if !kept || !member.is_string() {
                    rewrite(member, text);
                }
            }
        }
        _ => {}
    }
}

fn exit_codes() -> Result<(), Failed> {
    for (name, expected) in [("production", 0), ("staging", 0)] {
        let plan = format!("examples/plans/{name}.json");
        same_code(&["-e", name, &plan], expected)?;
    }
    same_code(
        &["-e", "production", "examples/plans/violating/deleted.json"],
        1,
    )?;
    same_code(&["-e", "production", "nowhere.json"], 3)?;
    same_code(
        &["-e", "production", "examples/plans/terraform/targeted.json"],
        3,
    )
}

/// One plan, checked and shown again in every format, comes to the same.
fn same_code(arguments: &[&str], expected: i32) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let saved = folder.path().join("saved.json");
    let check = |output: &str| {
        run(tollgate(&root())
            .env_remove("GITHUB_STEP_SUMMARY")
            .args(["check", "--today", "2026-11-21", "-o", output])
            .args(arguments))
    };
    check(&format!("json={}", saved.display()))?.expect(expected)?;
    for (format, _) in FORMATS {
        let direct = check(format)?;
        direct.expect(expected)?;
        let shown = run(tollgate(&root())
            .env_remove("GITHUB_STEP_SUMMARY")
            .args(["report", "-o", format])
            .arg(&saved))?;
        shown.expect(expected)?;
        if direct.stdout != shown.stdout || direct.stdout.is_empty() {
            return Err(format!("{format}: {direct}\nand saved: {shown}").into());
        }
    }
    Ok(())
}

fn of_sarif(schema: &Path) -> Result<(), Failed> {
    let schema: Value = serde_json::from_slice(&fs::read(schema)?)?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
    // It can fail.
    if validator.is_valid(&json!({"version": "2.1.0", "runs": [{"results": []}]})) {
        return Err("the schema takes a run without a tool".into());
    }
    let reports = Reports::get()?;
    for file in reports.files("sarif") {
        let log: Value = serde_json::from_slice(&fs::read(&file)?)?;
        if let Some(error) = validator.iter_errors(&log).next() {
            return Err(format!("{}: {error} at {}", file.display(), error.instance_path()).into());
        }
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"]
            .as_array()
            .map_or(0, Vec::len);
        let results = run["results"].as_array().cloned().unwrap_or_default();
        if results.is_empty() || rules == 0 {
            return Err(format!("{}: no results or rules", file.display()).into());
        }
        for result in results {
            let rule = result["ruleIndex"]
                .as_u64()
                .and_then(|nth| usize::try_from(nth).ok());
            if rule.is_none_or(|nth| nth >= rules) {
                return Err(format!("{}: {result}", file.display()).into());
            }
        }
    }
    Ok(())
}

/// Runs a reader on files; what it prints says what is wrong.
fn read(reader: &mut Command, files: &[PathBuf]) -> Result<String, Failed> {
    let output = reader.args(files).stdin(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        Ok(text)
    } else {
        Err(text.into())
    }
}

fn of_junit(python: &Path, schema: &Path) -> Result<(), Failed> {
    let reports = Reports::get()?;
    let script = root().join("tests/reports/read.py");
    let mut reader = Command::new(python);
    reader.arg(&script).arg("junit").arg(schema);
    read(&mut reader, &reports.files("xml")).map(drop)?;
    // It can fail.
    let bad = reports.folder.path().join("bad.xml");
    fs::write(&bad, "<testsuites><testsuite/></testsuites>")?;
    let mut reader = Command::new(python);
    reader.arg(&script).arg("junit").arg(schema);
    match read(&mut reader, &[bad]) {
        Ok(_) => Err("the schema takes a suite without a name".into()),
        Err(_) => Ok(()),
    }
}

fn of_markdown(python: &Path) -> Result<(), Failed> {
    let reports = Reports::get()?;
    let reader = || {
        let mut reader = Command::new(python);
        reader
            .arg(root().join("tests/reports/read.py"))
            .arg("markdown");
        reader
    };
    read(&mut reader(), &reports.files("md")).map(drop)?;
    // It can fail.
    let bad = reports.folder.path().join("bad.md");
    for text in [
        "[a](b)",
        "@team",
        "<img src=x>",
        "https://x.example",
        "</details>",
    ] {
        let page = format!("<!-- tollgate: x -->\n<details>\n\n- {text}\n\n</details>\n");
        fs::write(&bad, page)?;
        if read(&mut reader(), std::slice::from_ref(&bad)).is_ok() {
            return Err(format!("the reader takes {text}").into());
        }
    }
    Ok(())
}

fn of_tap() -> Result<(), Failed> {
    let reports = Reports::get()?;
    let mut reader = Command::new("perl");
    reader.arg(root().join("tests/reports/read.pl"));
    let told = read(&mut reader, &reports.files("tap"))?;
    for (line, (name, code)) in told.lines().zip(&reports.names) {
        let fails = !line.contains(" failed 0 of ");
        if fails != (*code != 0) || line.ends_with(" of 0") {
            return Err(format!("{name} ends with {code}: {line}").into());
        }
    }
    if told.lines().count() == reports.names.len() {
        Ok(())
    } else {
        Err(told.into())
    }
}

fn hostile() -> Result<(), Failed> {
    let reports = Reports::get()?;
    for (format, end) in FORMATS {
        for file in reports.files(end) {
            let text = fs::read_to_string(&file)?;
            let said = format!("{format} of {}", file.display());
            let active = text.chars().find(|&c| {
                (c.is_control() && c != '\n')
                    || ('\u{202a}'..='\u{202e}').contains(&c)
                    || matches!(c, '\u{fffe}' | '\u{ffff}')
            });
            if let Some(c) = active {
                return Err(format!("{said}: {c:?}").into());
            }
            let ours = |line: &str| {
                *format == "github"
                    && ["::error ", "::warning ", "::notice "]
                        .iter()
                        .any(|kind| line.starts_with(kind))
            };
            for line in text.lines() {
                let start = line.trim_start();
                let command = start
                    .strip_prefix("::")
                    .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
                if (command && !ours(line)) || line.contains("##[") || line.contains("##vso[") {
                    return Err(format!("{said}: {line}").into());
                }
            }
        }
    }
    Ok(())
}

/// Plans checked in parts come to what they come to at once.
fn merged() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let plans: Vec<PathBuf> = plans().collect();
    let check = |plans: &[PathBuf], more: &[&str]| -> Result<Run, Failed> {
        run(tollgate(&root())
            .args([
                "check",
                "-e",
                "production",
                "--today",
                "2026-11-21",
                "-o",
                "json",
            ])
            .args(more)
            .args(plans))
    };
    let whole = check(&plans, &[])?;
    let mut shards = Vec::new();
    for (nth, part) in plans.chunks(5).enumerate() {
        let file = folder.path().join(format!("shard-{nth}.json"));
        fs::write(&file, check(part, &[])?.stdout)?;
        shards.push(file);
    }
    let merge = |reports: &[PathBuf]| {
        run(tollgate(folder.path())
            .args(["report", "-o", "json"])
            .args(reports))
    };
    let together = merge(&shards)?;
    together.expect(whole.code)?;
    let (mut whole, mut merged) = (whole.json()?, together.json()?);
    for plan in merged["plans"].as_array_mut().into_iter().flatten() {
        if let Some(plan) = plan.as_object_mut() {
            plan.remove("report");
        }
    }
    for (key, both) in [
        ("verdict", true),
        ("plans", true),
        ("rules", true),
        ("merged", false),
    ] {
        if (whole[key].take() == merged[key].take()) != both {
            return Err(format!("`{key}` of the merged report").into());
        }
    }
    // What must not be merged, and what is no report.
    let staging = folder.path().join("staging.json");
    let text = fs::read_to_string(&shards[0])?;
    fs::write(
        &staging,
        text.replace("\"name\": \"production\"", "\"name\": \"staging\""),
    )?;
    let cut = folder.path().join("cut.json");
    fs::write(&cut, &text[..text.len() - 100])?;
    let edited = folder.path().join("edited.json");
    let mut other: Value = serde_json::from_str(&text)?;
    other["verdict"]["decision"] = json!("passed");
    other["verdict"]["exit_code"] = json!(0);
    fs::write(&edited, other.to_string())?;
    let renamed = folder.path().join("renamed.json");
    fs::write(
        &renamed,
        text.replace("\"name\": \"production\"", "\"name\": \"a\\nPASSED\""),
    )?;
    let cases = [
        (vec![renamed], "cannot be the name of an environment"),
        (vec![shards[0].clone(), staging], "different environments"),
        (
            vec![shards[0].clone(), shards[0].clone()],
            "the same report is in both",
        ),
        (vec![shards[1].clone(), cut], "it ends too early"),
        (vec![shards[1].clone(), edited], "does not add up"),
        (
            vec![root().join("examples/plans/production.json")],
            "missing field `",
        ),
        (
            vec![folder.path().join("nowhere.json")],
            "cannot read the report",
        ),
    ];
    for (reports, says) in cases {
        let run = merge(&reports)?;
        run.expect(2)?;
        if !run.stderr.contains(says) || !run.stdout.is_empty() {
            return Err(format!("expected `{says}`: {run}").into());
        }
    }
    Ok(())
}

/// Machines that are given the same plans judge each of them once; a missing part is noticed.
fn shards() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let check = |more: &[&str]| {
        run(tollgate(&root())
            .args(["check", "-e", "production", "--today", "2026-11-21"])
            .args(["-o", "json", "examples/plans"])
            .args(more))
    };
    let paths = |report: &Value| -> Vec<String> {
        let plans = report["plans"].as_array().into_iter().flatten();
        let mut paths: Vec<String> = plans
            .map(|plan| plan["input"]["path"].to_string())
            .collect();
        paths.sort();
        paths
    };
    let whole = check(&[])?;
    let mut parts = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let part = check(&["--shard", shard])?;
        let file = folder.path().join(shard.replace('/', "-of-"));
        fs::write(&file, &part.stdout)?;
        parts.push(file);
    }
    let merge = |reports: &[PathBuf]| {
        run(tollgate(folder.path())
            .args(["report", "-o", "json"])
            .args(reports))
    };
    let together = merge(&parts)?;
    together.expect(whole.code)?;
    let (whole, together) = (whole.json()?, together.json()?);
    if paths(&whole) != paths(&together) || whole["verdict"] != together["verdict"] {
        return Err(format!("{} is not {}", together["verdict"], whole["verdict"]).into());
    }
    let missing = merge(&parts[1..])?;
    missing.expect(2)?;
    if !missing.stderr.contains("the report of part 1/3 is missing") {
        return Err(format!("a part is missing: {missing}").into());
    }
    for (shard, says) in [
        ("4/3", "write `3/10` for the third of ten"),
        ("2/1000", "cannot be split into 1000 parts"),
    ] {
        let refused = check(&["--shard", shard])?;
        refused.expect(2)?;
        if !refused.stderr.contains(says) || !refused.stdout.is_empty() {
            return Err(format!("expected `{says}`: {refused}").into());
        }
    }
    Ok(())
}

/// Of many plans those that pass take a line each, and what is for information can be left out; neither
/// decides anything.
fn briefly() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let check = |more: &[&str]| {
        run(tollgate(&root())
            .args(["check", "-e", "staging", "--today", "2026-11-21"])
            .args(["examples/plans/violating", "examples/plans/staging.json"])
            .args(more))
    };
    let whole = check(&["-o", "json"])?;
    let brief = check(&["-o", "json", "--without-documents"])?;
    brief.expect(whole.code)?;
    let (mut whole, brief) = (whole.json()?, brief.json()?);
    let mut left_out = 0;
    for plan in whole["plans"].as_array_mut().into_iter().flatten() {
        for policy in plan["policies"].as_array_mut().into_iter().flatten() {
            left_out += policy["documents"].as_array().map_or(0, Vec::len);
            policy["documents"] = serde_json::json!([]);
        }
    }
    if left_out == 0 || whole != brief {
        return Err(format!("{left_out} documents are left out, and nothing else").into());
    }

    let human = check(&["--summary"])?;
    let shown = |path: &str, start: &str| {
        let mut lines = human.stdout.lines();
        lines.any(|line| line.starts_with(start) && line.contains(path))
    };
    for plan in brief["plans"].as_array().into_iter().flatten() {
        let path = plan["input"]["path"].as_str().unwrap_or_default();
        let policies = plan["policies"].as_array().into_iter().flatten();
        let findings =
            policies.flat_map(|policy| policy["findings"].as_array().into_iter().flatten());
        let refused = findings
            .clone()
            .any(|finding| finding["disposition"] == "refuses");
        if shown(path, "Plan ") != refused
            || (shown(path, "ok ") || shown(path, "warns ")) == refused
        {
            return Err(format!("{path}, refused: {refused}: {human}").into());
        }
    }
    let saved = folder.path().join("report.json");
    fs::write(&saved, check(&["-o", "json"])?.stdout)?;
    let again = run(tollgate(folder.path())
        .arg("report")
        .arg(&saved)
        .arg("--summary"))?;
    again.expect(human.code)?;
    if again.stdout.lines().any(|line| line.starts_with("Plan "))
        != human.stdout.lines().any(|line| line.starts_with("Plan "))
    {
        return Err(format!("a saved report is shown otherwise: {again}").into());
    }
    let recorded = check(&["--without-documents", "--record", "rec"])?;
    recorded.expect(2)
}

/// What a run reads is still there afterwards, whatever it was asked to write.
fn spared() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    fs::copy(root().join("examples/plans/staging.json"), at("plan.json"))?;
    fs::write(
        at("tollgate.toml"),
        "[environments.staging]\n[policies.guest]\nsource = \"guest.wasm\"\ndocuments = { facts = \"facts.json\" }\n",
    )?;
    for name in [
        "guest.wasm",
        "facts.json",
        "main.tf",
        "x.tf.json",
        "old.json",
    ] {
        fs::write(at(name), name)?;
    }
    fs::hard_link(at("facts.json"), at("twin.json"))?;
    std::os::unix::fs::symlink("plan.json", at("link.json"))?;
    let read = "would replace a file that this run reads";
    let never = "has the name of something else than a report";
    let recorded = "would be part of the recording rr";
    let cases: &[(&[&str], &str)] = &[
        (&["-o", "json=plan.json"], read),
        (&["-o", "json=link.json"], read),
        (&["-o", "json=tollgate.toml"], read),
        (&["-o", "json=guest.wasm"], read),
        (&["-o", "json=facts.json"], read),
        (&["-o", "json=twin.json"], read),
        (&["-o", "json=main.tf"], never),
        (&["-o", "json=x.tf.json"], never),
        (&["--write-baseline", "plan.json"], read),
        (&["--write-baseline", "tollgate.toml"], read),
        (&["--write-baseline", "guest.wasm"], read),
        (&["--write-baseline", "twin.json"], read),
        (&["--write-baseline", "main.tf"], never),
        (
            &["--record", "rr", "--write-baseline", "rr/b.json"],
            recorded,
        ),
        (&["--record", "rr", "-o", "json=rr/record.json"], recorded),
        (&["--record", "rr", "-o", "json=./rr/x/y.json"], recorded),
        (&["--baseline", "old.json", "-o", "json=old.json"], read),
    ];
    let content = || -> Result<BTreeMap<PathBuf, Vec<u8>>, Failed> {
        let entries = fs::read_dir(folder.path())?.collect::<Result<Vec<_>, _>>()?;
        let paths = entries.into_iter().map(|entry| entry.path());
        paths
            .map(|path| Ok((path.clone(), fs::read(path)?)))
            .collect()
    };
    let before = content()?;
    for (arguments, says) in cases {
        let run = run(tollgate(folder.path())
            .args(["check", "plan.json", "-e", "staging"])
            .args(*arguments))?;
        run.expect(2)?;
        if !run.stderr.contains(says) || content()? != before {
            return Err(format!("{arguments:?}, expected `{says}`: {run}").into());
        }
    }
    Ok(())
}

/// A run that ends before it judges leaves nothing that says PASSED.
fn stale() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let plan = fs::canonicalize(root().join("examples/plans/staging.json"))?;
    let config = folder.path().join("tollgate.toml");
    let check = || {
        run(tollgate(folder.path())
            .args([
                "check",
                "-e",
                "staging",
                "-o",
                "json=report.json",
                "-o",
                "junit=report.xml",
            ])
            .args(["--config", "tollgate.toml"])
            .arg(&plan))
    };
    let size = |name: &str| fs::metadata(folder.path().join(name)).map(|there| there.len());
    fs::write(&config, "[environments.staging]\n")?;
    check()?.expect(0)?;
    if size("report.json")? == 0 || size("report.xml")? == 0 {
        return Err("no report was written".into());
    }
    for bad in [
        "[environments.prod]\n",
        "[environments.staging]\nprotcted = true\n",
        "[",
    ] {
        check()?.expect(0)?;
        fs::write(&config, bad)?;
        check()?.expect(2)?;
        if size("report.json")? != 0 || size("report.xml")? != 0 {
            return Err(format!("an older report is left after {bad}").into());
        }
        fs::write(&config, "[environments.staging]\n")?;
    }
    check()?.expect(0)?;
    // A wrong saved report does the same.
    fs::write(folder.path().join("saved.json"), "{")?;
    run(tollgate(folder.path()).args(["report", "saved.json", "-o", "json=report.json"]))?
        .expect(2)?;
    if size("report.json")? == 0 {
        Ok(())
    } else {
        Err("an older report is left after a wrong saved one".into())
    }
}

fn job_summary() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let summary = folder.path().join("summary.md");
    let check = |format: &str| {
        run(tollgate(&root())
            .env("GITHUB_STEP_SUMMARY", &summary)
            .args(["check", "-e", "production", "-o", format])
            .arg("examples/plans/violating/deleted.json"))
    };
    check("human")?.expect(1)?;
    if summary.exists() {
        return Err("only the format `github` writes a job summary".into());
    }
    let run = check("github")?;
    run.expect(1)?;
    let text = fs::read_to_string(&summary)?;
    if text.starts_with("<!-- tollgate: production -->\n### ❌ Tollgate: refused for `production`")
        && run.stdout.starts_with("::error ")
        && run
            .stdout
            .lines()
            .last()
            .is_some_and(|line| !line.starts_with("::"))
    {
        Ok(())
    } else {
        Err(format!("{text}\n{run}").into())
    }
}
