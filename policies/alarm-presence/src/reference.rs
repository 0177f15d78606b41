//! What a configuration reference proves.
//!
//! A value that is known only after apply can still be traced: the configuration
//! says which resource it comes from. The plan gives the block and, if it is
//! written as a literal, the instance key; keys of expanded modules and computed
//! keys (`each.key`, `count.index`) are not in it. So for a reference from one
//! instance to a block:
//!
//! - inside of the module calls that both share, both are in the same instance of
//!   the module, because that is all a reference can reach;
//! - if only one instance of the block is left, it is meant;
//! - if several are left, and the referring block has the same keys (for
//!   `for_each`: a subset, because a subset of the keys is a common filter; for
//!   `count`: the same numbers, because `count = 1` is a common switch), then the
//!   instance with the same key is meant;
//! - otherwise it cannot be told which one is meant.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tollgate_policy::{Change, InstanceKey, Mode};

/// Whether something holds, as far as the plan tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It holds.
    Proven,
    /// It may hold; why it cannot be told.
    Possible(String),
    /// It does not hold.
    No,
}

impl Proof {
    /// The weaker of both: what holds if both must.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Possible(why), _) | (_, Self::Possible(why)) => Self::Possible(why),
            _ => Self::Proven,
        }
    }

    /// The stronger of both: what holds if one suffices.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Proven, _) | (_, Self::Proven) => Self::Proven,
            (Self::Possible(why), _) | (_, Self::Possible(why)) => Self::Possible(why),
            _ => Self::No,
        }
    }
}

/// Something that an expression refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A managed resource.
    Resource {
        /// The address without any key.
        block: String,
        /// The resource type.
        kind: String,
        /// The key, if the configuration writes it as a literal.
        key: Option<Key>,
        /// The attribute that is read. None: the whole resource is referred to, or an
        /// instance whose key is computed, and the plan does not say what of it.
        attribute: Option<String>,
    },
    /// `each.key`, `each.value` or `count.index`: one instance of many is meant. What
    /// `for_each` and `count` refer to stands beside it.
    Each {
        /// The last name behind `each.value`, if one follows.
        attribute: Option<String>,
    },
    /// `path.module`, `terraform.workspace` and the like: no source of a value.
    Selector,
    /// Anything that the plan does not let us follow.
    Opaque,
}

/// An instance key that can be ordered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `count`
    Number(i64),
    /// `for_each`
    Text(String),
}

impl From<&InstanceKey> for Key {
    fn from(key: &InstanceKey) -> Self {
        match key {
            InstanceKey::Number(number) => Self::Number(*number),
            InstanceKey::Text(text) => Self::Text(text.clone()),
        }
    }
}

/// One step of an address: a name and the key in brackets behind it.
type Segment = (String, Option<Key>);

/// Reads an address or a reference into its steps.
fn segments(text: &str) -> Vec<Segment> {
    let mut found: Vec<Segment> = Vec::new();
    let mut name = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '.' => {
                if !name.is_empty() {
                    found.push((std::mem::take(&mut name), None));
                }
            }
            '[' => {
                let key = if chars.peek() == Some(&'"') {
                    chars.next();
                    let mut key = String::new();
                    while let Some(c) = chars.next() {
                        match c {
                            '"' => break,
                            '\\' => key.extend(chars.next()),
                            c => key.push(c),
                        }
                    }
                    chars.next();
                    Some(Key::Text(key))
                } else {
                    let digits: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    digits.parse().ok().map(Key::Number)
                };
                if !name.is_empty() {
                    found.push((std::mem::take(&mut name), key));
                }
            }
            c => name.push(c),
        }
    }
    if !name.is_empty() {
        found.push((name, None));
    }
    found
}

