//! Tables of switches: attributes of resource types that have a good and a bad side, and where
//! they stand in a plan.
//!
//! A policy writes a table of [`Row`]s with what each [`Switch`] is about (a type of its own),
//! declares [`interests`], and turns each of the [`faults`] into a finding of the rule that the
//! switch is about. Both sides of a change are judged, so that a finding says whether the plan
//! brings it about.

pub mod judge;
#[cfg(not(target_arch = "wasm32"))]
pub mod proof;

use std::collections::{BTreeMap, BTreeSet};

use crate::interest::by_attributes;
use crate::reference::{refers, sources};
use crate::unaltered::unaltered;
use tollgate_policy::{
    Action, Attr, Cause, Change, Determined, Field, Finding, Interest, Mode, RuleDef, Value, Why,
    pattern,
};

/// The switches of resource types that have the same ones.
#[derive(Clone, Copy, Debug)]
pub struct Row<K: 'static> {
    /// The resource types.
    pub kinds: &'static [&'static str],
    /// Their switches.
    pub switches: &'static [Switch<K>],
}

/// One attribute that has a good and a bad side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch<K: 'static> {
    /// Its path from the root of the resource. `[0]` is the one block of that name, `[]` each of
    /// any number: `settings[0].ip_configuration[0].authorized_networks[].value`.
    pub path: &'static str,
    /// What it is about, in the words of the policy.
    pub about: K,
    /// Which values are good.
    pub good: Good,
    /// What the provider does when the configuration leaves it out.
    pub unset: Unset,
    /// When it means something: all of these have to hold.
    pub when: &'static [When],
    /// Which versions of the provider have it.
    pub versions: Versions,
    /// Whether the provider computes it where the configuration leaves it out: it is unknown in a
    /// plan that creates the resource then, and what counts is `unset`.
    pub computed: bool,
    /// The attribute that tells a block of the innermost `[]` from the others.
    pub key: Option<&'static str>,
    /// Attributes of other resources of which an unknown value may be made, and be good: a network
    /// that is named by the address of a gateway, or a member that is named by its account. A whole
    /// list that is unknown is not good: what else is in it is not in its references.
    pub from: &'static [&'static str],
    /// Another resource that does the same.
    pub companion: Option<Companion>,
    /// How to fix it, where setting a good value is not the answer.
    pub fix: Option<&'static str>,
    /// Whether nothing in the resource puts it right, so that it is told and never required.
    pub advice: bool,
}

/// The values of a [`Switch`] that are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Good {
    /// `true`
    True,
    /// `false`
    False,
    /// A text that matches one of these patterns; the first is what the remediation advises. Upper
    /// and lower case are the same.
    OneOf(&'static [&'static str]),
    /// A text that matches none of these patterns.
    NoneOf(&'static [&'static str]),
    /// Any text but the empty one: something is named.
    Named,
    /// Any text but the empty one, and those that match one of these patterns.
    NamedBut(&'static [&'static str]),
    /// Nothing is named.
    Unnamed,
    /// There is such a block, or an item in the list.
    Present,
    /// There is no such block, and no item in the list.
    Empty,
    /// A number that is not greater.
    AtMost(i64),
    /// A number that is not smaller.
    AtLeast(i64),
    /// So many seconds or fewer, written like `86400s`.
    SecondsAtMost(i64),
    /// A block of addresses that is no large part of the internet; see [`is_open`].
    Closed,
    /// The first address of a range that is no large part of the internet; the last one is in the
    /// attribute of this name beside it.
    ClosedUpTo(&'static str),
    /// None: such a resource is on the bad side by being there.
    Never,
}

/// What the provider does with a [`Switch`] that is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// The default is good.
    Good,
    /// The default is not; this is how the documentation writes it.
    Bad(&'static str),
    /// What it is made from or a setting of the account decides, which no plan shows.
    Account,
    /// The documentation does not say.
    Unstated,
}

/// A condition under which a [`Switch`] means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// The attribute that decides: from the root, or `./name` in the block of the innermost `[]`.
    pub path: &'static str,
    /// What holds for it.
    pub test: Test,
}

/// What a [`When`] wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// A text that matches one of the patterns; and whether leaving it out counts as one.
    Is(&'static [&'static str], Absent),
    /// A text that matches none of the patterns; and whether leaving it out counts as one.
    Not(&'static [&'static str], Absent),
    /// It has a value. One that is known after apply is one.
    Set,
    /// It has none.
    Unset,
}

/// What an attribute that is left out does for a [`Test`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The test holds.
    Holds,
    /// It does not.
    Fails,
}

