//! What a plan depends on besides the cloud: recorded when it is made, held against what is so when it
//! is to be applied.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tollgate_model::error::UserError;

use super::inputs;
use crate::config::Config;
use crate::environment::Environment;
use crate::gate::{Gate, MAX_DOCUMENT_BYTES};
use crate::hcl::backend::Settings;
use crate::hcl::{Configuration, ConfigurationError, tfvars};
use crate::layout::Layout;
use crate::sandbox::digest;

/// The bytes that one file may have whose digest is taken.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// The file in which the tools keep the versions of providers.
const LOCK_FILE: &str = ".terraform.lock.hcl";

/// Why what a plan depends on cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// The configuration of the root module.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// A file.
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// More than is read.
    #[error("{} is larger than {} MiB", path.display(), MAX_FILE_BYTES >> 20)]
    TooLarge {
        /// Which one.
        path: PathBuf,
    },
    /// More files than are looked at.
    #[error("{} has more than {most} files", path.display())]
    TooMany {
        /// The directory.
        path: PathBuf,
        /// How many are looked at.
        most: usize,
    },
}

impl UserError for FactsError {}

/// What a plan depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Facts {
    /// The environment; never an alias.
    pub environment: String,
    /// The root module, from the directory of the configuration.
    pub directory: String,
    /// The workspace.
    pub workspace: String,
    /// Where the state is.
    pub backend: BackendIdentity,
    /// `tofu` or `terraform`.
    pub tool: String,
    /// Its version.
    pub tool_version: String,
    /// The version of Tollgate, whose built-in policies and prices are part of the gate.
    pub tollgate: String,
    /// The commit; none outside of a repository. Recorded and not compared.
    pub git: Option<Git>,
    /// The gate's own files and modules, and their digests.
    pub gate: BTreeMap<String, String>,
    /// The configuration files of the root module and its local modules, the lock file, and their digests.
    pub source: BTreeMap<String, String>,
    /// What an apply reads besides: files that git tracks in the directories of the modules, files that
    /// the configuration mentions, and the modules that were installed from elsewhere.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// The files of variables in the order in which they count, and their digests.
    pub variables: Vec<(String, String)>,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Git {
    /// Its full name.
    pub commit: String,
    /// The branch; none where none is checked out.
    pub branch: Option<String>,
    /// Whether the working tree is as the commit has it.
    pub clean: bool,
}

/// Where a state is: without what gets there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BackendIdentity {
    /// Such as `s3`.
    pub kind: String,
    /// By name; no credentials.
    pub settings: BTreeMap<String, String>,
}

impl BackendIdentity {
    /// Keeps of a backend's settings what says where the state is.
    #[must_use]
    pub fn new(backend: &Settings) -> Self {
        Self {
            kind: backend.kind().to_owned(),
            settings: backend.identity(),
        }
    }
}

