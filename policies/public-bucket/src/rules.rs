//! The rules, one per file.

pub(crate) mod block_missing;
pub(crate) mod block_off;
pub(crate) mod block_removed;
pub(crate) mod bucket_website;
pub(crate) mod cors_any_origin;
pub(crate) mod policy_unknown;
pub(crate) mod public_acl;
pub(crate) mod public_policy;
