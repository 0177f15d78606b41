//! Amazon VPC and its connections.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway-cloudwatch.html"];

const DIMENSIONS: &[Dimension] = &[named_by("NatGatewayId", "id")];
const DIMENSIONS_2: &[Dimension] = &[named_by("VpnId", "id")];
const DIMENSIONS_3: &[Dimension] = &[named_by("ConnectionId", "id")];
const DIMENSIONS_4: &[Dimension] = &[named_by("TransitGateway", "id")];

/// NAT gateway without an alarm on ports and drops.
///
/// Wants an alarm on `AWS/NATGateway` `ErrorPortAllocation` or `PacketsDropCount` of every `aws_nat_gateway`. Not in
/// the default set.
pub const NAT: Requirement = Requirement {
    id: "nat-ports",
    group: "vpc",
    default: false,
    rule: rule(
        "nat-ports-unwatched",
        "NAT gateway without an alarm on ports and drops",
        "A gateway without free ports refuses connections, and everything behind it fails to reach out.",
        Severity::High,
        "Add an alarm on `AWS/NATGateway` `ErrorPortAllocation` with the dimension `NatGatewayId`.",
        SOURCES,
    ),
    types: &["aws_nat_gateway"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/NATGateway",
    metrics: &[
        metric("ErrorPortAllocation", DIMENSIONS),
        metric("PacketsDropCount", DIMENSIONS),
    ],
};

/// VPN connection without an alarm on its tunnels.
///
/// Wants an alarm on `AWS/VPN` `TunnelState` of every `aws_vpn_connection`. Not in
/// the default set.
pub const VPN: Requirement = Requirement {
    id: "vpn-tunnel",
    group: "vpc",
    default: false,
    rule: rule(
        "vpn-tunnel-unwatched",
        "VPN connection without an alarm on its tunnels",
        "A connection with one tunnel left is one failure away from none.",
        Severity::High,
        "Add an alarm on `AWS/VPN` `TunnelState` with the dimension `VpnId`.",
        SOURCES,
    ),
    types: &["aws_vpn_connection"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/VPN",
    metrics: &[Metric {
        name: "TunnelState",
        dimensions: DIMENSIONS_2,
        narrower: &["TunnelIpAddress"],
        region_wide: false,
    }],
};

/// Direct Connect connection without an alarm on its state.
///
/// Wants an alarm on `AWS/DX` `ConnectionState` of every `aws_dx_connection`. Not in
/// the default set.
pub const DIRECT: Requirement = Requirement {
    id: "dx-connection",
    group: "vpc",
    default: false,
    rule: rule(
        "dx-connection-unwatched",
        "Direct Connect connection without an alarm on its state",
        "A connection that is down moves its traffic to another, if there is one.",
        Severity::High,
        "Add an alarm on `AWS/DX` `ConnectionState` with the dimension `ConnectionId`.",
        SOURCES,
    ),
    types: &["aws_dx_connection"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/DX",
    metrics: &[Metric {
        name: "ConnectionState",
        dimensions: DIMENSIONS_3,
        narrower: &["OpticalLaneNumber"],
        region_wide: false,
    }],
};

/// Transit gateway without an alarm on dropped packets.
///
/// Wants an alarm on `AWS/TransitGateway` `PacketDropCountBlackhole` or `PacketDropCountNoRoute` of every `aws_ec2_transit_gateway`. Not in
/// the default set.
pub const TRANSIT: Requirement = Requirement {
    id: "tgw-drops",
    group: "vpc",
    default: false,
    rule: rule(
        "tgw-drops-unwatched",
        "Transit gateway without an alarm on dropped packets",
        "Packets without a route vanish between networks, and neither side has an error.",
        Severity::Low,
        "Add an alarm on `AWS/TransitGateway` `PacketDropCountBlackhole` with the dimension `TransitGateway`.",
        SOURCES,
    ),
    types: &["aws_ec2_transit_gateway"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/TransitGateway",
    metrics: &[
        Metric {
            name: "PacketDropCountBlackhole",
            dimensions: DIMENSIONS_4,
            narrower: &["TransitGatewayAttachment"],
            region_wide: false,
        },
        Metric {
            name: "PacketDropCountNoRoute",
            dimensions: DIMENSIONS_4,
            narrower: &["TransitGatewayAttachment"],
            region_wide: false,
        },
    ],
};
