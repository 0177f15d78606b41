//! Which secrets files belong to an environment, and to no other.
//!
//! Files come from the configuration or by convention. Everything here but the identity check and
//! the marker works without a key.

pub mod copies;
mod error;
mod neighbours;
mod source;
pub mod taken;
#[cfg(test)]
pub(crate) mod tests;
mod tfvars;
pub mod writing;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tollgate_secrets::inject::{Marker, marker};
use tollgate_secrets::{Keyring, Secrets, SecretsFile};

use crate::config::Config;
use crate::environment::SecretsSettings;

use self::error::SEPARATE_IDENTITIES;
pub use self::error::{Owner, RouteError};
pub use self::neighbours::{Neighbours, Readership};
pub use self::source::OtherSource;

/// The extensions that say how SOPS wrote a file.
pub(crate) const EXTENSIONS: [&str; 5] = ["yaml", "yml", "json", "env", "ini"];

/// The files of an environment, read and not opened.
pub struct Routed {
    /// Of which environment.
    pub settings: SecretsSettings,
    /// Empty where secrets come from another source only.
    pub files: Vec<SecretsFile>,
}

/// Tells whether a file is called as one that sets variables.
#[must_use]
pub fn is_called_variables(path: &Path) -> bool {
    tfvars::is_one(&path.to_string_lossy())
}

/// Reads what a file that sets variables sets; `name` is for messages, and says whether it is JSON.
///
/// # Errors
/// When it does not parse, or has a value that is more than a literal.
pub fn variables_of(name: &str, text: &[u8]) -> Result<Secrets, tollgate_secrets::Error> {
    tfvars::parse(name, text)
}

/// Tells whether a file is one of variables that was encrypted as a whole.
#[must_use]
pub fn is_of_variables(file: &SecretsFile) -> bool {
    file.format() == tollgate_secrets::Format::Binary && tfvars::is_one(file.name())
}

/// Opens one version of a secrets file, whosever it says that it is.
///
/// # Errors
/// When no key opens it, or what it holds cannot be read.
pub fn open_version(
    file: &SecretsFile,
    keyring: &Keyring,
) -> Result<Secrets, tollgate_secrets::Error> {
    tfvars::read(file.open(keyring)?)
}

/// Tells whether two names are the same but for case, for what joins words, and for one letter of a
/// long one.
#[must_use]
pub fn nearly_the_same(one: &str, other: &str) -> bool {
    let plain = |name: &str| -> Vec<char> {
        name.chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let (mut one, mut other) = (plain(one), plain(other));
    if one == other {
        return true;
    }
    // What stands before names in the environment of a program.
    for name in [&mut one, &mut other] {
        if name.starts_with(&['t', 'f', 'v', 'a', 'r']) {
            name.drain(..5);
        }
    }
    if one == other {
        return true;
    }
    const LONG: usize = 6;
    if one.len().min(other.len()) < LONG || one.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let start = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let rest = |name: &[char], skip: usize| name.get(start + skip..).map(<[char]>::to_vec);
    rest(&one, 1) == rest(&other, 1)
        || rest(&one, 1) == rest(&other, 0)
        || rest(&one, 0) == rest(&other, 1)
        || swapped(&one, &other, start)
}

/// Tells whether two letters stand in the other order.
fn swapped(one: &[char], other: &[char], at: usize) -> bool {
    let mut turned = one.to_vec();
    if at + 1 < turned.len() {
        turned.swap(at, at + 1);
    }
    turned == other
}

/// Why files cannot be had.
#[derive(Debug)]
pub enum Failure {
    /// They are not the environment's.
    Route(RouteError),
    /// They cannot be read or opened.
    Secrets(tollgate_secrets::Error),
}

impl From<RouteError> for Failure {
    fn from(error: RouteError) -> Self {
        Self::Route(error)
    }
}

impl From<tollgate_secrets::Error> for Failure {
    fn from(error: tollgate_secrets::Error) -> Self {
        Self::Secrets(error)
    }
}

/// Returns where secrets files are looked for by convention: beside the configuration, and in the
/// directories of the modules.
#[must_use]
pub fn directories(config: &Config, modules: &[PathBuf]) -> Vec<PathBuf> {
    let mut directories = vec![config.resolve(Path::new("."))];
    directories.extend(modules.iter().cloned());
    let plain = |path: &PathBuf| {
        let path: PathBuf = path.components().collect();
        if path.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            path
        }
    };
    let mut directories: Vec<PathBuf> = directories.iter().map(plain).collect();
    directories.dedup();
    directories
}

