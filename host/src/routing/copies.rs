//! Files that are another environment's, by their name or by what is in them: a value that was encrypted
//! has a nonce that no other one has, so two files that share one are copies.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tollgate_secrets::{CreationRules, Recipient, SecretsFile, shell_path};

use super::error::RouteError;
use super::neighbours::place;
use super::{candidates, discover, find};
use crate::config::Config;
use crate::environment::SecretsSettings;

/// The bytes of another file that are looked through.
const MAX_BYTES: u64 = 16 << 20;

/// How every encrypted value begins, and ends.
const CIPHERTEXT: (&str, char) = ("ENC[", ']');

/// Another environment's file that has encrypted values of one.
pub struct Twin {
    /// The other environment.
    pub environment: String,
    /// Its file.
    pub path: PathBuf,
    /// Whether it has all of them.
    pub whole: bool,
}

impl Twin {
    /// Its file as messages name it.
    #[must_use]
    pub fn file(&self) -> String {
        self.path.display().to_string()
    }

    /// Tells whether the other file is the copy: it does not have the readers that `.sops.yaml` names for
    /// it, and this one does.
    #[must_use]
    pub fn is_the_copy(&self, file: &SecretsFile) -> bool {
        follows(file) == Some(true)
            && SecretsFile::read(&self.path, None)
                .is_ok_and(|theirs| follows(&theirs) == Some(false))
    }
}

/// How a copy becomes a file of its own, as a clause.
#[must_use]
pub fn anew(file: &str) -> String {
    let path = shell_path(file);
    format!(
        "make it anew with its own values: `rm {path} && tollgate secrets init {path}`, and `tollgate secrets set`"
    )
}

/// Whether a file has the readers that its rule names; none where it has no rule.
fn follows(file: &SecretsFile) -> Option<bool> {
    let rule = CreationRules::rule_of(Path::new(file.name())).ok()?;
    let wanted: BTreeSet<String> = rule.recipients().map(Recipient::right).collect();
    let has: BTreeSet<String> = file.recipients().map(Recipient::right).collect();
    Some(wanted == has)
}

/// All environments: those that are configured, or that have a file by convention.
fn environments(config: &Config, directories: &[PathBuf]) -> Vec<SecretsSettings> {
    let mut names: BTreeSet<String> = config.environments().map(ToOwned::to_owned).collect();
    if names.is_empty() {
        names = directories
            .iter()
            .flat_map(|directory| discover(directory))
            .collect();
    }
    names
        .iter()
        .filter_map(|name| config.secrets(Some(name)).ok())
        .collect()
}

/// Finds the file of an environment that is none of `own` and has encrypted values of a file. One file that
/// two environments are given is no copy. The others are not parsed: there can be hundreds.
#[must_use]
pub fn twin(
    config: &Config,
    own: &[&str],
    file: &SecretsFile,
    directories: &[PathBuf],
) -> Option<Twin> {
    let ciphertexts: BTreeSet<&str> = file
        .ciphertexts()
        .into_iter()
        .filter(|text| text.starts_with(CIPHERTEXT.0))
        .collect();
    if ciphertexts.is_empty() {
        return None;
    }
    let (ours, others): (Vec<_>, Vec<_>) = environments(config, directories)
        .into_iter()
        .partition(|settings| own.contains(&settings.environment.as_str()));
    let files = |settings: &SecretsSettings| find(settings, directories).unwrap_or_default();
    let mut known: BTreeSet<PathBuf> = ours
        .iter()
        .flat_map(files)
        .map(|path| place(&path))
        .collect();
    known.insert(place(Path::new(file.name())));
    for settings in &others {
        for path in files(settings) {
            if known.contains(&place(&path)) {
                continue;
            }
            let is_small = path.metadata().is_ok_and(|about| about.len() <= MAX_BYTES);
            let Some(text) = is_small
                .then(|| std::fs::read_to_string(&path).ok())
                .flatten()
            else {
                continue;
            };
            let there = ciphertexts_in(&text);
            if ciphertexts.is_disjoint(&there) {
                continue;
            }
            return Some(Twin {
                environment: settings.environment.clone(),
                whole: ciphertexts.is_subset(&there),
                path,
            });
        }
    }
    None
}

/// What stands in a text as an encrypted value, each looked at once: somebody may have written only
/// beginnings.
fn ciphertexts_in(text: &str) -> BTreeSet<&str> {
    let starts = text.match_indices(CIPHERTEXT.0).map(|(at, _)| at);
    let ends = starts.clone().skip(1).chain([text.len()]);
    starts
        .zip(ends)
        .filter_map(|(start, end)| {
            let part = text.get(start..end)?;
            part.get(..=part.find(CIPHERTEXT.1)?)
        })
        .collect()
}

/// Refuses the files of an environment that are another one's: by their name, where it is protected; or
/// because nothing is in them but a copy.
pub(super) fn check(
    config: &Config,
    settings: &SecretsSettings,
    files: &[SecretsFile],
    directories: &[PathBuf],
) -> Result<(), RouteError> {
    let names = settings.protected.then(|| Names::of(config));
    for file in files {
        let named = names.as_ref();
        if let Some(error) = named.and_then(|names| names.of_another(settings, file.name())) {
            return Err(error);
        }
        let twin = twin(config, &[&settings.environment], file, directories);
        if let Some(twin) = twin.filter(|twin| twin.whole && !twin.is_the_copy(file)) {
            return Err(RouteError::CopiedFile {
                file: file.name().to_owned(),
                environment: settings.environment.clone(),
                theirs: twin.file(),
                other: twin.environment,
            });
        }
    }
    Ok(())
}

/// What the conventions call the files of the environments, by the last part of their paths: there can
/// be hundreds of both.
pub struct Names(BTreeMap<OsString, Vec<(PathBuf, String)>>);

impl Names {
    /// Of all environments that are configured.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let mut names: BTreeMap<OsString, Vec<(PathBuf, String)>> = BTreeMap::new();
        let all = config.environments();
        for settings in all.filter_map(|name| config.secrets(Some(name)).ok()) {
            for path in candidates(&settings) {
                let last = path.file_name().unwrap_or_default().to_owned();
                let named = (path, settings.environment.clone());
                names.entry(last).or_default().push(named);
            }
        }
        Self(names)
    }

    /// Says that a file is called as the conventions call another environment's.
    #[must_use]
    pub fn of_another(&self, settings: &SecretsSettings, file: &str) -> Option<RouteError> {
        let path = Path::new(file);
        let mut own = candidates(settings).into_iter();
        if own.any(|name| path.ends_with(name)) {
            return None;
        }
        let mut called = self.0.get(path.file_name()?)?.iter();
        let (_, other) =
            called.find(|(name, of)| *of != settings.environment && path.ends_with(name))?;
        Some(RouteError::ForeignName {
            file: file.to_owned(),
            environment: settings.environment.clone(),
            other: other.clone(),
            protected: settings.protected,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypted_values_are_found_wherever_they_stand() {
        let text = "a: ENC[x,data:1]\nb: \"ENC[y]\" ENC[ENC[z] ENC[";
        let found: Vec<&str> = ciphertexts_in(text).into_iter().collect();
        assert_eq!(found, ["ENC[x,data:1]", "ENC[y]", "ENC[z]"]);
        assert!(ciphertexts_in("none").is_empty());
        // Would take hours if each beginning were followed to the end.
        assert!(ciphertexts_in(&"ENC[".repeat(2 << 20)).is_empty());
    }
}
