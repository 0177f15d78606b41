//! Which attributes say where traffic goes.

mod aws;
mod azure;
mod google;

pub use azure::FORMER;

/// One resource type.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The resource type.
    pub kind: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// Whether it is a name or carries traffic.
    pub class: Class,
    /// What it is called.
    pub name: Option<&'static str>,
    /// The attributes that tell it from others: with another of them it is another one.
    pub identity: &'static [&'static str],
    /// Where it sends what comes.
    pub targets: &'static [Target],
    /// Whether deleting it stops traffic.
    pub deletion: bool,
    /// Whether a target that is known only after apply is worth telling. What is attached to a
    /// group follows the machines.
    pub untold: bool,
}

/// Whether a resource is a name or carries traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A name.
    Record,
    /// What carries traffic.
    Traffic,
}

/// Where something sends what comes.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// To this value, or to these, or what these blocks say.
    Value(&'static str),
    /// From these names: only a name that goes is of interest.
    Names(&'static str),
    /// As much as this number, or these numbers by name, says.
    Weight(&'static str),
    /// Nowhere, where it is false.
    Enabled(&'static str),
    /// To a version of itself, which only grows.
    Version(&'static str),
    /// As each of these blocks says.
    Blocks {
        /// The blocks.
        block: &'static str,
        /// What tells them apart; by their place where it is empty.
        key: &'static [&'static str],
        /// Where each sends what comes.
        values: &'static [&'static str],
        /// A list in each, what tells its entries apart, and their weight.
        shares: Option<(&'static str, &'static str, &'static str)>,
        /// Whether a further block sends traffic anywhere by itself.
        further: bool,
    },
}

impl Target {
    /// The attribute.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        match self {
            Self::Value(path)
            | Self::Names(path)
            | Self::Weight(path)
            | Self::Enabled(path)
            | Self::Version(path)
            | Self::Blocks { block: path, .. } => path,
        }
    }
}

/// Every row.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [aws::ROWS, azure::ROWS, google::ROWS].into_iter().flatten()
}

impl Row {
    /// What the policy declares of the row.
    pub fn declared(&self) -> impl Iterator<Item = &'static str> {
        self.name
            .into_iter()
            .chain(self.identity.iter().copied())
            .chain(self.targets.iter().map(Target::path))
    }
}

const fn record(
    kind: &'static str,
    identity: &'static [&'static str],
    targets: &'static [Target],
) -> Row {
    Row {
        kind,
        what: "record",
        class: Class::Record,
        name: Some("name"),
        identity,
        targets,
        deletion: true,
        untold: true,
    }
}

const fn traffic(kind: &'static str, what: &'static str, targets: &'static [Target]) -> Row {
    Row {
        kind,
        what,
        class: Class::Traffic,
        name: None,
        identity: &[],
        targets,
        deletion: true,
        untold: true,
    }
}

const fn blocks(
    block: &'static str,
    key: &'static [&'static str],
    values: &'static [&'static str],
) -> Target {
    Target::Blocks {
        block,
        key,
        values,
        shares: None,
        further: true,
    }
}