/// The versions of a provider that have a [`Switch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// All that the table is about.
    All,
    /// This one and later ones. A plan writes every attribute that the schema has, so one that is
    /// left out is one that the provider does not have.
    Since(&'static str),
    /// Those before this one, in which it does not mean anything any more.
    Until(&'static str),
}

/// A resource beside another one that does what a [`Switch`] of that one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Companion {
    /// Its type.
    pub kind: &'static str,
    /// Its attribute that names the other one.
    pub reference: &'static str,
    /// By which of the other one's attributes.
    pub names: &'static str,
}

/// Where a [`Switch`] stands on one side of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// On the good side, or it means nothing here.
    Good,
    /// On the bad side.
    Bad(Because),
    /// The part of a sentence that says why it cannot be told.
    Undetermined(String),
}

/// Why a switch stands on the bad side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// It has this value.
    Set(String),
    /// It is not set, and the default is this.
    Default(&'static str),
    /// It is not set, and what it is made from or a setting of the account decides.
    Account,
    /// The provider version in use does not have it; this one does.
    Missing(&'static str),
}

/// One side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Today.
    Before,
    /// After apply.
    After,
}

/// A switch that is not provably on the good side after apply.
#[derive(Clone, Debug)]
pub struct Fault<K: 'static> {
    /// The switch.
    pub switch: &'static Switch<K>,
    /// Where it stands after apply.
    pub standing: Standing,
    /// What tells its block from others, if it is in a repeated one.
    pub label: Option<String>,
    /// Whether it stands on the good side today.
    pub was_good: bool,
    /// How many further blocks are the same, and are not told one by one.
    pub more: usize,
    /// Whether the plan brings it about. A finding about what the provider or the account decides
    /// is an advice even so.
    pub cause: Cause,
}

/// So many blocks of a switch are told one by one; what is beyond is counted.
const MOST_BLOCKS: usize = 20;

/// The resources of a plan that are [`Companion`]s of others, today and after apply.
#[derive(Clone, Debug, Default)]
pub struct Companions {
    before: BTreeSet<(String, String)>,
    after: BTreeSet<(String, String)>,
}

impl Side {
    fn read(self, change: &Change, path: &str) -> Field {
        match self {
            Self::Before => change.before(path),
            Self::After => change.after(path),
        }
    }
}

