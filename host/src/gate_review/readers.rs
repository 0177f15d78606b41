//! Who can read what is kept of an environment, before and after.
//!
//! Plans are kept encrypted to the readers of the environment's secrets: those of its files or,
//! where there is none, those whom `.sops.yaml` names. SOPS authenticates neither, so whoever can
//! change one of them can add a reader, to whom the next plan is readable.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tollgate_secrets::{CreationError, CreationProblem, CreationRule, Format, SecretsFile};

use super::settings::short;
use super::{Change, Effect};
use crate::config::Config;
use crate::environment::SecretsSettings;
use crate::routing;

/// The largest file that is read for its recipients, in bytes.
const MAX_SIZE: u64 = 64 << 20;

/// Who can read one file, or why that cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    /// Nobody is named.
    Nobody,
    /// These, of which so many groups have to come together.
    These(BTreeSet<String>, usize),
    /// The file or the rule has a mistake.
    Unclear(String),
}

/// Returns the changes of who can read what is kept of an environment that both have.
pub(super) fn readers(base: &Config, new: &Config, environment: &str) -> Vec<Change> {
    let (Ok(before), Ok(after)) = (
        base.secrets(Some(environment)),
        new.secrets(Some(environment)),
    ) else {
        return Vec::new();
    };
    let mut files = files(base, &before);
    files.extend(self::files(new, &after));
    let mut changes: Vec<Change> = files
        .iter()
        .filter_map(|file| change(file, &who(base, file), &who(new, file)))
        .collect();
    // One rule of `.sops.yaml` is for many files.
    changes.sort();
    changes.dedup();
    changes
}

/// Returns everybody who can read what is kept of an environment, as recipients are written.
#[must_use]
pub fn known_readers(config: &Config, settings: &SecretsSettings) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = settings.recipients.iter().flatten().cloned().collect();
    for file in files(config, settings) {
        if let Who::These(these, _) = who(config, &file) {
            known.extend(these);
        }
    }
    known
}

/// The files whose readers count, relative to the configuration: those of the environment that are
/// there, and the one that would be by convention.
pub(super) fn files(config: &Config, settings: &SecretsSettings) -> BTreeSet<PathBuf> {
    let directory = config.resolve(Path::new(""));
    let mut files: BTreeSet<PathBuf> = settings
        .files
        .iter()
        .map(|file| file.strip_prefix(&directory).unwrap_or(file).to_path_buf())
        .collect();
    files.extend(config.present(&routing::candidates(settings)));
    files.insert(PathBuf::from(format!(
        "secrets.{}.enc.yaml",
        settings.environment
    )));
    files
}

fn who(config: &Config, file: &Path) -> Who {
    let these = |recipients: Vec<String>, groups: usize| {
        Who::These(recipients.into_iter().collect(), groups)
    };
    match config.read(file, MAX_SIZE) {
        Ok(bytes) => {
            match SecretsFile::parse(&file.display().to_string(), &bytes, Format::of(file)) {
                Ok(parsed) => {
                    let readers = parsed.readers();
                    let recipients = parsed.recipients().map(ToString::to_string).collect();
                    these(recipients, needed(readers.groups.len(), readers.threshold))
                }
                Err(error) => Who::Unclear(error.title()),
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            match config.creation_rule(file) {
                Ok(rule) => {
                    let recipients = rule.recipients().map(ToString::to_string).collect();
                    let threshold = rule.shamir_threshold.unwrap_or(0);
                    these(recipients, needed(rule.groups.len(), threshold))
                }
                Err(error) if named_nobody(&error) => Who::Nobody,
                Err(error) => Who::Unclear(error.to_string()),
            }
        }
        Err(error) => Who::Unclear(error.to_string()),
    }
}

/// How many groups it takes to read; zero says all.
fn needed(groups: usize, threshold: usize) -> usize {
    if threshold == 0 { groups } else { threshold }
}

fn named_nobody(error: &CreationError) -> bool {
    matches!(
        error.problem,
        CreationProblem::Missing { .. } | CreationProblem::NoMatch(_) | CreationProblem::NoRules
    )
}

fn change(file: &Path, was: &Who, is: &Who) -> Option<Change> {
    if was == is {
        return None;
    }
    let name = short(&file.display().to_string());
    let text = |who: &Who| match who {
        Who::Nobody => "nobody".to_owned(),
        Who::These(these, needed) => {
            let names: Vec<String> = these.iter().map(|name| short(name)).collect();
            match needed {
                0 | 1 => names.join(", "),
                needed => format!("{} ({needed} groups)", names.join(", ")),
            }
        }
        Who::Unclear(why) => format!("unclear ({})", short(why)),
    };
    let (effect, what) = match (was, is) {
        (Who::These(was, many), Who::These(is, few)) if is.is_subset(was) && few >= many => (
            Effect::Tightens,
            format!("fewer can read {name}, and plans that are kept"),
        ),
        (_, Who::Nobody) => (
            Effect::Tightens,
            format!("nobody is to read {name}, and no plan is kept"),
        ),
        (_, Who::Unclear(_)) | (Who::Unclear(_), _) => (
            Effect::Unclear,
            format!("who can read {name}, and plans that are kept, is unclear"),
        ),
        _ => (
            Effect::Loosens,
            format!("others can read {name}, and plans that are kept"),
        ),
    };
    Some(Change::new(effect, what).values(&text(was), &text(is)))
}

impl Config {
    /// Returns the rule of `.sops.yaml` for a file, named relative to the configuration, from where
    /// the configuration came from; the nearest `.sops.yaml` counts, up to the repository's root.
    ///
    /// # Errors
    /// When there is none, it cannot be used, or it has no rule for the file.
    pub fn creation_rule(&self, file: &Path) -> Result<CreationRule, CreationError> {
        let file = self.resolve(file);
        if !self.is_of_a_commit() {
            return tollgate_secrets::CreationRules::rule_of(&file);
        }
        // Both from the same made-up root, as rules match paths relative to their own.
        let rooted = |path: &Path| Path::new("/").join(path);
        for rules in rules_above(&file) {
            match self.origin().read(&rules, MAX_SIZE) {
                Ok(text) => {
                    let mut parsed =
                        tollgate_secrets::CreationRules::parse(&rooted(&rules), &text)?;
                    return parsed.take_rule_for(&rooted(&file));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(CreationError {
                        file: rules,
                        line: None,
                        problem: CreationProblem::Io(error.kind()),
                    });
                }
            }
        }
        Err(CreationError {
            file,
            line: None,
            problem: CreationProblem::Missing { beside: None },
        })
    }
}

/// Where the `.sops.yaml` for a file can be, nearest first.
pub(super) fn rules_above(file: &Path) -> Vec<PathBuf> {
    file.ancestors()
        .skip(1)
        .map(|directory| directory.join(".sops.yaml"))
        .collect()
}
