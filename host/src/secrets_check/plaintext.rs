//! Secrets that stand unencrypted where they should not: in an encrypted file, beside it, in files of
//! variables.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tollgate_secrets::{
    CreationRule, CreationRules, ExtractPath, Problem, SecretsFile, ShapeKind, is_read_by_others,
    secrets_command, shell_path,
};

use super::lookalike::Lookalikes;
use super::{Gravity, Kind, Module, SecretsFinding};
use crate::hcl::tfvars;
use crate::layout::Layouts;
use crate::routing::EXTENSIONS;

/// Directories that hold nothing of the user's own.
const SKIPPED: [&str; 5] = [".git", ".terraform", "node_modules", "target", ".tools"];
/// How many files and directories are looked at.
const MOST_ENTRIES: usize = 400_000;
/// What is read of a file that may be a decrypted copy, in bytes.
const COPY_LIMIT: u64 = 1 << 20;
/// How copies of a file end, besides as the file does.
const COPY_ENDINGS: [&str; 12] = [
    "dec",
    "decrypted",
    "plain",
    "txt",
    "orig",
    "bak",
    "old",
    "backup",
    "save",
    "tmp",
    "swp",
    "tfvars",
];

/// Names the values of an encrypted file that its rule encrypts and that somebody has written there by
/// hand, and comments that were written so.
pub(super) fn in_file(environment: &str, file: &SecretsFile, findings: &mut Vec<SecretsFinding>) {
    let shown = shell_path(file.name());
    for leaf in file.shape() {
        if leaf.kind != ShapeKind::Damaged {
            continue;
        }
        let name = leaf.path.to_string();
        findings.push(SecretsFinding {
            gravity: Gravity::Error,
            environment: Some(environment.to_owned()),
            kind: Kind::InClear,
            file: Some(file.name().to_owned()),
            message: format!(
                "`{name}` stands unencrypted in the file, whose rule encrypts it: it was written there by hand"
            ),
            fix: by_hand(file, &leaf.path),
            name: Some(name),
        });
    }
    let comments = file.unencrypted_comments();
    if comments > 0 {
        findings.push(SecretsFinding {
            gravity: Gravity::Warning,
            environment: Some(environment.to_owned()),
            kind: Kind::InClear,
            file: Some(file.name().to_owned()),
            name: None,
            message: format!(
                "has {} that stand unencrypted, where its rule encrypts comments",
                crate::report::count(comments, "comment", "comments")
            ),
            fix: format!(
                "see whether a secret was commented out, and change it if so; `tollgate secrets edit {shown}` encrypts comments"
            ),
        });
    }
}

/// What to do with a value that was written by hand.
fn by_hand(file: &SecretsFile, path: &tollgate_secrets::KeyPath) -> String {
    let set = secrets_command("set", file.name(), &path.into());
    // An element cannot be left out when the others are verified: their positions depend on it.
    let in_list = path
        .steps()
        .any(|step| matches!(step, tollgate_secrets::PathStep::Index(_)));
    let first = if in_list {
        format!(
            "take its line out in a text editor, and set a new value, which is encrypted (`{set}`)"
        )
    } else {
        format!(
            "set a new value, which is encrypted (`{set}`), or take it out (`{}`)",
            secrets_command("unset", file.name(), &path.into())
        )
    };
    format!(
        "everybody who sees the file can read it: {first}; where it stands in place of an encrypted value, that is refused, and the file's last good version comes first: `git log -p -- {}`",
        shell_path(file.name())
    )
}

