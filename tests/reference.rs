//! The reference deployment (`terraform/`, `environments/`): well-formed for both tools, what
//! its two environments are said to be, and inside their caps.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::cli::{root, run, tollgate};
use crate::tools::program;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("reference::environments_are_complete", complete),
        Trial::test("reference::plans_hold_what_the_environments_say", plans),
        Trial::test("reference::costs_stay_under_the_caps", costs),
        Trial::test("reference::the_committed_policy_is_its_source", built)
            .with_ignored_flag(!has_the_compiler()),
    ];
    let provider = root().join(".tools/providers").is_dir();
    for tool in ["tofu", "terraform"] {
        let found = program(tool);
        let missing = found.is_none() || !provider;
        for (name, test) in [
            (
                "validates_and_formats",
                validates as fn(&Path) -> Result<(), Failed>,
            ),
            ("moves_old_addresses", moves),
        ] {
            let found = found.clone();
            trials.push(
                Trial::test(format!("reference::{tool}_{name}"), move || {
                    test(&found.ok_or("the tool is missing")?)
                })
                .with_ignored_flag(missing),
            );
        }
    }
    trials
}

/// Every question that needs no plan and no key, as CI asks them.
fn complete() -> Result<(), Failed> {
    for (arguments, says) in [
        (&["config", "check"][..], "production (protected)"),
        (
            &["secrets", "check", "--configuration", "terraform"],
            "PASSED: 0 errors, 0 warnings",
        ),
        (
            &["env", "diff", "staging", "production", "--exit-code"],
            "all of them written down for both",
        ),
        (
            &["env", "show", "production"],
            "environments/production.tfbackend",
        ),
        (&["env", "show", "staging"], "environments/staging.tfvars"),
    ] {
        let run = run(tollgate(&root()).args(arguments))?;
        run.expect(0)?;
        if !run.stdout.contains(says) {
            return Err(format!("{arguments:?} does not say {says:?}: {run}").into());
        }
    }
    Ok(())
}

fn plan(name: &str) -> Result<Value, Failed> {
    let path = root().join("examples/plans").join(name);
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// What resources of a type have at a pointer after the plan; null where that is unknown.
fn values(plan: &Value, kind: &str, pointer: &str) -> BTreeSet<String> {
    resources(plan, kind)
        .map(|change| {
            change["change"]["after"]
                .pointer(pointer)
                .unwrap_or(&Value::Null)
                .to_string()
        })
        .collect()
}

fn resources<'a>(plan: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    plan["resource_changes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(move |change| change["type"] == kind && change["mode"] == "managed")
}

