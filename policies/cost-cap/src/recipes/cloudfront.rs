//! Amazon CloudFront.

use tollgate_policy::Attr;

use super::Recipe;
use crate::decimal::Decimal;
use crate::settings::UsageName::{
    HttpRequests, HttpsRequests, InvalidationPaths, OutGb, OutGbEurope,
};

/// Distributions: what they send and how often they are asked. Prices go by edge
/// location: the usage that must be declared is the one of the US, Mexico and Canada.
pub(crate) const DISTRIBUTION: Recipe = Recipe {
    types: &["aws_cloudfront_distribution"],
    attributes: &[CERTIFICATE],
    computed: &[],
    usage: &[
        OutGb,
        OutGbEurope,
        HttpsRequests,
        HttpRequests,
        InvalidationPaths,
    ],
    lines: |sheet| {
        sheet.used(
            "Data to the internet (US, Mexico, Canada)",
            "AmazonCloudFront/US-DataTransfer-Out-Bytes",
            &[OutGb],
        );
        sheet.used(
            "HTTPS requests (US, Mexico, Canada)",
            "AmazonCloudFront/US-Requests-Tier2-HTTPS",
            &[HttpsRequests],
        );
        sheet.used_if_declared(
            "HTTP requests (US, Mexico, Canada)",
            "AmazonCloudFront/US-Requests-Tier1",
            HttpRequests,
        );
        sheet.used_if_declared(
            "Data to the internet (Europe, Israel)",
            "AmazonCloudFront/EU-DataTransfer-Out-Bytes",
            OutGbEurope,
        );
        sheet.used_if_declared(
            "Invalidations",
            "AmazonCloudFront/Invalidations",
            InvalidationPaths,
        );
        // A certificate for clients without SNI holds an address at every edge.
        let component = "Dedicated IP certificate";
        match sheet.text(CERTIFICATE) {
            Attr::Known(method) if method == "vip" => {
                sheet.fixed(component, "AmazonCloudFront/SSL-Cert-Custom", Decimal::ONE);
            }
            Attr::Known(_) | Attr::Unset => {}
            Attr::Undetermined(_) => sheet.perhaps(
                component,
                "AmazonCloudFront/SSL-Cert-Custom",
                Decimal::ONE,
                CERTIFICATE,
            ),
        }
        Ok(())
    },
};

const CERTIFICATE: &str = "viewer_certificate[0].ssl_support_method";

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_data_and_requests_by_area() {
        // 10,241 GB: 10,240 × 0.085 + 1 × 0.08; 1 million HTTPS × 0.01 / 10,000.
        let distribution = Resource::create(
            "aws_cloudfront_distribution.d",
            json!({"viewer_certificate": [{"ssl_support_method": "sni-only"}]}),
        );
        assert_eq!(
            lines(
                distribution,
                json!({"out-gb": 10_241, "https-requests": 1_000_000, "out-gb-europe": 1})
            ),
            [
                "Data to the internet (US, Mexico, Canada): 10241 = 870.48",
                "HTTPS requests (US, Mexico, Canada): 1000000 = 1",
                "Data to the internet (Europe, Israel): 1 = 0.085"
            ]
        );
    }

    #[test]
    fn finds_the_certificate_that_costs_600_dollars() {
        for (method, expected) in [
            (json!("vip"), Some("Dedicated IP certificate: 1 = 600")),
            (json!("sni-only"), None),
            (json!(null), None),
            (unknown(), Some("Dedicated IP certificate: 1 = 0..600")),
        ] {
            let distribution = Resource::create(
                "aws_cloudfront_distribution.d",
                json!({"viewer_certificate": [{"ssl_support_method": method}]}),
            );
            assert_eq!(
                lines(distribution, json!({"out-gb": 0, "https-requests": 0}))
                    .get(2)
                    .map(String::as_str),
                expected,
                "{method}"
            );
        }
    }
}
