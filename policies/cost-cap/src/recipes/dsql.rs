//! Amazon Aurora DSQL.

use super::Recipe;
use crate::settings::UsageName::{Dpu, StoredGb};

/// Clusters: distributed processing units and storage. A cluster that is idle costs
/// its storage only.
pub(crate) const CLUSTER: Recipe = Recipe {
    types: &["aws_dsql_cluster"],
    attributes: &[],
    usage: &[Dpu, StoredGb],
    lines: |sheet| {
        sheet.used("Distributed processing units", "AuroraDSQL/DSQL-DistributedProcessingUnits", &[Dpu]);
        sheet.used("Storage", "AuroraDSQL/DSQL-StorageUsage", &[StoredGb]);
        Ok(())
    },
};
