//! `tollgate.toml`: read, checked, and made into the environment that a run is for.
//!
//! The file is read in two steps. Each element of it (one file per element below) reads
//! its own keys and remembers where they are; then the parts are held against each other.
//! All mistakes are reported at once, in the order of their positions. What leaves this
//! module is an [`Environment`], with every default applied and nothing left to check but
//! what only a policy's module knows: its settings ([`Config::locate_setting`]) and its
//! rules ([`Config::check_rules`]).
//!
//! Without a file, conventions stand in for it: the built-in policies as they are, every
//! name an environment, protected unless its name says otherwise
//! ([`crate::environment::protected_by_name`]).

mod deploy;
mod environment;
mod error;
mod file;
mod limits;
mod policy;
mod project;
mod promotion;
pub(crate) mod read;
mod secrets;
mod source;
mod waiver;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;
use tollgate_model::digest::sha256;
use tollgate_model::library::{LibraryPolicy, Preset};
use toml::de::{DeTable, DeValue};

use self::file::{BUILT_IN, File, Named};
use self::read::Mistake;
use crate::diagnostic::{Diagnostic, Location, Place, SourceFile, quoted};
use crate::environment::{
    ConfiguredPolicy, Environment, Response, SecretsSettings, Source, protected_by_name,
};
use crate::judge::RuleEnforcement;
use crate::origin::{Origin, stranger};
use crate::report::{Enforcement, Input};
use crate::sandbox::limits::Limits;
use crate::waiver::{AddressPattern, Waiver};

pub use tollgate_model::names::is_name;

pub use self::deploy::{BackendSetting, DeploySettings, Written};
pub use self::error::{ConfigError, Environments};
pub use self::promotion::{Promotion, Verification};

/// The name of the configuration file.
pub const FILE_NAME: &str = "tollgate.toml";

/// The largest configuration that is read, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// The environment of a run that names none, where none is configured.
const DEFAULT_ENVIRONMENT: &str = "production";

/// A configuration without mistakes, or the conventions that stand in for one.
#[derive(Clone, Debug)]
pub struct Config {
    source: Option<Loaded>,
    file: File,
    builtins: BTreeMap<String, LibraryPolicy>,
    use_cache: bool,
    /// Where files are read from, and the directory that paths start at, where there is no file.
    unwritten: (Origin, PathBuf),
}

/// The file that a configuration was read from.
#[derive(Clone, Debug)]
struct Loaded {
    file: Arc<SourceFile>,
    digest: String,
    /// Where it is, in the place that it was read from; `file` has what it is called.
    path: PathBuf,
    origin: Origin,
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// When it cannot be read, or has mistakes: all of them.
    pub fn load(path: &Path, builtins: &[LibraryPolicy]) -> Result<Self, ConfigError> {
        Self::load_from(Origin::Files, path, builtins)
    }

    /// Reads and checks a configuration file that was found and that nobody named.
    ///
    /// # Errors
    /// As [`Config::load`], and when it belongs to another user.
    pub fn load_found(path: &Path, builtins: &[LibraryPolicy]) -> Result<Self, ConfigError> {
        if let Some(owner) = stranger(path) {
            return Err(ConfigError::Stranger {
                path: path.display().to_string(),
                owner,
            });
        }
        Self::load(path, builtins)
    }

