//! Two configurations, held against each other environment by environment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;
use serde_json::Value as Json;

use super::promotion::promotion;
use super::readers::readers;
use super::secrets::secrets;
use super::settings::{self, shown};
use super::waivers::waivers;
use super::{Change, Effect};
use crate::config::{Config, ConfigError};
use crate::environment::{ConfiguredPolicy, Environment, Source, protected_by_name, usual_names};
use crate::gate::MAX_DOCUMENT_BYTES;
use crate::sandbox::digest;
use crate::sandbox::limits::{LIMITS, Limit};

/// Returns what holds after `new` takes the place of `base`, as changes; sorted.
///
/// `judged` is an environment that counts even where neither configures any.
#[must_use]
pub fn compare(base: &Config, new: &Config, judged: &str, today: Date) -> Vec<Change> {
    let mut found = Found::default();
    let configured: BTreeSet<&str> = base.environments().collect();
    let anything_goes = configured.is_empty();
    let added: Vec<&str> = new
        .environments()
        .filter(|name| !configured.contains(name))
        .collect();
    // A run that names no environment counts where one can be told without a name.
    let mut names: BTreeSet<Option<&str>> = configured.into_iter().map(Some).collect();
    if anything_goes {
        // Every name is an environment of its own until now.
        names.extend([None, Some(judged)]);
        names.extend(added.iter().copied().map(Some));
    }
    for name in names {
        let Ok(before) = base.environment(name) else {
            // Nothing is enabled there: nothing held that could be lost.
            continue;
        };
        let asked = name;
        let name = before.name.as_str();
        match new.environment(asked) {
            Ok(after) if after.name == name || anything_goes => {
                let sides = Sides {
                    base,
                    new,
                    before: &before,
                    after: &after,
                };
                let changes = sides.environment(today);
                if after.name != name && !changes.is_empty() {
                    let what = format!("the name stands for the environment {}", after.name);
                    found.add(name, [Change::new(Effect::Neutral, what)]);
                }
                found.add(name, changes);
            }
            // A job that names none does not run any more; one that names one of them is told with it.
            Err(ConfigError::EnvironmentNeeded { .. }) if asked.is_none() => {}
            Ok(after) => found.add(
                name,
                [Change::new(
                    Effect::Loosens,
                    format!("the name stands for the environment {}", after.name),
                )],
            ),
            Err(ConfigError::NoPolicy { .. }) => found.add(
                name,
                [Change::new(
                    Effect::Loosens,
                    "no policy is enabled any more",
                )],
            ),
            Err(_) => found.add(
                name,
                [Change::new(
                    Effect::Loosens,
                    "the environment is no longer configured",
                )],
            ),
        }
    }
    for (environment, change) in other_meanings(base, new) {
        found.add(&environment, [change]);
    }
    for name in new.environments() {
        for (environment, change) in new_aliases(base, new, name, judged) {
            found.add(&environment, [change]);
        }
    }
    if !anything_goes {
        for name in added {
            let Ok(environment) = new.environment(Some(name)) else {
                continue;
            };
            let change = match (protected_by_name(name), environment.protected) {
                (true, false) => Change::new(
                    Effect::Loosens,
                    "the environment is added without protection, in spite of its name",
                ),
                _ => Change::new(Effect::Neutral, "the environment is added"),
            };
            let place = located(new, &["environments", name, "protected"]);
            found.add(name, [change.at(place)]);
        }
    }
    let mut changes = found.merged();
    changes.extend(people(base, new));
    changes.extend(settings::elsewhere(base, new));
    changes.sort();
    changes
}

