//! Findings at their lines: of the example plans in the configuration that they were
//! made from, and of what the real tools install and plan.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use tempfile::TempDir;
use tollgate::hcl::{Configuration, Dialect};

use crate::cli::{files, git, root, run, tollgate};
use crate::tools::program;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = examples()
        .into_iter()
        .map(|(plan, variants)| {
            Trial::test(format!("locations::examples::{plan}"), move || {
                example(&plan, &variants)
            })
        })
        .collect();
    trials.push(Trial::test(
        "locations::every_example_is_tried",
        every_example,
    ));
    for plan in ["violating/alarms-missing.json", "terraform/forgotten.json"] {
        trials.push(Trial::test(
            format!("locations::named_or_found::{plan}"),
            move || named_or_found(plan),
        ));
    }
    trials.push(Trial::test(
        "locations::nothing_is_found_where_something_else_is_declared",
        elsewhere,
    ));
    trials.push(Trial::test("locations::a_wrong_directory_is_said", wrong));
    for tool in ["tofu", "terraform"] {
        let program = program(tool);
        let missing = program.is_none();
        trials.push(
            Trial::test(format!("locations::{tool}_modules"), move || {
                installed(&program.ok_or("the tool is missing")?, tool)
            })
            .with_ignored_flag(missing),
        );
    }
    trials
}

/// The example plans, each with what was laid over the service to make it.
fn examples() -> Vec<(String, Vec<String>)> {
    let script = fs::read_to_string(root().join("examples/make.sh")).unwrap_or_default();
    script
        .lines()
        .filter_map(|line| {
            let (file, rest) = line
                .strip_prefix("planned ")?
                .trim_start()
                .split_once(' ')?;
            // FILE TOOL ENVIRONMENT STATE VARIANTS, of which the last may be quoted.
            let mut rest = rest.trim_start();
            for _ in 0..3 {
                rest = rest.split_once(' ')?.1.trim_start();
            }
            let variants = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?.0,
                None => rest.split(' ').next()?,
            };
            let variants = variants.split_whitespace().map(str::to_owned).collect();
            Some((file.to_owned(), variants))
        })
        .collect()
}

fn every_example() -> Result<(), Failed> {
    let plans = root().join("examples/plans");
    let there: BTreeSet<String> = files(&plans, "json")
        .iter()
        .filter_map(|path| Some(path.strip_prefix(&plans).ok()?.display().to_string()))
        .collect();
    let tried: BTreeSet<String> = examples().into_iter().map(|(plan, _)| plan).collect();
    if tried == there {
        return Ok(());
    }
    Err(format!("{tried:?} is not {there:?}").into())
}

fn copy(from: &Path, to: &Path) -> Result<(), Failed> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let to = to.join(path.file_name().ok_or("a nameless file")?);
        if path.is_dir() {
            copy(&path, &to)?;
        } else {
            fs::copy(path, to)?;
        }
    }
    Ok(())
}

/// Lays out what a plan was made from, with the plan beside it.
fn lay_out(plan: &str, variants: &[String]) -> Result<TempDir, Failed> {
    let directory = TempDir::new()?;
    let infra = directory.path().join("infra");
    copy(&root().join("terraform"), &infra)?;
    for variant in variants {
        copy(&root().join("examples/variants").join(variant), &infra)?;
    }
    fs::copy(
        root().join("examples/plans").join(plan),
        infra.join("plan.json"),
    )?;
    Ok(directory)
}

fn check(directory: &Path, more: &[&str]) -> Result<Value, Failed> {
    let mut command = tollgate(directory);
    command
        .args(["check", "-e", "production", "--today", "2026-11-21"])
        .args(["-o", "json"])
        .args(more);
    run(&mut command)?.json()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn findings(report: &Value) -> Vec<Value> {
    list(&report["plans"])
        .iter()
        .flat_map(|plan| list(&plan["policies"]))
        .flat_map(|policy| list(&policy["findings"]))
        .cloned()
        .collect()
}

/// Without instance keys, by a reading of its own.
fn block(address: &str) -> String {
    let mut block = String::new();
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth -= 1,
            _ if depth == 0 => block.push(c),
            _ => {}
        }
    }
    block
}

/// Every address that the plan's own account of the configuration declares.
fn declared(module: &Value, prefix: &str, addresses: &mut BTreeSet<String>) {
    for resource in list(&module["resources"]) {
        let address = resource["address"].as_str().unwrap_or_default();
        addresses.insert(format!("{prefix}{address}"));
    }
    for (name, call) in module["module_calls"].as_object().into_iter().flatten() {
        declared(
            &call["module"],
            &format!("{prefix}module.{name}."),
            addresses,
        );
    }
}

