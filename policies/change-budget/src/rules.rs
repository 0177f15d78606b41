//! The rules, one per file.

pub(crate) mod budget_exceeded;
pub(crate) mod plan_incomplete;
pub(crate) mod replacement_chain;
pub(crate) mod scope_exceeded;
pub(crate) mod share_exceeded;
pub(crate) mod stateful_exceeded;
