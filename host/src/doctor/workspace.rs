//! Whether the workspace is there.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use tollgate_secrets::shell_name;

use super::{Check, Examined, Finding, Machine, Tool};
use crate::deploy::backend::var_files;
use crate::deploy::guard::at;
use crate::deploy::whereabouts;
use crate::diagnostic::listed;
use crate::layout::DEFAULT_WORKSPACE;

pub(super) fn examine(
    examined: &Examined<'_>,
    tools: &[Tool],
    machine: &Machine,
    online: bool,
) -> Vec<Finding> {
    let check = Check::Workspace;
    let name = examined.layout().workspace.value.as_str();
    let mut findings = Vec::new();
    if let Some(other) = machine
        .variable("TF_WORKSPACE")
        .filter(|other| *other != name)
    {
        findings.push(Finding::problem(
            check,
            format!("TF_WORKSPACE is set to `{other}`, and a deploy here uses `{name}`"),
            "unset TF_WORKSPACE",
        ));
    }
    if name == DEFAULT_WORKSPACE {
        findings.push(Finding::ok(check, name));
        return findings;
    }
    let directory = &examined.layout().directory.value;
    let backend = examined.root().backend();
    let local = backend.is_none_or(|backend| backend.kind == "local");
    let names = if local {
        let setting = backend.and_then(|backend| backend.settings.get("workspace_dir"));
        let states = setting.and_then(Clone::clone);
        let states = directory.join(states.as_deref().unwrap_or("terraform.tfstate.d"));
        let mut names = folders(&states);
        if directory.join("terraform.tfstate").is_file() {
            names.push(DEFAULT_WORKSPACE.to_owned());
        }
        Some(names)
    } else if online {
        match tools.first().map(|tool| ask(tool, examined, directory)) {
            Some(Ok(names)) => Some(names),
            Some(Err(why)) => {
                findings.push(Finding::problem(
                    check,
                    format!("the backend does not say which workspaces there are: {why}"),
                    format!(
                        "run `init -reconfigure` in {} with the backend settings of this environment",
                        directory.display()
                    ),
                ));
                return findings;
            }
            None => None,
        }
    } else {
        None
    };
    findings.push(match names {
        Some(names) if names.iter().any(|each| each == name) => Finding::ok(check, name),
        Some(names) => {
            let names = names.iter().map(String::as_str);
            let alike = whereabouts::alike(examined.site, examined.others, names);
            let meant = if alike.is_empty() {
                String::new()
            } else {
                format!(", but {}", listed(&alike))
            };
            Finding::warning(
                check,
                format!("there is no workspace `{name}` yet{meant}"),
                format!(
                    "check the name; if it is new, create it: `{} workspace new {}`",
                    at(tool_name(tools), directory),
                    shell_name(name)
                ),
            )
        }
        None => Finding::unknown(
            check,
            format!("`{name}`: only the backend knows whether it is there"),
            "add `--online` to ask it",
        ),
    });
    findings
}

/// The program that a deploy runs.
fn tool_name(tools: &[Tool]) -> &'static str {
    match tools.first().map(|tool| tool.name) {
        Some("Terraform") => "terraform",
        _ => "tofu",
    }
}

fn folders(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// Asks the backend that the directory is initialised for.
fn ask(tool: &Tool, examined: &Examined<'_>, directory: &Path) -> Result<Vec<String>, String> {
    let mut arguments = ["workspace", "list", "-no-color"]
        .map(OsString::from)
        .to_vec();
    if tool.name != "Terraform" && !examined.root().early_variables().is_empty() {
        let files = var_files(examined.layout()).map_err(|error| error.to_string())?;
        arguments.extend(files);
    }
    let output = Command::new(&tool.program)
        .args(arguments)
        .current_dir(directory)
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_IN_AUTOMATION", "1")
        .env("TF_INPUT", "0")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let line = text
            .lines()
            .map(|line| line.trim_start_matches(['│', '╷', '╵', ' ']))
            .find(|line| line.starts_with("Error"))
            .unwrap_or("it failed");
        return Err(line.to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let names = text.lines().map(|line| line.trim_start_matches('*').trim());
    Ok(names
        .filter(|name| !name.is_empty())
        .map(ToOwned::to_owned)
        .collect())
}
