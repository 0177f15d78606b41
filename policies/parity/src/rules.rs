//! The rules, one per file.

pub(crate) mod attribute_differs;
pub(crate) mod not_compared;
pub(crate) mod resource_missing;
pub(crate) mod resource_only_here;
