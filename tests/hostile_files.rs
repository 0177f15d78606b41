//! Files that nobody sane writes: huge, deep, or cut off. One clear error each, and
//! memory that follows the size of the file.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use serde_json::json;

use crate::cli::{Run, root, run, tollgate};

/// A plan with one resource change, whose `after` is the text.
fn plan(after: &str) -> String {
    format!(
        r#"{{"format_version":"1.2","terraform_version":"1.12.6","resource_changes":[{{"address":"aws_sqs_queue.q","mode":"managed","type":"aws_sqs_queue","name":"q","provider_name":"registry.opentofu.org/hashicorp/aws","change":{{"actions":["create"],"before":null,"after":{after},"after_unknown":{{}},"before_sensitive":false,"after_sensitive":{{}}}}}}],"configuration":{{"root_module":{{}}}}}}"#
    )
}

/// Name, `after`, exit code, and the code of the problem if there is one. All of it is
/// outside of what the policies ask for unless the key is `name`.
fn cases() -> Vec<(&'static str, String, i32, Option<&'static str>)> {
    let long = "x".repeat(20 << 20);
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    vec![
        (
            "a_huge_string",
            format!(r#"{{"policy":"{long}"}}"#),
            0,
            None,
        ),
        (
            "many_keys",
            format!(
                "{{{}}}",
                (0..200_000)
                    .map(|key| format!(r#""k{key}":{key}"#))
                    .collect::<Vec<_>>()
                    .join(",")
            ),
            0,
            None,
        ),
        (
            "deep_where_nobody_looks",
            format!(r#"{{"no_policy_reads_this":{}}}"#, deep(100_000)),
            0,
            None,
        ),
        (
            "deep_where_a_policy_looks",
            format!(r#"{{"tags":{}}}"#, deep(100_000)),
            0,
            None,
        ),
        (
            "long_numbers",
            r#"{"delay_seconds":12345678901234567890.12345678901234567890e-10}"#.to_owned(),
            0,
            None,
        ),
        (
            "a_lone_surrogate_in_a_value",
            r#"{"name":"\ud800"}"#.to_owned(),
            3,
            Some("broken-text"),
        ),
        (
            "a_key_twice",
            r#"{"name":"a","name":"b"}"#.to_owned(),
            3,
            Some("duplicate-key"),
        ),
        (
            "a_key_twice_escaped",
            r#"{"name":"a","\u006eame":"b"}"#.to_owned(),
            3,
            Some("duplicate-key"),
        ),
        (
            "a_missing_bracket",
            r#"{"name":["a"}"#.to_owned(),
            3,
            Some("invalid-json"),
        ),
    ]
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<_> = cases()
        .into_iter()
        .map(|(name, after, code, problem)| {
            Trial::test(format!("hostile_files::{name}"), move || {
                judge(&plan(&after), code, problem)
            })
        })
        .collect();
    trials.push(Trial::test("hostile_files::cut_off_anywhere", cut_off));
    trials.push(Trial::test(
        "hostile_files::a_hundred_thousand_waivers",
        many_waivers,
    ));
    trials.push(Trial::test(
        "hostile_files::a_hundred_thousand_baseline_entries",
        many_baseline_entries,
    ));
    trials
}

fn folder(plan: &[u8]) -> Result<tempfile::TempDir, Failed> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join(".git"))?;
    fs::write(folder.path().join("plan.json"), plan)?;
    Ok(folder)
}

fn check(folder: &Path, more: &[&str]) -> Result<Run, Failed> {
    run(tollgate(folder)
        .args(["check", "-e", "staging", "plan.json", "-o", "json"])
        .args(more))
}

fn judge(plan: &str, code: i32, problem: Option<&str>) -> Result<(), Failed> {
    let folder = folder(plan.as_bytes())?;
    let run = check(folder.path(), &[])?;
    let report = run.json()?;
    let found = report["plans"][0]["problem"]["code"].as_str();
    if run.code != code || found != problem {
        return Err(format!("exit {} with {found:?}: {}", run.code, run.stderr).into());
    }
    Ok(())
}

/// A file that is cut off at any byte is refused, and so is one that another process
/// cuts while it is read: it is read once, into memory.
fn cut_off() -> Result<(), Failed> {
    let whole = fs::read(root().join("examples/plans/staging.json"))?;
    for eighth in 1..8 {
        let folder = folder(&whole[..whole.len() * eighth / 8])?;
        let run = check(folder.path(), &[])?;
        let report = run.json()?;
        if run.code != 3 || report["plans"][0]["problem"]["code"] != json!("truncated") {
            return Err(format!(
                "{eighth}/8: exit {}: {}",
                run.code, report["plans"][0]["problem"]
            )
            .into());
        }
    }
    Ok(())
}

/// As many as fit into a configuration hold; more are refused before any is read.
fn many_waivers() -> Result<(), Failed> {
    for (count, code) in [(5_000, 0), (100_000, 2)] {
        let folder = folder(plan("{}").as_bytes())?;
        let mut config = "[environments.staging]\nprotected = false\n".to_owned();
        for number in 0..count {
            config.push_str(&format!(
                "[[waivers]]\nrule = \"cost-cap/unpriced\"\naddress = \"aws_sqs_queue.q{number}*\"\nreason = \"load\"\nowner = \"ops\"\nexpires = 2999-12-31\n"
            ));
        }
        fs::write(folder.path().join("tollgate.toml"), config)?;
        let run = check(folder.path(), &[])?;
        run.expect(code)?;
        let held = match code {
            0 => run.json()?["waivers"].as_array().map(Vec::len) == Some(count),
            _ => run.stderr.contains("is larger than"),
        };
        if !held {
            return Err(format!("{count} waivers: {run}").into());
        }
    }
    Ok(())
}

fn many_baseline_entries() -> Result<(), Failed> {
    let folder = folder(plan("{}").as_bytes())?;
    let entries: Vec<_> = (0..100_000)
        .map(|number| {
            json!({"rule": "cost-cap/unpriced", "address": format!("a.b{number}"), "fingerprint": format!("sha256:{number:064x}")})
        })
        .collect();
    let baseline = json!({"format_version": "2.0", "findings": entries});
    fs::write(folder.path().join("baseline.json"), baseline.to_string())?;
    check(folder.path(), &["--baseline", "baseline.json"])?.expect(0)
}