impl When {
    /// The attribute is one of these; one that is left out is not.
    #[must_use]
    pub const fn is(path: &'static str, values: &'static [&'static str]) -> Self {
        Self {
            path,
            test: Test::Is(values, Absent::Fails),
        }
    }

    /// The attribute is one of these, or left out.
    #[must_use]
    pub const fn is_or_unset(path: &'static str, values: &'static [&'static str]) -> Self {
        Self {
            path,
            test: Test::Is(values, Absent::Holds),
        }
    }

    /// The attribute is none of these, or left out.
    #[must_use]
    pub const fn not(path: &'static str, values: &'static [&'static str]) -> Self {
        Self {
            path,
            test: Test::Not(values, Absent::Holds),
        }
    }

    /// The attribute has a value.
    #[must_use]
    pub const fn set(path: &'static str) -> Self {
        Self {
            path,
            test: Test::Set,
        }
    }

    /// The attribute has none.
    #[must_use]
    pub const fn unset(path: &'static str) -> Self {
        Self {
            path,
            test: Test::Unset,
        }
    }
}

impl<K: Copy + 'static> Switch<K> {
    /// A switch of every version that always means something.
    pub const fn new(about: K, path: &'static str, good: Good, unset: Unset) -> Self {
        Self {
            path,
            about,
            good,
            unset,
            when: &[],
            versions: Versions::All,
            computed: false,
            key: None,
            from: &[],
            companion: None,
            fix: None,
            advice: false,
        }
    }

    /// One that means something only under these conditions.
    #[must_use]
    pub const fn when(self, when: &'static [When]) -> Self {
        Self { when, ..self }
    }

    /// One that the provider computes where it is left out.
    #[must_use]
    pub const fn computed(self) -> Self {
        Self {
            computed: true,
            ..self
        }
    }

    /// One that the provider has since this version.
    #[must_use]
    pub const fn since(self, version: &'static str) -> Self {
        Self {
            versions: Versions::Since(version),
            ..self
        }
    }

    /// One that the provider had before this version.
    #[must_use]
    pub const fn until(self, version: &'static str) -> Self {
        Self {
            versions: Versions::Until(version),
            ..self
        }
    }

    /// One in blocks that this attribute tells apart.
    #[must_use]
    pub const fn key(self, name: &'static str) -> Self {
        Self {
            key: Some(name),
            ..self
        }
    }

    /// One that is good where it is made of nothing but these attributes of other resources.
    #[must_use]
    pub const fn from(self, attributes: &'static [&'static str]) -> Self {
        Self {
            from: attributes,
            ..self
        }
    }

    /// One that a resource of another type does as well, which names this one by its `id`.
    #[must_use]
    pub const fn or(self, kind: &'static str, reference: &'static str) -> Self {
        self.or_named(kind, reference, "id")
    }

    /// One that a resource of another type does as well, which names this one by this attribute.
    #[must_use]
    pub const fn or_named(
        self,
        kind: &'static str,
        reference: &'static str,
        names: &'static str,
    ) -> Self {
        Self {
            companion: Some(Companion {
                kind,
                reference,
                names,
            }),
            ..self
        }
    }

    /// One that nothing in the resource puts right: told, and never a reason to refuse.
    #[must_use]
    pub const fn advised(self) -> Self {
        Self {
            advice: true,
            ..self
        }
    }

    /// One that is fixed in another way than by setting it.
    #[must_use]
    pub const fn fix(self, text: &'static str) -> Self {
        Self {
            fix: Some(text),
            ..self
        }
    }
}

/// One value of a switch on one side.
struct Occurrence {
    field: Field,
    /// The block that it is in, if that is a repeated one.
    block: Option<Field>,
    label: Option<String>,
    written: bool,
}

impl<K: 'static> Switch<K> {
    /// The path that an interest declares: what comes before the first `[]`.
    #[must_use]
    pub fn declared(&self) -> &'static str {
        self.path
            .split_once("[]")
            .map_or(self.path, |(root, _)| root)
    }

    /// Where the switch stands: once, or for each block that has it, with what tells the block
    /// from the others.
    #[must_use]
    pub fn standings(
        &self,
        change: &Change,
        side: Side,
        companions: &Companions,
    ) -> Vec<(Option<String>, Standing)> {
        let mut standings = Vec::new();
        for one in self.occurrences(change, side) {
            let standing = match one {
                Err(why) => {
                    let why = undetermined(self.declared(), why);
                    self.conditional(change, side, None, Standing::Undetermined(why))
                }
                Ok(ref one) => {
                    let standing = self.judge(change, side, one);
                    self.conditional(change, side, one.block.as_ref(), standing)
                }
            };
            let standing = match (&standing, self.companion) {
                (Standing::Good, _) | (_, None) => standing,
                (_, Some(companion)) if companions.has(companion, change, side) => Standing::Good,
                _ => standing,
            };
            standings.push((one.ok().and_then(|one| one.label), standing));
        }
        standings
    }

    fn occurrences(&self, change: &Change, side: Side) -> Vec<Result<Occurrence, Why>> {
        let Some((root, rest)) = self.path.split_once("[]") else {
            return vec![Ok(Occurrence {
                field: side.read(change, self.path),
                block: None,
                label: None,
                written: written(change, self.path),
            })];
        };
        let mut blocks = vec![(side.read(change, root), rest)];
        let mut found = Vec::new();
        // Depth first and in the order of the plan.
        while let Some((list, rest)) = blocks.pop() {
            let items = match list.items() {
                Attr::Known(items) => items,
                Attr::Unset => continue,
                Attr::Undetermined(Why::Unknown)
                    if self.computed && !refers(change, self.declared()) =>
                {
                    continue;
                }
                Attr::Undetermined(why) => {
                    found.push(Err(why));
                    continue;
                }
            };
            if let Some((path, rest)) = rest.split_once("[]") {
                blocks.extend(items.iter().rev().map(|item| (walk(item, path), rest)));
                continue;
            }
            for item in items {
                let field = walk(&item, rest);
                let label = match self.key {
                    Some(key) => Some(item.get(key)),
                    None if rest.is_empty() => Some(field.clone()),
                    None => None,
                };
                found.push(Ok(Occurrence {
                    label: label.and_then(|label| known(label.text())),
                    field,
                    block: Some(item),
                    written: true,
                }));
            }
        }
        found
    }

    fn judge(&self, change: &Change, side: Side, one: &Occurrence) -> Standing {
        let field = &one.field;
        let unknown = matches!(field.undetermined(), Some(Why::Unknown));
        if unknown && side == Side::After {
            match self.good {
                // What it refers to is something.
                Good::Named | Good::NamedBut(_) if refers(change, self.declared()) => {
                    return Standing::Good;
                }
                Good::Unnamed if refers(change, self.declared()) => {
                    return Standing::Bad(Because::Set("(known after apply)".to_owned()));
                }
                _ if self.is_made_well(change) => return Standing::Good,
                // An item of a list is there because it is written.
                _ if self.path.ends_with("[]") => {}
                _ if self.computed && !refers(change, self.declared()) => {
                    let default = self.default(true);
                    // What has a value today keeps it where it is left out.
                    let told = matches!(default, Standing::Bad(Because::Default(_)))
                        && !self.path.contains("[]")
                        && is_set_today(change, self.path, side);
                    return if told {
                        Standing::Undetermined(undetermined(self.path, Why::Unknown))
                    } else {
                        default
                    };
                }
                _ => {}
            }
        }
        // An empty text is how some providers write what is not set.
        if field.text() == Attr::Known(String::new()) {
            return match self.good {
                Good::Never => Standing::Bad(Because::Set(String::new())),
                _ => self.default(true),
            };
        }
        let good = match self.good {
            Good::True => field.bool(),
            Good::False => field.bool().map(|on| !on),
            Good::OneOf(patterns) => field.text().map(|text| like(patterns, &text)),
            Good::NoneOf(patterns) | Good::NamedBut(patterns) => {
                field.text().map(|text| !like(patterns, &text))
            }
            Good::Named | Good::Unnamed => field.text().map(|_| self.good == Good::Named),
            Good::Present => occupied(field),
            Good::Empty => occupied(field).map(|occupied| !occupied),
            Good::AtMost(most) => field.integer().map(|number| number <= most),
            Good::AtLeast(fewest) => field.integer().map(|number| number >= fewest),
            Good::SecondsAtMost(most) => field.text().map(|text| {
                let whole = text.strip_suffix('s').unwrap_or(&text);
                let whole = whole.split('.').next().unwrap_or_default();
                whole.parse::<i64>().is_ok_and(|seconds| seconds <= most)
            }),
            Good::Closed => field.text().map(|text| !is_open(&text)),
            Good::Never => Attr::Known(false),
            Good::ClosedUpTo(last) => {
                let last = match &one.block {
                    Some(block) => block.get(last),
                    None => side.read(change, last),
                };
                match (field.text(), last.text()) {
                    (Attr::Known(first), Attr::Known(last)) => {
                        Attr::Known(!is_open_range(&first, &last))
                    }
                    (Attr::Undetermined(why), _) | (_, Attr::Undetermined(why)) => {
                        Attr::Undetermined(why)
                    }
                    (Attr::Unset, _) | (_, Attr::Unset) => Attr::Unset,
                }
            }
        };
        match good {
            Attr::Known(true) => Standing::Good,
            Attr::Known(false) => match self.good {
                Good::Present => self.default(one.written),
                _ => Standing::Bad(Because::Set(shown(field))),
            },
            Attr::Unset => self.default(one.written),
            Attr::Undetermined(why) => Standing::Undetermined(undetermined(self.path, why)),
        }
    }

    /// Whether what it refers to are only attributes of which it may be made.
    fn is_made_well(&self, change: &Change) -> bool {
        let mut any = false;
        let well = sources(change, self.declared()).all(|reference| {
            any = true;
            let reference = without_keys(reference);
            let attribute = reference.rsplit('.').next().unwrap_or_default();
            self.from.contains(&attribute)
        });
        any && well
    }

    /// Whether all that it depends on in the resource is provably the same today and after apply.
    fn is_unaltered(&self, change: &Change) -> bool {
        let last = match self.good {
            Good::ClosedUpTo(last) if !self.path.contains("[]") => Some(last),
            _ => None,
        };
        let when = self.when.iter().map(|when| when.path);
        let of_resource = when.filter(|path| !path.starts_with("./"));
        of_resource
            .chain(last)
            .chain([self.declared()])
            .all(|path| unaltered(change, path))
    }

    fn default(&self, written: bool) -> Standing {
        match (self.versions, self.unset) {
            (Versions::Since(version), Unset::Bad(_) | Unset::Account) if !written => {
                Standing::Bad(Because::Missing(version))
            }
            (Versions::Until(_), _) if !written => Standing::Good,
            (_, Unset::Good) => Standing::Good,
            (_, Unset::Bad(default)) => Standing::Bad(Because::Default(default)),
            (_, Unset::Account) => Standing::Bad(Because::Account),
            (_, Unset::Unstated) => Standing::Undetermined(format!(
                "`{}` is not set, and its default is not documented",
                self.plain_path()
            )),
        }
    }

    /// The standing, where the conditions hold.
    fn conditional(
        &self,
        change: &Change,
        side: Side,
        block: Option<&Field>,
        standing: Standing,
    ) -> Standing {
        if standing == Standing::Good {
            return standing;
        }
        let mut unclear = None;
        for when in self.when {
            let (field, path) = match (when.path.strip_prefix("./"), block) {
                (Some(name), Some(block)) => (walk(block, name), None),
                // The block is not known either.
                (Some(_), None) => continue,
                (None, _) => (side.read(change, when.path), Some(when.path)),
            };
            // Whether a block says nothing of it cannot be seen from what the blocks refer to.
            let set =
                path.is_none_or(|path| refers(change, path) || is_set_today(change, path, side));
            match when.test.holds(&field, set) {
                Determined::Known(true) => {}
                Determined::Known(false) => return Standing::Good,
                Determined::Undetermined(why) => {
                    let path = when.path.trim_start_matches("./").replace("[0]", "");
                    unclear = Some(format!(
                        "`{path}`, which decides whether `{}` matters, is {why}",
                        self.plain_path()
                    ));
                }
            }
        }
        unclear.map_or(standing, Standing::Undetermined)
    }

    /// Whether its conditions provably hold, where none of them is in a repeated block.
    #[must_use]
    pub fn applies(&self, change: &Change, side: Side) -> bool {
        let bad = Standing::Bad(Because::Default(""));
        self.conditional(change, side, None, bad.clone()) == bad
    }

    /// The path as a person writes it.
    #[must_use]
    pub fn plain_path(&self) -> String {
        self.path.replace("[0]", "").replace("[]", "")
    }

    /// One next step that puts it right.
    #[must_use]
    pub fn advice(&self) -> String {
        if let Some(fix) = self.fix {
            return fix.to_owned();
        }
        let path = self.plain_path();
        let (block, name) = path.rsplit_once('.').unwrap_or(("", &path));
        let value = match self.good {
            Good::True => "true".to_owned(),
            Good::False => "false".to_owned(),
            Good::OneOf(patterns) => format!("\"{}\"", patterns.first().unwrap_or(&"")),
            Good::AtMost(number) | Good::AtLeast(number) => number.to_string(),
            Good::SecondsAtMost(seconds) => format!("\"{seconds}s\""),
            Good::Named | Good::NamedBut(_) => "…".to_owned(),
            Good::NoneOf(_) => return format!("Set `{path}` to another value."),
            Good::Unnamed | Good::Empty | Good::Never => return format!("Remove `{path}`."),
            Good::Present => return format!("Add the block `{path}`."),
            Good::Closed | Good::ClosedUpTo(_) => {
                return format!("Name in `{path}` only the networks that need access.");
            }
        };
        if block.is_empty() {
            format!("Set `{name} = {value}`.")
        } else {
            format!("Set `{name} = {value}` in the block `{block}`.")
        }
    }
}

