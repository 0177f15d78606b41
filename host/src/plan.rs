//! The plan, as `tofu show -json` or `terraform show -json` writes it.
//!
//! Reading borrows from the document and builds nothing that nobody asks for:
//! attribute values stay text until a policy's interests name them. Whatever is
//! marked sensitive, and every root module variable's value, is unreachable from
//! outside of this module.

use std::borrow::Cow;

pub use tollgate_policy::{Path, Step};

/// What happens to one resource instance: one word, whatever the plan spells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Nothing; a move or an import can still ride on it.
    NoOp,
    /// A new object.
    Create,
    /// A data source that is read during apply.
    Read,
    /// A change in place.
    Update,
    /// An object is destroyed.
    Delete,
    /// An object is made anew; see [`Replacement`].
    Replace,
    /// An object leaves the state and stays behind.
    Forget,
}

/// How a replacement is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Replacement {
    /// The old object is destroyed first.
    DeleteThenCreate,
    /// `create_before_destroy`.
    CreateThenDelete,
    /// Terraform: the old object leaves the state and stays behind.
    CreateThenForget,
    /// OpenTofu: the same, in the other order.
    ForgetThenCreate,
}

/// The kind of block that declares a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// `resource`
    Managed,
    /// `data`
    Data,
    /// `ephemeral`
    Ephemeral,
}

/// The key of an instance that `count` or `for_each` made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstanceKey<'a> {
    /// `count`
    Number(i64),
    /// `for_each`
    Text(Cow<'a, str>),
}

/// One attribute on one side of a change, with masks applied.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Not in the object, or that side of the change does not exist.
    Absent,
    /// Written as null.
    Null,
    /// Known only after apply.
    Unknown,
    /// Marked sensitive; the value is not here.
    Sensitive,
    /// A boolean.
    Bool(bool),
    /// A whole number that fits.
    Integer(i64),
    /// Any other number, exactly as the plan writes it.
    Decimal(&'a str),
    /// A string.
    Text(Cow<'a, str>),
    /// An object or array as JSON, its unknown and sensitive leaves replaced as
    /// `policy.wit` says of `value.json`.
    Json(String),
}
