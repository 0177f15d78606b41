//! Against the real tools: OpenTofu, as tests/tools.sh installs it, and Terraform,
//! where the machine has it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};
use serde_json::json;

use crate::cli::{root, run, tollgate};

/// Needs no provider but the one that both tools are born with.
const CONFIGURATION: &str = r#"
variable "token" {
  type      = string
  sensitive = true
  default   = "not-a-real-key"
}

resource "terraform_data" "one" {
  input = var.token
}
"#;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = stand_in();
    trials.extend(["tofu", "terraform"].into_iter().flat_map(|tool| {
        let program = program(tool);
        let missing = program.is_none();
        let shown = program.clone();
        [
            Trial::test(format!("tools::{tool}_shows_a_binary_plan"), move || {
                shows_a_binary_plan(&shown.ok_or("the tool is missing")?)
            })
            .with_ignored_flag(missing),
            Trial::test(
                format!("tools::{tool}_makes_the_same_examples"),
                move || same_examples(tool),
            )
            .with_ignored_flag(!makes_examples(program.as_deref())),
        ]
    }));
    trials
}

/// The stand-in for the AWS provider: its own tests, and its tables compared with the schema
/// of the provider, which is in the corpus.
fn stand_in() -> Vec<Trial> {
    let go = program("go");
    let schema = std::env::var_os("TOLLGATE_CORPUS")
        .is_some_and(|corpus| Path::new(&corpus).join("provider-facts").is_dir());
    [
        ("tools::the_stand_in_plans_as_the_provider", "-skip", true),
        ("tools::the_stand_in_follows_the_schema", "-run", schema),
    ]
    .into_iter()
    .map(|(name, chosen, possible)| {
        let go = go.clone();
        let missing = go.is_none() || !possible;
        Trial::test(name, move || {
            go_tests(&go.ok_or("go is missing")?, &[chosen, SCHEMA_TEST])
        })
        .with_ignored_flag(missing)
    })
    .collect()
}

/// The one test of the stand-in that needs the corpus.
const SCHEMA_TEST: &str = "TestTablesFollowTheSchema";

fn go_tests(go: &Path, chosen: &[&str]) -> Result<(), Failed> {
    let output = Command::new(go)
        .current_dir(root().join("examples/provider"))
        .args(["test", "-count=1", "-v"])
        .args(chosen)
        .stdin(Stdio::null())
        .output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    // Tests that were renamed or skipped would pass as well.
    if output.status.success() && told.contains("--- PASS") && !told.contains("--- SKIP") {
        return Ok(());
    }
    Err(format!("{told}{}", String::from_utf8_lossy(&output.stderr)).into())
}

/// The tool as tests/tools.sh installed it, or from the path.
pub(crate) fn program(tool: &str) -> Option<PathBuf> {
    let installed = fs::canonicalize(root().join(".tools/bin").join(tool)).ok();
    let found = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path)
            .map(|folder| folder.join(tool))
            .find(|path| path.is_file())
    });
    installed.or(found)
}

/// Whether this is the release that made the examples, and the stand-in for the
/// provider is there: another release writes other bytes.
fn makes_examples(program: Option<&Path>) -> bool {
    let version = program
        .and_then(|program| {
            Command::new(program)
                .arg("version")
                .env_remove("TF_CLI_CONFIG_FILE")
                .output()
                .ok()
        })
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    ["OpenTofu v1.12.6", "Terraform v1.11.4"]
        .iter()
        .any(|release| version.starts_with(release))
        && root().join(".tools/providers").is_dir()
}

fn shows_a_binary_plan(program: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join(".git"))?;
    fs::write(folder.path().join("main.tf"), CONFIGURATION)?;
    for arguments in [
        &["init", "-input=false"][..],
        &["plan", "-input=false", "-out=plan.bin"],
    ] {
        let output = Command::new(program)
            .current_dir(folder.path())
            .args(arguments)
            .env_remove("TF_CLI_CONFIG_FILE")
            .env("CHECKPOINT_DISABLE", "1")
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
    }
    let check = |more: &[&str]| {
        run(tollgate(folder.path())
            .env_remove("TF_CLI_CONFIG_FILE")
            .args(["check", "plan.bin", "-o", "json"])
            .args(more))
    };
    // Not without being told: it starts the plan's providers.
    check(&[])?.expect(3)?;
    let run = check(&["--show-with", &program.display().to_string()])?;
    run.expect(0)?;
    if run.json()?["plans"][0]["facts"]["actions"]["create"] != json!(1)
        || run.stdout.contains("not-a-real-key")
    {
        return Err(format!("{run}").into());
    }
    Ok(())
}

/// The committed plans are what the tool writes for the configuration that is here.
fn same_examples(tool: &str) -> Result<(), Failed> {
    let output = Command::new("bash")
        .arg(root().join("examples/make.sh"))
        .args(["--check", tool])
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}
