//! Mistakes that users make: one clear error each, with the right exit code.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use libtest_mimic::{Failed, Trial};
use serde_json::json;

use tollgate_model::library::{LIBRARY, Preset};

use crate::cli::{root, run, tollgate};

const PLAN: &str = r#"{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{}},"resource_changes":[{"address":"aws_ebs_volume.v","mode":"managed","type":"aws_ebs_volume","name":"v","provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["no-op"],"before":{"id":"v-1"},"after":{"id":"v-1"},"after_unknown":{},"before_sensitive":{},"after_sensitive":{}}}],"configuration":{"root_module":{}},"errored":false}"#;

/// One mistake: the configuration (none for none), the arguments, the exit code, and
/// what the errors must say.
struct Case {
    name: &'static str,
    config: Option<&'static str>,
    arguments: &'static [&'static str],
    code: i32,
    says: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "no_plan",
        config: None,
        arguments: &["check"],
        code: 2,
        says: &["PLAN"],
    },
    Case {
        name: "no_such_plan",
        config: None,
        arguments: &["check", "nowhere.json"],
        code: 3,
        says: &["nowhere.json", "show -json"],
    },
    Case {
        name: "a_directory",
        config: None,
        arguments: &["check", ".git"],
        code: 3,
        says: &["cannot read the plan"],
    },
    Case {
        name: "no_such_format",
        config: None,
        arguments: &["check", "plan.json", "-o", "yaml"],
        code: 2,
        says: &["yaml", "human", "json"],
    },
    Case {
        name: "two_outputs_to_stdout",
        config: None,
        arguments: &["check", "plan.json", "-o", "human", "-o", "json"],
        code: 2,
        says: &["standard output"],
    },
    Case {
        name: "output_over_the_plan",
        config: None,
        arguments: &["check", "plan.json", "-o", "json=plan.json"],
        code: 2,
        says: &["plan.json", "would replace"],
    },
    Case {
        name: "output_over_the_configuration",
        config: Some(""),
        arguments: &["check", "plan.json", "-o", "json=tollgate.toml"],
        code: 2,
        says: &["tollgate.toml", "would replace"],
    },
    Case {
        name: "output_without_a_directory",
        config: None,
        arguments: &["check", "plan.json", "-o", "json=nowhere/report.json"],
        code: 2,
        says: &["nowhere/report.json", "directory"],
    },
    Case {
        name: "stdin_twice",
        config: None,
        arguments: &["check", "-", "-"],
        code: 2,
        says: &["standard input"],
    },
    Case {
        name: "unknown_environment",
        config: Some("[environments.production]\n[environments.staging]\n"),
        arguments: &["check", "plan.json", "-e", "producton"],
        code: 2,
        says: &["producton", "did you mean `production`"],
    },
    Case {
        name: "environment_needed",
        config: Some("[environments.production]\n[environments.staging]\n"),
        arguments: &["check", "plan.json"],
        code: 2,
        says: &["--environment", "`staging`"],
    },
    Case {
        name: "no_such_configuration",
        config: None,
        arguments: &["check", "plan.json", "--config", "nowhere.toml"],
        code: 2,
        says: &["nowhere.toml"],
    },
    Case {
        name: "unknown_key",
        config: Some("[environments.production]\nprotcted = true\n"),
        arguments: &["check", "plan.json"],
        code: 2,
        says: &["tollgate.toml:2:1", "`protcted`", "`protected`"],
    },
    Case {
        name: "wrong_type",
        config: Some("[environments.production]\nprotected = \"yes\"\n"),
        arguments: &["check", "plan.json"],
        code: 2,
        says: &["tollgate.toml:2:13", "expected `true` or `false`"],
    },
    Case {
        name: "not_toml",
        config: Some("[environments.production\n"),
        arguments: &["check", "plan.json"],
        code: 2,
        says: &["tollgate.toml:1"],
    },
    Case {
        name: "unknown_policy",
        config: Some("[policies.cost-cup]\n"),
        arguments: &["check", "plan.json"],
        code: 2,
        says: &["tollgate.toml:1", "cost-cup"],
    },
    Case {
        name: "unknown_rule",
        config: Some("[policies.cost-cap.rules]\nmonthly-totl = \"advisory\"\n"),
        arguments: &["check", "plan.json"],
        code: 2,
        says: &["tollgate.toml:2", "monthly-totl", "monthly-total"],
    },
    Case {
        name: "unknown_setting",
        config: Some("[policies.cost-cap.settings]\nmonthly-cap = \"20\"\n"),
        arguments: &["check", "plan.json"],
        code: 2,
        says: &["tollgate.toml:2:1", "`monthly-cap`", "`monthly-cap-usd`"],
    },
    Case {
        name: "setting_of_the_wrong_type",
        config: Some(
            "[environments.production.policies.deletion-protection]\nsettings = { allow-deletion = \"no\" }\n",
        ),
        arguments: &["check", "plan.json"],
        code: 2,
        says: &["tollgate.toml:2:31", "expected boolean"],
    },
    Case {
        name: "no_policy_left",
        config: Some(
            "[policies]\nalarm-presence = { enabled = false }\ncost-cap = { enabled = false }\ndeletion-protection = { enabled = false }\n",
        ),
        arguments: &["check", "plan.json"],
        code: 2,
        says: &["no policy is enabled"],
    },
    Case {
        name: "waiver_without_a_reason",
        config: Some(
            "[[waivers]]\nrule = \"cost-cap/monthly-total\"\naddress = \"*\"\nowner = \"me\"\nexpires = 2026-12-31\n",
        ),
        arguments: &["check", "plan.json"],
        code: 2,
        says: &["tollgate.toml:1", "reason"],
    },
    Case {
        name: "waiver_with_a_bad_date",
        config: Some(
            "[[waivers]]\nrule = \"cost-cap/monthly-total\"\naddress = \"*\"\nowner = \"me\"\nreason = \"r\"\nexpires = \"soon\"\n",
        ),
        arguments: &["check", "plan.json"],
        code: 2,
        says: &["tollgate.toml:6:11"],
    },
    Case {
        name: "no_such_module",
        config: Some("[policies.mine]\nsource = \"nowhere.wasm\"\n"),
        arguments: &["check", "plan.json"],
        code: 4,
        says: &["nowhere.wasm", "source"],
    },
    Case {
        name: "a_module_that_is_not_wasm",
        config: Some("[policies.mine]\nsource = \"tollgate.toml\"\n"),
        arguments: &["check", "plan.json"],
        code: 4,
        says: &["not a WebAssembly module"],
    },
    Case {
        name: "another_digest",
        config: Some(
            "[policies.cost-cap]\ndigest = \"sha256:0000000000000000000000000000000000000000000000000000000000000000\"\n",
        ),
        arguments: &["check", "plan.json"],
        code: 4,
        says: &["digest", "pins"],
    },
    Case {
        name: "a_document_that_is_not_json",
        config: Some("[policies.cost-cap]\ndocuments = { price-book = \"tollgate.toml\" }\n"),
        arguments: &["check", "plan.json"],
        code: 4,
        says: &["price-book", "not JSON"],
    },
    Case {
        name: "no_such_baseline",
        config: None,
        arguments: &["check", "plan.json", "--baseline", "nowhere.json"],
        code: 2,
        says: &["nowhere.json"],
    },
    Case {
        name: "a_baseline_that_is_a_plan",
        config: None,
        arguments: &["check", "plan.json", "--baseline", "plan.json"],
        code: 2,
        says: &["baseline"],
    },
    Case {
        name: "a_bad_date",
        config: None,
        arguments: &["check", "plan.json", "--today", "tomorrow"],
        code: 2,
        says: &["--today"],
    },
    Case {
        name: "unknown_rule_to_explain",
        config: None,
        arguments: &["explain", "deletion-protection/unprotectd"],
        code: 2,
        says: &["did you mean `deletion-protection/unprotected`"],
    },
    Case {
        name: "nothing_to_inspect",
        config: None,
        arguments: &["policy", "inspect", "nothing"],
        code: 2,
        says: &["`nothing`", "cost-cap"],
    },
    Case {
        name: "a_plan_to_inspect",
        config: None,
        arguments: &["policy", "inspect", "plan.json"],
        code: 4,
        says: &["not a WebAssembly module"],
    },
    Case {
        name: "a_plan_to_pack",
        config: None,
        arguments: &["policy", "pack", "plan.json", "-o", "out.wasm"],
        code: 2,
        says: &["not a WebAssembly core module"],
    },
    Case {
        name: "no_such_program_to_show_with",
        config: None,
        arguments: &["check", "binary.plan", "--show-with", "nowhere-tofu"],
        code: 3,
        says: &["nowhere-tofu show -json"],
    },
    Case {
        name: "a_binary_plan",
        config: None,
        arguments: &["check", "binary.plan"],
        code: 3,
        says: &["binary", "show -json"],
    },
    Case {
        name: "show_with_standard_input",
        config: None,
        arguments: &["check", "-", "--show-with", "tofu"],
        code: 2,
        says: &["cannot show standard input", "instead of `-`"],
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<_> = CASES
        .iter()
        .map(|case| Trial::test(format!("bad_input::{}", case.name), || check(case)))
        .collect();
    trials.push(Trial::test("bad_input::half_a_plan_on_stdin", half_a_plan));
    trials.push(Trial::test("bad_input::one_bad_plan_of_two", one_of_two));
    trials
}

