//! Which of the two tools a project is deployed with.
//!
//! Both write states and lock files that the other one reads, up to a point. So a tool that nobody
//! named is used only where nothing speaks for the other one; and where something does, that decides.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::DeployError;
use crate::diagnostic::listed;
use crate::doctor::{Tool, fits};
use crate::hcl::Dialect;
use crate::layout::{Layout, Setting};

/// Something that says which tool a project is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Whose.
    pub of: Dialect,
    /// What says so, as a fragment: `.terraform-version`.
    pub what: String,
    /// How much it counts.
    pub weight: Weight,
}

/// How much a sign counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It is the environment's own, and decides.
    Own,
    /// It decides where nothing else does: version files of both tools, the deploys of another
    /// environment.
    Hint,
}

impl Sign {
    /// One that decides.
    fn own(of: Dialect, what: impl Into<String>) -> Self {
        Self {
            of,
            what: what.into(),
            weight: Weight::Own,
        }
    }
}

/// Of what a tool is chosen.
pub struct Choice<'a> {
    /// `--tool`.
    pub named: Option<&'a Path>,
    /// The key `tool` of the environment.
    pub configured: Option<&'a Setting<Dialect>>,
    /// Where programs are.
    pub path: &'a OsStr,
    /// The root module: what chooses a version by directory is asked there.
    pub directory: &'a Path,
    /// What else says which tool it is, given those that are there.
    pub signs: &'a dyn Fn(&[Tool]) -> Vec<Sign>,
}

/// A tool that was chosen.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The tool.
    pub tool: Tool,
    /// The others that are there.
    pub others: Vec<Tool>,
    /// What somebody should know: what speaks for the other one.
    pub notes: Vec<String>,
}

/// The program of a tool.
#[must_use]
pub fn program(of: Dialect) -> &'static str {
    match of {
        Dialect::OpenTofu => "tofu",
        Dialect::Terraform => "terraform",
    }
}

/// Chooses: the tool that is named, or that of the key, or that of which the signs are; or else
/// `tofu`, or else `terraform` of the path.
///
/// # Errors
/// When there is none, it does not say its version, it is not the configured one, the signs are of a
/// tool that is not there, or they are of both.
pub fn choose(choice: &Choice<'_>) -> Result<Chosen, DeployError> {
    let mut chosen = match (choice.named, choice.configured) {
        (Some(named), _) => by_name(choice, named)?,
        (None, Some(configured)) => by_key(choice, configured)?,
        (None, None) => by_signs(choice)?,
    };
    if let Err(why) = &chosen.tool.version {
        return Err(DeployError::Tool(why.clone()));
    }
    if let (Some(_), Some(configured)) = (choice.named, choice.configured)
        && super::tool::dialect(&chosen.tool) != configured.value
    {
        return Err(DeployError::OtherTool {
            expected: format!("{} ({})", program(configured.value), configured.from),
            found: format!("{} (by --tool)", chosen.tool),
            help: format!("leave --tool out, or change `tool` at {}", configured.from),
        });
    }
    // It runs in another directory.
    chosen.tool.program =
        std::path::absolute(&chosen.tool.program).map_err(DeployError::system("find the tool"))?;
    Ok(chosen)
}

fn by_name(choice: &Choice<'_>, named: &Path) -> Result<Chosen, DeployError> {
    let program = if named.components().count() > 1 {
        named.to_owned()
    } else {
        on_path(choice.path, named)
            .ok_or_else(|| DeployError::Tool(format!("no {} is on the PATH", named.display())))?
    };
    let tool = Tool::at(&program, choice.directory).map_err(DeployError::Tool)?;
    let tools = [tool.clone()];
    let signs = (choice.signs)(&tools);
    let own = super::tool::dialect(&tool);
    let against: Vec<&str> = signs
        .iter()
        .filter(|sign| sign.of != own && sign.weight == Weight::Own)
        .map(|sign| sign.what.as_str())
        .collect();
    let mut notes = Vec::new();
    if !against.is_empty() && choice.configured.is_none() {
        notes.push(format!(
            "{tool} is used because --tool says so, and {} would be {}'s",
            against.join(", "),
            if own == Dialect::OpenTofu {
                "Terraform"
            } else {
                "OpenTofu"
            }
        ));
    }
    Ok(Chosen {
        tool,
        others: Vec::new(),
        notes,
    })
}

