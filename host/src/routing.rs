//! Which secrets files belong to an environment, and to no other.
//!
//! Files come from the configuration or by convention. Everything here but the identity check and
//! the marker works without a key.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tollgate_secrets::inject::{Marker, marker};
use tollgate_secrets::{Keyring, Secrets, SecretsFile};

use crate::config::Config;
use crate::diagnostic::{listed, quoted};
use crate::environment::SecretsSettings;
use crate::exit;

pub use self::source::OtherSource;

/// The extensions that say how SOPS wrote a file.
pub(crate) const EXTENSIONS: [&str; 5] = ["yaml", "yml", "json", "env", "ini"];

/// Why an environment has no secrets file, or must not have this one.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// Nothing is configured, and nothing is there by convention.
    #[error("no secrets file for {}: looked for {}", quoted(.environment), listed(.looked_for))]
    NotFound {
        /// The environment.
        environment: String,
        /// One pattern per convention.
        looked_for: Vec<String>,
    },
    /// Which one is meant would be a guess.
    #[error("{} has several secrets files: {}", quoted(.environment), listed(.candidates))]
    Ambiguous {
        /// The environment.
        environment: String,
        /// What is there.
        candidates: Vec<String>,
    },
    /// A file that others can read.
    #[error("{file} is encrypted to {recipient}, {}", match .other {
        Some(other) => format!("which belongs to {}, not to {}", quoted(other), quoted(.environment)),
        None => format!("which is not a recipient of {}", quoted(.environment)),
    })]
    ForeignRecipient {
        /// The file.
        file: String,
        /// The recipient.
        recipient: String,
        /// The environment that the file is used for.
        environment: String,
        /// The environment that the recipient belongs to, where that is known.
        other: Option<String>,
    },
    /// A key that opens more than it should.
    #[error(
        "your identity for {recipient} opens {}, which is protected, and must not be used for {}",
        quoted(.other), quoted(.environment)
    )]
    ForeignIdentity {
        /// The recipient of the protected environment that it opens.
        recipient: String,
        /// The environment that was asked for.
        environment: String,
        /// The protected one.
        other: String,
    },
    /// The plaintext says that it is for something else.
    #[error("{file} {} at `{at}`, so it is not taken for {}", if *.missing {
        "does not name its environment"
    } else {
        "names another environment"
    }, quoted(.environment))]
    Marker {
        /// The file.
        file: String,
        /// Where it says so.
        at: String,
        /// The environment that was asked for.
        environment: String,
        /// Whether it says nothing at all.
        missing: bool,
    },
}

impl RouteError {
    /// Returns the exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotFound { .. } | Self::Ambiguous { .. } => exit::SECRETS,
            Self::ForeignRecipient { .. } | Self::ForeignIdentity { .. } | Self::Marker { .. } => {
                exit::GUARD
            }
        }
    }

    /// Returns the one next step.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::NotFound { environment, .. } => format!(
                "create one of them, or name it: `[environments.{environment}]` with `secrets = \"PATH\"` in tollgate.toml"
            ),
            Self::Ambiguous { environment, .. } => format!(
                "keep one, or name it: `[environments.{environment}]` with `secrets = \"PATH\"` in tollgate.toml"
            ),
            Self::ForeignRecipient {
                file, environment, ..
            } => format!(
                "use the file of {environment}; or take the recipient out of {file} with `sops rotate`; or, if it may read both, name it in `recipients` of [environments.{environment}.secrets]"
            ),
            Self::ForeignIdentity { environment, .. } => format!(
                "use an identity that is for {environment} only: `export SOPS_AGE_KEY_FILE=/path/to/its/keys.txt`"
            ),
            Self::Marker { file, .. } => {
                format!("check that {file} is the right file; what it says is set with `sops edit`")
            }
        }
    }
}

/// The files of an environment, read and not opened.
pub struct Routed {
    /// Of which environment.
    pub settings: SecretsSettings,
    /// Empty where secrets come from another source only.
    pub files: Vec<SecretsFile>,
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
        }),
    }
}

fn candidates(settings: &SecretsSettings) -> Vec<PathBuf> {
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
    Ok(routed)
}

impl Routed {
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
            opened.push(file.open(keyring)?);
        }
        if let Some(at) = &self.settings.marker {
            let names: Vec<&str> = std::iter::once(&self.settings.environment)
                .chain(&self.settings.aliases)
                .map(String::as_str)
                .collect();
            for file in &opened {
                let said = marker(file, at, &names);
                if said != Marker::Agrees {
                    return Err(RouteError::Marker {
                        file: file.name().to_owned(),
                        at: at.to_string(),
                        environment: self.settings.environment.clone(),
                        missing: said == Marker::Missing,
                    }
                    .into());
                }
            }
        }
        Ok(opened)
    }
}

/// The other environments that are configured and have files.
fn others(
    config: &Config,
    own: &str,
    directories: &[PathBuf],
) -> Result<Vec<(SecretsSettings, Vec<PathBuf>)>, Failure> {
    let mut others = Vec::new();
    for name in config.environments().filter(|name| *name != own) {
        let Ok(settings) = config.secrets(Some(name)) else {
            continue;
        };
        match find(&settings, directories) {
            Ok(files) => others.push((settings, files)),
            // Its recipients count all the same.
            Err(RouteError::NotFound { .. }) => others.push((settings, Vec::new())),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(others)
}

/// Refuses a file that somebody can read who is not the environment's.
///
/// # Errors
/// When a file has a recipient that the environment does not list, or, where environments are
/// isolated and it lists none, one that is another environment's.
pub fn check_recipients(
    config: &Config,
    routed: &Routed,
    directories: &[PathBuf],
) -> Result<(), Failure> {
    let settings = &routed.settings;
    if settings.recipients.is_none() && !settings.isolated {
        return Ok(());
    }
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for (other, files) in others(config, &settings.environment, directories)? {
        let mut recipients = other.recipients.clone().unwrap_or_default();
        if other.recipients.is_none() {
            for path in files {
                let file = SecretsFile::read(&path, None)?;
                recipients.extend(file.recipients().map(ToString::to_string));
            }
        }
        for recipient in recipients {
            owners
                .entry(recipient)
                .or_insert_with(|| other.environment.clone());
        }
    }
    for file in &routed.files {
        for recipient in file.recipients() {
            let recipient = recipient.to_string();
            let other = owners.get(&recipient);
            let allowed = match &settings.recipients {
                Some(own) => own.contains(&recipient),
                None => other.is_none(),
            };
            if !allowed {
                return Err(RouteError::ForeignRecipient {
                    file: file.name().to_owned(),
                    recipient,
                    environment: settings.environment.clone(),
                    other: other.cloned(),
                }
                .into());
            }
        }
    }
    Ok(())
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
    for (other, files) in others(config, &settings.environment, directories)? {
        if !other.protected {
            continue;
        }
        for path in files {
            let file = SecretsFile::read(&path, None)?;
            if let Some(recipient) = file.opened_locally(keyring) {
                return Err(RouteError::ForeignIdentity {
                    recipient: recipient.to_string(),
                    environment: settings.environment.clone(),
                    other: other.environment,
                }
                .into());
            }
        }
    }
    Ok(())
}
