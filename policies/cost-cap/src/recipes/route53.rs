//! Amazon Route 53. It is in no region, but for its resolver.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::Requests;

/// Hosted zones, each as one of the first 25 of an account: further ones cost less; and
/// the queries for what is in them.
pub(crate) const ZONE: Recipe = Recipe {
    types: &["aws_route53_zone"],
    attributes: &[],
    computed: &[],
    usage: &[Requests],
    lines: |sheet| {
        sheet.worldwide();
        sheet.fixed("Hosted zone", "AmazonRoute53/HostedZone", Decimal::ONE);
        sheet.used("Queries", "AmazonRoute53/DNS-Queries", &[Requests]);
        Ok(())
    },
};

/// Records: the queries for them, where they cost more than those of the zone, or where
/// they are declared for the record. Those for an alias of a resource of AWS cost nothing.
pub(crate) const RECORD: Recipe = Recipe {
    types: &["aws_route53_record"],
    attributes: &[
        "alias",
        "cidr_routing_policy",
        "geolocation_routing_policy",
        "geoproximity_routing_policy",
        "latency_routing_policy",
    ],
    computed: &[],
    usage: &[Requests],
    lines: record,
};

fn record(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    sheet.worldwide();
    let of_record = sheet
        .references("alias")
        .iter()
        .any(|reference| reference.contains("aws_route53_"));
    match sheet.items("alias") {
        Attr::Known(aliases) if !aliases.is_empty() && !of_record => return Ok(()),
        Attr::Undetermined(why) => {
            sheet.open_line("Queries", "alias", why);
            return Ok(());
        }
        Attr::Known(_) | Attr::Unset => {}
    }
    let policies = [
        (
            "geolocation_routing_policy",
            "Queries, by place",
            "AmazonRoute53/Geo-Queries",
        ),
        (
            "geoproximity_routing_policy",
            "Queries, by place",
            "AmazonRoute53/Geo-Queries",
        ),
        (
            "latency_routing_policy",
            "Queries, by latency",
            "AmazonRoute53/LBR-Queries",
        ),
        (
            "cidr_routing_policy",
            "Queries, by address",
            "AmazonRoute53/CIDR-Queries",
        ),
    ];
    for (attribute, component, key) in policies {
        match sheet.items(attribute) {
            Attr::Known(policies) if !policies.is_empty() => {
                sheet.used(component, key, &[Requests]);
                return Ok(());
            }
            Attr::Undetermined(why) => {
                sheet.open_line("Queries", attribute, why);
                return Ok(());
            }
            Attr::Known(_) | Attr::Unset => {}
        }
    }
    sheet.used_if_declared("Queries", "AmazonRoute53/DNS-Queries", Requests);
    Ok(())
}

/// Health checks: at least what one of an endpoint of AWS costs. No plan tells whether an
/// endpoint is one.
pub(crate) const HEALTH_CHECK: Recipe = Recipe {
    types: &["aws_route53_health_check"],
    attributes: &["type", "request_interval", "measure_latency"],
    computed: &[],
    usage: &[],
    lines: health_check,
};

fn health_check(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    sheet.worldwide();
    let (component, key) = ("Health check", "AmazonRoute53/Health-Check-AWS");
    let kind = match sheet.text("type").unset_as(String::new()) {
        Determined::Known(kind) => kind,
        Determined::Undetermined(why) => {
            sheet.at_least(component, key, Decimal::ONE, "type", why);
            return Ok(());
        }
    };
    sheet.at_least(
        component,
        key,
        Decimal::ONE,
        "type",
        format!("{kind}, which costs more if what it checks is not on AWS"),
    );
    let fast = sheet
        .number("request_interval")
        .is_known_and(|seconds| *seconds < Decimal::whole(30));
    let measures = sheet
        .flag("measure_latency")
        .is_known_and(|measures| *measures);
    let options = [
        kind.starts_with("HTTPS"),
        kind.ends_with("_STR_MATCH"),
        fast,
        measures,
    ];
    if options.contains(&true) {
        sheet.open_line(
            "Options of the health check",
            "type",
            "HTTPS, matching, a fast interval and latency cost extra, by where the endpoint is",
        );
    }
    Ok(())
}

