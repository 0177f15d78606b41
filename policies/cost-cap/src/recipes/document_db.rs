//! Amazon DocumentDB and Amazon Neptune, which are charged alike.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::decimal::DecimalError;
use crate::settings::UsageName::{BackupGb, IoRequests, StoredGb};

/// What is read of the cluster of an instance: with optimized storage it costs more.
pub(crate) const OPTIMIZED: (&str, &[&str]) =
    ("aws_docdb_cluster", &["cluster_identifier", "storage_type"]);
/// The same of a graph.
pub(crate) const GRAPH_OPTIMIZED: (&str, &[&str]) = (
    "aws_neptune_cluster",
    &["cluster_identifier", "storage_type"],
);

const CAPACITY: &str = "serverless_v2_scaling_configuration";
const GRAPH_CAPACITY: &str = "serverless_v2_scaling_configuration";

/// Clusters of documents: what they store, read and write.
pub(crate) const CLUSTER: Recipe = Recipe {
    types: &["aws_docdb_cluster"],
    attributes: &["storage_type", CAPACITY],
    computed: &[],
    usage: &[StoredGb, IoRequests, BackupGb],
    lines: |sheet| {
        cluster(sheet, "AmazonDocDB");
        Ok(())
    },
};

/// Clusters of graphs: the same.
pub(crate) const GRAPH_CLUSTER: Recipe = Recipe {
    types: &["aws_neptune_cluster"],
    attributes: &["storage_type", GRAPH_CAPACITY],
    computed: &["storage_type"],
    usage: &[StoredGb, IoRequests, BackupGb],
    lines: |sheet| {
        cluster(sheet, "AmazonNeptune");
        Ok(())
    },
};

/// Instances of a cluster of documents, by class.
pub(crate) const INSTANCE: Recipe = Recipe {
    types: &["aws_docdb_cluster_instance"],
    attributes: &["instance_class", "cluster_identifier"],
    computed: &[],
    usage: &[],
    lines: |sheet| instance(sheet, "AmazonDocDB", OPTIMIZED.0),
};

/// Instances of a cluster of graphs, by class.
pub(crate) const GRAPH_INSTANCE: Recipe = Recipe {
    types: &["aws_neptune_cluster_instance"],
    attributes: &["instance_class", "cluster_identifier"],
    computed: &[],
    usage: &[],
    lines: |sheet| instance(sheet, "AmazonNeptune", GRAPH_OPTIMIZED.0),
};

fn cluster(sheet: &mut Sheet<'_>, offer: &str) {
    match sheet.text("storage_type").unset_as("standard".to_owned()) {
        Determined::Known(kind) if kind == "standard" => {
            sheet.used("Storage", format!("{offer}/StorageUsage"), &[StoredGb]);
            sheet.used("I/O", format!("{offer}/StorageIOUsage"), &[IoRequests]);
        }
        // Instances cost more instead of what is read and written.
        Determined::Known(_) => sheet.used(
            "Storage, I/O-optimized",
            format!("{offer}/IO-OptimizedStorageUsage"),
            &[StoredGb],
        ),
        Determined::Undetermined(why) => sheet.open_line("Storage", "storage_type", why),
    }
    match sheet.items(CAPACITY) {
        Attr::Known(items) if !items.is_empty() => sheet.open_line(
            "Capacity of serverless instances",
            CAPACITY,
            "it grows with the load, at a price that is not known here",
        ),
        Attr::Undetermined(why) => {
            sheet.open_line("Capacity of serverless instances", CAPACITY, why);
        }
        Attr::Known(_) | Attr::Unset => {}
    }
    sheet.used_if_declared("Backups", format!("{offer}/BackupUsage"), BackupGb);
}