/// Names secret variables that a file of variables sets.
pub(super) fn in_variables(
    layouts: &Layouts<'_>,
    reported: &BTreeSet<String>,
    modules: &[Module],
    files: &BTreeMap<String, Vec<String>>,
    findings: &mut Vec<SecretsFinding>,
) {
    let mut seen = BTreeSet::new();
    for environment in reported {
        // Without a layout the files that the tools find by themselves are left.
        if let Ok(layout) = layouts.resolve(Some(environment)) {
            let own: Vec<&str> = files
                .get(environment)
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            for file in &layout.var_files {
                let path = &file.value;
                one(Some(environment), path, modules, &own, &mut seen, findings);
            }
        }
    }
    // What is for every environment becomes a secret of each.
    let all: Vec<&str> = reported
        .iter()
        .filter_map(|environment| files.get(environment))
        .flatten()
        .map(String::as_str)
        .collect();
    for module in modules {
        let directory = Path::new(&module.directory);
        let mut paths = tfvars::automatic(directory).unwrap_or_default();
        for below in ["", "environments", "envs", "vars", "tfvars"] {
            let folder = directory.join(below);
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if name.ends_with(".tfvars") || name.ends_with(".tfvars.json") {
                    paths.push(entry.path());
                }
            }
        }
        paths.sort();
        for path in paths {
            one(None, &path, modules, &all, &mut seen, findings);
        }
    }
}

fn one(
    environment: Option<&String>,
    path: &Path,
    modules: &[Module],
    files: &[&str],
    seen: &mut BTreeSet<PathBuf>,
    findings: &mut Vec<SecretsFinding>,
) {
    let known = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if !seen.insert(known) || SecretsFile::read(path, None).is_ok() {
        return;
    }
    // What does not parse, the tool and `env doctor` say.
    let Ok(set) = tfvars::read(path) else {
        return;
    };
    for (name, assignment) in set {
        let secret = modules
            .iter()
            .filter_map(|module| module.variables.get(&name))
            .any(|variable| variable.sensitive || variable.ephemeral);
        if !secret || assignment.is_blank() {
            continue;
        }
        let shown: PathBuf = path
            .components()
            .filter(|part| *part != std::path::Component::CurDir)
            .collect();
        findings.push(SecretsFinding {
            gravity: Gravity::Error,
            environment: environment.cloned(),
            kind: Kind::InClear,
            file: Some(shown.display().to_string()),
            message: format!(
                "line {} sets `{name}`, which the configuration declares as secret, and the file is not encrypted",
                assignment.place.line
            ),
            fix: format!(
                "take the line out, and keep a new value in the secrets file: {}; what was committed stays in the history",
                if files.is_empty() {
                    match environment {
                        Some(environment) => format!("`tollgate secrets init -e {environment}`"),
                        None => "`tollgate secrets init -e ENVIRONMENT`".to_owned(),
                    }
                } else {
                    files
                        .iter()
                        .map(|file| {
                            format!(
                                "`{}`",
                                secrets_command("set", file, &ExtractPath::key(&name))
                            )
                        })
                        .collect::<Vec<_>>()
                        .join(", ")
                }
            ),
            name: Some(name),
        });
    }
}

/// The names of encrypted values by which a decrypted copy is known, and what the files that they are from
/// are called.
pub(super) struct Keys {
    stems: BTreeSet<String>,
    names: BTreeSet<String>,
}

/// Collects the names of the values of files.
pub(super) fn keys<'f>(files: impl Iterator<Item = &'f SecretsFile>) -> Keys {
    let mut keys = Keys {
        stems: BTreeSet::new(),
        names: BTreeSet::new(),
    };
    for file in files {
        let name = Path::new(file.name()).file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        keys.stems.insert(stem(&name).to_owned());
        for leaf in file.shape() {
            if leaf.encrypted
                && let Some(tollgate_secrets::PathStep::Key(key)) = leaf
                    .path
                    .steps()
                    .filter(|step| matches!(step, tollgate_secrets::PathStep::Key(_)))
                    .last()
            {
                keys.names.insert(key.to_owned());
            }
        }
    }
    keys
}

/// A file's name without what says how it is written, and that it is encrypted.
fn stem(name: &str) -> &str {
    let name = name.strip_prefix('.').unwrap_or(name);
    [".enc.", ".sops.", ".enc", ".sops"]
        .iter()
        .find_map(|sign| name.split_once(sign).map(|(stem, _)| stem))
        .or_else(|| name.rsplit_once('.').map(|(stem, _)| stem))
        .unwrap_or(name)
}