fn folder(config: Option<&str>) -> Result<tempfile::TempDir, Failed> {
    let folder = tempfile::tempdir()?;
    // Without this, a configuration in a parent directory would count.
    fs::create_dir(folder.path().join(".git"))?;
    fs::write(folder.path().join("plan.json"), PLAN)?;
    fs::write(folder.path().join("binary.plan"), b"PK\x03\x04and so on")?;
    if let Some(config) = config {
        fs::write(folder.path().join("tollgate.toml"), config)?;
    }
    Ok(folder)
}

fn check(case: &Case) -> Result<(), Failed> {
    let folder = folder(case.config)?;
    let before = fs::read_dir(folder.path())?.count();
    let run = run(tollgate(folder.path()).args(case.arguments))?;
    run.expect(case.code)?;
    let said = format!("{}{}", run.stdout, run.stderr);
    // A report wraps its lines.
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for says in case.says {
        if !said.contains(says) {
            return Err(format!("it does not say {says:?}:\n{run}").into());
        }
    }
    if fs::read_dir(folder.path())?.count() != before {
        return Err("it left a file behind".into());
    }
    if fs::read_to_string(folder.path().join("plan.json"))? != PLAN {
        return Err("it changed the plan".into());
    }
    Ok(())
}

fn half_a_plan() -> Result<(), Failed> {
    let folder = folder(None)?;
    let mut child = tollgate(folder.path())
        .args(["check", "-", "-o", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&PLAN.as_bytes()[..PLAN.len() / 2])?;
    }
    let output = child.wait_with_output()?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    if output.status.code() != Some(3)
        || report["plans"][0]["problem"]["code"] != json!("truncated")
    {
        return Err(format!("{:?} {}", output.status, report["plans"][0]["problem"]).into());
    }
    Ok(())
}

/// The other plan is still judged, and the report has both.
fn one_of_two() -> Result<(), Failed> {
    let folder = folder(None)?;
    let example = root().join("examples/plans/production.json");
    let run = run(tollgate(folder.path())
        .args(["check", "nowhere.json"])
        .arg(example)
        .args(["-o", "json"]))?;
    run.expect(3)?;
    let report = run.json()?;
    let judged = report["plans"][1]["policies"]
        .as_array()
        .map_or(0, Vec::len);
    if report["plans"][0]["problem"].is_null()
        || judged
            != LIBRARY
                .iter()
                .filter(|policy| policy.is_in(Preset::Recommended))
                .count()
    {
        return Err(format!("{run}").into());
    }
    Ok(())
}