impl Test {
    fn holds(self, field: &Field, set: bool) -> Determined<bool> {
        if let Self::Set | Self::Unset = self {
            let wanted = self == Self::Set;
            return match field.undetermined() {
                Some(Why::Unknown) => Determined::Known(set == wanted),
                Some(_) => Determined::Known(wanted),
                None => {
                    let empty = field.is_unset()
                        || field.text() == Attr::Known(String::new())
                        || field.items().is_known_and(Vec::is_empty);
                    Determined::Known(empty != wanted)
                }
            };
        }
        let (Self::Is(patterns, absent) | Self::Not(patterns, absent)) = self else {
            return Determined::Known(true);
        };
        let matches = matches!(self, Self::Is(..));
        match field.text() {
            Attr::Known(text) if !text.is_empty() => {
                Determined::Known(like(patterns, &text) == matches)
            }
            Attr::Known(_) | Attr::Unset => Determined::Known(absent == Absent::Holds),
            // Computed, because it is left out.
            Attr::Undetermined(Why::Unknown) if !set => Determined::Known(absent == Absent::Holds),
            Attr::Undetermined(why) => Determined::Undetermined(why),
        }
    }
}

impl<K: 'static> Fault<K> {
    /// What it is, as part of a sentence: "`storage_encrypted` is `false`".
    #[must_use]
    pub fn because(&self) -> String {
        let path = self.switch.plain_path();
        match &self.standing {
            Standing::Good => String::new(),
            Standing::Undetermined(why) => why.clone(),
            Standing::Bad(Because::Set(value)) => {
                let of = match (&self.label, self.switch.key) {
                    (Some(label), Some(_)) => format!(" of `{}`", short(label)),
                    _ => String::new(),
                };
                match self.switch.good {
                    Good::Never => "that is what this type is for".to_owned(),
                    Good::Empty | Good::Unnamed => format!("`{path}`{of} is set"),
                    Good::ClosedUpTo(last) => {
                        format!("`{path}` and `{last}`{of} span most of the internet")
                    }
                    _ => format!("`{path}`{of} is `{value}`"),
                }
            }
            Standing::Bad(Because::Default(_)) if self.switch.good == Good::Present => {
                format!("there is no block `{path}`")
            }
            Standing::Bad(Because::Default("")) => format!("`{path}` is not set"),
            Standing::Bad(Because::Default(default)) => {
                format!("`{path}` is not set, and the default is `{default}`")
            }
            Standing::Bad(Because::Account) => {
                format!(
                    "`{path}` is not set, and what it is made from or a setting of the account decides"
                )
            }
            Standing::Bad(Because::Missing(version)) => format!(
                "the provider version in use does not have `{path}`, which came with version {version}"
            ),
        }
    }
}

