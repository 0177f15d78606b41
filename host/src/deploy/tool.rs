//! The tool, run in one root module for one environment.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tollgate_secrets::inject::mask::Patterns;
use zeroize::Zeroizing;

use super::DeployError;
use super::interrupt::Interrupts;
use super::memory::PlanFile;
use crate::doctor::Tool;
use crate::hcl::Dialect;
use crate::inject::logs::{self, Logs};
use crate::inject::{self, Ended, Handover, Launch, LaunchError};
use crate::layout::DEFAULT_WORKSPACE;

/// Variables that name files and folders of whoever starts the tool.
const PATHS: [&str; 3] = [
    "TF_CLI_CONFIG_FILE",
    "TERRAFORM_CONFIG",
    "TF_PLUGIN_CACHE_DIR",
];

/// Whose rules hold for the files.
#[must_use]
pub fn dialect(tool: &Tool) -> Dialect {
    if tool.name == "Terraform" {
        Dialect::Terraform
    } else {
        Dialect::OpenTofu
    }
}

/// The tool in a root module.
pub struct Runner {
    /// The tool.
    pub tool: Tool,
    /// The root module.
    pub directory: PathBuf,
    /// Of the environment.
    pub workspace: String,
    /// For messages.
    pub environment: String,
    /// What OpenTofu takes the encryption of states and plans from, where the secrets say so.
    pub encryption: BTreeMap<String, Zeroizing<Vec<u8>>>,
    /// The variables that it needs before it has a state.
    pub early: Early,
    /// Signals.
    pub interrupts: Interrupts,
    /// What it may log where its output is shown.
    pub logs: Logs,
}

/// The variables that OpenTofu evaluates whatever it does, because backend, encryption or the sources
/// of modules are made of them. Empty for Terraform, which has no such thing.
#[derive(Default)]
pub struct Early {
    /// `-var-file` and `-var`.
    pub options: Vec<OsString>,
    /// Those of them that are secrets, as the text of a file.
    pub secrets: Option<Zeroizing<Vec<u8>>>,
}

/// What a run that nobody watches has printed.
pub struct Printed {
    /// Its exit code.
    pub code: u8,
    /// Standard output. It can hold secrets.
    pub output: Zeroizing<Vec<u8>>,
    /// Standard error.
    pub errors: String,
}