    /// Reads and checks a configuration file of another origin, from which everything that
    /// it names is then read too.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_from(
        origin: Origin,
        path: &Path,
        builtins: &[LibraryPolicy],
    ) -> Result<Self, ConfigError> {
        let name = origin.name(path);
        let bytes = origin
            .read(path, MAX_SIZE)
            .map_err(|cause| ConfigError::Read {
                path: name.clone(),
                cause,
            })?;
        let mut config = Self::parse(&name, bytes, builtins)?;
        if let Some(loaded) = &mut config.source {
            loaded.path = path.to_path_buf();
            loaded.origin = origin;
        }
        Ok(config)
    }

    /// Checks the bytes of a configuration file; `path` is what it is called in messages.
    ///
    /// # Errors
    /// When it is not text, or has mistakes: all of them.
    pub fn parse(
        path: &str,
        bytes: Vec<u8>,
        builtins: &[LibraryPolicy],
    ) -> Result<Self, ConfigError> {
        if bytes.len() as u64 > MAX_SIZE {
            return Err(ConfigError::TooLarge {
                path: path.to_owned(),
                limit: MAX_SIZE,
            });
        }
        let digest = sha256(&bytes);
        let text = String::from_utf8(bytes).map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            let before = error.as_bytes().get(..offset).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            ConfigError::NotText {
                path: path.to_owned(),
                offset,
                line,
            }
        })?;
        let source = Arc::new(SourceFile {
            path: path.to_owned(),
            text,
        });
        let builtins = by_name(builtins);
        let mut mistakes = Vec::new();
        let file = {
            let (document, errors) = DeTable::parse_recoverable(&source.text);
            if errors.is_empty() {
                let file = File::read(&document, &mut mistakes);
                let names: Vec<String> = builtins.keys().cloned().collect();
                file.check(&names, &Named::of(&document), &mut mistakes);
                file
            } else {
                // What the parser made up to go on would only add mistakes that nobody made.
                mistakes.extend(errors.iter().map(|error| syntax(&source.text, error)));
                File::default()
            }
        };
        let source = Loaded {
            file: source,
            digest,
            path: PathBuf::from(path),
            origin: Origin::Files,
        };
        source.refuse(mistakes)?;
        Ok(Self {
            source: Some(source),
            file,
            builtins,
            use_cache: true,
            unwritten: (Origin::Files, PathBuf::new()),
        })
    }

    /// Looks for `tollgate.toml` in a directory and above it, as far as the directory that
    /// holds `.git`.
    ///
    /// The path begins with `start`, so that it is the same on every machine.
    #[must_use]
    pub fn find(start: &Path) -> Option<PathBuf> {
        let start = if start.as_os_str().is_empty() {
            Path::new(".")
        } else {
            start
        };
        let mut prefix = if start == Path::new(".") {
            PathBuf::new()
        } else {
            start.to_path_buf()
        };
        for directory in start.canonicalize().ok()?.ancestors() {
            let candidate = directory.join(FILE_NAME);
            // Anything by that name counts, readable or not: to pass it by would be to judge
            // by another configuration than the one that is meant.
            if candidate.symlink_metadata().is_ok() {
                return Some(prefix.join(FILE_NAME));
            }
            if directory.join(".git").symlink_metadata().is_ok() {
                return None;
            }
            prefix.push("..");
        }
        None
    }

    /// Returns the conventions that hold without a file.
    #[must_use]
    pub fn conventional(builtins: &[LibraryPolicy]) -> Self {
        Self {
            source: None,
            file: File::default(),
            builtins: by_name(builtins),
            use_cache: true,
            unwritten: (Origin::Files, PathBuf::new()),
        }
    }

    /// Whether there is no file, so that conventions are all there is.
    #[must_use]
    pub fn is_conventional(&self) -> bool {
        self.source.is_none()
    }

    /// The conventions of a commit, which are those of its files and not of the file system's;
    /// paths start at a directory, relative to the root of its repository.
    #[must_use]
    pub fn of_commit(mut self, commit: Origin, directory: &Path) -> Self {
        self.unwritten = (commit, directory.to_path_buf());
        self
    }

    /// Keeps no compiled modules, and uses none that were kept.
    #[must_use]
    pub fn without_cache(mut self) -> Self {
        self.use_cache = false;
        self
    }

    /// Whether compiled modules may be kept between runs.
    #[must_use]
    pub fn use_cache(&self) -> bool {
        self.use_cache
    }

    /// Returns what a policy may use: its own table's, then `[limits]`, then the defaults.
    #[must_use]
    pub fn limits(&self, policy: &str) -> Limits {
        let own = self
            .file
            .policies
            .tables
            .get(policy)
            .map(|table| &table.limits);
        [Some(&self.file.limits), own]
            .into_iter()
            .flatten()
            .fold(Limits::default(), |limits, table| table.over(limits))
    }

    /// Returns the name of the project.
    #[must_use]
    pub fn project(&self) -> Option<&str> {
        self.file
            .project
            .name
            .as_ref()
            .map(|name| name.value.as_str())
    }

    /// Returns the names of the configured environments; empty where every name is one.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        self.file.environments.keys().map(String::as_str)
    }

    /// Returns the path of a file that the configuration names: relative to the configuration.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        match &self.source {
            Some(source) => source
                .path
                .parent()
                .map_or_else(|| path.to_path_buf(), |directory| directory.join(path)),
            None => self.unwritten.1.join(path),
        }
    }

    /// Returns what a file that the configuration names is called in messages.
    #[must_use]
    pub fn name_of(&self, path: &Path) -> String {
        self.origin().name(&self.resolve(path))
    }

    /// Reads a file that the configuration names, from where the configuration came from,
    /// but not more than one byte over `limit`.
    ///
    /// # Errors
    /// When there is no such file, or it cannot be read.
    pub fn read(&self, path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
        self.origin().read(&self.resolve(path), limit)
    }

    /// Returns those of some files (relative to the configuration) that are there.
    #[must_use]
    pub fn present(&self, files: &[PathBuf]) -> Vec<PathBuf> {
        let resolved: Vec<PathBuf> = files.iter().map(|file| self.resolve(file)).collect();
        let present = self.origin().present(&resolved);
        files
            .iter()
            .zip(present)
            .filter(|(_, present)| *present)
            .map(|(file, _)| file.clone())
            .collect()
    }

    /// Returns where it and everything that it names are read from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.source
            .as_ref()
            .map_or(&self.unwritten.0, |source| &source.origin)
    }

    /// Returns where every file is that the configuration names; sorted.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let own = self
            .file
            .policies
            .tables
            .values()
            .map(|table| &table.tuning);
        let overrides = self
            .file
            .environments
            .values()
            .flat_map(|environment| environment.policies.values())
            .map(|table| &table.tuning);
        let documents = own
            .chain(overrides)
            .flat_map(|tuning| tuning.documents.values())
            .map(|path| path.value.clone());
        let modules =
            self.file
                .policies
                .tables
                .keys()
                .filter_map(|name| match self.source_of(name) {
                    Source::Path(path) => Some(path),
                    Source::BuiltIn => None,
                });
        let mut files: Vec<PathBuf> = documents
            .chain(modules)
            .map(|path| self.resolve(&path))
            .collect();
        files.sort();
        files.dedup();
        files
    }

    /// Returns the text of the file; none where conventions stand in for one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.source.as_ref().map(|source| source.file.text.as_str())
    }

    /// Returns the aliases of a configured environment.
    pub fn aliases(&self, environment: &str) -> impl Iterator<Item = &str> {
        self.file
            .environments
            .get(environment)
            .into_iter()
            .flat_map(|table| &table.aliases)
            .map(|alias| alias.value.as_str())
    }

    /// Returns who may own a waiver, as patterns; none where anybody may.
    pub fn waiver_owners(&self) -> impl Iterator<Item = &str> {
        let owners = self.file.project.waiver_owners.iter().flatten();
        owners.map(|owner| owner.value.as_str())
    }

    /// Returns whose word lets a change of the gate pass: patterns in which `*` stands for
    /// any run of characters.
    pub fn gate_approvers(&self) -> impl Iterator<Item = &str> {
        let approvers = self.file.project.gate_approvers.iter().flatten();
        approvers.map(|approver| approver.value.as_str())
    }

    /// Returns what the project was called before, or where its root module was.
    pub fn former_names(&self) -> impl Iterator<Item = &str> {
        let names = self.file.project.former_names.iter().flatten();
        names.map(|name| name.value.as_str())
    }

    /// Returns an environment by its name or alias.
    ///
    /// Without a name it is the only one that is configured, or `production` where none is.
    ///
    /// # Errors
    /// When the name is unknown or needed, or no policy is enabled for the environment.
    pub fn environment(&self, name: Option<&str>) -> Result<Environment, ConfigError> {
        let name = self.environment_name(name)?;
        let table = self.file.environments.get(&name);
        let set = |key: Option<&read::At<bool>>| key.map(|key| key.value);
        let protected = set(table.and_then(|table| table.protected.as_ref()))
            .unwrap_or_else(|| protected_by_name(&name));
        let response = |key: Option<&read::At<Response>>| {
            key.map_or_else(|| Response::by_protection(protected), |key| key.value)
        };
        let policies: Vec<ConfiguredPolicy> = self
            .policies()
            .into_iter()
            .filter_map(|policy| self.policy(policy, &name))
            .collect();
        if policies.is_empty() {
            let policies = self.policies().into_iter().map(ToOwned::to_owned).collect();
            return Err(ConfigError::NoPolicy {
                environment: name,
                policies,
            });
        }
        let waivers = self
            .file
            .waivers
            .iter()
            .filter(|waiver| {
                waiver.rule.value.is_waivable()
                    || policies
                        .iter()
                        .any(|policy| policy.name == waiver.rule.value.policy)
            })
            .filter(|waiver| {
                waiver.environments.as_ref().is_none_or(|environments| {
                    environments.iter().any(|environment| {
                        environment.value == name
                            || table.is_some_and(|table| {
                                table
                                    .aliases
                                    .iter()
                                    .any(|alias| alias.value == environment.value)
                            })
                    })
                })
            })
            .map(|waiver| Waiver {
                policy: waiver.rule.value.policy.clone(),
                rule: waiver.rule.value.rule.clone(),
                address: AddressPattern::new(waiver.address.value.as_str()),
                stack: waiver.stack.as_ref().map(|stack| stack.value.clone()),
                reason: waiver.reason.value.clone(),
                owner: waiver.owner.value.clone(),
                expires: waiver.expires.value,
                location: self.line(&waiver.span),
            })
            .collect();
        Ok(Environment {
            protected,
            gate_changes: table
                .and_then(|table| table.gate_changes.as_ref())
                .map_or_else(
                    || Enforcement::by_protection(protected),
                    |enforcement| enforcement.value,
                ),
            undetermined: response(table.and_then(|table| table.undetermined.as_ref())),
            incomplete: response(table.and_then(|table| table.incomplete.as_ref())),
            existing: table
                .and_then(|table| table.existing.as_ref())
                .map_or(Response::Warn, |key| key.value),
            policies,
            waivers,
            configuration: self.source.as_ref().map(|source| Input {
                path: source.file.path.clone(),
                digest: source.digest.clone(),
            }),
            name,
        })
    }

    /// Returns where the secrets of an environment are and who they are for, by the environment's
    /// name or alias.
    ///
    /// Without a name it is the only one that is configured, or `production` where none is.
    ///
    /// # Errors
    /// When the name is unknown or needed.
    pub fn secrets(&self, name: Option<&str>) -> Result<SecretsSettings, ConfigError> {
        let name = self.environment_name(name)?;
        let table = self.file.environments.get(&name);
        let secrets = table.and_then(|table| table.secrets.as_ref());
        let project = &self.file.project;
        let set = |own: Option<&read::At<bool>>, project: Option<&read::At<bool>>| {
            own.or(project).is_some_and(|key| key.value)
        };
        let resolve = |file: &read::At<PathBuf>| self.resolve(&file.value);
        Ok(SecretsSettings {
            protected: table
                .and_then(|table| table.protected.as_ref())
                .map_or_else(|| protected_by_name(&name), |key| key.value),
            aliases: self.names_for(&name),
            files: secrets
                .map(|secrets| secrets.files.iter().map(resolve).collect())
                .unwrap_or_default(),
            source: secrets.and_then(|secrets| secrets.source.other()),
            map: secrets
                .map(|secrets| {
                    let pair = |(name, at): (&String, &read::At<tollgate_secrets::Selector>)| {
                        (name.clone(), at.value.clone())
                    };
                    secrets.map.iter().map(pair).collect()
                })
                .unwrap_or_default(),
            recipients: secrets
                .and_then(|secrets| secrets.recipients.as_ref())
                .map(|recipients| recipients.value.clone()),
            marker: secrets
                .and_then(|secrets| secrets.environment_marker.as_ref())
                .map(|marker| marker.value.clone()),
            other_keys: secrets
                .map(|secrets| secrets.other_keys.clone())
                .unwrap_or_default(),
            named_only: secrets
                .and_then(|secrets| secrets.named_only.as_ref())
                .is_some_and(|key| key.value),
            encryption_runs_programs: secrets
                .and_then(|secrets| secrets.encryption_runs_programs.as_ref())
                .is_some_and(|key| key.value),
            isolated: set(
                table.and_then(|table| table.isolated.as_ref()),
                project.isolated.as_ref(),
            ),
            separate_identities: set(
                table.and_then(|table| table.separate_identities.as_ref()),
                project.separate_identities.as_ref(),
            ),
            environment: name,
        })
    }

    /// Returns where a setting of a policy comes from: the environment's table, or the
    /// policy's own where the environment says nothing of it.
    ///
    /// `pointer` is a JSON Pointer into the merged settings. Where it leads nowhere, as for a
    /// setting that is missing, the location is that of the nearest table around it.
    #[must_use]
    pub fn locate_setting(
        &self,
        environment: &str,
        policy: &str,
        pointer: &str,
    ) -> Option<Location> {
        self.locate(environment, policy, pointer, |found| found.value)
    }

    /// Returns where the key of a setting is, such as one that the policy does not know.
    #[must_use]
    pub fn locate_setting_key(
        &self,
        environment: &str,
        policy: &str,
        pointer: &str,
    ) -> Option<Location> {
        self.locate(environment, policy, pointer, |found| found.key)
    }

    /// Returns where a key is, by the names that lead to it, or the nearest table around it
    /// that is there.
    #[must_use]
    pub fn locate_key(&self, keys: &[&str]) -> Option<Location> {
        let source = self.source.as_ref()?;
        let document = DeTable::parse(&source.file.text).ok()?;
        let key = (1..=keys.len())
            .rev()
            .filter_map(|length| keys.get(..length))
            .find_map(|keys| descend(document.get_ref(), keys))?
            .key;
        Some(source.file.locate(&key))
    }

    /// Returns whether the file has a key, by the names that lead to it.
    #[must_use]
    pub fn has_key(&self, keys: &[&str]) -> bool {
        self.source.as_ref().is_some_and(|source| {
            DeTable::parse(&source.file.text)
                .is_ok_and(|document| descend(document.get_ref(), keys).is_some())
        })
    }

    /// Makes an error out of a mistake in the configuration that only a policy could see.
    #[must_use]
    pub fn diagnose(
        &self,
        location: Option<Location>,
        title: impl Into<String>,
        label: impl Into<String>,
        help: Option<String>,
    ) -> ConfigError {
        let place = self
            .source
            .as_ref()
            .zip(location)
            .map(|(source, location)| Place {
                file: Arc::clone(&source.file),
                location,
                label: label.into(),
                related: None,
            });
        ConfigError::Invalid(vec![Diagnostic {
            title: title.into(),
            place,
            help,
        }])
    }

    /// Checks the rules that the configuration names, for enforcement or in waivers, against
    /// those that a policy declares (without the policy's name).
    ///
    /// # Errors
    /// When it names one that the policy does not have.
    pub fn check_rules(&self, policy: &str, declared: &[&str]) -> Result<(), ConfigError> {
        let mut mistakes = Vec::new();
        self.file.check_rules(policy, declared, &mut mistakes);
        match &self.source {
            Some(source) => source.refuse(mistakes),
            None => Ok(()),
        }
    }

    /// Checks the documents that the configuration hands to a policy against those that it reads.
    ///
    /// # Errors
    /// When it names one that the policy does not read.
    pub fn check_documents(&self, policy: &str, declared: &[String]) -> Result<(), ConfigError> {
        let mut mistakes = Vec::new();
        self.file.check_documents(policy, declared, &mut mistakes);
        match &self.source {
            Some(source) => source.refuse(mistakes),
            None => Ok(()),
        }
    }

    /// Returns the name of an environment by its name, its alias, or a usual short name that means
    /// only one of those that are configured: `prod` for `production`.
    ///
    /// Without a name it is the only one that is configured, or `production` where none is.
    ///
    /// # Errors
    /// When the name is unknown or needed.
    pub fn environment_name(&self, name: Option<&str>) -> Result<String, ConfigError> {
        let environments = || {
            let pair = |(name, table): (&String, &environment::EnvironmentTable)| {
                (
                    name.clone(),
                    table
                        .aliases
                        .iter()
                        .map(|alias| alias.value.clone())
                        .collect(),
                )
            };
            Environments(self.file.environments.iter().map(pair).collect())
        };
        let path = || {
            self.source
                .as_ref()
                .map(|source| source.file.path.clone())
                .unwrap_or_default()
        };
        let Some(name) = name else {
            let mut names = self.file.environments.keys();
            return match (names.next(), names.next()) {
                (None, _) => Ok(DEFAULT_ENVIRONMENT.to_owned()),
                (Some(only), None) => Ok(only.clone()),
                (Some(_), Some(_)) => Err(ConfigError::EnvironmentNeeded {
                    path: path(),
                    environments: environments(),
                }),
            };
        };
        if self.file.environments.is_empty() {
            return if is_name(name) {
                Ok(name.to_owned())
            } else {
                Err(ConfigError::EnvironmentName {
                    name: name.to_owned(),
                })
            };
        }
        environment::owner(&self.file.environments, name)
            .map(ToOwned::to_owned)
            .ok_or_else(|| ConfigError::UnknownEnvironment {
                name: name.to_owned(),
                path: path(),
                environments: environments(),
            })
    }

    /// The file, as it was named; none where conventions stand in for one, or where it is
    /// no file that could be written.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.source
            .as_ref()
            .filter(|source| matches!(source.origin, Origin::Files))
            .map(|source| source.path.as_path())
    }

    /// Whether it was read from a commit, so that paths are relative to the root of a repository.
    #[must_use]
    pub fn is_of_a_commit(&self) -> bool {
        matches!(self.origin(), Origin::Commit(_))
    }

    /// Where the file is, in the place that it was read from: of a commit, relative to the root of
    /// its repository.
    #[must_use]
    pub fn written_in(&self) -> Option<&Path> {
        self.source.as_ref().map(|source| source.path.as_path())
    }

    /// Where the module of a policy comes from, if it is built in or configured.
    #[must_use]
    pub fn policy_source(&self, name: &str) -> Option<Source> {
        self.policies()
            .contains(&name)
            .then(|| self.source_of(name))
    }

    /// Every policy that is built in or configured, by name.
    #[must_use]
    pub fn policies(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .builtins
            .keys()
            .chain(self.file.policies.tables.keys())
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The set of built-in policies that runs where nothing else is configured.
    #[must_use]
    pub fn preset(&self) -> Preset {
        self.file
            .policies
            .preset
            .as_ref()
            .map_or_else(Preset::default, |preset| preset.value)
    }

    fn source_of(&self, name: &str) -> Source {
        let table = self.file.policies.tables.get(name);
        match table.and_then(|table| table.source.as_ref()) {
            Some(source) if source.value != BUILT_IN => Source::Path(PathBuf::from(&source.value)),
            _ => Source::BuiltIn,
        }
    }

    /// Whether the policies of an environment are chosen by hand: the file names no preset and
    /// turns off every policy of the smallest one. Then nothing runs that it does not name.
    fn is_by_hand(&self, environment: &str) -> bool {
        let table = self.file.environments.get(environment);
        let off = |name: &str| {
            let over = table.and_then(|table| table.policies.get(name));
            let over = over.map(|table| &table.tuning);
            let base = self.file.policies.tables.get(name);
            let base = base.map(|table| &table.tuning);
            let enabled = [over, base].into_iter().flatten();
            let enabled = enabled.filter_map(|tuning| tuning.enabled.as_ref());
            enabled.map(|enabled| enabled.value).next() == Some(false)
        };
        let mut smallest = self
            .builtins
            .values()
            .filter(|policy| policy.is_in(Preset::Minimal));
        self.file.policies.preset.is_none() && smallest.all(|policy| off(policy.name))
    }

    /// Puts together what holds for a policy; none where it does not run.
    fn policy(&self, name: &str, environment: &str) -> Option<ConfiguredPolicy> {
        let in_environment = self
            .file
            .environments
            .get(environment)
            .and_then(|table| table.policies.get(name))
            .map(|table| (&table.key, &table.tuning));
        let table = self.file.policies.tables.get(name);
        let base = table.map(|table| &table.tuning);
        let over = in_environment.map(|(_, tuning)| tuning);
        // The first that says something wins: the environment, then the policy.
        let layers = || [over, base].into_iter().flatten();
        let built_in = self.builtins.get(name);
        let preset = self.preset();
        // A policy that is configured is meant to run.
        let by_default = table.is_some()
            || over.is_some()
            || built_in
                .is_none_or(|built_in| built_in.is_in(preset) && !self.is_by_hand(environment));
        if !layers()
            .find_map(|tuning| tuning.enabled.as_ref())
            .map_or(by_default, |enabled| enabled.value)
        {
            return None;
        }
        let own = layers().find_map(|tuning| tuning.enforcement.as_ref());
        let enforcement = match (own, built_in) {
            (Some(enforcement), _) => enforcement.value,
            (None, Some(built_in)) => built_in.enforcement_in(preset),
            // A policy that a team adds itself is meant to refuse.
            (None, None) => Enforcement::SoftMandatory,
        };
        let mut rules = BTreeMap::new();
        if own.is_none() {
            let advisory = built_in.map_or(&[][..], |built_in| built_in.advisory_in(preset));
            rules.extend(
                advisory
                    .iter()
                    .map(|rule| ((*rule).to_owned(), Enforcement::Advisory)),
            );
        }
        let mut documents = BTreeMap::new();
        let mut settings = Json::Object(serde_json::Map::new());
        for tuning in [base, over].into_iter().flatten() {
            rules.extend(
                tuning
                    .rules
                    .iter()
                    .map(|(rule, enforcement)| (rule.clone(), enforcement.value)),
            );
            documents.extend(
                tuning
                    .documents
                    .iter()
                    .map(|(name, path)| (name.clone(), path.value.clone())),
            );
            if let Some(own) = &tuning.settings {
                merge(&mut settings, &own.value);
            }
        }
        let key = table
            .map(|table| &table.key)
            .or(in_environment.map(|(key, _)| key));
        Some(ConfiguredPolicy {
            name: name.to_owned(),
            source: self.source_of(name),
            digest: table
                .and_then(|table| table.digest.as_ref())
                .map(|digest| digest.value.clone()),
            enforcement: RuleEnforcement {
                policy: enforcement,
                rules,
            },
            settings,
            documents,
            location: key.and_then(|key| Some(self.source.as_ref()?.file.locate(key))),
        })
    }

    /// `FILE:LINE` of a span.
    fn line(&self, span: &Range<usize>) -> String {
        self.source
            .as_ref()
            .map(|source| format!("{}:{}", source.file.path, source.file.locate(span).line))
            .unwrap_or_default()
    }

    fn locate(
        &self,
        environment: &str,
        policy: &str,
        pointer: &str,
        span: impl Fn(Found) -> Range<usize>,
    ) -> Option<Location> {
        let source = self.source.as_ref()?;
        // Parsed again: an error is the only one to ask, and only once.
        let document = DeTable::parse(&source.file.text).ok()?;
        let steps: Vec<String> = pointer
            .split('/')
            .skip(1)
            .map(|step| step.replace("~1", "/").replace("~0", "~"))
            .collect();
        let over = ["environments", environment, "policies", policy, "settings"];
        let base = ["policies", policy, "settings"];
        let over = descend(document.get_ref(), &over).map(|settings| settings.follow(&steps));
        let base = descend(document.get_ref(), &base).map(|settings| settings.follow(&steps));
        let found = match (over, base) {
            // Where the environment has a value that is no table, nothing of the policy's is left.
            (Some(over), Some(base)) => Some(if over.depth >= base.depth || !over.table {
                over
            } else {
                base
            }),
            (over, base) => over.or(base),
        };
        let found = found
            .or_else(|| {
                descend(
                    document.get_ref(),
                    &["environments", environment, "policies", policy],
                )
                .map(Node::end)
            })
            .or_else(|| descend(document.get_ref(), &["policies", policy]).map(Node::end))?;
        Some(source.file.locate(&span(found)))
    }
}

