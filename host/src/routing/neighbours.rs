//! The environments of a project beside each other: who reads whose secrets.
//!
//! Every file is read once, however many environments are compared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tollgate_secrets::{Recipient, SecretsFile};

use super::error::{ISOLATED, Owner, RouteError};
use super::{Failure, find};
use crate::config::Config;
use crate::environment::SecretsSettings;

/// Who can read a file, or could read one that is to be made.
#[derive(Clone, Debug)]
pub struct Readership {
    /// The file.
    pub file: String,
    /// Its recipients.
    pub recipients: Vec<Recipient>,
    /// A recipient whose copy of the data key is for somebody else.
    pub mislabelled: Option<Recipient>,
}

impl Readership {
    /// Returns who can read a file.
    #[must_use]
    pub fn of(file: &SecretsFile) -> Self {
        Self {
            file: file.name().to_owned(),
            recipients: file.recipients().cloned().collect(),
            mislabelled: file.mislabelled().next().cloned(),
        }
    }
}

/// An environment, and what is known of who reads its secrets.
pub(super) struct Other {
    pub(super) settings: SecretsSettings,
    /// Empty where it has none.
    pub(super) files: Vec<PathBuf>,
    /// Who reads them; of the files that can be read.
    readers: Vec<Readership>,
    /// A file that cannot be read.
    unreadable: Option<PathBuf>,
}

impl Other {
    /// Tells whether nothing at all is known: no file, no list and no other source, of which nobody
    /// is a recipient.
    fn is_unknown(&self) -> bool {
        self.files.is_empty()
            && self.settings.recipients.is_none()
            && self.settings.source.is_none()
    }

    /// Who may read its secrets, and the file that says so, if one does.
    fn owners(&self) -> Vec<(Recipient, Option<&str>)> {
        match &self.settings.recipients {
            Some(list) => list
                .iter()
                .filter_map(|text| Some((Recipient::parse(text)?, None)))
                .collect(),
            None => self
                .readers
                .iter()
                .flat_map(|reader| {
                    let file = reader.file.as_str();
                    reader
                        .recipients
                        .iter()
                        .map(move |recipient| (recipient.clone(), Some(file)))
                })
                .collect(),
        }
    }
}

/// All environments that are configured.
pub struct Neighbours {
    all: Vec<Other>,
    /// By the key itself: the environments that it belongs to, in their order.
    owners: BTreeMap<String, Vec<Owner>>,
    /// The recipients that may be one with another name: keys of AWS KMS and aliases.
    named: Vec<(Recipient, Owner)>,
    /// By where a file really is: the environments that have it.
    places: BTreeMap<PathBuf, BTreeSet<String>>,
    /// Why the files of an environment cannot be told.
    unclear: BTreeMap<String, RouteError>,
}

impl Neighbours {
    /// Reads the files of every environment.
    #[must_use]
    pub fn of(config: &Config, directories: &[PathBuf]) -> Self {
        let settings = config
            .environments()
            .filter_map(|name| config.secrets(Some(name)).ok());
        Self::among(settings.collect(), directories)
    }

    /// Reads the files of these environments.
    #[must_use]
    pub fn among(environments: Vec<SecretsSettings>, directories: &[PathBuf]) -> Self {
        let mut neighbours = Self {
            all: Vec::new(),
            owners: BTreeMap::new(),
            named: Vec::new(),
            places: BTreeMap::new(),
            unclear: BTreeMap::new(),
        };
        for settings in environments {
            let files = match find(&settings, directories) {
                // A file that is configured and not there says as little as none.
                Ok(files) => files.into_iter().filter(|file| file.exists()).collect(),
                Err(RouteError::NotFound { .. }) => Vec::new(),
                Err(error) => {
                    neighbours
                        .unclear
                        .insert(settings.environment.clone(), error);
                    Vec::new()
                }
            };
            neighbours.add(settings, files);
        }
        neighbours
    }