impl std::fmt::Display for BackendIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.kind)?;
        for (nth, (name, value)) in self.settings.iter().enumerate() {
            write!(f, "{} {name} {value}", if nth == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

/// From what the facts are gathered.
pub struct FactSources<'a> {
    /// The configuration of the gate.
    pub config: &'a Config,
    /// The environment of the gate.
    pub environment: &'a Environment,
    /// The loaded policies.
    pub gate: &'a Gate<'a>,
    /// The baseline, if one is used.
    pub baseline: Option<&'a Path>,
    /// What the deploy uses.
    pub layout: &'a Layout,
    /// The root module.
    pub root: &'a Configuration,
    /// Where the state is.
    pub backend: BackendIdentity,
    /// `tofu` or `terraform`.
    pub tool: &'a str,
    /// Its version.
    pub tool_version: &'a str,
    /// The files that are named to the tool, in their order; those that it reads by itself come before.
    pub var_files: &'a [PathBuf],
    /// The files of the secrets, whose values are compared and not their bytes.
    pub secrets: &'a [PathBuf],
    /// The commit.
    pub git: Option<Git>,
}

/// Reads what a plan depends on.
///
/// # Errors
/// When a file of it cannot be read.
pub fn gather(from: &FactSources<'_>) -> Result<Facts, FactsError> {
    let project = from.config.directory();
    let directory = &from.layout.directory.value;
    let mut source = BTreeMap::new();
    let lock = directory.join(LOCK_FILE);
    let files = from.root.local_files()?;
    let lock = lock.is_file().then_some(lock);
    for path in files.iter().chain(&lock) {
        source.insert(relative(&project, path), digest_of(path)?);
    }
    let automatic = tfvars::automatic(directory)?;
    let mut variables = Vec::new();
    for path in automatic.iter().chain(from.var_files) {
        variables.push((relative(&project, path), digest_of(path)?));
    }
    let otherwise: Vec<PathBuf> = automatic
        .iter()
        .chain(from.var_files)
        .chain(from.secrets)
        .chain(from.baseline.map(Path::to_path_buf).as_ref())
        .cloned()
        .collect();
    let inputs = inputs::gather(&inputs::InputSources {
        project: &project,
        root: from.root,
        directory,
        otherwise: &otherwise,
    })?;
    Ok(Facts {
        environment: from.environment.name.clone(),
        directory: relative(&project, directory),
        workspace: from.layout.workspace.value.clone(),
        backend: from.backend.clone(),
        tool: from.tool.to_owned(),
        tool_version: from.tool_version.to_owned(),
        tollgate: env!("CARGO_PKG_VERSION").to_owned(),
        git: from.git.clone(),
        gate: gate(from)?,
        source,
        inputs,
        variables,
    })
}

/// Everything that the gate reads: what decides.
fn gate(from: &FactSources<'_>) -> Result<BTreeMap<String, String>, FactsError> {
    let mut gate = BTreeMap::new();
    if let Some(configuration) = &from.environment.configuration {
        let name = Path::new(&configuration.path).file_name().map_or_else(
            || configuration.path.clone(),
            |name| name.to_string_lossy().into_owned(),
        );
        gate.insert(name, configuration.digest.clone());
    }
    if let Some(baseline) = from.baseline {
        gate.insert("the baseline".to_owned(), digest_of(baseline)?);
    }
    for policy in from.gate.policies() {
        let name = &policy.configured.name;
        let found = policy
            .digest
            .clone()
            .unwrap_or_else(|| "unreadable".to_owned());
        gate.insert(format!("the policy {name}"), found);
        for (document, path) in &policy.configured.documents {
            let bytes = from
                .config
                .read(path, MAX_DOCUMENT_BYTES)
                .map_err(|cause| FactsError::Unreadable {
                    path: path.clone(),
                    cause,
                })?;
            gate.insert(format!("{document} of the policy {name}"), digest(&bytes));
        }
    }
    Ok(gate)
}

/// The digest of a file.
fn digest_of(path: &Path) -> Result<String, FactsError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|cause| FactsError::Unreadable {
            path: path.to_owned(),
            cause,
        })?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(FactsError::TooLarge {
            path: path.to_owned(),
        });
    }
    let found = digest(&bytes);
    // A file of variables can hold a secret that somebody should not have put there.
    zeroize::Zeroize::zeroize(&mut bytes);
    Ok(found)
}

/// How a path is called from a directory: alike on every machine that has the project.
pub(super) fn relative(from: &Path, path: &Path) -> String {
    let path = super::target::relative(from, path);
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_called_alike_everywhere() {
        for (from, path, expected) in [
            ("/a/b", "/a/b", "."),
            ("/a/b", "/a/b/c.tf", "c.tf"),
            ("/a/b", "/a/b/./d/../c.tf", "c.tf"),
            ("/a/b", "/a/c/d.tf", "../c/d.tf"),
            (".", "infra/main.tf", "infra/main.tf"),
            (".", "./infra", "infra"),
        ] {
            assert_eq!(
                relative(Path::new(from), Path::new(path)),
                expected,
                "{path}"
            );
        }
    }

    #[test]
    fn a_backend_is_where_the_state_is_and_no_credential() {
        let settings = |kind: &str, pairs: &[(&str, &str)]| {
            let pair =
                |(name, value): &(&str, &str)| ((*name).to_owned(), Some((*value).to_owned()));
            Settings::new(kind, pairs.iter().map(pair), true)
        };
        for (kind, given, expected) in [
            (
                "s3",
                &[
                    ("bucket", "states"),
                    ("key", "media"),
                    ("secret_key", "hunter2"),
                    ("use_lockfile", "true"),
                ][..],
                "s3: bucket states, key media",
            ),
            ("local", &[], "local"),
            (
                "http",
                &[(
                    "address",
                    "https://ann:hunter2@states.example/a?token=hunter2",
                )],
                "http: address https://states.example/a",
            ),
            (
                "pg",
                &[
                    ("conn_str", "postgres://ann:hunter2@db/x"),
                    ("schema_name", "a"),
                ],
                "pg: conn_str postgres://db/x, schema_name a",
            ),
        ] {
            let shown = BackendIdentity::new(&settings(kind, given)).to_string();
            assert_eq!(shown, expected);
        }
    }
}