fn by_key(choice: &Choice<'_>, configured: &Setting<Dialect>) -> Result<Chosen, DeployError> {
    let name = program(configured.value);
    let Some(found) = on_path(choice.path, Path::new(name)) else {
        return Err(DeployError::OtherTool {
            expected: format!("{name} ({})", configured.from),
            found: format!("no {name} on the PATH"),
            help: format!("install {name}, or name it with `--tool PATH`"),
        });
    };
    let tool = Tool::at(&found, choice.directory).map_err(DeployError::Tool)?;
    Ok(Chosen {
        tool,
        others: Vec::new(),
        notes: Vec::new(),
    })
}

fn by_signs(choice: &Choice<'_>) -> Result<Chosen, DeployError> {
    let mut tools = Tool::all(choice.path, choice.directory);
    if tools.is_empty() {
        return Err(DeployError::NoTool);
    }
    let mut signs = (choice.signs)(&tools);
    if signs.iter().any(|sign| sign.weight == Weight::Own) {
        signs.retain(|sign| sign.weight == Weight::Own);
    }
    let of = |dialect: Dialect| -> Vec<&str> {
        let own = signs.iter().filter(|sign| sign.of == dialect);
        own.map(|sign| sign.what.as_str()).collect()
    };
    let (tofu, terraform) = (of(Dialect::OpenTofu), of(Dialect::Terraform));
    let hints = signs.iter().all(|sign| sign.weight == Weight::Hint);
    let wanted = match (tofu.as_slice(), terraform.as_slice()) {
        ([], []) => None,
        // Of two that would do, the one that is there.
        ([_, ..], [_, ..]) if hints && tools.len() == 1 => None,
        (tofu, []) => Some((Dialect::OpenTofu, tofu)),
        ([], terraform) => Some((Dialect::Terraform, terraform)),
        (tofu, terraform) => {
            return Err(DeployError::OtherTool {
                expected: "one tool".to_owned(),
                found: format!(
                    "signs of both: OpenTofu by {}, Terraform by {}",
                    tofu.join(", "),
                    terraform.join(", ")
                ),
                help: "say which one with `tool = \"tofu\"` or `tool = \"terraform\"` in the environment, or once with `--tool`".to_owned(),
            });
        }
    };
    let at = match wanted {
        None => 0,
        Some((dialect, why)) => {
            let at = tools
                .iter()
                .position(|tool| super::tool::dialect(tool) == dialect);
            at.ok_or_else(|| DeployError::OtherTool {
                expected: format!("{} ({})", program(dialect), why.join(", ")),
                found: listed(tools.iter().map(ToString::to_string)),
                help: format!(
                    "install {}; or, if the project is to move to the other tool, say so once with `--tool`, or for good with `tool` in the environment",
                    program(dialect)
                ),
            })?
        }
    };
    let tool = tools.remove(at);
    Ok(Chosen {
        tool,
        others: tools,
        notes: Vec::new(),
    })
}

fn on_path(path: &OsStr, program: &Path) -> Option<PathBuf> {
    std::env::split_paths(path)
        .map(|directory| directory.join(program))
        .find(|program| program.is_file())
}

/// Returns what the files of a project say: version files, the lock file of providers, the
/// configuration. `project` is where looking upwards ends.
#[must_use]
pub fn in_files(
    directory: &Path,
    project: &Path,
    required: &[String],
    tools: &[Tool],
) -> Vec<Sign> {
    let mut signs = Vec::new();
    signs.extend(version_file(directory, project));
    signs.extend(lock_file(directory));
    signs.extend(own_files(directory));
    signs.extend(required_version(required, tools));
    signs
}

/// What the nearest file says of which version of a tool is used. Where both have one there, either
/// would do.
fn version_file(directory: &Path, project: &Path) -> Vec<Sign> {
    let Ok(directory) = directory.canonicalize() else {
        return Vec::new();
    };
    let project = project.canonicalize().ok();
    for folder in directory.ancestors().take(64) {
        let mut found = versions_in(folder);
        let of: BTreeSet<&str> = found.iter().map(|sign| program(sign.of)).collect();
        match of.len() {
            0 => {}
            1 => {
                found.truncate(1);
                return found;
            }
            _ => {
                for sign in &mut found {
                    sign.weight = Weight::Hint;
                }
                return found;
            }
        }
        let is_project = project.as_deref() == Some(folder);
        if folder.join(".git").exists() || (is_project && !has_repository(folder)) {
            break;
        }
    }
    Vec::new()
}