impl Loaded {
    /// Turns mistakes into an error, in the order of their positions.
    fn refuse(&self, mut mistakes: Vec<Mistake>) -> Result<(), ConfigError> {
        if mistakes.is_empty() {
            return Ok(());
        }
        mistakes.sort_by(|a, b| {
            (a.span.start, a.span.end, &a.title).cmp(&(b.span.start, b.span.end, &b.title))
        });
        mistakes.dedup();
        let diagnostic = |mistake: Mistake| Diagnostic {
            title: mistake.title,
            help: mistake.help,
            place: Some(Place {
                location: self.file.locate(&mistake.span),
                label: mistake.label,
                related: mistake
                    .related
                    .map(|(span, label)| (self.file.locate(&span), label)),
                file: Arc::clone(&self.file),
            }),
        };
        Err(ConfigError::Invalid(
            mistakes.into_iter().map(diagnostic).collect(),
        ))
    }
}

/// A value in the document, and the key that leads to it.
struct Node<'t, 'i> {
    key: Range<usize>,
    value: &'t toml::Spanned<DeValue<'i>>,
}

/// Where a pointer leads.
struct Found {
    /// How many steps could be taken.
    depth: usize,
    key: Range<usize>,
    /// The value, or the key of a table: the mark of a table would be its header.
    value: Range<usize>,
    table: bool,
}

