//! `tollgate env`, as its users run it.

use std::fs;

use libtest_mimic::{Failed, Trial};

use crate::cli::{Run, run, tollgate};

pub(crate) fn trials() -> Vec<Trial> {
    let real = ["tofu", "terraform"].map(|name| {
        let program = crate::tools::program(name);
        let missing = program.is_none();
        Trial::test(
            format!("env::doctor_knows_what_{name}_initialised"),
            move || doctor_knows_what_was_initialised(&program.ok_or("the tool is missing")?),
        )
        .with_ignored_flag(missing)
    });
    let mut trials = vec![
        Trial::test("env::doctor_says_what_to_fix", doctor_says_what_to_fix),
        Trial::test("env::secrets_are_looked_at_without_a_value", secrets),
        Trial::test("env::init_writes_what_it_found", init),
        Trial::test("env::init_hides_no_stack", init_hides_nothing),
        Trial::test("env::list_shows_every_environment", list),
        Trial::test("env::show_says_where_each_value_comes_from", show),
        Trial::test("env::diff_marks_what_nothing_explains", diff),
        Trial::test("env::diff_never_shows_a_sensitive_value", hidden),
        Trial::test("env::mistakes_are_one_clear_error", mistakes),
    ];
    trials.extend(real);
    trials
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

/// A run that finds only these programs, and nothing of whoever runs the tests.
fn doctor(
    directory: &tempfile::TempDir,
    path: &str,
    variables: &[(&str, &str)],
    arguments: &[&str],
) -> Result<Run, Failed> {
    let mut command = tollgate(directory.path());
    for name in std::env::vars_os().map(|(name, _)| name) {
        let text = name.to_string_lossy();
        if ["TF_", "AWS_", "SOPS_"]
            .iter()
            .any(|prefix| text.starts_with(prefix))
        {
            command.env_remove(name);
        }
    }
    command
        .env("HOME", directory.path())
        .env_remove("XDG_CONFIG_HOME")
        .env("PATH", path)
        .envs(variables.iter().copied())
        .args(["env", "doctor"])
        .args(arguments);
    run(&mut command)
}

/// A folder with a program that answers as the tool does.
fn tool(directory: &tempfile::TempDir, program: &str, version: &str) -> Result<String, Failed> {
    let folder = directory.path().join("bin");
    fs::create_dir_all(&folder)?;
    let path = folder.join(program);
    let text = format!("#!/bin/sh\necho '{{\"terraform_version\": \"{version}\"}}'\n");
    fs::write(&path, text)?;
    let mut permissions = fs::metadata(&path)?.permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    fs::set_permissions(&path, permissions)?;
    Ok(folder.display().to_string())
}

fn has(run: &Run, word: &str, what: &str, fix: &str) -> Result<(), Failed> {
    // Lines are wrapped; what is said is not.
    let flat: String = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let found = flat
        .match_indices(&format!("{word} {what}"))
        .any(|(at, _)| flat.get(at..).is_some_and(|rest| rest.contains(fix)));
    if found {
        Ok(())
    } else {
        Err(format!("no `{word} {what}` with `{fix}`:\n{run}").into())
    }
}

fn doctor_says_what_to_fix() -> Result<(), Failed> {
    let project = project()?;
    // No tool at all, and a backend that knows too little.
    let run = doctor(&project, "/nonexistent", &[], &["-e", "prod"])?;
    run.expect(2)?;
    has(
        &run,
        "FAILS",
        "binary: neither tofu nor terraform is on the PATH",
        "install OpenTofu",
    )?;
    has(
        &run,
        "FAILS",
        "backend: s3 (main.tf:4) is not told its `key`",
        "backend-config",
    )?;
    has(
        &run,
        "warns",
        "backend: s3 (main.tf:4) does not lock",
        "use_lockfile",
    )?;
    has(&run, "unknown", "workspace: `prod`", "--online")?;
    has(
        &run,
        "warns",
        "credentials: no credentials for AWS",
        "aws sso login",
    )?;

    // Too old for what is written.
    let path = tool(&project, "tofu", "1.5.0")?;
    let run = doctor(&project, &path, &[], &["-e", "prod"])?;
    run.expect(2)?;
    has(
        &run,
        "FAILS",
        "binary: OpenTofu 1.5.0 does not fit required_version >= 1.6",
        "install",
    )?;

    // Everything is there.
    let path = tool(&project, "tofu", "1.11.0")?;
    let configuration = CONFIGURATION.replace(
        "branches = [\"main\"]",
        "backend-config = [\"key=prod\", \"region=eu-west-1\", \"use_lockfile=true\"]",
    );
    fs::write(project.path().join("tollgate.toml"), configuration)?;
    let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
    let run = doctor(&project, &path, &keys, &["-e", "production"])?;
    run.expect(0)?;
    has(
        &run,
        "ok",
        "binary: OpenTofu 1.11.0",
        "required_version >= 1.6",
    )?;
    has(&run, "ok", "backend: s3 (main.tf:4)", "")?;
    has(&run, "ok", "credentials: AWS: AWS_ACCESS_KEY_ID is set", "")?;

    // Only with `--online` is the backend asked; the answer is as both tools print it.
    let program = std::path::Path::new(&path).join("tofu");
    let script = fs::read_to_string(&program)?;
    let asked = |answer: &str| -> Result<Run, Failed> {
        let branch = format!("#!/bin/sh\n[ \"$1\" = workspace ] && {{ {answer}; exit; }}\n");
        fs::write(&program, script.replace("#!/bin/sh\n", &branch))?;
        doctor(&project, &path, &keys, &["-e", "production", "--online"])
    };
    let run = asked("printf '* default\\n  prod\\n\\n'")?;
    run.expect(0)?;
    has(&run, "ok", "workspace: prod", "")?;
    let run = asked("printf '* default\\n  production\\n\\n'")?;
    has(
        &run,
        "warns",
        "workspace: there is no workspace `prod` yet",
        "check the name",
    )?;
    let run = asked("echo 'Error: Backend initialization required' >&2; false")?;
    run.expect(2)?;
    has(
        &run,
        "FAILS",
        "workspace: the backend does not say which workspaces there are: Error: Backend",
        "init -reconfigure",
    )?;
    fs::write(&program, &script)?;

    // What the shell brings with it.
    let shell = [
        ("TF_WORKSPACE", "staging"),
        ("TF_CLI_ARGS_plan", "-target=a"),
    ];
    let run = doctor(&project, &path, &shell, &["-e", "production"])?;
    run.expect(2)?;
    has(
        &run,
        "FAILS",
        "workspace: TF_WORKSPACE is set to `staging`",
        "unset TF_WORKSPACE",
    )?;
    has(
        &run,
        "warns",
        "variables: TF_CLI_ARGS_plan is set",
        "unset TF_CLI_ARGS_plan",
    )?;

    // Half a pair of keys is no credentials: exit code 6 where nothing else is wrong.
    let half = [("AWS_ACCESS_KEY_ID", "a")];
    doctor(&project, &path, &half, &["-e", "production"])?.expect(6)?;

    // A variable that is misspelt, one that is missing, and one of a tool too old for it.
    let run = doctor(&project, &path, &keys, &["-e", "staging"])?;
    has(
        &run,
        "warns",
        "variables: `left_over` is set (environments/staging.tfvars:5), and nothing declares it",
        "misspelt",
    )?;
    fs::write(
        project.path().join("more.tf"),
        "variable \"once\" {\n  type = string\n  ephemeral = true\n}\n",
    )?;
    let path = tool(&project, "tofu", "1.10.0")?;
    let run = doctor(&project, &path, &keys, &["-e", "production"])?;
    run.expect(2)?;
    has(
        &run,
        "FAILS",
        "binary: the ephemeral variable `once` (more.tf:1) is too new for OpenTofu 1.10.0",
        "1.11",
    )?;
    has(
        &run,
        "warns",
        "variables: set by no file: `once` (more.tf:1)",
        "secrets",
    )?;

    // A description that does not work is a finding among the others.
    fs::write(
        project.path().join("tollgate.toml"),
        "[environments.a]\nvar-files = [\"missing.tfvars\"]\n[environments.production]\n",
    )?;
    let run = doctor(&project, &path, &keys, &[])?;
    run.expect(2)?;
    has(
        &run,
        "FAILS",
        "layout: missing.tfvars: no such file",
        "correct tollgate.toml:2",
    )?;
    let document = doctor(&project, &path, &keys, &["--json"])?.json()?;
    same(
        &document["environments"][1]["findings"][0]["health"].to_string(),
        "\"ok\"",
        false,
    )
}

/// Initialised by the real tool for one environment, looked at for the other.
fn doctor_knows_what_was_initialised(tool: &std::path::Path) -> Result<(), Failed> {
    let project = project()?;
    fs::write(
        project.path().join("main.tf"),
        "terraform {\n  backend \"local\" {}\n}\n",
    )?;
    fs::write(
        project.path().join("tollgate.toml"),
        "[environments.production]\nworkspace = \"default\"\nvar-files = []\nbackend-config = [\"path=production.tfstate\"]\n\
         [environments.staging]\nworkspace = \"staging\"\nvar-files = []\nbackend-config = [\"path=staging.tfstate\"]\n",
    )?;
    let folder = tool.parent().ok_or("no folder")?.display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let init = std::process::Command::new(tool)
        .args([
            "init",
            "-input=false",
            "-backend-config=path=production.tfstate",
        ])
        .current_dir(project.path())
        .output()?;
    if !init.status.success() {
        return Err(String::from_utf8_lossy(&init.stderr).into_owned().into());
    }
    let run = doctor(&project, &path, &[], &["-e", "production"])?;
    run.expect(0)?;
    has(&run, "ok", "backend: initialised for it", "")?;
    let run = doctor(&project, &path, &[], &["-e", "staging"])?;
    run.expect(0)?;
    has(
        &run,
        "warns",
        "backend: initialised for another environment: `path` is `production.tfstate`, not `staging.tfstate`",
        "init -reconfigure",
    )?;
    has(
        &run,
        "warns",
        "workspace: there is no workspace `staging` yet",
        "workspace new staging",
    )?;
    let new = std::process::Command::new(tool)
        .args(["workspace", "new", "staging"])
        .current_dir(project.path())
        .output()?;
    if !new.status.success() {
        return Err(String::from_utf8_lossy(&new.stderr).into_owned().into());
    }
    let run = doctor(&project, &path, &[], &["-e", "staging"])?;
    has(&run, "ok", "workspace: staging", "")
}

/// With real files under a real identity, and without it.
fn secrets() -> Result<(), Failed> {
    let project = project()?;
    let example = crate::cli::root().join("tests/exec");
    for (from, to) in [("production", "prod"), ("staging", "staging")] {
        fs::copy(
            example.join(format!("secrets.{from}.enc.yaml")),
            project.path().join(format!("secrets.{to}.enc.yaml")),
        )?;
    }
    let key = example.join("production.txt").display().to_string();
    let path = tool(&project, "tofu", "1.11.0")?;
    let variables = [
        ("SOPS_AGE_KEY_FILE", key.as_str()),
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
    ];
    let run = doctor(&project, &path, &variables, &[])?;
    has(
        &run,
        "ok",
        "secrets: secrets.prod.enc.yaml: your identity for age1",
        "",
    )?;
    has(
        &run,
        "FAILS",
        "secrets: secrets.staging.enc.yaml: none of your identities",
        "SOPS_AGE_KEY_FILE",
    )?;
    let shown = env(&project, &["show", "prod"])?;
    if !shown.stdout.contains("secrets.prod.enc.yaml") {
        return Err(format!("no secrets file:\n{shown}").into());
    }
    // The same keys in both; then one of them alone has a file.
    let document = env(&project, &["diff", "staging", "prod", "--json"])?.json()?;
    same(&document["notes"].to_string(), "[]", false)?;
    let staging = project.path().join("secrets.staging.enc.yaml");
    let text = fs::read_to_string(&staging)?;
    let less = text
        .lines()
        .filter(|line| !line.starts_with("db_password:"));
    fs::write(
        &staging,
        less.map(|line| format!("{line}\n")).collect::<String>(),
    )?;
    let document = env(&project, &["diff", "staging", "prod", "--json"])?.json()?;
    let rows = document["differences"].as_array().ok_or("no differences")?;
    let row = rows.iter().find(|row| row["area"] == "secret");
    same(
        &row.ok_or("no secret differs")?.to_string(),
        r#"{"area":"secret","drift":"only production has it","left":null,"name":"db_password","right":"text"}"#,
        false,
    )?;
    fs::remove_file(&staging)?;
    let run = env(&project, &["diff", "staging", "prod"])?;
    if !run
        .stdout
        .contains("secrets are not compared: staging has no secrets file")
    {
        return Err(format!("no note:\n{run}").into());
    }
    Ok(())
}

/// A stack whose environments convention finds from its own folder loses them to a file above that does
/// not name them.
fn init_hides_nothing() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    for stack in ["stacks/app", "stacks/net", "deep/er/db", "modules/queue"] {
        fs::create_dir_all(at.join(stack).join("environments"))?;
        fs::write(at.join(stack).join("main.tf"), "variable \"size\" {}\n")?;
        for name in ["staging", "production"] {
            let file = format!("environments/{name}.tfvars");
            fs::write(at.join(stack).join(file), "size = 1\n")?;
        }
    }
    fs::create_dir(at.join(".git"))?;
    let list = |stack: &str| run(tollgate(&at.join(stack)).args(["env", "list"]));
    let before = list("stacks/app")?;
    before.ends(0, &["staging", "production"])?;
    let refused = run(tollgate(at).arg("init"))?;
    refused.ends(
        2,
        &[
            "deep/er/db, stacks/app, stacks/net",
            "would hide them",
            "`tollgate init ",
        ],
    )?;
    if refused.all().contains("queue") || at.join("tollgate.toml").exists() {
        return Err(refused.to_string().into());
    }
    run(tollgate(at).args(["init", "stacks/app"]))?.ends(0, &["wrote stacks/app/tollgate.toml"])?;
    list("stacks/app")?.ends(0, &["staging", "production"])
}

