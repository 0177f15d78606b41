//! Which attributes say where traffic goes.

mod aws;
mod azure;
mod google;
mod others;

pub use azure::FORMER;

/// One resource type.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The resource type.
    pub kind: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// Whether it is a name or carries traffic.
    pub class: Class,
    /// What it is called.
    pub name: Option<&'static str>,
    /// The attributes that tell it from others: with another of them it is another one.
    pub identity: &'static [&'static str],
    /// Where it sends what comes.
    pub targets: &'static [Target],
    /// Whether deleting it stops traffic.
    pub deletion: bool,
    /// Whether a target that is known only after apply is worth telling. What is attached to a
    /// group follows the machines.
    pub untold: bool,
}

/// Whether a resource is a name or carries traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A name.
    Record,
    /// What carries traffic.
    Traffic,
}

/// Where something sends what comes.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// To this value, or to these, or what these blocks say.
    Value(&'static str),
    /// From these names: only a name that goes is of interest.
    Names(&'static str),
    /// As much as this number, or these numbers by name, says.
    Weight(&'static str),
    /// Nowhere, where it is false.
    Enabled(&'static str),
    /// To a version of itself, which only grows.
    Version(&'static str),
    /// As each of these blocks says.
    Blocks {
        /// The blocks.
        block: &'static str,
        /// What tells them apart; by their place where it is empty.
        key: &'static [&'static str],
        /// Where each sends what comes.
        values: &'static [&'static str],
        /// A list in each, what tells its entries apart, and their weight.
        shares: Option<(&'static str, &'static str, &'static str)>,
        /// Whether a further block sends traffic anywhere by itself.
        further: bool,
    },
}

impl Target {
    /// The attribute.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        match self {
            Self::Value(path)
            | Self::Names(path)
            | Self::Weight(path)
            | Self::Enabled(path)
            | Self::Version(path)
            | Self::Blocks { block: path, .. } => path,
        }
    }
}

/// Every row.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [aws::ROWS, azure::ROWS, google::ROWS, others::ROWS]
        .into_iter()
        .flatten()
}

impl Row {
    /// What the policy declares of the row.
    pub fn declared(&self) -> impl Iterator<Item = &'static str> {
        self.name
            .into_iter()
            .chain(self.identity.iter().copied())
            .chain(self.targets.iter().map(Target::path))
    }
}

/// A fixed public address.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute that has the address, or its name.
    pub address: &'static str,
    /// The attribute, and the value with which it is no fixed public one.
    pub unless: Option<(&'static str, &'static str)>,
}

const fn address(kind: &'static str, address: &'static str) -> Address {
    Address {
        kind,
        address,
        unless: None,
    }
}

/// Every kind of fixed address.
pub const ADDRESSES: &[Address] = &[
    address("aws_eip", "public_ip"),
    address("aws_lightsail_static_ip", "ip_address"),
    address("aws_globalaccelerator_accelerator", "dns_name"),
    address(
        "aws_globalaccelerator_custom_routing_accelerator",
        "dns_name",
    ),
    Address {
        unless: Some(("allocation_method", "Dynamic")),
        ..address("azurerm_public_ip", "ip_address")
    },
    address("azurerm_public_ip_prefix", "ip_prefix"),
    Address {
        unless: Some(("address_type", "INTERNAL")),
        ..address("google_compute_address", "address")
    },
    Address {
        unless: Some(("address_type", "INTERNAL")),
        ..address("google_compute_global_address", "address")
    },
    address("digitalocean_reserved_ip", "ip_address"),
    address("digitalocean_floating_ip", "ip_address"),
    address("hcloud_floating_ip", "ip_address"),
    address("hcloud_primary_ip", "ip_address"),
];

/// Where a resource says where routes lead.
#[derive(Clone, Copy, Debug)]
pub struct Routes {
    /// The resource type.
    pub kind: &'static str,
    /// Where the routes are.
    pub routes: Hop,
    /// The attributes of which one says what a route is for.
    pub destinations: &'static [&'static str],
    /// The attributes of which one says where it leads.
    pub hops: &'static [&'static str],
}