fn descend<'t, 'i>(table: &'t DeTable<'i>, keys: &[&str]) -> Option<Node<'t, 'i>> {
    let (first, rest) = keys.split_first()?;
    let (key, value) = table.get_key_value(*first)?;
    if rest.is_empty() {
        Some(Node {
            key: key.span(),
            value,
        })
    } else {
        descend(value.get_ref().as_table()?, rest)
    }
}

impl<'t, 'i> Node<'t, 'i> {
    fn follow(self, steps: &[String]) -> Found {
        let mut node = self;
        let mut depth = 0;
        for step in steps {
            let next = match node.value.get_ref() {
                DeValue::Table(table) => {
                    table.get_key_value(step.as_str()).map(|(key, value)| Node {
                        key: key.span(),
                        value,
                    })
                }
                DeValue::Array(array) => step
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| array.get(index))
                    .map(|value| Node {
                        key: value.span(),
                        value,
                    }),
                _ => None,
            };
            let Some(next) = next else { break };
            node = next;
            depth += 1;
        }
        Found {
            depth,
            ..node.end()
        }
    }

    fn end(self) -> Found {
        let table = self.value.get_ref().is_table();
        let value = if table {
            self.key.clone()
        } else {
            self.value.span()
        };
        Found {
            depth: 0,
            key: self.key,
            value,
            table,
        }
    }
}

