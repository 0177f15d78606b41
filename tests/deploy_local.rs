//! The stack that needs no cloud (`terraform/local`), from the first plan to the last destroy, in
//! both environments and with both tools: planned with the environment's secrets, judged, applied,
//! changed, refused, destroyed. Once step by step, with `exec` and `check` around the tool itself,
//! and once with `plan`, `apply` and `destroy`.

mod media;
mod real;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};

use crate::cli::{root, tollgate};
use crate::exec::{shown, with_key};
use crate::reference::copy;
use crate::tools::program;

/// What each environment's file holds, none of which any output, plan or log may show.
const SECRETS: [&str; 6] = [
    "staging-password-of-the-tests",
    "staging-token-of-the-tests",
    "production-password-of-the-tests",
    "production-token-of-the-tests",
    "staging-signing-key-of-the-tests",
    "production-signing-key-of-the-tests",
];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for tool in ["tofu", "terraform"] {
        let found = program(tool);
        let missing = found.is_none();
        for environment in ["staging", "production"] {
            for (name, test) in [
                (
                    "by_hand",
                    by_hand as fn(&Path, &'static str) -> Result<(), Failed>,
                ),
                ("gated", gated),
            ] {
                let found = found.clone();
                trials.push(
                    Trial::test(
                        format!(
                            "deploy_local::{tool}_from_plan_to_destroy_in_{environment}_{name}"
                        ),
                        move || test(&found.ok_or("the tool is missing")?, environment),
                    )
                    .with_ignored_flag(missing),
                );
            }
        }
    }
    trials.extend(media::trials());
    trials.extend(real::trials());
    let tofu = program("tofu");
    let missing = tofu.is_none();
    for (name, test) in [
        (
            "one_after_the_other",
            both as fn(&Path) -> Result<(), Failed>,
        ),
        ("by_the_script_of_the_examples", script),
        ("the_action_plans_without_a_key", action),
        ("a_password_that_leaks_is_refused", leaks),
    ] {
        let tofu = tofu.clone();
        trials.push(
            Trial::test(format!("deploy_local::{name}"), move || {
                test(&tofu.ok_or("the tool is missing")?)
            })
            .with_ignored_flag(missing),
        );
    }
    trials
}

struct Stack {
    folder: tempfile::TempDir,
    tool: PathBuf,
    environment: &'static str,
}

