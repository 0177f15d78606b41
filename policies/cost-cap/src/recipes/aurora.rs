//! Amazon Aurora, and clusters of Amazon RDS.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::{BackupGb, IoRequests, StoredGb};

const CAPACITY: &str = "serverlessv2_scaling_configuration[0].min_capacity";

/// Clusters: what they store, read and write. Their instances are charged by themselves,
/// but for those that grow with the load.
pub(crate) const CLUSTER: Recipe = Recipe {
    types: &["aws_rds_cluster"],
    attributes: &[
        "engine",
        "engine_mode",
        "storage_type",
        "backtrack_window",
        "db_cluster_instance_class",
        CAPACITY,
    ],
    computed: &["storage_type"],
    usage: &[StoredGb, IoRequests, BackupGb],
    lines: cluster,
};

fn cluster(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    let component = "Cluster";
    match sheet.text("engine") {
        Attr::Known(engine) if engine.starts_with("aurora") => {}
        Attr::Known(engine) => {
            sheet.open_line(
                component,
                "engine",
                format!("{engine}, a cluster of instances whose prices are not known here"),
            );
            return Ok(());
        }
        Attr::Unset => {
            sheet.open_line(component, "engine", "not set");
            return Ok(());
        }
        Attr::Undetermined(why) => {
            sheet.open_line(component, "engine", why);
            return Ok(());
        }
    }
    match sheet.text("engine_mode").unset_as("provisioned".to_owned()) {
        Determined::Known(mode) if mode == "provisioned" => {}
        Determined::Known(mode) => sheet.open_line(
            component,
            "engine_mode",
            format!("{mode}, whose capacity is charged by what is used"),
        ),
        Determined::Undetermined(why) => sheet.open_line(component, "engine_mode", why),
    }
    match sheet.text("storage_type").unset_as(String::new()) {
        Determined::Known(kind) if kind.is_empty() || kind == "aurora" => {
            sheet.used("Storage", "AmazonRDS/Aurora:StorageUsage", &[StoredGb]);
            sheet.used("I/O", "AmazonRDS/Aurora:StorageIOUsage", &[IoRequests]);
        }
        // Instances cost more instead of what is read and written.
        Determined::Known(_) => sheet.used(
            "Storage, I/O-optimized",
            "AmazonRDS/Aurora:IO-OptimizedStorageUsage",
            &[StoredGb],
        ),
        Determined::Undetermined(why) => sheet.open_line("Storage", "storage_type", why),
    }
    match sheet.number("backtrack_window") {
        Attr::Known(seconds) if seconds > Decimal::ZERO => sheet.open_line(
            "Backtrack",
            "backtrack_window",
            "charged for every change of a record, whose number is not known",
        ),
        Attr::Undetermined(why) => sheet.open_line("Backtrack", "backtrack_window", why),
        Attr::Known(_) | Attr::Unset => {}
    }
    match sheet.number(CAPACITY) {
        Attr::Known(least) => sheet.at_least(
            "Capacity of serverless instances",
            "AmazonRDS/Aurora:ServerlessV2Usage",
            least.times(sheet.hours)?,
            CAPACITY,
            "each serverless instance has at least this much, and grows with the load",
        ),
        Attr::Unset => {}
        Attr::Undetermined(why) => {
            sheet.open_line("Capacity of serverless instances", CAPACITY, why);
        }
    }
    sheet.used_if_declared("Backups", "AmazonRDS/Aurora:BackupUsage", BackupGb);
    Ok(())
}

/// Instances of a cluster, by class and engine.
pub(crate) const INSTANCE: Recipe = Recipe {
    types: &["aws_rds_cluster_instance"],
    attributes: &["engine", "instance_class", "engine_version"],
    computed: &["engine_version"],
    usage: &[],
    lines: |sheet| {
        let component = "Instance";
        let (engine, class) = match (sheet.text("engine"), sheet.text("instance_class")) {
            (Attr::Known(engine), Attr::Known(class)) => (engine, class),
            (Attr::Undetermined(why), _) => {
                sheet.open_line(component, "engine", why);
                return Ok(());
            }
            (_, Attr::Undetermined(why)) => {
                sheet.open_line(component, "instance_class", why);
                return Ok(());
            }
            (Attr::Unset, _) => {
                sheet.open_line(component, "engine", "not set");
                return Ok(());
            }
            (_, Attr::Unset) => {
                sheet.open_line(component, "instance_class", "not set");
                return Ok(());
            }
        };
        if class == "db.serverless" {
            sheet.open_line(
                component,
                "instance_class",
                "db.serverless, whose capacity grows with the load",
            );
        } else {
            sheet.fixed(
                format!("{component}, {engine}, {class}"),
                format!("AmazonRDS/InstanceUsage:{class}/{engine}"),
                sheet.hours,
            );
        }
        extended_support(sheet, &engine);
        Ok(())
    },
};