impl<K: 'static> Fault<K> {
    /// The finding of a rule. `wrong` is the part of a sentence that says what is wrong ("stored
    /// data is not encrypted"), `question` what cannot be told, as after "whether" ("stored data
    /// is encrypted").
    #[must_use]
    pub fn finding(&self, rule: &RuleDef, change: &Change, wrong: &str, question: &str) -> Finding {
        let mut because = self.because();
        if self.more > 0 {
            because.push_str(&format!(", and so it is in {} more blocks", self.more));
        }
        let finding = match &self.standing {
            Standing::Undetermined(_) | Standing::Bad(Because::Account | Because::Missing(_)) => {
                rule.undetermined(
                    change,
                    format!("whether {question} cannot be told: {because}"),
                )
            }
            Standing::Good | Standing::Bad(_) => {
                rule.violation(change, format!("{wrong}: {because}"))
            }
        };
        let finding = match (&self.standing, self.cause) {
            // Nothing that this plan could do right.
            (Standing::Bad(Because::Account | Because::Missing(_)), _) | (_, Cause::Advice) => {
                finding.advice()
            }
            (_, Cause::Existing) => finding.existing(),
            (_, Cause::Planned) => finding,
        };
        finding
            .attribute(self.switch.declared())
            .remediation(self.remediation(change))
    }
}

