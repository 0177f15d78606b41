//! A switch of a resource type, and where it stands in a plan.

use tollgate_policy::{Attr, Change, Determined, Field, Value, Why};

/// One attribute that decides what a deletion costs.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// Its path from the root of the resource.
    pub path: &'static str,
    /// What it does while it stands on the safe side.
    pub layer: Layer,
    /// Which values are the safe side.
    pub safe: Safe,
    /// What the provider does when the configuration leaves it out.
    pub unset: Unset,
    /// When it means nothing.
    pub unless: Option<Unless>,
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
}

/// The values of a [`Switch`] that are safe.
#[derive(Clone, Copy, Debug)]
pub enum Safe {
    /// `true`
    True,
    /// `false`
    False,
    /// One of these strings; the first is what the remediation advises.
    OneOf(&'static [&'static str]),
    /// Any string but the empty one.
    Named,
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
#[derive(Clone, Copy, Debug)]
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
    /// The provider version in use does not have it.
    Missing,
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
    fn read(self, change: &Change, path: &str) -> Field {
        match self {
            Self::Before => change.before(path),
            Self::After => change.after(path),
        }
    }
}

impl Switch {
    /// The fewest days that satisfy `wanted`, where the provider accepts so many.
    pub(crate) fn fewest_days(&self, wanted: i64) -> i64 {
        match self.safe {
            Safe::Days(most) => wanted.min(most),
            _ => wanted,
        }
    }

    /// Where the switch stands, with `wanted` days for a window.
    pub(crate) fn standing(&self, change: &Change, side: Side, wanted: i64) -> Standing {
        let standing = self.standing_alone(change, side, wanted);
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

    fn standing_alone(&self, change: &Change, side: Side, wanted: i64) -> Standing {
        let field = side.read(change, self.path);
        let safe = match self.safe {
            Safe::True => field.bool(),
            Safe::False => field.bool().map(|on| !on),
            Safe::OneOf(values) => field.text().map(|text| values.contains(&text.as_str())),
            Safe::Named => field.text().map(|text| !text.is_empty()),
            Safe::Days(_) => return self.window(field.integer(), wanted),
        };
        match safe {
            Attr::Known(true) => Standing::Safe,
            Attr::Known(false) => Standing::Unsafe(Because::Set),
            Attr::Undetermined(why) => Standing::Undetermined(undetermined(self.path, why)),
            Attr::Unset if self.missing(change, side) => Standing::Unsafe(Because::Missing),
            Attr::Unset => match self.unset {
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

    /// A plan writes every attribute that the provider's schema has, as null if it
    /// is not set. One that is left out is one that the provider version does not
    /// have, so that its newer default protects nothing. A missing option to force
    /// or to skip something does no harm, and blocks can be missing by themselves.
    fn missing(&self, change: &Change, side: Side) -> bool {
        matches!(self.layer, Layer::Refuses | Layer::Recovers)
            && !self.path.contains('.')
            && change.attributes.iter().any(|attribute| {
                attribute.path == self.path
                    && matches!(
                        (side, &attribute.before, &attribute.after),
                        (Side::Before, Value::Absent, _) | (Side::After, _, Value::Absent)
                    )
            })
    }

    /// The assignment that makes it safe, for a remediation.
    pub(crate) fn advice(&self, wanted: i64) -> String {
        let (block, name) = self.path.rsplit_once('.').unwrap_or(("", self.path));
        let value = match self.safe {
            Safe::True => "true".to_owned(),
            Safe::False => "false".to_owned(),
            Safe::OneOf(values) => format!("\"{}\"", values.first().copied().unwrap_or_default()),
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