    fn add(&mut self, settings: SecretsSettings, files: Vec<PathBuf>) {
        let mut other = Other {
            settings,
            files,
            readers: Vec::new(),
            unreadable: None,
        };
        let environment = other.settings.environment.clone();
        for path in &other.files {
            self.places
                .entry(place(path))
                .or_default()
                .insert(environment.clone());
            match SecretsFile::read(path, None) {
                Ok(file) => other.readers.push(Readership::of(&file)),
                Err(_) => other.unreadable = Some(path.clone()),
            }
        }
        for (recipient, file) in other.owners() {
            let owner = Owner {
                environment: environment.clone(),
                file: file.map(ToOwned::to_owned),
            };
            if let Recipient::AwsKms { .. } = recipient {
                self.named.push((recipient.clone(), owner.clone()));
            }
            self.owners.entry(recipient.key()).or_default().push(owner);
        }
        self.all.push(other);
    }

    /// Returns all environments but one.
    ///
    /// # Errors
    /// When it cannot be told which files one of them has.
    pub(super) fn others(&self, own: &str) -> Result<Vec<&Other>, Failure> {
        let unclear = self.unclear.iter().find(|(name, _)| *name != own);
        if let Some((_, error)) = unclear {
            return Err(error.again().into());
        }
        let others = self.all.iter();
        Ok(others
            .filter(|other| other.settings.environment != own)
            .collect())
    }

    /// Refuses files that somebody can read who is not the environment's.
    ///
    /// # Errors
    /// As [`super::check_recipients`].
    pub fn check(&self, settings: &SecretsSettings, files: &[Readership]) -> Result<(), Failure> {
        if files.is_empty() || settings.recipients.is_none() && !settings.isolated {
            return Ok(());
        }
        let environment = &settings.environment;
        let others = self.others(environment)?;
        if settings.isolated {
            self.apart(settings, files, &others)?;
        }
        // What cannot be read says nothing of who reads it.
        let unreadable = others
            .iter()
            .filter(|other| other.settings.recipients.is_none())
            .find_map(|other| other.unreadable.as_ref());
        if let Some(path) = unreadable {
            SecretsFile::read(path, None)?;
        }
        let own: Option<Vec<Recipient>> = settings.recipients.as_ref().map(|list| {
            list.iter()
                .filter_map(|text| Recipient::parse(text))
                .collect()
        });
        for file in files {
            if let Some(recipient) = &file.mislabelled {
                return Err(RouteError::Mislabelled {
                    file: file.file.clone(),
                    recipient: recipient.to_string(),
                }
                .into());
            }
            for recipient in &file.recipients {
                let other = self.owner(recipient, environment);
                let written = recipient.to_string();
                let allowed = match &own {
                    Some(own) => {
                        own.iter().any(|one| one.key() == recipient.key())
                            || settings
                                .recipients
                                .iter()
                                .flatten()
                                .any(|text| *text == written)
                    }
                    None => other.is_none(),
                };
                if !allowed {
                    return Err(RouteError::ForeignRecipient {
                        file: file.file.clone(),
                        recipient: written,
                        environment: environment.clone(),
                        other: other.cloned(),
                    }
                    .into());
                }
            }
        }
        Ok(())
    }

    /// Another environment that a recipient belongs to, or may belong to.
    fn owner(&self, recipient: &Recipient, own: &str) -> Option<&Owner> {
        let of_others = |owner: &&Owner| owner.environment != own;
        let same = self.owners.get(&recipient.key());
        same.into_iter()
            .flatten()
            .find(of_others)
            .or_else(|| match recipient {
                Recipient::AwsKms { .. } => self
                    .named
                    .iter()
                    .filter(|(other, _)| other.may_be(recipient))
                    .map(|(_, owner)| owner)
                    .find(of_others),
                _ => None,
            })
    }

    /// Refuses an isolated environment's file that another one has too, or that nothing can be held
    /// against: what cannot be told apart is not taken for apart.
    fn apart(
        &self,
        settings: &SecretsSettings,
        files: &[Readership],
        others: &[&Other],
    ) -> Result<(), RouteError> {
        for file in files {
            let names = self.places.get(&place(Path::new(&file.file)));
            let other = names
                .into_iter()
                .flatten()
                .find(|name| **name != settings.environment);
            if let Some(other) = other {
                return Err(RouteError::SharedFile {
                    file: file.file.clone(),
                    environment: settings.environment.clone(),
                    other: other.clone(),
                });
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
}

/// Where a file really is.
pub(super) fn place(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    // Of one that is not there yet, its directory is: however the way to it is written.
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let directory = parent.unwrap_or(Path::new(".")).canonicalize();
    match (directory, path.file_name()) {
        (Ok(directory), Some(name)) => directory.join(name),
        _ => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
    }
}