impl<K: 'static> Fault<K> {
    /// A value to put in the place of one that must not be: the version of TLS that it should be, or the
    /// value of today.
    fn instead(&self, change: &Change) -> Option<String> {
        let (None, Good::NoneOf(bad)) = (self.switch.fix, self.switch.good) else {
            return None;
        };
        let path = self.switch.plain_path();
        let Standing::Bad(Because::Set(value)) = &self.standing else {
            return None;
        };
        if let Some(newer) = newer_tls(value) {
            return Some(format!("Set `{path} = \"{newer}\"`."));
        }
        if !self.was_good || self.switch.path.contains("[]") {
            return None;
        }
        match change.before(self.switch.path).text() {
            Attr::Known(today) if !today.is_empty() && !like(bad, &today) => {
                Some(format!("Keep `{path} = \"{}\"`.", short(&today)))
            }
            _ => None,
        }
    }

    /// One next step. Many switches are only read when the resource is made, and turning one then
    /// replaces what exists.
    fn remediation(&self, change: &Change) -> String {
        let mut advice = self.instead(change).unwrap_or_else(|| self.switch.advice());
        if change.action != Action::Create && !self.was_good {
            advice.push_str(
                " If the next plan replaces the resource because of it, move first what it holds.",
            );
        }
        advice
    }
}

