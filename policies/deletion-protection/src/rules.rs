//! The rules, one per file.

pub(crate) mod destroy_forced;
pub(crate) mod final_snapshot_skipped;
pub(crate) mod lock_deleted;
pub(crate) mod protection_removed;
pub(crate) mod recovery_window_short;
pub(crate) mod resource_deleted;
pub(crate) mod resource_forgotten;
pub(crate) mod resource_replaced;
pub(crate) mod unprotected;
