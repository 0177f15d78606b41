//! To whom a bundle is encrypted: those who may read the environment's secrets.

use std::path::Path;

use tollgate_secrets::seal::Readers;
use tollgate_secrets::{CreationProblem, Keyring, Recipient};

use super::BundleError;
use crate::config::Config;
use crate::environment::SecretsSettings;
use crate::routing::Routed;

/// Who will be able to open a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipients {
    /// Those to whom it is encrypted.
    pub readers: Readers,
    /// Those who could read the secrets, and to whose kind of key Tollgate does not encrypt.
    pub left_out: Vec<Recipient>,
}

impl Recipients {
    /// Takes out those who are not known, and notes them as left out.
    ///
    /// # Errors
    /// When a group, or everybody, would be gone.
    pub fn only(&mut self, known: &std::collections::BTreeSet<String>) -> Result<(), NobodyLeft> {
        for group in &mut self.readers.groups {
            let (kept, strangers): (Vec<_>, Vec<_>) = std::mem::take(group)
                .into_iter()
                .partition(|recipient| known.contains(&recipient.to_string()));
            *group = kept;
            self.left_out.extend(strangers);
        }
        let empty = self.readers.groups.iter().any(Vec::is_empty);
        if empty || self.readers.groups.is_empty() {
            return Err(NobodyLeft);
        }
        Ok(())
    }
}

/// Nobody is left to whom a bundle could be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NobodyLeft;

/// Finds who may read the environment's secrets.
///
/// Those are the recipients of its secrets file; of several files those that they have in common. An
/// environment without a file has the `recipients` of its configuration, or those whom `.sops.yaml`
/// names for `secrets.ENVIRONMENT.enc.yaml`.
///
/// # Errors
/// When nobody is named, or nobody to whom a source of the keyring encrypts.
pub fn readers(
    config: &Config,
    settings: &SecretsSettings,
    routed: Option<&Routed>,
    keyring: &Keyring,
) -> Result<Recipients, BundleError> {
    let environment = &settings.environment;
    let files = routed
        .map(|routed| routed.files.as_slice())
        .unwrap_or_default();
    let mut readers = match files {
        [] => unwritten(config, settings)?,
        [file] => file.readers(),
        [first, others @ ..] => {
            // A share of a group is no key to the other files.
            let mut whole = files.iter().map(|file| file.readers().groups.len());
            let mut common: Vec<Recipient> = if whole.any(|groups| groups > 1) {
                Vec::new()
            } else {
                first.recipients().cloned().collect()
            };
            common.retain(|one| {
                let reads = |file: &tollgate_secrets::SecretsFile| {
                    file.recipients().any(|other| other == one)
                };
                others.iter().all(reads)
            });
            if common.is_empty() {
                return Err(BundleError::NoCommonReader {
                    environment: environment.clone(),
                    files: files.iter().map(|file| file.name().to_owned()).collect(),
                });
            }
            Readers {
                groups: vec![common],
                threshold: 0,
            }
        }
    };
    let left_out = readers.take_unsupported(keyring);
    if readers.groups.iter().any(Vec::is_empty) {
        return Err(BundleError::Unsupported {
            environment: environment.clone(),
            recipients: left_out.iter().map(ToString::to_string).collect(),
        });
    }
    Ok(Recipients { readers, left_out })
}

/// Who would be the readers of a file that is not there.
fn unwritten(config: &Config, settings: &SecretsSettings) -> Result<Readers, BundleError> {
    let environment = &settings.environment;
    let nobody = |why: String| BundleError::NoRecipients {
        environment: environment.clone(),
        why,
    };
    if let Some(written) = &settings.recipients {
        let parsed: Vec<Recipient> = written
            .iter()
            .filter_map(|text| Recipient::parse(text))
            .collect();
        if parsed.len() < written.len() {
            return Err(BundleError::Unsupported {
                environment: environment.clone(),
                recipients: written.clone(),
            });
        }
        if parsed.is_empty() {
            return Err(nobody("`recipients` is empty".to_owned()));
        }
        return Ok(Readers {
            groups: vec![parsed],
            threshold: 0,
        });
    }
    let name = format!("secrets.{environment}.enc.yaml");
    match config.creation_rule(Path::new(&name)) {
        Ok(rule) => Ok(Readers {
            groups: rule.groups,
            threshold: rule.shamir_threshold.unwrap_or(0),
        }),
        Err(error) => Err(match &error.problem {
            CreationProblem::Missing { .. } => nobody(
                "it has no secrets file, its configuration names no `recipients`, and there is no .sops.yaml"
                    .to_owned(),
            ),
            CreationProblem::NoMatch(_) | CreationProblem::NoRules => nobody(format!(
                "it has no secrets file, its configuration names no `recipients`, and .sops.yaml has no rule for {name}"
            )),
            _ => BundleError::Rules(error),
        }),
    }
}
