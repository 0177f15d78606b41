//! One rule a file.

pub(crate) mod access_log_off;
pub(crate) mod access_log_removed;
pub(crate) mod alarm_chain_broken;
pub(crate) mod audit_deleted;
pub(crate) mod audit_incomplete;
pub(crate) mod audit_off;
pub(crate) mod audit_redirected;
pub(crate) mod audit_switched_off;
pub(crate) mod findings_muted;
pub(crate) mod logs_excluded;
pub(crate) mod trail_bucket_unlogged;
pub(crate) mod trail_bucket_unversioned;
