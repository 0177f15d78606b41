//! Amazon EC2 and EC2 Auto Scaling.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html"];

const DIMENSIONS: &[Dimension] = &[named_by("InstanceId", "id")];
const DIMENSIONS_2: &[Dimension] = &[named_by("AutoScalingGroupName", "name")];

/// Instance without an alarm on its status checks.
///
/// Wants an alarm on `AWS/EC2` `StatusCheckFailed` or `StatusCheckFailed_Instance` or `StatusCheckFailed_System` of every `aws_instance`. Not in
/// the default set.
pub const STATUS: Requirement = Requirement {
    id: "ec2-status",
    group: "ec2",
    default: false,
    rule: rule(
        "ec2-status-unwatched",
        "Instance without an alarm on its status checks",
        "An instance that fails its status check answers nobody, and starts anew only if something notices.",
        Severity::High,
        "Add an alarm on `AWS/EC2` `StatusCheckFailed` with the dimension `InstanceId`.",
        SOURCES,
    ),
    types: &["aws_instance"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/EC2",
    metrics: &[
        metric("StatusCheckFailed", DIMENSIONS),
        metric("StatusCheckFailed_Instance", DIMENSIONS),
        metric("StatusCheckFailed_System", DIMENSIONS),
    ],
};

/// Instance without an alarm on its load.
///
/// Wants an alarm on `AWS/EC2` `CPUUtilization` of every `aws_instance`. Not in
/// the default set.
pub const CPU: Requirement = Requirement {
    id: "ec2-cpu",
    group: "ec2",
    default: false,
    rule: rule(
        "ec2-cpu-unwatched",
        "Instance without an alarm on its load",
        "A saturated instance answers late long before it fails.",
        Severity::Low,
        "Add an alarm on `AWS/EC2` `CPUUtilization` with the dimension `InstanceId`.",
        SOURCES,
    ),
    types: &["aws_instance"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/EC2",
    metrics: &[metric("CPUUtilization", DIMENSIONS)],
};

/// Auto Scaling group without an alarm on its load.
///
/// Wants an alarm on `AWS/EC2` `CPUUtilization` or `StatusCheckFailed` of every `aws_autoscaling_group`. Not in
/// the default set.
pub const GROUP_CPU: Requirement = Requirement {
    id: "asg-cpu",
    group: "ec2",
    default: false,
    rule: rule(
        "asg-cpu-unwatched",
        "Auto Scaling group without an alarm on its load",
        "A group at its largest size cannot grow any more, and nobody is told.",
        Severity::Medium,
        "Add an alarm on `AWS/EC2` `CPUUtilization` with the dimension `AutoScalingGroupName`.",
        SOURCES,
    ),
    types: &["aws_autoscaling_group"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/EC2",
    metrics: &[
        metric("CPUUtilization", DIMENSIONS_2),
        metric("StatusCheckFailed", DIMENSIONS_2),
    ],
};

/// Auto Scaling group without an alarm on instances in service.
///
/// Wants an alarm on `AWS/AutoScaling` `GroupInServiceInstances` or `GroupTotalInstances` of every `aws_autoscaling_group`. Not in
/// the default set.
pub const GROUP_SIZE: Requirement = Requirement {
    id: "asg-in-service",
    group: "ec2",
    default: false,
    rule: rule(
        "asg-in-service-unwatched",
        "Auto Scaling group without an alarm on instances in service",
        "A group that cannot start instances shrinks until nothing answers.",
        Severity::Medium,
        "Add an alarm on `AWS/AutoScaling` `GroupInServiceInstances` with the dimension `AutoScalingGroupName`.",
        SOURCES,
    ),
    types: &["aws_autoscaling_group"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/AutoScaling",
    metrics: &[
        metric("GroupInServiceInstances", DIMENSIONS_2),
        metric("GroupTotalInstances", DIMENSIONS_2),
    ],
};