/// Every finding is at a line that says what it is about, unless nothing declares it.
fn example(plan: &str, variants: &[String]) -> Result<(), Failed> {
    let directory = lay_out(plan, variants)?;
    let document: Value =
        serde_json::from_slice(&fs::read(directory.path().join("infra/plan.json"))?)?;
    let mut addresses = BTreeSet::new();
    declared(
        &document["configuration"]["root_module"],
        "",
        &mut addresses,
    );

    let found = check(directory.path(), &["infra/plan.json"])?;
    for finding in findings(&found) {
        let Some(address) = finding["address"].as_str() else {
            if finding["location"].is_null() {
                continue;
            }
            return Err(format!("the plan as a whole has no place: {finding}").into());
        };
        let location = &finding["location"];
        let block = block(address);
        let wrong = |what: &str| Failed::from(format!("{what}: {finding:#}"));
        if !addresses.contains(&block) {
            let removed = location["subject"] == json!("removed");
            if !(location.is_null()
                || removed && line(directory.path(), location)?.contains("removed"))
            {
                return Err(wrong("it is not declared, and has a place"));
            }
            continue;
        }
        let line = line(directory.path(), location)?;
        let said = match location["attribute"].as_str() {
            Some(attribute) => {
                if !list(&finding["attributes"]).iter().any(|each| {
                    each.as_str()
                        .is_some_and(|each| each.starts_with(attribute))
                }) {
                    return Err(wrong("it is not about that attribute"));
                }
                // Of a path into a block, the last name is what the line begins with.
                let name = attribute.rsplit('.').next().unwrap_or_default();
                let name = name.split('[').next().unwrap_or_default();
                line.trim_start().starts_with(name)
            }
            None => {
                let mut parts = block.rsplit('.');
                let name = parts.next().unwrap_or_default();
                let kind = parts.next().unwrap_or_default();
                line.contains(&format!("\"{kind}\" \"{name}\""))
            }
        };
        if !said {
            return Err(wrong(&format!("the line says {line:?}")));
        }
        // The calls are at lines of calls, one for each module around it.
        let related = list(&location["related"]);
        if related.len() != block.matches("module.").count() {
            return Err(wrong("a call is missing"));
        }
        for call in related {
            let line = self::line(directory.path(), call)?;
            let message = call["message"].as_str().unwrap_or_default();
            let expected = if message.ends_with("is called here") {
                line.starts_with("module ")
            } else {
                let argument = message.split('`').nth(1).unwrap_or_default();
                line.trim_start().starts_with(argument)
            };
            if !expected {
                return Err(wrong(&format!("the call's line says {line:?}")));
            }
        }
    }
    Ok(())
}

/// Whether it is named, beside the plan or the working directory, the configuration is
/// the same; and without one everything but the places is.
fn named_or_found(plan: &str) -> Result<(), Failed> {
    let (_, variants) = examples()
        .into_iter()
        .find(|(file, _)| file == plan)
        .ok_or("no such plan")?;
    let directory = lay_out(plan, &variants)?;
    let found = check(directory.path(), &["infra/plan.json"])?;
    if findings(&found)
        .iter()
        .all(|finding| finding["location"].is_null())
    {
        return Err("nothing is found".into());
    }
    let named = check(directory.path(), &["infra/plan.json", "--source", "infra"])?;
    if named != found {
        return Err("--source finds something else".into());
    }
    fs::copy(
        directory.path().join("infra/plan.json"),
        directory.path().join("plan.json"),
    )?;
    let away = check(directory.path(), &["plan.json"])?;
    for (with, without) in findings(&found).into_iter().zip(findings(&away)) {
        if !without["location"].is_null() || with["fingerprint"] != without["fingerprint"] {
            return Err(format!("{with:#}\nis not\n{without:#}").into());
        }
    }
    if away["verdict"] != found["verdict"] {
        return Err("places change the verdict".into());
    }
    let beside = directory.path().join("infra");
    let here = check(&beside, &["../plan.json"])?;
    let short = |value: &Value| value["location"]["line"].clone();
    let lines = |report: &Value| findings(report).iter().map(short).collect::<Vec<_>>();
    if lines(&here) != lines(&found) {
        return Err("the working directory is not looked into".into());
    }
    Ok(())
}

/// The text of the line of a location.
fn line(directory: &Path, location: &Value) -> Result<String, Failed> {
    let file = location["file"]
        .as_str()
        .ok_or_else(|| format!("no place: {location}"))?;
    let number = location["line"].as_u64().unwrap_or_default();
    let text = fs::read_to_string(directory.join(file))?;
    text.lines()
        .nth(usize::try_from(number)?.saturating_sub(1))
        .map(str::to_owned)
        .ok_or_else(|| format!("{file} has no line {number}").into())
}