impl Companions {
    /// Finds the companions that rows name among the resources of a plan.
    #[must_use]
    pub fn among<K: 'static>(
        changes: &[Change],
        rows: impl Iterator<Item = &'static Row<K>>,
    ) -> Self {
        let mut references = BTreeMap::<&str, &str>::new();
        for companion in rows
            .flat_map(|row| row.switches)
            .filter_map(|switch| switch.companion)
        {
            references.insert(companion.kind, companion.reference);
        }
        let mut found = Self::default();
        for change in changes.iter().filter(|change| change.deposed.is_none()) {
            let Some(path) = references.get(change.kind.as_str()) else {
                continue;
            };
            let existed = !matches!(change.action, Action::Create | Action::Read);
            let of_block = change.references(path).iter().filter_map(|reference| {
                let reference = without_keys(reference);
                Some(reference.rsplit_once('.')?.0.to_owned())
            });
            for block in of_block {
                found.insert(change, existed, block);
            }
            if let Attr::Known(id) = change.after(path).text() {
                found.insert(change, false, id);
            }
            if let Attr::Known(id) = change.before(path).text() {
                found.before.insert((change.kind.clone(), id));
            }
        }
        found
    }

    fn insert(&mut self, change: &Change, existed: bool, of: String) {
        if existed {
            self.before.insert((change.kind.clone(), of.clone()));
        }
        if change.remains() {
            self.after.insert((change.kind.clone(), of));
        }
    }

    fn has(&self, companion: Companion, change: &Change, side: Side) -> bool {
        let found = match side {
            Side::Before => &self.before,
            Side::After => &self.after,
        };
        let has = |of: String| found.contains(&(companion.kind.to_owned(), of));
        has(without_keys(&change.block))
            || known(side.read(change, companion.names).text()).is_some_and(has)
    }
}

/// What rows of the table read, for [`Policy::interests`](tollgate_policy::Policy::interests).
/// Types with the same attributes share an interest.
pub fn interests<K: 'static>(rows: impl Iterator<Item = &'static Row<K>>) -> Vec<Interest> {
    let mut of_kind = BTreeMap::<&str, BTreeSet<&str>>::new();
    for row in rows {
        let mut paths = BTreeSet::new();
        for switch in row.switches {
            paths.insert(switch.declared());
            if let Good::ClosedUpTo(last) = switch.good
                && !switch.path.contains("[]")
            {
                paths.insert(last);
            }
            paths.extend(
                switch
                    .when
                    .iter()
                    .map(|when| when.path)
                    .filter(|path| !path.starts_with("./")),
            );
            if let Some(companion) = switch.companion {
                paths.insert(companion.names);
                of_kind
                    .entry(companion.kind)
                    .or_default()
                    .insert(companion.reference);
            }
        }
        for kind in row.kinds {
            of_kind.entry(kind).or_default().extend(&paths);
        }
    }
    by_attributes(of_kind)
        .into_iter()
        .map(Interest::with_references)
        .collect()
}

/// The switches of a resource that are not provably on the good side after apply; none for what
/// does not remain, and for data.
#[must_use]
pub fn faults<K: 'static>(
    change: &Change,
    switches: impl Iterator<Item = &'static Switch<K>>,
    companions: &Companions,
) -> Vec<Fault<K>> {
    let mut faults = Vec::new();
    if !change.remains() || change.mode != Mode::Managed {
        return faults;
    }
    let existed = !matches!(change.action, Action::Create | Action::Read);
    for switch in switches {
        let after = switch.standings(change, Side::After, companions);
        if after
            .iter()
            .all(|(_, standing)| *standing == Standing::Good)
        {
            continue;
        }
        let before = if existed {
            switch.standings(change, Side::Before, companions)
        } else {
            Vec::new()
        };
        // How many blocks of each label stand where today.
        let mut today = BTreeMap::<&Option<String>, [usize; 3]>::new();
        for (label, standing) in &before {
            let counts = today.entry(label).or_default();
            match standing {
                Standing::Good => counts[0] += 1,
                Standing::Bad(_) => counts[1] += 1,
                Standing::Undetermined(_) => counts[2] += 1,
            }
        }
        let mut told = BTreeMap::<(bool, bool), usize>::new();
        for (label, standing) in after {
            let mut counts = today.get_mut(&label);
            let mut take = |at: usize| {
                counts.as_mut().is_some_and(|counts| {
                    let any = counts[at] > 0;
                    counts[at] = counts[at].saturating_sub(1);
                    any
                })
            };
            if standing == Standing::Good {
                continue;
            }
            let was_bad = take(1);
            let was_unclear = !was_bad && take(2);
            let was_good = !was_bad && !was_unclear && take(0);
            let cause = match () {
                _ if switch.advice => Cause::Advice,
                _ if change.importing => Cause::Planned,
                _ if was_bad => Cause::Existing,
                // What cannot be told of today may be good today, and change.
                _ if was_unclear && switch.is_unaltered(change) => Cause::Existing,
                _ => Cause::Planned,
            };
            let unclear = matches!(standing, Standing::Undetermined(_));
            let told = told.entry((cause == Cause::Existing, unclear)).or_default();
            *told += 1;
            if *told > MOST_BLOCKS
                && let Some(last) = faults.iter_mut().rev().find(|fault: &&mut Fault<K>| {
                    fault.cause == cause
                        && matches!(fault.standing, Standing::Undetermined(_)) == unclear
                })
            {
                last.more += 1;
                continue;
            }
            faults.push(Fault {
                switch,
                standing,
                label,
                was_good,
                more: 0,
                cause,
            });
        }
    }
    faults
}

