//! Amazon Aurora DSQL.

use super::Recipe;
use crate::settings::UsageName::{Dpu, StoredGb};

/// Clusters: distributed processing units and storage. A cluster that is idle costs
/// its storage only.
pub(crate) const CLUSTER: Recipe = Recipe {
    types: &["aws_dsql_cluster"],
    attributes: &[],
    computed: &[],
    usage: &[Dpu, StoredGb],
    lines: |sheet| {
        sheet.used(
            "Distributed processing units",
            "AuroraDSQL/DSQL-DistributedProcessingUnits",
            &[Dpu],
        );
        sheet.used("Storage", "AuroraDSQL/DSQL-StorageUsage", &[StoredGb]);
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::Resource;

    use crate::testing::lines;

    #[test]
    fn charges_units_and_storage() {
        // 100,000 DPU × 8.00 / 1,000,000; 2 GB × 0.33.
        let cluster = Resource::create(
            "aws_dsql_cluster.c",
            json!({"deletion_protection_enabled": true}),
        );
        assert_eq!(
            lines(cluster, json!({"dpu": 100_000, "stored-gb": 2})),
            [
                "Distributed processing units: 100000 = 0.8",
                "Storage: 2 = 0.66"
            ]
        );
    }
}