/// Returns the nearest version file of a tool that names one version exactly, and that version.
#[must_use]
pub fn pinned_version(directory: &Path, of: Dialect) -> Option<(String, String)> {
    let directory = directory.canonicalize().ok()?;
    let (own, asdf) = match of {
        Dialect::OpenTofu => (".opentofu-version", "opentofu"),
        Dialect::Terraform => (".terraform-version", "terraform"),
    };
    for folder in directory.ancestors().take(64) {
        let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
        if let Some(text) = read(own) {
            let version = text.trim().trim_start_matches('v').to_owned();
            return is_exact(&version).then(|| (own.to_owned(), version));
        }
        let versions = read(".tool-versions").unwrap_or_default();
        let line = versions.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some(asdf)).then(|| words.next().unwrap_or_default().to_owned())
        });
        if let Some(version) = line {
            return is_exact(&version).then(|| (".tool-versions".to_owned(), version));
        }
        for (name, tools) in mise_tools(folder) {
            let tool = tools.into_iter().find(|(tool, _)| tool == asdf);
            let Some((_, value)) = tool else { continue };
            // One version, as text, in a table or as the first of a list.
            let version = match &value {
                toml::Value::Array(list) => list.first(),
                toml::Value::Table(table) => table.get("version"),
                other => Some(other),
            };
            let version = version.and_then(toml::Value::as_str).unwrap_or_default();
            return is_exact(version).then(|| (name.to_owned(), version.to_owned()));
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    None
}

/// Whether a text is one version, and no range or word for one.
fn is_exact(text: &str) -> bool {
    let numbers: Vec<&str> = text
        .split(['-', '+'])
        .next()
        .unwrap_or(text)
        .split('.')
        .collect();
    let is_number =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    numbers.len() == 3 && numbers.iter().all(is_number)
}

/// Whether a directory is in a repository.
fn has_repository(folder: &Path) -> bool {
    folder.ancestors().any(|above| above.join(".git").exists())
}

fn versions_in(folder: &Path) -> Vec<Sign> {
    let mut signs = Vec::new();
    for (name, of) in [
        (".opentofu-version", Dialect::OpenTofu),
        (".terraform-version", Dialect::Terraform),
    ] {
        if folder.join(name).is_file() {
            signs.push(Sign::own(of, name.to_owned()));
        }
    }
    let mut named = |name: &str, tool: &str| {
        let of = match tool {
            "opentofu" | "tofu" => Dialect::OpenTofu,
            "terraform" => Dialect::Terraform,
            _ => return,
        };
        signs.push(Sign::own(of, name.to_owned()));
    };
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    for line in read(".tool-versions").lines() {
        named(
            ".tool-versions",
            line.split_whitespace().next().unwrap_or_default(),
        );
    }
    for (file, tools) in mise_tools(folder) {
        for (tool, _) in tools {
            named(file, &tool);
        }
    }
    signs
}

/// The tools that files of mise name in a folder, in the order in which they count.
fn mise_tools(folder: &Path) -> Vec<(&'static str, toml::Table)> {
    let names = [
        "mise.local.toml",
        "mise.toml",
        ".mise.toml",
        ".config/mise.toml",
    ];
    let read = |name: &'static str| {
        let text = fs::read_to_string(folder.join(name)).ok()?;
        let table: toml::Table = toml::from_str(&text).ok()?;
        let toml::Value::Table(tools) = table.get("tools")?.clone() else {
            return None;
        };
        Some((name, tools))
    };
    names.into_iter().filter_map(read).collect()
}

/// From whose registry the providers are.
fn lock_file(directory: &Path) -> Option<Sign> {
    let text = fs::read_to_string(directory.join(".terraform.lock.hcl")).ok()?;
    let has = |host: &str| {
        text.lines().any(|line| {
            let provider = line.trim_start().strip_prefix("provider");
            provider.is_some_and(|rest| rest.trim_start().starts_with(&format!("\"{host}/")))
        })
    };
    let of = match (has("registry.opentofu.org"), has("registry.terraform.io")) {
        (true, false) => Dialect::OpenTofu,
        (false, true) => Dialect::Terraform,
        (true, true) | (false, false) => return None,
    };
    Some(Sign::own(of, ".terraform.lock.hcl".to_owned()))
}

/// Files that OpenTofu reads and Terraform does not, and that have no twin for Terraform.
fn own_files(directory: &Path) -> Option<Sign> {
    let name = without_twin(directory).into_iter().next()?;
    Some(Sign::own(Dialect::OpenTofu, name))
}

/// Returns the `.tofu` files of a directory beside which there is no `.tf` file of the same name,
/// sorted.
#[must_use]
pub fn without_twin(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let names: BTreeSet<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    let lacks = |name: &&String| {
        let twin = if let Some(stem) = name.strip_suffix(".tofu") {
            format!("{stem}.tf")
        } else if let Some(stem) = name.strip_suffix(".tofu.json") {
            format!("{stem}.tf.json")
        } else {
            return false;
        };
        !names.contains(&twin)
    };
    names.iter().filter(lacks).cloned().collect()
}

