//! What `.sops.yaml` says of files: who may read them, and what of them is encrypted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tollgate_secrets::{
    CreationError, CreationProblem, CreationRule, CreationRules, Format, Recipient, SecretsFile,
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
    let rule = match rule {
        Ok(rule) => rule,
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
    };
    readers(file, rule, &finding, findings);
    selection(file, rule, &finding, findings);
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

type New<'f> = dyn Fn(Gravity, Kind, Option<String>, String, String) -> SecretsFinding + 'f;

fn readers(
    file: &SecretsFile,
    rule: &CreationRule,
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
    let shown = file.name().escape_debug();
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
            format!("make the file follow: `tollgate secrets sync '{shown}'`"),
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
                "lock it out with a new data key: `tollgate secrets sync '{shown}'` (`sops updatekeys` keeps the old one, which opens every later value); then change the secrets that it has seen"
            ),
        ));
    }
    let grouped = |groups: &[Vec<Recipient>]| {
        let mut all: Vec<BTreeSet<String>> = groups
            .iter()
            .map(|group| group.iter().map(Recipient::right).collect())
            .collect();
        all.sort();
        all
    };
    let needs = |readers: &tollgate_secrets::seal::Readers| match readers.groups.len() {
        1 => "any one of its recipients".to_owned(),
        all => format!("{} of {all} key groups", readers.threshold),
    };
    if !differ
        && (grouped(&wanted.groups) != grouped(&has.groups) || wanted.threshold != has.threshold)
    {
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
            format!("make the file follow, with a new data key: `tollgate secrets sync '{shown}'`"),
        ));
    }
}

/// What SOPS assumes when nothing selects.
const DEFAULT: (&str, &str) = ("unencrypted_suffix", "_unencrypted");

fn selection(
    file: &SecretsFile,
    rule: &CreationRule,
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
    if file.selection().unwrap_or(DEFAULT) == wanted {
        return;
    }
    let shown = file.name().escape_debug();
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
                "selects what is encrypted by `{}`, and .sops.yaml (line {}) says `{}`",
                file.selection().unwrap_or(DEFAULT).0,
                rule.line,
                wanted.0
            ),
            format!("make the file follow: `tollgate secrets sync '{shown}'`"),
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
                "encrypt it: `tollgate secrets sync '{shown}'`; then set a new value, because everybody has seen this one"
            ),
        ));
    }
}
