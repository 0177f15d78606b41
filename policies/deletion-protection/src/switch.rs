//! A switch of a resource type, and where it stands in a plan.

use tollgate_policy::{Action, Attr, Change, Determined, Field, Value, Why};
use tollgate_policy_common::reference::refers;
use tollgate_policy_common::unaltered::unaltered;

use crate::table::{is_computed, template};

/// One attribute that decides what a deletion costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch {
    /// Its path from the root of the resource, or of the block of [`Each`].
    pub path: &'static str,
    /// The repeated block that it is in, if it is in one.
    pub each: Option<Each>,
    /// What it does while it stands on the safe side.
    pub layer: Layer,
    /// Which values are the safe side.
    pub safe: Safe,
    /// What the provider does when the configuration leaves it out.
    pub unset: Unset,
    /// When it means nothing.
    pub unless: Option<Unless>,
    /// Which versions of the provider have it.
    pub versions: Versions,
    /// Whether it has to be on the safe side. One that need not be counts where it is, and
    /// turning it off is told.
    pub wanted: bool,
}

/// A block that a resource has any number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Each {
    /// The name of the block.
    pub block: &'static str,
    /// The attribute that tells one from the others.
    pub key: &'static str,
}

/// The versions of a provider that have a [`Switch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// All that this table is about: a plan that leaves it out does not set it.
    All,
    /// This one and later ones. A plan writes every attribute that the provider's schema
    /// has, as null if it is not set; one that is left out is one that the provider does not
    /// have.
    Since(&'static str),
    /// Those before this one, which stands on the safe side by itself.
    Until(&'static str),
}

/// What a switch does while it stands on the safe side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The provider or its API refuses the deletion.
    Refuses,
    /// What was deleted can be recovered.
    Recovers,
    /// The deletion fails while there is something inside.
    Empties,
    /// The deletion does not step over what refuses it.
    Obeys,
    /// A snapshot or backup is taken before the deletion.
    Snapshot,
    /// The deletion is final only after a number of days.
    Window,
    /// The deletion leaves the object behind, and only takes it out of the state.
    Keeps,
    /// The object cannot be stopped, transferred or emptied.
    Holds,
}

/// The values of a [`Switch`] that are safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safe {
    /// `true`
    True,
    /// `false`
    False,
    /// One of these strings; the first is what the remediation advises.
    OneOf(&'static [&'static str]),
    /// Any string but these.
    NoneOf(&'static [&'static str]),
    /// Any string but the empty one.
    Named,
    /// No item in a list.
    Empty,
    /// At least so many seconds, written like `86400s`.
    Seconds(i64),
    /// A number of days, of which the provider accepts at most so many.
    Days(i64),
}

/// What the provider does with a [`Switch`] that is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// The default is safe.
    Safe,
    /// The default is not.
    Unsafe,
    /// So many days.
    Days(i64),
    /// The documentation does not say.
    Unstated,
}

/// A condition under which a [`Switch`] means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unless {
    /// The attribute that decides.
    pub path: &'static str,
    /// The values that make the switch meaningless; none for any value at all.
    pub values: &'static [&'static str],
    /// Whether leaving the attribute out makes it meaningless, too.
    pub unset: bool,
}

/// Where a [`Switch`] stands on one side of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Safe,
    Unsafe(Because),
    /// The sentence part that says why it cannot be told.
    Undetermined(String),
}

/// Why a switch stands on the unsafe side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Because {
    /// Its value says so.
    Set,
    /// It is not set, and that is the default.
    Default,
    /// The provider version in use does not have it; this one does.
    Missing(&'static str),
    /// It is this many days.
    Days(i64),
}

/// One side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

impl Side {
    pub(crate) fn read(self, change: &Change, path: &str) -> Field {
        match self {
            Self::Before => change.before(path),
            Self::After => change.after(path),
        }
    }
}

/// One value of a switch on one side, and whether the plan writes it at all.
struct Read {
    field: Field,
    written: bool,
}