fn plans() -> Result<(), Failed> {
    let staging = plan("staging.json")?;
    let production = plan("production-first.json")?;
    for (kind, pointer, of_staging, of_production) in [
        ("aws_cloudwatch_log_group", "/retention_in_days", "3", "7"),
        (
            "aws_cloudwatch_log_group",
            "/deletion_protection_enabled",
            "false",
            "true",
        ),
        (
            "aws_lambda_function",
            "/logging_config/0/application_log_level",
            "\"DEBUG\"",
            "\"INFO\"",
        ),
        (
            "aws_api_gateway_usage_plan",
            "/quota_settings/0/limit",
            "1000",
            "20000",
        ),
        (
            "aws_api_gateway_usage_plan",
            "/throttle_settings/0/rate_limit",
            "5",
            "20",
        ),
        (
            "aws_dsql_cluster",
            "/deletion_protection_enabled",
            "false",
            "true",
        ),
        (
            "aws_dynamodb_table",
            "/deletion_protection_enabled",
            "false",
            "true",
        ),
        ("aws_s3_bucket", "/force_destroy", "true", "false"),
        (
            "aws_sqs_queue",
            "/tags_all/environment",
            "\"staging\"",
            "\"production\"",
        ),
        ("aws_cloudfront_distribution", "/enabled", "true", "true"),
        (
            "aws_cloudwatch_event_rule",
            "/schedule_expression",
            "\"cron(15 3 * * ? *)\"",
            "\"cron(15 3 * * ? *)\"",
        ),
    ] {
        for (plan, expected) in [(&staging, of_staging), (&production, of_production)] {
            let found = values(plan, kind, pointer);
            if found != BTreeSet::from([expected.to_owned()]) {
                return Err(
                    format!("{kind}{pointer} is {found:?}, expected only {expected}").into(),
                );
            }
        }
    }
    // Whatever has a name of ours has the prefix.
    for (plan, prefix) in [(&staging, "stag-media"), (&production, "prod-media")] {
        for (kind, attribute) in [
            ("aws_lambda_function", "function_name"),
            ("aws_sqs_queue", "name"),
            ("aws_sns_topic", "name"),
            ("aws_s3_bucket", "bucket"),
            ("aws_dynamodb_table", "name"),
            ("aws_api_gateway_rest_api", "name"),
            ("aws_cloudwatch_event_rule", "name"),
            ("aws_cloudwatch_metric_alarm", "alarm_name"),
        ] {
            for change in resources(plan, kind) {
                let name = change["change"]["after"][attribute].as_str();
                if name.is_none_or(|name| !name.starts_with(prefix)) {
                    return Err(format!("{} is called {name:?}", change["address"]).into());
                }
            }
        }
    }
    // Every queue that is worked on has one for what cannot be done.
    let queues = resources(&production, "aws_sqs_queue").count();
    let dead = resources(&production, "aws_sqs_queue")
        .filter(|change| change["name"] == "dead")
        .count();
    if dead == 0 || queues != 2 * dead {
        return Err(format!("{dead} of {queues} queues are for dead letters").into());
    }
    let alarms = values(&production, "aws_cloudwatch_metric_alarm", "/alarm_name");
    let none = values(&staging, "aws_cloudwatch_metric_alarm", "/alarm_name");
    if alarms.is_empty() || alarms.iter().any(|name| name.contains("-depth")) || !none.is_empty() {
        return Err(format!("critical alarms {alarms:?}, and none: {none:?}").into());
    }
    Ok(())
}

/// As `tollgate check` of each environment has it: passed, under its cap, both under 30.
fn costs() -> Result<(), Failed> {
    let mut sum = 0.0;
    for (environment, plan, shown) in [
        ("staging", "staging.json", "9"),
        ("production", "production-first.json", "20"),
        ("production", "production.json", "20"),
    ] {
        let cap: f64 = shown.parse()?;
        let path = format!("examples/plans/{plan}");
        let run = run(tollgate(&root()).args(["check", &path, "-e", environment, "-o", "json"]))?;
        run.expect(0)?;
        let report = run.json()?;
        let breakdown = report["plans"][0]["policies"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|policy| policy["name"] == "cost-cap")
            .map(|policy| &policy["documents"][0]["content"])
            .ok_or("no cost")?;
        let total = &breakdown["totals"]["after"];
        let most: f64 = total["most"].as_str().ok_or("no total")?.parse()?;
        if total["complete"] != true || breakdown["caps"]["monthly"].as_str() != Some(shown) {
            return Err(format!("{plan}: {total}, caps {}", breakdown["caps"]).into());
        }
        if most <= 0.0 || most > cap {
            return Err(format!("{plan} costs {most}, the cap is {cap}").into());
        }
        if plan != "production.json" {
            sum += most;
        }
    }
    if sum >= 30.0 {
        return Err(format!("both together cost {sum}").into());
    }
    Ok(())
}

/// Byte for byte only with the compiler that wrote it.
fn has_the_compiler() -> bool {
    Path::new("/usr/lib/wasm32-wasi").is_dir()
        && Command::new("clang")
            .arg("--version")
            .output()
            .is_ok_and(|output| output.stdout.starts_with(b"Debian clang version 14."))
}

fn built() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let module = folder.path().join("kept-data.wasm");
    let policy = root().join("terraform/local/policy");
    let output = Command::new("bash")
        .arg(policy.join("build.sh"))
        .arg(&module)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    if fs::read(&module)? != fs::read(policy.join("kept-data.wasm"))? {
        return Err("kept-data.c builds another module than the committed one".into());
    }
    Ok(())
}

pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Failed> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        // What a run of the tools in the working tree leaves behind.
        if name == ".terraform" || name == "terraform.tfstate.d" || name == ".terraform.lock.hcl" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// The service, with its state in a file, and the stand-in for its provider.
struct Service {
    folder: tempfile::TempDir,
    tool: PathBuf,
}

