//! Snapshots of EBS volumes.

use tollgate_policy::Determined;

use super::Recipe;
use crate::settings::UsageName::StoredGb;

/// Snapshots and copies of them: what they store, which is less than the volume's size.
pub(crate) const SNAPSHOT: Recipe = Recipe {
    types: &["aws_ebs_snapshot", "aws_ebs_snapshot_copy"],
    attributes: &["storage_tier"],
    computed: &["storage_tier"],
    usage: &[StoredGb],
    lines: |sheet| {
        match sheet.text("storage_tier").unset_as("standard".to_owned()) {
            Determined::Known(tier) if tier == "standard" => {
                sheet.used("Snapshot", "AmazonEC2/EBS:SnapshotUsage", &[StoredGb]);
            }
            Determined::Known(_) => sheet.used(
                "Snapshot, archived",
                "AmazonEC2/EBS:SnapshotArchiveStorage",
                &[StoredGb],
            ),
            Determined::Undetermined(why) => sheet.open_line("Snapshot", "storage_tier", why),
        }
        Ok(())
    },
};

/// Snapshots that restore fast in a zone: by the hour, used or not.
pub(crate) const FAST_RESTORE: Recipe = Recipe {
    types: &["aws_ebs_fast_snapshot_restore"],
    attributes: &[],
    computed: &[],
    usage: &[],
    lines: |sheet| {
        sheet.fixed(
            "Fast snapshot restore",
            "AmazonEC2/EBS:FastSnapshotRestore",
            sheet.hours,
        );
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_what_snapshots_store() {
        // 10 GB × 0.05.
        let snapshot = |tier| Resource::create("aws_ebs_snapshot.s", json!({"storage_tier": tier}));
        assert_eq!(
            lines(snapshot(unknown()), json!({"stored-gb": 10})),
            ["Snapshot: 10 = 0.5"]
        );
        assert_eq!(
            lines(snapshot(json!("archive")), json!({"stored-gb": 10})),
            [
                "Snapshot, archived: unpriced (the price book has no price for AmazonEC2/EBS:SnapshotArchiveStorage in us-east-1)"
            ]
        );
        // 730 h × 0.75.
        let fast = Resource::create("aws_ebs_fast_snapshot_restore.f", json!({}));
        assert_eq!(
            lines(fast, json!({})),
            ["Fast snapshot restore: 730 = 547.5"]
        );
    }
}