impl Keys {
    /// Tells whether a file is called as a copy of an encrypted one would be.
    fn is_called_so(&self, name: &str) -> bool {
        let bare = name
            .trim_end_matches('~')
            .trim_start_matches(['.', '#'])
            .trim_end_matches('#');
        let ending = bare.rsplit_once('.').map_or("", |(_, ending)| ending);
        let data = EXTENSIONS.contains(&ending) || COPY_ENDINGS.contains(&ending) || bare != name;
        data && self.stems.iter().any(|stem| {
            bare.strip_prefix(stem.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
        })
    }

    /// Tells whether a file has one of the names, with something behind it that is not encrypted.
    fn are_in(&self, path: &Path) -> bool {
        use std::io::Read as _;
        let mut text = Vec::new();
        let read =
            std::fs::File::open(path).and_then(|file| file.take(COPY_LIMIT).read_to_end(&mut text));
        if read.is_err() {
            return false;
        }
        let text = zeroize::Zeroizing::new(String::from_utf8_lossy(&text).into_owned());
        text.lines().any(|line| {
            let line = line.trim_start().trim_start_matches("- ");
            let line = line.strip_prefix("export ").unwrap_or(line);
            let Some((name, value)) = line.split_once([':', '=']) else {
                return false;
            };
            let name = name.trim().trim_matches(['"', '\'']);
            let value = value.trim().trim_start_matches(['"', '\'']);
            self.names.contains(name)
                && !value
                    .trim_matches([',', '"', '\'', '{', '[', '|', '>', ' '])
                    .is_empty()
                && !value.starts_with("ENC[")
        })
    }
}

/// Whether a file could hold secrets as people keep them, and is no configuration.
fn is_data(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.ends_with(".tf.json")
        && !name.ends_with(".tofu.json")
        && name.rsplit_once('.').is_some_and(|(_, extension)| {
            EXTENSIONS.contains(&extension)
                || ["tfvars", "pem", "key", "p12", "pfx", "jks"].contains(&extension)
        })
}

/// Whether a path says that what is there is secret.
fn is_special(path: &str) -> bool {
    path.contains("secret") || path.contains(".enc.")
}

/// Tells whether the rule for a file is one for everything that ends as it does, wherever it is and
/// whatever it is called.
fn is_broad(rules: &CreationRules, path: &Path) -> bool {
    let Some(ending) = path.extension() else {
        return false;
    };
    let other = rules
        .path()
        .with_file_name("of-no-rule-but-one-for-everything")
        .with_extension(ending);
    match (rules.rule_for(path), rules.rule_for(&other)) {
        (Ok(own), Ok(other)) => own.line == other.line,
        _ => false,
    }
}

/// Finds files that a rule of `.sops.yaml` names by `path_regex` and that are not encrypted, and
/// decrypted copies of encrypted files.
pub(super) fn unencrypted(
    directory: &Path,
    seen: &BTreeSet<PathBuf>,
    keys: &Keys,
    lookalikes: &mut Lookalikes,
    findings: &mut Vec<SecretsFinding>,
) {
    let rules = CreationRules::find(&directory.join("any"))
        .and_then(|path| CreationRules::read(&path).ok());
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
            let Some(fewer) = left.checked_sub(1) else {
                findings.push(SecretsFinding {
                    gravity: Gravity::Error,
                    environment: None,
                    kind: Kind::NotChecked,
                    file: None,
                    name: None,
                    message: format!(
                        "not every file below {} was looked at for plaintext: there are too many, more than {MOST_ENTRIES}",
                        directory.display()
                    ),
                    fix: "run it in the directory of the project that has the secrets".to_owned(),
                });
                return;
            };
            left = fewer;
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
                // A link is as readable as the file that it leads to.
                Ok(kind) if kind.is_file() || kind.is_symlink() && path.is_file() => {
                    let found = looked_at(&path, rules.as_ref(), seen, keys);
                    if found.is_none() && kind.is_file() {
                        lookalikes.look(&path);
                    }
                    findings.extend(found);
                }
                _ => {}
            }
        }
    }
}

