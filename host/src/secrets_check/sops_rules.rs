//! What `.sops.yaml` says of files: who may read them, and what of them is encrypted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tollgate_secrets::{
    CreationError, CreationProblem, CreationRule, CreationRules, Format, Recipient, SecretsFile,
    shell_path,
};

use super::{Gravity, Kind, SecretsFinding};
use crate::routing::Routed;

/// Every `.sops.yaml`, read once.
#[derive(Default)]
pub(super) struct Rules {
    read: BTreeMap<PathBuf, Result<CreationRules, CreationError>>,
}

impl Rules {
    fn of(&mut self, path: &Path) -> &Result<CreationRules, CreationError> {
        self.read
            .entry(path.to_owned())
            .or_insert_with(|| CreationRules::read(path))
    }

    /// Names what a `.sops.yaml` seems to say and does not.
    pub(super) fn remarks(&mut self, directory: &Path, findings: &mut Vec<SecretsFinding>) {
        let Some(path) = CreationRules::find(&directory.join("any")) else {
            return;
        };
        let shown = shown(&path);
        let Ok(rules) = self.of(&path) else {
            // What cannot be read is told where a file needs it.
            return;
        };
        let mut remark = |gravity, line: usize, message: String, fix: String| {
            findings.push(SecretsFinding {
                gravity,
                environment: None,
                kind: Kind::Rules,
                file: Some(format!("{shown}:{line}")),
                name: None,
                message,
                fix,
            });
        };
        for rule in rules.rules() {
            for field in &rule.unknown {
                let name = field.name.escape_debug();
                let (gravity, meant) = match field.meant {
                    Some(meant) => (Gravity::Error, format!("; is `{meant}` meant?")),
                    None => (Gravity::Warning, String::new()),
                };
                remark(
                    gravity,
                    field.line,
                    format!("`{name}` is no field of a rule, and sops passes over it{meant}"),
                    match field.meant {
                        Some(meant) => format!("correct it to `{meant}`"),
                        None => "take it out, or make it a comment".to_owned(),
                    },
                );
            }
        }
        for (rule, first) in rules.shadowed() {
            remark(
                Gravity::Warning,
                rule.line,
                format!(
                    "this rule is for no file: the one at line {first} takes all of them, and the first that matches counts"
                ),
                "move it up, above that one; or take it out".to_owned(),
            );
        }
    }
}

fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Compares a file's readers, and what of it is encrypted, with what `.sops.yaml` has for it.
pub(super) fn drift(
    rules: &mut Rules,
    routed: &Routed,
    file: &SecretsFile,
    findings: &mut Vec<SecretsFinding>,
) {
    let finding =
        |gravity, kind, name: Option<String>, message: String, fix: String| SecretsFinding {
            gravity,
            environment: Some(routed.settings.environment.clone()),
            kind,
            file: Some(file.name().to_owned()),
            name,
            message,
            fix,
        };
    let path = Path::new(file.name());
    // Nobody has to have one.
    let Some(found) = CreationRules::find(path) else {
        return;
    };
    let rule = match rules.of(&found) {
        Ok(rules) => rules.rule_for(path).map_err(|error| {
            (
                error.to_string(),
                error.help(),
                matches!(error.problem, CreationProblem::NoMatch(_)),
            )
        }),
        Err(error) => Err((error.to_string(), error.help(), false)),
    };
    match rule {
        Ok(_) => {}
        Err((message, help, no_match)) => {
            let gravity = if no_match {
                Gravity::Warning
            } else {
                Gravity::Error
            };
            let fix = help.unwrap_or_else(|| "correct it".to_owned());
            findings.push(finding(gravity, Kind::RecipientDrift, None, message, fix));
            return;
        }
    }
    // The rule that may be meant: one below, that nobody comes to.
    let meant = match rules.of(&found) {
        Ok(rules) => rules
            .matching(path)
            .into_iter()
            .skip(1)
            .find(|other| !other.is_for_everything() && reads_as(&other.readers(), &file.readers()))
            .map(|other| other.line),
        Err(_) => None,
    };
    let Ok(rules) = rules.of(&found) else {
        return;
    };
    let Ok(rule) = rules.rule_for(path) else {
        return;
    };
    let sync = Sync::of(file, rule, meant);
    readers(file, rule, &sync, &finding, findings);
    selection(file, rule, &sync, &finding, findings);
    if let Some(list) = &routed.settings.recipients {
        let allowed: BTreeSet<String> = list
            .iter()
            .map(|text| Recipient::parse(text).map_or_else(|| text.clone(), |one| one.key()))
            .collect();
        for recipient in rule
            .recipients()
            .filter(|one| !allowed.contains(&one.key()))
        {
            findings.push(finding(
                Gravity::Error,
                Kind::Rules,
                Some(recipient.to_string()),
                format!(
                    "the rule for it (.sops.yaml, line {}) names {recipient}, which `recipients` of the environment does not list",
                    rule.line
                ),
                format!(
                    "take it out of the rule, or give {} a rule of its own above it; or list it in `recipients` of [environments.{0}.secrets]",
                    routed.settings.environment
                ),
            ));
        }
    }
}

