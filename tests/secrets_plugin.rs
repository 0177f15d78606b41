//! Keys behind age plugins, with a plugin of our own that keeps no secret (`guests/age-plugin-test`), and
//! with the real sops, which runs the same plugin.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use libtest_mimic::{Failed, Trial};

use crate::cli::{root, tollgate};
use crate::exec::{finish, shown};
use crate::tools::program;

/// In values, and in no message.
const CANARY: &str = "plugin-canary-4711";
const RECIPIENT: &str = "age1test1v93xxeqfrvwws";
const IDENTITY: &str = "AGE-PLUGIN-TEST-1V93XXEQS0HEL0";

pub(crate) fn trials() -> Vec<Trial> {
    let python = program("python3").is_some();
    vec![
        Trial::test("plugin::it_opens_and_writes", opens).with_ignored_flag(!python),
        Trial::test("plugin::what_is_missing_is_said", missing).with_ignored_flag(!python),
    ]
}

struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join(".git"))?;
        let rules = format!("creation_rules:\n  - age: {RECIPIENT}\n");
        fs::write(folder.path().join(".sops.yaml"), rules)?;
        fs::write(folder.path().join("key.txt"), format!("{IDENTITY}\n"))?;
        fs::write(
            folder.path().join("plain.yaml"),
            format!("token: {CANARY}\n"),
        )?;
        Ok(Self { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folders of programs, with the plugin or without.
    fn programs(&self, with: bool) -> Result<PathBuf, Failed> {
        let folder = self.path().join(if with { "with" } else { "without" });
        fs::create_dir_all(&folder)?;
        let plugin = folder.join("age-plugin-test");
        if with && !plugin.exists() {
            fs::copy(root().join("tests/guests/age-plugin-test"), plugin)?;
        }
        Ok(folder)
    }

    fn command(&self, mut command: Command, plugin: bool) -> Result<Command, Failed> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let first = self.programs(plugin)?;
        let path =
            std::env::join_paths(std::iter::once(first).chain(std::env::split_paths(&path)))?;
        command
            .current_dir(self.path())
            .env("PATH", path)
            .env("SOPS_AGE_KEY_FILE", self.path().join("key.txt"))
            .env_remove("SOPS_AGE_KEY")
            .env_remove("SOPS_AGE_KEY_CMD")
            .env_remove("AGEDEBUG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(command)
    }

    fn run(
        &self,
        arguments: &[&str],
        plugin: bool,
        variables: &[(&str, &str)],
    ) -> Result<Output, Failed> {
        let mut command = self.command(tollgate(self.path()), plugin)?;
        command.env("HOME", self.path());
        command.arg("secrets").args(arguments);
        finish(command.envs(variables.iter().copied()).spawn()?)
    }

    fn done(&self, arguments: &[&str]) -> Result<String, Failed> {
        let output = self.run(arguments, true, &[])?;
        if !output.status.success() {
            return Err(format!("{arguments:?}: {}", shown(&output)).into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn opens() -> Result<(), Failed> {
    let project = Project::new()?;
    project.done(&["import", "--create", "a.yaml", "plain.yaml"])?;
    let text = fs::read_to_string(project.path().join("a.yaml"))?;
    if text.contains(CANARY) || !text.contains(RECIPIENT) {
        return Err(text.into());
    }
    for change in [
        &["decrypt", "a.yaml"][..],
        &["rotate", "a.yaml"],
        &["sync", "a.yaml"],
    ] {
        project.done(change)?;
        if !project.done(&["decrypt", "a.yaml"])?.contains(CANARY) {
            return Err(format!("{change:?}: it does not open").into());
        }
    }
    if let Some(sops) = program("sops") {
        let mut command = project.command(Command::new(sops), true)?;
        command.env("HOME", project.path());
        let output = finish(command.args(["decrypt", "a.yaml"]).spawn()?)?;
        if !output.status.success()
            || String::from_utf8_lossy(&output.stdout) != project.done(&["decrypt", "a.yaml"])?
        {
            return Err(format!("sops: {}", shown(&output)).into());
        }
    }
    // Somebody with another kind of key takes nothing away from the plugin's.
    let made = project.done(&["keygen", "-o", "other.txt"])?;
    let other = made
        .lines()
        .find_map(|line| line.strip_prefix("public key: "))
        .ok_or("no public key")?;
    project.done(&["grant", other, "a.yaml"])?;
    project.done(&["revoke", other, "a.yaml"])?;
    Ok(())
}

fn missing() -> Result<(), Failed> {
    let project = Project::new()?;
    let said = |arguments: &[&str], plugin, variables: &[(&str, &str)], wanted: &str| {
        let output = project.run(arguments, plugin, variables)?;
        let text = shown(&output);
        if output.status.code() == Some(6) && text.contains(wanted) && !text.contains(CANARY) {
            Ok(())
        } else {
            Err(Failed::from(format!(
                "{arguments:?}: expected {wanted:?}: {text}"
            )))
        }
    };
    let absent = "the plugin age-plugin-test is not installed";
    let create = ["import", "--create", "a.yaml", "plain.yaml"];
    said(&create, false, &[], absent)?;
    let fails = [("PLUGIN_FAILS", "1")];
    said(&create, true, &fails, "the key is not plugged in")?;
    project.done(&create)?;
    let open = ["decrypt", "a.yaml"];
    said(&open, false, &[], absent)?;
    said(&open, true, &fails, "the key is not plugged in")?;
    // The library would print the key that it gets.
    let debug = [("AGEDEBUG", "plugin")];
    said(&open, true, &debug, "AGEDEBUG=plugin would print the key")?;
    fs::write(project.path().join("key.txt"), "# nothing\n")?;
    said(
        &open,
        true,
        &[],
        "needs the plugin age-plugin-test, and none of your identities opens it",
    )?;
    said(&open, true, &[], "AGE-PLUGIN-TEST-1…")?;
    fs::write(project.path().join("key.txt"), "AGE-PLUGIN-TEST-1QQQQ\n")?;
    said(&open, true, &[], "a damaged identity of a plugin")
}
