//! Whether the parts of a plan agree: a document that contradicts itself was written by no tool,
//! and nothing in it can be believed.
//!
//! A plan says most things more than once. What becomes of an object is in its actions, in the
//! reason for them, in what forces a replacement, in whether `planned_values` still has it, and in
//! whether the prior state had it. Whoever wants a plan to pass that should not has to change all
//! of them, and a document that was edited everywhere is another plan.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use serde::de::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::json::{self, Text, object};
use super::read::Body;
use super::value::{Mask, Side};
use super::{Action, Deferred, Mode, Path, PlanError, ResourceChange, Step, Value, address};

/// Checks what one change says of itself.
pub(super) fn agrees(change: &ResourceChange<'_>) -> Result<(), PlanError> {
    let contradiction = |what: String| {
        Err(PlanError::Contradiction {
            address: change.address.to_string(),
            what,
        })
    };
    let said = change.action.as_str();
    if let Some(reason) = &change.reason {
        // Words that may come are not known; the beginnings of those of today say the action.
        let fits = match reason.split_once("_because_") {
            Some(("replace", _)) => change.action == Action::Replace,
            Some(("delete", _)) => matches!(change.action, Action::Delete | Action::Forget),
            _ if matches!(
                &**reason,
                "replace_by_request" | "replace_by_triggers" | "tainted"
            ) =>
            {
                change.action == Action::Replace
            }
            _ => true,
        };
        if !fits {
            return contradiction(format!(
                "`{said}` is planned, yet the reason for it is `{reason}`"
            ));
        }
    }
    if !change.replace_paths.is_empty() && change.action != Action::Replace {
        return contradiction(format!(
            "`{said}` is planned, yet `replace_paths` says what forces a replacement"
        ));
    }
    if change.action == Action::Update
        && let (Some(before), Some(after)) = (change.before.value, change.after.value)
        && let (Some(before), Some(after)) = (identity(before), identity(after))
        && before != after
    {
        return contradiction(
            "`update` is planned, yet another `id` is there afterwards".to_owned(),
        );
    }
    Ok(())
}

/// How an action and what is there before and after it disagree, if they do: no tool writes
/// such a change.
pub(super) fn disagreement(
    mode: Mode,
    action: Action,
    deposed: bool,
    body: &Body<'_>,
) -> Option<&'static str> {
    let (before, after) = (body.before, body.after);
    match (mode, action) {
        (Mode::Managed, Action::Read) => {
            return Some("`read` is planned for what is managed");
        }
        (Mode::Managed, _) | (_, Action::NoOp | Action::Read) => {}
        (Mode::Data, _) => return Some("data sources are only read"),
        (Mode::Ephemeral, _) => {
            return Some("ephemeral resources leave nothing that could be changed");
        }
    }
    if deposed && !matches!(action, Action::NoOp | Action::Delete | Action::Forget) {
        return Some("what is deposed can only go");
    }
    match action {
        Action::NoOp => match (before, after) {
            (Some(before), Some(after)) if before.get() != after.get() => {
                Some("`no-op` is planned, yet `before` and `after` differ")
            }
            (Some(_), None) => Some("`no-op` is planned, yet nothing is there afterwards"),
            (None, Some(_)) => Some("`no-op` is planned, yet nothing is there before"),
            _ if body.after_unknown.is_some_and(any_unknown) => {
                Some("`no-op` is planned, yet something is known only afterwards")
            }
            _ => None,
        },
        Action::Create if before.and_then(identity).is_some() => {
            Some("`create` is planned, yet the object is there before")
        }
        Action::Update if before.is_none() => {
            Some("`update` is planned, yet nothing is there before")
        }
        Action::Delete | Action::Forget if after.is_some() => {
            Some("the object is planned to go, yet is there afterwards")
        }
        _ => None,
    }
}

/// The `id` of an object, where it has one that is known.
fn identity(raw: &RawValue) -> Option<Cow<'_, str>> {
    let id = json::read::<Identity<'_>>(raw).ok()?.id?;
    match json::kind(id) {
        json::Kind::Text => Some(json::read::<Text<'_>>(id).ok()?.0),
        json::Kind::Number => Some(Cow::Borrowed(id.get())),
        _ => None,
    }
}

/// Whether a mask of what is unknown masks anything.
fn any_unknown(raw: &RawValue) -> bool {
    // Most masks are empty, and a `true` can also be part of a key.
    raw.get().contains("true")
        && Side::new(None, Mask::of(raw), Mask::Nothing)
            .says_unknown()
            .unwrap_or(true)
}

object!(Identity, "an object" {
    "id" => id: &'a RawValue,
});

object!(Stored, "values" {
    "root_module" => root: StoredModule<'a>,
});

object!(StoredState, "a state" {
    "values" => values: Stored<'a>,
});

