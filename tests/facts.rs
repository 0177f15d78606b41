//! What a report says of a plan besides findings, where reports may go, and what stands on
//! standard error.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::cli::{Run, run, tollgate};

const FORMATS: [&str; 7] = [
    "human", "json", "sarif", "junit", "github", "markdown", "tap",
];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("facts::what_is_lost_is_named_in_every_format", lost),
        Trial::test("facts::what_is_gone_is_not_called_changed", gone),
        Trial::test("facts::what_a_plan_leaves_out_is_said", left_out),
        Trial::test("facts::a_narrowed_plan_is_incomplete", narrowed),
        Trial::test(
            "facts::a_directory_leaves_the_tools_own_alone",
            dot_terraform,
        ),
        Trial::test("facts::an_encrypted_plan_is_named_and_shown", encrypted),
        #[cfg(unix)]
        Trial::test("facts::no_report_through_a_link", link),
        Trial::test("facts::standard_error_is_inert", standard_error),
        Trial::test("facts::a_document_is_written_in_one_line", compact),
    ]
}

fn change(
    address: &str,
    actions: &[&str],
    before: impl Into<Value>,
    after: impl Into<Value>,
) -> Value {
    let (before, after): (Value, Value) = (before.into(), after.into());
    json!({
        "address": address, "mode": "managed",
        "type": address.split('.').next().unwrap_or_default(),
        "name": address.rsplit('.').next().unwrap_or_default(),
        "provider_name": "registry.opentofu.org/example/example",
        "change": {
            "actions": actions, "before": before, "after": after, "after_unknown": {},
            "before_sensitive": {}, "after_sensitive": {},
        },
    })
}

fn plan(changes: &[Value]) -> Value {
    json!({
        "format_version": "1.2", "terraform_version": "1.12.6", "planned_values": {"root_module": {}},
        "resource_changes": changes, "configuration": {"root_module": {}},
    })
}

/// Judges a plan in a folder of its own.
fn check(folder: &Path, plan: &Value, more: &[&str]) -> Result<Run, Failed> {
    fs::write(folder.join("plan.json"), plan.to_string())?;
    run(tollgate(folder)
        .args(["check", "plan.json", "--today", "2026-11-21"])
        .args(more))
}

/// Nobody objects to any of these, and they are named all the same.
fn lost() -> Result<(), Failed> {
    let object = json!({"id": "x", "v": 1});
    let mut judged = plan(&[
        change(
            "example_pet.destroyed",
            &["delete"],
            object.clone(),
            Value::Null,
        ),
        change(
            "example_pet.replaced",
            &["delete", "create"],
            object.clone(),
            json!({"v": 2}),
        ),
        change(
            "example_pet.forgotten",
            &["forget"],
            object.clone(),
            Value::Null,
        ),
        change(
            "example_pet.kept",
            &["update"],
            object.clone(),
            json!({"id": "x", "v": 2}),
        ),
    ]);
    judged["resource_drift"] = json!([change(
        "example_pet.vanished",
        &["delete"],
        object,
        Value::Null
    )]);
    let folder = tempfile::tempdir()?;
    for format in FORMATS {
        let run = check(folder.path(), &judged, &["-o", format])?;
        run.expect(0)?;
        for name in ["destroyed", "replaced", "forgotten", "vanished"] {
            if !run
                .stdout
                .replace('\\', "")
                .contains(&format!("example_pet.{name}"))
            {
                return Err(format!("{format} does not name what is {name}:\n{run}").into());
            }
        }
    }
    Ok(())
}

fn gone() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut judged = plan(&[change(
        "example_pet.anew",
        &["create"],
        Value::Null,
        json!({"v": 1}),
    )]);
    judged["resource_drift"] = json!([
        change(
            "example_pet.anew",
            &["delete"],
            json!({"id": "x"}),
            Value::Null
        ),
        change(
            "example_pet.noise",
            &["update"],
            json!({"tags": null, "n": ""}),
            json!({"tags": {}})
        ),
        change(
            "example_pet.real",
            &["update"],
            json!({"size": 1, "tags": null}),
            json!({"size": 2, "tags": {}})
        ),
    ]);
    let run = check(folder.path(), &judged, &["-o", "json"])?;
    let facts = run.json()?["plans"][0]["facts"].clone();
    let expected = [
        ("gone", json!(["example_pet.anew"])),
        ("drift", json!(["example_pet.real"])),
        ("drift_attributes", json!({"example_pet.real": ["size"]})),
    ];
    for (key, value) in expected {
        if facts[key] != value {
            return Err(format!("{key}: expected {value}, got {facts}").into());
        }
    }
    Ok(())
}

fn left_out() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    // As somebody writes it by hand.
    let judged = json!({
        "format_version": "1.0",
        "resource_changes": [{
            "address": "module.m.aws_sqs_queue.q[\"a\"]",
            "type": "aws_sqs_queue",
            "change": {"actions": ["delete"], "before": {"name": "q"}, "after": null},
        }],
    });
    let run = check(folder.path(), &judged, &["-o", "json"])?;
    // Judged, and so refused for what it does.
    run.expect(1)?;
    let facts = run.json()?["plans"][0]["facts"].clone();
    for word in ["`configuration`", "`provider_name`", "sensitive"] {
        if !facts["left_out"].to_string().contains(word) {
            return Err(format!("nothing of {word}: {facts}").into());
        }
    }
    let whole = check(folder.path(), &plan(&[]), &["-o", "json"])?;
    match whole.json()?["plans"][0]["facts"]["left_out"].as_array() {
        Some(list) if list.is_empty() => Ok(()),
        other => Err(format!("a whole plan leaves out {other:?}").into()),
    }
}

