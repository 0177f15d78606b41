//! Who may read the secrets of an environment, and where they come from, held against each other.

use std::collections::BTreeSet;
use std::path::Path;

use tollgate_secrets::{CreationRules, Recipient};

use super::settings::short;
use super::{Change, Effect};
use crate::config::Config;
use crate::environment::SecretsSettings;

/// Returns what holds after `new` takes the place of `base`, in an environment that both have.
pub(super) fn secrets(base: &Config, new: &Config, environment: &str) -> Vec<Change> {
    let (Ok(before), Ok(after)) = (
        base.secrets(Some(environment)),
        new.secrets(Some(environment)),
    ) else {
        return Vec::new();
    };
    let mut changes = Vec::new();
    for (key, was, is) in [
        ("isolated", before.isolated, after.isolated),
        (
            "separate-identities",
            before.separate_identities,
            after.separate_identities,
        ),
        ("named-only", before.named_only, after.named_only),
    ] {
        let (effect, verb) = match (was, is) {
            (true, false) => (Effect::Loosens, "off"),
            (false, true) => (Effect::Tightens, "on"),
            _ => continue,
        };
        changes.push(Change::new(effect, format!("`{key}` is turned {verb}")).values(&was, &is));
    }
    let programs = |settings: &SecretsSettings| settings.encryption_runs_programs;
    let (was, is) = (programs(&before), programs(&after));
    if was != is {
        let (effect, verb) = if is {
            (Effect::Loosens, "on")
        } else {
            (Effect::Tightens, "off")
        };
        let what = format!("`encryption-runs-programs` is turned {verb}");
        changes.push(Change::new(effect, what).values(&was, &is));
    }
    changes.extend(recipients(&before, &after));
    let marker = |settings: &SecretsSettings| settings.marker.as_ref().map(ToString::to_string);
    let (was, is) = (marker(&before), marker(&after));
    if was != is {
        let effect = match (&was, &is) {
            (_, None) => Effect::Loosens,
            (None, _) => Effect::Tightens,
            _ => Effect::Unclear,
        };
        let text = |marker: Option<String>| marker.map_or_else(none, |marker| short(&marker));
        changes.push(
            Change::new(effect, "the `environment-marker` of the secrets is another")
                .values(&text(was), &text(is)),
        );
    }
    changes.extend(source(base, new, &before, &after));
    changes.extend(rules(base, new, &after));
    changes
}

/// Who reads what `.sops.yaml` has encrypted next to secrets that are there already. For those
/// that are not, [`readers`](super::readers) tells it.
fn rules(base: &Config, new: &Config, settings: &SecretsSettings) -> Option<Change> {
    // Their list counts, whatever the rules say.
    if settings.recipients.is_some() {
        return None;
    }
    let file = match settings.files.first() {
        Some(file) => file.clone(),
        None => new.resolve(Path::new(&format!(
            "secrets.{}.enc.yaml",
            settings.environment
        ))),
    };
    let directory = new.resolve(Path::new(""));
    if new
        .read(file.strip_prefix(&directory).unwrap_or(&file), 1)
        .is_err()
    {
        return None;
    }
    let readers = |config: &Config| -> Option<BTreeSet<String>> {
        let name = Path::new(".sops.yaml");
        let text = config.read(name, RULES_LIMIT).ok()?;
        let path = config.resolve(name);
        let rules = CreationRules::parse(&path, &text).ok()?;
        let rule = rules.rule_for(&file).ok()?;
        Some(rule.recipients().map(Recipient::right).collect())
    };
    let (was, is) = (readers(base).unwrap_or_default(), readers(new)?);
    let more: Vec<String> = is.difference(&was).map(|name| short(name)).collect();
    let fewer = was.difference(&is).next().is_some();
    if more.is_empty() && !fewer {
        return None;
    }
    let (effect, what) = if more.is_empty() {
        (
            Effect::Tightens,
            ".sops.yaml names fewer readers".to_owned(),
        )
    } else {
        (
            Effect::Loosens,
            format!(
                ".sops.yaml lets {} read what is encrypted by it",
                more.join(", ")
            ),
        )
    };
    Some(Change::new(effect, what))
}

/// What is read of a `.sops.yaml`, in bytes.
const RULES_LIMIT: u64 = 1 << 20;

fn none() -> String {
    "none".to_owned()
}

/// Who may be able to read the files; nobody named is anybody.
fn recipients(before: &SecretsSettings, after: &SecretsSettings) -> Option<Change> {
    let set = |settings: &SecretsSettings| -> Option<BTreeSet<String>> {
        let recipients = settings.recipients.as_ref()?;
        Some(recipients.iter().cloned().collect())
    };
    let (was, is) = (set(before), set(after));
    if was == is {
        return None;
    }
    let effect = match (&was, &is) {
        (Some(_), None) => Effect::Loosens,
        (Some(was), Some(is)) if !is.is_subset(was) => Effect::Loosens,
        _ => Effect::Tightens,
    };
    let text = |set: Option<BTreeSet<String>>| {
        set.map_or_else(
            || "anybody".to_owned(),
            |set| {
                let names: Vec<String> = set.iter().map(|name| short(name)).collect();
                names.join(", ")
            },
        )
    };
    let what = "`recipients` of the secrets is another list";
    Some(Change::new(effect, what).values(&text(was), &text(is)))
}

/// Where they come from. Whether that is better, only people can tell; a command is somebody's code.
fn source(
    base: &Config,
    new: &Config,
    before: &SecretsSettings,
    after: &SecretsSettings,
) -> Option<Change> {
    let files = |config: &Config, settings: &SecretsSettings| -> Vec<String> {
        let directory = config.resolve(Path::new(""));
        let relative = |file: &std::path::PathBuf| {
            let file = file.strip_prefix(&directory).unwrap_or(file);
            file.display().to_string()
        };
        settings.files.iter().map(relative).collect()
    };
    let (was, is) = (files(base, before), files(new, after));
    if was == is && before.source == after.source {
        return None;
    }
    let text = |settings: &SecretsSettings, files: &[String]| match &settings.source {
        Some(source) => source.to_string(),
        None if files.is_empty() => "the file by convention".to_owned(),
        None => files.join(", "),
    };
    let (was, is) = (text(before, &was), text(after, &is));
    Some(if was == is {
        // Arguments are not shown: they may hold what nobody should read.
        let what = format!("what {is} is asked for the secrets is another");
        Change::new(Effect::Unclear, what)
    } else {
        Change::new(Effect::Unclear, "the secrets come from elsewhere")
            .values(&short(&was), &short(&is))
    })
}
