//! Filters of web requests before and after apply: what stops a request, and what of that the
//! plan takes away.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{Action, Attr, Change, Field, Mode, Why};

use crate::table::filters::{FILTERS, Filter, NAMED_BY, Shape, Strength};

/// What a plan takes away from one filter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lost {
    /// What lets everything through: the attribute, and what it was and is.
    pub(crate) opened: Option<(String, String)>,
    /// The rules that stop nothing any more.
    pub(crate) rules: Vec<String>,
    /// The list that they were in.
    pub(crate) list: &'static str,
    /// Why something of it cannot be told: the attribute, and why.
    pub(crate) doubt: Option<(String, Why)>,
}

/// What the filters of a plan tell about each other.
#[derive(Debug)]
pub(crate) struct Filters<'a> {
    /// The rules that some resource has after apply and not before.
    gained: BTreeMap<(Shape, String), BTreeSet<&'a str>>,
    /// What the plan deletes can be named by.
    deleted: BTreeSet<String>,
}

/// What cannot be told of a filter: the attribute, and why.
type Doubt = (String, Why);

/// The priority of the rule that every policy of Google's ends with.
const LAST: &str = "2147483647";

/// A limit of requests that grows by this factor stops next to nothing any more.
const FAR: i64 = 100;

/// One rule of a filter.
struct Rule {
    /// The list that it is in, and how that is read.
    list: &'static str,
    shape: Shape,
    name: String,
    stops: Result<bool, Why>,
    /// What it is about.
    about: Option<Field>,
    /// The same without what names a version of it.
    statement: Option<String>,
    /// How many requests it lets through in a while.
    rate: Option<i64>,
    /// The parts of it that do not stop anything.
    overridden: BTreeSet<String>,
}

impl Filter {
    pub(crate) fn of(kind: &str) -> Option<&'static Self> {
        FILTERS.iter().find(|filter| filter.kind == kind)
    }

    /// The attributes that are read.
    pub fn attributes(&self) -> Vec<&'static str> {
        let mut paths: Vec<_> = self.default.iter().map(|(path, _)| *path).collect();
        paths.extend(self.off.iter().map(|one| one.path));
        paths.extend(self.off.iter().filter_map(|one| one.instead));
        paths.extend(self.drops.iter().map(|(path, _)| *path));
        paths.extend(self.lists.iter().map(|(path, _)| *path));
        if let Some(alone) = &self.alone {
            paths.push(alone.of);
            paths.extend(alone.attributes);
        }
        paths.extend(
            NAMED_BY
                .iter()
                .filter(|(kind, _)| *kind == self.kind)
                .map(|(_, path)| *path),
        );
        paths
    }

    /// The rules on one side, with the list that each is in; or why they cannot be told.
    fn rules(&self, change: &Change, after: bool) -> Result<Vec<Rule>, Doubt> {
        let there = if after {
            change.remains()
        } else {
            change.action != Action::Create
        };
        if !there {
            return Ok(Vec::new());
        }
        let read = |path: &str| side(change, path, after);
        let mut rules = Vec::new();
        for (path, shape) in self.lists {
            let items = match read(path).items() {
                Attr::Known(items) => items,
                Attr::Unset => continue,
                Attr::Undetermined(why) => return Err(((*path).to_owned(), why)),
            };
            for item in items {
                let get = |name: &str| item.get(name);
                match rule(path, *shape, &get) {
                    Ok(rule) => rules.push(rule),
                    Err(why) => return Err(((*path).to_owned(), why)),
                }
            }
        }
        if let Some(alone) = &self.alone {
            match rule(alone.of, alone.shape, &read) {
                Ok(rule) => rules.push(rule),
                Err(why) => return Err((alone.of.to_owned(), why)),
            }
        }
        Ok(rules)
    }

    /// Whether what no rule is about is stopped.
    fn stops_the_rest(&self, change: &Change, after: bool) -> Result<bool, Why> {
        let Some((path, text)) = self.default else {
            return Ok(false);
        };
        let block = side(change, path, after);
        let by_type = block.get("type").text();
        match by_type {
            Attr::Known(kind) => Ok(kind.eq_ignore_ascii_case(text)),
            Attr::Unset => occupied(&block.get(text)),
            Attr::Undetermined(why) => Err(why),
        }
    }
}