impl Stack {
    fn new(tool: &Path, environment: &'static str) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        copy(&root().join("terraform/local"), folder.path())?;
        fs::create_dir(folder.path().join(".git"))?;
        for key in ["staging.txt", "production.txt"] {
            fs::copy(root().join("tests/exec").join(key), folder.path().join(key))?;
        }
        Ok(Self {
            folder,
            tool: tool.to_owned(),
            environment,
        })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The tool with the secrets of the environment, and the key of one.
    fn exec(&self, key: &str, arguments: &[&str]) -> Result<Output, Failed> {
        let mut command = with_key(self.path(), key);
        command
            .args(["exec", "-e", self.environment, "--tofu", "--"])
            .arg(&self.tool)
            .args(arguments)
            .env("TF_WORKSPACE", self.environment);
        Ok(command.output()?)
    }

    fn plan(&self, more: &[&str]) -> Result<(), Failed> {
        let variables = format!("-var-file=environments/{}.tfvars", self.environment);
        let mut arguments = vec![
            "plan",
            "-input=false",
            "-no-color",
            "-out=plan.bin",
            &variables,
        ];
        arguments.extend(more);
        expect(&self.exec(self.environment, &arguments)?, 0, &[])?;
        let mut show = Command::new(&self.tool);
        show.current_dir(self.path())
            .args(["show", "-json", "plan.bin"])
            .env_remove("TF_CLI_CONFIG_FILE");
        let shown = show.output()?;
        // A token that is only needed while applying is in no plan; the password is there, marked.
        let json = String::from_utf8(shown.stdout)?;
        for token in SECRETS.iter().filter(|secret| secret.contains("token")) {
            if json.contains(token) {
                return Err("the plan holds an ephemeral value".into());
            }
        }
        fs::write(self.path().join("plan.json"), json)?;
        Ok(())
    }

    fn check(&self, code: i32, says: &[&str]) -> Result<(), Failed> {
        let mut command = tollgate(self.path());
        command.args(["check", "plan.json", "-e", self.environment]);
        expect(&command.output()?, code, says)
    }

    fn apply(&self) -> Result<(), Failed> {
        let arguments = ["apply", "-input=false", "-no-color", "plan.bin"];
        expect(&self.exec(self.environment, &arguments)?, 0, &["complete!"])
    }

    /// `tollgate` itself, with the key of one environment.
    fn tollgate(&self, key: &str, arguments: &[&str]) -> Result<Output, Failed> {
        let mut command = with_key(self.path(), key);
        command.env_remove("TF_WORKSPACE").args(arguments);
        if matches!(arguments, ["plan" | "apply" | "destroy" | "deploy", ..]) {
            command.arg("--tool").arg(&self.tool);
        }
        Ok(command.output()?)
    }

    /// Changes a file of the project.
    fn edit(&self, file: &str, from: &str, to: &str) -> Result<(), Failed> {
        let path = self.path().join(file);
        let text = fs::read_to_string(&path)?;
        if !text.contains(from) {
            return Err(format!("{file} does not say {from:?}").into());
        }
        Ok(fs::write(path, text.replace(from, to))?)
    }

    fn state(&self) -> Result<String, Failed> {
        let states = self.path().join("terraform.tfstate.d");
        let state = states.join(self.environment).join("terraform.tfstate");
        Ok(fs::read_to_string(state)?)
    }
}

fn expect(output: &Output, code: i32, says: &[&str]) -> Result<(), Failed> {
    let text = shown(output);
    if output.status.code() != Some(code) {
        return Err(format!("expected {code}: {text}").into());
    }
    for part in says {
        if !text.contains(part) {
            return Err(format!("does not say {part:?}: {text}").into());
        }
    }
    match SECRETS.iter().find(|secret| text.contains(**secret)) {
        Some(secret) => Err(format!("shows {secret:?}: {text}").into()),
        None => Ok(()),
    }
}

fn by_hand(tool: &Path, environment: &'static str) -> Result<(), Failed> {
    let stack = Stack::new(tool, environment)?;
    let protected = environment == "production";
    let refused = i32::from(protected);
    let (other, passed) = if protected {
        ("staging", "PASSED for production")
    } else {
        ("production", "PASSED for staging")
    };
    expect(&stack.exec(environment, &["init", "-input=false"])?, 0, &[])?;

    // Not with the key of the other environment.
    let stranger = stack.exec(other, &["plan", "-input=false"])?;
    expect(&stranger, 125, &["cannot be decrypted"])?;

    // All of it is created.
    stack.plan(&["-var", "release=1.0.0"])?;
    stack.check(0, &["5 to create", passed])?;
    stack.apply()?;
    let first = stack.state()?;
    if !first.contains(&format!("{environment}-password")) || first.contains("-token-") {
        return Err("the state holds the password, and nothing of the token".into());
    }

    // A new release touches no data.
    stack.plan(&["-var", "release=2.0.0"])?;
    stack.check(0, &["1 to update, 1 to replace, 3 unchanged", passed])?;
    stack.apply()?;
    let second = stack.state()?;

    // A shelf less is data less: refused where the library must be kept.
    stack.plan(&["-var", "release=2.0.0", "-var", "shelves=[\"science\"]"])?;
    if protected {
        let at = "terraform_data.library[\"fiction\"] (delete) in main.tf";
        stack.check(1, &["kept-data/data-lost", at, "REFUSED for production"])?;
    } else {
        stack.check(0, &["1 to delete", passed])?;
    }
    if stack.state()? != second {
        return Err("judging changes nothing".into());
    }

    // Everything, then.
    stack.plan(&["-destroy", "-var", "release=2.0.0"])?;
    stack.check(refused, &["5 to delete"])?;
    if protected {
        // In two steps, as with a real database.
        stack.plan(&["-var", "release=2.0.0", "-var", "protection=false"])?;
        stack.check(0, &["3 to update", passed])?;
        stack.apply()?;
        stack.plan(&["-destroy", "-var", "release=2.0.0"])?;
        stack.check(0, &["5 to delete", passed])?;
    }
    stack.apply()?;
    let last: serde_json::Value = serde_json::from_str(&stack.state()?)?;
    if last["resources"] != serde_json::json!([]) {
        return Err(format!("left behind: {}", last["resources"]).into());
    }
    Ok(())
}

/// The same by the commands that do all of it.
fn gated(tool: &Path, environment: &'static str) -> Result<(), Failed> {
    let stack = Stack::new(tool, environment)?;
    let protected = environment == "production";
    let other = if protected { "staging" } else { "production" };
    let variables = format!("environments/{environment}.tfvars");
    let bundle = format!(".tollgate/{environment}.tollgate");
    let run = |arguments: &[&str], code: i32, says: &[&str]| -> Result<(), Failed> {
        let output = stack.tollgate(environment, arguments)?;
        expect(&output, code, says)
            .map_err(|failed| format!("{arguments:?}: {}", failed.message().unwrap_or_default()))?;
        Ok(())
    };
    let passed = format!("PASSED for {environment}");
    let apply = [
        "apply",
        "-e",
        environment,
        &bundle,
        "--confirm",
        environment,
    ];

    // Without any key it can be judged.
    let keyless = ["plan", "-e", environment, "--keyless", "--no-out"];
    expect(
        &stack.tollgate("nobody", &keyless)?,
        0,
        &["5 to create", &passed],
    )?;
    expect(
        &stack.tollgate(other, &["plan", "-e", environment])?,
        6,
        &["cannot be decrypted"],
    )?;

    run(&["plan", "-e", environment], 0, &["5 to create", &passed])?;
    run(&["apply", "-e", other, &bundle], 7, &[environment])?;
    if protected {
        run(
            &["apply", "-e", environment, &bundle],
            7,
            &["--confirm production"],
        )?;
    }
    run(&apply, 0, &["5 to create", "Applied"])?;

    // What was planned before a change is not what is here.
    run(&["plan", "-e", environment], 0, &["5 unchanged"])?;
    let release = if protected { "1.0.0" } else { "1.1.0" };
    stack.edit(&variables, release, "2.0.0")?;
    run(&apply, 7, &[&variables, "plan again"])?;
    run(
        &["plan", "-e", environment],
        0,
        &["1 to update, 1 to replace, 3 unchanged"],
    )?;
    run(&apply, 0, &["Applied"])?;

    // A shelf less.
    let second = stack.state()?;
    stack.edit(&variables, "\"fiction\", ", "")?;
    if protected {
        run(
            &["plan", "-e", environment],
            1,
            &["kept-data/data-lost", "main.tf"],
        )?;
        run(&apply, 7, &["verdict"])?;
        let destroy = [
            "destroy",
            "-e",
            environment,
            "--confirm-destroy",
            environment,
        ];
        run(&destroy, 1, &["kept-data/data-lost"])?;
        if stack.state()? != second {
            return Err("a refusal changed the state".into());
        }
        stack.edit(&variables, "[\"science\"]", "[\"fiction\", \"science\"]")?;
        stack.edit(&variables, "protection = true", "protection = false")?;
        run(
            &["apply", "-e", environment, "--confirm", environment],
            0,
            &["3 to update"],
        )?;
    } else {
        run(
            &["apply", "-e", environment],
            0,
            &["1 to delete", "Applied"],
        )?;
    }
    run(&["destroy", "-e", environment], 7, &["--confirm-destroy"])?;
    run(
        &[
            "destroy",
            "-e",
            environment,
            "--confirm-destroy",
            environment,
        ],
        0,
        &["Destroyed"],
    )?;
    let last: serde_json::Value = serde_json::from_str(&stack.state()?)?;
    if last["resources"] != serde_json::json!([]) {
        return Err(format!("left behind: {}", last["resources"]).into());
    }
    run(&["history", "-e", environment], 0, &["(destroy)"])?;
    no_token(stack.path())
}

/// What is only handed over while applying is in no file that all of it leaves behind.
fn no_token(folder: &Path) -> Result<(), Failed> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.is_symlink() {
            no_token(&path)?;
            continue;
        }
        let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
        if let Some(secret) = SECRETS
            .iter()
            .find(|secret| secret.contains("token") && text.contains(**secret))
        {
            return Err(format!("{} holds {secret}", path.display()).into());
        }
    }
    Ok(())
}

