//! The rules, one per file.

pub(crate) mod anonymous_access;
pub(crate) mod any_network_allowed;
pub(crate) mod api_key_access;
pub(crate) mod authentication_removed;
pub(crate) mod metadata_without_token;
pub(crate) mod network_limit_removed;
pub(crate) mod open_network;
pub(crate) mod password_alone;
pub(crate) mod public_access_block_off;
pub(crate) mod public_address;
pub(crate) mod public_endpoint;
pub(crate) mod public_entrance;
pub(crate) mod public_subnet;
pub(crate) mod shared_with_everyone;
pub(crate) mod sign_in_weakened;
pub(crate) mod unauthenticated_route;