/// A constraint that one of two tools fits.
fn required_version(required: &[String], tools: &[Tool]) -> Option<Sign> {
    let fitting = |tool: &&Tool| {
        let version = tool.version.as_deref().unwrap_or_default();
        required
            .iter()
            .all(|constraint| fits(constraint, version) == Some(true))
    };
    let mut those = tools.iter().filter(fitting);
    match (tools.len(), those.next(), those.next()) {
        (2, Some(tool), None) => Some(Sign::own(
            super::tool::dialect(tool),
            format!("required_version {}", required.join(", ")),
        )),
        _ => None,
    }
}

/// Returns what a state says: from whose registry its providers are, or, where none is from one, that
/// a tool of just this version wrote it.
#[must_use]
pub fn in_state(state: &[u8], tools: &[Tool]) -> Option<Sign> {
    #[derive(serde::Deserialize)]
    struct State {
        terraform_version: Option<String>,
        encrypted_data: Option<serde::de::IgnoredAny>,
        #[serde(default)]
        resources: Vec<Resource>,
    }
    #[derive(serde::Deserialize)]
    struct Resource {
        #[serde(default)]
        provider: String,
    }
    let state: State = serde_json::from_slice(state).ok()?;
    let has = |host: &str| {
        let host = format!("\"{host}/");
        let mut providers = state.resources.iter().map(|each| &each.provider);
        providers.any(|provider| provider.contains(&host))
    };
    let what = || "the state".to_owned();
    if state.encrypted_data.is_some() {
        return Some(Sign::own(
            Dialect::OpenTofu,
            "the state, which is encrypted".to_owned(),
        ));
    }
    match (has("registry.opentofu.org"), has("registry.terraform.io")) {
        (true, false) => {
            return Some(Sign::own(Dialect::OpenTofu, what()));
        }
        (false, true) => {
            return Some(Sign::own(Dialect::Terraform, what()));
        }
        (true, true) => return None,
        (false, false) => {}
    }
    let version = state.terraform_version?;
    let mut those = tools
        .iter()
        .filter(|tool| tool.version.as_ref().ok() == Some(&version));
    match (tools.len(), those.next(), those.next()) {
        (2, Some(tool), None) => Some(Sign::own(
            super::tool::dialect(tool),
            format!("the state, written by version {version}"),
        )),
        _ => None,
    }
}

/// Returns whose rules most likely hold for the files of an environment, where no tool is run.
#[must_use]
pub fn likely(layout: &Layout, project: &Path) -> Dialect {
    let configured = layout.tool.as_ref().and_then(configured);
    configured.map_or_else(
        || {
            let signs = in_files(&layout.directory.value, project, &[], &[]);
            signs.first().map_or(Dialect::OpenTofu, |sign| sign.of)
        },
        |tool| tool.value,
    )
}

/// Reads a key `tool`.
#[must_use]
pub fn named(text: &str) -> Option<Dialect> {
    match text {
        "tofu" => Some(Dialect::OpenTofu),
        "terraform" => Some(Dialect::Terraform),
        _ => None,
    }
}