/// A directory of other things is not taken for the plan's, even with the same addresses.
fn elsewhere() -> Result<(), Failed> {
    let directory = lay_out("violating/alarms-missing.json", &[])?;
    let infra = directory.path().join("infra");
    fs::write(
        infra.join("more.tf"),
        "resource \"aws_sqs_queue\" \"more\" {}\n",
    )?;
    let report = check(directory.path(), &["infra/plan.json"])?;
    if findings(&report)
        .iter()
        .any(|finding| !finding["location"].is_null())
    {
        return Err("found in a configuration that declares more".into());
    }
    // Whoever names it gets it, and is told.
    let report = check(directory.path(), &["infra/plan.json", "--source", "infra"])?;
    let notes = list(&report["plans"][0]["source"]["notes"]);
    let [note] = notes else {
        return Err(format!("expected one note: {notes:?}").into());
    };
    if !note
        .as_str()
        .unwrap_or_default()
        .starts_with("infra is not")
    {
        return Err(format!("{note}").into());
    }
    if !findings(&report)
        .iter()
        .any(|finding| !finding["location"].is_null())
    {
        return Err("nothing found where it was named".into());
    }

    // A file that does not parse takes its own places with it, and says so.
    fs::write(
        infra.join("more.tf"),
        "resource \"aws_sqs_queue\" {\n  x = \n}\n",
    )?;
    fs::write(infra.join("data.tf"), "resource {")?;
    let report = check(directory.path(), &["infra/plan.json"])?;
    let notes = report["plans"][0]["source"]["notes"].to_string();
    for file in [
        "infra/data.tf:1: syntax error",
        "infra/more.tf:2: syntax error",
    ] {
        if !notes.contains(file) {
            return Err(format!("{file} is not said: {notes}").into());
        }
    }
    let (lost, kept): (Vec<Value>, Vec<Value>) = findings(&report)
        .into_iter()
        .filter(|finding| !finding["address"].is_null())
        .partition(|finding| finding["location"].is_null());
    let of_data = |finding: &Value| {
        let address = finding["address"].as_str().unwrap_or_default();
        !address.starts_with("module.")
    };
    if lost.is_empty() || kept.is_empty() || !lost.iter().all(of_data) {
        return Err(format!("lost {lost:#?}").into());
    }
    Ok(())
}

fn wrong() -> Result<(), Failed> {
    let directory = TempDir::new()?;
    fs::write(directory.path().join("a.tf"), "")?;
    let plan = root()
        .canonicalize()?
        .join("examples/plans/production.json");
    for (source, expected) in [
        ("nowhere", "cannot read nowhere: No such file or directory"),
        ("a.tf", "cannot read a.tf: Not a directory"),
        (".", "holds no .tf files"),
    ] {
        let empty = TempDir::new()?;
        let at = if source == "." {
            empty.path()
        } else {
            directory.path()
        };
        let mut command = tollgate(at);
        command.arg("check").arg(&plan).args(["--source", source]);
        let run = run(&mut command)?;
        run.expect(2)?;
        if !run.stderr.contains(expected) || !run.stderr.contains("help:") {
            return Err(format!("expected {expected:?}:\n{run}").into());
        }
    }
    Ok(())
}

const MAIN: &str = r#"
resource "terraform_data" "root" {
  count = 2
  input = count.index
}

module "local" {
  source   = "./modules/local"
  for_each = { "a.b" = 1, "c]d" = 2 }
  value    = each.key
}

module "remote" {
  source = "git::file://REPOSITORY//inner"
}

check "state" {
  data "terraform_remote_state" "none" {
    backend = "local"
    config  = { path = "none.tfstate" }
  }
  assert {
    condition     = data.terraform_remote_state.none.backend == "local"
    error_message = "no"
  }
}
"#;

