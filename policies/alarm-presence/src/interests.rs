//! What the policy asks to see.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::Interest;

use crate::alarm::{COMPOSITE_ALARM, METRIC_ALARM, PROMQL};
use crate::requirement::Expected;
use crate::rules::alarm_weakened;
use crate::{condition, dead_letter, listeners, requirements};

/// Attributes by which a requirement of the settings can name a resource of a type that
/// the table does not know.
pub const COMMON: &[&str] = &["arn", "id", "name"];

/// More of them, for types that the table knows.
const FOR_CUSTOM: &[(&str, &[&str])] = &[
    ("aws_cloudwatch_event_rule", &["event_bus_name"]),
    (
        "aws_elasticache_replication_group",
        &["id", "replication_group_id"],
    ),
    ("aws_rds_cluster_instance", &["identifier"]),
    ("aws_s3_bucket", &["bucket"]),
];

/// Every resource type that can have a requirement, with the attributes by which a
/// dimension can name it.
pub fn attributes() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in requirements::ALL {
        for kind in row.types {
            let paths = found.entry(kind).or_default();
            paths.extend(COMMON);
            for dimension in row.metrics.iter().flat_map(|metric| metric.dimensions) {
                if let Expected::Attribute(path) | Expected::Tail(path) | Expected::Member(path) =
                    dimension.value
                {
                    paths.insert(path);
                }
            }
        }
    }
    for (kind, paths) in FOR_CUSTOM {
        found.entry(kind).or_default().extend(COMMON);
        found.entry(kind).or_default().extend(*paths);
    }
    found
}

/// What the policy asks to see.
pub fn interests() -> Vec<Interest> {
    let mut interests = vec![
        // The ARN tells the account and the region, too.
        Interest::in_types(["aws_*"]).attributes(COMMON.iter().copied()),
        Interest::in_types([METRIC_ALARM])
            .attributes([
                "alarm_name",
                "namespace",
                "metric_name",
                "dimensions",
                "metric_query",
                PROMQL,
                "actions_enabled",
                "alarm_actions",
                "arn",
                "region",
            ])
            .with_references(),
        Interest::in_types([METRIC_ALARM]).attributes(condition::ATTRIBUTES.iter().copied()),
        Interest::in_types([COMPOSITE_ALARM])
            .attributes([
                "alarm_name",
                "alarm_rule",
                "actions_enabled",
                "actions_suppressor",
                "alarm_actions",
                "arn",
            ])
            .with_references(),
        Interest::in_types([dead_letter::QUEUE]).attributes(["arn", "id", dead_letter::ALLOWS]),
        Interest::in_types([dead_letter::ALLOW_POLICY]).attributes([dead_letter::ALLOWS]),
        Interest::in_types([listeners::SUBSCRIPTION])
            .attributes(["topic_arn"])
            .with_references(),
        Interest::in_types([listeners::MUTE_RULE])
            .attributes(["mute_targets", "rule"])
            .with_references(),
    ];
    interests.push(
        Interest::in_types([alarm_weakened::FILTER.0]).attributes([alarm_weakened::FILTER.1]),
    );
    for switch in alarm_weakened::SWITCHES {
        interests.push(Interest::in_types([switch.kind]).attributes([switch.path]));
    }
    // Which resource a part of a name comes from.
    for row in requirements::ALL {
        for dimension in row.metrics.iter().flat_map(|metric| metric.dimensions) {
            if let Expected::Tail(path) = dimension.value {
                interests.push(
                    Interest::in_types(row.types.iter().copied())
                        .attributes([path])
                        .with_references(),
                );
            }
        }
    }
    for (kind, paths) in attributes() {
        let conditions = requirements::ALL
            .iter()
            .filter(|row| row.types.contains(&kind))
            .flat_map(|row| row.when)
            .map(|condition| condition.attribute);
        let paths: BTreeSet<&str> = paths.into_iter().chain(conditions).collect();
        interests.push(Interest::in_types([kind]).attributes(paths));
    }
    for (kind, path) in dead_letter::senders().chain(listeners::WAITING.iter().copied()) {
        interests.push(
            Interest::in_types([kind])
                .attributes([path])
                .with_references(),
        );
    }
    interests
}
