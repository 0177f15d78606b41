//! OpenTofu or Terraform: whether it is there, and new enough.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::version::{self, Version};
use super::{Check, Examined, Finding};
use crate::deploy::choice::{pinned_version, without_twin};
use crate::inject::wrapper::Wrapper;

/// A tool that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// `OpenTofu` or `Terraform`.
    pub name: &'static str,
    /// Its program.
    pub program: PathBuf,
    /// What it says that it is; or why it says nothing.
    pub version: Result<String, String>,
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Ok(version) => write!(f, "{} {version}", self.name),
            Err(why) => write!(f, "{}: {why}", self.name),
        }
    }
}

impl Tool {
    /// Whether it says that it is of this version or a later one.
    #[must_use]
    pub fn is_at_least(&self, major: u64, minor: u64) -> bool {
        let Ok(version) = &self.version else {
            return false;
        };
        let mut numbers = version.split('.').map(|number| number.parse().ok());
        let found: (Option<u64>, Option<u64>) =
            (numbers.next().flatten(), numbers.next().flatten());
        found >= (Some(major), Some(minor))
    }

    /// Finds the tools on the path, in the order in which they are used. They are asked in a root
    /// module: some programs choose a version by the directory.
    #[must_use]
    pub fn all(path: &std::ffi::OsStr, directory: &Path) -> Vec<Self> {
        let names = [("OpenTofu", "tofu"), ("Terraform", "terraform")];
        let find = |(name, program): (&'static str, &str)| {
            let program = std::env::split_paths(path)
                .map(|directory| directory.join(program))
                .find(|program| program.is_file())?;
            Some(Self {
                name,
                version: ask(&program, directory),
                program,
            })
        };
        names.into_iter().filter_map(find).collect()
    }

    /// A tool by its program, which says itself which one it is, in a root module.
    ///
    /// # Errors
    /// As a sentence, where it does not start or is neither.
    pub fn at(program: &Path, directory: &Path) -> Result<Self, String> {
        let output = Command::new(absolute(program))
            .args(["version", "-no-color"])
            .current_dir(directory)
            .env("CHECKPOINT_DISABLE", "1")
            .env_remove("TF_LOG_PATH")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{} does not start: {error}", program.display()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let name = ["OpenTofu", "Terraform"]
            .into_iter()
            .find(|name| {
                let first = format!("{name} v");
                text.lines().any(|line| line.starts_with(&first))
            })
            .ok_or_else(|| match said(&output.stderr) {
                Some(why) if !output.status.success() => {
                    format!("{} does not say what it is: {why}", program.display())
                }
                _ => format!("{} is neither OpenTofu nor Terraform", program.display()),
            })?;
        Ok(Self {
            name,
            version: ask(program, directory),
            program: program.to_owned(),
        })
    }
}

/// The program from wherever it is run.
fn absolute(program: &Path) -> PathBuf {
    std::path::absolute(program).unwrap_or_else(|_| program.to_owned())
}

/// Asks a program for its version, once for each directory: it does not change while this runs.
fn ask(program: &Path, directory: &Path) -> Result<String, String> {
    type Versions = BTreeMap<(PathBuf, PathBuf), Result<String, String>>;
    static KNOWN: Mutex<Versions> = Mutex::new(BTreeMap::new());
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let of = (program.to_owned(), directory.to_owned());
    if let Some(version) = known().get(&of) {
        return version.clone();
    }
    let version = ask_anew(program, directory);
    known().insert(of, version.clone());
    version
}

fn ask_anew(program: &Path, directory: &Path) -> Result<String, String> {
    let output = Command::new(absolute(program))
        .args(["version", "-json"])
        .current_dir(directory)
        // It would ask the network for a newer one.
        .env("CHECKPOINT_DISABLE", "1")
        .env_remove("TF_LOG_PATH")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{} does not start: {error}", program.display()))?;
    // What it has to say of its own settings comes before.
    let json = output.stdout.iter().position(|byte| *byte == b'{');
    let json = json.and_then(|at| output.stdout.get(at..));
    let document: Option<serde_json::Value> =
        json.and_then(|json| serde_json::from_slice(json).ok());
    let version = document
        .as_ref()
        .and_then(|document| document.get("terraform_version"))
        .and_then(serde_json::Value::as_str);
    version.map(ToOwned::to_owned).ok_or_else(|| {
        let what = format!("{} does not say its version", program.display());
        match said(&output.stderr) {
            Some(why) => format!("{what}: {why}"),
            None => what,
        }
    })
}