/// Where routes are.
#[derive(Clone, Copy, Debug)]
pub enum Hop {
    /// The resource is one.
    Own,
    /// Each of these blocks is one.
    Blocks(&'static str),
}

impl Hop {
    /// The blocks.
    #[must_use]
    pub const fn block(&self) -> Option<&'static str> {
        match self {
            Self::Own => None,
            Self::Blocks(block) => Some(block),
        }
    }
}

impl Routes {
    /// What the policy declares of it.
    pub fn declared(&self) -> impl Iterator<Item = &'static str> {
        let own = match self.routes {
            Hop::Own => Some(self.destinations.iter().chain(self.hops).copied()),
            Hop::Blocks(_) => None,
        };
        self.routes
            .block()
            .into_iter()
            .chain(own.into_iter().flatten())
    }
}

/// Every kind of route.
pub const HOPS: &[Routes] = &[
    Routes {
        kind: "aws_route",
        routes: Hop::Own,
        destinations: &["destination_cidr_block", "destination_ipv6_cidr_block"],
        hops: &[
            "nat_gateway_id",
            "transit_gateway_id",
            "vpc_endpoint_id",
            "network_interface_id",
            "vpc_peering_connection_id",
            "egress_only_gateway_id",
            "core_network_arn",
            "local_gateway_id",
            "carrier_gateway_id",
            "odb_network_arn",
            "gateway_id",
        ],
    },
    Routes {
        kind: "aws_route_table",
        routes: Hop::Blocks("route"),
        destinations: &["cidr_block", "ipv6_cidr_block"],
        hops: &[
            "nat_gateway_id",
            "transit_gateway_id",
            "vpc_endpoint_id",
            "network_interface_id",
            "vpc_peering_connection_id",
            "egress_only_gateway_id",
            "core_network_arn",
            "local_gateway_id",
            "carrier_gateway_id",
            "odb_network_arn",
            "gateway_id",
        ],
    },
    Routes {
        kind: "aws_default_route_table",
        routes: Hop::Blocks("route"),
        destinations: &["cidr_block", "ipv6_cidr_block"],
        hops: &[
            "nat_gateway_id",
            "transit_gateway_id",
            "vpc_endpoint_id",
            "network_interface_id",
            "vpc_peering_connection_id",
            "egress_only_gateway_id",
            "core_network_arn",
            "gateway_id",
        ],
    },
    Routes {
        kind: "azurerm_route",
        routes: Hop::Own,
        destinations: &["address_prefix"],
        hops: &["next_hop_type"],
    },
    Routes {
        kind: "azurerm_route_table",
        routes: Hop::Blocks("route"),
        destinations: &["address_prefix"],
        hops: &["next_hop_type"],
    },
    Routes {
        kind: "google_compute_route",
        routes: Hop::Own,
        destinations: &["dest_range"],
        hops: &[
            "next_hop_gateway",
            "next_hop_instance",
            "next_hop_ilb",
            "next_hop_vpn_tunnel",
            "next_hop_ip",
        ],
    },
];

const fn record(
    kind: &'static str,
    identity: &'static [&'static str],
    targets: &'static [Target],
) -> Row {
    Row {
        kind,
        what: "record",
        class: Class::Record,
        name: Some("name"),
        identity,
        targets,
        deletion: true,
        untold: true,
    }
}

const fn traffic(kind: &'static str, what: &'static str, targets: &'static [Target]) -> Row {
    Row {
        kind,
        what,
        class: Class::Traffic,
        name: None,
        identity: &[],
        targets,
        deletion: true,
        untold: true,
    }
}

const fn blocks(
    block: &'static str,
    key: &'static [&'static str],
    values: &'static [&'static str],
) -> Target {
    Target::Blocks {
        block,
        key,
        values,
        shares: None,
        further: true,
    }
}