object!(StoredModule, "a module" {
    "address" => address: Text<'a>,
    "resources" => resources: Vec<StoredResource<'a>>,
    "child_modules" => modules: Vec<StoredModule<'a>>,
});

object!(StoredResource, "a resource" {
    "address" => address: Text<'a>,
    "mode" => mode: Text<'a>,
    "type" => kind: Text<'a>,
    "name" => name: Text<'a>,
    "deposed_key" => deposed: Text<'a>,
    "values" => values: &'a RawValue,
});

/// What a list of stored resources says of the changes of a plan.
struct Standing<'a> {
    /// Whether the object of each change is stored.
    has: Vec<bool>,
    /// Whether each object that drifted is stored.
    has_drifted: Vec<bool>,
    /// The addresses of managed resources that are stored and that no change speaks of.
    unspoken: Vec<Cow<'a, str>>,
    /// How many managed resources are stored.
    managed: usize,
    /// A change that says something else of its object than what is stored: its place, and the
    /// attribute.
    differs: Option<(usize, String)>,
}

/// Whether two values are the same but for how nothing is written: providers of the older kind write
/// an attribute that is not set as `null` in one place and as its empty value in another.
fn alike(one: Option<&Json>, other: Option<&Json>) -> bool {
    let nothing = |value: Option<&Json>| match value {
        None | Some(Json::Null | Json::Bool(false)) => true,
        Some(Json::Number(number)) => number.as_f64() == Some(0.0),
        Some(Json::String(text)) => text.is_empty(),
        Some(Json::Array(items)) => items.is_empty(),
        Some(Json::Object(members)) => members.is_empty(),
        Some(Json::Bool(true)) => false,
    };
    match (one, other) {
        _ if one == other || nothing(one) && nothing(other) => true,
        (Some(Json::Array(one)), Some(Json::Array(other))) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| alike(Some(one), Some(other)))
        }
        (Some(Json::Object(one)), Some(Json::Object(other))) => one
            .keys()
            .chain(other.keys())
            .all(|name| alike(one.get(name), other.get(name))),
        _ => false,
    }
}

/// When the stored values are those of an object.
#[derive(Clone, Copy)]
enum When {
    Before,
    After,
}

impl When {
    /// The attribute in which a change says something else than what is stored, if there is one.
    fn differs(self, change: &ResourceChange<'_>, stored: &RawValue) -> Option<String> {
        let side = match self {
            Self::Before => change.before,
            Self::After => change.after,
        };
        let said = side.value?;
        // As tools write them: from the same value, in the same way.
        if said.get() == stored.get() {
            return None;
        }
        // A side that is no object, or is one that cannot be read, is not what the other says.
        let all = |raw| serde_json::from_str::<BTreeMap<Cow<'_, str>, &RawValue>>(raw);
        let (Ok(said), Ok(stored)) = (all(said.get()), all(stored.get())) else {
            return Some("value".to_owned());
        };
        let differs = |name: &&Cow<'_, str>| {
            let (said, stored) = (said.get(*name), stored.get(*name));
            if said.map(|raw| raw.get()) == stored.map(|raw| raw.get()) {
                return false;
            }
            // What this cannot read (nesting without end, a number beyond all) differs.
            let value = |raw: Option<&&RawValue>| match raw {
                Some(raw) => serde_json::from_str::<Json>(raw.get()).map(Some),
                None => Ok(None),
            };
            match (self, value(said), value(stored)) {
                (Self::After, Ok(said), Ok(stored)) => said != stored,
                (Self::Before, Ok(said), Ok(stored)) => !alike(said.as_ref(), stored.as_ref()),
                _ => true,
            }
        };
        let mut names = said.keys().chain(stored.keys()).filter(differs);
        // What is known only after apply is left out on one side, or stands for itself.
        let unknown = |name: &&Cow<'_, str>| {
            let path = Path::from_iter([Step::Key(name.to_string())]);
            matches!(change.after(&path), Ok(Value::Unknown))
        };
        match self {
            Self::Before => names.next().map(ToString::to_string),
            Self::After => names.find(|name| !unknown(name)).map(ToString::to_string),
        }
    }
}

#[expect(
    clippy::disallowed_types,
    reason = "things are looked up in it; nobody walks through it"
)]
type ByAddress<'p> = std::collections::HashMap<&'p str, Spot>;

/// The addresses that changes speak of, to look up those of stored resources.
struct Spoken<'p> {
    addresses: ByAddress<'p>,
    /// Without keys; only for plans whose stored values write addresses in another way.
    blocks: Option<HashSet<&'p str>>,
}

/// Where an address is spoken of: the places of the change and of what drifted.
#[derive(Clone, Copy, Default)]
struct Spot {
    change: Option<usize>,
    drift: Option<usize>,
    /// Whether anything is planned there, now or later.
    planned: bool,
}

