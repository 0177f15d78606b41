//! Amazon ECR.

use super::Recipe;
use crate::settings::UsageName::StoredGb;

/// Repositories: what they store. Pulls within a region cost nothing.
pub(crate) const REPOSITORY: Recipe = Recipe {
    types: &["aws_ecr_repository"],
    attributes: &[],
    computed: &[],
    usage: &[StoredGb],
    lines: |sheet| {
        sheet.used("Storage", "AmazonECR/TimedStorage-ByteHrs", &[StoredGb]);
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::Resource;

    use crate::testing::{lines, total};

    #[test]
    fn charges_what_is_stored() {
        let repository = || Resource::create("aws_ecr_repository.r", json!({"name": "app"}));
        // 20 GB × 0.10.
        let usage = json!({"usage": {"aws_ecr_repository": {"stored-gb": 20}}});
        assert_eq!(total(repository(), "us-west-2", usage), "2");
        assert_eq!(
            lines(repository(), json!({})),
            ["Storage: usage-undeclared (declare stored-gb)"]
        );
        assert_eq!(
            lines(repository(), json!({"stored-gb": 20})),
            [
                "Storage: unpriced (the price book has no price for AmazonECR/TimedStorage-ByteHrs in us-east-1)"
            ]
        );
    }
}