/// Tells whether the same people open both.
fn reads_as(
    one: &tollgate_secrets::seal::Readers,
    other: &tollgate_secrets::seal::Readers,
) -> bool {
    let grouped = |readers: &tollgate_secrets::seal::Readers| {
        let mut all: Vec<BTreeSet<String>> = readers
            .groups
            .iter()
            .map(|group| group.iter().map(Recipient::right).collect())
            .collect();
        all.sort();
        all
    };
    grouped(one) == grouped(other) && one.threshold == other.threshold
}

/// What it comes to if a file follows its rule. That is a cure where the rule is right; where the rule has
/// become too wide it hands the file to somebody, so the other way is always said too.
struct Sync {
    command: String,
    /// Who could read the file then and cannot now.
    lets_in: Vec<String>,
    /// How it stays as it is.
    instead: String,
}

impl Sync {
    fn of(file: &SecretsFile, rule: &CreationRule, meant: Option<usize>) -> Self {
        let can: BTreeSet<String> = file.recipients().map(Recipient::right).collect();
        let lets_in: BTreeSet<String> = rule
            .recipients()
            .filter(|one| !can.contains(&one.right()))
            .map(ToString::to_string)
            .collect();
        let instead = match meant {
            Some(line) => format!(
                "move the rule at line {line} of .sops.yaml, which has the readers that the file has, above line {}",
                rule.line
            ),
            None => format!(
                "give the file a rule of its own in .sops.yaml, above line {}",
                rule.line
            ),
        };
        Self {
            command: format!("`tollgate secrets sync {}`", shell_path(file.name())),
            lets_in: lets_in.into_iter().collect(),
            instead,
        }
    }

    /// What a command adds that nobody may have meant.
    fn also(&self) -> String {
        if self.lets_in.is_empty() {
            return String::new();
        }
        format!(
            " (which also lets {} read it; if that must not be, first {})",
            self.lets_in.join(", "),
            self.instead
        )
    }
}

type New<'f> = dyn Fn(Gravity, Kind, Option<String>, String, String) -> SecretsFinding + 'f;