/// What becomes of every name that stands for an environment of the base without being its own:
/// aliases, usual short names, and no name at all. A job goes on to say the name that it says now,
/// so what the name stands for decides by which gate that job is judged.
fn other_meanings(base: &Config, new: &Config) -> Vec<(String, Change)> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for config in [base, new] {
        for environment in config.environments() {
            names.insert(environment);
            names.extend(config.aliases(environment));
            names.extend(usual_names(environment));
        }
    }
    let mut changes = Vec::new();
    if base.environments().next().is_none() {
        // Every name was an environment, and is compared as one.
        return changes;
    }
    for name in std::iter::once(None).chain(names.into_iter().map(Some)) {
        let Ok(was) = base.environment_name(name) else {
            // It meant nothing; `new_aliases` tells what it comes to mean.
            continue;
        };
        if name == Some(&was) {
            // Told as the environment's own.
            continue;
        }
        let none_is_configured = new.environments().next().is_none();
        let was_protected = base.environment(Some(&was)).is_ok_and(|was| was.protected);
        if none_is_configured && name.is_some_and(|name| protected_by_name(name) || !was_protected)
        {
            // Every name is one by convention, and this one is no less than what it stood for.
            continue;
        }
        let is = new.environment_name(name);
        if is.as_ref().is_ok_and(|is| *is == was) {
            continue;
        }
        if is.is_err() && (name.is_none() || new.environment_name(Some(&was)).is_err()) {
            // Several environments, of which a run has to name one; or the environment itself is
            // gone, which is told.
            continue;
        }
        let place = match (&is, name) {
            (Ok(is), _) if Some(is.as_str()) == name => located(new, &["environments", is]),
            (Ok(is), _) => located(new, &["environments", is, "aliases"]),
            (Err(_), _) => located(new, &["environments", &was]),
        };
        let what = match name {
            Some(name) => format!("the name `{name}` stands for another environment"),
            None => "a run that names no environment is for another".to_owned(),
        };
        let is = is.unwrap_or_else(|_| "nothing".to_owned());
        let change = Change::new(Effect::Loosens, what).values(&was, &is);
        changes.push((was, change.at(place)));
    }
    changes
}

/// What the names that an environment did not have mean from now on, each with the
/// environment that it concerns. Those that stood for one are told by `other_meanings`.
fn new_aliases(base: &Config, new: &Config, name: &str, judged: &str) -> Vec<(String, Change)> {
    let Ok(environment) = new.environment(Some(name)) else {
        return Vec::new();
    };
    let any_name_is_one = base.environments().next().is_none();
    let place = || located(new, &["environments", name, "aliases"]);
    let mut changes = Vec::new();
    for alias in new.aliases(name) {
        let told = if any_name_is_one {
            alias == judged
        } else {
            base.environment_name(Some(alias)).is_ok()
        };
        if told {
            // With what it stood for.
            continue;
        }
        if protected_by_name(alias) && !environment.protected {
            // It counts as what it looks like, and not as what it is made.
            let what = format!("the name comes to stand for {name}, which is not protected");
            let change = Change::new(Effect::Loosens, what);
            changes.push((alias.to_owned(), change.at(place())));
        } else {
            let what = format!("the name `{alias}` is added");
            changes.push((
                name.to_owned(),
                Change::new(Effect::Neutral, what).at(place()),
            ));
        }
    }
    changes
}

/// `FILE:LINE` of a key of the working tree's configuration, or of the nearest table around
/// it.
fn located(config: &Config, keys: &[&str]) -> Option<String> {
    let line = config.locate_key(keys)?.line;
    Some(format!("{}:{line}", config.written_in()?.display()))
}

/// Changes by what they say, with the environments in which they do.
#[derive(Default)]
struct Found(BTreeMap<Change, Vec<String>>);

impl Found {
    fn add(&mut self, environment: &str, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            self.0
                .entry(change)
                .or_default()
                .push(environment.to_owned());
        }
    }

    fn merged(self) -> Vec<Change> {
        self.0
            .into_iter()
            .map(|(change, mut environments)| {
                // By its name, and by no name at all.
                environments.sort();
                environments.dedup();
                Change {
                    environments,
                    ..change
                }
            })
            .collect()
    }
}

/// Who may own waivers, who may approve changes, and whose states may be taken over.
fn people(base: &Config, new: &Config) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut list = |before: BTreeSet<&str>, after: BTreeSet<&str>, key: &str, none_is_all: bool| {
        if before == after {
            return;
        }
        let wider = if none_is_all && before.is_empty() != after.is_empty() {
            after.is_empty()
        } else {
            !after.is_subset(&before)
        };
        let effect = if wider {
            Effect::Loosens
        } else {
            Effect::Tightens
        };
        let text = |names: &BTreeSet<&str>| {
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.iter().copied().collect::<Vec<_>>().join(", ")
            }
        };
        changes.push(
            Change::new(effect, format!("`{key}` is another list"))
                .values(&text(&before), &text(&after))
                .at(located(new, &["project", key])),
        );
    };
    list(
        base.waiver_owners().collect(),
        new.waiver_owners().collect(),
        "waiver-owners",
        true,
    );
    list(
        base.gate_approvers().collect(),
        new.gate_approvers().collect(),
        "gate-approvers",
        false,
    );
    // Each of them is a state more that may be taken over.
    list(
        base.former_names().collect(),
        new.former_names().collect(),
        "former-names",
        false,
    );
    changes
}

