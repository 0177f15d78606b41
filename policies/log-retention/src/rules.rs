//! One rule a file.

pub(crate) mod retention_shortened;
pub(crate) mod retention_too_long;
pub(crate) mod retention_too_short;
pub(crate) mod retention_unlimited;
