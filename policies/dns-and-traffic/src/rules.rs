//! One rule a file.

pub(crate) mod privileged_code_swapped;
pub(crate) mod record_deleted;
pub(crate) mod record_repointed;
pub(crate) mod traffic_deleted;
pub(crate) mod traffic_repointed;
pub(crate) mod traffic_stopped;
pub(crate) mod weight_shifted;
