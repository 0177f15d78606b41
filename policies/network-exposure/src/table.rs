//! Which resource types are firewalls, and how their rules are read.

mod aws;
mod azure;
pub mod filters;
mod google;
mod others;

pub use azure::FORMER;
pub use others::OTHERS;

use crate::opening::{Opening, Side};

/// One resource type.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The resource type.
    pub kind: &'static str,
    /// The attributes that are read.
    pub attributes: &'static [&'static str],
    /// The attributes inside of blocks that are read, for the check against the schema.
    pub inside: &'static [&'static str],
    /// What kind of firewall it is.
    pub class: Class,
    pub(crate) read: fn(&Side<'_>) -> Vec<Opening>,
}

/// What kind of firewall a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It decides what gets in.
    Firewall,
    /// It decides before a firewall does, lets answers in by their ports, and allows everything
    /// by default.
    AccessList,
    /// A list of addresses that firewalls name.
    AddressList,
}

/// Every row.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [aws::ROWS, azure::ROWS, google::ROWS, others::ROWS]
        .into_iter()
        .flatten()
}
