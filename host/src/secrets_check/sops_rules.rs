//! What `.sops.yaml` says of files: who may read them, and that they are encrypted at all.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tollgate_secrets::{CreationProblem, CreationRules, Problem, SecretsFile};

use super::{Gravity, Kind, SecretsFinding};
use crate::routing::{EXTENSIONS, Routed};

/// Compares a file's recipients with those that `.sops.yaml` has for it.
pub(super) fn drift(routed: &Routed, file: &SecretsFile, findings: &mut Vec<SecretsFinding>) {
    let finding = |gravity, name: Option<String>, message: String, fix: String| SecretsFinding {
        gravity,
        environment: Some(routed.settings.environment.clone()),
        kind: Kind::RecipientDrift,
        file: Some(file.name().to_owned()),
        name,
        message,
        fix,
    };
    let rule = match CreationRules::rule_of(Path::new(file.name())) {
        Ok(rule) => rule,
        Err(error) => {
            // Nobody has to have one.
            if !matches!(error.problem, CreationProblem::Missing) {
                let gravity = if matches!(error.problem, CreationProblem::NoMatch(_)) {
                    Gravity::Warning
                } else {
                    Gravity::Error
                };
                let fix = error.help().unwrap_or_else(|| "correct it".to_owned());
                findings.push(finding(gravity, None, error.to_string(), fix));
            }
            return;
        }
    };
    let texts = |recipients: &mut dyn Iterator<Item = &tollgate_secrets::Recipient>| {
        recipients
            .map(ToString::to_string)
            .collect::<BTreeSet<String>>()
    };
    let wanted = texts(&mut rule.recipients());
    let has = texts(&mut file.recipients());
    let fix = || {
        format!(
            "make the file follow: `sops updatekeys {}`",
            file.name().escape_debug()
        )
    };
    for recipient in wanted.difference(&has) {
        findings.push(finding(
            Gravity::Error,
            Some(recipient.clone()),
            format!(
                "{recipient} is in .sops.yaml (line {}) and cannot read the file",
                rule.line
            ),
            fix(),
        ));
    }
    for recipient in has.difference(&wanted) {
        findings.push(finding(
            Gravity::Error,
            Some(recipient.clone()),
            format!(
                "{recipient} can read the file and is not in .sops.yaml (line {})",
                rule.line
            ),
            format!("{}, and change the secrets that it has seen", fix()),
        ));
    }
}

/// Directories that hold nothing of the user's own.
const SKIPPED: [&str; 5] = [".git", ".terraform", "node_modules", "target", ".tools"];
/// What is looked at below a directory.
const MOST_ENTRIES: usize = 20_000;

/// Whether a file could hold secrets as SOPS keeps them, and is no configuration.
fn is_data(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.ends_with(".tf.json")
        && !name.ends_with(".tofu.json")
        && name
            .rsplit_once('.')
            .is_some_and(|(_, extension)| EXTENSIONS.contains(&extension))
}

/// Finds files that a rule of `.sops.yaml` names by `path_regex` and that are not encrypted.
pub(super) fn unencrypted(
    directory: &Path,
    seen: &BTreeSet<PathBuf>,
    findings: &mut Vec<SecretsFinding>,
) {
    let Some(rules) = CreationRules::find(&directory.join("any"))
        .and_then(|path| CreationRules::read(&path).ok())
    else {
        return;
    };
    // A rule for everything names nothing.
    let catch_all = rules
        .rule_for(&directory.join("\u{1}\u{2}"))
        .ok()
        .map(|rule| rule.line);
    let mut folders = vec![directory.to_path_buf()];
    let mut left = MOST_ENTRIES;
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            left = left.saturating_sub(1);
            if left == 0 {
                return;
            }
            let path = if folder == Path::new(".") {
                PathBuf::from(entry.file_name())
            } else {
                entry.path()
            };
            match entry.file_type() {
                Ok(kind)
                    if kind.is_dir()
                        && !SKIPPED.iter().any(|skipped| entry.file_name() == *skipped) =>
                {
                    folders.push(path);
                }
                Ok(kind) if kind.is_file() => {
                    let known = path
                        .canonicalize()
                        .is_ok_and(|canonical| seen.contains(&canonical));
                    let named = rules
                        .rule_for(&path)
                        .is_ok_and(|rule| Some(rule.line) != catch_all);
                    if !named || known || !is_data(&path) {
                        continue;
                    }
                    let problem = SecretsFile::read(&path, None)
                        .err()
                        .map(|error| error.problem);
                    if matches!(
                        problem,
                        Some(Problem::NotEncrypted | Problem::Syntax { .. } | Problem::NotAMap)
                    ) {
                        let file = path.display().to_string();
                        findings.push(SecretsFinding {
                            // A broad expression names more than secrets.
                            gravity: if file.contains("secret") || file.contains(".enc.") {
                                Gravity::Error
                            } else {
                                Gravity::Warning
                            },
                            environment: None,
                            kind: Kind::Unencrypted,
                            message: format!("{} names it, and it is not encrypted", rules.path().file_name().unwrap_or_default().to_string_lossy()),
                            fix: format!(
                                "encrypt it: `sops encrypt --in-place {}`; if it has been committed, change the secrets",
                                file.escape_debug()
                            ),
                            file: Some(file),
                            name: None,
                        });
                    }
                }
                _ => {}
            }
        }
    }
}
