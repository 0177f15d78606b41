//! The rules, one per file.

pub(crate) mod tag_case;
pub(crate) mod tag_forbidden;
pub(crate) mod tag_missing;
pub(crate) mod tag_not_passed_on;
pub(crate) mod tag_value;