/// What the tool says of its own failure, on one line.
fn said(stderr: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim_matches(['│', '╷', '╵', ' ']))
        .filter(|line| !line.is_empty())
        .take(3)
        .collect();
    let line = crate::report::inert(&lines.join(" ")).into_owned();
    (!line.is_empty()).then_some(line)
}

pub(super) fn examine(examined: &Examined<'_>, tools: &[Tool]) -> Vec<Finding> {
    let check = Check::Binary;
    let Some(tool) = tools.first() else {
        return vec![Finding::problem(
            check,
            "neither tofu nor terraform is on the PATH",
            "install OpenTofu: https://opentofu.org/docs/intro/install/",
        )];
    };
    let version = match &tool.version {
        Ok(text) => Version::parse(text),
        Err(why) => {
            let fix = format!("run `{} version`", tool.program.display());
            return vec![Finding::problem(check, why, fix)];
        }
    };
    let Some(version) = version else {
        let fix = format!("run `{} version`", tool.program.display());
        return vec![Finding::warning(
            check,
            format!("{tool}: an unusual version"),
            fix,
        )];
    };
    let mut findings = vec![Finding::ok(check, tool.to_string())];
    for constraint in examined.root().required_versions() {
        findings.push(match version::fits(constraint, &version) {
            Some(true) => Finding::ok(check, format!("required_version {constraint}")),
            Some(false) => Finding::problem(
                check,
                format!("{tool} does not fit required_version {constraint}"),
                other(tools, constraint),
            ),
            None => Finding::warning(
                check,
                format!("required_version {constraint} cannot be read"),
                "run `tofu validate` there",
            ),
        });
    }
    findings.extend(features(examined, tool, &version));
    findings
}

/// A version file that names another version exactly.
fn pinned(examined: &Examined<'_>, tool: &Tool) -> Option<Finding> {
    let of = crate::deploy::tool::dialect(tool);
    let (file, wanted) = pinned_version(&examined.layout().directory.value, of)?;
    let found = tool.version.as_deref().ok()?;
    (wanted != found).then(|| {
        Finding::problem(
            Check::Binary,
            format!("{file} says {} {wanted}, and this is {found}", tool.name),
            format!("install {wanted}, or change {file}"),
        )
    })
}

/// A program in front of the tool through which no deploy goes well.
fn wrapper(tool: &Tool) -> Option<Finding> {
    if let Some(wrapper) = Wrapper::of_setup(&tool.program) {
        return Some(Finding::problem(
            Check::Binary,
            wrapper.what(),
            wrapper.fix(),
        ));
    }
    let wrapper = Wrapper::without_descriptors(&tool.program)?;
    Some(Finding::warning(
        Check::Binary,
        wrapper.what(),
        wrapper.fix(),
    ))
}

/// What to do where the first tool does not fit: perhaps the second one does.
fn other(tools: &[Tool], constraint: &str) -> String {
    let fitting = tools.iter().skip(1).find(|tool| {
        let version = tool
            .version
            .as_ref()
            .ok()
            .and_then(|text| Version::parse(text));
        version.is_some_and(|version| version::fits(constraint, &version) == Some(true))
    });
    match fitting {
        Some(tool) => {
            format!("install a version that fits, or take tofu off the PATH: {tool} fits")
        }
        None => format!("install a version that fits {constraint}"),
    }
}

fn features(examined: &Examined<'_>, tool: &Tool, version: &Version) -> Vec<Finding> {
    let check = Check::Binary;
    let ephemeral = examined
        .root()
        .variables()
        .iter()
        .find(|(_, each)| each.ephemeral);
    let mut findings = Vec::new();
    if let Some((name, variable)) = ephemeral {
        let minor = if tool.name == "OpenTofu" { 11 } else { 10 };
        if !version.is_at_least(1, minor) {
            findings.push(Finding::problem(
                check,
                format!(
                    "the ephemeral variable `{name}` ({}) is too new for {tool}",
                    variable.place
                ),
                format!("install {} 1.{minor} or newer", tool.name),
            ));
        }
    }
    let own = without_twin(&examined.layout().directory.value);
    if let (Some(name), "Terraform") = (own.first(), tool.name) {
        findings.push(Finding::problem(
            check,
            format!("{name} is a file that Terraform does not read, and there is no `.tf` file of its name"),
            "deploy with OpenTofu (`tool = \"tofu\"`, or `--tool tofu`), or add the file for Terraform",
        ));
    }
    findings.extend(wrapper(tool));
    findings.extend(pinned(examined, tool));
    findings
}
