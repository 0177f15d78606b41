//! The keys of `[environments.NAME]` that say what a deploy uses, and where it may run.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;

use super::read::{At, Fields, Mistake, Mistakes, Node, boolean, items, json, text};
use super::{Config, ConfigError, environment::EnvironmentTable};
use crate::diagnostic::{Location, quoted};
use crate::environment::{protected_by_name, usual_names};
use crate::hcl::backend::is_credential;

/// The keys, as they are written. What they leave out, conventions say ([`crate::layout`]).
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub(super) struct DeployKeys {
    /// The root module. Default: by convention.
    pub(super) directory: Option<At<PathBuf>>,
    /// The workspace. Default: by convention.
    pub(super) workspace: Option<At<String>>,
    /// What `init` gets as `-backend-config`: files, or `NAME=VALUE`. Default: by convention.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) backend_config: Option<Vec<At<BackendSetting>>>,
    /// What `plan` gets as `-var-file`, in this order. Default: by convention.
    pub(super) var_files: Option<Vec<At<PathBuf>>>,
    /// The branches that may be deployed here: patterns in which `*` stands for any run of
    /// characters. Default: every one.
    pub(super) branches: Option<Vec<At<String>>>,
    /// The tags that may be deployed here besides: patterns as for branches. Where `branches` is
    /// set too, only on a commit in the history of one of them. Default: none, and where nothing is
    /// set every commit.
    pub(super) tags: Option<Vec<At<String>>>,
    /// Whether a deploy is refused while the working tree has something that is not committed.
    /// Default: no.
    pub(super) clean_tree: Option<At<bool>>,
    /// How many things a plan and an apply do at once, from 1 on. Default: the tool's, which is 10.
    #[schemars(range(min = 1, max = 1000))]
    pub(super) parallelism: Option<At<u32>>,
    /// How long the lock of the state is waited for, as the tool writes it: `5m`. Default: not at all.
    #[schemars(regex(pattern = "^[0-9]+(ms|s|m|h)$"))]
    pub(super) lock_timeout: Option<At<String>>,
    /// The tool: `tofu` or `terraform`. Default: what the files of the project, its state and its
    /// earlier deploys say, or else the first that is there.
    #[schemars(regex(pattern = "^(tofu|terraform)$"))]
    pub(super) tool: Option<At<String>>,
    /// The AWS account that this is in: 12 digits, as a string. Default: any.
    #[schemars(regex(pattern = "^[0-9]{12}$"))]
    pub(super) aws_account: Option<At<String>>,
}

/// One `-backend-config`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BackendSetting {
    /// A file.
    File(PathBuf),
    /// A setting.
    Value {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
}

impl fmt::Display for BackendSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Value { name, value } => write!(f, "{name}={value}"),
        }
    }
}

/// A value of the configuration, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    /// The value.
    pub value: T,
    /// In the configuration file.
    pub location: Location,
}

/// What the configuration says of an environment's deploy; nothing is looked up. Paths are
/// as [`Config::resolve`] returns them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploySettings {
    /// The name of the environment; never an alias.
    pub environment: String,
    /// Its other names: those that are configured, then the usual ones that mean no other
    /// environment.
    pub aliases: Vec<String>,
    /// Whether it is protected.
    pub protected: bool,
    /// The root module.
    pub directory: Option<Written<PathBuf>>,
    /// The workspace.
    pub workspace: Option<Written<String>>,
    /// For `init`.
    pub backend_config: Option<Vec<Written<BackendSetting>>>,
    /// For `plan`, in their order.
    pub var_files: Option<Vec<Written<PathBuf>>>,
    /// Patterns; none where every branch may be deployed.
    pub branches: Option<Vec<Written<String>>>,
    /// Patterns.
    pub tags: Option<Vec<Written<String>>>,
    /// Whether everything has to be committed.
    pub clean_tree: Option<Written<bool>>,
    /// From 1 on.
    pub parallelism: Option<Written<u32>>,
    /// Such as `5m`.
    pub lock_timeout: Option<Written<String>>,
    /// `tofu` or `terraform`.
    pub tool: Option<Written<String>>,
    /// 12 digits.
    pub aws_account: Option<Written<String>>,
}

impl DeploySettings {
    /// Those of an environment of which nothing is written.
    #[must_use]
    pub fn unwritten(environment: &str) -> Self {
        Self {
            environment: environment.to_owned(),
            aliases: Vec::new(),
            protected: protected_by_name(environment),
            directory: None,
            workspace: None,
            backend_config: None,
            var_files: None,
            branches: None,
            tags: None,
            clean_tree: None,
            parallelism: None,
            lock_timeout: None,
            tool: None,
            aws_account: None,
        }
    }

    /// Whether this is one of the environment's names.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.environment == name || self.aliases.iter().any(|alias| alias == name)
    }
}

