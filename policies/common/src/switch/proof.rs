//! What the tests of a policy ask of its table: that providers have what it names, that it has
//! what sounds right, and that each switch is found.

use std::collections::BTreeSet;

use tollgate_policy::serde_json::{self, Value as Json};

use super::{Good, Row, Switch, Test, Versions};

/// What of the rows a provider's schema does not bear out, one sentence each, for a test: `schema`
/// maps types to attributes, of which `f` says whether they are required, optional or computed,
/// and `b` what is in a block. Types of other providers, and switches that a provider had once,
/// are left out.
#[must_use]
pub fn not_in_schema<K: 'static>(
    rows: impl Iterator<Item = &'static Row<K>>,
    schema: &Json,
    provider: &str,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in rows {
        for kind in row.kinds.iter().filter(|kind| kind.starts_with(provider)) {
            for switch in row.switches {
                if matches!(switch.versions, Versions::Until(_)) {
                    continue;
                }
                let Some(attributes) = schema.get(*kind) else {
                    wrong.push(format!("{kind} is no type"));
                    continue;
                };
                match flags(attributes, switch.path) {
                    None => wrong.push(format!("{kind} has no `{}`", switch.path)),
                    Some("C") => wrong.push(format!("{kind}: `{}` is read-only", switch.path)),
                    Some(flags) if flags.contains('C') != switch.computed => wrong.push(format!(
                        "{kind}: `{}` is {flags}, and the row says computed = {}",
                        switch.path, switch.computed
                    )),
                    Some(_) => {}
                }
                for when in switch.when {
                    let path = match when.path.strip_prefix("./") {
                        Some(name) => match switch.path.rsplit_once("[]") {
                            Some((root, _)) => format!("{root}[].{name}"),
                            None => name.to_owned(),
                        },
                        None => when.path.to_owned(),
                    };
                    if flags(attributes, &path).is_none() {
                        wrong.push(format!("{kind} has no `{path}`"));
                    }
                }
                if let Some(companion) = switch.companion
                    && schema
                        .get(companion.kind)
                        .and_then(|other| flags(other, companion.reference))
                        .is_none()
                {
                    wrong.push(format!(
                        "{} has no `{}`",
                        companion.kind, companion.reference
                    ));
                }
            }
        }
    }
    wrong
}

/// The attributes of a provider's schema whose own name, in lower case, `named` accepts, that can
/// be set, and that no switch of the rows is: type and path, without the marks of blocks. For a
/// test that every attribute that sounds right was looked at.
#[must_use]
pub fn not_in_rows<K: 'static>(
    rows: impl Iterator<Item = &'static Row<K>>,
    schema: &Json,
    named: impl Fn(&str) -> bool,
) -> Vec<(String, String)> {
    let mut known = BTreeSet::new();
    for row in rows {
        for kind in row.kinds {
            for switch in row.switches {
                known.insert((*kind, switch.plain_path()));
            }
        }
    }
    let mut left = Vec::new();
    for (kind, attributes) in schema.as_object().into_iter().flatten() {
        let mut inside = vec![(String::new(), attributes)];
        while let Some((prefix, attributes)) = inside.pop() {
            for (name, attribute) in attributes.as_object().into_iter().flatten() {
                let path = format!("{prefix}{name}");
                if let Some(block) = attribute.get("b") {
                    inside.push((format!("{path}."), block));
                }
                let settable = attribute.get("f").and_then(Json::as_str) != Some("C");
                // A block is told by what is in it.
                let known = known
                    .range((kind.as_str(), path.clone())..)
                    .take_while(|(of, at)| *of == kind.as_str() && at.starts_with(&path))
                    .any(|(_, at)| {
                        at.strip_prefix(&path)
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                    });
                if settable && !known && named(&name.to_lowercase()) {
                    left.push((kind.clone(), path));
                }
            }
        }
    }
    left.sort();
    left
}

/// A resource in which only this switch says anything, on the good or on the bad side, for a test
/// of a whole table. None for what has no such side.
#[must_use]
pub fn example<K: 'static>(switch: &Switch<K>, good: bool) -> Option<Json> {
    build(switch, good, None)
}

/// The same on the bad side, but that one of its conditions, counted from 0, does not hold.
#[must_use]
pub fn beside_the_point<K: 'static>(switch: &Switch<K>, condition: usize) -> Option<Json> {
    build(switch, false, Some(condition))
}

