//! `tollgate env`, as its users run it.

use std::fs;

use libtest_mimic::{Failed, Trial};

use crate::cli::{Run, run, tollgate};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("env::list_shows_every_environment", list),
        Trial::test("env::show_says_where_each_value_comes_from", show),
        Trial::test("env::diff_marks_what_nothing_explains", diff),
        Trial::test("env::diff_never_shows_a_sensitive_value", hidden),
        Trial::test("env::mistakes_are_one_clear_error", mistakes),
    ]
}

/// In a sensitive variable, and in no output.
const CANARY: &str = "hunter2canary";

const MAIN: &str = r#"
terraform {
  required_version = ">= 1.6"
  backend "s3" {
    bucket = "states"
  }
}
variable "log_level" { type = string }
variable "alarms" {
  type    = bool
  default = false
}
variable "quota" { type = any }
variable "tags" { type = map(string) }
variable "password" {
  type      = string
  sensitive = true
}
"#;

const CONFIGURATION: &str = r#"
[environments.production]
aliases = ["prod"]
branches = ["main"]

[environments.production.policies.cost-cap]
settings = { monthly-cap-usd = "20" }

[environments.staging]
aliases = ["stag"]

[environments.staging.policies.cost-cap]
settings = { monthly-cap-usd = "9" }
"#;

/// A project with two environments.
pub(crate) fn project() -> Result<tempfile::TempDir, Failed> {
    let directory = tempfile::tempdir()?;
    for (name, text) in [
        ("main.tf", MAIN.to_owned()),
        ("tollgate.toml", CONFIGURATION.to_owned()),
        (
            "environments/prod.tfvars",
            format!(
                "log_level = \"INFO\"\nalarms = true\nquota = 1000\ntags = {{ team = \"media\", tier = \"1\" }}\npassword = \"{CANARY}\"\n"
            ),
        ),
        (
            "environments/staging.tfvars",
            format!(
                "log_level = \"DEBUG\"\nquota = \"10\"\ntags = {{ team = \"media\" }}\npassword = \"x{CANARY}\"\nleft_over = \"{CANARY}\"\n"
            ),
        ),
    ] {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().ok_or("no parent")?)?;
        fs::write(path, text)?;
    }
    Ok(directory)
}

fn env(directory: &tempfile::TempDir, arguments: &[&str]) -> Result<Run, Failed> {
    let run = run(tollgate(directory.path()).arg("env").args(arguments))?;
    if run.stdout.contains(CANARY) || run.stderr.contains(CANARY) {
        return Err(format!("a sensitive value is shown:\n{run}").into());
    }
    Ok(run)
}

fn list() -> Result<(), Failed> {
    let project = project()?;
    let run = env(&project, &["list"])?;
    run.expect(0)?;
    same(
        &run.stdout,
        "tollgate.toml
  production (protected)  in ., workspace prod, environments/prod.tfvars
  staging                 in ., workspace staging, environments/staging.tfvars
",
        true,
    )?;
    // By convention alone.
    fs::remove_file(project.path().join("tollgate.toml"))?;
    let run = env(&project, &["list", "--json"])?;
    run.expect(0)?;
    let names: Vec<_> = run.json()?["environments"]
        .as_array()
        .ok_or("no list")?
        .iter()
        .map(|each| each["name"].as_str().unwrap_or_default().to_owned())
        .collect();
    same(&names.join(" "), "prod staging", false)
}

fn show() -> Result<(), Failed> {
    let project = project()?;
    let run = env(&project, &["show", "stag"])?;
    run.expect(0)?;
    for (label, value, from) in [
        ("workspace", "staging", "environments/staging.tfvars"),
        ("backend", "s3", "main.tf:4"),
        ("variables", "alarms", "default (main.tf:9)"),
        ("", "left_over", "which nothing declares"),
        ("", "password", "environments/staging.tfvars:4"),
        ("policies", "alarm-presence", "advisory"),
    ] {
        let found = run.stdout.lines().any(|line| {
            line.trim_start().starts_with(label) && line.contains(value) && line.contains(from)
        });
        if !found {
            return Err(format!("no `{label} {value} {from}` in\n{run}").into());
        }
    }
    let document = env(&project, &["show", "prod", "--json"])?.json()?;
    same(
        &document["branches"][0].to_string(),
        r#"{"from":"tollgate.toml:4","value":"main"}"#,
        false,
    )?;
    same(&document["protected"].to_string(), "true", false)
}

