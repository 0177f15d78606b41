//! The rules, one per file.

pub(crate) mod backups_rarer;
pub(crate) mod contents_deleted;
pub(crate) mod copy_removed;
pub(crate) mod destroy_forced;
pub(crate) mod expiry_widened;
pub(crate) mod final_snapshot_skipped;
pub(crate) mod history_ended;
pub(crate) mod key_disabled;
pub(crate) mod last_instance_deleted;
pub(crate) mod lock_deleted;
pub(crate) mod protection_removed;
pub(crate) mod recovery_window_short;
pub(crate) mod resource_deleted;
pub(crate) mod resource_forgotten;
pub(crate) mod resource_replaced;
pub(crate) mod resource_vanished;
pub(crate) mod retention_shortened;
pub(crate) mod service_disabled;
pub(crate) mod unprotected;
pub(crate) mod volume_deleted;
pub(crate) mod volume_shrunk;
