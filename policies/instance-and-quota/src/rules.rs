//! The rules, one per file.

pub(crate) mod limit_exceeded;
pub(crate) mod limit_missing;
pub(crate) mod size_not_allowed;
pub(crate) mod total_exceeded;