/// Merges tables key by key; any other value replaces what was there.
fn merge(base: &mut Json, over: &Json) {
    match (base, over) {
        (Json::Object(base), Json::Object(over)) => {
            for (key, value) in over {
                match base.get_mut(key) {
                    Some(there) => merge(there, value),
                    None => {
                        base.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (base, over) => *base = over.clone(),
    }
}

/// What the parser says, in our words where ours are better.
pub(crate) fn syntax(text: &str, error: &toml::de::Error) -> Mistake {
    let span = error.span().unwrap_or(0..0);
    let message = error.message();
    if message == "duplicate key" {
        let key = text.get(span.clone()).unwrap_or_default();
        return Mistake::new(
            &span,
            format!("{} is given twice", quoted(key)),
            "keep one of them",
        );
    }
    Mistake::new(
        &span,
        format!("not TOML: {}", message.replace('\n', "; ")),
        "",
    )
}

/// Returns the JSON Schema of `tollgate.toml`.
#[must_use]
pub fn schema() -> Json {
    let mut schema: Json = schemars::schema_for!(File).into();
    without_null(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".to_owned(), Json::from(FILE_NAME));
    }
    schema
}

/// TOML has no null: a key that may be left out is left out.
fn without_null(schema: &mut Json) {
    match schema {
        Json::Object(object) => {
            if object.get("default").is_some_and(Json::is_null) {
                object.remove("default");
            }
            if let Some(Json::Array(types)) = object.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Json::Array(forms)) = object.get_mut("anyOf") {
                forms.retain(|form| form.get("type").is_none_or(|kind| kind != "null"));
                if let [Json::Object(only)] = forms.as_slice() {
                    let only = only.clone();
                    object.remove("anyOf");
                    object.extend(only);
                }
            }
            object.values_mut().for_each(without_null);
        }
        Json::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}

fn by_name(policies: &[LibraryPolicy]) -> BTreeMap<String, LibraryPolicy> {
    policies
        .iter()
        .map(|policy| (policy.name.to_owned(), *policy))
        .collect()
}

#[cfg(test)]
mod tests;
