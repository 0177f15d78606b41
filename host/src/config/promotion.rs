//! The keys of `[environments.NAME]` that say what has to be so in another environment first, and what
//! is run after a deploy.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use schemars::JsonSchema;

use super::Config;
use super::environment::{EnvironmentTable, owner};
use super::read::{
    At, Fields, Mistake, Mistakes, Node, did_you_mean, items, name, text, wrong_type,
};
use crate::diagnostic::{listed, nearest, quoted};

/// How long a verification may take where nothing says so.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// The longest that it may take.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// The keys, as they are written.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub(super) struct PromotionKeys {
    /// The environment that a commit has to be deployed to before it is deployed here. Default: none.
    pub(super) after: Option<At<String>>,
    /// How old that deploy may be: `12h` or `7d`. Default: any age.
    #[schemars(regex(pattern = "^[1-9][0-9]{0,4}[hd]$"))]
    pub(super) max_age: Option<At<String>>,
    /// The variables that have the same values here as in that deploy: an image's digest, a
    /// release. None of them may be sensitive. Default: none.
    pub(super) promote: Option<Vec<At<String>>>,
    /// A program and its arguments, run after every deploy of everything: where it fails, the
    /// deploy does not count for the environments after this one. A path starts at the directory
    /// of tollgate.toml. Default: nothing is run.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) verify: Option<At<Vec<String>>>,
    /// The secrets that it gets, as variables of its environment. Default: none.
    pub(super) verify_secrets: Option<Vec<At<String>>>,
    /// How long it may take: `90s`, `5m` or `1h`. Default: `10m`.
    #[schemars(regex(pattern = "^[1-9][0-9]{0,4}[smh]$"))]
    pub(super) verify_timeout: Option<At<String>>,
}

/// What an environment asks of the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// The one before it; never an alias.
    pub after: String,
    /// How old the deploy there may be.
    pub max_age: Option<Duration>,
    /// The variables that have the same values.
    pub promote: BTreeSet<String>,
}

/// What is run after a deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The secrets that it gets.
    pub secrets: BTreeSet<String>,
    /// How long it may take.
    pub timeout: Duration,
}

impl PromotionKeys {
    pub(super) fn read(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes) -> Self {
        let keys = Self {
            after: fields.take("after", mistakes, |node, mistakes| {
                let given = text(node, mistakes)?;
                name(&given, &node.span(), "an environment", mistakes).then_some(given)
            }),
            max_age: fields.take("max-age", mistakes, |node, mistakes| {
                span(
                    node,
                    &[('h', 3600), ('d', 86400)],
                    "`12h` or `7d`",
                    mistakes,
                )
            }),
            promote: fields
                .take("promote", mistakes, names)
                .map(|names| names.value),
            verify: fields.take("verify", mistakes, command),
            verify_secrets: fields
                .take("verify-secrets", mistakes, names)
                .map(|names| names.value),
            verify_timeout: fields.take("verify-timeout", mistakes, |node, mistakes| {
                let units = [('s', 1), ('m', 60), ('h', 3600)];
                let given = span(node, &units, "`90s`, `5m` or `1h`", mistakes)?;
                if duration(&given).is_some_and(|given| given > MAX_TIMEOUT) {
                    let title = format!("{} is too long", quoted(&given));
                    let label = "a deploy would hold its lock for so long";
                    mistakes.push(
                        Mistake::new(&node.span(), title, label).help("at most a day: `24h`"),
                    );
                    return None;
                }
                Some(given)
            }),
        };
        let alone = |key: &str, of: &str, at: std::ops::Range<usize>| {
            let title = format!("`{key}` without `{of}`");
            Mistake::new(&at, title, "it means nothing alone")
                .help(format!("add `{of}`, or take `{key}` out"))
        };
        if !fields.has("after") {
            if let Some(age) = &keys.max_age {
                mistakes.push(alone("max-age", "after", age.span.clone()));
            }
            if let Some(first) = keys.promote.iter().flatten().next() {
                mistakes.push(alone("promote", "after", first.span.clone()));
            }
        }
        if !fields.has("verify") {
            if let Some(first) = keys.verify_secrets.iter().flatten().next() {
                mistakes.push(alone("verify-secrets", "verify", first.span.clone()));
            }
            if let Some(timeout) = &keys.verify_timeout {
                mistakes.push(alone("verify-timeout", "verify", timeout.span.clone()));
            }
        }
        keys
    }
}

/// A number and its unit, as it is written.
fn span(
    node: &Node<'_>,
    units: &[(char, u64)],
    such: &str,
    mistakes: &mut Mistakes,
) -> Option<String> {
    let given = text(node, mistakes)?;
    let fine = given
        .strip_suffix(|unit: char| units.iter().any(|(known, _)| *known == unit))
        .is_some_and(|number| {
            (1..=5).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && !number.starts_with('0')
        });
    if fine {
        return Some(given);
    }
    let title = format!("{} is no length of time", quoted(&given));
    mistakes.push(
        Mistake::new(&node.span(), title, "").help(format!("write a number and a unit: {such}")),
    );
    None
}

