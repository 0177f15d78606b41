//! The rules, one per file.

pub(crate) mod open_to_everyone;
pub(crate) mod policy_unknown;
pub(crate) mod public_member;
pub(crate) mod source_missing;
