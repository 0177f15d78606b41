//! One rule a file.

pub(crate) mod address_list_open;
pub(crate) mod admin_port_open;
pub(crate) mod default_group_used;
pub(crate) mod egress_open;
pub(crate) mod everything_open;
pub(crate) mod firewall_detached;
pub(crate) mod network_acl_open;
pub(crate) mod port_open;
pub(crate) mod range_too_wide;
pub(crate) mod stop_removed;
pub(crate) mod web_filter_opened;
pub(crate) mod web_rule_removed;