fn init() -> Result<(), Failed> {
    let project = project()?;
    let init = |arguments: &[&str]| run(tollgate(project.path()).arg("init").args(arguments));
    // Never over what is there.
    let run = init(&[])?;
    run.expect(2)?;
    same(
        &fs::read_to_string(project.path().join("tollgate.toml"))?,
        CONFIGURATION,
        false,
    )?;
    if !run.stderr.contains("tollgate.toml is there already") {
        return Err(format!("not the reason:\n{run}").into());
    }
    fs::remove_file(project.path().join("tollgate.toml"))?;
    let dry = init(&["--dry-run"])?;
    dry.expect(0)?;
    if project.path().join("tollgate.toml").exists() {
        return Err("a dry run wrote".into());
    }
    let wet = init(&[])?;
    wet.expect(0)?;
    same(
        &fs::read_to_string(project.path().join("tollgate.toml"))?,
        &dry.stdout,
        false,
    )?;
    if !wet.stdout.contains(
        "found   production: a file of variables per environment (environments/prod.tfvars)",
    ) {
        return Err(format!("not what was found:\n{wet}").into());
    }
    let document = env(&project, &["show", "prod", "--json"])?.json()?;
    same(
        &document["workspace"]["value"].to_string(),
        "\"prod\"",
        false,
    )?;
    init(&["nowhere"])?.expect(2)
}
