//! Amazon ElastiCache.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::BackupGb;

/// Clusters: their nodes. Those of a replication group are charged on the group.
pub(crate) const CLUSTER: Recipe = Recipe {
    types: &["aws_elasticache_cluster"],
    attributes: &[
        "node_type",
        "engine",
        "engine_version",
        "num_cache_nodes",
        "replication_group_id",
    ],
    computed: &[
        "node_type",
        "engine",
        "engine_version",
        "num_cache_nodes",
        "replication_group_id",
    ],
    usage: &[BackupGb],
    lines: |sheet| {
        match sheet.text("replication_group_id") {
            Attr::Known(group) if !group.is_empty() => return Ok(()),
            Attr::Known(_) | Attr::Unset => {}
            // It has one, whichever that is.
            Attr::Undetermined(_) => return Ok(()),
        }
        let count = known(sheet, "num_cache_nodes");
        nodes(sheet, "memcached", &count, "num_cache_nodes")
    },
};

/// Replication groups: the nodes of every shard and its replicas.
pub(crate) const REPLICATION_GROUP: Recipe = Recipe {
    types: &["aws_elasticache_replication_group"],
    attributes: &[
        "node_type",
        "engine",
        "engine_version",
        "num_cache_clusters",
        "num_node_groups",
        "replicas_per_node_group",
        "global_replication_group_id",
    ],
    computed: &[
        "node_type",
        "engine",
        "engine_version",
        "num_cache_clusters",
        "num_node_groups",
        "replicas_per_node_group",
        "global_replication_group_id",
    ],
    usage: &[BackupGb],
    lines: |sheet| {
        let clusters = sheet.number("num_cache_clusters");
        let count = match (sheet.number("num_node_groups"), clusters) {
            // What is not set is as many as the other says.
            (_, Attr::Known(clusters)) if clusters > Decimal::ZERO => Attr::Known(clusters),
            (Attr::Known(shards), _) => match sheet.number("replicas_per_node_group") {
                Attr::Known(replicas) => Attr::Known(shards.times(replicas.plus(Decimal::ONE)?)?),
                Attr::Unset => Attr::Known(shards),
                Attr::Undetermined(why) => Attr::Undetermined(why),
            },
            (Attr::Undetermined(why), _) | (_, Attr::Undetermined(why)) => Attr::Undetermined(why),
            (Attr::Unset, _) => Attr::Known(Decimal::ONE),
        };
        nodes(sheet, "redis", &count, "num_cache_clusters")
    },
};

fn known(sheet: &Sheet<'_>, path: &str) -> Attr<Decimal> {
    match sheet.number(path) {
        Attr::Unset => Attr::Known(Decimal::ONE),
        count => count,
    }
}

fn nodes(
    sheet: &mut Sheet<'_>,
    engine: &str,
    count: &Attr<Decimal>,
    counted: &'static str,
) -> Result<(), DecimalError> {
    let component = "Nodes";
    let engine = match sheet.text("engine").unset_as(engine.to_owned()) {
        Determined::Known(engine) => engine,
        Determined::Undetermined(why) => {
            sheet.open_line(component, "engine", why);
            return Ok(());
        }
    };
    match sheet.text("node_type") {
        Attr::Known(kind) => {
            let component = format!("{component}, {engine}, {kind}");
            let key = format!("AmazonElastiCache/NodeUsage:{kind}/{engine}");
            match count {
                Attr::Known(count) => sheet.fixed(component, key, count.times(sheet.hours)?),
                Attr::Unset => sheet.at_least(component, key, sheet.hours, counted, "not set"),
                Attr::Undetermined(why) => {
                    sheet.at_least(component, key, sheet.hours, counted, why);
                }
            }
        }
        Attr::Unset => sheet.open_line(component, "node_type", "not set"),
        Attr::Undetermined(why) => sheet.open_line(component, "node_type", why),
    }
    if engine == "redis" {
        extended_support(sheet);
    }
    sheet.used_if_declared("Backups", "AmazonElastiCache/BackupUsage", BackupGb);
    Ok(())
}

/// Standard support of Redis 4 and 5 ended on that day.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/extended-support.html>
const SUPPORT_ENDED: &str = "2026-01-31";

fn extended_support(sheet: &mut Sheet<'_>) {
    if let Attr::Known(version) = sheet.text("engine_version")
        && ["4.", "5."].iter().any(|old| version.starts_with(old))
        && SUPPORT_ENDED < sheet.day
    {
        sheet.open_line(
            "Extended support",
            "engine_version",
            format!("{version}, which is charged extra since its standard support ended"),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_every_node() {
        let cluster = |object: Json| {
            lines(
                Resource::create("aws_elasticache_cluster.c", object),
                json!({}),
            )
        };
        let group = |object: Json| {
            lines(
                Resource::create("aws_elasticache_replication_group.g", object),
                json!({"backup-gb": 10}),
            )
        };
        // 2 × 730 h × 0.156.
        assert_eq!(
            cluster(
                json!({"engine": "memcached", "node_type": "cache.m4.large", "num_cache_nodes": 2})
            ),
            ["Nodes, memcached, cache.m4.large: 1460 = 227.76"]
        );
        assert_eq!(
            cluster(
                json!({"node_type": unknown(), "engine": unknown(), "replication_group_id": "g"})
            ),
            [""; 0]
        );
        // 3 shards of 2 nodes × 730 h × 0.156; 10 GB × 0.085.
        assert_eq!(
            group(
                json!({"node_type": "cache.m4.large", "engine": "redis", "num_node_groups": 3, "replicas_per_node_group": 1, "num_cache_clusters": unknown()})
            ),
            [
                "Nodes, redis, cache.m4.large: 4380 = 683.28",
                "Backups: 10 = 0.85"
            ]
        );
        assert_eq!(
            group(json!({"node_type": "cache.m4.large", "num_cache_clusters": 2}))[0],
            "Nodes, redis, cache.m4.large: 1460 = 227.76"
        );
        let referred = Resource::create(
            "aws_elasticache_replication_group.g",
            json!({"node_type": "cache.m4.large", "num_cache_clusters": unknown()}),
        )
        .refers("num_cache_clusters", "data.external.size.result");
        assert_eq!(
            lines(referred, json!({})),
            [
                "Nodes, redis, cache.m4.large: at least 113.88 (`num_cache_clusters`: known only after apply)"
            ]
        );
    }

    #[test]
    fn says_what_it_cannot_tell() {
        let group = |object: Json| {
            lines(
                Resource::create("aws_elasticache_replication_group.g", object),
                json!({}),
            )
        };
        assert_eq!(
            group(
                json!({"node_type": "cache.m4.large", "engine": "valkey", "num_cache_clusters": 1})
            ),
            [
                "Nodes, valkey, cache.m4.large: unpriced (the price book has no price for AmazonElastiCache/NodeUsage:cache.m4.large/valkey in us-east-1)"
            ]
        );
        assert_eq!(
            group(
                json!({"node_type": "cache.m4.large", "engine_version": "5.0.6", "num_cache_clusters": 1})
            )[1],
            "Extended support: undetermined (`engine_version`: 5.0.6, which is charged extra since its standard support ended)"
        );
    }
}
