//! The stack that needs no cloud (`terraform/local`), from the first plan to the last destroy, in
//! both environments and with both tools: planned with the environment's secrets, judged, applied,
//! changed, refused, destroyed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};

use crate::cli::{root, tollgate};
use crate::exec::{shown, with_key};
use crate::reference::copy;
use crate::tools::program;

/// What each environment's file holds, none of which any output, plan or log may show.
const SECRETS: [&str; 4] = [
    "staging-password-of-the-tests",
    "staging-token-of-the-tests",
    "production-password-of-the-tests",
    "production-token-of-the-tests",
];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for tool in ["tofu", "terraform"] {
        let found = program(tool);
        let missing = found.is_none();
        for environment in ["staging", "production"] {
            let found = found.clone();
            trials.push(
                Trial::test(
                    format!("deploy_local::{tool}_from_plan_to_destroy_in_{environment}"),
                    move || {
                        let tool = found.ok_or("the tool is missing")?;
                        whole_path(&tool, environment)
                    },
                )
                .with_ignored_flag(missing),
            );
        }
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

fn whole_path(tool: &Path, environment: &'static str) -> Result<(), Failed> {
    let stack = Stack::new(tool, environment)?;
    let protected = environment == "production";
    let refused = i32::from(protected);
    let (other, foreign, passed) = if protected {
        ("staging", "cannot be decrypted", "PASSED for production")
    } else {
        (
            "production",
            "must not be used for `staging`",
            "PASSED for staging",
        )
    };
    expect(&stack.exec(environment, &["init", "-input=false"])?, 0, &[])?;

    // Not with the key of the other environment.
    let stranger = stack.exec(other, &["plan", "-input=false"])?;
    expect(&stranger, 125, &[foreign])?;

    // All of it is created.
    stack.plan(&["-var", "release=1.0.0"])?;
    stack.check(0, &["4 to create", passed])?;
    stack.apply()?;
    let first = stack.state()?;
    if !first.contains(&format!("{environment}-password")) || first.contains("-token-") {
        return Err("the state holds the password, and nothing of the token".into());
    }

    // A new release touches no data.
    stack.plan(&["-var", "release=2.0.0"])?;
    stack.check(0, &["1 to update, 1 to replace, 2 unchanged", passed])?;
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
    stack.check(refused, &["4 to delete"])?;
    if protected {
        // In two steps, as with a real database.
        stack.plan(&["-var", "release=2.0.0", "-var", "protection=false"])?;
        stack.check(0, &["3 to update", passed])?;
        stack.apply()?;
        stack.plan(&["-destroy", "-var", "release=2.0.0"])?;
        stack.check(0, &["4 to delete", passed])?;
    }
    stack.apply()?;
    let last: serde_json::Value = serde_json::from_str(&stack.state()?)?;
    if last["resources"] != serde_json::json!([]) {
        return Err(format!("left behind: {}", last["resources"]).into());
    }
    Ok(())
}
