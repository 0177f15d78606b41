//! Recordings: a verdict that is reproduced without the plan, and what must not pass for one.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use tollgate_model::library::{LIBRARY, Preset};

use crate::cli::{Run, files, root, run, tollgate};
use crate::commands::{Does, command, example, project};

/// A project with a policy of every kind: built-in ones, commands that find something, that
/// fail, and that cannot be loaded; and with a waiver.
fn everything() -> Result<tempfile::TempDir, Failed> {
    let folder = project(
        &[
            ("finds", Path::new("modules/finds.wasm")),
            ("loops", Path::new("modules/loops.wasm")),
            ("missing", Path::new("modules/missing.wasm")),
        ],
        "[policies.loops.limits]\nfuel = 1_000_000\n[environments.staging]\n[[waivers]]\nrule = \"finds/some-rule\"\naddress = \"aws_kms_key.*\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2027-01-01\n",
    )?;
    let modules = folder.path().join("modules");
    fs::create_dir(&modules)?;
    let finding = |address: &str| json!({"rule": "some-rule", "outcome": "violation", "address": address, "attributes": ["id"], "message": "m", "details": [{"label": "l", "text": "t"}]});
    let found = json!({"evaluation": {
        "findings": [finding("aws_kms_key.media"), finding("aws_s3_bucket.media")],
        "documents": [{"name": "numbers", "content": {"b": 1.5, "a": [null]}}],
    }});
    fs::write(
        modules.join("finds.wasm"),
        command(&Does::Says(found.to_string().into_bytes()))?,
    )?;
    fs::write(
        modules.join("loops.wasm"),
        command(&Does::Runs("(loop br 0)"))?,
    )?;
    Ok(folder)
}

fn record(folder: &Path, plans: &[PathBuf], name: &str, more: &[&str]) -> Result<Run, Failed> {
    run(tollgate(folder)
        .args([
            "check",
            "-o",
            "json",
            "-e",
            "production",
            "--today",
            "2026-11-21",
        ])
        .args(["--record", name])
        .args(more)
        .args(plans))
}

fn replay(folder: &Path, arguments: &[&str]) -> Result<Run, Failed> {
    run(tollgate(folder)
        .args(["policy", "replay", "-o", "json"])
        .args(arguments))
}

/// Every file of a recording.
fn content(folder: &Path) -> Result<BTreeMap<String, String>, Failed> {
    files(folder, "json")
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(folder)?.display().to_string();
            Ok((name, fs::read_to_string(path)?))
        })
        .collect()
}

fn reproduces() -> Result<(), Failed> {
    let folder = everything()?;
    let plans = [
        example("production.json")?,
        example("violating/replaced-on-request.json")?,
    ];
    let checked = record(folder.path(), &plans, "one", &[])?;
    checked.expect(4)?;
    let recording = folder.path().join("one");
    let mode = |path: &Path| Ok::<u32, Failed>(fs::metadata(path)?.permissions().mode() & 0o777);
    if mode(&recording)? != 0o700 || mode(&recording.join("record.json"))? != 0o600 {
        return Err("others can read the recording".into());
    }
    for path in files(&recording, "json") {
        if mode(&path)? != 0o600 {
            return Err(format!("others can read {}", path.display()).into());
        }
    }
    // The same recording again, to the byte.
    record(folder.path(), &plans, "two", &[])?.expect(4)?;
    let files = content(&recording)?;
    if files != content(&folder.path().join("two"))? {
        return Err("two recordings of the same check differ".into());
    }
    for expected in [
        "000-finds-000.request.json",
        "000-finds-000.response.json",
        "000-loops-000.request.json",
        "001-cost-cap-000.response.json",
    ] {
        if !files.contains_key(expected) {
            return Err(format!("no {expected} in {:?}", files.keys()).into());
        }
    }
    // Without the plan, and with the modules where they were.
    let replayed = replay(folder.path(), &["one"])?;
    if replayed.code != checked.code || replayed.stdout != checked.stdout {
        return Err(format!("{replayed}\nis not\n{checked}").into());
    }
    // From elsewhere, with the modules where they were above the recording.
    let elsewhere = tempfile::tempdir()?;
    let replayed = replay(elsewhere.path(), &[&recording.display().to_string()])?;
    if replayed.code != checked.code || replayed.stdout != checked.stdout {
        return Err(format!("{replayed}\nis not\n{checked}").into());
    }
    // From elsewhere, with the modules named; theirs are found by digest.
    fs::rename(&recording, elsewhere.path().join("moved"))?;
    fs::rename(folder.path().join("modules"), elsewhere.path().join("m"))?;
    let replayed = replay(
        elsewhere.path(),
        &[
            "moved",
            "--module",
            "m/loops.wasm",
            "--module",
            "m/finds.wasm",
        ],
    )?;
    if replayed.code != checked.code || replayed.stdout != checked.stdout {
        return Err(format!("{replayed}\nis not\n{checked}").into());
    }
    Ok(())
}

