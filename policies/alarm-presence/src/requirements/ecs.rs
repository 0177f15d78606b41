//! Amazon ECS.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Expected, Metric, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html"];

const DIMENSIONS: &[Dimension] = &[
    named_by("ServiceName", "name"),
    Dimension {
        name: "ClusterName",
        value: Expected::Tail("cluster"),
    },
];
const DIMENSIONS_2: &[Dimension] = &[named_by("ClusterName", "name")];

/// ECS service without an alarm on its load.
///
/// Wants an alarm on `AWS/ECS` `CPUUtilization` of every `aws_ecs_service`. Not in
/// the default set.
pub const CPU: Requirement = Requirement {
    id: "ecs-cpu",
    group: "ecs",
    default: false,
    rule: rule(
        "ecs-cpu-unwatched",
        "ECS service without an alarm on its load",
        "A saturated service answers late long before its tasks fail.",
        Severity::Medium,
        "Add an alarm on `AWS/ECS` `CPUUtilization` with the dimensions `ServiceName` and `ClusterName`.",
        SOURCES,
    ),
    types: &["aws_ecs_service"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ECS",
    metrics: &[metric("CPUUtilization", DIMENSIONS)],
};

/// ECS service without an alarm on its memory.
///
/// Wants an alarm on `AWS/ECS` `MemoryUtilization` of every `aws_ecs_service`. Not in
/// the default set.
pub const MEMORY: Requirement = Requirement {
    id: "ecs-memory",
    group: "ecs",
    default: false,
    rule: rule(
        "ecs-memory-unwatched",
        "ECS service without an alarm on its memory",
        "A task that runs out of memory is killed in the middle of its work.",
        Severity::Medium,
        "Add an alarm on `AWS/ECS` `MemoryUtilization` with the dimensions `ServiceName` and `ClusterName`.",
        SOURCES,
    ),
    types: &["aws_ecs_service"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ECS",
    metrics: &[metric("MemoryUtilization", DIMENSIONS)],
};

/// ECS cluster without an alarm on running tasks.
///
/// Wants an alarm on `ECS/ContainerInsights` `RunningTaskCount` or `TaskCount` of every `aws_ecs_cluster`. Not in
/// the default set.
pub const TASKS: Requirement = Requirement {
    id: "ecs-cluster-tasks",
    group: "ecs",
    default: false,
    rule: rule(
        "ecs-cluster-tasks-unwatched",
        "ECS cluster without an alarm on running tasks",
        "Tasks that cannot start show in no metric of their own.",
        Severity::Medium,
        "Add an alarm on `ECS/ContainerInsights` `RunningTaskCount` with the dimension `ClusterName`.",
        SOURCES,
    ),
    types: &["aws_ecs_cluster"],
    when: &[],
    role: Role::Any,
    namespace: "ECS/ContainerInsights",
    metrics: &[
        Metric {
            name: "RunningTaskCount",
            dimensions: DIMENSIONS_2,
            narrower: &["ServiceName"],
            region_wide: false,
        },
        Metric {
            name: "TaskCount",
            dimensions: DIMENSIONS_2,
            narrower: &["ServiceName"],
            region_wide: false,
        },
    ],
};