/// Finds the files of an environment: those that are configured, or the one that is there by
/// convention in one of the directories. None where secrets come from another source.
///
/// # Errors
/// When there is none, or more than one by convention.
pub fn find(
    settings: &SecretsSettings,
    directories: &[PathBuf],
) -> Result<Vec<PathBuf>, RouteError> {
    if !settings.files.is_empty() || settings.source.is_some() {
        return Ok(settings.files.clone());
    }
    let mut found: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for directory in directories {
        for candidate in candidates(settings) {
            let path = if directory == Path::new(".") {
                candidate
            } else {
                directory.join(candidate)
            };
            if path.symlink_metadata().is_ok() {
                // The same file by two ways is one.
                let identity = path.canonicalize().unwrap_or_else(|_| path.clone());
                found.entry(identity).or_insert(path);
            }
        }
    }
    let mut paths: Vec<PathBuf> = found.into_values().collect();
    if paths.len() > 1 {
        return Err(RouteError::Ambiguous {
            environment: settings.environment.clone(),
            candidates: paths
                .iter()
                .map(|path| path.display().to_string())
                .collect(),
        });
    }
    match paths.pop() {
        Some(path) => Ok(vec![path]),
        None => Err(RouteError::NotFound {
            environment: settings.environment.clone(),
            looked_for: {
                let name = &settings.environment;
                vec![
                    format!("secrets.{name}.enc.yaml"),
                    format!("secrets/{name}.enc.yaml"),
                    format!("environments/{name}/secrets.enc.yaml"),
                ]
            },
            similar: similar(settings, directories),
        }),
    }
}

/// Finds what is called like a secrets file of an environment, and lies where none is looked for.
fn similar(settings: &SecretsSettings, directories: &[PathBuf]) -> Vec<String> {
    const MOST: usize = 3;
    let mut found = BTreeSet::new();
    for directory in directories {
        for name in std::iter::once(&settings.environment).chain(&settings.aliases) {
            for (below, in_name) in [
                (".".to_owned(), true),
                ("secrets".to_owned(), true),
                (format!("secrets/{name}"), false),
                (format!("environments/{name}"), false),
                (format!("envs/{name}"), false),
                (format!("env/{name}"), false),
            ] {
                let folder = directory.join(&below);
                for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                    let Ok(file) = entry.file_name().into_string() else {
                        continue;
                    };
                    let encrypted = [".sops.", ".enc."].iter().any(|sign| file.contains(sign))
                        || file.ends_with(".enc")
                        || file.ends_with(".sops");
                    let named = file.split(['.', '-', '_']).any(|part| part == name);
                    if encrypted && (named || !in_name) && file != ".sops.yaml" {
                        let path = folder.join(file);
                        let path: PathBuf = path
                            .components()
                            .filter(|part| *part != std::path::Component::CurDir)
                            .collect();
                        found.insert(path.display().to_string());
                    }
                }
            }
        }
    }
    found.into_iter().take(MOST).collect()
}

/// The files that an environment can have by convention, relative to a directory.
pub(crate) fn candidates(settings: &SecretsSettings) -> Vec<PathBuf> {
    let names = std::iter::once(&settings.environment).chain(&settings.aliases);
    names
        .flat_map(|name| {
            EXTENSIONS.iter().flat_map(move |extension| {
                [
                    format!("secrets.{name}.enc.{extension}"),
                    format!("secrets/{name}.enc.{extension}"),
                    format!("environments/{name}/secrets.enc.{extension}"),
                    format!("environments/{name}/secrets.{extension}"),
                ]
            })
        })
        .map(PathBuf::from)
        .collect()
}