/// Every example plan under the example configuration: the same report, and every file of the
/// recording is of its schema and holds no secret.
fn examples() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let plans = files(&root().join("examples/plans"), "json");
    let recording = folder.path().join("recording");
    let name = recording.display().to_string();
    let checked = record(&root(), &plans, &name, &[])?;
    let replayed = replay(&root(), &[&name])?;
    if replayed.code != checked.code || replayed.stdout != checked.stdout {
        return Err("the report is another one".into());
    }
    let schema = |name: &str| -> Result<jsonschema::Validator, Failed> {
        let path = root().join(format!("schemas/{name}.schema.json"));
        let schema: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
        jsonschema::validator_for(&schema).map_err(|error| error.to_string().into())
    };
    let (requests, responses) = (schema("policy-request")?, schema("policy-response")?);
    let mut seen = [0, 0];
    for (name, text) in content(&recording)? {
        if text.contains("not-a-real-key") {
            return Err(format!("{name} holds a sensitive value").into());
        }
        let (validator, count) = match name {
            _ if name.ends_with(".request.json") => (&requests, 0),
            _ if name.ends_with(".response.json") => (&responses, 1),
            _ => continue,
        };
        seen[count] += 1;
        if let Some(error) = validator.iter_errors(&serde_json::from_str(&text)?).next() {
            return Err(format!("{name}: {error} at {}", error.instance_path()).into());
        }
    }
    let report = checked.json()?;
    let read = report["plans"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|plan| plan["problem"].is_null())
        .count();
    let run = LIBRARY
        .iter()
        .filter(|policy| policy.is_in(Preset::Recommended))
        .count();
    if read < 30 || seen != [run * read, run * read] {
        return Err(format!("{seen:?} calls of {run} policies on {read} plans").into());
    }
    Ok(())
}

/// With a baseline: the recording has it.
fn baseline() -> Result<(), Failed> {
    let folder = project(&[("finds", Path::new("finds.wasm"))], "")?;
    let found = json!({"evaluation": {"findings": [{"rule": "some-rule", "outcome": "violation", "address": "aws_kms_key.media", "message": "m"}]}});
    fs::write(
        folder.path().join("finds.wasm"),
        command(&Does::Says(found.to_string().into_bytes()))?,
    )?;
    let plans = [example("production.json")?];
    for (name, more) in [
        ("written", &["--write-baseline", "baseline.json"]),
        ("read", &["--baseline", "baseline.json"]),
    ] {
        let checked = record(folder.path(), &plans, name, more)?;
        if checked.json()?["verdict"]["baselined"] == json!(0) {
            return Err(format!("nothing is baselined:\n{checked}").into());
        }
        let replayed = replay(folder.path(), &[name])?;
        if replayed.code != checked.code || replayed.stdout != checked.stdout {
            return Err(format!("{replayed}\nis not\n{checked}").into());
        }
    }
    Ok(())
}

/// What is done to a recording, the exit code, and a part of the message.
type Damage = (
    &'static str,
    fn(&Path) -> Result<(), Failed>,
    i32,
    &'static str,
);

/// Replaces a text in a file, which has to be there.
fn replace(path: &Path, old: &str, new: &str) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    if !text.contains(old) {
        return Err(format!("{} has no {old}", path.display()).into());
    }
    Ok(fs::write(path, text.replacen(old, new, 1))?)
}

/// Forges a file together with its digest in record.json.
fn forge(folder: &Path, name: &str, old: &str, new: &str) -> Result<(), Failed> {
    let path = folder.join(name);
    let before = tollgate::sandbox::digest(&fs::read(&path)?);
    replace(&path, old, new)?;
    let after = tollgate::sandbox::digest(&fs::read(&path)?);
    replace(&folder.join("record.json"), &before, &after)
}

