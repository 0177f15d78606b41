//! What names a resource: which attributes have the same value, which do not, and who
//! else carries it.
//!
//! A dimension wants one attribute. Another one that the provider fills with the same
//! value serves as well (`id` of a function is its name). Anything else does not, however
//! much it looks like it: `id` of a database instance is its resource identifier since
//! provider 5, `id` of a queue its URL, and the dimension of a load balancer is the end
//! of its ARN.

use std::borrow::Cow;

use tollgate_policy::{Action, Attr, Change};

use crate::alarm::METRIC_ALARM;
use crate::side::Side;

/// Attributes whose values are equal in every version of the provider that the policy
/// knows: resource types, and the attributes.
const SAME: &[(&[&str], &[&str])] = &[
    (&["aws_lambda_function"], &["function_name", "id"]),
    (&["aws_dynamodb_table"], &["name", "id"]),
    (&["aws_rds_cluster"], &["cluster_identifier", "id"]),
    (&["aws_rds_cluster_instance"], &["identifier", "id"]),
    (&["aws_docdb_cluster"], &["cluster_identifier", "id"]),
    (&["aws_neptune_cluster"], &["cluster_identifier", "id"]),
    (&["aws_redshift_cluster"], &["cluster_identifier", "id"]),
    (&["aws_elasticache_cluster"], &["cluster_id", "id"]),
    (
        &["aws_elasticache_replication_group"],
        &["replication_group_id", "id"],
    ),
    (&["aws_memorydb_cluster"], &["name", "id"]),
    (&["aws_elb"], &["name", "id"]),
    (&["aws_autoscaling_group"], &["name", "id"]),
    (&["aws_eks_cluster"], &["name", "id"]),
    (&["aws_s3_bucket"], &["bucket", "id"]),
    (&["aws_backup_vault"], &["name", "id"]),
    (
        &["aws_dms_replication_task"],
        &["replication_task_id", "id"],
    ),
    (&["aws_glue_job"], &["name", "id"]),
    (&["aws_synthetics_canary"], &["name", "id"]),
    (&["aws_pipes_pipe"], &["name", "id"]),
    (&["aws_mwaa_environment"], &["name", "id"]),
    (
        &[
            "aws_sfn_state_machine",
            "aws_acm_certificate",
            "aws_kinesis_firehose_delivery_stream",
        ],
        &["arn", "id"],
    ),
];

/// Whether `attribute` of a resource type has the value of `wanted`.
pub fn same(kind: &str, attribute: &str, wanted: &str) -> bool {
    attribute == wanted
        || SAME.iter().any(|(kinds, attributes)| {
            kinds.contains(&kind) && attributes.contains(&attribute) && attributes.contains(&wanted)
        })
}

/// Each type with attributes whose values are equal.
pub fn same_attributes() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    SAME.iter()
        .flat_map(|(kinds, attributes)| kinds.iter().map(move |kind| (*kind, *attributes)))
}

/// Whether an attribute says which resource its owner is, rather than which other one it
/// belongs to.
pub fn names_its_owner(attribute: &str) -> bool {
    matches!(
        attribute,
        "id" | "arn"
            | "arn_suffix"
            | "name"
            | "url"
            | "identifier"
            | "function_name"
            | "domain_name"
            | "bucket"
            | "dns_name"
            | "qualified_arn"
            | "invoke_arn"
            | "unique_id"
    )
}

/// The region that a change is in: what the host resolved, or what the ARN of the
/// resource says. What changes may have been in another region than it will be in.
pub fn region(change: &Change, side: Side) -> Option<Cow<'_, str>> {
    if side == Side::Before && change.action != Action::NoOp {
        if change.kind == METRIC_ALARM
            && let Attr::Known(region) = change.before("region").text()
        {
            return Some(Cow::Owned(region));
        }
        if let Some(region) = part(change.before("arn").text(), 3) {
            return Some(Cow::Owned(region));
        }
    }
    match &change.region {
        Some(region) => Some(Cow::Borrowed(region)),
        None => own_part(change, 3).map(Cow::Owned),
    }
}

/// The account that a change is in, if the plan tells: what the ARN of the resource says.
pub fn account(change: &Change) -> Option<String> {
    own_part(change, 4)
}

fn own_part(change: &Change, position: usize) -> Option<String> {
    part(change.after("arn").text(), position)
        .or_else(|| part(change.before("arn").text(), position))
}

fn part(arn: Attr<String>, position: usize) -> Option<String> {
    let Attr::Known(arn) = arn else { return None };
    let mut parts = arn.split(':');
    if parts.next() != Some("arn") {
        return None;
    }
    let part = parts.nth(position - 1)?;
    (!part.is_empty()).then(|| part.to_owned())
}

/// Whether two changes are in different regions, as far as the plan tells.
pub fn apart(one: &Change, other: &Change, side: Side) -> bool {
    matches!((region(one, side), region(other, side)), (Some(one), Some(other)) if one != other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_equal_values_are_the_same() {
        for (kind, attribute, wanted, expected) in [
            ("aws_lambda_function", "id", "function_name", true),
            ("aws_lambda_function", "arn", "function_name", false),
            ("aws_db_instance", "id", "identifier", false),
            ("aws_db_instance", "identifier", "identifier", true),
            ("aws_lb", "arn", "arn_suffix", false),
            ("aws_sqs_queue", "id", "name", false),
            ("aws_sfn_state_machine", "id", "arn", true),
            ("aws_elb", "id", "name", true),
            ("aws_lb", "id", "name", false),
        ] {
            assert_eq!(
                same(kind, attribute, wanted),
                expected,
                "{kind}.{attribute}"
            );
        }
    }
}