/// One environment before and after.
struct Sides<'a> {
    base: &'a Config,
    new: &'a Config,
    before: &'a Environment,
    after: &'a Environment,
}

impl Sides<'_> {
    fn environment(&self, today: Date) -> Vec<Change> {
        let (before, after) = (self.before, self.after);
        let mut changes = Vec::new();
        let mut own = |key: &str, change: Option<Change>| {
            let keys = ["environments", &after.name, key];
            changes.extend(change.map(|change| change.at(located(self.new, &keys))));
        };
        own(
            "protected",
            ordered("`protected` is", before.protected, after.protected),
        );
        own(
            "undetermined",
            ordered(
                "what an undetermined finding does is",
                before.undetermined,
                after.undetermined,
            ),
        );
        own(
            "incomplete",
            ordered(
                "what an incomplete plan does is",
                before.incomplete,
                after.incomplete,
            ),
        );
        own(
            "existing",
            ordered(
                "what a finding does that reports what was so before is",
                before.existing,
                after.existing,
            ),
        );
        own(
            "gate-changes",
            ordered(
                "what a change of the gate leads to is",
                before.gate_changes,
                after.gate_changes,
            ),
        );
        changes.extend(waivers(&before.waivers, &after.waivers, today));
        changes.extend(self.limits());
        for (key, change) in promotion(self.base, self.new, &before.name) {
            let place = located(self.new, &["environments", &after.name, key]);
            changes.push(change.at(place));
        }
        changes.extend(secrets(self.base, self.new, &before.name));
        changes.extend(readers(self.base, self.new, &before.name));
        for policy in &before.policies {
            match after
                .policies
                .iter()
                .find(|other| other.name == policy.name)
            {
                None => changes.push(Change::new(
                    Effect::Loosens,
                    format!("the policy {} does not run any more", policy.name),
                )),
                Some(other) => changes.extend(self.policy(policy, other)),
            }
        }
        for policy in &after.policies {
            if !before
                .policies
                .iter()
                .any(|other| other.name == policy.name)
            {
                let what = format!("the policy {} runs too", policy.name);
                changes.push(Change::new(Effect::Tightens, what).at(self.line(policy)));
            }
        }
        changes
    }

    fn policy(&self, before: &ConfiguredPolicy, after: &ConfiguredPolicy) -> Vec<Change> {
        let name = &before.name;
        let mut changes = Vec::new();
        changes.extend(ordered(
            &format!("the enforcement of {name} is"),
            before.enforcement.policy,
            after.enforcement.policy,
        ));
        let rules: BTreeSet<&String> = before
            .enforcement
            .rules
            .keys()
            .chain(after.enforcement.rules.keys())
            .collect();
        for rule in rules {
            let (was, is) = (before.enforcement.of(rule), after.enforcement.of(rule));
            changes.extend(ordered(
                &format!("the enforcement of {name}/{rule} is"),
                was,
                is,
            ));
        }
        changes.extend(
            settings::changes(name, &before.settings, &after.settings)
                .into_iter()
                .map(|(pointer, change)| {
                    let environment = &self.after.name;
                    let location = self.new.locate_setting(environment, name, &pointer);
                    change.at(location.and_then(|location| self.place(location.line)))
                }),
        );
        changes.extend(self.module(before, after));
        let documents: BTreeSet<&String> = before
            .documents
            .keys()
            .chain(after.documents.keys())
            .collect();
        for document in documents {
            let read = |config: &Config, policy: &ConfiguredPolicy| {
                policy.documents.get(document).map_or_else(
                    || "built-in".to_owned(),
                    |path| fingerprint(config, path, MAX_DOCUMENT_BYTES),
                )
            };
            let (was, is) = (read(self.base, before), read(self.new, after));
            if was != is {
                let what = format!("the document {document} of {name} is another");
                changes.push(Change::new(Effect::Unclear, what).values(&was, &is));
            }
        }
        changes
            .into_iter()
            .map(|change| match change.location {
                None => change.at(self.line(after)),
                Some(_) => change,
            })
            .collect()
    }

    /// What policies may use, each change once for all of them.
    fn limits(&self) -> Vec<Change> {
        let mut found: BTreeMap<(&str, u64, u64), Vec<&str>> = BTreeMap::new();
        for policy in &self.before.policies {
            if !self
                .after
                .policies
                .iter()
                .any(|other| other.name == policy.name)
            {
                continue;
            }
            let (before, after) = (
                self.base.limits(&policy.name),
                self.new.limits(&policy.name),
            );
            for spec in &LIMITS {
                let (was, is) = (before.get(spec.limit), after.get(spec.limit));
                if was != is {
                    found
                        .entry((spec.key, was, is))
                        .or_default()
                        .push(&policy.name);
                }
            }
        }
        found
            .into_iter()
            .map(|((key, was, is), policies)| {
                let (effect, change) = if is > was {
                    (Effect::Loosens, "raised")
                } else {
                    (Effect::Tightens, "lowered")
                };
                // Where it is written: for one of the policies, or for all.
                let place = policies
                    .iter()
                    .map(|policy| vec!["policies", policy, "limits", key])
                    .chain([vec!["limits", key]])
                    .find(|keys| self.new.has_key(keys))
                    .and_then(|keys| located(self.new, &keys));
                let policies = policies.join(", ");
                let what = format!("the limit `{key}` of {policies} is {change}");
                Change::new(effect, what).values(&was, &is).at(place)
            })
            .collect()
    }

    fn module(&self, before: &ConfiguredPolicy, after: &ConfiguredPolicy) -> Option<Change> {
        let name = &before.name;
        let read = |config: &Config, source: &Source| match source {
            Source::BuiltIn => "built-in".to_owned(),
            Source::Path(path) => {
                fingerprint(config, path, config.limits(name).bytes(Limit::ModuleMib))
            }
        };
        let (was, is) = (
            read(self.base, &before.source),
            read(self.new, &after.source),
        );
        if was != is {
            let what = format!("the module of {name} is another");
            return Some(Change::new(Effect::Unclear, what).values(&was, &is));
        }
        if before.source != after.source {
            let what = format!("the same module of {name} is read from elsewhere");
            return Some(Change::new(Effect::Neutral, what).values(&before.source, &after.source));
        }
        match (&before.digest, &after.digest) {
            (Some(was), None) => {
                let what = format!("the digest of {name} is no longer pinned");
                Some(Change::new(Effect::Loosens, what).values(was, &"none"))
            }
            (None, Some(is)) => {
                let what = format!("the digest of {name} is pinned");
                Some(Change::new(Effect::Tightens, what).values(&"none", is))
            }
            (Some(was), Some(is)) if was != is => {
                let what = format!("the pinned digest of {name} is another");
                Some(Change::new(Effect::Unclear, what).values(&was, &is))
            }
            _ => None,
        }
    }

    fn line(&self, policy: &ConfiguredPolicy) -> Option<String> {
        self.place(policy.location.as_ref()?.line)
    }

    fn place(&self, line: usize) -> Option<String> {
        Some(format!("{}:{line}", self.new.written_in()?.display()))
    }
}

/// A change of something of which more is stricter.
fn ordered<T: Ord + Copy + serde::Serialize>(what: &str, before: T, after: T) -> Option<Change> {
    let (effect, change) = match after.cmp(&before) {
        std::cmp::Ordering::Less => (Effect::Loosens, "lowered"),
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Greater => (Effect::Tightens, "raised"),
    };
    Some(Change::new(effect, format!("{what} {change}")).values(&word(&before), &word(&after)))
}

/// A word as the configuration writes it.
fn word(value: &impl serde::Serialize) -> String {
    shown(&serde_json::to_value(value).unwrap_or(Json::Null))
}

/// The digest of a file that a configuration names, or why there is none.
fn fingerprint(config: &Config, path: &Path, limit: u64) -> String {
    match config.read(path, limit) {
        Ok(bytes) => digest(&bytes),
        Err(error) => format!("unreadable ({error})"),
    }
}