const DAMAGES: &[Damage] = &[
    (
        "without_its_index",
        |folder| Ok(fs::remove_file(folder.join("record.json"))?),
        2,
        "cannot read recording/record.json",
    ),
    (
        "with_half_an_index",
        |folder| {
            let path = folder.join("record.json");
            let text = fs::read_to_string(&path)?;
            Ok(fs::write(&path, &text[..text.len() / 2])?)
        },
        2,
        "is not a recording that can be replayed: EOF",
    ),
    (
        "of_another_format",
        |folder| {
            replace(
                &folder.join("record.json"),
                r#""format-version": "1.0""#,
                r#""format-version": "9.0""#,
            )
        },
        2,
        "its format is 9.0",
    ),
    (
        "with_a_name_that_leads_out",
        |folder| {
            replace(
                &folder.join("record.json"),
                r#""policy": "finds""#,
                r#""policy": "../../finds""#,
            )
        },
        2,
        "no name of a policy",
    ),
    (
        "with_an_edited_request",
        |folder| {
            replace(
                &folder.join("000-finds-000.request.json"),
                "aws_kms_key.media",
                "aws_kms_key.other",
            )
        },
        2,
        "has changed since it was recorded",
    ),
    (
        "without_a_response",
        |folder| Ok(fs::remove_file(folder.join("000-finds-000.response.json"))?),
        2,
        "cannot read recording/000-finds-000.response.json",
    ),
    (
        "with_a_forged_response",
        |folder| {
            forge(
                folder,
                "000-finds-000.response.json",
                r#""message":"m""#,
                r#""message":"n""#,
            )
        },
        4,
        "it answers something else",
    ),
    (
        "with_a_forged_finding",
        |folder| {
            replace(
                &folder.join("record.json"),
                r#""message": "m""#,
                r#""message": "n""#,
            )
        },
        4,
        "what record.json has of it is not what it answered",
    ),
    (
        "with_a_forged_severity",
        |folder| {
            replace(
                &folder.join("record.json"),
                r#""severity": "low""#,
                r#""severity": "info""#,
            )
        },
        4,
        "what record.json has of it is not what it answered",
    ),
    (
        "without_its_module",
        |folder| Ok(fs::remove_file(folder.join("../finds.wasm"))?),
        2,
        "is not at hand",
    ),
    (
        "with_another_module",
        |folder| {
            Ok(fs::write(
                folder.join("../finds.wasm"),
                command(&Does::Runs(""))?,
            )?)
        },
        2,
        "is another",
    ),
];

fn damaged(damage: fn(&Path) -> Result<(), Failed>, code: i32, part: &str) -> Result<(), Failed> {
    let folder = project(&[("finds", Path::new("finds.wasm"))], "")?;
    let found = json!({"evaluation": {"findings": [{"rule": "some-rule", "outcome": "violation", "address": "aws_kms_key.media", "message": "m"}]}});
    fs::write(
        folder.path().join("finds.wasm"),
        command(&Does::Says(found.to_string().into_bytes()))?,
    )?;
    record(
        folder.path(),
        &[example("production.json")?],
        "recording",
        &[],
    )?
    .expect(1)?;
    replay(folder.path(), &["recording"])?.expect(1)?;
    damage(&folder.path().join("recording"))?;
    let run = replay(folder.path(), &["recording"])?;
    run.expect(code)?;
    if !run.stderr.contains(part) || !run.stdout.is_empty() {
        return Err(format!("expected {part:?}:\n{run}").into());
    }
    Ok(())
}

/// Nothing is overwritten, and a check that cannot be recorded does not pass.
fn occupied() -> Result<(), Failed> {
    let folder = project(&[], "")?;
    let plans = [example("production.json")?];
    fs::create_dir(folder.path().join("full"))?;
    fs::write(folder.path().join("full/precious"), "")?;
    for (directory, part) in [
        ("full", "it is not empty"),
        ("tollgate.toml", "cannot record into tollgate.toml"),
        ("no/such/parent", "cannot record into no/such/parent"),
    ] {
        let run = record(folder.path(), &plans, directory, &[])?;
        run.expect(2)?;
        if !run.stderr.contains(part) || !run.stdout.is_empty() {
            return Err(format!("expected {part:?}:\n{run}").into());
        }
    }
    fs::create_dir(folder.path().join("empty"))?;
    let checked = record(folder.path(), &plans, "empty", &[])?;
    let recording = folder.path().join("empty");
    let before = content(&recording)?;
    for output in ["json=empty/record.json", "human=./empty/new.txt"] {
        let run = replay(folder.path(), &["empty", "-o", output])?;
        run.expect(2)?;
        let says = "would be part of the recording empty";
        if !run.stderr.contains(says) || content(&recording)? != before {
            return Err(format!("{output}: {run}").into());
        }
    }
    replay(folder.path(), &["empty"])?.expect(checked.code)
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("record::reproduces_the_verdict", reproduces),
        Trial::test("record::reproduces_every_example", examples),
        Trial::test("record::reproduces_what_a_baseline_covers", baseline),
        Trial::test("record::overwrites_nothing", occupied),
    ];
    trials.extend(DAMAGES.iter().map(|(name, damage, code, part)| {
        Trial::test(format!("record::one_{name}"), move || {
            damaged(*damage, *code, part)
        })
    }));
    trials
}