impl Runner {
    /// Returns the program as messages name it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if self.tool.name == "Terraform" {
            "terraform"
        } else {
            "tofu"
        }
    }

    /// What every run of the tool gets. Its own variable selects the workspace: what somebody
    /// selected stays selected, and `apply` would otherwise write to that, whatever the plan is of.
    fn prepare(&self, command: &mut Command, workspace: &str) {
        command
            .current_dir(&self.directory)
            .env("TF_WORKSPACE", workspace)
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("CHECKPOINT_DISABLE", "1")
            .stdin(Stdio::null());
        // They are meant from here, and the tool runs elsewhere.
        for name in PATHS {
            if let Some(path) = std::env::var_os(name).filter(|path| !path.is_empty())
                && let Ok(whole) = std::path::absolute(path)
            {
                command.env(name, whole);
            }
        }
        for (name, value) in &self.encryption {
            command.env(name, OsStr::from_bytes(value));
        }
    }

    /// Adds the variables that every run of OpenTofu needs, behind the options and before a file.
    fn with_early(
        &self,
        arguments: &[OsString],
    ) -> Result<(Vec<OsString>, Option<inject::Fed>), DeployError> {
        let is_option = |argument: &&OsString| argument.as_bytes().starts_with(b"-");
        let files: Vec<&OsString> = arguments
            .iter()
            .rev()
            .take_while(|argument| !is_option(argument))
            .collect();
        // Words before the first option are the subcommand.
        let files = if files.len() == arguments.len() {
            Vec::new()
        } else {
            files
        };
        let mut all: Vec<OsString> = arguments
            .get(..arguments.len() - files.len())
            .unwrap_or_default()
            .to_vec();
        all.extend(self.early.options.iter().cloned());
        let fed = match &self.early.secrets {
            Some(text) => {
                let (option, fed) = inject::feed(text)?;
                all.push(option);
                Some(fed)
            }
            None => None,
        };
        all.extend(files.into_iter().rev().cloned());
        Ok((all, fed))
    }

    /// Runs it without showing anything.
    ///
    /// # Errors
    /// When it does not start.
    pub fn quietly(&self, arguments: &[OsString], workspace: &str) -> Result<Printed, DeployError> {
        let (arguments, _fed) = self.with_early(arguments)?;
        let mut command = Command::new(&self.tool.program);
        command.args(arguments);
        self.prepare(&mut command, workspace);
        // What it says is shown where it fails, and nothing masks that.
        for name in logs::withheld(Logs::Off) {
            command.env_remove(name);
        }
        // In memory, and not through a pipe: nothing has to be read at the same time.
        let mut output = PlanFile::new().map_err(DeployError::system("make room for output"))?;
        let errors = PlanFile::new().map_err(DeployError::system("make room for output"))?;
        let system = DeployError::system("run the tool");
        command
            .stdout(output.share().map_err(&system)?)
            .stderr(errors.share().map_err(&system)?);
        let mut child = command.spawn().map_err(&system)?;
        self.interrupts.child(child.id());
        let status = child.wait();
        self.interrupts.child(0);
        let code = code(status.map_err(&system)?);
        // A process that it left behind may still have it, and writes to nobody.
        let _ = output.seal();
        Ok(Printed {
            code,
            output: output.bytes().map_err(&system)?,
            errors: text(&errors.bytes().map_err(&system)?),
        })
    }

    /// Runs it with its output on our standard error. `withheld` are variables of the environment that
    /// it does not get.
    ///
    /// # Errors
    /// When it does not start.
    pub fn live(
        &self,
        arguments: Vec<OsString>,
        handover: Handover,
        patterns: Patterns,
        errors: Option<&PlanFile>,
        mut withheld: Vec<OsString>,
    ) -> Result<Ended, DeployError> {
        withheld.extend(logs::withheld(self.logs));
        let errors = errors.map(PlanFile::share).transpose();
        let errors = errors.map_err(DeployError::system("make room for output"))?;
        let _waiting = self.interrupts.wait();
        let launch = Launch {
            program: self.tool.program.clone().into(),
            arguments,
            handover,
            files: std::collections::BTreeMap::new(),
            patterns,
            errors,
            conduct: self.interrupts.conduct(),
            withheld,
            limit: None,
        };
        let ended = inject::wait(launch, |command| self.prepare(command, &self.workspace));
        match ended {
            Ok(ended) => Ok(ended),
            Err(LaunchError::Interrupted { signal }) => Err(DeployError::Interrupted {
                signal,
                what: "the tool was not started, and nothing changed".to_owned(),
            }),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the workspaces that there are.
    ///
    /// # Errors
    /// When the backend does not say.
    pub fn workspaces(&self) -> Result<Vec<String>, DeployError> {
        let arguments = ["workspace", "list", "-no-color"].map(OsString::from);
        let printed = self.quietly(&arguments, DEFAULT_WORKSPACE)?;
        if printed.code != 0 {
            return Err(self.failed(
                "workspace list",
                &printed,
                "check that the backend can be reached with these credentials: `tollgate env doctor --online`",
            ));
        }
        let text = text(&printed.output);
        // Everything else is about the tool's settings, or about TF_WORKSPACE.
        let names = text
            .lines()
            .filter_map(|line| line.strip_prefix("* ").or_else(|| line.strip_prefix("  ")));
        Ok(names.map(|name| name.trim().to_owned()).collect())
    }

    /// Returns a saved plan as JSON.
    ///
    /// # Errors
    /// When the tool does not read it.
    pub fn show(&self, plan: &PlanFile) -> Result<Zeroizing<Vec<u8>>, DeployError> {
        let mut arguments = ["show", "-json", "-no-color"].map(OsString::from).to_vec();
        arguments.push(plan.path().into());
        let printed = self.quietly(&arguments, &self.workspace)?;
        if printed.code != 0 {
            return Err(self.failed(
                "show -json",
                &printed,
                "plan again with the same version of the tool",
            ));
        }
        let mut output = printed.output;
        // What the tool has to say of its own settings comes before.
        let before = output.split(|byte| *byte == b'\n');
        let before = before.take_while(|line| !line.starts_with(b"{"));
        let length: usize = before.map(|line| line.len() + 1).sum();
        if length <= output.len() {
            output.drain(..length);
        }
        Ok(output)
    }

    /// An error with what was printed.
    #[must_use]
    pub fn failed(
        &self,
        subcommand: &str,
        printed: &Printed,
        help: impl Into<String>,
    ) -> DeployError {
        DeployError::Failed {
            command: format!("{} {subcommand}", self.name()),
            environment: self.environment.clone(),
            code: printed.code,
            said: Some(printed.errors.trim_end().to_owned()),
            help: help.into(),
        }
    }
}

/// `-no-color` where nobody would see colours: the tool looks at one of the streams only.
#[must_use]
pub fn color() -> Option<OsString> {
    (!io::stderr().is_terminal()).then(|| "-no-color".into())
}

fn code(status: std::process::ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt as _;
    let code = status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    u8::try_from(code & 0xff).unwrap_or(u8::MAX)
}

/// Text of the tool, with nothing in it that a terminal obeys but line breaks.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines()
        .map(|line| crate::report::inert(line).to_string())
        .collect::<Vec<_>>()
        .join("\n")
}
