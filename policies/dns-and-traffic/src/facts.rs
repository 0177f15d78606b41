//! Where a resource sends what comes, on one side of a change.

use std::collections::BTreeMap;

use tollgate_policy::{Attr, Change, Field};

use crate::table::{Row, Target};

/// One thing that says where traffic goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// The value as it is shown; none where it is known only after apply, or sensitive.
    pub(crate) value: Option<String>,
    pub(crate) path: &'static str,
    pub(crate) sort: Sort,
}

/// What a change of a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Traffic goes elsewhere, also where the fact is new.
    Target,
    /// Traffic goes elsewhere, but not where the fact is new.
    Named,
    /// More or less of it goes there.
    Weight,
    /// It stops.
    Enabled,
    /// It goes to another version.
    Version,
}

/// Every fact, by what it is about.
pub(crate) type Facts = BTreeMap<String, Fact>;

pub(crate) fn facts(row: &Row, change: &Change, after: bool) -> Facts {
    let mut facts = Facts::new();
    let get = |path: &str| {
        if after {
            change.after(path)
        } else {
            change.before(path)
        }
    };
    for target in row.targets {
        let path = target.path();
        let field = get(path);
        let mut add = |label: String, value: Option<String>, sort| {
            facts.insert(label, Fact { value, path, sort });
        };
        match *target {
            Target::Value(_) => match values(&field) {
                Some(texts) if texts.is_empty() => {}
                Some(texts) => add(path.to_owned(), Some(texts.join(", ")), Sort::Target),
                None => add(path.to_owned(), None, Sort::Target),
            },
            Target::Names(_) => {
                let Some(texts) = values(&field) else {
                    add(path.to_owned(), None, Sort::Named);
                    continue;
                };
                for text in texts {
                    add(format!("{path} {text}"), Some(text), Sort::Named);
                }
            }
            Target::Enabled(_) => match field.bool() {
                Attr::Known(on) => add(path.to_owned(), Some(on.to_string()), Sort::Enabled),
                Attr::Unset => add(path.to_owned(), Some("true".to_owned()), Sort::Enabled),
                Attr::Undetermined(_) => add(path.to_owned(), None, Sort::Enabled),
            },
            Target::Version(_) => match field.text() {
                Attr::Known(text) => add(path.to_owned(), Some(text), Sort::Version),
                Attr::Unset | Attr::Undetermined(_) => {}
            },
            Target::Weight(_) => match field.entries() {
                Attr::Known(entries) => {
                    for (name, weight) in entries {
                        if let Attr::Known(weight) = weight.text() {
                            add(format!("{path} of {name}"), Some(weight), Sort::Weight);
                        }
                    }
                }
                _ => {
                    if let Attr::Known(weight) = field.text() {
                        add(path.to_owned(), Some(weight), Sort::Weight);
                    }
                }
            },
            Target::Blocks {
                key,
                values: inner,
                shares,
                further,
                ..
            } => {
                let Attr::Known(blocks) = field.items() else {
                    if field.undetermined().is_some() {
                        add(path.to_owned(), None, Sort::Target);
                    }
                    continue;
                };
                let sort = if further { Sort::Target } else { Sort::Named };
                // What only asks who a user is sends nothing anywhere.
                let sends = blocks.iter().filter(|block| !only_asks(block));
                for (at, block) in sends.enumerate() {
                    in_block(path, key, inner, shares, sort, at, block, &mut add);
                }
            }
        }
    }
    facts
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one row of the table"
)]
fn in_block(
    path: &'static str,
    key: &[&str],
    inner: &[&str],
    shares: Option<(&str, &str, &str)>,
    sort: Sort,
    at: usize,
    block: &Field,
    add: &mut impl FnMut(String, Option<String>, Sort),
) {
    let label = if key.is_empty() {
        if at == 0 {
            path.to_owned()
        } else {
            format!("{path}[{at}]")
        }
    } else {
        let keys: Vec<_> = key
            .iter()
            .filter_map(|key| known(&block.get(key)))
            .collect();
        format!("{path} {}", keys.join(" "))
    };
    if inner.is_empty() {
        // The key is where it sends what comes.
        let unknown = key
            .iter()
            .any(|key| block.get(key).undetermined().is_some());
        let value = (!unknown).then(|| label.clone());
        add(label.clone(), value, sort);
    }
    for one in inner {
        match deep(block, one) {
            Some(texts) if texts.is_empty() => {}
            Some(texts) => add(format!("{label}.{one}"), Some(texts.join(", ")), sort),
            None => add(format!("{label}.{one}"), None, sort),
        }
    }
    let Some((list, name, weight)) = shares else {
        return;
    };
    if list.is_empty() {
        if let Some(share) = known(&block.get(weight)) {
            add(format!("{label} {weight}"), Some(share), Sort::Weight);
        }
        return;
    }
    let mut targets = Vec::new();
    for entry in walk(block, list) {
        match known(&entry.get(name)) {
            Some(target) => {
                let share = known(&entry.get(weight)).unwrap_or_else(|| "1".to_owned());
                add(
                    format!("{label} {weight} of {target}"),
                    Some(share),
                    Sort::Weight,
                );
                targets.push(Some(target));
            }
            None => targets.push(None),
        }
    }
    if !targets.is_empty() {
        targets.sort();
        let all: Option<Vec<String>> = targets.into_iter().collect();
        add(
            format!("{label}.{list}"),
            all.map(|all| all.join(", ")),
            sort,
        );
    }
}

