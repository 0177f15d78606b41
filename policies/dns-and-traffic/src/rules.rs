//! One rule a file.

pub(crate) mod address_released;
pub(crate) mod default_route_changed;
pub(crate) mod dnssec_off;
pub(crate) mod privileged_code_swapped;
pub(crate) mod record_deleted;
pub(crate) mod record_repointed;
pub(crate) mod traffic_deleted;
pub(crate) mod traffic_repointed;
pub(crate) mod traffic_stopped;
pub(crate) mod weight_shifted;
