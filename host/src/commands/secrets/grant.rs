//! `tollgate secrets grant` and `secrets revoke`: one reader more, or one reader less, in every file and
//! in the rules that the files follow. All is written, or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use tollgate_secrets::seal::Readers;
use tollgate_secrets::{
    CreationRules, Draft, Keyring, Recipient, Rekeying, RuleChange, SecretsFile, Together,
    shell_path, shell_word,
};

use super::files::{chosen, copied, is_a_copy, replace_text};
use super::rotate::{reads, seen};
use super::{CommandError, keyring, print};
use crate::cli::RecipientArgs;
use crate::commands::configuration;
use crate::config::Config;
use crate::routing::writing::Writing;
use crate::routing::{Failure, Readership, RouteError};

pub(in crate::commands) fn grant(args: &RecipientArgs) -> Result<u8, CommandError> {
    change(args, RuleChange::Grant)
}

pub(in crate::commands) fn revoke(args: &RecipientArgs) -> Result<u8, CommandError> {
    change(args, RuleChange::Revoke)
}

fn change(args: &RecipientArgs, change: RuleChange) -> Result<u8, CommandError> {
    let recipient = recipient(&args.recipient)?;
    let config = configuration(&args.files.config)?;
    let mut paths = chosen(&config, &args.files, false)?;
    if change == RuleChange::Grant {
        for path in &paths {
            let file = SecretsFile::read(path, None)?;
            if !has(&file, &recipient) {
                may_read(&config, path, &file, &recipient)?;
            }
        }
    }
    let rules = rules_of(&paths, &recipient, change);
    let others = others(&rules, &paths, &recipient, change)?;
    if args.files.all {
        // What a rule is for besides follows it too.
        paths.extend(others);
    } else if !others.is_empty() {
        return Err(shared(&rules, &paths, &others, args, change));
    }
    if change == RuleChange::Grant {
        for path in &paths {
            apart(&config, path, &paths, &recipient)?;
        }
    }
    let keyring = keyring();
    let mut together = Together::default();
    let mut out = String::new();
    let mut changed = Vec::new();
    for path in &paths {
        let draft = match change {
            RuleChange::Grant => with(&config, path, &recipient, &keyring)?,
            RuleChange::Revoke => without(args, path, &paths, &recipient, &keyring)?,
        };
        let said = match (change, draft.is_some()) {
            (RuleChange::Grant, true) => "it reads this file now",
            (RuleChange::Grant, false) => "it reads this file already",
            (RuleChange::Revoke, true) => "locked out, with a new data key",
            (RuleChange::Revoke, false) => "it does not read this file",
        };
        if let Some(draft) = draft {
            together.add(draft);
            changed.push(path);
        }
        let _ = writeln!(out, "{}: {said}", shown(path));
    }
    let mut texts = Vec::new();
    for (path, lines) in &rules {
        let text = new_rules(path, lines, &recipient, change, &paths)?;
        texts.push((path, text));
        let said = match change {
            RuleChange::Grant => "the recipient was added",
            RuleChange::Revoke => "the recipient was taken out",
        };
        let _ = writeln!(out, "{}: {said}", beside(path));
    }
    if change == RuleChange::Revoke {
        for path in changed {
            let _ = writeln!(out, "{}:", shown(path));
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

/// Drafts a file that the recipient reads too; none where it does already.
fn with(
    config: &Config,
    path: &Path,
    recipient: &Recipient,
    keyring: &Keyring,
) -> Result<Option<Draft>, CommandError> {
    let file = SecretsFile::read(path, None)?;
    if has(&file, recipient) {
        return Ok(None);
    }
    may_read(config, path, &file, recipient)?;
    let mut readers = file.readers();
    let [group] = readers.groups.as_mut_slice() else {
        return Err(CommandError::usage(
            format!(
                "{} has several key groups, and nothing says into which one it belongs",
                shown(path)
            ),
            format!(
                "put it into the group in .sops.yaml, and have the file follow: `tollgate secrets sync {}`",
                word(path)
            ),
        ));
    };
    group.push(recipient.clone());
    let mut draft = Draft::open(path, None, keyring)?;
    draft.rekey(&readers, Rekeying::SameKey, keyring)?;
    Ok(Some(draft))
}

/// Drafts a file that the recipient does not read any more; none where it does not now. `paths` are all
/// the files that are asked for.
fn without(
    args: &RecipientArgs,
    path: &Path,
    paths: &[PathBuf],
    recipient: &Recipient,
    keyring: &Keyring,
) -> Result<Option<Draft>, CommandError> {
    let file = SecretsFile::read(path, None)?;
    if !has(&file, recipient) {
        return Ok(None);
    }
    let mut readers = file.readers();
    for group in &mut readers.groups {
        group.retain(|one| one.key() != recipient.key());
    }
    expect_members(path, paths, &readers)?;
    let mut draft = Draft::open(path, None, keyring)?;
    draft.rekey(&readers, Rekeying::NewKey, keyring)?;
    // Whoever leaves by mistake gets in again only by somebody else.
    if !draft.opens_with(keyring) {
        return Err(CommandError::unusable(
            format!(
                "none of your keys could open {} any more; no file was changed",
                shown(path)
            ),
            format!(
                "have somebody run it who goes on reading it: `tollgate secrets revoke {} {}`; or give SOPS_AGE_KEY_FILE an identity that stays",
                shell_word(args.recipient.trim()),
                words(paths)
            ),
        ));
    }
    Ok(Some(draft))
}

/// Refuses to leave a file, or one of its key groups, to nobody.
fn expect_members(path: &Path, paths: &[PathBuf], readers: &Readers) -> Result<(), CommandError> {
    if !readers.groups.iter().any(Vec::is_empty) {
        return Ok(());
    }
    if readers.groups.len() > 1 {
        // Without the group the others may be too few, or need another threshold.
        return Err(CommandError::usage(
            format!(
                "it is the only member of a key group of {}, and whether the group goes or gets somebody else, only you can say; no file was changed",
                shown(path)
            ),
            format!(
                "put somebody else in its place in `key_groups` of .sops.yaml, or take the group out there, and have the file follow, with a new data key: `tollgate secrets sync {}`",
                word(path)
            ),
        ));
    }
    Err(CommandError::usage(
        format!(
            "nobody else could read {}; no file was changed",
            shown(path)
        ),
        format!(
            "let somebody else read it first: `tollgate secrets grant RECIPIENT {}`",
            words(paths)
        ),
    ))
}

/// Whether somebody is a recipient of a file, under this name.
fn has(file: &SecretsFile, recipient: &Recipient) -> bool {
    file.recipients().any(|one| one.key() == recipient.key())
}

/// A path as messages name it.
fn shown(path: &Path) -> String {
    path.display().to_string().escape_debug().to_string()
}

/// Returns the lines of the rules to change, by `.sops.yaml`.
fn rules_of(
    paths: &[PathBuf],
    recipient: &Recipient,
    change: RuleChange,
) -> BTreeMap<PathBuf, Vec<usize>> {
    let mut rules: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    for path in paths {
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
    }
    rules
}

/// Finds the files that were not named and that the same rules are for: as soon as such a file follows its
/// rule, the recipient reads it, or (where it is taken out of the rule) the file is not what the rule says.
fn others(
    rules: &BTreeMap<PathBuf, Vec<usize>>,
    named: &[PathBuf],
    recipient: &Recipient,
    change: RuleChange,
) -> Result<Vec<PathBuf>, CommandError> {
    let place = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let named: BTreeSet<PathBuf> = named.iter().map(|path| place(path)).collect();
    let mut others = Vec::new();
    for (path, lines) in rules {
        let Ok(read) = CreationRules::read(path) else {
            continue;
        };
        let files = read.files_of(lines).map_err(|_| {
            CommandError::usage(
                format!(
                    "below {} are too many files to tell which ones its rules are for",
                    beside(path)
                ),
                "change the rule by hand, and have the files follow: `tollgate secrets sync FILE`",
            )
        })?;
        for file in files {
            let reads = SecretsFile::read_as_any(&file).is_some_and(|file| has(&file, recipient));
            if !named.contains(&place(&file)) && reads == (change == RuleChange::Revoke) {
                others.push(PathBuf::from(relative(&file)));
            }
        }
    }
    others.sort();
    others.dedup();
    Ok(others)
}

/// Refuses to change a rule for files that nobody named.
fn shared(
    rules: &BTreeMap<PathBuf, Vec<usize>>,
    named: &[PathBuf],
    others: &[PathBuf],
    args: &RecipientArgs,
    change: RuleChange,
) -> CommandError {
    const MOST: usize = 10;
    let at: Vec<String> = rules
        .iter()
        .flat_map(|(path, lines)| {
            lines
                .iter()
                .map(move |line| format!("{}:{line}", beside(path)))
        })
        .collect();
    let mut shown: Vec<String> = others
        .iter()
        .take(MOST)
        .map(|path| path.display().to_string().escape_debug().to_string())
        .collect();
    if others.len() > MOST {
        shown.push(format!("{} more", others.len() - MOST));
    }
    let words: Vec<String> = named.iter().chain(others).map(|path| word(path)).collect();
    let (verb, what) = match change {
        RuleChange::Grant => ("grant", "could read it too, as soon as it follows the rule"),
        RuleChange::Revoke => ("revoke", "would go on reading it, against the rule"),
    };
    CommandError::usage(
        format!(
            "the rule at {} is also for {}, which you did not name, and the recipient {what}; nothing was changed",
            at.join(", "),
            shown.join(", ")
        ),
        format!(
            "give what you named a rule of its own in .sops.yaml, above that one (`path_regex` for {} alone), and run this again; or name all of them: `tollgate secrets {verb} {} {}`",
            named
                .iter()
                .map(|path| path.display().to_string().escape_debug().to_string())
                .collect::<Vec<_>>()
                .join(", "),
            shell_word(args.recipient.trim()),
            words.join(" ")
        ),
    )
}

/// Paths as words of a shell.
fn words(paths: &[PathBuf]) -> String {
    let words: Vec<String> = paths.iter().map(|path| word(path)).collect();
    words.join(" ")
}

/// A path as a word of a shell.
fn word(path: &Path) -> String {
    shell_path(&path.display().to_string())
}

/// Reads the recipient, and refuses what nobody could be.
fn recipient(text: &str) -> Result<Recipient, CommandError> {
    let shown = text.trim();
    if shown.contains(',') && shown.split(',').all(|one| Recipient::parse(one).is_some()) {
        return Err(CommandError::usage(
            "these are several recipients, and each is granted or revoked by itself",
            "run it once for each of them",
        ));
    }
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
    let writing = Writing::of(config, path)?;
    // Whoever is in the file against its rule would stay, unseen among those that were let in.
    writing.check_file(path, None)?;
    let mut readership = Readership::of(file);
    readership.recipients.push(recipient.clone());
    let refused = match writing.check_readership(&readership) {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    Err(match &refused {
        Failure::Route(error @ RouteError::ForeignRecipient { environment, .. }) => {
            // It is not yet.
            CommandError::refused(
                error
                    .to_string()
                    .replacen("is encrypted to", "would be encrypted to", 1),
                format!(
                    "see whose it is; if it may read the file, name it in `recipients` of [environments.{environment}.secrets], and run this again"
                ),
            )
        }
        _ => refused.into(),
    })
}

/// Refuses a reader who would get another environment's values with a file that is a copy, and is not let
/// into the other file as well.
fn apart(
    config: &Config,
    path: &Path,
    paths: &[PathBuf],
    recipient: &Recipient,
) -> Result<(), CommandError> {
    if reads(&SecretsFile::read(path, None)?, recipient) {
        return Ok(());
    }
    let Some(twin) = copied(config, path)? else {
        return Ok(());
    };
    let place = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let both = paths.iter().any(|path| place(path) == place(&twin.path));
    if both || reads(&SecretsFile::read(&twin.path, None)?, recipient) {
        return Ok(());
    }
    Err(is_a_copy(path, &twin, "the recipient would read them"))
}

fn new_rules(
    path: &Path,
    lines: &[usize],
    recipient: &Recipient,
    change: RuleChange,
    files: &[PathBuf],
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
                "change the rule at line {} by hand, and have the files follow: `tollgate secrets sync {}`",
                lines.join(", "),
                words(files)
            ),
        )
    })
}

fn beside(path: &Path) -> String {
    relative(path).escape_debug().to_string()
}

/// A path as it is from here, where it is below.
fn relative(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let shown = path.strip_prefix(here).unwrap_or(path);
    shown.display().to_string()
}