fn build<K: 'static>(switch: &Switch<K>, good: bool, broken: Option<usize>) -> Option<Json> {
    let text = |patterns: &[&str]| {
        let pattern = patterns.first().copied().unwrap_or_default();
        Json::from(pattern.replace('*', "x"))
    };
    let other = Json::from("something-else");
    let value = match (switch.good, good) {
        (Good::True, _) => Json::from(good),
        (Good::False, _) => Json::from(!good),
        (Good::OneOf(patterns), true)
        | (Good::NoneOf(patterns) | Good::NamedBut(patterns), false) => text(patterns),
        (Good::OneOf(_), false) | (Good::NoneOf(_) | Good::NamedBut(_) | Good::Named, true) => {
            other
        }
        (Good::Named, false) | (Good::Unnamed, true) => Json::from(""),
        (Good::Present, true) | (Good::Empty, false) => serde_json::json!([{}]),
        (Good::Present, false) | (Good::Empty, true) => serde_json::json!([]),
        (Good::AtMost(number) | Good::AtLeast(number), true) => Json::from(number),
        (Good::AtMost(number), false) => Json::from(number.saturating_add(1)),
        (Good::AtLeast(number), false) => Json::from(number.saturating_sub(1)),
        (Good::SecondsAtMost(seconds), _) => {
            Json::from(format!("{}s", seconds.saturating_add(i64::from(!good))))
        }
        (Good::Closed, true) => Json::from("10.0.0.0/8"),
        (Good::Closed, false) => Json::from("0.0.0.0/0"),
        (Good::ClosedUpTo(_), _) => Json::from("1.0.0.0"),
        (Good::Never, true) => return None,
        (Good::Never | Good::Unnamed, false) => other,
    };
    let mut resource = Json::Object(serde_json::Map::new());
    put(&mut resource, switch.path, value);
    if let Good::ClosedUpTo(last) = switch.good {
        let path = beside(switch.path, last);
        put(
            &mut resource,
            &path,
            Json::from(if good { "1.0.0.9" } else { "200.0.0.0" }),
        );
    }
    for (at, when) in switch.when.iter().enumerate() {
        let path = match when.path.strip_prefix("./") {
            Some(name) => match switch.path.rsplit_once("[]") {
                Some((root, _)) => format!("{root}[].{name}"),
                None => name.to_owned(),
            },
            None => when.path.to_owned(),
        };
        let holds = broken != Some(at);
        let value = match (when.test, holds) {
            (Test::Is(patterns, _), true) | (Test::Not(patterns, _), false) => text(patterns),
            (Test::Is(..), false) | (Test::Not(..), true) => Json::from("something-else"),
            (Test::Set, true) | (Test::Unset, false) => Json::from("something"),
            // The switch itself is in the block.
            (Test::Set, false) if switch.path.starts_with(when.path) => return None,
            (Test::Set, false) | (Test::Unset, true) => continue,
        };
        put(&mut resource, &path, value);
    }
    Some(resource)
}

/// The path of the attribute of this name beside another one.
fn beside(path: &str, name: &str) -> String {
    path.rsplit_once('.')
        .map_or_else(|| name.to_owned(), |(block, _)| format!("{block}.{name}"))
}

/// Puts a value at a path, unless there is one already, with the blocks around it.
fn put(into: &mut Json, path: &str, value: Json) {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let bare = name.trim_end_matches("[0]").trim_end_matches("[]");
    let Some(map) = into.as_object_mut() else {
        return;
    };
    if name == bare {
        let at = map.entry(bare);
        if rest.is_empty() {
            at.or_insert(value);
        } else {
            put(at.or_insert_with(|| serde_json::json!({})), rest, value);
        }
        return;
    }
    let list = map.entry(bare).or_insert_with(|| serde_json::json!([]));
    let Some(items) = list.as_array_mut() else {
        return;
    };
    if rest.is_empty() {
        items.push(value);
    } else {
        if items.is_empty() {
            items.push(serde_json::json!({}));
        }
        if let Some(block) = items.first_mut() {
            put(block, rest, value);
        }
    }
}

fn flags<'a>(attributes: &'a Json, path: &str) -> Option<&'a str> {
    let mut inside = attributes;
    let mut flags = None;
    let mut computed = false;
    for name in path.split('.') {
        let name = name.trim_end_matches("[0]").trim_end_matches("[]");
        let attribute = inside.get(name)?;
        flags = attribute.get("f").and_then(Json::as_str);
        computed |= flags.is_some_and(|flags| flags == "OC");
        let map = attribute.get("t").and_then(Json::as_str);
        if map.is_some_and(|kind| kind.starts_with("map(")) {
            break;
        }
        inside = attribute.get("b").unwrap_or(&Json::Null);
    }
    // What is in a computed block is computed with it.
    if computed { Some("OC") } else { flags }
}
