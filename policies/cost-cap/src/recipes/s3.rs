//! Amazon S3.

use super::Recipe;
use crate::settings::UsageName::{GetRequests, PutRequests, StoredGb};

/// Buckets: storage and requests of the standard class. Other storage classes,
/// transitions between them and replication are not part of the estimate.
pub(crate) const BUCKET: Recipe = Recipe {
    types: &["aws_s3_bucket"],
    attributes: &[],
    computed: &[],
    usage: &[StoredGb, PutRequests, GetRequests],
    lines: |sheet| {
        sheet.used(
            "Storage, standard class",
            "AmazonS3/TimedStorage-ByteHrs",
            &[StoredGb],
        );
        sheet.used(
            "PUT, COPY, POST and LIST requests",
            "AmazonS3/Requests-Tier1",
            &[PutRequests],
        );
        sheet.used(
            "GET and other requests",
            "AmazonS3/Requests-Tier2",
            &[GetRequests],
        );
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::Resource;

    use crate::testing::lines;

    #[test]
    fn charges_storage_and_requests() {
        // 100 GB × 0.023; 10,000 PUT × 0.005 / 1,000; 1 million GET × 0.0004 / 1,000.
        let bucket = Resource::create("aws_s3_bucket.b", json!({"bucket": "b"}));
        assert_eq!(
            lines(
                bucket,
                json!({"stored-gb": 100, "put-requests": 10_000, "get-requests": 1_000_000})
            ),
            [
                "Storage, standard class: 100 = 2.3",
                "PUT, COPY, POST and LIST requests: 10000 = 0.05",
                "GET and other requests: 1000000 = 0.4"
            ]
        );
    }

    #[test]
    fn has_no_price_beyond_the_tier_that_is_known() {
        let bucket = Resource::create("aws_s3_bucket.b", json!({}));
        assert_eq!(
            lines(
                bucket,
                json!({"stored-gb": 51_201, "put-requests": 0, "get-requests": 0})
            )[0],
            "Storage, standard class: unpriced (the price book's price for AmazonS3/TimedStorage-ByteHrs in us-east-1 ends at 51200 a month)"
        );
    }
}