impl Switch {
    /// The fewest days that satisfy `wanted`, where the provider accepts so many.
    pub(crate) fn fewest_days(&self, wanted: i64) -> i64 {
        match self.safe {
            Safe::Days(most) => wanted.min(most),
            _ => wanted,
        }
    }

    /// The path that an interest declares.
    #[must_use]
    pub fn declared(&self) -> &'static str {
        self.each.map_or(self.path, |each| each.block)
    }

    /// Where the switch stands, with `wanted` days for a window: once, or for each block
    /// that has it, with the block's key. Blocks that cannot be told are one without a key.
    pub(crate) fn standings(
        &self,
        change: &Change,
        side: Side,
        wanted: i64,
    ) -> Vec<(Option<String>, Standing)> {
        let Some(each) = self.each else {
            return vec![(None, self.standing(change, side, wanted))];
        };
        let blocks = match side.read(change, each.block).items() {
            Attr::Known(blocks) => blocks,
            Attr::Unset => return Vec::new(),
            Attr::Undetermined(why) => {
                let why = undetermined(each.block, why);
                return vec![(None, Standing::Undetermined(why))];
            }
        };
        blocks
            .iter()
            .map(|block| {
                let key = match block.get(each.key).text() {
                    Attr::Known(key) => Some(key),
                    Attr::Unset | Attr::Undetermined(_) => None,
                };
                let read = Read {
                    field: block.get(self.path),
                    written: block.has(self.path),
                };
                (key, self.judge(read, wanted))
            })
            .collect()
    }

    /// Where a switch stands that is in no repeated block.
    pub(crate) fn standing(&self, change: &Change, side: Side, wanted: i64) -> Standing {
        let read = Read {
            field: side.read(change, self.path),
            written: self.written(change),
        };
        let standing = if self.is_left_out(change, side, &read.field) {
            self.left_out(true, wanted)
        } else {
            self.judge(read, wanted)
        };
        match (&self.unless, &standing) {
            (None, _) | (_, Standing::Safe) => standing,
            (Some(unless), _) => match unless.holds(&side.read(change, unless.path)) {
                Determined::Known(true) => Standing::Safe,
                Determined::Known(false) => standing,
                Determined::Undetermined(why) => Standing::Undetermined(format!(
                    "`{}`, which decides whether it counts, is {why}",
                    unless.path
                )),
            },
        }
    }

    /// Whether the configuration leaves it out of something that is made, and the provider computes
    /// it: what counts then is its default.
    fn is_left_out(&self, change: &Change, side: Side, field: &Field) -> bool {
        side == Side::After
            && matches!(change.action, Action::Create | Action::Replace)
            && field.undetermined() == Some(Why::Unknown)
            && is_computed(&change.kind, self.path)
            && !refers(change, self.path)
            // Then the template may say it.
            && template(&change.kind)
                .is_none_or(|path| match change.after(path).items() {
                    Attr::Unset => true,
                    Attr::Known(blocks) => blocks.is_empty(),
                    Attr::Undetermined(_) => false,
                })
    }

    fn judge(&self, read: Read, wanted: i64) -> Standing {
        let field = read.field;
        let safe = match self.safe {
            Safe::True => field.bool(),
            Safe::False => field.bool().map(|on| !on),
            Safe::OneOf(values) => field.text().map(|text| values.contains(&text.as_str())),
            Safe::NoneOf(values) => field.text().map(|text| !values.contains(&text.as_str())),
            Safe::Named => field.text().map(|text| !text.is_empty()),
            Safe::Empty => field.items().map(|items| items.is_empty()),
            Safe::Seconds(fewest) => field.text().map(|text| {
                let seconds = text.strip_suffix('s').unwrap_or(&text);
                let whole = seconds.split('.').next().unwrap_or_default();
                whole.parse::<i64>().is_ok_and(|seconds| seconds >= fewest)
            }),
            Safe::Days(_) => return self.window(field.integer(), wanted),
        };
        match safe {
            Attr::Known(true) => Standing::Safe,
            Attr::Known(false) => Standing::Unsafe(Because::Set),
            Attr::Undetermined(why) => Standing::Undetermined(undetermined(self.path, why)),
            Attr::Unset => self.left_out(read.written, wanted),
        }
    }

    /// Where it stands without a value.
    fn left_out(&self, written: bool, wanted: i64) -> Standing {
        match self.versions {
            _ if matches!(self.safe, Safe::Days(_)) => self.window(Attr::Unset, wanted),
            Versions::Since(version) if !written => Standing::Unsafe(Because::Missing(version)),
            Versions::Until(_) if !written => Standing::Safe,
            _ => match self.unset {
                Unset::Safe => Standing::Safe,
                Unset::Unsafe | Unset::Days(_) => Standing::Unsafe(Because::Default),
                Unset::Unstated => Standing::Undetermined(undocumented(self.path)),
            },
        }
    }

    fn window(&self, days: Attr<i64>, wanted: i64) -> Standing {
        let fewest = self.fewest_days(wanted);
        let days = match (days, self.unset) {
            (Attr::Known(days), _) | (Attr::Unset, Unset::Days(days)) => days,
            (Attr::Unset, _) => return Standing::Undetermined(undocumented(self.path)),
            (Attr::Undetermined(why), _) => {
                return Standing::Undetermined(undetermined(self.path, why));
            }
        };
        if days >= fewest {
            Standing::Safe
        } else {
            Standing::Unsafe(Because::Days(days))
        }
    }

    /// Whether a side of the change has the attribute at all: what goes with the block around it, the
    /// provider in use has as well.
    fn written(&self, change: &Change) -> bool {
        change.attributes.iter().any(|attribute| {
            attribute.path == self.path
                && (attribute.before != Value::Absent || attribute.after != Value::Absent)
        })
    }

    /// Whether all that it depends on is provably the same today and after apply.
    pub(crate) fn is_unaltered(&self, change: &Change) -> bool {
        let unless = self.unless.map(|unless| unless.path);
        [self.declared()]
            .into_iter()
            .chain(unless)
            .all(|path| unaltered(change, path))
    }

    /// The assignment that makes it safe, for a remediation.
    pub(crate) fn advice(&self, wanted: i64) -> String {
        let (block, name) = match self.each {
            Some(each) => (each.block, self.path),
            None => self.path.rsplit_once('.').unwrap_or(("", self.path)),
        };
        let value = match self.safe {
            Safe::True => "true".to_owned(),
            Safe::False => "false".to_owned(),
            Safe::OneOf(values) => format!("\"{}\"", values.first().copied().unwrap_or_default()),
            Safe::NoneOf(_) => return format!("Set `{name}` to another value, or leave it out."),
            Safe::Empty => "[]".to_owned(),
            Safe::Seconds(fewest) => format!("\"{fewest}s\""),
            Safe::Named => "\"…\"".to_owned(),
            Safe::Days(_) => self.fewest_days(wanted).to_string(),
        };
        if block.is_empty() {
            format!("Set `{name} = {value}`.")
        } else {
            format!(
                "Set `{name} = {value}` in the block `{}`.",
                block.replace("[0]", "")
            )
        }
    }
}

impl Unless {
    fn holds(&self, field: &Field) -> Determined<bool> {
        match field.text() {
            Attr::Known(text) if text.is_empty() => Determined::Known(self.unset),
            Attr::Known(text) => {
                Determined::Known(self.values.is_empty() || self.values.contains(&text.as_str()))
            }
            Attr::Unset => Determined::Known(self.unset),
            Attr::Undetermined(why) => Determined::Undetermined(why),
        }
    }
}

fn undetermined(path: &str, why: Why) -> String {
    match why {
        // An optional attribute that the provider also computes is unknown in a plan
        // that creates the resource, unless the configuration sets it.
        Why::Unknown => format!("`{path}` is {why}, as it can also be when it is not set"),
        Why::Sensitive | Why::NotA(_) => format!("`{path}` is {why}"),
    }
}

fn undocumented(path: &str) -> String {
    format!("`{path}` is not set, and its default is not documented")
}
