//! Amazon VPC.

use tollgate_policy::{Attr, Determined};

use super::Recipe;
use crate::settings::UsageName::ProcessedGb;

/// The meter of a public IPv4 address, in use or idle: both cost the same.
pub(crate) const PUBLIC_IPV4: (&str, &str) = ("Public IPv4 address", "AmazonVPC/PublicIPv4:InUseAddress");

/// NAT gateways: their hours, and what passes. Their public address is charged on the
/// `aws_eip` that it comes from.
pub(crate) const NAT_GATEWAY: Recipe = Recipe {
    types: &["aws_nat_gateway"],
    attributes: &["availability_mode"],
    usage: &[ProcessedGb],
    lines: |sheet| {
        let (component, key) = ("NAT gateway", "AmazonEC2/NatGateway-Hours");
        match sheet.text("availability_mode").unset_as("zonal".to_owned()) {
            Determined::Known(mode) if mode == "zonal" => sheet.fixed(component, key, sheet.hours),
            // One that spans the region is charged for each zone it works in.
            Determined::Known(_) => {
                sheet.at_least(component, key, sheet.hours, "availability_mode", "charged for each zone, and their number is not known");
            }
            Determined::Undetermined(why) => sheet.at_least(component, key, sheet.hours, "availability_mode", why),
        }
        sheet.used("Data processed", "AmazonEC2/NatGateway-Bytes", &[ProcessedGb]);
        Ok(())
    },
};

/// Elastic IP addresses: every public IPv4 address is charged, attached or not. Only
/// addresses that an account brought itself are not.
pub(crate) const ADDRESS: Recipe = Recipe {
    types: &["aws_eip"],
    attributes: &["public_ipv4_pool"],
    usage: &[],
    lines: |sheet| {
        match sheet.text("public_ipv4_pool") {
            Attr::Known(pool) if pool != "amazon" && !pool.is_empty() => {}
            Attr::Known(_) | Attr::Unset => sheet.fixed(PUBLIC_IPV4.0, PUBLIC_IPV4.1, sheet.hours),
            Attr::Undetermined(_) => sheet.perhaps(PUBLIC_IPV4.0, PUBLIC_IPV4.1, sheet.hours, "public_ipv4_pool"),
        }
        Ok(())
    },
};