/// TLS 1.2 as it is written where this older version is.
fn newer_tls(value: &str) -> Option<&'static str> {
    Some(match value {
        "1.0" | "1.1" => "1.2",
        "TLS1_0" | "TLS1_1" => "TLS1_2",
        "TLS_1_0" | "TLS_1_1" => "TLS_1_2",
        "TLSv1_0" | "TLSv1_1" => "TLSv1_2",
        "TLS10" | "TLS11" => "TLS12",
        "Tls" | "Tls11" => "Tls12",
        _ => return None,
    })
}

/// Whether a block of addresses is a large part of the internet: wider than any private network.
/// A text that is none is not.
#[must_use]
pub fn is_open(cidr: &str) -> bool {
    let cidr = cidr.trim();
    if matches!(cidr, "*" | "Internet" | "Any") {
        return true;
    }
    let Some((address, length)) = cidr.split_once('/') else {
        return false;
    };
    let Ok(length) = length.parse::<u8>() else {
        return false;
    };
    match address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(_)) => length < 8,
        // fc00::/7 are the private networks of IPv6.
        Ok(std::net::IpAddr::V6(address)) => {
            let [first, ..] = address.octets();
            length < 16 && first & 0xfe != 0xfc
        }
        Err(_) => false,
    }
}

/// Whether a range of addresses is a large part of the internet.
#[must_use]
pub fn is_open_range(first: &str, last: &str) -> bool {
    let number = |text: &str| {
        text.trim()
            .parse::<std::net::Ipv4Addr>()
            .ok()
            .map(u32::from)
    };
    match (number(first), number(last)) {
        // More than a network of eight bits.
        (Some(first), Some(last)) => last.saturating_sub(first) > 0x00ff_ffff,
        _ => false,
    }
}

/// Whether the provider in use has an attribute: a plan writes every one that the schema has. What is
/// there today, and goes with the block around it, it has as well.
fn written(change: &Change, path: &str) -> bool {
    change.attributes.iter().any(|attribute| {
        attribute.path == path
            && (attribute.before != Value::Absent || attribute.after != Value::Absent)
    })
}

/// Whether an attribute that is not known after an update has a value today: an update does not make a
/// provider compute anew what is left out, so it is set to something.
fn is_set_today(change: &Change, path: &str, side: Side) -> bool {
    side == Side::After
        && change.action == Action::Update
        && matches!(change.before(path).text(), Attr::Known(text) if !text.is_empty())
}

/// What is at a path inside of a block.
fn walk(block: &Field, path: &str) -> Field {
    let mut at = block.clone();
    for name in path.split('.').filter(|name| !name.is_empty()) {
        at = match name.strip_suffix("[0]") {
            Some(name) => at.get(name).first(),
            None => at.get(name),
        };
    }
    at
}

fn known<T>(attr: Attr<T>) -> Option<T> {
    match attr {
        Attr::Known(value) => Some(value),
        Attr::Unset | Attr::Undetermined(_) => None,
    }
}

/// Whether there is a block, or an item of a list.
fn occupied(field: &Field) -> Attr<bool> {
    match field.items() {
        Attr::Undetermined(Why::NotA(_)) => field.entries().map(|_| true),
        items => items.map(|items| !items.is_empty()),
    }
}

fn like(patterns: &[&str], text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    patterns
        .iter()
        .any(|pattern| pattern::matches(&pattern.to_ascii_lowercase(), &text))
}

fn shown(field: &Field) -> String {
    match field.text() {
        Attr::Known(text) => short(&text),
        Attr::Unset | Attr::Undetermined(_) => "set".to_owned(),
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(59).collect();
    cut.push('…');
    cut
}

fn without_keys(address: &str) -> String {
    let mut out = String::new();
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_u32);
    for c in address.chars() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' if quoted => escaped = true,
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

fn undetermined(path: &str, why: Why) -> String {
    let path = path.replace("[0]", "").replace("[]", "");
    match why {
        // An attribute that the provider also computes is unknown in a plan that creates the
        // resource, unless the configuration sets it.
        Why::Unknown => format!("`{path}` is {why}, as it can also be when it is not set"),
        Why::Sensitive | Why::NotA(_) => format!("`{path}` is {why}"),
    }
}
