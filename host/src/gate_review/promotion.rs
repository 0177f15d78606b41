//! What has to be so in another environment first, before and after.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use super::{Change, Effect};
use crate::config::{Config, Verification};

/// A change, and the key that it is written at.
pub(super) type At = (&'static str, Change);

/// Returns the changes of what an environment asks of the one before it, and of what is run after a
/// deploy, for an environment that both have.
pub(super) fn promotion(base: &Config, new: &Config, environment: &str) -> Vec<At> {
    let mut changes = verification(
        base.verification(environment).as_ref(),
        new.verification(environment).as_ref(),
    );
    let (before, after) = match (base.promotion(environment), new.promotion(environment)) {
        (None, None) => return changes,
        (Some(before), None) => {
            let what = "nothing has to be deployed elsewhere first any more";
            let change = Change::new(Effect::Loosens, what).values(&before.after, &"none");
            changes.push(("after", change));
            return changes;
        }
        (None, Some(after)) => {
            let what = "something has to be deployed elsewhere first";
            let change = Change::new(Effect::Tightens, what).values(&"none", &after.after);
            changes.push(("after", change));
            return changes;
        }
        (Some(before), Some(after)) => (before, after),
    };
    if before.after != after.after {
        let what = "another environment comes first";
        let change = Change::new(Effect::Loosens, what).values(&before.after, &after.after);
        changes.push(("after", change));
    }
    // No age is the highest.
    let age = |age: Option<Duration>| age.unwrap_or(Duration::MAX);
    if before.max_age != after.max_age {
        let (effect, how) = if age(after.max_age) > age(before.max_age) {
            (Effect::Loosens, "raised")
        } else {
            (Effect::Tightens, "lowered")
        };
        let what = format!("how old a deploy elsewhere may be is {how}");
        let change = Change::new(effect, what).values(&Age(before.max_age), &Age(after.max_age));
        changes.push(("max-age", change));
    }
    if before.promote != after.promote {
        let effect = if before.promote.is_subset(&after.promote) {
            Effect::Tightens
        } else {
            Effect::Loosens
        };
        let text = |names: &BTreeSet<String>| {
            if names.is_empty() {
                "none".to_owned()
            } else {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                names.join(", ")
            }
        };
        let change = Change::new(effect, "`promote` is another list")
            .values(&text(&before.promote), &text(&after.promote));
        changes.push(("promote", change));
    }
    changes
}

fn verification(before: Option<&Verification>, after: Option<&Verification>) -> Vec<At> {
    let shown = |verification: &Verification| {
        let words = std::iter::once(&verification.program).chain(&verification.arguments);
        words.map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    let mut changes = Vec::new();
    match (before, after) {
        (None, None) => {}
        (Some(before), None) => {
            let what = "nothing is verified after a deploy any more";
            let change = Change::new(Effect::Loosens, what);
            changes.push(("verify", change.values(&shown(before), &"none")));
        }
        (None, Some(after)) => {
            // A program that runs with the rights of whoever deploys is no smaller change for being the first.
            let change = Change::new(Effect::Unclear, "a program is run after a deploy");
            changes.push(("verify", change.values(&"none", &shown(after))));
            changes.extend(more_secrets(&BTreeSet::new(), &after.secrets));
        }
        (Some(before), Some(after)) => {
            if (&before.program, &before.arguments) != (&after.program, &after.arguments) {
                let change = Change::new(
                    Effect::Unclear,
                    "what is verified after a deploy is another",
                );
                changes.push(("verify", change.values(&shown(before), &shown(after))));
            }
            changes.extend(more_secrets(&before.secrets, &after.secrets));
            if before.timeout != after.timeout {
                let what = "how long a verification may take is another";
                let change = Change::new(Effect::Neutral, what);
                let seconds = |time: Duration| format!("{} s", time.as_secs());
                let change = change.values(&seconds(before.timeout), &seconds(after.timeout));
                changes.push(("verify-timeout", change));
            }
        }
    }
    changes
}

fn more_secrets(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Option<At> {
    let added: Vec<&str> = after.difference(before).map(String::as_str).collect();
    if added.is_empty() {
        return None;
    }
    let change = Change::new(Effect::Loosens, "what verifies a deploy gets more secrets");
    Some(("verify-secrets", change.values(&"none", &added.join(", "))))
}

struct Age(Option<Duration>);

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.map(|age| age.as_secs() / 3600) {
            None => f.write_str("any"),
            Some(hours) if hours % 24 == 0 => write!(f, "{}d", hours / 24),
            Some(hours) => write!(f, "{hours}h"),
        }
    }
}
