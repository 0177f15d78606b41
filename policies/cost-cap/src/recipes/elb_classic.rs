//! Classic Load Balancers.

use tollgate_policy::Determined;

use super::vpc::PUBLIC_IPV4;
use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::{ProcessedGb, PublicIpv4Addresses};

/// Classic load balancers: their hours, what passes, and their public addresses unless
/// they are internal.
pub(crate) const LOAD_BALANCER: Recipe = Recipe {
    types: &["aws_elb"],
    attributes: &["internal"],
    computed: &["internal"],
    usage: &[ProcessedGb, PublicIpv4Addresses],
    lines,
};

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    sheet.fixed(
        "Load balancer, classic",
        "AWSELB/LoadBalancerUsage/classic",
        sheet.hours,
    );
    sheet.used(
        "Data processed",
        "AWSELB/DataProcessing-Bytes/classic",
        &[ProcessedGb],
    );
    let (component, key) = PUBLIC_IPV4;
    match (
        sheet.flag("internal").unset_as(false),
        sheet.declared(PublicIpv4Addresses),
    ) {
        (Determined::Known(true), _) => {}
        (_, Some(declared)) => sheet.fixed(component, key, declared.times(sheet.hours)?),
        (Determined::Undetermined(why), None) => {
            sheet.at_least(component, key, Decimal::ZERO, "internal", why);
        }
        // It has one in each zone, and takes more of them under load.
        (Determined::Known(false), None) => sheet.at_least(
            component,
            key,
            sheet.hours,
            "internal",
            "how many addresses it has is not known; declare `public-ipv4-addresses`",
        ),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::Resource;

    use crate::testing::lines;

    #[test]
    fn charges_hours_data_and_addresses() {
        // 730 h × 0.025; 100 GB × 0.008; two addresses × 730 h × 0.005.
        let elb = |internal: bool| Resource::create("aws_elb.l", json!({"internal": internal}));
        assert_eq!(
            lines(
                elb(false),
                json!({"processed-gb": 100, "public-ipv4-addresses": 2})
            ),
            [
                "Load balancer, classic: 730 = 18.25",
                "Data processed: 100 = 0.8",
                "Public IPv4 address: 1460 = 7.3"
            ]
        );
        assert_eq!(
            lines(elb(false), json!({"processed-gb": 0}))[2],
            "Public IPv4 address: at least 3.65 (`internal`: how many addresses it has is not known; declare `public-ipv4-addresses`)"
        );
        assert_eq!(lines(elb(true), json!({"processed-gb": 0})).len(), 2);
    }
}