/// A setting of the key, as a dialect.
#[must_use]
pub fn configured(setting: &Setting<String>) -> Option<Setting<Dialect>> {
    Some(Setting {
        value: named(&setting.value)?,
        from: setting.from.clone(),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn tool(name: &'static str, version: &str) -> Tool {
        Tool {
            name,
            program: PathBuf::from(name),
            version: Ok(version.to_owned()),
        }
    }

    fn both() -> [Tool; 2] {
        [tool("OpenTofu", "1.12.6"), tool("Terraform", "1.11.4")]
    }

    fn found(files: &[(&str, &str)], required: &[&str]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path();
        fs::create_dir_all(project.join("infra/live")).unwrap();
        fs::create_dir(project.join(".git")).unwrap();
        for (name, text) in files {
            fs::write(project.join(name), text).unwrap();
        }
        let required: Vec<String> = required.iter().map(ToString::to_string).collect();
        let signs = in_files(&project.join("infra/live"), project, &required, &both());
        let one = |sign: &Sign| {
            let doubt = if sign.weight == Weight::Hint { "?" } else { "" };
            format!("{}{doubt} {}", program(sign.of), sign.what)
        };
        signs.iter().map(one).collect()
    }

    #[test]
    fn what_files_say() {
        const LOCK: &str = ".terraform.lock.hcl";
        for (files, required, expected) in [
            (&[][..], &[][..], &[][..]),
            (
                &[(".terraform-version", "1.11.4\n")],
                &[],
                &["terraform .terraform-version"],
            ),
            // The nearest one counts.
            (
                &[
                    (".terraform-version", "1"),
                    ("infra/live/.opentofu-version", "1"),
                ],
                &[],
                &["tofu .opentofu-version"],
            ),
            (
                &[(".terraform-version", "1"), (".opentofu-version", "1")],
                &[],
                &["tofu? .opentofu-version", "terraform? .terraform-version"],
            ),
            (
                &[(
                    "infra/.tool-versions",
                    "nodejs 20\nterraform 1.9.0\n# opentofu 1\n",
                )],
                &[],
                &["terraform .tool-versions"],
            ),
            (
                &[("mise.toml", "[tools]\nopentofu = \"1\"\n")],
                &[],
                &["tofu mise.toml"],
            ),
            (
                &[(
                    "infra/live/.terraform.lock.hcl",
                    "provider \"registry.terraform.io/hashicorp/aws\" {\n}\n",
                )],
                &[],
                &["terraform .terraform.lock.hcl"],
            ),
            (
                &[(
                    "infra/live/.terraform.lock.hcl",
                    "provider \"registry.terraform.io/a/b\" {\n}\nprovider \"registry.opentofu.org/a/c\" {\n}\n",
                )],
                &[],
                &[],
            ),
            (
                &[("infra/live/main.tofu", ""), ("infra/live/a.tf", "")],
                &[],
                &["tofu main.tofu"],
            ),
            (
                &[("infra/live/main.tofu", ""), ("infra/live/main.tf", "")],
                &[],
                &[],
            ),
            (&[], &[">= 1.12"], &["tofu required_version >= 1.12"]),
            (
                &[],
                &["~> 1.9, < 1.12"],
                &["terraform required_version ~> 1.9, < 1.12"],
            ),
            (&[], &[">= 1.6"], &[]),
            (&[], &["unreadable"], &[]),
        ] {
            assert_eq!(found(files, required), expected, "{files:?} {LOCK}");
        }
    }

    #[test]
    fn exact_versions() {
        let folder = tempfile::tempdir().unwrap();
        let pinned = |text: &str| {
            fs::write(folder.path().join(".terraform-version"), text).unwrap();
            pinned_version(folder.path(), Dialect::Terraform).map(|(_, version)| version)
        };
        for (text, expected) in [
            ("1.11.4\n", Some("1.11.4")),
            ("v1.11.4", Some("1.11.4")),
            ("1.12.0-rc1", Some("1.12.0-rc1")),
            ("latest:^1.9", None),
            ("1.9", None),
            ("min-required", None),
            ("", None),
        ] {
            assert_eq!(pinned(text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(pinned_version(folder.path(), Dialect::OpenTofu), None);
        for (text, expected) in [
            ("opentofu = \"1.10.6\"", Some("1.10.6")),
            ("opentofu = [\"1.10.6\", \"1.9\"]", Some("1.10.6")),
            ("opentofu = { version = \"1.10.6\" }", Some("1.10.6")),
            ("opentofu = \"latest\"", None),
            ("node = \"20.1.0\"", None),
        ] {
            fs::write(
                folder.path().join("mise.toml"),
                format!("[tools]\n{text}\n"),
            )
            .unwrap();
            let pinned = pinned_version(folder.path(), Dialect::OpenTofu);
            assert_eq!(
                pinned.map(|(_, version)| version).as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn what_a_state_says() {
        let of = |provider: &str, version: &str| {
            let state = format!(
                r#"{{"version":4,"terraform_version":"{version}","resources":[{{"provider":"provider[\"{provider}\"]"}}]}}"#
            );
            in_state(state.as_bytes(), &both()).map(|sign| program(sign.of))
        };
        for (provider, version, expected) in [
            ("registry.terraform.io/a/b", "1.12.6", Some("terraform")),
            ("registry.opentofu.org/a/b", "1.11.4", Some("tofu")),
            (
                "terraform.io/builtin/terraform",
                "1.11.4",
                Some("terraform"),
            ),
            ("terraform.io/builtin/terraform", "1.12.6", Some("tofu")),
            ("terraform.io/builtin/terraform", "1.9.0", None),
        ] {
            assert_eq!(of(provider, version), expected, "{provider} {version}");
        }
        assert_eq!(in_state(b"no state", &both()), None);
    }
}