impl Reference {
    /// Reads one reference as the host hands it over.
    pub fn parse(text: &str) -> Self {
        let steps = segments(text);
        let mut rest = steps.as_slice();
        let mut block = String::new();
        while let [(keyword, _), (call, _), tail @ ..] = rest {
            if keyword != "module" {
                break;
            }
            block.push_str("module.");
            block.push_str(call);
            block.push('.');
            rest = tail;
        }
        match rest {
            [(keyword, _), (of, _), rest @ ..]
                if matches!(
                    (keyword.as_str(), of.as_str()),
                    ("each", _) | ("count", "index")
                ) =>
            {
                let last = rest.last().filter(|_| of == "value");
                Self::Each {
                    attribute: last.map(|(name, _)| name.clone()),
                }
            }
            [(keyword, _), ..]
                if matches!(
                    keyword.as_str(),
                    "each" | "count" | "path" | "terraform" | "self"
                ) =>
            {
                Self::Selector
            }
            [(keyword, _), ..]
                if matches!(
                    keyword.as_str(),
                    "var" | "local" | "data" | "module" | "ephemeral"
                ) =>
            {
                Self::Opaque
            }
            [(kind, None), (name, key), rest @ ..] => {
                block.push_str(kind);
                block.push('.');
                block.push_str(name);
                Self::Resource {
                    block,
                    kind: kind.clone(),
                    key: key.clone(),
                    attribute: rest.first().map(|(name, _)| name.clone()),
                }
            }
            _ => Self::Opaque,
        }
    }
}

/// Where an instance is: the keys of its modules, outermost first, and its own.
#[derive(Clone, Debug)]
struct Place {
    modules: Vec<Segment>,
    own: Option<Key>,
}

impl Place {
    fn of(change: &Change) -> Self {
        let steps = segments(change.module_address.as_deref().unwrap_or_default());
        Self {
            // `module.a.module.b["x"]`: every second step is the call.
            modules: steps.into_iter().skip(1).step_by(2).collect(),
            own: change.index.as_ref().map(Key::from),
        }
    }

    /// How many module calls both are in, counted from the root.
    fn shared(&self, other: &Self) -> usize {
        self.modules
            .iter()
            .zip(&other.modules)
            .take_while(|(a, b)| a.0 == b.0)
            .count()
    }

    fn same_instance(&self, other: &Self, shared: usize) -> bool {
        self.modules
            .iter()
            .zip(&other.modules)
            .take(shared)
            .all(|(a, b)| a.1 == b.1)
    }

    /// The keys that the shared module calls leave open.
    fn free(&self, shared: usize) -> Vec<Option<&Key>> {
        self.modules
            .iter()
            .skip(shared)
            .map(|(_, key)| key.as_ref())
            .chain([self.own.as_ref()])
            .collect()
    }
}

/// Every instance of every block that stays after apply.
#[derive(Debug, Default)]
pub struct Instances<'a> {
    /// Sorted by their blocks: a plan is nearly that already, and a map of all of them takes longer
    /// than all that is looked up in it.
    all: Vec<Instance<'a>>,
    by_keys: RefCell<ByBlock<'a>>,
    // Large `for_each` blocks refer to each other instance by instance.
    choices: RefCell<BTreeMap<Question, Rc<Choice>>>,
}

/// The instances of the blocks that were asked for, by their keys.
type ByBlock<'a> = BTreeMap<&'a str, BTreeMap<Keys, &'a Change>>;

#[derive(Debug)]
struct Instance<'a> {
    change: &'a Change,
    place: OnceCell<Place>,
}

impl Instance<'_> {
    fn place(&self) -> &Place {
        self.place.get_or_init(|| Place::of(self.change))
    }
}

/// What a [`Choice`] depends on: the referring block, the block referred to, the
/// literal key, and the instances of the module calls that both share.
type Question = (String, String, Option<Key>, Vec<Option<Key>>);

/// All keys of an instance: of its modules, outermost first, and its own.
pub type Keys = Vec<Option<Key>>;

/// How to choose among several instances that a reference can mean.
#[derive(Debug)]
struct Choice {
    /// How many there are.
    candidates: usize,
    /// For each key that the shared module calls leave open.
    keys: Vec<Pick>,
}

#[derive(Clone, Debug)]
enum Pick {
    /// All candidates have the same.
    Same(Option<Key>),
    /// The key at this place of the referring instance.
    At(usize),
    /// It cannot be told.
    Unclear,
}

/// The instances that a reference can mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// The one with these keys, if there is one.
    One(Keys),
    /// Several; it cannot be told which of them.
    Several,
}

impl<'a> Instances<'a> {
    /// Collects the instances of the plan.
    pub fn of(changes: &'a [Change]) -> Self {
        let mut all: Vec<Instance<'a>> = changes
            .iter()
            .filter(|change| change.mode == Mode::Managed && change.remains())
            .map(|change| Instance {
                change,
                place: OnceCell::new(),
            })
            .collect();
        // Those of one block stay in the order of the plan.
        all.sort_by(|one, other| one.change.block.cmp(&other.change.block));
        Self {
            all,
            by_keys: RefCell::default(),
            choices: RefCell::default(),
        }
    }

