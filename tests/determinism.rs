//! Same inputs, same bytes: whatever the number of threads, and whatever the cache has.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use serde_json::json;

use crate::cli::{Run, files, root, run, tollgate};
use crate::commands::{Does, command, project};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("determinism::every_example", every_example),
        Trial::test("determinism::pieces_of_a_large_plan", pieces)
            .with_ignored_flag(!chunkable().is_file()),
    ]
}

/// A policy that says that it can be handed a plan in pieces.
fn chunkable() -> PathBuf {
    root().join("target/policies/owner-tag-c.wasm")
}

fn same(runs: &[(&str, Run)]) -> Result<(), Failed> {
    let Some(((first, expected), rest)) = runs.split_first() else {
        return Err("nothing was run".into());
    };
    for (name, run) in rest {
        if run.code != expected.code || run.stdout != expected.stdout {
            let line = expected
                .stdout
                .lines()
                .zip(run.stdout.lines())
                .find(|(a, b)| a != b);
            return Err(format!("`{name}` is not what `{first}` is: {line:?}").into());
        }
    }
    Ok(())
}

/// All example plans under the built-in policies and under modules that are compiled and
/// cached: a command that answers, one that fails, and those that compilers wrote, if they
/// are built.
fn every_example() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let answers = json!({"evaluation": {
        "findings": [{"rule": "some-rule", "outcome": "undetermined", "message": "m"}],
        "documents": [{"name": "numbers", "content": {"z": 0.1, "a": 1}}],
    }});
    let answers = command(&Does::Says(answers.to_string().into_bytes()))?;
    fs::write(folder.path().join("answers.wasm"), answers)?;
    let fails = command(&Does::Runs("unreachable"))?;
    fs::write(folder.path().join("fails.wasm"), fails)?;
    let mut modules = vec![
        ("answers".to_owned(), folder.path().join("answers.wasm")),
        ("fails".to_owned(), folder.path().join("fails.wasm")),
    ];
    for name in ["owner-tag-c", "misbehave"] {
        let path = root().join(format!("target/policies/{name}.wasm"));
        if path.is_file() {
            modules.push((name.to_owned(), fs::canonicalize(path)?));
        }
    }
    let borrowed: Vec<(&str, &Path)> = modules
        .iter()
        .map(|(name, path)| (name.as_str(), path.as_path()))
        .collect();
    let project = project(&borrowed, "")?;
    let plans = files(&root().join("examples/plans"), "json")
        .iter()
        .map(fs::canonicalize)
        .collect::<Result<Vec<PathBuf>, _>>()?;
    let cache = tempfile::tempdir()?;
    let check = |threads: Option<&str>, more: &[&str]| {
        let mut command = tollgate(project.path());
        command
            .args(["check", "-o", "json", "--today", "2026-11-21"])
            .args(more)
            .args(&plans)
            .env("XDG_CACHE_HOME", cache.path().join("cache"))
            .env("XDG_STATE_HOME", cache.path().join("state"))
            .env_remove("RAYON_NUM_THREADS");
        if let Some(threads) = threads {
            command.env("RAYON_NUM_THREADS", threads);
        }
        run(&mut command)
    };
    let runs = [
        ("all threads, cold cache", check(None, &[])?),
        ("all threads, warm cache", check(None, &[])?),
        ("one thread, warm cache", check(Some("1"), &[])?),
        (
            "seven threads, no cache",
            check(Some("7"), &["--no-cache"])?,
        ),
    ];
    // An errored plan is among the examples.
    runs[0].1.expect(3)?;
    if fs::read_dir(cache.path().join("cache/tollgate/modules"))?.count() < modules.len() {
        return Err("nothing was cached, so this proves nothing".into());
    }
    same(&runs)
}

/// A plan of many buckets, which a policy that says so gets in pieces: the findings are
/// those of the plan as a whole, in its order.
fn pieces() -> Result<(), Failed> {
    const BUCKETS: usize = 9_000;
    let mut modules = Vec::new();
    // As it is, and with a description that does not allow pieces.
    let whole = fs::read(chunkable())?;
    let (old, new) = (&br#""chunkable": true"#[..], &br#""chunkable":false"#[..]);
    let at = whole
        .windows(old.len())
        .position(|window| window == old)
        .ok_or("the module does not say that it is chunkable")?;
    let mut unchunked = whole.clone();
    unchunked[at..at + old.len()].copy_from_slice(new);
    let folder = tempfile::tempdir()?;
    for (name, bytes) in [("pieces", whole), ("whole", unchunked)] {
        let path = folder.path().join(format!("{name}.wasm"));
        fs::write(&path, bytes)?;
        modules.push((name, path));
    }
    let borrowed: Vec<(&str, &Path)> = modules
        .iter()
        .map(|(name, path)| (*name, path.as_path()))
        .collect();
    let project = project(&borrowed, "")?;
    let changes: Vec<_> = (0..BUCKETS)
        .map(|number| {
            json!({
                "address": format!("aws_s3_bucket.b[{number}]"), "mode": "managed",
                "type": "aws_s3_bucket", "name": "b", "index": number,
                "provider_name": "registry.opentofu.org/hashicorp/aws",
                "change": {
                    "actions": ["create"], "before": null,
                    "after": {"bucket": format!("b-{number}"), "tags_all": if number % 3 == 0 { json!({"owner": "us"}) } else { json!({}) }},
                    "after_unknown": {}, "before_sensitive": false, "after_sensitive": {},
                },
            })
        })
        .collect();
    let plan = json!({"format_version": "1.2", "terraform_version": "1.12.0", "resource_changes": changes, "configuration": {"root_module": {}}});
    fs::write(project.path().join("plan.json"), plan.to_string())?;
    let check = |threads: &str| {
        run(tollgate(project.path())
            .args(["check", "-o", "json", "plan.json", "--record"])
            .arg(format!("recording-{threads}"))
            .env("RAYON_NUM_THREADS", threads))
    };
    let runs = [("four threads", check("4")?), ("one thread", check("1")?)];
    same(&runs)?;
    let report = runs[0].1.json()?;
    let findings = |name: &str| -> Result<Vec<String>, Failed> {
        report["plans"][0]["policies"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|policy| policy["name"] == json!(name) && policy["failure"].is_null())
            .and_then(|policy| policy["findings"].as_array())
            .map(|findings| findings.iter().map(|f| f["address"].to_string()).collect())
            .ok_or_else(|| format!("{name} failed:\n{}", report["plans"][0]["policies"]).into())
    };
    let (pieces, whole) = (findings("pieces")?, findings("whole")?);
    if pieces != whole || pieces.len() != BUCKETS - BUCKETS / 3 {
        return Err(format!("{} findings, {} of the whole", pieces.len(), whole.len()).into());
    }
    let requests = |name: &str| {
        files(&project.path().join("recording-4"), "json")
            .into_iter()
            .filter(|path| {
                path.file_name().is_some_and(|file| {
                    let file = file.to_string_lossy();
                    file.starts_with(&format!("000-{name}-")) && file.ends_with(".request.json")
                })
            })
            .count()
    };
    if (requests("pieces"), requests("whole")) != (3, 1) {
        return Err(format!("{} and {} calls", requests("pieces"), requests("whole")).into());
    }
    let replayed =
        run(tollgate(project.path()).args(["policy", "replay", "-o", "json", "recording-4"]))?;
    same(&[("check", check("2")?), ("replay", replayed)])
}