fn readers(
    file: &SecretsFile,
    rule: &CreationRule,
    sync: &Sync,
    finding: &New<'_>,
    findings: &mut Vec<SecretsFinding>,
) {
    // By the right: how it is written.
    let rights = |groups: &[Vec<Recipient>]| -> BTreeMap<String, String> {
        let all = groups.iter().flatten();
        all.map(|one| (one.right(), one.to_string())).collect()
    };
    let (wanted, has) = (rule.readers(), file.readers());
    let (wants, can) = (rights(&wanted.groups), rights(&has.groups));
    let mut differ = false;
    for (right, recipient) in wants.iter().filter(|(right, _)| !can.contains_key(*right)) {
        differ = true;
        findings.push(finding(
            Gravity::Error,
            Kind::RecipientDrift,
            Some(recipient.clone()),
            format!(
                "{right} is in .sops.yaml (line {}) and cannot read the file",
                rule.line
            ),
            format!(
                "if it must not read the file: {}; if it may: {}",
                sync.instead, sync.command
            ),
        ));
    }
    for (right, recipient) in can.iter().filter(|(right, _)| !wants.contains_key(*right)) {
        differ = true;
        findings.push(finding(
            Gravity::Error,
            Kind::RecipientDrift,
            Some(recipient.clone()),
            format!(
                "{right} can read the file and is not in .sops.yaml (line {})",
                rule.line
            ),
            format!(
                "lock it out with a new data key: {}{} (`sops updatekeys` keeps the old one, which opens every later value); then change the secrets that it has seen",
                sync.command,
                sync.also()
            ),
        ));
    }
    let needs = |readers: &tollgate_secrets::seal::Readers| match readers.groups.len() {
        1 => "any one of its recipients".to_owned(),
        all => format!("{} of {all} key groups", readers.threshold),
    };
    if !differ && !reads_as(&wanted, &has) {
        let (wants, can) = (needs(&wanted), needs(&has));
        let message = if wants == can {
            format!(
                "has other key groups than .sops.yaml (line {}) says",
                rule.line
            )
        } else {
            format!(
                "opens for {can}, and .sops.yaml (line {}) says {wants}",
                rule.line
            )
        };
        findings.push(finding(
            Gravity::Error,
            Kind::RecipientDrift,
            None,
            message,
            format!(
                "if the rule is right, make the file follow, with a new data key: {}; if the file is: {}",
                sync.command, sync.instead
            ),
        ));
    }
}

/// What SOPS assumes when nothing selects.
const DEFAULT: (&str, &str) = ("unencrypted_suffix", "_unencrypted");

fn selection(
    file: &SecretsFile,
    rule: &CreationRule,
    sync: &Sync,
    finding: &New<'_>,
    findings: &mut Vec<SecretsFinding>,
) {
    if file.format() == Format::Binary {
        return;
    }
    let wanted = rule
        .selection
        .as_ref()
        .map_or(DEFAULT, |(name, value)| (*name, value.as_str()));
    let selected = file.selection().unwrap_or(DEFAULT);
    if selected == wanted {
        return;
    }
    // That the expression is none, the rules say.
    let Ok(leaves) = file.unencrypted_under(Some(wanted)) else {
        return;
    };
    let damaged: Vec<String> = file
        .shape()
        .iter()
        .filter(|leaf| leaf.kind == tollgate_secrets::ShapeKind::Damaged)
        .map(|leaf| leaf.path.to_string())
        .collect();
    let leaves: Vec<String> = leaves
        .iter()
        .map(ToString::to_string)
        .filter(|leaf| !damaged.contains(leaf))
        .collect();
    if leaves.is_empty() {
        findings.push(finding(
            Gravity::Warning,
            Kind::RecipientDrift,
            None,
            format!(
                "selects what is encrypted by `{}` {}, and .sops.yaml (line {}) says `{}` {}",
                selected.0,
                crate::diagnostic::quoted(selected.1),
                rule.line,
                wanted.0,
                crate::diagnostic::quoted(wanted.1)
            ),
            format!("make the file follow: {}{}", sync.command, sync.also()),
        ));
    }
    for leaf in leaves {
        findings.push(finding(
            Gravity::Error,
            Kind::InClear,
            Some(leaf.clone()),
            format!(
                "`{leaf}` stands unencrypted in the file, and .sops.yaml (line {}) encrypts it by now",
                rule.line
            ),
            format!(
                "encrypt it: {}{}; then set a new value, because everybody has seen this one",
                sync.command,
                sync.also()
            ),
        ));
    }
}