    fn block(&self, block: &str) -> &[Instance<'a>] {
        let start = self
            .all
            .partition_point(|instance| instance.change.block.as_str() < block);
        let rest = &self.all[start..];
        let end = rest.partition_point(|instance| instance.change.block.as_str() <= block);
        &rest[..end]
    }

    /// The instances of a block that stay.
    pub fn of_block(&self, block: &str) -> impl Iterator<Item = &'a Change> {
        self.block(block).iter().map(|instance| instance.change)
    }

    /// The one instance that a reference means, if it can be told and is in the plan.
    pub fn one(&self, from: &Change, block: &str, key: Option<&Key>) -> Option<&'a Change> {
        let Some(Meant::One(meant)) = self.meant(from, block, key) else {
            return None;
        };
        let instances = self.block(block);
        let block = instances.first()?.change.block.as_str();
        let mut by_keys = self.by_keys.borrow_mut();
        let by_keys = by_keys.entry(block).or_insert_with(|| {
            let all = instances
                .iter()
                .map(|instance| (keys(instance.change), instance.change));
            all.collect()
        });
        by_keys.get(&meant).copied()
    }

    /// Whether a reference from `from` to the block of `to`, with this literal key,
    /// means the instance `to`.
    pub fn means(&self, from: &Change, to: &Change, key: Option<&Key>) -> Proof {
        let (source, target) = (Place::of(from), Place::of(to));
        let shared = source.shared(&target);
        if !source.same_instance(&target, shared)
            || key.is_some_and(|key| target.own.as_ref() != Some(key))
        {
            return Proof::No;
        }
        let choice = self.choice((&from.block, &source), (&to.block, &target), key, shared);
        if choice.candidates <= 1 {
            return Proof::Proven;
        }
        let (wanted, offered) = (target.free(shared), source.free(shared));
        let mut proof = Proof::Proven;
        for (pick, wanted) in choice.keys.iter().zip(wanted) {
            proof = proof.and(match pick {
                Pick::Same(_) => Proof::Proven,
                Pick::At(at) if offered.get(*at) == Some(&wanted) => Proof::Proven,
                Pick::At(_) => Proof::No,
                Pick::Unclear => Proof::Possible(format!(
                    "the configuration refers to `{}`, which has {} instances, and does not say which one",
                    to.block, choice.candidates
                )),
            });
        }
        proof
    }

    /// The instances of `block` for which [`Instances::means`] does not say no. None:
    /// there is none.
    pub fn meant(&self, from: &Change, block: &str, key: Option<&Key>) -> Option<Meant> {
        let first = self.block(block).first()?.place();
        let source = Place::of(from);
        // All instances of a block are in the same chain of module calls.
        let shared = source.shared(first);
        let near = Place {
            modules: first
                .modules
                .iter()
                .enumerate()
                .map(|(at, segment)| {
                    let inside = source.modules.get(at).filter(|_| at < shared);
                    inside.unwrap_or(segment).clone()
                })
                .collect(),
            own: first.own.clone(),
        };
        let choice = self.choice((&from.block, &source), (block, &near), key, shared);
        if choice.candidates == 0 {
            return None;
        }
        let offered = source.free(shared);
        let mut keys: Keys = near
            .modules
            .iter()
            .take(shared)
            .map(|(_, key)| key.clone())
            .collect();
        for pick in &choice.keys {
            keys.push(match pick {
                Pick::Same(key) => key.clone(),
                Pick::At(at) => offered.get(*at)?.cloned(),
                Pick::Unclear => return Some(Meant::Several),
            });
        }
        Some(Meant::One(keys))
    }

    fn choice(
        &self,
        from: (&str, &Place),
        to: (&str, &Place),
        key: Option<&Key>,
        shared: usize,
    ) -> Rc<Choice> {
        let modules =
            to.1.modules
                .iter()
                .take(shared)
                .map(|(_, key)| key.clone())
                .collect();
        let question = (from.0.to_owned(), to.0.to_owned(), key.cloned(), modules);
        let mut choices = self.choices.borrow_mut();
        let choice = choices
            .entry(question)
            .or_insert_with(|| Rc::new(self.choose(from, to, key, shared)));
        Rc::clone(choice)
    }

    fn choose(
        &self,
        from: (&str, &Place),
        to: (&str, &Place),
        key: Option<&Key>,
        shared: usize,
    ) -> Choice {
        let peers = |(block, near): (&str, &Place)| -> Vec<&Place> {
            self.block(block)
                .iter()
                .map(Instance::place)
                .filter(|place| place.same_instance(near, shared))
                .collect()
        };
        let candidates: Vec<Vec<Option<&Key>>> = peers(to)
            .into_iter()
            .filter(|place| key.is_none_or(|key| place.own.as_ref() == Some(key)))
            .map(|place| place.free(shared))
            .collect();
        let siblings: Vec<Vec<Option<&Key>>> = peers(from)
            .into_iter()
            .map(|place| place.free(shared))
            .collect();
        let keys = (0..to.1.free(shared).len())
            .map(|position| {
                let theirs: BTreeSet<Option<&Key>> =
                    candidates.iter().map(|keys| keys[position]).collect();
                if let (Some(only), 1) = (theirs.first(), theirs.len()) {
                    return Pick::Same(only.cloned());
                }
                (0..from.1.free(shared).len())
                    .find(|at| {
                        let ours: BTreeSet<Option<&Key>> =
                            siblings.iter().map(|keys| keys[*at]).collect();
                        let texts = ours.iter().all(|key| matches!(key, Some(Key::Text(_))));
                        ours == theirs || (texts && ours.is_subset(&theirs))
                    })
                    .map_or(Pick::Unclear, Pick::At)
            })
            .collect();
        Choice {
            candidates: candidates.len(),
            keys,
        }
    }
}

