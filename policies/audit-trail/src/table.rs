//! What writes an audit trail, and which attributes turn it on.

mod aws;
mod azure;
mod google;

pub use azure::FORMER as FORMER_AZURE;

/// One resource type.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The resource type.
    pub kind: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// Whether it is nothing but audit, so that deleting it ends the audit.
    pub audit_only: bool,
    /// The attributes that name what it watches: where that is deleted by the same plan, its
    /// deletion is in order.
    pub watches: &'static [&'static str],
    /// What turns it on.
    pub switches: &'static [Switch],
}

/// What turns an audit on, or a part of it.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// The attribute, or the block.
    pub path: &'static str,
    /// What it is like while it is on.
    pub on: On,
    /// Whether leaving it out leaves it on.
    pub unset: bool,
    /// What it turns on.
    pub layer: Layer,
    /// Whether it has to be on. Otherwise only turning it off is reported.
    pub wanted: bool,
    /// Values of another attribute with which there is no such log.
    pub unless: Option<(&'static str, &'static [&'static str])>,
}

/// What an attribute is like while it is on.
#[derive(Clone, Copy, Debug)]
pub enum On {
    /// True.
    True,
    /// False.
    False,
    /// One of these values, in any case.
    OneOf(&'static [&'static str]),
    /// Not one of these values.
    NoneOf(&'static [&'static str]),
    /// There, whatever it is: an attribute, or a block.
    There,
    /// Not set: what is there leaves something out.
    Empty,
    /// A list that has this entry.
    Has(&'static str),
    /// A list of blocks or texts, each of which is on; the keys that tell blocks apart.
    Entries(&'static [&'static str]),
    /// A policy of Google in JSON, with what it has logged.
    AuditConfigs,
}

/// What a switch turns on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The audit.
    Audit,
    /// A part of it, without which it has holes.
    Part,
    /// A log of who uses something.
    Access,
}

/// Every row.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [aws::ROWS, azure::ROWS, google::ROWS].into_iter().flatten()
}

const fn switch(path: &'static str, on: On, unset: bool, layer: Layer) -> Switch {
    Switch {
        path,
        on,
        unset,
        layer,
        wanted: true,
        unless: None,
    }
}

/// The audit itself, on by default.
const fn audit(path: &'static str, on: On) -> Switch {
    switch(path, on, true, Layer::Audit)
}

/// A part of the audit; `unset` says what leaving it out does.
const fn part(path: &'static str, on: On, unset: bool) -> Switch {
    switch(path, on, unset, Layer::Part)
}

/// A log of who uses something, off by default.
const fn access(path: &'static str, on: On) -> Switch {
    switch(path, on, false, Layer::Access)
}

/// One that need not be on.
const fn offered(switch: Switch) -> Switch {
    Switch {
        wanted: false,
        ..switch
    }
}

const fn unless(switch: Switch, path: &'static str, values: &'static [&'static str]) -> Switch {
    Switch {
        unless: Some((path, values)),
        ..switch
    }
}

/// A resource that is nothing but audit.
const fn trail(
    kind: &'static str,
    what: &'static str,
    watches: &'static [&'static str],
    switches: &'static [Switch],
) -> Row {
    Row {
        kind,
        what,
        audit_only: true,
        watches,
        switches,
    }
}

/// A resource that has a log among other things.
const fn logged(kind: &'static str, what: &'static str, switches: &'static [Switch]) -> Row {
    Row {
        kind,
        what,
        audit_only: false,
        watches: &[],
        switches,
    }
}
