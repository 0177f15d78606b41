//! Where a switch stands.

use tollgate_policy::serde_json::{self, Value as Json};
use tollgate_policy::{Action, Attr, Change, Field, Why};

use crate::table::{On, Switch};

/// Where a switch stands on one side of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    On,
    Off,
    /// There is no such log.
    Irrelevant,
    Undetermined(Why),
    /// These entries are on.
    Entries(Vec<String>),
}

pub(crate) fn standing(switch: &Switch, change: &Change, after: bool) -> Standing {
    let get = |path: &str| {
        if after {
            change.after(path)
        } else {
            change.before(path)
        }
    };
    if let Some((path, values)) = switch.unless
        && get(path)
            .text()
            .is_known_and(|text| values.iter().any(|value| text.eq_ignore_ascii_case(value)))
    {
        return Standing::Irrelevant;
    }
    let field = get(switch.path);
    // Left out, and known only when the service has filled in its default.
    if after
        && matches!(change.action, Action::Create | Action::Replace)
        && !matches!(switch.on, On::There)
        && field.undetermined() == Some(Why::Unknown)
        && change.references(switch.path).is_empty()
    {
        return on(switch.unset);
    }
    stands(switch, &field)
}

fn stands(switch: &Switch, field: &Field) -> Standing {
    let texts = |good: &dyn Fn(&str) -> bool| match field.text() {
        Attr::Known(text) if text.is_empty() => on(switch.unset),
        Attr::Known(text) => on(good(&text)),
        Attr::Unset => on(switch.unset),
        Attr::Undetermined(why) => Standing::Undetermined(why),
    };
    let among =
        |values: &[&str], text: &str| values.iter().any(|value| text.eq_ignore_ascii_case(value));
    match switch.on {
        On::True => texts(&|text| text == "true"),
        On::False => texts(&|text| text == "false"),
        On::OneOf(values) => texts(&|text| among(values, text)),
        On::NoneOf(values) => texts(&|text| !among(values, text)),
        On::Empty => match field.text() {
            Attr::Known(text) => on(text.is_empty()),
            Attr::Unset => Standing::On,
            Attr::Undetermined(why) => Standing::Undetermined(why),
        },
        On::There => match field.items() {
            Attr::Known(items) => on(!items.is_empty()),
            Attr::Unset => Standing::Off,
            // A text, or something that will be there.
            Attr::Undetermined(Why::NotA(_)) => on(!field.text().is_known_and(String::is_empty)),
            Attr::Undetermined(_) => Standing::On,
        },
        On::Has(entry) => match entries(field, &[]) {
            Attr::Known(entries) => on(entries.iter().any(|one| one == entry)),
            Attr::Unset => on(switch.unset),
            Attr::Undetermined(why) => Standing::Undetermined(why),
        },
        On::AuditConfigs => match field.text() {
            Attr::Known(policy) => audit_configs(&policy).map_or(
                Standing::Undetermined(Why::NotA("policy in JSON")),
                Standing::Entries,
            ),
            Attr::Unset => Standing::Entries(Vec::new()),
            Attr::Undetermined(why) => Standing::Undetermined(why),
        },
        On::Entries(keys) => match entries(field, keys) {
            Attr::Known(entries) => Standing::Entries(entries),
            Attr::Unset => Standing::Entries(Vec::new()),
            Attr::Undetermined(why) => Standing::Undetermined(why),
        },
    }
}

/// Whether entries take in one that is not among them: `allLogs` of Azure has every category, and
/// `audit` those of an audit; `allServices` of Google has every service.
pub(crate) fn take_in(entries: &[String], one: &str) -> bool {
    let one = one.to_ascii_lowercase();
    entries.iter().any(|entry| {
        let entry = entry.to_ascii_lowercase();
        match entry.split_once(' ') {
            Some(("allservices", kind)) => {
                one.split_once(' ').is_some_and(|(_, other)| kind == other)
            }
            _ => entry == one || entry == "alllogs" || (entry == "audit" && one.contains("audit")),
        }
    })
}

/// The services and kinds of access that a policy of Google has logged.
fn audit_configs(policy: &str) -> Option<Vec<String>> {
    let policy: Json = serde_json::from_str(policy).ok()?;
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let mut all = Vec::new();
    for service in list(&policy["auditConfigs"]) {
        for log in list(&service["auditLogConfigs"]) {
            if let (Some(name), Some(kind)) = (service["service"].as_str(), log["logType"].as_str())
            {
                all.push(format!("{name} {kind}"));
            }
        }
    }
    Some(all)
}

const fn on(on: bool) -> Standing {
    if on { Standing::On } else { Standing::Off }
}

/// The entries of a list of texts, or of blocks by the first of these keys that is set.
fn entries(field: &Field, keys: &[&str]) -> Attr<Vec<String>> {
    let items = match field.items() {
        Attr::Known(items) => items,
        Attr::Unset => return Attr::Unset,
        Attr::Undetermined(why) => return Attr::Undetermined(why),
    };
    let mut entries = Vec::new();
    for item in items {
        if item.get("enabled").bool().is_known_and(|enabled| !*enabled) {
            continue;
        }
        let text = if keys.is_empty() {
            item.text()
        } else {
            keys.iter()
                .map(|key| item.get(key).text())
                .find(|text| !matches!(text, Attr::Unset) && !text.is_known_and(String::is_empty))
                .unwrap_or(Attr::Unset)
        };
        match text {
            Attr::Known(text) => entries.push(text),
            Attr::Unset => {}
            Attr::Undetermined(why) => return Attr::Undetermined(why),
        }
    }
    Attr::Known(entries)
}
