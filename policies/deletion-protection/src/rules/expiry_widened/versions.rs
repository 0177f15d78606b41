//! Garbage collection of a column family: which cells it takes.

use tollgate_policy::serde_json::{self, Value as Json};
use tollgate_policy::{Action, Attr, Change, Field, Finding};

use super::{RULE, text};
use crate::history::COLLECTED;
use crate::span::Span;

/// A rule of garbage collection.
#[derive(Clone, Debug, PartialEq)]
enum Rule {
    /// Takes what is older than so many seconds.
    Age(i64),
    /// Takes all but so many versions.
    Versions(i64),
    /// Takes what any of these does.
    Any(Vec<Rule>),
    /// Takes what all of these do.
    All(Vec<Rule>),
}

/// So many different numbers of a rule are tried.
const MOST: usize = 40;

impl Rule {
    fn takes(&self, age: i64, version: i64) -> bool {
        match self {
            Self::Age(seconds) => age > *seconds,
            Self::Versions(number) => version > *number,
            Self::Any(rules) => rules.iter().any(|rule| rule.takes(age, version)),
            Self::All(rules) => {
                !rules.is_empty() && rules.iter().all(|rule| rule.takes(age, version))
            }
        }
    }

    /// Adds the ages and the numbers of versions at which something changes, and those after them.
    fn edges(&self, ages: &mut Vec<i64>, versions: &mut Vec<i64>) {
        let (of, number) = match self {
            Self::Age(seconds) => (ages, *seconds),
            Self::Versions(number) => (versions, *number),
            Self::Any(rules) | Self::All(rules) => {
                rules.iter().for_each(|rule| rule.edges(ages, versions));
                return;
            }
        };
        for edge in [number, number.saturating_add(1)] {
            if of.len() < MOST && !of.contains(&edge) {
                of.push(edge);
            }
        }
    }

    fn read(rule: &Json) -> Option<Self> {
        if let Some(age) = rule["max_age"].as_str() {
            return Some(Self::Age(Span::read(age)?.seconds));
        }
        if let Some(number) = rule["max_version"].as_i64() {
            return Some(Self::Versions(number));
        }
        let rules: Option<Vec<_>> = rule["rules"].as_array()?.iter().map(Self::read).collect();
        Some(Self::of(rules?, rule["mode"].as_str()))
    }

    fn of(rules: Vec<Self>, mode: Option<&str>) -> Self {
        match mode {
            Some(mode) if mode.eq_ignore_ascii_case("intersection") => Self::All(rules),
            _ => Self::Any(rules),
        }
    }
}

pub(super) fn check(change: &Change) -> Option<Finding> {
    let (kind, [document, max_age, max_version, mode]) = COLLECTED;
    if change.kind != kind || !matches!(change.action, Action::Update | Action::Replace) {
        return None;
    }
    let side = |after: bool| {
        let read = |path: &str| {
            if after {
                change.after(path)
            } else {
                change.before(path)
            }
        };
        collected(
            &read(document),
            &read(max_age),
            &read(max_version),
            &read(mode),
        )
    };
    let before = side(false).ok().flatten();
    let attribute = if change.after(document).is_unset() {
        max_age
    } else {
        document
    };
    let after = match side(true) {
        Ok(after) => after?,
        Err(()) => {
            let message = "which cells garbage collection takes cannot be told before apply";
            return Some(RULE.undetermined(change, message).attribute(attribute));
        }
    };
    let (mut ages, mut versions) = (vec![0], vec![1]);
    after.edges(&mut ages, &mut versions);
    if let Some(before) = &before {
        before.edges(&mut ages, &mut versions);
    }
    let more = ages.iter().any(|age| {
        versions.iter().any(|version| {
            after.takes(*age, *version)
                && !before
                    .as_ref()
                    .is_some_and(|before| before.takes(*age, *version))
        })
    });
    more.then(|| {
        let message =
            "garbage collection takes cells that it left until now: they are older, or have more newer versions, than the new rule allows";
        RULE.violation(change, message).attribute(attribute)
    })
}

/// The rule; none where there is none, and an error where it is known only after apply.
fn collected(
    document: &Field,
    max_age: &Field,
    max_version: &Field,
    mode: &Field,
) -> Result<Option<Rule>, ()> {
    match document.text() {
        Attr::Known(document) if !document.is_empty() => {
            let document: Json = serde_json::from_str(&document).unwrap_or_default();
            return Ok(Rule::read(&document));
        }
        Attr::Undetermined(_) => return Err(()),
        Attr::Known(_) | Attr::Unset => {}
    }
    if [max_age, max_version, mode]
        .iter()
        .any(|field| field.undetermined().is_some())
    {
        return Err(());
    }
    let mut rules = Vec::new();
    let age = max_age.first();
    if let Some(duration) = text(&age.get("duration")).filter(|text| !text.is_empty()) {
        rules.extend(Span::read(&duration).map(|span| Rule::Age(span.seconds)));
    } else if let Attr::Known(days) = age.get("days").integer()
        && days > 0
    {
        rules.push(Rule::Age(days.saturating_mul(86_400)));
    }
    if let Attr::Known(blocks) = max_version.items() {
        for block in blocks {
            match block.get("number").integer() {
                Attr::Known(number) => rules.push(Rule::Versions(number)),
                Attr::Undetermined(_) => return Err(()),
                Attr::Unset => {}
            }
        }
    }
    if rules.is_empty() {
        return Ok(None);
    }
    Ok(Some(Rule::of(rules, text(mode).as_deref())))
}