/// When the standard support of a version ended, and extended support began to be charged
/// for each vCPU.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/extended-support.html>
const SUPPORT_ENDED: &[(&str, &str, &str)] = &[
    ("aurora-mysql", "5.7", "2024-10-31"),
    ("aurora-postgresql", "11", "2024-02-29"),
    ("aurora-postgresql", "12", "2025-02-28"),
    ("aurora-postgresql", "13", "2026-02-28"),
];

fn extended_support(sheet: &mut Sheet<'_>, engine: &str) {
    let Attr::Known(version) = sheet.text("engine_version") else {
        return;
    };
    let ended = SUPPORT_ENDED.iter().any(|(of, release, day)| {
        *of == engine
            && version
                .strip_prefix(release)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            && *day < sheet.day
    });
    if ended {
        sheet.open_line(
            "Extended support",
            "engine_version",
            format!(
                "{version}, which is charged extra for each vCPU since its standard support ended"
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::{lines, total};

    fn cluster(object: Json) -> Vec<String> {
        lines(
            Resource::create("aws_rds_cluster.c", object),
            json!({"stored-gb": 100, "io-requests": 1_000_000}),
        )
    }

    #[test]
    fn charges_what_clusters_store_read_and_write() {
        // 100 GB × 0.10; a million × 0.20.
        assert_eq!(
            cluster(json!({"engine": "aurora-mysql", "storage_type": unknown()})),
            ["Storage: 100 = 10", "I/O: 1000000 = 0.2"]
        );
        // Half a unit × 730 h × 0.12, and more.
        assert_eq!(
            cluster(
                json!({"engine": "aurora-postgresql", "serverlessv2_scaling_configuration": [{"min_capacity": 0.5, "max_capacity": 4}]})
            )[2],
            "Capacity of serverless instances: at least 43.8 (`serverlessv2_scaling_configuration[0].min_capacity`: each serverless instance has at least this much, and grows with the load)"
        );
        assert_eq!(
            cluster(json!({"engine": "aurora-mysql", "storage_type": "aurora-iopt1"})),
            [
                "Storage, I/O-optimized: unpriced (the price book has no price for AmazonRDS/Aurora:IO-OptimizedStorageUsage in us-east-1)"
            ]
        );
        assert_eq!(
            cluster(json!({"engine": "postgres", "db_cluster_instance_class": "db.m5d.large"})),
            [
                "Cluster: undetermined (`engine`: postgres, a cluster of instances whose prices are not known here)"
            ]
        );
        assert_eq!(
            cluster(json!({"engine": "aurora-mysql", "engine_mode": "serverless"}))[0],
            "Cluster: undetermined (`engine_mode`: serverless, whose capacity is charged by what is used)"
        );
    }

    #[test]
    fn charges_instances_by_class_and_engine() {
        let instance = |object: Json| Resource::create("aws_rds_cluster_instance.i", object);
        let large = || json!({"engine": "aurora-postgresql", "instance_class": "db.r6g.large"});
        // 730 h × 0.286 in Ireland.
        assert_eq!(total(instance(large()), "eu-west-1", json!({})), "208.78");
        assert_eq!(
            lines(instance(large()), json!({})),
            [
                "Instance, aurora-postgresql, db.r6g.large: unpriced (the price book has no price for AmazonRDS/InstanceUsage:db.r6g.large/aurora-postgresql in us-east-1)"
            ]
        );
        assert_eq!(
            lines(
                instance(json!({"engine": "aurora-mysql", "instance_class": "db.serverless"})),
                json!({})
            ),
            [
                "Instance: undetermined (`instance_class`: db.serverless, whose capacity grows with the load)"
            ]
        );
        assert_eq!(
            lines(
                instance(
                    json!({"engine": "aurora-mysql", "instance_class": "db.r6g.large", "engine_version": "5.7.mysql_aurora.2.11.2"})
                ),
                json!({})
            )[1],
            "Extended support: undetermined (`engine_version`: 5.7.mysql_aurora.2.11.2, which is charged extra for each vCPU since its standard support ended)"
        );
    }
}
