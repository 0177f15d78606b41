//! Amazon VPC.

use tollgate_policy::{Attr, Determined};

use super::Recipe;
use crate::settings::UsageName::ProcessedGb;

/// The meter of a public IPv4 address, in use or idle: both cost the same.
pub(crate) const PUBLIC_IPV4: (&str, &str) =
    ("Public IPv4 address", "AmazonVPC/PublicIPv4:InUseAddress");

/// NAT gateways: their hours, and what passes. Their public address is charged on the
/// `aws_eip` that it comes from.
pub(crate) const NAT_GATEWAY: Recipe = Recipe {
    types: &["aws_nat_gateway"],
    attributes: &["availability_mode"],
    computed: &["availability_mode"],
    usage: &[ProcessedGb],
    lines: |sheet| {
        let (component, key) = ("NAT gateway", "AmazonEC2/NatGateway-Hours");
        match sheet.text("availability_mode").unset_as("zonal".to_owned()) {
            Determined::Known(mode) if mode == "zonal" => sheet.fixed(component, key, sheet.hours),
            // One that spans the region is charged for each zone it works in.
            Determined::Known(_) => {
                sheet.at_least(
                    component,
                    key,
                    sheet.hours,
                    "availability_mode",
                    "charged for each zone, and their number is not known",
                );
            }
            Determined::Undetermined(why) => {
                sheet.at_least(component, key, sheet.hours, "availability_mode", why);
            }
        }
        sheet.used(
            "Data processed",
            "AmazonEC2/NatGateway-Bytes",
            &[ProcessedGb],
        );
        Ok(())
    },
};

/// Elastic IP addresses: every public IPv4 address is charged, attached or not. Only
/// addresses that an account brought itself are not.
pub(crate) const ADDRESS: Recipe = Recipe {
    types: &["aws_eip"],
    attributes: &["public_ipv4_pool"],
    computed: &["public_ipv4_pool"],
    usage: &[],
    lines: |sheet| {
        match sheet.text("public_ipv4_pool") {
            Attr::Known(pool) if pool != "amazon" && !pool.is_empty() => {}
            Attr::Known(_) | Attr::Unset => sheet.fixed(PUBLIC_IPV4.0, PUBLIC_IPV4.1, sheet.hours),
            Attr::Undetermined(_) => sheet.perhaps(
                PUBLIC_IPV4.0,
                PUBLIC_IPV4.1,
                sheet.hours,
                "public_ipv4_pool",
            ),
        }
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_nat_gateways_and_addresses() {
        // 730 h × 0.045; 100 GB × 0.045.
        let gateway = Resource::create(
            "aws_nat_gateway.n",
            json!({"connectivity_type": "public", "availability_mode": unknown()}),
        );
        assert_eq!(
            lines(gateway, json!({"processed-gb": 100})),
            ["NAT gateway: 730 = 32.85", "Data processed: 100 = 4.5"]
        );
        let regional = Resource::create(
            "aws_nat_gateway.n",
            json!({"availability_mode": "regional"}),
        );
        assert_eq!(
            lines(regional, json!({"processed-gb": 0}))[0],
            "NAT gateway: at least 32.85 (`availability_mode`: charged for each zone, and their number is not known)"
        );
        // 730 h × 0.005, attached or not.
        for (pool, expected) in [
            (json!("amazon"), vec!["Public IPv4 address: 730 = 3.65"]),
            (unknown(), vec!["Public IPv4 address: 730 = 3.65"]),
            (json!("ipv4pool-ec2-012"), vec![]),
        ] {
            assert_eq!(
                lines(
                    Resource::create("aws_eip.e", json!({"public_ipv4_pool": pool})),
                    json!({})
                ),
                expected
            );
        }
    }
}
