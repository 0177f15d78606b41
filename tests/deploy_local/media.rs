//! The reference deployment itself, on the stand-in for its provider: planned, judged, applied,
//! and refused where it takes protection away.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};

use super::{Stack, expect};
use crate::cli::root;
use crate::exec::with_key;
use crate::reference::copy;
use crate::tools::program;

pub(super) fn trials() -> Vec<Trial> {
    let provider = root().join(".tools/providers").is_dir();
    ["staging", "production"]
        .map(|environment| {
            let tofu = program("tofu");
            let missing = tofu.is_none() || !provider;
            Trial::test(
                format!("deploy_local::the_media_service_in_{environment}"),
                move || media(&tofu.ok_or("the tool is missing")?, environment),
            )
            .with_ignored_flag(missing)
        })
        .into()
}

/// The service of an environment, with its state in a file.
pub(super) fn service(tool: &Path, environment: &'static str) -> Result<Stack, Failed> {
    let stack = Stack::new(tool, environment)?;
    let folder = stack.path();
    for leftover in ["main.tf", "environments", "policy", "README.md"] {
        let path = folder.join(leftover);
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        } else {
            fs::remove_file(path)?;
        }
    }
    copy(&root().join("terraform"), &folder.join("terraform"))?;
    fs::remove_dir_all(folder.join("terraform/local"))?;
    fs::write(
        folder.join("terraform/backend_override.tf"),
        "terraform {\n  backend \"local\" {}\n}\n",
    )?;
    fs::create_dir(folder.join("environments"))?;
    for name in ["staging", "production"] {
        let variables = format!("environments/{name}.tfvars");
        fs::copy(root().join(&variables), folder.join(&variables))?;
        fs::remove_file(folder.join(format!("secrets.{name}.enc.yaml")))?;
    }
    for name in ["secrets.staging.enc.yaml", "secrets.prod.enc.yaml"] {
        fs::copy(root().join(name), folder.join(name))?;
    }
    // There is no branch here.
    let gate = fs::read_to_string(root().join("tollgate.toml"))?;
    let gate: Vec<&str> = gate
        .lines()
        .filter(|line| !line.starts_with("branches"))
        .collect();
    fs::write(folder.join("tollgate.toml"), gate.join("\n"))?;
    Ok(stack)
}

fn media(tool: &Path, environment: &'static str) -> Result<(), Failed> {
    let stack = service(tool, environment)?;
    let folder = stack.path();
    // There is no account either.
    stack.edit("tollgate.toml", "aws-account = \"123456789012\"\n", "")?;

    let rc = fs::canonicalize(root().join(".tools/tofu.rc"))?;
    let run = |arguments: &[&str], code: i32, says: &[&str]| -> Result<(), Failed> {
        let mut command = with_key(folder, environment);
        command
            .args(arguments)
            .arg("--tool")
            .arg(tool)
            .env("TF_CLI_CONFIG_FILE", &rc);
        expect(&command.output()?, code, says)
            .map_err(|failed| format!("{arguments:?}: {}", failed.message().unwrap_or_default()))?;
        Ok(())
    };
    let protected = environment == "production";
    let (total, prefix) = if protected {
        ("$11.09", "prod-media")
    } else {
        ("$8.24", "stag-media")
    };
    let passed = format!("PASSED for {environment}: no finding blocks this plan");
    let bundle = format!(".tollgate/{environment}.tollgate");
    let confirm = ["--confirm", environment];
    run(&["plan", "-e", environment], 0, &[total, prefix, &passed])?;
    let apply = [&["apply", "-e", environment, &bundle][..], &confirm].concat();
    run(
        &apply,
        0,
        &["Applied", total, "signing_key_version = <sensitive>"],
    )?;
    run(
        &["plan", "-e", environment, "--no-out"],
        0,
        &["unchanged", &passed],
    )?;
    if protected {
        stack.edit(
            "environments/production.tfvars",
            "protection         = true",
            "protection = false",
        )?;
        let rule = "deletion-protection/protection-removed";
        run(
            &["plan", "-e", environment],
            1,
            &[rule, "terraform/data.tf"],
        )?;
        run(
            &[
                "apply",
                "-e",
                environment,
                &bundle,
                "--confirm",
                environment,
            ],
            7,
            &["verdict"],
        )?;
    }
    let destroy = [
        "destroy",
        "-e",
        environment,
        "--confirm-destroy",
        environment,
    ];
    if protected {
        run(&destroy, 1, &["deletion-protection/resource-deleted"])
    } else {
        run(&destroy, 0, &["Destroyed staging"])
    }
}
