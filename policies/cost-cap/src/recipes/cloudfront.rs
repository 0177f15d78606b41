//! Amazon CloudFront.

use tollgate_policy::Attr;

use super::Recipe;
use crate::decimal::Decimal;
use crate::settings::UsageName::{HttpRequests, HttpsRequests, InvalidationPaths, OutGb, OutGbEurope};

/// Distributions: what they send and how often they are asked. Prices go by edge
/// location: the usage that must be declared is the one of the US, Mexico and Canada.
pub(crate) const DISTRIBUTION: Recipe = Recipe {
    types: &["aws_cloudfront_distribution"],
    attributes: &[CERTIFICATE],
    usage: &[OutGb, OutGbEurope, HttpsRequests, HttpRequests, InvalidationPaths],
    lines: |sheet| {
        sheet.used("Data to the internet (US, Mexico, Canada)", "AmazonCloudFront/US-DataTransfer-Out-Bytes", &[OutGb]);
        sheet.used("HTTPS requests (US, Mexico, Canada)", "AmazonCloudFront/US-Requests-Tier2-HTTPS", &[HttpsRequests]);
        sheet.used_if_declared("HTTP requests (US, Mexico, Canada)", "AmazonCloudFront/US-Requests-Tier1", HttpRequests);
        sheet.used_if_declared("Data to the internet (Europe, Israel)", "AmazonCloudFront/EU-DataTransfer-Out-Bytes", OutGbEurope);
        sheet.used_if_declared("Invalidations", "AmazonCloudFront/Invalidations", InvalidationPaths);
        // A certificate for clients without SNI holds an address at every edge.
        let component = "Dedicated IP certificate";
        match sheet.text(CERTIFICATE) {
            Attr::Known(method) if method == "vip" => {
                sheet.fixed(component, "AmazonCloudFront/SSL-Cert-Custom", Decimal::ONE);
            }
            Attr::Known(_) | Attr::Unset => {}
            Attr::Undetermined(_) => sheet.perhaps(component, "AmazonCloudFront/SSL-Cert-Custom", Decimal::ONE, CERTIFICATE),
        }
        Ok(())
    },
};

const CERTIFICATE: &str = "viewer_certificate[0].ssl_support_method";