/// What the tools install is found where they put it; everything that they plan is
/// found, at the line that declares it.
fn installed(program: &Path, tool: &str) -> Result<(), Failed> {
    let directory = TempDir::new()?;
    let at = |name: &str| directory.path().join(name);
    let write = |name: &str, text: &str| -> Result<(), Failed> {
        let path = at(name);
        fs::create_dir_all(path.parent().ok_or("no parent")?)?;
        Ok(fs::write(path, text)?)
    };
    write(
        "remote/inner/main.tf",
        "\nmodule \"deeper\" {\n  source = \"../deeper\"\n}\nresource \"terraform_data\" \"inner\" {}\n",
    )?;
    write(
        "remote/deeper/main.tf.json",
        "{\n  \"resource\": {\"terraform_data\": {\n    \"deep\": {\"input\": 1}\n  }}\n}\n",
    )?;
    git(&at("remote"), &["init", "-q"])?;
    git(&at("remote"), &["add", "."])?;
    git(&at("remote"), &["commit", "-q", "-m", "one"])?;
    let repository = at("remote").display().to_string();
    write("infra/main.tf", &MAIN.replace("REPOSITORY", &repository))?;
    write(
        "infra/modules/local/main.tf",
        "variable \"value\" {}\nresource \"terraform_data\" \"tf\" {\n  input = var.value\n}\n",
    )?;
    write(
        "infra/modules/local/main.tofu",
        "variable \"value\" {}\n\n\nresource \"terraform_data\" \"tofu\" {\n  input = var.value\n}\n",
    )?;
    write(
        "infra/modules/local/main_override.tf",
        "resource \"terraform_data\" \"tf\" {\n  triggers_replace = 1\n}\n",
    )?;
    // An override of what OpenTofu does not read would be refused by it.
    if tool == "tofu" {
        fs::remove_file(at("infra/modules/local/main_override.tf"))?;
    }
    let infra = at("infra");
    let tool_run = |arguments: &[&str]| -> Result<Vec<u8>, Failed> {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&infra)
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .env("TF_IN_AUTOMATION", "1")
            .env_remove("TF_DATA_DIR")
            .env_remove("TF_WORKSPACE")
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("{arguments:?} failed: {said}").into())
    };
    tool_run(&["init", "-no-color"])?;
    tool_run(&["plan", "-no-color", "-out=plan.bin"])?;
    let plan: Value = serde_json::from_slice(&tool_run(&["show", "-json", "plan.bin"])?)?;

    let dialect = match tool {
        "tofu" => Dialect::OpenTofu,
        _ => Dialect::Terraform,
    };
    let configuration = Configuration::read_as(&infra, dialect)?;
    // What the tool says that the root module declares, which is how one is recognised.
    let root = &plan["configuration"]["root_module"];
    let said: BTreeSet<&str> = list(&root["resources"])
        .iter()
        .filter_map(|resource| resource["address"].as_str())
        .chain(
            root["module_calls"]
                .as_object()
                .into_iter()
                .flat_map(|calls| calls.keys().map(String::as_str)),
        )
        .collect();
    let read: BTreeSet<&str> = configuration
        .resources()
        .map(|(address, _)| address)
        .chain(configuration.calls().map(|(name, ..)| name))
        .collect();
    if said != read {
        return Err(format!("read {read:?}, the plan says {said:?}").into());
    }
    let base = infra.canonicalize()?;
    let mut found = BTreeSet::new();
    for change in list(&plan["resource_changes"]) {
        let address = change["address"].as_str().unwrap_or_default();
        let location = configuration
            .locate(
                address,
                &["triggers_replace".to_owned(), "input".to_owned()],
            )
            .ok_or_else(|| format!("{address} is not found"))?;
        let file = Path::new(&location.file).canonicalize()?;
        let file = file.strip_prefix(&base)?.display().to_string();
        let calls: Vec<u32> = location.related.iter().map(|call| call.line).collect();
        found.insert(format!("{address} {file}:{} {calls:?}", location.line));
    }
    let local = match tool {
        "tofu" => ("tofu", "modules/local/main.tofu:5"),
        _ => ("tf", "modules/local/main_override.tf:2"),
    };
    // What is overridden is no longer handed in.
    let call = if tool == "tofu" { 10 } else { 7 };
    let expected: BTreeSet<String> = [
        format!(
            "module.local[\"a.b\"].terraform_data.{} {} [{call}]",
            local.0, local.1
        ),
        format!(
            "module.local[\"c]d\"].terraform_data.{} {} [{call}]",
            local.0, local.1
        ),
        "module.remote.module.deeper.terraform_data.deep .terraform/modules/remote/deeper/main.tf.json:3 [2, 13]".to_owned(),
        "module.remote.terraform_data.inner .terraform/modules/remote/inner/main.tf:5 [13]".to_owned(),
        "data.terraform_remote_state.none main.tf:18 []".to_owned(),
        "terraform_data.root[0] main.tf:4 []".to_owned(),
        "terraform_data.root[1] main.tf:4 []".to_owned(),
    ]
    .into();
    if found != expected {
        return Err(format!("found {found:#?}\nexpected {expected:#?}").into());
    }
    Ok(())
}
