//! `tollgate secrets grant` and `secrets revoke`: one reader more, or one reader less, in every file and
//! in the rules that the files follow. All is written, or nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use tollgate_secrets::{
    CreationRules, Draft, Recipient, Rekeying, RuleChange, SecretsFile, Together,
};

use super::files::{chosen, replace_text};
use super::rotate::seen;
use super::{CommandError, keyring, print};
use crate::cli::RecipientArgs;
use crate::commands::configuration;
use crate::config::Config;
use crate::routing::Readership;
use crate::routing::writing::Writing;

pub(in crate::commands) fn grant(args: &RecipientArgs) -> Result<u8, CommandError> {
    change(args, RuleChange::Grant)
}

pub(in crate::commands) fn revoke(args: &RecipientArgs) -> Result<u8, CommandError> {
    change(args, RuleChange::Revoke)
}

fn change(args: &RecipientArgs, change: RuleChange) -> Result<u8, CommandError> {
    let recipient = recipient(&args.recipient)?;
    let config = configuration(&args.files.config)?;
    let paths = chosen(&config, &args.files, false)?;
    let keyring = keyring();
    let mut together = Together::default();
    let mut out = String::new();
    // By `.sops.yaml`: the lines of the rules to change.
    let mut rules: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    let mut changed = Vec::new();
    for path in &paths {
        if let Some(found) = CreationRules::find(path)
            && let Ok(rule) = CreationRules::rule_of(path)
        {
            let has = rule.recipients().any(|one| one.key() == recipient.key());
            if has == (change == RuleChange::Revoke) {
                let lines = rules.entry(found).or_default();
                if !lines.contains(&rule.line) {
                    lines.push(rule.line);
                }
            }
        }
        let file = SecretsFile::read(path, None)?;
        let mut readers = file.readers();
        let has = file.recipients().any(|one| one.key() == recipient.key());
        let shown = path.display().to_string();
        let shown = shown.escape_debug();
        if has == (change == RuleChange::Grant) {
            let _ = writeln!(
                out,
                "{shown}: {}",
                if has {
                    "it reads this file already"
                } else {
                    "it does not read this file"
                }
            );
            continue;
        }
        let how = match change {
            RuleChange::Grant => {
                may_read(&config, path, &file, &recipient)?;
                let [group] = readers.groups.as_mut_slice() else {
                    return Err(CommandError::usage(
                        format!(
                            "{shown} has several key groups, and nothing says into which one it belongs"
                        ),
                        "put it into the group in .sops.yaml, and have the file follow: `tollgate secrets sync`",
                    ));
                };
                group.push(recipient.clone());
                Rekeying::SameKey
            }
            RuleChange::Revoke => {
                for group in &mut readers.groups {
                    group.retain(|one| one.key() != recipient.key());
                }
                if readers.groups.iter().any(Vec::is_empty) {
                    return Err(CommandError::usage(
                        format!("nobody else could read {shown}; no file was changed"),
                        "let somebody else read it first: `tollgate secrets grant RECIPIENT FILE`",
                    ));
                }
                Rekeying::NewKey
            }
        };
        let mut draft = Draft::open(path, None, &keyring)?;
        draft.rekey(&readers, how, &keyring)?;
        together.add(draft);
        changed.push(path.clone());
        let _ = writeln!(
            out,
            "{shown}: {}",
            match change {
                RuleChange::Grant => "it reads this file now",
                RuleChange::Revoke => "locked out, with a new data key",
            }
        );
    }
    let mut texts = Vec::new();
    for (path, lines) in &rules {
        texts.push((path.clone(), new_rules(path, lines, &recipient, change)?));
        let _ = writeln!(
            out,
            "{}: {}",
            beside(path),
            match change {
                RuleChange::Grant => "the recipient was added",
                RuleChange::Revoke => "the recipient was taken out",
            }
        );
    }
    if change == RuleChange::Revoke {
        for path in &changed {
            let _ = writeln!(out, "{}:", path.display().to_string().escape_debug());
            seen(&mut out, path)?;
        }
    }
    together.write(|| {
        for (path, text) in &texts {
            replace_text(path, text)?;
        }
        Ok::<(), CommandError>(())
    })?;
    print(&out)
}

/// Reads the recipient, and refuses what nobody could be.
fn recipient(text: &str) -> Result<Recipient, CommandError> {
    let shown = text.trim();
    if shown.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-") {
        return Err(CommandError::usage(
            "that is a private key, which everybody has seen by now who sees the command line",
            "give its public key, and replace the key: `tollgate secrets keygen`",
        ));
    }
    Recipient::parse(shown).ok_or_else(|| {
        CommandError::usage(
            format!("{} is no recipient", crate::diagnostic::quoted(shown)),
            "give an age or SSH public key, the ARN, URL or resource name of a cloud's key, or the fingerprint of an OpenPGP key",
        )
    })
}

/// Refuses a reader who must not be one: another environment's, or one that is not listed.
fn may_read(
    config: &Config,
    path: &Path,
    file: &SecretsFile,
    recipient: &Recipient,
) -> Result<(), CommandError> {
    let writing = Writing::of(config, path);
    let mut readership = Readership::of(file);
    readership.recipients.push(recipient.clone());
    writing.check_readership(&readership)?;
    Ok(())
}

fn new_rules(
    path: &Path,
    lines: &[usize],
    recipient: &Recipient,
    change: RuleChange,
) -> Result<String, CommandError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        CommandError::usage(
            format!(
                "{} cannot be read: {}",
                beside(path),
                tollgate_secrets::in_words(error.kind())
            ),
            "make it readable",
        )
    })?;
    CreationRules::changed(path, &text, recipient, lines, change).ok_or_else(|| {
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        CommandError::usage(
            format!(
                "{} is written in a way in which its rules cannot be changed here; no file was changed",
                beside(path)
            ),
            format!(
                "change the rule at line {} by hand, and have the files follow: `tollgate secrets sync --all`",
                lines.join(", ")
            ),
        )
    })
}

fn beside(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let shown = path.strip_prefix(here).unwrap_or(path);
    shown.display().to_string().escape_debug().to_string()
}
