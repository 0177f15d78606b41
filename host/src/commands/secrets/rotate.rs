//! `tollgate secrets rotate` and `secrets sync`: new data keys, and the readers that `.sops.yaml` names.

use std::fmt::Write as _;
use std::path::Path;

use tollgate_secrets::{
    CreationRule, CreationRules, Draft, Error, Format, KeyPath, Keyring, Recipient, Rekeying,
    Reselected, SecretsFile, Together, secrets_command,
};

use super::files::{chosen, copied, is_a_copy};
use super::{CommandError, keyring, print};
use crate::cli::{RotateArgs, SyncArgs};
use crate::commands::configuration;
use crate::config::Config;
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
        let drift = Drift::of(&SecretsFile::read(path, None)?, &rule);
        let shown = path.display().to_string();
        let shown = shown.escape_debug();
        if drift.same_readers && drift.same_selection {
            let _ = writeln!(out, "{shown}: as .sops.yaml says, nothing written");
            continue;
        }
        expect_no_values_of_others(&config, path, &drift.new)?;
        let mut draft =
            Draft::open(path, None, &keyring)?.allow_unencrypted(args.allow_unencrypted);
        let (done, in_clear) = drift.close(&rule, &mut draft, &keyring)?;
        together.add(draft);
        let _ = writeln!(out, "{shown}: {}", done.join("; "));
        for path in &in_clear {
            let _ = writeln!(out, "  unencrypted: {path}");
        }
        if !drift.new.is_empty() {
            let new: Vec<String> = drift.new.iter().map(ToString::to_string).collect();
            let _ = writeln!(out, "  can read it now: {}", new.join(", "));
        }
        if !drift.gone.is_empty() {
            let _ = writeln!(out, "  locked out: {}", drift.gone.join(", "));
            seen(&mut out, path)?;
        }
    }
    together.write(|| Ok::<(), Error>(()))?;
    print(&out)
}

/// In what a file is not as its rule says.
struct Drift {
    same_readers: bool,
    same_selection: bool,
    /// Whether the readers of the only group stay, and others come to it.
    only_more: bool,
    /// Who could not read it so far.
    new: Vec<Recipient>,
    /// Who could, and cannot from now on.
    gone: Vec<String>,
}

impl Drift {
    fn of(file: &SecretsFile, rule: &CreationRule) -> Self {
        let (wanted, has) = (rule.readers(), file.readers());
        let (wants, can) = (rights(&wanted.groups), rights(&has.groups));
        let is_in = |rights: &[Vec<String>], right: &String| {
            rights.iter().flatten().any(|one| one == right)
        };
        let selects = selection(
            &rule
                .selection
                .as_ref()
                .map(|(name, value)| (*name, value.as_str())),
        );
        Self {
            same_readers: wants == can && wanted.threshold == has.threshold,
            same_selection: file.format() == Format::Binary
                || selects == selection(&file.selection()),
            only_more: wants.len() == 1
                && can.len() == 1
                && can.iter().flatten().all(|right| is_in(&wants, right)),
            new: rule
                .recipients()
                .filter(|one| !is_in(&can, &one.right()))
                .cloned()
                .collect(),
            gone: has
                .recipients()
                .filter(|one| !is_in(&wants, &one.right()))
                .map(ToString::to_string)
                .collect(),
        }
    }

    /// Makes the file what its rule says. Returns what was done, and the values that are unencrypted from
    /// now on.
    fn close(
        &self,
        rule: &CreationRule,
        draft: &mut Draft,
        keyring: &Keyring,
    ) -> Result<(Vec<String>, Vec<KeyPath>), CommandError> {
        let mut done = Vec::new();
        let mut in_clear = Vec::new();
        if !self.same_selection {
            let selection = rule.selection.as_ref();
            let reselected =
                draft.reselect(selection.map(|(name, value)| (*name, value.as_str())))?;
            done.extend(what_was_reselected(&reselected));
            in_clear = reselected.in_clear;
        }
        if !self.same_readers {
            // Who is left out, or needs others now, must not keep the key that opens it alone.
            let how = if self.only_more {
                Rekeying::SameKey
            } else {
                Rekeying::NewKey
            };
            draft.rekey(&rule.readers(), how, keyring)?;
            done.push(match how {
                Rekeying::SameKey => "for more readers".to_owned(),
                Rekeying::NewKey => "for other readers, with a new data key".to_owned(),
            });
        }
        Ok((done, in_clear))
    }
}

/// What the members of each group can do, in an order that two files can be compared in.
fn rights(groups: &[Vec<Recipient>]) -> Vec<Vec<String>> {
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
}

fn what_was_reselected(reselected: &Reselected) -> Vec<String> {
    let mut done = Vec::new();
    if reselected.encrypted > 0 {
        done.push(format!(
            "{} encrypted that stood there unencrypted",
            count(reselected.encrypted, "value", "values")
        ));
    }
    if !reselected.in_clear.is_empty() {
        done.push(format!(
            "{} unencrypted from now on",
            count(reselected.in_clear.len(), "value is", "values are")
        ));
    }
    if done.is_empty() {
        done.push("selects what is encrypted as .sops.yaml says".to_owned());
    }
    done
}

/// Refuses new readers who would get another environment's values with a file that is a copy.
fn expect_no_values_of_others(
    config: &Config,
    path: &Path,
    new: &[Recipient],
) -> Result<(), CommandError> {
    if new.is_empty() {
        return Ok(());
    }
    let Some(twin) = copied(config, path)? else {
        return Ok(());
    };
    let theirs = SecretsFile::read(&twin.path, None)?;
    match new.iter().find(|one| !reads(&theirs, one)) {
        Some(one) => {
            let what = format!("{one} would read them from now on");
            Err(is_a_copy(path, &twin, &what))
        }
        None => Ok(()),
    }
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