/// Returns the names of the environments that have a file by convention, for a project that
/// configures none.
#[must_use]
pub fn discover(directory: &Path) -> Vec<String> {
    let mut names = BTreeSet::new();
    let listed = |below: &str| -> Vec<String> {
        let entries = std::fs::read_dir(directory.join(below));
        entries
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    };
    let stem = |file: &str| -> Option<String> {
        let (stem, extension) = file.rsplit_once('.')?;
        EXTENSIONS
            .contains(&extension)
            .then(|| stem.strip_suffix(".enc").map(ToOwned::to_owned))?
    };
    for file in listed(".") {
        names.extend(stem(&file).and_then(|stem| stem.strip_prefix("secrets.").map(String::from)));
    }
    for file in listed("secrets") {
        names.extend(stem(&file));
    }
    for name in listed("environments") {
        let has = |file: &String| {
            file.split_once('.').is_some_and(|(stem, rest)| {
                stem == "secrets" && EXTENSIONS.contains(&rest.trim_start_matches("enc."))
            })
        };
        if listed(&format!("environments/{name}")).iter().any(has) {
            names.insert(name);
        }
    }
    names.retain(|name| crate::config::is_name(name));
    names.into_iter().collect()
}

/// Finds and reads the files of an environment, and checks that they are its own.
///
/// # Errors
/// When there are none, they cannot be read, or they are another environment's.
pub fn route(
    config: &Config,
    settings: SecretsSettings,
    directories: &[PathBuf],
) -> Result<Routed, Failure> {
    if settings.source.is_some() {
        let files = Vec::new();
        return Ok(Routed { settings, files });
    }
    let files = find(&settings, directories)?
        .iter()
        .map(|path| SecretsFile::read(path, None))
        .collect::<Result<Vec<_>, _>>()?;
    let routed = Routed { settings, files };
    check_recipients(config, &routed, directories)?;
    copies::check(config, &routed.settings, &routed.files, directories)?;
    Ok(routed)
}

impl Routed {
    /// Returns the keys that are words for Tollgate and others: the marker, and what is no variable's.
    #[must_use]
    pub fn shown(&self) -> BTreeSet<String> {
        let marker = self.settings.marker.as_ref();
        let marker = marker.and_then(|marker| marker.first_key());
        let others = self.settings.other_keys.iter().cloned();
        others.chain(marker.map(ToOwned::to_owned)).collect()
    }

    /// Returns the uppermost keys below which nothing is encrypted in the file: whoever can read the
    /// file has their values.
    #[must_use]
    pub fn unencrypted(&self) -> BTreeSet<String> {
        let mut open = BTreeSet::new();
        let mut encrypted = BTreeSet::new();
        for leaf in self.files.iter().flat_map(SecretsFile::shape) {
            let Some(tollgate_secrets::PathStep::Key(key)) = leaf.path.steps().next() else {
                continue;
            };
            if leaf.encrypted {
                encrypted.insert(key.to_owned());
            } else {
                open.insert(key.to_owned());
            }
        }
        open.difference(&encrypted).cloned().collect()
    }

    /// Returns who can read each file.
    #[must_use]
    pub fn readerships(&self) -> Vec<Readership> {
        self.files.iter().map(Readership::of).collect()
    }

