//! VPC endpoints.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::ProcessedGb;

/// Endpoints: their hours in each zone, and what passes. Gateways to S3 and DynamoDB cost
/// nothing.
pub(crate) const ENDPOINT: Recipe = Recipe {
    types: &["aws_vpc_endpoint"],
    attributes: &["vpc_endpoint_type", "subnet_ids", "subnet_configuration"],
    computed: &["subnet_ids"],
    usage: &[ProcessedGb],
    lines,
};

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    let (kind, meter) = match sheet
        .text("vpc_endpoint_type")
        .unset_as("Gateway".to_owned())
    {
        Determined::Known(kind) => match kind.as_str() {
            "Gateway" => return Ok(()),
            "Interface" => (kind, "VpcEndpoint"),
            "GatewayLoadBalancer" => (kind, "VpcEndpoint-GWLBE"),
            _ => {
                sheet.open_line(
                    "Endpoint",
                    "vpc_endpoint_type",
                    format!("{kind}, whose prices are not known here"),
                );
                return Ok(());
            }
        },
        Determined::Undetermined(why) => {
            sheet.open_line("Endpoint", "vpc_endpoint_type", why);
            return Ok(());
        }
    };
    let (component, key) = (
        format!("Endpoint, {kind}"),
        format!("AmazonVPC/{meter}-Hours"),
    );
    let zones = match sheet.count("subnet_ids") {
        Attr::Known(zones) if zones > Decimal::ZERO => Attr::Known(zones),
        zones => match sheet.count("subnet_configuration") {
            Attr::Known(configured) if configured > Decimal::ZERO => Attr::Known(configured),
            _ => zones,
        },
    };
    match zones {
        Attr::Known(zones) if zones > Decimal::ZERO => {
            sheet.fixed(component, key, zones.times(sheet.hours)?);
        }
        // Associations give it its subnets.
        Attr::Known(_) | Attr::Unset => sheet.at_least(
            component,
            key,
            sheet.hours,
            "subnet_ids",
            "charged for each zone, and their number is not known",
        ),
        Attr::Undetermined(why) => {
            sheet.at_least(component, key, sheet.hours, "subnet_ids", why);
        }
    }
    sheet.used(
        "Data processed",
        format!("AmazonVPC/{meter}-Bytes"),
        &[ProcessedGb],
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    fn endpoint(object: Json) -> Vec<String> {
        lines(
            Resource::create("aws_vpc_endpoint.e", object),
            json!({"processed-gb": 100}),
        )
    }

    #[test]
    fn charges_each_zone_and_what_passes() {
        // 2 × 730 h × 0.01; 100 GB × 0.01.
        assert_eq!(
            endpoint(json!({"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b"]})),
            [
                "Endpoint, Interface: 1460 = 14.6",
                "Data processed: 100 = 1"
            ]
        );
        // 730 h × 0.01; 100 GB × 0.0035.
        assert_eq!(
            endpoint(json!({"vpc_endpoint_type": "GatewayLoadBalancer", "subnet_ids": ["a"]})),
            [
                "Endpoint, GatewayLoadBalancer: 730 = 7.3",
                "Data processed: 100 = 0.35"
            ]
        );
        for kind in [json!("Gateway"), json!(null)] {
            assert_eq!(
                endpoint(json!({"vpc_endpoint_type": kind, "subnet_ids": unknown()})),
                [""; 0]
            );
        }
    }

    #[test]
    fn says_what_it_cannot_tell() {
        assert_eq!(
            endpoint(json!({"vpc_endpoint_type": "Interface", "subnet_ids": unknown()}))[0],
            "Endpoint, Interface: at least 7.3 (`subnet_ids`: charged for each zone, and their number is not known)"
        );
        assert_eq!(
            endpoint(json!({"vpc_endpoint_type": "Resource"})),
            [
                "Endpoint: undetermined (`vpc_endpoint_type`: Resource, whose prices are not known here)"
            ]
        );
    }
}