fn narrowed() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let object = json!({"id": "x"});
    let mut judged = plan(&[change(
        "example_pet.a",
        &["no-op"],
        object.clone(),
        object.clone(),
    )]);
    let stored = |names: &[&str]| {
        let resources: Vec<Value> = names
            .iter()
            .map(|name| json!({"address": format!("example_pet.{name}"), "mode": "managed", "type": "example_pet", "name": name, "values": object}))
            .collect();
        json!({"format_version": "1.0", "values": {"root_module": {"resources": resources}}})
    };
    judged["prior_state"] = stored(&["a"]);
    check(folder.path(), &judged, &[])?.expect(0)?;
    judged["prior_state"] = stored(&["a", "b"]);
    let run = check(folder.path(), &judged, &[])?;
    run.expect(3)?;
    if !run.stdout.contains("example_pet.b") {
        return Err(format!("what is left alone is not named:\n{run}").into());
    }
    Ok(())
}

fn dot_terraform() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let stack = folder.path().join("stacks/network");
    fs::create_dir_all(stack.join(".terraform/modules"))?;
    fs::write(
        stack.join(".terraform/modules/modules.json"),
        r#"{"Modules":[]}"#,
    )?;
    fs::write(stack.join(".terraform/terraform.tfstate"), "{}")?;
    fs::write(stack.join("tfplan.json"), plan(&[]).to_string())?;
    let judged = |what: &str| run(tollgate(folder.path()).args(["check", what, "-o", "json"]));
    let run = judged("stacks")?;
    run.expect(0)?;
    if run.json()?["plans"].as_array().map(Vec::len) != Some(1) {
        return Err(format!("not one plan:\n{run}").into());
    }
    // Only what is named for it is left out.
    fs::write(stack.join("other.json"), "{}")?;
    judged("stacks")?.expect(3)
}

fn encrypted() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = json!({"meta": {"key_provider.pbkdf2.main": "e30="}, "encrypted_data": "AAAA", "encryption_version": "v0"});
    fs::write(folder.path().join("plan.bin"), file.to_string())?;
    let refused = run(tollgate(folder.path()).args(["check", "plan.bin"]))?;
    refused.expect(3)?;
    if !refused.stdout.contains("encrypted") || !refused.stdout.contains("--show-with") {
        return Err(format!("not said what it is:\n{refused}").into());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let tool = folder.path().join("tool");
        let shown = plan(&[]);
        fs::write(&tool, format!("#!/bin/sh\ncat <<'END'\n{shown}\nEND\n"))?;
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755))?;
        run(tollgate(folder.path()).args(["check", "plan.bin", "--show-with", "./tool"]))?
            .expect(0)?;
    }
    Ok(())
}

#[cfg(unix)]
fn link() -> Result<(), Failed> {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir()?;
    let (tree, home) = (folder.path().join("tree"), folder.path().join("home"));
    for directory in [&tree, &home] {
        fs::create_dir(directory)?;
    }
    fs::write(home.join("start-up"), "mine\n")?;
    symlink("../home/start-up", tree.join("report.tap"))?;
    symlink("../home", tree.join("reports"))?;
    for target in ["report.tap", "reports/start-up", "reports/new.tap"] {
        let run = check(&tree, &plan(&[]), &["-o", &format!("tap={target}")])?;
        run.expect(2)?;
        if !run.stderr.contains("link that leads elsewhere") {
            return Err(format!("{target}: not said why:\n{run}").into());
        }
    }
    let baseline = check(&tree, &plan(&[]), &["--write-baseline", "report.tap"])?;
    baseline.expect(2)?;
    if fs::read_to_string(home.join("start-up"))? != "mine\n" || home.join("new.tap").exists() {
        return Err("something was written through a link".into());
    }
    check(&tree, &plan(&[]), &["-o", "tap=plain.tap"])?.expect(0)
}

fn standard_error() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    for config in [
        "\"##[group]x\" = 1\n",
        "undetermined = \"##[set-env name=A]b\"\n",
        "\"\u{202e}\u{200b}\u{e0041}\" = 1\n",
        "[environments.\"##vso[task.x]y\"]\nprotected = 5\n",
        "undetermined = '''\n::add-mask::x\n'''\n",
        "limits = 5 # \u{1b}]0;title\u{7} ::error::x\n",
    ] {
        fs::write(folder.path().join("tollgate.toml"), config)?;
        let run = check(folder.path(), &plan(&[]), &[])?;
        run.expect(2)?;
        let obeyed = run.stderr.lines().any(|line| {
            line.contains("##[") || line.contains("##vso[") || line.trim_start().starts_with("::")
        });
        let active = |c: char| {
            c.is_control() && c != '\n'
                || matches!(c, '\u{200b}' | '\u{202e}' | '\u{e0000}'..='\u{e0fff}')
        };
        if obeyed || run.stderr.contains(active) || !run.stderr.contains("tollgate.toml") {
            return Err(format!("{config:?} acts on a log:\n{run}").into());
        }
    }
    Ok(())
}

fn compact() -> Result<(), Failed> {
    let plan = crate::cli::root().join("examples/plans/production.json");
    let run = run(tollgate(&crate::cli::root()).arg("check").arg(plan).args([
        "-e",
        "production",
        "-o",
        "json",
    ]))?;
    let documents: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.trim_start().starts_with("\"content\": "))
        .collect();
    if documents.is_empty()
        || documents
            .iter()
            .any(|line| !line.trim_end_matches(',').ends_with('}'))
    {
        return Err(format!("documents are not in one line: {documents:?}").into());
    }
    Ok(())
}
