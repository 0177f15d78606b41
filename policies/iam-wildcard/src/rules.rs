//! The rules, one per file.

pub(crate) mod access_key;
pub(crate) mod admin_access;
pub(crate) mod admin_attachment;
pub(crate) mod basic_role;
pub(crate) mod boundary_removed;
pub(crate) mod cluster_admin;
pub(crate) mod cluster_open;
pub(crate) mod deny_removed;
pub(crate) mod guardrail_removed;
pub(crate) mod impersonation;
pub(crate) mod key_locked;
pub(crate) mod not_action_allow;
pub(crate) mod open_trust;
pub(crate) mod pass_role;
pub(crate) mod policy_unknown;
pub(crate) mod privilege_escalation;
pub(crate) mod privileged_container;
pub(crate) mod service_wildcard;
pub(crate) mod subscription_role;
pub(crate) mod user_policy;
pub(crate) mod wide_trust;
