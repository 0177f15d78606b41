//! Amazon EKS.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, named_by, rule};

const SOURCES: &[&str] = &[
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-EKS.html",
];

const DIMENSIONS: &[Dimension] = &[named_by("ClusterName", "name")];

/// EKS cluster without an alarm on its nodes.
///
/// Wants an alarm on `ContainerInsights` `cluster_failed_node_count` or `node_cpu_utilization` of every `aws_eks_cluster`. Not in
/// the default set.
pub const NODES: Requirement = Requirement {
    id: "eks-nodes",
    group: "eks",
    default: false,
    rule: rule(
        "eks-nodes-unwatched",
        "EKS cluster without an alarm on its nodes",
        "A node that fails takes its pods along, and others have no room for them.",
        Severity::High,
        "Add an alarm on `ContainerInsights` `cluster_failed_node_count` with the dimension `ClusterName`.",
        SOURCES,
    ),
    types: &["aws_eks_cluster"],
    when: &[],
    role: Role::Any,
    namespace: "ContainerInsights",
    metrics: &[
        Metric {
            name: "cluster_failed_node_count",
            dimensions: DIMENSIONS,
            narrower: &["NodeName", "InstanceId"],
            region_wide: false,
        },
        Metric {
            name: "node_cpu_utilization",
            dimensions: DIMENSIONS,
            narrower: &["NodeName", "InstanceId"],
            region_wide: false,
        },
    ],
};