impl DeployKeys {
    pub(super) fn read(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes) -> Self {
        Self {
            directory: fields.take("directory", mistakes, path),
            workspace: fields.take("workspace", mistakes, workspace),
            backend_config: fields
                .take("backend-config", mistakes, |node, mistakes| {
                    list(node, mistakes, backend_setting)
                })
                .map(|list| list.value),
            var_files: fields
                .take("var-files", mistakes, |node, mistakes| {
                    let files = list(node, mistakes, path)?;
                    refuse_twice(&files, mistakes);
                    Some(files)
                })
                .map(|list| list.value),
            branches: fields
                .take("branches", mistakes, |node, mistakes| {
                    patterns(node, "branch", mistakes)
                })
                .map(|list| list.value),
            tags: fields
                .take("tags", mistakes, |node, mistakes| {
                    patterns(node, "tag", mistakes)
                })
                .map(|list| list.value),
            clean_tree: fields.take("clean-tree", mistakes, boolean),
            parallelism: fields.take("parallelism", mistakes, parallelism),
            lock_timeout: fields.take("lock-timeout", mistakes, duration),
            tool: fields.take("tool", mistakes, tool),
            aws_account: fields.take("aws-account", mistakes, account),
        }
    }
}

fn list<T>(
    node: &Node<'_>,
    mistakes: &mut Mistakes,
    read: impl Fn(&Node<'_>, &mut Mistakes) -> Option<T>,
) -> Option<Vec<At<T>>> {
    let items = items(node, mistakes)?.into_iter().filter_map(|item| {
        Some(At {
            value: read(item, mistakes)?,
            span: item.span(),
        })
    });
    Some(items.collect())
}

/// Patterns of the names of branches or tags.
fn patterns(node: &Node<'_>, what: &str, mistakes: &mut Mistakes) -> Option<Vec<At<String>>> {
    let patterns = list(node, mistakes, text)?;
    if patterns.is_empty() {
        mistakes.push(
            Mistake::new(
                &node.span(),
                "an empty list",
                format!("no {what} is named here"),
            )
            .help(format!("leave the key out, or name a {what}")),
        );
        return None;
    }
    Some(patterns)
}

/// A path in the repository, so that the same configuration means the same everywhere.
fn path(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<PathBuf> {
    let text = text(node, mistakes)?;
    let path = PathBuf::from(&text);
    if path.is_absolute() || text.starts_with('~') {
        let title = format!("{} is not relative", quoted(&text));
        mistakes.push(
            Mistake::new(&node.span(), title, "")
                .help("write the path from the directory of tollgate.toml on"),
        );
        return None;
    }
    if text.chars().any(char::is_control) {
        let title = format!("{} cannot be a path", quoted(&text));
        mistakes.push(Mistake::new(
            &node.span(),
            title,
            "it has a control character",
        ));
        return None;
    }
    Some(path)
}

/// What the tools take as the name of a workspace.
fn workspace(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let text = text(node, mistakes)?;
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    if text.len() > 90 || !text.chars().all(fine) || text == "." || text == ".." {
        let title = format!("{} cannot be the name of a workspace", quoted(&text));
        mistakes.push(
            Mistake::new(&node.span(), title, "")
                .help("it has only letters, digits, `-`, `_`, `.` and `~`, at most 90"),
        );
        return None;
    }
    Some(text)
}

fn backend_setting(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<BackendSetting> {
    let text = text(node, mistakes)?;
    let Some((name, value)) = text.split_once('=') else {
        return path(node, mistakes).map(BackendSetting::File);
    };
    let name = name.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || !name.chars().all(is_name) {
        let title = format!("{} is no setting of a backend", quoted(name));
        mistakes.push(
            Mistake::new(&node.span(), title, "")
                .help("write `NAME=VALUE`, or the path of a file without `=` in it"),
        );
        return None;
    }
    if is_credential(None, name, Some(value)) {
        let title = format!("the credential {} in a configuration", quoted(name));
        mistakes.push(
            Mistake::new(
                &node.span(),
                title,
                "everybody who reads the file could use it",
            )
            .help("take it out, and hand it to the backend through its environment variables"),
        );
        return None;
    }
    Some(BackendSetting::Value {
        name: name.to_owned(),
        value: value.trim().to_owned(),
    })
}

fn parallelism(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<u32> {
    let number = match json(node, mistakes)? {
        serde_json::Value::Number(number) => number.as_u64(),
        _ => None,
    };
    let fine = number
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| (1..=1000).contains(number));
    if fine.is_none() {
        mistakes.push(
            Mistake::new(&node.span(), "no number of things to do at once", "")
                .help("write a number from 1 to 1000, without quotes"),
        );
    }
    fine
}

fn duration(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let text = text(node, mistakes)?;
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    if !number.is_empty() && number.len() <= 6 && matches!(unit, "ms" | "s" | "m" | "h") {
        return Some(text);
    }
    let title = format!("{} is no duration", quoted(&text));
    mistakes.push(
        Mistake::new(&node.span(), title, "").help("write a number with `s`, `m` or `h`: `5m`"),
    );
    None
}

fn tool(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let text = text(node, mistakes)?;
    if matches!(text.as_str(), "tofu" | "terraform") {
        return Some(text);
    }
    let title = format!("{} is no tool that deploys", quoted(&text));
    mistakes.push(
        Mistake::new(&node.span(), title, "expected `tofu` or `terraform`")
            .help("write one of the two; `--tool` names another program of the same kind"),
    );
    None
}

fn account(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let text = text(node, mistakes)?;
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text);
    }
    let title = format!("{} is no AWS account", quoted(&text));
    mistakes.push(
        Mistake::new(&node.span(), title, "an account has 12 digits")
            .help("`aws sts get-caller-identity --query Account` prints yours"),
    );
    None
}

fn refuse_twice(files: &[At<PathBuf>], mistakes: &mut Mistakes) {
    for (nth, file) in files.iter().enumerate() {
        let before = files.iter().take(nth);
        if let Some(first) = before.into_iter().find(|first| first.value == file.value) {
            let title = format!("{} is given twice", quoted(&file.value.to_string_lossy()));
            mistakes.push(Mistake::new(&file.span, title, "").related(&first.span, "first here"));
        }
    }
}

impl Config {
    /// Returns what the configuration says of an environment's deploy, by the environment's name
    /// or alias.
    ///
    /// Without a name it is the only one that is configured, or `production` where none is.
    ///
    /// # Errors
    /// When the name is unknown or needed.
    pub fn deploy(&self, name: Option<&str>) -> Result<DeploySettings, ConfigError> {
        let name = self.environment_name(name)?;
        let table = self.file.environments.get(&name);
        let keys = table.map(|table| &table.deploy);
        let path = |at: &At<PathBuf>| self.written(&at.span, self.resolve(&at.value));
        let texts = |list: Option<&Vec<At<String>>>| -> Option<Vec<Written<String>>> {
            let text = |at: &At<String>| self.written(&at.span, at.value.clone());
            Some(list?.iter().map(text).collect())
        };
        Ok(DeploySettings {
            aliases: self.names_for(&name),
            protected: table
                .and_then(|table| table.protected.as_ref())
                .map_or_else(|| protected_by_name(&name), |key| key.value),
            directory: keys.and_then(|keys| keys.directory.as_ref()).map(path),
            workspace: keys
                .and_then(|keys| keys.workspace.as_ref())
                .map(|at| self.written(&at.span, at.value.clone())),
            backend_config: keys
                .and_then(|keys| keys.backend_config.as_ref())
                .map(|list| {
                    let setting = |at: &At<BackendSetting>| {
                        let value = match &at.value {
                            BackendSetting::File(path) => BackendSetting::File(self.resolve(path)),
                            value @ BackendSetting::Value { .. } => value.clone(),
                        };
                        self.written(&at.span, value)
                    };
                    list.iter().map(setting).collect()
                }),
            var_files: keys
                .and_then(|keys| keys.var_files.as_ref())
                .map(|list| list.iter().map(path).collect()),
            branches: texts(keys.and_then(|keys| keys.branches.as_ref())),
            tags: texts(keys.and_then(|keys| keys.tags.as_ref())),
            clean_tree: keys
                .and_then(|keys| keys.clean_tree.as_ref())
                .map(|at| self.written(&at.span, at.value)),
            parallelism: keys
                .and_then(|keys| keys.parallelism.as_ref())
                .map(|at| self.written(&at.span, at.value)),
            lock_timeout: keys
                .and_then(|keys| keys.lock_timeout.as_ref())
                .map(|at| self.written(&at.span, at.value.clone())),
            tool: keys
                .and_then(|keys| keys.tool.as_ref())
                .map(|at| self.written(&at.span, at.value.clone())),
            aws_account: keys
                .and_then(|keys| keys.aws_account.as_ref())
                .map(|at| self.written(&at.span, at.value.clone())),
            environment: name,
        })
    }

    /// Returns the directory that paths in the configuration start from; `.` where conventions
    /// stand in for one.
    #[must_use]
    pub fn directory(&self) -> PathBuf {
        let directory = self.resolve(Path::new("."));
        let plain: PathBuf = directory
            .components()
            .filter(|part| !matches!(part, std::path::Component::CurDir))
            .collect();
        if plain.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            plain
        }
    }

    fn written<T>(&self, span: &Range<usize>, value: T) -> Written<T> {
        let location = self.source.as_ref().map_or(
            Location {
                line: 1,
                column: 1,
                span: 0..0,
            },
            |source| source.file.locate(span),
        );
        Written { value, location }
    }

    /// The other names of an environment, the usual ones included, unless one of them is
    /// another environment's.
    pub(super) fn names_for(&self, name: &str) -> Vec<String> {
        let written = |table: &EnvironmentTable| -> Vec<String> {
            let aliases = table.aliases.iter();
            aliases.map(|alias| alias.value.clone()).collect()
        };
        let mut taken: Vec<String> = self.file.environments.keys().cloned().collect();
        taken.extend(self.file.environments.values().flat_map(written));
        let own = self.file.environments.get(name);
        let mut names = own.map(written).unwrap_or_default();
        let usual = usual_names(name)
            .iter()
            .filter(|usual| **usual != name && !taken.iter().any(|taken| taken == *usual));
        names.extend(usual.map(|usual| (*usual).to_owned()));
        names
    }
}