impl Service {
    fn new(tool: &Path) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        for name in ["terraform", "environments"] {
            copy(&root().join(name), &folder.path().join(name))?;
        }
        Ok(Self {
            folder,
            tool: tool.to_owned(),
        })
    }

    fn run(&self, arguments: &[&str]) -> Result<String, Failed> {
        let mut command = Command::new(&self.tool);
        command
            .current_dir(self.folder.path().join("terraform"))
            .args(arguments)
            .stdin(Stdio::null())
            .env(
                "TF_CLI_CONFIG_FILE",
                fs::canonicalize(root().join(".tools/tofu.rc"))?,
            )
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_VAR_signing_key", "not-a-real-key");
        for variable in ["TF_WORKSPACE", "TF_CLI_ARGS", "TF_DATA_DIR", "TF_LOG"] {
            command.env_remove(variable);
        }
        let output = command.output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!(
            "{arguments:?}: {}\n{said}",
            String::from_utf8_lossy(&output.stdout)
        )
        .into())
    }
}

fn validates(tool: &Path) -> Result<(), Failed> {
    let service = Service::new(tool)?;
    service.run(&["init", "-backend=false", "-input=false", "-no-color"])?;
    service.run(&["validate", "-no-color"])?;
    service.run(&["fmt", "-check", "-recursive", "-diff", "."])?;
    service.run(&["fmt", "-check", "-recursive", "-diff", "../environments"])?;
    // A value that the service cannot have is refused before anything is planned.
    for (wrong, says) in [
        ("alarms=most", "One of none, critical and all"),
        ("prefix=Production", "lower case letters"),
        ("log_level=TRACE", "One of DEBUG"),
    ] {
        fs::write(
            service.folder.path().join("terraform/backend_override.tf"),
            "terraform {\n  backend \"local\" {}\n}\n",
        )?;
        service.run(&["init", "-input=false", "-no-color", "-reconfigure"])?;
        let Err(refused) = service.run(&[
            "plan",
            "-input=false",
            "-no-color",
            "-var-file=../environments/staging.tfvars",
            "-var",
            wrong,
        ]) else {
            return Err(format!("{wrong} is taken").into());
        };
        let said = refused.message().unwrap_or_default();
        if !said.contains(says) {
            return Err(format!("{wrong}: {said}").into());
        }
    }
    Ok(())
}

/// A state with the addresses of before: everything is renamed, nothing is touched.
fn moves(tool: &Path) -> Result<(), Failed> {
    let service = Service::new(tool)?;
    fs::write(
        service.folder.path().join("terraform/backend_override.tf"),
        "terraform {\n  backend \"local\" {}\n}\n",
    )?;
    let variables = "-var-file=../environments/production.tfvars";
    service.run(&["init", "-input=false", "-no-color"])?;
    service.run(&[
        "apply",
        "-input=false",
        "-no-color",
        "-auto-approve",
        variables,
    ])?;
    for (now, before) in [
        ("module.janitor", "module.cleanup"),
        (
            "module.queue[\"transcode\"].aws_sqs_queue.this",
            "aws_sqs_queue.transcode",
        ),
        (
            "module.queue[\"transcode\"].aws_sqs_queue.dead",
            "aws_sqs_queue.transcode_dead",
        ),
    ] {
        service.run(&["state", "mv", now, before])?;
    }
    service.run(&[
        "plan",
        "-input=false",
        "-no-color",
        "-out=plan.bin",
        variables,
    ])?;
    let plan: Value = serde_json::from_str(&service.run(&["show", "-json", "plan.bin"])?)?;
    let mut moved = BTreeSet::new();
    for change in plan["resource_changes"].as_array().into_iter().flatten() {
        let address = change["address"].as_str().unwrap_or_default();
        let actions = change["change"]["actions"].to_string();
        if actions != "[\"no-op\"]" && !actions.contains("update") {
            return Err(format!("{address}: {actions}").into());
        }
        if let Some(before) = change["previous_address"].as_str() {
            moved.insert(before.to_owned());
        }
    }
    let janitor = moved.iter().any(|from| from.starts_with("module.cleanup."));
    let queues = ["aws_sqs_queue.transcode", "aws_sqs_queue.transcode_dead"];
    if !janitor || !queues.iter().all(|from| moved.contains(*from)) {
        return Err(format!("moved: {moved:?}").into());
    }
    Ok(())
}
