//! The examples of CI: what they say to Tollgate is what Tollgate understands, their YAML has the
//! shape that each system wants, and foreign actions are pinned. actionlint reads the workflows in
//! `distribution.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser as _;
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use tollgate::cli::Cli;

use crate::cli::root;

pub(crate) fn trials() -> Vec<Trial> {
    let python = Command::new("python3")
        .args(["-c", "import yaml"])
        .output()
        .is_ok_and(|output| output.status.success());
    vec![
        Trial::test("ci::every_command_line_is_understood", command_lines),
        Trial::test("ci::foreign_actions_are_pinned", pinned),
        Trial::test("ci::workflows_ask_for_no_more_than_they_need", permissions)
            .with_ignored_flag(!python),
        Trial::test("ci::gitlab_and_atlantis_have_their_shape", shapes).with_ignored_flag(!python),
    ]
}

/// Every example, with the number of times that it runs Tollgate.
fn examples() -> Vec<(PathBuf, usize)> {
    [
        (".github/workflows/gate.yml.example", 0),
        (".github/workflows/pull-request.yml.example", 3),
        (".github/workflows/staging.yml.example", 2),
        (".github/workflows/production.yml.example", 2),
        ("examples/ci/gitlab-ci.yml", 7),
        ("examples/ci/atlantis.yaml", 0),
        ("examples/ci/repos.yaml", 2),
        ("examples/ci/deploy.sh", 4),
    ]
    .map(|(path, count)| (root().join(path), count))
    .to_vec()
}

fn command_lines() -> Result<(), Failed> {
    for (path, expected) in examples() {
        let text = fs::read_to_string(&path)?;
        let mut found = 0;
        for line in text.lines() {
            let line = line.trim_start().trim_start_matches("- ");
            let line = line.strip_prefix("run: ").unwrap_or(line);
            if !line.starts_with("tollgate ") {
                continue;
            }
            found += 1;
            let arguments = line.split_whitespace().map(|word| {
                // What a variable stands for is not known here; any name does.
                let word = word.trim_matches('"');
                if word == "$@" {
                    "--confirm=production"
                } else {
                    word
                }
            });
            Cli::try_parse_from(arguments)
                .map_err(|error| format!("{}: {line}\n{error}", path.display()))?;
        }
        if found != expected {
            return Err(format!("{}: runs Tollgate {found} times", path.display()).into());
        }
    }
    Ok(())
}

/// A tag can be moved; a commit cannot. Our own has no release to name yet.
fn pinned() -> Result<(), Failed> {
    let mut seen = 0;
    for entry in fs::read_dir(root().join(".github/workflows"))? {
        let path = entry?.path();
        for line in fs::read_to_string(&path)?.lines() {
            let Some(action) = line
                .trim_start()
                .trim_start_matches("- ")
                .strip_prefix("uses: ")
            else {
                continue;
            };
            seen += 1;
            // Our own, of the commit that is tested. The examples name a commit of it.
            if action == "./.github/actions/tollgate" && path.ends_with("ci.yml") {
                continue;
            }
            let commit = action.split('@').nth(1).unwrap_or_default();
            let commit = commit.split(' ').next().unwrap_or_default();
            let digits = commit.chars().all(|c| c.is_ascii_hexdigit());
            if commit.len() != 40 || !digits || !action.contains(" # v") {
                return Err(format!("{}: {action}", path.display()).into());
            }
        }
    }
    if seen < 10 {
        return Err(format!("only {seen} actions").into());
    }
    Ok(())
}

fn yaml(path: &Path) -> Result<Value, Failed> {
    let script = "import json, sys, yaml\nprint(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(path)
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {said}", path.display()).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn permissions() -> Result<(), Failed> {
    let mut deploys = 0;
    for name in ["pull-request", "staging", "production"] {
        let path = root().join(format!(".github/workflows/{name}.yml.example"));
        let workflow = yaml(&path)?;
        if workflow["permissions"] != serde_json::json!({}) {
            return Err(format!("{name}: jobs inherit permissions").into());
        }
        for (job, content) in workflow["jobs"].as_object().into_iter().flatten() {
            let permissions = content["permissions"]
                .as_object()
                .ok_or_else(|| format!("{name}: {job} says nothing of its permissions"))?;
            let written: Vec<&str> = permissions
                .iter()
                .filter(|(_, access)| *access != "read")
                .map(|(permission, _)| permission.as_str())
                .collect();
            let wanted: &[&str] = match (name, job.as_str()) {
                (_, "static" | "gate") => &[],
                ("pull-request", _) => &["id-token", "pull-requests", "security-events"],
                _ => &["id-token"],
            };
            if written != wanted || !content["timeout-minutes"].is_u64() {
                return Err(format!("{name}: {job} may write {written:?}").into());
            }
            // Whoever gets a role is behind an environment, and its branch and reviewers.
            if written.contains(&"id-token") {
                deploys += 1;
                if !content["environment"].is_string() {
                    return Err(format!("{name}: {job} is in no environment").into());
                }
            }
        }
        let text = fs::read_to_string(&path)?;
        for key in [
            "secrets.",
            "AWS_ACCESS_KEY_ID",
            "pull_request_target",
            "SOPS_AGE_KEY",
        ] {
            if text.contains(&format!("{{{{ {key}")) || text.contains(&format!("{key}:")) {
                return Err(format!("{name}: {key}").into());
            }
        }
    }
    if deploys != 4 {
        return Err(format!("{deploys} jobs take a role").into());
    }
    Ok(())
}

fn shapes() -> Result<(), Failed> {
    let folder = root().join("examples/ci");
    let gitlab = yaml(&folder.join("gitlab-ci.yml"))?;
    let stages = gitlab["stages"].as_array().ok_or("no stages")?;
    for job in ["static", "plan", "staging", "plan-production", "production"] {
        let job = &gitlab[job];
        if !stages.contains(&job["stage"]) || job["script"].as_array().is_none_or(Vec::is_empty) {
            return Err(format!("no job: {job}").into());
        }
    }
    for job in ["staging", "production"] {
        let job = &gitlab[job];
        // One at a time, and never cut off.
        if job["resource_group"] != "deploy" || job["interruptible"] != false {
            return Err(format!("not alone: {job}").into());
        }
    }
    if gitlab["production"]["rules"][0]["when"] != "manual" {
        return Err("production is deployed by nobody's hand".into());
    }
    let server = yaml(&folder.join("repos.yaml"))?;
    let repository = &server["repos"][0];
    let workflow = repository["workflow"].as_str().unwrap_or_default();
    for part in ["plan", "apply"] {
        if !server["workflows"][workflow][part]["steps"][0]["run"].is_string() {
            return Err(format!("the workflow {workflow} has no {part}").into());
        }
    }
    if repository["allow_custom_workflows"] != false {
        return Err("a pull request may say what a plan is".into());
    }
    let projects = yaml(&folder.join("atlantis.yaml"))?;
    for (at, environment) in ["staging", "production"].into_iter().enumerate() {
        let project = &projects["projects"][at];
        if project["name"] != environment || project["dir"] != "terraform" {
            return Err(format!("{project}").into());
        }
        // Any file may be one of the gate.
        if project["autoplan"]["when_modified"] != serde_json::json!(["../**/*"]) {
            return Err(format!("not every change is judged: {project}").into());
        }
    }
    Ok(())
}
