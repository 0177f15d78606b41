//! `tollgate secrets rotate` and `secrets sync`: new data keys, and the readers that `.sops.yaml` names.

use std::fmt::Write as _;
use std::path::Path;

use tollgate_secrets::{
    CreationRules, Draft, Error, Format, Recipient, Rekeying, SecretsFile, Together,
    secrets_command,
};

use super::files::{chosen, copied, is_a_copy};
use super::{CommandError, keyring, print};
use crate::cli::{RotateArgs, SyncArgs};
use crate::commands::configuration;
use crate::report::count;
use crate::routing::writing::Writing;

pub(in crate::commands) fn rotate(args: &RotateArgs) -> Result<u8, CommandError> {
    let config = configuration(&args.files.config)?;
    let paths = chosen(&config, &args.files, false)?;
    let keyring = keyring();
    let mut together = Together::default();
    let mut out = String::new();
    for path in &paths {
        Writing::of(&config, path)?.check_file(path, None)?;
        if let Some(twin) = copied(&config, path)? {
            let what = "with a new data key nobody could tell any more";
            return Err(is_a_copy(path, &twin, what));
        }
        let readers = SecretsFile::read(path, None)?.readers();
        let mut draft = Draft::open(path, None, &keyring)?;
        draft.rekey(&readers, Rekeying::NewKey, &keyring)?;
        together.add(draft);
        let shown = path.display().to_string();
        let _ = writeln!(out, "{}: a new data key", shown.escape_debug());
    }
    together.write(|| Ok::<(), Error>(()))?;
    print(&out)
}

pub(in crate::commands) fn sync(args: &SyncArgs) -> Result<u8, CommandError> {
    let config = configuration(&args.files.config)?;
    let paths = chosen(&config, &args.files, false)?;
    let keyring = keyring();
    let mut together = Together::default();
    let mut out = String::new();
    for path in &paths {
        let rule = CreationRules::rule_of(path)?;
        Writing::of(&config, path)?.check_rule(path, &rule)?;
        let file = SecretsFile::read(path, None)?;
        let (wanted, has) = (rule.readers(), file.readers());
        let rights = |groups: &[Vec<Recipient>]| -> Vec<Vec<String>> {
            let mut all: Vec<Vec<String>> = groups
                .iter()
                .map(|group| {
                    let mut group: Vec<String> = group.iter().map(Recipient::right).collect();
                    group.sort();
                    group.dedup();
                    group
                })
                .collect();
            all.sort();
            all
        };
        let (wants, can) = (rights(&wanted.groups), rights(&has.groups));
        let selects = selection(
            &rule
                .selection
                .as_ref()
                .map(|(name, value)| (*name, value.as_str())),
        );
        let selected = selection(&file.selection());
        let same_readers = wants == can && wanted.threshold == has.threshold;
        let same_selection = file.format() == Format::Binary || selects == selected;
        let shown = path.display().to_string();
        let shown = shown.escape_debug();
        if same_readers && same_selection {
            let _ = writeln!(out, "{shown}: as .sops.yaml says, nothing written");
            continue;
        }
        let could: Vec<&String> = can.iter().flatten().collect();
        let new: Vec<&Recipient> = rule
            .recipients()
            .filter(|one| !could.contains(&&one.right()))
            .collect();
        if !new.is_empty()
            && let Some(twin) = copied(&config, path)?
        {
            let theirs = SecretsFile::read(&twin.path, None)?;
            if let Some(one) = new.iter().find(|one| !reads(&theirs, one)) {
                let what = format!("{one} would read them from now on");
                return Err(is_a_copy(path, &twin, &what));
            }
        }
        let mut draft =
            Draft::open(path, None, &keyring)?.allow_unencrypted(args.allow_unencrypted);
        let mut done = Vec::new();
        let mut in_clear = Vec::new();
        if !same_selection {
            let rule = rule.selection.as_ref();
            let reselected = draft.reselect(rule.map(|(name, value)| (*name, value.as_str())))?;
            in_clear = reselected.in_clear;
            if reselected.encrypted > 0 {
                done.push(format!(
                    "{} encrypted that stood there unencrypted",
                    count(reselected.encrypted, "value", "values")
                ));
            }
            if !in_clear.is_empty() {
                done.push(format!(
                    "{} unencrypted from now on",
                    count(in_clear.len(), "value is", "values are")
                ));
            }
            if done.is_empty() {
                done.push("selects what is encrypted as .sops.yaml says".to_owned());
            }
        }
        if !same_readers {
            // Who is left out, or needs others now, must not keep the key that opens it alone.
            let only_more = wants.len() == 1
                && can.len() == 1
                && can
                    .iter()
                    .flatten()
                    .all(|right| wants.iter().flatten().any(|wanted| wanted == right));
            let how = if only_more {
                Rekeying::SameKey
            } else {
                Rekeying::NewKey
            };
            draft.rekey(&wanted, how, &keyring)?;
            done.push(match how {
                Rekeying::SameKey => "for more readers".to_owned(),
                Rekeying::NewKey => "for other readers, with a new data key".to_owned(),
            });
        }
        together.add(draft);
        let _ = writeln!(out, "{shown}: {}", done.join("; "));
        for path in &in_clear {
            let _ = writeln!(out, "  unencrypted: {path}");
        }
        let new: Vec<String> = new.iter().map(ToString::to_string).collect();
        if !new.is_empty() {
            let _ = writeln!(out, "  can read it now: {}", new.join(", "));
        }
        let gone: Vec<String> = has
            .groups
            .iter()
            .flatten()
            .filter(|one| !wants.iter().flatten().any(|right| *right == one.right()))
            .map(ToString::to_string)
            .collect();
        if !gone.is_empty() {
            let _ = writeln!(out, "  locked out: {}", gone.join(", "));
            seen(&mut out, path)?;
        }
    }
    together.write(|| Ok::<(), Error>(()))?;
    print(&out)
}

/// Whether somebody can read a file.
pub(super) fn reads(file: &SecretsFile, recipient: &Recipient) -> bool {
    file.recipients()
        .any(|one| one.right() == recipient.right())
}

/// Lists the values of a file that somebody has seen who must not see the next ones.
pub(super) fn seen(out: &mut String, path: &Path) -> Result<(), CommandError> {
    let file = SecretsFile::read(path, None)?;
    let shown = path.display().to_string();
    let _ = writeln!(
        out,
        "  what they have seen stays known to them; change each value where it is used, and then here:"
    );
    for leaf in file.shape() {
        if leaf.encrypted {
            let _ = writeln!(
                out,
                "  [ ] {}",
                secrets_command("set", &shown, &leaf.path.into())
            );
        }
    }
    Ok(())
}

/// What a rule selects, with what SOPS assumes where it selects nothing.
fn selection(rule: &Option<(&str, &str)>) -> (String, String) {
    let (name, value) = rule.unwrap_or(("unencrypted_suffix", "_unencrypted"));
    (name.to_owned(), value.to_owned())
}
