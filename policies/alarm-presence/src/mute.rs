//! Mute rules: when an alarm runs no action.
//!
//! A rule mutes its alarms for a time, again and again or once. A window for maintenance
//! is what it is for; one that never ends before the next begins keeps the alarm quiet
//! for ever.

use std::collections::BTreeSet;

use tollgate_policy::{Attr, Change};

use crate::alarm_rule;
use crate::reference::{Instances, Meant, Reference, keys};
use crate::side::Side;

/// A mute rule that exists on one side.
#[derive(Debug)]
pub struct Mute<'a> {
    side: Side,
    change: &'a Change,
    names: BTreeSet<String>,
    /// Instances that it refers to, where a name is known only after apply.
    instances: BTreeSet<(String, crate::reference::Keys)>,
    blocks: BTreeSet<String>,
    length: Length,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    /// It ends before it begins again.
    Window,
    /// It does not.
    Always,
    /// It cannot be told.
    Unclear,
}

/// How quiet an alarm is kept; the worse the greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quiet {
    /// It cannot be told for how long; why.
    Unclear(String),
    /// For ever; the address of the rule.
    Always(String),
}

impl<'a> Mute<'a> {
    /// Reads a rule.
    pub fn of(change: &'a Change, instances: &Instances<'a>, side: Side) -> Self {
        let mut found = Self {
            side,
            change,
            names: BTreeSet::new(),
            instances: BTreeSet::new(),
            blocks: BTreeSet::new(),
            length: length(change, side),
        };
        let names = side.read(change, "mute_targets").first().get("alarm_names");
        let mut unknown = names.undetermined().is_some();
        if let Attr::Known(items) = names.items() {
            for item in items {
                match item.text() {
                    Attr::Known(name) => {
                        found.names.insert(alarm_rule::name(&name).to_owned());
                    }
                    Attr::Unset => {}
                    Attr::Undetermined(_) => unknown = true,
                }
            }
        }
        if unknown {
            for reference in side.references(change, "mute_targets") {
                if let Reference::Resource { block, key, .. } = Reference::parse(reference) {
                    match instances.meant(change, &block, key.as_ref()) {
                        Some(Meant::One(keys)) => {
                            found.instances.insert((block, keys));
                        }
                        Some(Meant::Several) => {
                            found.blocks.insert(block);
                        }
                        None => {}
                    }
                }
            }
        }
        found
    }

    /// Whether it keeps an alarm quiet for longer than a window.
    pub fn keeps(&self, alarm: &Change) -> Option<Quiet> {
        let for_certain = self
            .side
            .read(alarm, "alarm_name")
            .text()
            .is_known_and(|name| self.names.contains(name))
            || self.instances.contains(&(alarm.block.clone(), keys(alarm)));
        let perhaps = self.blocks.contains(&alarm.block);
        match self.length {
            Length::Always if for_certain => Some(Quiet::Always(self.change.address.clone())),
            Length::Always if perhaps => Some(Quiet::Unclear(format!(
                "`{}` may mute it for ever",
                self.change.address
            ))),
            Length::Unclear if for_certain || perhaps => Some(Quiet::Unclear(format!(
                "for how long `{}` mutes it cannot be told",
                self.change.address
            ))),
            _ => None,
        }
    }
}

fn length(change: &Change, side: Side) -> Length {
    let schedule = side.read(change, "rule").first().get("schedule").first();
    let (Attr::Known(duration), Attr::Known(expression)) = (
        schedule.get("duration").text(),
        schedule.get("expression").text(),
    ) else {
        return Length::Unclear;
    };
    let expression = expression.trim();
    if expression.starts_with("at(") {
        return Length::Window;
    }
    let cron = expression
        .strip_prefix("cron(")
        .and_then(|rest| rest.strip_suffix(')'));
    match (minutes(&duration), cron.and_then(between)) {
        (Some(duration), Some(between)) if duration >= between => Length::Always,
        (Some(_), Some(_)) => Length::Window,
        _ => Length::Unclear,
    }
}

/// An ISO 8601 duration of days, hours and minutes, in minutes.
fn minutes(text: &str) -> Option<u64> {
    let mut rest = text.strip_prefix('P')?;
    let mut total: u64 = 0;
    let mut time = false;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            time = true;
            rest = after;
            continue;
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let each = match (unit, time) {
            ('W', false) => 7 * 24 * 60,
            ('D', false) => 24 * 60,
            ('H', true) => 60,
            ('M', true) => 1,
            _ => return None,
        };
        total = total.checked_add(count.checked_mul(each)?)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    Some(total)
}

/// The longest time between two beginnings that a cron expression can mean, in minutes.
/// Fields: minute, hour, day of the month, month, day of the week.
fn between(cron: &str) -> Option<u64> {
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let [minute, hour, day, month, weekday, ..] = fields.as_slice() else {
        return None;
    };
    let every = |field: &str| matches!(field, "*" | "?" | "*/1");
    Some(if !every(month) {
        366 * 24 * 60
    } else if !every(day) {
        31 * 24 * 60
    } else if !every(weekday) {
        7 * 24 * 60
    } else if !every(hour) {
        24 * 60
    } else if !every(minute) {
        60
    } else {
        1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, expected) in [
            ("PT2H", Some(120)),
            ("P1D", Some(1440)),
            ("P1DT1H30M", Some(1530)),
            ("P2W", Some(20160)),
            ("PT", Some(0)),
            ("P1M", None),
            ("2h", None),
            ("PT99999999999999999999H", None),
            ("P18446744073709551615D", None),
        ] {
            assert_eq!(minutes(text), expected, "{text}");
        }
        for (text, expected) in [
            ("0 2 * * SUN", Some(7 * 1440)),
            ("0 2 * * *", Some(1440)),
            ("0 2 ? * *", Some(1440)),
            ("30 * * * *", Some(60)),
            ("* * * * *", Some(1)),
            ("0 0 1 * ?", Some(31 * 1440)),
            ("0 0", None),
        ] {
            assert_eq!(between(text), expected, "{text}");
        }
    }
}