impl Strength {
    /// How much the filter does on one side: the place among the weak values, or beyond them. None where
    /// that cannot be told.
    fn of(&self, change: &Change, after: bool) -> Option<usize> {
        let field = side(change, self.path, after);
        if matches!(field.undetermined(), Some(Why::Unknown | Why::Sensitive)) {
            return None;
        }
        let place = |text: &str| {
            let mut weak = self.weak.iter();
            weak.position(|one| one.eq_ignore_ascii_case(text))
                .unwrap_or(self.weak.len())
        };
        let set = texts(&field);
        let weakest = set
            .iter()
            .filter(|text| !text.is_empty())
            .map(|text| place(text))
            .min();
        Some(weakest.unwrap_or_else(|| self.unset.map_or(self.weak.len(), place)))
    }

    /// That the filter does less after apply: the attribute, and what it was and is.
    fn weakened(&self, change: &Change) -> Option<(String, String)> {
        let (was, now) = (self.of(change, false)?, self.of(change, true)?);
        let replaced = self.instead.is_some_and(|path| {
            let field = change.after(path);
            field.undetermined().is_some() || !texts(&field).iter().all(String::is_empty)
        });
        (now < was && !replaced).then(|| {
            let before = shown(&side(change, self.path, false));
            let after = shown(&side(change, self.path, true));
            (self.path.to_owned(), format!("{before} -> {after}"))
        })
    }
}

impl<'a> Filters<'a> {
    pub(crate) fn of(changes: &'a [Change]) -> Self {
        let mut filters = Self {
            gained: BTreeMap::new(),
            deleted: BTreeSet::new(),
        };
        for change in changes
            .iter()
            .filter(|change| change.mode == Mode::Managed && change.deposed.is_none())
        {
            if change.action == Action::Delete
                && let Some((_, path)) = NAMED_BY.iter().find(|(kind, _)| *kind == change.kind)
                && let Attr::Known(name) = change.before(path).text()
            {
                filters.deleted.insert(name);
            }
            let Some(filter) = Filter::of(&change.kind).filter(|_| change.action != Action::NoOp)
            else {
                continue;
            };
            let (Ok(before), Ok(after)) = (filter.rules(change, false), filter.rules(change, true))
            else {
                continue;
            };
            for rule in after {
                let is_new = !before.iter().any(|old| old.name == rule.name);
                if is_new && rule.stops == Ok(true) {
                    filters
                        .gained
                        .entry((rule.shape, rule.name))
                        .or_default()
                        .insert(&change.address);
                }
            }
        }
        filters
    }