impl<'p> Spoken<'p> {
    fn of<'a>(parts: &Parts<'p, 'a>) -> Self {
        let mut addresses = ByAddress::with_capacity(parts.changes.len() + parts.drift.len());
        let live = |changes: &'p [ResourceChange<'a>]| {
            let changes = changes.iter().enumerate();
            changes.filter(|(_, change)| change.deposed.is_none())
        };
        let deferred = || parts.deferred.iter().map(|deferred| &deferred.change);
        for change in parts.changes.iter().chain(deferred()) {
            addresses.entry(&change.address).or_default().planned = true;
        }
        for (at, change) in live(parts.changes) {
            addresses.entry(&change.address).or_default().change = Some(at);
        }
        for (at, change) in live(parts.drift) {
            if change.mode == Mode::Managed {
                addresses.entry(&change.address).or_default().drift = Some(at);
            }
        }
        let spoken = parts.changes.iter().chain(deferred());
        Self {
            addresses,
            // The keys of what is put off are not all known.
            blocks: (parts.old || !parts.deferred.is_empty())
                .then(|| spoken.map(|change| change.block.as_ref()).collect()),
        }
    }

    fn look<'a>(
        &self,
        parts: &Parts<'_, '_>,
        when: When,
        module: StoredModule<'a>,
        within: &str,
        found: &mut Standing<'a>,
    ) {
        for resource in module.resources.unwrap_or_default() {
            let managed = resource.mode.is_none_or(|mode| mode.0 == "managed");
            if !managed || resource.deposed.is_some() {
                continue;
            }
            found.managed += 1;
            let address = resource
                .address
                .map_or(Cow::Borrowed("a resource without an address"), |text| {
                    text.0
                });
            let spot = self.addresses.get(address.as_ref()).copied();
            if let Some(spot) = spot {
                mark(&mut found.has, spot.change);
                mark(&mut found.has_drifted, spot.drift);
                if found.differs.is_none()
                    && let (Some(at), Some(values)) = (spot.change, resource.values)
                    && let Some(change) = parts.changes.get(at)
                    && let Some(attribute) = when.differs(change, values)
                {
                    found.differs = Some((at, attribute));
                }
                if spot.planned {
                    continue;
                }
            }
            let known = self.blocks.as_ref().is_some_and(|blocks| {
                let (kind, name) = (resource.kind, resource.name);
                let block = match (kind, name) {
                    (Some(kind), Some(name)) => format!("{within}{}.{}", kind.0, name.0),
                    _ => address::without_keys(&address).into_owned(),
                };
                blocks.contains(block.as_str())
            });
            if !known {
                found.unspoken.push(address);
            }
        }
        for child in module.modules.unwrap_or_default() {
            let within = match &child.address {
                Some(Text(address)) => format!("{}.", address::without_keys(address)),
                None => within.to_owned(),
            };
            self.look(parts, when, child, &within, found);
        }
    }

    fn standing<'a>(
        &self,
        parts: &Parts<'_, '_>,
        when: When,
        values: Option<Stored<'a>>,
    ) -> Standing<'a> {
        let mut found = Standing {
            has: vec![false; parts.changes.len()],
            has_drifted: vec![false; parts.drift.len()],
            unspoken: Vec::new(),
            managed: 0,
            differs: None,
        };
        if let Some(root) = values.and_then(|values| values.root) {
            self.look(parts, when, root, "", &mut found);
        }
        found
    }
}

fn mark(list: &mut [bool], at: Option<usize>) {
    if let Some(is) = at.and_then(|at| list.get_mut(at)) {
        *is = true;
    }
}

/// Reads stored values as far as they are needed; what is no object stores nothing.
fn stored<'a, T: Deserialize<'a>>(
    raw: Option<&'a RawValue>,
    key: &str,
) -> Result<Option<T>, PlanError> {
    match raw {
        Some(raw) if json::kind(raw) == json::Kind::Object => match json::read(raw) {
            Ok(values) => Ok(Some(values)),
            Err(fault) => Err(fault.at(format!("`{key}`"))),
        },
        _ => Ok(None),
    }
}

/// The parts of a plan that say what becomes of its objects.
pub(super) struct Parts<'p, 'a> {
    pub(super) changes: &'p [ResourceChange<'a>],
    pub(super) drift: &'p [ResourceChange<'a>],
    pub(super) deferred: &'p [Deferred<'a>],
    /// Whether there are changes; none where the plan has no list of them. An empty list is
    /// not the same as none.
    pub(super) has_changes: Option<bool>,
    /// Whether it is of a format before 1.0.
    pub(super) old: bool,
    pub(super) planned_values: Option<&'a RawValue>,
    pub(super) prior_state: Option<&'a RawValue>,
}

