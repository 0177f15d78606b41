//! The rules, one per file.

pub(crate) mod name_forbidden;
pub(crate) mod name_length;
pub(crate) mod name_pattern;