    /// What the plan takes away from the filter that a change is about.
    pub(crate) fn lost(&self, change: &Change) -> Option<Lost> {
        let filter = Filter::of(&change.kind)?;
        let changed = match change.action {
            Action::Update | Action::Replace => true,
            // A whole filter that goes is taken off what it protects first.
            Action::Delete => filter.alone.is_some_and(|alone| {
                !change.before(alone.of).text().is_known_and(|name| {
                    let end = |one: &String| name == one || name.ends_with(&format!("/{one}"));
                    self.deleted.iter().any(end)
                })
            }),
            _ => false,
        };
        if !changed {
            return None;
        }
        let mut lost = Lost::default();
        if change.remains() {
            lost.opened = filter.off.iter().find_map(|one| one.weakened(change));
            for one in filter.off {
                if let Some(why) = side(change, one.path, true).undetermined()
                    && side(change, one.path, false).undetermined().is_none()
                {
                    lost.doubt = Some((one.path.to_owned(), why));
                }
            }
        }
        if let Some((path, drops)) = filter.drops
            && change.remains()
            && side(change, path, true).undetermined().is_none()
        {
            let any = |after| {
                texts(&side(change, path, after))
                    .iter()
                    .any(|text| drops.contains(&text.as_str()))
            };
            if any(false) && !any(true) {
                lost.opened = Some((
                    path.to_owned(),
                    "what no rule is about is let through, and is stopped today".to_owned(),
                ));
            }
        }
        let rest = (
            filter.stops_the_rest(change, false),
            filter.stops_the_rest(change, true),
        );
        if let (Some((path, _)), true) = (filter.default, change.remains()) {
            match rest {
                (Ok(true), Ok(false)) => {
                    lost.opened = Some((
                        path.trim_end_matches("[0]").to_owned(),
                        "what no rule is about is let through, and is stopped today".to_owned(),
                    ));
                }
                (Ok(true), Err(why)) => {
                    lost.doubt = Some((path.trim_end_matches("[0]").to_owned(), why));
                }
                _ => {}
            }
        }
        let before = filter.rules(change, false).unwrap_or_default();
        if !before.iter().any(|rule| rule.stops == Ok(true)) {
            return Some(lost);
        }
        let after = match filter.rules(change, true) {
            Ok(after) => after,
            Err((path, why)) => {
                lost.doubt = Some((path, why));
                return Some(lost);
            }
        };
        for old in before.iter().filter(|old| old.stops == Ok(true)) {
            let named = |new: &&Rule| new.shape == old.shape && new.name == old.name;
            let same = |new: &&Rule| {
                new.shape == old.shape
                    && old.about.is_some()
                    && (new.about == old.about
                        || (old.statement.is_some() && new.statement == old.statement))
            };
            // One of the name that is about something else is another one, if a second is about the same.
            let kept = after
                .iter()
                .find(named)
                .filter(|new| new.stops == Ok(true))
                .or_else(|| after.iter().filter(same).find(|new| new.stops == Ok(true)))
                .or_else(|| after.iter().find(named))
                .or_else(|| after.iter().find(same));
            match kept {
                Some(new) => match new.stops {
                    Ok(true) => {
                        let parts = new.overridden.difference(&old.overridden);
                        let named = parts.map(|part| format!("{part} of {}", old.name));
                        lost.rules.extend(named);
                        if let (Some(was), Some(now)) = (old.rate, new.rate)
                            && now >= was.saturating_mul(FAR)
                        {
                            lost.rules
                                .push(format!("{}, whose limit {was} becomes {now}", old.name));
                        }
                    }
                    Ok(false) => lost.rules.push(old.name.clone()),
                    Err(why) => lost.doubt = Some((old.list.to_owned(), why)),
                },
                None if self.moved(change, old.shape, &old.name) => {}
                None => lost.rules.push(old.name.clone()),
            }
            if !lost.rules.is_empty() && lost.list.is_empty() {
                lost.list = old.list;
            }
            // The last rule of Google's decides on what no other one is about.
            if old.shape == Shape::Google
                && old.name == LAST
                && lost.opened.is_none()
                && lost.rules.contains(&old.name)
            {
                lost.opened = Some((
                    old.list.to_owned(),
                    "what no rule is about is let through, and is stopped today".to_owned(),
                ));
            }
        }
        let stops = after.iter().any(|rule| rule.stops == Ok(true));
        // All of its rules are gone, and nothing else stops anything.
        if lost.opened.is_none()
            && filter.alone.is_none()
            && !lost.rules.is_empty()
            && !stops
            && rest.1 != Ok(true)
        {
            lost.opened = Some((
                lost.list.to_owned(),
                "none of its rules stops anything after apply".to_owned(),
            ));
        }
        Some(lost)
    }

    /// Whether another resource has the rule after apply.
    fn moved(&self, change: &Change, shape: Shape, name: &str) -> bool {
        self.gained
            .get(&(shape, name.to_owned()))
            .is_some_and(|at| at.iter().any(|address| *address != change.address))
    }
}

fn side(change: &Change, path: &str, after: bool) -> Field {
    if after {
        change.after(path)
    } else {
        change.before(path)
    }
}

/// Reads one rule; or says why not even its name can be told.
fn rule(list: &'static str, shape: Shape, get: &dyn Fn(&str) -> Field) -> Result<Rule, Why> {
    let (name, about) = match shape {
        Shape::Blocks => (get("name"), Some(get("statement"))),
        Shape::Types => (get("rule_id"), None),
        Shape::Google => (get("priority"), Some(get("match"))),
        Shape::Azure => {
            let named = match get("name") {
                name if name.is_unset() => get("priority"),
                name => name,
            };
            let about = match get("match_conditions") {
                about if about.is_unset() => get("match_condition"),
                about => about,
            };
            (named, Some(about))
        }
        Shape::Managed => (get("type"), None),
    };
    let name = match name.text() {
        Attr::Known(name) => name,
        // A set of rules without a type is that of OWASP.
        Attr::Unset => "OWASP".to_owned(),
        Attr::Undetermined(why) => return Err(why),
    };
    let overrides = about.as_ref().map(|about| {
        let group = about.first().get("managed_rule_group_statement").first();
        group.get("rule_action_override").items()
    });
    let overridden = match overrides {
        Some(Attr::Known(items)) => items
            .iter()
            .filter(|item| {
                let to = item.get("action_to_use").first();
                ["allow", "count"]
                    .iter()
                    .any(|action| occupied(&to.get(action)) == Ok(true))
            })
            .filter_map(|item| match item.get("name").text() {
                Attr::Known(name) => Some(name),
                Attr::Unset | Attr::Undetermined(_) => None,
            })
            .collect(),
        Some(Attr::Unset | Attr::Undetermined(_)) | None => BTreeSet::new(),
    };
    Ok(Rule {
        list,
        shape,
        name,
        stops: stops(shape, get),
        rate: rate(shape, about.as_ref(), get),
        statement: about
            .as_ref()
            .and_then(written)
            .filter(|text| !text.is_empty()),
        about: about.filter(|about| !about.is_unset() && about.undetermined().is_none()),
        overridden,
    })
}