/// What was read by [`span`].
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return None,
    };
    Some(Duration::from_secs(number.parse::<u64>().ok()? * seconds))
}

/// Names of variables or secrets, each once.
fn names(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<At<String>>> {
    let mut names: Vec<At<String>> = Vec::new();
    for item in items(node, mistakes)? {
        let Some(value) = text(item, mistakes) else {
            continue;
        };
        let span = item.span();
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !value.chars().all(is_name) {
            let title = format!("{} cannot be the name of a variable", quoted(&value));
            mistakes.push(Mistake::new(&span, title, ""));
            continue;
        }
        if let Some(first) = names.iter().find(|first| first.value == value) {
            let title = format!("{} is given twice", quoted(&value));
            mistakes.push(Mistake::new(&span, title, "").related(&first.span, "first here"));
            continue;
        }
        names.push(At { value, span });
    }
    Some(names)
}

/// A program and its arguments.
fn command(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<String>> {
    if node.get_ref().is_str() {
        mistakes.push(wrong_type(node, "an array").help(
            "write the program and its arguments, each as a string: `[\"./smoke.sh\", \"--all\"]`",
        ));
        return None;
    }
    let mut words = Vec::new();
    for item in items(node, mistakes)? {
        let Some(word) = item.get_ref().as_str() else {
            mistakes.push(wrong_type(item, "a string"));
            return None;
        };
        if word.contains('\0') || (words.is_empty() && word.trim().is_empty()) {
            mistakes.push(Mistake::new(&item.span(), "this cannot be run", ""));
            return None;
        }
        words.push(word.to_owned());
    }
    if words.is_empty() {
        mistakes.push(
            Mistake::new(&node.span(), "an empty list", "no program is named here")
                .help("leave the key out, or name a program"),
        );
        return None;
    }
    Some(words)
}

/// Checks that every `after` names another environment, and that none waits for itself.
pub(super) fn check(
    environments: &BTreeMap<String, EnvironmentTable>,
    named: &[String],
    mistakes: &mut Mistakes,
) {
    for (environment, table) in environments {
        let Some(after) = &table.promotion.after else {
            continue;
        };
        if !named.contains(&after.value) {
            let title = format!("unknown environment {}", quoted(&after.value));
            let near = nearest(&after.value, named.iter().map(String::as_str));
            let help = format!("environments and their aliases: {}", listed(named));
            mistakes.push(Mistake::new(&after.span, title, did_you_mean(near)).help(help));
            continue;
        }
        let mut seen = BTreeSet::from([environment.clone()]);
        let mut next = owner(environments, &after.value);
        while let Some(one) = next {
            if !seen.insert(one.to_owned()) {
                // Once, and not for those that only lead to the circle.
                if one == environment && seen.first() == Some(environment) {
                    let title = format!("{} comes after itself", quoted(environment));
                    let label = "it could never be deployed";
                    mistakes.push(
                        Mistake::new(&after.span, title, label)
                            .help("name the environment that is deployed to before this one"),
                    );
                }
                break;
            }
            let table = environments.get(one);
            next = table
                .and_then(|table| table.promotion.after.as_ref())
                .and_then(|after| owner(environments, &after.value));
        }
    }
}

impl Config {
    /// Returns what an environment asks of the one before it, by the environment's own name.
    #[must_use]
    pub fn promotion(&self, environment: &str) -> Option<Promotion> {
        let keys = &self.file.environments.get(environment)?.promotion;
        let after = owner(&self.file.environments, &keys.after.as_ref()?.value)?;
        Some(Promotion {
            after: after.to_owned(),
            max_age: keys.max_age.as_ref().and_then(|age| duration(&age.value)),
            promote: values(keys.promote.as_ref()),
        })
    }

    /// Returns what is run after a deploy of an environment, by the environment's own name.
    #[must_use]
    pub fn verification(&self, environment: &str) -> Option<Verification> {
        let keys = &self.file.environments.get(environment)?.promotion;
        let (program, arguments) = keys.verify.as_ref()?.value.split_first()?;
        let timeout = keys.verify_timeout.as_ref();
        Some(Verification {
            program: program.clone(),
            arguments: arguments.to_vec(),
            secrets: values(keys.verify_secrets.as_ref()),
            timeout: timeout
                .and_then(|timeout| duration(&timeout.value))
                .unwrap_or(DEFAULT_TIMEOUT),
        })
    }

    /// Returns the variables of an environment whose values are written down when it is deployed: those
    /// that it takes over, and those that environments after it do.
    #[must_use]
    pub fn promoted(&self, environment: &str) -> BTreeSet<String> {
        let mut promoted = BTreeSet::new();
        for name in self.file.environments.keys() {
            if let Some(promotion) = self.promotion(name)
                && (name == environment || promotion.after == environment)
            {
                promoted.extend(promotion.promote);
            }
        }
        promoted
    }
}

fn values(list: Option<&Vec<At<String>>>) -> BTreeSet<String> {
    let all = list.into_iter().flatten();
    all.map(|each| each.value.clone()).collect()
}
