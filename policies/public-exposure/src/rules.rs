//! The rules, one per file.

pub(crate) mod anonymous_access;
pub(crate) mod any_network_allowed;
pub(crate) mod network_limit_removed;
pub(crate) mod open_network;
pub(crate) mod public_access_block_off;
pub(crate) mod public_address;
pub(crate) mod public_endpoint;
pub(crate) mod public_entrance;
pub(crate) mod public_subnet;
pub(crate) mod shared_with_everyone;
pub(crate) mod unauthenticated_route;
