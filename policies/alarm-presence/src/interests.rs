//! What the policy asks to see.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::Interest;

use crate::alarm::{COMPOSITE_ALARM, METRIC_ALARM};
use crate::requirement::Expected;
use crate::{dead_letter, requirements};

/// Types that no requirement of the table is about, for those of the settings. They
/// are seen with the attributes by which CloudWatch names them.
const FOR_CUSTOM: &[(&str, &[&str])] = &[
    ("aws_cloudfront_distribution", &["id"]),
    ("aws_cloudwatch_event_rule", &["name", "event_bus_name"]),
    ("aws_cognito_user_pool", &["id"]),
    ("aws_ecs_service", &["name"]),
    ("aws_efs_file_system", &["id"]),
    ("aws_elasticache_cluster", &["cluster_id"]),
    (
        "aws_elasticache_replication_group",
        &["id", "replication_group_id"],
    ),
    ("aws_instance", &["id"]),
    ("aws_kinesis_stream", &["name"]),
    ("aws_nat_gateway", &["id"]),
    ("aws_opensearch_domain", &["domain_name"]),
    ("aws_rds_cluster_instance", &["identifier"]),
    ("aws_s3_bucket", &["bucket"]),
    ("aws_sfn_state_machine", &["arn"]),
    ("aws_sns_topic", &["name"]),
];

/// Every resource type that can have a requirement, with the attributes by which a
/// dimension can name it.
pub fn attributes() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in requirements::ALL {
        for kind in row.types {
            let paths = found.entry(kind).or_default();
            for dimension in row.metrics.iter().flat_map(|metric| metric.dimensions) {
                if let Expected::Attribute(path) = dimension.value {
                    paths.insert(path);
                }
            }
        }
    }
    for (kind, paths) in FOR_CUSTOM {
        found.entry(kind).or_default().extend(*paths);
    }
    found
}

/// What the policy asks to see.
pub fn interests() -> Vec<Interest> {
    let mut interests = vec![
        Interest::in_types([METRIC_ALARM])
            .attributes([
                "alarm_name",
                "namespace",
                "metric_name",
                "dimensions",
                "metric_query",
                "actions_enabled",
                "alarm_actions",
            ])
            .with_references(),
        Interest::in_types([COMPOSITE_ALARM])
            .attributes([
                "alarm_name",
                "alarm_rule",
                "actions_enabled",
                "alarm_actions",
            ])
            .with_references(),
        Interest::in_types([dead_letter::QUEUE]).attributes(["arn"]),
    ];
    for (kind, paths) in attributes() {
        let conditions = requirements::ALL
            .iter()
            .filter(|row| row.types.contains(&kind))
            .flat_map(|row| row.when)
            .map(|condition| condition.attribute);
        let paths: BTreeSet<&str> = paths.into_iter().chain(conditions).collect();
        interests.push(Interest::in_types([kind]).attributes(paths));
    }
    for (kind, path) in dead_letter::senders() {
        interests.push(
            Interest::in_types([kind])
                .attributes([path])
                .with_references(),
        );
    }
    interests
}