    /// Decrypts the files or asks the other source, and checks that they say that they are for this environment.
    ///
    /// # Errors
    /// When no key opens one, the key must not be used here, the other source does not answer, or
    /// what is there is for another environment.
    pub fn open(
        &self,
        config: &Config,
        directories: &[PathBuf],
        keyring: &Keyring,
    ) -> Result<Vec<Secrets>, Failure> {
        let mut opened = Vec::with_capacity(self.files.len().max(1));
        match &self.settings.source {
            // No identity is used.
            Some(source) => {
                let source = source.connect(&config.resolve(Path::new(".")));
                opened.push(source.fetch(keyring)?);
            }
            None => check_identities(config, &self.settings, directories, keyring)?,
        }
        for file in &self.files {
            let mut file = file.open(keyring)?;
            // Else the password would be the ciphertext.
            file.check_no_ciphertext()?;
            if !self.settings.names_default_section() {
                file.lift_default_section();
            }
            opened.push(tfvars::read(file)?);
        }
        for file in &opened {
            let said = self.settings.says(file);
            if said != Some(Marker::Agrees)
                && let (Some(said), Some(at)) = (said, &self.settings.marker)
            {
                return Err(RouteError::Marker {
                    file: file.name().to_owned(),
                    at: at.to_string(),
                    environment: self.settings.environment.clone(),
                    missing: said == Marker::Missing,
                    is_file: self.settings.source.is_none(),
                }
                .into());
            }
        }
        Ok(opened)
    }
}

impl SecretsSettings {
    /// Tells whether the configuration means the section in which SOPS has what stands before the first one
    /// of an INI file.
    #[must_use]
    pub fn names_default_section(&self) -> bool {
        self.map
            .values()
            .chain(&self.marker)
            .any(|selector| selector.first_key() == Some("DEFAULT"))
            || self.other_keys.iter().any(|key| key == "DEFAULT")
    }

    /// What a file says of the environment that it is for; none where no marker is configured.
    #[must_use]
    pub fn says(&self, file: &Secrets) -> Option<Marker> {
        let at = self.marker.as_ref()?;
        let names: Vec<&str> = std::iter::once(&self.environment)
            .chain(&self.aliases)
            .map(String::as_str)
            .collect();
        Some(marker(file, at, &names))
    }
}

/// Refuses a file that somebody can read who is not the environment's.
///
/// # Errors
/// When a file has a recipient that the environment does not list, or, where environments are
/// isolated, is another environment's too, has a recipient of another one, or cannot be held
/// against another one; and when a copy of its data key is for somebody else than it says.
pub fn check_recipients(
    config: &Config,
    routed: &Routed,
    directories: &[PathBuf],
) -> Result<(), Failure> {
    let settings = &routed.settings;
    if routed.files.is_empty() || settings.recipients.is_none() && !settings.isolated {
        return Ok(());
    }
    Neighbours::of(config, directories).check(settings, &routed.readerships())
}

/// Refuses identities that open a protected environment, for one that is not protected.
fn check_identities(
    config: &Config,
    settings: &SecretsSettings,
    directories: &[PathBuf],
    keyring: &Keyring,
) -> Result<(), Failure> {
    if !settings.separate_identities || settings.protected {
        return Ok(());
    }
    let nothing = |other: Option<&neighbours::Other>| RouteError::NothingToCompare {
        guard: SEPARATE_IDENTITIES,
        environment: settings.environment.clone(),
        other: other.map(|other| other.settings.environment.clone()),
    };
    let neighbours = Neighbours::of(config, directories);
    let mut protected = neighbours.others(&settings.environment)?;
    protected.retain(|other| other.settings.protected);
    if protected.is_empty() {
        return Err(nothing(None).into());
    }
    for other in protected {
        // An identity opens files; a list of recipients is nothing that it could be tried on.
        if other.files.is_empty() && other.settings.source.is_none() {
            return Err(nothing(Some(other)).into());
        }
        for path in &other.files {
            let file = SecretsFile::read(path, None)?;
            if let Some(recipient) = file.opened_locally(keyring) {
                return Err(RouteError::ForeignIdentity {
                    recipient: recipient.to_string(),
                    environment: settings.environment.clone(),
                    other: other.settings.environment.clone(),
                }
                .into());
            }
        }
    }
    Ok(())
}