/// What the prior state says of objects.
pub(super) struct Prior<'a> {
    /// The addresses of those that no change speaks of.
    pub(super) left_alone: Vec<Cow<'a, str>>,
    /// Whether it has any.
    pub(super) is_there: bool,
}

/// Compares the resources that the plan stores with those that its changes speak of, and
/// returns those of the prior state that it leaves alone.
///
/// A plan of everything has an entry for each resource, changed or not. Without any it is
/// one that only refreshes, which writes no planned values either.
pub(super) fn compare<'a>(parts: &Parts<'_, 'a>) -> Result<Prior<'a>, PlanError> {
    let spoken = Spoken::of(parts);
    let (planned, prior) = rayon::join(
        || {
            stored::<Stored<'_>>(parts.planned_values, "planned_values")
                .map(|values| spoken.standing(parts, When::After, values))
        },
        || {
            stored::<StoredState<'_>>(parts.prior_state, "prior_state").map(|state| {
                let values = state.and_then(|state| state.values);
                spoken.standing(parts, When::Before, values)
            })
        },
    );
    let unspoken = |key: &str, address: &str| {
        Err(PlanError::Contradiction {
            address: address.to_owned(),
            what: format!("`{key}` has it, and `resource_changes` does not say what becomes of it"),
        })
    };
    let (planned, prior) = (planned?, prior?);
    if let Some(address) = planned.unspoken.first() {
        return unspoken("planned_values", address);
    }
    if !parts.old {
        stand_as_planned(parts, &planned, &prior)?;
    }
    match (parts.has_changes, prior.unspoken.first()) {
        // Tools leave out the key where there is nothing to list.
        (Some(false), Some(address)) => unspoken("prior_state", address),
        (None, _) => Ok(Prior {
            left_alone: Vec::new(),
            is_there: prior.managed > 0,
        }),
        _ => Ok(Prior {
            left_alone: prior.unspoken,
            is_there: prior.managed > 0,
        }),
    }
}

/// Compares what is planned for each object with whether it is stored before and afterwards.
///
/// Only a list that has something says anything: plans made by hand often leave them empty, and the
/// report tells.
fn stand_as_planned(
    parts: &Parts<'_, '_>,
    planned: &Standing<'_>,
    prior: &Standing<'_>,
) -> Result<(), PlanError> {
    let contradiction = |address: &str, what: String| {
        Err(PlanError::Contradiction {
            address: address.to_owned(),
            what,
        })
    };
    for (standing, key, side) in [
        (planned, "planned_values", "after"),
        (prior, "prior_state", "before"),
    ] {
        if let Some((at, attribute)) = &standing.differs
            && let Some(change) = parts.changes.get(*at)
        {
            return contradiction(
                &change.address,
                format!("`{key}` has another `{attribute}` than `{side}`"),
            );
        }
    }
    let created: HashSet<&str> = parts
        .changes
        .iter()
        .filter(|change| change.action == Action::Create && change.deposed.is_none())
        .map(|change| change.address.as_ref())
        .collect();
    for ((change, stays_stored), was_stored) in
        parts.changes.iter().zip(&planned.has).zip(&prior.has)
    {
        if change.mode != Mode::Managed || change.deposed.is_some() {
            continue;
        }
        let said = change.action.as_str();
        let stays = matches!(change.action, Action::NoOp | Action::Update);
        if planned.managed > 0 && stays && !stays_stored {
            return contradiction(
                &change.address,
                format!(
                    "`{said}` is planned, yet `planned_values` does not have it, as of what is deleted"
                ),
            );
        }
        if change.action == Action::Delete && *stays_stored {
            return contradiction(
                &change.address,
                "`delete` is planned, yet `planned_values` has it".to_owned(),
            );
        }
        let has_been = change.action != Action::Create && change.before.value.is_some();
        let at_home = change.previous_address.is_none() && !change.importing;
        if prior.managed > 0 && has_been && at_home && !was_stored {
            return contradiction(
                &change.address,
                format!("`{said}` is planned of what is there, yet `prior_state` does not have it"),
            );
        }
        if change.action == Action::Create && *was_stored {
            return contradiction(
                &change.address,
                "`create` is planned, yet `prior_state` has it, as of what is replaced".to_owned(),
            );
        }
    }
    for (change, is_stored) in parts.drift.iter().zip(&prior.has_drifted) {
        let stays = change.action == Action::Update && change.mode == Mode::Managed;
        if !stays || change.deposed.is_some() {
            continue;
        }
        if created.contains(change.address.as_ref()) {
            return contradiction(
                &change.address,
                "`resource_drift` says that it was changed, yet `create` is planned, as of what is gone".to_owned(),
            );
        }
        if prior.managed > 0 && !is_stored {
            return contradiction(
                &change.address,
                "`resource_drift` says that it was changed, yet `prior_state` does not have it, as of what is gone".to_owned(),
            );
        }
    }
    Ok(())
}
