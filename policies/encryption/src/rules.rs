//! The rules, one per file.

pub(crate) mod cluster_unencrypted;
pub(crate) mod customer_key_missing;
pub(crate) mod key_rotation_off;
pub(crate) mod secret_in_clear;
pub(crate) mod topic_unencrypted;
pub(crate) mod unencrypted_at_rest;
pub(crate) mod unencrypted_in_transit;
pub(crate) mod weak_tls;