/// The limit of a rule that counts requests.
fn rate(shape: Shape, about: Option<&Field>, get: &dyn Fn(&str) -> Field) -> Option<i64> {
    let limit = match shape {
        Shape::Blocks => about?
            .first()
            .get("rate_based_statement")
            .first()
            .get("limit"),
        Shape::Azure => get("rate_limit_threshold"),
        Shape::Types | Shape::Google | Shape::Managed => return None,
    };
    match limit.integer() {
        Attr::Known(limit) if limit > 0 => Some(limit),
        _ => None,
    }
}

/// A statement as text: without what is not set, the version of a managed group, and what its rules do
/// instead, which is compared by itself. None where a part of it is not known.
fn written(field: &Field) -> Option<String> {
    if field.undetermined().is_some() && !matches!(field.undetermined(), Some(Why::NotA(_))) {
        return None;
    }
    if let Attr::Known(items) = field.items() {
        let texts: Option<Vec<_>> = items.iter().map(written).collect();
        return Some(texts?.concat());
    }
    if let Attr::Known(entries) = field.entries() {
        let mut text = String::new();
        for (name, value) in entries {
            // A limit is compared by itself.
            if matches!(name.as_str(), "version" | "rule_action_override" | "limit") {
                continue;
            }
            let inner = written(&value)?;
            // A block without anything in it says something: `geo_match {}`.
            let empty_block = value.items().is_known_and(|items| !items.is_empty());
            if !inner.is_empty() || empty_block {
                text.push_str(&format!("{name}({inner})"));
            }
        }
        return Some(text);
    }
    match field.text() {
        Attr::Known(text) if text.is_empty() => Some(text),
        Attr::Known(text) => Some(format!("{text:?},")),
        Attr::Unset => Some(String::new()),
        Attr::Undetermined(_) => None,
    }
}

/// Whether a rule stops what it is about.
fn stops(shape: Shape, get: &dyn Fn(&str) -> Field) -> Result<bool, Why> {
    let text = |field: &Field| match field.text() {
        Attr::Known(text) => Ok(text.to_ascii_lowercase()),
        Attr::Unset => Ok(String::new()),
        Attr::Undetermined(why) => Err(why),
    };
    let is = |name: &str| match get(name).bool() {
        Attr::Known(on) => Ok(Some(on)),
        Attr::Unset => Ok(None),
        Attr::Undetermined(why) => Err(why),
    };
    match shape {
        Shape::Blocks => {
            let action = get("action").first();
            let mut any = false;
            for name in ["block", "captcha", "challenge"] {
                any |= occupied(&action.get(name))?;
            }
            Ok(any || occupied(&get("override_action").first().get("none"))?)
        }
        Shape::Types => Ok(text(&get("action").first().get("type"))? == "block"
            || text(&get("override_action").first().get("type"))? == "none"),
        // The provider computes `preview` where it is left out.
        Shape::Google => {
            let preview = is("preview").unwrap_or(None) == Some(true);
            let action = text(&get("action"))?;
            Ok(!preview && !matches!(action.as_str(), "allow" | "" | "goto_next"))
        }
        Shape::Azure => {
            let action = text(&get("action"))?;
            Ok(is("enabled")? != Some(false) && !matches!(action.as_str(), "allow" | "log" | ""))
        }
        Shape::Managed => Ok(text(&get("action"))? != "log"),
    }
}

/// Whether there is a block.
fn occupied(field: &Field) -> Result<bool, Why> {
    match field.items() {
        Attr::Known(items) => Ok(!items.is_empty()),
        Attr::Unset => Ok(false),
        Attr::Undetermined(Why::NotA(_)) => Ok(true),
        Attr::Undetermined(why) => Err(why),
    }
}

fn shown(field: &Field) -> String {
    let texts = texts(field);
    if texts.is_empty() {
        "not set".to_owned()
    } else {
        format!("`{}`", texts.join(", "))
    }
}

/// A text, or those of a list.
fn texts(field: &Field) -> Vec<String> {
    match field.items() {
        Attr::Known(items) => items.iter().flat_map(texts).collect(),
        _ => match field.text() {
            Attr::Known(text) => vec![text],
            Attr::Unset | Attr::Undetermined(_) => Vec::new(),
        },
    }
}
