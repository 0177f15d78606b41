//! Which secrets files belong to an environment, and to no other.
//!
//! Files come from the configuration or by convention. Everything here but the identity check and
//! the marker works without a key.

mod error;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tollgate_secrets::inject::{Marker, marker};
use tollgate_secrets::{Keyring, Secrets, SecretsFile};

use crate::config::Config;
use crate::environment::SecretsSettings;

use self::error::{ISOLATED, SEPARATE_IDENTITIES};
pub use self::error::{Owner, RouteError};
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
                        is_file: self.settings.source.is_none(),
                    }
                    .into());
                }
            }
        }
        Ok(opened)
    }
}

/// Another environment, and what is known of who reads its secrets.
struct Other {
    settings: SecretsSettings,
    /// Empty where it has none.
    files: Vec<PathBuf>,
}

impl Other {
    /// Tells whether nothing at all is known: no file, no list and no other source, of which nobody
    /// is a recipient.
    fn is_unknown(&self) -> bool {
        self.files.is_empty()
            && self.settings.recipients.is_none()
            && self.settings.source.is_none()
    }
}

/// The other environments that are configured.
fn others(config: &Config, own: &str, directories: &[PathBuf]) -> Result<Vec<Other>, Failure> {
    let mut others = Vec::new();
    for name in config.environments().filter(|name| *name != own) {
        let Ok(settings) = config.secrets(Some(name)) else {
            continue;
        };
        let files = match find(&settings, directories) {
            // A file that is configured and not there says as little as none.
            Ok(files) => files.into_iter().filter(|file| file.exists()).collect(),
            Err(RouteError::NotFound { .. }) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        others.push(Other { settings, files });
    }
    Ok(others)
}

/// Refuses a file that somebody can read who is not the environment's.
///
/// # Errors
/// When a file has a recipient that the environment does not list, or, where environments are
/// isolated, is another environment's too, has a recipient of another one, or cannot be held
/// against another one.
pub fn check_recipients(
    config: &Config,
    routed: &Routed,
    directories: &[PathBuf],
) -> Result<(), Failure> {
    let settings = &routed.settings;
    if routed.files.is_empty() || settings.recipients.is_none() && !settings.isolated {
        return Ok(());
    }
    let others = others(config, &settings.environment, directories)?;
    if settings.isolated {
        check_apart(routed, &others)?;
    }
    let mut owners: BTreeMap<String, Owner> = BTreeMap::new();
    for other in &others {
        let environment = &other.settings.environment;
        let mut own = |recipient: String, file: Option<&str>| {
            owners.entry(recipient).or_insert_with(|| Owner {
                environment: environment.clone(),
                file: file.map(ToOwned::to_owned),
            });
        };
        match &other.settings.recipients {
            Some(recipients) => recipients
                .iter()
                .for_each(|recipient| own(recipient.clone(), None)),
            None => {
                for path in &other.files {
                    let file = SecretsFile::read(path, None)?;
                    for recipient in file.recipients() {
                        own(recipient.to_string(), Some(file.name()));
                    }
                }
            }
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

/// Refuses an isolated environment's file that another one has too, or that nothing can be held
/// against: what cannot be told apart is not taken for apart.
fn check_apart(routed: &Routed, others: &[Other]) -> Result<(), RouteError> {
    let settings = &routed.settings;
    let identity = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    for file in &routed.files {
        let own = identity(Path::new(file.name()));
        for other in others {
            if other.files.iter().any(|path| identity(path) == own) {
                return Err(RouteError::SharedFile {
                    file: file.name().to_owned(),
                    environment: settings.environment.clone(),
                    other: other.settings.environment.clone(),
                });
            }
        }
    }
    if settings.recipients.is_some() {
        return Ok(());
    }
    let unknown = others.iter().find(|other| other.is_unknown());
    if others.is_empty() || unknown.is_some() {
        return Err(RouteError::NothingToCompare {
            guard: ISOLATED,
            environment: settings.environment.clone(),
            other: unknown.map(|other| other.settings.environment.clone()),
        });
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
    let nothing = |other: Option<&Other>| RouteError::NothingToCompare {
        guard: SEPARATE_IDENTITIES,
        environment: settings.environment.clone(),
        other: other.map(|other| other.settings.environment.clone()),
    };
    let mut protected = others(config, &settings.environment, directories)?;
    protected.retain(|other| other.settings.protected);
    if protected.is_empty() {
        return Err(nothing(None).into());
    }
    for other in protected {
        // An identity opens files; a list of recipients is nothing that it could be tried on.
        if other.files.is_empty() && other.settings.source.is_none() {
            return Err(nothing(Some(&other)).into());
        }
        for path in &other.files {
            let file = SecretsFile::read(path, None)?;
            if let Some(recipient) = file.opened_locally(keyring) {
                return Err(RouteError::ForeignIdentity {
                    recipient: recipient.to_string(),
                    environment: settings.environment.clone(),
                    other: other.settings.environment,
                }
                .into());
            }
        }
    }
    Ok(())
}