/// Judges one file: whether it should be encrypted and is not.
fn looked_at(
    path: &Path,
    rules: Option<&CreationRules>,
    seen: &BTreeSet<PathBuf>,
    keys: &Keys,
) -> Option<SecretsFinding> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let special = is_special(&path.to_string_lossy());
    let named = is_named(path, rules, special);
    let called_so = keys.is_called_so(&name);
    if !named && !called_so {
        return None;
    }
    let known = path
        .canonicalize()
        .is_ok_and(|canonical| seen.contains(&canonical));
    if known {
        return None;
    }
    let problem = unencrypted_because(path)?;
    let copy = called_so && keys.are_in(path);
    if !named && !copy {
        return None;
    }
    let ordinary = !is_of_variables(path) && !special;
    let broad = ordinary && rules.is_some_and(|rules| is_broad(rules, path));
    if !copy && broad && name.starts_with('.') {
        return None;
    }
    let lost = matches!(problem, Problem::LostMetadata);
    let file = path.display().to_string();
    let (message, fix) = if lost {
        lost_metadata(&problem, &file)
    } else if copy {
        decrypted_copy(&file)
    } else if broad {
        of_a_broad_rule(&file)
    } else {
        of_a_rule(&file)
    };
    Some(SecretsFinding {
        // A broad expression names more than secrets.
        gravity: if copy || !ordinary || lost {
            Gravity::Error
        } else {
            Gravity::Warning
        },
        environment: None,
        kind: Kind::Unencrypted,
        message,
        fix,
        file: Some(file),
        name: None,
    })
}

/// Whether a file sets variables, and the tool may have to read it.
fn is_of_variables(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "tfvars")
}

/// Tells whether a rule of `.sops.yaml` says that a file is to be encrypted.
fn is_named(path: &Path, rules: Option<&CreationRules>, special: bool) -> bool {
    // A rule for everything names nothing. Nor does one for all that is called `staging` name the
    // variables files of that environment, which the tool has to read: such a rule says `tfvars`, or
    // the file says that it is no ordinary one.
    let says_so = |rule: &CreationRule| {
        let of_variables = || {
            rule.pattern()
                .is_some_and(|pattern| pattern.contains("tfvars"))
        };
        !rule.is_for_everything() && (!is_of_variables(path) || special || of_variables())
    };
    // Rules for all files of a kind name those that other programs read as well.
    is_data(path)
        && !is_read_by_others(path)
        && rules.is_some_and(|rules| rules.rule_for(path).is_ok_and(says_so))
}

/// Says why a file is not encrypted; none where it is, or nobody can tell.
fn unencrypted_because(path: &Path) -> Option<Problem> {
    let problem = SecretsFile::read(path, None).err()?.problem;
    matches!(
        problem,
        Problem::NotEncrypted | Problem::LostMetadata | Problem::Syntax { .. } | Problem::NotAMap
    )
    .then_some(problem)
}

fn lost_metadata(problem: &Problem, file: &str) -> (String, String) {
    (
        problem.to_string(),
        format!(
            "find its last good version: `git log -p -- {}`",
            shell_path(file)
        ),
    )
}

fn decrypted_copy(file: &str) -> (String, String) {
    (
        "has names of encrypted values and is not encrypted: a decrypted copy".to_owned(),
        format!(
            "delete it (`rm {}`); if it has been committed or shared, change the secrets",
            shell_path(file)
        ),
    )
}

fn of_a_broad_rule(file: &str) -> (String, String) {
    (
        "a rule of .sops.yaml is for it, as for every file that ends so, and it is not encrypted"
            .to_owned(),
        format!(
            "if it holds no secret, narrow `path_regex` to the files that do (`\\.enc\\.yaml$`); if it does, change the secrets and keep new ones in an encrypted file: `tollgate secrets import --create FILE {}`",
            shell_path(file)
        ),
    )
}

fn of_a_rule(file: &str) -> (String, String) {
    (
        ".sops.yaml names it, and it is not encrypted".to_owned(),
        format!(
            "encrypt it: `sops encrypt --in-place {}`; if it has been committed, change the secrets",
            shell_path(file)
        ),
    )
}
