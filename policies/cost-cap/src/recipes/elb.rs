//! Elastic Load Balancing.

use tollgate_policy::{Attr, Determined};

use super::vpc::PUBLIC_IPV4;
use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::{LcuHours, PublicIpv4Addresses};

/// Load balancers: their hours, their capacity units, and a public IPv4 address in each
/// zone unless they are internal.
pub(crate) const LOAD_BALANCER: Recipe = Recipe {
    types: &["aws_lb", "aws_alb"],
    attributes: &[
        "load_balancer_type",
        "internal",
        "ip_address_type",
        "subnets",
        "subnet_mapping",
    ],
    computed: &["internal", "ip_address_type", "subnets", "subnet_mapping"],
    usage: &[LcuHours, PublicIpv4Addresses],
    lines,
};

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    let kind = match sheet
        .text("load_balancer_type")
        .unset_as("application".to_owned())
    {
        Determined::Known(kind) => kind,
        Determined::Undetermined(why) => {
            sheet.open_line("Load balancer", "load_balancer_type", why);
            return Ok(());
        }
    };
    sheet.fixed(
        format!("Load balancer, {kind}"),
        format!("AWSELB/LoadBalancerUsage/{kind}"),
        sheet.hours,
    );
    sheet.used(
        "Capacity units",
        format!("AWSELB/LCUUsage/{kind}"),
        &[LcuHours],
    );
    if kind == "gateway" {
        return Ok(());
    }

    let internal = sheet.flag("internal").unset_as(false);
    let family = sheet.text("ip_address_type").unset_as("ipv4".to_owned());
    if matches!(internal, Determined::Known(true))
        || matches!(&family, Determined::Known(family) if family == "dualstack-without-public-ipv4")
    {
        return Ok(());
    }
    if let Some(declared) = sheet.declared(PublicIpv4Addresses) {
        sheet.fixed(PUBLIC_IPV4.0, PUBLIC_IPV4.1, declared.times(sheet.hours)?);
        return Ok(());
    }
    // An application load balancer needs at least two zones, a network one just one.
    let fewest = Decimal::whole(if kind == "application" { 2 } else { 1 });
    let mut open = [("internal", &internal)]
        .into_iter()
        .find_map(|(name, attr)| match attr {
            Determined::Undetermined(why) => Some((name, *why)),
            Determined::Known(_) => None,
        });
    if let Determined::Undetermined(why) = family {
        open = Some(("ip_address_type", why));
    }
    if let Some((attribute, why)) = open {
        sheet.at_least(PUBLIC_IPV4.0, PUBLIC_IPV4.1, Decimal::ZERO, attribute, why);
        return Ok(());
    }
    let mapped = sheet.count("subnet_mapping");
    let zones = match mapped {
        Attr::Known(zones) if zones > Decimal::ZERO => Attr::Known(zones),
        _ => sheet.count("subnets"),
    };
    match zones {
        Attr::Known(zones) if zones > Decimal::ZERO => {
            sheet.fixed(
                PUBLIC_IPV4.0,
                PUBLIC_IPV4.1,
                zones.max(fewest).times(sheet.hours)?,
            );
        }
        // New subnets have no IDs yet, and are counted all the same.
        Attr::Undetermined(_) if sheet.most_subnets("subnets").is_some() => {
            let most = sheet.most_subnets("subnets").unwrap_or(fewest).max(fewest);
            sheet.fixed(PUBLIC_IPV4.0, PUBLIC_IPV4.1, fewest.times(sheet.hours)?);
            let more = most.minus(fewest)?;
            if more > Decimal::ZERO {
                let more = more.times(sheet.hours)?;
                sheet.perhaps(PUBLIC_IPV4.0, PUBLIC_IPV4.1, more, "subnets");
            }
        }
        _ => {
            let why = "how many zones it spans is not known; declare `public-ipv4-addresses`";
            sheet.at_least(
                PUBLIC_IPV4.0,
                PUBLIC_IPV4.1,
                fewest.times(sheet.hours)?,
                "subnets",
                why,
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_hours_capacity_and_the_addresses_nobody_sees() {
        // 730 h × 0.0225; 1 LCU for 730 h × 0.008; two zones × 730 h × 0.005.
        let alb = json!({"load_balancer_type": "application", "internal": false, "ip_address_type": unknown(), "subnets": ["subnet-a", "subnet-b"], "subnet_mapping": unknown()});
        assert_eq!(
            lines(Resource::create("aws_lb.l", alb), json!({"lcu-hours": 730})),
            [
                "Load balancer, application: 730 = 16.425",
                "Capacity units: 730 = 5.84",
                "Public IPv4 address: 1460 = 7.3"
            ]
        );
        let internal = json!({"load_balancer_type": "application", "internal": true, "subnets": ["subnet-a", "subnet-b"]});
        assert_eq!(
            lines(
                Resource::create("aws_lb.l", internal),
                json!({"lcu-hours": 0})
            )
            .len(),
            2
        );
    }

    #[test]
    fn says_what_it_cannot_tell() {
        let unknown_subnets =
            json!({"load_balancer_type": "application", "internal": false, "subnets": unknown()});
        let resource = || {
            Resource::create("aws_lb.l", unknown_subnets.clone())
                .refers("subnets", "aws_subnet.public")
        };
        assert_eq!(
            lines(resource(), json!({"lcu-hours": 0}))[2],
            "Public IPv4 address: at least 7.3 (`subnets`: how many zones it spans is not known; declare `public-ipv4-addresses`)"
        );
        assert_eq!(
            lines(
                resource(),
                json!({"lcu-hours": 0, "public-ipv4-addresses": 3})
            )[2],
            "Public IPv4 address: 2190 = 10.95"
        );
    }

    #[test]
    fn charges_each_kind_of_load_balancer() {
        let of = |kind: &str| {
            let object = json!({"load_balancer_type": kind, "internal": true});
            lines(
                Resource::create("aws_lb.l", object),
                json!({"lcu-hours": 730}),
            )
        };
        // 730 h × 0.0225 and × 0.006; 730 h × 0.0125 and × 0.004.
        assert_eq!(
            of("network"),
            [
                "Load balancer, network: 730 = 16.425",
                "Capacity units: 730 = 4.38"
            ]
        );
        assert_eq!(
            of("gateway"),
            [
                "Load balancer, gateway: 730 = 9.125",
                "Capacity units: 730 = 2.92"
            ]
        );
    }

    /// Two addresses are certain; more arise if all the subnets are meant.
    #[test]
    fn counts_subnets_that_the_same_plan_makes() {
        let subnet = |address: &str| Resource::create(address, json!({}));
        let balancer = |references: &[&str]| {
            let attributes = json!({"load_balancer_type": "application", "internal": false, "subnets": unknown()});
            references
                .iter()
                .fold(Resource::create("aws_lb.l", attributes), |made, to| {
                    made.refers("subnets", to)
                })
        };
        let public = |references: &[&str]| {
            let plan = [
                subnet("aws_subnet.a"),
                subnet("aws_subnet.b"),
                subnet("module.v.aws_subnet.many[0]"),
                subnet("module.v.aws_subnet.many[1]"),
                subnet("module.v.aws_subnet.many[2]"),
                balancer(references),
            ];
            let settings = json!({"usage": {"aws_lb": {"lcu-hours": 0}}});
            let breakdown = crate::testing::breakdown(&crate::testing::evaluate(plan, settings));
            let resources = breakdown["resources"].as_array().cloned();
            let lines = resources
                .into_iter()
                .flatten()
                .find(|resource| resource["address"] == "aws_lb.l");
            lines
                .and_then(|resource| resource["lines"].as_array().cloned())
                .into_iter()
                .flatten()
                .filter(|line| line["component"] == "Public IPv4 address")
                .map(|line| {
                    let text = |key: &str| line[key].as_str().unwrap_or("?").to_owned();
                    format!("{} {}..{}", text("status"), text("least"), text("most"))
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(
            public(&["aws_subnet.a.id", "aws_subnet.b.id"]),
            ["priced 7.3..7.3"]
        );
        assert_eq!(
            public(&["module.v.aws_subnet.many"]),
            ["priced 7.3..7.3", "possible 0..3.65"]
        );
        for others in [
            &["aws_subnet.a.id", "var.more"][..],
            &["data.aws_subnets.all.ids"],
            &["aws_subnet.another.id"],
            &["aws_subnet.ab.id"],
        ] {
            let found = public(others);
            assert!(
                found[0].starts_with("undetermined 7.3"),
                "{others:?}: {found:?}"
            );
        }
    }
}