/// Resolver endpoints: an address in each subnet, and the queries that pass.
pub(crate) const RESOLVER_ENDPOINT: Recipe = Recipe {
    types: &["aws_route53_resolver_endpoint"],
    attributes: &["ip_address"],
    computed: &[],
    usage: &[Requests],
    lines: |sheet| {
        let (component, key) = (
            "Endpoint addresses",
            "AmazonRoute53/ResolverNetworkInterface",
        );
        match sheet.count("ip_address") {
            Attr::Known(addresses) if addresses > Decimal::ZERO => {
                sheet.fixed(component, key, addresses.times(sheet.hours)?);
            }
            // The service wants two.
            Attr::Known(_) | Attr::Unset => {
                let least = Decimal::whole(2).times(sheet.hours)?;
                sheet.at_least(component, key, least, "ip_address", "not set");
            }
            Attr::Undetermined(why) => {
                let least = Decimal::whole(2).times(sheet.hours)?;
                sheet.at_least(component, key, least, "ip_address", why);
            }
        }
        sheet.used("Queries", "AmazonRoute53/ResolverQueries", &[Requests]);
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::{breakdown, evaluate, lines};

    #[test]
    fn charges_zones_and_queries() {
        assert_eq!(
            lines(
                Resource::create("aws_route53_zone.z", json!({})),
                json!({"requests": 1_000_000})
            ),
            ["Hosted zone: 1 = 0.5", "Queries: 1000000 = 0.4"]
        );
        let record = |object: Json| {
            lines(
                Resource::create("aws_route53_record.r", object),
                json!({"requests": 2_000_000}),
            )
        };
        // Two million × 0.40, 0.60 and 0.70.
        assert_eq!(record(json!({})), ["Queries: 2000000 = 0.8"]);
        assert_eq!(
            record(json!({"latency_routing_policy": [{"region": "eu-west-1"}]})),
            ["Queries, by latency: 2000000 = 1.2"]
        );
        assert_eq!(
            record(json!({"geolocation_routing_policy": [{"country": "DE"}]})),
            ["Queries, by place: 2000000 = 1.4"]
        );
        assert_eq!(
            record(json!({"cidr_routing_policy": [{"collection_id": "c"}]})),
            [
                "Queries, by address: unpriced (the price book has no price for AmazonRoute53/CIDR-Queries in global)"
            ]
        );
        assert_eq!(
            record(json!({"alias": unknown()})),
            ["Queries: undetermined (`alias`: known only after apply)"]
        );
        // 1,000 million × 0.40 and 1,000 million × 0.20.
        assert_eq!(
            lines(
                Resource::create("aws_route53_record.r", json!({})),
                json!({"requests": 2_000_000_000})
            ),
            ["Queries: 2000000000 = 600"]
        );
    }

    #[test]
    fn a_plain_record_costs_nothing_beside_its_zone() {
        let breakdown = breakdown(&evaluate(
            [Resource::create("aws_route53_record.r", json!({}))],
            json!({"monthly-cap-usd": 0}),
        ));
        assert_eq!(
            breakdown["types_without_charge"],
            json!({"aws_route53_record": 1})
        );
        assert_eq!(breakdown["totals"]["after"]["complete"], true);
        let geo = json!({"geolocation_routing_policy": [{"country": "DE"}]});
        assert_eq!(
            lines(Resource::create("aws_route53_record.r", geo), json!({})),
            ["Queries, by place: usage-undeclared (declare requests)"]
        );
    }

    #[test]
    fn an_alias_costs_nothing_unless_it_is_one_of_a_record() {
        let alias = |to: &str| {
            let object =
                json!({"alias": [{"name": "x", "zone_id": "Z", "evaluate_target_health": true}]});
            lines(
                Resource::create("aws_route53_record.r", object).refers("alias", to),
                json!({"requests": 1_000_000}),
            )
        };
        assert_eq!(alias("aws_lb.l.dns_name"), [""; 0]);
        assert_eq!(
            alias("aws_route53_record.other.fqdn"),
            ["Queries: 1000000 = 0.4"]
        );
    }

    #[test]
    fn charges_health_checks_and_resolvers() {
        let check = |object: Json| {
            lines(
                Resource::create("aws_route53_health_check.h", object),
                json!({}),
            )
        };
        assert_eq!(
            check(json!({"type": "HTTP", "request_interval": 30})),
            [
                "Health check: at least 0.5 (`type`: HTTP, which costs more if what it checks is not on AWS)"
            ]
        );
        for object in [
            json!({"type": "HTTPS"}),
            json!({"type": "HTTP_STR_MATCH"}),
            json!({"type": "HTTP", "request_interval": 10}),
            json!({"type": "HTTP", "measure_latency": true}),
        ] {
            assert_eq!(check(object.clone()).len(), 2, "{object}");
        }
        // Two addresses × 730 h × 0.125; a million queries × 0.40.
        let endpoint = |addresses: Json| {
            lines(
                Resource::create(
                    "aws_route53_resolver_endpoint.e",
                    json!({"ip_address": addresses}),
                ),
                json!({"requests": 1_000_000}),
            )
        };
        assert_eq!(
            endpoint(json!([{"subnet_id": "a"}, {"subnet_id": "b"}])),
            ["Endpoint addresses: 1460 = 182.5", "Queries: 1000000 = 0.4"]
        );
        assert_eq!(
            endpoint(unknown())[0],
            "Endpoint addresses: at least 182.5 (`ip_address`: known only after apply)"
        );
    }
}