fn instance(sheet: &mut Sheet<'_>, offer: &str, kind: &str) -> Result<(), DecimalError> {
    let (component, path) = ("Instance", "instance_class");
    let class = match sheet.text(path) {
        Attr::Known(class) => class,
        Attr::Unset => {
            sheet.open_line(component, path, "not set");
            return Ok(());
        }
        Attr::Undetermined(why) => {
            sheet.open_line(component, path, why);
            return Ok(());
        }
    };
    if class == "db.serverless" {
        let why = "db.serverless, whose capacity grows with the load";
        sheet.open_line(component, path, why);
        return Ok(());
    }
    let of = "cluster_identifier";
    let text = match sheet.text(of) {
        Attr::Known(text) => Some(text),
        Attr::Unset | Attr::Undetermined(_) => None,
    };
    // A cluster of another plan is taken for one with the storage that is the default.
    let optimized = sheet.part(of, kind, text.as_deref()).is_some_and(|part| {
        let part = sheet.of_part(part, &[]);
        part.text("storage_type")
            .is_known_and(|kind| kind != "standard")
    });
    let optimized = if optimized { "IOOptimized" } else { "" };
    sheet.fixed(
        format!("{component}, {class}"),
        format!("{offer}/InstanceUsage{optimized}:{class}"),
        sheet.hours,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::{lines, lines_of, total};

    #[test]
    fn charges_instances_and_what_clusters_store() {
        let instance = |class: Json| {
            let object = json!({"instance_class": class, "cluster_identifier": "c"});
            lines(
                Resource::create("aws_docdb_cluster_instance.i", object),
                json!({}),
            )
        };
        // 730 h × 0.078.
        assert_eq!(
            instance(json!("db.t3.medium")),
            ["Instance, db.t3.medium: 730 = 56.94"]
        );
        assert_eq!(
            instance(json!("db.serverless")),
            [
                "Instance: undetermined (`instance_class`: db.serverless, whose capacity grows with the load)"
            ]
        );
        assert_eq!(
            instance(unknown()),
            ["Instance: undetermined (`instance_class`: known only after apply)"]
        );
        // 10 GB × 0.10, 2 M × 0.20, 5 GB × 0.021.
        let usage = json!({"stored-gb": 10, "io-requests": 2_000_000, "backup-gb": 5});
        let cluster = json!({"storage_type": null, "serverless_v2_scaling_configuration": []});
        assert_eq!(
            lines(Resource::create("aws_docdb_cluster.c", cluster), usage),
            [
                "Storage: 10 = 1",
                "I/O: 2000000 = 0.4",
                "Backups: 5 = 0.105"
            ]
        );
        // A graph: 730 h × 0.408.
        let graph = json!({"instance_class": "db.r4.large", "cluster_identifier": "c"});
        let graph = Resource::create("aws_neptune_cluster_instance.i", graph);
        assert_eq!(total(graph, "eu-west-2", json!({})), "297.84");
    }

    #[test]
    fn instances_of_optimized_clusters_have_prices_of_their_own() {
        let at = "aws_docdb_cluster_instance.i";
        let plan = [
            Resource::create(
                "aws_docdb_cluster.c",
                json!({"cluster_identifier": "c", "storage_type": "iopt1", "serverless_v2_scaling_configuration": [{}]}),
            ),
            Resource::create(
                at,
                json!({"instance_class": "db.t3.medium", "cluster_identifier": unknown()}),
            )
            .refers("cluster_identifier", "aws_docdb_cluster.c.id"),
        ];
        assert_eq!(
            lines_of(at, plan.clone(), json!({})),
            [
                "Instance, db.t3.medium: unpriced (the price book has no price for AmazonDocDB/InstanceUsageIOOptimized:db.t3.medium in us-east-1)"
            ]
        );
        let cluster = lines_of("aws_docdb_cluster.c", plan, json!({"stored-gb": 1}));
        assert_eq!(cluster.len(), 2, "{cluster:?}");
        assert!(
            cluster[1].starts_with("Capacity of serverless instances: undetermined"),
            "{cluster:?}"
        );
    }
}