/// Both environments in one go, each with its own workspace and secrets.
fn both(tool: &Path) -> Result<(), Failed> {
    let stack = Stack::new(tool, "production")?;
    let keys = ["staging.txt", "production.txt"]
        .map(|name| fs::read_to_string(stack.path().join(name)))
        .into_iter()
        .collect::<Result<String, _>>()?;
    fs::write(stack.path().join("both.txt"), keys)?;
    let deploy = ["deploy", "staging", "production"];
    expect(
        &stack.tollgate("both", &deploy)?,
        7,
        &["not deployed: staging, production", "--confirm production"],
    )?;
    let confirmed = ["deploy", "staging", "production", "--confirm", "production"];
    expect(
        &stack.tollgate("both", &confirmed)?,
        0,
        &["Applied staging", "Applied production", "prod-service"],
    )?;
    if !stack.state()?.contains("prod-service") || stack.state()?.contains("stag-") {
        return Err("the environments share a state".into());
    }
    Ok(())
}

/// As a user runs it, with what is on the path.
fn script(tool: &Path) -> Result<(), Failed> {
    let stack = Stack::new(tool, "staging")?;
    let bin = Path::new(env!("CARGO_BIN_EXE_tollgate")).parent();
    let path = std::env::join_paths(
        bin.into_iter()
            .chain(tool.parent())
            .map(Path::to_path_buf)
            .chain(std::env::split_paths(
                &std::env::var_os("PATH").unwrap_or_default(),
            )),
    )?;
    let deploy = |key: &str, arguments: &[&str]| -> Result<Output, Failed> {
        let like = with_key(stack.path(), key);
        let mut command = Command::new("bash");
        command
            .arg(root().join("examples/ci/deploy.sh"))
            .args(arguments)
            .current_dir(stack.path())
            .stdin(std::process::Stdio::null());
        for (name, value) in like.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Ok(command
            .env("PATH", &path)
            .env_remove("TF_WORKSPACE")
            .output()?)
    };
    expect(&deploy("staging", &["staging"])?, 0, &["Applied staging"])?;
    expect(&deploy("staging", &["production"])?, 6, &["FAILS"])?;
    expect(
        &deploy("production", &["production"])?,
        7,
        &["--confirm production"],
    )?;
    let confirmed = deploy("production", &["production", "--confirm", "production"])?;
    expect(&confirmed, 0, &["Applied production"])?;
    expect(&deploy("staging", &[])?, 1, &["the environment"])?;
    expect(&deploy("staging", &["nowhere"])?, 2, &["nowhere"])
}