/// All keys of an instance.
pub fn keys(change: &Change) -> Keys {
    let place = Place::of(change);
    place
        .modules
        .into_iter()
        .map(|(_, key)| key)
        .chain([place.own])
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use tollgate_policy::serde_json::json;
    use tollgate_policy::testing::Resource;

    use super::*;

    #[test]
    fn references_are_read() {
        let resource =
            |block: &str, kind: &str, key: Option<Key>, attribute: &str| Reference::Resource {
                block: block.to_owned(),
                kind: kind.to_owned(),
                key,
                attribute: (!attribute.is_empty()).then(|| attribute.to_owned()),
            };
        for (text, expected) in [
            (
                "aws_lambda_function.f.arn",
                resource("aws_lambda_function.f", "aws_lambda_function", None, "arn"),
            ),
            (
                "aws_lambda_function.f",
                resource("aws_lambda_function.f", "aws_lambda_function", None, ""),
            ),
            (
                "aws_sqs_queue.q[\"a.b\\\"]\"].name",
                resource(
                    "aws_sqs_queue.q",
                    "aws_sqs_queue",
                    Some(Key::Text("a.b\"]".to_owned())),
                    "name",
                ),
            ),
            (
                "aws_sqs_queue.q[2].name",
                resource(
                    "aws_sqs_queue.q",
                    "aws_sqs_queue",
                    Some(Key::Number(2)),
                    "name",
                ),
            ),
            (
                "module.a.module.b.aws_lb.x.arn_suffix",
                resource("module.a.module.b.aws_lb.x", "aws_lb", None, "arn_suffix"),
            ),
            ("each.key", Reference::Each { attribute: None }),
            (
                "each.value.db[0].id",
                Reference::Each {
                    attribute: Some("id".to_owned()),
                },
            ),
            ("module.a.count.index", Reference::Each { attribute: None }),
            ("terraform.workspace", Reference::Selector),
            ("local.names", Reference::Opaque),
            ("module.a.var.prefix", Reference::Opaque),
            ("data.aws_region.current.name", Reference::Opaque),
            ("module.a", Reference::Opaque),
            ("", Reference::Opaque),
            ("[", Reference::Opaque),
            (
                "aws_lb.x[\"",
                resource("aws_lb.x", "aws_lb", Some(Key::Text(String::new())), ""),
            ),
        ] {
            assert_eq!(Reference::parse(text), expected, "{text}");
        }
    }

    fn change(address: &str) -> Change {
        let mut found = None;
        let _ = Resource::unchanged(address, json!({})).with(|change| found = Some(change.clone()));
        found.unwrap()
    }

    /// A name, the targets, the alarms, the literal key, and what is proven of each target.
    type Case = (
        &'static str,
        &'static [&'static str],
        &'static [&'static str],
        Option<Key>,
        &'static str,
    );

    /// The plan has the targets and the alarms; the last alarm refers to the block
    /// of the targets. What does it mean for each target?
    #[test]
    fn instances_are_told_apart_by_key() {
        let cases: &[Case] = &[
            ("one of each", &["t.x"], &["a.y"], None, "="),
            (
                "one target in a module",
                &["module.m[\"k\"].t.x"],
                &["a.y"],
                None,
                "=",
            ),
            (
                "same keys",
                &["t.x[\"a\"]", "t.x[\"b\"]"],
                &["a.y[\"b\"]", "a.y[\"a\"]"],
                None,
                "=!",
            ),
            (
                "a subset of the keys",
                &["t.x[\"a\"]", "t.x[\"b\"]"],
                &["a.y[\"a\"]"],
                None,
                "=!",
            ),
            (
                "other keys",
                &["t.x[\"a\"]", "t.x[\"b\"]"],
                &["a.y[\"a\"]", "a.y[\"a-errors\"]"],
                None,
                "??",
            ),
            (
                "same count",
                &["t.x[0]", "t.x[1]"],
                &["a.y[0]", "a.y[1]"],
                None,
                "!=",
            ),
            (
                "count as a switch",
                &["t.x[0]", "t.x[1]"],
                &["a.y[0]"],
                None,
                "??",
            ),
            (
                "one for several",
                &["t.x[0]", "t.x[1]"],
                &["a.y"],
                None,
                "??",
            ),
            (
                "a literal key",
                &["t.x[0]", "t.x[1]"],
                &["a.y"],
                Some(Key::Number(1)),
                "!=",
            ),
            (
                "a literal key that is gone",
                &["t.x[0]"],
                &["a.y"],
                Some(Key::Number(1)),
                "!",
            ),
            (
                "inside of one module",
                &["module.m[\"a\"].t.x", "module.m[\"b\"].t.x"],
                &["module.m[\"a\"].a.y", "module.m[\"b\"].a.y"],
                None,
                "!=",
            ),
            (
                "from one module into its child",
                &["module.m[0].module.n.t.x", "module.m[1].module.n.t.x"],
                &["module.m[0].a.y", "module.m[1].a.y"],
                None,
                "!=",
            ),
            (
                "alarm per module",
                &["module.m[\"a\"].t.x", "module.m[\"b\"].t.x"],
                &["a.y[\"b\"]", "a.y[\"a\"]"],
                None,
                "=!",
            ),
            (
                "alarm module per target",
                &["t.x[\"a\"]", "t.x[\"b\"]"],
                &["module.m[\"b\"].a.y", "module.m[\"a\"].a.y"],
                None,
                "=!",
            ),
            (
                "keys on two levels",
                &[
                    "module.m[\"a\"].t.x[0]",
                    "module.m[\"a\"].t.x[1]",
                    "module.m[\"b\"].t.x[0]",
                    "module.m[\"b\"].t.x[1]",
                ],
                &[
                    "module.n[\"a\"].a.y[1]",
                    "module.n[\"a\"].a.y[0]",
                    "module.n[\"b\"].a.y[1]",
                    "module.n[\"b\"].a.y[0]",
                ],
                None,
                "!!=!",
            ),
        ];
        for (name, targets, alarms, key, expected) in cases {
            let changes: Vec<Change> = targets
                .iter()
                .chain(*alarms)
                .map(|address| change(address))
                .collect();
            let instances = Instances::of(&changes);
            let from = &changes[changes.len() - 1];
            let found: String = changes[..targets.len()]
                .iter()
                .map(|to| match instances.means(from, to, key.as_ref()) {
                    Proof::Proven => '=',
                    Proof::Possible(_) => '?',
                    Proof::No => '!',
                })
                .collect();
            assert_eq!(&found, expected, "{name}");
            // The index finds exactly those instances.
            let meant = instances.meant(from, &changes[0].block, key.as_ref());
            for (to, mark) in changes[..targets.len()].iter().zip(expected.chars()) {
                let indexed = match &meant {
                    None => false,
                    Some(Meant::One(wanted)) => keys(to) == *wanted,
                    Some(Meant::Several) => expected.contains('?'),
                };
                assert_eq!(
                    indexed,
                    mark != '!' || expected.contains('?'),
                    "{name}: {}",
                    to.address
                );
            }
        }
    }
}
