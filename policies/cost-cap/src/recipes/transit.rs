//! Transit gateways and VPN connections.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::settings::UsageName::ProcessedGb;

const HOURS: (&str, &str) = ("Attachment", "AmazonVPC/TransitGateway-Hours");

fn data(sheet: &mut Sheet<'_>) {
    sheet.used(
        "Data processed",
        "AmazonVPC/TransitGateway-Bytes",
        &[ProcessedGb],
    );
}

/// Attachments of a VPC: their hours, and what passes.
pub(crate) const VPC_ATTACHMENT: Recipe = Recipe {
    types: &["aws_ec2_transit_gateway_vpc_attachment"],
    attributes: &[],
    computed: &[],
    usage: &[ProcessedGb],
    lines: |sheet| {
        sheet.fixed(HOURS.0, HOURS.1, sheet.hours);
        data(sheet);
        Ok(())
    },
};

/// Both sides of a peering: each is charged its hours. What passes is charged as transfer
/// between regions.
pub(crate) const PEERING: Recipe = Recipe {
    types: &[
        "aws_ec2_transit_gateway_peering_attachment",
        "aws_ec2_transit_gateway_peering_attachment_accepter",
    ],
    attributes: &[],
    computed: &[],
    usage: &[],
    lines: |sheet| {
        sheet.fixed(HOURS.0, HOURS.1, sheet.hours);
        Ok(())
    },
};

/// VPN connections: their hours, and those of the attachment and what passes where one
/// ends at a transit gateway.
pub(crate) const VPN: Recipe = Recipe {
    types: &["aws_vpn_connection"],
    attributes: &[
        "transit_gateway_id",
        "enable_acceleration",
        "tunnel_bandwidth",
    ],
    computed: &["enable_acceleration", "tunnel_bandwidth"],
    usage: &[ProcessedGb],
    lines: |sheet| {
        let (component, key) = ("VPN connection", "AmazonVPC/VPN-Usage-Hours:ipsec.1");
        match sheet
            .text("tunnel_bandwidth")
            .unset_as("standard".to_owned())
        {
            Determined::Known(bandwidth) if bandwidth == "standard" => {
                sheet.fixed(component, key, sheet.hours);
            }
            Determined::Known(bandwidth) => sheet.at_least(
                component,
                key,
                sheet.hours,
                "tunnel_bandwidth",
                format!("{bandwidth}, whose price is not known here"),
            ),
            Determined::Undetermined(why) => {
                sheet.at_least(component, key, sheet.hours, "tunnel_bandwidth", why);
            }
        }
        // Known or not, a connection that names a gateway ends there.
        let gateway = sheet.text("transit_gateway_id");
        if !matches!(&gateway, Attr::Unset) && !gateway.is_known_and(String::is_empty) {
            sheet.fixed(HOURS.0, HOURS.1, sheet.hours);
            data(sheet);
        }
        match sheet.flag("enable_acceleration").unset_as(false) {
            Determined::Known(false) => {}
            Determined::Known(true) => sheet.open_line(
                "Acceleration",
                "enable_acceleration",
                "two accelerators and their traffic, which are not priced here",
            ),
            Determined::Undetermined(why) => {
                sheet.open_line("Acceleration", "enable_acceleration", why);
            }
        }
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_attachments_on_both_sides() {
        let of = |kind: &str| {
            lines(
                Resource::create(&format!("{kind}.a"), json!({})),
                json!({"processed-gb": 100}),
            )
        };
        // 730 h × 0.05; 100 GB × 0.02.
        assert_eq!(
            of("aws_ec2_transit_gateway_vpc_attachment"),
            ["Attachment: 730 = 36.5", "Data processed: 100 = 2"]
        );
        for kind in [
            "aws_ec2_transit_gateway_peering_attachment",
            "aws_ec2_transit_gateway_peering_attachment_accepter",
        ] {
            assert_eq!(of(kind), ["Attachment: 730 = 36.5"]);
        }
    }

    #[test]
    fn charges_connections_by_where_they_end() {
        let vpn = |object: Json| {
            lines(
                Resource::create("aws_vpn_connection.v", object),
                json!({"processed-gb": 100}),
            )
        };
        assert_eq!(
            vpn(json!({"enable_acceleration": unknown(), "tunnel_bandwidth": unknown()})),
            ["VPN connection: 730 = 36.5"]
        );
        assert_eq!(
            vpn(json!({"transit_gateway_id": unknown(), "enable_acceleration": false})),
            [
                "VPN connection: 730 = 36.5",
                "Attachment: 730 = 36.5",
                "Data processed: 100 = 2"
            ]
        );
        assert_eq!(
            vpn(json!({"enable_acceleration": true}))[1],
            "Acceleration: undetermined (`enable_acceleration`: two accelerators and their traffic, which are not priced here)"
        );
    }
}