/// As in the job of a pull request: no key, and the report where the job looks for it.
fn action(tool: &Path) -> Result<(), Failed> {
    let stack = Stack::new(tool, "production")?;
    let bin = Path::new(env!("CARGO_BIN_EXE_tollgate")).parent();
    let path = std::env::join_paths(
        bin.into_iter()
            .chain(tool.parent())
            .map(Path::to_path_buf)
            .chain(std::env::split_paths(
                &std::env::var_os("PATH").unwrap_or_default(),
            )),
    )?;
    let results = tempfile::tempdir()?;
    let mut command = Command::new("bash");
    command
        .arg(root().join(".github/actions/tollgate/check.sh"))
        .current_dir(stack.path())
        .env_remove("TF_CLI_CONFIG_FILE")
        .env_remove("TF_WORKSPACE")
        .env("HOME", stack.path())
        .env("PATH", &path)
        .env("RUNNER_TEMP", results.path())
        .env("GITHUB_OUTPUT", results.path().join("output"))
        .env("PLAN", "true")
        .env("ENVIRONMENT", "production")
        .stdin(std::process::Stdio::null());
    expect(
        &command.output()?,
        0,
        &["5 to create", "PASSED for production"],
    )?;
    let told = fs::read_to_string(results.path().join("output"))?;
    let report = told.lines().find_map(|line| line.strip_prefix("report="));
    let report = fs::read(report.ok_or("the action names no report")?)?;
    let report: serde_json::Value = serde_json::from_slice(&report)?;
    if report["verdict"]["decision"] != "passed" {
        return Err(format!("{}", report["verdict"]).into());
    }
    Ok(())
}

/// What a `terraform_data` is given comes back as its `output`, without the mark.
fn leaks(tool: &Path) -> Result<(), Failed> {
    let stack = Stack::new(tool, "production")?;
    stack.edit(
        "main.tf",
        "    keep = var.protection\n",
        "    keep = var.protection\n    password = var.db_password\n",
    )?;
    let apply = ["apply", "-e", "production", "--confirm", "production"];
    expect(&stack.tollgate("production", &apply)?, 0, &["Applied"])?;
    stack.edit("environments/production.tfvars", "1.0.0", "2.0.0")?;
    expect(
        &stack.tollgate("production", &["plan", "-e", "production"])?,
        1,
        &["tollgate/secret-in-plan", "`db_password`", "output"],
    )
}
