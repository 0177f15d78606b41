//! A small project with two environments and secrets, that needs no cloud.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

use crate::cli::{Run, git};
use crate::exec::{CANARIES, project, with_key};

pub(super) const STAGING: &str = "staging";
pub(super) const PRODUCTION: &str = "production";

const MAIN: &str = r#"terraform {
  backend "local" {
    path = "project.tfstate"
  }
}
variable "db_password" {
  type = string
  sensitive = true
}
variable "session" {
  type      = string
  ephemeral = true
}
variable "size" {
  type = number
}
resource "terraform_data" "one" {
  input = [var.db_password, var.size]
  provisioner "local-exec" {
    command     = "printf %s \"$SESSION\" | wc -c > counted; echo begun > begun; sleep $${SECONDS_TO_SLEEP:-0}"
    environment = { SESSION = var.session }
  }
}
output "size" {
  value = var.size
}
output "password" {
  value     = var.db_password
  sensitive = true
}
"#;

/// The project in a directory of its own, and the tool that deploys it.
pub(super) struct Project {
    folder: tempfile::TempDir,
    pub(super) program: PathBuf,
}

/// What a run of `tollgate` came to.
pub(super) struct Ran(Run);

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::ops::Deref for Ran {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.0
    }
}

impl Ran {
    /// It ended like this, and said this, and no secret.
    pub(super) fn expect(&self, code: i32, wanted: &[&str]) -> Result<(), Failed> {
        let run = &self.0;
        run.ends(code, wanted)?;
        let text = run.all();
        match CANARIES.iter().find(|canary| text.contains(**canary)) {
            Some(canary) => Err(format!("shows {canary:?}: {run}").into()),
            None => Ok(()),
        }
    }
}

/// What production's file of secrets has and [`MAIN`] does not declare: untaken, it would be refused.
const OTHER_KEYS: &str = "[environments.production.secrets]
other-keys = [\"environment\", \"database\", \"tls_key\", \"unused\"]
";

impl Project {
    pub(super) fn new(program: &Path) -> Result<Self, Failed> {
        let folder = project("")?;
        let made = Self {
            folder,
            program: program.to_owned(),
        };
        made.write(
            "tollgate.toml",
            "[environments.staging]\n[environments.production]\n",
        )?;
        made.write("main.tf", MAIN)?;
        fs::create_dir(made.path("environments"))?;
        made.write("environments/staging.tfvars", "size = 1\n")?;
        made.write("environments/production.tfvars", "size = 2\n")?;
        let both = made.read("staging.txt")? + &made.read("production.txt")?;
        made.write("both.txt", &both)?;
        Ok(made)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn read(&self, name: &str) -> Result<String, Failed> {
        fs::read_to_string(self.path(name)).map_err(|error| format!("{name}: {error}").into())
    }

    /// Writes a file; behind a configuration, what says that production's secrets are for others too.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), Failed> {
        let more = match name {
            "tollgate.toml" => OTHER_KEYS,
            _ => "",
        };
        Ok(fs::write(self.path(name), format!("{text}{more}"))?)
    }

    /// A run with somebody's key; `nobody` has none.
    pub(super) fn command(&self, key: &str, arguments: &[&str]) -> Command {
        let mut command = with_key(self.folder.path(), key);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TF_") {
                command.env_remove(name);
            }
        }
        let (first, rest) = arguments.split_first().unwrap_or((&"", &[]));
        command.arg(first);
        if matches!(
            *first,
            "plan" | "apply" | "destroy" | "deploy" | "promote" | "output"
        ) && !rest.contains(&"--tool")
        {
            command.arg("--tool").arg(&self.program);
        }
        command.args(rest);
        command
    }

    pub(super) fn run(&self, key: &str, arguments: &[&str]) -> Result<Ran, Failed> {
        finish(&mut self.command(key, arguments))
    }

    /// Sets a secret.
    pub(super) fn set(&self, file: &str, name: &str, value: &str) -> Result<(), Failed> {
        use std::io::Write as _;
        let mut command = self.command(STAGING, &["secrets", "set", file, name]);
        let mut child = command.stdin(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(value.as_bytes())?;
        }
        if child.wait()?.success() {
            Ok(())
        } else {
            Err("the secret was not set".into())
        }
    }

    /// The tool itself, as somebody runs it between deploys.
    pub(super) fn tool(&self, arguments: &[&str]) -> Result<String, Failed> {
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("TF_CLI_CONFIG_FILE")
            .env("CHECKPOINT_DISABLE", "1")
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    pub(super) fn git(&self, arguments: &[&str]) -> Result<(), Failed> {
        git(self.folder.path(), arguments).map(drop)
    }

    /// The state of a workspace; none where there is none.
    pub(super) fn state(&self, workspace: &str) -> Result<Option<serde_json::Value>, Failed> {
        let folder = self.path("terraform.tfstate.d").join(workspace);
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        for entry in entries {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "tfstate")
            {
                return Ok(Some(serde_json::from_slice(&fs::read(path)?)?));
            }
        }
        Ok(None)
    }

    /// No file but the tool's own states has a secret in it.
    pub(super) fn quiet(&self) -> Result<(), Failed> {
        let mut folders = vec![self.folder.path().to_owned()];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    if !path.ends_with("terraform.tfstate.d") {
                        folders.push(path);
                    }
                    continue;
                }
                let bytes = fs::read(&path)?;
                files += 1;
                for canary in CANARIES {
                    let canary = canary.as_bytes();
                    if bytes.windows(canary.len()).any(|window| window == canary) {
                        return Err(format!("{} has a secret in it", path.display()).into());
                    }
                }
            }
        }
        if files < 5 {
            return Err("nothing was looked into".into());
        }
        Ok(())
    }
}

pub(super) fn finish(command: &mut Command) -> Result<Ran, Failed> {
    crate::cli::finish(command).map(Ran)
}
