//! Waivers before and after.

use jiff::civil::Date;

use super::settings::short;
use super::{Change, Effect};
use crate::waiver::Waiver;

/// Returns what becomes of the waivers of one environment.
pub(super) fn waivers(before: &[Waiver], after: &[Waiver], today: Date) -> Vec<Change> {
    let mut changes = Vec::new();
    for waiver in after {
        let name = name(waiver);
        let location = Some(waiver.location.clone());
        let change = match counterpart(waiver, before) {
            Some(same) => match waiver.expires.cmp(&same.expires) {
                std::cmp::Ordering::Greater => Some(
                    Change::new(Effect::Loosens, format!("{name} is extended"))
                        .values(&same.expires, &waiver.expires),
                ),
                std::cmp::Ordering::Less => Some(
                    Change::new(Effect::Tightens, format!("{name} ends sooner"))
                        .values(&same.expires, &waiver.expires),
                ),
                std::cmp::Ordering::Equal
                    if (&same.owner, &same.reason) != (&waiver.owner, &waiver.reason) =>
                {
                    Some(
                        Change::new(
                            Effect::Neutral,
                            format!("{name} has another owner or reason"),
                        )
                        .values(&who(same), &who(waiver)),
                    )
                }
                std::cmp::Ordering::Equal => None,
            },
            None => Some(appeared(waiver, before, today)),
        };
        changes.extend(change.map(|change| change.at(location)));
    }
    for waiver in before {
        let widened = after.iter().any(|wider| covers(wider, waiver));
        if counterpart(waiver, after).is_none() && !widened {
            changes.push(Change::new(
                Effect::Tightens,
                format!("{} is removed", name(waiver)),
            ));
        }
    }
    changes
}

/// A waiver that was not there: new, a part of one that was, or more than one that was.
fn appeared(waiver: &Waiver, before: &[Waiver], today: Date) -> Change {
    let name = name(waiver);
    let until = format!("until {}, {}", waiver.expires, who(waiver));
    if waiver.expired(today) {
        let what = format!("{name} is added, and has ended already ({until})");
        return Change::new(Effect::Neutral, what);
    }
    if before
        .iter()
        .any(|wider| covers(wider, waiver) && wider.expires >= waiver.expires)
    {
        let what = format!("{name} is added, within what another waives already ({until})");
        return Change::new(Effect::Neutral, what);
    }
    match before.iter().find(|narrower| covers(waiver, narrower)) {
        Some(narrower) => Change::new(Effect::Loosens, format!("a waiver is widened ({until})"))
            .values(&place(narrower), &place(waiver)),
        None => Change::new(Effect::Loosens, format!("{name} is added ({until})")),
    }
}

/// The waiver of the same rule and address that holds longest.
fn counterpart<'w>(waiver: &Waiver, others: &'w [Waiver]) -> Option<&'w Waiver> {
    others
        .iter()
        .filter(|other| {
            (&other.policy, &other.rule, &other.address, &other.stack)
                == (&waiver.policy, &waiver.rule, &waiver.address, &waiver.stack)
        })
        .max_by_key(|other| other.expires)
}

/// Whether one covers all that another does, but for the time. A pattern that matches
/// another as text matches everything that the other matches.
fn covers(wider: &Waiver, narrower: &Waiver) -> bool {
    wider.policy == narrower.policy
        && (wider.rule.is_none() || wider.rule == narrower.rule)
        && wider.address.matches(narrower.address.as_str())
        && match (&wider.stack, &narrower.stack) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(wider), Some(narrower)) => tollgate_policy::pattern::matches(wider, narrower),
        }
}

fn name(waiver: &Waiver) -> String {
    format!("the waiver of {}", place(waiver))
}

fn place(waiver: &Waiver) -> String {
    let stack = waiver.stack.as_deref().map_or_else(String::new, |stack| {
        format!(" in the stack {}", short(stack))
    });
    format!(
        "{} at {}{stack}",
        waiver.rule_pattern(),
        short(waiver.address.as_str())
    )
}

fn who(waiver: &Waiver) -> String {
    format!("{}: {}", short(&waiver.owner), short(&waiver.reason))
}