/// Whether an action of a load balancer signs users in; `public-exposure` tells where it goes.
fn only_asks(block: &Field) -> bool {
    block
        .get("type")
        .text()
        .is_known_and(|kind| kind.starts_with("authenticate-") || kind == "jwt-validation")
}

fn known(field: &Field) -> Option<String> {
    match field.text() {
        Attr::Known(text) if !text.is_empty() => Some(plain(&text)),
        _ => None,
    }
}

/// The fields that a path such as `forward.target_group` leads to, through lists.
fn walk(field: &Field, path: &str) -> Vec<Field> {
    path.split('.').fold(vec![field.clone()], |at, step| {
        at.iter()
            .flat_map(|field| {
                let next = field.get(step);
                match next.items() {
                    Attr::Known(items) => items,
                    _ if next.is_unset() => Vec::new(),
                    _ => vec![next],
                }
            })
            .collect()
    })
}

/// The texts that a path leads to; none if one of them is not known.
fn deep(field: &Field, path: &str) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    for one in walk(field, path) {
        texts.extend(values(&one)?);
    }
    texts.sort();
    Some(texts)
}

/// A value, or several, sorted; none if one of them is not known. Blocks are written as
/// `key=value`, without what is not set.
fn values(field: &Field) -> Option<Vec<String>> {
    if field.undetermined().is_some() {
        return None;
    }
    if let Attr::Known(items) = field.items() {
        let mut texts = Vec::new();
        for item in items {
            texts.extend(values(&item)?);
        }
        texts.sort();
        return Some(texts);
    }
    if let Attr::Known(entries) = field.entries() {
        let mut parts = Vec::new();
        for (name, value) in entries {
            let inner = values(&value)?;
            // Not where it goes, but what it is called.
            if !inner.is_empty() && !matches!(name.as_str(), "description" | "name" | "id") {
                parts.push(format!("{name}={}", inner.join(",")));
            }
        }
        return Some(if parts.is_empty() {
            Vec::new()
        } else {
            vec![parts.join(" ")]
        });
    }
    match field.text() {
        Attr::Known(text) if text.is_empty() => Some(Vec::new()),
        Attr::Known(text) => Some(vec![plain(&text)]),
        Attr::Unset => Some(Vec::new()),
        Attr::Undetermined(_) => None,
    }
}

/// A target without what says the same: case and the last dot of a host name, the `dualstack.`
/// of an alias, the version of a function at the edge.
fn plain(text: &str) -> String {
    let is_arn = text.starts_with("arn:");
    if is_arn {
        return match text.rsplit_once(':') {
            Some((head, version))
                if head.contains(":function:")
                    && !version.is_empty()
                    && version.bytes().all(|b| b.is_ascii_digit()) =>
            {
                head.to_owned()
            }
            _ => text.to_owned(),
        };
    }
    let host = text.strip_suffix('.').unwrap_or(text);
    let is_host = host.contains('.')
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if is_host {
        let host = host.to_ascii_lowercase();
        return host.strip_prefix("dualstack.").unwrap_or(&host).to_owned();
    }
    text.to_owned()
}