fn diff() -> Result<(), Failed> {
    let project = project()?;
    let run = env(&project, &["diff", "staging", "production", "--json"])?;
    run.expect(0)?;
    let document = run.json()?;
    let rows: Vec<String> = document["differences"]
        .as_array()
        .ok_or("no differences")?
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap_or("-").to_owned();
            let drift = if row["drift"].is_null() {
                ""
            } else {
                " DRIFT "
            };
            format!(
                "{} {}: {} | {}{drift}{}",
                text("area"),
                text("name"),
                text("left"),
                text("right"),
                row["drift"].as_str().unwrap_or_default()
            )
        })
        .collect();
    same(
        &rows.join("\n"),
        r#"deploy branches: - | main DRIFT production is guarded by `branches`, staging is not
deploy var-files: environments/staging.tfvars | environments/prod.tfvars
deploy workspace: staging | prod
variable alarms: default | true DRIFT set for production, while staging takes the default
variable left_over: (string, not shown) | - DRIFT set for staging only, and production does not declare it
variable log_level: "DEBUG" | "INFO"
variable quota: "10" | 1000 DRIFT staging is string, production is number
variable tags.tier: - | "1" DRIFT only production has it
environment gate-changes: advisory | soft-mandatory
environment incomplete: warn | fail
environment protected: false | true
environment undetermined: warn | fail
policy cost-cap: monthly-cap-usd: "9" | "20""#,
        false,
    )?;
    let run = env(
        &project,
        &["diff", "staging", "prod", "--drift-only", "--exit-code"],
    )?;
    run.expect(1)?;
    if !run.stdout.contains("5 unexplained") || run.stdout.contains("log_level") {
        return Err(format!("more or less than drift:\n{run}").into());
    }
    // Nothing but what is written for both.
    for name in ["prod", "staging"] {
        let text =
            format!("log_level = \"{name}\"\nquota = 1\ntags = {{}}\npassword = \"{CANARY}\"\n");
        fs::write(
            project.path().join(format!("environments/{name}.tfvars")),
            text,
        )?;
    }
    let text = CONFIGURATION.replace("branches = [\"main\"]\n", "");
    fs::write(project.path().join("tollgate.toml"), text)?;
    env(&project, &["diff", "staging", "prod", "--exit-code"])?.expect(0)
}

/// Two sensitive values that differ and two that do not look the same.
fn hidden() -> Result<(), Failed> {
    let project = project()?;
    let differ = env(&project, &["diff", "staging", "prod"])?;
    let path = project.path().join("environments/staging.tfvars");
    let text = fs::read_to_string(&path)?.replace(&format!("x{CANARY}"), CANARY);
    fs::write(&path, text)?;
    let agree = env(&project, &["diff", "staging", "prod"])?;
    same(&agree.stdout, &differ.stdout, false)?;
    if agree.stdout.contains("password") {
        return Err(format!("a row about what is not compared:\n{agree}").into());
    }
    Ok(())
}

fn mistakes() -> Result<(), Failed> {
    let project = project()?;
    for (arguments, configuration, error, next) in [
        (
            &["show", "prodution"][..],
            CONFIGURATION,
            "unknown environment `prodution`; did you mean `production`?",
            "",
        ),
        (
            &["show"],
            CONFIGURATION,
            "several environments",
            "production",
        ),
        (
            &["diff", "prod", "production"],
            CONFIGURATION,
            "are one environment",
            "tollgate env list",
        ),
        (
            &["show", "a"],
            "[environments.a]\nvar-files = [\n  \"environments/missing.tfvars\",\n]\n",
            "environments/missing.tfvars: no such file",
            "tollgate.toml:3:3",
        ),
        (
            &["show", "a"],
            "[environments.a]\n",
            "nothing says what a deploy of `a` uses",
            "add `var-files`, `workspace` or `directory` to [environments.a]",
        ),
        (
            &["diff", "a", "b"],
            "[environments.a]\nvar-files = [\"tollgate.toml\"]\n[environments.b]\n",
            "tollgate.toml:1",
            "",
        ),
    ] {
        fs::write(project.path().join("tollgate.toml"), configuration)?;
        let run = env(&project, arguments)?;
        run.expect(2)?;
        if !run.stderr.contains(error) || !run.stderr.contains(next) || !run.stdout.is_empty() {
            return Err(format!("not `{error}` and `{next}`:\n{run}").into());
        }
    }
    Ok(())
}

/// Compares; `start` where lines may go on.
fn same(actual: &str, expected: &str, start: bool) -> Result<(), Failed> {
    let fits = if start {
        actual.lines().count() == expected.lines().count()
            && actual
                .lines()
                .zip(expected.lines())
                .all(|(actual, expected)| actual.starts_with(expected))
    } else {
        actual == expected
    };
    if fits {
        Ok(())
    } else {
        Err(format!("--- expected\n{expected}\n--- printed\n{actual}").into())
    }
}
