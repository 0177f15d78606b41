//! Amazon S3.

use super::Recipe;
use crate::settings::UsageName::{GetRequests, PutRequests, StoredGb};

/// Buckets: storage and requests of the standard class. Other storage classes,
/// transitions between them and replication are not part of the estimate.
pub(crate) const BUCKET: Recipe = Recipe {
    types: &["aws_s3_bucket"],
    attributes: &[],
    usage: &[StoredGb, PutRequests, GetRequests],
    lines: |sheet| {
        sheet.used("Storage, standard class", "AmazonS3/TimedStorage-ByteHrs", &[StoredGb]);
        sheet.used("PUT, COPY, POST and LIST requests", "AmazonS3/Requests-Tier1", &[PutRequests]);
        sheet.used("GET and other requests", "AmazonS3/Requests-Tier2", &[GetRequests]);
        Ok(())
    },
};
